//! Settings of the agents on this machine: the environments of the servers that they start.

use std::{fs, path::Path};

use serde_json::Value as Json;

/// Bytes up to which a settings file is read.
const LARGEST: u64 = 32 << 20;

/// Files in which agents keep the environment of the servers that they start, below the home directory.
const CLIENTS: [&str; 8] = [
    ".claude.json",
    ".claude/settings.json",
    ".cursor/mcp.json",
    ".codeium/windsurf/mcp_config.json",
    ".gemini/settings.json",
    ".config/Claude/claude_desktop_config.json",
    ".config/opencode/opencode.json",
    "Library/Application Support/Claude/claude_desktop_config.json",
];

/// Every variable in those environments whose name begins so, in the order of the files; others, keys among them, are
/// not looked at.
pub(super) fn variables(home: &Path, prefixes: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for client in CLIENTS {
        // Such a file may have megabytes: it is only taken apart when it speaks of what is wanted.
        let text = read(&home.join(client)).filter(|text| prefixes.iter().any(|prefix| text.contains(prefix)));
        if let Some(Ok(json)) = text.map(|text| serde_json::from_str::<Json>(&text)) {
            servers(&json, prefixes, &mut found);
        }
    }
    found
}

/// The text of a settings file, if it is one.
pub(super) fn read(path: &Path) -> Option<String> {
    let size = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
    if size > LARGEST { None } else { fs::read_to_string(path).ok() }
}

/// Takes the environments of all servers in a file of settings, at whatever depth (of the file or of a project).
fn servers(json: &Json, prefixes: &[&str], found: &mut Vec<(String, String)>) {
    let Json::Object(object) = json else { return };
    for (key, value) in object {
        match (key.as_str(), value) {
            ("env" | "environment", Json::Object(variables)) => {
                let meant = variables.iter().filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)));
                found.extend(meant.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))));
            }
            (_, Json::Object(_)) => servers(value, prefixes, found),
            _ => {}
        }
    }
}
