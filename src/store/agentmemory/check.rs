//! The condition of a store.

use super::{kind::Kind, place::Way, shelf::Shelf, source::Shape};
use crate::{memory::State, store::Finding};

/// One line for each thing that was looked at.
pub(super) fn findings(shelf: &Shelf) -> Vec<Finding> {
    let book = shelf.fresh_book();
    let mut findings: Vec<Finding> = book
        .known
        .unread
        .iter()
        .map(|(path, reason)| Finding {
            what: path.display().to_string(),
            trouble: Some(format!("{reason}; its memories are not listed")),
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding { what: "files".to_owned(), trouble: None });
    }
    let way = shelf.place.way();
    let what = match (&way, shelf.place.shape) {
        (Ok(Way::Server(server)), _) => format!("writing through the server at {}", server.address()),
        (_, Shape::State) => "writing into the engine's files".to_owned(),
        (_, Shape::Export | Shape::Standalone) => "writing into the file".to_owned(),
    };
    findings.push(Finding { what, trouble: way.err() });
    let silently = book.entries.iter().filter(|entry| {
        entry.kind() == Kind::Memory && entry.standing.state == State::Superseded && !entry.standing.open.is_empty()
    });
    let silently = silently.count();
    findings.push(Finding {
        what: "superseded memories".to_owned(),
        trouble: (silently > 0).then(|| {
            format!(
                "{silently} were put aside without being asked, because their words are much like another's; look \
                     at them with is:unsettled"
            )
        }),
    });
    findings
}
