//! Records in files that nobody else has in memory: read anew, changed as a whole, put in place at once, read back.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value as Json;

use super::{
    codec::{self, Form},
    disk::{self, Waiting},
    kind::{Kind, Name},
    plan::Step,
    record::{Fields, Found},
    shelf::Shelf,
    source::{self, Shape},
    standing,
};
use crate::store::{Problem, Result, crash};

/// The permissions of a file that is made anew: memories are the person's own.
const PRIVATE: u32 = 0o600;

/// A file as it was read, and as it is to become.
struct Sheet {
    /// `None` when there is none.
    found: Option<disk::Found>,
    root: Fields,
    form: Form,
    /// Whether the file is set as its product sets it.
    faithful: bool,
    changed: bool,
}

/// The files of a store, open for one transaction.
pub(super) struct Desk {
    shelf: Arc<Shelf>,
    sheets: BTreeMap<PathBuf, Sheet>,
}

impl Desk {
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, sheets: BTreeMap::new() }
    }

    fn path(&self, kind: Kind, owner: &str) -> PathBuf {
        let place = &self.shelf.place;
        match place.shape {
            Shape::State => place.path.join(codec::file_of(&kind.scope(owner))),
            Shape::Export | Shape::Standalone => place.path.clone(),
        }
    }

    fn sheet(&mut self, path: &Path) -> Result<&mut Sheet> {
        if !self.sheets.contains_key(path) {
            let shape = self.shelf.place.shape;
            let sheet = match source::found(path) {
                Ok(found) => {
                    let (root, form) = source::object(shape, path, &found.bytes)?;
                    let faithful = codec::write(&root, form).as_ref() == Some(&found.bytes);
                    Sheet { found: Some(found), root, form, faithful, changed: false }
                }
                Err(Problem::Missing(_)) if shape == Shape::State => {
                    Sheet { found: None, root: Fields::new(), form: Form::Archive, faithful: true, changed: false }
                }
                Err(problem) => return Err(problem),
            };
            self.sheets.insert(path.to_owned(), sheet);
        }
        self.sheets.get_mut(path).ok_or_else(|| Problem::Gone(path.to_owned()))
    }

    /// The session of an observation, as it was listed last; the kind of slots.
    fn owner(&self, name: &Name) -> String {
        match name.kind {
            Kind::Observation => {
                self.shelf.book().named(name).map(|entry| entry.seed.owner.to_string()).unwrap_or_default()
            }
            _ => name.shelf.clone(),
        }
    }

    /// A record as the file has it now.
    pub(super) fn record(&mut self, name: &Name) -> Result<Option<Found>> {
        Ok(self.any(name)?.filter(|found| !standing::is_pruned(name.kind, &found.fields)))
    }

    /// A record as the file has it now, also one that is marked as pruned.
    pub(super) fn any(&mut self, name: &Name) -> Result<Option<Found>> {
        let owner = self.owner(name);
        let (shape, path) = (self.shelf.place.shape, self.path(name.kind, &owner));
        Ok(self.sheet(&path)?.find(shape, name, &owner))
    }

    /// Why a change cannot be made in the file.
    pub(super) fn objection(&mut self, step: &Step) -> Result<Option<String>> {
        let kind = step.name.kind;
        let shape = self.shelf.place.shape;
        if shape == Shape::Export && kind.exported().is_none() {
            return Ok(Some(format!("an export holds no {}", kind.word())));
        }
        let owner = step.after.as_ref().or(step.before.as_ref()).map(|found| found.owner.clone()).unwrap_or_default();
        let path = self.path(kind, &owner);
        let sheet = self.sheet(&path)?;
        let Some(found) = &sheet.found else { return Ok(None) };
        if found.names > 1 {
            return Ok(Some("its file has another name that a new file would not have (a hard link)".to_owned()));
        }
        Ok((!sheet.faithful).then(|| {
            format!("{} is not set as its product sets it, so that it could not be put back as it was", path.display())
        }))
    }

    /// Makes changes, whole files at a time. What was put in place is taken back when another file fails.
    pub(super) fn carry_out(&mut self, steps: &[Step]) -> Result<()> {
        let shape = self.shelf.place.shape;
        let mut order: Vec<&Step> = steps.iter().collect();
        // What comes back has its place among the records that were there: the first comes first.
        order.sort_by_key(|step| match (&step.before, &step.after) {
            (Some(_), None) => (0, 0),
            (Some(_), Some(_)) => (1, 0),
            (None, after) => (2, after.as_ref().map_or(usize::MAX, |found| found.at)),
        });
        for step in order {
            let found = step.after.as_ref().or(step.before.as_ref());
            let owner = found.map(|found| found.owner.clone()).unwrap_or_default();
            let path = self.path(step.name.kind, &owner);
            self.sheet(&path)?.make(shape, &step.name, &owner, step.after.as_ref());
        }
        self.write()
    }

    fn write(&mut self) -> Result<()> {
        let changed: Vec<(&PathBuf, &Sheet)> = self.sheets.iter().filter(|(_, sheet)| sheet.changed).collect();
        let place = &self.shelf.place;
        let directory = if place.shape == Shape::State { Some(place.path.as_path()) } else { place.path.parent() };
        let directory = directory.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        disk::sweep(directory);
        let mut waiting = Vec::with_capacity(changed.len());
        for (path, sheet) in changed {
            let content = sheet.content(place.shape, path)?;
            let mode = sheet.found.as_ref().map_or(PRIVATE, |found| found.mode);
            let new = content.as_ref().map(|bytes| Waiting::beside(path, bytes, mode, None)).transpose()?;
            waiting.push((path, sheet, content, new));
        }
        if place.shape == Shape::State && !waiting.is_empty() {
            // The engine makes its index of words again when it finds none, and never looks whether an old one is right.
            drop_index(directory)?;
        }
        let mut done: Vec<(&PathBuf, &Sheet, Option<Vec<u8>>)> = Vec::with_capacity(waiting.len());
        for (path, sheet, content, new) in waiting {
            let placed = sheet.unmoved(path).and_then(|()| match new {
                Some(new) => new.take_place(path),
                None => fs::remove_file(path).map_err(|error| disk::problem(path, &error)),
            });
            if let Err(problem) = placed {
                done.iter().rev().for_each(|(path, sheet, content)| sheet.take_back(path, content.as_deref()));
                return Err(problem);
            }
            done.push((path, sheet, content));
            crash::point("placed");
        }
        disk::settle(directory)?;
        for (path, _, content) in done {
            if now(path)? != content {
                return Err(Problem::NotVerified { path: path.clone(), what: "its file".to_owned() });
            }
        }
        Ok(())
    }
}

/// The bytes of a file as they are now.
fn now(path: &Path) -> Result<Option<Vec<u8>>> {
    match source::found(path) {
        Ok(found) => Ok(Some(found.bytes)),
        Err(Problem::Missing(_)) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Removes what the engine derives from the memories.
fn drop_index(directory: &Path) -> Result<()> {
    let entries = fs::read_dir(directory).map_err(|error| disk::problem(directory, &error))?;
    for entry in entries.flatten() {
        let scope = entry.file_name().to_str().and_then(codec::scope_of).unwrap_or_default();
        if scope.starts_with("mem:index:") {
            fs::remove_file(entry.path()).map_err(|error| disk::problem(&entry.path(), &error))?;
        }
    }
    Ok(())
}

impl Sheet {
    /// The list or map in which the records of a kind are.
    fn records(&mut self, shape: Shape, kind: Kind, owner: &str) -> Option<&mut Json> {
        match shape {
            Shape::State => None,
            Shape::Standalone => {
                Some(self.root.entry(kind.scope(owner)).or_insert_with(|| Json::Object(Fields::new())))
            }
            Shape::Export => {
                let field = kind.exported()?;
                if kind != Kind::Observation {
                    return Some(self.root.entry(field).or_insert_with(|| Json::Array(Vec::new())));
                }
                let sessions = self.root.entry(field).or_insert_with(|| Json::Object(Fields::new()));
                Some(sessions.as_object_mut()?.entry(owner).or_insert_with(|| Json::Array(Vec::new())))
            }
        }
    }

    /// A record and its place.
    fn find(&self, shape: Shape, name: &Name, owner: &str) -> Option<Found> {
        let kind = name.kind;
        let in_map = |map: &Fields| {
            let (at, (_, record)) = map.iter().enumerate().find(|(_, (key, _))| **key == name.key)?;
            Some((at, record.as_object()?.clone()))
        };
        let (at, fields) = match shape {
            Shape::State => in_map(&self.root)?,
            Shape::Standalone => in_map(self.root.get(&kind.scope(owner))?.as_object()?)?,
            Shape::Export => {
                let records = self.root.get(kind.exported()?)?;
                let records = if kind == Kind::Observation { records.get(owner)? } else { records };
                let records = records.as_array()?.iter().enumerate();
                let has_key = |record: &Json| record.get(kind.key()).and_then(Json::as_str) == Some(&name.key);
                let (at, record) = records.into_iter().find(|(_, record)| has_key(record))?;
                (at, record.as_object()?.clone())
            }
        };
        Some(Found { owner: owner.to_owned(), at, fields })
    }

    /// Makes a record what it is to be.
    fn make(&mut self, shape: Shape, name: &Name, owner: &str, after: Option<&Found>) {
        self.changed = true;
        let key = name.kind.key();
        let wanted = after.map(|found| (found.at, Json::Object(found.fields.clone())));
        if shape == Shape::State {
            return make_in_map(&mut self.root, &name.key, wanted);
        }
        match self.records(shape, name.kind, owner) {
            Some(Json::Object(map)) => make_in_map(map, &name.key, wanted),
            Some(Json::Array(list)) => {
                let has_key = |record: &Json| record.get(key).and_then(Json::as_str) == Some(&name.key);
                match (list.iter().position(has_key), wanted) {
                    (Some(at), None) => drop(list.remove(at)),
                    (Some(at), Some((_, record))) => {
                        if let Some(old) = list.get_mut(at) {
                            *old = record;
                        }
                    }
                    (None, Some((at, record))) => list.insert(at.min(list.len()), record),
                    (None, None) => {}
                }
            }
            _ => {}
        }
    }

    /// The file as it is to become; `None` when it is to go, as the engine does with a scope without records.
    fn content(&self, shape: Shape, path: &Path) -> Result<Option<Vec<u8>>> {
        if shape == Shape::State && self.root.is_empty() {
            return Ok(None);
        }
        let bytes = codec::write(&self.root, self.form);
        let reason = || "it would become too large for the form of its product; nothing was written".to_owned();
        bytes.map(Some).ok_or_else(|| Problem::Failed { path: path.to_owned(), reason: reason() })
    }

    /// Makes sure that nobody wrote the file since it was read.
    fn unmoved(&self, path: &Path) -> Result<()> {
        if now(path)?.as_ref() == self.found.as_ref().map(|found| &found.bytes) {
            return Ok(());
        }
        let reason = "another program wrote it at this moment; nothing was changed, look at it and try again".into();
        Err(Problem::Failed { path: path.to_owned(), reason })
    }

    /// Puts the file back as it was, unless somebody has written it since.
    fn take_back(&self, path: &Path, content: Option<&[u8]>) {
        if now(path).is_ok_and(|now| now.as_deref() == content) {
            // What cannot be taken back is found by whoever compares the files with the ledger.
            let _result = match &self.found {
                Some(found) => {
                    Waiting::beside(path, &found.bytes, found.mode, None).and_then(|waiting| waiting.take_place(path))
                }
                None => fs::remove_file(path).map_err(|error| disk::problem(path, &error)),
            };
        }
    }
}

fn make_in_map(map: &mut Fields, key: &str, wanted: Option<(usize, Json)>) {
    match (wanted, map.contains_key(key)) {
        (None, _) => drop(map.shift_remove(key)),
        (Some((_, record)), true) => drop(map.insert(key.to_owned(), record)),
        (Some((at, record)), false) => drop(map.shift_insert(at.min(map.len()), key.to_owned(), record)),
    }
}
