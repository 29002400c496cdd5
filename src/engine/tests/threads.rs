//! The engine's threads, over stores in memory and over a real database.

use std::time::Duration;

use super::*;
use crate::{
    catalog::CatalogState,
    curate::{Act, Mark},
    engine::{Engine, Inbox, LedgerAt, Reply, Request},
    query::Flag,
};

fn engine(stores: &[Arc<FakeStore>]) -> (tempfile::TempDir, Engine) {
    let home = tempfile::tempdir().unwrap();
    let library = library(stores, Some(&home.path().join("cache")));
    let ledger = LedgerAt {
        path: home.path().join("ledger.db"),
        make: true,
        safeguard: None,
        observing: crate::curate::Observing::default(),
    };
    (home, Engine::start(library, ledger, Box::new(|| ())))
}

/// Waits for a reply that is wanted; the others are passed over.
fn wait<T>(engine: &Engine, mut wanted: impl FnMut(u64, Reply) -> Option<T>) -> T {
    loop {
        let (ticket, reply) = engine.replies().recv_timeout(Duration::from_secs(60)).expect("an answer in time");
        if let Some(found) = wanted(ticket, reply) {
            return found;
        }
    }
}

#[test]
fn the_engine_shows_builds_and_follows() {
    let fakes = store(3000, 15);
    let (_home, engine) = engine(&[Arc::clone(&fakes)]);
    let asked = engine.send(Request::View { spec: ViewSpec::default(), follow: None, marked: vec![] });
    let view = wait(&engine, |ticket, reply| match reply {
        Reply::View(view) if ticket == asked && view.count.exact => Some(view),
        _ => None,
    });
    assert_eq!(view.count.number, 3000);
    let page = engine.send(Request::Page { view: view.id, range: 2990..3010 });
    let rows = wait(&engine, |ticket, reply| match reply {
        Reply::Page { rows, .. } if ticket == page => Some(rows),
        _ => None,
    });
    assert_eq!(rows.iter().flatten().count(), 10);
    wait(&engine, |_, reply| matches!(reply, Reply::Catalog(CatalogState { ready: true, .. })).then_some(()));
    fakes.change(|all| {
        all.insert(999_999, memories(1, 16)[&3].clone());
    });
    let added = wait(&engine, |_, reply| match reply {
        Reply::Changed { added, .. } => Some(added),
        _ => None,
    });
    assert_eq!(added, 1);
    let asked = engine.send(Request::View { spec: ViewSpec::default(), follow: None, marked: vec![] });
    let of = wait(&engine, |ticket, reply| match reply {
        Reply::View(view) if ticket == asked && !view.partial => Some(view.of.number),
        _ => None,
    });
    assert_eq!(of, 3001);
}

#[test]
fn only_the_newest_of_many_questions_must_be_answered() {
    let (_home, engine) = engine(&[store(5000, 17)]);
    let ask = |n: usize| {
        let filter = Expr::Term(Term::Word(format!("alpha{}", n % 2), n.is_multiple_of(2)));
        engine.send(Request::View { spec: ViewSpec { filter, ..ViewSpec::default() }, follow: None, marked: vec![] })
    };
    let last = (0..200).map(ask).next_back().unwrap();
    wait(&engine, |ticket, reply| match reply {
        Reply::View(view) if ticket == last && !view.partial => Some(()),
        Reply::Failed(reason) => panic!("a replaced question is no failure: {reason}"),
        _ => None,
    });
}

/// The first finished view of a filter.
fn finished(engine: &Engine, filter: Expr) -> View {
    let spec = ViewSpec { filter, ..ViewSpec::default() };
    let asked = engine.send(Request::View { spec, follow: None, marked: vec![] });
    wait(engine, |ticket, reply| match reply {
        Reply::View(view) if ticket == asked && !view.partial && view.count.exact => Some(view),
        Reply::Failed(reason) => panic!("{reason}"),
        _ => None,
    })
}

fn act(engine: &Engine, act: Act) -> usize {
    let asked = engine.send(Request::Act(act));
    wait(engine, |ticket, reply| match reply {
        Reply::Acted(report) if ticket == asked => Some(report.applied),
        Reply::Failed(reason) => panic!("{reason}"),
        _ => None,
    })
}

fn page(engine: &Engine, view: &View) -> Vec<Row> {
    let asked = engine.send(Request::Page { view: view.id, range: 0..view.count.number });
    wait(engine, |ticket, reply| match reply {
        Reply::Page { rows, .. } if ticket == asked => Some(rows.into_iter().flatten().collect()),
        _ => None,
    })
}

#[test]
fn acts_on_a_real_database_are_followed_and_undone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("demo.db");
    crate::demo::build(&path, crate::engine::library::system_clock()).unwrap();
    let opened = crate::store::discover::open(&path, &[]).unwrap();
    let library = Arc::new(Library::open(vec![opened], Some(&home.path().join("cache"))));
    let ledger = LedgerAt {
        path: home.path().join("state/ledger.db"),
        make: true,
        safeguard: None,
        observing: crate::curate::Observing::default(),
    };
    let engine = Engine::start(Arc::clone(&library), ledger, Box::new(|| ()));
    wait(&engine, |_, reply| matches!(reply, Reply::Catalog(CatalogState { ready: true, .. })).then_some(()));
    let whole = finished(&engine, Expr::All);
    let before = page(&engine, &whole);
    assert!(before.len() > 50 && before.iter().all(|row| row.confidence.is_some()));
    let targets: Vec<Key> = keys(&before).into_iter().step_by(7).collect();
    let chosen = before.iter().map(Row::target).step_by(7).collect();
    let prune = Act::Prune { targets: chosen, reason: "a test".into(), spare_pinned: true };
    let gone = act(&engine, prune);
    assert!(gone > 0);
    assert_eq!(finished(&engine, Expr::All).count.number, before.len() - gone);
    assert_eq!(act(&engine, Act::Undo(None)), gone);
    assert_eq!(finished(&engine, Expr::All).count.number, before.len());
    let pinned = targets[0];
    act(&engine, Act::Mark { targets: vec![pinned], marks: vec![Mark::Pinned(true)], reason: String::new() });
    let view = finished(&engine, Expr::Term(Term::Is(Flag::Pinned)));
    assert_eq!(keys(&page(&engine, &view)), [pinned]);
    drop(engine);

    let mut again = Desk::new(Arc::new(Library::open(library.stores().to_vec(), Some(&home.path().join("cache")))));
    again.ready(&mut |_| true).unwrap();
    let after = seen(&mut again);
    assert_eq!(keys(&after), keys(&before));
    assert!(after.iter().zip(&before).all(|(a, b)| a.signals == b.signals));
}

#[test]
fn the_log_is_read_while_an_act_waits_for_its_store() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("demo.db");
    crate::demo::build(&path, crate::engine::library::system_clock()).unwrap();
    let opened = crate::store::discover::open(&path, &[]).unwrap();
    let library = Arc::new(Library::open(vec![opened], None));
    let ledger = LedgerAt {
        path: home.path().join("ledger.db"),
        make: true,
        safeguard: None,
        observing: crate::curate::Observing::default(),
    };
    let engine = Engine::start(library, ledger, Box::new(|| ()));
    let pin = |targets: Vec<Key>| Act::Mark { targets, marks: vec![Mark::Pinned(true)], reason: "a test".into() };
    let all = page(&engine, &finished(&engine, Expr::All));
    act(&engine, pin(keys(&all[..1])));
    let agent = rusqlite::Connection::open(&path).unwrap();
    agent.execute_batch("BEGIN IMMEDIATE").unwrap();
    let prune =
        Act::Prune { targets: all[1..3].iter().map(Row::target).collect(), reason: String::new(), spare_pinned: true };
    let pruning = engine.send(Request::Act(prune));
    let asked = engine.send(Request::Log { before: None, limit: 10, filter: Expr::All });
    let operations = wait(&engine, |ticket, reply| match reply {
        Reply::Log { operations, .. } if ticket == asked => Some(operations),
        other => {
            let done = ticket == pruning && !matches!(other, Reply::Progress(_));
            assert!(!done, "the log came behind the act: {other:?}");
            None
        }
    });
    let first = operations.last().unwrap();
    assert_eq!(first.reason, "a test");
    let asked = engine.send(Request::Operation { id: first.id, limit: 5 });
    let changes = wait(&engine, |ticket, reply| match reply {
        Reply::Operation { changes, .. } if ticket == asked => Some(changes),
        Reply::Failed(reason) => panic!("{reason}"),
        _ => None,
    });
    assert_eq!(changes.len(), 1);
    assert!(!changes[0].title.is_empty(), "the memory that was pinned has a title");
    agent.execute_batch("ROLLBACK").unwrap();
    // A busy machine may have let the act's patience end before the lock was given back.
    wait(&engine, |ticket, reply| {
        (ticket == pruning && matches!(reply, Reply::Acted(_) | Reply::Failed(_))).then_some(())
    });
}

#[test]
fn what_only_a_look_into_the_indexes_finds_is_told_after_the_opening() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("demo.db");
    crate::demo::build(&path, crate::engine::library::system_clock()).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("DELETE FROM user_prompts_fts_data").unwrap();
    let opened = crate::store::discover::open(&path, &[]).unwrap();
    assert_eq!(opened.about().read_only, None);
    let ledger = LedgerAt {
        path: home.path().join("ledger.db"),
        make: true,
        safeguard: None,
        observing: crate::curate::Observing::default(),
    };
    let engine = Engine::start(Arc::new(Library::open(vec![opened], None)), ledger, Box::new(|| ()));
    let reason = wait(&engine, |_, reply| match reply {
        Reply::Store { store: 0, state } => state.read_only,
        _ => None,
    });
    assert!(reason.contains("user_prompts"), "{reason}");
}

#[test]
fn proposals_that_somebody_puts_into_the_inbox_wait_in_the_queue() {
    let (home, engine) = engine(&[store(30, 3)]);
    let inbox = Inbox { path: home.path().join("inbox"), policies: Vec::new() };
    std::fs::create_dir(&inbox.path).unwrap();
    std::fs::write(inbox.path.join("night.json"), "{\"label\": \"mark\"}").unwrap();
    engine.send(Request::Inbox(inbox.clone()));
    let said = wait(&engine, |_, reply| if let Reply::Notice(said) = reply { Some(said) } else { None });
    assert_eq!(said, "inbox: night.json: 1 with mistakes; what is wrong stands in inbox/refused");
    assert!(inbox.path.join("refused/night.json").is_file());
}
