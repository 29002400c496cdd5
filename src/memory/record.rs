//! A memory as it is read: the short form for lists and the full form for reading.

use super::{Bucket, Confidence, EpochMs, Finding, Handle, Key, MemoryId, Overlay, Scope, Signals, Version};

/// One line of a list. All texts are raw bytes of the store made lossy UTF-8: they pass `text` before a screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Where the memory is.
    pub key: Key,
    /// Its public name.
    pub id: MemoryId,
    /// The store's own word.
    pub kind: String,
    /// Its bucket.
    pub bucket: Bucket,
    /// Whom it applies to.
    pub scope: Scope,
    /// One line, at most 300 bytes of it.
    pub title: String,
    /// When it was captured; `None` when the store's value is missing or unreadable.
    pub created: Option<EpochMs>,
    /// Estimated tokens of its text.
    pub tokens: u32,
    /// Tokens that were spent to learn it, as the store counts them; 0 when it does not.
    pub cost: u32,
    /// How much it deserves trust; `None` until the catalogue has judged it.
    pub confidence: Option<Confidence>,
    /// What a person should see about it.
    pub signals: Signals,
    /// What a person said about it.
    pub overlay: Overlay,
    /// What it was when this line was read.
    pub version: Version,
}

/// How a section of a memory reads best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionStyle {
    /// Running text: wrapped; fenced code and lists inside keep their lines.
    Prose,
    /// A list of short statements, one per item.
    List,
}

/// A part of a memory's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The store's field name, which is also the name for `memtui edit --set`: `narrative`, `facts`, `learned` …
    pub name: String,
    /// How it reads best.
    pub style: SectionStyle,
    /// The texts: one for prose, one for each item of a list.
    pub items: Vec<String>,
}

/// A file that a memory names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRef {
    /// The path as the store writes it.
    pub path: String,
    /// Whether the agent changed it (else it only read it).
    pub modified: bool,
}

/// A tool call that led to a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolUse {
    /// The tool's name.
    pub tool: String,
    /// The start of its input.
    pub input: String,
    /// When it ran.
    pub at: Option<EpochMs>,
}

/// Where a memory came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The agent's own session id.
    pub session: Option<String>,
    /// The session's title, if a person or the product gave it one.
    pub session_title: Option<String>,
    /// Which prompt of the session.
    pub prompt_number: Option<i64>,
    /// That prompt's text, its beginning.
    pub prompt: Option<String>,
    /// Which agent, for example `claude` or `codex`.
    pub agent: Option<String>,
    /// Which subagent, for example `Explore`.
    pub subagent: Option<String>,
    /// Which model wrote the memory down.
    pub model: Option<String>,
    /// Another machine's name if the memory was synchronised from there.
    pub device: Option<String>,
    /// The tool calls behind it, where the store keeps them.
    pub tools: Vec<ToolUse>,
}

/// What the store does with a memory now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Live,
    /// Held but, by the product's own rules, never put before an agent.
    NotInjected,
    /// A copy from another machine.
    Replica,
    /// Held back until a person has looked at it.
    Quarantined,
    /// A newer version has taken its place.
    Superseded,
    /// Past the date on which it was to end.
    Expired,
    /// Deleted by its product, but still to be had back.
    Deleted,
}

impl Row {
    /// The memory as this line shows it.
    pub const fn target(&self) -> super::Target {
        super::Target { key: self.key, seen: self.version }
    }
}

impl State {
    /// The word used in JSON and in the UI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::NotInjected => "not-injected",
            Self::Replica => "replica",
            Self::Quarantined => "quarantined",
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
        }
    }
}

/// A memory in full, as its store has it. The engine adds what others know: confidence, findings, overlay.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    /// Its line in lists, with confidence, signals and overlay filled in by the engine.
    pub row: Row,
    /// The full title.
    pub title: String,
    /// Its text by section, in reading order.
    pub sections: Vec<Section>,
    /// Tags, the product's concepts.
    pub tags: Vec<String>,
    /// The files it names.
    pub files: Vec<FileRef>,
    /// Where it came from.
    pub provenance: Provenance,
    /// When the store says it was last changed.
    pub updated: Option<EpochMs>,
    /// When the store says it was last recalled.
    pub accessed: Option<EpochMs>,
    /// From when on the store says that it no longer holds.
    pub expires: Option<EpochMs>,
    /// How often the store says it was recalled; `None` where nobody counts.
    pub recalls: Option<u32>,
    /// What the store does with it.
    pub state: State,
    /// What the product would put before an agent of it: the text, or the reason why it never would.
    pub injection: Result<String, String>,
    /// Signals with their reasons: of those that the product itself tells by the store, of the others by the engine.
    pub findings: Vec<Finding>,
    /// Other memories of the same session around it in time, oldest first.
    pub neighbours: Vec<(Handle, String)>,
}
