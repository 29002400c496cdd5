//! The queue for a person: proposals in clusters, and one of them as it would change what is there now.

use std::collections::HashMap;

use super::{Desk, Reply};
use crate::{
    change::{self, Draft, Edit, Evidence, FieldValue, Mark, Proposal, ProposalId, Step, Waiting, Wish},
    curate::{CurateProblem, Curator, Fit, fields_of, fit, texts_of},
    judge,
    ledger::{Given, QueueMark, Rate, Standing},
    memory::{EpochMs, Finding, Key, MemoryId, Overlay, Row, SectionStyle, Version, tokens_of_bytes},
    store,
};

/// The queue as a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    /// What waits, in clusters: by batch, then by likeness, then in the order in which it came. What a person said no to
    /// before stands apart.
    pub lines: Vec<Queued>,
    /// What policies applied and nobody has seen yet.
    pub unseen: Vec<(Given, Waiting)>,
    /// How often the person agreed with whom.
    pub rates: Vec<Rate>,
    /// Where the queue stood when it was read.
    pub mark: QueueMark,
}

/// A line of the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// The proposal.
    pub line: Waiting,
    /// The cluster it stands in; neighbours with the same number can be decided at once.
    pub cluster: u32,
}

/// A proposal with what it would do to the memories as they are now.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The proposal.
    pub proposal: Proposal,
    /// How it stands.
    pub standing: Standing,
    /// What it would do, one part for each step.
    pub parts: Vec<Part>,
    /// For each piece of evidence where its memory is, if it names one that is there.
    pub evidence: Vec<Option<Key>>,
}

/// What a step would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The memory's public name; the store's name alone for one that is to be added.
    pub id: MemoryId,
    /// Where it is, if it is there.
    pub key: Option<Key>,
    /// Its title, or that of the memory that is to be added; raw text.
    pub title: String,
    /// Whether the step still fits.
    pub fit: Fit,
    /// What the memory is now; the verdict of a hand is about that one.
    pub version: Option<Version>,
    /// Its fields now.
    pub now: Edit,
    /// Its fields afterwards, all of them; empty when it goes.
    pub after: Edit,
    /// The pieces that can be taken or left one by one.
    pub hunks: Vec<Hunk>,
    /// What its text would show that it does not show now.
    pub raised: Vec<Finding>,
    /// What its text shows now and would not afterwards.
    pub settled: Vec<Finding>,
    /// Estimated tokens of its text: now and afterwards.
    pub tokens: [u32; 2],
}

/// A piece of a step that can be taken or left: a field of an edit, or all of another step.
#[derive(Clone, Debug, PartialEq)]
pub struct Hunk {
    /// The fields that it changes.
    pub fields: Vec<FieldChange>,
    /// Whether the memory moved since in a way that excludes it: a person has to choose.
    pub conflict: bool,
}

/// What happens to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name in the store, or that of a mark.
    pub name: String,
    /// What it was when the proposal was made, where that is not what it is now.
    pub base: Option<FieldValue>,
    /// What it is now.
    pub before: Option<FieldValue>,
    /// What it would be.
    pub after: Option<FieldValue>,
}

impl Offer {
    /// Estimated tokens of all its memories: now and afterwards.
    pub fn tokens(&self) -> [u64; 2] {
        let sum = |at: usize| self.parts.iter().filter_map(|part| part.tokens.get(at)).map(|n| u64::from(*n)).sum();
        [sum(0), sum(1)]
    }
}

impl Part {
    /// What a step would do to a memory that is there as `row`, if it is, and has these fields now.
    pub fn new(step: &Step, id: MemoryId, row: Option<&Row>, now: Edit, fit: Fit) -> Self {
        let overlay = row.map(|row| row.overlay.clone()).unwrap_or_default();
        let (after, hunks) = outcome(step, &fit, &now, &overlay);
        let title = row.map_or_else(|| title_of(if now.is_empty() { &after } else { &now }), |row| row.title.clone());
        let (was, will) = (findings(&now), findings(&after));
        let beyond = |these: &[Finding], those: &[Finding]| -> Vec<Finding> {
            these.iter().filter(|finding| !those.contains(finding)).cloned().collect()
        };
        let (raised, settled) = (beyond(&will, &was), beyond(&was, &will));
        let tokens = [tokens(&now), tokens(&after)];
        let (key, version) = (row.map(|row| row.key), row.map(|row| row.version));
        Self { id, key, title, fit, version, now, after, hunks, raised, settled, tokens }
    }
}

/// The list of the queue.
pub(super) fn queue(curator: &Curator, now: EpochMs) -> Result<Queue, CurateProblem> {
    let mark = curator.ledger()?.queue_mark(now, &curator.open())?;
    let lines = in_clusters(curator.waiting(now)?);
    Ok(Queue { lines, unseen: curator.unseen()?, rates: curator.ledger()?.rates()?, mark })
}

/// Lines in clusters, each where its first line stood. A proposal without likeness stands alone.
pub fn in_clusters(waiting: Vec<Waiting>) -> Vec<Queued> {
    type Group<'a> = (i64, bool, &'a str, &'static str, i64);
    let mut numbers: HashMap<Group<'_>, u32> = HashMap::new();
    let mut clusters = Vec::with_capacity(waiting.len());
    for Waiting { id, batch, held, likeness, label, .. } in &waiting {
        let alone = if likeness.is_empty() { *id } else { 0 };
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let group = (batch.id, held.is_some(), likeness.as_str(), label.name(), alone);
        clusters.push(*numbers.entry(group).or_insert(next));
    }
    let mut lines: Vec<Queued> =
        waiting.into_iter().zip(clusters).map(|(line, cluster)| Queued { line, cluster }).collect();
    lines.sort_by_key(|it| (it.line.batch.id, it.line.held.is_some(), it.cluster, it.line.id));
    lines
}

/// The answer to the question for a proposal.
pub(super) fn proposal(curator: &mut Curator, desk: &mut Desk, id: ProposalId) -> Reply {
    Reply::Proposal { id, offer: desk.offer(curator, id).map(Box::new).map_err(|problem| problem.to_string()) }
}

impl Desk {
    /// A proposal with what it would do to the memories as they are now.
    ///
    /// # Errors
    /// [`CurateProblem`] when there is none of that number, or ledger or store cannot be read.
    pub fn offer(&mut self, curator: &mut Curator, id: ProposalId) -> Result<Offer, CurateProblem> {
        let (proposal, standing) = curator.proposal(id, self.library().now())?;
        let Draft { steps, evidence, .. } = &proposal.draft;
        let decided = standing != Standing::Waiting;
        let parts = steps.iter().map(|step| self.part(step, decided)).collect::<store::Result<Vec<Part>>>()?;
        let evidence = evidence.iter().map(|piece| self.place_of(piece)).collect::<store::Result<_>>()?;
        Ok(Offer { proposal, standing, parts, evidence })
    }

    fn place_of(&mut self, piece: &Evidence) -> store::Result<Option<Key>> {
        let Evidence::Memory { id, .. } = piece else { return Ok(None) };
        id.parse().ok().map_or(Ok(None), |id| self.find(&id))
    }

    /// What a step would do; of a decided proposal what it did, told by what it was made on.
    fn part(&mut self, step: &Step, decided: bool) -> store::Result<Part> {
        let store = self.library().names().get(usize::from(step.store)).cloned().unwrap_or_default();
        let id = MemoryId { store, native: step.native.clone() };
        let row = self.row_of(step)?;
        let key = row.as_ref().map(|row| row.key);
        let reader = self.reader(step.store)?;
        let fit = if decided { Fit::Fresh } else { fit(reader, step)? };
        let now = match key.filter(|_| !decided) {
            None => step.was.clone(),
            Some(key) => match reader.editable(key.handle)? {
                Some(fields) => fields,
                None => reader.memory(key.handle)?.map(|memory| as_fields(&memory)).unwrap_or_default(),
            },
        };
        Ok(Part::new(step, id, row.as_ref(), now, fit))
    }

    fn row_of(&mut self, step: &Step) -> store::Result<Option<Row>> {
        let Some(handle) = self.reader(step.store)?.handle(&step.native) else { return Ok(None) };
        Ok(self.rows(&[Key { store: step.store, handle }])?.pop())
    }
}

/// What the fields of a step's memory would be, and the pieces of the step.
fn outcome(step: &Step, fit: &Fit, now: &Edit, overlay: &Overlay) -> (Edit, Vec<Hunk>) {
    let conflict = matches!(fit, Fit::Conflict { .. });
    let base_of = |name: &str| {
        let was = value(&step.was, name);
        was.filter(|was| conflict && value(now, name) != Some(*was)).cloned()
    };
    let whole = |fields: Vec<FieldChange>| vec![Hunk { fields, conflict }];
    match &step.wish {
        Wish::Add(record) => {
            let after = fields_of(record);
            let added = |(name, value): &(String, FieldValue)| FieldChange {
                name: name.clone(),
                base: None,
                before: None,
                after: Some(value.clone()),
            };
            let fields = after.iter().map(added).collect();
            (after, whole(fields))
        }
        Wish::Delete => {
            let removed = |(name, value): &(String, FieldValue)| FieldChange {
                name: name.clone(),
                base: base_of(name),
                before: Some(value.clone()),
                after: None,
            };
            let said = now.iter().filter(|(_, value)| !is_empty(value)).map(removed).collect();
            (Edit::new(), whole(said))
        }
        Wish::Mark(marks) => (now.clone(), whole(marks.iter().map(|mark| marked(*mark, overlay)).collect())),
        Wish::Edit(wanted) => {
            let merged = change::merge(&step.was, now, wanted);
            let excluded = |name: &str| merged.conflicts.iter().any(|field| field == name);
            let chosen = wanted.iter().filter(|(name, _)| excluded(name)).chain(&merged.edit);
            let chosen: Vec<&(String, FieldValue)> = chosen.collect();
            let mut after = now.clone();
            for (name, value) in &chosen {
                match after.iter_mut().find(|(field, _)| field == name) {
                    Some((_, field)) => field.clone_from(value),
                    None => after.push((name.clone(), value.clone())),
                }
            }
            let hunk = |(name, wish): &&(String, FieldValue)| Hunk {
                fields: vec![FieldChange {
                    name: name.clone(),
                    base: base_of(name),
                    before: value(now, name).cloned(),
                    after: Some(wish.clone()),
                }],
                conflict: conflict && (excluded(name) || now.is_empty()),
            };
            let hunks = chosen.iter().map(hunk).collect();
            (after, hunks)
        }
    }
}

/// A mark as a change of what a person said. Moments are numbers: whoever shows them knows the person's calendar.
fn marked(mark: Mark, now: &Overlay) -> FieldChange {
    let text = |value: String| Some(FieldValue::Text(value));
    let confidence = |value: Option<f32>| value.and_then(|value| text(format!("{value:.2}")));
    let moment = |at: Option<EpochMs>| at.and_then(|at| text(at.to_string()));
    let pinned = |pinned: bool| text(u8::from(pinned).to_string());
    let (name, before, after) = match mark {
        Mark::Confidence(value) => ("confidence", confidence(now.confidence), confidence(value)),
        Mark::Pinned(value) => ("pinned", pinned(now.pinned), pinned(value)),
        Mark::StaleAfter(at) => ("stale_after", moment(now.stale_after), moment(at)),
        Mark::Bucket(bucket) => {
            let named = |bucket: Option<crate::memory::Bucket>| bucket.and_then(|it| text(it.name().to_owned()));
            ("bucket", named(now.bucket), named(bucket))
        }
        Mark::Reviewed(at) => ("reviewed_at", moment(now.reviewed_at), moment(at)),
    };
    FieldChange { name: name.to_owned(), base: None, before, after }
}

/// What a memory says that has no fields to edit.
fn as_fields(memory: &crate::memory::Memory) -> Edit {
    let mut fields = vec![("title".to_owned(), FieldValue::Text(memory.title.clone()))];
    fields.extend(memory.sections.iter().map(|section| {
        let value = match section.style {
            SectionStyle::Prose => FieldValue::Text(section.items.join("\n")),
            SectionStyle::List => FieldValue::List(section.items.clone()),
        };
        (section.name.clone(), value)
    }));
    fields
}

fn value<'a>(fields: &'a Edit, name: &str) -> Option<&'a FieldValue> {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

fn is_empty(value: &FieldValue) -> bool {
    match value {
        FieldValue::Text(text) => text.trim().is_empty(),
        FieldValue::List(items) => items.is_empty(),
    }
}

/// The title among fields, else the first line of the first text.
fn title_of(fields: &Edit) -> String {
    let text = match value(fields, "title") {
        Some(FieldValue::Text(title)) if !title.trim().is_empty() => title.as_str(),
        _ => texts_of(fields).first().copied().unwrap_or_default(),
    };
    text.lines().next().unwrap_or_default().to_owned()
}

fn findings(fields: &Edit) -> Vec<Finding> {
    let texts = texts_of(fields);
    if texts.is_empty() { Vec::new() } else { judge::findings("", &texts) }
}

fn tokens(fields: &Edit) -> u32 {
    tokens_of_bytes(texts_of(fields).iter().map(|text| text.len() as u64).sum())
}
