//! What goes through the door, what waits, and what a person sees of it.

use serde_json::json;

use crate::host::Place;

#[test]
fn what_a_policy_wrote_stands_in_the_audit_list_and_can_be_taken_back() {
    let place = Place::new("");
    let mut host = place.host("codex");
    let fact = json!({ "text": "Deploys go through the queue.", "tags": ["ci"], "confidence": 0.8 });
    assert_eq!(host.call("write_memory", &fact)["status"], "written");
    let ledger = memtui::ledger::Ledger::open_to_read(&place.ledger()).unwrap();
    let unseen = ledger.unseen().unwrap();
    assert_eq!(unseen.len(), 1);
    assert_eq!(unseen[0].author, "policy agent.codex");
    let operation = unseen[0].operation.unwrap();
    let (proposal, standing) = ledger.proposal(unseen[0].proposal).unwrap().unwrap();
    assert_eq!((proposal.line.batch.author.as_str(), standing.name()), ("agent:codex", "approved"));
    place.says(&["undo", &operation.to_string()]);
    assert_eq!(place.memories(), 0);
    assert_eq!(
        ledger.queue_mark(i64::MAX, &memtui::ledger::Open::of([])).map(|it| it.waiting + it.elsewhere).unwrap(),
        0,
        "nobody is asked about what was just taken back"
    );
    assert_eq!(ledger.unseen().unwrap(), [], "and it was seen");
    let again = host.call("write_memory", &fact);
    let said = again.as_str().unwrap();
    assert!(said.contains("you took back this"), "{said}");
    let stones = ledger.tombstones().unwrap();
    assert_eq!((stones.len(), stones[0].reason.as_str()), (1, "taken back by you"));
    place.says(&["redo"]);
    assert_eq!(place.memories(), 1, "doing it again brings it back");
    assert_eq!(ledger.tombstones().unwrap(), [], "and its tombstone does not count");
    place.says(&["undo", &operation.to_string()]);
    assert_eq!(place.memories(), 0);
    for stone in ledger.tombstones().unwrap() {
        place.says(&["queue", "tombstones", "--lift", &stone.id.to_string()]);
    }
    assert_eq!(host.call("write_memory", &fact)["status"], "written", "a lifted tombstone stops nobody");
    host.leave();
}

#[test]
fn a_pruned_text_is_not_taken_again_until_the_prune_is_taken_back() {
    let place = Place::new("");
    let mut host = place.host("codex");
    let text = "The staging database is rebuilt every Sunday night from the dump of production by the nightly job.";
    let id = host.call("write_memory", &json!({ "text": text }))["id"].clone();
    place.says(&["prune", id.as_str().unwrap(), "--yes", "--reason", "it is no longer so"]);
    let again = host.call("write_memory", &json!({ "text": text.to_uppercase().replace(" FROM", ", FROM") }));
    let said = again.as_str().unwrap();
    assert!(said.contains("you pruned this on") && said.contains("because it is no longer so"), "{said}");
    place.says(&["undo"]);
    let again = host.call("write_memory", &json!({ "text": text }));
    assert_eq!(again["status"], "known", "it is back, and the tombstone is lifted");
    host.leave();
}

#[test]
fn what_somebody_else_wrote_or_a_person_marked_waits() {
    let place = Place::new("[agent.\"*\"]\ninterval_ms = 0\n");
    let mut codex = place.host("codex");
    let mut claude = place.host("claude");
    let id = codex.call("write_memory", &json!({ "text": "Tests run under nextest in this project." }))["id"].clone();
    let change = |text: &str| json!({ "id": id, "text": text });
    assert_eq!(claude.call("update_memory", &change("Tests run under cargo test."))["status"], "waits");
    assert_eq!(codex.call("update_memory", &change("Tests run under nextest, in CI too."))["status"], "written");
    place.says(&["set", id.as_str().unwrap(), "--pin"]);
    assert_eq!(codex.call("update_memory", &change("Tests run under anything."))["status"], "waits");
    assert_eq!(codex.call("forget_request", &json!({ "id": id, "reason": "wrong" }))["status"], "waits");
    assert_eq!(codex.call("update_memory", &json!({ "id": id, "kind": "fact" }))["status"], "unchanged");
    assert_eq!(place.memories(), 1);
}

#[test]
fn the_launch_says_what_may_be_written() {
    let place = Place::new("[agent.codex]\nmode = \"review\"\nmost_writes = 2\n");
    let launch = |more: &[&str]| {
        let arguments: Vec<&str> = ["mcp", "--agent", "codex"].iter().chain(more).copied().collect();
        crate::host::Host::launch(place.command(&arguments))
    };
    let mut review = launch(&[]);
    for text in ["The first fact of the shop.", "Another thing that holds."] {
        assert_eq!(review.call("write_memory", &json!({ "text": text }))["status"], "waits");
    }
    let third = review.call("write_memory", &json!({ "text": "One more that is too many." }));
    assert!(third.as_str().unwrap().contains("2 writes in one session"), "{third}");
    let mut auto = launch(&["--mode", "auto"]);
    assert_eq!(auto.call("write_memory", &json!({ "text": "The first fact of the till." }))["status"], "written");
    let id = "memory/1";
    for (more, tool, arguments) in [
        (["--mode", "read-only"].as_slice(), "write_memory", json!({ "text": "No." })),
        (&["--read-only"], "update_memory", json!({ "id": id, "text": "No." })),
        (&["--read-only"], "forget_request", json!({ "id": id, "reason": "No." })),
        (
            &["--read-only"],
            "propose_change",
            json!({ "label": "prune", "reason": "No.", "steps": [{ "do": "delete", "id": id }] }),
        ),
    ] {
        let answer = launch(more).call(tool, &arguments);
        assert!(answer.as_str().unwrap().contains("read only"), "{tool}: {answer}");
    }
    assert_eq!(place.memories(), 1);
    assert_eq!(place.run(&["mcp", "--agent", "you"]).status.code(), Some(2));
    assert_eq!(place.run(&["mcp", "--agent", "codex", "--scope", "*"]).status.code(), Some(2));
}

#[test]
fn what_was_recalled_whole_is_counted() {
    let place = Place::new("[agent.\"*\"]\ninterval_ms = 0\n");
    let mut host = place.host("codex");
    let id = host.call("write_memory", &json!({ "text": "Deploys go through the queue." }))["id"].clone();
    for _ in 0..3 {
        host.call("recall_memory", &json!({ "ids": [id] }));
    }
    host.call("recall_memory", &json!({ "query": "deploys" }));
    host.leave();
    assert_eq!(Place::number(&place.database(), "SELECT times FROM recall"), 3);
}
