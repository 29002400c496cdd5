//! Which column of a table holds what: how one table of any database becomes a store.

use rusqlite::types::ValueRef;
use serde::Deserialize;

use crate::{
    memory::{EpochMs, Record, State, Value},
    store::sqlite::cell,
};

/// How a table writes times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Times {
    /// Milliseconds since 1970, or ISO 8601 text.
    #[default]
    Milliseconds,
    /// Seconds since 1970, whole or with a fraction, or ISO 8601 text.
    Seconds,
}

impl Times {
    /// The time in a cell, `None` when it is missing or unreadable.
    pub(super) fn read(self, value: ValueRef<'_>) -> Option<EpochMs> {
        match (self, value) {
            (Self::Seconds, ValueRef::Integer(seconds)) => seconds.checked_mul(1000),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a time outside of 64 bits is nonsense; `as` saturates"
            )]
            (Self::Seconds, ValueRef::Real(seconds)) if seconds.is_finite() => Some((seconds * 1000.0).round() as i64),
            _ => cell::epoch_ms(value, ValueRef::Null),
        }
    }

    /// A moment as this table writes it beside a value that it holds already.
    pub(super) fn write(self, now: EpochMs, beside: &Value) -> Value {
        match (self, beside) {
            (_, Value::Text(_)) => {
                let moment = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
                Value::Text(moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true).into_bytes())
            }
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit a double exactly")]
            (Self::Seconds, Value::Real(_)) => Value::Real(now as f64 / 1000.0),
            (Self::Seconds, _) => Value::Integer(now.div_euclid(1000)),
            (Self::Milliseconds, _) => Value::Integer(now),
        }
    }
}

/// What each column of a table means. Only `table`, `id` and `content` are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The table.
    pub table: String,
    /// The column that names a row; its values never change and are unique.
    pub id: String,
    /// The column with the text.
    pub content: String,
    /// The column with a title; without one the first line of the text is the title.
    #[serde(default)]
    pub title: Option<String>,
    /// The column with the kind, in the table's own words.
    #[serde(default)]
    pub kind: Option<String>,
    /// The column with the bucket: `project`, `episodic`, `procedural` or `user`.
    #[serde(default)]
    pub bucket: Option<String>,
    /// The column with the project, or whatever a memory is limited to.
    #[serde(default)]
    pub scope: Option<String>,
    /// The column with the agent.
    #[serde(default)]
    pub agent: Option<String>,
    /// The column with the session.
    #[serde(default)]
    pub session: Option<String>,
    /// The column with tags: a JSON list, or words with commas.
    #[serde(default)]
    pub tags: Option<String>,
    /// The column with files, written like tags.
    #[serde(default)]
    pub files: Option<String>,
    /// The column with the time of capture.
    #[serde(default)]
    pub created: Option<String>,
    /// The column with the time of the last change; an edit sets it.
    #[serde(default)]
    pub updated: Option<String>,
    /// The column with the time of the last recall.
    #[serde(default)]
    pub accessed: Option<String>,
    /// The column with a confidence between 0 and 1.
    #[serde(default)]
    pub confidence: Option<String>,
    /// The column with who wrote it: `person`, or the name of an agent.
    #[serde(default)]
    pub author: Option<String>,
    /// The column with the model that wrote it down.
    #[serde(default)]
    pub model: Option<String>,
    /// The column with what the product does with it, in words that the product knows.
    #[serde(skip)]
    pub state: Option<String>,
    /// The column with the moment from which on a memory no longer holds, as times are written.
    #[serde(skip)]
    pub expires: Option<String>,
    /// How times are written.
    #[serde(default)]
    pub times: Times,
}

impl Mapping {
    /// The columns that are named, each with what it stands for.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("id", Some(&self.id)),
            ("content", Some(&self.content)),
            ("title", self.title.as_ref()),
            ("kind", self.kind.as_ref()),
            ("bucket", self.bucket.as_ref()),
            ("scope", self.scope.as_ref()),
            ("agent", self.agent.as_ref()),
            ("session", self.session.as_ref()),
            ("tags", self.tags.as_ref()),
            ("files", self.files.as_ref()),
            ("created", self.created.as_ref()),
            ("updated", self.updated.as_ref()),
            ("accessed", self.accessed.as_ref()),
            ("confidence", self.confidence.as_ref()),
            ("author", self.author.as_ref()),
            ("model", self.model.as_ref()),
            ("state", self.state.as_ref()),
            ("expires", self.expires.as_ref()),
        ]
        .into_iter()
        .filter_map(|(meaning, column)| Some((meaning, column?.as_str())))
    }

    /// The columns that a person reads or filters by: what a version is made of.
    pub(super) fn seen(&self) -> impl Iterator<Item = &String> {
        let named = [&self.kind, &self.scope, &self.title, &self.tags, &self.files, &self.state];
        std::iter::once(&self.content).chain(named.into_iter().flatten())
    }

    /// The columns that a person may edit, in reading order.
    pub(super) fn editable(&self) -> impl Iterator<Item = &str> {
        [
            self.title.as_ref(),
            Some(&self.content),
            self.tags.as_ref(),
            self.kind.as_ref(),
            self.bucket.as_ref(),
            self.scope.as_ref(),
            self.agent.as_ref(),
            self.files.as_ref(),
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
    }

    /// Whether a column holds a list.
    pub(super) fn is_list(&self, column: &str) -> bool {
        [&self.tags, &self.files].into_iter().any(|list| list.as_deref() == Some(column))
    }

    /// The column for SQL, `NULL` when nothing is mapped to that meaning.
    pub(super) fn sql(column: Option<&String>) -> String {
        column.map_or_else(|| "NULL".to_owned(), |name| format!("t.{}", crate::store::sqlite::table::quote(name)))
    }

    /// What of the mapping is not in a table with these columns.
    pub(super) fn missing(&self, columns: &[String]) -> Option<String> {
        if columns.is_empty() {
            return Some(format!("there is no table `{}`", self.table));
        }
        let (meaning, column) = self.named().find(|(_, column)| !columns.iter().any(|known| known == column))?;
        Some(format!("table `{}` has no column `{column}` for `{meaning}`; it has {}", self.table, columns.join(", ")))
    }
}

/// Completes the record of a new memory at a moment.
pub type Complete = fn(&mut Record, now: EpochMs) -> Result<(), String>;

/// A product whose memories stand in one table.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Its name, which is also the short name of its first store.
    pub name: &'static str,
    /// The word before the number in native ids: `memory/181`.
    pub word: &'static str,
    /// Child tables that are not part of a memory: they are put back with it, but their changes are none of its own.
    pub aside: &'static [&'static str],
    /// The table that counts recalls in the columns `memory` (the id), `times` and `last` (milliseconds), one of `aside`.
    pub recalls: Option<&'static str>,
    /// The columns that hold what a person says about a memory, if it has such.
    pub marks: Option<super::MarkColumns>,
    /// Completes the record of a new memory at a moment; the reason when there can be none. `None`: the product takes no
    /// new memories from memtui.
    pub compose: Option<Complete>,
    /// Columns that together say what a memory is: a new one that equals another in all of them is none.
    pub twin: &'static [&'static str],
    /// Whether its programs write over what was there.
    pub overwrites: bool,
    /// The column with the id of the version before, where a new version is a row of its own.
    pub replaces: Option<&'static str>,
    /// The column with the source of a memory, which may be another one's public id.
    pub evidence: Option<&'static str>,
    /// What else must move when a memory's fields get new values.
    pub settle: fn(&mut Record),
    /// What the product does with a memory whose column `state` holds this word, and why no agent gets it, if so.
    pub state: fn(word: &str) -> (State, Option<&'static str>),
}

impl Product {
    /// What the product does with a memory at a moment, by the word of its state and its end, and why no agent gets it, if so.
    pub(super) fn stands(&self, word: &str, expires: Option<EpochMs>, now: EpochMs) -> (State, Option<&'static str>) {
        match (self.state)(word) {
            (State::Live, None) if expires.is_some_and(|end| end <= now) => (State::Expired, Some(OVER)),
            told => told,
        }
    }
}

/// Why nobody gets a memory that has come to its end.
pub const OVER: &str = "it is past the date on which it was to end";

/// What a table holds, whatever database it is in.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) mapping: Mapping,
    pub(super) product: Product,
}

impl Meaning {
    /// The native id of a row.
    pub(super) fn native(&self, id: &str) -> String {
        format!("{}/{id}", self.product.word)
    }

    /// The id in a native id, `None` when it is none of this table.
    pub(super) fn id_in<'n>(&self, native: &'n str) -> Option<&'n str> {
        native.strip_prefix(self.product.word)?.strip_prefix('/')
    }
}

/// A row of an answer, whichever database gave it.
pub(super) trait Cells {
    /// The cell at a place.
    ///
    /// # Errors
    /// When there is none.
    fn cell(&self, place: usize) -> rusqlite::Result<ValueRef<'_>>;
}

impl Cells for rusqlite::Row<'_> {
    fn cell(&self, place: usize) -> rusqlite::Result<ValueRef<'_>> {
        self.get_ref(place)
    }
}

impl Cells for [Value] {
    fn cell(&self, place: usize) -> rusqlite::Result<ValueRef<'_>> {
        self.get(place).map(cell::reference).ok_or(rusqlite::Error::InvalidColumnIndex(place))
    }
}

/// The texts of a list column: a JSON list, or words with commas.
pub(super) fn list(text: &str) -> Vec<String> {
    if text.trim_start().starts_with('[') || !text.contains(',') {
        return cell::json_list(text);
    }
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_table_writes_them() {
        assert_eq!(Times::Seconds.read(ValueRef::Integer(5)), Some(5000));
        assert_eq!(Times::Seconds.read(ValueRef::Real(5.25)), Some(5250));
        assert_eq!(Times::Milliseconds.read(ValueRef::Integer(5)), Some(5));
        for times in [Times::Seconds, Times::Milliseconds] {
            assert_eq!(times.read(ValueRef::Text(b"1970-01-01 00:00:05")), Some(5000));
            assert_eq!(times.read(ValueRef::Null), None);
            assert_eq!(times.write(5000, &Value::Text(vec![])), Value::Text(b"1970-01-01T00:00:05.000Z".to_vec()));
        }
        assert_eq!(Times::Seconds.write(5250, &Value::Real(0.0)), Value::Real(5.25));
        assert_eq!(Times::Seconds.write(5250, &Value::Null), Value::Integer(5));
        assert_eq!(Times::Milliseconds.write(5250, &Value::Null), Value::Integer(5250));
    }

    #[test]
    fn lists_are_json_or_words_with_commas() {
        assert_eq!(list(r#"["a, b","c"]"#), ["a, b", "c"]);
        assert_eq!(list("a, b ,,c"), ["a", "b", "c"]);
        assert_eq!(list("one"), ["one"]);
        assert!(list("").is_empty());
    }

    #[test]
    fn a_mapping_takes_five_lines_and_names_what_is_missing() {
        let mapping: Mapping =
            toml::from_str("table = 'memories'\nid = 'id'\ncontent = 'content'\nscope = 'area'\ncreated = 'at'")
                .unwrap();
        assert!(mapping.missing(&["id".into(), "content".into()]).unwrap().contains("`area` for `scope`"));
        assert!(mapping.missing(&[]).unwrap().contains("no table"));
        assert!(toml::from_str::<Mapping>("table='m'\nid='i'\ncontent='c'\ntitel='t'").is_err());
    }
}
