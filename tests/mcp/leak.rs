//! Nothing of a scope that was not granted comes out of any tool, whatever is asked.

use memtui::{
    config::Agent,
    mcp::{Answer, Launch, Session},
};
use serde_json::{Map, Value, json};

use crate::host::Place;

/// Stands in every memory of the other scope and nowhere else.
const SECRET: &str = "zyzzyva";

/// An agent of each of two scopes over one database, and the ids of the other one's memories.
struct Seeded {
    place: Place,
    mine: Session,
    others: Vec<String>,
}

fn session(place: &Place, agent: &str, project: &str) -> Session {
    let all = vec![project.to_owned()];
    let settings = Agent {
        read: all.clone(),
        write: all.clone(),
        propose: all,
        interval_ms: 0,
        most_writes: u64::MAX,
        ..Agent::default()
    };
    let (database, ledger) = (place.database(), place.ledger());
    let (agent, project) = (agent.to_owned(), Some(project.to_owned()));
    Session::open(Launch { agent, project, settings, policies: Vec::new(), database, ledger }).unwrap()
}

fn ask(session: &mut Session, tool: &str, arguments: Value) -> Answer {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    session.call(tool, arguments).unwrap()
}

/// Memories of the agent's own scope that are out of use.
const OVER: [&str; 3] = ["shared:memory/9", "shared:memory/10", "shared:memory/11"];

fn seeded() -> Seeded {
    let place = Place::new("");
    let mut other = session(&place, "nurse", "clinic");
    let mut others = Vec::new();
    for at in 0..6 {
        let text = format!("The {SECRET} of patient {at} is kept in cabinet {at}, and the queue of the ward is long.");
        let written = ask(
            &mut other,
            "write_memory",
            json!({ "text": text, "title": format!("{SECRET} {at}"), "tags": [SECRET] }),
        );
        let Answer::Well(written) = written else { panic!("{written:?}") };
        others.push(written["id"].as_str().unwrap().to_owned());
    }
    // One of them was pruned, so that there is a tombstone, and one waits to be forgotten.
    place.says(&["prune", &others[5], "--yes", "--reason", SECRET]);
    ask(&mut other, "forget_request", json!({ "id": others[4], "reason": SECRET }));
    // The person has some in no scope, some in another agent's hands, some out of use.
    place.says(&["add", &format!("user {SECRET} queue")]);
    place.says(&["add", &format!("agent {SECRET} queue"), "--project", "shop", "--agent", "nurse"]);
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    for state in ["quarantined", "superseded", "expired"] {
        place.says(&["add", &format!("{state} {SECRET} queue"), "--project", "shop"]);
        connection.execute("UPDATE memory SET state = ?1 WHERE id = (SELECT max(id) FROM memory)", [state]).unwrap();
    }
    others.extend((7..12).map(|id| format!("shared:memory/{id}")));
    let mut mine = session(&place, "codex", "shop");
    ask(&mut mine, "write_memory", json!({ "text": "The queue of the shop takes deploys one by one." }));
    Seeded { place, mine, others }
}

/// Texts that try to be something else.
fn hostile(others: &[String]) -> Vec<Value> {
    let mut all: Vec<Value> = others.iter().map(|id| json!(id)).collect();
    all.extend(others.iter().filter_map(|id| Some(json!(id.strip_prefix("shared:")?))));
    all.extend(
        [
            "clinic",
            "user",
            "*",
            ".",
            "..",
            "../clinic",
            "cl*",
            "Clinic",
            "cl\u{456}nic",
            "clinic\0",
            "clinic ",
            "",
            "scope:clinic",
            "project:clinic OR scope:*",
            "is:secret",
            "queue OR ward",
            "que*",
            "\"queue",
            "NEAR(queue ward, 9)",
            "title:queue",
            "- queue",
            "' OR 1=1 --",
            "'; DELETE FROM memory; --",
            "1 UNION SELECT body FROM memory",
            "memory/1 OR 1=1",
            "shared:memory/%31",
            "shared:memory/1\u{0}",
            "shared:memory/\u{ff11}",
            "file:///etc/passwd",
            "\u{202e}cinilc",
            "{{scope}}",
            "$HOME",
            "%s%n",
        ]
        .map(|text| json!(text)),
    );
    all.extend([
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e308),
    ]);
    all.extend([
        json!([]),
        json!({}),
        json!(["clinic"]),
        json!({ "project": "clinic" }),
        json!([others[0], others[1]]),
    ]);
    all.push(json!("queue ".repeat(5_000)));
    all
}

/// Calls that are honest but for one argument, for every argument of every tool.
fn calls(tool: &str, others: &[String]) -> Vec<Value> {
    let bases: Vec<Value> = match tool {
        "recall_memory" => vec![json!({}), json!({ "query": "queue" }), json!({ "ids": ["memory/1"] })],
        "write_memory" => vec![json!({ "text": "The queue of the ward is long." })],
        "update_memory" => {
            vec![json!({ "id": others[0] }), json!({ "id": others[0], "text": "Mine now, and only mine." })]
        }
        "forget_request" => vec![json!({ "id": others[0], "reason": "It is in the way." })],
        "propose_change" => vec![
            json!({ "label": "prune", "reason": "away", "steps": [{ "do": "delete", "id": others[0] }] }),
            json!({ "label": "add", "reason": "new", "steps": [{ "do": "add", "set": { "body": "A new thing of the queue." } }] }),
        ],
        _ => panic!("a tool that is not known"),
    };
    let names = [
        "query",
        "around",
        "ids",
        "kind",
        "days",
        "limit",
        "text",
        "title",
        "scope",
        "tags",
        "files",
        "evidence",
        "confidence",
        "expires_days",
        "distinct",
        "id",
        "reason",
        "label",
        "steps",
        "cluster",
        "author",
        "agent",
        "project",
        "session",
        "store",
        "sql",
        "_meta",
    ];
    let mut all = Vec::new();
    for base in &bases {
        for name in names {
            for value in hostile(others) {
                let mut call = base.clone();
                call[name] = value;
                all.push(call);
            }
        }
    }
    if tool == "propose_change" {
        all.extend(steps(others));
    }
    all
}

/// Proposals whose steps reach for what they may not have.
fn steps(others: &[String]) -> Vec<Value> {
    let mut all = Vec::new();
    for value in hostile(others) {
        for step in [
            json!({ "do": "delete", "id": value }),
            json!({ "do": "edit", "id": value, "set": { "body": "Mine." } }),
            json!({ "do": "edit", "id": value, "base": "0000000000000000", "was": { "body": "?" }, "set": { "body": "x" } }),
            json!({ "do": "mark", "id": value, "set": { "confidence": 0.1 } }),
            json!({ "do": "add", "store": value, "set": { "body": "A new thing." } }),
            json!({ "do": "add", "set": { "body": "A new thing.", "project": value } }),
            json!({ "do": "add", "set": { "body": "A new thing.", "agent": value } }),
            json!({ "do": "add", "set": { "body": "A new thing.", "author": value } }),
            json!({ "do": "add", "set": { "body": "A new thing.", "replaces": value } }),
            json!({ "do": "add", "set": { "body": value } }),
        ] {
            let label = if step["do"] == "delete" { "prune" } else { "merge" };
            all.push(json!({ "label": label, "reason": "why not", "steps": [step] }));
        }
    }
    all
}

/// What an answer says, without what was asked.
fn said(answer: &Answer) -> String {
    match answer {
        Answer::Well(json) => json.to_string(),
        Answer::Refused(reason) => reason.clone(),
    }
}

#[test]
fn nothing_of_another_scope_comes_out_of_any_tool() {
    let Seeded { place, mut mine, others } = seeded();
    let before = rows(&place);
    let mut asked = 0;
    for tool in ["recall_memory", "write_memory", "update_memory", "forget_request", "propose_change"] {
        for call in calls(tool, &others) {
            asked += 1;
            let said = said(&ask(&mut mine, tool, call.clone()));
            assert!(!said.contains(SECRET), "{tool} {call}: {said}");
            assert!(!said.contains("cabinet"), "{tool} {call}: {said}");
            assert!(!said.contains("clinic") || call.to_string().contains("clinic"), "{tool} {call}: {said}");
        }
    }
    assert!(asked > 5_000, "{asked}");
    assert_eq!(rows(&place), before, "and nothing of it was changed");
    let strange = "SELECT count(*) FROM proposal p JOIN batch b ON b.id = p.batch JOIN concern c ON c.proposal = p.id
        WHERE b.author = 'agent:codex' AND c.native IN ('memory/1', 'memory/2', 'memory/3', 'memory/4', 'memory/5')";
    assert_eq!(Place::number(&place.ledger(), strange), 0, "nor proposed");
    let spoofed = "SELECT count(*) FROM memory WHERE id > 12 AND (author <> 'codex' OR project IS NOT 'shop')";
    assert_eq!(Place::number(&place.database(), spoofed), 0);
}

/// Everything that is not the agent's.
fn rows(place: &Place) -> Vec<String> {
    let connection = rusqlite::Connection::open(place.database()).unwrap();
    let sql =
        "SELECT id || '|' || title || '|' || body || '|' || coalesce(project, '') || '|' || state || '|' || updated
        FROM memory WHERE id < 12 ORDER BY id";
    connection.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_may_not_be_seen_and_what_is_not_there_are_answered_alike() {
    let Seeded { place: _place, mut mine, others } = seeded();
    let missing = "shared:memory/987654";
    let alike = |mine: &mut Session, tool: &str, of: &dyn Fn(&str) -> Value| {
        let expected = said(&ask(mine, tool, of(missing)));
        for id in &others {
            assert_eq!(said(&ask(mine, tool, of(id))).replace(id, missing), expected, "{tool} {id}");
        }
    };
    // That a memory of its own scope is out of use, and why, an agent may know; what it says, not.
    let (over, foreign): (Vec<_>, Vec<_>) = others.iter().partition(|id| OVER.contains(&id.as_str()));
    let expected = said(&ask(&mut mine, "recall_memory", json!({ "ids": [missing] })));
    for id in foreign {
        assert_eq!(
            said(&ask(&mut mine, "recall_memory", json!({ "ids": [id] }))).replace(id, missing),
            expected,
            "{id}"
        );
    }
    for id in over {
        let said = said(&ask(&mut mine, "recall_memory", json!({ "ids": [id] })));
        assert!(said.contains("\"memories\":[],\"over\":") && !said.contains(SECRET), "{said}");
    }
    alike(&mut mine, "recall_memory", &|id| json!({ "around": id }));
    alike(&mut mine, "update_memory", &|id| json!({ "id": id, "text": "Something else altogether." }));
    alike(&mut mine, "forget_request", &|id| json!({ "id": id, "reason": "wrong" }));
    for step in ["delete", "edit", "mark"] {
        let set = match step {
            "edit" => json!({ "body": "x" }),
            "mark" => json!({ "confidence": 0.5 }),
            _ => json!({}),
        };
        let label = if step == "delete" { "prune" } else { "edit" };
        alike(&mut mine, "propose_change", &|id| {
            let mut one = Map::from_iter([("do".to_owned(), json!(step)), ("id".to_owned(), json!(id))]);
            if step != "delete" {
                one.insert("set".to_owned(), set.clone());
            }
            json!({ "label": label, "reason": "why not", "steps": [one] })
        });
    }
}

#[test]
fn the_very_words_of_another_scope_tell_nothing() {
    let Seeded { place: _place, mut mine, .. } = seeded();
    for at in 0..6 {
        // Words as they stand there, also those that were pruned with a tombstone.
        let text = format!("The zyzzyva of patient {at} is kept in cabinet {at}, and the queue of the ward is long.");
        let written = ask(
            &mut mine,
            "write_memory",
            json!({ "text": text, "title": format!("{SECRET} {at}"), "distinct": true }),
        );
        let Answer::Well(written) = written else { panic!("{written:?}") };
        assert_eq!(written["status"], "written", "as if nobody had ever said so: {written}");
    }
}
