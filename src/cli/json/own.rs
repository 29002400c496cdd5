//! What is printed about memtui itself: its condition, settings and keys.

use serde::Serialize;

/// What `check` looked at.
#[derive(Debug, Serialize)]
pub struct FindingJson {
    /// The store's short name, or `ledger`.
    pub place: String,
    /// What was looked at, or what was found.
    pub what: String,
    /// What is wrong with it, or null.
    pub trouble: Option<String>,
}

/// A line of `doctor`.
#[derive(Debug, Serialize)]
pub struct FactJson {
    /// The part of the report: `program`, `terminal`, `store`, …
    pub section: &'static str,
    /// What it is about within it: `size`, `access`, …
    pub about: &'static str,
    /// The fact, in words for a person.
    pub fact: String,
    /// Whether it needs attention.
    pub trouble: bool,
}

/// A setting.
#[derive(Debug, Serialize)]
pub struct SettingJson {
    /// Its name.
    pub name: &'static str,
    /// Its value as it is written in the file of settings.
    pub value: String,
    /// `default`, `file`, `environment` or `flag`.
    pub from: &'static str,
    /// The file and line, the variable or the option; null for a default.
    pub place: Option<String>,
    /// What it does.
    pub about: &'static str,
}

/// The keys of an action.
#[derive(Debug, Serialize)]
pub struct KeysJson {
    /// The mode: a heading of the keymap.
    pub mode: &'static str,
    /// The action's name in the keymap.
    pub action: &'static str,
    /// Its keys as the keymap spells them; empty when it has none.
    pub keys: Vec<String>,
    /// What it does.
    pub about: &'static str,
}
