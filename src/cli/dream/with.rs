//! A dream of a command of the person's own: batches of memories go in, proposals in their JSON form come out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
    time::Duration,
};

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{
    Dream, ProgressLine,
    answer::Answer,
    chosen,
    command::{NoAnswer, ask},
    marks::{Marks, hash},
    stop_on_signals,
};
use crate::{
    change::{
        Batch, Draft, FieldValue,
        form::{Form, Verb},
    },
    cli::{
        columns::grouped,
        fail::{Done, Failure, say},
        open::Session,
        out::Out,
        times,
    },
    judge,
    ledger::Taken,
    memory::{Key, Row},
    text,
};

/// What the command is told before the memories.
const INSTRUCTIONS: &str = include_str!("../../../assets/dream.md");
/// Bytes of memories in one batch, so that it fits into what a model reads at once.
const BYTES: usize = 120_000;
/// Complaints about one answer that are printed.
const COMPLAINTS: usize = 10;
/// After so many answers in a row that hold nothing, asking on would only cost the person money.
const GIVE_UP: usize = 3;

/// A memory as the command reads it.
#[derive(Debug, Serialize)]
struct MemoryLine {
    id: String,
    kind: String,
    project: Option<String>,
    created: Option<String>,
    confidence: Option<f32>,
    fields: Map<String, Json>,
}

/// What is asked at once.
struct Part {
    /// What tells it from any other: the memories in it and what they were.
    name: String,
    lines: String,
    memories: usize,
    /// By id: the version that is shown, and the fields in which something is masked.
    shown: BTreeMap<String, (crate::memory::Version, BTreeSet<String>)>,
}

/// What came of the parts.
#[derive(Default)]
struct Tally {
    proposals: usize,
    new: usize,
    known: usize,
    held: usize,
    refused: usize,
}

pub(super) fn run(session: &mut Session, line: &str, args: &Dream, out: &mut Out) -> Result<Done, Failure> {
    let filter = chosen(session, args)?;
    let stop = stop_on_signals();
    let mut progress = ProgressLine::new();
    let grounds = session.grounds(&filter, args.since)?;
    let keys: Vec<Key> = grounds.chosen.iter().filter(|known| known.fresh).map(|known| known.key).collect();
    drop(grounds);
    let groups = in_order(session, &keys)?;
    let limit = args.batch.max(1);
    let name = hash([line, INSTRUCTIONS, &args.query, args.scope.as_deref().unwrap_or_default()]);
    let mut marks = Marks::of(session.dream_marks(), name);
    let (mut tally, mut asked, mut skipped, mut at) = (Tally::default(), 0, 0, 0);
    // Batches whose answers could not be read, and how many of them came last in a row.
    let (mut unread, mut in_a_row) = (0, 0);
    while at < groups.len() {
        let part = part(session, groups.get(at..).unwrap_or_default(), limit)?;
        at += part.memories;
        if part.lines.is_empty() {
            continue;
        }
        if !args.dry_run && marks.is_done(&part.name) {
            skipped += 1;
            continue;
        }
        let question = format!("{INSTRUCTIONS}{}", part.lines);
        let far = format!("asking: {} of {}", grouped(at), grouped(groups.len()));
        let answer = ask(line, question, Duration::from_secs(args.timeout), &mut |took| {
            progress.show(&format!("{far}, for {} s", took.as_secs()));
            !stop.load(Ordering::Acquire)
        });
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => {
                drop(progress);
                say(&format!("{why}; {asked} batches were answered, run the same again to go on"));
                tally.print(out)?;
                return Ok(if matches!(why, NoAnswer::Stopped) { Done::Nothing } else { Done::Trouble });
            }
        };
        asked += 1;
        let answer = Answer::read(&answer);
        let (trouble, readable) = (answer.trouble.clone(), answer.readable());
        let drafts = read(session, answer, &part, asked, &mut tally)?;
        take(session, line, args, &drafts, &mut tally, out)?;
        if let Some(trouble) = trouble {
            say(&format!("batch {asked}: the answer cannot be used as a whole: {trouble}"));
            unread += 1;
            in_a_row = if readable > 0 { 0 } else { in_a_row + 1 };
            if in_a_row < GIVE_UP {
                continue;
            }
            drop(progress);
            say(&format!("{in_a_row} answers in a row held nothing; run the same again to go on"));
            tally.print(out)?;
            return Ok(Done::Trouble);
        }
        in_a_row = 0;
        if !args.dry_run {
            let kept = marks.done(part.name);
            kept.map_err(|error| Failure::Store(format!("how far the dream is cannot be written down: {error}")))?;
        }
    }
    drop(progress);
    // What could not be read is asked once more, not for ever.
    if !args.dry_run && (unread == 0 || skipped > 0) {
        marks.clear();
    }
    if skipped > 0 {
        say(&format!("{skipped} batches were answered by the run before"));
    }
    tally.print(out)?;
    if unread > 0 {
        say(&format!("{unread} of {asked} answers could not be used; the same again asks about these once more"));
        return Ok(Done::Trouble);
    }
    Ok(if tally.proposals == 0 { Done::Nothing } else { Done::Well })
}

/// The memories in the order in which they are asked about: by project, and within it from the oldest on, so that what
/// belongs together is read together.
fn in_order(session: &mut Session, keys: &[Key]) -> Result<Vec<Key>, Failure> {
    const PAGE: usize = 1000;
    let mut all: Vec<(Option<String>, Option<i64>, Key)> = Vec::with_capacity(keys.len());
    for page in keys.chunks(PAGE) {
        let rows = session.rows(page)?;
        all.extend(rows.into_iter().map(|row| (row.scope.project, row.created, row.key)));
    }
    all.sort_unstable();
    Ok(all.into_iter().map(|(.., key)| key).collect())
}

/// The next part of these memories.
fn part(session: &mut Session, keys: &[Key], limit: usize) -> Result<Part, Failure> {
    let mut part = Part { name: String::new(), lines: String::new(), memories: 0, shown: BTreeMap::new() };
    let mut names = Vec::new();
    for row in session.judged_rows(keys.get(..limit).unwrap_or(keys))? {
        if part.lines.len() >= BYTES {
            break;
        }
        let (_, fields) = session.editable(row.key)?;
        let (line, masked) = line(&row, &fields);
        let json = serde_json::to_string(&line).map_err(|error| Failure::Store(error.to_string()))?;
        // Hidden characters are written as escapes: what the command reads is what a person sees.
        part.lines.push_str(&text::json(&json));
        part.lines.push('\n');
        names.push(format!("{} {:x}", line.id, row.version.0));
        part.shown.insert(line.id, (row.version, masked));
        part.memories += 1;
    }
    // What is gone by now is passed over.
    if part.memories == 0 {
        part.memories = limit.min(keys.len());
    }
    part.name = hash(names.iter().map(String::as_str));
    Ok(part)
}

/// A memory as the command reads it, and the fields in which something is masked.
fn line(row: &Row, fields: &[(String, FieldValue)]) -> (MemoryLine, BTreeSet<String>) {
    let mut masked = BTreeSet::new();
    let mut shown = |name: &str, text: &str| {
        let safe = judge::mask(text);
        if safe != text {
            masked.insert(name.to_owned());
        }
        Json::String(safe.into_owned())
    };
    let mut all = Map::new();
    for (name, value) in fields {
        let json = match value {
            FieldValue::Text(text) if text.is_empty() => continue,
            FieldValue::List(items) if items.is_empty() => continue,
            FieldValue::Text(text) => shown(name, text),
            FieldValue::List(items) => items.iter().map(|item| shown(name, item)).collect(),
        };
        all.insert(name.clone(), json);
    }
    let line = MemoryLine {
        id: row.id.to_string(),
        kind: row.kind.clone(),
        project: row.scope.project.clone(),
        created: row.created.and_then(times::rfc3339),
        confidence: row.confidence.map(|confidence| (confidence.value * 100.0).round() / 100.0),
        fields: all,
    };
    (line, masked)
}

/// The proposals of an answer that can be taken; complaints about the others are said.
fn read(
    session: &mut Session,
    answer: Answer,
    part: &Part,
    number: usize,
    tally: &mut Tally,
) -> Result<Vec<Draft>, Failure> {
    let (mut drafts, mut complaints) = (Vec::new(), Vec::new());
    for (at, form) in answer.forms.into_iter().enumerate() {
        let form = form.and_then(|form| on_what_was_shown(form, part));
        match form {
            Ok(form) => match session.resolve(&form)? {
                Ok(draft) => drafts.push(draft),
                Err(found) => {
                    let reasons = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                    complaints.push(format!("proposal {}: {reasons}", at + 1));
                }
            },
            Err(reason) => complaints.push(format!("proposal {}: {reason}", at + 1)),
        }
    }
    tally.refused += complaints.len();
    for complaint in complaints.iter().take(COMPLAINTS) {
        say(&format!("batch {number}, {complaint}"));
    }
    if complaints.len() > COMPLAINTS {
        say(&format!("batch {number}: {} more could not be taken", complaints.len() - COMPLAINTS));
    }
    Ok(drafts)
}

/// A proposal made on the versions that the command was shown; refused when it is about something else, or would write
/// over what was masked.
fn on_what_was_shown(mut form: Form, part: &Part) -> Result<Form, String> {
    for (at, step) in form.steps.iter_mut().enumerate() {
        if step.verb == Verb::Add {
            continue;
        }
        let id = step.id.as_deref().unwrap_or_default();
        let Some((version, masked)) = part.shown.get(id) else {
            return Err(format!("steps[{at}].id: {} was not among the memories of this batch", text::line(id)));
        };
        if let Some(field) = step.set.keys().find(|field| masked.contains(*field)) {
            return Err(format!(
                "steps[{at}].set: `{field}` was shown masked; writing it would lose what is behind the mask"
            ));
        }
        step.base = Some(*version);
    }
    Ok(form)
}

/// Puts drafts into the queue, or prints them on a dry run.
fn take(
    session: &mut Session,
    line: &str,
    args: &Dream,
    drafts: &[Draft],
    tally: &mut Tally,
    out: &mut Out,
) -> Result<(), Failure> {
    tally.proposals += drafts.len();
    if drafts.is_empty() {
        return Ok(());
    }
    let mut taken: Vec<Option<Taken>> = vec![None; drafts.len()];
    if !args.dry_run {
        let program = line.split_whitespace().next().unwrap_or_default();
        let batch = Batch { id: 0, at: times::now(), author: format!("dream:{program}"), note: line.to_owned() };
        let proposed = session.admit(&batch, drafts.to_vec())?.proposed;
        tally.held += proposed.held;
        taken = proposed.taken.into_iter().map(Some).collect();
    }
    for (draft, taken) in drafts.iter().zip(taken) {
        match taken {
            Some(Taken::New(_)) => tally.new += 1,
            Some(_) => tally.known += 1,
            None => {}
        }
        super::show(session, "with", draft, taken, args, out)?;
    }
    Ok(())
}

impl Tally {
    fn print(&self, out: &mut Out) -> Result<(), Failure> {
        out.finish()?;
        say(&format!(
            "{} proposals: {} new, {} known, {} held; {} could not be taken",
            grouped(self.proposals),
            grouped(self.new),
            grouped(self.known),
            grouped(self.held),
            grouped(self.refused)
        ));
        if self.new > 0 {
            say(super::NEXT);
        }
        Ok(())
    }
}
