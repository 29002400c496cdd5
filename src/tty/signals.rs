//! Signals as flags that the run loop looks at; each signal also alarm the loop.

use std::{
    io,
    sync::{
        Arc, LazyLock, Once,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    flag, low_level,
};

use super::Waker;

/// Signals that end the program.
const DEADLY: [i32; 4] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT];

/// Nobody listens: a deadly signal does what it does by default. The same for every screen of the process, as a second
/// one may follow the first.
static OVER: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Whether the deadly signals heed [`OVER`] already.
static HANDED_BACK: Once = Once::new();

/// Which signals came in. Deadly ones are deadly again when this is dropped.
#[derive(Debug)]
pub(super) struct Signals {
    deadly: [Arc<AtomicBool>; 4],
    resized: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    continued: Arc<AtomicBool>,
    /// While another program has the terminal, a stop must stop us as well, at once.
    away: Arc<AtomicBool>,
    registered: Vec<signal_hook::SigId>,
}

impl Signals {
    /// Starts listening.
    pub(super) fn listen(waker: &Waker) -> io::Result<Self> {
        let mut signals = Self {
            deadly: std::array::from_fn(|_| Arc::default()),
            resized: Arc::default(),
            stop: Arc::default(),
            continued: Arc::default(),
            away: Arc::default(),
            registered: Vec::new(),
        };
        signals.registered.push(flag::register_conditional_default(SIGTSTP, Arc::clone(&signals.away))?);
        let mut registered = Ok(());
        HANDED_BACK.call_once(|| {
            // Stays for the life of the process: without it a signal would do nothing at all once nobody listens.
            registered = DEADLY
                .into_iter()
                .try_for_each(|number| flag::register_conditional_default(number, Arc::clone(&OVER)).map(|_| ()));
        });
        registered?;
        OVER.store(false, Ordering::Release);
        let rest = [(SIGWINCH, &signals.resized), (SIGTSTP, &signals.stop), (SIGCONT, &signals.continued)];
        let all: Vec<(i32, Arc<AtomicBool>)> =
            DEADLY.into_iter().zip(&signals.deadly).chain(rest).map(|(n, flag)| (n, Arc::clone(flag))).collect();
        for (number, raised) in all {
            // The flag first: whoever is woken must find it set.
            signals.registered.push(flag::register(number, raised)?);
            signals.registered.push(low_level::pipe::register(number, waker.stream()?)?);
        }
        Ok(signals)
    }

    /// The number of the signal that asks the program to end, if one came.
    pub(super) fn deadly(&self) -> Option<i32> {
        DEADLY
            .into_iter()
            .zip(&self.deadly)
            .find(|(_, raised)| raised.load(Ordering::Acquire))
            .map(|(number, _)| number)
    }

    /// Whether the window changed its size since the last call.
    pub(super) fn take_resized(&self) -> bool {
        self.resized.swap(false, Ordering::AcqRel)
    }

    /// Whether somebody asked for a stop (`kill -TSTP`) since the last call.
    pub(super) fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::AcqRel)
    }

    /// Whether the program was stopped and continued since the last call.
    pub(super) fn take_continued(&self) -> bool {
        self.continued.swap(false, Ordering::AcqRel)
    }

    /// Lets another program have the terminal for as long as `body` runs: its Ctrl-C is not ours, its Ctrl-Z is.
    pub(super) fn while_away<T>(&self, body: impl FnOnce() -> T) -> T {
        let was_interrupted: Vec<bool> = self.deadly.iter().map(|raised| raised.load(Ordering::Acquire)).collect();
        self.away.store(true, Ordering::Release);
        let result = body();
        self.away.store(false, Ordering::Release);
        self.stop.store(false, Ordering::Release);
        for ((number, raised), was) in DEADLY.into_iter().zip(&self.deadly).zip(was_interrupted) {
            if matches!(number, SIGINT | SIGQUIT) {
                raised.store(was, Ordering::Release);
            }
        }
        result
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        OVER.store(true, Ordering::Release);
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}
