//! One pass over the columns that the catalogue needs, in chunks so that no read transaction lasts.

use std::ops::ControlFlow;

use rusqlite::{Connection, Result};

use super::{
    line::Line,
    list,
    shape::Shape,
    standing::{self, Open},
};
use crate::{
    memory::Handle,
    store::{Origin, ScanOf, Scanned, sqlite::cell},
};

/// Rows read in one go: a few tens of milliseconds at most, after which the write-ahead log may be reset.
const CHUNK: i64 = 4096;
/// Bytes of the text that are handed on; judging more of one text than this changes no signal worth its time.
const TEXT_BYTES: usize = 16 * 1024;

type Visit<'v> = &'v mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>;

/// Visits memories in the order of the file. The visitor may stop the scan.
pub(super) fn scan(conn: &Connection, shape: &Shape, of: &ScanOf<'_>, visit: Visit<'_>) -> Result<()> {
    match of {
        ScanOf::All => all(conn, shape, visit),
        ScanOf::These(handles) => {
            let mut sorted = handles.to_vec();
            sorted.sort_unstable();
            for handle in sorted {
                if let Some(line) = list::line_of(conn, shape, handle, None)?
                    && one(conn, shape, &Open::Each, handle, &line, visit)?.is_break()
                {
                    break;
                }
            }
            Ok(())
        }
    }
}

fn all(conn: &Connection, shape: &Shape, visit: Visit<'_>) -> Result<()> {
    let open = Open::all(conn, shape)?;
    let sql = format!("{} WHERE m.id > ?1 AND {} ORDER BY m.id LIMIT {CHUNK}", Line::sql(shape, None), shape.listed());
    let mut last = i64::MIN;
    loop {
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query([last])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            let line = Line::read(row)?;
            last = line.row;
            seen += 1;
            let handle = list::named(conn, shape, line.row, line.follows)?;
            if one(conn, shape, &open, handle, &line, visit)?.is_break() {
                return Ok(());
            }
        }
        if seen < CHUNK {
            return Ok(());
        }
    }
}

fn one(
    conn: &Connection,
    shape: &Shape,
    open: &Open,
    handle: Handle,
    line: &Line,
    visit: Visit<'_>,
) -> Result<ControlFlow<()>> {
    // The title is the beginning of the content: what follows it is the rest, or every text would be judged twice.
    let title = list::title(line);
    let rest = line.content.split_once(title).map_or("", |(_, rest)| rest);
    Ok(visit(&Scanned {
        handle,
        created: line.created,
        project: line.project(),
        agent: line.agent(),
        session: line.meta.session(),
        kind: line.kind(),
        title,
        texts: &[cell::cut(rest, TEXT_BYTES)],
        tags: &line.tags.iter().map(String::as_str).collect::<Vec<_>>(),
        files: &[],
        bytes: line.bytes,
        cost: 0,
        stated: line.stated(),
        injected: standing::hidden(conn, shape, line)?.is_none(),
        told: standing::told(conn, shape, open, line)?,
        recalls: None,
        origin: match line.meta.source() {
            "user" => Origin::Person,
            "" if line.agent().is_empty() && line.meta.session().is_empty() => Origin::Unknown,
            _ => Origin::Agent,
        },
        version: line.version,
    }))
}
