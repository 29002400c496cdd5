//! Where the products keep their files, and what a path that a person gave leads to.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    folder::{Folder, GLOBAL, INDEX, Layout, PROJECT, Rule, Survey},
    hold::{DREAM, EXTRACTION},
    projects::Projects,
};

/// One store's place on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// Claude Code's own directory: what it and its subagents wrote down about every project.
    Claude(PathBuf),
    /// Instructions that apply everywhere: the directories of several tools, each with its name in ids.
    Global(PathBuf, Vec<(&'static str, PathBuf)>),
    /// A project's directory: its instructions, and what subagents keep in it.
    Project(PathBuf),
    /// Gemini CLI's directory of private memories, one below it for each project.
    Gemini(PathBuf),
    /// Letta's directory: the memories of its agents.
    Letta(PathBuf),
    /// Notes of basic-memory: the directory above all, and its projects by name.
    Notes(PathBuf, BTreeMap<String, PathBuf>),
    /// One directory of that layout.
    One(PathBuf, Layout),
}

impl Site {
    /// The product's name.
    pub(super) const fn product(&self) -> &'static str {
        match self {
            Self::Claude(_) | Self::One(_, Layout::Topics) => "claude-code",
            Self::Global(..) | Self::Project(_) | Self::One(_, Layout::Instructions(_) | Layout::Alone(_)) => {
                "instructions"
            }
            Self::Gemini(_) | Self::One(_, Layout::Inbox) => "gemini",
            Self::Notes(..) | Self::One(_, Layout::Notes) => "basic-memory",
            Self::One(_, Layout::Codex) => "codex",
            Self::Letta(_) | Self::One(_, Layout::Letta) => "letta",
            Self::One(_, Layout::Tool) => "memory-tool",
        }
    }

    /// What it is, in a few words.
    pub(super) const fn told(&self) -> &'static str {
        match self {
            Self::Claude(_) => "auto memory of every project",
            Self::Global(..) => "instructions that apply everywhere",
            Self::Project(_) => "instructions of a project",
            Self::Gemini(_) => "private memories",
            Self::Letta(_) => "memories of its agents",
            Self::Notes(..) => "notes",
            Self::One(_, layout) => match layout {
                Layout::Topics => "auto memory",
                Layout::Inbox => "private memory of a project",
                Layout::Notes => "a directory of notes",
                Layout::Tool => "a memory tool's directory",
                Layout::Codex => "memories",
                Layout::Letta => "memory of an agent",
                Layout::Instructions(_) => "instructions",
                Layout::Alone(_) => "one file",
            },
        }
    }

    /// Whether memories from elsewhere can be laid there: what Codex keeps it writes by itself alone.
    pub(super) const fn takes(&self) -> bool {
        !matches!(self, Self::One(_, Layout::Codex))
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::One(directory, Layout::Alone(name)) => directory.join(name),
            Self::Claude(path)
            | Self::Global(path, _)
            | Self::Project(path)
            | Self::Gemini(path)
            | Self::Letta(path)
            | Self::Notes(path, _)
            | Self::One(path, _) => path.clone(),
        }
    }

    /// Looks what files there are now.
    pub(super) fn survey(&self, projects: &mut Projects) -> Survey {
        let mut survey = Survey::default();
        for folder in self.folders(projects) {
            Arc::new(folder).look(&mut survey);
        }
        survey
    }

    fn folders(&self, projects: &mut Projects) -> Vec<Folder> {
        match self {
            Self::Claude(config) => claude(config, projects),
            Self::Global(_, homes) => homes.iter().map(|(label, directory)| global(label, directory)).collect(),
            Self::Project(directory) => project(directory),
            Self::Gemini(directory) => gemini(directory),
            Self::Letta(directory) => letta(directory),
            Self::Notes(_, directories) => directories
                .iter()
                .map(|(name, directory)| Folder {
                    label: name.clone(),
                    project: Some(name.clone()),
                    ..plain(directory.clone(), Layout::Notes)
                })
                .collect(),
            Self::One(directory, layout) => vec![one(directory, layout, projects)],
        }
    }

    /// Whether agents may lay something before a person there.
    pub(super) const fn may_offer(&self) -> bool {
        matches!(self, Self::Gemini(_) | Self::Letta(_) | Self::One(_, Layout::Inbox | Layout::Letta))
    }

    /// Whether there is anything: asked at every start, so that only names are looked at.
    pub(super) fn is_there(&self) -> bool {
        let filled = |path: PathBuf| fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some());
        let below = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        match self {
            Self::Claude(config) => {
                below(&config.join("projects")).any(|project| filled(project.join("memory")))
                    || filled(config.join("agent-memory"))
                    || auto_memory_directory(config).is_some_and(|directory| directory.is_dir())
            }
            Self::Global(_, homes) => homes.iter().any(|(label, home)| {
                rules_of(label).iter().any(|rule| {
                    let path = home.join(rule.path);
                    if rule.ending.is_empty() { path.is_file() } else { filled(path) }
                })
            }),
            Self::Letta(directory) => !letta(directory).is_empty(),
            Self::Gemini(directory) => below(directory).any(|project| project.join("memory").is_dir()),
            Self::Notes(_, directories) => directories.values().any(|directory| directory.is_dir()),
            Self::Project(path) | Self::One(path, _) => path.is_dir(),
        }
    }
}

fn plain(directory: PathBuf, layout: Layout) -> Folder {
    Folder { label: String::new(), directory, layout, project: None, agent: String::new(), hold: None }
}

/// The subdirectories of a directory, by name; links are left out.
fn children(directory: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    directories.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect()
}

fn claude(config: &Path, projects: &mut Projects) -> Vec<Folder> {
    let mut folders: Vec<Folder> = children(&config.join("projects"))
        .into_iter()
        .map(|(name, directory)| (name, directory.join("memory"), directory))
        .filter(|(_, memory, _)| fs::symlink_metadata(memory).is_ok_and(|data| data.is_dir()))
        .map(|(name, memory, directory)| Folder {
            project: Some(projects.name(&directory)),
            label: name,
            ..topics(memory, "claude")
        })
        .collect();
    folders.extend(subagents("agent-memory", &config.join("agent-memory"), None));
    let elsewhere = auto_memory_directory(config).filter(|directory| directory.is_dir());
    folders
        .extend(elsewhere.map(|directory| Folder { label: "auto-memory".to_owned(), ..topics(directory, "claude") }));
    folders
}

fn topics(directory: PathBuf, agent: &str) -> Folder {
    Folder { agent: agent.to_owned(), hold: Some(DREAM), ..plain(directory, Layout::Topics) }
}

/// Where the person told Claude Code to keep its memory instead.
fn auto_memory_directory(config: &Path) -> Option<PathBuf> {
    let settings: serde_json::Value = serde_json::from_slice(&fs::read(config.join("settings.json")).ok()?).ok()?;
    let named = settings.get("autoMemoryDirectory")?.as_str()?;
    match named.strip_prefix("~/") {
        Some(rest) => Some(config.parent()?.join(rest)),
        None => Some(PathBuf::from(named)).filter(|path| path.is_absolute()),
    }
}

fn subagents(label: &str, directory: &Path, project: Option<&String>) -> Vec<Folder> {
    let folder = |(name, directory): (String, PathBuf)| Folder {
        label: format!("{label}/{name}"),
        project: project.cloned(),
        ..topics(directory, &format!("claude/{name}"))
    };
    children(directory).into_iter().map(folder).collect()
}

/// The instructions of one tool in its home.
fn rules_of(label: &str) -> &'static [Rule] {
    GLOBAL.iter().find(|(name, _)| *name == label).map_or(&[], |(_, rules)| rules)
}

fn global(label: &str, directory: &Path) -> Folder {
    Folder { label: label.to_owned(), ..plain(directory.to_owned(), Layout::Instructions(rules_of(label))) }
}

fn name_of(directory: &Path) -> Option<String> {
    directory.file_name().map(|name| name.to_string_lossy().into_owned())
}

fn project(directory: &Path) -> Vec<Folder> {
    let name = name_of(directory);
    let mut folders = Vec::new();
    for place in [".claude/agent-memory", ".claude/agent-memory-local"] {
        folders.extend(subagents(place, &directory.join(place), name.as_ref()));
    }
    folders.push(Folder { project: name, ..plain(directory.to_owned(), Layout::Instructions(&PROJECT)) });
    folders
}

fn gemini(directory: &Path) -> Vec<Folder> {
    let memories = children(directory).into_iter().map(|(name, directory)| (name, directory.join("memory")));
    let there = memories.filter(|(_, memory)| fs::symlink_metadata(memory).is_ok_and(|data| data.is_dir()));
    there.map(|(name, memory)| inbox(name.clone(), name, memory)).collect()
}

/// The repositories of Letta's agents, by their ids: of its program and of its local back end.
fn letta(directory: &Path) -> Vec<Folder> {
    let of = |place: &str| {
        let agents = children(&directory.join(place)).into_iter();
        let found =
            agents.map(|(id, path)| (id, path.join("memory"))).filter(|(_, memory)| memory.join(".git").exists());
        found.map(|(id, memory)| agent(format!("{place}/{id}"), memory)).collect::<Vec<_>>()
    };
    [of("agents"), of("lc-local-backend/memfs")].concat()
}

fn agent(label: String, directory: PathBuf) -> Folder {
    Folder { label, agent: "letta".to_owned(), ..plain(directory, Layout::Letta) }
}

/// Whether a directory is a repository of Letta: what stands in `system` describes itself.
fn is_letta(path: &Path) -> bool {
    let entries = fs::read_dir(path.join("system")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut texts = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md")).take(LOOKED_INTO);
    let describes = |path: PathBuf| super::front::Front::read(&fs::read(path).unwrap_or_default()).has("description");
    path.join(".git").exists() && texts.any(describes)
}

fn inbox(label: String, project: String, directory: PathBuf) -> Folder {
    let agent = "gemini".to_owned();
    Folder { label, project: Some(project), agent, hold: Some(EXTRACTION), ..plain(directory, Layout::Inbox) }
}

fn one(directory: &Path, layout: &Layout, projects: &mut Projects) -> Folder {
    let parent = directory.parent().unwrap_or(directory);
    let folder = plain(directory.to_owned(), layout.clone());
    match layout {
        Layout::Topics if parent.file_name().is_some_and(|name| name.to_string_lossy().starts_with("agent-memory")) => {
            topics(directory.to_owned(), &format!("claude/{}", name_of(directory).unwrap_or_default()))
        }
        Layout::Topics => Folder { project: Some(projects.name(parent)), ..topics(directory.to_owned(), "claude") },
        Layout::Inbox => inbox(String::new(), name_of(parent).unwrap_or_default(), directory.to_owned()),
        Layout::Codex => Folder { agent: "codex".to_owned(), ..folder },
        Layout::Letta => agent(String::new(), directory.to_owned()),
        Layout::Alone(_) | Layout::Notes => Folder { project: name_of(directory), ..folder },
        Layout::Tool | Layout::Instructions(_) => folder,
    }
}

/// Endings of files that hold text for people and agents.
const TEXTS: [&str; 3] = ["md", "mdc", "txt"];
/// The file that marks a copy of a memory tool's directory.
pub(super) const MARK: &str = ".anthropic-memory-store";
/// Files that are looked into to see whether notes are basic-memory's.
const LOOKED_INTO: usize = 20;

/// Whether a file holds text, by its name.
pub(super) fn is_text(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    TEXTS.iter().any(|ending| name.to_ascii_lowercase().ends_with(&format!(".{ending}")))
        || matches!(name, ".cursorrules" | ".windsurfrules")
}

/// The store that a file is, or belongs to; `None` when it is no file of text.
pub(super) fn of_file(path: &Path) -> Option<Site> {
    let name = path.file_name()?.to_str().filter(|_| is_text(path))?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_one_of_many = directory.join(INDEX).is_file() && !PROJECT.iter().any(|rule| rule.path == name);
    match of_directory(directory).filter(|_| is_one_of_many) {
        Some(site) => Some(site),
        None => Some(Site::One(directory.to_owned(), Layout::Alone(name.to_owned()))),
    }
}

/// The store that a directory is; `None` when it is none.
pub(super) fn of_directory(path: &Path) -> Option<Site> {
    let has = |name: &str| path.join(name).exists();
    let is_named = |path: &Path, wanted: &str| path.file_name().is_some_and(|name| name == wanted);
    let parent = path.parent().unwrap_or(path);
    let own = path.to_owned();
    // First of all: an agent names the files in it, also as those by which other products are recognised.
    if (is_named(path, "memories") && !is_codex(path)) || has(MARK) {
        return Some(Site::One(own, Layout::Tool)).filter(|_| path.is_dir());
    }
    if is_named(path, "projects") && Site::Claude(parent.to_owned()).is_there() {
        return Some(Site::Claude(parent.to_owned()));
    }
    if Site::Claude(own.clone()).is_there() {
        return Some(Site::Claude(own));
    }
    if is_named(path, ".claude") && !PROJECT.iter().any(|rule| has(rule.path)) {
        return of_directory(parent).filter(|site| matches!(site, Site::Project(_)));
    }
    if is_named(path, ".gemini") && Site::Gemini(path.join("tmp")).is_there() {
        return Some(Site::Gemini(path.join("tmp")));
    }
    if is_letta(path) {
        return Some(Site::One(own, Layout::Letta));
    }
    if is_named(path, ".letta") && Site::Letta(own.clone()).is_there() {
        return Some(Site::Letta(own));
    }
    if is_named(path, ".codex") && has("memories") {
        return of_directory(&path.join("memories"));
    }
    if has("memory_summary.md") {
        return Some(Site::One(own, Layout::Codex));
    }
    let layout = if has(".inbox") || path.ancestors().any(|above| is_named(above, ".gemini")) {
        Layout::Inbox
    } else {
        Layout::Topics
    };
    if has(INDEX) {
        return Some(Site::One(own, layout));
    }
    if PROJECT.iter().any(|rule| has(rule.path)) || has(".claude/agent-memory") || has(".claude/agent-memory-local") {
        return Some(Site::Project(own));
    }
    if path.join("memories").is_dir() {
        return Some(Site::One(path.join("memories"), Layout::Tool));
    }
    has_permalinks(path).then_some(Site::One(own, Layout::Notes))
}

/// Whether a directory is that of Codex: it writes the version of its layout into the first line of the summary.
fn is_codex(path: &Path) -> bool {
    fs::read_to_string(path.join("memory_summary.md")).is_ok_and(|text| text.lines().next() == Some("v1"))
        || path.parent().is_some_and(|parent| parent.ends_with(".codex"))
}

/// Whether one of the first notes has the name that basic-memory gives to each.
fn has_permalinks(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let notes = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md") && path.is_file());
    notes.take(LOOKED_INTO).any(|path| {
        let file = fs::read(path).unwrap_or_default();
        super::front::Front::read(&file).has("permalink")
    })
}

/// Where the administrator of this machine lays down instructions for Claude Code.
const ADMINISTRATORS: &str =
    if cfg!(target_os = "macos") { "/Library/Application Support/ClaudeCode" } else { "/etc/claude-code" };
/// The variable that names another directory of that kind.
pub(super) const MANAGED: &str = "MEMTUI_CLAUDE_MANAGED";

/// Where the products keep their files for this person.
pub(super) fn usual(home: &Path, variables: &BTreeMap<String, String>) -> Vec<Site> {
    let named = |name: &str, usual: PathBuf| variables.get(name).map_or(usual, PathBuf::from);
    let config = named("CLAUDE_CONFIG_DIR", home.join(".claude"));
    let codex = named("CODEX_HOME", home.join(".codex"));
    let gemini = home.join(".gemini");
    let homes = vec![
        ("managed", named(MANAGED, PathBuf::from(ADMINISTRATORS))),
        (".claude", config.clone()),
        (".codex", codex.clone()),
        (".gemini", gemini.clone()),
        (".codeium/windsurf/memories", home.join(".codeium/windsurf/memories")),
    ];
    let notes = notes(home, variables);
    let common = |one: PathBuf, other: &PathBuf| {
        one.ancestors().find(|above| other.starts_with(above)).map_or_else(PathBuf::new, Path::to_owned)
    };
    let root = notes.values().cloned().reduce(|one, other| common(one, &other)).unwrap_or_default();
    let letta = home.join(".letta");
    let elsewhere =
        variables.get("MEMORY_DIR").map(PathBuf::from).filter(|path| is_letta(path) && !path.starts_with(&letta));
    let mut sites = vec![
        Site::Claude(config),
        Site::Global(home.to_owned(), homes),
        Site::Gemini(gemini.join("tmp")),
        Site::One(codex.join("memories"), Layout::Codex),
        Site::Notes(root, notes),
        Site::Letta(letta),
    ];
    sites.extend(elsewhere.map(|path| Site::One(path, Layout::Letta)));
    sites
}

/// The projects of basic-memory: those of its settings, else the usual directory.
fn notes(home: &Path, variables: &BTreeMap<String, String>) -> BTreeMap<String, PathBuf> {
    let at_xdg = variables.get("XDG_CONFIG_HOME").map(|xdg| Path::new(xdg).join("basic-memory"));
    let settings = match (variables.get("BASIC_MEMORY_CONFIG_DIR"), at_xdg) {
        (Some(named), _) => PathBuf::from(named),
        (None, Some(xdg)) if xdg.is_dir() => xdg,
        _ => home.join(".basic-memory"),
    };
    let json = fs::read(settings.join("config.json")).ok();
    let json: Option<serde_json::Value> = json.and_then(|file| serde_json::from_slice(&file).ok());
    let projects = json.as_ref().and_then(|json| json.get("projects")?.as_object());
    let mut found = BTreeMap::new();
    for (name, value) in projects.into_iter().flatten() {
        if let Some(path) = value.as_str().or_else(|| value.get("path")?.as_str()) {
            let path = path.strip_prefix("~/").map_or_else(|| PathBuf::from(path), |rest| home.join(rest));
            found.insert(name.clone(), path);
        }
    }
    if found.is_empty() {
        let usual = variables.get("BASIC_MEMORY_HOME").map_or_else(|| home.join("basic-memory"), PathBuf::from);
        found.insert("main".to_owned(), usual);
    }
    found
}
