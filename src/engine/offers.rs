//! What agents lay before a person in their own stores: taken into the queue, where it is decided like anything else.

use super::inbox::Came;
use crate::{
    change::Batch,
    curate::{CurateProblem, Curator, Policy, Step},
    memory::EpochMs,
};

impl Came {
    /// What became of them, as news: `offered by letta: 2 new`; nothing when none is new.
    pub fn offered(&self, author: &str) -> Option<String> {
        (self.new + self.applied > 0).then(|| format!("offered by {author}: {}", self.summary()))
    }
}

/// Takes in what the open stores offer, under the person's policies: a sentence for each author with something new. What
/// waits already is not taken again, also when the memories moved meanwhile.
///
/// # Errors
/// [`CurateProblem`] when the ledger or a store fails; what was proposed before waits.
pub fn take_offers(
    curator: &mut Curator,
    policies: &[Policy],
    now: EpochMs,
    step: Step<'_>,
) -> Result<Vec<String>, CurateProblem> {
    let mut told = Vec::new();
    for (store, offer) in curator.offers() {
        let Some(draft) = offer.draft.renamed(|()| Some(store)) else { continue };
        let mut known = false;
        for named in draft.steps.iter().filter(|step| !step.native.is_empty()) {
            let waiting = curator.waiting_about(store, &named.native, now)?;
            known |= waiting.iter().any(|line| line.batch.author == offer.author && line.batch.note == offer.note);
        }
        if known {
            continue;
        }
        let batch = Batch { id: 0, at: now, author: offer.author.clone(), note: offer.note };
        let mut came = Came::default();
        came.note(&curator.admit(&batch, vec![draft], policies, now, step)?);
        told.extend(came.offered(&offer.author));
    }
    Ok(told)
}
