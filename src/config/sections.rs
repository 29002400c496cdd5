//! Settings of more than one line, each with a heading of its own: tables, policies, rules of retention.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, read::absolute, settings::quoted};
use crate::{
    change::form,
    curate::Policy,
    store::table::{
        Mapping,
        postgres::{Address, is_address},
    },
};

/// A table of a database that is opened as a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedTable {
    /// The database's file; for one of a server its address without the password.
    pub path: PathBuf,
    /// Where and as whom to ask a server, when one keeps it.
    pub address: Option<Address>,
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

/// A part of the file with a heading of its own, which may be there several times.
pub(super) struct Section {
    /// Its name: `[[name]]`.
    pub(super) name: &'static str,
    /// What it does, for the template.
    pub(super) meaning: &'static str,
    /// More about it, for the documents.
    pub(super) more: &'static str,
    /// An example, without the heading.
    pub(super) example: &'static str,
    /// Takes one of it, found in a file of this directory; what is wrong with it, if something is.
    pub(super) take: fn(&mut Config, Table, &Path) -> Result<(), String>,
}

/// All sections, in the order of the template.
pub(super) const SECTIONS: [Section; 3] = [TABLE, POLICY, RETENTION];

const TABLE: Section = Section {
    name: "table",
    meaning: "A table of a SQLite or PostgreSQL database of your own, opened as a store.",
    more: "`path`, `table`, `id` and `content` are needed. Other columns are named by what they mean: `title`, `kind`, \
           `bucket`, `scope`, `agent`, `session`, `tags`, `files`, `created`, `updated`, `accessed`, `confidence`, \
           `author`, `model`. `name` is the store's short name, `times` says how numbers count: milliseconds or seconds. \
           For PostgreSQL `path` is an address, `postgresql://user@host:5432/database`; what it leaves open, the password \
           above all, comes from `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD` and the file of `PGPASSFILE` or \
           `~/.pgpass`. memtui speaks no TLS: go to another machine through a tunnel.",
    example: "path = \"~/agents/memory.db\"\ntable = \"memories\"\nid = \"id\"\ncontent = \"content\"\nscope = \"agent_id\"\n",
    take: |config, mut given, base| {
        let path = text(&mut given, "path")?.ok_or("it needs a `path`")?;
        let name = text(&mut given, "name")?;
        let mapping = of(given)?;
        let home = std::env::home_dir();
        let address = is_address(&path).then(|| Address::of_process(&path)).transpose()?;
        let place = || absolute(Path::new(&path), base, home.as_deref());
        let path = address.as_ref().map_or_else(place, Address::shown);
        config.tables.push(MappedTable { path, address, name, mapping });
        Ok(())
    },
};

const POLICY: Section = Section {
    name: "policy",
    meaning: "Apply proposals of an author and a label as they come in, when their author is at least so sure, nothing is \
              deleted and nothing in the new text is suspicious.",
    more: "`author` is whose proposals, as `memtui queue rates` prints it; a `*` at the end stands for any rest. `label` is \
           `retag`, `normalise`, `edit`, …, `min_confidence` how sure the author must be at least, 0 to 1. Without a policy \
           everything waits for a person. Never applied are proposals that delete something, that write a text with a \
           secret, an order to an agent or hidden characters, that bring back what a person rejected, and whose author says \
           nothing of its confidence. What a policy applied stands in `memtui queue audit` until a person has seen it, and \
           can be undone like anything else.",
    example: "author = \"dream\"\nlabel = \"normalise\"\nmin_confidence = 0.95\n",
    take: |config, given, _| {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Form {
            author: String,
            label: String,
            min_confidence: f32,
        }
        let Form { author, label, min_confidence } = of(given)?;
        if author.trim().is_empty() {
            return Err("`author` takes a text in quotes".to_owned());
        }
        if !(0.0..=1.0).contains(&min_confidence) {
            return Err("`min_confidence` takes a number from 0 to 1".to_owned());
        }
        config.policies.push(Policy { author, label: form::label(&label)?, min_confidence });
        Ok(())
    },
};

const RETENTION: Section = Section {
    name: "retention",
    meaning: "A rule for memories that have had their time, followed by `memtui retention`.",
    more: "`where` is a filter. What it matches is proposed for removal, or pruned when `then = \"prune\"` says so; pinned \
           memories are left.",
    example: "name = \"old prompts\"\nwhere = \"kind:prompt age:>90d\"\nthen = \"propose\"\n",
    take: |config, given, _| {
        let rule: Retention = of(given)?;
        if config.retention.iter().any(|known| known.name == rule.name) {
            return Err(format!("there are two rules `{}`", rule.name));
        }
        config.retention.push(rule);
        Ok(())
    },
};

fn of<T: for<'de> Deserialize<'de>>(given: Table) -> Result<T, String> {
    T::deserialize(given).map_err(|error| error.message().lines().map(str::trim).collect::<Vec<_>>().join(", "))
}

fn text(given: &mut Table, name: &str) -> Result<Option<String>, String> {
    match given.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` takes a text in quotes")),
    }
}

/// A section on one line, as it could stand in a file.
pub(super) fn shown(given: &Table) -> String {
    let value = |value: &Value| match value {
        // An address may hold a password.
        Value::String(text) if is_address(text) => quoted(
            &Address::of_process(text).map_or_else(|_| "postgresql://…".into(), |it| it.shown()).to_string_lossy(),
        ),
        Value::String(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(on) => on.to_string(),
        _ => "…".to_owned(),
    };
    let fields: Vec<String> = given.iter().map(|(name, of)| format!("{name} = {}", value(of))).collect();
    format!("{{ {} }}", fields.join(", "))
}
