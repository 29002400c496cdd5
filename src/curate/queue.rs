//! The queue: proposals come in, wait, and are looked at again when memories moved.

use super::{CurateProblem, Curator};
use crate::{
    change::{self, Batch, Draft, Edit, FieldValue, Proposal, ProposalId, Waiting, Wish},
    judge::{self, Fingerprint},
    ledger::{Given, Open, Standing, Taken, Tombstone},
    memory::{EpochMs, Record, Value, Version},
    store::{self, Offer, Reader},
};

/// What came of drafts that were handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposed {
    /// Their batch in the ledger; `None` when it had no number and nothing new was among them.
    pub batch: Option<i64>,
    /// For each draft, what became of it.
    pub taken: Vec<Taken>,
    /// How many wait apart, because a person said no to their text before.
    pub held: usize,
}

/// Whether a wish still fits the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The memory is as it was.
    Fresh,
    /// The memory moved, and both changes go together: this is what would be written now.
    Rebased(Edit),
    /// It is so already.
    Already,
    /// The memory moved in a way that excludes the wish.
    Conflict {
        /// Its fields now; empty when it is gone.
        now: Edit,
        /// The fields that both changed; empty when the wish is not about fields.
        fields: Vec<String>,
    },
}

impl Curator {
    /// Puts drafts into the queue, as one batch, or with those of a batch that has a number already. What is waiting already, or was rejected before, is not taken again; what
    /// would bring back a buried text is held apart. Changes no memory.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be written or a store cannot be known.
    pub fn propose(&mut self, batch: &Batch, drafts: Vec<Draft>, now: EpochMs) -> Result<Proposed, CurateProblem> {
        let mut entries = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let title = self.title_of_draft(&draft);
            let why = self.why_held(&draft)?;
            let draft = draft.renamed(|store| self.know(store, now).ok());
            let draft = draft.ok_or_else(|| CurateProblem::Store(store::Problem::Missing("its store".into())))?;
            entries.push((draft, title, why));
        }
        if entries.is_empty() {
            return Ok(Proposed::default());
        }
        let (batch, taken) = self.ledger_mut()?.propose(batch, &entries)?;
        let new = entries.iter().zip(&taken).filter(|(_, taken)| matches!(taken, Taken::New(_)));
        let held = new.filter(|((_, _, why), _)| why.is_some()).count();
        Ok(Proposed { batch, taken, held })
    }

    /// What the agents of the open stores lay before a person, each with the place of its store. A store that cannot be
    /// looked into offers nothing.
    pub fn offers(&self) -> Vec<(u8, Offer)> {
        let sites = (0_u8..).zip(&self.sites);
        sites.flat_map(|(place, site)| site.store.offers().into_iter().map(move |offer| (place, offer))).collect()
    }

    /// The stores that are open, as the ledger tells them apart.
    pub fn open(&self) -> Open {
        Open::of(self.sites.iter().map(|site| site.store.about()))
    }

    /// Proposals about open stores that wait for a verdict now, in the order in which they came.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn waiting(&self, now: EpochMs) -> Result<Vec<Waiting>, CurateProblem> {
        Ok(self.ledger()?.waiting(now, &self.open())?)
    }

    /// A proposal in full, its stores by their place in the list, and how it stands.
    ///
    /// # Errors
    /// [`CurateProblem::NoProposal`] when there is none of that number or its store is not open.
    pub fn proposal(&mut self, id: ProposalId, now: EpochMs) -> Result<(Proposal, Standing), CurateProblem> {
        let (found, standing) = self.ledger()?.proposal(id)?.ok_or(CurateProblem::NoProposal(id))?;
        let Proposal { line, draft } = found;
        let Some(draft) = draft.renamed(|store| self.place_of(store, now)) else { return Err(self.elsewhere(id, now)) };
        Ok((Proposal { line, draft }, standing))
    }

    /// For each wish of a proposal whether it still fits.
    ///
    /// # Errors
    /// [`CurateProblem`] when a store cannot be read.
    pub fn fits(&mut self, draft: &Draft) -> Result<Vec<Fit>, CurateProblem> {
        draft.steps.iter().map(|step| Ok(fit(self.reader(step.store)?.as_mut(), step)?)).collect()
    }

    /// Proposals that wait and are about a memory.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read or the store cannot be known.
    pub fn waiting_about(&mut self, store: u8, native: &str, now: EpochMs) -> Result<Vec<Waiting>, CurateProblem> {
        let store = self.know(store, now)?;
        Ok(self.ledger()?.waiting_about(store, native)?)
    }

    /// What policies applied and no person has seen yet, each with its proposal, the oldest first.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn unseen(&self) -> Result<Vec<(Given, Waiting)>, CurateProblem> {
        let ledger = self.ledger()?;
        let mut found = Vec::new();
        for given in ledger.unseen()? {
            if let Some(line) = ledger.line(given.proposal)? {
                found.push((given, line));
            }
        }
        Ok(found)
    }

    /// Why a proposal cannot be looked at: which of its stores are not open.
    pub(super) fn elsewhere(&self, id: ProposalId, now: EpochMs) -> CurateProblem {
        let closed = self.ledger().ok().and_then(|ledger| ledger.closed_stores(Some(id), now, &self.open()).ok());
        let closed = closed.unwrap_or_default();
        let join = |parts: Vec<String>, sign: &str| parts.join(sign);
        let stores = closed.iter().map(|(name, path)| format!("{name} ({path})")).collect();
        let ways = closed.iter().map(|(_, path)| format!("--store {path}")).collect();
        CurateProblem::ProposalElsewhere(id, join(stores, ", "), join(ways, " "))
    }

    pub(super) fn title_of_draft(&mut self, draft: &Draft) -> String {
        let Some(first) = draft.steps.first() else { return String::new() };
        let title = match &first.wish {
            Wish::Add(record) => title_of_record(record),
            _ => self.row_title(first.store, &first.native),
        };
        title.chars().take(200).collect()
    }

    /// Why a draft is held apart: it would write what a person did not want.
    fn why_held(&self, draft: &Draft) -> Result<Option<String>, CurateProblem> {
        for text in prints(draft) {
            if let Some(stone) = self.ledger()?.buried(text)? {
                return Ok(Some(stone.sentence()));
            }
        }
        Ok(None)
    }
}

/// Whether a wish still fits the memory, as a store has it now.
///
/// # Errors
/// What the store says when it cannot be read.
pub fn fit(reader: &mut dyn Reader, step: &change::Step) -> store::Result<Fit> {
    if matches!(step.wish, Wish::Add(_)) {
        return Ok(Fit::Fresh);
    }
    let now = version_now(reader, &step.native)?;
    Ok(match (&step.wish, now) {
        (Wish::Delete, None) => Fit::Already,
        (_, None) => Fit::Conflict { now: Edit::new(), fields: Vec::new() },
        (_, Some(now)) if now == step.seen => Fit::Fresh,
        (Wish::Add(_) | Wish::Mark(_), _) => Fit::Fresh,
        (Wish::Delete, _) => Fit::Conflict { now: fields_now(reader, &step.native)?, fields: Vec::new() },
        (Wish::Edit(wanted), _) => {
            let now = fields_now(reader, &step.native)?;
            let merged = change::merge(&step.was, &now, wanted);
            match (merged.conflicts.is_empty(), merged.edit.is_empty()) {
                (false, _) => Fit::Conflict { now, fields: merged.conflicts },
                (true, true) => Fit::Already,
                (true, false) => Fit::Rebased(merged.edit),
            }
        }
    })
}

pub(super) fn version_now(reader: &mut dyn Reader, native: &str) -> store::Result<Option<Version>> {
    let Some(handle) = reader.handle(native) else { return Ok(None) };
    Ok(reader.rows(&[handle])?.first().map(|row| row.version))
}

fn fields_now(reader: &mut dyn Reader, native: &str) -> store::Result<Edit> {
    let Some(handle) = reader.handle(native) else { return Ok(Edit::new()) };
    Ok(reader.editable(handle)?.unwrap_or_default())
}

/// The texts among a memory's fields, items of lists one by one.
pub fn texts_of(fields: &Edit) -> Vec<&str> {
    change::texts(fields).flat_map(|(_, texts)| texts).map(String::as_str).collect()
}

/// What the texts among a memory's fields say.
pub fn print_of(fields: &Edit) -> Fingerprint {
    judge::fingerprint(&texts_of(fields))
}

/// What each memory would say that a draft writes.
pub(super) fn prints<S>(draft: &Draft<S>) -> impl Iterator<Item = Fingerprint> {
    draft.steps.iter().filter_map(|step| match &step.wish {
        Wish::Add(record) => Some(print_of(&fields_of(record))),
        Wish::Edit(edit) => {
            let with = |(name, value): &(String, FieldValue)| {
                let new = edit.iter().find(|(field, _)| field == name).map(|(_, value)| value);
                (name.clone(), new.unwrap_or(value).clone())
            };
            let says = print_of(&step.was.iter().map(with).collect());
            // An edit that does not touch the text cannot bring one back.
            (says != print_of(&step.was)).then_some(says)
        }
        Wish::Delete | Wish::Mark(_) => None,
    })
}

/// The project that a draft's texts would apply to, as its first wish says.
pub(super) fn scope_of<S>(draft: &Draft<S>) -> Option<String> {
    let step = draft.steps.first()?;
    let fields = if let Wish::Add(record) = &step.wish { fields_of(record) } else { step.was.clone() };
    fields.into_iter().find_map(|(name, value)| match value {
        FieldValue::Text(project) if name == "project" && !project.is_empty() => Some(project),
        _ => None,
    })
}

/// The texts of a record.
pub fn fields_of(record: &Record) -> Edit {
    let text = |(name, value): &(String, Value)| match value {
        Value::Text(bytes) => Some((name.clone(), FieldValue::Text(String::from_utf8_lossy(bytes).into_owned()))),
        _ => None,
    };
    record.columns.iter().filter_map(text).collect()
}

fn title_of_record(record: &Record) -> String {
    let text = |column: &str| match record.get(column) {
        Some(Value::Text(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    let first = |text: String| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
    ["title", "body", "content", "text"].iter().filter_map(|column| text(column)).find_map(first).unwrap_or_default()
}

impl Tombstone {
    /// Why a text is not taken: `you rejected this on 2026-11-03 because it is out of date`.
    pub fn sentence(&self) -> String {
        let day = chrono::DateTime::from_timestamp_millis(self.at)
            .map_or_else(String::new, |at| at.format(" on %Y-%m-%d").to_string());
        let verb = match (self.operation, self.proposal) {
            (Some(_), Some(_)) => "took back",
            (Some(_), None) => "pruned",
            (None, _) => "rejected",
        };
        let because = if self.reason.is_empty() || verb == "took back" {
            String::new()
        } else {
            format!(" because {}", self.reason)
        };
        format!("you {verb} this{day}{because}")
    }
}
