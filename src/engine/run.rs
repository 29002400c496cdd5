//! The engine: threads that answer requests, and the channel on which they do.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    By, Desk, Inbox, LedgerAt, Library, Reply, Request, StoreState, Ticket, View, inbox,
    keeper::Keeper,
    mailbox::{Gate, Mailbox, Post},
    offers::take_offers,
    read::{self, history},
    sitting,
    watch::Watch,
};
use crate::{
    catalog::CatalogState,
    curate::{Act, Curator, Touched},
    judge,
    store::{Cancel, Problem},
};

/// The ticket of news that nobody asked for.
pub(super) const NEWS: Ticket = 0;

/// How often a view that hangs on judgements is worked out again while they are being made.
const WHILE_BUILDING: Duration = Duration::from_millis(700);

/// Where replies go: the channel, and a bell for whoever listens to it.
#[derive(Clone)]
pub(super) struct Out {
    sender: Sender<(Ticket, Reply)>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Out {
    pub(super) fn send(&self, ticket: Ticket, reply: Reply) {
        // Nobody listens any more when the program ends.
        if self.sender.send((ticket, reply)).is_ok() {
            (self.wake)();
        }
    }

    pub(super) fn news(&self, reply: Reply) {
        self.send(NEWS, reply);
    }

    /// Sends what came of a question; nothing when it was none for this thread.
    pub(super) fn answer<E: std::fmt::Display>(&self, ticket: Ticket, answer: Result<Option<Reply>, E>) {
        match answer {
            Ok(Some(reply)) => self.send(ticket, reply),
            Ok(None) => {}
            Err(problem) => self.fail(ticket, &problem),
        }
    }

    pub(super) fn fail(&self, ticket: Ticket, problem: &dyn std::fmt::Display) {
        self.send(ticket, Reply::Failed(problem.to_string()));
    }
}

/// What the threads share beside the library.
#[derive(Default)]
pub(super) struct Boxes {
    pub(super) reader: Mailbox,
    pub(super) viewer: Mailbox,
    pub(super) counter: Mailbox,
    pub(super) writer: Mailbox,
    pub(super) keeper: Mailbox,
    /// Opened when the first screen is painted: until then the other threads leave disk and processor to it.
    pub(super) first: Gate,
    /// Cancels the view that is being worked out.
    views: Cancel,
    /// Cancels the counting that is under way.
    counts: Cancel,
    stop_act: AtomicBool,
    /// Whether an act is under way: what can wait leaves processor, locks and memory to it.
    pub(super) acting: AtomicBool,
    pub(super) closing: AtomicBool,
    /// Moves on when the catalogue got better: outlined, or ready.
    pub(super) stage: AtomicU64,
}

impl Boxes {
    /// How long the threads that answer a screen have worked so far, together.
    pub(super) fn answering(&self) -> Duration {
        self.viewer.worked() + self.reader.worked() + self.counter.worked()
    }
}

/// Worker threads behind a typed channel. They end when it is dropped.
pub struct Engine {
    boxes: Arc<Boxes>,
    replies: Receiver<(Ticket, Reply)>,
    next: AtomicU64,
    threads: Vec<JoinHandle<()>>,
}

/// How long the other threads wait for the first screen at most.
const HEAD_START: Duration = Duration::from_millis(60);

impl Engine {
    /// Starts the threads. `wake` is called after every reply that was put into the channel. The ledger is opened by
    /// the threads that need it, when the first screen is there.
    pub fn start(library: Arc<Library>, ledger: LedgerAt, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        library.remember(&ledger.path);
        let (sender, replies) = channel();
        let out = Out { sender, wake: Arc::from(wake) };
        let boxes = Arc::new(Boxes::default());
        let mut threads = Vec::new();
        // The first screen waits for the viewer alone; the others do not even begin before it is there.
        let (desk, hers, to) = (Desk::new(Arc::clone(&library)), Arc::clone(&boxes), out.clone());
        let viewer = Viewer { desk, boxes: hers, out: to, last: None };
        threads.extend(started(named("viewer").spawn(move || viewer.run()), "viewer", &out));
        let (hers, to) = (Arc::clone(&boxes), out.clone());
        let crew = named("keeper").spawn(move || crew(&library, &ledger, &hers, &to));
        threads.extend(started(crew, "keeper", &out));
        Self { boxes, replies, next: AtomicU64::new(1), threads }
    }

    /// Hands a question to the thread that answers it. The ticket comes back with every answer to it.
    pub fn send(&self, request: Request) -> Ticket {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        match &request {
            Request::View { .. } => {
                self.boxes.views.supersede();
                self.boxes.viewer.put(ticket, request);
            }
            Request::Counts { .. } => {
                self.boxes.counts.supersede();
                self.boxes.counter.put(ticket, request);
            }
            Request::Inbox(_) => self.boxes.keeper.put(ticket, request),
            Request::StopAct => self.boxes.stop_act.store(true, Ordering::Release),
            Request::Act(_) | Request::Sit(_) | Request::Saw(_) | Request::SawElsewhere | Request::Propose(_) => {
                self.boxes.writer.put(ticket, request);
            }
            _ => self.boxes.reader.put(ticket, request),
        }
        ticket
    }

    /// The first screen is painted: whoever waited for that goes to work. To be called once at least; without it the
    /// others wait a little, and then no longer.
    pub fn painted(&self) {
        self.boxes.first.open();
    }

    /// The answers.
    pub const fn replies(&self) -> &Receiver<(Ticket, Reply)> {
        &self.replies
    }
}

impl Drop for Engine {
    /// Stops the threads: a running act ends at the next chunk, the catalogue is saved if it changed.
    fn drop(&mut self) {
        self.boxes.closing.store(true, Ordering::Release);
        self.boxes.stop_act.store(true, Ordering::Release);
        self.boxes.views.supersede();
        self.boxes.counts.supersede();
        self.boxes.first.open();
        let boxes = &self.boxes;
        for mailbox in [&boxes.viewer, &boxes.reader, &boxes.counter, &boxes.writer, &boxes.keeper] {
            mailbox.close();
        }
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

fn named(name: &str) -> Builder {
    Builder::new().name(name.to_owned())
}

/// The thread that was started; says so when it was not.
fn started<T>(thread: std::io::Result<T>, name: &str, out: &Out) -> Option<T> {
    thread.map_err(|error| out.fail(NEWS, &format!("the {name} thread could not be started: {error}"))).ok()
}

/// Everybody but the viewer, from the moment on when the first screen is there.
fn crew(library: &Arc<Library>, ledger: &LedgerAt, boxes: &Arc<Boxes>, out: &Out) {
    boxes.first.pass(HEAD_START);
    if boxes.closing.load(Ordering::Acquire) {
        return;
    }
    let desk = || Desk::new(Arc::clone(library));
    let reader = read::Clerk::new(desk(), ledger.clone(), Arc::clone(boxes), out.clone());
    let write = || {
        // Before a text needs them; nobody waits for this thread yet.
        judge::warm();
        let curator = Curator::new(ledger.to_write(), library.stores()).guarded(ledger.safeguard.clone());
        let (library, boxes, out) = (Arc::clone(library), Arc::clone(boxes), out.clone());
        let watch = Watch::new(ledger.observing);
        Writing { curator, desk: desk(), library, boxes, out, watch }.run();
    };
    let (asker, hers, to) = (desk(), Arc::clone(boxes), out.clone());
    let asking = named("objections").spawn(move || objections(asker, &hers, &to));
    // It ends by itself, or with the program.
    drop(started(asking, "objections", out));
    std::thread::scope(|scope| {
        let reading = started(named("reader").spawn_scoped(scope, || reader.run()), "reader", out);
        let writing = started(named("writer").spawn_scoped(scope, write), "writer", out);
        let counting = started(named("counter").spawn_scoped(scope, || count(desk(), boxes, out)), "counter", out);
        Keeper::new(desk(), ledger.clone(), Arc::clone(boxes), out.clone()).run();
        for thread in [reading, writing, counting].into_iter().flatten() {
            let _panicked = thread.join();
        }
    });
}

/// What stands against writing and took too long to find out while the program opened. A server may be asked for it, which
/// may not answer: nobody waits for this thread.
fn objections(mut desk: Desk, boxes: &Boxes, out: &Out) {
    for store in desk.store_numbers() {
        if boxes.closing.load(Ordering::Acquire) {
            return;
        }
        // What is wrong with reading it is told by whoever reads.
        let Ok(Some(objection)) = desk.reader(store).and_then(crate::store::Reader::objection) else { continue };
        if let Some(state) = desk.library().store_state(store).filter(|state| state.read_only.is_none()) {
            out.news(Reply::Store { store, state: StoreState { read_only: Some(objection), ..state } });
        }
    }
}

/// The thread that works out views.
struct Viewer {
    desk: Desk,
    boxes: Arc<Boxes>,
    out: Out,
    /// The view on the screen, when a better one may be had later.
    last: Option<(Ticket, Request, u64)>,
}

impl Viewer {
    fn run(mut self) {
        self.desk.look_ahead();
        loop {
            let building = self.last.is_some() && !self.desk.library().state().ready;
            match self.boxes.viewer.take(building.then_some(WHILE_BUILDING)) {
                Post::Closed => return,
                Post::Request(ticket, request) => self.answer(ticket, request),
                Post::Nothing => {
                    if let Some((ticket, request, stage)) = self.last.take() {
                        let now = self.boxes.stage.load(Ordering::Acquire);
                        if building || stage != now {
                            self.answer(ticket, request);
                        }
                    }
                }
            }
        }
    }

    fn answer(&mut self, ticket: Ticket, request: Request) {
        let Request::View { spec, follow, marked } = &request else { return };
        let stage = self.boxes.stage.load(Ordering::Acquire);
        let cancel = self.boxes.views.next();
        let out = self.out.clone();
        let emit = |view: View| out.send(ticket, Reply::View(view));
        match self.desk.view(spec, *follow, marked, &cancel, &mut { emit }) {
            Ok(view) => {
                let unfinished = view.partial || !view.count.exact || !view.of.exact;
                let depends = unfinished || spec.sort.key == crate::catalog::SortKey::Confidence;
                self.out.send(ticket, Reply::View(view));
                if depends && !self.desk.library().state().ready {
                    self.last = Some((ticket, request, stage));
                    // The stage may have moved on while this view was worked out.
                    if self.boxes.stage.load(Ordering::Acquire) != stage {
                        self.boxes.viewer.nudge();
                    }
                }
            }
            Err(Problem::Cancelled) => {}
            Err(problem) => self.out.fail(ticket, &problem),
        }
    }
}

/// The thread that counts what saved views hold. It has a desk and a thread of its own, so that nobody waits for it.
fn count(mut desk: Desk, boxes: &Boxes, out: &Out) {
    loop {
        match boxes.counter.take(None) {
            Post::Closed => return,
            Post::Request(ticket, Request::Counts { filters }) => {
                let cancel = boxes.counts.next();
                match desk.counts(&filters, &cancel) {
                    Ok(counts) => out.send(ticket, Reply::Counts(counts)),
                    Err(Problem::Cancelled) => {}
                    Err(problem) => out.fail(ticket, &problem),
                }
            }
            Post::Nothing | Post::Request(..) => {}
        }
    }
}

/// The thread that changes things, through the curator.
struct Writing {
    curator: Curator,
    desk: Desk,
    library: Arc<Library>,
    boxes: Arc<Boxes>,
    out: Out,
    watch: Watch,
}

impl Writing {
    fn run(mut self) {
        if let Some(reason) = self.curator.no_ledger() {
            self.out.news(Reply::Notice(format!("nothing can be changed: {reason}")));
        } else {
            match self.curator.recover(self.library.now()) {
                Ok(notices) => notices.into_iter().for_each(|notice| self.out.news(Reply::Notice(notice))),
                Err(problem) => self.out.fail(NEWS, &problem),
            }
            if self.read_overlays() {
                // What is on the screen was read without them.
                self.out.news(Reply::Changed { added: 0, removed: 0 });
            }
        }
        self.watch.begin(&self.curator, self.library.stores().len());
        loop {
            match self.boxes.writer.take(self.watch.patience()) {
                Post::Closed => return,
                Post::Request(ticket, Request::Act(act)) => self.act(ticket, &act),
                Post::Request(ticket, Request::Sit(order)) => {
                    let library = Arc::clone(&self.library);
                    match sitting::sit(&mut self.curator, &mut self.desk, &library, order) {
                        Ok(reply) => self.out.send(ticket, reply),
                        Err(problem) => self.out.fail(ticket, &problem),
                    }
                }
                Post::Request(ticket, Request::Inbox(inbox)) => self.take_in(ticket, &inbox),
                Post::Request(ticket, Request::Propose(draft)) => {
                    match self.curator.propose_own(*draft, self.library.now()) {
                        Ok(true) => self.out.news(Reply::Notice("it waits in the queue now".to_owned())),
                        Ok(false) => {
                            let said = "it waits in the queue already, or you said no to it before";
                            self.out.news(Reply::Notice(said.to_owned()));
                        }
                        Err(problem) => self.out.fail(ticket, &problem),
                    }
                }
                Post::Request(ticket, Request::Saw(verdicts)) => {
                    if let Err(problem) = self.curator.saw(&verdicts, self.library.now()) {
                        self.out.fail(ticket, &problem);
                    }
                }
                Post::Request(ticket, Request::SawElsewhere) => {
                    if let Err(problem) = self.desk.saw_elsewhere(&mut self.curator, self.watch.which(), By::Catalogue)
                    {
                        self.out.fail(ticket, &problem);
                    }
                }
                Post::Request(ticket, request) => {
                    self.out.answer(ticket, history(&mut self.curator, &mut self.desk, request));
                }
                Post::Nothing => {
                    let now = self.library.now();
                    match self.watch.go_on(&mut self.curator, now) {
                        Ok(news) if news => self.out.news(Reply::Changed { added: 0, removed: 0 }),
                        Ok(_) => {}
                        Err(problem) => self.out.fail(NEWS, &problem),
                    }
                    for notice in self.curator.take_notices() {
                        self.out.news(Reply::Notice(notice));
                    }
                }
            }
        }
    }

    /// Takes over what a person said about memories. Whether there is anything.
    fn read_overlays(&mut self) -> bool {
        let mut any = false;
        for store in (0..=u8::MAX).take(self.library.stores().len()) {
            match self.curator.overlays(store, self.library.now()) {
                Ok(overlays) => {
                    any |= !overlays.is_empty();
                    self.library.set_overlays(store, overlays);
                }
                Err(problem) => self.out.fail(NEWS, &problem),
            }
            if let Ok(at) = self.curator.sat_at(store, self.library.now()) {
                self.library.sat(store, at);
            }
        }
        any
    }

    fn take_in(&mut self, ticket: Ticket, inbox: &Inbox) {
        let (library, boxes) = (Arc::clone(&self.library), Arc::clone(&self.boxes));
        let taken = inbox::take_in(&mut self.curator, inbox, library.now(), &mut |_, touched| {
            library.touched(touched);
            boxes.keeper.nudge();
            ControlFlow::Continue(())
        });
        match taken {
            Ok(taken) => taken.iter().for_each(|file| self.out.news(Reply::Notice(file.sentence()))),
            Err(problem) => self.out.fail(ticket, &problem),
        }
        let (library, boxes) = (Arc::clone(&self.library), Arc::clone(&self.boxes));
        let offered = take_offers(&mut self.curator, &inbox.policies, library.now(), &mut |_, touched| {
            library.touched(touched);
            boxes.keeper.nudge();
            ControlFlow::Continue(())
        });
        match offered {
            Ok(told) => told.into_iter().for_each(|sentence| self.out.news(Reply::Notice(sentence))),
            Err(problem) => self.out.fail(ticket, &problem),
        }
    }

    fn act(&mut self, ticket: Ticket, act: &Act) {
        self.boxes.stop_act.store(self.boxes.closing.load(Ordering::Acquire), Ordering::Release);
        let (library, boxes, out) = (Arc::clone(&self.library), Arc::clone(&self.boxes), self.out.clone());
        let mut marked = false;
        let mut said = Instant::now();
        self.boxes.acting.store(true, Ordering::Release);
        let result = self.curator.act(act, library.now(), &mut |progress, touched| {
            marked |= touched.iter().any(|(_, what)| *what == Touched::Marked);
            library.touched(touched);
            boxes.keeper.nudge();
            if said.elapsed() > Duration::from_millis(50) || progress.done == 0 {
                said = Instant::now();
                out.send(ticket, Reply::Progress(progress));
            }
            if boxes.stop_act.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        self.boxes.acting.store(false, Ordering::Release);
        if marked || result.is_err() {
            self.read_overlays();
        }
        // Whoever asks for a view after the report sees what was done.
        if let Err(problem) = self.desk.catch_up() {
            self.out.fail(NEWS, &problem);
        }
        for notice in self.curator.take_notices() {
            self.out.news(Reply::Notice(notice));
        }
        match result {
            Ok(report) => self.out.send(ticket, Reply::Acted(Box::new(report))),
            Err(problem) => self.out.fail(ticket, &problem),
        }
    }
}

impl Out {
    pub(super) fn state(&self, state: CatalogState) {
        self.news(Reply::Catalog(state));
    }
}
