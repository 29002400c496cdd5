//! `memtui list`.

use super::{
    args::{Global, List},
    columns::{Column, Columns, grouped},
    fail::{Done, Failure, say},
    json::MemoryJson,
    open::Session,
    out::Out,
    times,
};
use crate::{
    catalog::ViewSpec,
    memory::{EpochMs, Row},
};

/// Memories that are read at a time.
const CHUNK: usize = 200;

pub(super) fn run(global: &Global, args: &List, out: &mut Out) -> Result<Done, Failure> {
    let now = times::now();
    let mut session = Session::open(global)?;
    let filter = session.filter(&args.query.join(" "), now)?;
    let view = session.view(&ViewSpec { filter, sort: args.sort.unwrap_or_default(), grouped: false })?;
    let total = view.count.number;
    let wanted = args.limit.map_or(total, |limit| limit.min(total));
    let mut columns = Columns::new(&[
        ("ID", Column::Upto(30)),
        ("AGE", Column::Number(6)),
        ("CONF", Column::Number(5)),
        ("KIND", Column::Upto(12)),
        ("SCOPE", Column::Upto(24)),
        ("TOKENS", Column::Number(7)),
        ("SIGNALS", Column::Upto(12)),
        ("TITLE", Column::Rest),
    ]);
    let veil = session.veil();
    let for_people = out.width().is_some();
    for from in (0..wanted).step_by(CHUNK) {
        let keys = session.keys(&view, from..(from + CHUNK).min(wanted));
        if args.json {
            for key in keys {
                if let Some(detail) = session.detail(key)? {
                    out.json(&MemoryJson::of(detail))?;
                }
            }
        } else {
            let mut rows = session.rows(&keys)?;
            for row in &mut rows {
                veil.row(row);
            }
            let rows: Vec<_> = rows.iter().map(|row| cells(row, now, for_people)).collect();
            columns.print(&rows, out)?;
        }
    }
    out.finish()?;
    if let Some(remark) = &view.remark {
        say(remark);
    }
    if for_people && wanted < total && !args.json {
        say(&format!("{} of {}", grouped(wanted), grouped(total)));
    }
    if total == 0 {
        say("no memory matches");
        return Ok(Done::Nothing);
    }
    Ok(Done::Well)
}

/// The cells of a row: letters for signals and an age on a terminal, names and a time in a pipe.
fn cells(row: &Row, now: EpochMs, for_people: bool) -> Vec<String> {
    let signals = if for_people {
        row.signals.iter().map(crate::memory::Signal::letter).collect()
    } else {
        row.signals.iter().map(crate::memory::Signal::name).collect::<Vec<_>>().join(",")
    };
    let created = if for_people {
        times::age(row.created, now)
    } else {
        row.created.and_then(times::rfc3339).unwrap_or_else(|| "-".to_owned())
    };
    vec![
        row.id.to_string(),
        created,
        row.confidence.map_or_else(|| "-".to_owned(), |confidence| confidence.to_string()),
        row.kind.clone(),
        row.scope.short().to_owned(),
        row.tokens.to_string(),
        signals,
        row.title.clone(),
    ]
}
