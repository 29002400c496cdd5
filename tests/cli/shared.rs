//! The shared database from the command line: made, written, pruned and undone, carried to another one.

use std::{
    io::Write as _,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::sandbox::Sandbox;

fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn memories(place: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let output = place.bare(arguments).output().unwrap();
    // Nothing found is no failure here.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_memory_is_written_down_found_pruned_and_put_back() {
    let place = Sandbox::new();
    let run = |arguments: &[&str]| place.bare(arguments).output().unwrap();
    let none = run(&["add", "something"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("memtui"), "the next step is named");
    done(&run(&["init"]));
    assert!(done(&run(&["init"])).contains("there already"));
    done(&run(&["add", "Deploys go", "through the queue", "--project", "shop", "--kind", "decision", "--tag", "ci"]));
    let all = memories(&place, &["list", "queue", "--json"]);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["id"], "shared:memory/1");
    assert_eq!(all[0]["scope"]["project"], "shop");
    assert_eq!(all[0]["title"], "Deploys go through the queue");
    assert_eq!(all[0]["tags"][0], "ci");
    assert_eq!(all[0]["provenance"]["agent"], "person");
    let again = run(&["add", "deploys  go through the QUEUE", "--project", "shop"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("says the same"));
    done(&run(&["prune", "memory/1", "--yes"]));
    assert_eq!(memories(&place, &["list", "--json"]).len(), 0);
    done(&run(&["undo"]));
    assert_eq!(memories(&place, &["list", "--json"]), all);
    done(&run(&["undo", "1"]));
    assert_eq!(memories(&place, &["list", "--json"]).len(), 0, "undoing an add takes the memory away");
}

#[test]
fn standard_input_is_a_text_and_nothing_is_no_memory() {
    let place = Sandbox::new();
    done(&place.bare(&["init"]).output().unwrap());
    let add = |text: &[u8]| {
        let mut child = place
            .bare(&["add", "-", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text).unwrap();
        child.wait_with_output().unwrap()
    };
    done(&add("zwei\nZeilen – né".as_bytes()));
    assert_eq!(memories(&place, &["list", "Zeilen", "--json"])[0]["body"], "## body\n\nzwei\nZeilen – né");
    assert_eq!(add(b" \n").status.code(), Some(1));
    assert_eq!(add(b"\xff").status.code(), Some(2));
}

#[test]
fn an_export_comes_back_as_it_was() {
    let place = Sandbox::new();
    let other = place.path("other.db");
    let other = other.to_str().unwrap();
    let run = |arguments: &[&str]| place.bare(arguments).output().unwrap();
    done(&run(&["init"]));
    for text in ["one", "two\nlines \"quoted\"", "drei – \u{202e}hidden"] {
        done(&run(&["add", text, "--confidence", "0.3", "--evidence", "seen", "--file", "a.rs"]));
    }
    done(&run(&["prune", "memory/2", "--yes"]));
    let exported = done(&run(&["export"]));
    let file = place.path("memories.jsonl");
    std::fs::write(&file, &exported).unwrap();
    done(&run(&["init", other]));
    done(&run(&["--store", other, "import", file.to_str().unwrap()]));
    assert_eq!(done(&run(&["--store", other, "export"])), exported);
    let twice = run(&["--store", other, "import", file.to_str().unwrap()]);
    assert_eq!(twice.status.code(), Some(1), "what is there already is not added again");
    assert_eq!(done(&run(&["--store", other, "export"])), exported);
    std::fs::write(&file, format!("{exported}{{\"body\": 7}}\n")).unwrap();
    let broken = run(&["--store", other, "import", file.to_str().unwrap()]);
    assert_eq!(broken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("line 3"));
}

#[test]
fn memories_of_a_product_can_be_taken_over() {
    let place = Sandbox::new();
    let file = place.path("sample.jsonl");
    std::fs::write(&file, place.says(&["export", "kind:decision"])).unwrap();
    let count = place.says(&["count", "kind:decision"]);
    done(&place.bare(&["init"]).output().unwrap());
    done(&place.bare(&["import", file.to_str().unwrap()]).output().unwrap());
    let taken = memories(&place, &["list", "--json"]);
    assert_eq!(taken.len(), count.trim().parse::<usize>().unwrap());
    assert!(taken.iter().all(|memory| memory["kind"] == "decision" && memory["created"].is_string()));
    let page = done(&place.bare(&["export", "--format", "markdown"]).output().unwrap());
    assert!(page.matches("\n## ").count() + 1 >= taken.len());
}
