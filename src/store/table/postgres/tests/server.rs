//! A real server that a test starts: as another user when the tests run as root, on a socket of its own, gone with the
//! process.

use std::{
    fs, io,
    io::{Read as _, Write as _},
    os::unix::{
        fs::{PermissionsExt as _, chown},
        net::{UnixListener, UnixStream},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio_postgres::types::Type;

use super::super::{address::Address, line::Line, shape::text};

/// Whom the server runs as when the tests run as root, which it refuses: `nobody` of every system.
const NOBODY: u32 = 65534;
/// How long a server may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server with its data.
pub(crate) struct Server {
    dir: tempfile::TempDir,
    bin: PathBuf,
    /// A shell that ends the server when its input ends, also when this process is killed.
    guard: Mutex<Option<Child>>,
}

/// The directory with the server's programs, where they are installed.
pub(crate) fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut installed: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    installed.sort();
    std::env::split_paths(&path)
        .chain(installed.into_iter().rev())
        .find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
}

/// The server that the tests of this process share, `None` when none is installed.
pub(crate) fn shared() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::new).as_ref()
}

impl Server {
    /// Makes a cluster and starts it; `None` when no server is installed.
    pub(crate) fn new() -> Option<Self> {
        let Some(bin) = programs() else {
            eprintln!("skipped: no PostgreSQL server is installed (initdb was not found)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        if rustix::process::geteuid().is_root() {
            chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let server = Self { dir, bin, guard: Mutex::new(None) };
        let made = server
            .command("initdb")
            .args(["-U", "memtui", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(server.data())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed");
        fs::write(server.data().join("pg_hba.conf"), "local all locked scram-sha-256\nlocal all all trust\n").unwrap();
        server.start();
        Some(server)
    }

    /// A program of the server, as a user whom it accepts.
    fn command(&self, program: &str) -> Command {
        self.as_user(Command::new(self.bin.join(program)))
    }

    fn as_user(&self, mut command: Command) -> Command {
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir(self.dir.path()).env_clear().env("LC_ALL", "C").env("PATH", "/usr/bin:/bin");
        command
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The directory of its socket.
    pub(crate) fn socket(&self) -> &Path {
        self.dir.path()
    }

    /// Starts it, and waits until it lets somebody in.
    pub(crate) fn start(&self) {
        let settings = ["fsync=off", "listen_addresses=", "shared_buffers=16MB", "max_connections=40"];
        let settings: Vec<String> = settings.iter().map(|setting| format!("-c {setting}")).collect();
        let (bin, data, here) = (self.bin.join("postgres"), self.data(), self.dir.path());
        let script = format!(
            "'{}' -D '{}' -k '{}' {} >>log 2>&1 & read _end; kill -QUIT $!; wait $!",
            bin.display(),
            data.display(),
            here.display(),
            settings.join(" ")
        );
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &script]).stdin(Stdio::piped());
        *self.guard.lock().unwrap() = Some(self.as_user(shell).spawn().unwrap());
        let until = Instant::now() + PATIENCE;
        while self.line("postgres").connect().is_err() {
            assert!(Instant::now() < until, "{}", fs::read_to_string(here.join("log")).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn stop(&self) {
        if let Some(mut guard) = self.guard.lock().unwrap().take() {
            drop(guard.stdin.take());
            guard.wait().unwrap();
        }
    }

    /// The address of one of its databases, through a socket in a directory.
    pub(crate) fn address(socket: &Path, user: &str, database: &str) -> String {
        let socket = socket.to_str().unwrap().replace('/', "%2F");
        format!("postgresql://{user}@{socket}/{database}")
    }

    /// A connection to one of its databases.
    pub(in crate::store::table::postgres) fn line(&self, database: &str) -> Line {
        let address = Self::address(self.socket(), "memtui", database);
        Line::new(Address::read(&address, &|_| None, None).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A database of its own on a server.
pub(crate) struct Database<'s> {
    pub(crate) server: &'s Server,
    pub(crate) name: String,
}

impl<'s> Database<'s> {
    pub(crate) fn new(server: &'s Server, sql: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut line = server.line("postgres");
        line.connect().unwrap();
        line.run(&format!("CREATE DATABASE {name}")).unwrap();
        let made = Self { server, name };
        made.run(sql);
        made
    }

    pub(crate) fn address(&self) -> String {
        Server::address(self.server.socket(), "memtui", &self.name)
    }

    /// A connection beside memtui's.
    pub(in crate::store::table::postgres) fn line(&self) -> Line {
        let mut line = self.server.line(&self.name);
        line.connect().unwrap();
        line
    }

    pub(crate) fn run(&self, sql: &str) {
        self.line().run(sql).unwrap();
    }

    /// Every row of a table as the server itself writes it, in the order of its text.
    pub(crate) fn dump(&self, table: &str) -> Vec<String> {
        let rows = self.line().ask(&format!("SELECT t::text FROM {table} t ORDER BY 1"), &[]).unwrap();
        rows.iter().map(|row| text(row, 0)).collect()
    }

    /// One value.
    pub(crate) fn value(&self, sql: &str) -> String {
        text(&self.line().ask(sql, &[] as &[(_, Type)]).unwrap()[0], 0)
    }
}

/// What somebody between memtui and the server does with a commit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing: everything passes.
    Nothing,
    /// It reaches the server, and the connection is lost before the answer.
    AfterTheCommit,
    /// The connection is lost before it reaches the server.
    BeforeTheCommit,
}

/// A socket that passes everything on to a server, but loses the first connection with a commit.
pub(crate) struct Between {
    dir: tempfile::TempDir,
    cut: Arc<Mutex<Cut>>,
}

impl Between {
    pub(crate) fn new(server: &Server) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(dir.path().join(".s.PGSQL.5432")).unwrap();
        let cut = Arc::new(Mutex::new(Cut::Nothing));
        let (to, shared) = (server.socket().join(".s.PGSQL.5432"), Arc::clone(&cut));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = UnixStream::connect(&to) else { continue };
                let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (shared, answers) = (Arc::clone(&shared), (server, client));
                std::thread::spawn(move || drop(pass(from, into, &shared)));
                std::thread::spawn(move || drop(io::copy(&mut { answers.0 }, &mut { answers.1 })));
            }
        });
        Self { dir, cut }
    }

    pub(crate) fn cut(&self, cut: Cut) {
        *self.cut.lock().unwrap() = cut;
    }

    pub(crate) fn address(&self, database: &str) -> String {
        Server::address(self.dir.path(), "memtui", database)
    }

    pub(crate) fn open_to_all(&self) {
        fs::set_permissions(self.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Passes on what a client says, until a commit is to be cut.
fn pass(mut client: UnixStream, mut server: UnixStream, cut: &Mutex<Cut>) -> io::Result<()> {
    let mut buffer = vec![0; 65536];
    loop {
        let read = client.read(&mut buffer)?;
        let said = &buffer[..read];
        // A simple query: its letter, its length, its text and a NUL.
        let commits = said.windows(7).any(|part| part == b"COMMIT\0");
        let wanted = if commits { std::mem::replace(&mut *cut.lock().unwrap(), Cut::Nothing) } else { Cut::Nothing };
        if read == 0 || wanted == Cut::BeforeTheCommit {
            let _gone = (client.shutdown(std::net::Shutdown::Both), server.shutdown(std::net::Shutdown::Both));
            return Ok(());
        }
        if wanted == Cut::AfterTheCommit {
            client.shutdown(std::net::Shutdown::Both)?;
        }
        server.write_all(said)?;
    }
}
