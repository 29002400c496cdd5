//! How much a memory deserves trust.

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The store has a confidence of its own.
    Stated,
    /// memtui's formula; always shown with a `~`.
    Derived,
    /// A person set it.
    Human,
}

impl Source {
    /// The word used in JSON and in the UI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Derived => "derived",
            Self::Human => "human",
        }
    }
}

/// How much a memory deserves trust, and who says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence {
    /// 0 (none) to 1 (full).
    pub value: f32,
    /// Who says so.
    pub source: Source,
}

impl std::fmt::Display for Confidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mark = if self.source == Source::Derived { "~" } else { "" };
        write!(f, "{mark}{:.2}", self.value)
    }
}
