//! What comes in, from wherever it comes: it waits for a verdict, or a policy of the person's gives one at once.

use super::{Act, CurateProblem, Curator, Decided, Decision, Proposed, Report, Step};
use crate::{
    change::{self, Batch, Draft, FieldValue, Label, ProposalId, Wish},
    judge,
    ledger::{Said, Taken},
    memory::{EpochMs, Finding, Value},
};

/// What a person trusts an author with: proposals of a label are applied as they come in, when their author is sure
/// enough, nothing is deleted, and nothing in the new text is suspicious.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Whose proposals, as `memtui queue rates` prints the author; a `*` at the end stands for any rest.
    pub author: String,
    /// Proposals of which label.
    pub label: Label,
    /// How sure the author must be at least, 0–1.
    pub min_confidence: f32,
}

/// What came of drafts that were handed in under the person's policies.
#[derive(Debug, Default)]
pub struct Admitted {
    /// What was taken into the queue.
    pub proposed: Proposed,
    /// What policies decided, each with what became of it.
    pub decided: Vec<(ProposalId, Decided)>,
}

impl Policy {
    /// Whether it is about what this author proposes.
    pub fn is_about(&self, author: &str) -> bool {
        match self.author.strip_suffix('*') {
            Some(beginning) => author.starts_with(beginning),
            None => author == self.author,
        }
    }

    /// Whether it applies a draft of an author by itself.
    pub fn applies(&self, author: &str, draft: &Draft) -> bool {
        let sure = draft.confidence.is_some_and(|confidence| confidence >= self.min_confidence);
        let deletes = draft.steps.iter().any(|step| step.wish == Wish::Delete);
        self.is_about(author)
            && sure
            && !deletes
            && draft.label == self.label
            && draft.steps.iter().all(|step| suspicions(step).is_empty())
    }

    /// Who gives the verdict, in the ledger.
    pub fn name(&self) -> String {
        format!("policy {} {} {}", self.author, self.label.name(), self.min_confidence)
    }
}

impl Curator {
    /// Takes drafts into the queue, as [`Curator::propose`] does, and approves at once what a policy applies. What is held
    /// apart, because a person said no to its text before, always waits.
    ///
    /// # Errors
    /// As [`Curator::propose`] and [`Curator::act`]; what was proposed before waits.
    pub fn admit(
        &mut self,
        batch: &Batch,
        drafts: Vec<Draft>,
        policies: &[Policy],
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Admitted, CurateProblem> {
        let trusted: Vec<Option<String>> = drafts
            .iter()
            .map(|draft| policies.iter().find(|policy| policy.applies(&batch.author, draft)).map(Policy::name))
            .collect();
        let proposed = self.propose(batch, drafts, now)?;
        let mut decided = Vec::new();
        for (taken, author) in proposed.taken.iter().zip(trusted) {
            if let (Taken::New(id), Some(author)) = (*taken, author) {
                decided.extend(self.decide_by_policy(id, author, now, step)?);
            }
        }
        Ok(Admitted { proposed, decided })
    }

    fn decide_by_policy(
        &mut self,
        id: ProposalId,
        author: String,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Vec<(ProposalId, Decided)>, CurateProblem> {
        let (proposal, _) = self.proposal(id, now)?;
        if proposal.line.held.is_some() {
            return Ok(Vec::new());
        }
        let proposals = vec![(id, proposal.line.version)];
        let Report { decided, .. } =
            self.act(&Act::Decide { proposals, decision: Decision::Approve(None), author }, now, step)?;
        Ok(decided)
    }
}

impl Curator {
    /// Alters what a waiting proposal would do. Its new version; `None` when it does not wait as that version any more.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be written or a store cannot be known.
    pub fn alter(
        &mut self,
        id: ProposalId,
        version: u32,
        draft: Draft,
        now: EpochMs,
    ) -> Result<Option<u32>, CurateProblem> {
        let _turn = self.ledger()?.take_turn()?;
        let draft = draft.renamed(|store| self.know(store, now).ok()).ok_or_else(|| self.elsewhere(id, now))?;
        let said = Said { at: now, author: "you", reason: "" };
        Ok(self.ledger_mut()?.alter(id, version, &draft, said)?)
    }

    /// Notes that a person saw what a policy did.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be written.
    pub fn saw(&mut self, verdicts: &[i64], now: EpochMs) -> Result<(), CurateProblem> {
        Ok(self.ledger_mut()?.saw(verdicts, now)?)
    }

    /// Lets a text come back. Whether it had a tombstone.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be written.
    pub fn lift(&mut self, tombstone: i64, now: EpochMs) -> Result<bool, CurateProblem> {
        Ok(self.ledger_mut()?.lift(tombstone, now)?)
    }
}

/// What a person should see of what a step would write, as a whole, before it is written.
pub fn suspicions(step: &change::Step) -> Vec<Finding> {
    let texts: Vec<String> = match &step.wish {
        Wish::Add(record) => {
            let text = |value: &Value| match value {
                Value::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                _ => None,
            };
            record.columns.iter().filter_map(|(_, value)| text(value)).collect()
        }
        Wish::Edit(edit) => {
            let untouched = step.was.iter().filter(|(name, _)| !edit.iter().any(|(field, _)| field == name));
            let texts = |value: &FieldValue| match value {
                FieldValue::Text(text) => vec![text.clone()],
                FieldValue::List(items) => items.clone(),
            };
            edit.iter().chain(untouched).flat_map(|(_, value)| texts(value)).collect()
        }
        Wish::Delete | Wish::Mark(_) => return Vec::new(),
    };
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    judge::findings("", &texts)
}
