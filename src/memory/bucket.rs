//! The four buckets into which every memory falls.

use serde::{Deserialize, Serialize};

/// What a memory is for. Mapped from kind and scope; a person can move a memory to another bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// Facts about a project: decisions, discoveries, constraints.
    Project,
    /// What happened: fixes, changes, sessions, prompts.
    Episodic,
    /// How to do things: patterns, workflows, rules.
    Procedural,
    /// About the person: preferences, feedback, corrections.
    User,
}

impl Bucket {
    /// All buckets, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Project, Self::Episodic, Self::Procedural, Self::User];

    /// The word used in the UI, in queries and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Episodic => "episodic",
            Self::Procedural => "procedural",
            Self::User => "user",
        }
    }

    /// The bucket of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bucket| bucket.name() == name)
    }

    /// Where a memory of this kind belongs when nobody has said otherwise.
    ///
    /// Kinds are the words of the products' own modes; an unknown kind is a fact about its project, or about the
    /// person when the memory has no project.
    pub fn of(kind: &str, has_project: bool) -> Self {
        match kind {
            "summary" | "prompt" | "bugfix" | "feature" | "refactor" | "change" | "milestone" | "bug" | "error"
            | "meeting" | "ceremony" | "observation" | "session" | "crystal" => Self::Episodic,
            "pattern" | "workflow" | "rule" | "procedure" | "procedural" | "how-to" | "lesson" | "best_practice" => {
                Self::Procedural
            }
            "preference" | "feedback" | "correction" | "user" | "profile" | "preference_signal" | "user_correction" => {
                Self::User
            }
            _ if has_project => Self::Project,
            _ => Self::User,
        }
    }
}
