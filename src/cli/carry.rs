//! `memtui copy` and `memtui move`: memories into another store, or another part of one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use serde::Serialize;

use super::{
    act::{ask, carry_out, choose, refuse_empty},
    args::{Global, Targets},
    columns::memories,
    fail::{Done, Failure, say},
    open::Session,
    out::Out,
};
use crate::{
    change::Label,
    curate::{Act, Cargo, CarryPlan, Destination, Fate},
    store::Store,
    text,
};

/// Memories that are shown in full before the rest is only counted.
const SAMPLE: usize = 10;

/// `memtui copy` and `memtui move`.
#[derive(Debug, Args)]
pub struct Carry {
    /// Which.
    #[command(flatten)]
    pub targets: Targets,
    /// Where to: an open store (`shared`), a part of it (`instructions:AGENTS.md`), or the path of a file or directory
    #[arg(long, value_name = "STORE[:PART]")]
    pub to: String,
    /// The scope that they get there: a project, or `user` for everywhere; without, the one they have
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// The kind that they get there; without, the one they have
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Say what each would become and what the store cannot hold, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What a memory would become in another store.
#[derive(Debug, Serialize)]
pub(super) struct CargoJson {
    /// Its name now.
    pub id: String,
    /// Where it would go.
    pub to: String,
    /// What it would say there, by field; empty when it stays.
    pub becomes: serde_json::Map<String, serde_json::Value>,
    /// What cannot be held there, by field.
    pub left: serde_json::Map<String, serde_json::Value>,
    /// Why it stays where it is, or null.
    pub stays: Option<String>,
}

pub(super) fn run(global: &Global, args: &Carry, moves: bool, out: &mut Out) -> Result<Done, Failure> {
    refuse_empty(&args.targets)?;
    let (mut session, store, drawer) = open(global, &args.to)?;
    let chosen = choose(&mut session, &args.targets)?;
    let verb = if moves { "move" } else { "copy" };
    let mut keys = chosen.keys;
    // A bulk move leaves what is pinned; a copy takes nothing away.
    let all = keys.len();
    keys.retain(|key| chosen.by_name || !moves || !session.is_pinned(*key));
    if keys.len() < all {
        say(&format!("{} that match are pinned and stay", memories(all - keys.len())));
    }
    let scope = args.scope.as_ref().map(|scope| Some(scope.clone()).filter(|scope| scope != "user"));
    let to = Destination { store, drawer, scope, kind: args.kind.clone(), moves };
    let plan = session.curator()?.plan_carry(&keys, to)?;
    if plan.count() == 0 {
        plan.items.iter().for_each(|item| say(&stays(item)));
        let why = if plan.items.is_empty() { "no memory matches; " } else { "" };
        return Err(Failure::Refused(format!("{why}nothing was {}", plan.label().done())));
    }
    if args.dry_run {
        preview(&session, &plan, args.json, out)?;
        return Ok(Done::Well);
    }
    session.may_write()?;
    if !args.yes && !chosen.by_name {
        let question = format!("{verb} {} to {}", memories(plan.count()), plan.target);
        if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            return Err(Failure::Usage(format!(
                "this would {question}; say --yes to do it, or --dry-run to look first"
            )));
        }
        ask(&format!("{question}? `memtui undo` takes it back."))?;
    }
    let act = Act::Carry { plan: Arc::new(plan), reason: args.reason.clone() };
    carry_out(&mut session, &act, args.json, out)
}

/// The open stores with the one that is meant among them, its place, and the part of it.
fn open(global: &Global, to: &str) -> Result<(Session, u8, Option<String>), Failure> {
    let session = Session::open(global)?;
    let named = |session: &Session, name: &str| {
        let place = session.stores().iter().position(|store| store.about().name == name)?;
        u8::try_from(place).ok()
    };
    let (name, drawer) = to.split_once(':').map_or((to, None), |(name, part)| (name, Some(part.to_owned())));
    if let Some(store) = named(&session, name) {
        return Ok((session, store, drawer));
    }
    let (path, drawer) = if Path::new(to).exists() { (to, None) } else { (name, drawer) };
    if !Path::new(path).exists() {
        let takers: Vec<String> =
            session.stores().iter().filter(|it| it.takes()).map(|it| known(it.as_ref())).collect();
        let reason = format!("there is no store {to} to add to, and no such path; there are {}", takers.join(", "));
        return Err(Failure::Usage(reason));
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    let covering = session.stores().iter().position(|store| store.about().path == absolute);
    if let Some(store) = covering.and_then(|place| u8::try_from(place).ok()) {
        return Ok((session, store, drawer));
    }
    let session = Session::open_with(global, &absolute)?;
    let store = u8::try_from(session.stores().len().saturating_sub(1)).unwrap_or(u8::MAX);
    Ok((session, store, drawer))
}

/// A store that takes memories, with the parts of it.
fn known(store: &dyn Store) -> String {
    let drawers: Vec<String> = store.drawers().into_iter().map(|drawer| drawer.name).collect();
    let name = &store.about().name;
    if drawers.len() < 2 { name.clone() } else { format!("{name} ({})", drawers.join(", ")) }
}

fn preview(session: &Session, plan: &CarryPlan, json: bool, out: &mut Out) -> Result<(), Failure> {
    if json {
        return plan.items.iter().try_for_each(|item| Ok(out.json(&CargoJson::of(item, plan))?));
    }
    let veil = session.veil();
    let verb = if plan.label() == Label::Move { "move" } else { "copy" };
    out.line(&format!("would {verb} {} to {}", memories(plan.count()), plan.target))?;
    for item in plan.items.iter().take(SAMPLE) {
        if let Fate::Stays(_) = &item.fate {
            out.line(&format!("  {}", stays(item)))?;
            continue;
        }
        out.line(&format!("  {}  {}", item.id, veil.text(&item.title)))?;
        for (field, value) in item.becomes() {
            let value = veil.text(&value).into_owned();
            let first = value.lines().next().unwrap_or_default();
            let more = value.lines().count().saturating_sub(1);
            let more = if more > 0 { format!(" … and {more} more lines") } else { String::new() };
            out.line(&format!("    {field}: {}{more}", text::fit(first, 100)))?;
        }
        for left in item.left() {
            out.line(&format!("    not held there: {}: {}", left.field, veil.text(&left.why)))?;
        }
    }
    if plan.items.len() > SAMPLE {
        out.line(&format!("  … and {} more; --json prints all", plan.items.len() - SAMPLE))?;
    }
    Ok(())
}

fn stays(item: &Cargo) -> String {
    let reason = if let Fate::Stays(reason) = &item.fate { reason.as_str() } else { "" };
    format!("{} stays: {reason}", item.id)
}

impl CargoJson {
    fn of(item: &Cargo, plan: &CarryPlan) -> Self {
        let left = item.left().iter().map(|left| (left.field.to_owned(), left.why.clone().into()));
        Self {
            id: item.id.to_string(),
            to: plan.target.clone(),
            becomes: item.becomes().into_iter().map(|(name, value)| (name, value.into())).collect(),
            left: left.collect(),
            stays: if let Fate::Stays(reason) = &item.fate { Some(reason.clone()) } else { None },
        }
    }

    /// One with everything.
    pub(super) fn example() -> Self {
        let (id, to) = (String::new(), String::new());
        Self { id, to, becomes: serde_json::Map::new(), left: serde_json::Map::new(), stays: None }
    }
}
