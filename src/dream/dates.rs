//! Dates that only hold on the day they were written: they are put into the person's calendar.

use chrono::Timelike as _;

use super::{
    Analyse, Made, Seen,
    note::{Note, day, quote},
    reading::Reading,
    relative,
};
use crate::{
    change::{self, Draft, Edit, FieldValue, Label, Wish},
    memory::{Key, Signal},
    store::Result,
};

/// The words are certain; that the memory was written on the day it speaks of is nearly so.
const CONFIDENCE: f32 = 0.9;

/// Before this hour nobody can tell which day `yesterday` was.
const NIGHT_ENDS: u32 = 4;

#[derive(Default)]
pub(super) struct Dates(Vec<Key>);

impl Analyse for Dates {
    fn look(&mut self, seen: &Seen<'_>) {
        let scanned = seen.scanned;
        // What a person typed stays as it was typed.
        let wanted = seen.known.fresh && scanned.kind != "prompt" && !seen.known.signals.has(Signal::BadTime);
        if wanted && std::iter::once(&scanned.title).chain(scanned.texts).any(|text| relative::may_hold(text)) {
            self.0.push(seen.known.key);
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        reading.expect(self.0.len());
        for key in std::mem::take(&mut self.0) {
            let Some(note) = reading.note(key)? else { continue };
            let Some(clock) = note.created.and_then(|created| reading.zone().clock(created)) else { continue };
            if clock.hour() < NIGHT_ENDS {
                continue;
            }
            let (edit, sentences) = dated(&note, clock.date());
            if !edit.is_empty() {
                made.add(draft(&note, edit, &sentences, reading))?;
            }
        }
        Ok(())
    }
}

/// The fields with dates in the place of words, and the sentences in which the words stood.
fn dated(note: &Note, day: chrono::NaiveDate) -> (Edit, Vec<String>) {
    let (mut edit, mut sentences) = (Edit::new(), Vec::new());
    for (name, texts) in change::texts(&note.fields) {
        let mut touched = false;
        let mut put = |text: &String| match relative::absolute(text, day) {
            Some(dated) => {
                touched = true;
                sentences.extend(dated.sentences);
                dated.text
            }
            None => text.clone(),
        };
        let texts: Vec<String> = texts.iter().map(&mut put).collect();
        if touched {
            let is_list =
                note.fields.iter().any(|(field, value)| field == name && matches!(value, FieldValue::List(_)));
            let value = if is_list { FieldValue::List(texts) } else { FieldValue::Text(texts.concat()) };
            edit.push((name.to_owned(), value));
        }
    }
    sentences.dedup();
    (edit, sentences)
}

fn draft(note: &Note, edit: Edit, sentences: &[String], reading: &Reading<'_>) -> Draft {
    let written = day(note.created, reading.zone());
    let first = sentences.first().map(|sentence| quote(sentence)).unwrap_or_default();
    Draft {
        label: Label::Normalise,
        reason: format!("“{first}” was written on {written} and holds only for that day; it gets the date."),
        evidence: sentences.iter().map(|sentence| note.quoted(sentence)).collect(),
        confidence: Some(CONFIDENCE),
        likeness: format!("dates in {}", note.place()),
        steps: vec![note.step(Wish::Edit(edit))],
    }
}
