//! `memtui stores`.

use super::{
    args::{Global, Stores},
    columns::{Column, Columns},
    fail::{Done, Failure, say},
    found::Found,
    json::StoreJson,
    open::Base,
    out::Out,
};

pub(super) fn run(global: &Global, args: &Stores, out: &mut Out) -> Result<Done, Failure> {
    let found = Found::look(&Base::of(global)?, &global.stores)?;
    let mut rows = Vec::new();
    for store in &found.stores {
        let about = store.about();
        if args.json {
            out.json(&StoreJson::from(store.as_ref()))?;
            continue;
        }
        rows.push(vec![
            about.name.clone(),
            about.version.clone(),
            store.objection().map_or_else(|| "read and write".to_owned(), |why| format!("read-only: {why}")),
            about.path.display().to_string(),
        ]);
    }
    Columns::new(&[
        ("NAME", Column::Upto(24)),
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
