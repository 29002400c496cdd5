//! What a person says about a memory that its store cannot hold.

use super::{Bucket, EpochMs};

/// A person's own marks on a memory, kept in the ledger by store and native id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Confidence set by a person, 0–1.
    pub confidence: Option<f32>,
    /// Whether it is pinned: a bulk act never takes it unless it is named.
    pub pinned: bool,
    /// From this moment on the memory is stale.
    pub stale_after: Option<EpochMs>,
    /// The bucket a person moved it to.
    pub bucket: Option<Bucket>,
    /// When a person last judged it.
    pub reviewed_at: Option<EpochMs>,
    /// Days from then on until it is due again.
    pub review_days: Option<u16>,
}

impl Overlay {
    /// Whether it says nothing at all, so that it need not be kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
