//! `propose_change`: a change of several memories, or one that the other tools do not make, for a person to decide about.

use std::ops::ControlFlow;

use serde_json::{Map, Value as Json, json};

use super::{
    door::{self, Words},
    session::{Outcome, Session, native_of, status, unwritten},
    show::{one_line, scope},
};
use crate::{
    change::form::{StepForm, Verb, read_form},
    config::Mode,
    curate::Decided,
    ledger::Taken,
    memory::EpochMs,
};

/// Steps of one proposal.
const STEPS: usize = 50;
/// What speaks for one.
const EVIDENCE: usize = 20;
/// What an agent may say of a memory, by what is done with it.
const NEW: [&str; 9] = ["title", "body", "kind", "bucket", "project", "tags", "files", "evidence", "confidence"];
const EDITED: [&str; 7] = ["title", "body", "kind", "bucket", "project", "tags", "files"];
const MARKED: [&str; 3] = ["confidence", "stale_after", "bucket"];

impl Session {
    pub(super) fn propose(&mut self, arguments: Map<String, Json>, now: EpochMs) -> Outcome {
        let mut form = read_form(Json::Object(arguments)).map_err(|complaint| one_line(&complaint.to_string()))?;
        if form.author.is_some() {
            return Err("`author`: who proposes is known; leave it out".to_owned());
        }
        if form.steps.len() > STEPS {
            return Err(format!("`steps` holds {}; {STEPS} at most are taken", form.steps.len()));
        }
        door::plain("cluster", &form.cluster)?;
        if form.evidence.len() > EVIDENCE {
            return Err(format!("`evidence` holds {}; {EVIDENCE} at most are taken", form.evidence.len()));
        }
        for evidence in &form.evidence {
            let said = [&evidence.memory, &evidence.session, &evidence.note].into_iter().flatten();
            said.chain([&evidence.quote]).try_for_each(|text| door::plain("evidence", text))?;
        }
        form.reason = Words { text: form.reason, ..Words::default() }.through(true)?.text;
        for at in 0..form.steps.len() {
            if let Some(step) = form.steps.get_mut(at) {
                let mut own = step.clone();
                self.check(&mut own, now).map_err(|reason| format!("steps[{at}]: {reason}"))?;
                *step = own;
            }
        }
        let draft = self.curator.resolve(&form).map_err(|complaints| {
            let said: Vec<String> = complaints.iter().map(|complaint| one_line(&complaint.to_string())).collect();
            said.join("; ")
        })?;
        self.in_pace()?;
        let policies = if self.settings.mode == Mode::Review { &[] } else { self.policies.as_slice() };
        let step = &mut |_, _: &[_]| ControlFlow::Continue(());
        let admitted = self.curator.admit(&self.batch, vec![draft], policies, now, step);
        let admitted = admitted.map_err(|problem| unwritten(&problem))?;
        self.batch.id = admitted.proposed.batch.unwrap_or(self.batch.id);
        if let Some((proposal, Decided::Applied { .. })) = admitted.decided.first() {
            self.took();
            return Ok(status("written", json!({ "proposal": proposal })));
        }
        match admitted.proposed.taken.first() {
            Some(Taken::Rejected(_)) => Err("it is not taken again: a person said no to the same before".to_owned()),
            Some(Taken::New(proposal) | Taken::Waits(proposal)) => {
                self.took();
                Ok(status("waits", json!({ "proposal": proposal, "why": "a person decides about it" })))
            }
            None => Err("nothing was proposed".to_owned()),
        }
    }

    /// Makes sure that a step is about memories that the agent may see and says nothing that it may not say.
    fn check(&mut self, step: &mut StepForm, now: EpochMs) -> Result<(), String> {
        let allowed: &[&str] = match step.verb {
            Verb::Add => &NEW,
            Verb::Edit => &EDITED,
            Verb::Mark => &MARKED,
            Verb::Delete => &[],
        };
        for name in step.set.keys() {
            if !allowed.contains(&name.as_str()) {
                return Err(format!("`{}` cannot be set; there are {}", one_line(name), allowed.join(", ")));
            }
        }
        let here = match &step.id {
            Some(id) => {
                let kept = self.visible(id, now)?;
                step.id = Some(format!("{}:{}", self.store.about().name, native_of(kept.id)));
                self.may_propose(kept.project.as_deref())?;
                kept.project
            }
            None => self.grants.project.clone(),
        };
        step.store = None;
        let project = match step.set.get("project") {
            Some(Json::Null) if step.verb == Verb::Add => None,
            Some(Json::String(name)) => self.scope_named(Some(name))?,
            Some(_) => return Err("`project` is a project's name".to_owned()),
            None => here,
        };
        self.may_propose(project.as_deref())?;
        if step.verb == Verb::Delete || step.verb == Verb::Mark {
            return Ok(());
        }
        let words = words_of(&step.set)?.part_through(self.settings.mask_secrets)?;
        written_back(&mut step.set, &words);
        if step.verb == Verb::Add {
            self.not_buried(&words)?;
            if let Some(project) = project {
                step.set.insert("project".to_owned(), json!(project));
            } else {
                step.set.remove("project");
            }
            // Who writes and by which way is not the caller's to say.
            for (name, value) in
                [("author", self.grants.sight.agent.as_str()), ("tool", "mcp"), ("session", self.name.as_str())]
            {
                step.set.insert(name.to_owned(), json!(value));
            }
        }
        Ok(())
    }

    fn may_propose(&self, project: Option<&str>) -> Result<(), String> {
        if self.grants.may_propose(project) {
            return Ok(());
        }
        Err(format!("you may not propose changes in the scope {}", scope(project)))
    }
}

/// The fields of a step by the names that the door knows.
fn words_of(set: &Map<String, Json>) -> Result<Words, String> {
    let text = |name: &str| match set.get(name) {
        None | Some(Json::Null) => Ok(String::new()),
        Some(Json::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("`{name}` is a text")),
    };
    let list = |name: &str| match set.get(name) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| format!("`{name}` is a list of texts")),
        Some(_) => Err(format!("`{name}` is a list of texts")),
    };
    Ok(Words {
        title: text("title")?,
        text: text("body")?,
        kind: text("kind")?,
        tags: list("tags")?,
        files: list("files")?,
        evidence: text("evidence")?,
        remarks: Vec::new(),
    })
}

/// Puts what came through the door in the place of what was given.
fn written_back(set: &mut Map<String, Json>, words: &Words) {
    let all = [
        ("title", json!(words.title)),
        ("body", json!(words.text)),
        ("kind", json!(words.kind)),
        ("tags", json!(words.tags)),
        ("files", json!(words.files)),
        ("evidence", json!(words.evidence)),
    ];
    for (name, value) in all {
        if let Some(given) = set.get_mut(name) {
            *given = value;
        }
    }
}
