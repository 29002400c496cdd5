//! One line of the file: what it says, and where in it each part stands, so that a part can change and the rest stay.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Nothing.
    Blank,
    Entity(Entity),
    Relation(Relation),
    /// Neither; why, in words for a person.
    Unreadable(String),
}

/// A thing that is known of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) kind: String,
    kind_at: Range<usize>,
    pub(super) observations: Vec<Observation>,
}

/// One fact of an entity, and where in the line its JSON stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observation {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

/// That one entity has to do with another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) triple: Triple,
    kind_at: Range<usize>,
}

/// What makes a relation the same as another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Triple {
    pub(super) from: String,
    pub(super) kind: String,
    pub(super) to: String,
}

#[derive(Deserialize)]
struct Any {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct RawEntity<'a> {
    name: String,
    #[serde(rename = "entityType", borrow)]
    kind: &'a RawValue,
    #[serde(borrow)]
    observations: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawRelation<'a> {
    from: String,
    to: String,
    #[serde(rename = "relationType", borrow)]
    kind: &'a RawValue,
}

/// Reads a line without the end of it.
pub(super) fn read(line: &[u8]) -> Said {
    if line.trim_ascii().is_empty() {
        return Said::Blank;
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Said::Unreadable("it is no UTF-8".to_owned());
    };
    let said = match serde_json::from_str::<Any>(text) {
        Ok(any) if any.kind == "entity" => entity(text).map(Said::Entity),
        Ok(any) if any.kind == "relation" => relation(text).map(Said::Relation),
        Ok(_) => return Said::Unreadable("it is neither an entity nor a relation".to_owned()),
        Err(error) => Err(error),
    };
    said.unwrap_or_else(|error| Said::Unreadable(reason(text, &error)))
}

fn reason(text: &str, error: &serde_json::Error) -> String {
    if text.contains("}{") || text.contains("} {") {
        return "two objects stand on it; put a line break between them".to_owned();
    }
    let said = error.to_string();
    // The line of the file is told by whoever knows it.
    said.split_once(" at line ").map_or(said.as_str(), |(what, _)| what).to_owned()
        + &format!(" at column {}", error.column())
}

fn entity(text: &str) -> serde_json::Result<Entity> {
    let raw: RawEntity<'_> = serde_json::from_str(text)?;
    let observation = |raw: &&RawValue| Ok(Observation { text: serde_json::from_str(raw.get())?, at: span(text, raw) });
    Ok(Entity {
        name: raw.name,
        kind: serde_json::from_str(raw.kind.get())?,
        kind_at: span(text, raw.kind),
        observations: raw.observations.iter().map(observation).collect::<serde_json::Result<_>>()?,
    })
}

fn relation(text: &str) -> serde_json::Result<Relation> {
    let raw: RawRelation<'_> = serde_json::from_str(text)?;
    let kind = serde_json::from_str(raw.kind.get())?;
    Ok(Relation { triple: Triple { from: raw.from, kind, to: raw.to }, kind_at: span(text, raw.kind) })
}

/// Where in a line a part stands that was borrowed from it.
fn span(line: &str, part: &RawValue) -> Range<usize> {
    let from = part.get().as_ptr().addr().saturating_sub(line.as_ptr().addr());
    from..from + part.get().len()
}

/// A text as JSON.
pub(super) fn json(text: &str) -> Vec<u8> {
    serde_json::Value::from(text).to_string().into_bytes()
}

/// The line with a part replaced.
pub(super) fn replaced(line: &[u8], at: &Range<usize>, by: &[u8]) -> Vec<u8> {
    let before = line.get(..at.start).unwrap_or_default();
    [before, by, line.get(at.end..).unwrap_or_default()].concat()
}

/// The line of an entity or a relation with another type.
pub(super) fn with_kind(line: &[u8], said: &Said, kind: &[u8]) -> Vec<u8> {
    match said {
        Said::Entity(Entity { kind_at, .. }) | Said::Relation(Relation { kind_at, .. }) => {
            replaced(line, kind_at, kind)
        }
        Said::Blank | Said::Unreadable(_) => line.to_vec(),
    }
}

/// The JSON of the type in the line of an entity or a relation.
pub(super) fn kind_of<'l>(line: &'l [u8], said: &Said) -> Option<&'l [u8]> {
    match said {
        Said::Entity(Entity { kind_at, .. }) | Said::Relation(Relation { kind_at, .. }) => line.get(kind_at.clone()),
        Said::Blank | Said::Unreadable(_) => None,
    }
}

impl Entity {
    /// The line without one observation, and without the comma that kept it from the others.
    pub(super) fn without(&self, line: &[u8], at: usize) -> Vec<u8> {
        let Some(gone) = self.observations.get(at) else { return line.to_vec() };
        let before = at.checked_sub(1).and_then(|at| self.observations.get(at));
        let part = match (before, self.observations.get(at + 1)) {
            (Some(before), _) => before.at.end..gone.at.end,
            (None, Some(after)) => gone.at.start..after.at.start,
            (None, None) => gone.at.clone(),
        };
        replaced(line, &part, b"")
    }

    /// The line with one more observation, given as JSON, before the one at `at`.
    pub(super) fn with(&self, line: &[u8], at: usize, observation: &[u8]) -> Vec<u8> {
        let at = at.min(self.observations.len());
        let neighbour = |at: usize| self.observations.get(at).map(|neighbour| neighbour.at.clone());
        match (at.checked_sub(1).and_then(neighbour), neighbour(at)) {
            (Some(before), _) => replaced(line, &(before.end..before.end), &[b",", observation].concat()),
            (None, Some(after)) => replaced(line, &(after.start..after.start), &[observation, b","].concat()),
            (None, None) => match self.empty_list(line) {
                Some(place) => replaced(line, &(place..place), observation),
                None => line.to_vec(),
            },
        }
    }

    /// Where the first observation goes in a line that has none.
    fn empty_list(&self, line: &[u8]) -> Option<usize> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow)]
            observations: &'a RawValue,
        }
        let text = std::str::from_utf8(line).ok()?;
        let list: List<'_> = serde_json::from_str(text).ok()?;
        self.observations.is_empty().then(|| span(text, list.observations).start + 1)
    }
}
