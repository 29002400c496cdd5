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
    demo,
    fail::{Done, Failure, say},
    open::{Base, Found},
    times,
};
use crate::{
    app::{Setup, Welcome, Zone},
    engine::{Engine, LedgerAt, Library},
    keymap::Keymap,
    query::closest,
    theme::Theme,
    tty::{Alarm, Driver, Ending, NoTerminal, Screen, ScreenOptions, keep_panics_readable, run as run_on},
};

pub(super) fn run(global: &Global, path: Option<PathBuf>) -> Result<Done, Failure> {
    if let Some(word) = path.as_deref() {
        refuse_slip(word)?;
    }
    needs_a_terminal()?;
    let base = Base::of(global)?;
    let named: Vec<PathBuf> = global.stores.iter().cloned().chain(path).collect();
    loop {
        let found = Found::look(&base, &named)?;
        match open(global, &base, found)? {
            Closed { next: Next::Reopen, .. } => {}
            Closed { next: Next::Demo, .. } => return demo::run(global),
            Closed { next: Next::Nothing, done } => return Ok(done),
        }
    }
}

/// A word that is no file and looks like a command is a slip of the fingers, not a path.
fn refuse_slip(word: &Path) -> Result<(), Failure> {
    let Some(text) = word.to_str().filter(|text| !text.contains(['/', '\\', '.'])) else { return Ok(()) };
    if fs::symlink_metadata(word).is_ok() {
        return Ok(());
    }
    let command = Args::command();
    match closest(text, command.get_subcommands().map(clap::Command::get_name)) {
        Some(name) => Err(Failure::Usage(format!("there is no file and no command '{text}'; did you mean '{name}'?"))),
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

/// How the program ended.
pub(super) struct Closed {
    pub(super) done: Done,
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
pub(super) fn open(global: &Global, base: &Base, found: Found) -> Result<Closed, Failure> {
    for words in found.remarks.iter().chain(&found.problems).filter(|_| !found.stores.is_empty()) {
        // Behind the screen now, and there to be read when it is left.
        say(words);
    }
    let broken = |error: io::Error| Failure::Store(format!("the terminal does not work: {error}"));
    let (alarm, waker) = Alarm::pair().map_err(broken)?;
    keep_panics_readable();
    let library = Arc::new(Library::open(found.stores, Some(&base.paths.catalog())));
    let stores = (0..=u8::MAX).map_while(|store| library.store_state(store)).collect::<Vec<_>>();
    let ledger = LedgerAt { path: base.paths.ledger(), make: !global.read_only };
    let ring = waker.clone();
    // The first rows are on their way while everything else is made ready.
    let engine = Engine::start(library, ledger, Box::new(move || ring.wake()));
    let problem = (!found.problems.is_empty()).then(|| found.problems.join("; "));
    let setup = Setup {
        now: times::now(),
        // Until the screen tells its own.
        size: (80, 24),
        keymap: keymap(base)?,
        theme: theme(base)?,
        ascii: base.config.ascii,
        zone: Zone::Local,
        read_only: global.read_only.then(|| "--read-only was given".to_owned()),
        welcome: stores.is_empty().then_some(Welcome { looked: found.looked, problem }),
        stores,
        mask_secrets: base.config.mask_secrets,
        confirm_over: base.config.confirm_over,
        filter: String::new(),
    };
    let mut driver = Driver::new(setup, engine);
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
    Ok(Closed { done, next })
}

/// The keys: the program's own, changed by the person's file if there is one.
fn keymap(base: &Base) -> Result<Keymap, Failure> {
    let path = base.paths.keymap_file();
    match fs::read_to_string(&path) {
        Ok(own) => Keymap::with(&own)
            .map_err(|mistakes| Failure::Usage(format!("{}: {}", path.display(), mistakes.join("; ")))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Keymap::default()),
        Err(error) => Err(Failure::Usage(format!("cannot read {}: {error}", path.display()))),
    }
}

/// The theme of the settings. `NO_COLOR` wins (<https://no-color.org>); without 24-bit colour `dark` and `light` would
/// be rubbish in many terminals, so the terminal's own colours are used.
fn theme(base: &Base) -> Result<Theme, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let wanted = base.config.theme.as_str();
    let rich = set("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
    let name = match wanted {
        _ if set("NO_COLOR").is_some() => "mono",
        "dark" | "light" if !rich => "default",
        name => name,
    };
    if let Some(theme) = Theme::named(name) {
        return Ok(theme);
    }
    let path = base.paths.themes().join(format!("{name}.toml"));
    let source = fs::read_to_string(&path).map_err(|error| {
        let names = Theme::names().collect::<Vec<_>>().join(", ");
        Failure::Usage(format!("there is no theme `{name}`: {} ({error}); built in are {names}", path.display()))
    })?;
    Theme::parse(name, &source).map_err(|problem| Failure::Usage(format!("{}: {problem}", path.display())))
}
