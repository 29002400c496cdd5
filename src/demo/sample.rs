//! The assets as plain data.

use serde::Deserialize;

/// One asset file: the sessions of one project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    /// The project's name; empty for what applies to the person everywhere.
    pub(super) project: String,
    /// Name of the project's folder; the paths of files are relative to it.
    pub(super) folder: String,
    /// Whether the demo makes a checkout of it, so that files can be missing from it.
    #[serde(default)]
    pub(super) checkout: bool,
    /// Files that the memories name and the checkout does not have.
    #[serde(default)]
    pub(super) gone: Vec<String>,
    #[serde(rename = "session")]
    pub(super) sessions: Vec<Session>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Session {
    /// Another project than the file's: a worktree.
    pub(super) project: Option<String>,
    /// Where that worktree went.
    pub(super) merged_into: Option<String>,
    pub(super) agent: String,
    pub(super) model: Option<String>,
    /// Start, as [`super::when::at`] reads it.
    pub(super) start: String,
    #[serde(default)]
    pub(super) minutes: u32,
    pub(super) title: Option<String>,
    /// Not ended yet.
    #[serde(default)]
    pub(super) active: bool,
    /// Memories that a person saved by hand.
    #[serde(default)]
    pub(super) manual: bool,
    #[serde(default, rename = "prompt")]
    pub(super) prompts: Vec<Prompt>,
    #[serde(default, rename = "observation")]
    pub(super) observations: Vec<Observation>,
    pub(super) summary: Option<Summary>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prompt {
    /// Minutes since the session's start.
    #[serde(default)]
    pub(super) after: u32,
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Observation {
    /// Minutes since the session's start.
    #[serde(default)]
    pub(super) after: u32,
    /// A time of its own instead.
    pub(super) at: Option<String>,
    pub(super) kind: String,
    pub(super) title: Option<String>,
    pub(super) subtitle: Option<String>,
    pub(super) narrative: Option<String>,
    #[serde(default)]
    pub(super) facts: Vec<String>,
    #[serde(default)]
    pub(super) concepts: Vec<String>,
    #[serde(default)]
    pub(super) read: Vec<String>,
    #[serde(default)]
    pub(super) modified: Vec<String>,
    pub(super) subagent: Option<String>,
    /// Another model than the session's.
    pub(super) model: Option<String>,
    /// The machine it was synchronised from.
    pub(super) device: Option<String>,
    /// Tokens spent to learn it.
    #[serde(default)]
    pub(super) cost: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summary {
    pub(super) request: String,
    pub(super) investigated: Option<String>,
    pub(super) learned: Option<String>,
    pub(super) completed: Option<String>,
    pub(super) next_steps: Option<String>,
    pub(super) notes: Option<String>,
    #[serde(default)]
    pub(super) cost: i64,
}

const ASSETS: [(&str, &str); 6] = [
    ("shop-api.toml", include_str!("../../assets/demo/shop-api.toml")),
    ("mobile-app.toml", include_str!("../../assets/demo/mobile-app.toml")),
    ("cli.toml", include_str!("../../assets/demo/cli.toml")),
    ("infra.toml", include_str!("../../assets/demo/infra.toml")),
    ("ml-pipeline.toml", include_str!("../../assets/demo/ml-pipeline.toml")),
    ("user.toml", include_str!("../../assets/demo/user.toml")),
];

/// All sample projects.
///
/// # Errors
/// The asset's name and what is wrong with it; a test reads them all, so a released program never sees this.
pub(super) fn all() -> Result<Vec<Sample>, String> {
    ASSETS
        .iter()
        .map(|(name, text)| toml::from_str(text).map_err(|error| format!("assets/demo/{name}: {error}")))
        .collect()
}
