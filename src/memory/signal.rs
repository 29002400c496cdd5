//! Signals: things a person should see about a memory before trusting it.

/// Something a person should see about a memory. A signal reports; it never hides, blocks or deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Signal {
    /// A newer memory says exactly the same (after folding case, space and punctuation). The newest of its copies
    /// carries no such signal: it is the one to keep.
    Duplicate,
    /// A newer memory says nearly the same.
    NearDuplicate,
    /// Older than its kind stays true, or past the date a person set.
    Stale,
    /// A newer memory of the same project, or of one of its worktrees, takes back what it says.
    Contradicted,
    /// Looks like it holds a password, token or key.
    Secret,
    /// Holds characters that a person cannot see or that reorder what is seen.
    HiddenText,
    /// Talks to the agent: hidden orders, claims of authority.
    Imperative,
    /// By the product's own rules it is never put before an agent.
    NeverInjected,
    /// Says nothing: no text, or only a tool's noise.
    Noise,
    /// Names a file that is gone from a checkout present on this machine.
    DeadFile,
    /// Its time is missing, unreadable or in the future.
    BadTime,
    /// Nobody can tell where it came from.
    NoOrigin,
    /// Its product itself has something open about it: a conflict, a quarantine, a review, a missing vector.
    Unsettled,
    /// Its store counts recalls, and there was none.
    NeverRecalled,
}

impl Signal {
    /// All signals, most urgent first: the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::Secret,
        Self::HiddenText,
        Self::Imperative,
        Self::Contradicted,
        Self::Unsettled,
        Self::Duplicate,
        Self::NearDuplicate,
        Self::Stale,
        Self::DeadFile,
        Self::Noise,
        Self::NeverInjected,
        Self::NeverRecalled,
        Self::NoOrigin,
        Self::BadTime,
    ];

    /// The word used in queries (`is:secret`), in JSON and in the UI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::NearDuplicate => "near-duplicate",
            Self::Stale => "stale",
            Self::Contradicted => "contradicted",
            Self::Secret => "secret",
            Self::HiddenText => "hidden-text",
            Self::Imperative => "imperative",
            Self::NeverInjected => "never-injected",
            Self::Noise => "noise",
            Self::DeadFile => "dead-file",
            Self::BadTime => "bad-time",
            Self::NoOrigin => "no-origin",
            Self::Unsettled => "unsettled",
            Self::NeverRecalled => "never-recalled",
        }
    }

    /// One letter for narrow lists; never the only carrier of the meaning (the detail spells it out).
    pub const fn letter(self) -> char {
        match self {
            Self::Secret => '$',
            Self::HiddenText => 'H',
            Self::Imperative => '!',
            Self::Contradicted => 'C',
            Self::Duplicate => 'D',
            Self::NearDuplicate => 'd',
            Self::Stale => 'S',
            Self::DeadFile => 'F',
            Self::Noise => 'N',
            Self::NeverInjected => 'I',
            Self::NoOrigin => 'O',
            Self::Unsettled => 'U',
            Self::NeverRecalled => 'R',
            Self::BadTime => 'T',
        }
    }

    /// What it says about a memory, as half a sentence whose subject is the memory.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Secret => "looks like it holds a password, token or key",
            Self::HiddenText => "holds characters that hide or reorder text",
            Self::Imperative => "gives the agent orders, or claims authority",
            Self::Contradicted => "is taken back by a newer memory",
            Self::Duplicate => "says exactly what a newer memory says",
            Self::NearDuplicate => "says nearly what a newer memory says",
            Self::Stale => "is past the time that its kind stays true",
            Self::DeadFile => "names a file that is gone from this machine",
            Self::Noise => "says nothing",
            Self::NeverInjected => "is never put before an agent by its product",
            Self::NeverRecalled => "was never recalled by an agent",
            Self::NoOrigin => "comes from nobody knows where",
            Self::Unsettled => "waits in its product for somebody to settle it",
            Self::BadTime => "has no readable time, or one in the future",
        }
    }

    /// The signal of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << (self as u8)
    }
}

/// A set of signals in two bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signals(u16);

impl Signals {
    /// No signal: nothing was found by memtui's checks, which is not a promise that nothing is there.
    pub const NONE: Self = Self(0);

    /// The set as bits, for storing it.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set of these bits.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Whether the signal is in the set.
    pub const fn has(self, signal: Signal) -> bool {
        self.0 & signal.bit() != 0
    }

    /// Puts the signal in or takes it out.
    pub const fn set(&mut self, signal: Signal, on: bool) {
        if on {
            self.0 |= signal.bit();
        } else {
            self.0 &= !signal.bit();
        }
    }

    /// The signals of both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The signals in the set, most urgent first.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::ALL.into_iter().filter(move |signal| self.has(*signal))
    }
}

/// A signal with the reason it was raised, for the one memory that is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub signal: Signal,
    /// Why, in one sentence that names the evidence (raw text from the store may be quoted: sanitise before showing).
    pub reason: String,
}
