//! Setting an agent up: the change is shown, made only when told to, made once, and taken back to the byte.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use crate::sandbox::Sandbox;

const HOSTS: [(&str, &str, &str); 4] = [
    (
        "claude-code",
        ".claude.json",
        "{\n  \"numStartups\": 7,   \"odd\":[1,2],\n  \"mcpServers\": {\n    \"other\": {\"command\": \"x\"}\n  },\n  \"last\": null\n}",
    ),
    (
        "codex",
        ".codex/config.toml",
        "# mine\nmodel = \"gpt\"   # keep\n\n[mcp_servers.other]\ncommand = \"x\"\n\n[tui]\ntheme = 'dark'\n",
    ),
    ("cursor", ".cursor/mcp.json", "{\r\n\t\"mcpServers\": {}\r\n}\r\n"),
    ("gemini", ".gemini/settings.json", "{\n    // a remark\n    \"theme\": \"GitHub\",\n}\n"),
];

fn place(file: &str, text: Option<&str>) -> (Sandbox, PathBuf) {
    let place = Sandbox::new();
    let path = place.path("home").join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if let Some(text) = text {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    (place, path)
}

fn run(place: &Sandbox, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = place.bare(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_change_is_shown_made_once_and_taken_back_to_the_byte() {
    for (host, file, text) in HOSTS {
        let (place, path) = place(file, Some(text));
        let now = || fs::read_to_string(&path).unwrap();
        let (code, shown, said) = run(&place, &["setup", host]);
        assert_eq!((code, now().as_str()), (Some(0), text), "only shown");
        assert!(shown.contains("memtui") && shown.contains(host) && said.contains("--write"), "{shown}{said}");
        assert!(
            !shown.lines().any(|line| line.starts_with('-') && !line.starts_with("---") && line.len() > 30),
            "{shown}"
        );
        let (code, _, said) = run(&place, &["setup", host, "--write"]);
        assert_eq!(code, Some(0), "{said}");
        let made = now();
        assert!(made.contains("--agent") && made.contains("other") == text.contains("other"), "{made}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        let (code, again, _) = run(&place, &["setup", host, "--write"]);
        assert!(code == Some(0) && again.contains("nothing to do") && now() == made, "{again}");
        run(&place, &["setup", host, "--undo"]);
        assert_eq!(now(), made, "only shown");
        run(&place, &["setup", host, "--undo", "--write"]);
        assert_eq!(now(), text, "{host}");
        assert!(run(&place, &["setup", host, "--undo", "--write"]).1.contains("nothing to do"));
    }
}

#[test]
fn what_somebody_wrote_since_stays_when_the_entry_is_taken_out() {
    for (host, file, text) in HOSTS {
        let (place, path) = place(file, Some(text));
        run(&place, &["setup", host, "--write"]);
        let made = fs::read_to_string(&path).unwrap();
        let theirs = made.replace("other", "another").replace("GitHub", "Ayu") + "\n";
        fs::write(&path, &theirs).unwrap();
        run(&place, &["setup", host, "--undo", "--write"]);
        let left = fs::read_to_string(&path).unwrap();
        assert!(!left.contains("--agent"), "{left}");
        for word in ["another", "Ayu"] {
            assert_eq!(left.contains(word), theirs.contains(word), "{left}");
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_made_and_taken_away_again() {
    for (host, file, _) in HOSTS {
        let (place, path) = place(file, None);
        let (code, shown, _) = run(&place, &["setup", host, "--write", "--agent", "night"]);
        assert!(code == Some(0) && shown.contains("/dev/null") && shown.contains("night"), "{shown}");
        let made = fs::read_to_string(&path).unwrap();
        assert!(made.ends_with('\n') && made.contains("night"), "{made}");
        run(&place, &["setup", host, "--undo", "--write"]);
        assert!(!path.exists(), "{host}");
    }
}

#[test]
fn settings_that_cannot_be_understood_stay_as_they_are() {
    for (host, file, reason) in [
        ("claude-code", ".claude.json", "it is no JSON"),
        ("codex", ".codex/config.toml", "it is no TOML"),
        ("cursor", ".cursor/mcp.json", "it holds no object"),
    ] {
        let text = if host == "cursor" { "[1]" } else { "{ = " };
        let (place, path) = place(file, Some(text));
        let (code, _, said) = run(&place, &["setup", host, "--write"]);
        assert!(code == Some(2) && said.contains(reason), "{said}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_link_into_a_directory_of_ones_own_stays_a_link() {
    let (place, path) = place(".cursor/mcp.json", None);
    let real = place.path("home").join("dotfiles.json");
    fs::write(&real, "{}").unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    run(&place, &["setup", "cursor", "--write"]);
    assert!(path.is_symlink() && fs::read_to_string(&real).unwrap().contains("mcpServers"));
}
