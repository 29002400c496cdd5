//! `memtui retention`: what the person's own rules say about memories that have had their time.

use clap::Args as ClapArgs;
use serde::Serialize;

use super::{
    act::{Plan, carry_out, choose, refuse_empty},
    args::{Global, Targets},
    columns::{grouped, memories},
    fail::{Done, Failure, say},
    open::Session,
    out::Out,
    times,
};
use crate::{
    change::{Batch, Draft, Label, Step, Wish},
    config::{Retention as Rule, Then},
    curate::Act,
    ledger::Taken,
    memory::{Key, Target},
};

/// `memtui retention`.
#[derive(Debug, ClapArgs)]
pub struct Retention {
    /// Follow only the rule of this name
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Say what each rule would do, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask before a rule prunes
    #[arg(long)]
    pub yes: bool,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// What came of a rule that proposes.
#[derive(Debug, Serialize)]
pub(super) struct RetentionJson {
    /// The rule.
    pub rule: String,
    /// Proposals that are new in the queue.
    pub proposed: usize,
    /// Proposals that were waiting already.
    pub waiting: usize,
    /// Memories left alone, because the person said no to the same proposal before.
    pub rejected: usize,
    /// Pinned memories that were left alone.
    pub spared: usize,
}

impl RetentionJson {
    /// One with every key, for the reference page.
    pub(super) fn example() -> Self {
        Self { rule: String::new(), proposed: 1, waiting: 0, rejected: 0, spared: 0 }
    }
}

pub(super) fn run(global: &Global, args: &Retention, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let rules = session.retention().to_vec();
    let chosen: Vec<&Rule> =
        rules.iter().filter(|rule| args.only.as_ref().is_none_or(|only| *only == rule.name)).collect();
    if chosen.is_empty() {
        let names = rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::Usage(match &args.only {
            Some(only) if !rules.is_empty() => format!("there is no rule `{only}`; the settings have {names}"),
            _ => "the settings have no [[retention]] rule; `memtui config --template` shows one".to_owned(),
        }));
    }
    let mut all = Done::Nothing;
    for rule in chosen {
        let done = follow(&mut session, rule, args, out)?;
        if matches!(done, Done::Trouble) {
            return Ok(done);
        }
        if matches!(done, Done::Well) {
            all = Done::Well;
        }
    }
    Ok(all)
}

/// Does what a rule says, or says what it would do.
fn follow(session: &mut Session, rule: &Rule, args: &Retention, out: &mut Out) -> Result<Done, Failure> {
    let wanted = Targets { ids: Vec::new(), query: Some(rule.matches.clone()) };
    refuse_empty(&wanted)?;
    let found = choose(session, &wanted).map_err(|failure| named(rule, failure))?;
    let all = found.keys.len();
    let mut keys = found.keys;
    keys.retain(|key| !session.is_pinned(*key));
    let spared = all - keys.len();
    let verb = format!("{}: {}", rule.name, if rule.then == Then::Prune { "prune" } else { "propose to remove" });
    let plan = Plan { label: Label::Prune, verb: &verb, keys: &keys, spared, everything: found.everything };
    if keys.is_empty() {
        if !args.json {
            out.line(&format!("{}: nothing to do", rule.name))?;
        }
        return Ok(Done::Nothing);
    }
    if args.dry_run {
        plan.preview(session, args.json, out)?;
        return Ok(Done::Well);
    }
    session.may_write()?;
    let targets = session.targets(keys.clone())?;
    if rule.then == Then::Prune {
        if !args.yes {
            plan.confirm(session)?;
        }
        let act = Act::Prune { targets, reason: format!("retention: {}", rule.name), spare_pinned: true };
        return carry_out(session, &act, args.json, out);
    }
    propose(session, rule, targets, spared, args.json, out)
}

/// Lets a person decide: each memory is a proposal of its own, those of a rule can be decided at once.
fn propose(
    session: &mut Session,
    rule: &Rule,
    targets: Vec<Target>,
    spared: usize,
    json: bool,
    out: &mut Out,
) -> Result<Done, Failure> {
    let now = times::now();
    let drafts = targets.into_iter().map(|target| removal(session, rule, target)).collect::<Result<Vec<_>, _>>()?;
    let batch = Batch { id: 0, at: now, author: "retention".to_owned(), note: rule.name.clone() };
    let proposed = session.curator()?.propose(&batch, drafts, now)?;
    let count = |wanted: fn(&Taken) -> bool| proposed.taken.iter().filter(|taken| wanted(taken)).count();
    let told = RetentionJson {
        rule: rule.name.clone(),
        proposed: count(|taken| matches!(taken, Taken::New(_))),
        waiting: count(|taken| matches!(taken, Taken::Waits(_))),
        rejected: count(|taken| matches!(taken, Taken::Rejected(_))),
        spared,
    };
    if json {
        out.json(&told)?;
    } else {
        let others = [
            (told.waiting, "waited already"),
            (told.rejected, "left alone: you said no before"),
            (told.spared, "left alone: pinned"),
        ];
        let first = format!("{}: proposed to remove {}", rule.name, memories(told.proposed));
        let others = others.iter().filter(|(count, _)| *count > 0);
        let others = others.map(|(count, what)| format!("{} {what}", grouped(*count)));
        out.line(&std::iter::once(first).chain(others).collect::<Vec<_>>().join("; "))?;
    }
    out.finish()?;
    if told.proposed > 0 && !json {
        say("`memtui queue list` or screen 2 of `memtui` shows what waits");
    }
    Ok(if told.proposed > 0 { Done::Well } else { Done::Nothing })
}

/// The proposal to remove a memory.
fn removal(session: &mut Session, rule: &Rule, target: Target) -> Result<Draft, Failure> {
    let Key { store, .. } = target.key;
    let was = session.fields(target.key)?;
    let native = session.native(target.key)?;
    Ok(Draft {
        label: Label::Prune,
        reason: format!("The rule {} of your settings: {}", rule.name, rule.matches),
        evidence: Vec::new(),
        confidence: None,
        likeness: rule.name.clone(),
        steps: vec![Step { store, native, seen: target.seen, was, wish: Wish::Delete }],
    })
}

fn named(rule: &Rule, failure: Failure) -> Failure {
    match failure {
        Failure::Query(reason, _) => {
            Failure::Usage(format!("the rule {}: `{}` is no filter: {reason}", rule.name, rule.matches))
        }
        other => other,
    }
}
