//! Proposals about stores that are not open: nobody can judge them now.

use rusqlite::params;

use super::{Ledger, Result};
use crate::{change::ProposalId, memory::EpochMs, store::About};

/// The stores that are open, as the ledger tells them apart: JSON of pairs of identity and path.
#[derive(Clone, Debug)]
pub struct Open(pub(super) String);

impl Open {
    /// The stores of these.
    pub fn of<'a>(stores: impl IntoIterator<Item = &'a About>) -> Self {
        let pair = |about: &About| serde_json::json!([about.identity, about.path.to_string_lossy()]);
        Self(serde_json::Value::Array(stores.into_iter().map(pair).collect()).to_string())
    }
}

/// Whether a proposal `p` is about a store that is not among `?2`.
pub(super) const ELSEWHERE: &str =
    "p.id IN (SELECT c.proposal FROM concern c WHERE c.store IN (SELECT s.id FROM store s
    WHERE NOT EXISTS (SELECT 1 FROM json_each(?2) o
        WHERE json_extract(o.value, '$[0]') = s.identity AND json_extract(o.value, '$[1]') = s.path)))";

impl Ledger {
    /// The stores that are not open and that proposals wait for, or that this proposal is about: name and path as last
    /// seen.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn closed_stores(
        &self,
        proposal: Option<ProposalId>,
        now: EpochMs,
        open: &Open,
    ) -> Result<Vec<(String, String)>> {
        self.query(
            &format!(
                "SELECT DISTINCT t.name, t.path FROM proposal p JOIN concern x ON x.proposal = p.id JOIN store t ON t.id = x.store
                 WHERE CASE WHEN ?3 IS NULL THEN p.state = 'waiting' AND (p.until IS NULL OR p.until <= ?1) ELSE p.id = ?3 END
                 AND {ELSEWHERE} AND NOT EXISTS (SELECT 1 FROM json_each(?2) o
                     WHERE json_extract(o.value, '$[0]') = t.identity AND json_extract(o.value, '$[1]') = t.path)
                 ORDER BY t.name, t.path"
            ),
            |query| {
                query.query_map(params![now, open.0, proposal], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
            },
        )
    }
}
