//! Memories carried between real stores: a database of claude-mem, the shared one, files.

use std::{fs, path::PathBuf, sync::Arc};

use rusqlite::Connection;

use super::*;
use crate::{
    curate::{CarryPlan, Destination, Fate},
    memory::MemoryId,
    store::{
        Store, claude_mem,
        discover::{Environment, open_in},
        native,
    },
};

const AGENTS: &str = "# Shop\n\nIntro.\n\n## Build\n\nUse make.";
const INDEX: &str = "# Index\n\n- [One](one.md) — first\n\n## Loose\n\nText.\n";
const ONE: &str = "---\nname: one\ndescription: \"Tabs\"\nmetadata:\n  type: feedback\n---\n\nAlways use tabs.\n";

/// Four stores: claude-mem (0), shared (1), a project (2), Claude Code's memory (3).
struct Place {
    dir: tempfile::TempDir,
    stores: Vec<Arc<dyn Store>>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let db = Connection::open(at("cm.db")).unwrap();
        claude_mem::schema::create(&db).unwrap();
        let session = claude_mem::schema::Session {
            content_session_id: "agent",
            memory_session_id: Some("observer"),
            project: "shop",
            started_at_epoch: NOW,
            ..Default::default()
        };
        session.insert(&db).unwrap();
        for title in ["Deploys go through the queue", "The cart is kept"] {
            let narrative = format!("{title}, on the server.\n\n# Why\n\nIt survives.");
            let seen = claude_mem::schema::Observation {
                memory_session_id: "observer",
                project: "shop",
                kind: "decision",
                title: Some(title),
                narrative: Some(&narrative),
                facts: Some(r#"["one","two"]"#),
                concepts: Some(r#"["pattern"]"#),
                created_at_epoch: NOW,
                ..Default::default()
            };
            seen.insert(&db).unwrap();
        }
        drop(db);
        native::create(&at("shared.db")).unwrap();
        fs::create_dir_all(at("shop")).unwrap();
        fs::write(at("shop/AGENTS.md"), AGENTS).unwrap();
        let memory = at("home/.claude/projects/-shop/memory");
        fs::create_dir_all(&memory).unwrap();
        fs::write(at("home/.claude/projects/-shop/s.jsonl"), "{\"cwd\":\"/src/shop\"}\n").unwrap();
        fs::write(memory.join("MEMORY.md"), INDEX).unwrap();
        fs::write(memory.join("one.md"), ONE).unwrap();
        let mut names = Vec::new();
        let mut stores = Vec::new();
        for path in ["cm.db", "shared.db", "shop", "home/.claude"] {
            let store = open_in(&Environment::default(), &at(path), &names).unwrap();
            names.push(store.about().name.clone());
            stores.push(store);
        }
        Self { dir, stores }
    }

    fn curator(&self) -> Curator {
        Curator::new(Ledger::open(&self.dir.path().join("ledger.db")), &self.stores)
    }

    fn key(&self, store: u8, native: &str) -> Key {
        let handle = self.stores[usize::from(store)].reader().unwrap().handle(native).unwrap();
        Key { store, handle }
    }

    fn there(&self, store: u8, native: &str) -> bool {
        let mut reader = self.stores[usize::from(store)].reader().unwrap();
        let handle = reader.handle(native).unwrap();
        reader.image(handle).unwrap().is_some()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }

    /// Everything but what a counter of a database is at.
    fn all(&self) -> Vec<(PathBuf, String)> {
        let rows = |name: &str, table: &str| {
            let db = Connection::open(self.dir.path().join(name)).unwrap();
            let mut rows = db.prepare(&format!("SELECT * FROM {table} ORDER BY 1")).unwrap();
            let columns = rows.column_count();
            let rows = rows.query_map([], |row| {
                Ok((0..columns).map(|n| format!("{:?}", row.get_ref(n).unwrap())).collect::<Vec<_>>().join("|"))
            });
            (PathBuf::from(name), rows.unwrap().map(Result::unwrap).collect::<Vec<_>>().join("\n"))
        };
        let file = |name: &str| (PathBuf::from(name), self.text(name));
        vec![
            rows("cm.db", "observations"),
            rows("shared.db", "memory"),
            file("shop/AGENTS.md"),
            file("shop/CLAUDE.md"),
            file("home/.claude/projects/-shop/memory/MEMORY.md"),
            file("home/.claude/projects/-shop/memory/one.md"),
            file("home/.claude/projects/-shop/memory/deploys-go-through-the-queue.md"),
        ]
    }

    fn plan(&self, keys: &[Key], to: Destination) -> Arc<CarryPlan> {
        Arc::new(self.curator().plan_carry(keys, to).unwrap())
    }
}

fn to(store: u8, drawer: Option<&str>, moves: bool) -> Destination {
    Destination { store, drawer: drawer.map(str::to_owned), moves, ..Destination::default() }
}

fn carry(plan: &Arc<CarryPlan>) -> Act {
    Act::Carry { plan: Arc::clone(plan), reason: String::new() }
}

#[test]
fn a_memory_goes_from_any_store_to_any_other_and_comes_back_to_the_byte() {
    let ways: [(u8, &str, Destination); 8] = [
        (0, "observation/1", to(1, None, true)),
        (0, "observation/1", to(2, Some("AGENTS.md"), true)),
        (0, "observation/1", to(2, Some("CLAUDE.md"), true)),
        (0, "observation/1", to(3, None, true)),
        (3, "-shop/one.md", to(1, None, true)),
        (3, "-shop/one.md", to(2, Some("AGENTS.md"), true)),
        (2, "AGENTS.md#shop/build", to(0, None, true)),
        (2, "AGENTS.md#shop/build", to(2, Some("CLAUDE.md"), true)),
    ];
    for (store, native, target) in ways {
        for moves in [true, false] {
            let place = Place::new();
            let original = place.all();
            let target = Destination { moves, ..target.clone() };
            let plan = place.plan(&[place.key(store, native)], target.clone());
            assert_eq!(plan.count(), 1, "{plan:?}");
            assert_eq!(place.all(), original, "a plan writes nothing");
            let mut curator = place.curator();
            let report = act(&mut curator, &carry(&plan));
            assert_eq!((report.applied, report.trouble, report.refused.len()), (1, None, 0), "{native} to {target:?}");
            assert_eq!(report.label, if moves { Label::Move } else { Label::Copy });
            assert_eq!(place.there(store, native), !moves, "{native} to {target:?}");
            let carried = place.all();
            assert_ne!(carried, original);
            let undone = act(&mut place.curator(), &Act::Undo(None));
            assert_eq!((undone.refused, undone.trouble), (vec![], None));
            assert_eq!(place.all(), original, "{native} to {target:?}");
            let redone = act(&mut place.curator(), &Act::Redo);
            assert_eq!((redone.refused, redone.trouble), (vec![], None));
            assert_eq!(place.all(), carried, "{native} to {target:?}");
            act(&mut place.curator(), &Act::Undo(None));
            assert_eq!(place.all(), original);
        }
    }
}

#[test]
fn sections_and_topic_files_are_written_as_their_products_write_them() {
    let place = Place::new();
    let both = [place.key(0, "observation/1"), place.key(0, "observation/2")];
    act(&mut place.curator(), &carry(&place.plan(&both, to(2, Some("AGENTS.md"), false))));
    let text = place.text("shop/AGENTS.md");
    assert!(text.starts_with(&format!("{AGENTS}\n\n## Deploys go through the queue\n\n")), "{text}");
    assert!(text.contains("\n### Why\n") && text.contains("\n\n## The cart is kept\n"), "{text}");
    act(&mut place.curator(), &carry(&place.plan(&both[..1], to(2, Some("AGENTS.md"), false))));
    assert!(place.text("shop/AGENTS.md").contains("\n\n## Deploys go through the queue (2)\n"));
    act(&mut place.curator(), &carry(&place.plan(&both[..1], to(3, None, false))));
    let index = place.text("home/.claude/projects/-shop/memory/MEMORY.md");
    let line = "- [One](one.md) — first\n- [Deploys go through the queue](deploys-go-through-the-queue.md) — ";
    assert!(index.contains(line) && index.ends_with("\n\n## Loose\n\nText.\n"), "{index}");
    let topic = place.text("home/.claude/projects/-shop/memory/deploys-go-through-the-queue.md");
    assert!(topic.contains("  type: decision\n") && topic.contains("source: \"claude-mem:observation/1\""), "{topic}");
    (0..3).for_each(|_| drop(act(&mut place.curator(), &Act::Undo(None))));
    assert_eq!((place.text("shop/AGENTS.md").as_str(), place.there(0, "observation/1")), (AGENTS, true));
}

#[test]
fn what_cannot_go_stays_and_says_why() {
    let place = Place::new();
    let observation = place.key(0, "observation/1");
    let stays = |to: Destination| match &place.plan(&[observation], to).items[0].fate {
        Fate::Stays(reason) => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert!(stays(to(2, None, true)).contains("AGENTS.md, CLAUDE.md"));
    assert!(stays(to(2, Some("NOTES.md"), true)).contains("there is no NOTES.md"));
    let everywhere = Destination { scope: Some(None), ..to(0, None, false) };
    assert!(stays(everywhere).contains("--scope"));
    let plan = place.plan(&[observation], to(1, None, false));
    act(&mut place.curator(), &carry(&plan));
    let again = act(&mut place.curator(), &carry(&plan));
    assert!(again.refused[0].1.contains("says the same"), "{again:?}");
    assert_eq!((again.applied, again.operation), (0, None));
}

#[test]
fn a_move_that_meets_something_else_is_taken_back_as_a_whole() {
    let place = Place::new();
    let plan = place.plan(&[place.key(0, "observation/1"), place.key(0, "observation/2")], to(1, None, true));
    let db = Connection::open(place.dir.path().join("cm.db")).unwrap();
    db.execute("UPDATE observations SET title = 'Another one' WHERE id = 2", []).unwrap();
    let before = place.all();
    let report = act(&mut place.curator(), &carry(&plan));
    assert!(report.trouble.unwrap().contains("nothing was moved"));
    assert_eq!((report.applied, report.operation), (0, None));
    assert_eq!(place.all(), before, "neither lost nor doubled");
}

#[test]
fn within_a_store_a_move_changes_fields_and_keeps_the_memory() {
    let place = Place::new();
    let scope = Some(Some("web".to_owned()));
    let target = Destination { scope, kind: Some("discovery".into()), ..to(0, None, true) };
    let plan = place.plan(&[place.key(0, "observation/1")], target);
    assert!(matches!(plan.items[0].fate, Fate::Edited(_)), "{plan:?}");
    assert_eq!(act(&mut place.curator(), &carry(&plan)).applied, 1);
    let row = place.stores[0].reader().unwrap().rows(&[place.key(0, "observation/1").handle]).unwrap();
    assert_eq!((row[0].scope.short(), row[0].kind.as_str()), ("web", "discovery"));
}

#[test]
fn marks_go_along_and_where_it_came_from_is_known() {
    let place = Place::new();
    let key = place.key(0, "observation/1");
    let marks = vec![Mark::Pinned(true), Mark::Confidence(Some(0.9))];
    act(&mut place.curator(), &Act::Mark { targets: vec![key], marks, reason: String::new() });
    act(&mut place.curator(), &carry(&place.plan(&[key], to(1, None, true))));
    let mut curator = place.curator();
    let said = curator.said_of(1, "memory/1", NOW).unwrap();
    assert_eq!((said.pinned, said.confidence), (true, Some(0.9)));
    let from = curator.carried_from(&MemoryId { store: "shared".into(), native: "memory/1".into() }, NOW).unwrap();
    assert_eq!(
        from.map(|(_, label, id)| (label, id.to_string())),
        Some((Label::Move, "claude-mem:observation/1".to_owned()))
    );
    let mut reader = place.stores[1].reader().unwrap();
    let of = [MemoryId { store: "claude-mem".into(), native: "observation/1".into() }];
    assert_eq!(reader.descendants(&of).unwrap().len(), 1, "the shared database holds it, too");
}
