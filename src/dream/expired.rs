//! Memories past the date that was set for them, by a person or by the store: they go.

use super::{
    Analyse, Made, Seen,
    note::{Note, day},
    reading::Reading,
};
use crate::{
    change::{Draft, Label, Wish},
    memory::{EpochMs, Key, Signal, State},
    store::Result,
};

/// A person set the date, or the store says so itself.
const CONFIDENCE: f32 = 0.9;

#[derive(Default)]
pub(super) struct Expired {
    /// Past a person's own date.
    dated: Vec<(Key, EpochMs)>,
    /// Not put before an agent; the store may say why.
    held: Vec<Key>,
}

impl Analyse for Expired {
    fn look(&mut self, seen: &Seen<'_>) {
        let known = seen.known;
        if !known.fresh || known.overlay.as_ref().is_some_and(|overlay| overlay.pinned) {
            return;
        }
        match known.overlay.as_ref().and_then(|overlay| overlay.stale_after) {
            Some(date) if known.signals.has(Signal::Stale) => self.dated.push((known.key, date)),
            None if known.signals.has(Signal::NeverInjected) => self.held.push(known.key),
            _ => {}
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        // Other products hold memories back for reasons of their own; only what memtui knows to have ended has ended.
        self.held.retain(|key| reading.takes_new(key.store));
        reading.expect(self.dated.len() + self.held.len());
        for (key, date) in std::mem::take(&mut self.dated) {
            let Some(note) = reading.note(key)? else { continue };
            let reason =
                format!("You said that it counts until {}; that day is past.", day(Some(date), reading.zone()));
            made.add(draft(&note, reason, reading))?;
        }
        for key in std::mem::take(&mut self.held) {
            let state = reading.reader(key.store)?.memory(key.handle)?.map(|memory| memory.state);
            let reason = match state {
                Some(State::Expired) => "Its store says that it has ended, and puts it before no agent any more.",
                Some(State::Superseded) => "Its store says that a newer version has taken its place.",
                _ => continue,
            };
            let Some(note) = reading.note(key)? else { continue };
            made.add(draft(&note, reason.to_owned(), reading))?;
        }
        Ok(())
    }
}

fn draft(note: &Note, reason: String, reading: &Reading<'_>) -> Draft {
    Draft {
        label: Label::Prune,
        reason,
        evidence: vec![note.titled(), note.origin(reading.zone())],
        confidence: Some(CONFIDENCE),
        likeness: format!("expired in {}", note.place()),
        steps: vec![note.step(Wish::Delete)],
    }
}
