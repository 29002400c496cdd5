//! Dreams: analysers that read memories and propose what should become of them. They write nothing.
//!
//! A dream goes over the chosen memories once, so that each analyser notes which are its own, and then reads those
//! again to draft its proposals. What compares memories with each other begins with what the catalogue has found.
//! The same memories, marks and day give the same proposals in the same order. `docs/dream.md` has every rule.

mod dates;
mod duplicates;
mod expired;
mod failures;
mod files;
mod leaks;
mod noise;
mod note;
mod places;
mod reading;
mod relative;
mod resembling;
mod rules;
mod said;
mod split;
mod stale;
mod superseded;
#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::Arc};

use crate::{
    catalog::Kin,
    change::{Draft, Wish},
    memory::{EpochMs, Key, Overlay, Signals},
    query::Zone,
    store::{Result, Scanned, Store},
};

use reading::Reading;

/// A kind of proposal that a dream makes, and the rules by which it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Analyser {
    /// Copies and near copies: one is kept.
    Duplicates,
    /// Facts that a newer memory takes back.
    Superseded,
    /// Memories that say nothing.
    Noise,
    /// Failures that were overcome in the same session.
    Failures,
    /// Memories past the date that was set for them.
    Expired,
    /// Memories that say too much at once.
    Split,
    /// Dates that only hold on the day they were written.
    Dates,
    /// Files that are gone.
    Files,
    /// Memories of one project that stand in another.
    Scope,
    /// Memories older than their kind stays true.
    Stale,
    /// What a person had to say again and again.
    Rules,
}

impl Analyser {
    /// All of them, in the order in which they are asked: what removes a memory comes before what mends it.
    pub const ALL: [Self; 11] = [
        Self::Duplicates,
        Self::Superseded,
        Self::Noise,
        Self::Failures,
        Self::Expired,
        Self::Split,
        Self::Dates,
        Self::Files,
        Self::Scope,
        Self::Stale,
        Self::Rules,
    ];

    /// The word of the command line and of JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicates => "duplicates",
            Self::Superseded => "superseded",
            Self::Noise => "noise",
            Self::Failures => "failures",
            Self::Expired => "expired",
            Self::Split => "split",
            Self::Dates => "dates",
            Self::Files => "files",
            Self::Scope => "scope",
            Self::Stale => "stale",
            Self::Rules => "rules",
        }
    }

    /// The analyser of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|analyser| analyser.name() == name)
    }

    fn begin(self, ask: &Ask) -> Box<dyn Analyse> {
        match self {
            Self::Duplicates => Box::new(duplicates::Duplicates::default()),
            Self::Superseded => Box::new(superseded::Superseded),
            Self::Noise => Box::new(noise::Noise::default()),
            Self::Failures => Box::new(failures::Failures::default()),
            Self::Expired => Box::new(expired::Expired::default()),
            Self::Split => Box::new(split::Split::default()),
            Self::Dates => Box::new(dates::Dates::default()),
            Self::Files => Box::new(files::DeadFiles::default()),
            Self::Scope => Box::new(leaks::Leaks::default()),
            Self::Stale => Box::new(stale::Stale::new(ask)),
            Self::Rules => Box::new(rules::Rules::default()),
        }
    }
}

/// What a dream is to be about.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Which analysers; each at most once.
    pub only: Vec<Analyser>,
    /// The present moment, `epoch_ms`.
    pub now: EpochMs,
    /// The person's calendar.
    pub zone: Zone,
}

/// A chosen memory, with what is known of it before it is read.
#[derive(Clone, Debug)]
pub struct Known {
    /// Where it is.
    pub key: Key,
    /// Its signals at this moment.
    pub signals: Signals,
    /// Whether it is new enough to be a reason for a proposal; others only stand beside such a one.
    pub fresh: bool,
    /// What a person said about it, if anything.
    pub overlay: Option<Box<Overlay>>,
}

/// What a dream begins with.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    /// The chosen memories, by key. No proposal is about another one.
    pub chosen: Vec<Known>,
    /// How memories hang together by what they say.
    pub kin: Kin,
}

impl Grounds {
    fn known(&self, key: Key) -> Option<&Known> {
        self.chosen.binary_search_by_key(&key, |known| known.key).ok().and_then(|at| self.chosen.get(at))
    }
}

/// How far a dream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What is done: `reading`, or the name of an analyser.
    pub what: &'static str,
    /// Memories read so far in this stage.
    pub done: usize,
    /// Memories to be read; 0 where nobody can tell yet.
    pub total: usize,
}

/// A draft, and who made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// By which rules.
    pub analyser: Analyser,
    /// What is proposed.
    pub draft: Draft,
}

/// What a dream has come to, beside what it has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dream {
    /// What was left alone and why, for the person who asked.
    pub remarks: Vec<String>,
    /// Memories that were read.
    pub read: usize,
}

/// Takes over what a dream finds, one draft after the other: there may be as many as memories.
pub type Take<'a> = dyn FnMut(Found) -> Result<()> + 'a;

/// Dreams over memories of these stores. `watch` hears how far it is, and ends it with `false`; `take` is given each draft
/// as soon as it is made, in the order of the analysers.
///
/// # Errors
/// What a store says when it cannot be read, or `take`; [`crate::store::Problem::Cancelled`] when `watch` said so.
pub fn dream(
    stores: &[Arc<dyn Store>],
    grounds: &Grounds,
    ask: &Ask,
    watch: &mut dyn FnMut(Stage) -> bool,
    take: &mut Take<'_>,
) -> Result<Dream> {
    let mut reading = Reading::open(stores, grounds, ask, watch)?;
    let mut at_work: Vec<(Analyser, Box<dyn Analyse>)> =
        ask.only.iter().map(|analyser| (*analyser, analyser.begin(ask))).collect();
    if at_work.iter().any(|(_, work)| work.looks()) {
        reading.read_through(&mut |seen| at_work.iter_mut().for_each(|(_, work)| work.look(seen)))?;
    }
    let mut made = Made { analyser: None, removed: HashSet::new(), remarks: Vec::new(), take };
    for (analyser, mut work) in at_work {
        reading.turn_to(analyser.name())?;
        made.analyser = Some(analyser);
        work.draft(&mut reading, &mut made)?;
    }
    Ok(Dream { remarks: made.remarks, read: grounds.chosen.len() })
}

/// A memory as it passes by.
struct Seen<'a> {
    known: &'a Known,
    scanned: &'a Scanned<'a>,
}

/// An analyser at work: first it sees every chosen memory pass by, then it drafts.
trait Analyse {
    /// Whether it wants to see memories pass by.
    fn looks(&self) -> bool {
        true
    }

    /// Notes what it needs of a memory; as little as will do, for there may be a million.
    fn look(&mut self, _seen: &Seen<'_>) {}

    /// Drafts what it proposes.
    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()>;
}

/// What was drafted so far. What one draft removes, no later one is about.
struct Made<'a> {
    analyser: Option<Analyser>,
    removed: HashSet<(u8, String)>,
    remarks: Vec<String>,
    take: &'a mut Take<'a>,
}

impl Made<'_> {
    fn is_removed(&self, store: u8, native: &str) -> bool {
        self.removed.contains(&(store, native.to_owned()))
    }

    fn add(&mut self, draft: Draft) -> Result<()> {
        let Some(analyser) = self.analyser else { return Ok(()) };
        if draft.steps.iter().any(|step| self.is_removed(step.store, &step.native)) {
            return Ok(());
        }
        let gone = draft.steps.iter().filter(|step| step.wish == Wish::Delete);
        self.removed.extend(gone.map(|step| (step.store, step.native.clone())));
        (self.take)(Found { analyser, draft })
    }

    fn remark(&mut self, remark: String) {
        self.remarks.push(remark);
    }
}
