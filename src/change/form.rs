//! The JSON form of proposals: what others hand in, and what is printed. Shapes only; `curate` knows the memories.
//!
//! `docs/proposals.md` describes it for people, `docs/proposal.schema.json` for programs.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value as Json};

use super::{Evidence, Label};
use crate::memory::{Value, Version};

/// A proposal as others write it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What it is for: the name of a label, or `delete` for `prune`.
    #[serde(serialize_with = "label_to", deserialize_with = "label_from")]
    pub label: Label,
    /// Why; one or two sentences for the person who decides.
    pub reason: String,
    /// What speaks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<EvidenceForm>,
    /// Who proposes; without it whoever hands it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// How sure the author is, 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Proposals with the same word here can be decided at once.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// What is to become of which memory.
    pub steps: Vec<StepForm>,
}

/// One step of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    /// What is to be done.
    #[serde(rename = "do")]
    pub verb: Verb,
    /// The memory's public id: `claude-mem:observation/181`. Of one that is to be added there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name of the store that takes a new memory; without it the only one that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// The version of the memory that was read, as `memtui show --json` prints it; without it the memory as it is when
    /// the proposal comes in.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "base_to",
        deserialize_with = "base_from"
    )]
    pub base: Option<Version>,
    /// What the fields said in that version, so that what moved since can be told; needed only when something did.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub was: Map<String, Json>,
    /// New values by field, in the store's own names. For marks: `confidence`, `pinned`, `stale_after`, `bucket`,
    /// `reviewed`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub set: Map<String, Json>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// A memory is written down.
    Add,
    /// Fields get new values.
    Edit,
    /// The memory is deleted.
    Delete,
    /// The memory gets marks.
    Mark,
}

impl Verb {
    /// The word in JSON and on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Edit => "edit",
            Self::Delete => "delete",
            Self::Mark => "mark",
        }
    }
}

/// What speaks for a proposal: one of a memory, a session and a note.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceForm {
    /// A memory's public id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<String>,
    /// A session's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Anything else, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The words of the memory or the session that matter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote: String,
}

/// The [JSON Schema](https://json-schema.org/draft/2020-12/schema) of a proposal, as it is published with the documents.
pub const SCHEMA: &str = include_str!("../../docs/proposal.schema.json");

/// Why a proposal is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{field}: {reason}", .proposal.map_or_else(String::new, |at| format!("proposal {at}, ")))]
pub struct Complaint {
    /// Which proposal of those that came together, from 1.
    pub proposal: Option<usize>,
    /// Which part of it: `steps[2].set.title`.
    pub field: String,
    /// Why, and the next step.
    pub reason: String,
}

/// A text longer than this, in bytes, is not read: no person would decide what is in it.
pub const LONGEST_TEXT: usize = 64 << 20;
/// A proposal has at most this many steps: more cannot be judged as one.
pub const MOST_STEPS: usize = 1000;
/// What is said for a proposal has at most this many letters.
const LONGEST_REASON: usize = 4000;

impl Complaint {
    /// A complaint about a part of one proposal.
    pub fn of(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { proposal: None, field: brief(field.into()), reason: brief(reason.into()) }
    }

    /// The same, naming the proposal by its number from 1.
    #[must_use]
    pub fn at(self, proposal: usize) -> Self {
        Self { proposal: Some(proposal), ..self }
    }
}

/// What is said about hostile text quotes it, so it has an end.
fn brief(mut text: String) -> String {
    const LONGEST: usize = 400;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What a text holds: a JSON array, JSON Lines or one object. A text that breaks off keeps what came before that.
pub fn read_forms(text: &str) -> Vec<Result<Form, Complaint>> {
    if text.len() > LONGEST_TEXT {
        let reason =
            format!("{} MB are too many; hand them in by parts of {} MB", text.len() >> 20, LONGEST_TEXT >> 20);
        return vec![Err(Complaint::of("all", reason))];
    }
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}')).into_iter::<Json>() {
        match value {
            // An array stands for what is in it; within one, nothing is unpacked any more.
            Ok(Json::Array(items)) => values.extend(items.into_iter().map(Ok)),
            Ok(value) => values.push(Ok(value)),
            Err(error) => values.push(Err(Complaint::of("all", format!("it is no JSON ({error})")))),
        }
    }
    let read = |value: Result<Json, Complaint>| value.and_then(read_form);
    values.into_iter().enumerate().map(|(at, value)| read(value).map_err(|complaint| complaint.at(at + 1))).collect()
}

/// One proposal.
///
/// # Errors
/// The part that is not as it should be.
pub fn read_form(value: Json) -> Result<Form, Complaint> {
    let form: Form = serde_path_to_error::deserialize(value).map_err(|error| {
        let field = error.path().to_string();
        Complaint::of(if field == "." { "proposal".to_owned() } else { field }, error.into_inner().to_string())
    })?;
    form.check()?;
    Ok(form)
}

impl Form {
    /// What can be told without the memories.
    fn check(&self) -> Result<(), Complaint> {
        if self.reason.trim().is_empty() {
            return Err(Complaint::of("reason", "it is empty; say in a sentence why"));
        }
        if self.reason.len() > LONGEST_REASON {
            return Err(Complaint::of("reason", format!("it is longer than {LONGEST_REASON} bytes")));
        }
        if self.confidence.is_some_and(|value| !(0.0..=1.0).contains(&value)) {
            return Err(Complaint::of("confidence", "it is a number from 0 to 1"));
        }
        if self.steps.is_empty() {
            return Err(Complaint::of("steps", "there are none; a proposal changes something"));
        }
        if self.steps.len() > MOST_STEPS {
            let reason = format!("{} are more than can be judged as one; at most {MOST_STEPS}", self.steps.len());
            return Err(Complaint::of("steps", reason));
        }
        for (at, evidence) in self.evidence.iter().enumerate() {
            evidence.read().map_err(|reason| Complaint::of(format!("evidence[{at}]"), reason))?;
        }
        for (at, step) in self.steps.iter().enumerate() {
            step.check(self.label).map_err(|(part, reason)| Complaint::of(format!("steps[{at}]{part}"), reason))?;
        }
        Ok(())
    }
}

impl StepForm {
    /// A step that changes nothing yet.
    pub fn new(verb: Verb, id: impl Into<String>) -> Self {
        let (was, set) = (Map::new(), Map::new());
        Self { verb, id: Some(id.into()), store: None, base: None, was, set }
    }

    fn check(&self, label: Label) -> Result<(), (&'static str, String)> {
        let wrong = |part, reason: &str| Err((part, reason.to_owned()));
        match self.verb {
            Verb::Add if self.id.is_some() => return wrong(".id", "a memory that is to be added has none yet"),
            Verb::Add if self.base.is_some() => return wrong(".base", "a memory that is to be added has none yet"),
            Verb::Edit | Verb::Delete | Verb::Mark if self.id.is_none() => {
                return wrong(".id", "it is missing; name the memory as `memtui list` prints it");
            }
            Verb::Edit | Verb::Delete | Verb::Mark if self.store.is_some() => {
                return wrong(".store", "the id names the store; `store` is for what is to be added");
            }
            Verb::Delete if !self.set.is_empty() => return wrong(".set", "what is deleted gets no values"),
            // What is kept of several only has to be there still.
            Verb::Edit if self.set.is_empty() && label == Label::Merge => {}
            Verb::Add | Verb::Edit | Verb::Mark if self.set.is_empty() => {
                return wrong(".set", "it is missing; without new values nothing would change");
            }
            _ => {}
        }
        if self.verb == Verb::Delete && !label.may_delete() {
            return Err((
                ".do",
                format!("a proposal that is called `{}` deletes nothing; call it what it is", label.name()),
            ));
        }
        Ok(())
    }
}

impl EvidenceForm {
    /// The evidence it stands for.
    ///
    /// # Errors
    /// It is not one of memory, session and note.
    pub fn read(&self) -> Result<Evidence, &'static str> {
        let quote = || self.quote.clone();
        match (&self.memory, &self.session, &self.note) {
            (Some(id), None, None) => Ok(Evidence::Memory { id: id.clone(), quote: quote() }),
            (None, Some(id), None) => Ok(Evidence::Session { id: id.clone(), quote: quote() }),
            (None, None, Some(note)) if self.quote.is_empty() => Ok(Evidence::Note(note.clone())),
            _ => Err("name one of `memory` and `session`, each with a `quote` if you like, or a `note` alone"),
        }
    }
}

impl From<&Evidence> for EvidenceForm {
    fn from(evidence: &Evidence) -> Self {
        match evidence.clone() {
            Evidence::Memory { id, quote } => Self { memory: Some(id), quote, ..Self::default() },
            Evidence::Session { id, quote } => Self { session: Some(id), quote, ..Self::default() },
            Evidence::Note(note) => Self { note: Some(note), ..Self::default() },
        }
    }
}

/// A JSON value as a column of a new record: lists and objects as JSON text.
///
/// # Errors
/// A number that neither 64 bits nor a double can hold.
pub fn column(json: Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(on) => Value::Integer(on.into()),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(real)) => Value::Real(real),
            (None, None) => return Err(format!("{number} is too large a number")),
        },
        Json::String(text) => Value::Text(text.into_bytes()),
        other => Value::Text(other.to_string().into_bytes()),
    })
}

/// The words that `label` takes.
pub fn label_words() -> impl Iterator<Item = &'static str> {
    let proposed = Label::ALL.into_iter().filter(|label| label.is_proposed()).map(Label::name);
    proposed.chain(std::iter::once(DELETE))
}

/// What most programs call a prune.
const DELETE: &str = "delete";

/// The label of that name, as proposals have them.
///
/// # Errors
/// There is none; the reason names those that there are.
pub fn label(name: &str) -> Result<Label, String> {
    let found = if name == DELETE { Some(Label::Prune) } else { Label::named(name) };
    found.filter(|label| label.is_proposed()).ok_or_else(|| {
        format!(
            "there is no label `{}`; there are {}",
            name.escape_debug(),
            label_words().collect::<Vec<_>>().join(", ")
        )
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn label_to<S: Serializer>(label: &Label, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(label.name())
}

fn label_from<'de, D: Deserializer<'de>>(from: D) -> Result<Label, D::Error> {
    label(&String::deserialize(from)?).map_err(D::Error::custom)
}

#[expect(clippy::ref_option, reason = "serde hands over a reference")]
fn base_to<S: Serializer>(base: &Option<Version>, to: S) -> Result<S::Ok, S::Error> {
    base.map(|version| version.to_string()).serialize(to)
}

fn base_from<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Version>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests;
