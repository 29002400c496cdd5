//! The stores: what they are, whether they can be written, who else has them open, how far their catalogue is.

use super::{Report, bytes, size};
use crate::{
    catalog::glance,
    cli::{args::Global, base::Base, columns::grouped, found::Found},
    store::{
        About, Store,
        sqlite::{
            file::{self, companion},
            locks,
        },
    },
};

/// The first fact about each store.
pub(super) const FIRST: &str = "name";

pub(super) fn tell(base: &Base, global: &Global, report: &mut Report) {
    report.section("store");
    let found = match Found::look(base, &global.stores) {
        Ok(found) => found,
        Err(failure) => return report.trouble(FIRST, failure.to_string()),
    };
    for store in &found.stores {
        one(base, global, store.as_ref(), report);
    }
    for problem in &found.problems {
        report.trouble(FIRST, problem);
    }
    found.remarks.iter().for_each(|remark| report.tell("ignored", remark));
    if found.stores.is_empty() {
        report.trouble(FIRST, "no store was found; name one with --store PATH, or run `memtui demo` to look around");
    }
    found.looked.iter().for_each(|place| report.tell("looked at", place));
}

fn one(base: &Base, global: &Global, store: &dyn Store, report: &mut Report) {
    let about = store.about();
    report.tell(FIRST, format!("{}: {}, {}", about.name, about.product, about.version));
    let log = match file::size(&companion(&about.path, "-wal")) {
        0 => String::new(),
        log => format!(", and {} in its write-ahead log", bytes(log)),
    };
    let size = if store.is_served() { "kept by its server".to_owned() } else { bytes(file::size(&about.path)) };
    report.tell("path", format!("{}, {size}{log}", about.path.display()));
    match count(store) {
        Ok(count) => report.tell("memories", grouped(count)),
        Err(problem) => report.trouble("memories", problem),
    }
    report.tell(
        "access",
        match store.objection() {
            Some(reason) => format!("read-only: {reason}"),
            None if global.read_only => "read-only: --read-only was given".to_owned(),
            None => "read and write".to_owned(),
        },
    );
    if !store.is_served() {
        report.tell("open in", company(about));
    }
    report.tell("catalogue", catalogue(base, about));
}

fn count(store: &dyn Store) -> Result<usize, String> {
    let mut count = 0;
    let counted = store.reader().and_then(|mut reader| reader.outline(&mut |_, _| count += 1));
    counted.map(|()| count).map_err(|problem| problem.to_string())
}

fn company(about: &About) -> String {
    match locks::company(&about.path).as_deref() {
        None => "unknown: this system does not show who holds a lock".to_owned(),
        Some([]) => "no other program".to_owned(),
        Some(others) => {
            let names: Vec<String> = others.iter().map(|(pid, name)| format!("{name} (pid {pid})")).collect();
            names.join(", ")
        }
    }
}

fn catalogue(base: &Base, about: &About) -> String {
    let seen = glance(&base.paths.catalog(), about);
    let place = format!("{}, {}", seen.file.display(), size(&seen.file).unwrap_or_else(|| "not there".to_owned()));
    let state = match seen.memories {
        None => "it is made when it is needed".to_owned(),
        Some(known) if seen.current => format!("complete with {} memories", grouped(known)),
        Some(known) => {
            let known = grouped(known);
            format!("{known} memories; the store was written since, what changed is read when it is needed")
        }
    };
    format!("{place}; {state}")
}
