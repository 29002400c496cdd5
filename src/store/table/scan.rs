//! One pass over the columns that the catalogue needs, in chunks so that no read transaction lasts.

use std::ops::ControlFlow;

use rusqlite::Connection;

use super::{
    list,
    mapping::{self, Cells, Mapping, Meaning},
    shape::Shape,
};
use crate::{
    memory::{Signal, Signals, State},
    store::{
        Origin, ScanOf, Scanned,
        sqlite::{cell, table, writing::now},
    },
};

/// Rows read in one go: a few tens of milliseconds at most, after which the write-ahead log may be reset.
const CHUNK: i64 = 4096;
/// Bytes of the text that are handed on; judging more of one text than this changes no signal worth its time.
const TEXT_BYTES: usize = 16 * 1024;

/// Where the columns of [`Mapping::seen`] begin in a row.
pub(super) const SEEN: usize = 16;

/// Whoever looks at every memory.
pub(super) type Visit<'v> = &'v mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>;

/// Visits memories in the order of the file. The visitor may stop the scan.
pub(super) fn scan(conn: &Connection, shape: &Shape, of: &ScanOf<'_>, visit: Visit<'_>) -> rusqlite::Result<()> {
    let columns = question(shape);
    match of {
        ScanOf::All => all(conn, shape, &columns, visit),
        ScanOf::These(handles) => {
            let sql = format!("{columns} WHERE t.rowid = ?1");
            let mut ids: Vec<i64> = handles.iter().map(|handle| handle.0).collect();
            ids.sort_unstable();
            for id in ids {
                let mut statement = conn.prepare_cached(&sql)?;
                let mut rows = statement.query([id])?;
                if let Some(row) = rows.next()?
                    && one(shape, row, visit)?.is_break()
                {
                    break;
                }
            }
            Ok(())
        }
    }
}

fn all(conn: &Connection, shape: &Shape, columns: &str, visit: Visit<'_>) -> rusqlite::Result<()> {
    let sql = format!("{columns} WHERE t.rowid > ?1 ORDER BY t.rowid LIMIT {CHUNK}");
    let mut last = i64::MIN;
    loop {
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query([last])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            seen += 1;
            if one(shape, row, visit)?.is_break() {
                return Ok(());
            }
        }
        if seen < CHUNK {
            return Ok(());
        }
    }
}

/// The columns that stand in a row behind its handle, where they are mapped. Behind them come how often a memory was
/// recalled and when last, then the columns of [`Mapping::seen`].
pub(super) fn columns(map: &Mapping) -> impl Iterator<Item = Option<&String>> {
    [
        map.created.as_ref(),
        map.title.as_ref(),
        Some(&map.content),
        map.kind.as_ref(),
        map.scope.as_ref(),
        map.agent.as_ref(),
        map.session.as_ref(),
        map.tags.as_ref(),
        map.files.as_ref(),
        map.confidence.as_ref(),
        map.state.as_ref(),
        map.author.as_ref(),
        map.expires.as_ref(),
    ]
    .into_iter()
}

fn question(shape: &Shape) -> String {
    let map = &shape.mapping;
    let columns: Vec<String> = columns(map).map(Mapping::sql).collect();
    let (counts, join) = match shape.product.recalls {
        Some(table) => (
            "r.times, r.last",
            format!(" LEFT JOIN {} AS r ON r.memory = t.{}", table::quote(table), table::quote(&map.id)),
        ),
        None => ("NULL, NULL", String::new()),
    };
    format!("SELECT t.rowid, {}, {counts}, {} FROM {} AS t{join}", columns.join(", "), list::seen(map), shape.from())
}

/// Hands the memory of a row to the visitor.
pub(super) fn one<C: Cells + ?Sized>(
    meaning: &Meaning,
    row: &C,
    visit: Visit<'_>,
) -> rusqlite::Result<ControlFlow<()>> {
    let text = |place: usize| row.cell(place).map(cell::text);
    let (title, content, kind, tags, files) = (text(2)?, text(3)?, text(4)?, text(8)?, text(9)?);
    let (project, agent, session) = (text(5)?, text(6)?, text(7)?);
    let bytes = title.len() + content.len() + tags.len();
    let (tags, files) = (mapping::list(&tags), mapping::list(&files));
    let stated = match row.cell(10)? {
        rusqlite::types::ValueRef::Real(value) => Some(value),
        #[expect(clippy::cast_precision_loss, reason = "only 0 and 1 are confidences among whole numbers")]
        rusqlite::types::ValueRef::Integer(value) => Some(value as f64),
        _ => None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "seven digits are more than a confidence has")]
    let stated = stated.filter(|value| (0.0..=1.0).contains(value)).map(|value| value as f32);
    let version = cell::version((SEEN..SEEN + meaning.mapping.seen().count()).map(|place| row.cell(place)))?;
    let expires = meaning.mapping.times.read(row.cell(13)?);
    let (state, withheld) = meaning.product.stands(&text(11)?, expires, now());
    let mut told = Signals::NONE;
    told.set(Signal::Unsettled, state == State::Quarantined);
    Ok(visit(&Scanned {
        version,
        handle: crate::memory::Handle(cell::integer(row.cell(0)?).unwrap_or_default()),
        created: meaning.mapping.times.read(row.cell(1)?),
        project: &project,
        agent: &agent,
        session: &session,
        kind: if kind.is_empty() { "memory" } else { &kind },
        title: list::headline(&title, &content),
        texts: &[cell::cut(&content, TEXT_BYTES)],
        tags: &tags.iter().map(String::as_str).collect::<Vec<_>>(),
        files: &files.iter().map(String::as_str).collect::<Vec<_>>(),
        bytes: bytes as u64,
        cost: 0,
        stated,
        injected: withheld.is_none(),
        told,
        recalls: meaning.product.recalls.map(|_| list::recalls(row, 14)).transpose()?,
        origin: match text(12)?.as_ref() {
            "person" => Origin::Person,
            "" | "unknown" if agent.is_empty() && session.is_empty() => Origin::Unknown,
            _ => Origin::Agent,
        },
    }))
}
