//! The sample store is what its assets say, and has one of everything that memtui warns about.

use rusqlite::Connection;

use super::*;
use crate::store::claude_mem::schema;

const NOW: EpochMs = 1_795_000_000_000;

fn demo() -> (tempfile::TempDir, Connection, Built) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claude-mem.db");
    let built = build(&path, NOW).unwrap();
    let conn = Connection::open(&path).unwrap();
    (folder, conn, built)
}

fn number(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

#[test]
fn counts_match_the_assets() {
    let (_folder, conn, built) = demo();
    for (table, count) in [
        ("sdk_sessions", built.sessions),
        ("observations", built.observations),
        ("session_summaries", built.summaries),
        ("user_prompts", built.prompts),
    ] {
        assert_eq!(number(&conn, &format!("SELECT count(*) FROM {table}")), i64::try_from(count).unwrap(), "{table}");
    }
    assert!(built.observations >= 180, "{built:?}");
    assert!(built.summaries >= 25 && built.prompts >= 50, "{built:?}");
}

#[test]
fn the_full_text_index_agrees_with_the_tables() {
    let (_folder, conn, _) = demo();
    for table in ["observations_fts", "session_summaries_fts", "user_prompts_fts"] {
        conn.execute(&format!("INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)"), []).unwrap();
    }
    let found = number(&conn, "SELECT count(*) FROM observations_fts WHERE observations_fts MATCH 'vercel'");
    assert!(found >= 4, "{found}");
}

#[test]
fn hashes_and_times_are_as_the_product_writes_them() {
    let (_folder, conn, built) = demo();
    let mut rows = conn
        .prepare(
            "SELECT memory_session_id, title, narrative, content_hash, created_at, created_at_epoch FROM observations",
        )
        .unwrap();
    let mut rows = rows.query([]).unwrap();
    let mut seen = 0;
    let mut before = EpochMs::MIN;
    while let Some(row) = rows.next().unwrap() {
        let text = |at: usize| row.get::<_, Option<String>>(at).unwrap().unwrap_or_default();
        assert_eq!(text(3), schema::content_hash(text(0).as_bytes(), text(1).as_bytes(), text(2).as_bytes()));
        let epoch: EpochMs = row.get(5).unwrap();
        assert_eq!(text(4), schema::iso(epoch));
        assert!(epoch >= before, "ids and times run alike");
        before = epoch;
        seen += 1;
    }
    assert_eq!(seen, built.observations);
}

#[test]
fn the_same_moment_gives_the_same_rows() {
    let dump = |conn: &Connection| -> Vec<String> {
        let sql = "SELECT id || memory_session_id || coalesce(title, '') || facts || created_at_epoch || content_hash
                   FROM observations ORDER BY id";
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    let ((_first, one, _), (_second, two, _)) = (demo(), demo());
    assert_eq!(dump(&one), dump(&two));
}

#[test]
fn nothing_is_overwritten() {
    let (folder, ..) = demo();
    let error = build(&folder.path().join("claude-mem.db"), NOW).unwrap_err();
    assert!(error.to_string().contains("already"), "{error}");
}

#[test]
fn the_store_reads_all_of_it() {
    let (folder, _conn, built) = demo();
    let path = folder.path().join("claude-mem.db");
    let store = crate::store::claude_mem::open(&path, "claude-mem".into(), &std::collections::BTreeMap::new()).unwrap();
    assert_eq!(store.about().read_only, None);
    let rows = store.reader().unwrap().newest(10_000).unwrap();
    assert_eq!(rows.len(), built.observations + built.summaries + built.prompts);
    assert!(rows.iter().any(|row| row.scope.project.is_none()), "some belong to the person");
}

#[test]
fn two_demos_are_two_stores() {
    let folder = tempfile::tempdir().unwrap();
    let identity = |name: &str, now| {
        let path = folder.path().join(name).join("claude-mem.db");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        build(&path, now).unwrap();
        let store = crate::store::claude_mem::open(&path, name.into(), &std::collections::BTreeMap::new()).unwrap();
        store.about().identity.clone()
    };
    assert_ne!(identity("a", NOW), identity("b", NOW + 1));
}

/// Each line: what is planted, a query that counts it, the least number of it.
const PLANTED: [(&str, &str, i64); 22] = [
    (
        "exact duplicates",
        "SELECT count(*) FROM observations a JOIN observations b USING (title, narrative, facts) WHERE a.id < b.id",
        3,
    ),
    (
        "exact duplicates across projects",
        "SELECT count(*) FROM observations a JOIN observations b USING (title, narrative, facts)
         WHERE a.id < b.id AND a.project <> b.project",
        1,
    ),
    ("near duplicates", "SELECT count(*) FROM observations WHERE title LIKE 'Rate limiter%' AND type = 'discovery'", 3),
    ("the old fact", "SELECT count(*) FROM observations WHERE title = 'Deploy the API on Vercel'", 1),
    (
        "the fact that replaced it, later",
        "SELECT count(*) FROM observations a JOIN observations b ON a.project = b.project AND a.id < b.id
         WHERE a.title = 'Deploy the API on Vercel' AND b.title = 'Deploys moved from Vercel to Fly.io'",
        1,
    ),
    ("contradiction: prices", "SELECT count(*) FROM observations WHERE title LIKE 'Prices are stored as %'", 2),
    ("contradiction: iOS", "SELECT count(*) FROM observations WHERE title LIKE 'Minimum iOS version is %'", 2),
    (
        "old decisions",
        "SELECT count(*) FROM observations WHERE type = 'decision' AND created_at_epoch < 1795000000000 - 200 * 86400000",
        5,
    ),
    ("a token", "SELECT count(*) FROM observations WHERE narrative GLOB '*ghp_[0-9A-Za-z]*'", 1),
    ("an access key", "SELECT count(*) FROM observations WHERE narrative LIKE '%AKIAQ7RSTUVWX2YZ4ABC%'", 1),
    (
        "passwords",
        "SELECT count(*) FROM observations WHERE narrative LIKE '%password%=%' OR narrative LIKE '%password: %'",
        2,
    ),
    ("zero-width space", "SELECT count(*) FROM observations WHERE instr(title || narrative, char(0x200b)) > 0", 1),
    ("right-to-left override", "SELECT count(*) FROM observations WHERE instr(title, char(0x202e)) > 0", 1),
    ("tag characters", "SELECT count(*) FROM observations WHERE instr(narrative, char(0xe0069)) > 0", 1),
    ("an order to the agent", "SELECT count(*) FROM observations WHERE narrative LIKE '%do not tell the user%'", 1),
    ("no concepts", "SELECT count(*) FROM observations WHERE concepts = '[]'", 15),
    ("noise", "SELECT count(*) FROM observations WHERE length(narrative) < 15", 4),
    ("a time in the future", "SELECT count(*) FROM observations WHERE created_at_epoch > 1795000000000", 1),
    (
        "Chinese, Japanese, Persian",
        "SELECT count(*) FROM observations WHERE unicode(title) BETWEEN 0x600 AND 0x9fff",
        4,
    ),
    ("a very long memory", "SELECT count(*) FROM observations WHERE length(narrative) > 4000", 1),
    ("code", "SELECT count(*) FROM observations WHERE narrative LIKE '%```%'", 6),
    ("from another machine", "SELECT count(*) FROM observations WHERE origin_device_id IS NOT NULL", 2),
];

#[test]
fn everything_planted_is_there() {
    let (_folder, conn, _) = demo();
    for (what, sql, least) in PLANTED {
        let found = number(&conn, sql);
        assert!(found >= least, "{what}: {found} of {least}");
    }
    for (what, sql, least) in [
        ("agents", "SELECT count(DISTINCT platform_source) FROM sdk_sessions", 3),
        ("projects", "SELECT count(DISTINCT project) FROM observations WHERE project <> ''", 6),
        ("models", "SELECT count(DISTINCT generated_by_model) FROM observations", 4),
        ("subagents", "SELECT count(*) FROM observations WHERE agent_type IS NOT NULL", 3),
        ("saved by hand", "SELECT count(*) FROM observations WHERE memory_session_id LIKE 'manual-%'", 10),
        ("of the person", "SELECT count(*) FROM observations WHERE project = ''", 5),
        (
            "open sessions",
            "SELECT count(*) FROM sdk_sessions WHERE status = 'active' AND content_session_id NOT LIKE 'manual-%'",
            2,
        ),
        ("a worktree", "SELECT count(*) FROM observations WHERE merged_into_project IS NOT NULL", 2),
    ] {
        let found = number(&conn, sql);
        assert!(found >= least, "{what}: {found} of {least}");
    }
}

#[test]
fn files_are_there_but_for_the_gone_ones() {
    let (folder, conn, _) = demo();
    let mut rows = conn.prepare("SELECT files_read, files_modified FROM observations").unwrap();
    let lists: Vec<(String, String)> =
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<rusqlite::Result<_>>().unwrap();
    let files = lists.iter().flat_map(|(read, modified)| [read, modified]);
    let (mut there, mut gone) = (0, 0);
    for file in files.flat_map(|list| serde_json::from_str::<Vec<String>>(list).unwrap()) {
        if file.starts_with(folder.path().to_str().unwrap()) {
            *(if Path::new(&file).is_file() { &mut there } else { &mut gone }) += 1;
        }
    }
    assert!(there > 50 && gone >= 6, "{there} there, {gone} gone");
    assert!(folder.path().join("code/loomshop-api/.git/HEAD").is_file());
}

#[test]
fn what_is_called_gone_is_named_by_a_memory() {
    for sample in sample::all().unwrap() {
        let named: Vec<&String> = sample
            .sessions
            .iter()
            .flat_map(|session| &session.observations)
            .flat_map(|memory| memory.read.iter().chain(&memory.modified))
            .collect();
        for file in &sample.gone {
            assert!(named.contains(&file), "{}: nothing names {file}", sample.project);
        }
    }
}
