//! `memtui log`.

use super::{
    args::{Global, Log},
    columns::{Column, Columns, memories},
    fail::{Done, Failure, say},
    json::{ChangeJson, OperationJson},
    open::Session,
    out::Out,
    times,
};
use crate::{app::Veil, curate::OperationId, ledger::Operation, text};

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
    let mut columns = Columns::new(&[
        ("OPERATION", Column::Number(9)),
        ("WHEN", Column::Upto(16)),
        ("WHAT", Column::Upto(6)),
        ("MEMORIES", Column::Number(10)),
        ("STATE", Column::Upto(20)),
        ("ABOUT", Column::Rest),
    ]);
    let veil = session.veil();
    let mut left = args.limit.unwrap_or(usize::MAX);
    let (mut before, mut nothing) = (None, true);
    while left > 0 {
        let mut page = session.curator()?.log(before, CHUNK.min(left))?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        left -= page.len();
        nothing = false;
        if args.json {
            for operation in page {
                out.json(&OperationJson::from(operation))?;
            }
        } else {
            for operation in &mut page {
                veil.operation(operation);
            }
            columns.print(&page.iter().map(cells).collect::<Vec<_>>(), out)?;
        }
    }
    if nothing {
        say("nothing was changed yet");
        return Ok(Done::Nothing);
    }
    Ok(Done::Well)
}

fn cells(operation: &Operation) -> Vec<String> {
    let state = match operation.undone_by {
        Some(by) => format!("undone by {by}"),
        None => operation.state.name().to_owned(),
    };
    let mut about = operation.summary.clone();
    if !operation.reason.is_empty() {
        about.push_str(" — ");
        about.push_str(&operation.reason);
    }
    vec![
        operation.id.to_string(),
        times::local(operation.at),
        operation.label.name().to_owned(),
        operation.applied.to_string(),
        state,
        about,
    ]
}

fn changes(session: &mut Session, operation: OperationId, args: &Log, out: &mut Out) -> Result<Done, Failure> {
    let limit = args.limit.unwrap_or(usize::MAX);
    let (changes, total) = session.curator()?.changes(operation, limit, times::now())?;
    let shown = changes.len();
    let veil = session.veil();
    for mut change in changes {
        if args.json {
            out.json(&ChangeJson::from(change))?;
            continue;
        }
        veil.change(&mut change);
        out.line(&format!("{}  {}", change.id, change.title))?;
        for (field, before, after) in change.fields {
            out.line(&format!("  {field}"))?;
            side("-", before.as_deref(), veil, out)?;
            side("+", after.as_deref(), veil, out)?;
        }
    }
    if shown < total && !args.json {
        say(&format!("{shown} of {}", memories(total)));
    }
    Ok(Done::Well)
}

/// One side of a difference, with nothing hidden dropped.
pub(super) fn side(sign: &str, value: Option<&str>, veil: Veil, out: &mut Out) -> std::io::Result<()> {
    let Some(value) = value else { return Ok(()) };
    text::exact(&veil.text(value)).lines().try_for_each(|line| out.line(&format!("    {sign} {line}")))
}
