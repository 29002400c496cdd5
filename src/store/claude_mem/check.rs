//! The condition of a database: one line for each thing that was looked at. Nothing is written.

use rusqlite::Connection;

use super::{Place, reader::ClaudeMemReader, search_works, shape::Kind, worker, writer};
use crate::store::{
    Finding, Problem, Result,
    sqlite::{cell, file, problem::from_sqlite},
};

/// Bytes up to which the whole file is checked: a second per few hundred megabytes.
const WHOLE: u64 = 1 << 30;
/// Bytes of a write-ahead log that say that nobody moves it into the database any more.
const LARGE_LOG: u64 = 64 << 20;
/// How many of the newest observations have their lists looked at.
const SAMPLE: i64 = 5000;

/// Looks at everything that can be looked at.
pub(super) fn check(reader: &ClaudeMemReader, place: &Place) -> Result<Vec<Finding>> {
    let (conn, shape) = (reader.conn(), reader.shape());
    let wrap = |error: rusqlite::Error| from_sqlite(&place.path, &error);
    let mut findings = vec![file_condition(conn, place)?];
    for kind in Kind::ALL {
        let trouble = match shape.table(kind) {
            None => Some(format!("table {} is missing; that kind of memory is not shown", kind.table())),
            Some(table) if !table.full_text => Some("there is none; searching looks through every row".to_owned()),
            Some(_) => match search_works(conn, kind) {
                Ok(()) => None,
                Err(error) => match from_sqlite(&place.path, &error) {
                    busy @ (Problem::Busy(_) | Problem::Cancelled) => return Err(busy),
                    _ => Some(format!(
                        "it cannot be used ({error}); stop claude-mem's worker and rebuild it, searching looks \
                         through every row until then"
                    )),
                },
            },
        };
        findings.push(Finding { what: format!("full-text index of {}", kind.table()), trouble });
    }
    findings.push(Finding {
        what: "triggers and tables".into(),
        trouble: (!shape.unknown.is_empty()).then(|| format!("{}; the store is read-only", shape.unknown.join("; "))),
    });
    let log = file::size(&file::companion(&place.path, "-wal"));
    findings.push(Finding {
        what: "write-ahead log".into(),
        trouble: (log > LARGE_LOG).then(|| {
            format!(
                "it has {} MB, so some reader keeps it from being reset; close old programs that use the file",
                log >> 20
            )
        }),
    });
    let danger = match file::look(&place.path)? {
        file::Place::File(id) => worker::danger(place, id),
        file::Place::Directory => None,
    };
    findings.push(Finding { what: "claude-mem's worker".into(), trouble: danger });
    let broken = broken_concepts(conn).map_err(wrap)?;
    findings.push(Finding {
        what: format!("lists of the newest {SAMPLE} observations"),
        trouble: broken.first().map(|first| {
            format!(
                "{} have concepts that are no JSON (observation/{first} is one), and one such row stops claude-mem's \
                 injection for its whole project; edit their tags or prune them",
                broken.len()
            )
        }),
    });
    findings.push(Finding { what: "writing".into(), trouble: writer::objection(conn, shape) });
    Ok(findings)
}

fn file_condition(conn: &Connection, place: &Place) -> Result<Finding> {
    let size = file::size(&place.path);
    if size > WHOLE {
        let trouble =
            Some(format!("not checked, because it has {} MB; run `sqlite3 FILE 'PRAGMA quick_check'`", size >> 20));
        return Ok(Finding { what: "file".into(), trouble });
    }
    let said: rusqlite::Result<Vec<String>> = (|| {
        let mut statement = conn.prepare("PRAGMA quick_check(3)")?;
        statement.query_map([], |row| Ok(cell::text(row.get_ref(0)?).into_owned()))?.collect()
    })();
    let trouble = match said {
        Ok(lines) if lines == ["ok"] => None,
        Ok(lines) => Some(format!("SQLite finds it damaged ({}); keep a copy and restore a backup", lines.join("; "))),
        Err(error) => match from_sqlite(&place.path, &error) {
            problem @ (Problem::Busy(_) | Problem::Cancelled) => return Err(problem),
            problem => Some(problem.to_string()),
        },
    };
    Ok(Finding { what: "file".into(), trouble })
}

fn broken_concepts(conn: &Connection) -> rusqlite::Result<Vec<i64>> {
    let sql = format!(
        "SELECT id FROM (SELECT rowid AS id, concepts FROM observations ORDER BY rowid DESC LIMIT {SAMPLE})
         WHERE concepts IS NOT NULL AND NOT (json_valid(concepts) AND json_type(iif(json_valid(concepts), concepts, '0')) = 'array')"
    );
    match conn.prepare(&sql) {
        Ok(mut statement) => statement.query_map([], |row| row.get(0))?.collect(),
        // No such column in this version.
        Err(_) => Ok(Vec::new()),
    }
}
