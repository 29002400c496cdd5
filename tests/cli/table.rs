//! A table of somebody's own, opened by five lines of settings.

use std::{fs, process::Output};

use crate::sandbox::Sandbox;

const SETTINGS: &str = "[[table]]
path = \"agents.db\"
table = \"memories\"
id = \"id\"
content = \"content\"
scope = \"agent_id\"
tags = \"tag\"
created = \"created_at\"
updated = \"updated_at\"
";

fn place(settings: &str) -> Sandbox {
    let place = Sandbox::new();
    let directory = place.path("CONFIG").join("memtui");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("config.toml"), settings).unwrap();
    rusqlite::Connection::open(directory.join("agents.db"))
        .unwrap()
        .execute_batch(
            "CREATE TABLE memories(id INTEGER PRIMARY KEY, agent_id TEXT, tag TEXT, content TEXT NOT NULL,
                created_at TEXT, updated_at TEXT);
             INSERT INTO memories VALUES (1, 'planner', 'deploy,ci', 'Deploys go through the queue', '2026-10-01 10:00:00', NULL),
                (2, 'coder', NULL, 'Tests run under nextest', '2026-10-02 10:00:00', NULL);",
        )
        .unwrap();
    place
}

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn it_is_listed_searched_pruned_edited_and_put_back() {
    let place = place(SETTINGS);
    let run = |arguments: &[&str]| out(&place.bare(arguments).output().unwrap());
    assert!(run(&["stores"]).contains("agents"), "it is named after its file");
    let listed = run(&["list", "--json"]);
    assert!(listed.contains("\"agents:row/1\"") && listed.contains("\"planner\""), "{listed}");
    assert!(run(&["list", "nextest", "scope:coder"]).contains("Tests run"));
    run(&["edit", "row/2", "--set", "tag=ci, tests"]);
    run(&["prune", "row/1", "--yes"]);
    assert!(run(&["list", "tag:tests"]).contains("Tests run"));
    run(&["undo"]);
    run(&["undo"]);
    assert_eq!(run(&["list", "--json"]), listed);
    let path = place.path("CONFIG").join("memtui/agents.db");
    assert!(run(&["--store", path.to_str().unwrap(), "list"]).contains("Deploys"), "named by its path");
}

#[test]
fn mistakes_are_named_with_their_line() {
    let refused = |settings: &str| {
        let output = place(settings).bare(&["list"]).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = refused("mouse = true\n[[table]]\ntable = \"memories\"\n");
    assert!(code == Some(2) && said.contains("config.toml:2: [[table]]: it needs a `path`"), "{said}");
    let (code, said) = refused(&SETTINGS.replace("tags", "tagz"));
    assert!(code == Some(2) && said.contains("unknown field `tagz`"), "{said}");
    let (_, said) = refused(&SETTINGS.replace("\"tag\"", "\"labels\""));
    assert!(said.contains("has no column `labels` for `tags`; it has id, agent_id, tag"), "{said}");
}
