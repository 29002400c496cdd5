//! Dreams from the command line: the analysers, and a command that stands in for a model.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Output};

use serde_json::Value;

use crate::sandbox::Sandbox;

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Writes a script that stands in for a model; `$n` is how often it was called before.
fn script(place: &Sandbox, body: &str) -> String {
    let (path, calls) = (place.path("model.sh"), place.path("calls"));
    let calls = calls.to_str().unwrap();
    let head = format!("#!/bin/sh\nn=$(ls {calls} | wc -l)\ncat > {calls}/$n\n");
    fs::create_dir_all(calls).unwrap();
    fs::write(&path, head + body).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What the script was asked, call by call.
fn asked(place: &Sandbox) -> Vec<String> {
    let mut calls: Vec<_> = fs::read_dir(place.path("calls")).unwrap().map(|entry| entry.unwrap().path()).collect();
    calls.sort_by_key(|path| path.file_name().unwrap().to_str().unwrap().parse::<usize>().unwrap());
    calls.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn a_dream_proposes_once_and_changes_no_memory() {
    let place = Sandbox::new();
    let before = place.dump();
    let preview = place.json(&["dream", "--dry-run", "--json"]);
    assert!(preview.len() > 10 && preview.iter().all(|line| line["standing"] == "dry-run"));
    let first = place.json(&["dream", "--json"]);
    assert!(first.iter().all(|line| line["standing"] == "new" && line["proposal"].is_i64()), "{first:?}");
    let again = place.json(&["dream", "--json"]);
    assert!(again.iter().all(|line| line["standing"] == "waiting"), "{again:?}");
    let names = |lines: &[Value]| lines.iter().map(|line| line["reason"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&preview), names(&again), "the same memories give the same proposals in the same order");
    assert_eq!(place.dump(), before);
}

#[test]
fn a_dream_is_about_what_was_chosen() {
    let place = Sandbox::new();
    let of = |arguments: &[&str]| place.json(&[&["dream", "--dry-run", "--json"], arguments].concat());
    let only = of(&["--only", "superseded", "--scope", "loomshop-api"]);
    assert!(!only.is_empty() && only.iter().all(|line| line["likeness"] == "superseded in loomshop-api"), "{only:?}");
    let late = place.memtui(&["dream", "--dry-run", "--only", "superseded", "--since", "2026-10-30"]);
    assert_eq!(late.status.code(), Some(1), "nothing newer takes anything back");
    let unknown = place.memtui(&["dream", "--only", "magic"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("duplicates, superseded"), "{}", said(&unknown));
    assert_eq!(place.memtui(&["--read-only", "dream"]).status.code(), Some(1));
}

#[test]
fn a_command_answers_with_proposals_and_what_is_wrong_with_some_is_said() {
    let place = Sandbox::new();
    let secret = place.json(&["list", "is:secret kind:sensitive", "--json"])[0]["id"].as_str().unwrap().to_owned();
    let one = place.json(&["list", "is:noise", "--json"])[0]["id"].as_str().unwrap().to_owned();
    let line = script(
        &place,
        &format!(
            r#"echo 'Here is what I found:'
echo '```json'
echo '{{"label":"delete","reason":"It says nothing.","confidence":0.9,"steps":[{{"do":"delete","id":"{one}"}}]}}'
echo '{{"label":"delete","reason":"Invented.","steps":[{{"do":"delete","id":"claude-mem:observation/99999"}}]}}'
echo '{{"label":"edit","reason":"Over the mask.","steps":[{{"do":"edit","id":"{secret}","set":{{"narrative":"gone"}}}}]}}'
echo '{{"label":"magic","reason":"No such label.","steps":[]}}'
echo '```'
"#
        ),
    );
    let before = place.dump();
    let output = place.memtui(&["dream", "--with", &line, "--batch", "10000", "--json", "--where", "id:observation"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let taken: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(taken.len(), 1, "{printed}");
    assert_eq!((&taken[0]["standing"], &taken[0]["steps"][0]["id"]), (&"new".into(), &one.as_str().into()));
    for reason in ["was not among the memories", "was shown masked", "there is no label `magic`"] {
        assert!(said(&output).contains(reason), "{reason}: {}", said(&output));
    }
    let question = asked(&place).concat();
    assert!(question.starts_with("You look after") && question.contains(&format!("\"id\":\"{one}\"")));
    assert!(!question.contains("Hunter2"), "secrets stay here");
    assert!(!question.contains('\u{202e}') && question.contains("\\u202e"), "what hides is shown as an escape");
    assert_eq!(place.dump(), before);
}

#[test]
fn a_run_that_was_broken_off_goes_on_where_it_was() {
    let place = Sandbox::new();
    let line = script(&place, "[ $n -eq 2 ] && { echo 'limit reached' >&2; exit 5; }\nexit 0\n");
    let run = || place.memtui(&["dream", "--with", &line, "--batch", "20", "--scope", "loomshop-api"]);
    let broken = run();
    assert_eq!(broken.status.code(), Some(3));
    assert!(said(&broken).contains("limit reached") && said(&broken).contains("2 batches"), "{}", said(&broken));
    let rest = run();
    assert_eq!(rest.status.code(), Some(1), "nothing was proposed: {}", said(&rest));
    let questions = asked(&place);
    let ids_in = |question: &str| -> Vec<String> {
        let ids = question.lines().filter_map(|line| line.strip_prefix("{\"id\":\"")?.split('"').next());
        ids.map(str::to_owned).collect()
    };
    let mut memories: Vec<String> = questions.iter().flat_map(|question| ids_in(question)).collect();
    let count = memories.len();
    memories.sort_unstable();
    memories.dedup();
    assert_eq!(count - memories.len(), ids_in(&questions[2]).len(), "only the batch that failed was asked again");
    assert_eq!(ids_in(&questions[2]), ids_in(&questions[3]));
    run();
    assert_eq!(asked(&place).len(), questions.len() * 2 - 1, "a run that came to its end begins anew");
}

#[test]
fn a_command_that_does_not_answer_is_ended() {
    let place = Sandbox::new();
    let late = place.memtui(&["dream", "--with", "sleep 60", "--timeout", "0"]);
    assert_eq!(late.status.code(), Some(3));
    assert!(said(&late).contains("--timeout"), "{}", said(&late));
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_once_more_and_what_was_whole_is_taken_once() {
    let place = Sandbox::new();
    let chosen = ["list", "scope:loomshop-api kind:bugfix id:observation", "--limit", "1", "--json"];
    let one = place.json(&chosen)[0]["id"].as_str().unwrap().to_owned();
    let whole = format!(r#"{{"label":"delete","reason":"It says nothing.","steps":[{{"do":"delete","id":"{one}"}}]}}"#);
    let line = script(&place, &format!("echo '{whole}'\n[ $n -eq 1 ] && printf '{{\"label\":\"del'\nexit 0\n"));
    let run = || place.memtui(&["dream", "--with", &line, "--batch", "20", "--scope", "loomshop-api"]);
    let broken = run();
    assert_eq!(broken.status.code(), Some(3));
    assert!(said(&broken).contains("breaks off within a proposal"), "{}", said(&broken));
    let questions = asked(&place).len();
    let rest = run();
    assert!(said(&rest).contains("answered by the run before"), "{}", said(&rest));
    assert_eq!(asked(&place).len(), questions + 1, "only what broke off");
    assert_eq!(place.says(&["queue", "list", "--json"]).lines().count(), 1);
    run();
    assert_eq!(asked(&place).len(), questions * 2 + 1, "a run that came to its end begins anew");
}

#[test]
fn nobody_pays_for_many_answers_that_hold_nothing() {
    let place = Sandbox::new();
    let line = script(&place, "echo 'You have reached your limit.'\n");
    let output = place.memtui(&["dream", "--with", &line, "--batch", "5"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said(&output).contains("You have reached your limit."), "{}", said(&output));
    assert_eq!(asked(&place).len(), 3, "{}", said(&output));
}
