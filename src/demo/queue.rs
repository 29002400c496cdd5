//! What waits for a verdict in the demo: an asset, read against the sample memories.

use serde::Deserialize;

use super::{failed, shared::New};
use crate::{
    change::{Batch, Draft, Edit, Evidence, FieldValue, Label, Mark, Step, Wish},
    memory::{EpochMs, Version},
    store::{Reader, Result},
};

const ASSET: &str = include_str!("../../assets/demo/queue.toml");
const HOUR: EpochMs = 3_600_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    #[serde(rename = "batch")]
    batches: Vec<Batched>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batched {
    author: String,
    note: String,
    /// Hours before now.
    hours: EpochMs,
    #[serde(rename = "proposal")]
    proposals: Vec<Proposed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Proposed {
    label: String,
    reason: String,
    confidence: f32,
    likeness: String,
    #[serde(default)]
    evidence: Vec<Piece>,
    #[serde(rename = "step")]
    steps: Vec<Wished>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Piece {
    memory: Option<String>,
    #[serde(default)]
    quote: String,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wished {
    #[serde(default)]
    memory: String,
    #[serde(default)]
    title: String,
    /// A memory that is not there yet, in the place of one that is.
    new: Option<New>,
    #[serde(default)]
    delete: bool,
    /// Days before now from which on the memory is stale.
    stale_days: Option<EpochMs>,
    #[serde(default)]
    replace: Vec<Replaced>,
    #[serde(default)]
    add: Vec<Added>,
}

/// Words of a text that become others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replaced {
    field: String,
    from: String,
    to: String,
}

/// An item that comes to a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    field: String,
    item: String,
}

/// What waits for a verdict in the demo, by batch, about the sample memories as `reader` has them; its store has place 0.
///
/// # Errors
/// What the reader says; [`crate::store::Problem::Failed`] when the asset does not fit the memories, which a test rules
/// out.
pub fn proposals(reader: &mut dyn Reader, now: EpochMs) -> Result<Vec<(Batch, Vec<Draft>)>> {
    let asset: Asset = toml::from_str(ASSET).map_err(|error| wrong(&error))?;
    drafts(asset.batches, 0, reader, now)
}

/// The batches of an asset as drafts about the memories of the store at a place.
pub(super) fn drafts(
    batches: Vec<Batched>,
    place: u8,
    reader: &mut dyn Reader,
    now: EpochMs,
) -> Result<Vec<(Batch, Vec<Draft>)>> {
    let mut all = Vec::with_capacity(batches.len());
    for batch in batches {
        let Batched { author, note, hours, proposals } = batch;
        let agent = author.strip_prefix("agent:").unwrap_or(&author).to_owned();
        let by = By { place, agent: &agent, now };
        let drafts = proposals.into_iter().map(|it| draft(reader, it, by)).collect::<Result<_>>()?;
        all.push((Batch { id: 0, at: now - hours * HOUR, author, note }, drafts));
    }
    Ok(all)
}

/// About which store, by whom and when.
#[derive(Clone, Copy)]
struct By<'a> {
    place: u8,
    agent: &'a str,
    now: EpochMs,
}

fn draft(reader: &mut dyn Reader, it: Proposed, by: By<'_>) -> Result<Draft> {
    let label = Label::named(&it.label).ok_or_else(|| wrong(&format!("there is no label `{}`", it.label)))?;
    let steps = it.steps.iter().map(|wished| step(reader, wished, by)).collect::<Result<_>>()?;
    let evidence = it.evidence.into_iter().map(|piece| match (piece.memory, piece.note) {
        (Some(id), _) => Evidence::Memory { id, quote: piece.quote },
        (None, note) => Evidence::Note(note.unwrap_or_default()),
    });
    let evidence = evidence.collect();
    let (reason, likeness, confidence) = (it.reason, it.likeness, Some(it.confidence));
    Ok(Draft { label, reason, evidence, confidence, likeness, steps })
}

fn step(reader: &mut dyn Reader, wished: &Wished, by: By<'_>) -> Result<Step> {
    let By { place, agent, now } = by;
    if let Some(new) = &wished.new {
        let (seen, was, wish) = (Version::default(), Edit::new(), Wish::Add(new.record(agent)));
        return Ok(Step { store: place, native: String::new(), seen, was, wish });
    }
    let none = || wrong(&format!("there is no memory {} “{}”", wished.memory, wished.title));
    let handle = reader.handle(&wished.memory).ok_or_else(none)?;
    let row = reader.rows(&[handle])?.pop().filter(|row| row.title == wished.title).ok_or_else(none)?;
    let was = reader.editable(handle)?.unwrap_or_default();
    let wish = match wished.stale_days {
        _ if wished.delete => Wish::Delete,
        Some(days) => Wish::Mark(vec![Mark::StaleAfter(Some(now - days * 24 * HOUR))]),
        None => Wish::Edit(edited(&was, wished)?),
    };
    Ok(Step { store: place, native: wished.memory.clone(), seen: row.version, was, wish })
}

/// The fields that become others.
fn edited(was: &Edit, wished: &Wished) -> Result<Edit> {
    let mut fields = was.clone();
    let missing = |what: &str| wrong(&format!("{} has no `{what}`", wished.memory));
    for Replaced { field, from, to } in &wished.replace {
        match fields.iter_mut().find(|(name, _)| name == field) {
            Some((_, FieldValue::Text(text))) if text.contains(from) => *text = text.replace(from, to),
            _ => return Err(missing(from)),
        }
    }
    for Added { field, item } in &wished.add {
        match fields.iter_mut().find(|(name, _)| name == field) {
            Some((_, FieldValue::List(items))) => items.push(item.clone()),
            _ => return Err(missing(field)),
        }
    }
    Ok(fields.into_iter().filter(|field| !was.contains(field)).collect())
}

fn wrong(error: &dyn std::fmt::Display) -> crate::store::Problem {
    failed("assets/demo/queue.toml".as_ref(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proposal_fits_the_sample_memories_whatever_the_time_of_day() {
        const DAY: EpochMs = 24 * HOUR;
        let dir = tempfile::tempdir().unwrap();
        for (n, hour) in [0, 3, 13, 23].into_iter().enumerate() {
            let now = 20_000 * DAY + hour * HOUR;
            let path = dir.path().join(format!("{n}.db"));
            crate::demo::build(&path, now).unwrap();
            let store = crate::store::discover::open(&path, &[]).unwrap();
            let batches = proposals(store.reader().unwrap().as_mut(), now).unwrap();
            let drafts: Vec<&Draft> = batches.iter().flat_map(|(_, drafts)| drafts).collect();
            assert!(drafts.len() >= 12);
            for step in drafts.iter().flat_map(|draft| &draft.steps) {
                assert!(step.wish != Wish::Edit(Edit::new()), "{}", step.native);
            }
        }
    }
}
