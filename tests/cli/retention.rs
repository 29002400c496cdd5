//! Rules for memories that have had their time: they propose, and prune only where they are told to.

use std::fs;

use serde_json::Value;

use crate::sandbox::Sandbox;

fn place(settings: &str) -> Sandbox {
    let place = Sandbox::new();
    fs::create_dir_all(place.path("CONFIG").join("memtui")).unwrap();
    fs::write(place.path("CONFIG").join("memtui/config.toml"), settings).unwrap();
    place
}

#[test]
fn a_rule_proposes_what_its_dry_run_names_and_asks_once() {
    let place = place("[[retention]]\nname = \"old prompts\"\nwhere = \"kind:prompt age:>30d\"\n");
    let before = place.dump();
    let plan = &place.json(&["retention", "--dry-run", "--json"])[0];
    let planned = plan["planned"].as_u64().unwrap();
    assert!(planned > 1 && plan["dry_run"] == Value::Bool(true), "{plan}");
    let listed: Vec<Value> = place.json(&["list", "kind:prompt age:>30d", "--json"]);
    assert_eq!(listed.len() as u64, planned);
    let said = &place.json(&["retention", "--json"])[0];
    assert_eq!((&said["proposed"], &said["waiting"]), (&Value::from(planned), &Value::from(0)));
    assert_eq!(place.dump(), before, "nothing is removed by a proposal");
    let again = place.memtui(&["retention", "--json"]);
    assert_eq!(again.status.code(), Some(1), "nothing new was proposed");
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&again["proposed"], &again["waiting"]), (&Value::from(0), &Value::from(planned)));
}

#[test]
fn a_rule_that_is_told_to_prunes_exactly_what_its_dry_run_names() {
    let settings = "[[retention]]\nname = \"old prompts\"\nwhere = \"kind:prompt age:>30d\"\nthen = \"prune\"\n";
    let place = place(settings);
    let before = place.dump();
    let pinned = place.json(&["list", "kind:prompt age:>30d", "--json"])[0]["id"].as_str().unwrap().to_owned();
    place.says(&["set", &pinned, "--pin"]);
    let plan = &place.json(&["retention", "--dry-run", "--json"])[0];
    assert_eq!(plan["spared"], 1);
    let ids: Vec<&str> = plan["ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(!ids.contains(&pinned.as_str()));
    let unasked = place.memtui(&["retention"]);
    assert_eq!((unasked.status.code(), place.dump()), (Some(2), before.clone()), "it asks, and there is nobody");
    place.says(&["retention", "--yes"]);
    let left = place.json(&["list", "kind:prompt", "--json"]);
    let left: Vec<&str> = left.iter().map(|memory| memory["id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| !left.contains(id)) && left.contains(&pinned.as_str()));
    place.says(&["undo"]);
    assert_eq!(place.dump(), before);
}

#[test]
fn a_rule_that_cannot_be_followed_says_why() {
    let refused = |settings: &str, arguments: &[&str]| {
        let output = place(settings).memtui(arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = refused("", &["retention"]);
    assert!(code == Some(2) && said.contains("--template"), "{said}");
    let rule = "[[retention]]\nname = \"a\"\nwhere = \"kind:\"\n";
    let (code, said) = refused(rule, &["retention"]);
    assert!(code == Some(2) && said.contains("the rule a: "), "{said}");
    let (code, said) = refused(rule, &["retention", "--only", "b"]);
    assert!(code == Some(2) && said.contains("no rule `b`; the settings have a"), "{said}");
    let (code, said) = refused(&rule.replace("kind:", " "), &["retention"]);
    assert!(code == Some(2) && said.contains("empty filter"), "{said}");
    let (code, said) = refused(&format!("{rule}{rule}"), &["retention"]);
    assert!(code == Some(2) && said.contains("two rules `a`"), "{said}");
}
