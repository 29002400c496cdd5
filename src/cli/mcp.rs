//! `memtui mcp`.

use std::env;

use clap::{Args as ClapArgs, ValueEnum};

use super::{
    args::Global,
    base::Base,
    fail::{Done, Failure, say},
};
use crate::{
    config::Mode,
    mcp::{self, Launch, Session},
    store::native,
};

/// `memtui mcp`.
#[derive(Debug, ClapArgs)]
pub struct Mcp {
    /// Who the agent is; what it may see and write stands under [agent.NAME] in the settings
    #[arg(long, value_name = "NAME")]
    pub agent: String,
    /// The project it works in; without it that of the directory, by the name of its git repository
    #[arg(long, value_name = "PROJECT")]
    pub scope: Option<String>,
    /// What happens to what it writes; without it as the settings say
    #[arg(long, value_enum)]
    pub mode: Option<How>,
}

/// What happens to what an agent writes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum How {
    /// What the grants let through is written, the rest waits
    Auto,
    /// Everything waits for a person
    Review,
    /// Nothing is taken
    ReadOnly,
}

pub(super) fn run(global: &Global, args: &Mcp) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    let database = match global.stores.as_slice() {
        [] => base.paths.shared(),
        [one] => one.clone(),
        _ => return Err(Failure::Usage("an agent is served one database; name one with --store".to_owned())),
    };
    if !native::recognises(&database) {
        return Err(Failure::Usage(format!(
            "{}: there is no shared database; `memtui init` makes one",
            database.display()
        )));
    }
    let mut settings = base.config.agent(&args.agent);
    match args.mode {
        _ if global.read_only => settings.mode = Mode::ReadOnly,
        Some(How::Auto) => settings.mode = Mode::Auto,
        Some(How::Review) => settings.mode = Mode::Review,
        Some(How::ReadOnly) => settings.mode = Mode::ReadOnly,
        None => {}
    }
    let here = || mcp::project_of(&env::current_dir().ok()?, env::home_dir().as_deref());
    let launch = Launch {
        agent: args.agent.clone(),
        project: args.scope.clone().or_else(here),
        settings,
        policies: base.config.policies.clone(),
        database,
        ledger: base.paths.ledger(),
    };
    let mut session = Session::open(launch).map_err(Failure::Usage)?;
    for notice in session.recover() {
        say(&notice);
    }
    mcp::serve(session).map_err(Failure::Store)?;
    Ok(Done::Well)
}
