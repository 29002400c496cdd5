//! Whom a memory applies to.

use std::fmt;

/// Whom a memory applies to. No project means it applies everywhere: the user's scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    /// The project's name as the store writes it, for example `acme-api` or `acme-api/feature-billing`.
    pub project: Option<String>,
    /// The agent's name, for example `claude`; a subagent is written `claude/Explore`.
    pub agent: Option<String>,
    /// The agent's session.
    pub session: Option<String>,
}

impl Scope {
    /// The scope's short name in lists: the project, or `user` where there is none.
    pub fn short(&self) -> &str {
        self.project.as_deref().unwrap_or("user")
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}
