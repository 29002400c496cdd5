//! A table of a real `PostgreSQL` server in a terminal: edited, pruned, and taken back by keys.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::harness::{PATIENCE, Start};

/// Whom the server runs as when the tests run as root, which it refuses.
const NOBODY: u32 = 65534;

/// A running server.
struct Server {
    bin: PathBuf,
    dir: tempfile::TempDir,
    /// A shell that ends the server when its input ends, also when this process is killed.
    guard: Child,
}

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|version| version.path().join("bin"));
    let mut all = std::env::split_paths(&path).chain(installed);
    all.find(|dir| ["initdb", "postgres", "psql"].iter().all(|name| dir.join(name).is_file()))
}

fn command(program: &Path, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir).env("LC_ALL", "C");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

impl Server {
    /// A server with a table; `None` where none is installed.
    #[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
    fn new(sql: &str) -> Option<Self> {
        let Some(bin) = programs() else {
            eprintln!("skipped: no PostgreSQL server is installed (initdb was not found)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut make = command(&bin.join("initdb"), dir.path());
        make.args(["-U", "memtui", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", "data"]);
        assert!(make.stdout(Stdio::null()).status().unwrap().success());
        let settings = "-c fsync=off -c listen_addresses= -c shared_buffers=16MB";
        let here = dir.path().display();
        let script = format!(
            "'{}' -D '{here}/data' -k '{here}' {settings} >>log 2>&1 & read _end; kill -QUIT $!; wait $!",
            bin.join("postgres").display()
        );
        let mut shell = command(Path::new("/bin/sh"), dir.path());
        let guard = shell.args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
        let server = Self { bin, dir, guard };
        let until = Instant::now() + PATIENCE * 3;
        while server.psql("SELECT 1").is_none() {
            assert!(Instant::now() < until, "the server never began");
            std::thread::sleep(Duration::from_millis(50));
        }
        server.psql(sql).unwrap();
        Some(server)
    }

    /// What the server says; `None` when it does not.
    fn psql(&self, sql: &str) -> Option<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-U", "memtui", "-d", "postgres", "-c", sql, "-h"]).arg(self.dir.path());
        let said = psql.output().unwrap();
        said.status.success().then(|| String::from_utf8(said.stdout).unwrap().trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ended = self.guard.wait();
    }
}

#[test]
fn a_table_of_a_server_is_edited_pruned_and_put_back() {
    let made = Server::new(
        "CREATE TABLE memories(id uuid PRIMARY KEY, content text NOT NULL, area text, tags text[], at timestamptz, n int);
         INSERT INTO memories VALUES ('00000000-0000-0000-0000-0000000000a1', 'Deploys go through the queue', 'shop',
            '{deploy,ci}', '2026-06-01', 5), ('00000000-0000-0000-0000-0000000000b2', 'Tests run under nextest', NULL,
            NULL, '2026-05-01', NULL)",
    );
    let Some(server) = made else { return };
    let rows = || server.psql("SELECT t FROM memories t ORDER BY id").unwrap();
    let before = rows();
    let home = tempfile::tempdir().unwrap();
    let settings = home.path().join("CONFIG/memtui");
    fs::create_dir_all(&settings).unwrap();
    let socket = server.dir.path().display().to_string().replace('/', "%2F");
    let table = format!(
        "[[table]]\npath = \"postgresql://memtui:s3cret@{socket}/postgres\"\nname = \"notes\"\ntable = \"memories\"\n\
         id = \"id\"\ncontent = \"content\"\nscope = \"area\"\ntags = \"tags\"\ncreated = \"at\"\n"
    );
    fs::write(settings.join("config.toml"), table).unwrap();
    let editor = home.path().join("editor");
    fs::write(&editor, "#!/bin/sh\nsed -i 's/the queue/the merge train/' \"$1\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let mut start = Start::memtui(&[]).size(100, 30).env("HOME", home.path()).env("EDITOR", &editor);
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        start = start.env(&format!("XDG_{name}_HOME"), home.path().join(name));
    }
    let mut term = start.start();
    term.wait_for("Deploys go through the queue");
    term.wait_for(" of 2 ");
    term.quiet();
    term.keys("E");
    term.wait_for("[Save]");
    // A key right after the screen is back from the editor was meant for the editor.
    std::thread::sleep(std::time::Duration::from_millis(500));
    term.keys("<enter>");
    term.wait_until("the change", |screen| !screen.contains("[Save]") && screen.contains("the merge train"));
    assert!(rows().contains("the merge train"));
    term.quiet();
    term.keys("u");
    term.wait_for("Taken back: edit of");
    assert_eq!(rows(), before);
    term.quiet();
    term.keys("d");
    term.wait_for("Pruned 1 memory");
    assert!(!rows().contains("queue"));
    term.keys("u");
    term.wait_for(" of 2 ");
    term.wait_until("the row", |_| rows() == before);
    server.psql("INSERT INTO memories VALUES (gen_random_uuid(), 'Written by somebody else', 'shop', NULL, now())");
    term.wait_for("Written by somebody else");
    assert!(!term.screen().contains("s3cret"));
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}
