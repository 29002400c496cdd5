//! A memory as lists, the catalogue and readers know it.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    path::Path,
    sync::Arc,
};

use super::{
    graph::{Graph, Item},
    line::{Said, Triple},
};
use crate::{
    memory::{
        Bucket, EpochMs, Finding, Handle, Key, Memory, MemoryId, Overlay, Provenance, Row, Scope, Section,
        SectionStyle, Signal, Signals, State, Version, tokens_of_bytes,
    },
    store::{
        Origin, Scanned,
        held::{Listed, handle_of},
        sqlite::cell,
        texts,
    },
};

/// Bytes of a title in a list.
const TITLE: usize = 300;
/// Bytes of a text that the catalogue judges.
const JUDGED: usize = 16 * 1024;
/// Other memories that are shown with one.
const AROUND: usize = 40;

/// One memory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) handle: Handle,
    pub(super) native: String,
    pub(super) item: Item,
    /// The file.
    path: Arc<Path>,
    pub(super) title: String,
    /// What it says, for an entity its type.
    pub(super) text: String,
    /// What is known of an entity.
    observations: Vec<String>,
    /// Its relations, as they read.
    relations: Vec<String>,
    /// The line of the file on which it stands first, counted from one.
    line: usize,
    /// What is open about it.
    open: Option<String>,
    /// Why its product does not give it to an agent.
    withheld: Option<String>,
    pub(super) version: Version,
}

/// The memories of a file, in its order. `named` are those that keep the name of what they were before an edit.
pub(super) fn all(path: &Arc<Path>, graph: &Graph, named: &HashMap<Item, String>) -> Vec<Entry> {
    let mut copies: HashMap<Item, usize> = HashMap::new();
    let mut relations: HashMap<&str, Vec<&Triple>> = HashMap::new();
    let mut entities = HashSet::new();
    for line in &graph.lines {
        match &line.said {
            Said::Blank => {}
            Said::Entity(entity) => {
                entities.insert(entity.name.as_str());
                *copies.entry(Item::Entity(entity.name.clone())).or_default() += 1;
                for fact in &entity.observations {
                    let item = Item::Observation(entity.name.clone(), fact.text.clone());
                    *copies.entry(item).or_default() += 1;
                }
            }
            Said::Relation(relation) => {
                let triple = &relation.triple;
                *copies.entry(Item::Relation(triple.clone())).or_default() += 1;
                relations.entry(&triple.from).or_default().push(triple);
                if triple.to != triple.from {
                    relations.entry(&triple.to).or_default().push(triple);
                }
            }
            Said::Unreadable(_) => *copies.entry(Item::Line(line.text.clone())).or_default() += 1,
        }
    }
    let mut entries = Vec::new();
    for (item, at) in graph.items() {
        let times = copies.get(&item).copied().unwrap_or(1);
        let many = (times > 1).then(|| format!("it stands {times} times in the file; `copies` leaves fewer"));
        let mut entry = Entry {
            handle: Handle(0),
            native: named.get(&item).cloned().unwrap_or_else(|| item.native()),
            path: Arc::clone(path),
            title: String::new(),
            text: String::new(),
            observations: Vec::new(),
            relations: Vec::new(),
            line: at + 1,
            open: many,
            withheld: None,
            version: Version::default().with(0, &times.to_le_bytes()).with(1, item.kind().as_bytes()),
            item: item.clone(),
        };
        entry.handle = handle_of(&entry.native);
        match item {
            Item::Entity(name) => entry.is_entity(graph, &name, relations.get(name.as_str()), times),
            Item::Observation(entity, text) => {
                entry.title = format!("{entity}: {}", cell::headline(&text, TITLE));
                entry.version = entry.version.with(3, entity.as_bytes()).with(3, text.as_bytes());
                entry.text = text;
            }
            Item::Relation(triple) => entry.is_relation(&triple, &entities),
            Item::Line(bytes) => entry.is_line(graph, at, &bytes),
        }
        let title = cell::headline(&entry.title, TITLE).to_owned();
        entries.push(Entry { title, ..entry });
    }
    entries
}

/// A relation as a sentence.
fn sentence(triple: &Triple) -> String {
    format!("{} {} {}", triple.from, triple.kind, triple.to)
}

impl Entry {
    fn is_entity(&mut self, graph: &Graph, name: &str, relations: Option<&Vec<&Triple>>, times: usize) {
        let lines: Vec<_> =
            graph.lines.iter().skip(self.line - 1).filter_map(|line| line.entity(name)).take(times).collect();
        self.text = lines.first().map(|entity| entity.kind.clone()).unwrap_or_default();
        self.observations =
            lines.iter().flat_map(|entity| entity.observations.iter().map(|fact| fact.text.clone())).collect();
        self.relations = relations.into_iter().flatten().map(|triple| sentence(triple)).collect();
        self.open = (times > 1).then(|| {
            format!("{times} lines have this name, which its product takes for different entities of one name")
        });
        name.clone_into(&mut self.title);
        // All that leaves with it.
        let version = self.version.with(3, name.as_bytes()).with(3, self.text.as_bytes());
        let facts = self.observations.iter().fold(version, |version, fact| version.with(4, fact.as_bytes()));
        self.version = self.relations.iter().fold(facts, |version, relation| version.with(5, relation.as_bytes()));
    }

    fn is_relation(&mut self, triple: &Triple, entities: &HashSet<&str>) {
        self.text = sentence(triple);
        self.title.clone_from(&self.text);
        let lost: Vec<&str> =
            [&triple.from, &triple.to].into_iter().map(String::as_str).filter(|end| !entities.contains(end)).collect();
        if !lost.is_empty() {
            self.open = Some(format!("there is no entity {}, which its product allows", lost.join(" and no entity ")));
        }
        let parts = [&triple.from, &triple.kind, &triple.to];
        self.version = parts.iter().fold(self.version, |version, part| version.with(3, part.as_bytes()));
    }

    fn is_line(&mut self, graph: &Graph, at: usize, bytes: &[u8]) {
        let reason = match graph.lines.get(at).map(|line| &line.said) {
            Some(Said::Unreadable(reason)) => reason.as_str(),
            _ => "",
        };
        let words = String::from_utf8_lossy(bytes);
        self.title = format!("line {}: {}", self.line, cell::headline(&words, TITLE));
        self.text = words.into_owned();
        let told = format!("line {} cannot be read: {reason}; edit or prune it", self.line);
        self.withheld = Some(format!("line {} cannot be read: {reason}", self.line));
        self.open = Some(told);
        self.version = self.version.with(3, bytes);
    }

    /// Why nobody can read it, for a line that says nothing its product knows.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.withheld.as_deref()
    }

    /// The names of the entities that it is about.
    fn about(&self) -> Vec<&str> {
        match &self.item {
            Item::Entity(name) | Item::Observation(name, _) => vec![name],
            Item::Relation(triple) => vec![&triple.from, &triple.to],
            Item::Line(_) => Vec::new(),
        }
    }

    fn bytes(&self) -> u64 {
        (self.title.len() + self.text.len()) as u64
    }

    /// What an entity comes to: its facts are memories of their own, and judged for themselves.
    fn sum(&self) -> String {
        match (self.observations.len(), self.relations.len()) {
            (0, 0) => String::new(),
            (facts, relations) => format!("{facts} observations and {relations} relations"),
        }
    }

    fn told(&self) -> Signals {
        let mut told = Signals::NONE;
        told.set(Signal::Unsettled, self.open.is_some());
        told
    }

    /// The memory in full, with those that are about the same entities.
    pub(super) fn memory(&self, store: &str, all: &[Self]) -> Memory {
        let names: HashSet<&str> = self.about().into_iter().collect();
        let near = all.iter().filter(|other| {
            let is_near = match (&self.item, &other.item) {
                // The facts of the entities at both ends are theirs.
                (Item::Relation(_), other) => matches!(other, Item::Entity(_)),
                _ => true,
            };
            other.handle != self.handle && is_near && other.about().iter().any(|name| names.contains(name))
        });
        let list = |name: &str, items: &[String]| Section {
            name: name.to_owned(),
            style: SectionStyle::List,
            items: items.to_vec(),
        };
        let name = if matches!(self.item, Item::Entity(_)) { "type" } else { "text" };
        let text = Section { name: name.to_owned(), style: SectionStyle::Prose, items: vec![self.text.clone()] };
        let place = format!("{}, line {}", self.path.display(), self.line);
        let sections = [
            text,
            list("observations", &self.observations),
            list("relations", &self.relations),
            list("found in", &[place]),
        ];
        let row = self.row(store);
        Memory {
            title: match &self.item {
                Item::Observation(entity, _) => entity.clone(),
                _ => self.title.clone(),
            },
            sections: sections.into_iter().filter(|section| !section.items.is_empty()).collect(),
            tags: Vec::new(),
            files: Vec::new(),
            provenance: Provenance::default(),
            updated: None,
            accessed: None,
            recalls: None,
            expires: None,
            state: if self.withheld.is_some() { State::NotInjected } else { State::Live },
            injection: match &self.withheld {
                None => Ok(cell::cut(&self.text, 4096).to_owned()),
                Some(reason) => Err(reason.clone()),
            },
            findings: self
                .open
                .iter()
                .map(|reason| Finding { signal: Signal::Unsettled, reason: reason.clone() })
                .collect(),
            neighbours: near.take(AROUND).map(|other| (other.handle, other.title.clone())).collect(),
            row,
        }
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
        &self.title
    }

    fn created(&self) -> Option<EpochMs> {
        None
    }

    fn row(&self, store: &str) -> Row {
        Row {
            // The engine knows the store's place in its list and sets it.
            key: Key { store: 0, handle: self.handle },
            id: MemoryId { store: store.to_owned(), native: self.native.clone() },
            bucket: Bucket::of(self.item.kind(), false),
            kind: self.item.kind().to_owned(),
            scope: Scope::default(),
            title: self.title.clone(),
            // The time of the file is that of whatever was written last.
            created: None,
            tokens: tokens_of_bytes(self.bytes()),
            cost: 0,
            confidence: None,
            signals: Signals::NONE,
            overlay: Overlay::default(),
            version: self.version,
        }
    }

    fn scanned(&self, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        visit(&Scanned {
            handle: self.handle,
            created: None,
            project: "",
            agent: "",
            session: "",
            kind: self.item.kind(),
            title: &self.title,
            texts: &[cell::cut(&self.text, JUDGED), &self.sum()],
            tags: &[],
            files: &[],
            bytes: self.bytes(),
            cost: 0,
            stated: None,
            injected: self.withheld.is_none(),
            told: self.told(),
            recalls: None,
            origin: Origin::Unknown,
            version: self.version,
        })
    }

    fn page(&self) -> texts::Page<'_> {
        let (texts, files) = (vec![self.text.as_str()], vec![self.path.to_string_lossy()]);
        texts::Page { handle: self.handle, title: &self.title, texts, tags: Vec::new(), files, session: "" }
    }
}
