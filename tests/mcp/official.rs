//! A session with the official client of another language, which docs/mcp.md shows.

use std::process::Command;

use crate::host::Place;

/// A Python that has the official SDK, if there is one: named by `MEMTUI_MCP_PYTHON`, made by `.ci/run`, or the usual one.
fn python() -> Option<String> {
    let named = std::env::var("MEMTUI_MCP_PYTHON").ok();
    let made = concat!(env!("CARGO_MANIFEST_DIR"), "/target/mcp-python/bin/python");
    let has_it =
        |python: &String| Command::new(python).args(["-c", "import mcp"]).output().is_ok_and(|it| it.status.success());
    named.into_iter().chain([made.to_owned(), "python3".to_owned()]).find(has_it)
}

/// Whether the page shows this very session; written there with `MEMTUI_WRITE_DOCS=1`.
fn shown(said: &str) {
    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/mcp.md");
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once("\n## A session\n").unwrap();
    let (intro, rest) = rest.split_once("```text\n").unwrap();
    let (_, after) = rest.split_once("\n```\n").unwrap();
    let new = format!("{before}\n## A session\n{intro}```text\n{}\n```\n{after}", said.trim());
    if std::env::var_os("MEMTUI_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, new).unwrap();
    } else {
        assert!(page == new, "docs/mcp.md is out of date; MEMTUI_WRITE_DOCS=1 cargo test writes it again: {said}");
    }
}

#[test]
fn the_official_python_client_has_a_whole_session() {
    let Some(python) = python() else {
        eprintln!("skipped: no Python with the package `mcp`; `.ci/run` installs one under target/");
        return;
    };
    let place = Place::new("");
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp/client.py"));
    command.arg(env!("CARGO_BIN_EXE_memtui")).arg(place.path("shop"));
    place.dress(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    shown(&said);
    assert_eq!(place.memories(), 1);
    assert_eq!(Place::number(&place.ledger(), "SELECT count(*) FROM proposal WHERE state = 'waiting'"), 3);
}
