//! Tests of the JSON form: every shape that comes in, and what is said of one that is wrong.

use serde_json::json;

use super::*;

/// A proposal with everything that there can be.
fn full() -> Json {
    json!({
        "label": "merge",
        "reason": "both say how to deploy",
        "evidence": [
            { "memory": "claude-mem:observation/2", "quote": "run make deploy" },
            { "session": "8f1c", "quote": "no, from the root" },
            { "note": "seen in two projects" }
        ],
        "author": "dream:nightly",
        "confidence": 0.5,
        "cluster": "deploy",
        "steps": [
            { "do": "edit", "id": "claude-mem:observation/1", "base": "00000000000000ff", "was": { "title": "a" },
              "set": { "title": "b", "facts": ["c"] } },
            { "do": "delete", "id": "claude-mem:observation/2" },
            { "do": "mark", "id": "claude-mem:observation/3", "set": { "stale_after": null } },
            { "do": "add", "store": "shared", "set": { "body": "d" } }
        ]
    })
}

fn complaint(change: impl FnOnce(&mut Json)) -> String {
    let mut form = full();
    change(&mut form);
    read_form(form).unwrap_err().to_string()
}

#[test]
fn what_is_read_is_printed_again() {
    let form = read_form(full()).unwrap();
    assert_eq!(form.steps[0].base, Some(Version(255)));
    assert_eq!(serde_json::to_value(&form).unwrap(), full());
    assert_eq!(
        form.evidence.iter().map(|it| EvidenceForm::from(&it.read().unwrap())).collect::<Vec<_>>(),
        form.evidence
    );
    let delete = json!({ "label": "delete", "reason": "old", "steps": [{ "do": "delete", "id": "a:b/1" }] });
    assert_eq!(read_form(delete).unwrap().label, Label::Prune);
}

#[test]
fn arrays_lines_and_single_objects_are_read_alike() {
    let (one, many) = (full().to_string(), json!([full(), full()]).to_string());
    let pretty = serde_json::to_string_pretty(&full()).unwrap();
    for (text, count) in
        [(one.clone(), 1), (format!("{one}\n{one}\n\n"), 2), (many, 2), (pretty, 1), (String::new(), 0)]
    {
        let read = read_forms(&text);
        assert!(read.iter().all(Result::is_ok) && read.len() == count, "{text}: {read:?}");
    }
    // What came before the place where a text breaks off is kept, and the others are counted.
    let broken = read_forms(&format!("{one}\n{{\"label\": 3}}\n{{\"label\""));
    let said: Vec<String> = broken.into_iter().filter_map(Result::err).map(|complaint| complaint.to_string()).collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].starts_with("proposal 2, label: invalid type: integer `3`"), "{said:?}");
    assert!(said[1].starts_with("proposal 3, all: it is no JSON (EOF"), "{said:?}");
    assert!(read_forms("[[1]]")[0].is_err() && read_forms("{]")[0].is_err() && read_forms("7")[0].is_err());
    let deep = "[".repeat(100_000);
    assert!(matches!(read_forms(&deep).as_slice(), [Err(_)]));
}

#[test]
fn a_complaint_names_the_place_and_what_is_wanted() {
    for (said, change) in [
        (
            "label: there is no label `undo`; there are add, prune, ",
            &(|it: &mut Json| it["label"] = json!("undo")) as &dyn Fn(&mut Json),
        ),
        ("color: unknown field `color`, expected one of `label`, ", &|it| it["color"] = json!("red")),
        ("steps[1].colour: unknown field `colour`, ", &|it| it["steps"][1]["colour"] = json!("red")),
        ("steps[0].do: unknown variant `rewrite`, ", &|it| it["steps"][0]["do"] = json!("rewrite")),
        ("steps[0].base: `12` is no version", &|it| it["steps"][0]["base"] = json!("12")),
        ("steps[0].set: invalid type: ", &|it| it["steps"][0]["set"] = json!("title")),
        ("steps[0].set: it is missing; ", &|it| {
            // What a merge keeps may stay as it is; nothing else may.
            it["label"] = json!("supersede");
            it["steps"][0]["set"] = json!({});
        }),
        ("steps[1].id: it is missing; ", &|it| it["steps"][1]["id"] = Json::Null),
        ("steps[1].set: what is deleted gets no values", &|it| it["steps"][1]["set"] = json!({ "title": "x" })),
        ("steps[1].store: the id names the store", &|it| it["steps"][1]["store"] = json!("shared")),
        ("steps[3].id: a memory that is to be added", &|it| it["steps"][3]["id"] = json!("shared:memory/1")),
        ("steps[1].do: a proposal that is called `retag` deletes nothing", &|it| it["label"] = json!("retag")),
        ("steps: there are none", &|it| it["steps"] = json!([])),
        ("steps: 1001 are more than can be judged", &|it| it["steps"] = json!(vec![it["steps"][1].clone(); 1001])),
        ("reason: it is empty", &|it| it["reason"] = json!(" \n")),
        ("reason: it is longer than", &|it| it["reason"] = json!("x".repeat(5000))),
        ("confidence: it is a number from 0 to 1", &|it| it["confidence"] = json!(1.01)),
        ("evidence[2]: name one of ", &|it| it["evidence"][2]["memory"] = json!("a:b/1")),
        ("evidence[0]: name one of ", &|it| it["evidence"][0] = json!({})),
    ] {
        let found = complaint(change);
        assert!(found.starts_with(said), "{found}");
    }
    let long = complaint(|it| it["label"] = json!("x".repeat(1 << 20)));
    assert!(long.len() < 1000, "{} bytes", long.len());
}

/// The names of an object's members, sorted.
fn names(value: &Json) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_schema_that_is_published_says_what_is_read() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(names(&schema["properties"]), names(&full()));
    let labels: Vec<&str> =
        schema["properties"]["label"]["enum"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
    assert_eq!(labels, label_words().collect::<Vec<_>>());
    assert_eq!(schema["properties"]["reason"]["maxLength"], json!(LONGEST_REASON));
    assert_eq!(schema["properties"]["steps"]["maxItems"], json!(MOST_STEPS));
    assert_eq!(names(&schema["$defs"]["evidence"]["properties"]), ["memory", "note", "quote", "session"]);
    let kinds = schema["$defs"]["step"]["oneOf"].as_array().unwrap();
    let mut verbs = Vec::new();
    let mut parts: Vec<&str> = Vec::new();
    for kind in kinds {
        let verb: Verb = serde_json::from_value(kind["properties"]["do"]["const"].clone()).unwrap();
        verbs.push(verb.name());
        parts.extend(names(&kind["properties"]));
        // A step with every part that the schema knows for its kind is read, and one without a required part is not.
        let whole = json!({ "do": verb, "id": "a:b/1", "base": "00000000000000ff", "was": { "t": "x" }, "set": { "t": "y" }, "store": "s" });
        let mut step = serde_json::Map::new();
        step.extend(kind["properties"].as_object().unwrap().keys().map(|part| (part.clone(), whole[part].clone())));
        let form = |step: &serde_json::Map<String, Json>| json!({ "label": "split", "reason": "r", "steps": [step] });
        assert!(read_form(form(&step)).is_ok(), "{step:?}");
        for required in kind["required"].as_array().unwrap() {
            let mut without = step.clone();
            without.remove(required.as_str().unwrap());
            assert!(read_form(form(&without)).is_err(), "{without:?}");
        }
    }
    assert_eq!(verbs, ["edit", "delete", "mark", "add"]);
    parts.sort_unstable();
    parts.dedup();
    assert_eq!(parts, ["base", "do", "id", "set", "store", "was"]);
}

#[test]
fn the_example_of_the_documents_is_read() {
    let page = include_str!("../../../docs/proposals.md");
    let example = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let read = read_forms(example);
    assert!(matches!(read.as_slice(), [Ok(form)] if form.steps.len() == 2), "{read:?}");
}
