//! What memtui does to the write-ahead log of a database in which an agent writes all the time.

use super::*;

/// Writes as an agent does, and says how long the log is after each write at most.
fn write(agent: &Connection, place: &Place, times: usize) -> u64 {
    let mut longest = 0;
    for _ in 0..times {
        let title = format!("The agent goes on after row {}", agent.last_insert_rowid());
        let observation = schema::Observation {
            memory_session_id: "observer-session",
            project: "shop",
            kind: "change",
            title: Some(&title),
            narrative: Some("It writes down what it did, again and again."),
            created_at_epoch: 1_790_000_000_000,
            ..Default::default()
        };
        observation.insert(agent).unwrap();
        longest = longest.max(std::fs::metadata(place.dir.path().join("store.db-wal")).unwrap().len());
    }
    longest
}

#[test]
fn the_log_becomes_hardly_longer_than_the_agent_alone_makes_it() {
    const ROUNDS: usize = 8;
    let alone = {
        let place = Place::with(3000);
        let agent = place.somebody_else();
        write(&agent, &place, 400)
    };
    let place = Place::with(3000);
    let agent = place.somebody_else();
    let mut beside = 0;
    for round in 0..ROUNDS {
        // So many at a time that acts come at every length of the log.
        beside = beside.max(write(&agent, &place, 17));
        let ids: Vec<String> = (0..50).map(|at| format!("claude-mem:observation/{}", 1 + round + at * 59)).collect();
        let prune: Vec<&str> = ["prune", "--yes"].into_iter().chain(ids.iter().map(String::as_str)).collect();
        assert!(place.run(&prune).status.success());
        beside = beside.max(write(&agent, &place, 17));
        assert!(place.run(&["undo"]).status.success());
    }
    beside = beside.max(write(&agent, &place, 17));
    println!("the log was {beside} bytes long at most, {alone} with the agent alone");
    assert!(beside * 10 <= alone * 11, "{beside} bytes, alone {alone}");
}
