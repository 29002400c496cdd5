//! The thread that answers short questions: pages, single memories, counts, and the log, which an act may be writing.

use std::sync::Arc;

use super::{
    Desk, LedgerAt, Reply, Request, Ticket,
    mailbox::Post,
    past,
    run::{Boxes, Out},
};
use crate::{
    curate::{CurateProblem, Curator},
    memory::EpochMs,
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
                Post::Request(
                    ticket,
                    request @ (Request::Log { .. } | Request::Operation { .. } | Request::Past(_)),
                ) => {
                    self.look_back(ticket, request);
                }
                Post::Request(ticket, request) => self.out.answer(ticket, reply(&mut self.desk, request)),
            }
        }
    }

    /// Answers from the log. Where the ledger cannot be read, who writes to it answers, or says why not.
    fn look_back(&mut self, ticket: Ticket, request: Request) {
        let library = Arc::clone(self.desk.library());
        if self.log.is_none() {
            self.log = self.ledger.to_read().ok().map(|ledger| Curator::new(Ok(ledger), library.stores()));
        }
        match &mut self.log {
            Some(log) => self.out.answer(ticket, history(&mut self.desk, log, request, library.now())),
            None => self.boxes.writer.put(ticket, request),
        }
    }
}

/// The answer to a question about the log.
pub(super) fn history(
    desk: &mut Desk,
    curator: &mut Curator,
    request: Request,
    now: EpochMs,
) -> Result<Option<Reply>, CurateProblem> {
    Ok(Some(match request {
        Request::Log { before, limit, filter } => {
            Reply::Log { before, operations: curator.log_where(&filter, before, limit, now)? }
        }
        Request::Past(past) => Reply::Past(past::answer(desk, curator, past, now)?),
        Request::Operation { id, limit } => {
            let (changes, total) = curator.changes(id, limit, now)?;
            Reply::Operation { id, changes, total }
        }
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
