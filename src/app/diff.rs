//! The difference between two texts as lines for reading, with the words that differ picked out.

use std::{ops::Range, time::Duration};

use similar::{ChangeTag, TextDiff};

use super::Veil;
use crate::{
    change::{Edit, FieldValue},
    judge,
};

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
pub(crate) fn field(name: &str, before: Option<&str>, after: Option<&str>, veil: Veil) -> FieldDiff {
    let lines = match (before, after) {
        (Some(before), Some(after)) => folded(compared(before, after, veil)),
        (Some(text), None) => whole(Sign::Removed, text, veil),
        (None, Some(text)) => whole(Sign::Added, text, veil),
        (None, None) => Vec::new(),
    };
    FieldDiff { name: name.to_owned(), lines }
}

/// The difference that an edit makes.
pub(crate) fn edit(before: &Edit, edit: &Edit, veil: Veil) -> Vec<FieldDiff> {
    edit.iter()
        .map(|(name, after)| {
            let before = before.iter().find(|(field, _)| field == name).map(|(_, value)| shown(value));
            field(name, before.as_deref(), Some(&shown(after)), veil)
        })
        .collect()
}

pub(crate) fn shown(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::List(items) => items.join("\n"),
    }
}

fn whole(sign: Sign, text: &str, veil: Veil) -> Vec<DiffLine> {
    let mut side = Side::new(text, veil);
    text.split('\n')
        .map(|line| {
            let shown = side.next(line);
            side.at += 1;
            DiffLine { sign, pieces: vec![(false, shown)] }
        })
        .collect()
}

/// One of two texts while its pieces come in order, with the secrets in it: a piece alone does not show that it is
/// part of one.
struct Side {
    secrets: Vec<Range<usize>>,
    at: usize,
}

impl Side {
    fn new(text: &str, veil: Veil) -> Self {
        let secrets =
            if veil.0 { judge::secrets(text).into_iter().map(|secret| secret.range).collect() } else { Vec::new() };
        Self { secrets, at: 0 }
    }

    /// The next piece without its line end and with its share of any secret masked.
    fn next(&mut self, piece: &str) -> String {
        let from = self.at;
        self.at += piece.len();
        let piece = piece.trim_end_matches(['\n', '\r']);
        let mut out = String::new();
        let mut copied = 0;
        for secret in &self.secrets {
            let start = secret.start.saturating_sub(from).min(piece.len());
            let end = secret.end.saturating_sub(from).min(piece.len());
            if start < end {
                out.push_str(piece.get(copied..start).unwrap_or_default());
                out.push_str(judge::MASK);
                copied = end;
            }
        }
        out.push_str(piece.get(copied..).unwrap_or_default());
        out
    }
}

fn compared(before: &str, after: &str, veil: Veil) -> Vec<DiffLine> {
    let (mut old, mut new) = (Side::new(before, veil), Side::new(after, veil));
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
                .map(|(differs, text)| {
                    let shown = match sign {
                        Sign::Removed => old.next(&text),
                        Sign::Added => new.next(&text),
                        Sign::Same | Sign::Skipped(_) => {
                            old.next(&text);
                            new.next(&text)
                        }
                    };
                    (differs, shown)
                })
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
        let diff = field("text", Some("the cat sat\nsame"), Some("the dog sat\nsame"), Veil(true));
        let signs: Vec<Sign> = diff.lines.iter().map(|line| line.sign).collect();
        assert_eq!(signs, [Sign::Removed, Sign::Added, Sign::Same]);
        let differs: Vec<&str> =
            diff.lines[1].pieces.iter().filter(|(differs, _)| *differs).map(|(_, text)| text.as_str()).collect();
        assert_eq!(differs, ["dog"]);
    }

    #[test]
    fn long_runs_of_the_same_are_counted() {
        let text = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        let diff = field("text", Some(&text), Some(&text.replace("10\n", "ten\n")), Veil(true));
        let signs: Vec<Sign> = diff.lines.iter().map(|line| line.sign).collect();
        assert_eq!(signs.first(), Some(&Sign::Skipped(8)));
        assert_eq!(signs.last(), Some(&Sign::Skipped(7)));
        assert_eq!(signs.len(), 8);
    }

    #[test]
    fn a_secret_is_masked_and_still_differs() {
        let text = |secret: &str| format!("first\npassword: {secret} for staging\nlast");
        for (before, after) in [("Sommer-Regen-41", "Winter-Regen-42"), ("Sommer-Regen-41", "gone")] {
            let (before, after) = (text(before), text(after));
            for diff in [
                field("text", Some(&before), Some(&after), Veil(true)),
                field("text", Some(&before), None, Veil(true)),
                field("text", None, Some(&after), Veil(true)),
            ] {
                let all = diff.lines.iter().flat_map(|line| &line.pieces).map(|(_, text)| text.as_str());
                let all = all.collect::<String>();
                assert!(!all.contains("Regen") && all.contains(" for staging"), "{all}");
            }
            let diff = field("text", Some(&before), Some(&after), Veil(true));
            assert!(diff.lines.iter().any(|line| line.sign == Sign::Removed));
            assert!(diff.lines.iter().any(|line| line.sign == Sign::Added));
        }
        let open = field("text", Some(&text("Sommer-Regen-41")), None, Veil(false));
        assert!(open.lines.iter().any(|line| line.pieces.iter().any(|(_, text)| text.contains("Sommer"))));
    }

    #[test]
    fn a_secret_of_several_lines_is_masked_in_each() {
        let key = "a\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\nz";
        for diff in [
            field("text", Some(key), None, Veil(true)),
            field("text", Some(key), Some(&key.replace("MIIE", "MIIF")), Veil(true)),
        ] {
            let all: String = diff.lines.iter().flat_map(|line| &line.pieces).map(|(_, text)| text.as_str()).collect();
            assert!(!all.contains("MII") && !all.contains("kqhki") && all.starts_with('a'), "{all}");
        }
    }
}
