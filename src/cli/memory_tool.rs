//! `memtui memory-tool`.

use std::{io, path::PathBuf};

use clap::Args as ClapArgs;

use super::{
    args::Global,
    base::Base,
    fail::{Done, Failure, say},
    out::Out,
    times,
};
use crate::{
    config::Mode,
    memory::ScopePattern,
    memory_tool::{self, Ground, Launch, Session},
    store::native,
};

/// `memtui memory-tool`.
#[derive(Debug, ClapArgs)]
pub struct MemoryTool {
    /// Keep the files in this directory when it is called `memories`, else in `memories` within it; it is made when it is
    /// not there. Without it they are memories of the shared database
    #[arg(long, value_name = "DIR", conflicts_with = "stores")]
    pub root: Option<PathBuf>,
    /// Who calls; its changes stand in the log under this name
    #[arg(long, value_name = "NAME", default_value = "memory-tool", value_parser = agent)]
    pub agent: String,
}

/// The name of an agent: nobody signs as a person.
fn agent(name: &str) -> Result<String, String> {
    let is_plain = |ch: char| ch.is_ascii_alphanumeric() || "-_./@".contains(ch);
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
        return Err("a name has 1 to 64 letters, digits, and - _ . / @".to_owned());
    }
    if ["you", "person"].contains(&name) {
        return Err("this is how a person signs; give the agent another name".to_owned());
    }
    Ok(name.to_owned())
}

pub(super) fn run(global: &Global, args: &MemoryTool, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    let settings = base.config.agent(&args.agent);
    // Who may write nowhere keeps no files either.
    let mode = if global.read_only || settings.write.is_empty() { Mode::ReadOnly } else { settings.mode };
    let launch = Launch {
        agent: args.agent.clone(),
        ground: ground(global, args, &base)?,
        ledger: base.paths.ledger(),
        safeguard: Some(base.safeguard()),
        mode,
        sees_all: settings.read.iter().any(|scope| ScopePattern::of(scope).matches(None)),
        now: times::now(),
    };
    let mut session = Session::open(launch).map_err(|problem| Failure::opening(&problem))?;
    for notice in session.recover(times::now()) {
        say(&notice);
    }
    memory_tool::serve(&mut session, &mut io::stdin().lock(), &times::now, &mut |session, answer| {
        for trouble in session.take_troubles() {
            say(&trouble);
        }
        out.json(answer)?;
        out.finish()
    })?;
    Ok(Done::Well)
}

fn ground(global: &Global, args: &MemoryTool, base: &Base) -> Result<Ground, Failure> {
    if let Some(root) = &args.root {
        return Ok(Ground::Directory(root.clone()));
    }
    let database = match global.stores.as_slice() {
        [] => base.paths.shared(),
        [one] => one.clone(),
        _ => return Err(Failure::Usage("an agent is served one database; name one with --store".to_owned())),
    };
    if !native::recognises(&database) {
        let place = database.display();
        return Err(Failure::Usage(format!(
            "{place}: there is no shared database; `memtui init` makes one, --root DIR keeps files instead"
        )));
    }
    Ok(Ground::Database(database))
}
