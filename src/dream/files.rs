//! Files that are gone although the checkout that held them is here: the reference goes, and the memory stays unless it
//! says nothing beside.

use std::{path::Path, sync::LazyLock};

use regex::Regex;

use super::{
    Analyse, Made, Seen,
    note::{Note, quote},
    reading::Reading,
};
use crate::{
    catalog::Files,
    change::{Draft, Edit, Evidence, FieldValue, Label, Wish},
    judge,
    memory::{Key, Signal},
    store::Result,
};

/// The file is gone for certain; that nobody wants the reference any more is not.
const CONFIDENCE: f32 = 0.85;

#[derive(Default)]
pub(super) struct DeadFiles(Vec<Key>);

impl Analyse for DeadFiles {
    fn look(&mut self, seen: &Seen<'_>) {
        if seen.known.fresh && seen.known.signals.has(Signal::DeadFile) {
            self.0.push(seen.known.key);
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        let mut files = Files::default();
        reading.expect(self.0.len());
        for key in std::mem::take(&mut self.0) {
            let Some(note) = reading.note(key)? else { continue };
            let (edit, dead) = without_dead(&note, &mut files);
            if !edit.is_empty() && !tells_of_it(&note) {
                let wish =
                    if says_nothing_else(&note, &dead) && !note.pinned { Wish::Delete } else { Wish::Edit(edit) };
                made.add(draft(&note, wish, &dead))?;
            }
        }
        Ok(())
    }
}

/// The lists of files without those that are gone, and those.
fn without_dead(note: &Note, files: &mut Files) -> (Edit, Vec<String>) {
    let (mut edit, mut dead) = (Edit::new(), Vec::new());
    for (name, paths) in note.file_lists() {
        let (gone, left): (Vec<String>, Vec<String>) = paths.iter().cloned().partition(|path| files.is_dead(path));
        if !gone.is_empty() {
            edit.push((name.to_owned(), FieldValue::List(left)));
            dead.extend(gone);
        }
    }
    dead.sort();
    dead.dedup();
    (edit, dead)
}

/// Whether a memory is about how files went away: then what is gone is what it tells of.
fn tells_of_it(note: &Note) -> bool {
    static WENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:remov|delet|renam|replac|drop(?:s|ped)\b|mov(?:ed|es|ing)\b|merged into|split into|no (?:longer|more)\b)").ok()
    });
    let went = |text: &str| WENT.as_ref().is_none_or(|signs| signs.is_match(text));
    went(&note.title) || note.texts().any(went)
}

/// Whether nothing is left of what a memory says once the names of the dead files are taken out.
fn says_nothing_else(note: &Note, dead: &[String]) -> bool {
    let all_dead = note.files().all(|file| dead.iter().any(|path| path == file));
    let without = |text: &str| {
        dead.iter().fold(text.to_owned(), |text, path| {
            let name = Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let text = text.replace(path.as_str(), " ");
            if name.is_empty() { text } else { text.replace(&name, " ") }
        })
    };
    let texts: Vec<String> = note.texts().map(without).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    all_dead && judge::is_noise("", &texts)
}

fn draft(note: &Note, wish: Wish, dead: &[String]) -> Draft {
    let gone = match dead {
        [one] => format!("{} is gone, though its checkout is here", quote(one)),
        several => format!("{} files that it names are gone, though their checkout is here", several.len()),
    };
    let (label, what) = match wish {
        Wish::Delete => (Label::Prune, "Nothing is left that it says."),
        _ => (Label::Edit, "What it says stays; its list of files loses what is not there."),
    };
    Draft {
        label,
        reason: format!("{gone}. {what}"),
        evidence: std::iter::once(note.titled()).chain(dead.iter().map(|path| Evidence::Note(quote(path)))).collect(),
        confidence: Some(CONFIDENCE),
        likeness: format!("dead files in {}", note.place()),
        steps: vec![note.step(wish)],
    }
}
