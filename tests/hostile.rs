//! Databases that are hostile, damaged, locked or gone: each gives memories or a sentence, never a panic or a hang.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail at once")]

use std::{
    fs,
    io::Write as _,
    ops::ControlFlow,
    os::unix::{fs::PermissionsExt as _, net::UnixListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use memtui::store::{
    Expect, Intent, Make, Needle, Problem, Reader, ScanOf, Store,
    claude_mem::schema,
    discover::{Environment, open_in},
};
use rusqlite::Connection;

/// How long one whole look at a small hostile database may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn open(path: &Path) -> Result<Arc<dyn Store>, Problem> {
    let began = Instant::now();
    let result = open_in(&Environment::default(), path, &[]);
    assert!(began.elapsed() < PATIENCE, "{} hangs", path.display());
    result
}

/// The sentence that refuses a path; it must name the path and say what to do.
fn refusal(path: &Path) -> String {
    let Err(problem) = open(path) else { panic!("{} was opened", path.display()) };
    let sentence = problem.to_string();
    assert!(sentence.contains(&*path.display().to_string()), "{sentence}");
    assert!(sentence.contains("; ") && sentence.len() > path.as_os_str().len() + 30, "{sentence}");
    assert!(!sentence.contains("SQLITE_") && !sentence.contains("Error {"), "{sentence}");
    sentence
}

/// A database with `rows` observations, checkpointed into one file.
fn database(path: &Path, rows: i64) {
    let conn = Connection::open(path).unwrap();
    schema::create(&conn).unwrap();
    conn.execute_batch("BEGIN").unwrap();
    for number in 0..=rows / 50 {
        let (content, memory) = (format!("c{number}"), format!("m{number}"));
        schema::Session {
            content_session_id: &content,
            memory_session_id: Some(&memory),
            project: "p",
            ..schema::Session::default()
        }
        .insert(&conn)
        .unwrap();
    }
    for number in 0..rows {
        let (memory, title) = (format!("m{}", number / 50), format!("memory number {number} about pools"));
        schema::Observation {
            memory_session_id: &memory,
            project: "p",
            kind: "bugfix",
            title: Some(&title),
            narrative: Some("The pool leaked under load because nobody gave connections back."),
            facts: Some(r#"["one","two"]"#),
            concepts: Some(r#"["gotcha"]"#),
            created_at_epoch: number,
            ..schema::Observation::default()
        }
        .insert(&conn)
        .unwrap();
    }
    conn.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
}

/// Asks a reader everything there is to ask. Problems are fine, panics are not.
fn ask_everything(reader: &mut dyn Reader) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut handles = Vec::new();
    problems.extend(reader.pulse().err());
    problems.extend(reader.newest(50).err());
    problems.extend(reader.outline(&mut |handle, _| handles.push(handle)).err());
    problems.extend(reader.fresh(&mut |_, _| {}).err());
    problems.extend(reader.scan(ScanOf::All, &mut |_| ControlFlow::Continue(())).err());
    problems.extend(reader.rows(&handles).err());
    for handle in handles.iter().take(20) {
        problems.extend(reader.memory(*handle).err());
        problems.extend(reader.image(*handle).err());
        problems.extend(reader.editable(*handle).err());
    }
    for needle in [
        Needle::Word("pool".into(), true),
        Needle::Phrase("leaked under".into()),
        Needle::Tag("gotcha".into()),
        Needle::File("x".into()),
        Needle::Session("c1".into()),
    ] {
        problems.extend(reader.search(&needle, &mut |_| ControlFlow::Continue(())).err());
        problems.extend(reader.ranked(&[needle], 10).err());
    }
    problems.extend(reader.check().err());
    problems
}

fn delete_first(store: &dyn Store) -> Result<(), Problem> {
    let intent = Intent { native: "observation/1".into(), expect: Expect::Anything, make: Make::Delete };
    store.writer()?.apply(vec![intent], &mut |_: &[memtui::change::Change]| Ok(())).map(|_| ())
}

fn files_in(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn paths_that_lead_to_no_store_are_refused_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    assert!(matches!(open(&at("nowhere")), Err(Problem::Missing(_))));
    refusal(&at("nowhere"));
    fs::create_dir(at("directory")).unwrap();
    assert!(refusal(&at("directory")).contains("directory"));
    fs::write(at("empty"), "").unwrap();
    assert!(refusal(&at("empty")).contains("empty"));
    fs::write(at("text"), "Dear diary, this is no database but it is long enough to be looked at.").unwrap();
    assert!(refusal(&at("text")).contains("no SQLite database"));
    fs::write(at("short"), "x").unwrap();
    refusal(&at("short"));
    let noise: Vec<u8> = (0..8192u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
    fs::write(at("encrypted"), noise).unwrap();
    assert!(refusal(&at("encrypted")).contains("encrypted"));
    std::os::unix::fs::symlink(at("loop-b"), at("loop-a")).unwrap();
    std::os::unix::fs::symlink(at("loop-a"), at("loop-b")).unwrap();
    assert!(refusal(&at("loop-a")).contains("links"));
    std::os::unix::fs::symlink(at("gone"), at("dangling")).unwrap();
    assert!(refusal(&at("dangling")).contains("link"));
    let _socket = UnixListener::bind(at("socket")).unwrap();
    assert!(refusal(&at("socket")).contains("socket"));
    assert!(refusal(Path::new("/dev/null")).contains("device"));
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    assert!(refusal(&at("pipe")).contains("pipe"));
    Connection::open(at("other.db")).unwrap().execute_batch("CREATE TABLE notes(body)").unwrap();
    assert!(refusal(&at("other.db")).contains("sdk_sessions"));
    assert!(refusal(dir.path()).contains("none of the"));
}

#[test]
fn truncated_files_give_a_sentence_or_what_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole.db");
    database(&whole, 300);
    let bytes = fs::read(&whole).unwrap();
    for length in
        [1, 15, 16, 50, 99, 100, 511, 512, 4095, 4096, 4097, 8192, bytes.len() / 2, bytes.len() - 4096, bytes.len() - 1]
    {
        let path = dir.path().join(format!("cut-{length}.db"));
        fs::write(&path, &bytes[..length]).unwrap();
        match open(&path) {
            Ok(store) => {
                for problem in ask_everything(store.reader().unwrap().as_mut()) {
                    assert!(problem.to_string().contains("cut-"), "{problem}");
                }
            }
            Err(problem) => assert!(problem.to_string().contains("; "), "{length}: {problem}"),
        }
    }
}

/// Flips bytes one at a time in fresh copies. `MEMTUI_FULL=1` does 400 trials instead of 100.
#[test]
fn flipped_bytes_never_make_it_panic_or_hang() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole.db");
    database(&whole, 120);
    let bytes = fs::read(&whole).unwrap();
    let trials = if std::env::var_os("MEMTUI_FULL").is_some() { 400 } else { 100 };
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut read = 0;
    for trial in 0..trials {
        let mut flipped = bytes.clone();
        // Half of the trials hit the header and the schema, where most harm is done.
        let place = if trial % 2 == 0 { random(8192.min(bytes.len())) } else { random(bytes.len()) };
        flipped[place] ^= 1 << random(8);
        let path = dir.path().join("flipped.db");
        for ending in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(dir.path().join(format!("flipped.db{ending}")));
        }
        fs::write(&path, &flipped).unwrap();
        let began = Instant::now();
        if let Ok(store) = open(&path) {
            if let Ok(mut reader) = store.reader() {
                ask_everything(reader.as_mut());
                read += 1;
            }
            let _ = delete_first(store.as_ref());
        }
        assert!(began.elapsed() < PATIENCE, "trial {trial} at byte {place} hangs");
    }
    assert!(read > trials / 2, "only {read} of {trials} were readable");
}

#[test]
fn schemas_nobody_has_seen_are_browsed() {
    let changes: [(&str, &str); 9] = [
        ("renamed column", "ALTER TABLE observations RENAME COLUMN title TO headline"),
        (
            "no time",
            "DROP INDEX IF EXISTS idx_observations_created; DROP INDEX IF EXISTS idx_observations_content_hash; ALTER TABLE observations DROP COLUMN created_at_epoch",
        ),
        ("no summaries", "DROP TABLE session_summaries"),
        ("no prompts", "DROP TABLE user_prompts"),
        ("no index", "DROP TABLE observations_fts"),
        (
            "no platform",
            "DROP INDEX IF EXISTS idx_sdk_sessions_platform_source; DROP INDEX IF EXISTS ux_sdk_sessions_platform_content; ALTER TABLE sdk_sessions DROP COLUMN platform_source",
        ),
        ("renamed session", "ALTER TABLE observations RENAME COLUMN memory_session_id TO mind_id"),
        ("text version", "UPDATE schema_versions SET version = 'next' WHERE version = 49"),
        ("computed column", "ALTER TABLE observations ADD COLUMN loud TEXT AS (upper(title)) VIRTUAL"),
    ];
    for (name, change) in changes {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.db");
        database(&path, 60);
        let triggers = "DROP TRIGGER observations_ai; DROP TRIGGER observations_ad; DROP TRIGGER observations_au;";
        let conn = Connection::open(&path).unwrap();
        if conn.execute_batch(change).is_err() {
            conn.execute_batch(&format!("{triggers}{change}")).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        drop(conn);
        let store = open(&path).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let mut reader = store.reader().unwrap();
        assert_eq!(ask_everything(reader.as_mut()).len(), 0, "{name}");
        assert_eq!(reader.newest(100).unwrap().len(), 60, "{name}");
        if name == "computed column" || name == "no prompts" || name == "text version" {
            delete_first(store.as_ref()).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            assert_eq!(reader.newest(100).unwrap().len(), 59, "{name}");
        }
    }
}

#[test]
fn an_unknown_tokenizer_leaves_reading_and_stops_writing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.db");
    database(&path, 20);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = replace(sql, 'content=''observations''', 'tokenize=''martian'', content=''observations''')
            WHERE name = 'observations_fts';",
    )
    .unwrap();
    drop(conn);
    let store = open(&path).unwrap();
    assert!(store.objection().is_some_and(|reason| reason.contains("full-text")), "{:?}", store.objection());
    let mut reader = store.reader().unwrap();
    let mut found = 0;
    reader
        .search(&Needle::Word("pools".into(), false), &mut |_| {
            found += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(found, 20);
    assert!(matches!(delete_first(store.as_ref()), Err(Problem::ReadOnly { .. })));
}

#[test]
fn a_locked_database_is_busy_and_nothing_worse() {
    for (mode, lock, readable) in
        [("WAL", "BEGIN IMMEDIATE", true), ("DELETE", "BEGIN IMMEDIATE", true), ("DELETE", "BEGIN EXCLUSIVE", false)]
    {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.db");
        database(&path, 20);
        let other = Connection::open(&path).unwrap();
        other.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(())).unwrap();
        let store = open(&path).unwrap();
        let mut reader = store.reader().unwrap();
        other.execute_batch(lock).unwrap();
        let page = reader.newest(10);
        assert_eq!(page.is_ok(), readable, "{mode} {lock}: {page:?}");
        if let Err(problem) = page {
            assert!(matches!(problem, Problem::Busy(_)), "{problem}");
            assert!(matches!(open(&path), Err(Problem::Busy(_))));
        } else if mode == "WAL" {
            assert!(matches!(delete_first(store.as_ref()), Err(Problem::Busy(_))));
        }
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(reader.newest(10).unwrap().len(), 10);
        delete_first(store.as_ref()).unwrap();
        assert_eq!(reader.newest(100).unwrap().len(), 19);
    }
}

#[test]
fn rows_in_the_log_alone_are_seen_and_reading_changes_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.db");
    let agent = Connection::open(&path).unwrap();
    agent.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    schema::create(&agent).unwrap();
    schema::Session { content_session_id: "c", memory_session_id: Some("m"), ..schema::Session::default() }
        .insert(&agent)
        .unwrap();
    schema::Observation {
        memory_session_id: "m",
        kind: "bugfix",
        title: Some("only in the log"),
        ..schema::Observation::default()
    }
    .insert(&agent)
    .unwrap();
    assert!(fs::metadata(&path).unwrap().len() <= 4096);
    let log = fs::metadata(dir.path().join("m.db-wal")).unwrap().len();
    let files = files_in(dir.path());
    let store = open(&path).unwrap();
    let mut reader = store.reader().unwrap();
    assert_eq!(reader.newest(5).unwrap()[0].title, "only in the log");
    assert!(ask_everything(reader.as_mut()).is_empty());
    delete_first(store.as_ref()).unwrap();
    drop((reader, store));
    assert_eq!(files_in(dir.path()), files, "nothing appears beside the database, and closing takes nothing away");
    assert!(fs::metadata(dir.path().join("m.db-wal")).unwrap().len() >= log);
    assert!(fs::metadata(&path).unwrap().len() <= 4096, "closing is no checkpoint");
}

#[test]
fn what_may_not_be_written_is_opened_read_only_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.db");
    database(&path, 20);
    let before = files_in(dir.path());
    let set = |mode| fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    set(0o555);
    // The superuser may write everywhere, so there is nothing to see then.
    let superuser = fs::File::create(dir.path().join("probe")).is_ok();
    if superuser {
        eprintln!("skipped: the superuser's writes are never refused");
        set(0o755);
        return;
    }
    let store = open(&path).unwrap();
    assert!(
        store.about().read_only.as_ref().is_some_and(|reason| reason.contains("cannot be written")),
        "{:?}",
        store.about()
    );
    assert_eq!(ask_everything(store.reader().unwrap().as_mut()).len(), 0);
    assert!(delete_first(store.as_ref()).is_err());
    assert_eq!(files_in(dir.path()), before);
    set(0o755);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    assert!(matches!(open(&path), Err(Problem::Denied { .. })));
}

#[test]
fn a_file_that_turns_into_rubbish_while_open_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.db");
    database(&path, 500);
    let store = open(&path).unwrap();
    let mut reader = store.reader().unwrap();
    reader.newest(5).unwrap();
    let length = fs::metadata(&path).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all(&vec![0xA5; usize::try_from(length).unwrap()]).unwrap();
    drop(file);
    ask_everything(reader.as_mut());
    let sentence = open(&path).err().unwrap().to_string();
    assert!(sentence.contains("m.db"), "{sentence}");
}
