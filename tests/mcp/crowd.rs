//! Many agents at once: nothing is lost, nobody waits long, a death among them hurts nobody.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::host::Place;

const SETTINGS: &str = "[agent.\"*\"]\ninterval_ms = 0\nmost_writes = 100000\n";

/// What agents were told: how many memories are written, how many wait because the machine was too busy, and how long the
/// longest answer took.
struct Told {
    written: i64,
    waiting: i64,
    longest: Duration,
}

/// So many agents write so often; one is killed on the way.
fn crowd(place: &Place, agents: usize, writes: usize, kill: bool) -> Told {
    let results: Vec<(i64, i64, Duration)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..agents)
            .map(|agent| {
                scope.spawn(move || {
                    let mut host = place.host(&format!("agent-{agent}"));
                    let (mut written, mut waiting, mut longest) = (0, 0, Duration::ZERO);
                    for write in 0..writes {
                        if kill && agent == 0 && write == writes / 2 {
                            host.kill();
                            return (written, waiting, longest);
                        }
                        let text = format!("agent {agent} found out fact {write}: {}", agent * 7919 + write * 104_729);
                        let since = Instant::now();
                        let answer = host.call("write_memory", &json!({ "text": text, "kind": "fact" }));
                        longest = longest.max(since.elapsed());
                        match answer["status"].as_str() {
                            Some("written") => written += 1,
                            Some("waits") => waiting += 1,
                            _ => panic!("{answer}"),
                        }
                    }
                    host.leave();
                    (written, waiting, longest)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    Told {
        written: results.iter().map(|it| it.0).sum(),
        waiting: results.iter().map(|it| it.1).sum(),
        longest: results.iter().map(|it| it.2).max().unwrap(),
    }
}

fn is_sound(place: &Place, &Told { written, waiting, longest }: &Told) {
    println!("{written} written, {waiting} waiting, the longest wait {longest:?}");
    assert_eq!(place.memories(), written);
    let queue = "SELECT count(*) FROM proposal WHERE state = 'waiting'";
    assert_eq!(Place::number(&place.ledger(), queue), waiting);
    assert_eq!(Place::number(&place.ledger(), "SELECT count(*) FROM verdict WHERE seen IS NULL"), written);
    assert_eq!(Place::number(&place.ledger(), "SELECT count(*) FROM operation WHERE state <> 'done'"), 0);
    assert!(place.run(&["check"]).status.success());
    let fts = "SELECT count(*) FROM memory_fts WHERE memory_fts MATCH 'fact'";
    assert_eq!(Place::number(&place.database(), fts), written);
}

#[test]
fn twenty_write_together_and_one_is_killed() {
    let place = Place::new(SETTINGS);
    let told = crowd(&place, 20, 10, true);
    assert_eq!(told.written + told.waiting, 19 * 10 + 5);
    is_sound(&place, &told);
}

#[test]
fn a_hundred_agents_write_at_once() {
    let full = std::env::var_os("MEMTUI_FULL").is_some();
    let place = Place::new(SETTINGS);
    let (agents, writes) = if full { (100, 20) } else { (40, 3) };
    let told = crowd(&place, agents, writes, false);
    assert_eq!(told.written + told.waiting, i64::try_from(agents * writes).unwrap());
    is_sound(&place, &told);
}

#[test]
fn a_death_at_any_step_loses_nothing() {
    for (step, memories, waiting) in [("begun", 0, 0), ("journalled", 0, 1), ("written", 1, 0)] {
        let place = Place::new(SETTINGS);
        let mut command = place.command(&["mcp", "--agent", "codex"]);
        command.env("MEMTUI_CRASH_AT", step);
        let mut host = crate::host::Host::launch(command);
        let text = json!({ "text": "Deploys go through the queue." });
        assert!(host.call("write_memory", &text).is_null(), "it dies {step}");
        assert_eq!(place.memories(), memories, "{step}");
        // The next one that starts looks after it.
        place.host("codex").leave();
        assert_eq!(place.memories(), memories, "{step}");
        let count = |sql| Place::number(&place.ledger(), sql);
        assert_eq!(count("SELECT count(*) FROM proposal WHERE state = 'waiting'"), waiting, "{step}");
        assert_eq!(count("SELECT count(*) FROM verdict WHERE seen IS NULL"), memories, "{step}");
        assert_eq!(count("SELECT count(*) FROM operation WHERE state = 'open'"), 0, "{step}");
        assert!(place.run(&["check"]).status.success());
    }
}
