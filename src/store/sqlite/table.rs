//! One table as the database describes it: columns, unique indexes, what leaves with its rows, what its triggers touch.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;
use rusqlite::{
    Connection, OptionalExtension as _, Result, Row, params_from_iter,
    types::{ToSqlOutput, Value as Sql},
};

use super::cell;
use crate::memory::{Record, Value};

/// A table of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Columns that hold data, in the table's order; computed ones are left out.
    pub columns: Vec<String>,
    /// `SELECT` of all columns, without a condition: made once, because a bulk act reads every row by it.
    pub select: String,
    /// For each column: the SQL of its default, if it has one.
    pub defaults: Vec<Option<String>>,
    /// The column that is another name of the row id, if there is one.
    pub row_id: Option<String>,
    /// Columns with which an index over the whole table begins.
    pub indexed: BTreeSet<String>,
    /// Columns of every unique index, the row id not among them.
    pub unique: Vec<Vec<String>>,
}

/// A table whose rows leave with the rows of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The table.
    pub table: Table,
    /// Its column that names the parent.
    pub column: String,
    /// The column of the parent that it holds.
    pub to: String,
}

impl Table {
    /// Reads the description of a table; no columns when there is none of that name.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn read(conn: &Connection, name: &str) -> Result<Self> {
        let mut table = Self { name: name.to_owned(), ..Self::default() };
        let mut statement = conn
            .prepare("SELECT name, dflt_value, pk, type FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?;
        let mut rows = statement.query([name])?;
        let mut key = Vec::new();
        while let Some(row) = rows.next()? {
            let column = string(row, 0)?;
            if row.get::<_, i64>(2)? > 0 {
                key.push((column.clone(), string(row, 3)?));
            }
            table.columns.push(column);
            table.defaults.push(cell::some_text(row.get_ref(1)?));
        }
        // The rule of https://sqlite.org/lang_createtable.html#rowid: a sole key of exactly this type.
        if let [(column, kind)] = key.as_slice()
            && kind.eq_ignore_ascii_case("INTEGER")
        {
            table.row_id = Some(column.clone());
        }
        table.select = select(name, &table.columns);
        table.read_indexes(conn)?;
        Ok(table)
    }

    fn read_indexes(&mut self, conn: &Connection) -> Result<()> {
        let mut statement = conn.prepare(
            "SELECT i.name, i.\"unique\", i.partial, c.seqno, c.name FROM pragma_index_list(?1) AS i,
                pragma_index_info(i.name) AS c ORDER BY i.seq, c.seqno",
        )?;
        let mut rows = statement.query([&self.name])?;
        let mut last = String::new();
        while let Some(row) = rows.next()? {
            let (index, unique, partial): (String, bool, bool) = (string(row, 0)?, row.get(1)?, row.get(2)?);
            let (place, column): (i64, Option<String>) = (row.get(3)?, cell::some_text(row.get_ref(4)?));
            if place == 0 && !partial {
                self.indexed.extend(column.clone());
            }
            if !unique {
                continue;
            }
            if index != last {
                self.unique.push(Vec::new());
                last = index;
            }
            if let (Some(column), Some(columns)) = (column, self.unique.last_mut()) {
                columns.push(column);
            }
        }
        Ok(())
    }

    /// Whether the column exists.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// The record of a row that [`Table::select`] found.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn record(&self, row: &Row<'_>) -> Result<Record> {
        record(&self.name, &self.columns, row)
    }

    /// What a column holds when an insert does not name it.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn default_of(&self, conn: &Connection, column: &str) -> Result<Value> {
        let default = self.columns.iter().position(|name| name == column).and_then(|place| self.defaults.get(place));
        value_of(conn, default.and_then(Option::as_deref))
    }
}

/// The record of a row with these columns.
///
/// # Errors
/// What `SQLite` says.
pub fn record(table: &str, columns: &[String], row: &Row<'_>) -> Result<Record> {
    let mut cells = Vec::with_capacity(columns.len());
    for (place, name) in columns.iter().enumerate() {
        cells.push((name.clone(), cell::value(row.get_ref(place)?)));
    }
    Ok(Record { table: table.to_owned(), columns: cells })
}

/// What the SQL of a default makes; without one NULL.
///
/// # Errors
/// What `SQLite` says.
pub fn value_of(conn: &Connection, default: Option<&str>) -> Result<Value> {
    let Some(sql) = default else { return Ok(Value::Null) };
    let value: Sql = conn.query_row(&format!("SELECT ({sql})"), [], |row| row.get(0))?;
    Ok(match value {
        Sql::Null => Value::Null,
        Sql::Integer(number) => Value::Integer(number),
        Sql::Real(number) => Value::Real(number),
        Sql::Text(text) => Value::Text(text.into_bytes()),
        Sql::Blob(bytes) => Value::Blob(bytes),
    })
}

/// Sets the columns of a row that differ, and no other: the rest keeps its bytes.
///
/// # Errors
/// What `SQLite` says.
pub fn update(conn: &Connection, rowid: i64, before: &Record, after: &Record) -> Result<()> {
    let differ: Vec<&(String, Value)> =
        after.columns.iter().filter(|(name, value)| before.get(name) != Some(value)).collect();
    if differ.is_empty() {
        return Ok(());
    }
    let sets: Vec<String> =
        differ.iter().enumerate().map(|(place, (name, _))| format!("{} = ?{}", quote(name), place + 2)).collect();
    let sql = format!("UPDATE {} SET {} WHERE rowid = ?1", quote(&after.table), sets.join(", "));
    let values =
        std::iter::once(ToSqlOutput::from(rowid)).chain(differ.iter().map(|(_, value)| cell::parameter(value)));
    conn.prepare_cached(&sql)?.execute(params_from_iter(values)).map(|_| ())
}

/// Puts a row in.
///
/// # Errors
/// What `SQLite` says.
pub fn insert(conn: &Connection, record: &Record) -> Result<()> {
    let names: Vec<String> = record.columns.iter().map(|(name, _)| quote(name)).collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO {}({}) VALUES ({places})", quote(&record.table), names.join(", "));
    let values = record.columns.iter().map(|(_, value)| cell::parameter(value));
    conn.prepare_cached(&sql)?.execute(params_from_iter(values)).map(|_| ())
}

/// `SELECT` of all columns.
pub fn select(table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quote(name)).collect();
    format!("SELECT {} FROM {}", columns.join(", "), quote(table))
}

/// A name for SQL.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name in the schema: lossy, because even a schema may hold invalid text.
fn string(row: &Row<'_>, column: usize) -> Result<String> {
    Ok(cell::text(row.get_ref(column)?).into_owned())
}

/// Tables whose rows are deleted with a row of this one, and sentences about those whose effects nobody can take back.
///
/// # Errors
/// What `SQLite` says.
pub fn children(conn: &Connection, parent: &Table) -> Result<(Vec<Child>, Vec<String>)> {
    let Table { name: parent, row_id, .. } = parent;
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    let mut statement = conn.prepare(
        "SELECT s.name, k.\"from\", k.on_delete, k.\"to\" FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k
         WHERE s.type = 'table' AND k.\"table\" = ?1 COLLATE NOCASE ORDER BY s.name, k.id",
    )?;
    let keys = statement
        .query_map([parent], |row| Ok((string(row, 0)?, string(row, 1)?, string(row, 2)?, string(row, 3)?)))?
        .collect::<Result<Vec<_>>>()?;
    for (name, column, on_delete, to) in keys {
        if on_delete.eq_ignore_ascii_case("CASCADE") && !name.eq_ignore_ascii_case(parent) {
            let hanging: Option<i64> = conn
                .prepare(
                    "SELECT 1 FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS k
                     WHERE s.type = 'table' AND k.\"table\" = ?1 COLLATE NOCASE LIMIT 1",
                )?
                .query_row([&name], |row| row.get(0))
                .optional()?;
            if hanging.is_some() {
                unknown.push(format!("other tables hang on {name}"));
            }
            // A key that names no column means the primary key.
            let to = if to.is_empty() { row_id.clone().unwrap_or_default() } else { to };
            found.push(Child { table: Table::read(conn, &name)?, column, to });
        } else if !["NO ACTION", "RESTRICT"].iter().any(|known| on_delete.eq_ignore_ascii_case(known)) {
            unknown.push(format!("table {name} changes when a row of {parent} is deleted"));
        }
    }
    Ok((found, unknown))
}

/// The full-text table whose content is this table, if there is one.
///
/// # Errors
/// What `SQLite` says.
pub fn full_text_of(conn: &Connection, table: &str) -> Result<Option<String>> {
    let mut statement =
        conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%USING%fts5%'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sql = string(row, 1)?;
        let content = CONTENT.captures(&sql).and_then(|found| found.get(1));
        if content.is_some_and(|content| content.as_str().eq_ignore_ascii_case(table)) {
            return Ok(Some(string(row, 0)?));
        }
    }
    Ok(None)
}

/// Sentences about triggers on these tables that do anything but keep a full-text table in step.
///
/// # Errors
/// What `SQLite` says.
pub fn strange_triggers(conn: &Connection, tables: &[&str], full_text: Option<&str>) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger'")?;
    let mut rows = statement.query([])?;
    let mut strange = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, on, sql) = (string(row, 0)?, string(row, 1)?, string(row, 2)?);
        if !tables.iter().any(|table| table.eq_ignore_ascii_case(&on)) {
            continue;
        }
        // What stands before the body names the table that is watched, not one that is written.
        let body = BEGIN.splitn(&sql, 2).nth(1).unwrap_or(&sql);
        let tame = TARGET.captures_iter(body).all(|found| {
            let target = found.get(1).map_or("", |name| name.as_str());
            full_text.is_some_and(|known| known.eq_ignore_ascii_case(target))
        });
        if !tame || CALL.is_match(body) {
            strange.push(format!("trigger {name} on {on} changes more than the full-text index"));
        }
    }
    Ok(strange)
}

/// A pattern written in this file: that it compiles is seen by its test.
fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "the patterns are constants, and a test uses each")]
    Regex::new(text).expect("a valid pattern")
}

static CONTENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\bcontent\s*=\s*['"\[`]?([A-Za-z_][A-Za-z0-9_ ]*?)['"\]`]?\s*[,)]"#));
static BEGIN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bBEGIN\b"));
static TARGET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|DELETE\s+FROM|UPDATE(?:\s+OR\s+\w+)?)\s+["'`\[]?([A-Za-z_][A-Za-z0-9_]*)"#,
    )
});
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\bload_extension\s*\("));

#[cfg(test)]
mod tests {
    use super::*;

    fn database(sql: &str) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(sql).unwrap();
        conn
    }

    const NOTES: &str =
        "CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT DEFAULT ('x' || 'y'), at INTEGER, UNIQUE(body, at));
        CREATE INDEX note_at ON note(at);
        CREATE VIRTUAL TABLE note_fts USING fts5(body, content='note', content_rowid='id');
        CREATE TRIGGER note_ai AFTER INSERT ON note BEGIN
            INSERT INTO note_fts(rowid, body) VALUES (new.id, new.body); END;
        CREATE TABLE tag(note INTEGER REFERENCES note(id) ON DELETE CASCADE, word TEXT);";

    #[test]
    fn a_table_is_described() {
        let conn = database(NOTES);
        let table = Table::read(&conn, "note").unwrap();
        assert_eq!(table.columns, ["id", "body", "at"]);
        assert_eq!(table.row_id.as_deref(), Some("id"));
        assert_eq!(table.unique, [["body", "at"]]);
        assert_eq!(table.indexed.iter().collect::<Vec<_>>(), ["at", "body"]);
        assert_eq!(table.default_of(&conn, "body").unwrap(), Value::Text(b"xy".to_vec()));
        assert_eq!(full_text_of(&conn, "note").unwrap().as_deref(), Some("note_fts"));
        assert_eq!(full_text_of(&conn, "tag").unwrap(), None);
        let (children, unknown) = children(&conn, &table).unwrap();
        assert_eq!((children.len(), children[0].column.as_str(), unknown.len()), (1, "note", 0));
        assert!(Table::read(&conn, "nothing").unwrap().columns.is_empty());
    }

    #[test]
    fn triggers_that_do_more_are_named() {
        let conn = database(NOTES);
        assert_eq!(strange_triggers(&conn, &["note"], Some("note_fts")).unwrap(), Vec::<String>::new());
        conn.execute_batch(
            "CREATE TRIGGER spy AFTER DELETE ON note BEGIN DELETE FROM tag; END;
             CREATE TRIGGER call AFTER UPDATE OF at ON note BEGIN SELECT load_extension('x'); END;
             CREATE TRIGGER elsewhere AFTER DELETE ON tag BEGIN DELETE FROM note; END;",
        )
        .unwrap();
        let strange = strange_triggers(&conn, &["note"], Some("note_fts")).unwrap();
        assert_eq!(strange.len(), 2, "{strange:?}");
    }

    #[test]
    fn what_cannot_be_taken_back_is_named() {
        let conn = database(NOTES);
        conn.execute_batch(
            "CREATE TABLE mark(n INTEGER REFERENCES note(id) ON DELETE SET NULL);
             CREATE TABLE leaf(t INTEGER REFERENCES tag(note));",
        )
        .unwrap();
        let table = Table::read(&conn, "note").unwrap();
        assert_eq!(children(&conn, &table).unwrap().1.len(), 2);
    }
}
