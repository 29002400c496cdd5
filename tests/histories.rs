//! Any sequence of acts on a real store and then undo of all of them gives back the same database, to the byte.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{ops::ControlFlow, path::Path, sync::Arc};

use memtui::{
    change::FieldValue,
    curate::{Act, Choices, CurateProblem, Curator, Grounds, Mark, Observing, RollBack, RollBackPlan, Which},
    ledger::Ledger,
    memory::{Handle, Key, MemoryId, Target},
    store::{Store, claude_mem::schema, discover},
};
use proptest::prelude::*;
use rusqlite::{Connection, types::ValueRef};

const NOW: i64 = 1_790_000_000_000;
const OBSERVATIONS: i64 = 14;

/// A database with what products leave behind: missing values, text that is no UTF-8, odd JSON, equal hashes avoided.
fn fill(path: &Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA journal_mode=WAL; BEGIN").unwrap();
    schema::create(&db).unwrap();
    for (number, project) in ["shop", "site"].iter().enumerate() {
        let (agent, observer) = (format!("agent-{number}"), format!("observer-{number}"));
        let session = schema::Session {
            content_session_id: &agent,
            memory_session_id: Some(&observer),
            project,
            started_at_epoch: NOW - 1_000_000,
            ..Default::default()
        };
        let id = session.insert(&db).unwrap();
        let prompt = schema::Prompt {
            session_db_id: id,
            content_session_id: &agent,
            prompt_number: 1,
            prompt_text: "fix the cart 🛒",
            created_at_epoch: NOW - 900_000,
        };
        prompt.insert(&db).unwrap();
    }
    for number in 0..OBSERVATIONS {
        let title = format!("Fact {number}");
        let observer = format!("observer-{}", number % 2);
        let observation = schema::Observation {
            memory_session_id: &observer,
            project: if number % 2 == 0 { "shop" } else { "site" },
            kind: "discovery",
            title: Some(&title),
            narrative: (number % 3 != 0).then_some("It says something."),
            facts: Some(r#"["one", "two"]"#),
            concepts: if number % 4 == 0 { None } else { Some(r#"["gotcha"]"#) },
            created_at_epoch: NOW - 800_000 + number,
            ..Default::default()
        };
        observation.insert(&db).unwrap();
    }
    db.execute_batch(
        "UPDATE observations SET subtitle = CAST(X'00FF41EDA080' AS TEXT) WHERE id = 3;
         UPDATE observations SET narrative = CAST('a' || char(0) || 'b' AS TEXT) WHERE id = 4;
         UPDATE observations SET facts = 'not json' WHERE id = 5;
         UPDATE observations SET discovery_tokens = 1.5, text = X'0001' WHERE id = 6;
         COMMIT",
    )
    .unwrap();
}

fn dump(path: &Path) -> Vec<String> {
    let db = Connection::open(path).unwrap();
    let mut lines = Vec::new();
    for table in ["sdk_sessions", "observations", "session_summaries", "user_prompts"] {
        let mut query = db.prepare(&format!("SELECT rowid, * FROM {table} ORDER BY rowid")).unwrap();
        let width = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cell = |column| match row.get_ref(column).unwrap() {
                ValueRef::Null => "null".to_owned(),
                ValueRef::Integer(number) => format!("i{number}"),
                ValueRef::Real(number) => format!("r{:x}", number.to_bits()),
                ValueRef::Text(bytes) => format!("t{bytes:02x?}"),
                ValueRef::Blob(bytes) => format!("b{bytes:02x?}"),
            };
            lines.push(format!("{table} {}", (0..width).map(cell).collect::<Vec<_>>().join("|")));
        }
    }
    for table in ["observations_fts", "session_summaries_fts", "user_prompts_fts"] {
        db.execute(&format!("INSERT INTO {table}({table}, rank) VALUES('integrity-check', 1)"), []).unwrap();
    }
    lines
}

#[derive(Clone, Debug)]
enum Deed {
    Prune(Vec<i64>),
    PrunePrompt(i64),
    Edit(i64, &'static str, FieldValue),
    Mark(i64, Mark),
    UndoLatest,
    UndoAt(i64),
    Redo,
    /// Operations are rolled back together, conflicts overruled or left.
    RollBack(Vec<i64>, bool),
    /// A memory becomes one of its versions again.
    Version(i64, usize),
    /// Others' doings are looked for.
    Look,
    /// The program is closed and opened again.
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    let id = 1..=OBSERVATIONS;
    let text = prop_oneof![Just("new"), Just(""), Just("two\nlines 🧪"), Just("\"quoted\"")];
    prop_oneof![
        3 => prop::collection::vec(id.clone(), 1..6).prop_map(Deed::Prune),
        1 => (1..=2i64).prop_map(Deed::PrunePrompt),
        3 => (id.clone(), prop_oneof![Just("title"), Just("narrative"), Just("subtitle"), Just("project")], text.clone())
            .prop_map(|(id, field, text)| Deed::Edit(id, field, FieldValue::Text(text.into()))),
        1 => (id.clone(), prop_oneof![Just("facts"), Just("concepts")], prop::collection::vec(text, 0..3))
            .prop_map(|(id, field, items)| {
                Deed::Edit(id, field, FieldValue::List(items.into_iter().map(str::to_owned).collect()))
            }),
        1 => (id, any::<bool>()).prop_map(|(id, on)| Deed::Mark(id, Mark::Pinned(on))),
        2 => Just(Deed::UndoLatest),
        1 => (1..12i64).prop_map(Deed::UndoAt),
        2 => Just(Deed::Redo),
        2 => (prop::collection::vec(1..12i64, 1..4), any::<bool>()).prop_map(|(ids, over)| Deed::RollBack(ids, over)),
        2 => (1..=OBSERVATIONS, 0..6usize).prop_map(|(id, at)| Deed::Version(id, at)),
        1 => Just(Deed::Look),
        1 => Just(Deed::Restart),
    ]
}

fn roll_back(plan: RollBackPlan, conflicts: bool) -> Act {
    let choices = Choices { derived: false, conflicts };
    Act::RollBack { plan: Arc::new(plan), choices, reason: String::new(), tombstone: None }
}

struct Desk {
    store: Arc<dyn Store>,
    curator: Curator,
}

impl Desk {
    fn open(dir: &Path) -> Self {
        let store = discover::open(&dir.join("store.db"), &[]).unwrap();
        let curator = Curator::new(Ledger::open(&dir.join("ledger.db")), &[Arc::clone(&store)]);
        Self { store, curator }
    }

    fn key(&self, native: &str) -> Key {
        Key { store: 0, handle: self.store.reader().unwrap().handle(native).unwrap_or(Handle(0)) }
    }

    fn observation(&self, id: i64) -> Key {
        self.key(&format!("observation/{id}"))
    }

    /// The memory as a list would show it now.
    fn seen(&self, key: Key) -> Target {
        let rows = self.store.reader().unwrap().rows(&[key.handle]).unwrap();
        Target { key, seen: rows.first().map(|row| row.version).unwrap_or_default() }
    }

    /// What a roll-back would do; `None` where the log has no such operation.
    fn plan(&mut self, what: &RollBack) -> Option<RollBackPlan> {
        match self.curator.plan_roll_back(what, &Grounds::default(), NOW) {
            Ok(plan) => Some(plan),
            Err(CurateProblem::NoOperation(_)) => None,
            Err(problem) => panic!("{what:?}: {problem}"),
        }
    }

    fn act(&mut self, act: &Act) -> Result<memtui::curate::Report, CurateProblem> {
        self.curator.act(act, NOW, &mut |_, _| ControlFlow::Continue(()))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("MEMTUI_FULL").is_some() { 2000 } else { 40 }))]

    #[test]
    fn undo_of_everything_gives_back_the_same_database(deeds in prop::collection::vec(deed(), 1..16)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        fill(&path);
        let original = dump(&path);
        let mut desk = Desk::open(dir.path());
        for deed in deeds {
            let act = match deed {
                Deed::Prune(ids) => Act::Prune {
                    targets: ids.into_iter().map(|id| desk.seen(desk.observation(id))).collect(),
                    reason: String::new(),
                    spare_pinned: false,
                },
                Deed::PrunePrompt(id) => {
                    let targets = vec![desk.seen(desk.key(&format!("prompt/{id}")))];
                    Act::Prune { targets, reason: "old".into(), spare_pinned: true }
                }
                Deed::Edit(id, field, value) => {
                    let key = desk.observation(id);
                    Act::Edit { key, base: None, edit: vec![(field.to_owned(), value)], reason: String::new() }
                }
                Deed::Mark(id, mark) => {
                    Act::Mark { targets: vec![desk.observation(id)], marks: vec![mark], reason: String::new() }
                }
                Deed::UndoLatest => Act::Undo(None),
                Deed::UndoAt(id) => Act::Undo(Some(id)),
                Deed::Redo => Act::Redo,
                Deed::RollBack(ids, overruled) => match desk.plan(&RollBack::Operations(ids)) {
                    Some(plan) => roll_back(plan, overruled),
                    None => continue,
                },
                Deed::Version(id, at) => {
                    let id = MemoryId { store: "claude-mem".into(), native: format!("observation/{id}") };
                    let versions = desk.curator.versions(&id, NOW).unwrap();
                    let Some(version) = versions.get(at % versions.len().max(1)) else { continue };
                    match desk.plan(&version.roll_back(id)) {
                        Some(plan) => roll_back(plan, false),
                        None => continue,
                    }
                }
                Deed::Look => {
                    let observing = Observing { which: Which::All, ..Observing::default() };
                    let seen = desk.curator.look_through(0, observing, NOW).unwrap();
                    prop_assert!(seen.is_empty(), "our own doing was taken for somebody else's: {seen:?}");
                    continue;
                }
                Deed::Restart => {
                    desk = Desk::open(dir.path());
                    continue;
                }
            };
            match desk.act(&act) {
                Ok(_)
                | Err(
                    CurateProblem::NothingToUndo | CurateProblem::NothingToRedo | CurateProblem::NoOperation(_),
                ) => {}
                Err(problem) => return Err(TestCaseError::fail(format!("{act:?}: {problem}"))),
            }
        }
        // Undoing one operation out of order can leave conflicts; they are settled by undoing the later ones first, so
        // a few rounds from the newest to the oldest bring everything back.
        for _ in 0..3 {
            let operations = desk.curator.log(None, 100).unwrap();
            for operation in operations.iter().filter(|operation| operation.of.is_none()) {
                let undone = desk.curator.ledger().unwrap().operation(operation.id).unwrap().unwrap();
                if undone.undone_by.is_none() || dump(&path) != original {
                    desk.act(&Act::Undo(Some(operation.id))).unwrap();
                }
            }
        }
        prop_assert_eq!(dump(&path), original);
        let checked = desk.curator.ledger().unwrap().check().unwrap();
        prop_assert!(checked.troubles.is_empty() && checked.unfinished.is_empty(), "{checked:?}");
    }
}
