//! What `text` promises, over chosen and over random strings.

use std::collections::HashSet;

use proptest::prelude::*;

use super::{hidden::next, *};

/// The strings every adapter must survive, with whether they hold hidden text.
const HOSTILE: [(&str, bool); 15] = [
    ("title \u{1b}]52;c;cm0gLXJm\u{7} end", true),
    ("tag\u{1b}[2J", true),
    ("body \u{9b}31m red", true),
    ("invoice\u{202e}fdp.exe", true),
    ("fine\u{e0068}\u{e0065}\u{e006c}\u{e0070}", true),
    ("src/\u{2028}main.rs", true),
    ("r\u{430}ypal --send", true),
    ("family 👨\u{200d}👩\u{200d}👧\u{200d}👦 and ❤\u{fe0f}", false),
    ("می\u{200c}خواهم", false),
    ("क्\u{200d}ष", false),
    ("nul \0 byte", true),
    ("\u{feff}# Title", false),
    ("1\u{fe0f}\u{20e3} 🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} 葛\u{e0100}", false),
    ("lone \r return", true),
    ("windows\r\nlines\tand tabs, “quotes” — dashes, Müller, 東京, привет", false),
];

/// Nothing in it may move the cursor, reorder, or take no room where it should take some.
fn is_safe(text: &str, newlines: bool) -> bool {
    next(text, 0).is_none() && text.chars().all(|ch| !ch.is_control() || (newlines && ch == '\n'))
}

#[test]
fn hostile_strings_become_visible_and_harmless() {
    for (text, found) in HOSTILE {
        assert_eq!(has_hidden(text), found, "{text:?}");
        assert_eq!(!scan(text).is_empty(), found, "{text:?}");
        assert!(is_safe(&line(text), false), "{text:?}");
        assert!(is_safe(&row(text), false), "{text:?}");
        assert!(is_safe(&block(text), true), "{text:?}");
        assert!(is_safe(&exact(text), true), "{text:?}");
    }
    let carrier = format!("a{}", "\u{fe01}".repeat(40));
    let findings = scan(&carrier);
    assert_eq!((findings.len(), findings[0].count, findings[0].severity), (1, 40, Severity::High));
    assert!(findings[0].shown.ends_with('…'));
}

#[test]
fn every_class_has_its_own_drawing() {
    let cases = [
        ("a\u{200b}b", "a⟨U+200B⟩b"),
        ("\u{202e}abc", "⟨RLO⟩abc"),
        ("\u{1b}]0;x\u{7}", "␛]0;x^G"),
        ("\u{8}\u{7f}", "^H^?"),
        ("\u{9b}2J", "⟨9B⟩2J"),
        ("\u{e0068}\u{e0020}", "⟨TAG:h⟩⟨TAG:␠⟩"),
        ("a\u{fe0f}", "a⟨VS16⟩"),
        ("a\u{2028}b", "a⟨LS⟩b"),
        ("a\tb\nc\r\nd", "a    b⏎c⏎d"),
        ("\u{feff}text", "text"),
        ("\u{feff}\u{feff}text", "⟨U+FEFF⟩text"),
        ("a\u{200d}b", "a⟨U+200D⟩b"),
        ("\u{301}x", "◌\u{301}x"),
    ];
    for (text, drawn) in cases {
        assert_eq!(line(text), drawn, "{text:?}");
    }
    assert_eq!(block("a\r\nb\n\u{301}"), "a\nb\n◌\u{301}");
    assert_eq!(exact("\u{feff}a\r\nb"), "⟨U+FEFF⟩a^M\nb");
    assert_eq!(line("👨\u{200d}👩 ❤\u{fe0f}"), "👨\u{200d}👩 ❤\u{fe0f}");
    assert_eq!(row("👨\u{200d}👩 ❤\u{fe0f} می\u{200c}خ"), "👨👩 ❤ می\u{200c}خ");
    assert!(matches!(line("plain"), std::borrow::Cow::Borrowed(_)));
    assert_eq!(from_bytes(b"a\xff\xed\xa0\x80z"), "a⟨FF⟩⟨ED⟩⟨A0⟩⟨80⟩z");
}

#[test]
fn joiners_count_only_where_they_are_spelling() {
    assert!(has_hidden("می\u{200c}\u{200d}خ"), "a run of joiners can carry bits");
    assert!(has_hidden("👩\u{200d}x"));
    assert!(has_hidden("👩\u{200d}\u{200d}👧"));
    assert!(!has_hidden("👩🏽\u{200d}🚀"));
    assert!(has_hidden("🏴\u{e0068}\u{e0069}\u{e007f}"), "only the three flags in use");
    assert!(has_hidden("x\u{e0100}"));
}

#[test]
fn marks_that_stay_open_are_high() {
    let severities = |text: &str| scan(text).into_iter().map(|found| found.severity).collect::<Vec<_>>();
    assert_eq!(severities("a \u{2067}b\u{2069} c"), [Severity::Warn, Severity::Warn]);
    assert_eq!(severities("a \u{202e}b\nc\u{202c}"), [Severity::High, Severity::High]);
    assert_eq!(severities("\u{200e}"), [Severity::Warn]);
}

#[test]
fn findings_spell_out_what_they_hide() {
    let tags: String = "obey me".chars().filter_map(|ch| char::from_u32(u32::from(ch) + 0xe_0000)).collect();
    assert!(scan(&format!("hi{tags}"))[0].shown.ends_with("“obey me”"));
    let escape = &scan("x\u{1b}]52;c;Zm9v\u{7}")[0];
    assert_eq!((escape.class, escape.offset, escape.shown.as_str()), (Class::Escape, 1, "␛]52;c;Zm9v"));
    assert_eq!(scan("run раypal now")[0].shown, "раypal");
    assert_eq!(scan(&"a\u{200b}".repeat(5000)).len(), SCAN_LIMIT);
}

#[test]
fn look_alikes_are_found_in_latin_words_only() {
    assert_eq!(odd_letters("раypal"), [0..2, 2..4]);
    assert!(odd_letters("корова JSONа Δt μs").is_empty());
}

#[test]
fn escapes_inside_json_count() {
    assert!(has_hidden_in_json(r#"["a \u001b[2J"]"#));
    assert!(has_hidden_in_json(r#"["\ud83d"]"#), "an unpaired surrogate");
    assert!(has_hidden_in_json(r#"["\udb40\udc68"]"#), "a tag as a surrogate pair");
    assert!(has_hidden_in_json(r#"["a\b"]"#));
    assert!(!has_hidden_in_json(r#"["C:\\u001b", "a\r\nb\t\"q\"", "\ud83d\ude00 \u00e9", "\users"]"#));
}

#[test]
fn hidden_text_in_json_is_escaped_and_means_the_same() {
    for (text, _) in HOSTILE {
        let serialised = serde_json::to_string_pretty(&serde_json::json!({ text: [text] })).unwrap();
        let safe = json(&serialised);
        assert!(is_safe(&safe, true), "{text:?}");
        let back: serde_json::Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(back, serde_json::json!({ text: [text] }));
    }
}

#[test]
fn cutting_keeps_clusters_whole() {
    assert_eq!(fit("日本語", 4), "日…");
    assert_eq!(fit("日本語", 6), "日本語");
    assert_eq!(fit("👨\u{200d}👩\u{200d}👧 family", 3), "👨\u{200d}👩\u{200d}👧…");
    assert_eq!(fit("👨\u{200d}👩\u{200d}👧 family", 2), "…");
    assert_eq!(fit("abc", 0), "");
    assert_eq!(fit_left("/home/me/project/main.rs", 10), "…t/main.rs");
    assert_eq!(fit_middle("src/very/long/name.rs", 11), "src/v…me.rs");
    assert_eq!(pad("日本", 5), "日本 ");
    assert_eq!(pad("abcdef", 3), "ab…");
    assert_eq!(width("e\u{301}ｶﾞ"), 3);
}

fn kinds(text: &str, columns: usize) -> Vec<(Kind, String)> {
    wrap(text, columns).into_iter().map(|line| (line.kind, line.text)).collect()
}

#[test]
fn prose_wraps_and_code_and_lists_keep_their_shape() {
    let text = "# Plan\n\nThe quick brown fox jumps.\n- first item of a list\n  goes on\n```rs\nlet  a = 1; // long line\n```\n> said someone\n|a|b|\n\n    indented();\n";
    let lines = kinds(text, 16);
    let expected = [
        (Kind::Heading, "# Plan"),
        (Kind::Blank, ""),
        (Kind::Prose, "The quick brown"),
        (Kind::Prose, "fox jumps."),
        (Kind::List, "- first item of"),
        (Kind::List, "  a list"),
        (Kind::List, "  goes on"),
        (Kind::Code, "```rs"),
        (Kind::Code, "let  a = 1; // l"),
        (Kind::Code, "ong line"),
        (Kind::Code, "```"),
        (Kind::Quote, "> said someone"),
        (Kind::Table, "|a|b|"),
        (Kind::Blank, ""),
        (Kind::Code, "    indented();"),
    ];
    assert_eq!(lines, expected.map(|(kind, text)| (kind, text.to_owned())));
    assert_eq!(
        kinds("12. abcdefgh ijk", 8),
        [(Kind::List, "12. abcd".into()), (Kind::List, "    efgh".into()), (Kind::List, "    ijk".into())]
    );
    assert_eq!(
        kinds("日本語日本語", 5),
        [(Kind::Prose, "日本".into()), (Kind::Prose, "語日".into()), (Kind::Prose, "本語".into())]
    );
    assert_eq!(kinds("a \u{1b}[2J b", 80), [(Kind::Prose, "a ␛[2J b".into())]);
}

#[test]
fn a_huge_line_is_cut_into_lines() {
    for huge in ["lorem ipsum ".repeat(450_000), "x".repeat(5_000_000), "漢".repeat(1_000_000)] {
        let lines = wrap(&huge, 80);
        assert!(lines.len() > 10_000 && lines.iter().all(|line| width(&line.text) <= 80));
        assert!(matches!(width(&fit(&huge, 40)), 39 | 40));
    }
}

#[test]
fn words_are_found_without_regard_to_case() {
    let found = |words: &[&str], line: &str| {
        let words: Vec<Sought> = words.iter().map(|word| Sought::Word((*word).to_owned(), true)).collect();
        let ranges = Highlighter::new(&words).ranges(line);
        ranges.into_iter().map(|range| line[range].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&["auth", "AUTHOR", ""], "Author of auth"), ["Author", "auth"]);
    assert_eq!(found(&["ß", "é"], "STRASSE ẞ É"), ["ẞ", "É"]);
    assert_eq!(found(&["e"], "e\u{301}a"), ["e\u{301}"]);
    assert_eq!(found(&["a.b"], "aXb a.b"), ["a.b"]);
    assert!(found(&[], "anything").is_empty());
}

#[test]
fn what_is_picked_out_is_what_the_search_found() {
    use Sought::{Phrase, Text, Word};
    let found = |sought: Sought, text: &str| {
        let ranges = Highlighter::new(&[sought]).ranges(text);
        ranges.into_iter().map(|range| text[range].to_owned()).collect::<Vec<_>>()
    };
    let word = |word: &str, prefix| Word(word.to_owned(), prefix);
    assert_eq!(found(word("cat", false), "concat cats Cat cat_id"), ["Cat", "cat"]);
    assert_eq!(found(word("cat", true), "concat cats cat"), ["cat", "cat"]);
    assert_eq!(
        found(Phrase("rate-limit".into()), "a Rate limit, rate_limit; rates limit"),
        ["Rate limit", "rate_limit"]
    );
    assert_eq!(found(Phrase("retry storm".into()), "the retry\n  storm of"), ["retry\n  storm"], "over lines");
    assert_eq!(found(word("内存", true), "把内存管理"), ["内存"], "no spaces between words there");
    assert_eq!(found(Phrase("内存 管理".into()), "内\n存 管理"), ["内\n存 管理"]);
    assert_eq!(found(Text("cat s".into()), "concat\n  so"), ["cat\n  s"], "as it stands");
    assert_eq!(found(Text("src/db".into()), "see src/\ndb/pool"), ["src/\ndb"]);
    assert!(Highlighter::new(&[Text(" ".into()), Phrase("-".into())]).is_empty());
}

/// Text in which the rare characters are common.
fn hostile_text() -> impl Strategy<Value = String> {
    let rare = prop::sample::select(vec![
        '\u{1b}',
        '\0',
        '\r',
        '\n',
        '\t',
        '\u{9b}',
        '\u{ad}',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{202e}',
        '\u{2069}',
        '\u{2028}',
        '\u{fe0f}',
        '\u{fe01}',
        '\u{e0100}',
        '\u{e0068}',
        '\u{e007f}',
        '\u{feff}',
        '\u{301}',
        '\u{20e3}',
        '👨',
        '❤',
        '🏴',
        '🏽',
        '🇩',
        'م',
        'ی',
        'क',
        '\u{94d}',
        '葛',
        '漢',
        'ﾞ',
        'е',
        'a',
        ' ',
        ' ',
        '1',
        '-',
        '`',
        '>',
        '#',
        '|',
        '"',
        '\\',
        '\u{115f}',
        '\u{1160}',
        '\u{1100}',
        '\u{180b}',
        '\u{1820}',
        '\u{061c}',
        '\u{1d173}',
        '\u{e0fff}',
    ]);
    prop::collection::vec(prop_oneof![4 => rare, 1 => any::<char>()], 0..60)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn nothing_hidden_ever_gets_through(text in hostile_text()) {
        for drawn in [line(&text), row(&text)] {
            prop_assert!(is_safe(&drawn, false), "{drawn:?}");
            prop_assert_eq!(line(&drawn), drawn.as_ref(), "drawing twice changes nothing");
        }
        prop_assert!(is_safe(&block(&text), true));
        prop_assert!(is_safe(&exact(&text), true));
    }

    #[test]
    fn a_drawing_is_as_wide_as_its_cells(text in hostile_text()) {
        let drawn = row(&text);
        prop_assert!(drawn.chars().next().is_none_or(|ch| unicode_width::UnicodeWidthChar::width(ch) != Some(0)));
        let variants = drawn.chars().any(super::context::is_variation);
        prop_assert!(!variants);
    }

    #[test]
    fn cut_text_fits(text in hostile_text(), columns in 0usize..40) {
        let text = line(&text);
        for cut in [fit(&text, columns), fit_left(&text, columns), fit_middle(&text, columns)] {
            prop_assert!(width(&cut) <= columns, "{cut:?}");
            prop_assert!(is_safe(&cut, false), "{cut:?}");
        }
        prop_assert_eq!(width(&pad(&text, columns)), columns);
    }

    #[test]
    fn wrapped_lines_fit_and_lose_nothing(text in hostile_text(), columns in 1usize..30) {
        let lines = wrap(&text, columns);
        for line in &lines {
            prop_assert!(width(&line.text) <= columns, "{:?}", line);
            prop_assert!(is_safe(&line.text, false), "{:?}", line);
        }
        if columns >= 4 {
            let letters = |text: &str| text.chars().filter(|ch| !ch.is_whitespace() && !"> ".contains(*ch)).collect::<String>();
            let all: String = lines.iter().map(|line| line.text.as_str()).collect();
            prop_assert_eq!(letters(&all), letters(&block(&text)));
        }
    }

    #[test]
    fn scanning_agrees_with_the_fast_answer(text in hostile_text()) {
        let findings = scan(&text);
        prop_assert_eq!(has_hidden(&text), !findings.is_empty());
        prop_assert!(findings.iter().all(|found| text.is_char_boundary(found.offset) && is_safe(&found.shown, false)));
        let offsets: HashSet<usize> = findings.iter().map(|found| found.offset).collect();
        prop_assert_eq!(offsets.len(), findings.len());
    }

    #[test]
    fn json_stays_equal(text in hostile_text()) {
        let serialised = serde_json::to_string(&text).unwrap();
        let safe = json(&serialised);
        prop_assert!(is_safe(&safe, false));
        prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
    }

    #[test]
    fn bytes_become_text(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assert!(is_safe(&block(&from_bytes(&bytes)), true));
    }

    #[test]
    fn highlights_are_slices_in_order(text in hostile_text(), word in "[a-z1é]{1,2}") {
        let text = line(&text);
        let mut end = 0;
        for range in Highlighter::new(&[Sought::Text(word)]).ranges(&text) {
            prop_assert!(range.start >= end && text.get(range.clone()).is_some());
            end = range.end;
        }
    }
}

#[test]
fn a_joiner_is_not_left_at_the_end_of_a_line() {
    let texts = |text: &str, columns| wrap(text, columns).into_iter().map(|line| line.text).collect::<Vec<_>>();
    // Broken before the letter that is joined; in a single column the joiner has nothing to join and is not drawn.
    assert_eq!(texts("مي\u{200c}خوا", 2), ["م", "ي\u{200c}خ", "وا"]);
    assert_eq!(texts("ᠠ\u{200c}م", 1), ["ᠠ", "م"]);
    assert_eq!(texts("مي\u{200c}خوا", 9), ["مي\u{200c}خوا"]);
}
