//! An agent's host: launches the server in a place of its own and speaks with it in lines of JSON-RPC.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio},
};

use serde_json::{Value, json};

/// A place with a shared database, settings and a ledger.
pub(crate) struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new(settings: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(place.path("config/memtui")).unwrap();
        std::fs::write(place.path("config/memtui/config.toml"), settings).unwrap();
        std::fs::create_dir_all(place.path("shop/.git")).unwrap();
        assert!(place.run(&["init"]).status.success());
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("data/memtui/memories.db")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("data/memtui/ledger.db")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memtui"));
        command.args(arguments).stdin(Stdio::null()).current_dir(self.path("shop")).env_clear();
        self.dress(&mut command);
        command
    }

    /// The environment of the place.
    pub(crate) fn dress(&self, command: &mut Command) {
        command.env("HOME", self.path("home")).env("TZ", "UTC");
        for name in ["config", "data", "state", "cache"] {
            command.env(format!("XDG_{}_HOME", name.to_uppercase()), self.path(name));
        }
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// What a command prints, which must succeed.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// An answer of a database of the place.
    pub(crate) fn number(path: &Path, sql: &str) -> i64 {
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn memories(&self) -> i64 {
        Self::number(&self.database(), "SELECT count(*) FROM memory")
    }

    pub(crate) fn host(&self, agent: &str) -> Host {
        Host::launch(self.command(&["mcp", "--agent", agent]))
    }
}

/// A server that is running, with who speaks to it.
pub(crate) struct Host {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    asked: u64,
}

impl Host {
    pub(crate) fn launch(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut host = Self { child, to, from, asked: 0 };
        let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {},
                            "clientInfo": { "name": "test", "version": "1" } });
        assert_eq!(host.ask("initialize", &hello)["result"]["serverInfo"]["name"], "memtui");
        host.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        host
    }

    fn send(&mut self, message: &Value) {
        // A server that was killed reads no more.
        let _ = writeln!(self.to.as_mut().unwrap(), "{message}");
    }

    /// The answer to a question; null when there is none any more.
    pub(crate) fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.asked, "method": method, "params": parameters }));
        let mut line = String::new();
        if self.from.read_line(&mut line).unwrap_or(0) == 0 {
            return Value::Null;
        }
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(answer["id"], self.asked, "nothing but answers is written: {line}");
        answer
    }

    /// What a tool answers: its structured content, or the text of its refusal.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }));
        match &answer["result"]["structuredContent"] {
            Value::Null => answer["result"]["content"][0]["text"].clone(),
            said => said.clone(),
        }
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Closes the line; the server ends by itself.
    pub(crate) fn leave(mut self) {
        drop(self.to.take());
        assert!(self.child.wait().unwrap().success());
    }
}
