//! Memories that say nothing: they go.

use super::{Analyse, Made, Seen, duplicates::stands_for_itself, reading::Reading};
use crate::{
    change::{Draft, Label, Wish},
    memory::{Key, Signal},
    store::Result,
};

/// The rule is a list of what tools print when nothing happened; what it matches says nothing.
const CONFIDENCE: f32 = 0.95;

#[derive(Default)]
pub(super) struct Noise(Vec<Key>);

impl Analyse for Noise {
    fn look(&mut self, seen: &Seen<'_>) {
        // A person's short answer is no memory that is put before an agent, and its session counts on it.
        let signals = seen.known.signals;
        let wanted = seen.known.fresh
            && signals.has(Signal::Noise)
            && !signals.has(Signal::NeverInjected)
            && stands_for_itself(seen.scanned.kind);
        if wanted && !seen.known.overlay.as_ref().is_some_and(|overlay| overlay.pinned) {
            self.0.push(seen.known.key);
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        reading.expect(self.0.len());
        for key in std::mem::take(&mut self.0) {
            let Some(note) = reading.note(key)? else { continue };
            let words = note.texts().find(|text| !text.trim().is_empty()).unwrap_or_default();
            let reason = if words.is_empty() {
                "It has no text.".to_owned()
            } else {
                "It says nothing beyond what a tool prints when it is done.".to_owned()
            };
            made.add(Draft {
                label: Label::Prune,
                reason,
                evidence: vec![note.quoted(words), note.origin(reading.zone())],
                confidence: Some(CONFIDENCE),
                likeness: format!("noise in {}", note.place()),
                steps: vec![note.step(Wish::Delete)],
            })?;
        }
        Ok(())
    }
}
