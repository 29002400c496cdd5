//! `memtui rollback`.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    sync::Arc,
};

use clap::{ArgGroup, Args};

use super::{
    act::carry_out,
    args::{Global, Name, back, operation},
    columns::{grouped, memories},
    fail::{Done, Failure, say},
    json::RollBackJson,
    open::Session,
    out::Out,
    times, versions,
};
use crate::{
    curate::{Act, Choices, OperationId, Return, RollBack, RollBackPlan},
    memory::EpochMs,
    store::Store,
    text,
};

/// Memories that are named before the rest is only counted.
const SAMPLE: usize = 20;

/// `memtui rollback`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["id", "operations", "session", "agent", "scope"])))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Rollback {
    /// A memory that is to be one of its versions again
    #[arg(value_name = "ID", requires = "version")]
    pub id: Option<Name>,
    /// Which version, as `memtui versions` numbers them
    #[arg(long, value_name = "N", requires = "id")]
    pub version: Option<usize>,
    /// Take this operation back; given several times they are taken back together
    #[arg(long = "operation", value_name = "N", value_parser = operation)]
    pub operations: Vec<OperationId>,
    /// Delete what this session captured
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Delete or put back what this agent captured or changed since `--since`
    #[arg(long, value_name = "NAME", requires = "since")]
    pub agent: Option<String>,
    /// Since when: `3h` or `2d` ago, 2026-11-01, or an RFC 3339 time
    #[arg(long, value_name = "TIME", requires = "agent", value_parser = back)]
    pub since: Option<EpochMs>,
    /// Make the memories of this scope what they were at `--to`
    #[arg(long, value_name = "NAME", requires = "to")]
    pub scope: Option<String>,
    /// The moment: `3h` or `2d` ago, 2026-11-01, or an RFC 3339 time
    #[arg(long, value_name = "TIME", requires = "scope", value_parser = back)]
    pub to: Option<EpochMs>,
    /// Take what was derived from them along
    #[arg(long)]
    pub derived: bool,
    /// Also where something has changed since, which is then lost (and can be undone)
    #[arg(long)]
    pub overrule: bool,
    /// Leave a tombstone with these words, so that what is deleted does not come back
    #[arg(long, value_name = "TEXT")]
    pub tombstone: Option<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(global: &Global, args: &Rollback, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.look()?;
    let what = wanted(&mut session, args)?;
    let plan = session.plan(&what)?;
    let choices = Choices { derived: args.derived, conflicts: args.overrule };
    if args.dry_run {
        preview(&plan, choices, session.veil(), args.json, out)?;
        return Ok(Done::Well);
    }
    session.may_write()?;
    if plan.tally(choices).changed() == 0 {
        for one in plan.returns.iter().filter(|one| one.conflict.is_some()).take(SAMPLE) {
            say(&format!("{}: {}", one.id, one.conflict.as_deref().unwrap_or_default()));
        }
        return Err(Failure::Refused(format!("{}: there is nothing to roll back; nothing was changed", plan.what)));
    }
    if !args.yes {
        confirm(&plan, choices, session.veil())?;
    }
    let act = Act::RollBack { plan, choices, reason: args.reason.clone(), tombstone: args.tombstone.clone() };
    carry_out(&mut session, &act, args.json, out)
}

/// What the command line asks for.
fn wanted(session: &mut Session, args: &Rollback) -> Result<RollBack, Failure> {
    if let (Some(id), Some(number)) = (&args.id, args.version) {
        let (id, line) = versions::of(session, id)?;
        let version = versions::numbered(&line, number)?;
        return Ok(version.roll_back(id));
    }
    Ok(match (&args.session, &args.agent, args.since, &args.scope, args.to) {
        (Some(session), ..) => RollBack::Session(session.clone()),
        (_, Some(name), Some(since), ..) => RollBack::Agent { name: name.clone(), since },
        (_, _, _, Some(name), Some(to)) => RollBack::Scope { name: name.clone(), to },
        _ => RollBack::Operations(args.operations.clone()),
    })
}

impl Session {
    /// What a roll-back would do.
    fn plan(&mut self, what: &RollBack) -> Result<Arc<RollBackPlan>, Failure> {
        if !matches!(what, RollBack::Version { .. } | RollBack::Operations(_)) {
            self.judged()?;
        }
        let grounds = self.desk.roll_back_grounds(what)?;
        Ok(Arc::new(self.curator()?.plan_roll_back(what, &grounds, times::now())?))
    }

    /// Looks at what others did since the last look, so that it is known.
    pub(super) fn look(&mut self) -> Result<(), Failure> {
        if self.may_write().is_err() {
            return Ok(());
        }
        let observing = self.base.config.observing();
        let stores = self.stores().len();
        // Where nothing is observed no ledger is made for it.
        let observed = |store: &Arc<dyn Store>| observing.which.takes(store.overwrites());
        if !self.stores().iter().any(observed) {
            return Ok(());
        }
        let curator = self.curator()?;
        for store in (0..=u8::MAX).take(stores) {
            if curator.is_observed(store, observing.which) {
                curator.look_through(store, observing, times::now())?;
            }
        }
        self.notices();
        Ok(())
    }
}

/// Says what would be done, memory by memory.
fn preview(
    plan: &RollBackPlan,
    choices: Choices,
    veil: crate::app::Veil,
    json: bool,
    out: &mut Out,
) -> Result<(), Failure> {
    if json {
        return Ok(out.json(&RollBackJson::of(plan, choices))?);
    }
    for line in words(plan, choices, veil, usize::MAX) {
        out.line(&line)?;
    }
    Ok(())
}

fn words(plan: &RollBackPlan, choices: Choices, veil: crate::app::Veil, limit: usize) -> Vec<String> {
    let tally = plan.tally(choices);
    let count = |number: usize, what: &str| (number > 0).then(|| format!("{} {what}", grouped(number)));
    let parts = [
        count(tally.gone, "deleted"),
        count(tally.back, "put back"),
        count(tally.restored, "restored"),
        count(tally.left, "left alone"),
        count(tally.derived, "derived and not taken along (--derived takes them)"),
        count(tally.already, "already so"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let said = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    let mut lines = vec![format!("{}: {said}", plan.what)];
    lines.extend(plan.returns.iter().take(limit).map(|one| line(one, choices, veil)));
    if plan.returns.len() > limit {
        lines.push(format!("  … and {} more; --dry-run prints all", grouped(plan.returns.len() - limit)));
    }
    lines.extend(plan.remarks.iter().cloned());
    lines
}

/// One memory: `deleted  shop:memory/3  Its title (keeps body)`.
fn line(one: &Return, choices: Choices, veil: crate::app::Veil) -> String {
    let becomes = if one.is_changed(choices) { one.becomes.name() } else { "left" };
    let becomes = if one.way_is_open() || one.conflict.is_some() { becomes } else { "already so" };
    let mut line = format!("  {becomes:<10} {}  {}", one.id, veil.text(&one.title));
    if let Some(conflict) = &one.conflict {
        let _ = write!(line, " — {conflict}");
    }
    if !one.keeps.is_empty() {
        let _ = write!(line, " (keeps what was changed since: {})", one.keeps.join(", "));
    }
    if let Some(derived) = &one.derived {
        let _ = write!(line, " — {derived}");
    }
    line
}

/// Shows what is meant and asks, where there is somebody to ask. Anything but a plain yes is a no.
fn confirm(plan: &RollBackPlan, choices: Choices, veil: crate::app::Veil) -> Result<(), Failure> {
    let question = format!("roll {} back, {}", plan.what, memories(plan.tally(choices).changed()));
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Usage(format!("this would {question}; say --yes to do it, or --dry-run to look first")));
    }
    let mut stderr = io::stderr();
    for line in words(plan, choices, veil, SAMPLE) {
        let _ = writeln!(stderr, "{}", text::line(&line));
    }
    let _ = write!(stderr, "{question}? `memtui undo` takes it back. [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Failure::Usage(error.to_string()))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Refused("nothing was changed".to_owned()))
}
