//! The engine: threads that answer requests, and the channel on which they do.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{
    Desk, Library, Reply, Request, Ticket, View,
    keeper::Keeper,
    mailbox::{Gate, Mailbox, Post},
    sitting,
};
use crate::{
    catalog::CatalogState,
    curate::{Act, Curator, Touched},
    query::Expr,
    store::{Cancel, Problem},
};

/// The ticket of news that nobody asked for.
const NEWS: Ticket = 0;

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

    fn fail(&self, ticket: Ticket, problem: &dyn std::fmt::Display) {
        self.send(ticket, Reply::Failed(problem.to_string()));
    }
}

/// What the threads share beside the library.
#[derive(Default)]
pub(super) struct Boxes {
    pub(super) reader: Mailbox,
    pub(super) viewer: Mailbox,
    pub(super) writer: Mailbox,
    pub(super) keeper: Mailbox,
    /// Opened by the first answer to a view: until then the other threads leave disk and processor to it.
    pub(super) first: Gate,
    /// Cancels the view that is being worked out.
    views: Cancel,
    stop_act: AtomicBool,
    pub(super) closing: AtomicBool,
    /// Moves on when the catalogue got better: outlined, or ready.
    pub(super) stage: AtomicU64,
}

/// Worker threads behind a typed channel. They end when it is dropped.
pub struct Engine {
    boxes: Arc<Boxes>,
    replies: Receiver<(Ticket, Reply)>,
    next: AtomicU64,
    threads: Vec<JoinHandle<()>>,
}

/// How long the other threads wait for the first screen at most.
pub(super) const HEAD_START: Duration = Duration::from_millis(60);

impl Engine {
    /// Starts the threads. `wake` is called after every reply that was put into the channel.
    pub fn start(library: Arc<Library>, curator: Curator, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        let (sender, replies) = channel();
        let out = Out { sender, wake: Arc::from(wake) };
        let boxes = Arc::new(Boxes::default());
        let mut threads = Vec::new();
        let mut spawn = |name: &str, run: Box<dyn FnOnce() + Send>| match std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
        {
            Ok(thread) => threads.push(thread),
            Err(error) => out.fail(NEWS, &format!("the {name} thread could not be started: {error}")),
        };
        // The viewer first: the first screen waits for it alone.
        let (desk, hers, to) = (Desk::new(Arc::clone(&library)), Arc::clone(&boxes), out.clone());
        spawn("viewer", Box::new(move || Viewer { desk, boxes: hers, out: to, last: None }.run()));
        let (desk, hers, to) = (Desk::new(Arc::clone(&library)), Arc::clone(&boxes), out.clone());
        spawn("reader", Box::new(move || read(desk, &hers, &to)));
        let (hers, to) = (Arc::clone(&boxes), out.clone());
        let (desk, books) = (Desk::new(Arc::clone(&library)), Arc::clone(&library));
        spawn("writer", Box::new(move || Clerk { curator, desk, library: books, boxes: hers, out: to }.run()));
        let (desk, hers, to) = (Desk::new(library), Arc::clone(&boxes), out.clone());
        spawn("keeper", Box::new(move || Keeper::new(desk, hers, to).run()));
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
            Request::StopAct => self.boxes.stop_act.store(true, Ordering::Release),
            Request::Act(_) | Request::Log { .. } | Request::Operation { .. } | Request::Sit(_) => {
                self.boxes.writer.put(ticket, request);
            }
            _ => self.boxes.reader.put(ticket, request),
        }
        ticket
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
        self.boxes.first.open();
        for mailbox in [&self.boxes.viewer, &self.boxes.reader, &self.boxes.writer, &self.boxes.keeper] {
            mailbox.close();
        }
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
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
        self.boxes.first.open();
    }
}

/// The thread that answers short questions.
fn read(mut desk: Desk, boxes: &Boxes, out: &Out) {
    loop {
        match boxes.reader.take(None) {
            Post::Closed => return,
            Post::Nothing => {}
            Post::Request(ticket, request) => match reply(&mut desk, request) {
                Ok(Some(reply)) => out.send(ticket, reply),
                Ok(None) => {}
                Err(problem) => out.fail(ticket, &problem),
            },
        }
    }
}

fn reply(desk: &mut Desk, request: Request) -> Result<Option<Reply>, Problem> {
    Ok(Some(match request {
        Request::Page { view, range } => {
            let from = range.start;
            Reply::Page { view, from, rows: desk.page(view, range)? }
        }
        Request::Keys { view, range } => Reply::Keys { view, keys: desk.keys(view, range) },
        Request::Open { key } => Reply::Memory { key, detail: desk.detail(key)?.map(Box::new) },
        Request::Find { id } => {
            let key = desk.find(&id)?;
            Reply::Found { id, key }
        }
        Request::Facets { spec, marked } => {
            let mut facets = desk.facets(&spec, &marked, &Cancel::default())?;
            if spec.filter == Expr::All {
                facets.tags = desk.common_tags()?;
            }
            Reply::Facets(facets)
        }
        Request::Editable { key } => match desk.editable(key)? {
            Some((base, fields)) => Reply::Editable { key, base, fields },
            None => Reply::Failed("the memory is gone; nothing is there to be edited".to_owned()),
        },
        _ => return Ok(None),
    }))
}

/// The thread that changes things, through the curator.
struct Clerk {
    curator: Curator,
    desk: Desk,
    library: Arc<Library>,
    boxes: Arc<Boxes>,
    out: Out,
}

impl Clerk {
    fn run(mut self) {
        self.boxes.first.pass(HEAD_START);
        if self.curator.no_ledger().is_none() {
            match self.curator.recover(self.library.now()) {
                Ok(notices) => notices.into_iter().for_each(|notice| self.out.news(Reply::Notice(notice))),
                Err(problem) => self.out.fail(NEWS, &problem),
            }
            self.read_overlays();
        } else if let Some(reason) = self.curator.no_ledger() {
            self.out.news(Reply::Notice(format!("nothing can be changed: {reason}")));
        }
        loop {
            match self.boxes.writer.take(None) {
                Post::Closed => return,
                Post::Request(ticket, Request::Act(act)) => self.act(ticket, &act),
                Post::Request(ticket, Request::Log { before, limit }) => match self.curator.log(before, limit) {
                    Ok(operations) => self.out.send(ticket, Reply::Log { before, operations }),
                    Err(problem) => self.out.fail(ticket, &problem),
                },
                Post::Request(ticket, Request::Operation { id, limit }) => {
                    match self.curator.changes(id, limit, self.library.now()) {
                        Ok((changes, total)) => self.out.send(ticket, Reply::Operation { id, changes, total }),
                        Err(problem) => self.out.fail(ticket, &problem),
                    }
                }
                Post::Request(ticket, Request::Sit(order)) => {
                    let library = Arc::clone(&self.library);
                    match sitting::sit(&mut self.curator, &mut self.desk, &library, order) {
                        Ok(reply) => self.out.send(ticket, reply),
                        Err(problem) => self.out.fail(ticket, &problem),
                    }
                }
                Post::Nothing | Post::Request(..) => {}
            }
        }
    }

    fn read_overlays(&mut self) {
        for store in (0..=u8::MAX).take(self.library.stores().len()) {
            match self.curator.overlays(store, self.library.now()) {
                Ok(overlays) => self.library.set_overlays(store, overlays),
                Err(problem) => self.out.fail(NEWS, &problem),
            }
            if let Ok(at) = self.curator.sat_at(store, self.library.now()) {
                self.library.sat(store, at);
            }
        }
    }

    fn act(&mut self, ticket: Ticket, act: &Act) {
        self.boxes.stop_act.store(self.boxes.closing.load(Ordering::Acquire), Ordering::Release);
        let (library, boxes, out) = (Arc::clone(&self.library), Arc::clone(&self.boxes), self.out.clone());
        let mut marked = false;
        let mut said = Instant::now();
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
            Ok(report) => self.out.send(ticket, Reply::Acted(report)),
            Err(problem) => self.out.fail(ticket, &problem),
        }
    }
}

impl Out {
    pub(super) fn state(&self, state: CatalogState) {
        self.news(Reply::Catalog(state));
    }
}
