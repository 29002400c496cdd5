//! claude-mem's settings as far as they decide what may be written and what is ever put before an agent.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::store::Opening;

/// The types of claude-mem's mode `code`.
const CODE_TYPES: [&str; 9] = [
    "bugfix",
    "feature",
    "refactor",
    "change",
    "discovery",
    "decision",
    "security_alert",
    "security_note",
    "sensitive",
];
/// The concepts of claude-mem's mode `code`.
const CODE_CONCEPTS: [&str; 7] =
    ["how-it-works", "why-it-exists", "what-changed", "problem-solution", "gotcha", "pattern", "trade-off"];

/// Settings of the installation that a database belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    values: BTreeMap<String, String>,
}

impl Settings {
    /// Reads `settings.json` of a data directory: keys flat, or below `env` as old versions wrote them. Variables of
    /// the environment come first. A missing or broken file is an empty one.
    pub(super) fn read(directory: &Path, environment: &BTreeMap<String, String>) -> Self {
        let mut values = BTreeMap::new();
        let json = std::fs::read(directory.join("settings.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        for map in [json.as_ref().and_then(|json| json.get("env")), json.as_ref()].into_iter().flatten() {
            for (key, value) in map.as_object().into_iter().flatten() {
                let text = match value {
                    serde_json::Value::String(text) => text.clone(),
                    serde_json::Value::Number(number) => number.to_string(),
                    _ => continue,
                };
                values.insert(key.clone(), text);
            }
        }
        values.extend(environment.iter().map(|(key, value)| (key.clone(), value.clone())));
        Self { values }
    }

    /// A setting that is not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether claude-mem sends its memories to a hub. Only the presence of the secrets is tested.
    pub(super) fn syncs(&self) -> bool {
        ["CLAUDE_MEM_CLOUD_SYNC_TOKEN", "CLAUDE_MEM_CLOUD_SYNC_USER_ID", "CLAUDE_MEM_CLOUD_SYNC_HUB_URL"]
            .iter()
            .all(|key| self.get(key).is_some())
    }

    /// Why an observation is never put before an agent, `None` when it may be.
    ///
    /// The rule is claude-mem's own: its type must be one of the mode's, and one of its concepts as well. Modes other
    /// than `code` are files of the user's; their words are unknown here, so nothing is said about them.
    pub(super) fn never_injected(
        &self,
        kind: &str,
        mut concepts: impl Iterator<Item = impl AsRef<str>>,
    ) -> Option<Uninjected> {
        if self.get("CLAUDE_MEM_MODE").is_some_and(|mode| mode != "code") {
            return None;
        }
        if !CODE_TYPES.contains(&kind) {
            return Some(Uninjected::Kind);
        }
        let mut none = true;
        if concepts.any(|concept| {
            none = false;
            CODE_CONCEPTS.contains(&concept.as_ref())
        }) {
            return None;
        }
        Some(if none { Uninjected::NoConcepts } else { Uninjected::OtherConcepts })
    }

    /// How many of the newest observations are put before an agent.
    pub(super) fn context_size(&self) -> u32 {
        self.get("CLAUDE_MEM_CONTEXT_OBSERVATIONS").and_then(|text| text.parse().ok()).unwrap_or(50)
    }

    /// What is put before an agent when a session starts: the newest observations, and the newest session summaries.
    pub(super) fn opening(&self) -> Opening {
        let summaries = self.get("CLAUDE_MEM_CONTEXT_SESSION_COUNT").and_then(|text| text.parse().ok()).unwrap_or(10);
        Opening { memories: usize::try_from(self.context_size()).unwrap_or(usize::MAX), summaries }
    }
}

/// Why an observation is never put before an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uninjected {
    /// Its type is none of the mode's.
    Kind,
    /// It has no concepts.
    NoConcepts,
    /// None of its concepts is one of the mode's.
    OtherConcepts,
}

impl Uninjected {
    /// The reason in one sentence.
    pub(super) fn reason(self, kind: &str) -> String {
        match self {
            Self::Kind => format!("claude-mem's mode `code` has no type `{kind}`, and injects only its own types"),
            Self::NoConcepts => {
                "it has no concepts, and claude-mem injects only observations with a concept that its mode knows".into()
            }
            Self::OtherConcepts => {
                format!("none of its concepts is one of claude-mem's mode `code`: {}", CODE_CONCEPTS.join(", "))
            }
        }
    }
}

/// The data directory as claude-mem finds it: the variable, else the key in `~/.claude-mem/settings.json`, else
/// `~/.claude-mem`.
pub fn data_directory(home: Option<&Path>, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    const KEY: &str = "CLAUDE_MEM_DATA_DIR";
    let standard = home.map(|home| home.join(".claude-mem"));
    let named = match environment.get(KEY).filter(|value| !value.trim().is_empty()) {
        Some(value) => Some(value.trim().to_owned()),
        None => standard
            .as_ref()
            .and_then(|standard| Settings::read(standard, &BTreeMap::new()).get(KEY).map(str::to_owned)),
    };
    match named {
        Some(name) => Some(expand(&name, home)),
        None => standard,
    }
}

fn expand(name: &str, home: Option<&Path>) -> PathBuf {
    match (name.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_directory_is_found_as_claude_mem_finds_it() {
        let home = tempfile::tempdir().unwrap();
        let standard = home.path().join(".claude-mem");
        let none = BTreeMap::new();
        assert_eq!(data_directory(Some(home.path()), &none), Some(standard.clone()));
        std::fs::create_dir(&standard).unwrap();
        for json in [r#"{"CLAUDE_MEM_DATA_DIR": "~/deep"}"#, r#"{"env": {"CLAUDE_MEM_DATA_DIR": "~/deep"}}"#] {
            std::fs::write(standard.join("settings.json"), json).unwrap();
            assert_eq!(data_directory(Some(home.path()), &none), Some(home.path().join("deep")));
        }
        let named = variables(&[("CLAUDE_MEM_DATA_DIR", "/elsewhere")]);
        assert_eq!(data_directory(Some(home.path()), &named), Some("/elsewhere".into()));
        std::fs::write(standard.join("settings.json"), "{broken").unwrap();
        assert_eq!(data_directory(Some(home.path()), &none), Some(standard));
        assert_eq!(data_directory(None, &none), None);
    }

    #[test]
    fn injection_needs_a_type_and_a_concept_of_the_mode() {
        let code = Settings::default();
        let concepts = |list: &'static [&'static str]| list.iter();
        assert_eq!(code.never_injected("bugfix", concepts(&["x", "gotcha"])), None);
        assert_eq!(code.never_injected("bugfix", concepts(&["x"])), Some(Uninjected::OtherConcepts));
        assert_eq!(code.never_injected("bugfix", concepts(&[])), Some(Uninjected::NoConcepts));
        assert_eq!(code.never_injected("milestone", concepts(&["gotcha"])), Some(Uninjected::Kind));
        let other = Settings { values: variables(&[("CLAUDE_MEM_MODE", "law-study")]) };
        assert_eq!(other.never_injected("case", concepts(&[])), None);
    }

    #[test]
    fn a_session_starts_with_as_much_as_is_set() {
        assert_eq!(Settings::default().opening(), Opening { memories: 50, summaries: 10 });
        let less = variables(&[("CLAUDE_MEM_CONTEXT_OBSERVATIONS", "20"), ("CLAUDE_MEM_CONTEXT_SESSION_COUNT", "0")]);
        assert_eq!(Settings { values: less }.opening(), Opening { memories: 20, summaries: 0 });
    }

    #[test]
    fn sync_is_on_only_when_nothing_is_missing() {
        let mut all = variables(&[
            ("CLAUDE_MEM_CLOUD_SYNC_TOKEN", "t"),
            ("CLAUDE_MEM_CLOUD_SYNC_USER_ID", "u"),
            ("CLAUDE_MEM_CLOUD_SYNC_HUB_URL", "h"),
        ]);
        assert!(Settings { values: all.clone() }.syncs());
        all.insert("CLAUDE_MEM_CLOUD_SYNC_TOKEN".into(), " ".into());
        assert!(!Settings { values: all }.syncs());
    }
}
