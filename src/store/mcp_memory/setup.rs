//! Where the product of this user keeps its memories, and whether it shares them with other machines.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::store::clients;

/// The database's usual name. A file is never judged by it, only looked for.
pub(crate) const FILE_NAME: &str = "sqlite_vec.db";
/// What the names of the variables begin with that say where memories are; others, its keys among them, are not looked at.
const PREFIXES: [&str; 2] = ["MCP_MEMORY_", "MCP_SYNC_"];
/// The product's own settings file, below the home directory.
const OWN: &str = ".mcp-memory/.env";

/// The variables that the product runs with: those of this process, else those in the product's file and in the agents'
/// settings.
pub(super) fn variables(home: Option<&Path>, process: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Some(home) = home {
        for (name, value) in clients::variables(home, &PREFIXES) {
            found.entry(name).or_insert(value);
        }
        found.extend(clients::read(&home.join(OWN)).iter().flat_map(|text| text.lines()).filter_map(assignment));
    }
    found.extend(process.iter().filter(|(name, _)| is_meant(name)).map(|(k, v)| (k.clone(), v.clone())));
    found
}

/// Whether a variable says where the product keeps memories.
pub(crate) fn is_meant(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// `NAME=value`, with or without quotes and `export`.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
    let value = value.trim().trim_matches(|c| c == '"' || c == '\'');
    is_meant(name.trim()).then(|| (name.trim().to_owned(), value.to_owned()))
}

/// Where the product keeps its database; `None` without a home directory and a variable that says so.
pub(super) fn database(home: Option<&Path>, variables: &BTreeMap<String, String>) -> Option<PathBuf> {
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty());
    let path = |text: &String| match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(text),
    };
    if let Some(file) = set("MCP_MEMORY_SQLITE_PATH").or_else(|| set("MCP_MEMORY_SQLITEVEC_PATH")) {
        return Some(path(file));
    }
    let base = set("MCP_MEMORY_BASE_DIR").map(path).or_else(|| {
        let usual = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
        Some(home?.join(usual).join("mcp-memory"))
    })?;
    Some(base.join(FILE_NAME))
}

/// Why a database with this set-up must not be written beside its product.
pub(super) fn objection(variables: &BTreeMap<String, String>) -> Option<String> {
    let set = |name: &str| variables.get(name).map(|value| value.trim().to_lowercase()).unwrap_or_default();
    let backend = set("MCP_MEMORY_STORAGE_BACKEND");
    if ["hybrid", "cloudflare", "milvus"].contains(&backend.as_str()) {
        return Some(format!(
            "its product is set up as `{backend}`, which also keeps memories elsewhere and would not hear of what \
             memtui writes here; change this store through the product's own server"
        ));
    }
    ["on", "1", "true", "yes"].contains(&set("MCP_SYNC_EVENTLOG").as_str()).then(|| {
        "its product is set up to carry every change to other machines, and would not carry those of memtui; change \
         this store through the product's own server"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_database_is_where_the_settings_say() {
        let home = tempfile::tempdir().unwrap();
        let at = |process: &[(&str, &str)]| {
            let process = process.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let variables = variables(Some(home.path()), &process);
            (database(Some(home.path()), &variables).unwrap(), objection(&variables).is_some())
        };
        let usual = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
        assert_eq!(at(&[]), (home.path().join(usual).join("mcp-memory/sqlite_vec.db"), false));
        fs::write(
            home.path().join(".claude.json"),
            r#"{"projects": {"/p": {"mcpServers": {"memory": {"env": {"MCP_MEMORY_BASE_DIR": "~/m", "OTHER": "x",
                "MCP_MEMORY_STORAGE_BACKEND": "hybrid"}}}}}}"#,
        )
        .unwrap();
        assert_eq!(at(&[]), (home.path().join("m/sqlite_vec.db"), true));
        fs::create_dir(home.path().join(".mcp-memory")).unwrap();
        let own = "# settings\nexport MCP_MEMORY_STORAGE_BACKEND=sqlite_vec\nMCP_MEMORY_SQLITE_PATH='/x/y.db'\n";
        fs::write(home.path().join(OWN), own).unwrap();
        assert_eq!(at(&[]), (PathBuf::from("/x/y.db"), false));
        assert_eq!(at(&[("MCP_MEMORY_SQLITE_PATH", "/z.db"), ("MCP_SYNC_EVENTLOG", "on")]), ("/z.db".into(), true));
    }
}
