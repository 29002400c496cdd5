//! Proposals: changes that stand or fall together and wait for a person's verdict.
//!
//! A proposal holds wishes, not images: what shall become of which memory, in the store's own field names, together
//! with what the memory was when the wish was made. The curator turns wishes into intents when the proposal is
//! approved, as it does with any act, so that a proposal can be read, edited and merged with what happened since.

use serde::{Deserialize, Serialize};

use super::{Edit, Label, Mark};
use crate::memory::{EpochMs, Record, Version};

/// A proposal's number; larger is later.
pub type ProposalId = i64;

/// What is to become of a memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wish {
    /// It is written down; the columns that are given, the store fills in the rest.
    Add(Record),
    /// Fields get new values.
    Edit(Edit),
    /// It is deleted.
    Delete,
    /// It gets marks.
    Mark(Vec<Mark>),
}

/// One wish of a proposal. `S` names the store: its place in the list of open stores, or how the ledger knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step<S = u8> {
    /// The memory's store.
    pub store: S,
    /// The memory's name inside its store; empty for one that is to be added.
    pub native: String,
    /// What the memory was when the wish was made.
    pub seen: Version,
    /// Its fields at that time, for telling what moved since; empty where the store has none to edit.
    pub was: Edit,
    /// What is to become of it.
    pub wish: Wish,
}

/// What speaks for a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// A memory, by its public id, with the words that matter; they may be empty.
    Memory {
        /// Its public id.
        id: String,
        /// The words that matter.
        quote: String,
    },
    /// A session, by the product's own id, with the words that matter; they may be empty.
    Session {
        /// Its id.
        id: String,
        /// The words that matter.
        quote: String,
    },
    /// Anything else, in words.
    Note(String),
}

/// Changes that stand or fall together, with the reasons for them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft<S = u8> {
    /// What they are for.
    pub label: Label,
    /// Why; one or two sentences for the person who decides.
    pub reason: String,
    /// What speaks for it.
    pub evidence: Vec<Evidence>,
    /// How sure the author is, 0–1.
    pub confidence: Option<f32>,
    /// Proposals of a batch with the same likeness belong together and can be decided at once; empty for none.
    pub likeness: String,
    /// The wishes, in the order in which they are shown; at most one for each memory and kind of record.
    pub steps: Vec<Step<S>>,
}

/// What was proposed together: a run of a dream, an import, what an agent asked for in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its number; 0 before it stands in the ledger.
    pub id: i64,
    /// When it came.
    pub at: EpochMs,
    /// Who proposes: `dream`, `dream:COMMAND`, `agent:codex`, `file:night.json`.
    pub author: String,
    /// A few words for a list.
    pub note: String,
}

/// A proposal that stands in the queue, in full.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal<S = u8> {
    /// Its line in lists.
    pub line: Waiting,
    /// What it would do, and why.
    pub draft: Draft<S>,
}

/// A proposal as a line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its number.
    pub id: ProposalId,
    /// Moves whenever what it would do is altered; a verdict names the version it was given on.
    pub version: u32,
    /// What it was proposed with.
    pub batch: Batch,
    /// What it is for.
    pub label: Label,
    /// The title of the first memory it is about.
    pub title: String,
    /// Why.
    pub reason: String,
    /// How sure its author is, 0–1.
    pub confidence: Option<f32>,
    /// What it has in common with others of its batch; empty when nothing.
    pub likeness: String,
    /// How many memories it adds.
    pub adds: u32,
    /// How many it edits.
    pub edits: u32,
    /// How many it removes.
    pub removes: u32,
    /// How many it marks.
    pub marks: u32,
    /// Why it waits apart from the others: a person has said no to it before, with the reason given then.
    pub held: Option<String>,
    /// It is not asked again before this moment.
    pub until: Option<EpochMs>,
}

impl Evidence {
    /// It in words for people: the id, and the quote in quotation marks.
    pub fn words(&self) -> String {
        match self {
            Self::Memory { id, quote } | Self::Session { id, quote } if quote.is_empty() => id.clone(),
            Self::Memory { id, quote } | Self::Session { id, quote } => format!("{id} “{quote}”"),
            Self::Note(note) => note.clone(),
        }
    }
}

impl<S> Draft<S> {
    /// The same with its stores named otherwise; `None` when one of them has no such name.
    pub fn renamed<T>(self, mut name: impl FnMut(S) -> Option<T>) -> Option<Draft<T>> {
        let Self { label, reason, evidence, confidence, likeness, steps } = self;
        let steps = steps.into_iter().map(|step| {
            let Step { store, native, seen, was, wish } = step;
            Some(Step { store: name(store)?, native, seen, was, wish })
        });
        Some(Draft { label, reason, evidence, confidence, likeness, steps: steps.collect::<Option<_>>()? })
    }

    /// How many memories are added, edited, removed and marked.
    pub fn counts(&self) -> [u32; 4] {
        let mut counts = [0; 4];
        for step in &self.steps {
            let place = match step.wish {
                Wish::Add(_) => 0,
                Wish::Edit(_) => 1,
                Wish::Delete => 2,
                Wish::Mark(_) => 3,
            };
            if let Some(count) = counts.get_mut(place) {
                *count += 1;
            }
        }
        counts
    }
}

impl Waiting {
    /// What it would do, in one sentence: `merges 3 memories: edits 1, removes 2`.
    pub fn sentence(&self) -> String {
        let all = self.adds + self.edits + self.removes + self.marks;
        let verb = match self.label {
            Label::Add => "adds",
            Label::Prune => "removes",
            Label::Edit => "edits",
            Label::Mark => "marks",
            Label::Merge => "merges",
            Label::Split => "splits",
            Label::Supersede => "supersedes",
            Label::Deprecate => "deprecates",
            Label::Rescope => "moves",
            Label::Retag => "retags",
            Label::Normalise => "rewords",
            Label::Redact => "redacts",
            Label::Undo => "takes back",
            Label::Redo => "does again",
            Label::RollBack => "rolls back",
            Label::Observe => "has seen",
            Label::Erase => "erases",
        };
        let many = |count: u32| format!("{count} {}", if count == 1 { "memory" } else { "memories" });
        // What is split or superseded is what was there; what is added is what becomes of it.
        let subject = if self.label == Label::Split { all - self.adds } else { all };
        let parts: Vec<String> =
            [("adds", self.adds), ("edits", self.edits), ("removes", self.removes), ("marks", self.marks)]
                .into_iter()
                .filter(|(word, count)| *count > 0 && *word != verb)
                .map(|(word, count)| format!("{word} {count}"))
                .collect();
        let lone = parts.len() == 1 && self.label != Label::Merge && self.removes == 0 && self.adds == 0;
        if parts.is_empty() || lone {
            format!("{verb} {}", many(subject))
        } else {
            format!("{verb} {}: {}", many(subject), parts.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: Label, [adds, edits, removes, marks]: [u32; 4]) -> Waiting {
        let batch = Batch { id: 1, at: 0, author: String::new(), note: String::new() };
        let (title, reason, likeness) = (String::new(), String::new(), String::new());
        let (confidence, held, until) = (None, None, None);
        Waiting {
            id: 1,
            version: 1,
            batch,
            label,
            title,
            reason,
            confidence,
            likeness,
            adds,
            edits,
            removes,
            marks,
            held,
            until,
        }
    }

    #[test]
    fn a_sentence_says_what_becomes_of_how_many() {
        let of = |label, counts| line(label, counts).sentence();
        assert_eq!(of(Label::Merge, [0, 1, 2, 0]), "merges 3 memories: edits 1, removes 2");
        assert_eq!(of(Label::Prune, [0, 0, 1, 0]), "removes 1 memory");
        assert_eq!(of(Label::Split, [3, 0, 1, 0]), "splits 1 memory: adds 3, removes 1");
        assert_eq!(of(Label::Normalise, [0, 2, 0, 0]), "rewords 2 memories");
        assert_eq!(of(Label::Supersede, [0, 0, 1, 0]), "supersedes 1 memory: removes 1");
        assert_eq!(of(Label::Deprecate, [0, 0, 0, 1]), "deprecates 1 memory");
    }
}
