//! memtui's own files: the ledger, the settings, the places.

use std::path::Path;

use super::{Report, bytes, size};
use crate::{
    cli::{args::Global, base::Base, columns::grouped},
    config::BadConfig,
    ledger::{self, Ledger},
};

pub(super) fn ledger(base: &Base, report: &mut Report) {
    report.section("ledger");
    let path = base.paths.ledger();
    let Some(size) = size(&path) else {
        return report.tell("path", format!("{}, not there: nothing was changed yet", path.display()));
    };
    report.tell("path", format!("{}, {size}", path.display()));
    let looked = Ledger::open(&path).and_then(|ledger| look(&ledger, report));
    if let Err(problem) = looked {
        report.trouble("state", problem.to_string());
    }
}

fn look(ledger: &Ledger, report: &mut Report) -> ledger::Result<()> {
    // Opening it has brought it up to date.
    report.tell("format", ledger::NEWEST.to_string());
    let busy = ledger.try_turn()?.is_none();
    report.tell("lock", if busy { "held by another memtui, which is changing something" } else { "free" });
    let held = ledger.held()?;
    let let_go = if held.let_go > 0 { format!(", {} let go", grouped(held.let_go)) } else { String::new() };
    report.tell("observed", format!("{} images, {}{let_go}", grouped(held.images), bytes(held.bytes)));
    let checked = ledger.check()?;
    let open: Vec<String> = checked.unfinished.iter().map(ToString::to_string).collect();
    report.tell("operations", grouped(checked.operations));
    match open.as_slice() {
        [] => report.tell("unfinished", "none"),
        open if busy => report.tell("unfinished", format!("{}, on its way", open.join(", "))),
        open => {
            let words = format!(
                "{}; the next command that changes something, or the terminal program, looks after it",
                open.join(", ")
            );
            report.trouble("unfinished", words);
        }
    }
    if checked.troubles.is_empty() {
        report.tell("seals", format!("right; every image can be read ({})", grouped(checked.images)));
    }
    for trouble in checked.troubles {
        report.trouble("seals", trouble);
    }
    Ok(())
}

pub(super) fn settings(base: &Base, global: &Global, mistakes: &[BadConfig], report: &mut Report) {
    report.section("settings");
    let there = |path: &Path| if path.exists() { String::new() } else { ", not there".to_owned() };
    let file = base.config_file(global);
    report.tell("file", format!("{}{}", file.display(), there(file)));
    let keys = base.paths.keymap_file();
    report.tell("keys", format!("{}{}", keys.display(), there(&keys)));
    for row in base.settings.rows().filter(|row| row.origin != crate::config::Origin::Default) {
        report.tell("changed", format!("{} = {} ({})", row.name, row.value, row.origin));
    }
    for mistake in mistakes {
        report.trouble("mistake", mistake.to_string());
    }
    if let Err(mistakes) = base.keymap_mistakes() {
        for mistake in mistakes {
            report.trouble("mistake", mistake);
        }
    }
}

pub(super) fn places(base: &Base, report: &mut Report) {
    report.section("places");
    let paths = &base.paths;
    let config = paths.config_file.parent().unwrap_or(Path::new(""));
    for (about, place) in [("config", config), ("data", &paths.data), ("state", &paths.state), ("cache", &paths.cache)]
    {
        let size = size(place).unwrap_or_else(|| "not there".to_owned());
        report.tell(about, format!("{}, {size}", place.display()));
    }
}
