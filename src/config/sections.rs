//! Settings of more than one line: tables of somebody's own, rules of retention.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;

use super::{Config, read::absolute};
use crate::store::table::Mapping;

/// A table of a database that is opened as a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedTable {
    /// The database.
    pub path: PathBuf,
    /// The store's short name; without one the file's.
    pub name: Option<String>,
    /// What its columns mean.
    pub mapping: Mapping,
}

/// What happens to memories that a rule matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Then {
    /// Their removal is proposed; a person decides.
    #[default]
    Propose,
    /// They are pruned.
    Prune,
}

/// A rule for memories that have had their time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Its name, for the log and the queue.
    pub name: String,
    /// Which memories, as a filter.
    #[serde(rename = "where")]
    pub matches: String,
    /// What happens to them.
    #[serde(default)]
    pub then: Then,
}

/// A part of the file with a heading of its own.
pub(super) struct Section {
    /// Its name: `[[name]]`.
    pub(super) name: &'static str,
    /// What it does, for the template.
    pub(super) meaning: &'static str,
    /// An example, without the heading.
    pub(super) example: &'static str,
    /// Takes one of it; what is wrong with it, if something is.
    pub(super) take: fn(&mut Config, Table, &Path) -> Result<(), String>,
}

/// All sections, in the order of the template.
pub(super) const SECTIONS: [Section; 2] = [TABLE, RETENTION];

const TABLE: Section = Section {
    name: "table",
    meaning: "A table of a SQLite database of your own, opened as a store. `path`, `table`, `id` and `content` are \
              needed; other columns are named by what they mean: title, kind, bucket, scope, agent, session, tags, \
              files, created, updated, accessed, confidence, author, model. `times` is milliseconds or seconds.",
    example: "path = \"~/agents/memory.db\"\ntable = \"memories\"\nid = \"id\"\ncontent = \"content\"\nscope = \"agent_id\"\n",
    take: |config, mut given, base| {
        let path = text(&mut given, "path")?.ok_or("it needs a `path`")?;
        let name = text(&mut given, "name")?;
        let mapping = Mapping::deserialize(given).map_err(|error| one_line(error.message()))?;
        let home = std::env::home_dir();
        config.tables.push(MappedTable { path: absolute(Path::new(&path), base, home.as_deref()), name, mapping });
        Ok(())
    },
};

const RETENTION: Section = Section {
    name: "retention",
    meaning: "A rule for memories that have had their time, followed by `memtui retention`: `where` is a filter, and what \
              it matches is proposed for removal, or pruned when `then = \"prune\"` says so. Pinned memories are left.",
    example: "name = \"old prompts\"\nwhere = \"kind:prompt age:>90d\"\nthen = \"propose\"\n",
    take: |config, given, _| {
        let rule = Retention::deserialize(given).map_err(|error| one_line(error.message()))?;
        if config.retention.iter().any(|known| known.name == rule.name) {
            return Err(format!("there are two rules `{}`", rule.name));
        }
        config.retention.push(rule);
        Ok(())
    },
};

fn text(given: &mut Table, name: &str) -> Result<Option<String>, String> {
    match given.remove(name) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` takes a text in quotes")),
    }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join(", ")
}
