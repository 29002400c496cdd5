//! What can be said on the command line about the queue.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use crate::{
    change::{Label, ProposalId, form},
    cli::times,
    memory::EpochMs,
};

/// `memtui queue`.
#[derive(Debug, ClapArgs)]
pub struct Queue {
    /// What is to be done; the list of what waits without.
    #[command(subcommand)]
    pub what: Option<What>,
}

/// What can be done with the queue.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Print the proposals that wait, in the order in which they came
    List(List),
    /// Print proposals in full: what they would change, word by word, and why
    Show(Show),
    /// Say yes: what is proposed is carried out, all of it or nothing
    Approve(Approve),
    /// Say no: it is not proposed again, and its text is not to come back by another way
    Reject(Reject),
    /// Ask again later
    Snooze(Snooze),
    /// Take the last verdict back; what was carried out is undone
    Reopen(Reopen),
    /// Edit a proposal in its JSON form, in the editor
    Edit(Edit),
    /// Take proposals in: a JSON array, JSON Lines or one object, described in docs/proposals.md
    Import(Import),
    /// Propose what turns one set of memories into another: a dream's input store into its output store
    Diff(Diff),
    /// Print the texts that are not to come back, or let one come back
    Tombstones(Tombstones),
    /// Print how often you agreed with whom, by label, and which policy that would suggest
    Rates(Plain),
    /// Print what policies applied and nobody has seen yet, and what changed in the stores since the last sitting
    Audit(Audit),
    /// Print the JSON Schema of proposals, for programs that write some
    Schema,
}

/// Proposals by what they have in common.
#[derive(Debug, Default, ClapArgs)]
pub struct Filter {
    /// Of this batch: what came together
    #[arg(long, value_name = "N")]
    pub batch: Option<i64>,
    /// Of this cluster: proposals of a batch that belong together
    #[arg(long, value_name = "WORD")]
    pub cluster: Option<String>,
    /// With this label: merge, delete, retag, …
    #[arg(long, value_name = "LABEL", value_parser = form::label)]
    pub label: Option<Label>,
    /// By this author, as `list` prints it; a `*` at the end stands for any rest
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
}

/// A proposal, with the version that was seen when it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its number.
    pub id: ProposalId,
    /// What was seen of it.
    pub version: Option<u32>,
}

/// Which proposals a verdict is on.
#[derive(Debug, ClapArgs)]
pub struct Chosen {
    /// The proposals, each with the version that was seen: `12@1`, as `list` prints them; the version may be left out
    /// where somebody can be asked
    #[arg(value_name = "ID[@VERSION]", value_parser = named)]
    pub ids: Vec<Named>,
    /// The version that was seen of every proposal that is named without one
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// All that these have in common.
    #[command(flatten)]
    pub filter: Filter,
}

/// What every verdict takes.
#[derive(Debug, ClapArgs)]
pub struct Verdict {
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue list`.
#[derive(Debug, Default, ClapArgs)]
pub struct List {
    /// Only some.
    #[command(flatten)]
    pub filter: Filter,
    /// Print at most this many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print JSON Lines, one proposal each
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue show`.
#[derive(Debug, ClapArgs)]
pub struct Show {
    /// The proposals
    #[arg(value_name = "ID", required = true, value_parser = named)]
    pub ids: Vec<Named>,
    /// Print JSON Lines, one proposal each
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue approve`.
#[derive(Debug, ClapArgs)]
pub struct Approve {
    /// Which.
    #[command(flatten)]
    pub chosen: Chosen,
    /// How.
    #[command(flatten)]
    pub verdict: Verdict,
}

/// `memtui queue reject`.
#[derive(Debug, ClapArgs)]
pub struct Reject {
    /// Which.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Why, for whoever proposes the same again
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Let the text come back by another way
    #[arg(long)]
    pub not_for_good: bool,
    /// How.
    #[command(flatten)]
    pub verdict: Verdict,
}

/// `memtui queue snooze`.
#[derive(Debug, ClapArgs)]
pub struct Snooze {
    /// Which.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Until then: `7d` or `2w` from now, `2027-01-31`, an RFC 3339 time
    #[arg(long, value_name = "DATE", default_value = "7d", value_parser = until)]
    pub until: EpochMs,
    /// How.
    #[command(flatten)]
    pub verdict: Verdict,
}

/// `memtui queue reopen`.
#[derive(Debug, ClapArgs)]
pub struct Reopen {
    /// The proposals, each with the version that was seen where that matters
    #[arg(value_name = "ID[@VERSION]", required = true, value_parser = named)]
    pub ids: Vec<Named>,
    /// The version that was seen of every proposal that is named without one
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue edit`.
#[derive(Debug, ClapArgs)]
pub struct Edit {
    /// The proposal
    #[arg(value_name = "ID[@VERSION]", value_parser = named)]
    pub id: Named,
    /// The version that was seen; the present one without
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,
    /// Read the new form from this file (`-` for standard input) in the place of an editor
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue import`.
#[derive(Debug, ClapArgs)]
pub struct Import {
    /// The file, `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Who proposes; the proposals' own word without, or the file's name
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Say what would be taken in, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON Lines, one proposal each
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue diff`.
#[derive(Debug, ClapArgs)]
pub struct Diff {
    /// The memories before: a directory of Markdown files, or what `export` printed
    #[arg(long, value_name = "PATH")]
    pub base: PathBuf,
    /// The memories as they are proposed, in the same form
    #[arg(long, value_name = "PATH")]
    pub proposed: PathBuf,
    /// The open store that the memories are in; without it all are looked through
    #[arg(long = "in", value_name = "STORE")]
    pub store: Option<String>,
    /// Who proposes; the name of the second path without
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// Print the proposals in their JSON form, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON Lines, one proposal each
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue tombstones`.
#[derive(Debug, ClapArgs)]
pub struct Tombstones {
    /// Let these texts come back: their numbers in the list
    #[arg(long, value_name = "N")]
    pub lift: Vec<i64>,
    /// Print JSON Lines, one text each
    #[arg(long)]
    pub json: bool,
}

/// `memtui queue audit`.
#[derive(Debug, ClapArgs)]
pub struct Audit {
    /// Note that all of it was seen, after it is printed
    #[arg(long)]
    pub seen: bool,
    /// Print JSON Lines, one verdict or memory each
    #[arg(long)]
    pub json: bool,
}

/// A command that only prints.
#[derive(Debug, ClapArgs)]
pub struct Plain {
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

fn named(text: &str) -> Result<Named, String> {
    let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
    let wrong = || format!("`{text}` is no proposal; write its number, as `memtui queue list` prints it: 12 or 12@1");
    let id = id.parse().map_err(|_| wrong())?;
    let version = version.map(|version| version.parse().map_err(|_| wrong())).transpose()?;
    Ok(Named { id, version })
}

fn until(text: &str) -> Result<EpochMs, String> {
    let (now, until) = (times::now(), times::read_ahead(text, times::now())?);
    if until > now { Ok(until) } else { Err(format!("`{text}` is past")) }
}
