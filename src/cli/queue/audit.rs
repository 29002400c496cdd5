//! `memtui queue audit`, `rates` and `tombstones`: what was decided, and what it left.

use super::{
    args::{Audit, Plain, Tombstones},
    elsewhere,
    json::{GivenJson, RateJson, TombstoneJson},
};
use crate::{
    change::Waiting,
    cli::{
        columns::{Column, Columns, Give},
        fail::{Done, Failure, say},
        open::Session,
        out::Out,
        times,
    },
    config::quoted,
    curate::Policy,
    ledger::{Given, Rate},
};

/// Verdicts of a person from which on their agreement says something.
const ENOUGH: u32 = 10;
/// Agreement from which on a policy is worth a thought.
const AGREED: f64 = 0.95;
/// What a suggested policy asks of the author at least.
const SURE: f32 = 0.9;

pub(super) fn audit(session: &mut Session, args: &Audit, out: &mut Out) -> Result<Done, Failure> {
    let given = if session.has_ledger() { session.curator()?.ledger()?.unseen()? } else { Vec::new() };
    let mut rows = Vec::with_capacity(given.len());
    for given in &given {
        // A proposal about a store that is not open is named by its number alone.
        let line = session.curator()?.ledger()?.proposal(given.proposal)?.map(|(proposal, _)| proposal.line);
        if args.json {
            out.json(&GivenJson::of(given, line.as_ref()))?;
        } else {
            rows.push(cells(given, line.as_ref(), session));
        }
    }
    let others = session.elsewhere()?;
    rows.extend(elsewhere::rows(&others, session, args.json, out)?);
    Columns::new(&[
        ("OPERATION", Column::Number(9)),
        ("WHEN", Column::Upto(16)),
        ("BY", Column::Upto(36)),
        ("WHAT", Column::Upto(32)),
        ("ABOUT", Column::Rest),
    ])
    .giving_way(vec![("OPERATION", Give::Narrow(9, "OP")), ("BY", Give::Narrow(20, "BY")), ("WHEN", Give::Drop)])
    .print(&rows, out)?;
    out.finish()?;
    if args.seen {
        session.may_write()?;
        let seen: Vec<i64> = given.iter().map(|given| given.id).collect();
        session.curator()?.saw(&seen, times::now())?;
        session.saw_elsewhere()?;
    }
    let by_others = others.iter().any(|store| store.total() > 0);
    if !args.json {
        elsewhere::sum_up(&others);
        if !given.is_empty() {
            say("`memtui undo OPERATION` takes back what a policy applied");
        }
        match (given.is_empty() && !by_others, args.seen) {
            (true, _) => say("no policy applied anything, and nobody changed anything, that was not seen yet"),
            (false, true) => say("the list is put away; the next one begins here"),
            (false, false) => say("`memtui queue audit --seen` puts the list away"),
        }
    }
    Ok(if given.is_empty() && !by_others { Done::Nothing } else { Done::Well })
}

fn cells(given: &Given, line: Option<&Waiting>, session: &Session) -> Vec<String> {
    let title = line.map(|line| session.veil().text(&line.title).into_owned());
    vec![
        given.operation.map_or_else(|| "-".to_owned(), |operation| operation.to_string()),
        times::local(given.at),
        given.author.clone(),
        line.map(Waiting::sentence).unwrap_or_default(),
        title.unwrap_or_else(|| format!("proposal {}", given.proposal)),
    ]
}

pub(super) fn rates(session: &mut Session, args: &Plain, out: &mut Out) -> Result<Done, Failure> {
    let rates = if session.has_ledger() { session.curator()?.ledger()?.rates()? } else { Vec::new() };
    let mut rows = Vec::with_capacity(rates.len());
    let mut suggestions = Vec::new();
    for rate in &rates {
        let suggestion = suggested(rate, session.policies());
        if args.json {
            out.json(&RateJson::of(rate, suggestion))?;
            continue;
        }
        suggestions.extend(suggestion);
        let share = format!("{:.0}%", rate.share() * 100.0);
        let counts = [rate.approved.to_string(), rate.rejected.to_string(), share];
        rows.push([rate.author.clone(), rate.label.name().to_owned()].into_iter().chain(counts).collect());
    }
    Columns::new(&[
        ("AUTHOR", Column::Upto(40)),
        ("LABEL", Column::Upto(10)),
        ("APPROVED", Column::Number(8)),
        ("REJECTED", Column::Number(8)),
        ("RATE", Column::Number(5)),
    ])
    .print(&rows, out)?;
    out.finish()?;
    if rates.is_empty() {
        say("no verdict was given yet");
        return Ok(Done::Nothing);
    }
    if !suggestions.is_empty() {
        say("you agreed nearly always with these; config.toml could say (memtui never writes it):");
        for line in suggestions.iter().flat_map(|suggestion| suggestion.lines()) {
            say(line);
        }
    }
    Ok(Done::Well)
}

/// The policy that the person's agreement would justify, as it is written in the settings; nothing where one is there, and
/// for labels that mostly delete, which no policy applies.
fn suggested(rate: &Rate, policies: &[Policy]) -> Option<String> {
    let there = policies.iter().any(|policy| policy.label == rate.label && policy.is_about(&rate.author));
    let enough = rate.approved + rate.rejected >= ENOUGH && rate.share() >= AGREED;
    (enough && !there && !rate.label.mostly_deletes()).then(|| {
        let (author, label) = (quoted(&rate.author), rate.label.name());
        format!("[[policy]]\nauthor = {author}\nlabel = \"{label}\"\nmin_confidence = {SURE}")
    })
}

pub(super) fn tombstones(session: &mut Session, args: &Tombstones, out: &mut Out) -> Result<Done, Failure> {
    if !args.lift.is_empty() {
        return lift(session, &args.lift, out);
    }
    let stones = if session.has_ledger() { session.curator()?.ledger()?.tombstones()? } else { Vec::new() };
    let mut rows = Vec::with_capacity(stones.len());
    for stone in &stones {
        if args.json {
            out.json(&TombstoneJson::from(stone))?;
            continue;
        }
        let title = session.veil().text(&stone.title).into_owned();
        rows.push(vec![stone.id.to_string(), times::local(stone.at), stone.reason.clone(), title]);
    }
    Columns::new(&[
        ("TOMBSTONE", Column::Number(9)),
        ("WHEN", Column::Upto(16)),
        ("WHY", Column::Upto(40)),
        ("TITLE", Column::Rest),
    ])
    .giving_way(vec![("TOMBSTONE", Give::Narrow(9, "NO")), ("WHY", Give::Narrow(20, "WHY")), ("WHEN", Give::Drop)])
    .print(&rows, out)?;
    out.finish()?;
    if stones.is_empty() {
        say("every text may come back");
        return Ok(Done::Nothing);
    }
    Ok(Done::Well)
}

fn lift(session: &mut Session, stones: &[i64], out: &mut Out) -> Result<Done, Failure> {
    session.may_write()?;
    let mut well = true;
    for stone in stones {
        let lifted = session.curator()?.lift(*stone, times::now())?;
        well &= lifted;
        if lifted {
            out.line(&format!("{stone}: the text may come back"))?;
        } else {
            say(&format!("{stone}: there is no such tombstone; `memtui queue tombstones` lists them"));
        }
    }
    Ok(if well { Done::Well } else { Done::Nothing })
}
