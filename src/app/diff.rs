//! The difference between two texts as lines for reading, with the words that differ picked out.

use std::{
    collections::HashMap,
    ops::Range,
    time::{Duration, Instant},
};

use similar::{
    DiffOp, DiffTag,
    algorithms::{Capture, Replace, myers},
};
use unicode_segmentation::UnicodeSegmentation as _;

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
    let until = Instant::now() + PATIENCE;
    let (mut old, mut new) = (Side::new(before, veil), Side::new(after, veil));
    // Where neither text ends its last line, that line is no other one because a line follows it now.
    let unended = !before.ends_with('\n') && !after.ends_with('\n');
    let ended = |text: &str| if unended { format!("{text}\n") } else { text.to_owned() };
    let (before, after) = (ended(before), ended(after));
    let (olds, news): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let mut lines = Vec::new();
    for step in steps(&olds, &news, until) {
        let (tag, gone, come) = step.as_tag_tuple();
        let (gone, come) = (olds.get(gone).unwrap_or_default(), news.get(come).unwrap_or_default());
        if tag == DiffTag::Equal {
            for line in gone {
                old.next(line);
                lines.push(DiffLine { sign: Sign::Same, pieces: vec![(false, new.next(line))] });
            }
            continue;
        }
        let (gone, come) = refined(gone, come, until);
        lines.extend(gone.iter().map(|line| line_of(Sign::Removed, line, &mut old)));
        lines.extend(come.iter().map(|line| line_of(Sign::Added, line, &mut new)));
    }
    for line in &mut lines {
        line.pieces.retain(|(_, text)| !text.is_empty());
    }
    lines
}

fn line_of(sign: Sign, pieces: &[(bool, &str)], side: &mut Side) -> DiffLine {
    DiffLine { sign, pieces: pieces.iter().map(|(differs, text)| (*differs, side.next(text))).collect() }
}

/// How one row of pieces becomes another. The comparison sees numbers in the place of texts: a general one, for every
/// kind of piece and every way to compare, was a tenth of the whole program.
fn steps<'a>(old: &[&'a str], new: &[&'a str], until: Instant) -> Vec<DiffOp> {
    let mut known = HashMap::new();
    let mut numbers = |pieces: &[&'a str]| -> Vec<usize> {
        let mut number = |piece| {
            let next = known.len();
            *known.entry(piece).or_insert(next)
        };
        pieces.iter().map(|piece| number(*piece)).collect()
    };
    let (old, new) = (numbers(old), numbers(new));
    let mut found = Replace::new(Capture::new());
    let (olds, news) = (0..old.len(), 0..new.len());
    // The error is one that cannot be.
    let Ok(()) = myers::diff_deadline_raw(&mut found, old.as_slice(), olds, new.as_slice(), news, Some(until));
    found.into_inner().into_ops()
}

/// A line in pieces; `true` for those that make the difference.
type Pieces<'a> = Vec<(bool, &'a str)>;

/// Lines that go and lines that come in their place, with the words that differ, unless most of them do.
fn refined<'a>(gone: &[&'a str], come: &[&'a str], until: Instant) -> (Vec<Pieces<'a>>, Vec<Pieces<'a>>) {
    let words =
        |lines: &[&'a str]| -> Vec<&'a str> { lines.iter().flat_map(|line| line.split_word_bounds()).collect() };
    let (olds, news) = (words(gone), words(come));
    let (mut same_old, mut same_new) = (vec![false; olds.len()], vec![false; news.len()]);
    if !gone.is_empty() && !come.is_empty() {
        for (tag, old, new) in steps(&olds, &news, until).iter().map(DiffOp::as_tag_tuple) {
            if tag == DiffTag::Equal {
                same_old.get_mut(old).unwrap_or_default().fill(true);
                same_new.get_mut(new).unwrap_or_default().fill(true);
            }
        }
    }
    let alike = same_old.iter().chain(&same_new).filter(|same| **same).count() * 2 >= olds.len() + news.len();
    (in_pieces(gone, &same_old, alike), in_pieces(come, &same_new, alike))
}

/// Lines cut where words that stay and words that do not meet.
fn in_pieces<'a>(lines: &[&'a str], same: &[bool], cut: bool) -> Vec<Pieces<'a>> {
    let mut same = same.iter();
    let mut cut_up = |line: &'a str| {
        if !cut {
            return vec![(false, line)];
        }
        let mut pieces = Pieces::new();
        let mut start = 0;
        for (at, word) in line.split_word_bound_indices() {
            // A line's end shows nothing that could differ.
            let differs = same.next() == Some(&false) && !word.ends_with('\n');
            if let Some(last) = pieces.last_mut().filter(|last| last.0 == differs) {
                last.1 = line.get(start..at + word.len()).unwrap_or_default();
            } else {
                start = at;
                pieces.push((differs, word));
            }
        }
        pieces
    };
    lines.iter().map(|line| cut_up(line)).collect()
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
    fn a_line_that_is_followed_by_a_new_one_stays() {
        let diff = field("facts", Some("one"), Some("one\ntwo"), Veil(true));
        assert_eq!(diff.lines.iter().map(|line| line.sign).collect::<Vec<_>>(), [Sign::Same, Sign::Added]);
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
