//! Texts by their lines, as the tool shows and counts them: only a line feed ends a line, and what follows the last one
//! is no further line when it is empty.

use std::fmt::Write as _;

/// More lines than this are not shown.
const MOST: usize = 999_999;
/// Lines around an edit that are shown with it.
const AROUND: usize = 4;

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').map(|line| line.strip_suffix('\n').unwrap_or(line)).collect()
}

/// How many lines a text has.
pub(super) fn count(text: &str) -> usize {
    text.split_inclusive('\n').count()
}

/// The line, from 1, in which a byte stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Lines with their numbers, the first of them numbered `first`.
fn numbered(lines: &[&str], first: usize) -> String {
    let mut shown = String::new();
    for (at, line) in lines.iter().enumerate() {
        let gap = if at == 0 { "" } else { "\n" };
        // Writing into a string has no way to fail.
        let _written = write!(shown, "{gap}{:>6}\t{line}", first + at);
    }
    shown
}

/// A file as it is shown: all of it, or the lines from the first to the second number, -1 for the last line.
///
/// # Errors
/// There are too many lines, or no such lines.
pub(super) fn view(path: &str, text: &str, range: Option<[i64; 2]>) -> Result<String, String> {
    let lines = split(text);
    if lines.len() > MOST {
        return Err(format!("File {path} exceeds maximum line limit of 999,999 lines."));
    }
    let (from, to) = match range {
        None => (1, lines.len()),
        Some([from, to]) => within(from, to, lines.len()).ok_or_else(|| {
            format!(
                "Error: Invalid `view_range` parameter: [{from}, {to}]. It should be within the range of lines of the \
                 file: [1, {}]",
                lines.len()
            )
        })?,
    };
    let part = lines.get(from - 1..to).unwrap_or_default();
    Ok(format!("Here's the content of {path} with line numbers:\n{}", numbered(part, from)))
}

fn within(from: i64, to: i64, count: usize) -> Option<(usize, usize)> {
    let start = usize::try_from(from).ok().filter(|from| (1..=count.max(1)).contains(from))?;
    let end = if to == -1 { count } else { usize::try_from(to).ok().filter(|to| *to >= start)?.min(count) };
    Some((start, end))
}

/// The lines around an edit, which begins in a line and covers some more.
pub(super) fn snippet(text: &str, line: usize, more: usize) -> String {
    let lines = split(text);
    let from = line.saturating_sub(AROUND).max(1);
    let to = (line + more + AROUND).min(lines.len());
    numbered(lines.get(from - 1..to).unwrap_or_default(), from)
}

/// The text with another one behind one of its lines, 0 for before the first; `None` when there is no such line.
pub(super) fn inserted(text: &str, behind: i64, new: &str) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (before, after) = lines.split_at_checked(usize::try_from(behind).ok()?)?;
    let mut whole = before.concat();
    if !whole.is_empty() && !whole.ends_with('\n') {
        whole.push('\n');
    }
    whole.push_str(new);
    // A file keeps the end that it had.
    if !new.ends_with('\n') && (!after.is_empty() || text.ends_with('\n')) {
        whole.push('\n');
    }
    whole.push_str(&after.concat());
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_only_line_feeds_end_them() {
        let shown = view("/memories/a", "one\r\ntwo\u{2028}x\n", None).unwrap();
        assert_eq!(shown, "Here's the content of /memories/a with line numbers:\n     1\tone\r\n     2\ttwo\u{2028}x");
        assert_eq!(view("p", "", None).unwrap(), "Here's the content of p with line numbers:\n");
        assert!(view("p", &"\n".repeat(MOST), None).unwrap().ends_with("999999\t"));
        assert_eq!(
            view("p", &"\n".repeat(MOST + 1), Some([1, 1])).unwrap_err(),
            "File p exceeds maximum line limit of 999,999 lines."
        );
    }

    #[test]
    fn a_range_of_lines_is_shown() {
        let part = |range| view("p", "a\nb\nc", Some(range)).map(|shown| shown.replace(' ', ""));
        let told = "Here'sthecontentofpwithlinenumbers:\n";
        assert_eq!(part([2, -1]).unwrap(), format!("{told}2\tb\n3\tc"));
        assert_eq!(part([2, 2]).unwrap(), format!("{told}2\tb"));
        assert_eq!(part([3, 99]).unwrap(), format!("{told}3\tc"));
        for wrong in [[0, 1], [4, 5], [3, 2], [-1, -1], [1, -2], [i64::MIN, i64::MAX]] {
            assert!(part(wrong).unwrap_err().contains("[1,3]") || part(wrong).is_err(), "{wrong:?}");
        }
        assert!(view("p", "", Some([1, -1])).is_ok());
    }

    #[test]
    fn a_text_goes_between_two_lines() {
        let cases = [
            ("a\nb\n", 0, "x", Some("x\na\nb\n")),
            ("a\nb\n", 1, "x\n", Some("a\nx\nb\n")),
            ("a\nb\n", 2, "x", Some("a\nb\nx\n")),
            ("a\nb", 2, "x", Some("a\nb\nx")),
            ("a\r\nb", 1, "x\ny", Some("a\r\nx\ny\nb")),
            ("", 0, "x", Some("x")),
            ("", 1, "x", None),
            ("a", -1, "x", None),
            ("a\nb\n", 3, "x", None),
            ("a", i64::MAX, "x", None),
        ];
        for (text, behind, new, wanted) in cases {
            assert_eq!(inserted(text, behind, new).as_deref(), wanted, "{text:?} {behind}");
        }
        assert_eq!((count("a\nb"), count("a\n"), count("")), (2, 1, 0));
    }
}
