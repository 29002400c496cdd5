//! Questions waiting for a thread. The newest of a kind replaces an older one that still waits.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Past, Request, Ticket};

#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<(Ticket, Request)>,
    /// Something happened that the thread may want to look at.
    nudged: bool,
    closed: bool,
    /// How long the thread has worked on what it took before.
    worked: Duration,
    /// When it took what it works on now.
    took: Option<Instant>,
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

    /// How long the thread has worked on what it found here, so far.
    pub(super) fn worked(&self) -> Duration {
        let waiting = self.lock();
        waiting.worked + waiting.took.map_or(Duration::ZERO, |took| took.elapsed())
    }

    /// The next question; waits for one, at most `patience` if there is one given.
    pub(super) fn take(&self, patience: Option<Duration>) -> Post {
        let mut waiting = self.lock();
        if let Some(took) = waiting.took.take() {
            waiting.worked += took.elapsed();
        }
        let (mut waiting, post) = self.next(waiting, patience);
        waiting.took = Some(Instant::now());
        post
    }

    fn next<'a>(
        &'a self,
        mut waiting: MutexGuard<'a, Waiting>,
        patience: Option<Duration>,
    ) -> (MutexGuard<'a, Waiting>, Post) {
        loop {
            if waiting.closed {
                return (waiting, Post::Closed);
            }
            if let Some((ticket, request)) = waiting.queue.pop_front() {
                return (waiting, Post::Request(ticket, request));
            }
            if std::mem::take(&mut waiting.nudged) {
                return (waiting, Post::Nothing);
            }
            waiting = match patience {
                None => self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => {
                    let (waiting, late) =
                        self.bell.wait_timeout(waiting, patience).unwrap_or_else(PoisonError::into_inner);
                    if late.timed_out() && waiting.queue.is_empty() && !waiting.closed {
                        return (waiting, Post::Nothing);
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

    #[test]
    fn work_is_what_lies_between_two_questions() {
        let mailbox = Mailbox::default();
        assert_eq!(mailbox.worked(), Duration::ZERO);
        let pause = Duration::from_millis(5);
        // Waiting is no work.
        assert!(matches!(mailbox.take(Some(pause)), Post::Nothing));
        std::thread::sleep(pause);
        assert!(mailbox.worked() >= pause, "also while it goes on");
        std::thread::scope(|scope| {
            scope.spawn(|| mailbox.take(None));
            while mailbox.lock().took.is_some() {
                std::thread::yield_now();
            }
            let worked = mailbox.worked();
            assert!(worked >= pause);
            std::thread::sleep(pause);
            assert_eq!(mailbox.worked(), worked);
            mailbox.close();
        });
    }
}
