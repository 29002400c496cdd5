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

/// Which scopes are meant, written by a person: `user` (what applies everywhere), a project's name, or a name in which
/// `*` stands for any text. Names are compared to the letter: two projects that differ in case are two projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopePattern {
    /// What applies everywhere.
    User,
    /// Projects whose name matches.
    Project(String),
}

impl ScopePattern {
    /// The pattern of a text.
    pub fn of(text: &str) -> Self {
        if text == "user" { Self::User } else { Self::Project(text.to_owned()) }
    }

    /// Whether a scope is meant, by its project.
    pub fn matches(&self, project: Option<&str>) -> bool {
        match (self, project) {
            (Self::User, None) => true,
            (Self::Project(pattern), Some(name)) => glob(pattern, name),
            _ => false,
        }
    }

    /// The one project that is meant, `None` for the user's scope and for a pattern.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Project(name) if !name.contains('*') => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for ScopePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User => f.write_str("user"),
            Self::Project(name) => f.write_str(name),
        }
    }
}

/// Whether a name is the pattern, in which `*` stands for any text.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(head) else { return false };
    let starts = std::iter::once(0).chain(name.char_indices().map(|(at, sign)| at + sign.len_utf8()));
    starts.filter_map(|at| name.get(at..)).any(|tail| glob(rest, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_it_says_and_nothing_else() {
        let of = |pattern: &str, name: Option<&str>| ScopePattern::of(pattern).matches(name);
        assert!(of("user", None) && !of("user", Some("user")) && !of("*", None));
        assert!(of("shop", Some("shop")) && !of("shop", Some("Shop")) && !of("shop", Some("shop-2")));
        assert!(of("shop*", Some("shop-2")) && of("*", Some("anything")) && of("a*c", Some("abc")));
        assert!(!of("a*c", Some("abd")) && of("a*b*c", Some("a-b-b-c")) && !of("shоp", Some("shop")));
    }
}
