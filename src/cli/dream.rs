//! `memtui dream`: analysers, or a command of the person's own, propose what should become of memories.

mod answer;
mod command;
mod marks;
mod spool;
mod with;

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use serde::Serialize;

use super::{
    args::Global,
    columns::{Column, Columns, grouped, memories},
    fail::{Done, Failure, say},
    open::Session,
    out::Out,
    times,
};
use crate::{
    change::{Batch, Draft, Evidence},
    dream::{Analyser, Ask, Dream as Dreamt, dream},
    ledger::Taken,
    memory::EpochMs,
    query::{Expr, NameField, Pattern, Term, Zone},
    store::Problem,
};
use spool::Spool;

/// `memtui dream`.
#[derive(Debug, Args)]
pub struct Dream {
    /// Only memories of this project, or of `user` for those without one
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// Only what memories captured since then are a reason for: `7d`, `2026-11-03` or an RFC 3339 time
    #[arg(long, value_name = "DATE", value_parser = since)]
    pub since: Option<EpochMs>,
    /// Only memories that this filter matches
    #[arg(long = "where", value_name = "QUERY", default_value = "")]
    pub query: String,
    /// Only these analysers, with commas between; `docs/dream.md` says what each does
    #[arg(long, value_name = "ANALYSER", value_delimiter = ',', value_parser = analyser)]
    pub only: Vec<Analyser>,
    /// Ask this command instead of the analysers: it reads instructions and memories, its secrets masked, and answers with
    /// proposals; a coding agent in print mode, a local model. Run it again to go on where it was broken off
    #[arg(long, value_name = "COMMAND", conflicts_with = "only")]
    pub with: Option<String>,
    /// Memories that the command is given at once
    #[arg(long, value_name = "N", default_value_t = 40, requires = "with")]
    pub batch: usize,
    /// Seconds in which the command has to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 600, requires = "with")]
    pub timeout: u64,
    /// Print what would be proposed, and put nothing into the queue
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON Lines, one proposal each
    #[arg(long)]
    pub json: bool,
}

/// Where what is proposed is decided.
const NEXT: &str = "nothing is changed before you approve it: `memtui`, screen 2, or `memtui queue list`";

fn since(text: &str) -> Result<EpochMs, String> {
    let now = times::now();
    match crate::query::span(text) {
        Some(span) => Ok(now.saturating_sub(span)),
        None => times::read(text).map_err(|error| format!("{error}, or a time back from now like 7d")),
    }
}

fn analyser(text: &str) -> Result<Analyser, String> {
    Analyser::named(text)
        .ok_or_else(|| format!("`{text}` is no analyser; there are {}", Analyser::ALL.map(Analyser::name).join(", ")))
}

/// A proposal of a dream.
#[derive(Debug, Serialize)]
pub(super) struct DreamtJson {
    /// By which analyser; `with` for a command.
    pub analyser: &'static str,
    /// Its number in the queue; null where it is not in it.
    pub proposal: Option<i64>,
    /// `new`, `waiting` when the same waits already, `rejected` when it was rejected before, `dry-run`.
    pub standing: &'static str,
    /// What it is for: `merge`, `prune`, …
    pub label: &'static str,
    /// Why.
    pub reason: String,
    /// How sure the analyser is, 0–1.
    pub confidence: Option<f32>,
    /// What it has in common with others.
    pub likeness: String,
    /// What would become of which memory.
    pub steps: Vec<StepJson>,
}

/// What would become of one memory.
#[derive(Debug, Serialize)]
pub(super) struct StepJson {
    /// Its public id; null for one that is to be added.
    pub id: Option<String>,
    /// `add`, `edit`, `delete`, `mark`, or `keep` where it only has to be there still.
    pub wish: &'static str,
}

impl DreamtJson {
    /// The same, with what became of it.
    fn with(self, taken: Taken) -> Self {
        let (standing, proposal) = match taken {
            Taken::New(id) => ("new", id),
            Taken::Waits(id) => ("waiting", id),
            Taken::Rejected(id) => ("rejected", id),
        };
        Self { standing, proposal: Some(proposal), ..self }
    }

    /// One with every key, for the reference page.
    pub(super) fn example() -> Self {
        Self {
            analyser: "duplicates",
            proposal: Some(1),
            standing: "new",
            label: "merge",
            reason: String::new(),
            confidence: Some(0.9),
            likeness: String::new(),
            steps: vec![StepJson { id: Some(String::new()), wish: "delete" }],
        }
    }
}

/// Which memories a dream is over.
pub(super) fn chosen(session: &Session, args: &Dream) -> Result<Expr, Failure> {
    let scope = args.scope.as_deref().map(|scope| Expr::Term(Term::Name(NameField::Scope, Pattern::exact(scope))));
    let filter = session.filter(&args.query, times::now())?;
    Ok(Expr::And(scope.into_iter().chain([filter]).collect()).normalised())
}

pub(super) fn run(global: &Global, args: &Dream, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    if !args.dry_run {
        session.may_write()?;
    }
    if let Some(line) = &args.with {
        return with::run(&mut session, line, args, out);
    }
    let filter = chosen(&session, args)?;
    let stop = stop_on_signals();
    let mut line = ProgressLine::new();
    line.show("looking");
    let grounds = session.grounds(&filter, args.since)?;
    let only = if args.only.is_empty() { Analyser::ALL.to_vec() } else { in_order(&args.only) };
    let ask = Ask { only, now: times::now(), zone: Zone::Local };
    let mut spool = Spool::new()?;
    let unkept = |error: io::Error| Problem::Failed { path: "what the dream found".into(), reason: error.to_string() };
    let dreamt = dream(
        session.stores(),
        &grounds,
        &ask,
        &mut |stage| {
            let of = if stage.total > 0 { format!(" of {}", grouped(stage.total)) } else { String::new() };
            line.show(&format!("{}: {}{of}", stage.what, grouped(stage.done)));
            !stop.load(Ordering::Acquire)
        },
        &mut |found| spool.push(&found).map_err(unkept),
    );
    let Dreamt { remarks, read } = match dreamt {
        Err(Problem::Cancelled) => {
            drop(line);
            say("stopped, as you asked; nothing was put into the queue");
            return Ok(Done::Nothing);
        }
        dreamt => dreamt?,
    };
    drop(grounds);
    let made = std::mem::take(&mut spool.made);
    let drafts = spool.read()?;
    let mut standings = Standings { of: Vec::new(), held: 0, stopped: false };
    if args.dry_run {
        drop(line);
        for ((analyser, _), draft) in made.iter().zip(drafts) {
            show(&session, analyser.name(), &draft?, None, args, out)?;
        }
    } else {
        let delivery = Delivery { args, read, stop: &stop, line };
        delivery.propose(&mut session, &made, drafts, &mut standings, out)?;
    }
    if !args.json {
        print(&ask.only, &made, &standings, out)?;
    }
    out.finish()?;
    for remark in &remarks {
        say(remark);
    }
    if made.is_empty() {
        say(&format!("{} read; nothing to propose", memories(read)));
        return Ok(Done::Nothing);
    }
    if standings.stopped {
        say("stopped, as you asked; run the same again to put the rest into the queue");
    }
    if standings.of.iter().any(|taken| matches!(taken, Taken::New(_))) {
        say(NEXT);
    }
    Ok(if standings.stopped { Done::Nothing } else { Done::Well })
}

/// Each analyser once, in their own order: what removes memories comes first, whatever was asked for first.
fn in_order(only: &[Analyser]) -> Vec<Analyser> {
    Analyser::ALL.into_iter().filter(|analyser| only.contains(analyser)).collect()
}

/// What became of the drafts; empty on a dry run.
struct Standings {
    of: Vec<Taken>,
    held: usize,
    stopped: bool,
}

/// The way of what was found into the queue.
struct Delivery<'a> {
    args: &'a Dream,
    read: usize,
    stop: &'a AtomicBool,
    line: ProgressLine,
}

impl Delivery<'_> {
    /// Drafts that are written into the ledger at once.
    const AT_ONCE: usize = 500;

    /// Puts drafts into the queue as one batch, some at a time: nobody waits long for the ledger, and few are held.
    fn propose(
        mut self,
        session: &mut Session,
        made: &[(Analyser, usize)],
        mut drafts: impl Iterator<Item = io::Result<Draft>>,
        standings: &mut Standings,
        out: &mut Out,
    ) -> Result<(), Failure> {
        let note = format!("over {}", memories(self.read));
        let mut batch = Batch { id: 0, at: times::now(), author: "dream".to_owned(), note };
        for made in made.chunks(Self::AT_ONCE) {
            standings.stopped = self.stop.load(Ordering::Acquire);
            if standings.stopped {
                break;
            }
            let part: Vec<Draft> = drafts.by_ref().take(made.len()).collect::<io::Result<_>>()?;
            let lines: Vec<DreamtJson> = if self.args.json {
                made.iter().zip(&part).map(|((by, _), draft)| json(session, by.name(), draft, None)).collect()
            } else {
                Vec::new()
            };
            let proposed = session.admit(&batch, part)?.proposed;
            batch.id = proposed.batch.unwrap_or(batch.id);
            for (line, taken) in lines.into_iter().zip(&proposed.taken) {
                out.json(&line.with(*taken))?;
            }
            standings.of.extend(proposed.taken);
            standings.held += proposed.held;
            self.line.show(&format!("into the queue: {}", grouped(standings.of.len())));
        }
        Ok(())
    }
}

/// A proposal as JSON, or on a dry run for a person; else the summary says enough.
fn show(
    session: &Session,
    by: &'static str,
    draft: &Draft,
    taken: Option<Taken>,
    args: &Dream,
    out: &mut Out,
) -> Result<(), Failure> {
    if args.json {
        out.json(&json(session, by, draft, taken))?;
    } else if args.dry_run {
        proposal(session, by, draft, out)?;
    }
    Ok(())
}

fn json(session: &Session, by: &'static str, draft: &Draft, taken: Option<Taken>) -> DreamtJson {
    let steps = draft.steps.iter().map(|step| {
        let store = session.stores().get(usize::from(step.store)).map(|store| store.about().name.clone());
        let id = (!step.native.is_empty()).then(|| format!("{}:{}", store.unwrap_or_default(), step.native));
        StepJson { id, wish: wish(step) }
    });
    let line = DreamtJson {
        analyser: by,
        proposal: None,
        standing: "dry-run",
        label: draft.label.name(),
        reason: draft.reason.clone(),
        confidence: draft.confidence,
        likeness: draft.likeness.clone(),
        steps: steps.collect(),
    };
    match taken {
        Some(taken) => line.with(taken),
        None => line,
    }
}

fn wish(step: &crate::change::Step) -> &'static str {
    use crate::change::Wish;
    match &step.wish {
        Wish::Add(_) => "add",
        Wish::Edit(edit) if edit.is_empty() => "keep",
        Wish::Edit(_) => "edit",
        Wish::Delete => "delete",
        Wish::Mark(_) => "mark",
    }
}

/// How many there are of each sort.
fn print(only: &[Analyser], found: &[(Analyser, usize)], standings: &Standings, out: &mut Out) -> Result<(), Failure> {
    let mut table = Vec::new();
    let mut row = |name: &str, which: &dyn Fn(Analyser) -> bool| {
        let mine = || found.iter().enumerate().filter(|(_, (analyser, _))| which(*analyser));
        let about: usize = mine().map(|(_, (_, steps))| steps).sum();
        let known =
            mine().filter(|(at, _)| matches!(standings.of.get(*at), Some(Taken::Waits(_) | Taken::Rejected(_))));
        table.push(vec![name.to_owned(), grouped(mine().count()), grouped(about), grouped(known.count())]);
    };
    for analyser in only {
        row(analyser.name(), &|other| other == *analyser);
    }
    row("all", &|_| true);
    let mut columns = Columns::new(&[
        ("ANALYSER", Column::Upto(12)),
        ("PROPOSALS", Column::Number(10)),
        ("MEMORIES", Column::Number(10)),
        ("KNOWN", Column::Number(10)),
    ]);
    columns.print(&table, out)?;
    if standings.held > 0 {
        say(&format!("{} wait apart: they would bring back what you rejected before", grouped(standings.held)));
    }
    Ok(())
}

/// A proposal for a person: what it is for, why, and what speaks for it.
fn proposal(session: &Session, by: &'static str, draft: &Draft, out: &mut Out) -> Result<(), Failure> {
    let sure = draft.confidence.map_or_else(String::new, |sure| format!("  {sure:.2}"));
    out.line(&format!("{by} {}{sure}  {}", draft.label.name(), draft.reason))?;
    for step in json(session, by, draft, None).steps {
        out.line(&format!("  {} {}", step.wish, step.id.unwrap_or_else(|| "a new memory".to_owned())))?;
    }
    for evidence in &draft.evidence {
        let line = match evidence {
            Evidence::Memory { id, quote } => format!("{id}: {quote}"),
            Evidence::Session { id, quote } => format!("session {id}: {quote}"),
            Evidence::Note(note) => note.clone(),
        };
        out.line(&format!("    {line}"))?;
    }
    Ok(())
}

/// Set by Ctrl-C, or when the program is asked to end; the second one ends it at once.
pub(super) fn stop_on_signals() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop));
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}

/// A line of the terminal that says how far something is, and is gone in the end. Nothing where nobody watches.
pub(super) struct ProgressLine {
    watched: bool,
    drawn: Option<Instant>,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        Self { watched: io::stderr().is_terminal(), drawn: None }
    }

    /// Says it, unless something was said a moment ago.
    pub(super) fn show(&mut self, text: &str) {
        const MOMENT: Duration = Duration::from_millis(100);
        if self.watched && self.drawn.is_none_or(|drawn| drawn.elapsed() >= MOMENT) {
            self.drawn = Some(Instant::now());
            let _ = write!(io::stderr(), "\r\x1b[K{text}");
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
