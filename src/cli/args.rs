//! What can be said on the command line.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::{
    catalog::Sort,
    curate::OperationId,
    memory::{BadId, Bucket, EpochMs, MemoryId},
};

pub(super) use super::args_shared::{Add, Export, Form, Import, Init, OnOff, Stores};
use super::{config::Settings, demo::Demo, keys::Keys, times};

/// Read, judge, prune, edit and undo what your coding agents remember.
///
/// Without a command memtui opens the terminal program on the stores it finds, or on PATH.
#[derive(Debug, Parser)]
#[command(name = "memtui", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub struct Args {
    /// How the terminal program is opened.
    #[command(flatten)]
    pub start: Start,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Args {
    /// What these words say, the program's name first.
    ///
    /// To describe every command takes longer than to open a database, so it is only done for a command, for help, and
    /// for what cannot be understood.
    ///
    /// # Errors
    /// Bad usage; and, as clap has it, what the answer to `--help` is.
    pub fn of(words: &[OsString]) -> Result<Self, clap::Error> {
        match Start::try_parse_from(words) {
            Ok(start) if !start.names_a_command() => Ok(Self { start, command: None }),
            _ => Self::try_parse_from(words),
        }
    }
}

/// The command line of the terminal program.
#[derive(Debug, Parser)]
#[command(name = "memtui", version)]
pub struct Start {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// A database or directory to open in the terminal program; recognised by its content
    pub path: Option<PathBuf>,
    /// Open the terminal program with its usual view, not where the last run ended
    #[arg(long)]
    pub fresh: bool,
}

impl Start {
    fn names_a_command(&self) -> bool {
        self.path.as_deref().and_then(Path::to_str).is_some_and(Command::has_subcommand)
    }
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 nothing matched or refused by a guard, 2 bad usage or input \
                          (also an act that needs --yes where nobody can be asked), 3 a store failed.";

/// What every command takes.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct Global {
    /// Open this database or directory instead of looking for stores; may be given several times,
    /// all of them before the command or all after it
    #[arg(long = "store", value_name = "PATH", global = true)]
    pub stores: Vec<PathBuf>,
    /// Change nothing, whatever is asked
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Read settings from this file
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Set a setting for this run, for example `theme=mono`; may be given several times, `memtui config` prints the names
    #[arg(short = 'o', long = "option", value_name = "NAME=VALUE", global = true)]
    pub options: Vec<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print memories, one a line
    List(List),
    /// Judge what is due in the terminal program, one memory after the other
    Review(super::review::Review),
    /// Print how many memories are new, due and stale, for a prompt or a status bar
    Status(super::status::Status),
    /// Count memories
    Count(Count),
    /// Print the saved views and how many memories each holds
    Views(Views),
    /// Sum up what there is by age and confidence, day, scope and signal, and what it costs
    Insights(Insights),
    /// Print one memory in full
    Show(Show),
    /// Delete memories; `undo` brings them back
    Prune(Prune),
    /// Take memories out of everything that memtui reaches, for good: secrets, personal data
    Erase(super::erase::Erase),
    /// Follow the rules of your settings for memories that have had their time: propose to remove them
    Retention(super::retention::Retention),
    /// Copy memories into another store, or another part of one
    Copy(super::carry::Carry),
    /// Move memories into another store, another part of one, or another scope; `undo` brings them back
    Move(super::carry::Carry),
    /// Change the fields of a memory
    Edit(Edit),
    /// Set or clear your own marks: confidence, pin, stale-after, bucket, reviewed
    Set(Set),
    /// Decide on changes that others propose: a dream, an agent, a file
    Queue(super::queue::args::Queue),
    /// Take an operation back, or the latest one
    Undo(Undo),
    /// Do an operation again that was undone, or the one that was undone last
    Redo(Redo),
    /// Give memories back what they were: a version, operations, a session, an agent, a scope
    Rollback(super::rollback::Rollback),
    /// Print the versions of a memory, newest first, or what differs between two of them
    Versions(super::versions::Versions),
    /// Find out which memories say something, and who brought it
    Why(super::why::Why),
    /// Remember what other programs do to the stores, until it is stopped
    Watch(super::watch::Watch),
    /// Print the operations, newest first, or what one of them changed
    Log(Log),
    /// Look for copies, contradictions, noise and the like, and propose what should become of them; changes no memory
    Dream(super::dream::Dream),
    /// Make a shared database for all your agents, where there is none yet
    Init(Init),
    /// Serve the shared database to an agent, over standard input and output (Model Context Protocol)
    Mcp(super::mcp::Mcp),
    /// Write a memory into the shared database
    Add(Add),
    /// Print memories whole, for another database or for people
    Export(Export),
    /// Take memories that `export` printed into the shared database
    Import(Import),
    /// Let a coding agent use the shared database: show the change to its settings, or make it
    Setup(super::setup::Setup),
    /// Answer the calls of Anthropic's memory tool, JSON Lines on standard input and output
    MemoryTool(super::memory_tool::MemoryTool),
    /// Print the stores with their counts and states, or switch one off and on
    Stores(Stores),
    /// Copy the ledger and every store whole, while others use them
    Backup(super::backup::Backup),
    /// Put a backup back; what is there now is copied first
    Restore(super::backup::Restore),
    /// Look after the condition of the stores and of the ledger
    Check(Check),
    /// Print what was detected, for bug reports: terminal, stores, ledger, catalogue, places; no text of a memory
    Doctor(Doctor),
    /// Print the settings that count and where each comes from, or a file to begin with
    Config(Settings),
    /// Print the keys that count, or a file to begin one's own with
    Keys(Keys),
    /// Print completions for a shell
    Completions {
        /// For which shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Look around in a throwaway copy of sample memories, or write them into a directory
    Demo(Demo),
}

/// `memtui list`.
#[derive(Debug, ClapArgs)]
pub struct List {
    /// Which memories, in the filter language: `kind:bugfix age:>30d conf:<0.5`; all without. A word to leave out
    /// (`-word`) stands within quotes or after `--`. `@NAME` is a saved view, in its order
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Order: age, confidence, scope, kind, size, cost or rank; `:desc` turns it round. Without, newest first, with
    /// `like:` most alike first
    #[arg(long, value_name = "KEY[:asc|:desc]", value_parser = str::parse::<Sort>)]
    pub sort: Option<Sort>,
    /// Print at most this many
    #[arg(long, value_name = "N", value_parser = number)]
    pub limit: Option<usize>,
    /// Print JSON Lines, one memory each
    #[arg(long)]
    pub json: bool,
}

/// `memtui views`.
#[derive(Debug, ClapArgs)]
pub struct Views {
    /// Print JSON Lines, one view each
    #[arg(long)]
    pub json: bool,
}

/// `memtui count`.
#[derive(Debug, ClapArgs)]
pub struct Count {
    /// Which memories, in the filter language; all without
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// One count for each of these
    #[arg(long)]
    pub by: Option<By>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui insights`.
#[derive(Debug, ClapArgs)]
pub struct Insights {
    /// Which memories, in the filter language; all without
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What memories are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// By project, or `user`
    Scope,
    /// By the store's own word
    Kind,
    /// By bucket
    Bucket,
    /// By store
    Store,
    /// By signal; a memory may have several
    Signal,
}

/// How a person names a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// With its store.
    Full(MemoryId),
    /// Without: `observation/181`.
    Native(String),
}

impl std::str::FromStr for Name {
    type Err = BadId;

    /// A text without a colon must have a slash, as the products' own names do; anything else is a slip.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let native = !text.contains(':') && text.split('/').count() > 1 && text.split('/').all(|part| !part.is_empty());
        if native { Ok(Self::Native(text.to_owned())) } else { text.parse().map(Self::Full) }
    }
}

/// `memtui show`.
#[derive(Debug, ClapArgs)]
pub struct Show {
    /// The memory, as `list` prints it: `claude-mem:observation/181`, or without its store where only one knows it
    #[arg(value_name = "ID")]
    pub id: Name,
    /// As it stood then: `3h` or `2d` ago, 2026-11-01, or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = back)]
    pub as_of: Option<crate::memory::EpochMs>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Which memories an act is for.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = false)]
pub struct Targets {
    /// The memories, as `list` prints them
    #[arg(value_name = "ID")]
    pub ids: Vec<Name>,
    /// Every memory that a filter matches
    #[arg(long = "where", value_name = "QUERY")]
    pub query: Option<String>,
}

/// `memtui prune`.
#[derive(Debug, ClapArgs)]
pub struct Prune {
    /// Which.
    #[command(flatten)]
    pub targets: Targets,
    /// Say what would be pruned, and change nothing
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

/// `memtui edit`.
#[derive(Debug, ClapArgs)]
pub struct Edit {
    /// The memory
    #[arg(value_name = "ID")]
    pub id: Name,
    /// A new title
    #[arg(long, value_name = "T")]
    pub title: Option<String>,
    /// A new text, from this file (`-` for standard input)
    #[arg(long, value_name = "F")]
    pub body_file: Option<PathBuf>,
    /// A new value for a field, as `show` names it; a list takes a JSON array, or one item a line
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = assignment)]
    pub fields: Vec<(String, String)>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Show the difference, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui set`.
#[derive(Debug, ClapArgs)]
pub struct Set {
    /// Which.
    #[command(flatten)]
    pub targets: Targets,
    /// What is to be set.
    #[command(flatten)]
    pub marks: Marks,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Say what would be marked, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask, also where the filter matches everything
    #[arg(long)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What `memtui set` sets.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Marks {
    /// How much the memory deserves trust, 0 to 1, or `none` to leave it to the formula
    #[arg(long, value_name = "X", value_parser = confidence)]
    pub confidence: Option<OrNone<f32>>,
    /// Pin: a bulk act never takes it
    #[arg(long, conflicts_with = "unpin")]
    pub pin: bool,
    /// Unpin
    #[arg(long)]
    pub unpin: bool,
    /// From this day on it is stale: `30d` or `2w` from now, `2027-01-31`, an RFC 3339 time, or `never`
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub stale_after: Option<OrNone<EpochMs>>,
    /// project, episodic, procedural or user; `none` for the derived one
    #[arg(long, value_name = "BUCKET", value_parser = bucket)]
    pub bucket: Option<OrNone<Bucket>>,
    /// Judged just now
    #[arg(long, conflicts_with = "unreviewed")]
    pub reviewed: bool,
    /// Not judged yet
    #[arg(long)]
    pub unreviewed: bool,
}

/// A value, or the word `none`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrNone<T>(pub Option<T>);

/// `memtui undo`.
#[derive(Debug, ClapArgs)]
pub struct Undo {
    /// The operation's number in `memtui log`; without, your own latest that can be taken back
    #[arg(value_name = "OPERATION", value_parser = operation)]
    pub operation: Option<OperationId>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui redo`.
#[derive(Debug, ClapArgs)]
pub struct Redo {
    /// The number of the operation that was undone, or of its undo; the latest that was undone without
    #[arg(value_name = "OPERATION", value_parser = operation)]
    pub operation: Option<OperationId>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui log`.
#[derive(Debug, ClapArgs)]
pub struct Log {
    /// Print what this operation changed
    #[arg(value_name = "OPERATION", value_parser = operation, conflicts_with = "query")]
    pub operation: Option<OperationId>,
    /// Only these: `author:claude label:prune store:NAME age:<7d created:2026-10 word`
    #[arg(long = "where", value_name = "QUERY")]
    pub query: Option<String>,
    /// Print at most this many
    #[arg(long, value_name = "N", value_parser = number)]
    pub limit: Option<usize>,
    /// Print JSON Lines, one operation (or change) each
    #[arg(long)]
    pub json: bool,
}

/// `memtui check`.
#[derive(Debug, ClapArgs)]
pub struct Check {
    /// Print JSON Lines, one finding each
    #[arg(long)]
    pub json: bool,
}

/// `memtui doctor`.
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// Print JSON Lines, one fact each
    #[arg(long)]
    pub json: bool,
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("`{text}` is no whole number from 0"))
}

/// A moment that is past.
pub(super) fn back(text: &str) -> Result<crate::memory::EpochMs, String> {
    super::times::read_back(text, super::times::now())
}

pub(super) fn operation(text: &str) -> Result<OperationId, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of an operation; `memtui log` prints them"))
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok((field.to_owned(), value.to_owned())),
        _ => Err("write FIELD=VALUE".to_owned()),
    }
}

fn or_none<T>(text: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Result<OrNone<T>, String> {
    if text == "none" { Ok(OrNone(None)) } else { read(text).map(|value| OrNone(Some(value))) }
}

pub(super) fn confidence(text: &str) -> Result<OrNone<f32>, String> {
    or_none(text, |text| match text.parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("a confidence is a number from 0 to 1, or `none`".to_owned()),
    })
}

fn date(text: &str) -> Result<OrNone<EpochMs>, String> {
    // A person who wants no such day says `never`; `none` is what the other marks take.
    let text = if text == "never" { "none" } else { text };
    or_none(text, |text| times::read_ahead(text, times::now()))
}

pub(super) fn bucket(text: &str) -> Result<OrNone<Bucket>, String> {
    or_none(text, |text| {
        Bucket::named(text).ok_or_else(|| {
            format!("`{text}` is no bucket; there are {}, or `none`", Bucket::ALL.map(Bucket::name).join(", "))
        })
    })
}

#[cfg(test)]
mod tests;
