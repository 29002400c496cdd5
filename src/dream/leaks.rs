//! Memories of one project that stand in another: they move to where their files are.

use super::{
    Analyse, Made, Seen,
    note::Note,
    places::{Place, Places},
    reading::Reading,
};
use crate::{
    change::{Draft, Evidence, FieldValue, Label, Wish},
    memory::Key,
    store::Result,
};

/// The files say where they are; why the memory was written there they do not.
const CONFIDENCE: f32 = 0.7;
/// The field that says which project a memory belongs to.
const FIELD: &str = "project";

#[derive(Default)]
pub(super) struct Leaks {
    names: Vec<String>,
    places: Places,
    /// Memories with the number of their project and where all their files are.
    seen: Vec<(Key, u16, Place)>,
}

impl Analyse for Leaks {
    fn look(&mut self, seen: &Seen<'_>) {
        let scanned = seen.scanned;
        if scanned.project.is_empty() || scanned.files.is_empty() {
            return;
        }
        let Some(project) = self.number(scanned.project) else { return };
        let place = self.places.learn(project, scanned.files);
        if let Some(place) = place.filter(|_| seen.known.fresh) {
            self.seen.push((seen.known.key, project, place));
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        let homes = self.places.homes();
        for (key, project, place) in std::mem::take(&mut self.seen) {
            let Some((owner, top)) = self.places.owner(place).filter(|(owner, _)| *owner != project) else { continue };
            // A project without a directory of its own may be another name for the same one.
            let Some(home) = homes.get(&project) else { continue };
            let (here, there) = (self.name(project), self.name(owner));
            if is_related(here, there) {
                continue;
            }
            let Some(note) = reading.note(key)? else { continue };
            let points = Pointing { here: [here, self.places.name(*home)], there: [there, self.places.name(top)] };
            if note.fields.iter().any(|(name, _)| name == FIELD) && points.plainly(&note) {
                made.add(draft(&note, here, there))?;
            }
        }
        Ok(())
    }
}

impl Leaks {
    fn number(&mut self, project: &str) -> Option<u16> {
        let place = self.names.iter().position(|name| name == project).unwrap_or_else(|| {
            self.names.push(project.to_owned());
            self.names.len() - 1
        });
        u16::try_from(place).ok()
    }

    fn name(&self, project: u16) -> &str {
        self.names.get(usize::from(project)).map_or("", String::as_str)
    }
}

/// Whether one is a worktree of the other, or both are of the same project.
fn is_related(one: &str, other: &str) -> bool {
    let parent = |name: &str| name.split('/').next().unwrap_or_default().to_lowercase();
    parent(one) == parent(other)
}

/// The names of the project where a memory stands and of the one where its files are, with their directories.
struct Pointing<'a> {
    here: [&'a str; 2],
    there: [&'a str; 2],
}

impl Pointing<'_> {
    /// Whether a memory points there and not here: its text names the other project, or several of its files lie
    /// there, and nothing in it names this one.
    fn plainly(&self, note: &Note) -> bool {
        let text = note.texts().collect::<Vec<_>>().join("\n").to_lowercase();
        let named = |names: &[&str]| names.iter().any(|name| !name.is_empty() && text.contains(&name.to_lowercase()));
        !named(&self.here) && (named(&self.there) || note.files().count() > 1)
    }
}

fn draft(note: &Note, here: &str, there: &str) -> Draft {
    let files = note.files().map(|path| Evidence::Note(super::note::quote(path)));
    Draft {
        label: Label::Rescope,
        reason: format!(
            "It stands in {here}, but all files that it names are {there}'s, and it says nothing of {here}."
        ),
        evidence: std::iter::once(note.titled()).chain(files).collect(),
        confidence: Some(CONFIDENCE),
        likeness: format!("from {here} to {there}"),
        steps: vec![note.step(Wish::Edit(vec![(FIELD.to_owned(), FieldValue::Text(there.to_owned()))]))],
    }
}
