//! `memtui queue` as a script uses it: proposals in, verdicts out, and everything that is wrong on the way.

use std::{
    fs,
    io::Write as _,
    process::{Output, Stdio},
};

use serde_json::{Value, json};

use crate::{acts::error, sandbox::Sandbox};

/// The ids of some memories of the samples.
fn ids(place: &Sandbox, count: usize) -> Vec<String> {
    let limit = count.to_string();
    let listed = place.json(&["list", "kind:bugfix", "--limit", &limit, "--json"]);
    listed.iter().map(|memory| memory["id"].as_str().unwrap().to_owned()).collect()
}

fn put(place: &Sandbox, name: &str, text: &str) -> String {
    let path = place.path(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn titled(id: &str, title: &str) -> Value {
    json!({ "label": "edit", "reason": "it says what happened", "confidence": 0.9, "cluster": "titles",
            "steps": [{ "do": "edit", "id": id, "set": { "title": title } }] })
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// What it says on standard input.
fn import(place: &Sandbox, text: &[u8]) -> Output {
    let database = place.database();
    let mut command = place.bare(&["--store", database.to_str().unwrap(), "queue", "import", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    child.wait_with_output().unwrap()
}

fn title_of(place: &Sandbox, id: &str) -> String {
    place.json(&["show", id, "--json"])[0]["title"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_proposed_waits_is_shown_and_is_carried_out_as_a_dry_run_said() {
    let place = Sandbox::new();
    let before = place.dump();
    let ids = ids(&place, 3);
    let merge = json!({ "label": "merge", "reason": "they say the same", "evidence": [{ "memory": ids[1], "quote": "same" }],
        "steps": [{ "do": "edit", "id": ids[0], "set": { "title": "All three at once" } },
                  { "do": "delete", "id": ids[1] }, { "do": "delete", "id": ids[2] }] });
    let file = put(&place, "night.json", &json!([merge, titled(&ids[0], "Another title")]).to_string());
    assert_eq!(place.says(&["queue", "import", &file, "--dry-run"]), "would take 2 of 2\n");
    assert_eq!(place.memtui(&["queue", "list"]).status.code(), Some(1), "a dry run leaves nothing behind");
    assert_eq!(place.says(&["queue", "import", &file]), "2 new\n");
    assert_eq!(place.says(&["queue", "import", &file]), "2 waiting already\n");
    assert_eq!(place.dump(), before, "what waits changes nothing");
    let waiting = place.json(&["queue", "list", "--json"]);
    assert_eq!((waiting.len(), &waiting[0]["what"]), (2, &json!("merges 3 memories: edits 1, removes 2")));
    assert_eq!(waiting[0]["author"], "file:night.json");

    let text = place.says(&["queue", "show", "1"]);
    for part in
        ["1@1  merges 3 memories", "why: they say the same", "“same”", "    + All three at once", "tokens before"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let dry = place.says(&["queue", "approve", "1@1", "--dry-run"]);
    assert_eq!(dry, text, "a dry run says what `show` says");
    let planned = &place.json(&["queue", "approve", "1@1", "--dry-run", "--json"])[0];
    assert_eq!(place.dump(), before);

    let done = &place.json(&["queue", "approve", "1@1", "--json"])[0];
    assert_eq!((&done["result"], &done["operation"]), (&json!("applied"), &json!(1)));
    for change in planned["changes"].as_array().unwrap() {
        let id = change["id"].as_str().unwrap();
        match change["do"].as_str().unwrap() {
            "delete" => assert_eq!(code(&place.memtui(&["show", id])), Some(1)),
            _ => assert_eq!(change["fields"][0]["after"], json!(title_of(&place, id))),
        }
    }
    // The other one was made on a title that is gone.
    let late = place.memtui(&["queue", "approve", "2@1"]);
    assert_eq!((code(&late), place.says(&["queue", "list"]).lines().count()), (Some(1), 1));
    assert!(error(&late).contains("changed since in title"), "{}", error(&late));
    assert!(place.says(&["queue", "show", "2"]).contains("(conflict: both changed title)"));
    place.says(&["undo"]);
    assert_eq!(place.dump(), before, "to the byte");
    assert_eq!(place.says(&["queue", "list"]).lines().count(), 2, "undone, it waits again");
}

#[test]
fn a_script_cannot_approve_what_it_has_not_seen() {
    let place = Sandbox::new();
    let id = &ids(&place, 1)[0];
    let before = place.dump();
    assert_eq!(code(&import(&place, titled(id, "Another title").to_string().as_bytes())), Some(0));
    for (arguments, expected, said) in [
        (&["queue", "approve", "1"][..], 2, "what was seen must be named"),
        (&["queue", "approve", "1", "--yes"], 2, "what was seen must be named"),
        (&["queue", "approve", "--label", "edit", "--yes"], 2, "what was seen must be named"),
        (&["queue", "approve", "--label", "edit", "--version", "1"], 2, "--version goes with"),
        (&["queue", "approve"], 2, "name proposals by their numbers"),
        (&["queue", "approve", "1@1", "--batch", "1"], 2, "name proposals by their numbers"),
        (&["queue", "approve", "1@2"], 1, "waits no longer, or not as that version"),
        (&["queue", "approve", "1", "--version", "2"], 1, "waits no longer, or not as that version"),
        (&["queue", "approve", "9@1"], 2, "there is no proposal 9"),
        (&["queue", "approve", "one"], 2, "is no proposal"),
        (&["queue", "show", "1@2"], 1, "is not at version 2 but at 1"),
        (&["--read-only", "queue", "approve", "1@1"], 1, "--read-only"),
    ] {
        let output = place.memtui(arguments);
        assert_eq!(code(&output), Some(expected), "{arguments:?}: {}", error(&output));
        assert!(error(&output).contains(said), "{arguments:?}: {}", error(&output));
    }
    assert_eq!(place.dump(), before);
    // An edit is another version; what was seen before it is not approved.
    let mut form = place.json(&["queue", "show", "1", "--json"])[0]["steps"].clone();
    form[0]["set"]["title"] = json!("A better title");
    let edited = json!({ "label": "edit", "reason": "it says what happened", "steps": form }).to_string();
    let file = put(&place, "edited.json", &edited);
    assert!(place.says(&["queue", "edit", "1@1", "--from", &file]).starts_with("1 is at version 2 now"));
    assert_eq!(code(&place.memtui(&["queue", "approve", "1@1"])), Some(1));
    assert_eq!(code(&place.memtui(&["queue", "edit", "1@1", "--from", &file])), Some(1));
    place.says(&["queue", "approve", "1", "--version", "2"]);
    assert_eq!(title_of(&place, id), "A better title");
    assert_eq!(code(&place.memtui(&["queue", "approve", "1@2"])), Some(1), "once is enough");
    assert_eq!(code(&place.memtui(&["queue", "reopen", "1@1"])), Some(1), "what is taken back is named, too");
    place.says(&["queue", "reopen", "1", "--version", "2"]);
    assert_eq!(place.dump(), before);
    // What it is for and why can be put into better words.
    let edited = json!({ "label": "normalise", "reason": "one word for one thing", "steps": form }).to_string();
    place.says(&["queue", "edit", "1", "--version", "2", "--from", &put(&place, "edited.json", &edited)]);
    let shown = &place.json(&["queue", "show", "1", "--json"])[0];
    assert_eq!((&shown["label"], &shown["reason"]), (&json!("normalise"), &json!("one word for one thing")));
    let surer = json!({ "label": "edit", "reason": "it is so", "confidence": 1.0, "steps": form }).to_string();
    let refused = place.memtui(&["queue", "edit", "1@3", "--from", &put(&place, "edited.json", &surer)]);
    assert!(error(&refused).contains("the author's and stay"), "{}", error(&refused));
}

#[test]
fn a_no_stays_a_no_until_it_is_lifted() {
    let place = Sandbox::new();
    let ids = ids(&place, 3);
    let text = "The deploy script must be run from the root of the repository, on every machine, every time";
    let propose = |id: &str| import(&place, titled(id, text).to_string().as_bytes());
    propose(&ids[0]);
    assert_eq!(code(&place.memtui(&["queue", "reject", "--cluster", "titles"])), Some(2), "many are asked about");
    assert_eq!(place.says(&["queue", "reject", "1", "--reason", "not so"]), "1: rejected\n");
    assert!(String::from_utf8(propose(&ids[0]).stdout).unwrap().starts_with("1 rejected before"));
    let stones = place.json(&["queue", "tombstones", "--json"]);
    assert_eq!((stones.len(), &stones[0]["reason"]), (1, &json!("not so")));
    assert_eq!(place.says(&["queue", "tombstones", "--lift", "1"]), "1: the text may come back\n");
    assert_eq!(code(&place.memtui(&["queue", "tombstones", "--lift", "1"])), Some(1));
    assert_eq!(code(&place.memtui(&["queue", "tombstones"])), Some(1));
    // Several by what they have in common, and later.
    propose(&ids[1]);
    propose(&ids[2]);
    assert_eq!(place.says(&["queue", "snooze", "--author", "file:*", "--until", "30d", "--yes"]).lines().count(), 2);
    assert_eq!(code(&place.memtui(&["queue", "list"])), Some(1));
    place.says(&["queue", "reopen", "2", "3"]);
    assert_eq!(place.says(&["queue", "list", "--label", "edit", "--batch", "3"]).lines().count(), 1);
    assert_eq!(code(&place.memtui(&["queue", "list", "--label", "undo"])), Some(2));
    assert_eq!(code(&place.memtui(&["queue", "snooze", "2", "--until", "2001-01-01"])), Some(2));
    let rates = place.json(&["queue", "rates", "--json"]);
    assert_eq!((&rates[0]["rejected"], &rates[0]["suggestion"]), (&json!(1), &Value::Null));
}

#[test]
fn whatever_comes_in_is_read_whole_or_refused_with_a_place_and_a_reason() {
    let place = Sandbox::new();
    let id = &ids(&place, 1)[0];
    let good = titled(id, "Another title");
    let step = |step: Value| json!({ "label": "edit", "reason": "r", "steps": [step] }).to_string();
    for (text, said) in [
        ("{".to_owned(), "proposal 1, all: it is no JSON"),
        ("[".repeat(10_000), "proposal 1, all: it is no JSON"),
        ("[1, \"two\", null]".to_owned(), "proposal 3, proposal: "),
        ("\u{feff}{\"label\": \"edit\"}".to_owned(), "missing field `reason`"),
        (
            step(json!({ "do": "edit", "id": id, "set": { "colour": "red" } })),
            "steps[0].set: colour: there is no such field",
        ),
        (step(json!({ "do": "edit", "id": id, "set": { "title": ["a"] } })), "title: it takes a text"),
        (
            step(json!({ "do": "edit", "id": "claude-mem:observation/999999", "set": { "title": "a" } })),
            "there is no memory",
        ),
        (step(json!({ "do": "edit", "id": "elsewhere:x/1", "set": { "title": "a" } })), "no store `elsewhere` is open"),
        (step(json!({ "do": "burn", "id": id })), "steps[0].do: unknown variant `burn`"),
        (step(json!({ "do": "add", "set": { "body": "a" } })), "no open store takes new memories"),
        (json!({ "label": "ALL", "reason": "\u{1b}[2J", "steps": [] }).to_string(), "label: there is no label `ALL`"),
        (json!({ "label": "edit", "reason": "r", "steps": [], "\u{1b}[31m": 1 }).to_string(), "unknown field"),
    ] {
        let output = import(&place, text.as_bytes());
        assert_eq!(code(&output), Some(1), "{text:.80}: {}", error(&output));
        assert!(error(&output).contains(said), "{text:.80}: {}", error(&output));
        assert!(!error(&output).contains('\u{1b}'), "{}", error(&output));
    }
    assert_eq!(code(&import(&place, b"\xff\xfe")), Some(2));
    assert_eq!(code(&import(&place, b" \n")), Some(1));
    assert_eq!(code(&place.memtui(&["queue", "import", "/no/such/file"])), Some(2));
    // The same memory twice in one proposal is one mistake; its neighbours are taken.
    let twice = json!({ "label": "merge", "reason": "r",
        "steps": [{ "do": "delete", "id": id }, { "do": "edit", "id": id, "set": { "title": "x" } }] });
    let output = import(&place, format!("{twice}\n{good}\n").as_bytes());
    assert_eq!((code(&output), output.stdout.as_slice()), (Some(1), &b"1 new, 1 with mistakes\n"[..]));
    assert!(error(&output).contains("proposal 1, steps[1].id: another step is about the same memory"));
    // Hostile and huge text waits like any other, and is safe to look at.
    let hostile = format!("\u{1b}[2J\u{202e}{}", "x".repeat(1 << 20));
    assert_eq!(code(&import(&place, titled(id, &hostile).to_string().as_bytes())), Some(0));
    for arguments in [&["queue", "list"][..], &["queue", "show", "2"], &["queue", "show", "2", "--json"]] {
        let text = place.says(arguments);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{arguments:?}");
    }
    assert!(place.says(&["queue", "show", "2"]).contains("! hidden-text: "));
}

#[test]
fn a_policy_applies_what_comes_in_and_the_audit_list_has_it() {
    let place = Sandbox::new();
    let ids = ids(&place, 2);
    fs::create_dir_all(place.path("CONFIG/memtui")).unwrap();
    let policy = "[[policy]]\nauthor = 'inbox:nightly'\nlabel = 'edit'\nmin_confidence = 0.8\n";
    fs::write(place.path("CONFIG/memtui/config.toml"), policy).unwrap();
    fs::create_dir_all(place.path("DATA/memtui/inbox")).unwrap();
    let mut form = titled(&ids[0], "A title from the night");
    form["author"] = json!("nightly");
    let before = place.dump();
    assert_eq!(code(&import(&place, form.to_string().as_bytes())), Some(0), "by another door it waits");
    assert_eq!(place.dump(), before);
    form["steps"][0]["id"] = json!(ids[1]);
    put(&place, "DATA/memtui/inbox/night.json", &form.to_string());
    let output = place.memtui(&["queue", "audit"]);
    assert!(error(&output).contains("inbox: night.json: 1 new, 1 applied by a policy"), "{}", error(&output));
    assert_eq!(title_of(&place, &ids[1]), "A title from the night");
    let listed = place.json(&["queue", "audit", "--json"]);
    assert_eq!(listed[0]["author"], "policy inbox:nightly edit 0.8");
    assert!(place.path("DATA/memtui/inbox/done/night.json").is_file());
    place.says(&["queue", "audit", "--seen"]);
    assert!(!String::from_utf8(place.memtui(&["queue", "audit"]).stdout).unwrap().contains("policy"));
    // What a policy did is nobody's latest act: it is taken back by its number.
    let output = place.memtui(&["undo"]);
    assert!(code(&output) == Some(1) && error(&output).contains("nothing of yours"), "{}", error(&output));
    place.says(&["undo", "1"]);
    assert_eq!(place.dump(), before);
}

#[test]
fn agreement_suggests_a_policy_and_changes_none() {
    let place = Sandbox::new();
    let ids = ids(&place, 10);
    let forms: Vec<Value> = ids.iter().enumerate().map(|(at, id)| titled(id, &format!("Title number {at}"))).collect();
    let file = put(&place, "night.json", &Value::from(forms).to_string());
    place.says(&["queue", "import", &file, "--author", "dream"]);
    let named: Vec<String> = (1..=10).map(|id| format!("{id}@1")).collect();
    let mut arguments = vec!["queue", "approve"];
    arguments.extend(named.iter().map(String::as_str));
    place.says(&arguments);
    let rates = place.json(&["queue", "rates", "--json"]);
    assert_eq!((&rates[0]["rate"], &rates[0]["approved"]), (&json!(1.0), &json!(10)));
    let suggestion = rates[0]["suggestion"].as_str().unwrap();
    assert_eq!(suggestion, "[[policy]]\nauthor = \"dream\"\nlabel = \"edit\"\nmin_confidence = 0.9");
    assert!(!place.path("CONFIG/memtui/config.toml").exists());
    fs::create_dir_all(place.path("CONFIG/memtui")).unwrap();
    fs::write(place.path("CONFIG/memtui/config.toml"), suggestion).unwrap();
    assert_eq!(place.json(&["queue", "rates", "--json"])[0]["suggestion"], Value::Null, "it can be taken as it is");
}

#[test]
fn somebody_elses_dream_is_told_as_proposals() {
    let place = Sandbox::new();
    let ids = ids(&place, 3);
    let export = place.says(&["export", "kind:bugfix"]);
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let at = |id: &String| lines.iter().position(|memory| memory["id"] == json!(id)).unwrap();
    let mut after = lines.clone();
    after[at(&ids[0])]["title"] = json!("A dream's title");
    after.remove(at(&ids[1]));
    let jsonl = |lines: &[Value]| lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let (a, b) = (put(&place, "a.jsonl", &jsonl(&lines)), put(&place, "b.jsonl", &jsonl(&after)));
    let forms = place.json(&["queue", "diff", "--base", &a, "--proposed", &b, "--dry-run"]);
    assert_eq!(forms.len(), 2, "{forms:#?}");
    assert_eq!(place.says(&["queue", "diff", "--base", &a, "--proposed", &b]), "2 new\n");
    let waiting = place.json(&["queue", "list", "--author", "diff:b.jsonl", "--json"]);
    let labels: Vec<&str> = waiting.iter().map(|line| line["label"].as_str().unwrap()).collect();
    assert_eq!(labels, if at(&ids[0]) < at(&ids[1]) { ["edit", "prune"] } else { ["prune", "edit"] });
    let shown = place.says(&["queue", "show", "1", "2"]);
    assert!(shown.contains("+ A dream's title") && shown.contains(&format!("delete {}", ids[1])), "{shown}");
    place.says(&["queue", "approve", "1@1", "2@1"]);
    assert_eq!(title_of(&place, &ids[0]), "A dream's title");
    assert_eq!(code(&place.memtui(&["show", &ids[1]])), Some(1));
    assert_eq!(code(&place.memtui(&["queue", "diff", "--base", &a, "--proposed", &a])), Some(1));
    assert_eq!(code(&place.memtui(&["queue", "diff", "--base", "/no/such", "--proposed", &a])), Some(2));
}

#[test]
fn a_directory_of_memories_is_compared_by_path_and_by_text() {
    let place = Sandbox::new();
    let shared = place.path("memories.db");
    let shared = shared.to_str().unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec!["--store", shared];
        all.extend(arguments);
        place.bare(&all).output().unwrap()
    };
    assert_eq!(code(&place.bare(&["init", shared]).output().unwrap()), Some(0));
    for text in ["The gate opens at nine.", "Deploys run on Friday.", "Nobody likes tabs."] {
        assert_eq!(code(&run(&["add", text])), Some(0));
    }
    for (folder, files) in [
        (
            "before",
            &[
                ("gate.md", "The gate opens at nine.\n"),
                ("deploy.md", "Deploys run on Friday.\n"),
                ("tabs.md", "Nobody likes tabs.\n"),
            ][..],
        ),
        (
            "after",
            &[
                ("gate.md", "The gate opens at eight.\n"),
                ("archive/tabs.md", "Nobody likes tabs.\n"),
                ("new.md", "# Lint\nRun it first.\n"),
            ],
        ),
    ] {
        for (name, text) in files {
            let path = place.path(folder).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let (before, after) = (place.path("before"), place.path("after"));
    let output = run(&["queue", "diff", "--base", before.to_str().unwrap(), "--proposed", after.to_str().unwrap()]);
    assert_eq!((code(&output), output.stdout.as_slice()), (Some(0), &b"3 new\n"[..]), "{}", error(&output));
    assert!(error(&output).contains("1 memory only moved"), "{}", error(&output));
    assert_eq!(code(&run(&["queue", "approve", "1@1", "2@1", "3@1"])), Some(0));
    let bodies = String::from_utf8(run(&["export"]).stdout).unwrap();
    for (text, there) in [("eight", true), ("nine", false), ("Friday", false), ("tabs", true), ("Run it first", true)] {
        assert_eq!(bodies.contains(text), there, "{text}: {bodies}");
    }
}

#[test]
fn the_schema_is_printed_as_it_is_published() {
    let place = Sandbox::new();
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/proposal.schema.json");
    assert_eq!(
        String::from_utf8(place.bare(&["queue", "schema"]).output().unwrap().stdout).unwrap(),
        fs::read_to_string(published).unwrap()
    );
}

#[test]
fn what_others_did_since_a_person_last_looked_is_listed_and_put_away() {
    let place = Sandbox::new();
    let audit = |arguments: &[&str]| place.memtui(&[&["queue", "audit", "--json"], arguments].concat());
    let listed = |output: &Output| -> Vec<(String, String)> {
        let lines = String::from_utf8(output.stdout.clone()).unwrap();
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        lines.map(|line| (text(&line["changed"]), text(&line["id"]))).collect()
    };
    // From here on the person knows what there is.
    place.memtui(&["queue", "audit", "--seen"]);
    let nothing = audit(&[]);
    assert_eq!((code(&nothing), listed(&nothing)), (Some(1), vec![]), "{}", error(&nothing));

    let ids = ids(&place, 4);
    let row = |id: &str| id.rsplit('/').next().unwrap().to_owned();
    place.says(&["prune", &ids[0], "--yes"]);
    let other = rusqlite::Connection::open(place.database()).unwrap();
    other.execute("DELETE FROM observations WHERE id = ?1", [row(&ids[1])]).unwrap();
    other.execute("UPDATE observations SET title = 'Said otherwise' WHERE id = ?1", [row(&ids[2])]).unwrap();
    other
        .execute(
            "INSERT INTO observations(memory_session_id, project, type, title, narrative, created_at, created_at_epoch)
             SELECT memory_session_id, project, type, 'Quite new', 'Something that nobody said before.', created_at,
             created_at_epoch FROM observations WHERE id = ?1",
            [row(&ids[3])],
        )
        .unwrap();
    let new = format!("claude-mem:observation/{}", other.last_insert_rowid());
    drop(other);

    let wanted = [("deleted", &ids[1]), ("changed", &ids[2]), ("added", &new)];
    let wanted: Vec<(String, String)> = wanted.iter().map(|(what, id)| ((*what).to_owned(), (*id).clone())).collect();
    let found = audit(&[]);
    assert_eq!(listed(&found), wanted, "what the person pruned is no news: {}", error(&found));
    let told = error(&place.memtui(&["queue", "audit"]));
    assert!(told.contains("1 added, 1 changed, 1 deleted by others since"), "{told}");
    assert_eq!(listed(&audit(&["--seen"])), wanted);
    assert_eq!(code(&audit(&[])), Some(1), "it is put away");
}
