//! What an agent sees of the shared database, and what it never does.

use rusqlite::Connection;

use super::{search::*, *};
use crate::store::native;

const NOW: EpochMs = 1_000_000;

fn shelf() -> (tempfile::TempDir, std::path::PathBuf, Shelf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("memories.db");
    native::create(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "INSERT INTO memory(title, body, kind, bucket, project, agent, created, updated, state, expires_at) VALUES
                ('', 'the queue deploys the shop', 'fact', 'project', 'shop', NULL, 10, 10, 'live', NULL),
                ('', 'the queue deploys the till', 'fact', 'project', 'till', NULL, 20, 20, 'live', NULL),
                ('', 'likes a queue', 'preference', 'user', NULL, NULL, 30, 30, 'live', NULL),
                ('', 'queue of another agent', 'fact', 'project', 'shop', 'other', 40, 40, 'live', NULL),
                ('', 'queue that was replaced', 'fact', 'project', 'shop', NULL, 50, 50, 'superseded', NULL),
                ('', 'queue that is over', 'fact', 'project', 'shop', NULL, 60, 60, 'live', 999999),
                ('', 'queue that ends later', 'lesson', 'project', 'shop', 'mine', 70, 70, 'live', 1000001);",
        )
        .unwrap();
    let shelf = Shelf::open(&path).unwrap();
    (dir, path, shelf)
}

fn sight(scopes: &[&str]) -> Sight {
    Sight { scopes: scopes.iter().map(|text| ScopePattern::of(text)).collect(), agent: "mine".into() }
}

fn ids(kept: &[Kept]) -> Vec<i64> {
    kept.iter().map(|kept| kept.id).collect()
}

#[test]
fn only_what_may_be_seen_is_found_by_any_way() {
    let (_dir, _path, mut shelf) = shelf();
    for (scopes, seen) in [
        (vec!["shop"], vec![7, 1]),
        (vec!["user"], vec![3]),
        (vec!["sh*", "user"], vec![7, 3, 1]),
        (vec!["nil"], vec![]),
    ] {
        let sight = sight(&scopes);
        let sought = Sought { words: "queue", ..Sought::default() };
        let mut found = shelf.search(&sight, &sought, 10, NOW).unwrap();
        assert!(found.complete);
        found.hits.sort_by_key(|(kept, _)| std::cmp::Reverse(kept.id));
        assert_eq!(found.hits.iter().map(|(kept, _)| kept.id).collect::<Vec<_>>(), seen, "{scopes:?}");
        assert_eq!(ids(&shelf.newest(&sight, &Sought::default(), 9, NOW).unwrap()), seen);
        let mut all = ids(&shelf.these(&sight, &[1, 2, 3, 4, 5, 6, 7, 8, i64::MAX, -1], NOW).unwrap());
        all.reverse();
        assert_eq!(all, seen);
        for id in 1..8 {
            let around = ids(&shelf.around(&sight, id, 9, NOW).unwrap());
            assert!(around.iter().all(|it| seen.contains(it)) && around.is_empty() != seen.contains(&id), "{around:?}");
        }
        let twin = shelf.twin(&sight, "", "the queue deploys the TILL", NOW).unwrap();
        assert!(twin.is_none());
    }
    let twin = shelf.twin(&sight(&["till"]), "", "the queue deploys the TILL", NOW).unwrap();
    assert_eq!(twin.map(|kept| kept.id), None, "these rows were written without a hash");
}

#[test]
fn what_is_over_is_said_to_whom_it_was_for_and_to_nobody_else() {
    let (_dir, _path, mut shelf) = shelf();
    let why: Vec<bool> = (1..=8).map(|id| shelf.why_not(&sight(&["shop"]), id, NOW).unwrap().is_some()).collect();
    assert_eq!(why, [false, false, false, false, true, true, false, false]);
    assert!((1..=8).all(|id| shelf.why_not(&sight(&["till"]), id, NOW).unwrap().is_none()));
}

#[test]
fn a_common_word_and_a_rare_one_are_found_among_few() {
    let (_dir, path, shelf) = shelf();
    let conn = Connection::open(&path).unwrap();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
        INSERT INTO memory(body, bucket, project, created, updated)
        SELECT 'common queue ' || i, 'project', iif(i % 40 = 0, 'shop', 'till'), i, i FROM n";
    conn.execute_batch(many).unwrap();
    let mut few: Vec<i64> = conn
        .prepare(
            "SELECT id FROM memory WHERE project = 'shop' AND agent IS NULL AND state = 'live' AND body LIKE 'common%'",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    few.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    let sight = sight(&["shop"]);
    let sought = Sought::default();
    let ask = Ask { sight: &sight, sought: &sought, now: NOW, few: Some(&few) };
    assert_eq!(shelf.hits(&ask, "common", 100).unwrap(), (few.clone(), true), "gone through one by one after the hits");
    assert_eq!(shelf.hits(&ask, "40", 100).unwrap().0.len(), 1, "asked for once");
    assert_eq!(shelf.hits(&ask, "41", 100).unwrap().0.len(), 0);
}

#[test]
fn streaming_hits_sees_the_same_as_going_through_few() {
    let (_dir, _path, shelf) = shelf();
    let sight = sight(&["shop", "user"]);
    let sought = Sought::default();
    let few = [7, 3, 1];
    let among = Ask { sight: &sight, sought: &sought, now: NOW, few: Some(&few) };
    let streamed = Ask { few: None, ..among };
    for words in ["queue", "the queue", "deploys", "nothing"] {
        let found = shelf.hits(&among, words, 100).unwrap();
        assert_eq!(shelf.hits(&streamed, words, 100).unwrap(), found, "{words}");
    }
    assert!(!shelf.hits(&streamed, "queue", 2).unwrap().1, "what was not looked at is said");
}

#[test]
fn words_are_words_and_rare_ones_count_more() {
    let (_dir, _path, mut shelf) = shelf();
    let all = sight(&["*", "user"]);
    let mut best = |words: &str| {
        let found = shelf.search(&all, &Sought { words, ..Sought::default() }, 10, NOW).unwrap();
        found.hits.first().map(|(kept, _)| kept.id)
    };
    assert_eq!(best("how does the queue get to the till?"), Some(2));
    assert_eq!(best("till OR \"shop\" NEAR(x) -title:* \u{0}"), Some(2));
    assert_eq!(best("\" ' ; DROP TABLE memory --"), None);
    assert_eq!(best(""), None);
    let kind = Sought { words: "queue", kind: Some("lesson"), since: Some(65) };
    assert_eq!(shelf.search(&all, &kind, 10, NOW).unwrap().hits.len(), 1);
}

#[test]
fn recalls_are_counted_together() {
    let (_dir, path, mut shelf) = shelf();
    let tally = Tally::open(&path).unwrap();
    for at in [5, 9, 7] {
        tally.count(1, at);
    }
    tally.count(99, 5);
    drop(tally);
    let kept = shelf.these(&sight(&["shop"]), &[1, 7], NOW).unwrap();
    assert_eq!(kept[0].recalled, Some((3, 9)));
    assert_eq!(kept[1].recalled, None);
}
