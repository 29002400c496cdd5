//! The vocabulary: what a memory is, as plain types. No I/O and no clock.

mod bucket;
mod confidence;
mod id;
mod image;
mod overlay;
mod record;
mod scope;
mod signal;
mod sitting;
pub mod turns;
mod version;

pub use bucket::Bucket;
pub use confidence::{Confidence, Source};
pub use id::{BadId, Handle, Key, MemoryId};
pub use image::{BadImage, Digest, Image, Record, Value};
pub use overlay::Overlay;
pub use record::{FileRef, Memory, Provenance, Row, Section, SectionStyle, State, ToolUse};
pub use scope::{Scope, ScopePattern};
pub use signal::{Finding, Signal, Signals};
pub use sitting::{Given, Likeness, Seat, Sitting, SittingOrder, Verdict};
pub use turns::Turn;
pub use version::{Target, Version};

/// Milliseconds since 1970-01-01T00:00:00Z. Every time in memtui has this unit.
pub type EpochMs = i64;

/// What a text costs an agent to read, in tokens, estimated as one token for four bytes of UTF-8.
///
/// The four-bytes rule is the common estimate for English prose and code; memtui shows it with a `~`.
pub fn tokens_of_bytes(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX)
}
