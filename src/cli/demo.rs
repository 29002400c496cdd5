//! `memtui demo`: sample memories, to look around in or to try the commands on. Nothing of the user's is touched.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args as ClapArgs;

use super::{
    args::Global,
    base::Base,
    fail::{Done, Failure},
    found::Found,
    out::Out,
    times, tui,
};
use crate::{
    curate::Curator,
    demo,
    ledger::Ledger,
    paths::Paths,
    store::{claude_mem::FILE_NAME, native},
};

/// Nobody else writes into the demo's databases.
const PATIENCE: Duration = Duration::from_secs(1);

/// `memtui demo`.
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Write the sample memories into this directory instead, to try every command on them
    #[arg(long, value_name = "DIRECTORY")]
    pub keep: Option<PathBuf>,
}

pub(super) fn run(global: &Global, args: &Demo, out: &mut Out) -> Result<Done, Failure> {
    match &args.keep {
        Some(directory) => keep(directory, out),
        None => look_around(global),
    }
}

/// The sample memories as a database of the user's own.
fn keep(directory: &Path, out: &mut Out) -> Result<Done, Failure> {
    let database = directory.join(FILE_NAME);
    if fs::symlink_metadata(&database).is_ok() {
        let words = format!("{} is there already; remove it, or name another directory", database.display());
        return Err(Failure::Refused(words));
    }
    fs::create_dir_all(directory)
        .map_err(|error| Failure::Usage(format!("cannot make {}: {error}", directory.display())))?;
    demo::build(&database, times::now())?;
    out.line(&format!("The sample memories are in {}. For example:", database.display()))?;
    let named = shell_word(&directory.display().to_string());
    for command in ["list is:secret", "count --by signal", "prune --where is:noise --dry-run", "doctor", ""] {
        out.line(format!("  memtui --store {named} {command}").trim_end())?;
    }
    let shared = directory.join("shared").join(native::FILE_NAME);
    demo::build_shared(&shared, times::now())?;
    out.line("The shared database of three agents lies below it:")?;
    let shared = shell_word(&shared.display().to_string());
    for command in ["list", "mcp --agent codex --scope sift"] {
        out.line(&format!("  memtui --store {shared} {command}"))?;
    }
    out.line("What you change in them stands in your own log, as for any store; `memtui undo` takes it back.")?;
    Ok(Done::Well)
}

/// As one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// The terminal program on a throwaway copy.
pub(super) fn look_around(global: &Global) -> Result<Done, Failure> {
    tui::needs_a_terminal()?;
    let place = tempfile::Builder::new()
        .prefix("memtui-demo-")
        .tempdir()
        .map_err(|error| Failure::Usage(format!("cannot make a directory for the demo: {error}; set TMPDIR")))?;
    let database = place.path().join(FILE_NAME);
    demo::build(&database, times::now())?;
    let shared = place.path().join(native::FILE_NAME);
    demo::build_shared(&shared, times::now())?;
    let databases = [database, shared];
    let own = place.path().join("memtui");
    // The keys and colours of the person, but no ledger, no catalogue and no views of theirs.
    let usual = Paths::of_environment().ok();
    let config_file = usual.map_or_else(|| own.join("config.toml"), |paths| paths.config_file);
    let paths = Paths { config_file, data: own.join("data"), state: own.join("state"), cache: own.join("cache") };
    let views = own.join("views.toml");
    let base = Base { views, ..Base::at(paths, global)? };
    fill_queue(&base, &databases)?;
    let mut begin = tui::Begin::Anew;
    let closed = loop {
        let found = Found::look(&base, &databases)?;
        let closed = tui::open(global, &base, found, begin)?;
        if !closed.wants_reopen() {
            break closed;
        }
        begin = tui::Begin::With(Box::new(closed.carried));
    };
    drop(place);
    Ok(closed.done)
}

/// Puts what waits for a verdict, and what agents wrote by themselves, into the demo's own ledger.
fn fill_queue(base: &Base, databases: &[PathBuf]) -> Result<(), Failure> {
    let stores = Found::look(base, databases)?.stores;
    let now = times::now();
    let mut curator = Curator::new(Ledger::open(&base.paths.ledger()), &stores);
    for (place, store) in (0..).zip(&stores) {
        let is_shared = store.about().product == native::NAME;
        if is_shared {
            for (mut batch, draft) in demo::shared_writes(place, now)? {
                let policy = format!("policy {}", batch.author.replacen(':', ".", 1));
                let at = batch.at;
                curator.write_through(&mut batch, &draft, &policy, PATIENCE, at)?;
            }
        }
        let mut reader = store.reader()?;
        let batches = if is_shared {
            demo::shared_proposals(place, reader.as_mut(), now)?
        } else {
            demo::proposals(reader.as_mut(), now)?
        };
        for (batch, drafts) in batches {
            curator.propose(&batch, drafts, now)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_of_a_shell() {
        assert_eq!(shell_word("/tmp/try-it"), "/tmp/try-it");
        assert_eq!(shell_word("/tmp/it's here"), r"'/tmp/it'\''s here'");
    }
}
