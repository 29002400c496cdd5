//! Proposals in their JSON form, resolved against the open stores, and printed again.

use std::collections::HashSet;

use serde_json::{Map, Value as Json, json};

use super::Curator;
use crate::{
    change::{
        Draft, Edit, FieldValue, Mark, Step, Wish,
        form::{Complaint, Form, StepForm, Verb, column},
    },
    memory::{Bucket, EpochMs, MemoryId, Record, Value, Version},
};

/// Why a part of a step is not taken: which part, and the reason.
type Wrong = (&'static str, String);

impl Curator {
    /// What a form would do to the memories of the open stores. Without a base a step is made on the memory as it is now.
    ///
    /// # Errors
    /// Everything that is wrong with it; then nothing of it may be proposed.
    pub fn resolve(&mut self, form: &Form) -> Result<Draft, Vec<Complaint>> {
        let (mut steps, mut complaints, mut seen) = (Vec::with_capacity(form.steps.len()), Vec::new(), HashSet::new());
        for (at, step) in form.steps.iter().enumerate() {
            let wrong = |(part, reason): Wrong| Complaint::of(format!("steps[{at}]{part}"), reason);
            match self.resolve_step(step) {
                Ok(step) => {
                    let marks = matches!(step.wish, Wish::Mark(_));
                    if !step.native.is_empty() && !seen.insert((step.store, step.native.clone(), marks)) {
                        complaints
                            .push(wrong((".id", "another step is about the same memory; one step says it all".into())));
                    }
                    steps.push(step);
                }
                Err(problem) => complaints.push(wrong(problem)),
            }
        }
        let mut evidence = Vec::with_capacity(form.evidence.len());
        for (at, shown) in form.evidence.iter().enumerate() {
            match shown.read() {
                Ok(read) => evidence.push(read),
                Err(reason) => complaints.push(Complaint::of(format!("evidence[{at}]"), reason)),
            }
        }
        if !complaints.is_empty() {
            return Err(complaints);
        }
        let (reason, likeness) = (form.reason.clone(), form.cluster.clone());
        Ok(Draft { label: form.label, reason, evidence, confidence: form.confidence, likeness, steps })
    }

    /// A draft in its JSON form.
    pub fn form_of(&mut self, draft: &Draft, author: &str) -> Form {
        let steps = draft.steps.iter().map(|step| self.form_of_step(step)).collect();
        Form {
            label: draft.label,
            reason: draft.reason.clone(),
            evidence: draft.evidence.iter().map(Into::into).collect(),
            author: (!author.is_empty()).then(|| author.to_owned()),
            confidence: draft.confidence,
            cluster: draft.likeness.clone(),
            steps,
        }
    }

    fn resolve_step(&mut self, step: &StepForm) -> Result<Step, Wrong> {
        if step.verb == Verb::Add {
            return self.resolve_add(step);
        }
        let id: MemoryId = step
            .id
            .as_deref()
            .unwrap_or_default()
            .parse()
            .map_err(|bad: crate::memory::BadId| (".id", bad.to_string()))?;
        let store = self.store_named(&id.store).map_err(|reason| (".id", reason))?;
        let (now, fields) = self
            .read_step(store, &id)
            .map_err(|problem| (".id", problem.to_string()))?
            .ok_or_else(|| (".id", format!("there is no memory {id}; `memtui list` prints the names")))?;
        let seen = step.base.unwrap_or(now);
        let was = if seen == now {
            fields.clone()
        } else {
            read_fields(&step.was, &fields).map_err(|(field, reason)| (".was", format!("{field}: {reason}")))?
        };
        let wish = match step.verb {
            Verb::Add | Verb::Delete => Wish::Delete,
            Verb::Mark => Wish::Mark(marks(&step.set)?),
            Verb::Edit => {
                let edit = read_fields(&step.set, &fields)
                    .map_err(|(field, reason)| (".set", format!("{field}: {reason}")))?;
                if !edit.is_empty() && edit.iter().all(|wanted| fields.contains(wanted)) {
                    return Err((".set", format!("{id} is so already")));
                }
                Wish::Edit(edit)
            }
        };
        Ok(Step { store, native: id.native, seen, was, wish })
    }

    fn resolve_add(&self, step: &StepForm) -> Result<Step, Wrong> {
        let store = match &step.store {
            Some(name) => self.store_named(name).map_err(|reason| (".store", reason))?,
            None => self.store_that_takes()?,
        };
        let fields = self.sites.get(usize::from(store)).and_then(|site| site.store.new_fields()).unwrap_or_default();
        if fields.is_empty() {
            return Err((".store", "this store takes no memories from others; only its product adds some".to_owned()));
        }
        if let Some(strange) = step.set.keys().find(|name| !fields.contains(name)) {
            return Err((
                ".set",
                format!("there is no field `{}`; there are {}", strange.escape_debug(), fields.join(", ")),
            ));
        }
        let columns = step.set.iter().map(|(name, value)| Ok((name.clone(), column(value.clone())?)));
        let columns = columns.collect::<Result<_, String>>().map_err(|reason| (".set", reason))?;
        let record = Record { table: "memory".to_owned(), columns };
        Ok(Step { store, native: String::new(), seen: Version::default(), was: Edit::new(), wish: Wish::Add(record) })
    }

    /// The version of a memory and its fields that can be edited; `None` when there is no such memory.
    fn read_step(&mut self, store: u8, id: &MemoryId) -> Result<Option<(Version, Edit)>, super::CurateProblem> {
        let reader = self.reader(store)?;
        let Some(handle) = reader.handle(&id.native) else { return Ok(None) };
        let Some(version) = reader.rows(&[handle])?.first().map(|row| row.version) else { return Ok(None) };
        Ok(Some((version, reader.editable(handle)?.unwrap_or_default())))
    }

    fn store_named(&self, name: &str) -> Result<u8, String> {
        let names = || self.sites.iter().map(|site| site.store.about().name.as_str());
        let place = names().position(|known| known == name).and_then(|place| u8::try_from(place).ok());
        place.ok_or_else(|| {
            format!("no store `{}` is open, but {}", name.escape_debug(), names().collect::<Vec<_>>().join(", "))
        })
    }

    /// The only open store that takes new memories.
    fn store_that_takes(&self) -> Result<u8, Wrong> {
        let takes = self.sites.iter().enumerate().filter(|(_, site)| site.store.new_fields().is_some());
        match takes.map(|(place, _)| u8::try_from(place)).collect::<Vec<_>>().as_slice() {
            [Ok(one)] => Ok(*one),
            [] => Err((".store", "no open store takes new memories; `memtui init` makes one that does".to_owned())),
            _ => Err((".store", "several open stores take new memories; name one".to_owned())),
        }
    }

    fn form_of_step(&mut self, step: &Step) -> StepForm {
        let id = self.public_id(step.store, &step.native);
        let of = |verb| StepForm { base: Some(step.seen), ..StepForm::new(verb, id.to_string()) };
        match &step.wish {
            Wish::Add(record) => {
                let set = record.columns.iter().map(|(name, value)| (name.clone(), json_of(value)));
                StepForm { id: None, store: Some(id.store), set: set.collect(), ..StepForm::new(Verb::Add, "") }
            }
            Wish::Delete => of(Verb::Delete),
            Wish::Edit(edit) => {
                let was = step.was.iter().filter(|(name, _)| edit.iter().any(|(field, _)| field == name));
                StepForm { was: fields(was), set: fields(edit.iter()), ..of(Verb::Edit) }
            }
            Wish::Mark(marks) => StepForm { set: marks.iter().map(mark_of).collect(), ..of(Verb::Mark) },
        }
    }
}

fn fields<'a>(edit: impl Iterator<Item = &'a (String, FieldValue)>) -> Map<String, Json> {
    edit.map(|(name, value)| {
        let value = match value {
            FieldValue::Text(text) => Json::from(text.as_str()),
            FieldValue::List(items) => Json::from(items.as_slice()),
        };
        (name.clone(), value)
    })
    .collect()
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => Json::from(*number),
        Value::Real(number) => Json::from(*number),
        Value::Text(bytes) | Value::Blob(bytes) => Json::from(String::from_utf8_lossy(bytes)),
    }
}

/// New values, each of the shape that the field has now; `null` empties it.
fn read_fields(given: &Map<String, Json>, now: &Edit) -> Result<Edit, (String, String)> {
    let read = |(name, value): (&String, &Json)| {
        let wrong = |reason: String| (name.escape_debug().to_string(), reason);
        let Some((_, old)) = now.iter().find(|(field, _)| field == name) else {
            let names: Vec<&str> = now.iter().map(|(field, _)| field.as_str()).collect();
            return Err(wrong(format!("there is no such field; there are {}", names.join(", "))));
        };
        let value = match (old, value) {
            (FieldValue::Text(_), Json::String(text)) => FieldValue::Text(text.clone()),
            (FieldValue::Text(_), Json::Null) => FieldValue::Text(String::new()),
            (FieldValue::List(_), Json::Null) => FieldValue::List(Vec::new()),
            (FieldValue::List(_), Json::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>();
                FieldValue::List(texts.ok_or_else(|| wrong("it takes a list of texts".to_owned()))?)
            }
            (FieldValue::Text(_), _) => return Err(wrong("it takes a text".to_owned())),
            (FieldValue::List(_), _) => return Err(wrong("it takes a list of texts".to_owned())),
        };
        Ok((name.clone(), value))
    };
    given.iter().map(read).collect()
}

/// The marks that `set` names.
fn marks(set: &Map<String, Json>) -> Result<Vec<Mark>, Wrong> {
    let read = |(name, value): (&String, &Json)| {
        let wrong = |takes: &str| (".set", format!("{} takes {takes}", name.escape_debug()));
        match name.as_str() {
            "confidence" if value.is_null() => Ok(Mark::Confidence(None)),
            "confidence" => match value.as_f64() {
                #[expect(clippy::cast_possible_truncation, reason = "a confidence has two digits")]
                Some(it) if (0.0..=1.0).contains(&it) => Ok(Mark::Confidence(Some(it as f32))),
                _ => Err(wrong("a number from 0 to 1, or null")),
            },
            "pinned" => value.as_bool().map(Mark::Pinned).ok_or_else(|| wrong("true or false")),
            "stale_after" => moment(value).map(Mark::StaleAfter).map_err(wrong),
            "reviewed" => moment(value).map(Mark::Reviewed).map_err(wrong),
            "bucket" if value.is_null() => Ok(Mark::Bucket(None)),
            "bucket" => match value.as_str().and_then(Bucket::named) {
                Some(bucket) => Ok(Mark::Bucket(Some(bucket))),
                None => Err(wrong("project, episodic, procedural, user or null")),
            },
            _ => {
                let reason = format!("there is no mark `{}`; there are {}", name.escape_debug(), MARKS.join(", "));
                Err((".set", reason))
            }
        }
    };
    set.iter().map(read).collect()
}

/// The marks by their names in JSON.
pub const MARKS: [&str; 5] = ["confidence", "pinned", "stale_after", "bucket", "reviewed"];

/// A time, or none for `null`.
///
/// # Errors
/// What it takes, when it is neither.
fn moment(value: &Json) -> Result<Option<EpochMs>, &'static str> {
    let time = |text| chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis());
    match value {
        Json::Null => Ok(None),
        _ => value.as_str().and_then(time).map(Some).ok_or("an RFC 3339 time, or null"),
    }
}

fn mark_of(mark: &Mark) -> (String, Json) {
    let time = |at: Option<EpochMs>| {
        json!(
            at.and_then(chrono::DateTime::from_timestamp_millis)
                .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        )
    };
    let (name, value) = match mark {
        Mark::Confidence(value) => ("confidence", json!(value.map(|it| (f64::from(it) * 100.0).round() / 100.0))),
        Mark::Pinned(on) => ("pinned", json!(on)),
        Mark::StaleAfter(at) => ("stale_after", time(*at)),
        Mark::Bucket(bucket) => ("bucket", json!(bucket.map(Bucket::name))),
        Mark::Reviewed(at) => ("reviewed", time(*at)),
    };
    (name.to_owned(), value)
}
