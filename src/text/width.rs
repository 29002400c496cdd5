//! Columns on the screen: measuring and cutting by grapheme cluster.
//!
//! All functions expect text that has passed `line`, `row` or `block`.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// What stands for the part that was cut; one column wide.
const CUT: &str = "…";

/// Columns that a text takes when each grapheme cluster gets cells of its own, as ratatui draws it.
pub fn width(text: &str) -> usize {
    if is_printable_ascii(text) { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// The text in at most `columns` columns, cut at the end with `…` when it is longer.
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned(text.get(..head(text, room)).unwrap_or_default().to_owned() + CUT)
}

/// The text in at most `columns` columns, cut at the start: for paths, whose end matters most.
pub fn fit_left(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    Cow::Owned(CUT.to_owned() + text.get(tail(text, room)..).unwrap_or_default())
}

/// The text in at most `columns` columns, cut in the middle: for names whose start and end both matter.
pub fn fit_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let left = text.get(..head(text, room.div_ceil(2))).unwrap_or_default();
    let right = text.get(tail(text, room - width(left)).max(left.len())..).unwrap_or_default();
    Cow::Owned([left, CUT, right].concat())
}

/// The text in exactly `columns` columns: cut with `…` or filled with spaces at the end.
pub fn pad(text: &str, columns: usize) -> String {
    let mut out = fit(text, columns).into_owned();
    let missing = columns.saturating_sub(width(&out));
    out.extend(std::iter::repeat_n(' ', missing));
    out
}

/// The longest start of a text that takes at most so many bytes, for looking at a bounded part of it. Does not need
/// sanitised text.
pub fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Whether the text takes at most `columns` columns; looks no further than that.
fn fits(text: &str, columns: usize) -> bool {
    let short_enough = text.len() <= columns && is_printable_ascii(text);
    short_enough || head(text, columns) == text.len()
}

/// Characters without width that are allowed between two letters, and hidden anywhere else.
pub(super) const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Bytes of the longest start that takes at most `columns` columns and does not part a joiner from what it joins to.
pub(super) fn head(text: &str, columns: usize) -> usize {
    let mut left = columns;
    // The last place where no joiner stands before the cut.
    let mut whole = 0;
    for (at, cluster) in text.grapheme_indices(true) {
        let before = text.get(..at).unwrap_or_default();
        if !before.ends_with(JOINERS) {
            whole = at;
        }
        match left.checked_sub(cluster.width()) {
            Some(rest) => left = rest,
            // Where there is no such place, the joiner itself is left out.
            None if whole == 0 => return before.trim_end_matches(JOINERS).len(),
            None => return whole,
        }
    }
    text.len()
}

/// Where the longest end that takes at most `columns` columns begins.
fn tail(text: &str, columns: usize) -> usize {
    let mut left = columns;
    let mut from = text.len();
    for (at, cluster) in text.grapheme_indices(true).rev() {
        match left.checked_sub(cluster.width()) {
            Some(rest) => left = rest,
            None => break,
        }
        from = at;
    }
    from
}

fn is_printable_ascii(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}
