//! The database as it is: which columns, vectors and indexes this version of the product has.

use rusqlite::{Connection, Result};

use super::vectors::Vectors;
use crate::store::sqlite::table::{self, Table};

/// Columns without which a table `memories` is not the product's.
const NEEDED: [&str; 7] = ["id", "content_hash", "content", "tags", "memory_type", "metadata", "created_at_iso"];

/// A database of the product.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) memories: Table,
    /// The relations between memories; no columns where the version has none.
    pub(super) graph: Table,
    /// The vectors, or why they cannot be read.
    pub(super) vectors: std::result::Result<Vectors, String>,
    /// The full-text table over the contents.
    pub(super) full_text: Option<String>,
    /// What stands against writing: schema objects whose effects nobody here knows.
    pub(super) unknown: Vec<String>,
    /// What the product says of its own schema.
    pub(super) version: Option<String>,
    /// The database's own counter of schema changes, at the time of reading.
    pub(super) cookie: i64,
}

impl Shape {
    /// Reads the schema; `None` when the database is not the product's.
    pub(super) fn read(conn: &Connection) -> Result<Option<Self>> {
        let cookie = conn.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
        let memories = Table::read(conn, "memories")?;
        if !NEEDED.iter().all(|column| memories.has(column)) || memories.row_id.as_deref() != Some("id") {
            return Ok(None);
        }
        let full_text = table::full_text_of(conn, "memories")?;
        let watched = ["memories", "memory_graph"];
        let mut unknown = table::strange_triggers(conn, &watched, full_text.as_deref())?;
        unknown.extend(table::children(conn, &memories)?.1);
        if !memories.has("deleted_at") {
            unknown.push("memories cannot be marked as deleted in this version".to_owned());
        }
        let asked = "SELECT value FROM metadata WHERE key = 'schema_version'";
        let version = conn.query_row(asked, [], |row| row.get(0)).ok();
        let (graph, vectors) = (Table::read(conn, "memory_graph")?, Vectors::read(conn)?);
        Ok(Some(Self { memories, graph, vectors, full_text, unknown, version, cookie }))
    }

    /// Whether memories have versions that name each other.
    pub(super) fn has_versions(&self) -> bool {
        ["parent_id", "version", "superseded_by"].iter().all(|column| self.memories.has(column))
    }

    /// A column of `m` for SQL, `NULL` where this version has none.
    pub(super) fn column(&self, name: &str) -> String {
        if self.memories.has(name) { format!("m.{name}") } else { "NULL".to_owned() }
    }

    /// SQL for the hash of the memory that has taken the place of the one in `alias`. Versions 10 write it into the
    /// JSON only, later ones into the column, too.
    pub(super) fn superseded(&self, alias: &str) -> String {
        let json =
            format!("iif(json_valid({alias}.metadata), json_extract({alias}.metadata, '$.superseded_by'), NULL)");
        if self.memories.has("superseded_by") {
            format!("coalesce(nullif({alias}.superseded_by, ''), {json})")
        } else {
            json
        }
    }

    /// SQL for whether the row in `m` is there for a person: in use, or deleted by the product. A row that memtui pruned
    /// was deleted at a whole second; the product writes fractions.
    pub(super) fn present(&self) -> String {
        if self.memories.has("deleted_at") {
            "(m.deleted_at IS NULL OR m.deleted_at <> CAST(m.deleted_at AS INTEGER))".to_owned()
        } else {
            "TRUE".to_owned()
        }
    }

    /// SQL for whether the row in `m` is a memory of the list: there, and no older version of another one.
    pub(super) fn listed(&self) -> String {
        if !self.has_versions() {
            return self.present();
        }
        format!(
            "{} AND NOT EXISTS (SELECT 1 FROM memories AS w WHERE w.content_hash = {} AND w.parent_id = m.content_hash)",
            self.present(),
            self.superseded("m")
        )
    }
}
