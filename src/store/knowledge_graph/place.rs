//! Where the product of this user keeps its file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::store::clients;

/// The variable that says where the file is.
pub(crate) const VARIABLE: &str = "MEMORY_FILE_PATH";
/// The file's usual name.
const FILE_NAME: &str = "memory.jsonl";
/// What `npx` keeps of packages, below the home directory.
const PACKAGES: &str = ".npm/_npx";
/// The directory of the product in one of those.
const PRODUCT: &str = "node_modules/@modelcontextprotocol/server-memory/dist";

/// The files that there may be: where the variable says, for this process or for a server in an agent's settings, and
/// beside the product as `npx` has fetched it.
pub(super) fn usual(home: &Path, process: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join(PACKAGES)).into_iter().flatten().flatten();
    let products: Vec<PathBuf> =
        entries.map(|entry| entry.path().join(PRODUCT)).filter(|product| product.is_dir()).collect();
    let settings = clients::variables(home, &[VARIABLE]).into_iter().filter(|(name, _)| name == VARIABLE);
    let own = process.get(VARIABLE).cloned();
    let named: Vec<String> =
        own.into_iter().chain(settings.map(|(_, value)| value)).filter(|path| !path.is_empty()).collect();
    let mut seen = BTreeSet::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for name in &named {
        match (name.strip_prefix("~/"), Path::new(name)) {
            (Some(rest), _) => files.push(home.join(rest)),
            (None, path) if path.is_absolute() => files.push(path.to_owned()),
            // The product looks beside itself, wherever it was started.
            (None, path) => files.extend(products.iter().map(|product| product.join(path))),
        }
    }
    files.extend(products.iter().map(|product| product.join(FILE_NAME)).filter(|file| file.exists()));
    files.retain(|file| seen.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
    files
}
