//! An engine for tests: answers requests from memories that it holds. Used by the screen tests as well.

#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::too_many_lines,
    reason = "the numbers of a test are small, and the engine is one table of answers"
)]

mod carry;
mod desk;
mod insights;
mod memories;
mod past;
mod queue;

use std::collections::HashMap;

pub(crate) use desk::{Desk, setup};
pub(crate) use memories::memory;
pub(crate) use queue::Proposals;

use crate::{
    catalog::{Count, Facets, Group, SortKey, Tally, ViewSpec},
    change::{Edit, FieldValue, Label},
    curate::{Act, ChangeView, Mark, Report},
    engine::{ConfidenceTerm, Detail, Elsewhere, Lines, Reply, Request, Sit, View, ViewId},
    ledger::{Operation, OperationState},
    memory::{
        Bucket, Confidence, EpochMs, Handle, Key, Likeness, Memory, MemoryId, Row, Seat, SectionStyle, Sitting, Source,
        Target,
    },
    query::{Expr, Flag, NameField, NumberField, Term, conf_as_shown},
};
use memories::TITLES;

/// 2026-11-20T10:00:00Z.
pub(crate) const NOW: EpochMs = 1_795_168_800_000;
const HOUR: EpochMs = 3_600_000;

/// The engine.
pub(crate) struct Fake {
    /// What is in the store, in the order of capture, newest first.
    pub(crate) memories: Vec<Memory>,
    /// Requests in the order in which they came.
    pub(crate) asked: Vec<Request>,
    /// Whether edits are refused.
    pub(crate) refuse: bool,
    /// What waits for a verdict, and what was decided.
    pub(crate) queue: Proposals,
    /// What others did since the person last looked.
    pub(crate) elsewhere: Vec<Elsewhere>,
    /// The sitting as it was kept last.
    pub(crate) sitting: Option<Sitting>,
    views: HashMap<ViewId, Vec<Key>>,
    log: Vec<(Operation, Vec<ChangeView>, Vec<Memory>)>,
    numbers: u64,
}

impl Fake {
    /// An engine over so many memories.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            memories: (0..count).map(memory).collect(),
            asked: Vec::new(),
            refuse: false,
            sitting: None,
            queue: Proposals::over(count),
            elsewhere: Vec::new(),
            views: HashMap::new(),
            log: Vec::new(),
            numbers: 0,
        }
    }

    fn find(&self, key: Key) -> Option<&Memory> {
        self.memories.iter().find(|memory| memory.row.key == key)
    }

    /// The answers to a request.
    pub(crate) fn answer(&mut self, request: Request) -> Vec<Reply> {
        self.asked.push(request.clone());
        match request {
            Request::View { spec, follow, marked } => vec![Reply::View(self.view(spec, follow, &marked))],
            Request::Page { view, range } => {
                let keys = self.views.get(&view).cloned().unwrap_or_default();
                let rows =
                    keys[range.clone()].iter().map(|key| self.find(*key).map(|memory| memory.row.clone())).collect();
                vec![Reply::Page { view, from: range.start, rows }]
            }
            Request::Keys { view, range } => {
                let target = |key: &Key| Target {
                    key: *key,
                    seen: self.find(*key).map_or_else(Default::default, |memory| memory.row.version),
                };
                vec![Reply::Keys { view, targets: self.views[&view][range].iter().map(target).collect() }]
            }
            Request::Open { key } => vec![Reply::Memory { key, detail: self.detail(key) }],
            Request::Find { id } => {
                let key = self.memories.iter().find(|memory| memory.row.id == id).map(|memory| memory.row.key);
                vec![Reply::Found { id, key }]
            }
            Request::Facets { spec, .. } => vec![Reply::Facets(self.facets(&spec))],
            Request::Counts { filters } => {
                let count = |filter: &Expr| Count {
                    number: self.memories.iter().filter(|memory| holds(filter, memory, &[])).count(),
                    exact: true,
                };
                vec![Reply::Counts(filters.iter().map(count).collect())]
            }
            Request::Insights { spec, marked, zone } => {
                let insights = Box::new(self.insights(&spec, &marked, zone));
                vec![Reply::Insights { filter: spec.filter, insights }]
            }
            Request::Editable { key } => {
                let fields = self.find(key).map(fields).unwrap_or_default();
                vec![Reply::Editable { key, base: [0; 32], fields }]
            }
            Request::Log { before, .. } => {
                let operations = self.log.iter().rev().map(|(operation, ..)| operation.clone()).collect();
                vec![Reply::Log { before, operations }]
            }
            Request::Operation { id, .. } => {
                let found = self.log.iter().find(|(operation, ..)| operation.id == id);
                let changes = found.map(|(_, changes, _)| changes.clone()).unwrap_or_default();
                vec![Reply::Operation { id, total: changes.len(), changes }]
            }
            Request::Queue => vec![Reply::Queue(Box::new(self.queue.list()))],
            Request::Proposal { id } => vec![Reply::Proposal { id, offer: self.offer(id) }],
            Request::Saw(verdicts) => {
                self.queue.applied.retain(|(given, _)| !verdicts.contains(&given.id));
                Vec::new()
            }
            Request::Act(Act::Decide { proposals, decision, .. }) => vec![self.decide(&proposals, &decision)],
            Request::Act(act) => vec![self.act(act)],
            Request::Sit(order) => vec![self.sit(order)],
            Request::Past(past) => vec![self.past(past)],
            Request::Elsewhere => vec![Reply::Elsewhere(self.elsewhere.clone())],
            Request::SawElsewhere => {
                self.elsewhere.clear();
                Vec::new()
            }
            Request::Propose(_) => vec![Reply::Notice("it waits in the queue now".to_owned())],
            Request::Carry(asked) => vec![Reply::Carry(self.carry(asked))],
            Request::StopAct | Request::Inbox(_) => Vec::new(),
        }
    }

    fn view(&mut self, spec: ViewSpec, follow: Option<Key>, marked: &[Key]) -> View {
        let mut found: Vec<&Memory> =
            self.memories.iter().filter(|memory| holds(&spec.filter, memory, marked)).collect();
        match spec.sort.key {
            SortKey::Age => found.sort_by_key(|memory| std::cmp::Reverse(memory.row.created)),
            SortKey::Confidence => found.sort_by(|a, b| {
                let value = |memory: &Memory| memory.row.confidence.map_or(0.0, |confidence| confidence.value);
                value(a).total_cmp(&value(b))
            }),
            SortKey::Size => found.sort_by_key(|memory| memory.row.tokens),
            _ => found.sort_by_key(|memory| memory.row.kind.clone()),
        }
        if spec.sort.descending {
            found.reverse();
        }
        let mut groups: Vec<Group> = Vec::new();
        if spec.grouped {
            found.sort_by_key(|memory| memory.row.scope.short().to_owned());
            for (at, memory) in found.iter().enumerate() {
                match groups.last_mut() {
                    Some(group) if group.scope == memory.row.scope.short() => group.count += 1,
                    _ => groups.push(Group { scope: memory.row.scope.short().to_owned(), from: at, count: 1 }),
                }
            }
        }
        let keys: Vec<Key> = found.iter().map(|memory| memory.row.key).collect();
        self.numbers += 1;
        let view = View {
            id: self.numbers,
            count: Count { number: keys.len(), exact: true },
            of: Count { number: self.memories.len(), exact: true },
            groups,
            found: follow.and_then(|key| keys.iter().position(|known| *known == key)),
            partial: false,
            remark: None,
            lines: Lines::default(),
            past: self.past_view(&spec.filter),
            spec,
        };
        self.views.insert(self.numbers, keys);
        view
    }

    fn detail(&self, key: Key) -> Option<Box<Detail>> {
        let memory = self.find(key)?.clone();
        let session = memory.row.scope.session.clone();
        let mut neighbours: Vec<(Handle, String)> = self
            .memories
            .iter()
            .filter(|other| other.row.scope.session == session)
            .map(|other| (other.row.key.handle, other.title.clone()))
            .collect();
        neighbours.reverse();
        let derived = Confidence { value: 0.62, source: Source::Derived };
        let term =
            |name: &'static str, found: &str, factor: f32| ConfidenceTerm { name, found: found.to_owned(), factor };
        Some(Box::new(Detail {
            terms: vec![
                term("origin", "an agent wrote it down, with a session behind it", 0.8),
                term("support", "two other sessions say nearly the same", 1.1),
                term("age", "143 days; half of its kind are replaced after 180", 0.71),
                term("noise", "none was found", 1.0),
            ],
            derived,
            alike: vec![(
                Key { store: 0, handle: Handle(3) },
                MemoryId { store: "claude-mem".to_owned(), native: "observation/4".to_owned() },
                TITLES[3].to_owned(),
            )],
            neighbours,
            proposals: Vec::new(),
            here: vec![true; memory.files.len()],
            memory,
        }))
    }

    fn facets(&self, spec: &ViewSpec) -> Facets {
        let found: Vec<&Memory> = self.memories.iter().filter(|memory| holds(&spec.filter, memory, &[])).collect();
        let tally = |name: &dyn Fn(&Memory) -> String| {
            let mut tally: Tally = Vec::new();
            for memory in &found {
                let name = name(memory);
                match tally.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, count)) => *count += 1,
                    None => tally.push((name, 1)),
                }
            }
            tally.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
            tally
        };
        Facets {
            scopes: tally(&|memory| memory.row.scope.short().to_owned()),
            kinds: tally(&|memory| memory.row.kind.clone()),
            stores: tally(&|memory| memory.row.id.store.clone()),
            at: NOW,
            ..Facets::default()
        }
    }

    /// A sitting is of the oldest that nobody has judged; those of one session stand together.
    fn sit(&mut self, order: Sit) -> Reply {
        match order {
            Sit::Unfinished => {
                let found = self.sitting.clone().filter(|sitting| sitting.ended.is_none());
                let rows = found.as_ref().map_or_else(Vec::new, |sitting| self.rows_of(sitting));
                Reply::Sitting { sitting: found.map(Box::new), rows, due: None }
            }
            Sit::Begin(plan) => {
                let due: Vec<&Memory> =
                    self.memories.iter().rev().filter(|memory| memory.row.overlay.reviewed_at.is_none()).collect();
                let number = |memory: &Memory| u32::try_from(memory.row.key.handle.0 / 8).unwrap();
                let seat = |memory: &&Memory| Seat {
                    memory: memory.row.key,
                    title: memory.title.clone(),
                    tokens: memory.row.tokens,
                    cluster: number(memory),
                    likeness: Likeness::Session,
                    given: None,
                };
                let seats: Vec<Seat> = due.iter().take(plan.limit).map(seat).collect();
                let all = due.len();
                let sitting = Sitting {
                    id: self.sitting.as_ref().map_or(1, |sitting| sitting.id + 1),
                    began: NOW,
                    ended: None,
                    query: plan.query,
                    order: plan.order,
                    at: 0,
                    spent: 0,
                    seats,
                };
                let rows = self.rows_of(&sitting);
                self.sitting = Some(sitting).filter(|sitting| !sitting.seats.is_empty());
                Reply::Sitting { sitting: self.sitting.clone().map(Box::new), rows, due: Some(all) }
            }
            Sit::Keep(sitting) => {
                self.sitting = Some(*sitting);
                Reply::SittingKept
            }
        }
    }

    fn rows_of(&self, sitting: &Sitting) -> Vec<Row> {
        sitting.seats.iter().filter_map(|seat| Some(self.find(seat.memory)?.row.clone())).collect()
    }

    fn act(&mut self, act: Act) -> Reply {
        let mut report = Report {
            operation: Some(self.log.len() as i64 + 1),
            label: Label::Prune,
            of: None,
            named: None,
            planned: 0,
            applied: 0,
            already: 0,
            spared: 0,
            refused: Vec::new(),
            cancelled: false,
            trouble: None,
            follow: None,
            decided: Vec::new(),
            left: Vec::new(),
        };
        let mut changes = Vec::new();
        let mut kept = Vec::new();
        let mut summary = String::new();
        match act {
            Act::Add { .. } | Act::Decide { .. } => {
                unreachable!("no screen adds memories, and decisions have an answer of their own")
            }
            Act::Correct { draft, .. } => {
                report.label = draft.label;
                let meant = |memory: &Memory| draft.steps.iter().any(|step| step.native == memory.row.id.native);
                kept = self.memories.iter().filter(|memory| meant(memory)).cloned().collect();
                (report.planned, report.applied) = (draft.steps.len(), kept.len());
                if draft.label == Label::Prune {
                    self.memories.retain(|memory| !meant(memory));
                }
                summary = format!("{} memories", kept.len());
                changes = kept.iter().map(|memory| change(memory, None)).collect();
            }
            Act::Carry { plan, .. } => {
                report.label = plan.label();
                (report.planned, report.applied) = (plan.items.len(), plan.count());
                summary = format!("{} memories", plan.count());
            }
            Act::RollBack { plan, choices, .. } => {
                report.label = Label::RollBack;
                let goes =
                    |memory: &Memory| plan.returns.iter().any(|one| one.id == memory.row.id && one.is_changed(choices));
                kept = self.memories.iter().filter(|memory| goes(memory)).cloned().collect();
                self.memories.retain(|memory| !goes(memory));
                (report.planned, report.applied) = (kept.len(), kept.len());
                summary = format!("{} memories", kept.len());
                changes = kept.iter().map(|memory| change(memory, None)).collect();
            }
            Act::Erase { plan, .. } => {
                report.label = Label::Erase;
                let goes = |memory: &Memory| plan.victims.iter().any(|victim| victim.id == memory.row.id);
                self.memories.retain(|memory| !goes(memory));
                (report.planned, report.applied) = (plan.victims.len(), plan.victims.len());
                summary = format!("{} memories", plan.victims.len());
            }
            Act::Prune { targets, spare_pinned, .. } => {
                report.planned = targets.len();
                let goes = |memory: &Memory| {
                    targets.contains(&memory.row.target()) && !(spare_pinned && memory.row.overlay.pinned)
                };
                kept = self.memories.iter().filter(|memory| goes(memory)).cloned().collect();
                self.memories.retain(|memory| !goes(memory));
                report.applied = kept.len();
                report.spared = report.planned - report.applied;
                summary = if kept.len() == 1 { kept[0].title.clone() } else { format!("{} memories", kept.len()) };
                changes = kept.iter().map(|memory| change(memory, None)).collect();
            }
            Act::Edit { key, edit, .. } if self.refuse => {
                let _ = edit;
                let id = self.find(key).unwrap().row.id.clone();
                report.label = Label::Edit;
                report.refused.push((id, "somebody else changed it since you opened it".to_owned()));
            }
            Act::Edit { key, edit, .. } => {
                report.label = Label::Edit;
                let memory = self.memories.iter_mut().find(|memory| memory.row.key == key).unwrap();
                kept.push(memory.clone());
                for (name, value) in edit {
                    if let ("title", FieldValue::Text(text)) = (name.as_str(), value) {
                        changes.push(change(memory, Some(&text)));
                        memory.title.clone_from(&text);
                        memory.row.title = text;
                    }
                }
                summary.clone_from(&memory.title);
                (report.planned, report.applied) = (1, 1);
            }
            Act::Mark { targets, marks, .. } => {
                report.label = Label::Mark;
                (report.planned, report.applied) = (targets.len(), targets.len());
                summary = format!("{} memories", targets.len());
                for memory in self.memories.iter_mut().filter(|memory| targets.contains(&memory.row.key)) {
                    kept.push(memory.clone());
                    for mark in &marks {
                        set(memory, *mark);
                    }
                }
            }
            Act::Undo(id) => {
                report.label = Label::Undo;
                let number = report.operation;
                let undone = self.log.iter_mut().rev().find(|(operation, ..)| {
                    operation.undone_by.is_none()
                        && operation.label != Label::Undo
                        && id.is_none_or(|id| operation.id == id)
                });
                let Some((operation, _, before)) = undone else {
                    report.operation = None;
                    return Reply::Acted(Box::new(report));
                };
                operation.undone_by = number;
                (report.of, report.named) = (Some(operation.id), Some(operation.named().into()));
                summary.clone_from(&operation.summary);
                let before = before.clone();
                (report.planned, report.applied) = (before.len(), before.len());
                report.follow = before.first().map(|memory| memory.row.id.clone());
                self.memories.retain(|memory| before.iter().all(|old| old.row.key != memory.row.key));
                self.memories.extend(before);
                self.memories.sort_by_key(|memory| std::cmp::Reverse(memory.row.created));
            }
            Act::Redo => {
                report.label = Label::Redo;
                report.operation = None;
                return Reply::Acted(Box::new(report));
            }
        }
        if report.applied > 0 {
            let operation = Operation {
                id: self.log.len() as i64 + 1,
                at: NOW - HOUR / 4,
                label: report.label,
                author: "you".to_owned(),
                reason: String::new(),
                state: OperationState::Done,
                planned: report.planned,
                applied: report.applied,
                of: report.of,
                undone_by: None,
                summary,
                proposal: None,
            };
            self.log.push((operation, changes, kept));
        }
        Reply::Acted(Box::new(report))
    }
}

fn change(memory: &Memory, after: Option<&str>) -> ChangeView {
    let mut fields = vec![("title".to_owned(), Some(memory.title.clone()), after.map(str::to_owned))];
    if after.is_none() {
        fields.push(("narrative".to_owned(), Some(memory.sections[0].items[0].clone()), None));
    }
    ChangeView { id: memory.row.id.clone(), title: memory.title.clone(), fields }
}

fn set(memory: &mut Memory, mark: Mark) {
    let row = &mut memory.row;
    match mark {
        Mark::Confidence(value) => {
            row.overlay.confidence = value;
            row.confidence = Some(value.map_or(Confidence { value: 0.62, source: Source::Derived }, |value| {
                Confidence { value, source: Source::Human }
            }));
        }
        Mark::Pinned(pinned) => row.overlay.pinned = pinned,
        Mark::StaleAfter(at) => row.overlay.stale_after = at,
        Mark::Bucket(bucket) => row.bucket = bucket.unwrap_or(Bucket::Project),
        Mark::Reviewed(at) => row.overlay.reviewed_at = at,
    }
}

fn fields(memory: &Memory) -> Edit {
    let text = |name: &str, text: &str| (name.to_owned(), FieldValue::Text(text.to_owned()));
    let mut fields = vec![text("title", &memory.title), text("type", &memory.row.kind)];
    for section in &memory.sections {
        let value = match section.style {
            SectionStyle::Prose => FieldValue::Text(section.items.join("\n")),
            SectionStyle::List => FieldValue::List(section.items.clone()),
        };
        fields.push((section.name.clone(), value));
    }
    fields.push(("concepts".to_owned(), FieldValue::List(memory.tags.clone())));
    fields
}

fn holds(filter: &Expr, memory: &Memory, marked: &[Key]) -> bool {
    let text = format!("{} {:?}", memory.title, memory.sections).to_lowercase();
    filter.eval(&mut |term| match term {
        Term::Word(word, _) => text.contains(&word.to_lowercase()),
        Term::Phrase(phrase) => text.contains(&phrase.to_lowercase()),
        Term::Name(NameField::Kind, pattern) => pattern.matches(&memory.row.kind),
        Term::Name(_, pattern) => pattern.matches(memory.row.scope.short()),
        Term::Number(NumberField::Conf, compare, bound) => {
            memory.row.confidence.is_some_and(|confidence| compare.holds(conf_as_shown(confidence.value), *bound))
        }
        Term::Age(compare, bound) => memory.row.created.is_some_and(|at| compare.holds(NOW - at, *bound)),
        Term::Like(id) => memory.row.id.to_string() == *id || memory.row.kind == "bugfix",
        Term::Is(Flag::Marked) => marked.contains(&memory.row.key),
        Term::Is(Flag::Pinned) => memory.row.overlay.pinned,
        Term::Is(Flag::Signal(signal)) => memory.row.signals.has(*signal),
        Term::Created(from, to) => memory.row.created.is_some_and(|at| (*from..*to).contains(&at)),
        _ => true,
    })
}
