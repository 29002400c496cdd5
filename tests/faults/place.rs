//! Homes with a store of each kind in them, and everything that is in such a store, to the byte.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use memtui::store::{claude_mem::schema, native};
use rusqlite::{Connection, params, types::ValueRef};
use serde_json::Value;

/// The kinds of store that differ in how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    ClaudeMem,
    Shared,
    McpMemory,
    Files,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::ClaudeMem, Self::Shared, Self::McpMemory, Self::Files];

    /// A field that can be edited on the command line, in the words of a proposal.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::McpMemory => "memory_type",
            Self::Files => "name",
            Self::ClaudeMem | Self::Shared => "title",
        }
    }
}

/// Memories in each store.
pub(crate) const MEMORIES: usize = 12;

/// Everything in a store: a line for each row, or a file's name with its permissions and bytes.
pub(crate) type State = BTreeMap<String, Vec<u8>>;

/// A store with a home of its own, so that nothing of the person who runs the tests is touched.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    pub(crate) kind: Kind,
}

impl Place {
    pub(crate) fn new(kind: Kind) -> Self {
        let place = Self { dir: in_memory(), kind };
        fs::create_dir_all(place.store_dir()).unwrap();
        match kind {
            Kind::ClaudeMem => claude_mem(&place.database()),
            Kind::Shared => shared(&place.database()),
            Kind::McpMemory => mcp_memory(&place.database()),
            Kind::Files => files(&place.memory_dir()),
        }
        place
    }

    /// The whole place: home and store.
    fn root(&self) -> PathBuf {
        self.dir.path().join("place")
    }

    /// Where the store is, and nothing else.
    pub(crate) fn store_dir(&self) -> PathBuf {
        self.root().join("store")
    }

    /// Where memtui keeps its own.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.root().join("data")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.data_dir().join("memtui/ledger.db")
    }

    pub(crate) fn cache_dir(&self) -> PathBuf {
        self.root().join("cache")
    }

    /// A file beside the place, which is there for the test.
    pub(crate) fn aside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.store_dir().join("store.db")
    }

    pub(crate) fn memory_dir(&self) -> PathBuf {
        self.store_dir().join(".claude/projects/-shop/memory")
    }

    /// A program in this place.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC");
        command.env("HOME", self.store_dir()).env("XDG_DATA_HOME", self.data_dir());
        for name in ["config", "state", "cache"] {
            command.env(format!("XDG_{}_HOME", name.to_uppercase()), self.root().join(name));
        }
        command.stdin(Stdio::null());
        command
    }

    /// The words by which memtui is told which store is meant.
    pub(crate) fn store_words(&self) -> Vec<String> {
        match self.kind {
            Kind::Files => Vec::new(),
            _ => vec!["--store".into(), self.database().to_str().unwrap().into()],
        }
    }

    /// memtui in this place, through another program where one is given.
    pub(crate) fn memtui(&self, through: &[&str], words: &[String]) -> Command {
        let mut line: Vec<String> = through.iter().map(|word| (*word).to_owned()).collect();
        line.push(env!("CARGO_BIN_EXE_memtui").to_owned());
        line.extend(self.store_words());
        line.extend_from_slice(words);
        let mut command = self.command(&line[0]);
        command.args(&line[1..]);
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        self.memtui(&[], &words).output().unwrap()
    }

    /// What it prints as JSON Lines; nothing when it found nothing.
    pub(crate) fn json(&self, words: &[&str]) -> Vec<Value> {
        let output = self.run(words);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The ids of the memories, in order; what stands in an index of files alone is not among them.
    pub(crate) fn ids(&self) -> Vec<String> {
        let listed = self.json(&["list", "--json"]);
        let mut ids: Vec<String> = listed.iter().map(|memory| memory["id"].as_str().unwrap().to_owned()).collect();
        ids.retain(|id| !id.contains("MEMORY.md"));
        ids.sort();
        ids
    }

    /// Number and count of applied changes of every operation, the latest first.
    pub(crate) fn operations(&self) -> Vec<(u64, u64)> {
        let log = self.json(&["log", "--limit", "1000", "--json"]);
        let number = |line: &Value, name: &str| line[name].as_u64().unwrap();
        log.iter().map(|line| (number(line, "operation"), number(line, "applied"))).collect()
    }

    /// Takes back everything that can be taken back.
    pub(crate) fn undo_all(&self, context: &str) {
        for _ in 0..1000 {
            let output = self.run(&["undo"]);
            match output.status.code() {
                Some(0) => {}
                Some(1) => return,
                other => panic!("{context}: undo ended with {other:?}: {}", said(&output)),
            }
        }
        panic!("{context}: undo never ends");
    }

    /// Keeps everything as it is now under a name.
    pub(crate) fn keep(&self, name: &str) {
        copy(&self.root(), &self.aside(name));
    }

    /// Makes everything as it was kept.
    pub(crate) fn go_back(&self, name: &str) {
        fs::remove_dir_all(self.root()).unwrap();
        copy(&self.aside(name), &self.root());
    }

    pub(crate) fn state(&self) -> State {
        state_of(self.kind, &self.store_dir())
    }
}

/// A directory that is in memory where there is one: what a kill leaves does not hang on the disk, and nobody waits for it.
fn in_memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// What a command said on standard error.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Everything in the store of a directory.
pub(crate) fn state_of(kind: Kind, store: &Path) -> State {
    let mut state = State::new();
    if kind == Kind::Files {
        look_at_files(&store.join(".claude/projects/-shop/memory"), "", &mut state);
    } else {
        look_at_tables(&store.join("store.db"), &mut state);
    }
    state
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

fn look_at_files(directory: &Path, inner: &str, state: &mut State) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = format!("{inner}{}", entry.file_name().to_str().unwrap());
        // What a killed process left beside a file is in nobody's way and goes with the next write.
        if name.ends_with(".memtui-tmp") {
            continue;
        }
        if entry.path().is_dir() {
            look_at_files(&entry.path(), &format!("{name}/"), state);
            continue;
        }
        let mode = entry.metadata().unwrap().permissions().mode();
        state.insert(format!("{name} {mode:o}"), fs::read(entry.path()).unwrap());
    }
}

/// Every cell of every table that is not the text index's own, typed, and whether the text index agrees with them.
fn look_at_tables(database: &Path, state: &mut State) {
    let db = Connection::open(database).unwrap();
    let mut query = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<(String, Option<String>)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (table, sql) in tables {
        if sql.is_some_and(|sql| sql.starts_with("CREATE VIRTUAL TABLE")) {
            if table.ends_with("_fts") {
                let sound =
                    db.execute(&format!("INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)"), []);
                state.insert(format!("{table} is sound"), format!("{sound:?}").into_bytes());
            }
            continue;
        }
        // Numbers that were given out are not given again.
        if table.contains("_fts_") || table == "sqlite_sequence" {
            continue;
        }
        let without = db.prepare(&format!("SELECT rowid, * FROM {table}")).is_err();
        let rowid = if without { "" } else { "rowid, " };
        let mut query = db.prepare(&format!("SELECT {rowid}* FROM {table}")).unwrap();
        let width = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let mut cells = Vec::new();
            (0..width).for_each(|column| cell(row.get_ref(column).unwrap(), &mut cells));
            state.insert(format!("{table} {:?}", row.get_ref(0).unwrap()), cells);
        }
    }
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    state.insert("integrity".to_owned(), sound.into_bytes());
}

fn cell(value: ValueRef<'_>, cells: &mut Vec<u8>) {
    match value {
        ValueRef::Null => cells.push(b'n'),
        ValueRef::Integer(number) => cells.extend_from_slice(format!("i{number}").as_bytes()),
        ValueRef::Real(number) => cells.extend_from_slice(format!("r{:x}", number.to_bits()).as_bytes()),
        ValueRef::Text(bytes) => cells.extend([b"t", bytes].concat()),
        ValueRef::Blob(bytes) => cells.extend([b"b", bytes].concat()),
    }
    cells.push(0);
}

const NOW: i64 = 1_780_000_000_000;

fn text(number: usize) -> String {
    format!("Lines of the cart are stored by number {number}. {}", "They survive a restart. ".repeat(10))
}

fn claude_mem(path: &Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA journal_mode=WAL; BEGIN").unwrap();
    schema::create(&db).unwrap();
    let session = schema::Session {
        content_session_id: "agent-session",
        memory_session_id: Some("observer-session"),
        project: "shop",
        started_at_epoch: NOW,
        ..Default::default()
    };
    session.insert(&db).unwrap();
    for number in 0..MEMORIES {
        let (title, narrative) = (format!("The cart keeps line {number}"), text(number));
        let observation = schema::Observation {
            memory_session_id: "observer-session",
            project: "shop",
            kind: "discovery",
            title: Some(&title),
            narrative: Some(&narrative),
            facts: Some(r#"["one","two"]"#),
            created_at_epoch: NOW + i64::try_from(number).unwrap(),
            ..Default::default()
        };
        observation.insert(&db).unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
}

fn shared(path: &Path) {
    native::create(path).unwrap();
    let db = Connection::open(path).unwrap();
    for number in 0..MEMORIES {
        let (title, body) = (format!("The cart keeps line {number}"), text(number));
        let hash = native::hash(&title, &body);
        db.execute(
            "INSERT INTO memory(title, body, bucket, project, tags, created, updated, hash)
             VALUES (?1, ?2, 'project', 'shop', '[\"cart\"]', ?3, ?3, ?4)",
            params![title, body, NOW, hash],
        )
        .unwrap();
    }
    db.execute_batch("INSERT INTO recall SELECT id, 3, 5 FROM memory WHERE id % 2").unwrap();
}

/// The product's tables with those behind its vectors, as its extension makes them.
const MCP_MEMORY: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE metadata(key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE memories(id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT UNIQUE NOT NULL,
        content TEXT NOT NULL, tags TEXT, memory_type TEXT, metadata TEXT, created_at REAL, updated_at REAL,
        created_at_iso TEXT, updated_at_iso TEXT, deleted_at REAL DEFAULT NULL, parent_id TEXT,
        version INTEGER DEFAULT 1, confidence REAL DEFAULT 1.0, last_accessed INTEGER, superseded_by TEXT);
    CREATE TABLE memory_graph(source_hash TEXT NOT NULL, target_hash TEXT NOT NULL, similarity REAL NOT NULL,
        connection_types TEXT NOT NULL, metadata TEXT, created_at REAL NOT NULL,
        relationship_type TEXT DEFAULT 'related', PRIMARY KEY(source_hash, target_hash));
    CREATE VIRTUAL TABLE memory_content_fts USING fts5(content, content='memories', content_rowid='id',
        tokenize='trigram');
    CREATE TRIGGER memories_fts_ai AFTER INSERT ON memories BEGIN
        INSERT INTO memory_content_fts(rowid, content) VALUES (new.id, new.content); END;
    CREATE TRIGGER memories_fts_au AFTER UPDATE ON memories BEGIN
        DELETE FROM memory_content_fts WHERE rowid = old.id;
        INSERT INTO memory_content_fts(rowid, content) VALUES (new.id, new.content); END;
    CREATE TRIGGER memories_fts_ad AFTER DELETE ON memories BEGIN
        DELETE FROM memory_content_fts WHERE rowid = old.id; END;
    CREATE TABLE memory_embeddings_info(key TEXT PRIMARY KEY, value ANY);
    CREATE TABLE memory_embeddings_chunks(chunk_id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL,
        validity BLOB NOT NULL, rowids BLOB NOT NULL);
    CREATE TABLE memory_embeddings_rowids(rowid INTEGER PRIMARY KEY AUTOINCREMENT, id, chunk_id INTEGER,
        chunk_offset INTEGER);
    CREATE TABLE memory_embeddings_vector_chunks00(rowid PRIMARY KEY, vectors BLOB NOT NULL);
    PRAGMA writable_schema = ON;
    INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES ('table', 'memory_embeddings',
        'memory_embeddings', 0, 'CREATE VIRTUAL TABLE memory_embeddings USING vec0(
            content_embedding FLOAT[4] distance_metric=cosine)');
    PRAGMA writable_schema = RESET;";

/// Places for vectors in a chunk.
const SLOTS: usize = 16;

fn mcp_memory(path: &Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch(MCP_MEMORY).unwrap();
    let (mut validity, mut rowids, mut vectors) =
        (vec![0_u8; SLOTS / 8], vec![0_u8; SLOTS * 8], vec![0_u8; SLOTS * 16]);
    for slot in 0..MEMORIES {
        let id = i64::try_from(slot + 1).unwrap();
        validity[slot / 8] |= 1 << (slot % 8);
        rowids[slot * 8..][..8].copy_from_slice(&id.to_le_bytes());
        vectors[slot * 16..][..16].fill(u8::try_from(slot).unwrap() + 1);
        db.execute(
            "INSERT INTO memories(content_hash, content, tags, memory_type, metadata, created_at, updated_at,
             created_at_iso, updated_at_iso) VALUES (?1, ?2, 'cart', 'decision', '{\"project\": \"shop\"}', ?3, ?3, 'iso', 'iso')",
            params![format!("h{id}"), text(slot), 1_780_000_000.125],
        )
        .unwrap();
        db.execute("INSERT INTO memory_embeddings_rowids VALUES (?1, NULL, 1, ?2)", params![id, id - 1]).unwrap();
    }
    db.execute("INSERT INTO memory_embeddings_chunks VALUES (1, 16, ?1, ?2)", params![validity, rowids]).unwrap();
    db.execute("INSERT INTO memory_embeddings_vector_chunks00(_rowid_, rowid, vectors) VALUES (1, 1, ?1)", [vectors])
        .unwrap();
    db.execute_batch("INSERT INTO memory_graph VALUES ('h1', 'h2', 0.9, '[\"semantic\"]', NULL, 1.5, 'related')")
        .unwrap();
}

fn files(memory: &Path) {
    fs::create_dir_all(memory).unwrap();
    let mut index = "# Index\n\n".to_owned();
    for number in 0..MEMORIES {
        let head = format!("---\nname: cart-{number}\ntype: user\n---\r\n");
        fs::write(memory.join(format!("cart-{number}.md")), head + &text(number)).unwrap();
        let _ = writeln!(index, "- [Cart {number}](cart-{number}.md) — line {number}");
    }
    index.push_str("\n## Loose\n\nText.");
    fs::write(memory.join("MEMORY.md"), index).unwrap();
}
