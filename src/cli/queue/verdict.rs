//! `memtui queue approve`, `reject`, `snooze` and `reopen`.

use std::io::{self, IsTerminal as _, Write as _};

use super::{
    args::{Approve, Chosen, Reject, Reopen, Snooze, Verdict},
    json::DecidedJson,
    proposals,
    show::{head, look},
};
use crate::{
    app::Veil,
    change::{Label, ProposalId, Waiting},
    cli::{
        act::{ask, perform},
        columns::grouped,
        fail::{Done, Failure, say},
        open::Session,
        out::{Out, terminal_width},
        times,
    },
    curate::{Act, Decided, Decision},
    text,
};

/// Proposals that a question names before it only counts.
const SAMPLE: usize = 20;

/// What a verdict is on.
struct Picked {
    /// Each with the version that the verdict is on.
    lines: Vec<(Waiting, u32)>,
    /// Whether a version was not named, so that nobody can be sure that it was seen.
    blind: bool,
    /// Whether they were named by what they have in common.
    by_filter: bool,
}

pub(super) fn approve(session: &mut Session, args: &Approve, out: &mut Out) -> Result<Done, Failure> {
    let picked = pick(session, &args.chosen)?;
    if args.verdict.dry_run {
        return preview(session, &picked, args.verdict.json, out);
    }
    session.may_write()?;
    if picked.blind && !can_ask() {
        return Err(Failure::Usage(
            "nobody can be asked here, so what was seen must be named: write each proposal as ID@VERSION, or give \
             --version; `memtui queue list` prints both"
                .to_owned(),
        ));
    }
    if picked.blind && !args.verdict.yes {
        confirm("approve", &picked, session.veil())?;
    }
    decide(session, &picked, Decision::Approve(None), &args.verdict, out)
}

pub(super) fn reject(session: &mut Session, args: &Reject, out: &mut Out) -> Result<Done, Failure> {
    let decision = Decision::Reject { reason: args.reason.clone(), bury: !args.not_for_good };
    harmless(session, &args.chosen, ("reject", decision), &args.verdict, out)
}

pub(super) fn snooze(session: &mut Session, args: &Snooze, out: &mut Out) -> Result<Done, Failure> {
    harmless(session, &args.chosen, ("snooze", Decision::Snooze(args.until)), &args.verdict, out)
}

/// A verdict that changes no memory and can be taken back: only many at once are asked about.
fn harmless(
    session: &mut Session,
    chosen: &Chosen,
    (verb, decision): (&str, Decision),
    verdict: &Verdict,
    out: &mut Out,
) -> Result<Done, Failure> {
    let picked = pick(session, chosen)?;
    if verdict.dry_run {
        for (line, _) in &picked.lines {
            if verdict.json {
                out.json(&super::json::WaitingJson::from(line))?;
            } else {
                out.line(&format!("would {verb} {}  {}", head(line), session.veil().text(&line.title)))?;
            }
        }
        return Ok(Done::Well);
    }
    session.may_write()?;
    if picked.by_filter && !verdict.yes {
        confirm(verb, &picked, session.veil())?;
    }
    decide(session, &picked, decision, verdict, out)
}

pub(super) fn reopen(session: &mut Session, args: &Reopen, out: &mut Out) -> Result<Done, Failure> {
    session.may_write()?;
    let mut ids = Vec::with_capacity(args.ids.len());
    for named in &args.ids {
        let (proposal, _) = session.curator()?.proposal(named.id, times::now())?;
        let now = proposal.line.version;
        let seen = named.version.or(args.version).unwrap_or(now);
        if seen != now {
            let reason = format!("proposal {} is at version {now} by now, not {seen}; nothing was changed", named.id);
            return Err(Failure::Refused(reason));
        }
        ids.push((named.id, now));
    }
    act(session, ids, Decision::Reopen, args.json, out)
}

/// Finds the proposals that a verdict is on.
fn pick(session: &mut Session, chosen: &Chosen) -> Result<Picked, Failure> {
    if chosen.ids.is_empty() == chosen.filter.is_empty() {
        return Err(Failure::Usage(
            "name proposals by their numbers, or all that have a --batch, --cluster, --label or --author in common"
                .to_owned(),
        ));
    }
    if chosen.ids.is_empty() {
        if chosen.version.is_some() {
            return Err(Failure::Usage("--version goes with proposals that are named by their numbers".to_owned()));
        }
        return pick_by_filter(session, chosen);
    }
    if !session.has_ledger() {
        return Err(Failure::Usage("nothing was ever proposed".to_owned()));
    }
    let mut picked = Picked { lines: Vec::new(), blind: false, by_filter: false };
    for named in &chosen.ids {
        let version = named.version.or(chosen.version);
        let (proposal, _) = session.curator()?.proposal(named.id, times::now())?;
        picked.blind |= version.is_none();
        let version = version.unwrap_or(proposal.line.version);
        if !picked.lines.iter().any(|(line, _)| line.id == named.id) {
            picked.lines.push((proposal.line, version));
        }
    }
    Ok(picked)
}

fn pick_by_filter(session: &mut Session, chosen: &Chosen) -> Result<Picked, Failure> {
    let all: Vec<Waiting> = session.waiting()?.into_iter().filter(|line| chosen.filter.matches(line)).collect();
    let (held, free): (Vec<_>, Vec<_>) = all.into_iter().partition(|line| line.held.is_some());
    if !held.is_empty() {
        let left = "held apart, because you said no to the text before: name them by their numbers";
        say(&format!("{} left: {left}", proposals(held.len())));
    }
    if free.is_empty() {
        return Err(Failure::Refused("nothing that waits matches".to_owned()));
    }
    let lines = free.into_iter().map(|line| (line.version, line)).map(|(version, line)| (line, version)).collect();
    Ok(Picked { lines, blind: true, by_filter: true })
}

/// What an approval would do, to the letter. Nothing is changed.
fn preview(session: &mut Session, picked: &Picked, json: bool, out: &mut Out) -> Result<Done, Failure> {
    let mut possible = true;
    for (at, (line, version)) in picked.lines.iter().enumerate() {
        let looked = look(session, line.id)?;
        possible &= looked.is_possible() && line.version == *version;
        if json {
            out.json(&looked.json())?;
            continue;
        }
        if at > 0 {
            out.line("")?;
        }
        looked.print(session.veil(), out)?;
        if line.version != *version {
            out.line(&format!("not approved: it is at version {} by now, not {version}", line.version))?;
        }
    }
    Ok(if possible { Done::Well } else { Done::Nothing })
}

fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Names what is meant and asks. Anything but a plain yes is a no.
fn confirm(verb: &str, picked: &Picked, veil: Veil) -> Result<(), Failure> {
    let question = format!("{verb} {}", proposals(picked.lines.len()));
    if !can_ask() {
        return Err(Failure::Usage(format!("this would {question}; say --yes to do it, or --dry-run to look first")));
    }
    let mut stderr = io::stderr();
    let width = terminal_width(&stderr);
    for (line, _) in picked.lines.iter().take(SAMPLE) {
        let words = format!("{}  {}", head(line), veil.text(&line.title));
        let _ = writeln!(stderr, "{}", text::fit(&text::line(&words), width));
    }
    if picked.lines.len() > SAMPLE {
        let _ = writeln!(stderr, "… and {} more", grouped(picked.lines.len() - SAMPLE));
    }
    ask(&format!("{question}? `memtui queue reopen` takes it back."))
}

fn decide(
    session: &mut Session,
    picked: &Picked,
    decision: Decision,
    verdict: &Verdict,
    out: &mut Out,
) -> Result<Done, Failure> {
    let ids = picked.lines.iter().map(|(line, version)| (line.id, *version)).collect();
    act(session, ids, decision, verdict.json, out)
}

/// Gives the verdict, and says of each proposal what became of it.
fn act(
    session: &mut Session,
    proposals: Vec<(ProposalId, u32)>,
    decision: Decision,
    json: bool,
    out: &mut Out,
) -> Result<Done, Failure> {
    let done = match &decision {
        Decision::Approve(_) => "",
        Decision::Reject { .. } => "rejected",
        Decision::Snooze(_) => "snoozed",
        Decision::Reopen => "waits again",
    };
    let act = Act::Decide { proposals, decision, author: "you".to_owned() };
    let (report, moved) = perform(session, &act)?;
    let mut well = report.trouble.is_none();
    for decided in &report.decided {
        well &= matches!(decided.1, Decided::Applied { .. } | Decided::Noted);
        if json {
            out.json(&DecidedJson::from(decided))?;
            continue;
        }
        let label = session.curator()?.proposal(decided.0, times::now()).map(|(proposal, _)| proposal.line.label);
        let line = sentence(decided, label.unwrap_or(Label::Edit), done);
        if matches!(decided.1, Decided::Applied { .. } | Decided::Noted) {
            out.line(&line)?;
        } else {
            out.finish()?;
            say(&line);
        }
    }
    out.finish()?;
    session.follow(&moved)?;
    if let Some(trouble) = report.trouble {
        return Err(Failure::Store(trouble));
    }
    Ok(if well { Done::Well } else { Done::Nothing })
}

/// `12: merged (operation 45; …)`.
fn sentence((id, decided): &(ProposalId, Decided), label: Label, done: &str) -> String {
    match decided {
        Decided::Applied { operation: Some(operation), rebased } => {
            let rebased = if *rebased { ", on top of what changed since" } else { "" };
            let done = if done.is_empty() { label.done() } else { done };
            format!("{id}: {done}{rebased} (operation {operation}; `memtui undo {operation}` takes it back)")
        }
        Decided::Applied { operation: None, .. } => format!("{id}: it was so already; it waits no longer"),
        Decided::Noted => format!("{id}: {done}"),
        Decided::Moved(moved) => {
            format!("{id}: nothing was changed, because {moved}; `memtui queue show {id}` compares, `edit` decides")
        }
        Decided::Refused(reason) => format!("{id}: nothing was changed: {reason}"),
        Decided::Outdated => {
            format!("{id}: nothing was changed: it waits no longer, or not as that version; `memtui queue show {id}`")
        }
    }
}
