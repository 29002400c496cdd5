//! What every store kept in a database file shares: opening it safely, reading any cell, naming what went wrong.

pub mod cell;
pub mod file;
pub mod full_text;
pub mod locks;
pub mod open;
pub mod problem;
pub mod reading;
pub mod scrub;
pub mod table;
pub mod writing;

/// The version of `SQLite` that is compiled in: `3.51.3`.
pub fn version() -> &'static str {
    rusqlite::version()
}
