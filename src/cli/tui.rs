//! The terminal program.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::CommandFactory as _;

use super::{
    args::{Args, Global},
    base::Base,
    demo,
    fail::{Done, Failure, say},
    found::Found,
    looks, times,
};
use crate::{
    app::{Carried, Review, Setup, StoreLine, Welcome, Zone},
    engine::{Engine, LedgerAt, Library, Request},
    query::closest,
    state::{Scribe, Shelf},
    store::Problem,
    tty::{Alarm, Driver, Ending, Files, NoTerminal, Screen, ScreenOptions, keep_panics_readable, run as run_on},
    views,
};

pub(super) fn run(global: &Global, path: Option<PathBuf>, mut begin: Begin) -> Result<Done, Failure> {
    if let Some(word) = path.as_deref() {
        refuse_slip(word)?;
    }
    let named: Vec<PathBuf> = global.stores.iter().cloned().chain(path).collect();
    refuse_missing(&named)?;
    needs_a_terminal()?;
    let base = Base::of(global)?;
    loop {
        let found = Found::look(&base, &named)?;
        let closed = open(global, &base, found, begin)?;
        match closed.next {
            Next::Reopen => begin = Begin::With(Box::new(closed.carried)),
            Next::Demo => return demo::look_around(global),
            Next::Nothing => return Ok(closed.done),
        }
    }
}

/// A plain word that is no file was meant as a command, not as a path.
fn refuse_slip(word: &Path) -> Result<(), Failure> {
    let Some(text) = word.to_str().filter(|text| !text.contains(['/', '\\', '.'])) else { return Ok(()) };
    if fs::symlink_metadata(word).is_ok() {
        return Ok(());
    }
    let command = Args::command();
    let hint = match closest(text, command.get_subcommands().map(clap::Command::get_name)) {
        Some(name) => format!("did you mean '{name}'?"),
        None => "`memtui --help` prints the commands".to_owned(),
    };
    Err(Failure::Usage(format!("there is no file and no command '{text}'; {hint}")))
}

/// A path that leads nowhere is the slip that is told first, also where there is no terminal.
fn refuse_missing(named: &[PathBuf]) -> Result<(), Failure> {
    let missing = |path: &&PathBuf| {
        let is_local = !path.to_string_lossy().contains("://");
        is_local && fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    };
    match named.iter().find(missing) {
        Some(path) => Err(Failure::opening(&Problem::Missing(path.clone()))),
        None => Ok(()),
    }
}

/// Before anything else is said or done: without a terminal there is nothing to see.
pub(super) fn needs_a_terminal() -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return Err(Failure::Usage(NoTerminal::Output.to_string()));
    }
    Ok(())
}

/// What the program begins with.
pub(super) enum Begin {
    /// The usual view.
    Anew,
    /// The place where the last run on these stores ended.
    WhereLeft,
    /// What the run before carried along.
    With(Box<Carried>),
    /// A sitting.
    Sitting(Review),
}

/// How the program ended.
pub(super) struct Closed {
    pub(super) done: Done,
    /// What goes along when the same stores are opened again.
    pub(super) carried: Carried,
    next: Next,
}

impl Closed {
    /// Whether the person wants the same stores again, as they are now.
    pub(super) const fn wants_reopen(&self) -> bool {
        matches!(self.next, Next::Reopen)
    }
}

/// What the person wants after the program has left the screen.
enum Next {
    Nothing,
    Demo,
    /// The same stores again, as they are now.
    Reopen,
}

/// Opens the program on these stores.
pub(super) fn open(global: &Global, base: &Base, found: Found, begin: Begin) -> Result<Closed, Failure> {
    for words in found.remarks.iter().chain(&found.problems).filter(|_| !found.stores.is_empty()) {
        // Behind the screen now, and there to be read when it is left.
        say(words);
    }
    let broken = |error: io::Error| Failure::Store(format!("the terminal does not work: {error}"));
    let (alarm, waker) = Alarm::pair().map_err(broken)?;
    keep_panics_readable();
    let library = Arc::new(Library::open(found.stores, Some(&base.paths.catalog())));
    let stores = (0..=u8::MAX).map_while(|store| library.store_state(store)).collect::<Vec<_>>();
    let ledger = LedgerAt {
        path: base.paths.ledger(),
        make: !global.read_only,
        safeguard: Some(base.safeguard()),
        observing: base.config.observing(),
    };
    let ring = waker.clone();
    // The first rows are on their way while everything else is made ready.
    let engine = Engine::start(library, ledger, Box::new(move || ring.wake()));
    if !global.read_only {
        engine.send(Request::Inbox(base.inbox()));
    }
    let places: Vec<PathBuf> = stores.iter().map(|store| store.path.clone()).collect();
    let keeps = base.config.restore && !places.is_empty();
    let shelf = keeps.then(|| Shelf::open(base.paths.bookmarks(), places));
    let (begin, review) = match begin {
        Begin::Sitting(review) => (Begin::Anew, Some(review)),
        begin => (begin, None),
    };
    let carried = match begin {
        Begin::Anew | Begin::Sitting(_) => None,
        Begin::WhereLeft => shelf.as_ref().map(|shelf| Carried::from(shelf.bookmark().clone())),
        Begin::With(carried) => Some(*carried),
    };
    let looks::Look { theme, remark } = looks::of(base)?;
    let problem = (!found.problems.is_empty()).then(|| found.problems.join("; "));
    let (views, views_broken) = match views::load(&base.views) {
        Ok(views) => (views, None),
        Err(error) => (views::built_in(), Some(error.to_string())),
    };
    let absent = found.absent.iter().map(|absent| StoreLine {
        name: absent.name.clone(),
        path: absent.path.clone(),
        count: None,
        state: absent.trouble.clone().unwrap_or_else(|| "switched off".to_owned()),
        on: absent.trouble.is_some(),
    });
    let absent = absent.collect();
    let setup = Setup {
        now: times::now(),
        // Until the screen tells its own.
        size: (80, 24),
        keymap: base.keymap()?,
        theme,
        ascii: base.config.ascii,
        zone: Zone::Local,
        read_only: global.read_only.then(|| "--read-only was given".to_owned()),
        welcome: stores.is_empty().then_some(Welcome { looked: found.looked, problem }),
        stores,
        absent,
        views,
        views_broken,
        mask_secrets: base.config.mask_secrets,
        confirm_over: base.config.confirm_over,
        carried,
        named: found.named,
        reduced_motion: base.config.reduced_motion,
        link_host: looks::link_host(&base.config.hyperlinks),
        remark,
        review,
        filter: String::new(),
    };
    let mut scribe = shelf.map(Scribe::new);
    let keep = move |bookmark| {
        if let Some(scribe) = scribe.as_mut() {
            scribe.keep(bookmark);
        }
    };
    let files = Files { views: base.views.clone(), switched_off: base.paths.switched_off() };
    let mut driver = Driver::new(setup, engine, Box::new(keep), files);
    let screen =
        Screen::enter(ScreenOptions { mouse: base.config.mouse }).map_err(|error| Failure::Usage(error.to_string()))?;
    let ending = run_on(&mut driver, screen, alarm, &waker).map_err(broken)?;
    let done = match ending {
        Ending::Quit => Done::Well,
        Ending::Signal(number) => Done::Signal(number),
        Ending::Gone => Done::Signal(signal_hook::consts::SIGHUP),
    };
    let next = match ending {
        Ending::Quit if driver.wants_demo() => Next::Demo,
        Ending::Quit if driver.wants_reopen() => Next::Reopen,
        _ => Next::Nothing,
    };
    Ok(Closed { done, carried: driver.close(), next })
}
