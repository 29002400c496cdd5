//! What agents may ask with: the arguments of the tools. What is not named here is refused.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// `recall_memory`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recall {
    pub(super) query: Option<String>,
    pub(super) around: Option<String>,
    pub(super) ids: Option<Vec<String>>,
    pub(super) kind: Option<String>,
    pub(super) days: Option<u32>,
    pub(super) limit: Option<u32>,
}

/// `write_memory`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    pub(super) text: String,
    #[serde(default)]
    pub(super) title: String,
    pub(super) kind: Option<String>,
    pub(super) scope: Option<String>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) files: Vec<String>,
    #[serde(default)]
    pub(super) evidence: String,
    pub(super) confidence: Option<f64>,
    pub(super) expires_days: Option<u32>,
    #[serde(default)]
    pub(super) distinct: bool,
}

/// `update_memory`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Update {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) text: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) files: Option<Vec<String>>,
    #[serde(default)]
    pub(super) reason: String,
    pub(super) confidence: Option<f64>,
}

/// `forget_request`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forget {
    pub(super) id: String,
    pub(super) reason: String,
}

/// The arguments of a tool, in their shape.
///
/// # Errors
/// What is wrong with them.
pub(super) fn read<'a, T: Deserialize<'a>>(arguments: Map<String, Json>) -> Result<T, String> {
    // Said in the reader's words: it names the argument and knows nothing of any memory.
    T::deserialize(Json::Object(arguments)).map_err(|error| format!("the arguments cannot be used: {error}"))
}

/// The number in the name of a memory: `shared:memory/17`, or without the store.
pub(super) fn number(id: &str, store: &str) -> Option<i64> {
    let native = id.strip_prefix(store).and_then(|rest| rest.strip_prefix(':')).unwrap_or(id);
    let digits = native.strip_prefix("memory/")?;
    // One number has one name.
    digits.parse().ok().filter(|number: &i64| number.to_string() == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_has_one_name() {
        assert_eq!(number("shared:memory/17", "shared"), Some(17));
        assert_eq!(number("memory/17", "shared"), Some(17));
        for id in [
            "17",
            "shared:17",
            "other:memory/17",
            "memory/017",
            "memory/+17",
            "memory/17 OR 1=1",
            "memory/../17",
            "memory/1\u{661}",
            "memory/99999999999999999999",
            "memory/",
            "",
        ] {
            assert_eq!(number(id, "shared"), None, "{id}");
        }
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        let arguments = |json: Json| json.as_object().cloned().unwrap();
        assert!(read::<Recall>(arguments(serde_json::json!({ "query": "x", "agent": "other" }))).is_err());
        assert!(read::<Write>(arguments(serde_json::json!({ "text": "x", "author": "you" }))).is_err());
        assert!(read::<Recall>(arguments(serde_json::json!({ "limit": 1e300 }))).is_err());
        assert!(read::<Recall>(arguments(serde_json::json!({ "days": -1 }))).is_err());
    }
}
