//! `memtui queue show`, and what a verdict would do: the differences word by word, readable without colour.

use super::{
    args::Show,
    json::{ProposalJson, StepJson, WaitingJson},
};
use crate::{
    app::{
        DiffLine, FieldDiff, Sign, Veil,
        diff::{self, shown},
    },
    change::{
        Edit, FieldValue, Proposal, ProposalId, Step, Waiting, Wish,
        form::{StepForm, Verb},
    },
    cli::{
        fail::{Done, Failure},
        json::FieldJson,
        open::Session,
        out::Out,
        times,
    },
    curate::{Fit, suspicions},
    ledger::Standing,
    memory::tokens_of_bytes,
    text,
};

/// A proposal with what it would do now.
pub(super) struct Looked {
    pub(super) proposal: Proposal,
    pub(super) standing: Standing,
    changes: Vec<Change>,
}

/// A step with what it would do now.
struct Change {
    form: StepForm,
    /// The memory's public id, or the store that gets a new one.
    id: String,
    title: String,
    /// The memory's fields as they are.
    now: Edit,
    fit: Fit,
    /// The fields that count, before and after; a field that comes or goes is on one side only.
    fields: Vec<(String, Option<FieldValue>, Option<FieldValue>)>,
    signals: Vec<String>,
}

pub(super) fn run(session: &mut Session, args: &Show, out: &mut Out) -> Result<Done, Failure> {
    for (at, named) in args.ids.iter().enumerate() {
        let looked = look(session, named.id)?;
        if let Some(version) = named.version.filter(|version| *version != looked.proposal.line.version) {
            let now = looked.proposal.line.version;
            return Err(Failure::Refused(format!("proposal {} is not at version {version} but at {now}", named.id)));
        }
        if args.json {
            out.json(&looked.json())?;
            continue;
        }
        if at > 0 {
            out.line("")?;
        }
        looked.print(session.veil(), out)?;
    }
    Ok(Done::Well)
}

/// Reads a proposal and what it would do now.
pub(super) fn look(session: &mut Session, id: ProposalId) -> Result<Looked, Failure> {
    if !session.has_ledger() {
        return Err(Failure::Usage(format!("there is no proposal {id}; nothing was ever proposed")));
    }
    let curator = session.curator()?;
    let (proposal, standing) = curator.proposal(id, times::now())?;
    let fits = curator.fits(&proposal.draft)?;
    let forms = curator.form_of(&proposal.draft, "").steps;
    let mut changes = Vec::with_capacity(forms.len());
    for ((step, fit), form) in proposal.draft.steps.iter().zip(fits).zip(forms) {
        changes.push(change(session, step, fit, form)?);
    }
    Ok(Looked { proposal, standing, changes })
}

fn change(session: &mut Session, step: &Step, fit: Fit, form: StepForm) -> Result<Change, Failure> {
    let now = session.fields_now(step.store, &step.native)?;
    let value = |edit: &Edit, name: &str| edit.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let fields = match (&step.wish, &fit) {
        (_, Fit::Already) => Vec::new(),
        (Wish::Edit(edit), fit) => {
            let edit = if let Fit::Rebased(edit) = fit { edit } else { edit };
            let changed = edit.iter().filter(|wanted| !now.contains(wanted));
            changed.map(|(name, new)| (name.clone(), value(&now, name), Some(new.clone()))).collect()
        }
        (Wish::Delete, _) => now
            .iter()
            .filter(|(_, old)| !is_empty(old))
            .map(|(name, old)| (name.clone(), Some(old.clone()), None))
            .collect(),
        (Wish::Add(_) | Wish::Mark(_), _) => {
            form.set.iter().map(|(name, new)| (name.clone(), None, Some(FieldValue::Text(words(new))))).collect()
        }
    };
    let (id, title) = match (&form.id, &form.store) {
        (None, Some(store)) => (store.clone(), String::new()),
        _ => session.called(step.store, &step.native)?,
    };
    let signals =
        suspicions(step).into_iter().map(|found| format!("{}: {}", found.signal.name(), found.reason)).collect();
    Ok(Change { form, id, title, now, fit, fields, signals })
}

fn is_empty(value: &FieldValue) -> bool {
    match value {
        FieldValue::Text(text) => text.is_empty(),
        FieldValue::List(items) => items.is_empty(),
    }
}

/// A JSON value for people.
fn words(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl Looked {
    /// Whether all of it could be carried out now.
    pub(super) fn is_possible(&self) -> bool {
        self.standing == Standing::Waiting && !self.changes.iter().any(|it| matches!(it.fit, Fit::Conflict { .. }))
    }

    pub(super) fn json(&self) -> ProposalJson {
        ProposalJson {
            line: WaitingJson::from(&self.proposal.line),
            state: self.standing.name(),
            evidence: self.proposal.draft.evidence.iter().map(Into::into).collect(),
            steps: self.changes.iter().map(|change| change.form.clone()).collect(),
            changes: self.changes.iter().map(Change::json).collect(),
        }
    }

    pub(super) fn print(&self, veil: Veil, out: &mut Out) -> Result<(), Failure> {
        let line = &self.proposal.line;
        out.line(&head(line))?;
        let state = match self.standing {
            Standing::Waiting => String::new(),
            standing => format!(" · {}", standing.name()),
        };
        let note = if line.batch.note.is_empty() { String::new() } else { format!(" ({})", line.batch.note) };
        let sure = line.confidence.map_or_else(String::new, |value| format!(" · confidence {value:.2}"));
        let cluster = if line.likeness.is_empty() { String::new() } else { format!(" · cluster {}", line.likeness) };
        let at = times::local(line.batch.at);
        let from = format!("{}{note} · batch {} · {at}{sure}{cluster}{state}", line.batch.author, line.batch.id);
        wrapped("", &from, out)?;
        wrapped("why: ", &veil.text(&line.reason), out)?;
        for evidence in &self.proposal.draft.evidence {
            wrapped("evidence: ", &veil.text(&evidence.words()), out)?;
        }
        if let Some(held) = &line.held {
            wrapped("held: ", held, out)?;
        }
        for change in &self.changes {
            out.line("")?;
            change.print(veil, out)?;
        }
        let [before, after] = self.tokens();
        if before != after {
            out.line("")?;
            out.line(&format!("~{before} tokens before, ~{after} after"))?;
        }
        Ok(())
    }

    /// What the memories cost an agent, all their fields together, before and after.
    fn tokens(&self) -> [u32; 2] {
        let length = |value: &FieldValue| shown(value).len() as u64;
        let (mut before, mut after) = (0, 0);
        for change in self.changes.iter().filter(|change| change.form.verb != Verb::Mark) {
            let now: u64 = change.now.iter().map(|(_, value)| length(value)).sum();
            let gone: u64 = change.fields.iter().filter_map(|(_, old, _)| old.as_ref()).map(length).sum();
            let new: u64 = change.fields.iter().filter_map(|(_, _, new)| new.as_ref()).map(length).sum();
            before += now;
            after += now - gone.min(now) + new;
        }
        [tokens_of_bytes(before), tokens_of_bytes(after)]
    }
}

/// `12@1  merges 3 memories: edits 1, removes 2`.
pub(super) fn head(line: &Waiting) -> String {
    format!("{}@{}  {}", line.id, line.version, line.sentence())
}

impl Change {
    fn verdict(&self) -> (&'static str, Vec<String>) {
        match &self.fit {
            Fit::Fresh => ("fresh", Vec::new()),
            Fit::Rebased(_) => ("rebased", Vec::new()),
            Fit::Already => ("already", Vec::new()),
            Fit::Conflict { fields, .. } => ("conflict", fields.clone()),
        }
    }

    fn json(&self) -> StepJson {
        let (fit, conflicts) = self.verdict();
        let said = |value: &Option<FieldValue>| value.as_ref().map(shown);
        let fields = self.fields.iter().map(|(field, before, after)| FieldJson {
            field: field.clone(),
            before: said(before),
            after: said(after),
        });
        StepJson {
            verb: self.form.verb,
            id: self.id.clone(),
            title: self.title.clone(),
            fit,
            conflicts,
            fields: fields.collect(),
            signals: self.signals.clone(),
        }
    }

    fn print(&self, veil: Veil, out: &mut Out) -> Result<(), Failure> {
        let fit = match &self.fit {
            Fit::Fresh => String::new(),
            Fit::Rebased(_) => "  (rebased: it changed since, and both changes go together)".to_owned(),
            Fit::Already => "  (so already)".to_owned(),
            Fit::Conflict { now, .. } if now.is_empty() => "  (conflict: it is gone)".to_owned(),
            Fit::Conflict { fields, .. } if fields.is_empty() => "  (conflict: it changed since)".to_owned(),
            Fit::Conflict { fields, .. } => format!("  (conflict: both changed {})", fields.join(", ")),
        };
        let title = if self.title.is_empty() { String::new() } else { format!("  {}", veil.text(&self.title)) };
        wrapped("", &format!("{} {}{title}{fit}", self.form.verb.name(), self.id), out)?;
        for (name, before, after) in &self.fields {
            let said = |value: &Option<FieldValue>| value.as_ref().map(shown);
            print_field(&diff::field(name, said(before).as_deref(), said(after).as_deref(), veil), out)?;
        }
        for signal in &self.signals {
            wrapped("  ! ", signal, out)?;
        }
        Ok(())
    }
}

fn print_field(field: &FieldDiff, out: &mut Out) -> std::io::Result<()> {
    out.line(&format!("  {}", field.name))?;
    field.lines.iter().try_for_each(|line| print_line(line, out))
}

/// A line of a difference; where only some words of it differ, they stand in braces.
fn print_line(line: &DiffLine, out: &mut Out) -> std::io::Result<()> {
    let (sign, open, close) = match line.sign {
        Sign::Same => (" ", "", ""),
        Sign::Removed => ("-", "[-", "-]"),
        Sign::Added => ("+", "{+", "+}"),
        Sign::Skipped(count) => return out.line(&format!("      … {count} more that stay")),
    };
    let partly = line.pieces.iter().any(|(differs, _)| !differs) && line.pieces.iter().any(|(differs, _)| *differs);
    let mut words = String::new();
    for (differs, piece) in &line.pieces {
        if *differs && partly {
            words.extend([open, &text::exact(piece), close]);
        } else {
            words.push_str(&text::exact(piece));
        }
    }
    wrapped(&format!("    {sign} "), &words, out)
}

/// Words behind a sign; on a terminal in lines that begin below each other.
fn wrapped(sign: &str, words: &str, out: &mut Out) -> std::io::Result<()> {
    let Some(width) = out.width() else { return out.line(&format!("{sign}{words}")) };
    let room = width.saturating_sub(sign.len()).max(10);
    for (at, line) in text::wrap(words, room).iter().enumerate() {
        let before = if at == 0 { sign.to_owned() } else { " ".repeat(sign.len()) };
        out.line(&format!("{before}{}", line.text))?;
    }
    Ok(())
}
