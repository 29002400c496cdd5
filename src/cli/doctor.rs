//! `memtui doctor`: what a bug report needs.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use super::{
    args::{Doctor, Global},
    columns::grouped,
    fail::{Done, Failure},
    json::FactJson,
    open::{Base, Found},
    out::Out,
};
use crate::ledger::Ledger;

/// Facts with what they are about.
type Facts = Vec<FactJson>;

pub(super) fn run(global: &Global, args: &Doctor, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    let mut facts = Facts::new();
    let program = format!("{} on {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    tell(&mut facts, "memtui", program);
    terminal(&mut facts);
    stores(&base, global, &mut facts);
    own_files(&base, &mut facts);
    for fact in &facts {
        if args.json {
            out.json(fact)?;
            continue;
        }
        if matches!(fact.about, "settings") {
            out.line("")?;
        }
        out.line(&format!("{:<9} {}", fact.about, fact.fact))?;
        if matches!(fact.about, "language") {
            out.line("")?;
        }
    }
    Ok(if facts.iter().any(|fact| fact.about == "trouble") { Done::Trouble } else { Done::Well })
}

fn tell(facts: &mut Facts, about: &'static str, fact: String) {
    facts.push(FactJson { about, fact });
}

fn stores(base: &Base, global: &Global, facts: &mut Facts) {
    let found = match Found::look(base, &global.stores) {
        Ok(found) => found,
        Err(failure) => return tell(facts, "trouble", failure.to_string()),
    };
    for store in &found.stores {
        let about = store.about();
        let access = store.objection().unwrap_or_else(|| "read and write".to_owned());
        let (size, path) = (bytes(&about.path), about.path.display());
        tell(facts, "store", format!("{}: {}, {size}, {path}, {access}", about.name, about.version));
    }
    found.remarks.into_iter().for_each(|remark| tell(facts, "looked", remark));
    found.looked.into_iter().for_each(|place| tell(facts, "looked", place));
    found.problems.into_iter().for_each(|problem| tell(facts, "trouble", problem));
    if found.stores.is_empty() {
        tell(facts, "no store", "name one with --store PATH, or run `memtui demo`".to_owned());
    }
}

fn terminal(facts: &mut Facts) {
    let set = |name: &str| std::env::var(name).unwrap_or_else(|_| "-".to_owned());
    let yes = |it: bool| if it { "yes" } else { "no" };
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())
        .map_or_else(|_| "unknown".to_owned(), |size| format!("{}×{}", size.ws_col, size.ws_row));
    let tmux = yes(std::env::var_os("TMUX").is_some());
    let ssh = yes(std::env::var_os("SSH_CONNECTION").is_some());
    tell(facts, "terminal", format!("{}, {size}, inside tmux {tmux}, over ssh {ssh}", set("TERM")));
    let [input, output, errors] =
        [io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal()].map(yes);
    tell(facts, "ends", format!("keyboard {input}, output {output}, errors {errors}"));
    tell(facts, "colours", format!("COLORTERM={}, NO_COLOR={}", set("COLORTERM"), set("NO_COLOR")));
    tell(facts, "language", format!("LANG={}, editor VISUAL={}, EDITOR={}", set("LANG"), set("VISUAL"), set("EDITOR")));
}

/// memtui's own files.
fn own_files(base: &Base, facts: &mut Facts) {
    let paths = &base.paths;
    let there = |path: &Path| if path.exists() { bytes(path) } else { "not there".to_owned() };
    let file = |path: &Path| format!("{} ({})", path.display(), there(path));
    tell(facts, "settings", file(&paths.config_file));
    tell(facts, "keys", file(&paths.keymap_file()));
    tell(facts, "theme", format!("{}, mouse {}", base.config.theme, if base.config.mouse { "on" } else { "off" }));
    tell(facts, "catalogue", file(&paths.catalog()));
    let ledger = paths.ledger();
    if !ledger.exists() {
        return tell(facts, "ledger", format!("{} (not there: nothing was changed yet)", ledger.display()));
    }
    let state = Ledger::open(&ledger).and_then(|ledger| {
        let open = ledger.open_operations()?.len();
        let latest = ledger.log(None, 1)?.first().map_or(0, |operation| operation.id);
        let turn = ledger.take_turn().map_or("held by another memtui", |_| "free");
        Ok(format!("latest operation {latest}, {open} unfinished, lock {turn}"))
    });
    match state {
        Ok(state) => tell(facts, "ledger", format!("{} ({}), {state}", ledger.display(), bytes(&ledger))),
        Err(problem) => tell(facts, "trouble", problem.to_string()),
    }
}

/// The size of a file, or of everything in a directory.
fn bytes(path: &Path) -> String {
    fn sum(path: &Path) -> u64 {
        match fs::symlink_metadata(path) {
            Ok(it) if it.is_dir() => {
                fs::read_dir(path).map_or(0, |entries| entries.flatten().map(|entry| sum(&entry.path())).sum())
            }
            Ok(it) => it.len(),
            Err(_) => 0,
        }
    }
    format!("{} bytes", grouped(usize::try_from(sum(path)).unwrap_or(usize::MAX)))
}
