//! What agents may do through `memtui mcp`: the tables `[agent.NAME]` of the file of settings.

use std::fmt::Write as _;

use toml::de::DeValue;

use super::{BadConfig, shown};
use crate::query::closest;

/// What happens to what an agent wants to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is written where the grants and the rules of waiting let it through; the rest waits.
    #[default]
    Auto,
    /// Everything waits for a person.
    Review,
    /// Nothing is taken.
    ReadOnly,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Review, Self::ReadOnly];

    /// The word in the settings and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Review => "review",
            Self::ReadOnly => "read-only",
        }
    }

    /// The mode of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What one agent may do. Scopes are written `.` (the project it was started in), `user` (what applies everywhere), or a
/// project's name, in which `*` stands for any text.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Scopes whose memories it sees. What is not here it can neither write nor propose.
    pub read: Vec<String>,
    /// Scopes that it may write.
    pub write: Vec<String>,
    /// Scopes in which it may propose changes.
    pub propose: Vec<String>,
    /// Scopes and kinds (`kind:decision`) whose writes wait for a person.
    pub review: Vec<String>,
    /// Writes whose author is less sure than this wait, 0–1.
    pub review_below: f64,
    /// Milliseconds between two writes at least.
    pub interval_ms: u64,
    /// Writes in one session at most, those that wait counted.
    pub most_writes: u64,
    /// Whether passwords, tokens and keys are masked; else a text that holds one is refused.
    pub mask_secrets: bool,
    /// What happens to its writes.
    pub mode: Mode,
}

impl Default for Agent {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            read: list(&[".", "user"]),
            write: list(&["."]),
            propose: list(&[".", "user"]),
            review: list(&["user"]),
            review_below: 0.5,
            interval_ms: 100,
            most_writes: 60,
            mask_secrets: false,
            mode: Mode::Auto,
        }
    }
}

/// One line of an agent's table.
struct Entry {
    name: &'static str,
    meaning: &'static str,
    takes: &'static str,
    set: fn(&mut Agent, &DeValue<'_>) -> Option<()>,
    shown: fn(&Agent) -> String,
}

const ENTRIES: [Entry; 9] = [
    Entry {
        name: "read",
        meaning: "Scopes whose memories it sees: `.` is the project it was started in, `user` what applies everywhere, \
                  anything else a project's name, in which `*` stands for any text.",
        takes: LIST,
        set: |agent, value| put(&mut agent.read, list(value)),
        shown: |agent| listed(&agent.read),
    },
    Entry {
        name: "write",
        meaning: "Scopes that it may write, of those that it sees.",
        takes: LIST,
        set: |agent, value| put(&mut agent.write, list(value)),
        shown: |agent| listed(&agent.write),
    },
    Entry {
        name: "propose",
        meaning: "Scopes in which it may propose changes, of those that it sees.",
        takes: LIST,
        set: |agent, value| put(&mut agent.propose, list(value)),
        shown: |agent| listed(&agent.propose),
    },
    Entry {
        name: "review",
        meaning: "Writes in these scopes, and of these kinds (`kind:decision`), wait for you.",
        takes: LIST,
        set: |agent, value| put(&mut agent.review, list(value)),
        shown: |agent| listed(&agent.review),
    },
    Entry {
        name: "review_below",
        meaning: "Writes of which the agent itself is less sure than this wait for you.",
        takes: "a number from 0 to 1",
        set: |agent, value| put(&mut agent.review_below, share(value)),
        shown: |agent| format!("{:?}", agent.review_below),
    },
    Entry {
        name: "interval_ms",
        meaning: "Milliseconds between two writes at least; up to half a second is waited for, a longer rest is refused.",
        takes: "a whole number from 0",
        set: |agent, value| put(&mut agent.interval_ms, whole(value)),
        shown: |agent| agent.interval_ms.to_string(),
    },
    Entry {
        name: "most_writes",
        meaning: "Writes in one session at most, those that wait counted.",
        takes: "a whole number from 0",
        set: |agent, value| put(&mut agent.most_writes, whole(value)),
        shown: |agent| agent.most_writes.to_string(),
    },
    Entry {
        name: "mask_secrets",
        meaning: "Mask passwords, tokens and keys in what it writes. Without it such a text is refused.",
        takes: "true or false",
        set: |agent, value| put(&mut agent.mask_secrets, value.as_bool()),
        shown: |agent| agent.mask_secrets.to_string(),
    },
    Entry {
        name: "mode",
        meaning: "auto writes what may be written, with review everything waits for you, read-only takes nothing.",
        takes: "\"auto\", \"review\" or \"read-only\"",
        set: |agent, value| put(&mut agent.mode, value.as_str().and_then(Mode::named)),
        shown: |agent| format!("\"{}\"", agent.mode.name()),
    },
];

const LIST: &str = "a list of texts in quotes";

/// Reads the tables of all agents. `place` names the line of a byte of the file.
pub(super) fn read(
    tables: &DeValue<'_>,
    text: &str,
    place: impl Fn(usize) -> String,
    mistakes: &mut Vec<BadConfig>,
) -> Vec<(String, Agent)> {
    let mut agents = Vec::new();
    let bad = |at: usize, reason: String, hint: String| BadConfig { place: place(at), reason, hint };
    let Some(tables) = tables.as_table() else {
        let (reason, hint) = ("`agent` is no setting of its own".to_owned(), "write [agent.NAME]".to_owned());
        mistakes.push(bad(0, reason, hint));
        return agents;
    };
    for (name, table) in tables {
        let mut agent = Agent::default();
        let Some(lines) = table.get_ref().as_table() else {
            let reason = format!("`agent.{}` is no table", name.get_ref().escape_debug());
            mistakes.push(bad(name.span().start, reason, format!("write [agent.{}]", name.get_ref().escape_debug())));
            continue;
        };
        for (key, value) in lines {
            let at = key.span().start;
            let Some(entry) = ENTRIES.iter().find(|entry| entry.name == key.get_ref()) else {
                let names = ENTRIES.iter().map(|entry| entry.name);
                let hint = match closest(key.get_ref(), names.clone()) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
                };
                let reason = format!("an agent has no `{}`", key.get_ref().escape_debug());
                mistakes.push(bad(at, reason, hint));
                continue;
            };
            if (entry.set)(&mut agent, value.get_ref()).is_none() {
                let found = shown(text.get(value.span()).unwrap_or_default());
                let reason = format!("`{}` takes {}, not {found}", entry.name, entry.takes);
                mistakes.push(bad(at, reason, format!("the default is {}", (entry.shown)(&Agent::default()))));
            }
        }
        agents.push((name.get_ref().to_string(), agent));
    }
    agents
}

/// The part of `docs/config.md` about agents.
pub(super) fn page() -> String {
    let mut page = "\n## `[agent.NAME]`\n\nWhat an agent may do through [`memtui mcp --agent NAME`](mcp.md); \
                    `[agent.\"*\"]` is for every agent without a table of its own. Only in the file.\n\n\
                    | name | takes | default | meaning |\n|---|---|---|---|\n"
        .to_owned();
    let default = Agent::default();
    for entry in &ENTRIES {
        // Writing into a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {} | `{}` | {} |",
            entry.name,
            entry.takes,
            (entry.shown)(&default),
            entry.meaning
        );
    }
    page
}

fn put<T>(place: &mut T, value: Option<T>) -> Option<()> {
    value.map(|value| *place = value)
}

fn list(value: &DeValue<'_>) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
}

fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn share(value: &DeValue<'_>) -> Option<f64> {
    let text = match (value.as_float(), value.as_integer()) {
        (Some(float), _) => float.as_str(),
        (None, Some(whole)) => whole.as_str(),
        (None, None) => return None,
    };
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

fn listed(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| super::quoted(name)).collect::<Vec<_>>().join(", "))
}
