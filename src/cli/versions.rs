//! `memtui versions`.

use clap::Args;

use super::{
    args::{Global, Name},
    columns::{Column, Columns, Give},
    fail::{Done, Failure, say},
    json::{ChangeJson, VersionJson},
    log::side,
    open::Session,
    out::Out,
    times,
};
use crate::{
    change::Label,
    curate::{Brought, MemoryVersion},
    memory::MemoryId,
};

/// `memtui versions`.
#[derive(Debug, Args)]
pub struct Versions {
    /// The memory, as `list` prints it; one that is gone is found by its whole id
    #[arg(value_name = "ID")]
    pub id: Name,
    /// Print what differs between two versions, `3..5`, or between one and the version before it, `5`
    #[arg(long, value_name = "N[..M]", value_parser = pair)]
    pub diff: Option<(usize, usize)>,
    /// Print JSON Lines, one version each (or the difference)
    #[arg(long)]
    pub json: bool,
}

fn pair(text: &str) -> Result<(usize, usize), String> {
    let wrong = |_| format!("`{text}` names no versions; write 5, or 3..5");
    match text.split_once("..") {
        Some((from, to)) => Ok((from.parse().map_err(wrong)?, to.parse().map_err(wrong)?)),
        None => text.parse::<usize>().map(|to| (to.saturating_sub(1), to)).map_err(wrong),
    }
}

pub(super) fn run(global: &Global, args: &Versions, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.look()?;
    let (id, versions) = of(&mut session, &args.id)?;
    if let Some((from, to)) = args.diff {
        return difference(&mut session, &id, &versions, (from, to), args.json, out);
    }
    if versions.is_empty() {
        say(&format!("nothing is known of {id}"));
        return Ok(Done::Nothing);
    }
    let name = id.to_string();
    let numbered = (1..=versions.len()).rev().zip(&versions);
    if args.json {
        for (number, version) in numbered {
            out.json(&VersionJson::of(&name, number, version))?;
        }
        return Ok(Done::Well);
    }
    let columns = [
        ("VERSION", Column::Number(7)),
        ("SINCE", Column::Upto(16)),
        ("STATE", Column::Upto(8)),
        ("BROUGHT BY", Column::Rest),
    ];
    let mut columns = Columns::new(&columns).giving_way(vec![("VERSION", Give::Narrow(4, "V"))]);
    let rows: Vec<Vec<String>> = numbered
        .map(|(number, version)| {
            let state = match (version.current, version.digest) {
                (true, Some(_)) => "now",
                (true, None) => "gone now",
                (false, Some(_)) => "",
                (false, None) => "gone",
            };
            vec![
                number.to_string(),
                version.at.map_or_else(|| "unknown".to_owned(), times::local),
                state.to_owned(),
                brought(&version.brought),
            ]
        })
        .collect();
    columns.print(&rows, out)?;
    Ok(Done::Well)
}

/// The versions of the memory of that name, newest first.
pub(super) fn of(session: &mut Session, name: &Name) -> Result<(MemoryId, Vec<MemoryVersion>), Failure> {
    // One that is gone has a past, too: its whole name is enough.
    let id = match (session.find(name), name) {
        (Ok(key), _) => session.name(key)?.parse().map_err(|error| Failure::Usage(format!("{error}")))?,
        (Err(_), Name::Full(id)) => id.clone(),
        (Err(failure), Name::Native(_)) => return Err(failure),
    };
    let versions = session.curator()?.versions(&id, times::now())?;
    Ok((id, versions))
}

/// The version of a number: 1 is the oldest.
pub(super) fn numbered(versions: &[MemoryVersion], number: usize) -> Result<&MemoryVersion, Failure> {
    let at = versions.len().checked_sub(number).filter(|_| number > 0);
    at.and_then(|at| versions.get(at)).ok_or_else(|| {
        Failure::Usage(format!("there is no version {number}; `memtui versions` prints {}", versions.len()))
    })
}

fn difference(
    session: &mut Session,
    id: &MemoryId,
    versions: &[MemoryVersion],
    (from, to): (usize, usize),
    json: bool,
    out: &mut Out,
) -> Result<Done, Failure> {
    // Before the oldest there was nothing.
    let before = if from == 0 { None } else { numbered(versions, from)?.digest };
    let after = numbered(versions, to)?.digest;
    let view = session.curator()?.compare(id, before, after, times::now())?;
    if json {
        out.json(&ChangeJson::from(view))?;
        return Ok(Done::Well);
    }
    let veil = session.veil();
    for (field, before, after) in &view.fields {
        out.line(field)?;
        side("-", before.as_deref(), veil, out)?;
        side("+", after.as_deref(), veil, out)?;
    }
    Ok(if view.fields.is_empty() { Done::Nothing } else { Done::Well })
}

/// What brought a version, for people.
pub(super) fn brought(brought: &Brought) -> String {
    match brought {
        Brought::Operation { id, label: Label::Observe, author, .. } if author == "observed" => {
            format!("another program (seen: operation {id})")
        }
        Brought::Operation { id, label: Label::Observe, author, .. } => format!("{author} (seen: operation {id})"),
        Brought::Operation { id, label, author, reason } => {
            let why = if reason.is_empty() { String::new() } else { format!(" — {reason}") };
            format!("operation {id}: {} by {author}{why}", label.name())
        }
        Brought::Before(operation) => format!("not known; it was so before operation {operation}"),
        Brought::FirstLook => "not known; it was so at the first look".to_owned(),
        Brought::Unseen => "another program; nobody saw when".to_owned(),
        Brought::Store { native, note } => format!("kept by its store: {native} {note}").trim_end().to_owned(),
    }
}
