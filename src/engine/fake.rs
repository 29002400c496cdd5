//! A store in memory, for tests: memories by handle, with a change counter and switches for faults.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    change::Edit,
    memory::{
        Bucket, EpochMs, Handle, Image, Key, Memory, MemoryId, Overlay, Provenance, Row, Scope, Signals, State, Version,
    },
    store::{
        About, Cancel, Finding, Needle, Opening, Origin, Problem, Pulse, Reader, Result, ScanOf, Scanned, Store, Writer,
    },
};

/// What it puts before an agent.
pub(crate) const OPENING: Opening = Opening { memories: 20, summaries: 5 };

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fake {
    pub(crate) created: Option<EpochMs>,
    pub(crate) project: String,
    pub(crate) agent: String,
    pub(crate) session: String,
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) tags: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) cost: u32,
    pub(crate) injected: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Shelves {
    pub(crate) memories: Mutex<BTreeMap<i64, Fake>>,
    pub(crate) commits: AtomicU64,
    pub(crate) scanned: AtomicU64,
}

#[derive(Debug)]
pub(crate) struct FakeStore {
    about: About,
    pub(crate) shelves: Arc<Shelves>,
}

impl FakeStore {
    /// A store over these memories; `path` only serves as a name and a stamp.
    pub(crate) fn new(name: &str, path: PathBuf, memories: BTreeMap<i64, Fake>) -> Arc<Self> {
        let about = About {
            name: name.into(),
            product: "fake",
            path,
            identity: name.into(),
            version: "v1".into(),
            read_only: None,
        };
        let shelves = Shelves { memories: Mutex::new(memories), ..Shelves::default() };
        Arc::new(Self { about, shelves: Arc::new(shelves) })
    }

    /// Somebody else commits.
    pub(crate) fn change(&self, change: impl FnOnce(&mut BTreeMap<i64, Fake>)) {
        change(&mut self.shelves.memories.lock().unwrap());
        self.shelves.commits.fetch_add(1, Ordering::SeqCst);
        // The file's stamp moves on, as a real store's does.
        if self.about.path.exists() {
            let commits = self.shelves.commits.load(Ordering::SeqCst);
            std::fs::write(&self.about.path, vec![b'x'; usize::try_from(commits).unwrap() + 1]).unwrap();
        }
    }
}

impl Store for FakeStore {
    fn about(&self) -> &About {
        &self.about
    }

    fn beyond(&self) -> &'static [&'static str] {
        &[]
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(FakeReader {
            name: self.about.name.clone(),
            shelves: Arc::clone(&self.shelves),
            cancel: Cancel::default(),
            seen: self.shelves.commits.load(Ordering::SeqCst),
            highest: i64::MIN,
        }))
    }

    fn opening(&self) -> Option<Opening> {
        Some(OPENING)
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Err(Problem::ReadOnly { path: self.about.path.clone(), reason: "a fake is never written".into() })
    }
}

struct FakeReader {
    name: String,
    shelves: Arc<Shelves>,
    cancel: Cancel,
    seen: u64,
    highest: i64,
}

impl FakeReader {
    fn all(&self) -> BTreeMap<i64, Fake> {
        self.shelves.memories.lock().unwrap().clone()
    }

    fn newest_first(&self) -> Vec<(i64, Fake)> {
        let mut all: Vec<(i64, Fake)> = self.all().into_iter().collect();
        all.sort_by_key(|(handle, fake)| std::cmp::Reverse((fake.created.unwrap_or(i64::MIN), *handle)));
        all
    }

    fn row(&self, handle: i64, fake: &Fake) -> Row {
        Row {
            key: Key { store: 0, handle: Handle(handle) },
            id: MemoryId { store: self.name.clone(), native: self.native(Handle(handle)) },
            kind: fake.kind.clone(),
            bucket: Bucket::of(&fake.kind, !fake.project.is_empty()),
            scope: Scope {
                project: Some(fake.project.clone()).filter(|project| !project.is_empty()),
                agent: Some(fake.agent.clone()),
                session: Some(fake.session.clone()),
            },
            title: fake.text.clone(),
            created: fake.created,
            tokens: 0,
            cost: fake.cost,
            confidence: None,
            signals: Signals::NONE,
            overlay: Overlay::default(),
            version: Version::default().with(3, fake.text.as_bytes()),
        }
    }
}

/// Whether a needle is in a memory, as the store's index has it.
pub(crate) fn answers(needle: &Needle, fake: &Fake) -> bool {
    let words: Vec<String> = fake.text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let holds = |name: &str, text: &str| name.to_lowercase().contains(&text.to_lowercase());
    match needle {
        Needle::Word(word, false) => words.contains(&word.to_lowercase()),
        Needle::Word(word, true) => words.iter().any(|other| other.starts_with(&word.to_lowercase())),
        Needle::Phrase(phrase) => words.join(" ").contains(&phrase.to_lowercase()),
        Needle::Tag(text) => fake.tags.iter().any(|tag| holds(tag, text)),
        Needle::File(text) => fake.files.iter().any(|file| holds(file, text)),
        Needle::Session(text) => holds(&fake.session, text),
    }
}

impl Reader for FakeReader {
    fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn pulse(&mut self) -> Result<Pulse> {
        let commits = self.shelves.commits.load(Ordering::SeqCst);
        Ok(if std::mem::replace(&mut self.seen, commits) == commits { Pulse::Same } else { Pulse::Changed })
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        Ok(self.newest_first().iter().take(limit).map(|(handle, fake)| self.row(*handle, fake)).collect())
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for (handle, fake) in self.newest_first() {
            self.highest = self.highest.max(handle);
            visit(Handle(handle), fake.created);
        }
        Ok(())
    }

    fn seen(&mut self, handle: Handle) {
        self.highest = self.highest.max(handle.0);
    }

    fn highest(&self) -> Vec<Handle> {
        vec![Handle(self.highest)]
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for (handle, fake) in self.all() {
            if handle > self.highest {
                self.highest = handle;
                visit(Handle(handle), fake.created);
            }
        }
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        let all = self.shelves.memories.lock().unwrap();
        let wanted: Vec<(i64, Fake)> = match of {
            ScanOf::All => all.iter().map(|(handle, fake)| (*handle, fake.clone())).collect(),
            ScanOf::These(these) => {
                these.iter().filter_map(|handle| Some((handle.0, all.get(&handle.0)?.clone()))).collect()
            }
        };
        drop(all);
        for (handle, fake) in wanted {
            self.shelves.scanned.fetch_add(1, Ordering::SeqCst);
            let (tags, files): (Vec<&str>, Vec<&str>) =
                (fake.tags.iter().map(String::as_str).collect(), fake.files.iter().map(String::as_str).collect());
            let scanned = Scanned {
                handle: Handle(handle),
                created: fake.created,
                project: &fake.project,
                agent: &fake.agent,
                session: &fake.session,
                kind: &fake.kind,
                title: "",
                texts: &[&fake.text],
                tags: &tags,
                files: &files,
                bytes: fake.text.len() as u64,
                cost: fake.cost,
                stated: None,
                injected: fake.injected,
                told: Signals::NONE,
                origin: Origin::Agent,
                version: Version::default().with(3, fake.text.as_bytes()),
            };
            if visit(&scanned).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>> {
        let all = self.all();
        Ok(handles.iter().filter_map(|handle| Some(self.row(handle.0, all.get(&handle.0)?))).collect())
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        Ok(self.all().get(&handle.0).map(|fake| Memory {
            row: self.row(handle.0, fake),
            title: fake.text.clone(),
            sections: vec![],
            tags: fake.tags.clone(),
            files: vec![],
            provenance: Provenance::default(),
            updated: None,
            accessed: None,
            state: State::Live,
            injection: Ok(fake.text.clone()),
            findings: vec![],
            neighbours: vec![],
        }))
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        for (handle, fake) in self.newest_first() {
            if self.cancel.is_cancelled() {
                return Err(Problem::Cancelled);
            }
            if answers(needle, &fake) && visit(Handle(handle)).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        let mut best: Vec<(usize, i64)> = self
            .all()
            .iter()
            .filter(|(_, fake)| needles.iter().any(|needle| answers(needle, fake)))
            .map(|(handle, fake)| (fake.text.len(), *handle))
            .collect();
        best.sort_unstable();
        Ok(best.into_iter().take(limit).map(|(_, handle)| Handle(handle)).collect())
    }

    fn image(&mut self, _handle: Handle) -> Result<Option<Image>> {
        Ok(None)
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        native.strip_prefix("m/")?.parse().ok().map(Handle)
    }

    fn native(&self, handle: Handle) -> String {
        format!("m/{}", handle.0)
    }

    fn editable(&mut self, _handle: Handle) -> Result<Option<Edit>> {
        Ok(None)
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        Ok(vec![])
    }
}
