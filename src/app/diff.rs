//! The difference between two texts as lines for reading, with the words that differ picked out.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::change::{Edit, FieldValue};

/// Lines that are the same and are shown around a difference.
const CONTEXT: usize = 2;
/// A difference of hostile size is shown coarser, not later.
const PATIENCE: Duration = Duration::from_millis(60);

/// What happens to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// It stays.
    Same,
    /// It goes.
    Removed,
    /// It comes.
    Added,
    /// So many lines that stay are left out.
    Skipped(usize),
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiffLine {
    /// What happens to it.
    pub(crate) sign: Sign,
    /// Its pieces; `true` for those that make the difference.
    pub(crate) pieces: Vec<(bool, String)>,
}

/// The difference of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldDiff {
    /// The field.
    pub(crate) name: String,
    /// Its lines.
    pub(crate) lines: Vec<DiffLine>,
}

/// The difference of a field's two values; `None` where the field is not there.
pub(crate) fn field(name: &str, before: Option<&str>, after: Option<&str>) -> FieldDiff {
    let lines = match (before, after) {
        (Some(before), Some(after)) => folded(compared(before, after)),
        (Some(text), None) => whole(Sign::Removed, text),
        (None, Some(text)) => whole(Sign::Added, text),
        (None, None) => Vec::new(),
    };
    FieldDiff { name: name.to_owned(), lines }
}

/// The difference that an edit makes.
pub(crate) fn edit(before: &Edit, edit: &Edit) -> Vec<FieldDiff> {
    edit.iter()
        .map(|(name, after)| {
            let before = before.iter().find(|(field, _)| field == name).map(|(_, value)| shown(value));
            field(name, before.as_deref(), Some(&shown(after)))
        })
        .collect()
}

fn shown(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::List(items) => items.join("\n"),
    }
}

fn whole(sign: Sign, text: &str) -> Vec<DiffLine> {
    text.split('\n').map(|line| DiffLine { sign, pieces: vec![(false, line.to_owned())] }).collect()
}

fn compared(before: &str, after: &str) -> Vec<DiffLine> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(before, after);
    let mut lines = Vec::new();
    for op in diff.ops() {
        for change in diff.iter_inline_changes(op) {
            let sign = match change.tag() {
                ChangeTag::Equal => Sign::Same,
                ChangeTag::Delete => Sign::Removed,
                ChangeTag::Insert => Sign::Added,
            };
            let pieces: Vec<(bool, String)> = change
                .iter_strings_lossy()
                .map(|(differs, text)| (differs, text.trim_end_matches(['\n', '\r']).to_owned()))
                .filter(|(_, text)| !text.is_empty())
                .collect();
            lines.push(DiffLine { sign, pieces });
        }
    }
    lines
}

/// Long runs of lines that stay become one line that counts them.
fn folded(lines: Vec<DiffLine>) -> Vec<DiffLine> {
    let near = |at: usize| {
        let from = at.saturating_sub(CONTEXT);
        lines.iter().skip(from).take(at + CONTEXT + 1 - from).any(|line| line.sign != Sign::Same)
    };
    let kept: Vec<bool> = (0..lines.len()).map(near).collect();
    let mut out: Vec<DiffLine> = Vec::new();
    for (line, kept) in lines.into_iter().zip(kept) {
        if kept {
            out.push(line);
        } else if let Some(DiffLine { sign: Sign::Skipped(count), .. }) = out.last_mut() {
            *count += 1;
        } else {
            out.push(DiffLine { sign: Sign::Skipped(1), pieces: Vec::new() });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_picked_out() {
        let diff = field("text", Some("the cat sat\nsame"), Some("the dog sat\nsame"));
        let signs: Vec<Sign> = diff.lines.iter().map(|line| line.sign).collect();
        assert_eq!(signs, [Sign::Removed, Sign::Added, Sign::Same]);
        let differs: Vec<&str> =
            diff.lines[1].pieces.iter().filter(|(differs, _)| *differs).map(|(_, text)| text.as_str()).collect();
        assert_eq!(differs, ["dog"]);
    }

    #[test]
    fn long_runs_of_the_same_are_counted() {
        let text = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        let diff = field("text", Some(&text), Some(&text.replace("10\n", "ten\n")));
        let signs: Vec<Sign> = diff.lines.iter().map(|line| line.sign).collect();
        assert_eq!(signs.first(), Some(&Sign::Skipped(8)));
        assert_eq!(signs.last(), Some(&Sign::Skipped(7)));
        assert_eq!(signs.len(), 8);
    }
}
