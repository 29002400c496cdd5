//! The condition of the file.

use super::shelf::Book;
use crate::store::Finding;

/// Troubles that are named one by one.
const NAMED: usize = 5;

/// One line for each thing that was looked at.
pub(super) fn findings(book: &Book) -> Vec<Finding> {
    let broken: Vec<&str> = book.entries.iter().filter_map(super::entry::Entry::trouble).collect();
    let lines = (!broken.is_empty()).then(|| {
        let named = broken.iter().take(NAMED).copied().collect::<Vec<_>>().join("; ");
        let more = broken.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!(
            "{named}{rest}. One line that is no JSON is enough to make every tool of the product fail; edit these \
             memories or prune them"
        )
    });
    let mark = book.known.graph.is_marked().then(|| {
        "the file begins with a byte order mark, which the product takes for a part of its first line; take it out \
         with a text editor"
            .to_owned()
    });
    vec![
        Finding { what: "lines".into(), trouble: lines },
        Finding { what: "beginning of the file".into(), trouble: mark },
    ]
}
