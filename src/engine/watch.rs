//! Looking at stores in the background: at the beginning, and whenever somebody wrote to one.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    curate::{CurateProblem, Curator, Observing, Outlook, Which},
    memory::EpochMs,
};

/// How often stores are asked whether somebody wrote to them; an answer costs microseconds.
const PULSE: Duration = Duration::from_secs(2);
/// Between two parts of a look, so that it never has a core for itself.
const BREATH: Duration = Duration::from_millis(5);
/// Another look at the same store comes at the earliest so many times later than the last one took.
const REST: u32 = 50;

/// A store that is looked at.
#[derive(Debug)]
struct Watched {
    store: u8,
    /// Whether somebody wrote to it since the last look.
    stirred: bool,
    rests_until: Instant,
}

/// Which stores are looked at, and how far.
#[derive(Debug)]
pub(super) struct Watch {
    observing: Observing,
    stores: VecDeque<Watched>,
    under_way: Option<(Outlook, Instant)>,
}

impl Watch {
    pub(super) const fn new(observing: Observing) -> Self {
        Self { observing, stores: VecDeque::new(), under_way: None }
    }

    /// Which stores are looked at.
    pub(super) const fn which(&self) -> Which {
        self.observing.which
    }

    /// Every store that is observed is to be looked at once.
    pub(super) fn begin(&mut self, curator: &Curator, stores: usize) {
        if curator.no_ledger().is_some() {
            return;
        }
        let all = (0..=u8::MAX).take(stores).filter(|store| curator.is_observed(*store, self.observing.which));
        self.stores = all.map(|store| Watched { store, stirred: true, rests_until: Instant::now() }).collect();
    }

    /// How long the thread may wait for orders before it goes on looking; for ever where nothing is observed.
    pub(super) fn patience(&self) -> Option<Duration> {
        let now = Instant::now();
        let due = |watched: &Watched| watched.stirred && watched.rests_until <= now;
        match (&self.under_way, self.stores.is_empty()) {
            (Some(_), _) => Some(BREATH),
            (None, true) => None,
            (None, false) if self.stores.iter().any(due) => Some(BREATH),
            (None, false) => Some(PULSE),
        }
    }

    /// Looks on. Whether something was found that others did.
    pub(super) fn go_on(&mut self, curator: &mut Curator, now: EpochMs) -> Result<bool, CurateProblem> {
        if let Some((mut outlook, began)) = self.under_way.take() {
            let (operations, finished) = curator.look_on(&mut outlook, self.observing, now)?;
            if finished {
                if let Some(last) = self.stores.back_mut() {
                    last.rests_until = Instant::now() + began.elapsed() * REST;
                }
            } else {
                self.under_way = Some((outlook, began));
            }
            return Ok(!operations.is_empty());
        }
        for watched in &mut self.stores {
            // A store that cannot be read now is asked again; the keeper says what is wrong with it.
            watched.stirred |= curator.is_stirred(watched.store).unwrap_or(false);
        }
        let due = |watched: &Watched| watched.stirred && watched.rests_until <= Instant::now();
        let Some(at) = self.stores.iter().position(due) else { return Ok(false) };
        if let Some(mut watched) = self.stores.remove(at) {
            watched.stirred = false;
            let (store, began) = (watched.store, Instant::now());
            // The one that is looked at stands last: the others have their turn first.
            self.stores.push_back(watched);
            self.under_way = curator.look(store, now)?.map(|outlook| (outlook, began));
        }
        Ok(false)
    }
}
