//! The condition of a database: one line for each thing that was looked at. Nothing is written.

use rusqlite::{Connection, Result};

use super::{search, shape::Shape};
use crate::store::{
    Finding,
    sqlite::{cell, full_text},
};

/// Looks at everything that can be looked at; `writing` is what stands against that.
pub(super) fn check(conn: &Connection, shape: &Shape, writing: Option<String>) -> Result<Vec<Finding>> {
    let said: String =
        conn.query_row("PRAGMA quick_check(1)", [], |row| Ok(cell::text(row.get_ref(0)?).into_owned()))?;
    Ok(vec![
        Finding {
            what: "file".into(),
            trouble: (said != "ok")
                .then(|| format!("SQLite finds it damaged ({said}); keep a copy and restore a backup")),
        },
        Finding { what: "full-text index".into(), trouble: index(conn, shape)? },
        Finding { what: "vectors".into(), trouble: vectors(conn, shape)? },
        Finding { what: "writing".into(), trouble: writing },
    ])
}

fn index(conn: &Connection, shape: &Shape) -> Result<Option<String>> {
    let Some(fts) = &shape.full_text else {
        return Ok(Some("there is none; searching looks through every row".to_owned()));
    };
    match search::works(conn, shape).and_then(|()| search::drift(conn, fts)) {
        Ok((0, 0)) => Ok(None),
        Ok((missing, gone)) => Ok(Some(format!(
            "it lacks {missing} memories and has {gone} that are gone, as happens when the product purges and stores \
             again; memtui finds all of them, the product does not; rebuild it with `{}`",
            search::REBUILD
        ))),
        Err(error) if full_text::is_unusable(&error) => {
            Ok(Some(format!("it cannot be used ({error}); stop the product and rebuild it with `{}`", search::REBUILD)))
        }
        Err(error) => Err(error),
    }
}

fn vectors(conn: &Connection, shape: &Shape) -> Result<Option<String>> {
    if let Err(reason) = &shape.vectors {
        return Ok(Some(format!(
            "{reason}, so that vectors are neither journalled nor deleted: a pruned memory keeps its own, and a new \
             version has none until the product makes one"
        )));
    }
    let deleted = if shape.memories.has("deleted_at") { "m.deleted_at IS NULL" } else { "TRUE" };
    let pending = if shape.memories.has("embedding_pending") { "m.embedding_pending = 0" } else { "TRUE" };
    let sql = format!(
        "SELECT (SELECT count(*) FROM memories AS m WHERE {deleted} AND {pending}
                AND NOT EXISTS (SELECT 1 FROM memory_embeddings_rowids AS v WHERE v.rowid = m.id)),
            (SELECT count(*) FROM memory_embeddings_rowids AS v
                WHERE NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.id = v.rowid AND {deleted}))"
    );
    let (without, orphans): (i64, i64) = conn.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((without + orphans > 0).then(|| {
        format!(
            "{without} memories have none, so that the product's search by meaning does not find them, and {orphans} \
             belong to no memory; the product's maintenance scripts make and remove them"
        )
    }))
}
