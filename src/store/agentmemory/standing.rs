//! How a memory stands with its product: in use, superseded, held back, deleted, past its end; and what is open about it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value as Json, json};

use super::{
    entry::{Entry, text, texts},
    kind::Kind,
    record::Fields,
    source::{self, Notes},
};
use crate::memory::{EpochMs, Finding, Signal, Signals, State};

/// How a memory stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) state: State,
    /// Why no agent gets to see it, if so.
    pub(super) hidden: Option<String>,
    /// What waits for somebody to settle it.
    pub(super) open: Vec<String>,
}

/// The field that memtui adds to records which its pruning can only hide.
const OURS: &str = "memtui";

/// Whether the product uses a record: it is the latest of its chain and not deleted.
pub(super) fn is_used(kind: Kind, fields: &Fields) -> bool {
    match kind {
        Kind::Memory => fields.get("isLatest") != Some(&Json::Bool(false)),
        Kind::Lesson | Kind::Insight => fields.get("deleted") != Some(&Json::Bool(true)),
        _ => true,
    }
}

/// The record that says of itself that memtui pruned it, where the product has no deletion.
pub(super) fn pruned(fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    fields.insert("deleted".to_owned(), Json::Bool(true));
    fields.insert(OURS.to_owned(), json!({ "pruned": true }));
    fields
}

/// Whether memtui pruned a record that is still there.
pub(super) fn is_pruned(kind: Kind, fields: &Fields) -> bool {
    let ours = || fields.get(OURS).and_then(|ours| ours.get("pruned")) == Some(&Json::Bool(true));
    kind.has_state() && kind != Kind::Memory && !is_used(kind, fields) && ours()
}

/// What stands between memories.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// Which memory took the place of which, by their ids: older to newer.
    successors: HashMap<String, String>,
    /// Those of which somebody said so: newer and older.
    meant: HashSet<(String, String)>,
    /// Pairs that contradict each other.
    contradictions: Vec<(String, String)>,
    /// Memories in use, by their ids.
    used: HashSet<String>,
    texts: HashMap<String, String>,
}

impl Ties {
    pub(super) fn of(entries: &[Entry], notes: &Notes) -> Self {
        let mut ties = Self {
            meant: notes.replaced.iter().cloned().collect(),
            contradictions: notes.contradictions.clone(),
            ..Self::default()
        };
        for entry in entries.iter().filter(|entry| entry.kind() == Kind::Memory) {
            let (id, fields) = (&entry.name().key, entry.fields());
            let parent = text(fields, "parentId");
            for older in texts(fields, "supersedes").into_iter().chain([parent]).filter(|older| !older.is_empty()) {
                ties.successors.insert(older.to_owned(), id.clone());
            }
            if is_used(Kind::Memory, fields) {
                ties.used.insert(id.clone());
            }
        }
        let heirs: HashSet<&str> = ties.successors.values().map(String::as_str).collect();
        let is_tied = |id: &str| heirs.contains(id) || ties.successors.contains_key(id);
        let memories = entries.iter().filter(|entry| entry.kind() == Kind::Memory && is_tied(&entry.name().key));
        ties.texts =
            memories.map(|entry| (entry.name().key.clone(), text(entry.fields(), "content").to_owned())).collect();
        ties
    }

    /// How a memory stands at a moment.
    pub(super) fn standing(&self, entry: &Entry, now: EpochMs) -> Standing {
        let (kind, fields) = (entry.kind(), entry.fields());
        let mut standing = Standing { state: State::Live, hidden: None, open: Vec::new() };
        match kind {
            Kind::Memory if !is_used(kind, fields) => self.replaced(&entry.name().key, &mut standing),
            Kind::Lesson | Kind::Insight if !is_used(kind, fields) => {
                standing.state = State::Deleted;
                standing.hidden = Some("its product has deleted it; set its state to `live` to restore it".to_owned());
            }
            Kind::Session => {
                standing.state = State::NotInjected;
                standing.hidden = Some("it only says when an agent worked; its summary is what is recalled".to_owned());
            }
            _ => {}
        }
        let ends = source::moment(text(fields, "forgetAfter"));
        if ends.is_some_and(|ends| ends <= now) && standing.state == State::Live {
            standing.state = State::Expired;
            standing.open.push(
                "it is past the time set in forgetAfter: its product deletes it at its next hourly look".to_owned(),
            );
        }
        self.relations(entry, &mut standing);
        for mark in entry.marks.iter().filter(|mark| mark.contains("review")) {
            standing.open.push(format!("its product marks it {mark}"));
        }
        standing
    }

    fn replaced(&self, id: &str, standing: &mut Standing) {
        let Some(newer) = self.successors.get(id) else {
            standing.state = State::Quarantined;
            standing.hidden = Some(
                "its product holds it back (isLatest is false); set its state to `live` to have it used".to_owned(),
            );
            standing.open.push("its product holds it back, and no other memory has taken its place".to_owned());
            return;
        };
        standing.state = State::Superseded;
        standing.hidden = Some(format!("memory/{newer} has taken its place; set its state to `live` to use both"));
        let says_the_same = self.texts.get(id).is_some_and(|text| self.texts.get(newer) == Some(text));
        if !says_the_same && !self.meant.contains(&(newer.clone(), id.to_owned())) {
            standing.open.push(format!(
                "its product put memory/{newer} in its place without being asked, only because many words are the \
                 same; 90 days on it deletes this one"
            ));
        }
    }

    fn relations(&self, entry: &Entry, standing: &mut Standing) {
        let id = &entry.name().key;
        for (one, other) in &self.contradictions {
            let against = if one == id {
                other
            } else if other == id {
                one
            } else {
                continue;
            };
            if self.used.contains(id) && self.used.contains(against) {
                standing.open.push(format!("its product sees a contradiction with memory/{against}"));
            }
        }
    }

    /// The memory that took the place of another.
    pub(super) fn successor(&self, id: &str) -> Option<&str> {
        self.successors.get(id).map(String::as_str)
    }
}

impl Standing {
    /// What the product itself says of it, as signals.
    pub(super) fn told(&self) -> Signals {
        let mut told = Signals::NONE;
        told.set(Signal::Unsettled, !self.open.is_empty());
        told
    }

    /// The same with its reasons.
    pub(super) fn findings(&self) -> Vec<Finding> {
        self.open.iter().map(|reason| Finding { signal: Signal::Unsettled, reason: reason.clone() }).collect()
    }
}
