//! Asking several stores at once for their newest memories, so that a slow one keeps nobody waiting.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::Desk;
use crate::{
    memory::Row,
    store::{Reader, Result, Store},
};

/// So long the first screen waits for stores when others have answered; longer on a machine that is slow at everything.
const FIRST: Duration = Duration::from_millis(40);
const AS_SLOW: u32 = 4;
/// And so long when none has.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a store is said to be that has not answered.
pub(super) const NO_ANSWER: &str = "it does not answer yet";

/// A store's answer: an open connection, and the newest memories.
pub(super) type Answer = (u8, Result<(Box<dyn Reader>, Vec<Row>)>);

/// Has stores asked, each by a thread of its own. A thread that never comes back is left to itself.
pub(super) fn knock_at(stores: impl Iterator<Item = (u8, Arc<dyn Store>)>, limit: usize) -> (Receiver<Answer>, usize) {
    let (sender, answers) = channel();
    let mut asked = 0;
    for (number, store) in stores {
        let sender = sender.clone();
        let ask = move || {
            let answer = store.reader().and_then(|mut reader| {
                let rows = reader.newest(limit)?;
                Ok((reader, rows))
            });
            // Whoever asked may have gone on without it.
            let _late = sender.send((number, answer));
        };
        asked += usize::from(thread::Builder::new().name("knock".to_owned()).spawn(ask).is_ok());
    }
    (answers, asked)
}

impl Desk {
    /// The newest memories of all stores that answer in time; the others are left out until they do.
    pub(super) fn knock(&mut self, limit: usize) -> Vec<Row> {
        let began = Instant::now();
        let stores: Vec<(u8, Arc<dyn Store>)> = (0..=u8::MAX).zip(self.library.stores().iter().cloned()).collect();
        let mut waited_for: Vec<u8> = stores.iter().map(|(number, _)| *number).collect();
        let (answers, _) = knock_at(stores.into_iter(), limit);
        let mut rows = Vec::new();
        let mut patience = PATIENCE;
        while !waited_for.is_empty() {
            let Ok((store, answer)) = answers.recv_timeout(patience.saturating_sub(began.elapsed())) else { break };
            waited_for.retain(|other| *other != store);
            match answer {
                Ok((reader, newest)) => {
                    patience = patience.min(FIRST + began.elapsed() * AS_SLOW);
                    self.library.take_back_in(store);
                    self.adopt(store, reader);
                    rows.extend(newest.into_iter().map(|mut row| {
                        row.key.store = store;
                        row
                    }));
                }
                Err(problem) => self.library.leave_out(store, problem.to_string()),
            }
        }
        for store in waited_for {
            self.library.leave_out(store, NO_ANSWER.to_owned());
        }
        rows
    }
}
