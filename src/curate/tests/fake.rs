//! A store in memory that can be told to fail at any step.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::{
    change::{Change, Edit, FieldValue, Place},
    curate::Curator,
    ledger::Ledger,
    memory::{
        Bucket, EpochMs, Handle, Image, Key, Memory, MemoryId, Overlay, Record, Row, Scope, Signals, Value, Version,
    },
    store::{
        self, About, Cancel, Errand, Expect, Intent, Make, Needle, Origin, Outcome, Problem, Pulse, Reader,
        Result as StoreResult, ScanOf, Scanned, Store, Writer,
    },
};

/// Where the next write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Fault {
    #[default]
    None,
    /// Before anything is journalled.
    Busy,
    /// After the journal, before the store has it.
    BeforeCommit,
    /// After the store has it.
    AfterCommit,
}

#[derive(Default)]
pub(super) struct Inner {
    pub(super) rows: BTreeMap<i64, Image>,
    pub(super) fault: Fault,
}

#[derive(Clone)]
pub(super) struct Fake {
    pub(super) about: About,
    inner: Arc<Mutex<Inner>>,
}

pub(super) fn image(id: i64, title: &str) -> Image {
    let columns = vec![
        ("id".to_owned(), Value::Integer(id)),
        ("title".to_owned(), Value::Text(title.into())),
        ("text".to_owned(), Value::Text(b"said".to_vec())),
        ("raw".to_owned(), Value::Blob(vec![0, 255, u8::try_from(id & 0xff).unwrap()])),
    ];
    Image { own: Record { table: "note".into(), columns }, side: vec![], parents: vec![] }
}

pub(super) fn version_of(image: &Image) -> Version {
    let (Some(Value::Text(title)), Some(Value::Text(text))) = (image.own.get("title"), image.own.get("text")) else {
        return Version::default();
    };
    Version::default().with(3, title).with(3, text)
}

fn title_of(image: &Image) -> String {
    let Some(Value::Text(title)) = image.own.get("title") else { return String::new() };
    String::from_utf8_lossy(title).into_owned()
}

fn row(handle: Handle, image: &Image) -> Row {
    Row {
        key: Key { store: 0, handle },
        id: MemoryId { store: "fake".into(), native: format!("note/{}", handle.0) },
        kind: String::new(),
        bucket: Bucket::Project,
        scope: Scope::default(),
        title: title_of(image),
        created: None,
        tokens: 0,
        cost: 0,
        confidence: None,
        signals: Signals::default(),
        overlay: Overlay::default(),
        version: version_of(image),
    }
}

impl Fake {
    pub(super) fn with(count: i64) -> Self {
        let about = About {
            name: "fake".into(),
            product: "fake",
            path: "/nowhere/fake.db".into(),
            identity: "fake-1".into(),
            version: "1".into(),
            read_only: None,
        };
        let rows = (1..=count).map(|id| (id, image(id, &format!("memory {id}")))).collect();
        Self { about, inner: Arc::new(Mutex::new(Inner { rows, fault: Fault::None })) }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(super) fn rows(&self) -> BTreeMap<i64, Image> {
        self.inner().rows.clone()
    }

    fn rows_now(&self) -> BTreeMap<i64, Image> {
        self.rows()
    }

    pub(super) fn curator(&self, dir: &tempfile::TempDir) -> Curator {
        Curator::new(Ledger::open(&dir.path().join("ledger.db")), &[Arc::new(self.clone())])
    }
}

fn number(native: &str) -> Option<i64> {
    native.strip_prefix("note/")?.parse().ok()
}

impl Store for Fake {
    fn about(&self) -> &About {
        &self.about
    }
    fn beyond(&self) -> &'static [&'static str] {
        &["elsewhere"]
    }
    fn reader(&self) -> StoreResult<Box<dyn Reader>> {
        Ok(Box::new(self.clone()))
    }
    fn writer(&self) -> StoreResult<Box<dyn Writer>> {
        Ok(Box::new(self.clone()))
    }
}

impl Reader for Fake {
    fn obey(&mut self, _: Cancel) {}
    fn pulse(&mut self) -> StoreResult<Pulse> {
        Ok(Pulse::Same)
    }
    fn newest(&mut self, _: usize) -> StoreResult<Vec<Row>> {
        Ok(vec![])
    }
    fn outline(&mut self, _: &mut dyn FnMut(Handle, Option<EpochMs>)) -> StoreResult<()> {
        Ok(())
    }
    fn seen(&mut self, _: Handle) {}

    fn highest(&self) -> Vec<Handle> {
        Vec::new()
    }

    fn fresh(&mut self, _: &mut dyn FnMut(Handle, Option<EpochMs>)) -> StoreResult<()> {
        Ok(())
    }
    fn scan(&mut self, _: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> StoreResult<()> {
        for (id, image) in self.rows_now() {
            let scanned = Scanned {
                handle: Handle(id),
                created: Some(id),
                project: "",
                agent: if id > 100 { "claude" } else { "" },
                session: "",
                kind: "note",
                title: "",
                texts: &[],
                tags: &[],
                files: &[],
                bytes: 1,
                cost: 0,
                stated: None,
                injected: true,
                origin: Origin::Unknown,
                told: Signals::default(),
                version: version_of(&image),
            };
            let _all = visit(&scanned);
        }
        Ok(())
    }
    fn rows(&mut self, handles: &[Handle]) -> StoreResult<Vec<Row>> {
        let rows = &self.inner().rows;
        Ok(handles.iter().filter_map(|handle| rows.get(&handle.0).map(|image| row(*handle, image))).collect())
    }
    fn memory(&mut self, _: Handle) -> StoreResult<Option<Memory>> {
        Ok(None)
    }
    fn search(&mut self, _: &Needle, _: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> StoreResult<()> {
        Ok(())
    }
    fn ranked(&mut self, _: &[Needle], _: usize) -> StoreResult<Vec<Handle>> {
        Ok(vec![])
    }
    fn image(&mut self, handle: Handle) -> StoreResult<Option<Image>> {
        Ok(self.inner().rows.get(&handle.0).cloned())
    }
    fn handle(&self, native: &str) -> Option<Handle> {
        number(native).map(Handle)
    }
    fn native(&self, handle: Handle) -> String {
        format!("note/{}", handle.0)
    }
    fn editable(&mut self, handle: Handle) -> StoreResult<Option<Edit>> {
        let image = self.inner().rows.get(&handle.0).cloned();
        let text = |image: &Image, name: &str| match image.own.get(name) {
            Some(Value::Text(bytes)) => FieldValue::Text(String::from_utf8_lossy(bytes).into_owned()),
            _ => FieldValue::Text(String::new()),
        };
        let field = |image: &Image, name: &str| (name.to_owned(), text(image, name));
        let fields = |image: Image| {
            let mut fields = vec![field(&image, "title"), field(&image, "text")];
            // A text that nobody has touched is not offered.
            fields.retain(|(_, value)| *value != FieldValue::Text("said".to_owned()));
            fields
        };
        Ok(image.map(fields))
    }
    fn descendants(&mut self, of: &[MemoryId]) -> StoreResult<Vec<(Handle, usize)>> {
        let source = |image: &Image| match image.own.get("text") {
            Some(Value::Text(bytes)) => of.iter().position(|id| id.to_string().as_bytes() == bytes),
            _ => None,
        };
        let rows = self.rows_now();
        Ok(rows.iter().filter_map(|(id, image)| Some((Handle(*id), source(image)?))).collect())
    }
    fn check(&mut self) -> StoreResult<Vec<store::Finding>> {
        Ok(vec![])
    }
}

impl Writer for Fake {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> StoreResult<Vec<Outcome>> {
        let fault = std::mem::take(&mut self.inner().fault);
        if fault == Fault::Busy {
            return Err(Problem::Busy("/nowhere/fake.db".into()));
        }
        let failed = Problem::Failed { path: "/nowhere/fake.db".into(), reason: "told to fail".into() };
        let (mut outcomes, mut all, mut rows) = (vec![], vec![], self.inner().rows.clone());
        let mut intents = first;
        while !intents.is_empty() {
            let mut changes = vec![];
            for intent in &intents {
                outcomes.push(settle(&rows, intent, &mut changes));
            }
            if !changes.is_empty() {
                let changes = Arc::new(changes);
                errand.journal(&changes)?;
                for change in changes.iter() {
                    let id = number(&change.native).unwrap();
                    match &change.after {
                        Some(image) => drop(rows.insert(id, image.clone())),
                        None => drop(rows.remove(&id)),
                    }
                }
                all.push(changes);
            }
            intents = errand.next();
        }
        if all.is_empty() {
            return Ok(outcomes);
        }
        errand.durable()?;
        if fault == Fault::BeforeCommit {
            return Err(failed);
        }
        self.inner().rows = rows;
        if fault == Fault::AfterCommit { Err(failed) } else { Ok(outcomes) }
    }

    fn compose(&mut self, records: &[Record]) -> StoreResult<Vec<store::Composed>> {
        let next = self.inner().rows.keys().max().copied().unwrap_or(0) + 1;
        let made = (next..).zip(records).map(|(id, record)| {
            let Some(Value::Text(title)) = record.get("title") else { return Err("it has no title".to_owned()) };
            Ok((format!("note/{id}"), image(id, &String::from_utf8_lossy(title))))
        });
        Ok(made.collect())
    }

    fn company(&mut self) -> bool {
        false
    }
}

fn settle(rows: &BTreeMap<i64, Image>, intent: &Intent, changes: &mut Vec<Change>) -> Outcome {
    let before = number(&intent.native).and_then(|id| rows.get(&id)).cloned();
    let after = match &intent.make {
        Make::Delete | Make::Erase => None,
        Make::Put(image) => Some(image.clone()),
        Make::Edit(fields) => before.clone().map(|mut image| {
            for (name, value) in fields {
                let FieldValue::Text(text) = value else { continue };
                for column in image.own.columns.iter_mut().filter(|(column, _)| column == name) {
                    column.1 = Value::Text(text.clone().into());
                }
            }
            image
        }),
    };
    let fits = match intent.expect {
        Expect::Anything => before.is_some(),
        Expect::Exactly(digest) => before.as_ref().is_some_and(|image| image.digest() == digest),
        Expect::Absent => before.is_none(),
        Expect::Seen(version) => before.as_ref().is_some_and(|image| version_of(image) == version),
    };
    if before == after {
        Outcome::Already
    } else if fits {
        changes.push(Change { native: intent.native.clone(), place: Place::Store, before, after });
        Outcome::Applied
    } else {
        Outcome::Conflict(before.map(Box::new))
    }
}
