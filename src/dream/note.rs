//! A memory as a draft needs it: its fields, what it was when it was read, and how it is quoted.

use crate::{
    change::{self, Edit, Evidence, FieldValue, Step, Wish},
    judge,
    memory::{EpochMs, Key, Row, Signal, Signals, Version},
    query::Zone,
    text,
};

/// Columns of a quotation.
const QUOTE: usize = 200;

/// A memory that was read for a draft.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) key: Key,
    /// Its public id.
    pub(super) id: String,
    pub(super) native: String,
    version: Version,
    pub(super) kind: String,
    pub(super) project: Option<String>,
    pub(super) session: Option<String>,
    pub(super) created: Option<EpochMs>,
    pub(super) title: String,
    /// The fields that can be edited.
    pub(super) fields: Edit,
    pub(super) signals: Signals,
    pub(super) pinned: bool,
}

impl Note {
    pub(super) fn new(row: Row, key: Key, fields: Edit, signals: Signals, pinned: bool) -> Self {
        Self {
            key,
            id: row.id.to_string(),
            native: row.id.native,
            version: row.version,
            kind: row.kind,
            project: row.scope.project,
            session: row.scope.session,
            created: row.created,
            title: row.title,
            fields,
            signals,
            pinned,
        }
    }

    /// What it says, field by field: one text for prose, one for each item of a list.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        change::texts(&self.fields).flat_map(|(_, texts)| texts).map(String::as_str)
    }

    /// The names of its lists of files.
    pub(super) fn file_lists(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.fields.iter().filter_map(|(name, value)| match value {
            FieldValue::List(items) if name.starts_with("files") => Some((name.as_str(), items.as_slice())),
            _ => None,
        })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.file_lists().flat_map(|(_, items)| items).map(String::as_str)
    }

    /// Whether its product ever puts it before an agent; what lies in the trash is none of a dream's business.
    pub(super) fn is_used(&self) -> bool {
        !self.signals.has(Signal::NeverInjected)
    }

    /// Whether it should rather not be what is kept of several.
    pub(super) fn is_suspicious(&self) -> bool {
        [Signal::HiddenText, Signal::Imperative, Signal::Secret].into_iter().any(|signal| self.signals.has(signal))
    }

    pub(super) fn step(&self, wish: Wish) -> Step {
        Step { store: self.key.store, native: self.native.clone(), seen: self.version, was: self.fields.clone(), wish }
    }

    /// The memory as evidence, with these words of it.
    pub(super) fn quoted(&self, words: &str) -> Evidence {
        Evidence::Memory { id: self.id.clone(), quote: quote(words) }
    }

    /// The memory as evidence, with its title; a title of a word or two tells nobody anything, so then with its text.
    pub(super) fn titled(&self) -> Evidence {
        let tells = self.title.split_whitespace().nth(2).is_some();
        let longest = self.texts().max_by_key(|text| text.len()).filter(|text| !tells && text.len() > self.title.len());
        self.quoted(longest.unwrap_or(&self.title))
    }

    /// The session that it came from, with what the store loses with the memory.
    pub(super) fn origin(&self, zone: Zone) -> Evidence {
        let what = format!("{} of {}", self.kind, day(self.created, zone));
        match &self.session {
            Some(session) if !session.is_empty() => Evidence::Session { id: session.clone(), quote: what },
            _ => Evidence::Note(format!("{} was a {what}", self.id)),
        }
    }

    /// Where it belongs, for the name of a cluster.
    pub(super) fn place(&self) -> &str {
        self.project.as_deref().filter(|project| !project.is_empty()).unwrap_or("user")
    }
}

/// Words of a memory on one line, cut, without its secrets.
pub(super) fn quote(words: &str) -> String {
    text::fit(&text::line(&judge::mask(words)), QUOTE).into_owned()
}

/// The day of a moment in the person's calendar.
pub(super) fn day(at: Option<EpochMs>, zone: Zone) -> String {
    let clock = at.and_then(|at| zone.clock(at));
    clock.map_or_else(|| "an unknown day".to_owned(), |clock| clock.format("%Y-%m-%d").to_string())
}
