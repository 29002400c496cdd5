//! `memtui erase`.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    sync::Arc,
};

use clap::Args;

use super::{
    act::{choose, perform, refuse_empty},
    args::{Global, Name, Targets},
    columns::{grouped, memories},
    fail::{Done, Failure, say},
    json::EraseJson,
    open::Session,
    out::Out,
    times,
};
use crate::{
    curate::{Act, ErasePlan, Report, Touched, Wanted},
    text,
};

/// Memories that are named before the rest is only counted.
const SAMPLE: usize = 20;

/// `memtui erase`.
#[derive(Debug, Args)]
pub struct Erase {
    /// Which.
    #[command(flatten)]
    pub targets: Targets,
    /// Say what would be erased and what cannot be reached, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask; how many memories `--dry-run` named, so that it can only be those
    #[arg(long, value_name = "COUNT")]
    pub yes: Option<usize>,
    /// Write a product's database anew where words still stand on its unused pages, while no program has it open
    #[arg(long)]
    pub rewrite: bool,
    /// Why, for the log; it stays there
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(global: &Global, args: &Erase, out: &mut Out) -> Result<Done, Failure> {
    refuse_empty(&args.targets)?;
    let mut session = Session::open(global)?;
    let wanted = wanted(&mut session, &args.targets)?;
    let plan = if args.dry_run && !session.base().paths.ledger().exists() {
        // Who only looks makes no ledger.
        session.passing_curator().plan_erasure(&wanted, times::now())?
    } else {
        session.curator()?.plan_erasure(&wanted, times::now())?
    };
    let plan = Arc::new(plan);
    // What moved since it was judged is judged again.
    let moved: Vec<_> = plan.spared.iter().filter_map(|(id, _)| session.find(&Name::Full(id.clone())).ok()).collect();
    session.follow(&moved.into_iter().map(|key| (key, Touched::Edited)).collect::<Vec<_>>())?;
    if plan.victims.is_empty() {
        refused(&plan.spared);
        return Err(Failure::Refused("no memory matches; nothing was erased".to_owned()));
    }
    if args.dry_run {
        if args.json {
            out.json(&EraseJson::of(&plan, None))?;
        } else {
            words(&session, &plan, usize::MAX).iter().try_for_each(|line| out.line(line))?;
        }
        return Ok(Done::Well);
    }
    session.may_write()?;
    match args.yes {
        Some(count) if count == plan.victims.len() => {}
        Some(count) => {
            let now = memories(plan.victims.len());
            return Err(Failure::Refused(format!(
                "--yes {count} was said, and this would erase {now}; nothing was erased, --dry-run names them"
            )));
        }
        None => confirm(&session, &plan)?,
    }
    let act = Act::Erase { plan: Arc::clone(&plan), reason: args.reason.clone(), rewrite: args.rewrite };
    let (report, _) = perform(&mut session, &act)?;
    if args.json {
        out.json(&EraseJson::of(&plan, Some(&report)))?;
    } else {
        told(&plan, &report, out)?;
    }
    refused(&report.refused);
    if let Some(trouble) = &report.trouble {
        say(trouble);
        return Ok(Done::Trouble);
    }
    Ok(if report.refused.is_empty() { Done::Well } else { Done::Nothing })
}

/// The memories that are meant: those that a filter matches as they were judged, or those that are named, which need not be
/// in their store any more.
fn wanted(session: &mut Session, targets: &Targets) -> Result<Vec<Wanted>, Failure> {
    if targets.query.is_none() {
        let mut wanted = Vec::new();
        for name in &targets.ids {
            let it = named(session, name)?;
            if !wanted.contains(&it) {
                wanted.push(it);
            }
        }
        return Ok(wanted);
    }
    let keys = choose(session, targets)?.keys;
    let seen = session.targets(keys)?;
    seen.into_iter()
        .map(|target| {
            let native = session.native(target.key)?;
            Ok(Wanted { store: target.key.store, native, seen: Some(target.seen) })
        })
        .collect()
}

fn named(session: &mut Session, name: &Name) -> Result<Wanted, Failure> {
    match (session.find(name), name) {
        (Ok(key), _) => Ok(Wanted { store: key.store, native: session.native(key)?, seen: None }),
        (Err(gone), Name::Full(id)) => {
            let stores = session.stores().iter().map(|store| store.about().name.clone());
            let place = stores.into_iter().position(|name| name == id.store).and_then(|at| u8::try_from(at).ok());
            place.map(|store| Wanted { store, native: id.native.clone(), seen: None }).ok_or(gone)
        }
        (Err(gone), Name::Native(_)) => Err(gone),
    }
}

/// What an erasure would do.
fn words(session: &Session, plan: &ErasePlan, limit: usize) -> Vec<String> {
    let veil = session.veil();
    let mut lines = vec![format!("erase {} for good; this cannot be undone", memories(plan.victims.len()))];
    for victim in plan.victims.iter().take(limit) {
        let gone =
            if victim.digest.is_none() { " (gone from its store; memtui still keeps records of it)" } else { "" };
        lines.push(format!("  {}  {}{gone}", victim.id, veil.text(&victim.title)));
    }
    if plan.victims.len() > limit {
        lines.push(format!("  … and {} more; --dry-run names all", grouped(plan.victims.len() - limit)));
    }
    for (id, reason) in plan.spared.iter().take(limit) {
        lines.push(format!("  stays: {id}: {reason}"));
    }
    let traces = plan.words();
    if !traces.is_empty() {
        lines.push("with".to_owned());
        lines.extend(traces.into_iter().map(|line| format!("  {line}")));
    }
    lines.extend(beyond(plan));
    lines
}

/// What memtui cannot reach.
fn beyond(plan: &ErasePlan) -> Vec<String> {
    let mut lines = Vec::new();
    for beyond in &plan.beyond {
        lines.push(format!("out of reach for {}:", beyond.store));
        lines.extend(beyond.places.iter().map(|place| format!("  {place}")));
    }
    lines
}

/// Shows what is meant and has the number typed, where there is somebody to type it.
fn confirm(session: &Session, plan: &ErasePlan) -> Result<(), Failure> {
    let count = plan.victims.len();
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Usage(format!(
            "this would erase {} for good; look with --dry-run, then say --yes {count}",
            memories(count)
        )));
    }
    let mut stderr = io::stderr();
    for line in words(session, plan, SAMPLE) {
        let _ = writeln!(stderr, "{}", text::line(&line));
    }
    let _ = write!(stderr, "Type {count} to erase {} for good: ", memories(count));
    let _ = stderr.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Failure::Usage(error.to_string()))?;
    if answer.trim() == count.to_string() {
        return Ok(());
    }
    Err(Failure::Refused("nothing was erased".to_owned()))
}

/// What came of it.
fn told(plan: &ErasePlan, report: &Report, out: &mut Out) -> Result<(), Failure> {
    let operation = report.operation.map(|it| format!(" (operation {it}; it cannot be undone)")).unwrap_or_default();
    out.line(&format!("erased {}{operation}", memories(report.applied)))?;
    for line in &report.left {
        out.line(&format!("left: {line}"))?;
    }
    if report.applied > 0 {
        beyond(plan).iter().try_for_each(|line| out.line(line))?;
    }
    Ok(())
}

fn refused(all: &[(crate::memory::MemoryId, String)]) {
    for (id, reason) in all {
        say(&format!("{id}: {reason}"));
    }
}
