//! The thread that answers short questions: pages, single memories, counts, and the log, which an act may be writing.

use std::sync::Arc;

use super::{
    By, Desk, Detail, LedgerAt, Reply, Request, Ticket,
    mailbox::Post,
    past, queue,
    run::{Boxes, Out},
};
use crate::{
    curate::{CurateProblem, Curator},
    memory::Key,
    query::Expr,
    store::{Cancel, Problem},
};

/// The thread that answers short questions.
pub(super) struct Clerk {
    desk: Desk,
    ledger: LedgerAt,
    /// Looks into the ledger by a connection of its own, so that the log can be read while an act runs.
    log: Option<Curator>,
    boxes: Arc<Boxes>,
    out: Out,
}

impl Clerk {
    pub(super) const fn new(desk: Desk, ledger: LedgerAt, boxes: Arc<Boxes>, out: Out) -> Self {
        Self { desk, ledger, log: None, boxes, out }
    }

    pub(super) fn run(mut self) {
        loop {
            match self.boxes.reader.take(None) {
                Post::Closed => return,
                Post::Nothing => {}
                Post::Request(ticket, request) if of_the_ledger(&request) => self.look_back(ticket, request),
                Post::Request(ticket, Request::Open { key }) => {
                    let detail = self.detail(key);
                    self.out.answer(ticket, detail.map(|detail| Some(Reply::Memory { key, detail })));
                }
                Post::Request(ticket, request) => self.out.answer(ticket, reply(&mut self.desk, request)),
            }
        }
    }

    /// A memory, with what is proposed about it.
    fn detail(&mut self, key: Key) -> Result<Option<Box<Detail>>, Problem> {
        let Some(mut detail) = self.desk.detail(key)? else { return Ok(None) };
        let (now, native) = (self.desk.library().now(), detail.memory.row.id.native.clone());
        if let Some(log) = self.log() {
            // What cannot be told now is told by the queue itself.
            detail.proposals = log.waiting_about(key.store, &native, now).unwrap_or_default();
        }
        Ok(Some(Box::new(detail)))
    }

    fn log(&mut self) -> Option<&mut Curator> {
        if self.log.is_none() {
            let stores = self.desk.library().stores();
            self.log = self.ledger.to_read().ok().map(|ledger| Curator::new(Ok(ledger), stores));
        }
        self.log.as_mut()
    }

    /// Answers from the ledger. Where the ledger cannot be read, who writes to it answers, or says why not.
    fn look_back(&mut self, ticket: Ticket, request: Request) {
        self.log();
        match &mut self.log {
            Some(log) if request == Request::Elsewhere => {
                let which = self.ledger.observing.which;
                let found = self.desk.elsewhere(log, which, By::Catalogue).map(|found| Some(Reply::Elsewhere(found)));
                self.out.answer(ticket, found);
            }
            Some(log) => self.out.answer(ticket, history(log, &mut self.desk, request)),
            None => self.boxes.writer.put(ticket, request),
        }
    }
}

/// Whether the ledger knows the answer.
const fn of_the_ledger(request: &Request) -> bool {
    matches!(
        request,
        Request::Log { .. }
            | Request::Operation { .. }
            | Request::Past(_)
            | Request::Queue
            | Request::Proposal { .. }
            | Request::Elsewhere
    )
}

/// The answer to a question about the ledger.
pub(super) fn history(
    curator: &mut Curator,
    desk: &mut Desk,
    request: Request,
) -> Result<Option<Reply>, CurateProblem> {
    let now = desk.library().now();
    Ok(Some(match request {
        Request::Log { before, limit, filter } => {
            Reply::Log { before, operations: curator.log_where(&filter, before, limit, now)? }
        }
        Request::Past(past) => past::answer(desk, curator, past, now)?,
        Request::Operation { id, limit } => {
            let (changes, total) = curator.changes(id, limit, now)?;
            Reply::Operation { id, changes, total }
        }
        Request::Queue => Reply::Queue(Box::new(queue::queue(curator, now)?)),
        Request::Proposal { id } => queue::proposal(curator, desk, id),
        _ => return Ok(None),
    }))
}

fn reply(desk: &mut Desk, request: Request) -> Result<Option<Reply>, Problem> {
    Ok(Some(match request {
        Request::Page { view, range } => {
            let from = range.start;
            Reply::Page { view, from, rows: desk.page(view, range)? }
        }
        Request::Keys { view, range } => {
            let keys = desk.keys(view, range);
            Reply::Keys { view, targets: desk.targets(keys)? }
        }
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
        Request::Insights { spec, marked, zone } => {
            let insights = Box::new(desk.insights(&spec, &marked, zone, &Cancel::default())?);
            Reply::Insights { filter: spec.filter, insights }
        }
        Request::Editable { key } => match desk.editable(key)? {
            Some((base, fields)) => Reply::Editable { key, base, fields },
            None => Reply::Failed("the memory is gone; nothing is there to be edited".to_owned()),
        },
        _ => return Ok(None),
    }))
}
