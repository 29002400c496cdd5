//! Calls and answers as they stand on a line.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap as _};
use serde_json::{Map, Value as Json};

/// Letters of a complaint about a line that cannot be understood.
const LONGEST_COMPLAINT: usize = 300;

/// A call of the memory tool, by the [documentation](https://docs.claude.com/en/docs/agents-and-tools/tool-use/memory-tool)
/// of `memory_20250818`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub(super) enum Command {
    View {
        path: String,
        #[serde(default)]
        view_range: Option<[i64; 2]>,
    },
    Create {
        path: String,
        file_text: String,
    },
    StrReplace {
        path: String,
        old_str: String,
        #[serde(default)]
        new_str: Option<String>,
    },
    Insert {
        path: String,
        insert_line: i64,
        insert_text: String,
    },
    Delete {
        path: String,
    },
    Rename {
        old_path: String,
        new_path: String,
    },
}

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The id of the block that it came in.
    pub(super) id: Option<String>,
    /// The command, or why there is none.
    pub(super) command: Result<Command, String>,
}

impl Call {
    pub(super) fn read(line: &[u8]) -> Self {
        let mut object = match serde_json::from_slice(line) {
            Ok(Json::Object(object)) => object,
            Ok(_) => return Self::wrong(None, "a call is a JSON object"),
            Err(error) => return Self::wrong(None, &format!("this line is no JSON ({error})")),
        };
        let is_block = object.get("type").is_some_and(|kind| kind == "tool_use") || object.contains_key("input");
        if !is_block {
            return Self::of(None, object);
        }
        let id = object.get("id").and_then(Json::as_str).map(str::to_owned);
        if object.get("name").is_some_and(|name| name != "memory") {
            return Self::wrong(id, "this is a call of another tool; only those of `memory` are answered here");
        }
        match object.remove("input") {
            Some(Json::Object(input)) => Self::of(id, input),
            _ => Self::wrong(id, "the block has no `input` object"),
        }
    }

    fn of(id: Option<String>, input: Map<String, Json>) -> Self {
        match serde_json::from_value(Json::Object(input)) {
            Ok(command) => Self { id, command: Ok(command) },
            Err(error) => Self::wrong(id, &error.to_string()),
        }
    }

    fn wrong(id: Option<String>, reason: &str) -> Self {
        let reason: String = reason.chars().take(LONGEST_COMPLAINT).collect();
        Self { id, command: Err(format!("Error: {reason}")) }
    }
}

/// What is said to a call: the content of a tool result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The block that it answers; `None` for a call without one.
    pub id: Option<String>,
    /// The text for the model.
    pub content: String,
    /// Whether the call failed.
    pub is_error: bool,
}

impl Answer {
    pub(super) fn new(id: Option<String>, outcome: Result<String, String>) -> Self {
        let is_error = outcome.is_err();
        Self { id, content: outcome.unwrap_or_else(|reason| reason), is_error }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = &self.id {
            map.serialize_entry("type", "tool_result")?;
            map.serialize_entry("tool_use_id", id)?;
        }
        map.serialize_entry("content", &self.content)?;
        if self.is_error {
            map.serialize_entry("is_error", &true)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_comes_alone_or_in_a_block() {
        let view = Command::View { path: "/memories".into(), view_range: Some([1, -1]) };
        let bare = br#"{"command":"view","path":"/memories","view_range":[1,-1]}"#;
        assert_eq!(Call::read(bare), Call { id: None, command: Ok(view.clone()) });
        let block = br#"{"type":"tool_use","id":"t1","name":"memory","input":{"command":"view","path":"/memories","view_range":[1,-1]}}"#;
        assert_eq!(Call::read(block), Call { id: Some("t1".into()), command: Ok(view) });
        let replace = Call::read(br#"{"command":"str_replace","path":"p","old_str":"a"}"#).command.unwrap();
        assert_eq!(replace, Command::StrReplace { path: "p".into(), old_str: "a".into(), new_str: None });
    }

    #[test]
    fn what_cannot_be_understood_is_answered_too() {
        for (line, id, said) in [
            ("", None, "no JSON"),
            ("[1]", None, "JSON object"),
            ("\u{fffd}{", None, "no JSON"),
            ("{}", None, "command"),
            (r#"{"command":"format","path":"/"}"#, None, "format"),
            (r#"{"command":"view"}"#, None, "path"),
            (r#"{"command":"view","path":7}"#, None, "invalid type"),
            (r#"{"command":"view","path":"p","view_range":[1]}"#, None, "array of length 2"),
            (r#"{"type":"tool_use","id":"x","name":"memory"}"#, Some("x"), "input"),
            (r#"{"type":"tool_use","id":"x","name":"bash","input":{}}"#, Some("x"), "another tool"),
            (r#"{"type":"tool_use","id":7,"name":"memory","input":[]}"#, None, "input"),
        ] {
            let call = Call::read(line.as_bytes());
            assert_eq!(call.id.as_deref(), id, "{line}");
            let reason = call.command.unwrap_err();
            assert!(reason.starts_with("Error: ") && reason.contains(said), "{line}: {reason}");
        }
        assert!(Call::read("[".repeat(100_000).as_bytes()).command.is_err(), "nested without an end");
        assert!(Call::read(b"\xff\xfe").command.is_err());
    }

    #[test]
    fn an_answer_takes_the_form_of_its_call() {
        let json = |answer: &Answer| serde_json::to_string(answer).unwrap();
        let good = Answer::new(None, Ok("done".into()));
        assert_eq!(json(&good), r#"{"content":"done"}"#);
        let bad = Answer::new(Some("t1".into()), Err("Error: no".into()));
        assert_eq!(json(&bad), r#"{"type":"tool_result","tool_use_id":"t1","content":"Error: no","is_error":true}"#);
    }
}
