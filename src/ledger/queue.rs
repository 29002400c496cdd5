//! The queue as it is kept: proposals that wait, what was said of them, and texts that are not to come back.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    Ledger, Open, Problem, Result, Ruling, Said, Spoken, StoreId, Tombstone, elsewhere::ELSEWHERE, verdict::say,
};
use crate::{
    change::{Batch, Draft, Evidence, Label, Proposal, ProposalId, Step, Waiting},
    memory::EpochMs,
};

/// How a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits for a verdict.
    Waiting,
    /// Its operation was carried out.
    Approved,
    /// A person said no.
    Rejected,
}

impl Standing {
    /// The word kept in the ledger and printed as JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "approved" => Self::Approved,
            "rejected" => Self::Rejected,
            _ => Self::Waiting,
        }
    }
}

/// What became of a draft that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It waits, as this proposal.
    New(ProposalId),
    /// The same waits already, as this proposal.
    Waits(ProposalId),
    /// The person said no to the same before; it was not taken.
    Rejected(ProposalId),
}

/// Evidence and steps as they are kept.
#[derive(Deserialize)]
struct Body {
    evidence: Vec<Evidence>,
    steps: Vec<Step<StoreId>>,
}

const WAITING: &str = "SELECT p.id, p.version, p.label, p.title, p.reason, p.confidence, p.likeness, p.adds, p.edits,
    p.removes, p.marks, p.held, p.until, b.id, b.at, b.author, b.note FROM proposal p JOIN batch b ON b.id = p.batch";

impl Ledger {
    /// Puts drafts into the queue, in one transaction, each with the title of what it is about and the reason why it is
    /// held apart, if it is. What is waiting already, or was rejected before, is not taken again. Gives what became of
    /// each and the number of their batch: the batch's own, or a new one; `None` when it has none and nothing was new. All of
    /// it is on the disk then, but others may write while this waits for the disk.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; then none is taken.
    pub fn propose(
        &mut self,
        batch: &Batch,
        drafts: &[(Draft<StoreId>, String, Option<String>)],
    ) -> Result<(Option<i64>, Vec<Taken>)> {
        self.wait_for_disk(false)?;
        let proposed = self.try_do(|tx| {
            let mut number = (batch.id != 0).then_some(batch.id);
            let taken = drafts
                .iter()
                .map(|(draft, title, held)| put(tx, (batch, &mut number), draft, title, held.as_deref()))
                .collect::<rusqlite::Result<_>>()?;
            Ok((number, taken))
        });
        self.wait_for_disk(true)?;
        let proposed = proposed?;
        self.flush()?;
        Ok(proposed)
    }

    /// Proposals about open stores alone that wait and are not snoozed beyond `now`, in the order in which they came.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn waiting(&self, now: EpochMs, open: &Open) -> Result<Vec<Waiting>> {
        self.query(
            &format!("{WAITING} WHERE p.state = 'waiting' AND (p.until IS NULL OR p.until <= ?1) AND NOT {ELSEWHERE} ORDER BY p.id"),
            |query| query.query_map(params![now, open.0], waiting)?.collect(),
        )
    }

    /// A proposal as a line, however it stands; `None` when there is none of that number.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn line(&self, id: ProposalId) -> Result<Option<Waiting>> {
        self.query(&format!("{WAITING} WHERE p.id = ?1"), |query| query.query_row([id], waiting).optional())
    }

    /// A proposal in full, and how it stands; `None` when there is none of that number.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read, [`Problem::Damaged`] when the proposal cannot.
    pub fn proposal(&self, id: ProposalId) -> Result<Option<(Proposal<StoreId>, Standing)>> {
        let found = self.query(
            &format!("{} WHERE p.id = ?1", WAITING.replacen("FROM", ", p.state, p.body FROM", 1)),
            |query| {
                query
                    .query_row([id], |row| {
                        let standing = Standing::named(row.get_ref(17)?.as_str()?);
                        Ok((waiting(row)?, standing, row.get::<_, Vec<u8>>(18)?))
                    })
                    .optional()
            },
        )?;
        let Some((line, standing, body)) = found else { return Ok(None) };
        let body = unpack(&body).map_err(|reason| Problem::Damaged {
            path: self.path.clone(),
            operation: 0,
            reason: format!("proposal {id}: {reason}"),
        })?;
        let draft = Draft {
            label: line.label,
            reason: line.reason.clone(),
            evidence: body.evidence,
            confidence: line.confidence,
            likeness: line.likeness.clone(),
            steps: body.steps,
        };
        Ok(Some((Proposal { line, draft }, standing)))
    }

    /// Proposals that wait and are about a memory.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn waiting_about(&self, store: StoreId, native: &str) -> Result<Vec<Waiting>> {
        self.query(
            &format!(
                "{WAITING} WHERE p.state = 'waiting' AND p.id IN
                 (SELECT proposal FROM concern WHERE store = ?1 AND native = ?2) ORDER BY p.id"
            ),
            |query| query.query_map(params![store.0, native], waiting)?.collect(),
        )
    }

    /// Alters a waiting proposal: what it would do, what for and why. Its new version; `None` when it does not wait as that version any more.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn alter(
        &mut self,
        id: ProposalId,
        version: u32,
        draft: &Draft<StoreId>,
        said: Said<'_>,
    ) -> Result<Option<u32>> {
        let body = pack(draft);
        let [adds, edits, removes, marks] = draft.counts();
        self.try_do(|tx| {
            let altered = tx.execute(
                "UPDATE proposal SET version = version + 1, body = ?3, digest = ?4, adds = ?5, edits = ?6, removes = ?7,
                 marks = ?8, label = ?9, reason = ?10 WHERE id = ?1 AND version = ?2 AND state = 'waiting'",
                params![
                    id,
                    version,
                    body.packed,
                    &body.digest[..],
                    adds,
                    edits,
                    removes,
                    marks,
                    draft.label.name(),
                    draft.reason
                ],
            )?;
            if altered == 0 {
                return Ok(None);
            }
            tx.execute("DELETE FROM concern WHERE proposal = ?1", [id])?;
            concerns(tx, id, draft)?;
            say(tx, id, Spoken::Edit, said, None)?;
            Ok(Some(version + 1))
        })
    }

    /// Writes down a verdict that changes no memory, in one transaction for all these proposals, and with it the texts of
    /// theirs that are not to come back. Whether each waited as that version; of one that did not nothing is written.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; then it stands of none.
    pub fn rule(
        &mut self,
        these: &[(ProposalId, u32)],
        ruling: Ruling,
        stones: &[Tombstone],
        said: Said<'_>,
    ) -> Result<Vec<bool>> {
        let (standing, spoken, until) = match ruling {
            Ruling::Done => (Standing::Approved, Spoken::Approve, None),
            Ruling::No => (Standing::Rejected, Spoken::Reject, None),
            Ruling::Later(until) => (Standing::Waiting, Spoken::Snooze, Some(until)),
        };
        self.try_do(|tx| {
            let mut update = tx.prepare_cached(
                "UPDATE proposal SET state = ?3, until = ?4 WHERE id = ?1 AND version = ?2 AND state = 'waiting'",
            )?;
            let mut rule = |(id, version): &(ProposalId, u32)| {
                let ruled = update.execute(params![id, version, standing.name(), until])? > 0;
                if ruled {
                    say(tx, *id, spoken, said, None)?;
                    super::tombstone::bury(tx, stones.iter().filter(|stone| stone.proposal == Some(*id)))?;
                }
                Ok(ruled)
            };
            these.iter().map(&mut rule).collect()
        })
    }

    /// Lets a proposal that was rejected or snoozed wait again, and takes away the tombstones that it left. One that was
    /// approved comes back when its operation is taken back.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn reopen(&mut self, id: ProposalId, said: Said<'_>) -> Result<bool> {
        self.try_do(|tx| {
            let reopened = tx.execute(
                "UPDATE proposal SET state = 'waiting', until = NULL
                 WHERE id = ?1 AND (state = 'rejected' OR state = 'waiting' AND until IS NOT NULL)",
                [id],
            )?;
            if reopened > 0 {
                tx.execute(
                    "UPDATE tombstone SET lifted = ?2 WHERE proposal = ?1 AND lifted IS NULL",
                    params![id, said.at],
                )?;
                say(tx, id, Spoken::Reopen, said, None)?;
            }
            Ok(reopened > 0)
        })
    }
}

/// Lets a draft wait. Its batch is written down with the first that is new, and has a number from then on.
pub(super) fn put(
    tx: &Transaction<'_>,
    (batch, number): (&Batch, &mut Option<i64>),
    draft: &Draft<StoreId>,
    title: &str,
    held: Option<&str>,
) -> rusqlite::Result<Taken> {
    let body = pack(draft);
    let known: Option<(i64, String)> = tx
        .prepare_cached(
            "SELECT id, state FROM proposal WHERE digest = ?1 AND (state = 'waiting' OR state = 'rejected' AND NOT EXISTS (
                 SELECT 1 FROM tombstone t WHERE t.proposal = proposal.id AND t.lifted IS NOT NULL)) ORDER BY id DESC LIMIT 1",
        )?
        .query_row([&body.digest[..]], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match known {
        Some((id, state)) if Standing::named(&state) == Standing::Rejected => return Ok(Taken::Rejected(id)),
        Some((id, _)) => return Ok(Taken::Waits(id)),
        None => {}
    }
    let batch = match *number {
        Some(known) => known,
        None => *number.insert(
            tx.prepare_cached("INSERT INTO batch(at, author, note) VALUES(?1,?2,?3)")?.insert(params![
                batch.at,
                batch.author,
                batch.note
            ])?,
        ),
    };
    let [adds, edits, removes, marks] = draft.counts();
    let id = tx
        .prepare_cached(
            "INSERT INTO proposal(batch, version, label, title, reason, confidence, likeness, adds, edits, removes, marks,
             digest, held, state, body) VALUES(?1,1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,'waiting',?13)",
        )?
        .insert(params![
            batch,
            draft.label.name(),
            title,
            draft.reason,
            draft.confidence,
            draft.likeness,
            adds,
            edits,
            removes,
            marks,
            &body.digest[..],
            held,
            body.packed
        ])?;
    concerns(tx, id, draft)?;
    Ok(Taken::New(id))
}

fn concerns(tx: &Transaction<'_>, id: ProposalId, draft: &Draft<StoreId>) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached("INSERT OR IGNORE INTO concern(store, native, proposal) VALUES(?1,?2,?3)")?;
    for step in &draft.steps {
        insert.execute(params![step.store.0, step.native, id])?;
    }
    Ok(())
}

struct Packed {
    packed: Vec<u8>,
    /// SHA-256 of label and wishes: what it would do, whatever the reasons and whatever it was made on.
    digest: [u8; 32],
}

fn pack(draft: &Draft<StoreId>) -> Packed {
    let wishes: Vec<_> = draft.steps.iter().map(|step| (step.store, &step.native, &step.wish)).collect();
    // Writing plain data into a growing vector has no way to fail. A pair is written like a `Body`: field by field.
    let does = postcard::to_stdvec(&(draft.label.name(), wishes)).unwrap_or_default();
    Packed { packed: body(&draft.evidence, &draft.steps), digest: Sha256::digest(&does).into() }
}

fn body(evidence: &[Evidence], steps: &[Step<StoreId>]) -> Vec<u8> {
    lz4_flex::compress_prepend_size(&postcard::to_stdvec(&(evidence, steps)).unwrap_or_default())
}

/// The body of a proposal whose content was erased.
pub(super) fn empty_body() -> Vec<u8> {
    body(&[], &[])
}

fn unpack(packed: &[u8]) -> std::result::Result<Body, String> {
    let bytes = lz4_flex::decompress_size_prepended(packed).map_err(|e| format!("it cannot be unpacked: {e}"))?;
    postcard::from_bytes(&bytes).map_err(|e| format!("it cannot be read: {e}"))
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let confidence: Option<f64> = row.get(5)?;
    Ok(Waiting {
        id: row.get(0)?,
        version: row.get(1)?,
        label: Label::named(row.get_ref(2)?.as_str()?).unwrap_or(Label::Edit),
        title: row.get(3)?,
        reason: row.get(4)?,
        #[expect(clippy::cast_possible_truncation, reason = "it was widened from f32")]
        confidence: confidence.map(|value| value as f32),
        likeness: row.get(6)?,
        adds: row.get(7)?,
        edits: row.get(8)?,
        removes: row.get(9)?,
        marks: row.get(10)?,
        held: row.get(11)?,
        until: row.get(12)?,
        batch: Batch { id: row.get(13)?, at: row.get(14)?, author: row.get(15)?, note: row.get(16)? },
    })
}
