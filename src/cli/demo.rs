//! `memtui demo`: the program on a throwaway copy of sample memories. Nothing of the user's is touched.

use super::{
    args::Global,
    fail::{Done, Failure},
    open::{Base, Found},
    times, tui,
};
use crate::{demo, paths::Paths};

pub(super) fn run(global: &Global) -> Result<Done, Failure> {
    tui::needs_a_terminal()?;
    let place = tempfile::Builder::new()
        .prefix("memtui-demo-")
        .tempdir()
        .map_err(|error| Failure::Usage(format!("cannot make a directory for the demo: {error}; set TMPDIR")))?;
    let database = place.path().join("claude-mem.db");
    demo::build(&database, times::now())?;
    let own = place.path().join("memtui");
    // The keys and colours of the person, but no ledger and no catalogue of theirs.
    let usual = Paths::of_environment().ok();
    let config_file = usual.map_or_else(|| own.join("config.toml"), |paths| paths.config_file);
    let paths = Paths { config_file, data: own.join("data"), state: own.join("state"), cache: own.join("cache") };
    let base = Base::at(paths, global)?;
    let mut begin = tui::Begin::Anew;
    let closed = loop {
        let found = Found::look(&base, std::slice::from_ref(&database))?;
        let closed = tui::open(global, &base, found, begin)?;
        if !closed.wants_reopen() {
            break closed;
        }
        begin = tui::Begin::With(Box::new(closed.carried));
    };
    drop(place);
    Ok(closed.done)
}
