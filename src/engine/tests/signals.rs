//! What comparing memories with each other says stays true through acts, and whoever looks is told when it changed.

use std::{ops::ControlFlow, path::PathBuf, time::Duration};

use super::*;
use crate::{
    catalog::CatalogState,
    change::FieldValue,
    curate::{Act, Curator},
    engine::{Engine, LedgerAt, Reply, Request},
    ledger::Ledger,
    memory::{Signal, Signals},
    query::Flag,
    store::discover,
};

/// A demonstration store: it has copies, near ones and contradictions.
fn demo() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("demo.db");
    crate::demo::build(&path, NOW).unwrap();
    (home, path)
}

fn over(path: &Path) -> Arc<Library> {
    Arc::new(Library::at(vec![discover::open(path, &[]).unwrap()], None, now))
}

fn built_anew(path: &Path) -> Vec<Row> {
    let mut desk = Desk::new(over(path));
    desk.ready(&mut |_| true).unwrap();
    seen(&mut desk)
}

const COMPARED: [Signal; 3] = [Signal::Duplicate, Signal::NearDuplicate, Signal::Contradicted];

fn prune(row: &Row) -> Act {
    Act::Prune { targets: vec![row.target()], reason: "a test".into(), spare_pinned: true }
}

/// Gives a memory the text of another one, or nearly so; `None` where their fields are not the same.
fn copy(desk: &mut Desk, to: Key, from: Key, nearly: bool) -> Option<Act> {
    let (base, mine) = desk.editable(to).unwrap()?;
    let (_, mut theirs) = desk.editable(from).unwrap()?;
    let texts =
        theirs.iter_mut().filter_map(|(_, value)| if let FieldValue::Text(text) = value { Some(text) } else { None });
    if let Some(longest) = texts.max_by_key(|text| text.len()).filter(|_| nearly) {
        longest.push_str(" again");
    }
    let same = mine.iter().map(|(name, _)| name).eq(theirs.iter().map(|(name, _)| name));
    same.then(|| Act::Edit { key: to, base: Some(base), edit: theirs, reason: "a test".into() })
}

#[test]
fn after_any_acts_the_catalogue_says_what_one_built_anew_says() {
    let (home, path) = demo();
    let library = over(&path);
    let mut desk = Desk::new(Arc::clone(&library));
    desk.ready(&mut |_| true).unwrap();
    let mut curator = Curator::new(Ledger::open(&home.path().join("ledger.db")), library.stores());
    let mut state = 42_u64;
    let mut pick = move |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    let (mut done, mut applied) = ([0; 3], 0);
    let mut met = Signals::NONE;
    for step in 0..60 {
        let rows = seen(&mut desk);
        let compared: Vec<&Row> =
            rows.iter().filter(|row| COMPARED.iter().any(|signal| row.signals.has(*signal))).collect();
        let one =
            if pick(2) == 0 && !compared.is_empty() { compared[pick(compared.len())] } else { &rows[pick(rows.len())] };
        let kind = pick(3);
        let act = match kind {
            0 => Some(prune(one)),
            1 if applied > 0 => Some(Act::Undo(None)),
            _ => copy(&mut desk, one.key, rows[pick(rows.len())].key, pick(2) == 0),
        };
        let Some(act) = act else { continue };
        let Ok(report) = curator.act(&act, NOW, &mut |_, touched| {
            library.touched(touched);
            ControlFlow::Continue(())
        }) else {
            continue;
        };
        applied += report.applied;
        done[kind] += report.applied;
        desk.catch_up().unwrap();
        // Some acts follow each other before there is time to compare.
        if pick(3) != 0 {
            assert!(desk.compare(&|| false).is_some());
            let anew = built_anew(&path);
            for signal in COMPARED {
                met.set(signal, met.has(signal) || anew.iter().any(|row| row.signals.has(signal)));
            }
            assert_eq!(seen(&mut desk), anew, "step {step}: {act:?}");
        }
    }
    assert!(done.iter().all(|count| *count > 3), "{done:?}");
    assert!(COMPARED.iter().all(|signal| met.has(*signal)), "{met:?}");
}

#[test]
fn a_time_that_moved_changes_which_copy_is_the_older_one() {
    let fakes = store(300, 21);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let library = Arc::clone(desk.library());
    let older: Vec<Key> =
        seen(&mut desk).iter().filter(|row| row.signals.has(Signal::Duplicate)).map(|row| row.key).collect();
    assert!(!older.is_empty());
    fakes.change(|all| {
        for key in &older {
            let fake = all.get_mut(&key.handle.0).unwrap();
            fake.created = fake.created.map(|created| created + 500 * DAY);
        }
    });
    library.builder().reconcile(&library.shared, 0, desk.reader(0).unwrap()).unwrap();
    assert!(desk.compare(&|| false).is_some_and(|news| news.edited > 0));
    assert_eq!(seen(&mut desk), seen(&mut ready(&[fakes], None)));
}

/// Does as a screen does: asks for duplicates, and again whenever it is told that something changed, until it has these.
fn shows(engine: &Engine, wanted: &[Key]) {
    let filter = Expr::Term(Term::Is(Flag::Signal(Signal::Duplicate)));
    let spec = ViewSpec { filter, ..ViewSpec::default() };
    let ask = || engine.send(Request::View { spec: spec.clone(), follow: None, marked: vec![] });
    let mut asked = ask();
    let mut reading = 0;
    loop {
        let answer = engine.replies().recv_timeout(Duration::from_secs(10));
        match answer.unwrap_or_else(|_| panic!("the list never came to show {wanted:?}")) {
            (_, Reply::Changed { .. }) => asked = ask(),
            (ticket, Reply::View(view)) if ticket == asked && !view.partial => {
                reading = engine.send(Request::Keys { view: view.id, range: 0..view.count.number });
            }
            (ticket, Reply::Keys { targets, .. })
                if ticket == reading && targets.iter().map(|target| target.key).eq(wanted.iter().copied()) =>
            {
                return;
            }
            _ => {}
        }
    }
}

fn act(engine: &Engine, act: Act) {
    let asked = engine.send(Request::Act(act));
    loop {
        match engine.replies().recv_timeout(Duration::from_secs(60)).expect("an answer in time") {
            (ticket, Reply::Acted(report)) if ticket == asked => return assert_eq!(report.applied, 1),
            (_, Reply::Failed(reason)) => panic!("{reason}"),
            _ => {}
        }
    }
}

#[test]
fn a_list_of_duplicates_is_right_after_a_prune_and_its_undo() {
    let (home, path) = demo();
    let rows = built_anew(&path);
    let duplicates = |rows: &[Row]| -> Vec<Key> {
        rows.iter().filter(|row| row.signals.has(Signal::Duplicate)).map(|row| row.key).collect()
    };
    let before = duplicates(&rows);
    let older = rows.iter().find(|row| row.signals.has(Signal::Duplicate)).unwrap();
    let newer = rows.iter().find(|row| row.title == older.title && row.key != older.key).unwrap();
    let ledger = LedgerAt {
        path: home.path().join("ledger.db"),
        make: true,
        safeguard: None,
        observing: crate::curate::Observing::default(),
    };
    let engine = Engine::start(over(&path), ledger, Box::new(|| ()));
    loop {
        let (_, reply) = engine.replies().recv_timeout(Duration::from_secs(60)).expect("an answer in time");
        if matches!(reply, Reply::Catalog(CatalogState { ready: true, .. })) {
            break;
        }
    }
    shows(&engine, &before);
    for row in [older, newer] {
        act(&engine, prune(row));
        let left = duplicates(&built_anew(&path));
        assert_ne!(left, before);
        shows(&engine, &left);
        act(&engine, Act::Undo(None));
        shows(&engine, &before);
    }
}
