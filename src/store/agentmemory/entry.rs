//! A memory as lists, the catalogue and readers know it.

use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

use super::{
    kind::{Kind, Name},
    record::Fields,
    source::{self, Seed},
    standing::Standing,
};
use crate::{
    memory::{
        Bucket, EpochMs, FileRef, Handle, Key, Memory, MemoryId, Overlay, Provenance, Row, Scope, Section,
        SectionStyle, Signals, State, Version, tokens_of_bytes,
    },
    store::{
        Origin, Scanned,
        held::{Listed, handle_of},
        sqlite::cell,
        texts,
    },
};
use serde_json::Value as Json;

/// Bytes of a title in a list.
const TITLE: usize = 300;
/// Bytes of a text that the catalogue judges.
const JUDGED: usize = 16 * 1024;
/// Bytes of a text that are shown.
const WINDOW: usize = 256 * 1024;
/// Fields that name what a record was made of.
const SOURCES: [&str; 4] = ["sourceIds", "sourceMemoryIds", "sourceSessionIds", "sourceActionIds"];

/// One memory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) handle: Handle,
    pub(super) native: String,
    pub(super) seed: Seed,
    pub(super) created: Option<EpochMs>,
    pub(super) version: Version,
    pub(super) project: String,
    pub(super) agent: String,
    pub(super) session: String,
    pub(super) standing: Standing,
    pub(super) recalled: Option<EpochMs>,
    /// Marks that the product keeps beside it.
    pub(super) marks: Vec<String>,
}

/// A field that is a text.
pub(super) fn text<'f>(fields: &'f Fields, field: &str) -> &'f str {
    fields.get(field).and_then(Json::as_str).unwrap_or_default()
}

/// The texts of a field that is a list of them, or one.
pub(super) fn texts<'f>(fields: &'f Fields, field: &str) -> Vec<&'f str> {
    match fields.get(field) {
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
        Some(Json::String(one)) if !one.is_empty() => vec![one],
        _ => Vec::new(),
    }
}

/// The title of a record.
pub(super) fn title(kind: Kind, fields: &Fields) -> &str {
    let own = kind.title().map(|field| text(fields, field)).unwrap_or_default();
    let lines = std::iter::once(own).chain(kind.parts().iter().map(|part| text(fields, part.field)));
    lines.map(|line| cell::headline(line, TITLE)).find(|line| !line.is_empty()).unwrap_or_default()
}

/// The word by which it is listed.
pub(super) fn word(kind: Kind, fields: &Fields) -> &str {
    match (kind, text(fields, "type")) {
        (Kind::Memory, "") | (Kind::Semantic, _) => kind.word(),
        (Kind::Memory, said) => said,
        _ => kind.word(),
    }
}

/// What a record says, in a number.
pub(super) fn version(kind: Kind, fields: &Fields) -> Version {
    let named = kind.title().into_iter().chain(kind.parts().iter().map(|part| part.field));
    let rest = kind.tags().into_iter().chain(kind.files().map(|(field, _)| field)).chain(["type", "project"]);
    named.chain(rest).fold(Version::default(), |version, field| match fields.get(field) {
        None => version.with(0, b""),
        Some(Json::String(text)) => version.with(3, text.as_bytes()),
        Some(other) => version.with(4, other.to_string().as_bytes()),
    })
}

impl Entry {
    pub(super) fn kind(&self) -> Kind {
        self.seed.name.kind
    }

    pub(super) fn fields(&self) -> &Fields {
        &self.seed.fields
    }

    pub(super) fn name(&self) -> &Name {
        &self.seed.name
    }

    /// A time of the record.
    pub(super) fn time(&self, field: &str) -> Option<EpochMs> {
        source::moment(text(self.fields(), field))
    }

    /// Its texts in reading order.
    pub(super) fn texts(&self) -> Vec<&str> {
        let parts = self.kind().parts().iter();
        parts.flat_map(|part| texts(self.fields(), part.field)).filter(|text| !text.is_empty()).collect()
    }

    /// Its tags, and the marks that stand beside it.
    pub(super) fn tags(&self) -> Vec<&str> {
        let own = self.kind().tags().map(|field| texts(self.fields(), field)).unwrap_or_default();
        own.into_iter().chain(self.marks.iter().map(String::as_str)).collect()
    }

    pub(super) fn files(&self) -> Vec<&str> {
        self.kind().files().map(|(field, _)| texts(self.fields(), field)).unwrap_or_default()
    }

    fn bytes(&self) -> u64 {
        let own = self.kind().title().map_or(0, |field| text(self.fields(), field).len());
        let all = self.texts().into_iter().chain(self.tags()).map(str::len).sum::<usize>() + own;
        all as u64
    }

    /// Who wrote it down.
    fn origin(&self) -> Origin {
        let channel = self.fields().get("origin").and_then(|origin| origin.get("channel")).and_then(Json::as_str);
        match channel {
            Some("user") => Origin::Person,
            Some("agent" | "tool") => Origin::Agent,
            None if !self.session.is_empty() || self.kind() == Kind::Slot => Origin::Agent,
            // What consolidation and reflection made names what it was made of.
            None if SOURCES.iter().any(|field| !texts(self.fields(), field).is_empty()) => Origin::Agent,
            _ => Origin::Unknown,
        }
    }

    /// The memory in full, with the memories around it.
    pub(super) fn memory(&self, store: &str, session_title: &str, neighbours: Vec<(Handle, String)>) -> Memory {
        let row = self.row(store);
        let title = self.kind().title().map(|field| text(self.fields(), field)).unwrap_or_default();
        let title = if title.trim().is_empty() { self.title() } else { cell::cut(title, WINDOW) };
        let injection = self
            .standing
            .hidden
            .clone()
            .map_or_else(|| Ok(cell::cut(self.texts().first().copied().unwrap_or_default(), 4096).to_owned()), Err);
        let modified = self.kind().files().is_some_and(|(_, modified)| modified);
        let files = self.files().into_iter().map(|path| FileRef { path: path.to_owned(), modified });
        Memory {
            title: title.to_owned(),
            sections: self.sections(),
            tags: self.tags().into_iter().map(str::to_owned).collect(),
            files: files.collect(),
            provenance: Provenance {
                session: row.scope.session.clone(),
                session_title: Some(session_title.to_owned()).filter(|title| !title.is_empty()),
                agent: row.scope.agent.clone(),
                model: Some(text(self.fields(), "model").to_owned()).filter(|model| !model.is_empty()),
                ..Provenance::default()
            },
            updated: ["updatedAt", "lastReinforcedAt", "endedAt"].into_iter().find_map(|field| self.time(field)),
            accessed: self.recalled.or_else(|| self.time("lastAccessedAt")),
            recalls: None,
            expires: None,
            state: self.standing.state,
            injection,
            findings: self.standing.findings(),
            neighbours,
            row,
        }
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        for part in self.kind().parts() {
            let items: Vec<String> = texts(self.fields(), part.field).into_iter().map(window).collect();
            if items.iter().any(|item| !item.is_empty()) {
                let style = if part.list { SectionStyle::List } else { SectionStyle::Prose };
                sections.push(Section { name: part.field.to_owned(), style, items });
            }
        }
        let facts: Vec<String> = ["strength", "importance", "reinforcements", "frequency", "version", "status"]
            .into_iter()
            .filter_map(|field| self.fields().get(field).map(|value| (field, value)))
            .map(|(field, value)| {
                format!("{field}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        if !facts.is_empty() {
            sections.push(Section {
                name: "as its product counts".to_owned(),
                style: SectionStyle::List,
                items: facts,
            });
        }
        sections
    }
}

/// At most a window of a text, with a note of what is left out.
fn window(text: &str) -> String {
    let part = cell::cut(text, WINDOW);
    match text.len() - part.len() {
        0 => text.to_owned(),
        left => format!("{part}\n[{left} more bytes are not shown]"),
    }
}

/// The list entry of a record, before anything else is known of it.
pub(super) fn entry(seed: Seed) -> Entry {
    let (kind, native) = (seed.name.kind, seed.name.native());
    let fields = Arc::clone(&seed.fields);
    let session = match kind {
        Kind::Observation if !seed.owner.is_empty() => &seed.owner,
        Kind::Observation | Kind::Summary | Kind::Crystal => text(&fields, "sessionId"),
        Kind::Session => &seed.name.key,
        Kind::Memory => texts(&fields, "sessionIds").into_iter().last().unwrap_or_default(),
        _ => "",
    };
    Entry {
        handle: handle_of(&native),
        native,
        created: source::moment(text(&fields, kind.created())),
        version: version(kind, &fields),
        project: text(&fields, "project").to_owned(),
        agent: text(&fields, "agentId").to_owned(),
        session: session.to_owned(),
        standing: Standing { state: State::Live, hidden: None, open: Vec::new() },
        recalled: None,
        marks: Vec::new(),
        seed,
    }
}

impl Listed for Entry {
    fn handle(&self) -> Handle {
        self.handle
    }

    fn native(&self) -> &str {
        &self.native
    }

    fn title(&self) -> &str {
        title(self.kind(), self.fields())
    }

    fn session(&self) -> &str {
        &self.session
    }

    fn created(&self) -> Option<EpochMs> {
        self.created
    }

    fn row(&self, store: &str) -> Row {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let kind = word(self.kind(), self.fields()).to_owned();
        Row {
            // The engine knows the store's place in its list and sets it.
            key: Key { store: 0, handle: self.handle },
            id: MemoryId { store: store.to_owned(), native: self.native.clone() },
            bucket: Bucket::of(&kind, !self.project.is_empty()),
            kind,
            scope: Scope { project: some(&self.project), agent: some(&self.agent), session: some(&self.session) },
            title: self.title().to_owned(),
            created: self.created,
            tokens: tokens_of_bytes(self.bytes()),
            cost: 0,
            confidence: None,
            signals: Signals::NONE,
            overlay: Overlay::default(),
            version: self.version,
        }
    }

    fn scanned(&self, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let (texts, tags) = (self.texts(), self.tags());
        let texts: Vec<&str> = texts.into_iter().map(|text| cell::cut(text, JUDGED)).collect();
        let stated = self.kind().confidence().and_then(|field| self.fields().get(field)).and_then(Json::as_f64);
        #[expect(clippy::cast_possible_truncation, reason = "seven digits are more than a confidence has")]
        let stated = stated.filter(|value| (0.0..=1.0).contains(value)).map(|value| value as f32);
        visit(&Scanned {
            handle: self.handle,
            created: self.created,
            project: &self.project,
            agent: &self.agent,
            session: &self.session,
            kind: word(self.kind(), self.fields()),
            title: self.title(),
            texts: &texts,
            tags: &tags,
            files: &self.files(),
            bytes: self.bytes(),
            cost: 0,
            stated,
            injected: self.standing.hidden.is_none(),
            told: self.standing.told(),
            recalls: None,
            origin: self.origin(),
            version: self.version,
        })
    }

    fn page(&self) -> texts::Page<'_> {
        texts::Page {
            handle: self.handle,
            title: self.kind().title().map(|field| text(self.fields(), field)).unwrap_or_default(),
            texts: self.texts(),
            tags: self.tags(),
            files: self.files().into_iter().map(Cow::Borrowed).collect(),
            session: &self.session,
        }
    }
}
