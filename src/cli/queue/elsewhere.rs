//! What others did to the stores since the person last looked, as lines of `memtui queue audit`.

use serde::Serialize;

use crate::{
    cli::{
        columns::grouped,
        fail::{Failure, say},
        open::Session,
        out::Out,
        times,
    },
    engine::{Elsewhere, ElsewhereChange},
};

/// What somebody else did to a memory.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct ElsewhereJson {
    /// `added`, `changed` or `deleted`.
    pub changed: &'static str,
    /// Its public id.
    pub id: String,
    /// Its title; empty where nothing is known of one that is gone.
    pub title: String,
    /// When it was captured, or when the change was noticed; RFC 3339, or null.
    pub at: Option<String>,
    /// Who, or `observed`; empty when unknown.
    pub author: String,
    /// The operation that has it as it was, or null.
    pub operation: Option<i64>,
}

impl ElsewhereJson {
    fn of(change: &ElsewhereChange, title: String) -> Self {
        Self {
            changed: change.what.name(),
            id: change.id.to_string(),
            title,
            at: change.at.and_then(times::rfc3339),
            author: change.author.clone(),
            operation: change.operation,
        }
    }

    /// One with every key, for the reference page.
    pub(in crate::cli) fn example() -> Self {
        let (id, title, author) = (String::new(), String::new(), String::new());
        Self { changed: "added", id, title, at: Some(String::new()), author, operation: Some(1) }
    }
}

/// Prints the changes as JSON, or gives the rows of the table that they are lines of.
pub(super) fn rows(
    all: &[Elsewhere],
    session: &Session,
    json: bool,
    out: &mut Out,
) -> Result<Vec<Vec<String>>, Failure> {
    let mut rows = Vec::new();
    for change in all.iter().flat_map(|store| &store.changes) {
        let title = session.veil().text(&change.title).into_owned();
        if json {
            out.json(&ElsewhereJson::of(change, title))?;
            continue;
        }
        rows.push(vec![
            change.operation.map_or_else(|| "-".to_owned(), |operation| operation.to_string()),
            change.at.map_or_else(|| "-".to_owned(), times::local),
            change.author.clone(),
            change.what.name().to_owned(),
            format!("{} {title}", change.id),
        ]);
    }
    Ok(rows)
}

/// Says for each store how much there is, how much of it was not named, and what can be done.
pub(super) fn sum_up(all: &[Elsewhere]) {
    for store in all.iter().filter(|store| store.total() > 0) {
        let since = store.since.map_or_else(|| "the last sitting".to_owned(), times::local);
        let left = store.total() - store.changes.len();
        let left = if left > 0 { format!("; {} are not named here", grouped(left)) } else { String::new() };
        say(&format!("{}: {} by others since {since}{left}", store.name, store.sentence()));
    }
    let changes = || all.iter().flat_map(|store| &store.changes);
    if changes().any(|change| change.operation.is_some()) {
        say("`memtui rollback --operation OPERATION` takes back what others did; `memtui prune ID` what they added");
    } else if changes().next().is_some() {
        say("`memtui prune ID` takes back what others added");
    }
}
