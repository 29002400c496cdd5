//! What can be said on the command line about stores and the shared database.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::args::{OrNone, bucket, confidence};
use crate::memory::Bucket;

/// `memtui init`.
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// Where; without it where memtui looks for it
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
}

/// `memtui add`.
#[derive(Debug, ClapArgs)]
pub struct Add {
    /// What is to be remembered; `-` reads standard input
    #[arg(value_name = "TEXT", required = true)]
    pub text: Vec<String>,
    /// A title; without one the first line is shown
    #[arg(long, value_name = "T")]
    pub title: Option<String>,
    /// What sort it is, in any word: fact, decision, preference, lesson, …
    #[arg(long, value_name = "WORD")]
    pub kind: Option<String>,
    /// project, episodic, procedural or user; without it kind and project decide
    #[arg(long, value_name = "BUCKET", value_parser = bucket)]
    pub bucket: Option<OrNone<Bucket>>,
    /// The project it is limited to; without one it applies everywhere
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// The agent it is meant for; without one it is meant for all
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// The session it comes from
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "WORD")]
    pub tags: Vec<String>,
    /// A file that it is about; may be given several times
    #[arg(long = "file", value_name = "PATH")]
    pub files: Vec<String>,
    /// How much it deserves trust, 0 to 1; without it the formula decides
    #[arg(long, value_name = "X", value_parser = confidence)]
    pub confidence: Option<OrNone<f32>>,
    /// From what it is known: a quote, a link
    #[arg(long, value_name = "TEXT")]
    pub evidence: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "person")]
    pub author: String,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How memories are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// One JSON object a line, whole: `import` takes it back
    Jsonl,
    /// A document for people
    Markdown,
}

/// `memtui export`.
#[derive(Debug, ClapArgs)]
pub struct Export {
    /// Which memories, in the filter language; all without
    #[arg(value_name = "QUERY")]
    pub query: Vec<String>,
    /// In which form
    #[arg(long, value_enum, default_value_t = Form::Jsonl)]
    pub format: Form,
}

/// `memtui import`.
#[derive(Debug, ClapArgs)]
pub struct Import {
    /// The file, `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Say what would be taken in, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Why, for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `memtui stores`.
#[derive(Debug, ClapArgs)]
pub struct Stores {
    /// Open a store again that was switched off, or leave one out from now on; its memories stay
    #[arg(value_name = "on|off", requires = "name", hide_possible_values = true)]
    pub to: Option<OnOff>,
    /// Which, by its name or path
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Print JSON Lines, one store each
    #[arg(long)]
    pub json: bool,
}

/// Whether a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    /// It is.
    On,
    /// It is left out.
    Off,
}
