//! The agents that can be set up, and where their settings are.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use super::edit::Format;
use crate::cli::fail::Failure;

/// An agent that speaks MCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Host {
    /// Claude Code
    ClaudeCode,
    /// Codex
    Codex,
    /// Cursor
    Cursor,
    /// Gemini CLI
    Gemini,
}

impl Host {
    /// Its name on the command line, and the agent's name unless another is given.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
            Self::Cursor => "cursor",
            Self::Gemini => "gemini",
        }
    }

    /// How its settings are written.
    pub(super) const fn format(self) -> Format {
        match self {
            Self::Codex => Format::Toml,
            Self::ClaudeCode | Self::Cursor | Self::Gemini => Format::Json,
        }
    }

    /// Whether an entry says which transport it is for.
    pub(super) const fn typed(self) -> bool {
        matches!(self, Self::ClaudeCode)
    }

    /// What a person does next.
    pub(super) const fn next_step(self) -> &'static str {
        match self {
            Self::ClaudeCode => "start Claude Code anew; `/mcp` lists memtui",
            Self::Codex => "start Codex anew; `/mcp` lists memtui",
            Self::Cursor => "start Cursor anew; its settings list memtui under MCP",
            Self::Gemini => "start Gemini CLI anew; `/mcp` lists memtui",
        }
    }

    /// The file with the settings: the person's own, or those of the project in this directory.
    pub(super) fn file(self, project: bool) -> Result<PathBuf, Failure> {
        if project {
            let place = match self {
                Self::ClaudeCode => ".mcp.json",
                Self::Codex => ".codex/config.toml",
                Self::Cursor => ".cursor/mcp.json",
                Self::Gemini => ".gemini/settings.json",
            };
            let here = env::current_dir().map_err(|error| Failure::Usage(format!("this directory: {error}")))?;
            return Ok(here.join(place));
        }
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let home = home.ok_or_else(|| Failure::Usage("HOME is not set, so the settings cannot be found".to_owned()))?;
        let moved = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        Ok(match self {
            Self::ClaudeCode => moved("CLAUDE_CONFIG_DIR").unwrap_or(home).join(".claude.json"),
            Self::Codex => moved("CODEX_HOME").unwrap_or_else(|| home.join(".codex")).join("config.toml"),
            Self::Cursor => home.join(Path::new(".cursor/mcp.json")),
            Self::Gemini => home.join(Path::new(".gemini/settings.json")),
        })
    }
}
