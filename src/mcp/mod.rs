//! The door through which agents use the shared database: a server of the
//! [Model Context Protocol](https://modelcontextprotocol.io) on standard input and output.
//!
//! Who speaks is settled when the server is launched and never by what is said. `grants` holds what that agent may see and
//! write, `door` what no text gets past, `gate` what waits for a person; `session` does what the tools promise.

mod ask;
mod door;
mod gate;
mod grants;
mod propose;
mod recall;
mod server;
mod session;
mod show;
mod tools;
mod write;

use std::path::PathBuf;

pub use grants::{BadLaunch, project_of};
pub use server::serve;
pub use session::{Answer, Session};

use crate::{config::Agent, curate::Policy};

/// How the server was launched: who the agent is and what it may do.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The agent's name.
    pub agent: String,
    /// The project that it works in, if any.
    pub project: Option<String>,
    /// What it may do.
    pub settings: Agent,
    /// The person's policies for proposals.
    pub policies: Vec<Policy>,
    /// The shared database.
    pub database: PathBuf,
    /// The ledger.
    pub ledger: PathBuf,
}
