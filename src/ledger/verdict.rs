//! What was said of proposals, in order. Nothing is ever taken out.

use rusqlite::{Row, Transaction, params};

use super::{Ledger, OperationState, Result, Standing};
use crate::{
    change::{Label, ProposalId},
    memory::EpochMs,
};

/// What can be said of a proposal. Nothing is ever taken out: a verdict that is taken back is followed by `Reopen`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// It is to be carried out.
    Approve,
    /// It was altered; it keeps waiting as another version.
    Edit,
    /// It is not to be carried out.
    Reject,
    /// It is to be asked again later.
    Snooze,
    /// The last verdict is taken back.
    Reopen,
}

impl Spoken {
    /// The word kept in the ledger and printed as JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Edit => "edit",
            Self::Reject => "reject",
            Self::Snooze => "snooze",
            Self::Reopen => "reopen",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "approve" => Self::Approve,
            "edit" => Self::Edit,
            "reject" => Self::Reject,
            "snooze" => Self::Snooze,
            _ => Self::Reopen,
        }
    }
}

/// A verdict that changes no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Yes, and nothing is left to do.
    Done,
    /// No.
    No,
    /// Not before this moment.
    Later(EpochMs),
}

/// A verdict that is to be written down.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// When.
    pub at: EpochMs,
    /// Who: `you`, or the policy that spoke for the person.
    pub author: &'a str,
    /// Why; may be empty.
    pub reason: &'a str,
}

/// A verdict that stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its number; larger is later.
    pub id: i64,
    /// Of which proposal.
    pub proposal: ProposalId,
    /// What was said.
    pub spoken: Spoken,
    /// When.
    pub at: EpochMs,
    /// Who: `you`, or the policy that spoke for the person.
    pub author: String,
    /// Why; may be empty.
    pub reason: String,
    /// The operation that carried it out.
    pub operation: Option<i64>,
    /// When a person saw it, if a policy spoke.
    pub seen: Option<EpochMs>,
}

/// How often a person agreed with an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Who proposes.
    pub author: String,
    /// What for.
    pub label: Label,
    /// Proposals that the person approved.
    pub approved: u32,
    /// Proposals that the person rejected.
    pub rejected: u32,
}

impl Rate {
    /// Approved proposals among all, 0–1.
    pub fn share(&self) -> f64 {
        f64::from(self.approved) / f64::from((self.approved + self.rejected).max(1))
    }
}

impl Ledger {
    /// What was said of proposals: of one, or of all, the latest first.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn verdicts(&self, of: Option<ProposalId>, limit: usize) -> Result<Vec<Given>> {
        self.query(
            "SELECT id, proposal, verdict, at, author, reason, operation, seen FROM verdict
             WHERE ?1 IS NULL OR proposal = ?1 ORDER BY id DESC LIMIT ?2",
            |query| query.query_map(params![of, i64::try_from(limit).unwrap_or(i64::MAX)], given)?.collect(),
        )
    }

    /// What policies applied and no person has seen yet, the oldest first.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn unseen(&self) -> Result<Vec<Given>> {
        self.query(
            "SELECT id, proposal, verdict, at, author, reason, operation, seen FROM verdict
             WHERE seen IS NULL AND author <> 'you' ORDER BY id",
            |query| query.query_map([], given)?.collect(),
        )
    }

    /// Notes that a person saw what a policy did.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn saw(&mut self, verdicts: &[i64], at: EpochMs) -> Result<()> {
        self.try_do(|tx| {
            let mut mark = tx.prepare_cached("UPDATE verdict SET seen = ?2 WHERE id = ?1 AND seen IS NULL")?;
            verdicts.iter().try_for_each(|id| mark.execute(params![id, at]).map(drop))
        })
    }

    /// How often the person agreed with each author, by label: the last verdict of a person on each proposal counts.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn rates(&self) -> Result<Vec<Rate>> {
        let found: Vec<(String, String, u32, u32)> = self.query(
            "SELECT b.author, p.label, sum(p.state = 'approved'), sum(p.state = 'rejected')
             FROM proposal p JOIN batch b ON b.id = p.batch
             WHERE p.state <> 'waiting' AND (SELECT v.author FROM verdict v WHERE v.proposal = p.id ORDER BY v.id DESC LIMIT 1) = 'you'
             GROUP BY b.author, p.label ORDER BY b.author, p.label",
            |query| query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect(),
        )?;
        let rate = |(author, label, approved, rejected): (String, String, u32, u32)| {
            Some(Rate { author, label: Label::named(&label)?, approved, rejected })
        };
        Ok(found.into_iter().filter_map(rate).collect())
    }
}

/// How the author of what an agent writes by itself begins: the policy of the settings that lets it.
pub const BY_ITSELF: &str = "policy agent.";

/// The author of what a person does in memtui.
pub const YOU: &str = "you";

/// What the end of an operation means for the proposal that it carries out, or that it takes back.
pub(super) fn follow(tx: &Transaction<'_>, operation: i64, state: OperationState) -> rusqlite::Result<()> {
    if state == OperationState::Cancelled {
        return Ok(());
    }
    let mut query = tx.prepare_cached(
        "SELECT COALESCE(o.proposal, f.proposal), o.label, o.at, o.author, o.reason, f.author FROM operation o
         LEFT JOIN operation f ON f.id = o.of WHERE o.id = ?1 AND COALESCE(o.proposal, f.proposal) IS NOT NULL",
    )?;
    let mut rows = query.query([operation])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let proposal: ProposalId = row.get(0)?;
    let (standing, spoken) = if row.get_ref(1)?.as_str()? == Label::Undo.name() {
        // Whoever takes something back has seen it.
        tx.prepare_cached("UPDATE verdict SET seen = ?2 WHERE proposal = ?1 AND seen IS NULL")?
            .execute(params![proposal, row.get::<_, i64>(2)?])?;
        // What an agent wrote by itself was never asked: whoever takes it back has said no to it.
        let by_itself = row.get_ref(5)?.as_str_or_null()?.is_some_and(|author| author.starts_with(BY_ITSELF));
        if by_itself { (Standing::Rejected, Spoken::Reject) } else { (Standing::Waiting, Spoken::Reopen) }
    } else {
        (Standing::Approved, Spoken::Approve)
    };
    // One whose content was erased has nothing left to ask.
    let moved = tx
        .prepare_cached("UPDATE proposal SET state = ?2, until = NULL WHERE id = ?1 AND length(digest) > 0")?
        .execute(params![proposal, standing.name()])?;
    if moved == 0 {
        return Ok(());
    }
    let said = Said { at: row.get(2)?, author: row.get_ref(3)?.as_str()?, reason: row.get_ref(4)?.as_str()? };
    say(tx, proposal, spoken, said, Some(operation))
}

pub(super) fn say(
    tx: &Transaction<'_>,
    proposal: ProposalId,
    spoken: Spoken,
    said: Said<'_>,
    operation: Option<i64>,
) -> rusqlite::Result<()> {
    // A person has seen what they said themselves.
    let seen = (said.author == YOU).then_some(said.at);
    tx.prepare_cached(
        "INSERT INTO verdict(proposal, at, author, verdict, reason, operation, seen) VALUES(?1,?2,?3,?4,?5,?6,?7)",
    )?
    .execute(params![proposal, said.at, said.author, spoken.name(), said.reason, operation, seen])
    .map(drop)
}

fn given(row: &Row<'_>) -> rusqlite::Result<Given> {
    Ok(Given {
        id: row.get(0)?,
        proposal: row.get(1)?,
        spoken: Spoken::named(row.get_ref(2)?.as_str()?),
        at: row.get(3)?,
        author: row.get(4)?,
        reason: row.get(5)?,
        operation: row.get(6)?,
        seen: row.get(7)?,
    })
}
