//! What was there before: a memory that names a session or an agent may be older than what they made of it.

use super::{
    Return,
    decide::Link,
    plan::{Chain, Since},
};
use crate::{
    change::Place,
    curate::{CurateProblem, Curator},
    ledger::{Event, Problem, StoreId},
    memory::{EpochMs, Handle, MemoryId},
    store::Portrait,
};

impl Curator {
    /// What a memory, captured by whom is rolled back, becomes when it was there before: by what the log has seen of it,
    /// else by the versions that its store keeps. `None`: it was not there, as far as anybody knows.
    pub(super) fn earlier(
        &mut self,
        (store, id): (u8, StoreId),
        memory: &MemoryId,
        handle: Handle,
        since: &Since,
        now: EpochMs,
    ) -> Result<Option<Return>, CurateProblem> {
        let native = memory.native.as_str();
        let events = self.ledger()?.past_of(id, native)?;
        if let Some(first) = self.first_of(&events, native, since)? {
            let link = |event: &Event| Link {
                operation: event.operation,
                before: event.change.before,
                after: event.change.after,
            };
            let links = events.iter().skip(first).rev().map(link).collect();
            let chain = Chain { store: id, native: native.to_owned(), place: Place::Store, links };
            return Ok(self.decide_all(&[chain], now)?.pop());
        }
        let versions = self.reader(store)?.versions(handle)?;
        let older = versions.into_iter().filter(|version| !version.current).find(|version| match since {
            Since::Moment(at) => version.at.is_some_and(|then| then < *at),
            Since::Session(session) => {
                let of = version.image.as_ref().map(|image| Portrait::of(native, image, None).session().to_owned());
                of.is_some_and(|of| !of.is_empty() && of != *session)
            }
        });
        match older.and_then(|version| version.image) {
            Some(image) => self.back_to_version(memory, Some(image.digest()), now).map(Some),
            None => Ok(None),
        }
    }

    /// The first change that is to be taken back, of a memory that was there before it.
    fn first_of(&self, events: &[Event], native: &str, since: &Since) -> Result<Option<usize>, CurateProblem> {
        for (at, event) in events.iter().enumerate() {
            let Some((before, _)) = event.change.before else { continue };
            let is_first = match since {
                Since::Moment(moment) => event.at >= *moment,
                Since::Session(session) => {
                    let of = |number| match self.ledger()?.image(event.operation, number) {
                        Ok(image) => Ok(Portrait::of(native, &image, None).session().to_owned()),
                        Err(Problem::LetGo { .. } | Problem::Damaged { .. }) => Ok(String::new()),
                        Err(problem) => Err(CurateProblem::from(problem)),
                    };
                    let was = of(before)?;
                    let is = match event.change.after {
                        Some((after, _)) => of(after)?,
                        None => String::new(),
                    };
                    !was.is_empty() && was != *session && is == *session
                }
            };
            if is_first {
                // What was not there when it began was made by whom is rolled back.
                let earlier = events.get(..at).unwrap_or_default();
                let made_since = earlier.iter().any(|event| {
                    event.change.before.is_none() && matches!(since, Since::Moment(moment) if event.at >= *moment)
                });
                return Ok((!made_since).then_some(at));
            }
        }
        Ok(None)
    }
}
