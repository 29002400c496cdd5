//! One memory in full, with its judgement and its kin.

use std::{ops::ControlFlow, sync::Arc};

use super::{ConfidenceTerm, Desk, Detail, desk::judged};
use crate::{
    catalog::{Aging, Catalog, Fact, Files, Judgement, UNKNOWN},
    judge,
    memory::{Confidence, Finding, Key, Memory, MemoryId, Row, Signal, Signals, Source},
    store::{Result, ScanOf, Scanned},
};

/// How many memories that say the same are named.
const KIN: usize = 20;

impl Desk {
    /// A memory in full; `None` when it is gone.
    ///
    /// # Errors
    /// What the store says when it cannot be read.
    pub fn detail(&mut self, key: Key) -> Result<Option<Detail>> {
        let Some(mut memory) = self.reader(key.store)?.memory(key.handle)? else { return Ok(None) };
        memory.row.key = key;
        let catalog = self.library.snapshot();
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        memory.row = judged(memory.row, &catalog, &aging);
        let alike = self.kin(&catalog, key)?;
        let judgement = self.judgement(&catalog, &aging, key)?;
        if memory.row.confidence.is_none() {
            // Not in the catalogue yet: what the record shows by itself is known all the same.
            memory.row.signals = memory.row.signals.with(judgement.signals);
            memory.row.confidence = Some(judgement.derived);
        }
        let newer = if memory.row.signals.has(Signal::Contradicted) { self.newer(&catalog, key)? } else { None };
        let others = Others { alike: &alike, newer: newer.as_ref() };
        memory.findings = findings(&memory, &judgement, &others, &aging);
        let neighbours = memory.neighbours.clone();
        let mut files = Files::default();
        let here = memory.files.iter().map(|file| files.is_here(&file.path)).collect();
        Ok(Some(Detail {
            memory,
            terms: judgement.terms,
            derived: judgement.derived,
            alike,
            neighbours,
            proposals: Vec::new(),
            here,
        }))
    }

    /// Works out the terms of a memory's confidence from its record.
    fn judgement(&mut self, catalog: &Catalog, aging: &Aging, key: Key) -> Result<Explained> {
        let slot = catalog.slot(key);
        let fact = slot.map(|slot| catalog.fact(slot)).unwrap_or_default();
        let own = slot.and_then(|slot| {
            let library = Arc::clone(&self.library);
            library.builder_soon().map(|mut builder| builder.print(&library.shared, slot).base)
        });
        let mut explained = None;
        self.reader(key.store)?.scan(ScanOf::These(&[key.handle]), &mut |scanned| {
            explained = Some(explain(scanned, &Judgement::of(scanned, fact, own), aging));
            ControlFlow::Break(())
        })?;
        Ok(explained.unwrap_or_else(|| Explained {
            terms: Vec::new(),
            derived: Confidence { value: 0.0, source: Source::Derived },
            signals: Signals::NONE,
            texts: Vec::new(),
        }))
    }

    /// The newer memory that says that this one is over.
    fn newer(&mut self, catalog: &Catalog, key: Key) -> Result<Option<Row>> {
        let library = Arc::clone(&self.library);
        let Some(slot) = catalog.slot(key) else { return Ok(None) };
        let Some(handle) = library.builder_soon().map(|mut builder| builder.newer(&library.shared, slot)) else {
            return Ok(None);
        };
        Ok(self.rows(&[Key { store: key.store, handle }])?.pop())
    }

    fn kin(&mut self, catalog: &Catalog, key: Key) -> Result<Vec<(Key, MemoryId, String)>> {
        let slot = catalog.slot(key).filter(|slot| catalog.fact(*slot).is(Fact::ALIKE));
        let Some(slot) = slot else { return Ok(Vec::new()) };
        let library = Arc::clone(&self.library);
        let Some(slots) = library.builder_soon().map(|mut builder| builder.alike(&library.shared, slot, KIN)) else {
            return Ok(Vec::new());
        };
        let keys: Vec<Key> = slots.into_iter().filter_map(|slot| catalog.key(slot)).collect();
        Ok(self.rows(&keys)?.into_iter().map(|row| (row.key, row.id, row.title)).collect())
    }
}

/// Memories that have something to say about the one that is read.
struct Others<'a> {
    alike: &'a [(Key, MemoryId, String)],
    newer: Option<&'a Row>,
}

/// A judgement that names its grounds.
struct Explained {
    terms: Vec<ConfidenceTerm>,
    derived: Confidence,
    signals: Signals,
    /// What the record's own text shows.
    texts: Vec<Finding>,
}

fn explain(scanned: &Scanned<'_>, judgement: &Judgement<'_>, aging: &Aging) -> Explained {
    let mut evidence = judgement.evidence;
    evidence.age_days = aging.age(scanned.created.unwrap_or(UNKNOWN));
    let (value, terms) = judge::explain(&evidence);
    let derived = match scanned.stated {
        Some(value) => Confidence { value, source: Source::Stated },
        None => Confidence { value, source: Source::Derived },
    };
    let terms = terms
        .into_iter()
        .map(|term| ConfidenceTerm { name: term.name, found: term.found, factor: term.factor })
        .collect();
    Explained { terms, derived, signals: evidence.signals, texts: judge::findings(scanned.title, scanned.texts) }
}

/// A reason for every signal of the memory, most urgent first.
fn findings(memory: &Memory, explained: &Explained, others: &Others<'_>, aging: &Aging) -> Vec<Finding> {
    let row = &memory.row;
    let mut findings = Vec::new();
    for signal in row.signals.iter() {
        let told = explained.texts.iter().chain(&memory.findings);
        let mut known = told.filter(|finding| finding.signal == signal).cloned().peekable();
        if known.peek().is_some() {
            findings.extend(known);
            continue;
        }
        findings.push(Finding { signal, reason: reason(signal, memory, others, aging) });
    }
    findings
}

fn reason(signal: Signal, memory: &Memory, others: &Others<'_>, aging: &Aging) -> String {
    let row = &memory.row;
    let first = || others.alike.first().map_or_else(|| "another memory".to_owned(), |(_, id, _)| id.to_string());
    match signal {
        Signal::Duplicate => format!("{} is newer and says exactly the same", first()),
        Signal::NearDuplicate => format!("{} is newer and says nearly the same", first()),
        Signal::Stale => match judge::staleness(
            &row.kind,
            row.created.and_then(|created| aging.age(created)),
            row.overlay.stale_after,
            aging.now(),
        ) {
            Some(judge::Staleness::Aged(age, limit)) => {
                format!("{age:.0} days old; a {} counts as true for {limit:.0}", row.kind)
            }
            _ => "past the date that a person set".to_owned(),
        },
        Signal::Contradicted => match others.newer {
            Some(newer) => format!("{} is newer and says otherwise: {}", newer.id, newer.title),
            None => "a newer memory of the same scope says otherwise".to_owned(),
        },
        Signal::Secret => "looks like it holds a password, token or key".to_owned(),
        Signal::HiddenText => "holds characters that a person cannot see".to_owned(),
        Signal::Imperative => "gives the agent orders".to_owned(),
        Signal::NeverInjected => match &memory.injection {
            Err(reason) => reason.clone(),
            Ok(_) => "by the product's own rules it is never put before an agent".to_owned(),
        },
        Signal::Noise => "says nothing beyond a tool's status".to_owned(),
        Signal::DeadFile => match Files::default().first_dead(memory.files.iter().map(|file| file.path.as_str())) {
            Some(file) => format!("{file} is gone, though the checkout that held it is here"),
            None => "named a file that was gone when it was looked for, and is there again".to_owned(),
        },
        Signal::BadTime => match row.created {
            None => "its time is missing or unreadable".to_owned(),
            Some(_) => "its time lies in the future".to_owned(),
        },
        Signal::NeverRecalled => "its store counts recalls, and no agent has recalled it".to_owned(),
        Signal::NoOrigin => "no session could be found that it came from".to_owned(),
        Signal::Unsettled => "its product has settled it by now".to_owned(),
    }
}
