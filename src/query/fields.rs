//! The words of the language: keys, what they take, and the states and things that `is:` and `has:` know.

use super::{Flag, Has, NameField, NumberField};
use crate::memory::Signal;

/// A key of the language: `scope:` and its like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The word before the colon.
    pub name: &'static str,
    /// What stands behind the colon.
    pub takes: Takes,
    /// What it selects, in a few words, for help and completion.
    pub meaning: &'static str,
    /// A condition that uses it.
    pub example: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A pattern for a name.
    Name(NameField),
    /// A number, compared.
    Number(NumberField),
    /// A span of time, compared.
    Age,
    /// A day, month, year or moment, or a range of them.
    Created,
    /// A bucket.
    Bucket,
    /// A state.
    Is,
    /// A thing.
    Has,
    /// The name of a memory.
    Like,
    /// A moment that is past, or an operation.
    AsOf,
}

const fn name(name: &'static str, of: NameField, meaning: &'static str, example: &'static str) -> Field {
    Field { name, takes: Takes::Name(of), meaning, example }
}

const fn number(name: &'static str, of: NumberField, meaning: &'static str, example: &'static str) -> Field {
    Field { name, takes: Takes::Number(of), meaning, example }
}

/// All keys, in the order in which they are explained.
pub const FIELDS: [Field; 19] = [
    name("scope", NameField::Scope, "project, or `user` for memories without one", "scope:api"),
    name("project", NameField::Project, "project", "project:=acme-api"),
    name("agent", NameField::Agent, "agent or subagent", "agent:claude"),
    name("session", NameField::Session, "session id", "session:4f2a"),
    name("kind", NameField::Kind, "kind, in the store's own word", "kind:bugfix,decision"),
    Field { name: "bucket", takes: Takes::Bucket, meaning: "one of the four buckets", example: "bucket:procedural" },
    name("tag", NameField::Tag, "tag", "tag:gotcha"),
    name("file", NameField::File, "path of a file it names", "file:src/db/*"),
    name("id", NameField::Id, "public id or its native part", "id:=observation/181"),
    Field {
        name: "like",
        takes: Takes::Like,
        meaning: "among those most like this memory",
        example: "like:observation/181",
    },
    name("store", NameField::Store, "name of the store", "store:claude-mem"),
    Field { name: "age", takes: Takes::Age, meaning: "how long ago it was captured", example: "age:>30d" },
    Field { name: "created", takes: Takes::Created, meaning: "when it was captured", example: "created:2026-10" },
    Field { name: "as-of", takes: Takes::AsOf, meaning: "the list as it stood then", example: "as-of:2026-11-01" },
    number("conf", NumberField::Conf, "confidence, 0 to 1", "conf:<0.5"),
    number("tokens", NumberField::Tokens, "tokens of its text", "tokens:>800"),
    number("cost", NumberField::Cost, "tokens spent to learn it", "cost:>10k"),
    Field { name: "is", takes: Takes::Is, meaning: "a state or signal", example: "is:stale" },
    Field { name: "has", takes: Takes::Has, meaning: "something present", example: "has:files" },
];

/// The keys over operations of the log. They stand on the conditions of memories: who wanted an operation is its agent,
/// what it was for is its kind, and it was captured when it began.
pub const OPERATION_FIELDS: [Field; 5] = [
    name("author", NameField::Agent, "who wanted it: you, an agent, `observed`", "author:claude"),
    name("label", NameField::Kind, "what it was for", "label:prune,edit"),
    name("store", NameField::Store, "name of the store it began in", "store:claude-mem"),
    Field { name: "age", takes: Takes::Age, meaning: "how long ago it was done", example: "age:<7d" },
    Field { name: "created", takes: Takes::Created, meaning: "when it was done", example: "created:2026-10" },
];

impl Field {
    /// The key of that name, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

impl NameField {
    /// Whether it holds words of a short list, as a kind is: they are asked for whole, so that `kind:fact` leaves
    /// refactors alone.
    pub const fn is_word(self) -> bool {
        matches!(self, Self::Kind | Self::Store)
    }

    /// The key that asks for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Project => "project",
            Self::Agent => "agent",
            Self::Session => "session",
            Self::Kind => "kind",
            Self::Tag => "tag",
            Self::File => "file",
            Self::Id => "id",
            Self::Store => "store",
        }
    }
}

impl NumberField {
    /// The key that asks for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conf => "conf",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
        }
    }
}

impl Flag {
    /// All states: the person's own first, then the signals, most urgent first.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        [Self::Marked, Self::Pinned, Self::Reviewed, Self::Due, Self::New]
            .into_iter()
            .chain(Signal::ALL.into_iter().map(Self::Signal))
    }

    /// The word after `is:`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Marked => "marked",
            Self::Pinned => "pinned",
            Self::Reviewed => "reviewed",
            Self::Due => "due",
            Self::New => "new",
            Self::Signal(signal) => signal.name(),
        }
    }

    /// The state of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|flag| flag.name().eq_ignore_ascii_case(name))
    }
}

impl Has {
    /// All things.
    pub const ALL: [Self; 3] = [Self::Files, Self::Tags, Self::Signals];

    /// The word after `has:`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Tags => "tags",
            Self::Signals => "signals",
        }
    }

    /// The thing of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|has| has.name().eq_ignore_ascii_case(name))
    }
}
