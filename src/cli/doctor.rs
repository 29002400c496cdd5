//! `memtui doctor`: what a bug report needs.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use super::{
    args::Global,
    columns::grouped,
    fail::{Done, Failure},
    open::{Base, Found},
    out::Out,
};
use crate::ledger::Ledger;

pub(super) fn run(global: &Global, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    let mut trouble = false;
    out.line(&format!("memtui {} on {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH))?;
    terminal(out)?;
    out.line("")?;
    match Found::look(&base, &global.stores) {
        Ok(found) => {
            for store in &found.stores {
                let about = store.about();
                let access = about.read_only.as_deref().unwrap_or("read and write");
                let size = bytes(&about.path);
                out.line(&format!(
                    "store     {}: {}, {size}, {}, {access}",
                    about.name,
                    about.version,
                    about.path.display()
                ))?;
            }
            for place in &found.looked {
                out.line(&format!("looked    {place}"))?;
            }
            for problem in &found.problems {
                trouble = true;
                out.line(&format!("trouble   {problem}"))?;
            }
            if found.stores.is_empty() {
                out.line("no store  name one with --store PATH, or run `memtui demo`")?;
            }
        }
        Err(failure) => {
            trouble = true;
            out.line(&format!("trouble   {failure}"))?;
        }
    }
    out.line("")?;
    trouble |= !own_files(&base, out)?;
    Ok(if trouble { Done::Trouble } else { Done::Well })
}

fn terminal(out: &mut Out) -> io::Result<()> {
    let set = |name: &str| std::env::var(name).unwrap_or_else(|_| "-".to_owned());
    let yes = |it: bool| if it { "yes" } else { "no" };
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())
        .map_or_else(|_| "unknown".to_owned(), |size| format!("{}×{}", size.ws_col, size.ws_row));
    out.line(&format!(
        "terminal  {}, {size}, inside tmux {}, over ssh {}",
        set("TERM"),
        yes(std::env::var_os("TMUX").is_some()),
        yes(std::env::var_os("SSH_CONNECTION").is_some())
    ))?;
    out.line(&format!(
        "ends      keyboard {}, output {}, errors {}",
        yes(io::stdin().is_terminal()),
        yes(io::stdout().is_terminal()),
        yes(io::stderr().is_terminal())
    ))?;
    out.line(&format!("colours   COLORTERM={}, NO_COLOR={}", set("COLORTERM"), set("NO_COLOR")))?;
    out.line(&format!("language  LANG={}, editor VISUAL={}, EDITOR={}", set("LANG"), set("VISUAL"), set("EDITOR")))
}

/// memtui's own files; whether all is well with them.
fn own_files(base: &Base, out: &mut Out) -> io::Result<bool> {
    let paths = &base.paths;
    let there = |path: &Path| if path.exists() { bytes(path) } else { "not there".to_owned() };
    out.line(&format!("settings  {} ({})", paths.config_file.display(), there(&paths.config_file)))?;
    out.line(&format!("keys      {} ({})", paths.keymap_file().display(), there(&paths.keymap_file())))?;
    out.line(&format!("theme     {}, mouse {}", base.config.theme, if base.config.mouse { "on" } else { "off" }))?;
    out.line(&format!("catalogue {} ({})", paths.catalog().display(), there(&paths.catalog())))?;
    let ledger = paths.ledger();
    if !ledger.exists() {
        out.line(&format!("ledger    {} (not there: nothing was changed yet)", ledger.display()))?;
        return Ok(true);
    }
    let state = Ledger::open(&ledger).and_then(|ledger| {
        let open = ledger.open_operations()?.len();
        let latest = ledger.log(None, 1)?.first().map_or(0, |operation| operation.id);
        let turn = ledger.take_turn().map_or("held by another memtui", |_| "free");
        Ok(format!("latest operation {latest}, {open} unfinished, lock {turn}"))
    });
    match state {
        Ok(state) => out.line(&format!("ledger    {} ({}), {state}", ledger.display(), bytes(&ledger))).map(|()| true),
        Err(problem) => out.line(&format!("trouble   {problem}")).map(|()| false),
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
