//! Questions waiting for a thread. The newest of a kind replaces an older one that still waits.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Past, Request, Ticket};

#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<(Ticket, Request)>,
    /// Something happened that the thread may want to look at.
    nudged: bool,
    closed: bool,
}

/// Questions waiting for one thread.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

/// What a thread finds in its mailbox.
#[derive(Debug)]
pub(super) enum Post {
    /// A question.
    Request(Ticket, Request),
    /// No question, but a nudge, or the time is up.
    Nothing,
    /// The engine stops.
    Closed,
}

/// Whether a newer request makes an older one of the same kind needless.
const fn replaces(request: &Request) -> bool {
    matches!(
        request,
        Request::View { .. }
            | Request::Page { .. }
            | Request::Open { .. }
            | Request::Facets { .. }
            | Request::Counts { .. }
            | Request::Insights { .. }
            | Request::Log { .. }
            | Request::Operation { .. }
            | Request::Queue
            | Request::Elsewhere
    ) || matches!(request, Request::Past(Past::Compare { .. } | Past::Return { .. }))
}

/// Holds threads back until the first screen has what it needs.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: Mutex<bool>,
    bell: Condvar,
}

impl Gate {
    /// Lets everybody through, now and from now on.
    pub(super) fn open(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bell.notify_all();
    }

    /// Waits until the gate is open, at most so long.
    pub(super) fn pass(&self, patience: Duration) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.bell.wait_timeout_while(open, patience, |open| !*open));
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a question in.
    pub(super) fn put(&self, ticket: Ticket, request: Request) {
        let mut waiting = self.lock();
        if replaces(&request) {
            let kind = std::mem::discriminant(&request);
            waiting.queue.retain(|(_, other)| std::mem::discriminant(other) != kind || !replaces(other));
        }
        waiting.queue.push_back((ticket, request));
        drop(waiting);
        self.bell.notify_one();
    }

    /// Wakes the thread without a question.
    pub(super) fn nudge(&self) {
        self.lock().nudged = true;
        self.bell.notify_one();
    }

    /// Tells the thread to end.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.bell.notify_all();
    }

    /// The next question; waits for one, at most `patience` if there is one given.
    pub(super) fn take(&self, patience: Option<Duration>) -> Post {
        let mut waiting = self.lock();
        loop {
            if waiting.closed {
                return Post::Closed;
            }
            if let Some((ticket, request)) = waiting.queue.pop_front() {
                return Post::Request(ticket, request);
            }
            if std::mem::take(&mut waiting.nudged) {
                return Post::Nothing;
            }
            waiting = match patience {
                None => self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let (waiting, late) =
                        self.bell.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
                    if late.timed_out() && waiting.queue.is_empty() && !waiting.closed {
                        return Post::Nothing;
                    }
                    waiting
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_kind_replaces_the_older_ones() {
        let mailbox = Mailbox::default();
        mailbox.put(1, Request::Page { view: 1, range: 0..1 });
        mailbox.put(2, Request::Keys { view: 1, range: 0..1 });
        mailbox.put(3, Request::Page { view: 1, range: 5..6 });
        mailbox.put(4, Request::Keys { view: 1, range: 2..3 });
        let mut tickets = Vec::new();
        while let Post::Request(ticket, _) = mailbox.take(Some(Duration::ZERO)) {
            tickets.push(ticket);
        }
        assert_eq!(tickets, [2, 3, 4]);
        mailbox.close();
        assert!(matches!(mailbox.take(None), Post::Closed));
    }
}
