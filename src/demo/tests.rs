//! The sample store is what its assets say, and has one of everything that memtui warns about.

use rusqlite::Connection;

use super::*;

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
    assert!(built.observations >= 190, "{built:?}");
    assert!(built.summaries >= 25 && built.prompts >= 50, "{built:?}");
}
