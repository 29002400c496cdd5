//! The reference pages say what the program does.

use std::{collections::BTreeSet, fs, path::Path};

use memtui::cli::{json, reference};
use serde_json::Value;

fn page(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

#[test]
fn the_page_of_the_command_line_is_the_one_the_program_makes() {
    let path = page("cli.md");
    if std::env::var_os("MEMTUI_WRITE_DOCS").is_some() {
        fs::write(&path, reference::page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == reference::page(),
        "docs/cli.md is stale; write it anew with MEMTUI_WRITE_DOCS=1 cargo test --test cli"
    );
}

/// Every key of a value, with the keys around it: `scope.project`, `files[].path`.
fn keys(prefix: &str, value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                all.insert(path.clone());
                keys(&path, value, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(&format!("{prefix}[]"), item, all)),
        _ => {}
    }
}

/// The keys in the table under a heading.
fn documented(text: &str, heading: &str) -> BTreeSet<String> {
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect()
}

#[test]
fn the_page_of_the_json_output_has_every_key_and_no_other() {
    let text = fs::read_to_string(page("json.md")).unwrap_or_default();
    for (heading, example) in json::examples() {
        let mut all = BTreeSet::new();
        keys("", &example, &mut all);
        assert!(!all.is_empty());
        assert_eq!(documented(&text, heading), all, "docs/json.md, section {heading}");
    }
}
