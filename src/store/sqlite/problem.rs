//! From the database's error codes to sentences that name the file, the reason and the next step.

use std::path::Path;

use rusqlite::{Error, ErrorCode};

use super::file;
use crate::store::Problem;

/// The sentence for an error that came up while working on `path`.
pub fn from_sqlite(path: &Path, error: &Error) -> Problem {
    let path_buf = path.to_owned();
    let Error::SqliteFailure(failure, message) = error else {
        return failed(path, &error.to_string());
    };
    let said = message.clone().unwrap_or_else(|| failure.to_string());
    match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            Problem::Busy(path_buf)
        }
        ErrorCode::OperationInterrupted => Problem::Cancelled,
        ErrorCode::NotADatabase => Problem::NotAStore {
            path: path_buf,
            reason: "this is no SQLite database, or it is encrypted; give the path of a memory database".into(),
        },
        ErrorCode::DatabaseCorrupt => Problem::Damaged {
            path: path_buf,
            reason: format!(
                "the database is damaged ({said}); nothing was written; keep a copy of the file, then restore a \
                 backup or run `sqlite3 FILE .recover`"
            ),
        },
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => file::denied(path),
        ErrorCode::CannotOpen => cannot_open(path),
        ErrorCode::ReadOnly => Problem::ReadOnly {
            path: path_buf,
            reason: "this user may not write the file or its directory; have the permissions changed".into(),
        },
        ErrorCode::DiskFull => full(path),
        ErrorCode::SystemIoFailure if file::on_a_full_disk(path) => full(path),
        _ => failed(path, &said),
    }
}

fn full(path: &Path) -> Problem {
    let needed = file::size(&file::companion(path, "-wal")).max(1 << 20);
    Problem::DiskFull { path: path.to_owned(), needed, free: file::free_bytes(path).unwrap_or(0) }
}

/// Anything else the database says.
pub fn failed(path: &Path, said: &str) -> Problem {
    let reason = format!("the database refused: {said}; run `memtui check` to see the store's condition");
    Problem::Failed { path: path.to_owned(), reason }
}

fn cannot_open(path: &Path) -> Problem {
    match file::look(path) {
        Err(problem) => problem,
        Ok(_) => Problem::Denied {
            path: path.to_owned(),
            reason: "the database cannot be opened; make sure that this user may read the file and write its \
                     directory, where SQLite keeps its -wal and -shm files"
                .into(),
        },
    }
}
