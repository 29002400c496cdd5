//! `memtui queue list`.

use super::{args::List, json::WaitingJson, proposals};
use crate::{
    change::Waiting,
    cli::{
        columns::{Column, Columns, Give},
        fail::{Done, Failure, say},
        open::Session,
        out::Out,
        times,
    },
};

pub(super) fn run(session: &mut Session, args: &List, out: &mut Out) -> Result<Done, Failure> {
    let mut lines = session.waiting()?;
    let all = lines.len();
    lines.retain(|line| args.filter.matches(line));
    let total = lines.len();
    lines.truncate(args.limit.unwrap_or(usize::MAX));
    let (shown, veil, now) = (lines.len(), session.veil(), times::now());
    let for_people = out.width().is_some();
    if args.json {
        lines.iter().try_for_each(|line| out.json(&WaitingJson::from(line)))?;
    } else {
        for line in &mut lines {
            line.title = veil.text(&line.title).into_owned();
            line.reason = veil.text(&line.reason).into_owned();
        }
        let rows: Vec<_> = lines.iter().map(|line| cells(line, now, for_people)).collect();
        columns().print(&rows, out)?;
    }
    out.finish()?;
    let (elsewhere, stores) = session.waiting_elsewhere()?;
    if elsewhere > 0 {
        let stores: Vec<String> = stores.iter().map(|(name, path)| format!("{name} ({path})")).collect();
        say(&format!("and {elsewhere} about stores that are not open: {}; open them with --store", stores.join(", ")));
    }
    if total == 0 {
        say(if all == 0 { "nothing waits" } else { "nothing that waits matches" });
        return Ok(Done::Nothing);
    }
    if for_people && shown < total && !args.json {
        say(&format!("{shown} of {}", proposals(total)));
    }
    Ok(Done::Well)
}

fn columns() -> Columns {
    Columns::new(&[
        ("PROPOSAL", Column::Upto(12)),
        ("AGE", Column::Number(6)),
        ("CONF", Column::Number(4)),
        ("BATCH", Column::Number(5)),
        ("AUTHOR", Column::Upto(20)),
        ("CLUSTER", Column::Upto(16)),
        ("WHAT", Column::Upto(44)),
        ("ABOUT", Column::Rest),
    ])
    .giving_way(vec![
        ("CLUSTER", Give::Drop),
        ("WHAT", Give::Narrow(26, "WHAT")),
        ("AUTHOR", Give::Narrow(12, "AUTHOR")),
        ("BATCH", Give::Drop),
        ("AUTHOR", Give::Drop),
        ("PROPOSAL", Give::Narrow(12, "ID")),
        ("CONF", Give::Drop),
        ("AGE", Give::Drop),
    ])
}

/// The cells of a line; its name is what every verdict takes.
fn cells(line: &Waiting, now: i64, for_people: bool) -> Vec<String> {
    let came = if for_people {
        times::age(Some(line.batch.at), now)
    } else {
        times::rfc3339(line.batch.at).unwrap_or_else(|| "-".to_owned())
    };
    let about = if line.title.is_empty() { &line.reason } else { &line.title };
    let held = if line.held.is_some() { "held: " } else { "" };
    vec![
        format!("{}@{}", line.id, line.version),
        came,
        line.confidence.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}")),
        line.batch.id.to_string(),
        line.batch.author.clone(),
        line.likeness.clone(),
        line.sentence(),
        format!("{held}{about}"),
    ]
}
