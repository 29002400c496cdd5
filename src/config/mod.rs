//! Settings: read from the command line, the environment and a file, in this order of precedence.

mod agents;
mod docs;
mod read;
mod sections;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
};

pub use agents::{Agent, Mode};
pub use docs::{page, template};

use crate::curate::Policy;

use read::Reading;
pub(crate) use read::{line_of, shown};
pub use sections::{MappedTable, Retention, Then};
use settings::SETTINGS;
pub(crate) use settings::quoted;

use crate::curate::{Observing, Which};

/// How memtui behaves.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// Name of the theme.
    pub theme: String,
    /// Whether clicks and the wheel are listened to.
    pub mouse: bool,
    /// Whether lines and marks are drawn in ASCII.
    pub ascii: bool,
    /// Whether files that a memory names are links: `auto`, `on` or `off`.
    pub hyperlinks: String,
    /// Whether nothing moves by itself.
    pub reduced_motion: bool,
    /// Whether a start begins where the last run ended.
    pub restore: bool,
    /// Whether what looks like a password, token or key is masked, on the screen and in output that is not JSON.
    pub mask_secrets: bool,
    /// An act on more memories than this asks first, naming the count.
    pub confirm_over: usize,
    /// An act on more memories than this is preceded by a copy of their stores; 0 for never.
    pub backup_over: usize,
    /// Which stores are looked at for what others do: a word of [`Which`].
    pub observe: String,
    /// Megabytes that what others did may take in the ledger.
    pub observe_mb: usize,
    /// Stores to open beside those that are found.
    pub stores: Vec<PathBuf>,
    /// Tables of somebody's own to open beside those.
    pub tables: Vec<MappedTable>,
    /// Which proposals are applied as they come in; none by default.
    pub policies: Vec<Policy>,
    /// Rules for memories that have had their time.
    pub retention: Vec<Retention>,
    /// What agents may do through `memtui mcp`, by their name; `*` is for every other one.
    pub agents: BTreeMap<String, Agent>,
}

impl Config {
    /// How stores are looked at for what others do.
    pub fn observing(&self) -> Observing {
        let bytes = u64::try_from(self.observe_mb).unwrap_or(u64::MAX).saturating_mul(1024 * 1024);
        Observing { which: Which::named(&self.observe).unwrap_or_default(), bytes }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            mouse: true,
            ascii: false,
            hyperlinks: "auto".to_owned(),
            reduced_motion: false,
            restore: true,
            mask_secrets: true,
            confirm_over: 10,
            backup_over: 250_000,
            observe: "overwriting".to_owned(),
            observe_mb: 256,
            stores: Vec::new(),
            tables: Vec::new(),
            policies: Vec::new(),
            retention: Vec::new(),
            agents: BTreeMap::new(),
        }
    }
}

impl Config {
    /// What an agent of that name may do.
    pub fn agent(&self, name: &str) -> Agent {
        self.agents.get(name).or_else(|| self.agents.get("*")).cloned().unwrap_or_default()
    }
}

/// Where the value of a setting comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    #[default]
    Default,
    /// The file of settings.
    File {
        /// The file.
        file: PathBuf,
        /// The line in it, from 1.
        line: usize,
    },
    /// This environment variable.
    Environment(String),
    /// `--option` on the command line.
    Flag,
}

impl Origin {
    /// The source in one word, for JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Flag => "flag",
        }
    }

    /// The place within the source, if it has several.
    pub fn place(&self) -> Option<String> {
        match self {
            Self::Default => None,
            Self::Flag => Some("--option".to_owned()),
            Self::File { file, line } => Some(format!("{}:{line}", file.display())),
            Self::Environment(variable) => Some(variable.clone()),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.place().as_deref().unwrap_or(self.name()))
    }
}

/// A setting that cannot be understood, or a file of settings that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}; {hint}")]
pub struct BadConfig {
    /// The file and line (`config.toml:3`), the environment variable or the option.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// The next step.
    pub hint: String,
}

/// The settings of this process, and where each of them comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// The values.
    pub config: Config,
    /// By name, where somebody said something.
    origins: BTreeMap<&'static str, Origin>,
    /// What the file says with headings of its own, in its order.
    sections: Vec<Row>,
}

/// A setting with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Its value as it is written in the file.
    pub value: String,
    /// Where the value comes from.
    pub origin: Origin,
    /// What it does.
    pub about: &'static str,
}

impl Settings {
    /// The settings of this process: what `options` (`NAME=VALUE`) say, else the environment (`MEMTUI_THEME` and so on),
    /// else the file. `named` is a file that the person named; without one `usual` is read if it is there.
    ///
    /// The second part is everything that cannot be understood; such a setting keeps what a lesser source says.
    pub fn load(options: &[String], named: Option<&Path>, usual: &Path) -> (Self, Vec<BadConfig>) {
        let mut reading = Reading::default();
        reading.file(named.unwrap_or(usual), named.is_some());
        reading.environment(|name| env::var_os(name));
        reading.options(options);
        let Reading { settings, mistakes } = reading;
        (settings, mistakes)
    }

    /// Every setting, in the order of the documents, then every section of the file.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let settings = SETTINGS.iter().map(|setting| Row {
            name: setting.name,
            value: (setting.shown)(&self.config),
            origin: self.origins.get(setting.name).cloned().unwrap_or_default(),
            about: setting.meaning,
        });
        settings.chain(self.sections.iter().cloned())
    }
}
