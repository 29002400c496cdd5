//! A place of one's own for a test: sample memories, and directories for memtui's files.

use std::{
    fmt::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

pub(crate) struct Sandbox {
    directory: tempfile::TempDir,
}

/// A fixed moment: 2026-11-01T00:00:00Z.
const NOW: i64 = 1_793_491_200_000;

impl Sandbox {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        memtui::demo::build(&directory.path().join("sample.db"), NOW).unwrap();
        Self { directory }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory.path().join("sample.db")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// memtui in this place, without a store.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memtui"));
        command.args(arguments).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.path("home")).env("TZ", "UTC");
        for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
            command.env(format!("XDG_{name}_HOME"), self.path(name));
        }
        command
    }

    /// memtui on the sample memories.
    pub(crate) fn memtui(&self, arguments: &[&str]) -> Output {
        let database = self.database();
        let mut all = vec!["--store", database.to_str().unwrap()];
        all.extend(arguments);
        self.bare(&all).output().unwrap()
    }

    /// What it prints when all is well.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.memtui(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What it prints as JSON Lines.
    pub(crate) fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.says(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Every row of every table of the store, as the database's own bytes.
    pub(crate) fn dump(&self) -> String {
        let connection =
            rusqlite::Connection::open_with_flags(self.database(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let tables: Vec<String> = connection
            .prepare("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE '%\\_fts\\_%' ESCAPE '\\' ORDER BY name")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let mut dump = String::new();
        for table in tables {
            let mut statement =
                connection.prepare(&format!("SELECT rowid, * FROM \"{table}\" ORDER BY rowid")).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                dump.push_str(&table);
                for column in 0..columns {
                    let _ = write!(dump, "|{:?}", row.get_ref(column).unwrap());
                }
                dump.push('\n');
            }
        }
        dump
    }
}
