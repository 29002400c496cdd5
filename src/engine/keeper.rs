//! The keeper: builds the catalogue in the background, and follows what others do to the stores.

use std::{
    sync::{Arc, atomic::Ordering, mpsc::Receiver},
    time::{Duration, Instant},
};

use super::{
    Desk, LedgerAt, Library, Reply, Request,
    herald::Herald,
    inbox::InboxWatch,
    knock::{Answer, NO_ANSWER, knock_at},
    mailbox::Post,
    run::{Boxes, NEWS, Out},
    waiting,
};
use crate::{
    catalog::{CatalogState, News},
    ledger::Open,
    store::{Problem, Pulse, Result},
};

/// How often each store is asked whether somebody changed it.
const PULSE: Duration = Duration::from_millis(150);
/// Work that repeats itself takes at most this share of the time: it rests fifty times as long as it took.
const REST: u32 = 50;
/// The shortest rest.
const SHORTEST_REST: Duration = Duration::from_secs(2);
/// How often progress is told.
const TELL: Duration = Duration::from_millis(100);
/// How often a changed catalogue is saved while the program runs.
const SAVE: Duration = Duration::from_secs(60);

/// When something that repeats itself may be done again.
#[derive(Clone, Copy, Debug)]
struct Rest {
    wanted: bool,
    until: Instant,
}

impl Rest {
    fn new() -> Self {
        Self { wanted: false, until: Instant::now() }
    }

    fn is_due(&self) -> bool {
        self.wanted && Instant::now() >= self.until
    }

    fn done(&mut self, began: Instant) {
        self.wanted = false;
        self.until = Instant::now() + SHORTEST_REST.max(began.elapsed() * REST);
    }
}

/// What the keeper knows of one store.
#[derive(Clone, Copy, Debug)]
struct Watch {
    store: u8,
    /// Comparing the outline with what is listed.
    reconcile: Rest,
    /// The quiet second look.
    look: Rest,
    look_began: Option<Instant>,
    broken: bool,
    /// Whether its memories are listed.
    listed: bool,
    /// The last answer to a pulse was not `Same`: the store was replaced or is gone.
    strange: Pulse,
}

/// The thread that keeps the catalogue true.
pub(super) struct Keeper {
    desk: Desk,
    library: Arc<Library>,
    boxes: Arc<Boxes>,
    out: Out,
    watches: Vec<Watch>,
    queue: waiting::Watch,
    herald: Herald,
    /// When memories may be compared with each other again.
    compare_from: Instant,
    told: (Instant, CatalogState),
    saved: Instant,
    saved_once: bool,
    exhausted_told: bool,
    inbox: Option<InboxWatch>,
    /// Where stores answer that did not in time.
    late: Option<Receiver<Answer>>,
}

impl Keeper {
    pub(super) fn new(desk: Desk, ledger: LedgerAt, boxes: Arc<Boxes>, out: Out) -> Self {
        let library = Arc::clone(desk.library());
        let watch = |(store, _)| Watch {
            store,
            reconcile: Rest::new(),
            look: Rest::new(),
            look_began: None,
            broken: false,
            listed: false,
            strange: Pulse::Same,
        };
        let watches = (0u8..).zip(library.stores()).map(watch).collect();
        let now = Instant::now();
        let open = Open::of(library.stores().iter().map(|store| store.about()));
        Self {
            desk,
            library,
            boxes,
            out,
            watches,
            queue: waiting::Watch::new(ledger, open),
            herald: Herald::default(),
            compare_from: now,
            told: (now, CatalogState::default()),
            saved: now,
            saved_once: false,
            exhausted_told: false,
            inbox: None,
            late: None,
        }
    }

    pub(super) fn run(mut self) {
        if let Err(problem) = self.desk.outline() {
            self.out.news(Reply::Failed(problem.to_string()));
        }
        self.leave_out_the_silent();
        self.next_stage();
        let mut pulsed = Instant::now();
        loop {
            // While there is something to build only a short breath is taken, for others who wait for the locks.
            let busy = self.build();
            self.tell(false);
            if pulsed.elapsed() >= PULSE {
                pulsed = Instant::now();
                self.pulse_all();
                if let Some(mark) = self.queue.look(self.library.now()) {
                    self.out.news(Reply::Waiting(mark));
                }
            }
            self.tell_what_others_did();
            let patience = if busy { Duration::from_micros(200) } else { PULSE.saturating_sub(pulsed.elapsed()) };
            match self.boxes.keeper.take(Some(patience)) {
                Post::Closed => break,
                Post::Request(_, Request::Inbox(inbox)) => {
                    let mut watch = InboxWatch::new(inbox);
                    watch.stir();
                    self.inbox = Some(watch);
                }
                Post::Nothing | Post::Request(..) => {}
            }
            self.listen_for_the_late();
            self.look_into_the_inbox();
            self.follow_the_curator();
        }
        self.library.builder().save(&self.library.shared);
    }

    /// Tells which stores could not be listed; those that do not answer are asked again beside everything else.
    fn leave_out_the_silent(&mut self) {
        let silent = self.library.silent();
        for watch in &mut self.watches {
            watch.broken = silent.contains_key(&watch.store);
            watch.listed = !watch.broken;
        }
        let late = silent.iter().filter(|(_, reason)| *reason == NO_ANSWER).map(|(store, _)| *store);
        let stores = late.filter_map(|store| Some((store, Arc::clone(self.library.store(store).ok()?))));
        let (late, asked) = knock_at(stores.collect::<Vec<_>>().into_iter(), 1);
        self.late = Some(late).filter(|_| asked > 0);
        for (store, reason) in silent {
            self.say_broken(store, reason);
        }
    }

    /// Lists the memories of stores that answer at last.
    fn listen_for_the_late(&mut self) {
        let Some(late) = &self.late else { return };
        let Ok((store, answer)) = late.try_recv() else { return };
        match answer {
            Ok((reader, _)) => {
                self.desk.adopt(store, reader);
                self.is_back(usize::from(store), store);
            }
            Err(problem) => {
                self.library.leave_out(store, problem.to_string());
                self.say_broken(store, problem.to_string());
            }
        }
    }

    /// A store can be read again, or for the first time.
    fn is_back(&mut self, at: usize, store: u8) {
        let listed = self.watches.get(at).is_some_and(|watch| watch.listed);
        if !listed && let Err(problem) = self.desk.open_in_catalog(store) {
            return self.break_off(at, &problem);
        }
        self.library.take_back_in(store);
        if let Some(watch) = self.watches.get_mut(at) {
            (watch.broken, watch.listed) = (false, true);
            watch.reconcile.wanted = true;
        }
        if let Some(state) = self.library.store_state(store) {
            self.out.news(Reply::Store { store, state });
        }
        if !listed {
            self.next_stage();
            self.out.news(Reply::Changed { added: 0, removed: 0 });
        }
    }

    fn next_stage(&mut self) {
        self.boxes.stage.fetch_add(1, Ordering::AcqRel);
        self.boxes.viewer.nudge();
        self.tell(true);
    }

    /// Tells how far the catalogue is, when that changed.
    fn tell(&mut self, now: bool) {
        let state = self.library.state();
        if state != self.told.1 && (now || state.ready || self.told.0.elapsed() >= TELL) {
            let was_ready = self.told.1.ready;
            self.told = (Instant::now(), state);
            self.out.state(state);
            if state.ready && !was_ready {
                self.boxes.stage.fetch_add(1, Ordering::AcqRel);
                self.boxes.viewer.nudge();
            }
        }
    }

    /// Does the next piece of work. Whether there was any.
    fn build(&mut self) -> bool {
        for at in 0..self.watches.len() {
            let Some(watch) = self.watches.get(at).copied().filter(|watch| !watch.broken) else { continue };
            match self.build_store(watch.store) {
                Ok(true) => return true,
                Ok(false) => {}
                Err(problem) => self.break_off(at, &problem),
            }
        }
        if !self.library.is_compared() && !self.is_acting() && self.compare_from <= Instant::now() {
            let began = Instant::now();
            let boxes = Arc::clone(&self.boxes);
            let stop = move || boxes.closing.load(Ordering::Acquire);
            let was_ready = self.library.state().ready;
            let compared = self.desk.compare(&stop);
            // No shortest rest: in a small store what an act did to the others is known at once.
            self.compare_from = Instant::now() + began.elapsed() * REST;
            if let Some(news) = compared {
                if was_ready {
                    self.herald.note(news);
                }
                self.tell(true);
                return true;
            }
        }
        let ready = self.library.state().ready && !self.is_acting();
        if ready && (!self.saved_once || self.saved.elapsed() >= SAVE) {
            self.saved = Instant::now();
            self.saved_once = true;
            self.library.builder().save(&self.library.shared);
        }
        if self.library.builder().files_exhausted() && !self.exhausted_told {
            self.exhausted_told = true;
            let told = "memories name more files than are looked for; not every dead file is marked";
            self.out.news(Reply::Notice(told.to_owned()));
        }
        false
    }

    /// Whether the person's own act is under way. The curator tells what it changes; what else might be different is
    /// looked for afterwards.
    fn is_acting(&self) -> bool {
        self.boxes.acting.load(Ordering::Acquire)
    }

    fn build_store(&mut self, store: u8) -> Result<bool> {
        let library = Arc::clone(&self.library);
        if library.builder().judge_some(&library.shared, store, self.desk.reader(store)?)? {
            return Ok(true);
        }
        let acting = self.is_acting();
        let Some(watch) = self.watches.get_mut(usize::from(store)) else { return Ok(false) };
        let wants = !acting && library.builder().wants_look(store);
        if !wants || watch.look.until > Instant::now() {
            return Ok(false);
        }
        let began = Instant::now();
        let total = *watch.look_began.get_or_insert(began);
        let news = library.builder().look_again(&library.shared, store, self.desk.reader(store)?)?;
        let Some(watch) = self.watches.get_mut(usize::from(store)) else { return Ok(false) };
        if let Some(news) = news {
            // A fifth of one core: nobody waits for this.
            watch.look.until = Instant::now() + began.elapsed() * 4;
            self.herald.note(news);
        } else {
            watch.look_began = None;
            watch.look.done(total);
        }
        Ok(false)
    }

    fn break_off(&mut self, at: usize, problem: &Problem) {
        let Some(watch) = self.watches.get_mut(at) else { return };
        if matches!(problem, Problem::Busy(_) | Problem::Cancelled) {
            return;
        }
        watch.broken = true;
        let store = watch.store;
        self.desk.hang_up(store);
        if self.watches.len() > 1 {
            self.library.leave_out(store, problem.to_string());
        }
        self.say_broken(store, problem.to_string());
    }

    fn say_broken(&self, store: u8, reason: String) {
        if let Some(mut state) = self.library.store_state(store) {
            state.broken = Some(reason);
            self.out.news(Reply::Store { store, state });
        }
    }

    fn tell_what_others_did(&mut self) {
        if self.herald.is_waiting()
            && let Some(News { added, removed, .. }) = self.herald.tell(Instant::now(), self.boxes.answering())
        {
            self.out.news(Reply::Changed { added, removed });
        }
    }

    fn pulse_all(&mut self) {
        for at in 0..self.watches.len() {
            let Some(watch) = self.watches.get(at).copied() else { continue };
            if let Err(problem) = self.pulse(at, watch.store) {
                self.break_off(at, &problem);
            }
        }
    }

    fn pulse(&mut self, at: usize, store: u8) -> Result<()> {
        let library = Arc::clone(&self.library);
        // Whoever asked it last may have found that it cannot be read.
        if let Some(reason) = library.silent().remove(&store) {
            // One that does not answer is heard when it does.
            if reason == NO_ANSWER {
                return Ok(());
            }
            self.desk.reader(store)?.newest(1)?;
            self.is_back(at, store);
        }
        let pulse = self.desk.reader(store)?.pulse()?;
        let Some(watch) = self.watches.get_mut(at) else { return Ok(()) };
        let before = std::mem::replace(&mut watch.strange, pulse);
        match pulse {
            Pulse::Same | Pulse::Changed => {
                if watch.broken || matches!(before, Pulse::Replaced | Pulse::Gone) {
                    watch.broken = false;
                    watch.reconcile.wanted = true;
                    if let Some(state) = library.store_state(store) {
                        self.out.news(Reply::Store { store, state });
                    }
                }
            }
            Pulse::Replaced | Pulse::Gone => {
                if before != pulse {
                    let path = library.store(store)?.about().path.clone();
                    let problem = if pulse == Pulse::Gone { Problem::Gone(path) } else { Problem::Replaced(path) };
                    self.say_broken(store, problem.to_string());
                }
                return Ok(());
            }
        }
        if pulse == Pulse::Changed {
            self.inbox.iter_mut().for_each(InboxWatch::stir);
            watch.reconcile.wanted = true;
            let news = library.builder().fresh(&library.shared, store, self.desk.reader(store)?)?;
            self.herald.note(news);
        }
        self.reconcile(at, store)
    }

    fn reconcile(&mut self, at: usize, store: u8) -> Result<()> {
        if self.is_acting() || !self.watches.get(at).is_some_and(|watch| watch.reconcile.is_due()) {
            return Ok(());
        }
        let library = Arc::clone(&self.library);
        let began = Instant::now();
        let news = {
            let mut builder = library.builder();
            builder.want_look(&library.shared, store);
            builder.reconcile(&library.shared, store, self.desk.reader(store)?)?
        };
        if let Some(watch) = self.watches.get_mut(at) {
            watch.reconcile.done(began);
        }
        self.herald.note(news);
        Ok(())
    }

    /// Asks the writing thread to take in what lies in the inbox, if there is anything new.
    fn look_into_the_inbox(&mut self) {
        if let Some(inbox) = self.inbox.as_mut().and_then(InboxWatch::look) {
            self.boxes.writer.put(NEWS, Request::Inbox(inbox));
        }
    }

    /// Reads what the curator changed.
    fn follow_the_curator(&mut self) {
        if let Err(problem) = self.desk.catch_up() {
            self.out.news(Reply::Failed(problem.to_string()));
        }
    }
}
