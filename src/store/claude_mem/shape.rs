//! The schema of a claude-mem database by what is there. Its version numbers have gaps and lie; columns do not.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, Row, Transaction};

use crate::{
    memory::Handle,
    store::sqlite::{
        cell,
        table::{quote, select},
    },
};

/// The three tables that hold memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `observations`.
    Observation,
    /// `session_summaries`.
    Summary,
    /// `user_prompts`.
    Prompt,
}

/// Row ids keep this many bits of a handle, the table the bits above.
const ROWID_BITS: u32 = 61;

impl Kind {
    /// All of them, in the order of their handles.
    pub(super) const ALL: [Self; 3] = [Self::Observation, Self::Summary, Self::Prompt];

    /// The word in native ids, which is also claude-mem's own in its HTTP routes and sync tables.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Observation => "observation",
            Self::Summary => "summary",
            Self::Prompt => "prompt",
        }
    }

    /// The table.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Observation => "observations",
            Self::Summary => "session_summaries",
            Self::Prompt => "user_prompts",
        }
    }

    /// The handle of a row. Row ids beyond ±2⁶⁰, which the product never makes, are not representable.
    pub(super) const fn handle(self, rowid: i64) -> Handle {
        Handle(((self as i64) << ROWID_BITS) | (rowid & ((1 << ROWID_BITS) - 1)))
    }

    /// The table and row id of a handle.
    pub(super) const fn of(handle: Handle) -> Option<(Self, i64)> {
        let rowid = (handle.0 << (64 - ROWID_BITS)) >> (64 - ROWID_BITS);
        match handle.0 >> ROWID_BITS {
            0 => Some((Self::Observation, rowid)),
            1 => Some((Self::Summary, rowid)),
            2 => Some((Self::Prompt, rowid)),
            _ => None,
        }
    }

    /// The handle of a native id, `observation/181`.
    pub(super) fn parse(native: &str) -> Option<Handle> {
        let (word, id) = native.split_once('/')?;
        let kind = Self::ALL.into_iter().find(|kind| kind.word() == word)?;
        let rowid: i64 = id.parse().ok()?;
        let handle = kind.handle(rowid);
        (kind.native(rowid) == native && Self::of(handle) == Some((kind, rowid))).then_some(handle)
    }

    /// The native id of a row.
    pub(super) fn native(self, rowid: i64) -> String {
        format!("{}/{rowid}", self.word())
    }
}

/// One table as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Columns that hold data, in the table's order; computed ones are left out.
    pub(super) columns: Vec<String>,
    /// `SELECT` of all columns, without a condition: made once, because a bulk act reads every row by it.
    pub(super) select: String,
    /// For each column: the SQL of its default, if it has one.
    pub(super) defaults: Vec<Option<String>>,
    /// Whether an index begins with the time of capture.
    pub(super) by_time: bool,
    /// Every whole unique index.
    pub(super) unique: Vec<Unique>,
    /// Whether its full-text table exists.
    pub(super) full_text: bool,
}

/// A unique index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unique {
    /// Its columns, the row id not among them.
    pub(super) columns: Vec<String>,
    /// `SELECT` of the row with these values (from the second parameter on) that is not the one of the first parameter:
    /// made once, because every row that is put back is looked for by it.
    pub(super) other: String,
}

impl Unique {
    /// Makes the statement when the columns are known.
    fn finish(&mut self, table: &str) {
        let conditions: Vec<String> =
            self.columns.iter().enumerate().map(|(place, name)| format!("{} = ?{}", quote(name), place + 2)).collect();
        self.other = format!("SELECT rowid FROM {table} WHERE {} AND rowid <> ?1", conditions.join(" AND "));
    }
}

impl Table {
    /// Whether the column exists.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// The column for SQL, `NULL` when there is none of that name.
    pub(super) fn column(&self, alias: &str, column: &str) -> String {
        if self.has(column) { format!("{alias}.\"{column}\"") } else { "NULL".into() }
    }

    /// The first of these columns that exists.
    pub(super) fn first<'a>(&self, names: [&'a str; 2]) -> Option<&'a str> {
        names.into_iter().find(|name| self.has(name))
    }
}

/// A table whose rows leave with the rows of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Child {
    /// The table.
    pub(super) table: String,
    /// Its column that names the parent.
    pub(super) column: String,
    /// Its own columns.
    pub(super) columns: Vec<String>,
}

/// The whole schema as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    tables: [Option<Table>; 3],
    /// `sdk_sessions`.
    pub(super) sessions: Table,
    /// `tool_uses`, where the version has it.
    pub(super) tool_uses: Option<Table>,
    /// For each kind: tables whose rows are deleted with a memory.
    pub(super) children: [Vec<Child>; 3],
    /// Whether `sync_entity_heads` is there.
    pub(super) heads: bool,
    /// What stands against writing: schema objects whose effects nobody here knows.
    pub(super) unknown: Vec<String>,
    /// The largest number in `schema_versions`, for people to read.
    pub(super) version: Option<i64>,
    /// The database's own counter of schema changes, at the time of reading.
    pub(super) cookie: i64,
}

impl Shape {
    /// Reads the schema. `None` when the tables that make a claude-mem database are not all there.
    pub(super) fn read(conn: &Connection) -> Result<Option<Self>> {
        let _look = one_look(conn)?;
        let cookie = cookie(conn)?;
        let tables = names(conn, "table")?;
        if !["schema_versions", "sdk_sessions", "observations"].iter().all(|name| tables.contains(*name)) {
            return Ok(None);
        }
        let mut shape = Self { cookie, heads: tables.contains("sync_entity_heads"), ..Self::default() };
        shape.sessions = table(conn, "sdk_sessions", &tables)?;
        for (slot, kind) in shape.tables.iter_mut().zip(Kind::ALL) {
            if tables.contains(kind.table()) {
                *slot = Some(table(conn, kind.table(), &tables)?);
            }
        }
        if tables.contains("tool_uses") {
            shape.tool_uses = Some(table(conn, "tool_uses", &tables)?);
        }
        shape.version =
            conn.query_row("SELECT max(version) FROM schema_versions", [], |row| row.get(0)).unwrap_or(None);
        shape.find_children(conn, &tables)?;
        shape.find_triggers(conn)?;
        Ok(Some(shape))
    }

    /// The table of a kind, if there is one.
    pub(super) fn table(&self, kind: Kind) -> Option<&Table> {
        self.tables.get(kind as usize).and_then(Option::as_ref)
    }

    /// Tables whose rows are deleted with a memory of this kind.
    pub(super) fn children(&self, kind: Kind) -> &[Child] {
        self.children.get(kind as usize).map_or(&[], Vec::as_slice)
    }

    /// The column of a kind's table that holds claude-mem's session id; prompts have the agent's instead.
    pub(super) fn session_column(&self, kind: Kind) -> Option<&'static str> {
        let table = self.table(kind)?;
        match kind {
            Kind::Observation | Kind::Summary => table.first(["memory_session_id", "sdk_session_id"]),
            Kind::Prompt => table.first(["content_session_id", "claude_session_id"]),
        }
    }

    /// The column of `sdk_sessions` with claude-mem's session id.
    pub(super) fn memory_session(&self) -> Option<&'static str> {
        self.sessions.first(["memory_session_id", "sdk_session_id"])
    }

    /// The column of `sdk_sessions` with the agent's session id.
    pub(super) fn content_session(&self) -> Option<&'static str> {
        self.sessions.first(["content_session_id", "claude_session_id"])
    }

    fn find_children(&mut self, conn: &Connection, tables: &BTreeSet<String>) -> Result<()> {
        let mut keys = conn.prepare(
            "SELECT s.name, k.\"table\", k.\"from\", k.on_delete
             FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k WHERE s.type = 'table'",
        )?;
        let mut keys = keys
            .query_map([], |row| Ok((string(row, 0)?, string(row, 1)?, string(row, 2)?, string(row, 3)?)))?
            .collect::<Result<Vec<_>>>()?;
        keys.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        for (name, parent, column, on_delete) in keys {
            let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.table().eq_ignore_ascii_case(&parent)) else {
                continue;
            };
            if on_delete.eq_ignore_ascii_case("CASCADE") {
                let columns = table(conn, &name, tables)?.columns;
                if let Some(list) = self.children.get_mut(kind as usize) {
                    list.push(Child { table: name, column, columns });
                }
            } else if !["NO ACTION", "RESTRICT"].iter().any(|known| on_delete.eq_ignore_ascii_case(known)) {
                self.unknown.push(format!("table {name} changes when a row of {parent} is deleted"));
            }
        }
        for child in self.children.iter().flatten() {
            let grandchildren: i64 = conn.query_row(
                "SELECT count(*) FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k
                 WHERE s.type = 'table' AND k.\"table\" = ?1 COLLATE NOCASE",
                [&child.table],
                |row| row.get(0),
            )?;
            if grandchildren > 0 {
                self.unknown.push(format!("other tables hang on {}", child.table));
            }
        }
        Ok(())
    }

    fn find_triggers(&mut self, conn: &Connection) -> Result<()> {
        let mut found = BTreeSet::new();
        let mut triggers = conn.prepare("SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'")?;
        let triggers =
            triggers.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(String, String)>>>()?;
        for (name, on) in triggers {
            let watched = Kind::ALL.iter().any(|kind| kind.table().eq_ignore_ascii_case(&on))
                || on.eq_ignore_ascii_case("sdk_sessions")
                || self.children.iter().flatten().any(|child| child.table.eq_ignore_ascii_case(&on));
            if !watched {
                continue;
            }
            let known = ["_ai", "_ad", "_au"].iter().any(|ending| name == format!("{on}{ending}"));
            if known {
                found.insert(name);
            } else {
                self.unknown.push(format!("trigger {name} on {on} is not one that memtui knows"));
            }
        }
        for kind in Kind::ALL {
            let Some(full_text) = self.table(kind).map(|table| table.full_text) else { continue };
            for ending in ["_ai", "_ad", "_au"] {
                let name = format!("{}{ending}", kind.table());
                match (full_text, found.contains(&name)) {
                    (true, false) => self
                        .unknown
                        .push(format!("trigger {name} is missing, so a write would leave the full-text index wrong")),
                    (false, true) => {
                        self.unknown.push(format!("trigger {name} writes to a full-text index that is gone"));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// The database's own counter of schema changes.
pub(super) fn cookie(conn: &Connection) -> Result<i64> {
    conn.prepare_cached("PRAGMA schema_version")?.query_row([], |row| row.get(0))
}

/// Until this is dropped, all statements see the database at one moment, and its locks are taken once for all of them.
/// `None` where a transaction is open already.
pub(super) fn one_look(conn: &Connection) -> Result<Option<Transaction<'_>>> {
    conn.is_autocommit().then(|| conn.unchecked_transaction()).transpose()
}

/// A name in the schema: lossy, because even a schema may hold invalid text.
fn string(row: &Row<'_>, column: usize) -> Result<String> {
    Ok(cell::text(row.get_ref(column)?).into_owned())
}

fn names(conn: &Connection, kind: &str) -> Result<BTreeSet<String>> {
    // A view or an FTS shadow table of these names would not be claude-mem's.
    let mut found = conn.prepare("SELECT name FROM sqlite_schema WHERE type = ?1")?;
    found.query_map([kind], |row| string(row, 0))?.collect()
}

fn table(conn: &Connection, name: &str, tables: &BTreeSet<String>) -> Result<Table> {
    let mut shape = Table { full_text: tables.contains(&format!("{name}_fts")), ..Table::default() };
    let mut columns =
        conn.prepare_cached("SELECT name, dflt_value FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?;
    let mut rows = columns.query([name])?;
    while let Some(row) = rows.next()? {
        shape.columns.push(string(row, 0)?);
        shape.defaults.push(cell::some_text(row.get_ref(1)?));
    }
    shape.select = select(name, &shape.columns);
    let mut indexes = conn.prepare_cached(
        "SELECT i.name, i.\"unique\", i.partial, c.seqno, c.name FROM pragma_index_list(?1) AS i,
            pragma_index_info(i.name) AS c ORDER BY i.seq, c.seqno",
    )?;
    let mut rows = indexes.query([name])?;
    let mut last = String::new();
    while let Some(row) = rows.next()? {
        let (index, unique, partial): (String, bool, bool) = (string(row, 0)?, row.get(1)?, row.get(2)?);
        let (place, column): (i64, Option<String>) = (row.get(3)?, cell::some_text(row.get_ref(4)?));
        shape.by_time |= place == 0 && !partial && column.as_deref() == Some("created_at_epoch");
        // A partial index of this product only leaves out NULLs, which never clash anyway.
        if !unique {
            continue;
        }
        if index != last {
            shape.unique.push(Unique::default());
            last = index;
        }
        if let (Some(column), Some(unique)) = (column, shape.unique.last_mut()) {
            unique.columns.push(column);
        }
    }
    shape.unique.iter_mut().for_each(|unique| unique.finish(name));
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::claude_mem::schema;

    #[test]
    fn handles_and_native_ids_mean_each_other() {
        for kind in Kind::ALL {
            for rowid in [0, 1, -1, 181, (1 << 60) - 1, -(1 << 60)] {
                assert_eq!(Kind::of(kind.handle(rowid)), Some((kind, rowid)));
                assert_eq!(Kind::parse(&kind.native(rowid)), Some(kind.handle(rowid)));
            }
        }
        for bad in
            ["observation/", "observation/+1", "observation/01", "tool/1", "observation", "prompt/1152921504606846976"]
        {
            assert_eq!(Kind::parse(bad), None, "{bad}");
        }
        assert!(Kind::Prompt.handle(1) > Kind::Observation.handle((1 << 60) - 1));
    }

    #[test]
    fn every_version_is_recognised_by_what_is_there() {
        type Make = fn(&Connection) -> Result<()>;
        let shapes: [(Make, i64, &str); 4] = [
            (schema::create, 49, "memory_session_id"),
            (schema::create_v10, 10, "sdk_session_id"),
            (schema::create_v23, 23, "memory_session_id"),
            (schema::create_future, 900, "memory_session_id"),
        ];
        for (make, version, session) in shapes {
            let conn = Connection::open_in_memory().unwrap();
            make(&conn).unwrap();
            let shape = Shape::read(&conn).unwrap().unwrap();
            assert_eq!(shape.version, Some(version));
            assert_eq!(shape.session_column(Kind::Observation), Some(session));
            assert_eq!(shape.unknown, Vec::<String>::new());
            assert!(
                Kind::ALL.iter().all(|kind| shape.table(*kind).is_some_and(|table| table.full_text && table.by_time))
            );
        }
        assert_eq!(Shape::read(&Connection::open_in_memory().unwrap()).unwrap(), None);
    }

    #[test]
    fn what_would_have_effects_nobody_knows_is_named() {
        let conn = Connection::open_in_memory().unwrap();
        schema::create(&conn).unwrap();
        conn.execute_batch(
            "DROP TRIGGER observations_ad;
             CREATE TRIGGER spy AFTER DELETE ON user_prompts BEGIN SELECT 1; END;
             CREATE TABLE feedback(id INTEGER PRIMARY KEY,
                observation_id INTEGER REFERENCES observations(id) ON DELETE CASCADE);
             CREATE TABLE mark(o INTEGER REFERENCES observations(id) ON DELETE SET NULL);",
        )
        .unwrap();
        let shape = Shape::read(&conn).unwrap().unwrap();
        assert_eq!(shape.unknown.len(), 3, "{:?}", shape.unknown);
        assert_eq!(shape.children(Kind::Observation).len(), 1);
    }
}
