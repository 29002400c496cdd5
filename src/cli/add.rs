//! `memtui add`.

use std::io::Read as _;

use super::{
    act::carry_out,
    args::{Add, Global},
    fail::{Done, Failure},
    open::Session,
    out::Out,
};
use crate::{
    curate::Act,
    memory::{Record, Value},
    store::native,
};

pub(super) fn run(global: &Global, args: &Add, out: &mut Out) -> Result<Done, Failure> {
    let text = body(&args.text)?;
    let mut session = Session::open(global)?;
    session.may_write()?;
    let store = shared(&session)?;
    let act = Act::Add { store, records: vec![record(args, text)?], reason: args.reason.clone() };
    carry_out(&mut session, &act, args.json, out)
}

/// The place of the shared database in the list of stores.
pub(super) fn shared(session: &Session) -> Result<u8, Failure> {
    let place = session.stores().iter().position(|store| store.about().product == native::NAME);
    place.and_then(|place| u8::try_from(place).ok()).ok_or_else(|| {
        Failure::Usage(
            "there is no shared database to write to; `memtui init` makes one, --store names another".to_owned(),
        )
    })
}

/// The words of the command line, or standard input for `-` alone.
fn body(words: &[String]) -> Result<String, Failure> {
    if words != ["-"] {
        return Ok(words.join(" "));
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::Usage(format!("standard input cannot be read: {error}")))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::Usage("standard input is no UTF-8 text; nothing was added".to_owned()))
}

fn record(args: &Add, body: String) -> Result<Record, Failure> {
    let text = |value: &str| Value::Text(value.as_bytes().to_vec());
    let list = |items: &[String]| -> Result<Value, Failure> {
        serde_json::to_string(items)
            .map(|json| Value::Text(json.into_bytes()))
            .map_err(|error| Failure::Usage(error.to_string()))
    };
    let mut columns = vec![
        ("body".to_owned(), Value::Text(body.into_bytes())),
        ("tags".to_owned(), list(&args.tags)?),
        ("files".to_owned(), list(&args.files)?),
        ("tool".to_owned(), text("cli")),
        ("author".to_owned(), text(&args.author)),
    ];
    let named = [
        ("title", &args.title),
        ("kind", &args.kind),
        ("project", &args.project),
        ("agent", &args.agent),
        ("session", &args.session),
        ("evidence", &args.evidence),
    ];
    columns.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), text(value.as_ref()?)))));
    if let Some(bucket) = args.bucket.and_then(|bucket| bucket.0) {
        columns.push(("bucket".to_owned(), text(bucket.name())));
    }
    if let Some(confidence) = args.confidence.and_then(|confidence| confidence.0) {
        columns.push(("confidence".to_owned(), Value::Real(f64::from(confidence))));
    }
    Ok(Record { table: "memory".to_owned(), columns })
}
