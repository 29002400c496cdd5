//! The client's half of Anthropic's memory tool: calls come in as JSON Lines, every change is an operation of the ledger.

mod call;
mod commands;
mod door;
mod lines;
mod listing;
mod path;
mod shelf;
#[cfg(test)]
mod tests;

use std::{
    io::{self, BufRead, Read as _},
    path::PathBuf,
    sync::Arc,
};

pub use call::Answer;

use self::{
    call::{Call, Command},
    shelf::Shelf,
};
use crate::{
    change::Batch,
    config::Mode,
    curate::{Curator, backup::Safeguard},
    ledger::Ledger,
    memory::EpochMs,
    store::{Problem, Store, files, native},
};

/// Bytes of a line that are read; no call of a model is longer.
const LONGEST_LINE: u64 = 16 << 20;

/// What calls are answered over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A directory of files.
    Directory(PathBuf),
    /// The shared database at this path.
    Database(PathBuf),
}

/// What a session needs to know.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Who calls; its changes stand in the ledger under this name.
    pub agent: String,
    /// What calls are answered over.
    pub ground: Ground,
    /// Where the ledger is.
    pub ledger: PathBuf,
    /// When stores are copied before they are changed.
    pub safeguard: Option<Safeguard>,
    /// What the person lets this agent do.
    pub mode: Mode,
    /// Whether it is shown files that are for every agent, in the shared database.
    pub sees_all: bool,
    /// When it is launched.
    pub now: EpochMs,
}

/// One agent's use of the memory tool.
pub struct Session {
    agent: String,
    shelf: Shelf,
    curator: Curator,
    batch: Batch,
    mode: Mode,
    /// What went wrong, for the person: agents are not told where things are.
    troubles: Vec<String>,
}

impl Session {
    /// Opens the directory, which is made when it is not there, or the database.
    ///
    /// # Errors
    /// Any [`Problem`] that the place can have.
    pub fn open(launch: Launch) -> Result<Self, Problem> {
        let store: Arc<dyn Store> = match &launch.ground {
            Ground::Directory(root) => {
                files::memory_tool(root, launch.mode == Mode::Auto)?.open("memory-tool".to_owned())
            }
            Ground::Database(path) => native::open(path, native::NAME.to_owned())?,
        };
        let shelf = match launch.ground {
            Ground::Directory(_) => Shelf::files(&store)?,
            Ground::Database(_) => Shelf::shared(&store, launch.agent.clone(), launch.sees_all)?,
        };
        let curator = Curator::new(Ledger::open(&launch.ledger), &[store]).guarded(launch.safeguard);
        let note = format!("memory tool, process {}", std::process::id());
        let batch = Batch { id: 0, at: launch.now, author: format!("agent:{}", launch.agent), note };
        Ok(Self { agent: launch.agent, shelf, curator, batch, mode: launch.mode, troubles: Vec::new() })
    }

    /// Looks after what a crash left open. Sentences for the person.
    pub fn recover(&mut self, now: EpochMs) -> Vec<String> {
        if self.mode == Mode::ReadOnly {
            return Vec::new();
        }
        self.curator.recover(now).unwrap_or_else(|problem| vec![problem.to_string()])
    }

    /// What went wrong since the last call, for the person.
    pub fn take_troubles(&mut self) -> Vec<String> {
        let mut troubles = std::mem::take(&mut self.troubles);
        troubles.append(&mut self.curator.take_notices());
        troubles
    }

    /// Answers one line: a call as such, or within a `tool_use` block.
    pub fn answer(&mut self, line: &[u8], now: EpochMs) -> Answer {
        let Call { id, command } = Call::read(line);
        Answer::new(id, command.and_then(|command| self.obey(&command, now)))
    }

    fn obey(&mut self, command: &Command, now: EpochMs) -> Result<String, String> {
        match command {
            Command::View { path, view_range } => self.view(path, *view_range, now),
            Command::Create { path, file_text } => self.create(path, file_text, now),
            Command::StrReplace { path, old_str, new_str } => {
                self.str_replace(path, old_str, new_str.as_deref().unwrap_or_default(), now)
            }
            Command::Insert { path, insert_line, insert_text } => self.insert(path, *insert_line, insert_text, now),
            Command::Delete { path } => self.delete(path, now),
            Command::Rename { old_path, new_path } => self.rename(old_path, new_path, now),
        }
    }
}

/// Answers every line until the input ends. An answer goes out before the next line is read.
///
/// # Errors
/// The input cannot be read, or an answer cannot be given.
pub fn serve(
    session: &mut Session,
    input: &mut dyn BufRead,
    now: &dyn Fn() -> EpochMs,
    give: &mut dyn FnMut(&mut Session, &Answer) -> io::Result<()>,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut *input).take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let is_whole = line.ends_with(b"\n") || (line.len() as u64) < LONGEST_LINE;
        if !is_whole {
            input.skip_until(b'\n')?;
            let reason = format!("Error: a line of more than {} MB is not read", LONGEST_LINE >> 20);
            give(session, &Answer::new(None, Err(reason)))?;
        } else if !line.trim_ascii().is_empty() {
            let answer = session.answer(&line, now());
            give(session, &answer)?;
        }
    }
}
