//! The kinds of records that are memories: where they are kept, and which fields say what.

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// What was saved to be remembered.
    Memory,
    /// What a hook saw in a session.
    Observation,
    /// What a session came to.
    Summary,
    /// A fact that consolidation drew from summaries.
    Semantic,
    /// A way to do something that consolidation drew from patterns.
    Procedural,
    /// A rule with a confidence that grows and decays.
    Lesson,
    /// What reflection found in several memories.
    Insight,
    /// What a finished chain of actions left behind.
    Crystal,
    /// A labelled text that is pinned into the context.
    Slot,
    /// A session itself.
    Session,
}

/// A part of a memory's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) field: &'static str,
    /// Whether it is a list of texts.
    pub(super) list: bool,
}

const fn prose(field: &'static str) -> Part {
    Part { field, list: false }
}

const fn list(field: &'static str) -> Part {
    Part { field, list: true }
}

impl Kind {
    /// All kinds.
    pub(super) const ALL: [Self; 10] = [
        Self::Memory,
        Self::Observation,
        Self::Summary,
        Self::Semantic,
        Self::Procedural,
        Self::Lesson,
        Self::Insight,
        Self::Crystal,
        Self::Slot,
        Self::Session,
    ];

    /// The first part of a memory's native id.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Observation => "observation",
            Self::Summary => "summary",
            Self::Semantic => "semantic",
            Self::Procedural => "procedural",
            Self::Lesson => "lesson",
            Self::Insight => "insight",
            Self::Crystal => "crystal",
            Self::Slot => "slot",
            Self::Session => "session",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The engine's scope of a kind; `owner` is the session of observations, and `global` for slots of every project.
    pub(super) fn scope(self, owner: &str) -> String {
        match self {
            Self::Memory => "mem:memories".to_owned(),
            Self::Observation => format!("mem:obs:{owner}"),
            Self::Summary => "mem:summaries".to_owned(),
            Self::Semantic => "mem:semantic".to_owned(),
            Self::Procedural => "mem:procedural".to_owned(),
            Self::Lesson => "mem:lessons".to_owned(),
            Self::Insight => "mem:insights".to_owned(),
            Self::Crystal => "mem:crystals".to_owned(),
            Self::Slot if owner == "global" => "mem:slots:global".to_owned(),
            Self::Slot => "mem:slots".to_owned(),
            Self::Session => "mem:sessions".to_owned(),
        }
    }

    /// The kind of a scope's records, and their owner.
    pub(super) fn of_scope(scope: &str) -> Option<(Self, &str)> {
        if let Some(session) = scope.strip_prefix("mem:obs:") {
            return Some((Self::Observation, session));
        }
        match scope {
            "mem:slots" => Some((Self::Slot, "project")),
            "mem:slots:global" => Some((Self::Slot, "global")),
            _ => Self::ALL.into_iter().find(|kind| kind.scope("") == scope).map(|kind| (kind, "")),
        }
    }

    /// The field of an export in which these records are; slots are not exported.
    pub(super) const fn exported(self) -> Option<&'static str> {
        Some(match self {
            Self::Memory => "memories",
            Self::Observation => "observations",
            Self::Summary => "summaries",
            Self::Semantic => "semanticMemories",
            Self::Procedural => "proceduralMemories",
            Self::Lesson => "lessons",
            Self::Insight => "insights",
            Self::Crystal => "crystals",
            Self::Session => "sessions",
            Self::Slot => return None,
        })
    }

    /// The field that holds a record's key in its scope.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Summary => "sessionId",
            Self::Slot => "label",
            _ => "id",
        }
    }

    /// The field of the title; without one the first line of the text is it.
    pub(super) const fn title(self) -> Option<&'static str> {
        match self {
            Self::Memory | Self::Observation | Self::Summary | Self::Insight => Some("title"),
            Self::Procedural => Some("name"),
            Self::Slot => Some("label"),
            Self::Session => Some("firstPrompt"),
            Self::Semantic | Self::Lesson | Self::Crystal => None,
        }
    }

    /// The parts of the text, in reading order.
    pub(super) const fn parts(self) -> &'static [Part] {
        match self {
            Self::Memory | Self::Insight => const { &[prose("content")] },
            Self::Observation => const { &[prose("subtitle"), prose("narrative"), list("facts"), prose("raw")] },
            Self::Summary => const { &[prose("narrative"), list("keyDecisions")] },
            Self::Semantic => const { &[prose("fact")] },
            Self::Procedural => const { &[prose("triggerCondition"), list("steps"), prose("expectedOutcome")] },
            Self::Lesson => const { &[prose("content"), prose("context")] },
            Self::Crystal => const { &[prose("narrative"), list("keyOutcomes"), list("lessons")] },
            Self::Slot => const { &[prose("content"), prose("description")] },
            Self::Session => const { &[prose("summary")] },
        }
    }

    /// The field of the tags.
    pub(super) const fn tags(self) -> Option<&'static str> {
        match self {
            Self::Memory | Self::Observation | Self::Summary => Some("concepts"),
            Self::Lesson | Self::Insight | Self::Session => Some("tags"),
            _ => None,
        }
    }

    /// The field of the files that it names, and whether they were changed.
    pub(super) const fn files(self) -> Option<(&'static str, bool)> {
        match self {
            Self::Memory | Self::Observation => Some(("files", false)),
            Self::Summary => Some(("filesModified", true)),
            Self::Crystal => Some(("filesAffected", true)),
            _ => None,
        }
    }

    /// The field of the time at which it was made.
    pub(super) const fn created(self) -> &'static str {
        match self {
            Self::Observation => "timestamp",
            Self::Session => "startedAt",
            _ => "createdAt",
        }
    }

    /// The field in which its product states a confidence in what it says.
    pub(super) const fn confidence(self) -> Option<&'static str> {
        match self {
            // That of an observation says how well it was captured.
            Self::Semantic | Self::Lesson | Self::Insight => Some("confidence"),
            _ => None,
        }
    }

    /// Single values that can be edited beside title, text, tags and files.
    pub(super) const fn values(self) -> &'static [&'static str] {
        match self {
            Self::Memory => &["type", "project", "forgetAfter"],
            Self::Lesson | Self::Insight => &["project"],
            _ => &[],
        }
    }

    /// Whether its product can keep it without using it.
    pub(super) const fn has_state(self) -> bool {
        matches!(self, Self::Memory | Self::Lesson | Self::Insight)
    }
}

/// The name of a record inside a store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) kind: Kind,
    /// `project` or `global` for slots; empty for others.
    pub(super) shelf: String,
    pub(super) key: String,
}

impl Name {
    pub(super) fn new(kind: Kind, owner: &str, key: &str) -> Self {
        let shelf = if kind == Kind::Slot { owner.to_owned() } else { String::new() };
        Self { kind, shelf, key: key.to_owned() }
    }

    /// Reads a native id.
    pub(super) fn of(native: &str) -> Option<Self> {
        let (word, rest) = native.split_once('/')?;
        let kind = Kind::named(word)?;
        let (shelf, key) = if kind == Kind::Slot { rest.split_once('/')? } else { ("", rest) };
        (!key.is_empty()).then(|| Self { kind, shelf: shelf.to_owned(), key: key.to_owned() })
    }

    /// The native id: `memory/mem_…`, `slot/global/persona`.
    pub(super) fn native(&self) -> String {
        match self.shelf.as_str() {
            "" => format!("{}/{}", self.kind.word(), self.key),
            place => format!("{}/{place}/{}", self.kind.word(), self.key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_scope_and_by_its_name() {
        for kind in Kind::ALL {
            let owner = match kind {
                Kind::Observation => "ses_1",
                Kind::Slot => "global",
                _ => "",
            };
            assert_eq!(Kind::of_scope(&kind.scope(owner)), Some((kind, owner)));
            let name = Name::new(kind, owner, "a/b");
            assert_eq!(Name::of(&name.native()), Some(name));
        }
        assert_eq!(Kind::of_scope("mem:audit"), None);
        assert_eq!(Name::of("slot/persona"), None);
        assert_eq!(Name::of("memory/"), None);
    }
}
