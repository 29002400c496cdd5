//! `write_memory`, `update_memory`, `forget_request`.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{
    ask::{Forget, Update, Write},
    door::Words,
    gate::{self, Passage},
    grants::is_one_project,
    session::{Outcome, STORE, Session, native_of, status, unread, unwritten},
    show::{NOTE, one_line, scope},
};
use crate::{
    change::{Draft, Edit, Evidence, FieldValue, Label, Step, Wish},
    curate::{CurateProblem, Through},
    judge, ledger,
    ledger::Taken,
    memory::{EpochMs, Record, ScopePattern, Value, Version},
    store::native::{Kept, Sight, Sought},
};

/// How long a write waits for somebody else who is changing memories; then it waits in the queue instead.
const PATIENCE: Duration = Duration::from_millis(700);
/// Texts of fewer words are only the same when they are equal.
const WORDS_TO_COMPARE: u32 = 6;
/// Runs of words in common from which on two texts say nearly the same.
const NEARLY: f32 = 0.7;
/// Candidates that are compared with a new text.
const COMPARED: usize = 24;
/// Words by which a memory that says nearly the same is looked for.
const TELLING: usize = 5;

const DAY_MS: i64 = 86_400_000;

impl Session {
    pub(super) fn write(&mut self, ask: Write, now: EpochMs) -> Outcome {
        sure(ask.confidence)?;
        let project = self.scope_named(ask.scope.as_deref())?;
        let Write { text, title, kind, tags, files, evidence, confidence, expires_days, distinct, .. } = ask;
        let kind = kind.unwrap_or_else(|| "fact".to_owned());
        let words = Words { title, text, kind, tags, files, evidence, remarks: Vec::new() };
        let words = words.through(self.settings.mask_secrets)?;
        let change = gate::Change { project: project.as_deref(), words: &words, confidence, of_others: false };
        let passage = gate::passage(&self.grants, &self.settings, change);
        if let Passage::Closed(reason) = passage {
            return Err(reason);
        }
        self.not_buried(&words)?;
        if let Some((kept, why)) = self.known(&words, project.as_deref(), distinct, now)? {
            let memory = self.shown(kept, now).full(now);
            return Ok(status("known", json!({ "why": why, "note": NOTE, "memory": memory })));
        }
        let expires = expires_days.map(|days| now.saturating_add(i64::from(days.max(1)).saturating_mul(DAY_MS)));
        let record = self.record(&words, project.as_deref(), confidence, expires);
        let step = Step {
            store: STORE,
            native: String::new(),
            seen: Version::default(),
            was: Edit::new(),
            wish: Wish::Add(record),
        };
        let draft = draft(Label::Add, &words.evidence, confidence, step);
        let id = json!({ "scope": scope(project.as_deref()), "remarks": words.remarks });
        self.pass(draft, passage, id, now)
    }

    pub(super) fn update(&mut self, ask: Update, now: EpochMs) -> Outcome {
        sure(ask.confidence)?;
        let kept = self.visible(&ask.id, now)?;
        let list = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
        let old = Words {
            title: kept.title.clone(),
            text: kept.body.clone(),
            kind: kept.kind.clone(),
            tags: list(&kept.tags),
            files: list(&kept.files),
            ..Words::default()
        };
        let Update { title, text, kind, tags, files, reason, confidence, .. } = ask;
        let asked = Words {
            title: title.unwrap_or_else(|| old.title.clone()),
            text: text.unwrap_or_else(|| old.text.clone()),
            kind: kind.unwrap_or_else(|| old.kind.clone()),
            tags: tags.unwrap_or_else(|| old.tags.clone()),
            files: files.unwrap_or_else(|| old.files.clone()),
            evidence: reason,
            remarks: Vec::new(),
        };
        let words = asked.through(self.settings.mask_secrets)?;
        let edit = edit_of(&old, &words);
        if edit.is_empty() {
            return Ok(status("unchanged", json!({ "id": self.shown(kept, now).id() })));
        }
        let of_others = !self.is_own(&kept, now);
        let change = gate::Change { project: kept.project.as_deref(), words: &words, confidence, of_others };
        let passage = gate::passage(&self.grants, &self.settings, change);
        if let Passage::Closed(reason) = passage {
            return Err(reason);
        }
        if words.print() != old.print() {
            self.not_buried(&words)?;
            let twin = self.shelf.twin(&self.grants.sight, &words.title, &words.text, now).map_err(|it| unread(&it))?;
            if let Some(twin) = twin.filter(|twin| twin.id != kept.id) {
                let memory = self.shown(twin, now).full(now);
                return Ok(status(
                    "known",
                    json!({ "why": "another memory says the same", "note": NOTE, "memory": memory }),
                ));
            }
        }
        let (seen, was) = self.as_it_is(kept.id)?;
        let step = Step { store: STORE, native: native_of(kept.id), seen, was, wish: Wish::Edit(edit) };
        let id = json!({ "id": self.shown(kept, now).id(), "remarks": words.remarks });
        self.pass(draft(Label::Edit, &words.evidence, confidence, step), passage, id, now)
    }

    pub(super) fn forget(&mut self, ask: &Forget, now: EpochMs) -> Outcome {
        let kept = self.visible(&ask.id, now)?;
        if !self.grants.may_propose(kept.project.as_deref()) {
            return Err(format!("you may only read in the scope {}", scope(kept.project.as_deref())));
        }
        let reason = Words { text: ask.reason.clone(), ..Words::default() }.through(true)?.text;
        let (seen, was) = self.as_it_is(kept.id)?;
        let step = Step { store: STORE, native: native_of(kept.id), seen, was, wish: Wish::Delete };
        let id = json!({ "id": self.shown(kept, now).id() });
        self.wait(draft(Label::Prune, &reason, None, step), "a person decides what is forgotten", id, now)
    }

    /// The scope of a write by the name that the agent gave it.
    pub(super) fn scope_named(&self, name: Option<&str>) -> Result<Option<String>, String> {
        match name {
            None | Some("project" | ".") => match &self.grants.project {
                Some(project) => Ok(Some(project.clone())),
                None => Err("you were not started in a project; give `scope`".to_owned()),
            },
            Some("user") => Ok(None),
            Some(name) if is_one_project(name) => Ok(Some(name.to_owned())),
            Some(name) => Err(format!("`{}` is no scope; leave it out, or give `user`", one_line(name))),
        }
    }

    /// Refuses what a person did not want, where the agent may know of it.
    pub(super) fn not_buried(&self, words: &Words) -> Result<(), String> {
        let ledger = self.curator.ledger().map_err(|problem| unwritten(&problem))?;
        let sight = &self.grants.sight;
        let stone = ledger.buried_where(words.print(), |project| sight.reaches(project));
        match stone.map_err(|problem| unwritten(&problem.into()))? {
            Some(stone) => Err(format!("it is not taken again: {}", one_line(&stone.sentence()))),
            None => Ok(()),
        }
    }

    /// A memory that says the same, or nearly the same in the same scope.
    fn known(
        &mut self,
        words: &Words,
        project: Option<&str>,
        distinct: bool,
        now: EpochMs,
    ) -> Result<Option<(Kept, &'static str)>, String> {
        let twin = self.shelf.twin(&self.grants.sight, &words.title, &words.text, now).map_err(|it| unread(&it))?;
        if let Some(twin) = twin {
            return Ok(Some((twin, "it says the same")));
        }
        let print = words.print();
        if distinct || print.words < WORDS_TO_COMPARE {
            return Ok(None);
        }
        let here = project.map_or(ScopePattern::User, |name| ScopePattern::Project(name.to_owned()));
        let sight = Sight { scopes: vec![here], agent: self.grants.sight.agent.clone() };
        let telling = judge::telling_words(&words.title, &[&words.text], TELLING).join(" ");
        let sought = Sought { words: &telling, ..Sought::default() };
        let found = self.shelf.best(&sight, &sought, COMPARED, now).map_err(|it| unread(&it))?;
        let mine = [words.title.as_str(), words.text.as_str()];
        let near = |kept: &Kept| {
            let theirs = [kept.title.as_str(), kept.body.as_str()];
            judge::alike(judge::fingerprint(&theirs).sketch, print.sketch) || judge::jaccard(&theirs, &mine) >= NEARLY
        };
        let found = found.into_iter().find(near);
        let why = "it says nearly the same: update it if yours is newer, or write again with `distinct` if yours says \
                   something else";
        Ok(found.map(|kept| (kept, why)))
    }

    /// Whether the agent wrote a memory itself and no person has marked it since.
    fn is_own(&mut self, kept: &Kept, now: EpochMs) -> bool {
        let marked = self.curator.said_of(STORE, &native_of(kept.id), now).map(|overlay| !overlay.is_empty());
        kept.author == self.grants.sight.agent && !kept.pinned && marked.is_ok_and(|marked| !marked)
    }

    /// What a memory is now, for telling later whether it moved.
    fn as_it_is(&mut self, id: i64) -> Result<(Version, Edit), String> {
        let gone = || "it is gone; recall_memory names those that there are".to_owned();
        let handle = self.reader.handle(&native_of(id)).ok_or_else(gone)?;
        let rows = self.reader.rows(&[handle]).map_err(|problem| unread(&problem))?;
        let was = self.reader.editable(handle).map_err(|problem| unread(&problem))?;
        Ok((rows.first().ok_or_else(gone)?.version, was.unwrap_or_default()))
    }

    fn record(
        &self,
        words: &Words,
        project: Option<&str>,
        confidence: Option<f64>,
        expires: Option<EpochMs>,
    ) -> Record {
        let text = |value: &str| Value::Text(value.as_bytes().to_vec());
        // A list of texts always has a JSON form.
        let list = |items: &[String]| text(&serde_json::to_string(items).unwrap_or_default());
        let mut columns = vec![
            ("title", text(&words.title)),
            ("body", text(&words.text)),
            ("kind", text(&words.kind)),
            ("session", text(&self.name)),
            ("tags", list(&words.tags)),
            ("files", list(&words.files)),
            ("author", text(&self.grants.sight.agent)),
            ("tool", text("mcp")),
        ];
        columns.extend(project.map(|project| ("project", text(project))));
        columns.extend((!words.evidence.is_empty()).then(|| ("evidence", text(&words.evidence))));
        columns.extend(confidence.map(|confidence| ("confidence", Value::Real(confidence))));
        columns.extend(expires.map(|at| ("expires_at", Value::Integer(at))));
        let columns = columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Record { table: "memory".to_owned(), columns }
    }

    /// Lets a change through, or has it wait.
    fn pass(&mut self, draft: Draft, passage: Passage, more: Json, now: EpochMs) -> Outcome {
        if let Passage::Waits(why) = passage {
            return self.wait(draft, &why, more, now);
        }
        self.in_pace()?;
        let policy = self.policy();
        let through = match self.curator.write_through(&mut self.batch, &draft, &policy, PATIENCE, now) {
            // A long act is under way: a person finds this one in the queue instead.
            Err(CurateProblem::Ledger(ledger::Problem::Taken)) => {
                return self.wait(draft, "somebody else has been changing memories for long", more, now);
            }
            other => other.map_err(|problem| unwritten(&problem))?,
        };
        Ok(match through {
            Through::Done { native, .. } => {
                self.took();
                let id = format!("{}:{native}", self.store.about().name);
                status("written", with(more, &json!({ "id": id })))
            }
            Through::Waits(proposal) => status("waits", with(more, &json!({ "proposal": proposal }))),
            Through::Already => status("unchanged", more),
            Through::Rejected(_) => return Err("it is not taken again: a person said no to the same before".to_owned()),
            Through::Moved => return Err("it changed since it was read; recall it again, then decide".to_owned()),
            // What the database says may name memories that the agent is not to know of.
            Through::Refused(_) => {
                return Err("the database does not take it: the same may be written down there already".to_owned());
            }
        })
    }

    /// Puts a change into the queue.
    fn wait(&mut self, draft: Draft, why: &str, more: Json, now: EpochMs) -> Outcome {
        self.in_pace()?;
        let proposed = self.curator.propose(&self.batch, vec![draft], now).map_err(|problem| unwritten(&problem))?;
        self.batch.id = proposed.batch.unwrap_or(self.batch.id);
        match proposed.taken.first() {
            Some(Taken::Rejected(_)) => Err("it is not taken again: a person said no to the same before".to_owned()),
            Some(Taken::New(proposal) | Taken::Waits(proposal)) => {
                self.took();
                Ok(status("waits", with(more, &json!({ "proposal": proposal, "why": why }))))
            }
            None => Err("nothing was proposed".to_owned()),
        }
    }
}

/// Why a confidence cannot be one.
fn sure(confidence: Option<f64>) -> Result<(), String> {
    match confidence {
        Some(value) if !(0.0..=1.0).contains(&value) => Err("`confidence` is a number from 0 to 1".to_owned()),
        _ => Ok(()),
    }
}

fn draft(label: Label, reason: &str, confidence: Option<f64>, step: Step) -> Draft {
    #[expect(clippy::cast_possible_truncation, reason = "seven digits are more than a confidence has")]
    let confidence = confidence.map(|value| value as f32);
    let evidence = if reason.is_empty() { Vec::new() } else { vec![Evidence::Note(reason.to_owned())] };
    Draft { label, reason: reason.to_owned(), evidence, confidence, likeness: String::new(), steps: vec![step] }
}

/// The fields that differ, in the names of the database.
fn edit_of(old: &Words, new: &Words) -> Edit {
    let mut edit = Edit::new();
    for (name, old, new) in
        [("title", &old.title, &new.title), ("body", &old.text, &new.text), ("kind", &old.kind, &new.kind)]
    {
        if old != new {
            edit.push((name.to_owned(), FieldValue::Text(new.clone())));
        }
    }
    for (name, old, new) in [("tags", &old.tags, &new.tags), ("files", &old.files, &new.files)] {
        if old != new {
            edit.push((name.to_owned(), FieldValue::List(new.clone())));
        }
    }
    edit
}

/// An answer with more in it; empty lists are left out.
fn with(mut answer: Json, more: &Json) -> Json {
    if let (Json::Object(answer), Json::Object(more)) = (&mut answer, more) {
        answer.extend(more.clone());
        answer.retain(|_, value| value.as_array().is_none_or(|items| !items.is_empty()));
    }
    answer
}
