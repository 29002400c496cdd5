//! `memtui list`.

use super::{
    args::{Global, List},
    columns::{Column, Columns, Give, grouped},
    fail::{Done, Failure, say},
    json::MemoryJson,
    open::Session,
    out::Out,
    then, times,
};
use crate::memory::{EpochMs, Row};

/// Memories that are read at a time.
const CHUNK: usize = 200;

pub(super) fn run(global: &Global, args: &List, out: &mut Out) -> Result<Done, Failure> {
    let now = times::now();
    let mut session = Session::open(global)?;
    let mut spec = session.spec(&args.query.join(" "), now)?;
    spec.sort = args.sort.unwrap_or(spec.sort);
    let view = session.view(&spec)?;
    let total = view.count.number;
    let wanted = args.limit.map_or(total, |limit| limit.min(total));
    let mut columns = layout(session.stores().len() == 1, view.past.is_some());
    let veil = session.veil();
    let for_people = out.width().is_some();
    for from in (0..wanted).step_by(CHUNK) {
        let keys = session.keys(&view, from..(from + CHUNK).min(wanted));
        if args.json {
            for key in keys {
                let known = view.past.as_ref().map(|past| then::word(past, key));
                if let Some(detail) = session.detail_in(&view, key)? {
                    out.json(&MemoryJson { past: known, ..MemoryJson::of(detail) })?;
                }
            }
        } else {
            let mut rows = session.rows_in(&view, from..from + keys.len())?;
            for row in &mut rows {
                veil.row(row);
            }
            let line = |row: &Row| {
                let mut cells = cells(row, now, for_people);
                if let Some(past) = &view.past {
                    cells.insert(1, then::word(past, row.key).to_owned());
                }
                cells
            };
            let rows: Vec<_> = rows.iter().map(line).collect();
            columns.print(&rows, out)?;
        }
    }
    out.finish()?;
    if let Some(remark) = &view.remark {
        say(remark);
    }
    if let Some(past) = view.past.as_ref().filter(|_| !args.json) {
        then::explain(past, &session.store_names());
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

/// The columns of the list, and which of them give way to the title. With one store open its name says nothing, and
/// every command takes an id without it.
fn layout(one_store: bool, past: bool) -> Columns {
    let native = one_store.then_some(("ID", Give::Native));
    let others = [
        ("TOKENS", Give::Drop),
        ("SIGNALS", Give::Narrow(12, "SIG")),
        ("KIND", Give::Drop),
        ("SCOPE", Give::Narrow(12, "SCOPE")),
        ("SCOPE", Give::Narrow(8, "SCOPE")),
        ("SIGNALS", Give::Drop),
        ("SCOPE", Give::Drop),
        ("CONF", Give::Drop),
        ("AGE", Give::Drop),
    ];
    let mut columns = vec![
        ("ID", Column::Upto(30)),
        ("AGE", Column::Number(6)),
        ("CONF", Column::Number(5)),
        ("KIND", Column::Upto(12)),
        ("SCOPE", Column::Upto(24)),
        ("TOKENS", Column::Number(7)),
        ("SIGNALS", Column::Upto(12)),
        ("TITLE", Column::Rest),
    ];
    if past {
        columns.insert(1, ("KNOWN", Column::Upto(8)));
    }
    Columns::new(&columns).giving_way(native.into_iter().chain(others).collect())
}

/// A few memories as a person tells them apart, as lines of a terminal that wide.
pub(super) fn brief(rows: &[Row], now: EpochMs, width: usize) -> String {
    let cells = |row: &Row| {
        let mut cells = cells(row, now, true);
        // Neither the id nor what a memory costs helps to tell whether it is the one that was meant.
        cells.drain(5..7);
        cells.remove(0);
        cells
    };
    Columns::new(&[
        ("AGE", Column::Number(6)),
        ("CONF", Column::Number(5)),
        ("KIND", Column::Upto(12)),
        ("SCOPE", Column::Upto(24)),
        ("TITLE", Column::Rest),
    ])
    .giving_way(vec![("SCOPE", Give::Narrow(12, "SCOPE")), ("SCOPE", Give::Drop), ("KIND", Give::Drop)])
    .lines(&rows.iter().map(cells).collect::<Vec<_>>(), width)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |id: &str, age: &str, kind: &str, scope: &str, signals: &str| {
            let title = "The pool was exhausted because a transaction stayed open";
            [id, age, "~0.62", kind, scope, "1482", signals, title].map(str::to_owned).to_vec()
        };
        vec![
            row("claude-mem:observation/196", "11mo", "discovery", "acme-infrastructure-live", "SFI"),
            row("claude-mem:summary/7", "3h", "summary", "user", ""),
        ]
    }

    /// Heading, and the columns that the title has, at a width.
    fn at(width: usize, one_store: bool) -> (String, usize) {
        let lines = layout(one_store, false).lines(&rows(), width);
        assert!(lines.lines().all(|line| crate::text::width(line) <= width), "{lines}");
        let heading = lines.lines().next().unwrap().to_owned();
        let title = heading.find("TITLE").unwrap();
        (heading, width - title)
    }

    #[test]
    fn the_title_has_thirty_columns_on_any_usual_terminal() {
        for width in [60, 72, 80, 100, 120, 200] {
            assert!(at(width, true).1 >= 30, "{width}: {:?}", at(width, true));
        }
        for width in [80, 120] {
            assert!(at(width, false).1 >= 30, "{width}: {:?}", at(width, false));
        }
    }

    #[test]
    fn what_says_least_gives_way_first() {
        let words = |width| at(width, true).0.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert_eq!(words(200), "ID AGE CONF KIND SCOPE TOKENS SIGNALS TITLE");
        assert_eq!(words(120), "ID AGE CONF KIND SCOPE TOKENS SIGNALS TITLE");
        assert_eq!(words(80), "ID AGE CONF SCOPE SIG TITLE");
        assert_eq!(words(60), "ID AGE CONF TITLE");
        let lines = layout(true, false).lines(&rows(), 80);
        assert!(lines.contains("\nobservation/196 "), "{lines}");
        let lines = layout(false, false).lines(&rows(), 80);
        assert!(lines.contains("\nclaude-mem:observation/196 "), "two stores, full ids: {lines}");
    }

    #[test]
    fn later_rows_keep_the_columns_of_the_first() {
        let mut columns = layout(true, false);
        let first = columns.lines(&rows(), 80);
        let later = columns.lines(&rows(), 80);
        assert_eq!(first.split_once('\n').unwrap().1, later);
    }
}
