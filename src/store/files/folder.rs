//! Directories of memories: which of their files are memories, and in which form.

use std::{
    fs::{self, FileType},
    hash::{Hash, Hasher},
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{hold::Hold, imports, nested, pieces::Form};
use crate::store::{
    disk::{self, Found},
    spot::Spot,
};

/// Directories within each other that are gone into.
pub(super) const DEEPEST: usize = 8;
/// Files of one directory tree that are looked at.
pub(super) const MOST: usize = 50_000;
/// The index that several products keep beside their files.
pub(super) const INDEX: &str = "MEMORY.md";

/// How a product lays out a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `MEMORY.md` leads to files beside it, one memory each.
    Topics,
    /// As [`Layout::Topics`], with patches in `.inbox` that wait for a person.
    Inbox,
    /// Every Markdown file is a memory.
    Notes,
    /// Every file is a memory: the directory of a memory tool.
    Tool,
    /// What Codex keeps: sections, and summaries of sessions.
    Codex,
    /// A Git repository of Letta: every Markdown file is a memory, every write a commit.
    Letta,
    /// What people write down for agents, in a project's directory or in the home directory.
    Instructions(&'static [Rule]),
    /// One file alone.
    Alone(String),
}

/// Files of instructions at one place below a directory.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The file, or the directory in which every file of this ending counts.
    pub(super) path: &'static str,
    /// The ending of the files; empty when `path` is the file.
    pub(super) ending: &'static str,
    /// Who reads it; empty when several do.
    pub(super) agent: &'static str,
    /// How much of it that reader takes in.
    pub(super) limit: Option<Limit>,
}

/// What of a file its reader takes in: the rest is never seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// Lines.
    pub(super) lines: usize,
    /// Bytes, also where the product counts characters.
    pub(super) bytes: usize,
    /// In words: `the first 200 lines or 25 KB`.
    pub(super) told: &'static str,
}

/// What Claude Code loads of an index when a session starts.
const INDEX_LIMIT: Limit =
    Limit { lines: 200, bytes: 25 * 1024, told: "the first 200 lines or 25 KB of it are loaded" };
const CODEX_LIMIT: Limit = Limit { lines: usize::MAX, bytes: 32 * 1024, told: "Codex reads the first 32 KiB" };
const GLOBAL_LIMIT: Limit =
    Limit { lines: usize::MAX, bytes: 6_000, told: "Windsurf reads the first 6,000 characters" };
const RULE_LIMIT: Limit =
    Limit { lines: usize::MAX, bytes: 12_000, told: "Windsurf reads the first 12,000 characters" };

const fn file(path: &'static str, agent: &'static str) -> Rule {
    Rule { path, ending: "", agent, limit: None }
}

const fn rules(path: &'static str, ending: &'static str, agent: &'static str) -> Rule {
    Rule { path, ending, agent, limit: None }
}

/// In a project.
pub(super) static PROJECT: [Rule; 11] = [
    file("CLAUDE.md", "claude"),
    file(".claude/CLAUDE.md", "claude"),
    file("CLAUDE.local.md", "claude"),
    rules(".claude/rules", "md", "claude"),
    Rule { path: "AGENTS.md", ending: "", agent: "", limit: Some(CODEX_LIMIT) },
    file("GEMINI.md", "gemini"),
    rules(".cursor/rules", "mdc", "cursor"),
    file(".cursorrules", "cursor"),
    Rule { path: ".windsurf/rules", ending: "md", agent: "windsurf", limit: Some(RULE_LIMIT) },
    file(".github/copilot-instructions.md", "copilot"),
    Rule { path: "AGENTS.override.md", ending: "", agent: "codex", limit: Some(CODEX_LIMIT) },
];

/// What the administrator of a machine lays down for Claude Code.
static MANAGED: [Rule; 2] = [file("CLAUDE.md", "claude"), rules(".claude/rules", "md", "claude")];
static CLAUDE_HOME: [Rule; 2] = [file("CLAUDE.md", "claude"), rules("rules", "md", "claude")];
static GEMINI_HOME: [Rule; 1] = [file("GEMINI.md", "gemini")];
static CODEX_HOME: [Rule; 2] = [
    Rule { path: "AGENTS.md", ending: "", agent: "codex", limit: Some(CODEX_LIMIT) },
    Rule { path: "AGENTS.override.md", ending: "", agent: "codex", limit: Some(CODEX_LIMIT) },
];
static WINDSURF_HOME: [Rule; 1] =
    [Rule { path: "global_rules.md", ending: "", agent: "windsurf", limit: Some(GLOBAL_LIMIT) }];

/// In the directories of the tools, by their names in ids: these apply everywhere.
pub(super) static GLOBAL: [(&str, &[Rule]); 5] = [
    ("managed", &MANAGED),
    (".claude", &CLAUDE_HOME),
    (".codex", &CODEX_HOME),
    (".gemini", &GEMINI_HOME),
    (".codeium/windsurf/memories", &WINDSURF_HOME),
];

impl Rule {
    fn covers(&self, relative: &str) -> bool {
        if self.ending.is_empty() {
            return relative == self.path;
        }
        let below = relative.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('/'));
        below.is_some_and(|name| ending(name) == self.ending)
    }
}

/// A directory of memories that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folder {
    /// What the ids of its memories begin with; may be empty.
    pub(super) label: String,
    /// Where it is.
    pub(super) directory: PathBuf,
    /// How it is laid out.
    pub(super) layout: Layout,
    /// The project whose memories these are; `None` when they apply everywhere.
    pub(super) project: Option<String>,
    /// Whose memories these are; empty when nobody knows.
    pub(super) agent: String,
    /// Who may be consolidating them.
    pub(super) hold: Option<Hold>,
}

/// A file of memories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) folder: Arc<Folder>,
    pub(super) path: PathBuf,
    /// Its name in ids.
    pub(super) native: String,
    pub(super) form: Form,
    /// What its memories are where they do not say.
    pub(super) kind: &'static str,
    /// Who reads it; empty when several do.
    pub(super) agent: String,
    pub(super) limit: Option<Limit>,
    /// The file that imports it.
    pub(super) imported_by: Option<String>,
    /// Whether it lies outside of its folder: it is shown and never written.
    pub(super) outside: bool,
}

/// Path and name tell files apart as well as everything else would, and quicker.
impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.path, &self.native).hash(state);
    }
}

/// What was found in folders.
#[derive(Clone, Debug, Default)]
pub(super) struct Survey {
    pub(super) folders: Vec<Arc<Folder>>,
    pub(super) sources: Vec<Source>,
    /// What was left out, with the reason.
    pub(super) skipped: Vec<(PathBuf, String)>,
}

impl Source {
    /// Reads the file, `None` when there is none. In a directory that an agent names paths in, no link on the way to it
    /// is followed either.
    ///
    /// # Errors
    /// As [`disk::read`].
    pub(super) fn read(&self) -> io::Result<Option<Found>> {
        match self.folder.layout {
            Layout::Tool => Spot::of(self)?.map_or(Ok(None), |spot| spot.read()),
            _ => disk::read(&self.path),
        }
    }
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

impl Folder {
    /// The name in ids of one of its files.
    pub(super) fn native(&self, relative: &str) -> String {
        if self.label.is_empty() { relative.to_owned() } else { format!("{}/{relative}", self.label) }
    }

    /// How one of its files is read, by its path within the folder; `None` when it holds no memories.
    pub(super) fn source(self: &Arc<Self>, relative: &str) -> Option<Source> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let is_markdown = ending(name).eq_ignore_ascii_case("md");
        let mut agent = self.agent.clone();
        let (form, kind, limit) = match &self.layout {
            Layout::Topics | Layout::Inbox if relative == INDEX => (Form::Index, "note", Some(INDEX_LIMIT)),
            Layout::Inbox if relative.starts_with(".inbox/") && ending(name) == "patch" => (Form::Whole, "patch", None),
            Layout::Topics | Layout::Inbox | Layout::Notes if is_markdown => (Form::Whole, "note", None),
            Layout::Tool => (Form::Whole, "note", None),
            Layout::Letta if is_markdown => {
                let kind = match relative.split('/').next() {
                    Some("system") => "system",
                    Some("reference") => "reference",
                    Some("skills") => "skill",
                    _ => "note",
                };
                (Form::Whole, kind, None)
            }
            Layout::Codex if relative.starts_with("rollout_summaries/") && is_markdown => {
                (Form::Whole, "summary", None)
            }
            Layout::Codex if !relative.contains('/') && is_markdown => (Form::Sections, "section", None),
            Layout::Instructions(rules) => {
                let own = rules.iter().find(|rule| rule.covers(relative));
                let rule = own.or_else(|| nested::rule(relative).filter(|_| self.is_project()))?;
                rule.agent.clone_into(&mut agent);
                (Form::Sections, "rule", rule.limit)
            }
            Layout::Alone(own) if own == relative => {
                let known = PROJECT.iter().find(|rule| rule.covers(relative));
                known.map_or("", |rule| rule.agent).clone_into(&mut agent);
                (Form::Sections, "rule", known.and_then(|rule| rule.limit))
            }
            _ => return None,
        };
        Some(Source {
            folder: Arc::clone(self),
            path: self.directory.join(relative),
            native: self.native(relative),
            form,
            kind,
            agent,
            limit,
            imported_by: None,
            outside: false,
        })
    }

    /// A file that instructions may have imported before it went.
    fn imported(self: &Arc<Self>, relative: &str) -> Option<Source> {
        let Layout::Instructions(_) = self.layout else { return None };
        let (path, native, agent) = (self.directory.join(relative), self.native(relative), self.agent.clone());
        let (folder, form, kind) = (Arc::clone(self), Form::Sections, "rule");
        Some(Source { folder, path, native, form, kind, agent, limit: None, imported_by: None, outside: false })
    }

    /// Whether it is a project's own directory.
    fn is_project(&self) -> bool {
        matches!(self.layout, Layout::Instructions(rules) if std::ptr::eq(rules, PROJECT.as_slice()))
    }

    /// Where to begin looking: paths within the folder.
    fn starts(&self) -> Vec<&str> {
        match &self.layout {
            Layout::Instructions(rules) => rules.iter().map(|rule| rule.path).collect(),
            Layout::Alone(name) => vec![name],
            Layout::Inbox => vec!["", ".inbox"],
            Layout::Topics | Layout::Notes | Layout::Tool | Layout::Codex | Layout::Letta => vec![""],
        }
    }

    /// Adds its files to a survey.
    pub(super) fn look(self: &Arc<Self>, survey: &mut Survey) {
        survey.folders.push(Arc::clone(self));
        let first = survey.sources.len();
        for start in self.starts() {
            self.enter(start, 0, survey);
        }
        if self.is_project() {
            nested::look(self, survey);
        }
        if matches!(self.layout, Layout::Instructions(_) | Layout::Alone(_)) {
            imports::follow(self, first, survey);
        }
    }

    fn enter(self: &Arc<Self>, relative: &str, depth: usize, survey: &mut Survey) {
        let path = self.directory.join(relative);
        // The directory itself may be a link of the person's; what is in it may not lead elsewhere.
        let data = if relative.is_empty() { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
        let Ok(kind) = data.map(|data| data.file_type()) else { return };
        self.take(relative, kind, depth, survey);
    }

    fn take(self: &Arc<Self>, relative: &str, kind: FileType, depth: usize, survey: &mut Survey) {
        if kind.is_dir() {
            if depth >= DEEPEST {
                survey.skipped.push((self.directory.join(relative), "lies too deep to be looked into".into()));
                return;
            }
            self.list(relative, depth, survey);
        } else if let Some(source) = self.source(relative) {
            if !kind.is_file() {
                let what = if kind.is_symlink() { "is a link, which is not followed" } else { "is no regular file" };
                survey.skipped.push((source.path, what.to_owned()));
            } else if survey.sources.len() < MOST {
                survey.sources.push(source);
            } else if survey.sources.len() == MOST {
                survey.skipped.push((source.path, format!("and what follows is left out: more than {MOST} files")));
            }
        }
    }

    fn list(self: &Arc<Self>, relative: &str, depth: usize, survey: &mut Survey) {
        let path = self.directory.join(relative);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                survey.skipped.push((path, format!("cannot be read ({error})")));
                return;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let (Some(name), Ok(kind)) = (name.to_str(), entry.file_type()) else {
                survey.skipped.push((entry.path(), "has a name that is no text".into()));
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let below = if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
            self.take(&below, kind, depth + 1, survey);
        }
    }
}

impl Survey {
    /// The file of that name, also one that is not there: it may be made again.
    pub(super) fn source(&self, native: &str) -> Option<Source> {
        self.sources.iter().find(|source| source.native == native).cloned().or_else(|| {
            let folders = self.folders.iter().filter(|folder| {
                folder.label.is_empty() || native.strip_prefix(&folder.label).is_some_and(|rest| rest.starts_with('/'))
            });
            // The longest label is the nearest folder.
            let folder = folders.max_by_key(|folder| folder.label.len())?;
            let relative = native.strip_prefix(&folder.label)?.trim_start_matches('/');
            let is_plain = Path::new(relative).components().all(|part| matches!(part, Component::Normal(_)));
            folder.source(relative).or_else(|| folder.imported(relative)).filter(|_| is_plain)
        })
    }
}
