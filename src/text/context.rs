//! Where invisible characters are part of writing: emoji sequences, joining scripts, ideographic variants.

use unicode_segmentation::UnicodeSegmentation;

/// The zero-width joiner.
pub(super) const ZWJ: char = '\u{200d}';

/// Whether the character is a variation selector, of either block.
pub(super) const fn is_variation(ch: char) -> bool {
    matches!(ch, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the character has the property `Extended_Pictographic`.
///
/// Rule GB11 of [UAX 29](https://www.unicode.org/reports/tr29/) joins two characters around a ZWJ into one cluster
/// exactly when both have the property, so the segmentation tables answer without a table of our own.
pub(super) fn is_pictographic(ch: char) -> bool {
    if ch.is_ascii() {
        return false;
    }
    let mut probe = String::with_capacity(12);
    probe.extend([ch, ZWJ, '❤']);
    probe.graphemes(true).nth(1).is_none()
}

/// Whether the character at `at` of `text`, a ZWJ or ZWNJ, is needed to write what stands around it.
pub(super) fn joiner_belongs(text: &str, at: usize, joiner: char) -> bool {
    let (before, after) = around(text, at, joiner);
    let mut back = before.chars().rev();
    let (Some(prev), next) = (back.next(), after.chars().next()) else { return false };
    if is_virama(prev) {
        return next.is_none_or(|ch| !is_joiner(ch));
    }
    let Some(next) = next else { return false };
    if joins(prev) && joins(next) {
        return true;
    }
    let base = if matches!(prev, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}') { back.next() } else { Some(prev) };
    joiner == ZWJ && is_pictographic(next) && base.is_some_and(is_pictographic)
}

/// Whether the variation selector at `at` is a single one after a character that has such variants.
pub(super) fn variation_belongs(text: &str, at: usize, selector: char) -> bool {
    let (before, after) = around(text, at, selector);
    let Some(base) = before.chars().next_back() else { return false };
    match selector {
        '\u{fe0e}' | '\u{fe0f}' => {
            is_pictographic(base) || (matches!(base, '0'..='9' | '#' | '*') && after.starts_with('\u{20e3}'))
        }
        '\u{fe00}'..='\u{fe02}' => is_han(base) || matches!(base, '\u{2200}'..='\u{22ff}' | '\u{2a00}'..='\u{2aff}'),
        '\u{e0100}'..='\u{e01ef}' => is_han(base),
        _ => false,
    }
}

/// Whether the variation selector at `at` stands beside another one; such runs can carry bytes.
pub(super) fn variation_in_run(text: &str, at: usize, selector: char) -> bool {
    let (before, after) = around(text, at, selector);
    before.chars().next_back().is_some_and(is_variation) || after.chars().next().is_some_and(is_variation)
}

/// Whether the tag character at `at` is part of one of the three flags that are written with tags: England,
/// Scotland and Wales, the only subdivision flags recommended for interchange by
/// [UTS 51](https://www.unicode.org/reports/tr51/).
pub(super) fn tag_belongs(text: &str, at: usize) -> bool {
    const FLAGS: [&str; 3] = [
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
    ];
    // Flag and tags are four bytes each, so the flag stands one to six characters of four bytes before the tag.
    (1..=6).filter_map(|chars| at.checked_sub(chars * 4)).any(|start| {
        text.get(start..).is_some_and(|rest| FLAGS.iter().any(|flag| rest.starts_with(flag) && start + flag.len() > at))
    })
}

/// Whether the Mongolian variation selector at `at` follows a Mongolian letter.
pub(super) fn mongolian_belongs(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|ch| matches!(ch, '\u{1820}'..='\u{18aa}'))
}

fn around(text: &str, at: usize, ch: char) -> (&str, &str) {
    (text.get(..at).unwrap_or_default(), text.get(at + ch.len_utf8()..).unwrap_or_default())
}

const fn is_joiner(ch: char) -> bool {
    matches!(ch, '\u{200c}' | ZWJ)
}

const fn is_virama(ch: char) -> bool {
    matches!(
        ch,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{a4d}'
            | '\u{acd}'
            | '\u{b4d}'
            | '\u{bcd}'
            | '\u{c4d}'
            | '\u{ccd}'
            | '\u{d4d}'
            | '\u{dca}'
    )
}

/// Whether letters of the character's script take their shape from their neighbours, so that ZWJ and ZWNJ are spelling.
const fn joins(ch: char) -> bool {
    matches!(
        ch,
        '\u{620}'..='\u{6dc}' | '\u{6df}'..='\u{74f}' | '\u{750}'..='\u{77f}' | '\u{7c0}'..='\u{7ff}'
            | '\u{840}'..='\u{85f}' | '\u{870}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{f00}'..='\u{109f}'
            | '\u{1780}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}' | '\u{1820}'..='\u{18af}' | '\u{1a00}'..='\u{1aad}'
            | '\u{1b00}'..='\u{1c4f}' | '\u{a840}'..='\u{a87f}' | '\u{a980}'..='\u{a9df}' | '\u{abc0}'..='\u{abff}'
            | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{11000}'..='\u{1147f}' | '\u{1e900}'..='\u{1e95f}'
    )
}

const fn is_han(ch: char) -> bool {
    matches!(ch, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
