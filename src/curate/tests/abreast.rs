//! Two memtui on one ledger and one store of files: what one does, the other one meets.

use std::{fs, path::PathBuf};

use super::*;
use crate::{
    memory::{Target, Version},
    store::{ScanOf, discover},
};

struct Place(tempfile::TempDir);

/// One memtui: its view of the store, and its curator.
struct Desk {
    store: Arc<dyn Store>,
    curator: Curator,
}

impl Place {
    fn new(files: &[&str]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(place.memory("")).unwrap();
        for name in files {
            fs::write(place.memory(name), format!("What {name} says.\n")).unwrap();
        }
        place
    }

    fn memory(&self, name: &str) -> PathBuf {
        self.0.path().join(".claude/projects/-shop/memory").join(name)
    }

    fn desk(&self) -> Desk {
        let store = discover::open(&self.0.path().join(".claude"), &[]).unwrap();
        let curator = Curator::new(Ledger::open(&self.0.path().join("ledger.db")), &[Arc::clone(&store)]);
        Desk { store, curator }
    }
}

impl Desk {
    /// The memories that this memtui finds, with how they read.
    fn list(&self) -> Vec<(String, Target)> {
        let mut reader = self.store.reader().unwrap();
        let mut found: Vec<(Handle, Version)> = Vec::new();
        let mut visit = |scanned: &store::Scanned<'_>| {
            found.push((scanned.handle, scanned.version));
            ControlFlow::Continue(())
        };
        reader.scan(ScanOf::All, &mut visit).unwrap();
        let target = |(handle, seen)| (reader.native(handle), Target { key: Key { store: 0, handle }, seen });
        found.into_iter().map(target).collect()
    }

    fn target(&self, native: &str) -> Target {
        self.list().into_iter().find(|(name, _)| name == native).unwrap().1
    }

    fn prune(&mut self, target: Target) -> (Report, Vec<(Key, Touched)>) {
        let mut touched = Vec::new();
        let act = Act::Prune { targets: vec![target], reason: String::new(), spare_pinned: false };
        let told = &mut |_: Progress, some: &[(Key, Touched)]| {
            touched.extend_from_slice(some);
            ControlFlow::Continue(())
        };
        (self.curator.act(&act, NOW, told).unwrap(), touched)
    }

    /// Takes an operation back by a plan.
    fn roll_back(&mut self, operation: OperationId) -> Report {
        let what = RollBack::Operations(vec![operation]);
        let plan = self.curator.plan_roll_back(&what, &Grounds::default(), NOW).unwrap();
        let choices = Choices { derived: false, conflicts: false };
        act(&mut self.curator, &Act::RollBack { plan: Arc::new(plan), choices, reason: String::new(), tombstone: None })
    }
}

#[test]
fn what_another_memtui_rolled_back_is_pruned_by_one_that_never_listed_it() {
    let place = Place::new(&["a.md", "b.md"]);
    let mut one = place.desk();
    let target = one.target("-shop/a.md");
    let operation = one.prune(target).0.operation.unwrap();
    let mut two = place.desk();
    assert_eq!(two.list().len(), 1, "its list was made while the file was away");
    assert_eq!(one.roll_back(operation).applied, 1);
    assert!(place.memory("a.md").exists());
    let (report, touched) = two.prune(target);
    assert_eq!((report.applied, report.already, report.refused), (1, 0, Vec::new()));
    assert_eq!(touched, [(target.key, Touched::Gone)]);
    assert!(!place.memory("a.md").exists());
    assert_eq!(one.roll_back(report.operation.unwrap()).applied, 1);
    assert_eq!(fs::read_to_string(place.memory("a.md")).unwrap(), "What a.md says.\n");
}

#[test]
fn an_old_list_notes_no_deletion_of_what_another_memtui_put_back() {
    let place = Place::new(&["a.md", "b.md"]);
    let observing = Observing { which: Which::All, ..Observing::default() };
    let mut one = place.desk();
    one.curator.look_through(0, observing, NOW).unwrap();
    let target = one.target("-shop/a.md");
    let operation = one.prune(target).0.operation.unwrap();
    let mut two = place.desk();
    assert_eq!(two.list().len(), 1);
    one.roll_back(operation);
    let noted = two.curator.look_through(0, observing, NOW + 1).unwrap();
    assert_eq!(noted, Vec::<OperationId>::new());
}

#[test]
fn a_proposal_is_carried_out_whole_also_about_what_another_memtui_put_back() {
    let place = Place::new(&["a.md", "b.md"]);
    let (mut one, mut two) = (place.desk(), place.desk());
    let operation = one.prune(one.target("-shop/a.md")).0.operation.unwrap();
    two.prune(two.target("-shop/b.md")).0.operation.unwrap();
    assert_eq!(one.roll_back(operation).applied, 1);
    let target = place.desk().target("-shop/a.md");
    let step = crate::change::Step {
        store: 0,
        native: "-shop/a.md".to_owned(),
        seen: target.seen,
        was: Edit::new(),
        wish: crate::change::Wish::Delete,
    };
    let draft = Draft {
        label: Label::Prune,
        reason: String::new(),
        evidence: Vec::new(),
        confidence: None,
        likeness: String::new(),
        steps: vec![step],
    };
    let batch = crate::change::Batch { id: 0, at: NOW, author: "dream".to_owned(), note: String::new() };
    let id = match two.curator.propose(&batch, vec![draft], NOW).unwrap().taken[..] {
        [ledger::Taken::New(id)] => id,
        ref other => panic!("{other:?}"),
    };
    let approve = Act::Decide { proposals: vec![(id, 1)], decision: Decision::Approve(None), author: "you".to_owned() };
    let report = act(&mut two.curator, &approve);
    assert!(matches!(report.decided[..], [(_, Decided::Applied { operation: Some(_), .. })]), "{report:?}");
    assert!(!place.memory("a.md").exists());
}

#[test]
fn a_memory_that_went_since_it_was_listed_is_told_and_leaves_the_list() {
    let place = Place::new(&["a.md", "b.md"]);
    let mut one = place.desk();
    let target = one.target("-shop/a.md");
    fs::remove_file(place.memory("a.md")).unwrap();
    let (report, touched) = one.prune(target);
    assert_eq!((report.applied, report.already, report.operation), (0, 1, None));
    assert_eq!(touched, [(target.key, Touched::Gone)]);
    assert!(place.memory("b.md").exists());
}
