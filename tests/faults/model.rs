//! Histories by chance against a model: two memtui on one ledger prune, edit, mark, approve, undo, redo and roll back, agents
//! write in between, the clock jumps. Before and after every step all memories are read, and what differs must be what the
//! model says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::ControlFlow,
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use memtui::{
    change::{Batch, Draft, FieldValue, Label, Step, Wish},
    curate::{
        Act, Choices, CurateProblem, Curator, Decided, Decision, Grounds, Mark, Observing, Report, RollBack, Which,
    },
    ledger::{Ledger, Taken},
    memory::{Digest, Handle, Key, Target, Version},
    store::{ScanOf, Store, discover},
};
use rusqlite::{Connection, params};

use super::{
    chance::Chance,
    full,
    place::{Kind, MEMORIES, Place},
};

/// Every memory by its name: what it is, and how it reads.
type Memories = BTreeMap<String, (Digest, Version)>;

/// What an operation made of memories: before and after.
type Changes = BTreeMap<String, (Option<Digest>, Option<Digest>)>;

/// One of the two memtui.
struct Desk {
    store: Arc<dyn Store>,
    curator: Curator,
}

struct History {
    place: Place,
    desks: Vec<Desk>,
    chance: Chance,
    /// Every operation whose changes are known.
    operations: BTreeMap<i64, Changes>,
    /// What agents touched.
    foreign: BTreeSet<String>,
    /// How memories read some time ago.
    earlier: Memories,
    written: usize,
    told: Vec<String>,
}

fn store_path(place: &Place) -> PathBuf {
    if place.kind == Kind::Files { place.memory_dir() } else { place.database() }
}

fn desk(place: &Place) -> Desk {
    let store = discover::open(&store_path(place), &[]).unwrap();
    let curator = Curator::new(Ledger::open(&place.ledger()), &[Arc::clone(&store)]);
    Desk { store, curator }
}

/// What is there, as somebody sees it who opens the store now.
fn memories(place: &Place) -> Memories {
    let store = discover::open(&store_path(place), &[]).unwrap();
    let mut reader = store.reader().unwrap();
    let mut there = Vec::new();
    reader
        .scan(ScanOf::All, &mut |scanned| {
            there.push((scanned.handle, scanned.version));
            ControlFlow::Continue(())
        })
        .unwrap();
    let image = |(handle, version): (Handle, Version)| {
        let digest = reader.image(handle).unwrap()?.digest();
        Some((reader.native(handle), (digest, version)))
    };
    // A line of an index that leads nowhere comes and goes with the file that it led to.
    there.into_iter().filter_map(image).filter(|(native, _)| !native.contains("MEMORY.md")).collect()
}

fn digest_in(memories: &Memories, native: &str) -> Option<Digest> {
    memories.get(native).map(|(digest, _)| *digest)
}

fn differences(before: &Memories, after: &Memories) -> Changes {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let both = names.into_iter().map(|name| (name.clone(), (digest_in(before, name), digest_in(after, name))));
    both.filter(|(_, (before, after))| before != after).collect()
}

impl History {
    fn new(kind: Kind, seed: u64) -> Self {
        let place = Place::new(kind);
        let desks = vec![desk(&place), desk(&place)];
        let earlier = memories(&place);
        Self {
            place,
            desks,
            chance: Chance::new(seed),
            operations: BTreeMap::new(),
            foreign: BTreeSet::new(),
            earlier,
            written: 0,
            told: Vec::new(),
        }
    }

    fn pick(&mut self, memories: &Memories) -> Option<String> {
        let at = self.chance.below(memories.len());
        memories.keys().nth(at).cloned()
    }

    /// A moment, which may lie before the last one.
    fn now(&mut self) -> i64 {
        1_790_000_000_000 + i64::try_from(self.chance.below(10 * 86_400_000)).unwrap() - 5 * 86_400_000
    }

    fn act(&mut self, act: &Act) -> Result<Report, CurateProblem> {
        let now = self.now();
        let at = self.chance.below(2);
        self.desks[at].curator.act(act, now, &mut |_, _| ControlFlow::Continue(()))
    }

    fn key(&self, native: &str) -> Key {
        Key { store: 0, handle: self.desks[0].store.reader().unwrap().handle(native).unwrap() }
    }

    fn fail(&self, why: &str) -> ! {
        panic!("{:?}: {why}\nafter {:#?}", self.place.kind, &self.told[self.told.len().saturating_sub(12)..])
    }

    /// Does one thing and compares everything with what was to become of it.
    fn step(&mut self) {
        let before = memories(&self.place);
        match self.chance.below(20) {
            0..=3 => self.prune(&before),
            4..=6 => self.edit(&before),
            7 => self.mark(&before),
            8..=10 => self.turn(&before, &Act::Undo(None)),
            11 => {
                let last = i64::try_from(self.operations.len()).unwrap() + 2;
                let operation = 1 + i64::try_from(self.chance.below(usize::try_from(last).unwrap())).unwrap();
                self.turn(&before, &Act::Undo(Some(operation)));
            }
            12 | 13 => self.turn(&before, &Act::Redo),
            14 => self.approve(&before),
            15 => self.roll_back(&before),
            16 => {
                let observing = Observing { which: Which::All, ..Observing::default() };
                let now = self.now();
                self.desks[1].curator.look_through(0, observing, now).unwrap();
                self.told.push("look".to_owned());
                self.unchanged(&before);
            }
            17 => {
                let at = self.chance.below(2);
                self.desks[at] = desk(&self.place);
                self.told.push(format!("restart {at}"));
            }
            _ => self.foreign_write(&before),
        }
        if self.chance.below(5) == 0 {
            self.earlier = memories(&self.place);
        }
    }

    fn unchanged(&self, before: &Memories) {
        let other = differences(before, &memories(&self.place));
        if !other.is_empty() {
            self.fail(&format!("it was to change nothing, and changed {other:?}"));
        }
    }

    /// What an act made of the memories, kept under its operation.
    fn made(&mut self, before: &Memories, report: &Report) -> (Memories, Changes) {
        let after = memories(&self.place);
        let changes = differences(before, &after);
        if let Some(operation) = report.operation {
            self.operations.insert(operation, changes.clone());
        } else if !changes.is_empty() && report.decided.is_empty() {
            self.fail(&format!("changes without an operation: {changes:?}"));
        }
        (after, changes)
    }

    fn prune(&mut self, before: &Memories) {
        let mut targets = BTreeMap::new();
        for _ in 0..=self.chance.below(3) {
            let Some(native) = self.pick(before) else { return };
            let old = self.chance.below(3) == 0;
            let seen = self.earlier.get(&native).filter(|_| old).or_else(|| before.get(&native)).unwrap().1;
            targets.insert(native, seen);
        }
        self.told.push(format!("prune {:?}", targets.keys()));
        let chosen = targets.iter().map(|(native, seen)| Target { key: self.key(native), seen: *seen }).collect();
        let act = Act::Prune { targets: chosen, reason: String::new(), spare_pinned: false };
        let report = self.act(&act).unwrap_or_else(|problem| self.fail(&problem.to_string()));
        let (after, changes) = self.made(before, &report);
        for (native, seen) in &targets {
            let refused = report.refused.iter().any(|(id, _)| id.native == *native);
            let (was, is) = (digest_in(before, native), digest_in(&after, native));
            if before[native].1 != *seen && was != is {
                self.fail(&format!("{native} reads differently than it was seen, and was pruned"));
            }
            if before[native].1 == *seen && is.is_some() && !refused {
                self.fail(&format!("{native} was not pruned, and nothing is said"));
            }
        }
        if let Some((other, _)) = changes.iter().find(|(native, _)| !targets.contains_key(*native)) {
            self.fail(&format!("{other} was changed by the prune of others"));
        }
    }

    fn edit(&mut self, before: &Memories) {
        let Some(native) = self.pick(before) else { return };
        self.written += 1;
        let value = FieldValue::Text(format!("value {}", self.written));
        let edit = vec![(self.place.kind.field().to_owned(), value)];
        self.told.push(format!("edit {native}"));
        let act = Act::Edit { key: self.key(&native), base: None, edit, reason: String::new() };
        let Ok(report) = self.act(&act) else { return self.unchanged(before) };
        let (_, changes) = self.made(before, &report);
        let applied = report.applied == 1;
        if changes.keys().any(|changed| *changed != native) || changes.is_empty() == applied {
            self.fail(&format!("an edit of {native} (applied {applied}) changed {changes:?}"));
        }
    }

    fn mark(&mut self, before: &Memories) {
        let Some(native) = self.pick(before) else { return };
        let pinned = self.chance.below(2) == 0;
        self.told.push(format!("mark {native}"));
        let targets = vec![self.key(&native)];
        let report =
            self.act(&Act::Mark { targets, marks: vec![Mark::Pinned(pinned)], reason: String::new() }).unwrap();
        let (_, changes) = self.made(before, &report);
        // The shared database has a column for it; others are not touched at all.
        let keeps = self.place.kind == Kind::Shared;
        if let Some((other, _)) = changes.iter().find(|(other, _)| !keeps || **other != native) {
            self.fail(&format!("{other} was changed by a mark on {native}"));
        }
    }

    /// Undo and redo: what is as the operation left it goes the whole way, what somebody moved stays and is named.
    fn turn(&mut self, before: &Memories, act: &Act) {
        let report = match self.act(act) {
            Ok(report) => report,
            Err(problem) => {
                self.told.push(format!("{act:?}: {problem}"));
                return self.unchanged(before);
            }
        };
        self.told.push(format!("{act:?}: {:?} of {:?}, refused {:?}", report.label, report.of, report.refused));
        let (after, changes) = self.made(before, &report);
        let Some(of) = report.of.and_then(|of| self.operations.get(&of)) else { return };
        for (native, (old, new)) in of {
            let (from, to) = if report.label == Label::Undo { (new, old) } else { (old, new) };
            let (was, is) = (digest_in(before, native), digest_in(&after, native));
            let refused = report.refused.iter().any(|(id, _)| id.native == *native);
            if is != was && is != *to {
                self.fail(&format!("{native} became something that it never was"));
            }
            if was == *from && is != *to && !refused && report.trouble.is_none() {
                self.fail(&format!("{native} was left as it was, and nothing is said"));
            }
        }
        if let Some((other, _)) = changes.iter().find(|(native, _)| !of.contains_key(*native)) {
            self.fail(&format!("{other} was changed, and was not part of the operation"));
        }
    }

    /// A proposal is carried out as a whole or not at all, also when an agent wrote in between.
    fn approve(&mut self, before: &Memories) {
        let (Some(edited), Some(deleted)) = (self.pick(before), self.pick(before)) else { return };
        if edited == deleted {
            return;
        }
        self.written += 1;
        let field = self.place.kind.field().to_owned();
        let wishes = [
            (&edited, Wish::Edit(vec![(field, FieldValue::Text(format!("proposed {}", self.written)))])),
            (&deleted, Wish::Delete),
        ];
        let mut reader = self.desks[0].store.reader().unwrap();
        let steps = wishes.map(|(native, wish)| {
            let was = reader.editable(reader.handle(native).unwrap()).unwrap().unwrap_or_default();
            Step { store: 0, native: native.clone(), seen: before[native].1, was, wish }
        });
        drop(reader);
        let draft = Draft {
            label: Label::Merge,
            reason: "they say the same".into(),
            evidence: Vec::new(),
            confidence: None,
            likeness: String::new(),
            steps: steps.into(),
        };
        let now = self.now();
        let batch = Batch { id: 0, at: now, author: "dream".into(), note: String::new() };
        let proposed = self.desks[0].curator.propose(&batch, vec![draft], now).unwrap();
        let [Taken::New(id)] = proposed.taken[..] else { return };
        if self.chance.below(3) == 0 {
            self.foreign_write(before);
        }
        let before = memories(&self.place);
        let act = Act::Decide { proposals: vec![(id, 1)], decision: Decision::Approve(None), author: "you".into() };
        let report = self.act(&act).unwrap_or_else(|problem| self.fail(&problem.to_string()));
        self.told.push(format!("approve {edited} and {deleted}: {:?}", report.decided));
        let (_, changes) = self.made(&before, &report);
        if matches!(report.decided[0].1, Decided::Applied { .. }) {
            let gone = digest_in(&memories(&self.place), &deleted).is_none();
            if !gone || changes.keys().any(|native| *native != edited && *native != deleted) {
                self.fail(&format!("half of a proposal was carried out: {changes:?}"));
            }
        } else {
            self.unchanged(&before);
        }
    }

    fn roll_back(&mut self, before: &Memories) {
        let known: Vec<i64> = self.operations.keys().copied().collect();
        let ids: BTreeSet<i64> = (0..3).filter_map(|_| known.get(self.chance.below(known.len())).copied()).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let now = self.now();
        let what = RollBack::Operations(ids.clone());
        let Ok(plan) = self.desks[0].curator.plan_roll_back(&what, &Grounds::default(), now) else { return };
        self.unchanged(before);
        let choices = Choices { derived: false, conflicts: self.chance.below(2) == 0 };
        let act = Act::RollBack { plan: Arc::new(plan), choices, reason: String::new(), tombstone: None };
        let result = self.act(&act);
        self.told.push(format!("roll back {ids:?}: {result:?}"));
        let Ok(report) = result else { return self.unchanged(before) };
        let (_, changes) = self.made(before, &report);
        let part = |native: &String| ids.iter().any(|id| self.operations[id].contains_key(native));
        if let Some((other, _)) = changes.iter().find(|(native, _)| !part(native)) {
            self.fail(&format!("{other} was rolled back, and was not part of it"));
        }
    }

    /// An agent changes, deletes or adds a memory without asking anybody.
    fn foreign_write(&mut self, before: &Memories) {
        self.written += 1;
        let text = format!("An agent wrote this as number {}.", self.written);
        let way = self.chance.below(3);
        let row = 1 + i64::try_from(self.chance.below(MEMORIES)).unwrap();
        if self.place.kind == Kind::Files {
            let path = self.place.memory_dir().join(format!("cart-{row}.md"));
            match way {
                0 => drop(fs::remove_file(path)),
                1 => fs::write(path, text).unwrap(),
                _ => fs::write(self.place.memory_dir().join(format!("agent-{}.md", self.written)), text).unwrap(),
            }
        } else {
            let (table, column) = match self.place.kind {
                Kind::ClaudeMem => ("observations", "title"),
                Kind::Shared => ("memory", "title"),
                Kind::McpMemory | Kind::Files => ("memories", "tags"),
            };
            let db = Connection::open(self.place.database()).unwrap();
            let done = match way {
                // A product that deletes for good takes the vector along; here it only rewrites.
                0 if self.place.kind != Kind::McpMemory => {
                    db.execute(&format!("DELETE FROM {table} WHERE rowid = ?1"), [row])
                }
                _ => db.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE rowid = ?1"), params![row, text]),
            };
            done.unwrap();
        }
        let touched = differences(before, &memories(&self.place));
        self.told.push(format!("an agent changed {:?}", touched.keys()));
        self.foreign.extend(touched.into_keys());
    }

    /// Undoes everything: what no agent touched is as it was.
    fn end(mut self, original: &Memories) {
        for _ in 0..3 {
            let log = self.desks[0].curator.log(None, 1000).unwrap();
            for operation in log.iter().filter(|operation| operation.of.is_none() && operation.label != Label::Observe)
            {
                let undone = self.desks[0].curator.ledger().unwrap().operation(operation.id).unwrap().unwrap();
                let other = differences(original, &memories(&self.place));
                if undone.undone_by.is_none() || other.keys().any(|native| !self.foreign.contains(native)) {
                    let _again = self.act(&Act::Undo(Some(operation.id)));
                }
            }
        }
        let mut other = differences(original, &memories(&self.place));
        other.retain(|native, _| !self.foreign.contains(native));
        if !other.is_empty() {
            self.fail(&format!("undoing everything leaves {other:?}"));
        }
        let checked = self.desks[0].curator.ledger().unwrap().check().unwrap();
        assert!(checked.troubles.is_empty() && checked.unfinished.is_empty(), "{checked:?}");
    }
}

/// Steps of one history, after which everything is undone.
const LONG: usize = 24;

fn histories(kind: Kind) {
    let steps = std::env::var("MEMTUI_STEPS").ok().and_then(|steps| steps.parse().ok());
    let steps: usize = steps.unwrap_or(if full() { 250_000 } else { 96 });
    let began = Instant::now();
    for seed in 0..steps / LONG {
        let mut history = History::new(kind, seed as u64);
        let original = history.earlier.clone();
        (0..LONG).for_each(|_| history.step());
        history.end(&original);
    }
    println!("{kind:?}: {steps} steps in {} histories, {} s", steps / LONG, began.elapsed().as_secs());
}

#[test]
fn histories_on_claude_mem_are_as_the_model_says() {
    histories(Kind::ClaudeMem);
}

#[test]
fn histories_on_the_shared_database_are_as_the_model_says() {
    histories(Kind::Shared);
}

#[test]
fn histories_on_mcp_memory_are_as_the_model_says() {
    histories(Kind::McpMemory);
}

#[test]
fn histories_on_files_are_as_the_model_says() {
    histories(Kind::Files);
}
