//! The condition of a store of files.

use std::{fs, path::Path};

use super::{
    folder::{INDEX, Limit},
    offers,
    pieces::{self, Form},
    shelf::Book,
};
use crate::store::Finding;

/// One line for each thing that was looked at.
pub(super) fn findings(book: &Book) -> Vec<Finding> {
    // A link to a file that is listed by its own name hides nothing.
    let is_listed = |path: &Path| {
        fs::canonicalize(path).is_ok_and(|real| book.known.files.iter().any(|file| file.source.path == real))
    };
    let unread = book.known.unread.iter().chain(&book.known.survey.skipped).filter(|(path, _)| !is_listed(path)).map(
        |(path, reason)| Finding {
            what: path.display().to_string(),
            trouble: Some(format!("{reason}; its memories are not listed")),
        },
    );
    let mut findings: Vec<Finding> = unread.collect();
    if findings.is_empty() {
        findings.push(Finding { what: "files".to_owned(), trouble: None });
    }
    for file in &book.known.files {
        if let Some(limit) = file.source.limit {
            let trouble = too_long(&file.split.join(), limit);
            findings.push(Finding { what: format!("length of {}", file.source.native), trouble });
        }
    }
    let count = |test: &dyn Fn(&super::entry::Entry) -> bool| book.entries.iter().filter(|entry| test(entry)).count();
    let dangling = count(&|entry| entry.kind == "pointer");
    let orphans = count(&|entry| {
        entry.file.source.form == Form::Whole
            && entry.withheld.as_ref().is_some_and(|reason| reason.starts_with("no line"))
    });
    if book.known.survey.sources.iter().any(|source| source.form == Form::Index) {
        let many = |count: usize, what: &str| {
            (count > 0).then(|| format!("{count} {what}; look at them with is:never-injected"))
        };
        findings.push(Finding { what: format!("lines of {INDEX}"), trouble: many(dangling, "lead to no file") });
        findings.push(Finding {
            what: "files beside it".to_owned(),
            trouble: many(orphans, "have no line, so that they are never recalled"),
        });
    }
    for folder in &book.known.survey.folders {
        if let Some(reason) = folder.hold.and_then(|hold| hold.objection(&folder.directory)) {
            findings.push(Finding {
                what: format!("consolidation in {}", folder.directory.display()),
                trouble: Some(reason),
            });
        }
    }
    for (place, reason) in offers::all(&book.known.survey).1 {
        findings.push(Finding { what: place, trouble: Some(format!("it is not in the queue: {reason}")) });
    }
    findings
}

fn too_long(file: &[u8], limit: Limit) -> Option<String> {
    let (lines, bytes) = pieces::counted(file);
    (lines > limit.lines || bytes > limit.bytes)
        .then(|| format!("{lines} lines, {bytes} bytes; {}; prune until it fits", limit.told))
}
