//! `memtui stores`.

use std::path::Path;

use super::{
    args::{Global, OnOff, Stores},
    base::Base,
    columns::{Column, Columns, grouped},
    fail::{Done, Failure, say},
    found::Found,
    json::StoreJson,
    out::Out,
};
use crate::{
    state::{switch, switched_off},
    store::Store,
};

pub(super) fn run(global: &Global, args: &Stores, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    if let (Some(to), Some(name)) = (args.to, &args.name) {
        return turn(global, &base, to == OnOff::On, name, out);
    }
    let found = Found::look(&base, &global.stores)?;
    let mut rows = Vec::new();
    for store in &found.stores {
        let about = store.about();
        let count = count(store.as_ref());
        if args.json {
            out.json(&StoreJson::open(store.as_ref(), count))?;
            continue;
        }
        let access = match &count {
            Err(trouble) => format!("cannot be read: {trouble}"),
            Ok(_) => store.objection().map_or_else(|| "read and write".to_owned(), |why| format!("read-only: {why}")),
        };
        let count = count.map_or_else(|_| "?".to_owned(), grouped);
        rows.push(vec![about.name.clone(), count, about.version.clone(), access, about.path.display().to_string()]);
    }
    for absent in &found.absent {
        if args.json {
            out.json(&StoreJson::absent(absent))?;
            continue;
        }
        let state = absent.trouble.clone().unwrap_or_else(|| "off".to_owned());
        rows.push(vec![absent.name.clone(), "-".to_owned(), "-".to_owned(), state, absent.path.display().to_string()]);
    }
    Columns::new(&[
        ("NAME", Column::Upto(24)),
        ("MEMORIES", Column::Upto(10)),
        ("VERSION", Column::Upto(20)),
        ("ACCESS", Column::Upto(40)),
        ("PATH", Column::Rest),
    ])
    .print(&rows, out)?;
    out.finish()?;
    for words in found.remarks.iter().chain(&found.problems) {
        say(words);
    }
    if found.stores.is_empty() {
        for place in &found.looked {
            say(&format!("looked at {place}"));
        }
        say("no store was found; `memtui demo` lets you look around in sample memories");
        return Ok(Done::Nothing);
    }
    Ok(Done::Well)
}

/// How many memories a store has.
fn count(store: &dyn Store) -> Result<usize, String> {
    let mut count = 0;
    let counted = store.reader().and_then(|mut reader| reader.outline(&mut |_, _| count += 1));
    counted.map(|()| count).map_err(|problem| problem.to_string())
}

/// Switches a store off, or on again.
fn turn(global: &Global, base: &Base, on: bool, name: &str, out: &mut Out) -> Result<Done, Failure> {
    if !global.stores.is_empty() {
        return Err(Failure::Usage("stores that are named are open anyway; leave --store out".to_owned()));
    }
    let file = base.paths.switched_off();
    let found = Found::look(base, &[])?;
    let open = found.stores.iter().map(|store| (store.about().name.clone(), store.about().path.clone()));
    let absent = found.absent.iter().map(|absent| (absent.name.clone(), absent.path.clone()));
    let off = switched_off(&file).into_iter().map(|off| (off.name, off.path));
    let all: Vec<(String, std::path::PathBuf)> = open.chain(absent).chain(off).collect();
    let meant = |(known, path): &&(String, std::path::PathBuf)| known == name || path == Path::new(name);
    let Some((known, path)) = all.iter().find(meant) else {
        let mut names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        names.dedup();
        return Err(Failure::Usage(format!("there is no store {name}; there are {}", names.join(", "))));
    };
    let new = switch(&file, known, path, on)
        .map_err(|error| Failure::Store(format!("{} cannot be written: {error}", file.display())))?;
    let state = if on { "on" } else { "off" };
    out.line(&format!("{known} is {state}{}", if new { "" } else { " already" }))?;
    Ok(Done::Well)
}
