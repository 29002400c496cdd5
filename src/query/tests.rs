//! Tests of the language: what it means, what it refuses, and that it prints back.

use chrono::FixedOffset;

use super::*;

const HOUR: EpochMs = 3_600_000;
const DAY: EpochMs = 24 * HOUR;
/// 2026-11-20T00:30:00Z.
pub(super) const NOW: EpochMs = 1_795_134_600_000;

pub(super) fn zone(hours: i32) -> FixedOffset {
    FixedOffset::east_opt(hours * 3600).unwrap()
}

fn parsed(query: &str) -> Expr {
    parse(query, NOW, zone(0)).unwrap_or_else(|bad| panic!("{query}: {bad}"))
}

fn refused(query: &str) -> BadQuery {
    parse(query, NOW, zone(0)).expect_err(query)
}

fn word(text: &str) -> Expr {
    Expr::Term(Term::Word(text.into(), false))
}

fn phrase(text: &str) -> Expr {
    Expr::Term(Term::Phrase(text.into()))
}

fn name(field: NameField, pattern: Pattern) -> Expr {
    Expr::Term(Term::Name(field, pattern))
}

fn kind(text: &str) -> Expr {
    name(NameField::Kind, Pattern::exact(text))
}

fn not(part: Expr) -> Expr {
    Expr::Not(Box::new(part))
}

fn number(field: NumberField, compare: Compare, bound: f64) -> Expr {
    Expr::Term(Term::Number(field, compare, bound))
}

fn age(compare: Compare, bound: EpochMs) -> Expr {
    Expr::Term(Term::Age(compare, bound))
}

#[test]
fn conditions_join_as_written() {
    assert_eq!(parsed(""), Expr::All);
    assert_eq!(parsed(" \t "), Expr::All);
    assert_eq!(parsed("*"), Expr::All);
    assert_eq!(parsed("-*"), Expr::nothing());
    assert_eq!(parsed("pool retry"), Expr::And(vec![word("pool"), word("retry")]));
    assert_eq!(parsed("pool AND retry"), parsed("pool retry"));
    let mixed = Expr::Or(vec![Expr::And(vec![word("a"), word("b")]), word("c")]);
    assert_eq!(parsed("a b OR c"), mixed);
    assert_eq!(parsed("a b|c"), mixed);
    assert_eq!(parsed("a (b OR c)"), Expr::And(vec![word("a"), Expr::Or(vec![word("b"), word("c")])]));
    assert_eq!(parsed("((a (b)))"), parsed("a b"));
    assert_eq!(parsed("or and not"), Expr::And(vec![word("or"), word("and"), word("not")]));
    assert_eq!(parsed("\"OR\""), word("OR"));
}

#[test]
fn exclusion_stands_before_anything() {
    assert_eq!(parsed("-pool"), not(word("pool")));
    assert_eq!(parsed("-\"two words\""), not(phrase("two words")));
    assert_eq!(parsed("-kind:bugfix"), not(kind("bugfix")));
    assert_eq!(parsed("-(a OR b)"), Expr::And(vec![not(word("a")), not(word("b"))]));
    assert_eq!(parsed("-(a b)"), Expr::Or(vec![not(word("a")), not(word("b"))]));
    assert_eq!(parsed("NOT pool"), not(word("pool")));
    assert_eq!(parsed("--json"), word("json"), "a flag of a program is found by its word");
}

#[test]
fn words_become_what_a_full_text_index_holds() {
    assert_eq!(parsed("deplo*"), Expr::Term(Term::Word("deplo".into(), true)));
    assert_eq!(parsed("rate-limit"), phrase("rate-limit"));
    assert_eq!(parsed("src/db/pool.ts"), phrase("src/db/pool.ts"));
    assert_eq!(parsed("main()"), phrase("main()"));
    assert_eq!(parsed("(a OR main())"), Expr::Or(vec![word("a"), phrase("main()")]));
    assert_eq!(parsed("std::fs::read"), phrase("std::fs::read"));
    assert_eq!(parsed("https://example.org/a,b"), phrase("https://example.org/a,b"));
    assert_eq!(parsed("12:30"), phrase("12:30"));
    assert_eq!(parsed("naïve 数据库"), Expr::And(vec![word("naïve"), word("数据库")]));
    assert_eq!(parsed("src/db/po*"), Expr::And(vec![phrase("src/db"), Expr::Term(Term::Word("po".into(), true))]));
    assert_eq!(parsed("\"rate lim\"*"), Expr::And(vec![word("rate"), Expr::Term(Term::Word("lim".into(), true))]));
    assert_eq!(parsed(r#""say \"hi\" in C:\dir""#), phrase(r#"say "hi" in C:\dir"#));
}

#[test]
fn names_are_matched_by_patterns() {
    assert_eq!(parsed("kind:BugFix"), kind("bugfix"));
    assert_eq!(parsed("KIND:bugfix"), kind("bugfix"));
    assert_eq!(parsed("kind:bugfix,decision"), Expr::Or(vec![kind("bugfix"), kind("decision")]));
    assert_eq!(parsed("kind:=fix"), name(NameField::Kind, Pattern::exact("fix")));
    assert_eq!(parsed("scope:acme-*"), name(NameField::Scope, Pattern::glob("acme-*")));
    assert_eq!(parsed("scope:\"my project\""), name(NameField::Scope, Pattern::contains("my project")));
    assert_eq!(parsed("scope:=\"my project\""), name(NameField::Scope, Pattern::exact("my project")));
    assert_eq!(parsed("scope:\"my p\"*"), name(NameField::Scope, Pattern::glob("my p*")));
    assert_eq!(parsed("scope:\"a*b\""), name(NameField::Scope, Pattern::contains("a*b")));
    assert_eq!(parsed("agent:=\"\""), name(NameField::Agent, Pattern::exact("")));
    assert_eq!(parsed("file:/src/a(1).ts"), name(NameField::File, Pattern::contains("/src/a(1).ts")));
    assert_eq!(
        parsed("id:claude-mem:observation/181"),
        name(NameField::Id, Pattern::contains("claude-mem:observation/181"))
    );
}

#[test]
fn ages_and_numbers_compare() {
    assert_eq!(parsed("age:>30d"), age(Compare::More, 30 * DAY));
    assert_eq!(parsed("age:<2w"), age(Compare::Less, 14 * DAY));
    assert_eq!(parsed("age:30d"), age(Compare::AtMost, 30 * DAY), "without a sign: within");
    assert_eq!(parsed("age:90m"), age(Compare::AtMost, 90 * 60_000));
    assert_eq!(parsed("age:>=6mo"), age(Compare::AtLeast, 180 * DAY));
    assert_eq!(parsed("age:1w..1y"), Expr::And(vec![age(Compare::AtLeast, 7 * DAY), age(Compare::AtMost, 365 * DAY)]));
    assert_eq!(parsed("age:1w.."), age(Compare::AtLeast, 7 * DAY));
    assert_eq!(parsed("conf:<0.5"), number(NumberField::Conf, Compare::Less, 0.5));
    let range = vec![number(NumberField::Conf, Compare::AtLeast, 0.2), number(NumberField::Conf, Compare::AtMost, 0.5)];
    assert_eq!(parsed("conf:0.2..0.5"), Expr::And(range));
    assert_eq!(parsed("tokens:>1k"), number(NumberField::Tokens, Compare::More, 1000.0));
    assert_eq!(parsed("cost:>=1.5M"), number(NumberField::Cost, Compare::AtLeast, 1_500_000.0));
    assert_eq!(parsed("tokens:800"), number(NumberField::Tokens, Compare::Equal, 800.0));
}

#[test]
fn dates_are_days_of_the_person() {
    let created = |query: &str, hours: i32| match parse(query, NOW, zone(hours)) {
        Ok(Expr::Term(Term::Created(from, to))) => (from, to),
        other => panic!("{query}: {other:?}"),
    };
    let october = 1_790_812_800_000;
    let november = october + 31 * DAY;
    assert_eq!(created("created:2026-10", 0), (october, november));
    assert_eq!(created("created:2026-10", 2), (october - 2 * HOUR, november - 2 * HOUR));
    assert_eq!(created("created:2026-10-05", 0), (october + 4 * DAY, october + 5 * DAY));
    assert_eq!(created("created:2026-10..2026-11", 0), (october, november + 30 * DAY));
    assert_eq!(created("created:2026-10..", 0), (october, EpochMs::MAX));
    assert_eq!(created("created:>=2026-10", 0), (october, EpochMs::MAX));
    assert_eq!(created("created:>2026-10", 0), (november, EpochMs::MAX), "all of October is left out");
    assert_eq!(created("created:<2026-10", 2), (EpochMs::MIN, october - 2 * HOUR));
    assert_eq!(created("created:<=2026-10", 0), (EpochMs::MIN, november));
    assert_eq!(created("created:=2026-10", 0), (october, november));
    assert_eq!(created("created:<today", 0), created("created:..yesterday", 0));
    assert_eq!(created("created:..2026-10", 0), (EpochMs::MIN, november));
    assert_eq!(created("created:*", 0), (EpochMs::MIN, EpochMs::MAX));
    assert_eq!(created("created:2025..2026", 0).1 - created("created:2025..2026", 0).0, 730 * DAY);
    let today = NOW - NOW.rem_euclid(DAY);
    assert_eq!(created("created:today", 0), (today, today + DAY));
    assert_eq!(created("created:yesterday", 0), (today - DAY, today));
    // Half past midnight in UTC is still the day before in New York.
    assert_eq!(created("created:today", -5), (today - DAY + 5 * HOUR, today + 5 * HOUR));
    assert_eq!(created("created:2026-10-05T14:30", 2).0, october + 4 * DAY + 12 * HOUR + 30 * 60_000);
    assert_eq!(created("created:2026-10-05T14:30Z", 2).0, october + 4 * DAY + 14 * HOUR + 30 * 60_000);
}

#[test]
fn an_error_points_at_its_column_and_says_what_to_write() {
    let cases: &[(&str, usize, usize, &str, &str)] = &[
        ("x scpoe:api", 3, 9, "there is no key `scpoe:`", "did you mean `scope:`?"),
        ("ü is:stael", 6, 5, "there is no state `stael`", "did you mean `stale`?"),
        ("bucket:projekt x", 8, 7, "there is no bucket `projekt`", "did you mean `project`?"),
        ("has:wings", 5, 5, "there is no thing `wings`", "it is one of files, tags, signals"),
        ("colour:red x", 1, 10, "there is no key `colour:`", "to search for the text put it in quotes: \"colour:red\""),
        ("age:>30 x", 5, 3, "`30` has no unit", ""),
        ("age:=3d", 5, 3, "an age is never met to the millisecond", "write a range: age:29d..31d"),
        ("age:99999999999999999y", 5, 18, "`99999999999999999y` is too long", ""),
        ("conf:<50", 6, 3, "`50` is no confidence", "confidence goes from 0 to 1"),
        ("tokens:many", 8, 4, "`many` is no number", "write it as 800, 1.5k or 2M"),
        ("created:2026-13", 9, 7, "`2026-13` is no date", ""),
        ("created:>soon", 9, 5, "`soon` is no date", ""),
        ("created:>", 9, 1, "there is no date", ""),
        ("created:>2026..", 9, 7, "`>2026` is no date", ""),
        ("created:2026..2025", 9, 10, "the range ends before it begins", "swap its ends"),
        ("conf:..", 6, 2, "the range has no end", ""),
        ("kind: x", 1, 5, "`kind:` has no value", ""),
        ("kind:a,,b", 1, 7, "`kind:` has no value", ""),
        ("kind:(a OR b)", 1, 5, "values take no parentheses", "separate values by commas: kind:one,two"),
        ("(a", 1, 1, "this `(` is not closed", "end it with a `)`"),
        ("a)", 2, 1, "this `)` closes nothing", ""),
        ("a () b", 3, 2, "there is nothing in these parentheses", ""),
        ("a OR", 3, 2, "nothing stands behind this `OR`", ""),
        ("OR a", 1, 2, "nothing stands before this `OR`", "to search for the word put it in quotes: \"or\""),
        ("a AND OR b", 3, 3, "nothing stands behind this `AND`", ""),
        ("a NOT", 3, 3, "nothing stands behind this `NOT`", ""),
        ("a - b", 3, 1, "this `-` excludes nothing", ""),
        ("(a -) b", 4, 1, "nothing stands behind this `-`", ""),
        ("a \"b c", 3, 4, "the quote is not closed", ""),
        ("kind:\"b c", 6, 4, "the quote is not closed", ""),
        ("a -> b", 4, 1, "there is no word in `>`", ""),
        ("*pool", 1, 5, "a `*` cannot stand here", ""),
    ];
    for (query, column, length, message, hint) in cases {
        let bad = refused(query);
        assert_eq!((bad.column, bad.length, bad.message.as_str()), (*column, *length, *message), "{query}");
        assert!(hint.is_empty() || bad.hint.as_deref() == Some(*hint), "{query}: {bad:?}");
        assert!(bad.hint.is_some(), "{query} has no next step");
    }
    let deep = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    assert!(refused(&deep).message.contains("more than 50"));
}

#[test]
fn an_error_is_shown_under_the_query() {
    let query = "数 is:stael";
    let bad = refused(query);
    assert_eq!(bad.pointed(query), "数 is:stael\n      ^^^^^ there is no state `stael`\ndid you mean `stale`?");
    assert_eq!(bad.to_string(), "column 6: there is no state `stael`; did you mean `stale`?");
    let hostile = "is:\u{1b}[2J\u{202e}x";
    let shown = refused(hostile).pointed(hostile);
    assert!(!shown.contains('\u{1b}'));
    assert!(!refused(hostile).message.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn an_unfinished_query_means_what_is_finished_of_it() {
    let cases = [
        ("kind:bug scope:", "kind:bug", 10, 6),
        ("kind:bug \"abc", "kind:bug", 10, 4),
        ("(kind:bug", "kind:bug", 1, 9),
        ("(kind:bug OR (a b", "kind:bug OR a b", 14, 4),
        ("kind:bug age:>", "kind:bug", 14, 1),
        ("kind:bug age:>3", "kind:bug", 14, 2),
        ("kind:bug is:st", "kind:bug", 13, 2),
        ("is:stale,mar", "is:stale", 10, 3),
        ("kind:bug,", "kind:bug", 1, 9),
        ("kind:bug -", "kind:bug", 10, 1),
        ("kind:bug OR ", "kind:bug", 10, 2),
        ("kind:bug (", "kind:bug", 10, 1),
        ("kind:bug sco:a", "kind:bug", 10, 5),
        ("kind:bug created:2026-1", "kind:bug", 18, 6),
        ("is:", "", 1, 3),
    ];
    for (query, means, column, length) in cases {
        let partial = parse_partial(query, NOW, zone(0)).unwrap_or_else(|bad| panic!("{query}: {bad}"));
        assert_eq!(partial.expr, parsed(means), "{query}");
        let left_out = partial.left_out.unwrap_or_else(|| panic!("{query} leaves nothing out"));
        assert_eq!((left_out.column, left_out.length), (column, length), "{query}: {left_out}");
        assert!(parse(query, NOW, zone(0)).is_err(), "{query}");
    }
    let whole = parse_partial("kind:bug -word", NOW, zone(0)).unwrap();
    assert_eq!((whole.expr, whole.left_out), (parsed("kind:bug -word"), None));
    assert_eq!(parse_partial("is:st kind:bug", NOW, zone(0)).unwrap_err().column, 4, "only the end is unfinished");
}

pub(super) fn subject() -> Subject<'static> {
    let mut signals = crate::memory::Signals::NONE;
    signals.set(Signal::Stale, true);
    Subject {
        now: NOW,
        project: "acme-api",
        agent: "claude/Explore",
        kind: "bugfix",
        store: "claude-mem",
        bucket: Bucket::Episodic,
        created: Some(NOW - 40 * DAY),
        conf: Some(0.497),
        tokens: 900,
        cost: 12_000,
        signals,
        marked: false,
        pinned: true,
        reviewed: false,
        due: true,
        new: false,
        files: true,
        tags: false,
    }
}

#[test]
fn words_of_a_short_list_are_asked_for_whole() {
    let holds = |query: &str, kind: &str, store: &str| {
        parsed(query).matches(&Subject { kind, store, ..subject() }).unwrap_or_default()
    };
    assert!(holds("kind:fact", "Fact", "a") && holds("kind:=fact", "fact", "a") && holds("kind:x,fact", "fact", "a"));
    assert!(!holds("kind:fact", "refactor", "a") && holds("-kind:fact", "refactor", "a"));
    assert!(holds("kind:*fact*", "refactor", "a") && !holds("kind:fact*", "refactor", "a"));
    assert!(holds("store:claude-mem", "x", "Claude-Mem") && !holds("store:claude-mem", "x", "claude-mem-2"));
    assert!(holds("store:claude*", "x", "claude-mem-2"));
    assert_eq!(parsed("kind:=fact").to_string(), "kind:fact");
    assert_eq!(parsed("kind:=\"\"").to_string(), "kind:=\"\"");
}

#[test]
fn facts_decide_what_they_can() {
    let subject = subject();
    for query in [
        "scope:api",
        "project:=ACME-API",
        "agent:claude",
        "kind:bugfix,decision",
        "store:claude*",
        "bucket:episodic",
        "age:>30d",
        "age:<2mo",
        "conf:0.5",
        "conf:>=0.5",
        "tokens:>800",
        "cost:>10k",
        "is:stale",
        "is:pinned",
        "-is:marked",
        "has:files",
        "has:signals",
        "-has:tags",
        "kind:bugfix (scope:api OR word)",
        "created:2026-10",
    ] {
        assert_eq!(parsed(query).matches(&subject), Some(true), "{query}");
        assert_eq!(not(parsed(query)).normalised().matches(&subject), Some(false), "not {query}");
    }
    for query in ["word", "\"two words\"", "tag:x", "file:x", "session:x", "id:x", "kind:bugfix word", "-word"] {
        assert!(parsed(query).needs_store(), "{query}");
        assert_eq!(parsed(query).matches(&subject), None, "{query}");
    }
    assert_eq!(parsed("kind:decision word").matches(&subject), Some(false), "one false part is enough");
    let user = Subject { project: "", ..subject };
    assert_eq!(parsed("scope:user").matches(&user), Some(true));
    assert_eq!(parsed("project:*").matches(&user), Some(false));
    assert_eq!(parsed("project:=\"\"").matches(&user), Some(true));
}

#[test]
fn no_condition_on_age_takes_a_memory_without_one() {
    let unknown = Subject { created: None, conf: None, ..subject() };
    let future = Subject { created: Some(NOW + DAY), ..subject() };
    for query in ["age:>30d", "-age:>30d", "age:<30d", "-age:<30d", "-(age:<30d kind:bugfix)", "-age:1d..2d"] {
        assert_eq!(parsed(query).matches(&unknown), Some(false), "{query}");
        assert_eq!(parsed(query).matches(&future), Some(false), "{query}");
    }
    for query in ["created:2026", "-created:2026", "created:*", "-created:*", "conf:<0.5", "-conf:<0.5", "-conf:0.5"] {
        assert_eq!(parsed(query).matches(&unknown), Some(false), "{query}");
    }
}

#[test]
fn a_filter_offers_its_parts_and_words() {
    let expr = parsed("kind:bugfix pool* (\"two words\" OR x) -gone");
    assert_eq!(expr.and_parts().len(), 4);
    assert_eq!(parsed("").and_parts(), &[]);
    assert_eq!(parsed("kind:x").and_parts(), &[kind("x")]);
    let words: Vec<String> = expr.words().into_iter().map(|term| Expr::Term(term.clone()).to_string()).collect();
    assert_eq!(words, ["pool*", "\"two words\"", "x"]);
    let mut asked = 0;
    assert!(!expr.eval(&mut |term| {
        asked += 1;
        *term == Term::Word("gone".into(), false)
    }));
    assert_eq!(asked, 1, "a part that fails ends the question");
}

#[test]
fn filters_print_as_people_write_them() {
    for (query, printed) in [
        ("", ""),
        ("  kind:a   OR kind:b ", "kind:a,b"),
        ("a (b|c) -d", "a (b OR c) -d"),
        ("-age:<30d", "age:>=30d"),
        ("age:1y", "age:<=365d"),
        ("tokens:1.5k", "tokens:=1500"),
        ("scope:=\"my project\",acme*", "scope:=\"my project\",acme*"),
        ("created:2026-10", "created:2026-10-01T00:00Z..2026-10-31T23:59Z"),
        ("-(kind:a,b)", "-kind:a -kind:b"),
        ("-*", "-*"),
    ] {
        assert_eq!(parsed(query).to_string(), printed);
    }
    let here = zone(2);
    for query in
        ["created:2026-10-05", "created:2026-10-01..2026-10-31", "created:2026-10-05..", "created:..2026-10-05"]
    {
        assert_eq!(parse(query, NOW, here).unwrap().in_zone(here), query);
    }
}

/// The rows of the page's tables, by the word in their first column.
fn documented(prefix: &str) -> Vec<String> {
    let rows = include_str!("../../docs/query.md").lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')?.0.strip_prefix(prefix).map(ToOwned::to_owned)).collect()
}

#[test]
fn the_page_names_every_word_and_no_other() {
    let keys: Vec<String> =
        documented("").into_iter().filter_map(|key| key.strip_suffix(':').map(ToOwned::to_owned)).collect();
    assert_eq!(keys, FIELDS.map(|field| field.name));
    assert_eq!(
        documented("is:").into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>(),
        Flag::all().map(Flag::name).collect::<Vec<_>>()
    );
    assert_eq!(
        documented("has:").into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>(),
        Has::ALL.map(Has::name)
    );
    assert_eq!(
        documented("bucket:").into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>(),
        Bucket::ALL.map(Bucket::name)
    );
}

#[test]
fn every_example_is_understood() {
    for field in FIELDS {
        assert_ne!(parsed(field.example), Expr::All);
    }
    let page = include_str!("../../docs/query.md");
    let mut examples = 0;
    for block in page.split("```text\n").skip(1) {
        for line in block.split("```").next().unwrap_or_default().lines() {
            let query = line.split("   ").next().unwrap_or_default();
            parsed(query);
            examples += 1;
        }
    }
    assert!(examples > 10);
}

#[test]
fn days_of_this_machine_are_whole_days() {
    use crate::query::{Term, Zone};
    // Whatever zone the tests run in: each day begins where the one before it ended, and lasts 23 to 25 hours.
    let mut last = None;
    for day in 1..=365 {
        let date = chrono::NaiveDate::from_yo_opt(2026, day).unwrap();
        let parsed = parse(&format!("created:{date}"), NOW, Zone::Local).unwrap();
        let Expr::Term(Term::Created(from, to)) = parsed.clone() else { panic!("{parsed:?}") };
        assert!((23..=25).contains(&((to - from) / 3_600_000)), "{date}");
        assert!(last.is_none_or(|last| last == from), "{date}");
        assert_eq!(parsed.in_zone(Zone::Local), format!("created:{date}"));
        last = Some(to);
    }
}
