//! The table as it is, together with its mapping: what the SQL of the other files is made from.

use rusqlite::{Connection, Result};

use super::mapping::{Mapping, Meaning, Product};
use crate::store::sqlite::table::{self, Child, Table};

/// A mapped table.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) meaning: Meaning,
    pub(super) table: Table,
    /// Tables whose rows are deleted with a memory.
    pub(super) children: Vec<Child>,
    /// The full-text table over this one.
    pub(super) full_text: Option<String>,
    /// What stands against writing: schema objects whose effects nobody here knows.
    pub(super) unknown: Vec<String>,
    /// The database's own counter of schema changes, at the time of reading.
    pub(super) cookie: i64,
}

impl Shape {
    /// Reads the schema; the reason when the mapping does not fit it.
    pub(super) fn read(
        conn: &Connection,
        mapping: &Mapping,
        product: Product,
    ) -> Result<std::result::Result<Self, String>> {
        let cookie = conn.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
        let own = Table::read(conn, &mapping.table)?;
        if let Some(reason) = mapping.missing(&own.columns) {
            return Ok(Err(reason));
        }
        if conn.prepare(&format!("SELECT rowid FROM {} LIMIT 0", table::quote(&mapping.table))).is_err() {
            return Ok(Err(format!("table `{}` has no row ids; memtui needs them to name memories", mapping.table)));
        }
        let full_text = table::full_text_of(conn, &mapping.table)?;
        let (children, mut unknown) = table::children(conn, &own)?;
        let mut watched = vec![mapping.table.as_str()];
        watched.extend(children.iter().map(|child| child.table.name.as_str()));
        unknown.extend(table::strange_triggers(conn, &watched, full_text.as_deref())?);
        let meaning = Meaning { mapping: mapping.clone(), product };
        let shape = Self { meaning, table: own, children, full_text, unknown, cookie };
        Ok(Ok(shape))
    }

    /// Whether the id column is the row id itself.
    pub(super) fn id_is_row(&self) -> bool {
        self.table.row_id.as_deref() == Some(self.mapping.id.as_str())
    }

    /// Whether an index begins with the time of capture.
    pub(super) fn by_time(&self) -> bool {
        self.mapping.created.as_ref().is_some_and(|column| self.table.indexed.contains(column))
    }

    /// The table, quoted.
    pub(super) fn from(&self) -> String {
        table::quote(&self.mapping.table)
    }
}

impl std::ops::Deref for Shape {
    type Target = Meaning;

    fn deref(&self) -> &Meaning {
        &self.meaning
    }
}
