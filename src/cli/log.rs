//! `memtui log`.

use super::{
    args::{Global, Log},
    columns::{Column, Columns, Give, memories},
    fail::{Done, Failure, say},
    json::{ChangeJson, OperationJson},
    open::Session,
    out::Out,
    times,
};
use crate::{
    app::Veil,
    curate::{ChangeView, OperationId},
    ledger::Operation,
    query::{Expr, Zone, parse_operations},
    text,
};

/// Operations that are read at a time.
const CHUNK: usize = 500;

pub(super) fn run(global: &Global, args: &Log, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    match args.operation {
        Some(operation) => changes(&mut session, operation, args, out),
        None => operations(&mut session, args, out),
    }
}

fn operations(session: &mut Session, args: &Log, out: &mut Out) -> Result<Done, Failure> {
    let several = session.curator()?.has_several_stores()?;
    let store = several.then_some(("STORE", Column::Upto(24)));
    let first = [
        ("OPERATION", Column::Number(9)),
        ("WHEN", Column::Upto(16)),
        ("WHAT", Column::Upto(8)),
        ("WHO", Column::Upto(12)),
        ("MEMORIES", Column::Number(10)),
        ("STATE", Column::Upto(20)),
    ];
    let columns: Vec<_> = first.into_iter().chain(store).chain([("ABOUT", Column::Rest)]).collect();
    let mut columns = Columns::new(&columns).giving_way(vec![
        ("OPERATION", Give::Narrow(9, "OP")),
        ("WHO", Give::Drop),
        ("MEMORIES", Give::Narrow(10, "COUNT")),
        ("STORE", Give::Narrow(12, "STORE")),
    ]);
    let veil = session.veil();
    let for_people = out.width().is_some();
    let now = times::now();
    let filter = match &args.query {
        Some(query) => parse_operations(query, now, Zone::Local)
            .map_err(|error| Failure::Query(error.to_string(), error.pointed(query)))?,
        None => Expr::All,
    };
    let mut left = args.limit.unwrap_or(usize::MAX);
    let (mut before, mut nothing) = (None, true);
    while left > 0 {
        let mut page = session.curator()?.log_where(&filter, before, CHUNK.min(left), now)?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        left -= page.len();
        nothing = false;
        if args.json {
            for operation in page {
                out.json(&OperationJson::from(operation))?;
            }
            continue;
        }
        let mut rows = Vec::new();
        for operation in &mut page {
            veil.operation(operation);
            let stores = if several { session.curator()?.stores_of(operation.id, times::now())? } else { Vec::new() };
            rows.push(cells(operation, several.then_some(stores.as_slice()), for_people));
        }
        columns.print(&rows, out)?;
    }
    if nothing {
        say(if filter == Expr::All { "nothing was changed yet" } else { "no operation answers that" });
        return Ok(Done::Nothing);
    }
    Ok(Done::Well)
}

fn cells(operation: &Operation, stores: Option<&[String]>, for_people: bool) -> Vec<String> {
    let state = match operation.undone_by {
        Some(by) => format!("undone by {by}"),
        None => operation.state.name().to_owned(),
    };
    // The end of a path tells more than its beginning.
    let short = |store: &String| if for_people { text::fit_left(store, 24).into_owned() } else { store.clone() };
    let mut cells = vec![
        operation.id.to_string(),
        times::local(operation.at),
        operation.label.name().to_owned(),
        operation.author.clone(),
        operation.applied.to_string(),
        state,
    ];
    cells.extend(stores.map(|stores| stores.iter().map(short).collect::<Vec<_>>().join(", ")));
    cells.push(about(operation));
    cells
}

/// `of operation 3: 2 memories of acme-api — the reason`.
fn about(operation: &Operation) -> String {
    let of = operation.of.map(|of| format!("of operation {of}"));
    let summary = Some(operation.summary.clone()).filter(|summary| !summary.is_empty());
    let mut about = of.into_iter().chain(summary).collect::<Vec<_>>().join(": ");
    if !operation.reason.is_empty() {
        about.push_str(" — ");
        about.push_str(&operation.reason);
    }
    about
}

fn changes(session: &mut Session, operation: OperationId, args: &Log, out: &mut Out) -> Result<Done, Failure> {
    let limit = args.limit.unwrap_or(usize::MAX);
    let (changes, total) = session.curator()?.changes(operation, limit, times::now())?;
    let shown = changes.len();
    let veil = session.veil();
    for mut change in changes {
        if change.title.is_empty() {
            // Marks are not part of the memory's record, so their images have no title.
            change.title = session.title(&change.id)?.unwrap_or_default();
        }
        if args.json {
            out.json(&ChangeJson::from(change))?;
            continue;
        }
        veil.change(&mut change);
        change.fields.retain(|(field, before, after)| {
            // A memory without marks is not pinned either.
            let pinned = |side: &Option<String>| side.as_deref().is_some_and(|value| value != "0");
            field != "pinned" || pinned(before) != pinned(after)
        });
        out.line(if change.title.is_empty() { "(no title)" } else { &change.title })?;
        out.line(&format!("  {}: {}", change.id, gist(&change)))?;
        for (field, before, after) in &change.fields {
            out.line(&format!("  {field}"))?;
            side("-", before.as_deref().map(|value| readable(field, value)).as_deref(), veil, out)?;
            side("+", after.as_deref().map(|value| readable(field, value)).as_deref(), veil, out)?;
        }
    }
    if shown < total && !args.json {
        say(&format!("{shown} of {}", memories(total)));
    }
    Ok(Done::Well)
}

/// The fields that changed, or that it was the whole memory.
fn gist(change: &ChangeView) -> String {
    let own = change.fields.iter().any(|(field, ..)| field == "id");
    match change.fields.as_slice() {
        [] => "nothing that can be shown".to_owned(),
        fields if own && fields.iter().all(|(_, _, after)| after.is_none()) => "pruned".to_owned(),
        fields if own && fields.iter().all(|(_, before, _)| before.is_none()) => "put back".to_owned(),
        fields => fields.iter().map(|(field, ..)| field.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// A value of a mark as people read it: two digits, a time. The values of a store stay as they are.
fn readable(field: &str, value: &str) -> String {
    let read = match field {
        "confidence" => value.parse::<f64>().ok().map(|number| format!("{number:.2}")),
        "stale_after" | "reviewed_at" => value.parse().ok().map(times::local),
        "review_days" => Some(format!("{value} days")),
        "pinned" => Some(if value == "0" { "no" } else { "yes" }.to_owned()),
        _ => None,
    };
    read.unwrap_or_else(|| value.to_owned())
}

/// One side of a difference, with nothing hidden dropped.
pub(super) fn side(sign: &str, value: Option<&str>, veil: Veil, out: &mut Out) -> std::io::Result<()> {
    let Some(value) = value else { return Ok(()) };
    text::exact(&veil.text(value)).lines().try_for_each(|line| out.line(&format!("    {sign} {line}")))
}
