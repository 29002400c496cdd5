//! `memtui why`: which memories say something, and who brought it.

use clap::Args;

use super::{
    args::Global,
    columns::grouped,
    fail::{Done, Failure, say},
    json::WhyJson,
    open::Session,
    out::Out,
    times, versions,
};
use crate::{
    catalog::ViewSpec,
    curate::MemoryVersion,
    engine::Detail,
    memory::{Key, MemoryId},
    query::{Expr, Term},
};

/// `memtui why`.
#[derive(Debug, Args)]
pub struct Why {
    /// What is said: `deploys use Vercel`. Memories with these words in this order, else with all of them
    #[arg(value_name = "TEXT", required = true)]
    pub text: Vec<String>,
    /// Print at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Print JSON Lines, one memory each
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(global: &Global, args: &Why, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.look()?;
    let text = args.text.join(" ");
    let Expr::Term(Term::Word(..) | Term::Phrase(_)) = Expr::text(&text, false) else {
        return Err(Failure::Usage("there is no word to look for".to_owned()));
    };
    let (keys, exact) = found(&mut session, &text)?;
    if keys.is_empty() {
        say("no memory says so; `memtui list` with fewer words may find what is near");
        return Ok(Done::Nothing);
    }
    if !exact && !args.json {
        say("no memory says so in this order; these have all the words");
    }
    let shown = keys.len().min(args.limit);
    for key in keys.iter().take(args.limit) {
        let Some(detail) = session.detail(*key)? else { continue };
        let id = detail.memory.row.id.clone();
        let brought = brought(&mut session, &id, &text)?;
        if args.json {
            out.json(&as_json(&detail, brought.as_ref()))?;
        } else {
            print(&mut session, &detail, brought.as_ref(), out)?;
        }
    }
    if shown < keys.len() {
        say(&format!("{} of {}; --limit prints more", grouped(shown), grouped(keys.len())));
    }
    if !args.json && out.width().is_some() {
        out.line("")?;
        out.line("`memtui rollback --session ID` or `--agent NAME --since TIME` takes back all that came with one;")?;
        out.line("`memtui prune ID` deletes one, `memtui edit ID` corrects it, `memtui versions ID` shows its past.")?;
    }
    Ok(Done::Well)
}

/// Memories that say it, newest first, and whether in this order.
fn found(session: &mut Session, text: &str) -> Result<(Vec<Key>, bool), Failure> {
    let words = Expr::And(text.split_whitespace().map(|word| Expr::text(word, false)).collect()).normalised();
    for (filter, exact) in [(Expr::text(text, false), true), (words, false)] {
        let view = session.view(&ViewSpec { filter, ..ViewSpec::default() })?;
        let keys = session.keys(&view, 0..view.count.number);
        if !keys.is_empty() {
            return Ok((keys, exact));
        }
    }
    Ok((Vec::new(), false))
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

fn as_json(detail: &Detail, brought: Option<&MemoryVersion>) -> WhyJson {
    let memory = &detail.memory;
    let from = &memory.provenance;
    let (operation, author) = match brought.map(|version| &version.brought) {
        Some(crate::curate::Brought::Operation { id, author, .. }) => (Some(*id), Some(author.clone())),
        _ => (None, None),
    };
    WhyJson {
        id: memory.row.id.to_string(),
        title: memory.title.clone(),
        created: memory.row.created.and_then(times::rfc3339),
        confidence: memory.row.confidence.map(|it| (f64::from(it.value) * 100.0).round() / 100.0),
        operation,
        author: author.or_else(|| from.agent.clone()),
        session: from.session.clone(),
        evidence: from.prompt.clone(),
    }
}

fn print(
    session: &mut Session,
    detail: &Detail,
    brought: Option<&MemoryVersion>,
    out: &mut Out,
) -> Result<(), Failure> {
    let masked = session.veil().detail(detail);
    let memory = &masked.as_deref().unwrap_or(detail).memory;
    let row = &memory.row;
    out.line(&memory.title)?;
    let age = row.created.map_or_else(|| "-".to_owned(), |at| times::age(Some(at), times::now()));
    let confidence = row.confidence.map_or_else(|| "-".to_owned(), |it| it.to_string());
    out.line(&format!("  {} · age {age} · confidence {confidence} · {}", row.id, row.scope))?;
    let from = &memory.provenance;
    let told = [
        from.agent.as_ref().map(|agent| format!("agent {agent}")),
        from.session.as_ref().map(|session| format!("session {session}")),
        from.prompt.as_ref().map(|prompt| format!("prompt “{}”", prompt.chars().take(120).collect::<String>())),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    if !told.is_empty() {
        out.line(&format!("  from {}", told.join(" · ")))?;
    }
    if session.base.paths.ledger().exists()
        && let Some((operation, label, id)) = session.curator()?.carried_from(&row.id, times::now())?
    {
        out.line(&format!("  {} from {id} by operation {operation}", label.done()))?;
    }
    if let Some(version) = brought {
        let since = version.at.map_or_else(String::new, |at| format!(", {}", times::local(at)));
        out.line(&format!("  the words came by: {}{since}", versions::brought(&version.brought)))?;
    }
    Ok(())
}
