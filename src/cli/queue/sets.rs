//! Two sets of memories, before and after: how they are read, and what lies between them.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use crate::{
    change::{FieldValue, form::LONGEST_TEXT},
    memory::Version,
};

/// A memory of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item {
    /// What it is called in its set: a path, or a public id.
    pub(super) name: String,
    /// Its public id, where the set has such.
    pub(super) id: Option<String>,
    /// What it was, where the set says so.
    pub(super) version: Option<Version>,
    /// Its title.
    pub(super) title: String,
    /// Its running text without front matter; empty where everything stands in fields.
    pub(super) body: String,
    /// What it says by field.
    pub(super) fields: Vec<(String, FieldValue)>,
    /// The columns of a shared database's row.
    pub(super) columns: Map<String, Json>,
}

/// What lies between two sets.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Delta {
    /// A memory that was not there.
    Added(Item),
    /// A memory that is not there any more.
    Removed(Item),
    /// A memory that says something else.
    Changed(Item, Item),
    /// A memory that is called otherwise and says the same.
    Moved(Item, Item),
}

/// What cannot be read, and the next step.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}", path = .path.display())]
pub(super) struct BadSet {
    path: PathBuf,
    reason: String,
}

/// Reads a set: a directory of text files, or a file that `memtui export` printed (JSON Lines, or a JSON array).
pub(super) fn read(path: &Path) -> Result<Vec<Item>, BadSet> {
    let bad = |reason: String| BadSet { path: path.to_owned(), reason };
    let found = fs::metadata(path).map_err(|error| bad(error.to_string()))?;
    if found.is_dir() {
        let mut items = Vec::new();
        read_directory(path, path, &mut items).map_err(|error| bad(error.to_string()))?;
        items.sort_by(|a, b| a.name.cmp(&b.name));
        return Ok(items);
    }
    if found.len() > LONGEST_TEXT as u64 * 16 {
        return Err(bad("it is too long to be read at once; export by parts, with a filter".to_owned()));
    }
    let text = fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    read_export(&text).map_err(bad)
}

fn read_directory(root: &Path, directory: &Path, items: &mut Vec<Item>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        // A link could lead out of the set, and a hidden file is no memory.
        let (kind, name) = (entry.file_type()?, entry.file_name());
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if kind.is_dir() {
            read_directory(root, &path, items)?;
        } else if kind.is_file() && entry.metadata()?.len() <= LONGEST_TEXT as u64 {
            // Bytes that are no text are no memory either.
            if let Ok(text) = String::from_utf8(fs::read(&path)?) {
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                items.push(of_file(name, &text));
            }
        }
    }
    Ok(())
}

/// A Markdown file, its front matter taken off: simple `name: value` lines between two lines of dashes.
fn of_file(name: String, text: &str) -> Item {
    let text = text.replace("\r\n", "\n");
    let parts = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (front, body) = parts.unwrap_or(("", &text));
    let field = |line: &str| {
        let (name, value) = line.split_once(':').filter(|(name, _)| !name.is_empty() && !name.contains(' '))?;
        let value = value.trim().trim_matches('"');
        (!value.is_empty()).then(|| (name.to_owned(), FieldValue::Text(value.to_owned())))
    };
    let fields: Vec<_> = front.lines().filter_map(field).collect();
    let named = fields.iter().find(|(field, _)| field == "title" || field == "name").map(|(_, value)| value.clone());
    let heading = body.lines().find_map(|line| line.strip_prefix("# ").map(str::trim).map(str::to_owned));
    let title = match named {
        Some(FieldValue::Text(title)) => title,
        _ => heading.unwrap_or_else(|| Path::new(&name).file_stem().unwrap_or_default().to_string_lossy().into_owned()),
    };
    Item { title, body: body.trim().to_owned(), fields, name, ..Item::default() }
}

fn read_export(text: &str) -> Result<Vec<Item>, String> {
    let mut items = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
        match value.map_err(|error| format!("it is no JSON ({error}); `memtui export` prints what is read here"))? {
            Json::Array(several) => items.extend(several.iter().map(of_json)),
            one => items.push(of_json(&one)),
        }
    }
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| item.ok_or_else(|| format!("memory {} has no id and no path", at + 1)))
        .collect()
}

/// A memory as `memtui export` prints it, or with `path` and `content` as a hosted memory store lists it.
fn of_json(value: &Json) -> Option<Item> {
    let text = |name: &str| value.get(name).and_then(Json::as_str).map(str::to_owned);
    if let (Some(path), Some(content)) = (text("path"), text("content")) {
        return Some(of_file(path.trim_start_matches('/').to_owned(), &content));
    }
    let id = text("id")?;
    let title = text("title").unwrap_or_default();
    let body = text("body").unwrap_or_default();
    let columns = value.get("columns").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut fields = vec![("title".to_owned(), FieldValue::Text(title.clone()))];
    fields.extend(sections(&body));
    let tags = value.get("tags").and_then(Json::as_array).into_iter().flatten();
    let tags: Vec<String> = tags.filter_map(Json::as_str).map(str::to_owned).collect();
    fields.extend(["tags", "concepts"].map(|name| (name.to_owned(), FieldValue::List(tags.clone()))));
    fields.extend(columns.iter().filter_map(|(name, value)| {
        let value = value.as_str()?;
        let known = ["kind", "project", "agent", "session", "author", "bucket"].contains(&name.as_str());
        known.then(|| (name.clone(), FieldValue::Text(value.to_owned())))
    }));
    let version = text("version").and_then(|version| version.parse().ok());
    Some(Item { name: id.clone(), id: Some(id), version, title, body: String::new(), fields, columns })
}

/// The sections of an exported text: `## name`, an empty line, the text.
fn sections(body: &str) -> Vec<(String, FieldValue)> {
    let mut parts = format!("\n\n{body}");
    parts.push_str("\n\n");
    let sections = parts.split("\n\n## ").skip(1);
    sections
        .filter_map(|section| {
            let (name, text) = section.split_once("\n\n")?;
            (!name.contains(' ')).then(|| (name.to_owned(), FieldValue::Text(text.trim_end().to_owned())))
        })
        .collect()
}

impl Item {
    /// What it says, in 32 bytes: two memories that say the same are one that moved.
    fn content(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.body.as_bytes());
        if self.body.is_empty() {
            for (name, value) in &self.fields {
                hash.update(format!("\0{name}\0{value:?}"));
            }
        }
        hash.finalize().into()
    }
}

/// What turns one set into another, in the order of names. Memories are the same when they are called the same, or else
/// when they say the same.
pub(super) fn between(base: Vec<Item>, proposed: Vec<Item>) -> Vec<Delta> {
    let mut after: HashMap<String, Item> = proposed.into_iter().map(|item| (item.name.clone(), item)).collect();
    let mut deltas = Vec::new();
    let mut gone = Vec::new();
    for old in base {
        match after.remove(&old.name) {
            Some(new) if old.body == new.body && old.fields == new.fields => {}
            Some(new) => deltas.push(Delta::Changed(old, new)),
            None => gone.push(old),
        }
    }
    let mut left: Vec<Item> = after.into_values().collect();
    left.sort_by(|a, b| a.name.cmp(&b.name));
    for old in gone {
        let same = left.iter().position(|new| new.content() == old.content());
        deltas.push(match same {
            Some(at) => Delta::Moved(old, left.remove(at)),
            None => Delta::Removed(old),
        });
    }
    deltas.extend(left.into_iter().map(Delta::Added));
    deltas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(files: &[(&str, &str)]) -> Vec<Item> {
        files.iter().map(|(name, text)| of_file((*name).to_owned(), text)).collect()
    }

    #[test]
    fn what_lies_between_is_added_removed_changed_or_moved() {
        let before = items(&[("a.md", "one"), ("b.md", "two"), ("c.md", "three"), ("d.md", "four")]);
        let after = items(&[("a.md", "one"), ("b.md", "TWO"), ("archive/c.md", "three\n"), ("e.md", "five")]);
        let found: Vec<String> = between(before, after)
            .into_iter()
            .map(|delta| match delta {
                Delta::Added(item) => format!("+{}", item.name),
                Delta::Removed(item) => format!("-{}", item.name),
                Delta::Changed(old, new) => format!("{}:{}>{}", old.name, old.body, new.body),
                Delta::Moved(old, new) => format!("{}>{}", old.name, new.name),
            })
            .collect();
        assert_eq!(found, ["b.md:two>TWO", "c.md>archive/c.md", "-d.md", "+e.md"]);
    }

    #[test]
    fn front_matter_is_fields_and_a_title_is_found_somewhere() {
        let item = of_file(
            "x/y.md".into(),
            "---\r\nname: the-gate\r\ntype: \"user\"\r\nmetadata:\r\n  a: b\r\n---\r\n# Gate\r\ntext\r\n",
        );
        let text = |text: &str| FieldValue::Text(text.into());
        assert_eq!(item.fields, [("name".into(), text("the-gate")), ("type".into(), text("user"))]);
        assert_eq!((item.title.as_str(), item.body.as_str()), ("the-gate", "# Gate\ntext"));
        assert_eq!(of_file("x/y.md".into(), "# Gate\n").title, "Gate");
        assert_eq!(of_file("x/y.md".into(), "no heading").title, "y");
        assert_eq!(of_file("x/y.md".into(), "---\nnot closed").body, "---\nnot closed");
    }

    #[test]
    fn an_export_is_read_by_its_sections() {
        let body = "## narrative\n\nOne.\n\n## two words\n\nTwo.\n\n## facts\n\n- a\n- b";
        let (id, version) = ("claude-mem:observation/1", "00000000000000ff");
        let line = serde_json::json!({ "id": id, "version": version, "title": "T", "body": body, "tags": ["x"] });
        let item = read_export(&line.to_string()).unwrap().remove(0);
        assert_eq!(item.version, Some(Version(255)));
        let field = |name: &str| item.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
        assert_eq!(field("facts"), Some(FieldValue::Text("- a\n- b".into())));
        assert_eq!(field("tags"), Some(FieldValue::List(vec!["x".into()])));
        assert!(read_export("{}").is_err() && read_export("{").is_err());
        let hosted = read_export(r#"[{"path":"/a/b.md","content":"text"}]"#).unwrap();
        assert_eq!((hosted[0].name.as_str(), hosted[0].body.as_str()), ("a/b.md", "text"));
    }
}
