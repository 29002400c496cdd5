//! One agent's session: the open database, what was written in it so far, and the tools by name.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value as Json, json};

use super::{BadLaunch, Launch, ask, grants::Grants, show::Shown};
use crate::{
    change::Batch,
    config::{Agent, Mode},
    curate::{CurateProblem, Curator, Policy},
    ledger::Ledger,
    memory::EpochMs,
    store::{
        Reader, Store,
        native::{self, Kept, Shelf, Tally},
    },
};

/// The place of the shared database among the stores of the curator.
pub(super) const STORE: u8 = 0;

/// What is left of the time between two writes is waited for when it is no longer than this.
const MOMENT: Duration = Duration::from_millis(500);

/// What a tool answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It did what was asked, or says what is known.
    Well(Json),
    /// It did not, and says why.
    Refused(String),
}

/// What a tool comes to; a reason is an answer, too.
pub(super) type Outcome = Result<Json, String>;

/// An open session.
pub struct Session {
    pub(super) grants: Grants,
    pub(super) settings: Agent,
    pub(super) policies: Vec<Policy>,
    pub(super) shelf: Shelf,
    pub(super) reader: Box<dyn Reader>,
    pub(super) curator: Curator,
    pub(super) store: Arc<dyn Store>,
    pub(super) batch: Batch,
    /// What the session's memories name as theirs.
    pub(super) name: String,
    /// Where the ledger is.
    ledger: PathBuf,
    tally: Option<Tally>,
    writes: u64,
    last_write: Option<Instant>,
}

impl Session {
    /// Opens the shared database for an agent.
    ///
    /// # Errors
    /// Why that cannot be done, and the next step.
    pub fn open(launch: Launch) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| error.to_string();
        let grants = Grants::of(&launch.agent, launch.project.as_deref(), &launch.settings)
            .map_err(|problem: BadLaunch| said(&problem))?;
        let store = native::open(&launch.database, native::NAME.to_owned()).map_err(|problem| said(&problem))?;
        let shelf = Shelf::open(&launch.database).map_err(|problem| said(&problem))?;
        let reader = store.reader().map_err(|problem| said(&problem))?;
        // Where nothing can be counted, recalling goes on all the same.
        let tally = Tally::open(&launch.database).ok();
        let now = now();
        let name = format!("{}-{}-{}", launch.agent, now, std::process::id());
        let batch =
            Batch { id: 0, at: now, author: format!("agent:{}", launch.agent), note: format!("session {name}") };
        Ok(Self {
            grants,
            settings: launch.settings,
            policies: launch.policies,
            shelf,
            reader,
            curator: Curator::new(Ledger::open(&launch.ledger), &[Arc::clone(&store)]),
            store,
            batch,
            name,
            ledger: launch.ledger,
            tally,
            writes: 0,
            last_write: None,
        })
    }

    /// Looks after what a crash left behind; what there is to say about it.
    pub fn recover(&mut self) -> Vec<String> {
        match self.curator.recover(now()) {
            Ok(notices) => notices,
            Err(problem) => vec![problem.to_string()],
        }
    }

    /// Does what a tool is for; `None` when there is no tool of that name.
    pub fn call(&mut self, tool: &str, arguments: Map<String, Json>) -> Option<Answer> {
        let now = now();
        if self.curator.no_ledger().is_some() {
            // What stood in its way when the session began may be over.
            self.curator = Curator::new(Ledger::open(&self.ledger), &[Arc::clone(&self.store)]);
        }
        let outcome = match tool {
            "recall_memory" => ask::read(arguments).and_then(|it| self.recall(&it, now)),
            "write_memory" => ask::read(arguments).and_then(|it| self.write(it, now)),
            "update_memory" => ask::read(arguments).and_then(|it| self.update(it, now)),
            "forget_request" => ask::read(arguments).and_then(|it| self.forget(&it, now)),
            "propose_change" => self.propose(arguments, now),
            _ => return None,
        };
        Some(outcome.map_or_else(Answer::Refused, Answer::Well))
    }

    /// The memory of that name, if the agent may see it; nothing tells one that it may not from one that there is not.
    pub(super) fn visible(&mut self, id: &str, now: EpochMs) -> Result<Kept, String> {
        let none =
            || format!("there is no memory `{}`; recall_memory names those that there are", super::show::one_line(id));
        let number = ask::number(id, &self.store.about().name).ok_or_else(none)?;
        let found = self.shelf.these(&self.grants.sight, &[number], now).map_err(|problem| unread(&problem))?;
        found.into_iter().next().ok_or_else(none)
    }

    /// A memory with what a person said about it.
    pub(super) fn shown(&mut self, kept: Kept, now: EpochMs) -> Shown {
        // Without a ledger a person has said nothing.
        let overlay = self.curator.said_of(STORE, &native_of(kept.id), now).unwrap_or_default();
        Shown { kept, overlay, store: self.store.about().name.clone() }
    }

    /// Notes that a memory's text was put before the agent.
    pub(super) fn count(&self, id: i64, now: EpochMs) {
        if let Some(tally) = &self.tally {
            tally.count(id, now);
        }
    }

    /// Whether something may be written now, or in a moment that is worth waiting for.
    pub(super) fn in_pace(&self) -> Result<(), String> {
        if self.settings.mode == Mode::ReadOnly {
            return Err("this server takes nothing: it was started to be read only".to_owned());
        }
        if self.writes >= self.settings.most_writes {
            return Err(format!(
                "{} writes in one session are enough; keep what is left for the person you work with",
                self.settings.most_writes
            ));
        }
        let least = Duration::from_millis(self.settings.interval_ms);
        let left = self.last_write.map_or(Duration::ZERO, |last| least.saturating_sub(last.elapsed()));
        if left > MOMENT {
            return Err(format!("too fast; write again in {} seconds", left.as_secs() + 1));
        }
        std::thread::sleep(left);
        Ok(())
    }

    /// Notes that something was taken.
    pub(super) fn took(&mut self) {
        self.writes += 1;
        self.last_write = Some(Instant::now());
    }

    /// The policy that speaks for the person, as the ledger names it.
    pub(super) fn policy(&self) -> String {
        format!("policy agent.{}", self.grants.sight.agent)
    }
}

/// The name of a memory within the shared database.
pub(super) fn native_of(id: i64) -> String {
    format!("memory/{id}")
}

/// What is said when the database cannot be read. Its own words may name what the agent is not to know.
pub(super) fn unread(problem: &crate::store::Problem) -> String {
    match problem {
        crate::store::Problem::Busy(_) => "the memory database is busy; try again in a moment".to_owned(),
        _ => "the memory database cannot be read; tell the person you work with to run `memtui check`".to_owned(),
    }
}

/// What is said when something cannot be written.
pub(super) fn unwritten(problem: &CurateProblem) -> String {
    match problem {
        CurateProblem::Ledger(crate::ledger::Problem::Taken) => {
            "somebody else is changing memories right now; nothing was written, try again in a moment".to_owned()
        }
        _ => {
            "nothing was written: the memory database or memtui's ledger refuses; tell the person you work with to run \
              `memtui check`"
                .to_owned()
        }
    }
}

/// A plain answer with a status.
pub(super) fn status(word: &str, more: Json) -> Json {
    let mut answer = Map::from_iter([("status".to_owned(), json!(word))]);
    if let Json::Object(more) = more {
        answer.extend(more);
    }
    Json::Object(answer)
}

/// The clock on the wall.
fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}
