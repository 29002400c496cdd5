//! `memtui why`: which memories say something, who brought it, and correcting all of them at once.

use std::sync::Arc;

use clap::{ArgGroup, Args};

use super::{
    act::{ask, carry_out},
    args::Global,
    columns::{grouped, memories},
    fail::{Done, Failure, say},
    json::{CorrectionJson, WhyJson},
    log::side,
    open::Session,
    out::Out,
    times, versions,
};
use crate::{
    change::{Draft, FieldValue, Wish},
    curate::{Act, MemoryVersion},
    engine::{Deed, Said, Sayer, correction},
    memory::MemoryId,
    query::{Expr, Term},
};

/// `memtui why`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("deed").args(["replace", "prune", "confidence"])))]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Why {
    /// What is said: `deploys use Vercel`. Memories with these words in this order, else with all of them
    #[arg(value_name = "TEXT", required = true)]
    pub text: Vec<String>,
    /// Put these words in the place of the sentence, in all of them; empty words take it out
    #[arg(long, value_name = "TEXT")]
    pub replace: Option<String>,
    /// Prune all of them
    #[arg(long)]
    pub prune: bool,
    /// Give all of them this confidence, 0 to 1
    #[arg(long, value_name = "C", value_parser = sure)]
    pub confidence: Option<f32>,
    /// With `--prune`: leave a tombstone with these words, so that what is pruned does not come back
    #[arg(long, value_name = "TEXT", requires = "prune")]
    pub tombstone: Option<String>,
    /// Let it wait in the queue instead of doing it now
    #[arg(long, requires = "deed")]
    pub propose: bool,
    /// Show the difference that it makes to each, and change nothing
    #[arg(long, requires = "deed", conflicts_with = "propose")]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, requires = "deed")]
    pub yes: bool,
    /// Print at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Print JSON Lines, one memory each
    #[arg(long)]
    pub json: bool,
}

fn sure(text: &str) -> Result<f32, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| format!("`{text}` is no confidence; write a number from 0 to 1"))
}

pub(super) fn run(global: &Global, args: &Why, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.look()?;
    let text = args.text.join(" ");
    let Expr::Term(Term::Word(..) | Term::Phrase(_)) = Expr::text(&text, false) else {
        return Err(Failure::Usage("there is no word to look for".to_owned()));
    };
    session.judged()?;
    let said = session.desk.who_says(&text)?;
    if said.total == 0 {
        say("no memory says so; `memtui list` with fewer words may find what is near");
        return Ok(Done::Nothing);
    }
    if let Some(deed) = deed(args) {
        return correct(&mut session, args, &said, &deed, out);
    }
    if !said.exact && !args.json {
        say("no memory says so in this order; these have all the words");
    }
    let shown = said.sayers.len().min(args.limit);
    for sayer in said.sayers.iter().take(args.limit) {
        let brought = brought(&mut session, &sayer.row.id, &text)?;
        if args.json {
            out.json(&as_json(sayer, brought.as_ref()))?;
        } else {
            print(&mut session, sayer, brought.as_ref(), out)?;
        }
    }
    if shown < said.total {
        say(&format!("{} of {}; --limit prints more", grouped(shown), grouped(said.total)));
    }
    if !args.json && out.width().is_some() {
        out.line("")?;
        out.line("`memtui why TEXT --replace WORDS`, `--prune` or `--confidence C` corrects all of them at once;")?;
        out.line("`memtui rollback --session ID` or `--agent NAME --since TIME` takes back all that came with one.")?;
    }
    Ok(Done::Well)
}

fn deed(args: &Why) -> Option<Deed> {
    match (&args.replace, args.prune, args.confidence) {
        (Some(with), ..) => Some(Deed::Reword(with.clone())),
        (None, true, _) => Some(Deed::Prune),
        (None, false, Some(value)) => Some(Deed::Confidence(Some(value))),
        (None, false, None) => None,
    }
}

/// Corrects all of them as one operation, or lets that wait in the queue.
fn correct(session: &mut Session, args: &Why, said: &Said, deed: &Deed, out: &mut Out) -> Result<Done, Failure> {
    if !said.exact {
        let reason = "no memory says so in this order, and what only has the words is not corrected for it";
        return Err(Failure::Refused(format!("{reason}; nothing was changed")));
    }
    if said.sayers.len() < said.total {
        return Err(Failure::Refused(format!(
            "{} say so, more than are corrected at once; use more words, or `memtui prune --where`",
            memories(said.total)
        )));
    }
    let draft = correction(&said.text, deed, &said.sayers);
    let left = said.sayers.len() - draft.steps.len();
    if args.dry_run {
        preview(session, args, &draft, out)?;
        if left > 0 && !args.json {
            out.line(&format!("{} cannot be edited so and stay", memories(left)))?;
        }
        return Ok(if draft.steps.is_empty() { Done::Nothing } else { Done::Well });
    }
    session.may_write()?;
    if draft.steps.is_empty() {
        return Err(Failure::Refused("none of them can be edited so; nothing was changed".to_owned()));
    }
    if left > 0 {
        say(&format!("{} cannot be edited so and stay", memories(left)));
    }
    let changed = memories(draft.steps.len());
    if args.propose {
        let waits = session.curator()?.propose_own(draft, times::now())?;
        say(if waits {
            "it waits in the queue now"
        } else {
            "it waits in the queue already, or you said no to it before"
        });
        return Ok(if waits { Done::Well } else { Done::Nothing });
    }
    if !args.yes {
        if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            return Err(Failure::Usage(format!(
                "this would change {changed}; say --yes to do it, or --dry-run to look first"
            )));
        }
        preview(session, args, &draft, out)?;
        ask(&format!("change {changed}? `memtui undo` takes it back."))?;
    }
    carry_out(session, &Act::Correct { draft: Arc::new(draft), tombstone: args.tombstone.clone() }, args.json, out)
}

/// What it does to each of them.
fn preview(session: &mut Session, args: &Why, draft: &Draft, out: &mut Out) -> Result<(), Failure> {
    let names = session.store_names();
    let veil = session.veil();
    let words = |value: &FieldValue| match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::List(items) => items.join("\n"),
    };
    for step in &draft.steps {
        let store = names.get(usize::from(step.store)).cloned().unwrap_or_default();
        let id = MemoryId { store, native: step.native.clone() }.to_string();
        let was = |name: &str| step.was.iter().find(|(field, _)| field == name).map(|(_, value)| words(value));
        let fields: Vec<(String, Option<String>, Option<String>)> = match &step.wish {
            Wish::Edit(edit) => {
                edit.iter().map(|(name, value)| (name.clone(), was(name), Some(words(value)))).collect()
            }
            _ => Vec::new(),
        };
        if args.json {
            out.json(&CorrectionJson::of(&id, draft.label, fields))?;
            continue;
        }
        out.line(&format!("{} {id}", draft.label.name()))?;
        for (name, before, after) in fields {
            out.line(&format!("  {name}"))?;
            side("-", before.as_deref(), veil, out)?;
            side("+", after.as_deref(), veil, out)?;
        }
    }
    Ok(())
}

/// The version that brought the words, where more is known than that they are there.
fn brought(session: &mut Session, id: &MemoryId, text: &str) -> Result<Option<MemoryVersion>, Failure> {
    // Who only looks has no past to look into when there is no ledger, and makes none.
    if !session.base.paths.ledger().exists() {
        return Ok(None);
    }
    let curator = session.curator()?;
    let now = times::now();
    let versions = curator.versions(id, now)?;
    let at = curator.blame(id, &versions, text, now)?;
    Ok(at.and_then(|at| versions.get(at)).cloned())
}

fn as_json(sayer: &Sayer, brought: Option<&MemoryVersion>) -> WhyJson {
    let (operation, author) = match brought.map(|version| &version.brought) {
        Some(crate::curate::Brought::Operation { id, author, .. }) => (Some(*id), Some(author.clone())),
        _ => (None, None),
    };
    let row = &sayer.row;
    WhyJson {
        id: row.id.to_string(),
        title: row.title.clone(),
        created: row.created.and_then(times::rfc3339),
        confidence: row.confidence.map(|it| (f64::from(it.value) * 100.0).round() / 100.0),
        operation,
        since: brought.and_then(|version| version.at).and_then(times::rfc3339),
        author: author.or_else(|| sayer.from.agent.clone()),
        session: sayer.from.session.clone(),
        evidence: sayer.from.prompt.clone(),
    }
}

fn print(session: &mut Session, sayer: &Sayer, brought: Option<&MemoryVersion>, out: &mut Out) -> Result<(), Failure> {
    let mut row = sayer.row.clone();
    let veil = session.veil();
    veil.row(&mut row);
    out.line(&row.title)?;
    let age = row.created.map_or_else(|| "-".to_owned(), |at| times::age(Some(at), times::now()));
    let confidence = row.confidence.map_or_else(|| "-".to_owned(), |it| it.to_string());
    out.line(&format!("  {} · age {age} · confidence {confidence} · {}", row.id, row.scope))?;
    let from = &sayer.from;
    let told = [
        from.agent.as_ref().map(|agent| format!("agent {agent}")),
        from.session.as_ref().map(|session| format!("session {session}")),
        from.prompt.as_ref().map(|prompt| format!("prompt “{}”", prompt.chars().take(120).collect::<String>())),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    if !told.is_empty() {
        out.line(&veil.text(&format!("  from {}", told.join(" · "))))?;
    }
    if let Some(version) = brought {
        let since = version.at.map_or_else(String::new, |at| format!(", {}", times::local(at)));
        out.line(&format!("  the words came by: {}{since}", versions::brought(&version.brought)))?;
    }
    Ok(())
}
