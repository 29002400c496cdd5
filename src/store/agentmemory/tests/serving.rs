//! What is told to a running server.

use std::time::{Duration, Instant};

use super::{server::Running, *};
use crate::change::FieldValue;

fn edit(native: &str, field: &str, value: &str) -> Intent {
    intent(native, Make::Edit(vec![(field.to_owned(), FieldValue::Text(value.to_owned()))]))
}

/// Waits until the server has written its files.
fn until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Applies intents, takes them back, and makes sure that the server has what it had.
fn there_and_back(it: &Running, intents: Vec<Intent>) {
    until(|| !it.held().dirty);
    let (store, before) = (it.store(), it.scopes());
    let names: Vec<String> = intents.iter().map(|intent| intent.native.clone()).collect();
    let (outcomes, changes) = apply(store.as_ref(), intents).unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");
    assert_ne!(it.scopes(), before);
    for change in &changes {
        let now = image(store.as_ref(), &change.native).map(|image| image.digest());
        assert_eq!(now, change.after.as_ref().map(Image::digest), "{} is listed as it is", change.native);
    }
    let (outcomes, _) = apply(store.as_ref(), back(&changes)).unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{names:?}: {outcomes:?}");
    assert_eq!(it.scopes(), before, "{names:?}");
}

#[test]
fn what_can_be_deleted_comes_back_as_it_was() {
    let it = Running::new();
    let natives =
        ["memory/mem_1", "memory/mem_2", "observation/obs_1", "lesson/lsn_1", "lesson/lsn_2", "insight/ins_1"];
    there_and_back(&it, natives.iter().map(|native| intent(native, Make::Delete)).collect());
    for native in natives {
        there_and_back(&it, vec![intent(native, Make::Delete)]);
    }
}

#[test]
fn every_kind_but_slots_can_be_edited() {
    let it = Running::new();
    there_and_back(
        &it,
        vec![
            edit("memory/mem_3", "content", "Deploys run at noon"),
            edit("memory/mem_1", "state", "live"),
            edit("observation/obs_2", "narrative", "Ran all tests"),
            edit("summary/ses_1", "narrative", "The queue is faster now"),
            edit("semantic/sem_1", "fact", "The shop sells coffee"),
            edit("procedural/proc_1", "triggerCondition", "On Mondays"),
            edit("lesson/lsn_1", "context", "a review"),
            edit("insight/ins_1", "title", "Slow answers"),
            edit("session/ses_1", "summary", "The queue"),
        ],
    );
    there_and_back(&it, vec![edit("lesson/lsn_2", "state", "live")]);
    there_and_back(&it, vec![edit("insight/ins_1", "state", "deleted")]);
}

#[test]
fn what_the_files_say_later_is_the_same() {
    let it = Running::new();
    let store = it.store();
    let intents = vec![
        intent("memory/mem_3", Make::Delete),
        intent("lesson/lsn_1", Make::Delete),
        edit("memory/mem_5", "project", "tea"),
    ];
    apply(store.as_ref(), intents).unwrap();
    let copy = || open(&it.fixture.path, "copy".into(), Installation::default()).unwrap();
    until(|| image(copy().as_ref(), "memory/mem_3").is_none());
    assert_eq!(natives(copy().as_ref()), natives(store.as_ref()));
    assert!(!natives(store.as_ref()).contains(&"lesson/lsn_1".to_owned()), "what memtui hid is not listed");
    assert_eq!(it.scopes()["mem:lessons"]["lsn_1"]["deleted"], json!(true));
}

#[test]
fn who_is_held_back_is_found_by_no_search() {
    let it = Running::new();
    let store = it.store();
    let (_, changes) = apply(store.as_ref(), vec![edit("memory/mem_3", "state", "quarantined")]).unwrap();
    assert!(!it.held().indexed.contains("mem_3"), "it was deleted before it came back as held");
    assert_eq!(it.scopes()["mem:memories"]["mem_3"]["isLatest"], json!(false));
    apply(store.as_ref(), back(&changes)).unwrap();
    assert!(it.held().indexed.contains("mem_3"));
}

#[test]
fn what_the_server_cannot_do_or_take_back_is_refused_with_the_reason() {
    let it = Running::new();
    let (id, old) = memory("mem_6", "From an old version", json!({}));
    let mut old = old.as_object().unwrap().clone();
    old.shift_remove("origin");
    it.held().scopes.get_mut("mem:memories").unwrap().insert(id, Json::Object(old));
    let (store, before) = (it.store(), it.scopes());
    for (refused, reason) in [
        (intent("semantic/sem_1", Make::Delete), "no way to delete a semantic"),
        (intent("session/ses_1", Make::Delete), "no way to delete a session"),
        (edit("slot/global/persona", "content", "Kind"), "its own time"),
        (intent("memory/mem_6", Make::Delete), "no origin"),
    ] {
        let (outcomes, _) = apply(store.as_ref(), vec![refused]).unwrap();
        assert!(matches!(&outcomes[..], [Outcome::Refused(said)] if said.contains(reason)), "{outcomes:?}");
    }
    assert_eq!(it.scopes(), before);
}

#[test]
fn a_lost_answer_is_looked_after_before_anything_is_told_again() {
    let it = Running::new();
    let store = it.store();
    let writes = |it: &Running| it.held().requests.iter().filter(|request| !request.starts_with("GET")).count();
    it.held().lost_after = 1;
    let (_, changes) = apply(store.as_ref(), vec![intent("memory/mem_3", Make::Delete)]).unwrap();
    assert_eq!(writes(&it), 1, "it was done, so it is not told again");
    it.held().lost_before = 1;
    apply(store.as_ref(), back(&changes)).unwrap();
    assert_eq!(writes(&it), 3, "it was not done, so it is told once more");
    it.held().lost_before = 2;
    let failed = apply(store.as_ref(), vec![intent("memory/mem_3", Make::Delete)]);
    assert!(failed.unwrap_err().to_string().contains("did not answer"));
    assert!(it.scopes()["mem:memories"].contains_key("mem_3"));
}

#[test]
fn what_was_done_is_taken_back_when_the_rest_is_refused() {
    let it = Running::new();
    let (store, before) = (it.store(), it.scopes());
    let intents = vec![intent("memory/mem_3", Make::Delete), edit("memory/mem_5", "content", "REJECT this")];
    let failed = apply(store.as_ref(), intents).unwrap_err().to_string();
    assert!(failed.contains("refused: it is rejected"), "{failed}");
    assert_eq!(it.scopes(), before);
    assert_eq!(read(store.as_ref(), "memory/mem_3").title, "Deploys run at night");
}

#[test]
fn what_the_server_has_otherwise_than_its_files_is_a_conflict() {
    let it = Running::new();
    let store = it.store();
    let seen = image(store.as_ref(), "memory/mem_3").unwrap();
    it.held().scopes.get_mut("mem:memories").unwrap()["mem_3"]["content"] = json!("Deploys never run");
    let stale = Intent { native: "memory/mem_3".into(), expect: Expect::Exactly(seen.digest()), make: Make::Delete };
    let (outcomes, _) = apply(store.as_ref(), vec![stale]).unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Conflict(Some(_))]), "{outcomes:?}");
}

#[test]
fn a_thousand_memories_take_few_requests() {
    let it = Running::new();
    let many: Vec<String> = (0..1000).map(|at| format!("mem_{}", at + 100)).collect();
    for id in &many {
        let (id, record) = memory(id, &format!("Fact {id}"), json!({}));
        it.held().scopes.get_mut("mem:memories").unwrap().insert(id, record);
    }
    let store = it.store();
    let intents = many.iter().map(|id| intent(&format!("memory/{id}"), Make::Delete)).collect();
    let (_, changes) = apply(store.as_ref(), intents).unwrap();
    assert_eq!(changes.len(), 1000);
    apply(store.as_ref(), back(&changes)).unwrap();
    assert_eq!(it.scopes()["mem:memories"].len(), 1005);
    let requests = it.held().requests.len();
    assert!(requests < 30, "{requests}");
}

#[test]
fn a_token_is_taken_from_the_product_s_own_file() {
    let it = Running::new();
    it.held().secret = Some("0123abcd".into());
    let refused = it.store().objection().unwrap();
    assert!(refused.contains("AGENTMEMORY_SECRET"), "{refused}");
    assert!(matches!(it.store().writer(), Err(Problem::ReadOnly { .. })));
    let own = it.fixture.dir.path().join(".agentmemory");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("secret"), "0123abcd\n").unwrap();
    assert_eq!(it.store().objection(), None);
    there_and_back(&it, vec![intent("memory/mem_3", Make::Delete)]);
}

#[test]
fn an_engine_without_a_server_keeps_everybody_out_and_its_end_lets_them_in() {
    let it = Running::new();
    it.stop();
    let own = it.fixture.dir.path().join(".agentmemory");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("iii.pid"), std::process::id().to_string()).unwrap();
    until(|| it.store().objection().is_some_and(|reason| reason.contains("runs but its server does not answer")));
    let copy = open(&it.fixture.path, "copy".into(), Installation::default()).unwrap();
    assert_eq!(copy.objection(), None, "what is not this installation's is nobody's");
    // The number of no process: above every limit of the kernel.
    fs::write(own.join("iii.pid"), "1999999999").unwrap();
    assert_eq!(it.store().objection(), None);
    let (outcomes, _) = apply(it.store().as_ref(), vec![intent("semantic/sem_1", Make::Delete)]).unwrap();
    assert_eq!(outcomes, [Outcome::Applied], "in its files");
}

#[test]
fn redis_and_servers_elsewhere_make_it_read_only() {
    let it = Running::new();
    for (name, value) in [("AGENTMEMORY_STATE_BACKEND", "redis"), ("AGENTMEMORY_URL", "http://10.0.0.1:3111")] {
        let mut installation = it.installation.clone();
        installation.variables.insert(name.into(), value.into());
        let store = open(&it.fixture.path, PRODUCT.into(), installation).unwrap();
        assert!(store.objection().unwrap().contains(name), "{name}");
    }
}
