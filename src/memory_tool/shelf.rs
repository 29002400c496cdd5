//! Where the files are: a directory, or memories of the shared database that carry a path.

use std::{path::PathBuf, sync::Arc};

use super::path::Below;
use crate::{
    change::{Edit, FieldValue},
    curate::Task,
    memory::{Digest, EpochMs, Image, Record, Value},
    store::{Needle, Problem, Reader, Store, files},
};

/// The tag, and the word in the column `tool`, by which a memory of the shared database is a file.
pub(super) const TAG: &str = "memory-tool";

/// A file, or what stands where one could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Its path below the directory.
    pub(super) path: String,
    /// Its memory, as the store names it.
    pub(super) native: String,
    /// Bytes.
    pub(super) size: u64,
    /// Why it is no memory, if so.
    pub(super) odd: Option<&'static str>,
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) native: String,
    pub(super) bytes: Vec<u8>,
    /// The whole record, by which a change tells that nothing came in between.
    digest: Digest,
    mode: Option<u32>,
    /// Whether its store says that it stays.
    pub(super) pinned: bool,
    /// Whether it is this agent's to change.
    pub(super) own: bool,
}

pub(super) enum Shelf {
    Files {
        root: PathBuf,
        reader: Box<dyn Reader>,
    },
    /// `sees_all`: whether files that are for every agent are shown to this one.
    Shared {
        agent: String,
        sees_all: bool,
        reader: Box<dyn Reader>,
    },
}

impl Shelf {
    pub(super) fn files(store: &Arc<dyn Store>) -> Result<Self, Problem> {
        Ok(Self::Files { root: store.about().path.clone(), reader: store.reader()? })
    }

    pub(super) fn shared(store: &Arc<dyn Store>, agent: String, sees_all: bool) -> Result<Self, Problem> {
        Ok(Self::Shared { agent, sees_all, reader: store.reader()? })
    }

    /// Everything there is now, by path.
    pub(super) fn items(&mut self, now: EpochMs) -> Result<Vec<Item>, Problem> {
        match self {
            Self::Files { root, .. } => {
                let leaves = files::tree(root)
                    .map_err(|error| Problem::Failed { path: root.clone(), reason: error.to_string() })?;
                let item = |leaf: files::Leaf| Item {
                    native: leaf.path.clone(),
                    path: leaf.path,
                    size: leaf.size,
                    odd: leaf.odd,
                };
                Ok(leaves.into_iter().map(item).collect())
            }
            Self::Shared { agent, sees_all, reader } => shared_items(reader.as_mut(), agent, *sees_all, now),
        }
    }

    /// A file as it is now, `None` when it is gone.
    pub(super) fn read(&mut self, native: &str) -> Result<Option<Held>, Problem> {
        let (Self::Files { reader, .. } | Self::Shared { reader, .. }) = self;
        let Some(handle) = reader.handle(native) else { return Ok(None) };
        let Some(image) = reader.image(handle)? else { return Ok(None) };
        let (native, digest) = (native.to_owned(), image.digest());
        Ok(Some(match self {
            Self::Files { .. } => {
                let (bytes, mode) = (files::bytes_of(&image).to_vec(), files::mode_of(&image));
                Held { native, bytes, digest, mode, pinned: false, own: true }
            }
            Self::Shared { agent, .. } => {
                let own = text(&image, "agent") == Some(agent);
                let bytes = text(&image, "body").unwrap_or_default().as_bytes().to_vec();
                let pinned = image.own.get("pinned") == Some(&Value::Integer(1));
                Held { native, bytes, digest, mode: None, pinned, own }
            }
        }))
    }

    /// What makes a new file.
    pub(super) fn add(&self, path: &Below, words: &str) -> Task {
        Task::Add(match self {
            Self::Files { .. } => files::new_file(path.as_str(), words.as_bytes(), None),
            Self::Shared { agent, .. } => shared_record(path.as_str(), words, agent),
        })
    }

    /// What gives a file another text.
    pub(super) fn edit(&self, held: &Held, words: String) -> Task {
        let field = match self {
            Self::Files { .. } => files::WHOLE,
            Self::Shared { .. } => "body",
        };
        Task::Edit(held.native.clone(), held.digest, one(field, words))
    }

    /// What takes a file away.
    pub(super) fn delete(held: &Held) -> Task {
        Task::Delete(held.native.clone(), held.digest)
    }

    /// What gives a file another path.
    pub(super) fn moved(&self, held: &Held, path: &str) -> Vec<Task> {
        match self {
            Self::Files { .. } => {
                vec![Self::delete(held), Task::Add(files::new_file(path, &held.bytes, held.mode))]
            }
            Self::Shared { .. } => {
                vec![Task::Edit(held.native.clone(), held.digest, one("title", path.to_owned()))]
            }
        }
    }
}

fn one(field: &str, words: String) -> Edit {
    vec![(field.to_owned(), FieldValue::Text(words))]
}

fn text<'i>(image: &'i Image, column: &str) -> Option<&'i str> {
    match image.own.get(column)? {
        Value::Text(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn shared_record(path: &str, words: &str, agent: &str) -> Record {
    let columns = [
        ("title", path),
        ("body", words),
        ("kind", "note"),
        ("tags", &format!("[\"{TAG}\"]")),
        ("tool", TAG),
        ("author", agent),
        ("agent", agent),
    ];
    let column = |(name, value): (&str, &str)| (name.to_owned(), Value::Text(value.as_bytes().to_vec()));
    Record { table: "memory".to_owned(), columns: columns.map(column).to_vec() }
}

/// The memories that are files of an agent: its own, and those that are for every agent. Its own come first where two
/// have one path.
fn shared_items(reader: &mut dyn Reader, agent: &str, sees_all: bool, now: EpochMs) -> Result<Vec<Item>, Problem> {
    let mut handles = Vec::new();
    // The index has the tags, too; which of those that it finds have the very tag is looked at below.
    reader.search(&Needle::Phrase(TAG.to_owned()), &mut |handle| {
        handles.push(handle);
        std::ops::ControlFlow::Continue(())
    })?;
    let mut found = Vec::new();
    for handle in handles {
        let Some(image) = reader.image(handle)? else { continue };
        if let Some((is_own, path, size)) = as_file(&image, agent, now).filter(|(is_own, ..)| *is_own || sees_all) {
            found.push((!is_own, handle, Item { path, native: reader.native(handle), size, odd: None }));
        }
    }
    found.sort_by_key(|(foreign, handle, _)| (*foreign, *handle));
    let mut seen = std::collections::HashSet::new();
    found.retain(|(.., item)| seen.insert(item.path.clone()));
    Ok(found.into_iter().map(|(.., item)| item).collect())
}

/// The path and the size of a memory that is a file, and whether it is this agent's alone.
fn as_file(image: &Image, agent: &str, now: EpochMs) -> Option<(bool, String, u64)> {
    let tags: Vec<String> = serde_json::from_str(text(image, "tags")?).ok()?;
    let is_over = matches!(image.own.get("expires_at"), Some(Value::Integer(end)) if *end <= now);
    let for_all = image.own.get("project") == Some(&Value::Null);
    if !tags.iter().any(|tag| tag == TAG) || is_over || !for_all || text(image, "state") != Some("live") {
        return None;
    }
    let owner = text(image, "agent");
    if owner.is_some_and(|owner| owner != agent) {
        return None;
    }
    // A title that a person has made something else of is no path any more.
    let path = Below::read(&format!("/memories/{}", text(image, "title")?)).ok().filter(|path| !path.is_root())?;
    Some((owner.is_some(), path.as_str().to_owned(), text(image, "body")?.len() as u64))
}
