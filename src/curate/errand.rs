//! A transaction of a store with the ledger at its side, on a thread of its own: while the store writes a chunk, the
//! next one is journalled and the one after it is read from the ledger.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use super::{
    CurateProblem, Progress, Step, Touched,
    book::Book,
    feed::{Batch, Feed},
    pace::Pace,
};
use crate::{
    change::{Change, Place},
    ledger::{self, Known, Ledger, StoreId},
    store::{self, Errand, Intent, Outcome, Problem, Writer},
};

/// No transaction goes on longer than this, even while nobody else has the store open.
const LONGEST: Duration = Duration::from_secs(4);

/// What a transaction came to.
#[derive(Default)]
pub(super) struct Trip {
    /// The memories it was about, in the order of the outcomes.
    pub(super) natives: Vec<String>,
    /// What happened to those that were changed, by chunk of the journal.
    pub(super) chunks: Vec<Vec<(String, Touched)>>,
    /// Whether the person wants no more.
    pub(super) stopped: bool,
}

/// What a run lends to its transactions.
pub(super) struct Hands<'a, 's> {
    pub(super) ledger: &'a mut Ledger,
    pub(super) book: &'a mut Book<'s>,
    pub(super) feed: &'a mut Feed,
    pub(super) pace: &'a mut Pace,
    /// How far the act was before this transaction.
    pub(super) progress: Progress,
    pub(super) step: Step<'a>,
}

/// Carries out a batch in one transaction, and the following ones with it as long as the writer takes more.
pub(super) fn carry_out(
    writer: &mut dyn Writer,
    store: StoreId,
    batch: Batch,
    hands: Hands<'_, '_>,
) -> (store::Result<Vec<Outcome>>, Trip) {
    let Hands { ledger, book, feed, pace, progress, step } = hands;
    let (orders, inbox) = channel();
    let (journalled, durable) = channel();
    let (read, batches) = channel();
    let (result, trip, ahead) = std::thread::scope(|scope| {
        scope.spawn(|| {
            for order in inbox {
                // An answer that nobody waits for any more says nothing that is not found out otherwise.
                let _unheard = match order {
                    Order::Journal(changes, known) => {
                        journalled.send(book.journal(ledger, store, &changes, &known)).is_ok()
                    }
                    Order::Read(size) => read.send(feed.next(ledger, size)).is_ok(),
                };
            }
        });
        let natives = batch.intents.iter().map(|intent| intent.native.clone()).collect();
        let mut guide = Guide {
            trip: Trip { natives, ..Trip::default() },
            orders,
            durable,
            unconfirmed: 0,
            batches,
            reading: false,
            ahead: None,
            known: batch.known,
            place: batch.store,
            pace,
            chunk: batch.intents.len(),
            since: Instant::now(),
            began: Instant::now(),
            progress,
            step,
        };
        let result = writer.apply(batch.intents, &mut guide);
        if guide.trip.chunks.len() == 1 {
            guide.pace.learn(guide.chunk, guide.since.elapsed());
        }
        let ahead = guide.ahead.take().or_else(|| guide.read());
        // Dropping the guide ends the thread: it can be ordered nothing any more.
        (result, guide.trip, ahead)
    });
    feed.put_back(ahead);
    (result, trip)
}

/// What the ledger's thread is asked for.
enum Order {
    /// Make changes durable; some of their images the ledger has.
    Journal(Arc<Vec<Change>>, Known),
    /// Read the next batch.
    Read(usize),
}

/// Leads the writer through a transaction.
struct Guide<'a> {
    trip: Trip,
    orders: Sender<Order>,
    durable: Receiver<ledger::Result<()>>,
    /// Chunks handed to the journal that are not known to be on the disk.
    unconfirmed: usize,
    batches: Receiver<Result<Batch, CurateProblem>>,
    /// Whether a batch was ordered and has not come.
    reading: bool,
    /// A batch, or the lack of one, that is for after this transaction.
    ahead: Option<Result<Batch, CurateProblem>>,
    known: Known,
    place: u8,
    pace: &'a mut Pace,
    /// Memories in the present chunk, and when it began.
    chunk: usize,
    since: Instant,
    began: Instant,
    progress: Progress,
    step: Step<'a>,
}

impl Guide<'_> {
    fn order(&mut self, order: Order) -> store::Result<()> {
        self.orders.send(order).map_err(|_| gone())
    }

    fn order_batch(&mut self) {
        if !self.reading {
            self.reading = self.order(Order::Read(self.pace.size())).is_ok();
        }
    }

    /// The batch that was ordered.
    fn read(&mut self) -> Option<Result<Batch, CurateProblem>> {
        if std::mem::take(&mut self.reading) { self.batches.recv().ok() } else { None }
    }
}

fn gone() -> Problem {
    Problem::Journal("the ledger's thread has ended; nothing was changed".to_owned())
}

impl Errand for Guide<'_> {
    fn next(&mut self) -> Vec<Intent> {
        // The first time nothing was written yet, and the last time what is measured holds the commit, too.
        if self.trip.chunks.len() > 1 {
            self.pace.learn(self.chunk, self.since.elapsed());
        }
        self.since = Instant::now();
        self.progress.done += self.chunk;
        self.chunk = 0;
        self.trip.stopped = (self.step)(self.progress, &[]).is_break();
        if self.trip.stopped || self.began.elapsed() > LONGEST {
            return Vec::new();
        }
        self.order_batch();
        match self.read() {
            Some(Ok(batch)) if batch.is_for(self.place, Place::Store) => {
                self.chunk = batch.intents.len();
                self.known = batch.known;
                self.trip.natives.extend(batch.intents.iter().map(|intent| intent.native.clone()));
                batch.intents
            }
            other => {
                self.ahead = other;
                Vec::new()
            }
        }
    }

    fn journal(&mut self, changes: &Arc<Vec<Change>>) -> store::Result<()> {
        self.trip.chunks.push(changes.iter().map(|change| (change.native.clone(), touch(change))).collect());
        let known = std::mem::take(&mut self.known);
        self.order(Order::Journal(Arc::clone(changes), known))?;
        self.unconfirmed += 1;
        self.order_batch();
        Ok(())
    }

    fn durable(&mut self) -> store::Result<()> {
        while self.unconfirmed > 0 {
            self.durable.recv().map_err(|_| gone())??;
            self.unconfirmed -= 1;
        }
        Ok(())
    }
}

fn touch(change: &Change) -> Touched {
    match (&change.before, &change.after) {
        (None, Some(_)) => Touched::Back,
        (_, None) => Touched::Gone,
        (Some(_), Some(_)) => Touched::Edited,
    }
}
