//! Views, facets, refreshing and the saved catalogue over stores in memory, against plain evaluation.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use proptest::prelude::*;

use super::{
    Desk, Engine, Library, Reply, Request, View,
    fake::{Fake, FakeStore, answers},
};
use crate::{
    catalog::{CatalogState, Sort, SortKey, ViewSpec},
    curate::{Act, Curator, Mark, Touched},
    judge,
    ledger::Ledger,
    memory::{Bucket, EpochMs, Handle, Key, Overlay, Row, Signal, tokens_of_bytes},
    query::{Compare, Expr, Flag, Has, NameField, NumberField, Pattern, Subject, Term},
    store::{Cancel, Needle, Problem, Store},
};

const NOW: EpochMs = 1_800_000_000_000;
const DAY: EpochMs = 86_400_000;

const fn now() -> EpochMs {
    NOW
}

/// Memories of all sorts; the same for the same seed.
fn memories(count: i64, seed: u64) -> BTreeMap<i64, Fake> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut pick = move |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    };
    (1..=count).map(|n| (n * 3, memory(n, &mut pick))).collect()
}

fn memory(n: i64, pick: &mut dyn FnMut(usize) -> usize) -> Fake {
    const WORDS: [&str; 12] =
        ["alpha", "beta", "gamma", "delta", "retry", "cache", "login", "token", "queue", "index", "worker", "schema"];
    let mut text: Vec<&str> = (0..12 + pick(20)).map(|_| WORDS[pick(WORDS.len())]).collect();
    let number = n.to_string();
    // One in ten repeats one of a few texts.
    if pick(10) == 0 {
        text = WORDS[..pick(3) + 2].repeat(4);
    } else {
        text.push(&number);
    }
    let some = |list: &[&str], at: usize| list.get(at).map_or(String::new(), ToString::to_string);
    Fake {
        created: (pick(40) != 0).then(|| NOW - DAY * 400 + n * 1000 * 37 + i64::try_from(pick(420)).unwrap() * DAY),
        project: some(&["acme-api", "acme-web", "Zeta", "user"], pick(5)),
        agent: some(&["claude", "codex"], pick(3)),
        session: format!("s{}", pick(30)),
        kind: some(&["bugfix", "decision", "prompt", "preference"], pick(4)),
        text: text.join(" "),
        tags: [vec![], vec!["gotcha".to_owned()], vec!["pattern".to_owned(), "gotcha".to_owned()]][pick(3)].clone(),
        files: [vec![], vec!["src/main.rs".to_owned()]][pick(2)].clone(),
        cost: u32::try_from(pick(5)).unwrap() * 100,
        injected: pick(4) != 0,
    }
}

fn library(stores: &[Arc<FakeStore>], cache: Option<&Path>) -> Arc<Library> {
    let stores = stores.iter().map(|store| Arc::clone(store) as Arc<dyn Store>).collect();
    Arc::new(Library::at(stores, cache, now))
}

fn ready(stores: &[Arc<FakeStore>], cache: Option<&Path>) -> Desk {
    let mut desk = Desk::new(library(stores, cache));
    desk.ready(&mut |_| true).unwrap();
    assert!(desk.library().state().ready);
    desk
}

fn store(count: i64, seed: u64) -> Arc<FakeStore> {
    FakeStore::new("fake", "/nowhere/fake.db".into(), memories(count, seed))
}

fn all_rows(desk: &mut Desk, spec: &ViewSpec) -> (View, Vec<Row>) {
    let view = desk.view(spec, None, &[], &Cancel::default(), &mut |_| ()).unwrap();
    assert!(view.count.exact && !view.partial);
    let rows: Vec<Row> = desk.page(view.id, 0..view.count.number).unwrap().into_iter().flatten().collect();
    assert_eq!(rows.len(), view.count.number);
    (view, rows)
}

fn newest_first(a: &Row, b: &Row) -> std::cmp::Ordering {
    let time = |row: &Row| row.created.unwrap_or(i64::MIN);
    time(b).cmp(&time(a)).then(a.key.store.cmp(&b.key.store)).then(b.key.handle.cmp(&a.key.handle))
}

fn naive_order(rows: &mut [Row], sort: Sort) {
    rows.sort_by(newest_first);
    let agent = |row: &Row| row.scope.agent.clone().unwrap_or_default().to_lowercase();
    let compare = |a: &Row, b: &Row| match sort.key {
        SortKey::Confidence => a.confidence.unwrap().value.total_cmp(&b.confidence.unwrap().value),
        SortKey::Scope => (a.scope.short().to_lowercase(), a.scope.short(), agent(a)).cmp(&(
            b.scope.short().to_lowercase(),
            b.scope.short(),
            agent(b),
        )),
        SortKey::Kind => a.kind.cmp(&b.kind),
        SortKey::Size => tokens_of_bytes(a.title.len() as u64).cmp(&tokens_of_bytes(b.title.len() as u64)),
        SortKey::Cost => a.cost.cmp(&b.cost),
        SortKey::Age | SortKey::Rank => std::cmp::Ordering::Equal,
    };
    if sort.key == SortKey::Age && sort.descending {
        let known = rows.partition_point(|row| row.created.is_some());
        rows[..known].reverse();
        return;
    }
    rows.sort_by(|a, b| if sort.descending { compare(b, a) } else { compare(a, b) });
}

fn keys(rows: &[Row]) -> Vec<Key> {
    rows.iter().map(|row| row.key).collect()
}

#[test]
fn every_order_is_the_plain_one() {
    let mut desk = ready(&[store(3000, 1)], None);
    let (_, everything) = all_rows(&mut desk, &ViewSpec::default());
    assert_eq!(everything.len(), 3000);
    for key in SortKey::ALL {
        for descending in [false, true] {
            let sort = Sort { key, descending };
            let (_, rows) = all_rows(&mut desk, &ViewSpec { sort, ..ViewSpec::default() });
            let mut expected = everything.clone();
            naive_order(&mut expected, sort);
            assert_eq!(keys(&rows), keys(&expected), "{sort:?}");
        }
    }
}

#[test]
fn a_large_catalogue_is_sorted_by_counting_to_the_same_order() {
    let mut desk = ready(&[store(60_000, 2)], None);
    for key in [SortKey::Confidence, SortKey::Size, SortKey::Scope] {
        let sort = Sort { key, descending: true };
        let (_, rows) = all_rows(&mut desk, &ViewSpec { sort, ..ViewSpec::default() });
        let mut expected = rows.clone();
        naive_order(&mut expected, sort);
        assert_eq!(keys(&rows), keys(&expected), "{sort:?}");
    }
}

#[test]
fn groups_are_runs_of_one_scope() {
    let mut desk = ready(&[store(2000, 3)], None);
    let sort = Sort { key: SortKey::Cost, descending: true };
    let (view, rows) = all_rows(&mut desk, &ViewSpec { sort, grouped: true, ..ViewSpec::default() });
    assert_eq!(
        view.groups.iter().map(|group| group.scope.as_str()).collect::<Vec<_>>(),
        ["acme-api", "acme-web", "user", "Zeta"]
    );
    let mut from = 0;
    for group in &view.groups {
        assert_eq!(group.from, from);
        let run = &rows[from..from + group.count];
        assert!(run.iter().all(|row| row.scope.short() == group.scope));
        assert!(run.is_sorted_by(|a, b| a.cost >= b.cost));
        from += group.count;
    }
    assert_eq!(from, rows.len());
}

#[test]
fn a_followed_memory_is_found_in_its_new_place() {
    let mut desk = ready(&[store(500, 4)], None);
    let spec = ViewSpec { sort: Sort { key: SortKey::Cost, descending: false }, ..ViewSpec::default() };
    let (_, rows) = all_rows(&mut desk, &spec);
    let view = desk.view(&spec, Some(rows[123].key), &[], &Cancel::default(), &mut |_| ()).unwrap();
    assert_eq!(view.found, Some(123));
    let nowhere = Some(Key { store: 0, handle: Handle(1) });
    assert_eq!(desk.view(&spec, nowhere, &[], &Cancel::default(), &mut |_| ()).unwrap().found, None);
}

fn needle_of(term: &Term) -> Option<Needle> {
    Some(match term {
        Term::Word(word, prefix) => Needle::Word(word.clone(), *prefix),
        Term::Phrase(phrase) => Needle::Phrase(phrase.clone()),
        _ => return None,
    })
}

/// Whether a memory passes a term, worked out from the fake itself and the line that was shown of it.
fn naive(term: &Term, row: &Row, fake: &Fake, marked: &[Key]) -> bool {
    if let Some(needle) = needle_of(term) {
        return answers(&needle, fake);
    }
    if let Term::Name(field, pattern) = term {
        match field {
            NameField::Tag if fake.tags.is_empty() => return pattern.matches(""),
            NameField::Tag => return fake.tags.iter().any(|tag| pattern.matches(tag)),
            NameField::File if fake.files.is_empty() => return pattern.matches(""),
            NameField::File => return fake.files.iter().any(|file| pattern.matches(file)),
            NameField::Session => return pattern.matches(&fake.session),
            NameField::Id => return pattern.matches(&row.id.native) || pattern.matches(&row.id.to_string()),
            _ => {}
        }
    }
    let subject = Subject {
        now: NOW,
        project: &fake.project,
        agent: &fake.agent,
        kind: &fake.kind,
        store: &row.id.store,
        bucket: row.bucket,
        created: fake.created,
        conf: row.confidence.map(|confidence| confidence.value),
        tokens: tokens_of_bytes(fake.text.len() as u64),
        cost: fake.cost,
        signals: row.signals,
        marked: marked.contains(&row.key),
        pinned: row.overlay.pinned,
        reviewed: row.overlay.reviewed_at.is_some(),
        files: !fake.files.is_empty(),
        tags: !fake.tags.is_empty(),
    };
    subject.decides(term).unwrap()
}

fn any_term() -> impl Strategy<Value = Term> {
    let pattern = prop_oneof![
        Just(Pattern::contains("a")),
        Just(Pattern::exact("acme-api")),
        Just(Pattern::exact("gotcha")),
        Just(Pattern::exact("")),
        Just(Pattern::glob("*e*")),
        Just(Pattern::glob("s*2")),
        Just(Pattern::contains("12")),
        Just(Pattern::exact("m/33")),
    ];
    let field = prop::sample::select(vec![
        NameField::Scope,
        NameField::Project,
        NameField::Agent,
        NameField::Session,
        NameField::Kind,
        NameField::Tag,
        NameField::File,
        NameField::Id,
        NameField::Store,
    ]);
    let compare =
        prop::sample::select(vec![Compare::Less, Compare::AtMost, Compare::Equal, Compare::AtLeast, Compare::More]);
    let number = prop_oneof![
        (0..100i32).prop_map(|hundredths| (NumberField::Conf, f64::from(hundredths) / 100.0)),
        (0..60i32).prop_map(|tokens| (NumberField::Tokens, f64::from(tokens))),
        (0..5i32).prop_map(|cost| (NumberField::Cost, f64::from(cost) * 100.0)),
    ];
    let flag = prop::sample::select(vec![
        Flag::Marked,
        Flag::Pinned,
        Flag::Reviewed,
        Flag::Signal(Signal::Stale),
        Flag::Signal(Signal::Duplicate),
        Flag::Signal(Signal::NearDuplicate),
        Flag::Signal(Signal::NeverInjected),
        Flag::Signal(Signal::BadTime),
    ]);
    prop_oneof![
        (field, pattern).prop_map(|(field, pattern)| Term::Name(field, pattern)),
        (number, compare.clone()).prop_map(|((field, bound), compare)| Term::Number(field, compare, bound)),
        (compare, -2..420i64).prop_map(|(compare, days)| Term::Age(compare, days * DAY)),
        (0..400i64, 0..90i64).prop_map(|(from, days)| Term::Created(NOW - from * DAY, NOW - (from - days) * DAY)),
        prop::sample::select(Bucket::ALL.to_vec()).prop_map(Term::Bucket),
        flag.prop_map(Term::Is),
        prop::sample::select(vec![Has::Files, Has::Tags, Has::Signals]).prop_map(Term::Has),
        (prop::sample::select(vec!["alpha", "re", "zzz", "12"]), any::<bool>())
            .prop_map(|(word, prefix)| Term::Word(word.into(), prefix)),
        Just(Term::Phrase("alpha beta".into())),
    ]
}

fn any_expr() -> impl Strategy<Value = Expr> {
    any_term().prop_map(Expr::Term).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::Or),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

#[test]
fn every_filter_selects_what_plain_evaluation_selects() {
    let fakes = store(700, 5);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let key = |n: i64| Key { store: 0, handle: Handle(n * 3) };
    let marked: Vec<Key> = (1..50).map(key).collect();
    for n in 1..60 {
        let overlay = Overlay {
            confidence: (n % 3 == 0).then_some(0.25),
            pinned: n % 2 == 0,
            stale_after: (n % 5 == 0).then_some(NOW - DAY),
            bucket: (n % 7 == 0).then_some(Bucket::Procedural),
            reviewed_at: (n % 4 == 0).then_some(NOW),
        };
        desk.library().set_overlay(key(n), overlay);
    }
    let (_, everything) = all_rows(&mut desk, &ViewSpec::default());
    let fakes = fakes.shelves.memories.lock().unwrap().clone();
    let desk = std::cell::RefCell::new(desk);
    proptest!(ProptestConfig::with_cases(300), |(filter in any_expr())| {
        let spec = ViewSpec { filter: filter.clone(), ..ViewSpec::default() };
        let mut desk = desk.borrow_mut();
        let view = desk.view(&spec, None, &marked, &Cancel::default(), &mut |_| ()).unwrap();
        let found = desk.keys(view.id, 0..view.count.number);
        let expected: Vec<Key> = everything
            .iter()
            .filter(|row| filter.eval(&mut |term| naive(term, row, &fakes[&row.key.handle.0], &marked)))
            .map(|row| row.key)
            .collect();
        prop_assert_eq!(found, expected);
        let facets = desk.facets(&spec, &marked, &Cancel::default()).unwrap();
        let counted: usize = facets.kinds.iter().map(|(_, count)| count).sum();
        prop_assert_eq!(counted, view.count.number);
    });
}

/// What can be seen of every memory.
fn seen(desk: &mut Desk) -> Vec<Row> {
    all_rows(desk, &ViewSpec::default()).1
}

#[test]
fn following_changes_ends_where_building_anew_does() {
    let fakes = store(1500, 6);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let library = Arc::clone(desk.library());
    let more = memories(1700, 77);
    fakes.change(|all| {
        all.extend(more.range(1501 * 3..).map(|(handle, fake)| (*handle, fake.clone())));
        all.retain(|handle, _| handle % 7 != 0);
        for (_, fake) in all.iter_mut().take(40) {
            fake.text = "somebody wrote another text here that says something else entirely about queues".into();
            fake.kind = "gotcha".into();
            fake.created = fake.created.map(|created| created - DAY);
        }
    });
    let store = 0;
    let news = library.builder().fresh(&library.shared, store, desk.reader(store).unwrap()).unwrap();
    assert_eq!(news.added, fakes.shelves.memories.lock().unwrap().range(1501 * 3..).count());
    let news = library.builder().reconcile(&library.shared, store, desk.reader(store).unwrap()).unwrap();
    assert_eq!((news.added, news.removed), (0, (1..=1500).filter(|n| (n * 3) % 7 == 0).count()));
    library.builder().want_look(&library.shared, store);
    while library.builder().look_again(&library.shared, store, desk.reader(store).unwrap()).unwrap().is_some() {}
    assert!(library.builder().compare(&library.shared, &|| false));
    assert_eq!(seen(&mut desk), seen(&mut ready(&[fakes], None)));
}

#[test]
fn what_the_curator_touches_is_followed() {
    let fakes = store(300, 7);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let library = Arc::clone(desk.library());
    let gone: Vec<i64> = (10..40).map(|n| n * 3).collect();
    let touched = |what: Touched| -> Vec<(Key, Touched)> {
        gone.iter().map(|handle| (Key { store: 0, handle: Handle(*handle) }, what)).collect()
    };
    let before = seen(&mut desk);
    let kept: Vec<(i64, Fake)> = gone.iter().map(|h| (*h, fakes.shelves.memories.lock().unwrap()[h].clone())).collect();
    fakes.change(|all| all.retain(|handle, _| !gone.contains(handle)));
    library.touched(&touched(Touched::Gone));
    assert_eq!(seen(&mut desk).len(), 270, "what is gone leaves at once");
    desk.catch_up().unwrap();
    fakes.change(|all| all.extend(kept));
    library.touched(&touched(Touched::Back));
    desk.catch_up().unwrap();
    assert!(library.builder().compare(&library.shared, &|| false));
    assert_eq!(seen(&mut desk), before);
}

/// Every file in the cache directory.
fn cached(cache: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_saved_catalogue_comes_back_without_reading_the_store() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("cache");
    let stores = [store(20_000, 8), FakeStore::new("other", "/nowhere/other.db".into(), memories(300, 9))];
    let before = seen(&mut ready(&stores, Some(&cache)));
    assert_eq!(cached(&cache).len(), 2);
    let scanned = |at: usize| stores[at].shelves.scanned.load(std::sync::atomic::Ordering::SeqCst);
    let counts = (scanned(0), scanned(1));
    let mut again = Desk::new(library(&stores, Some(&cache)));
    again.outline().unwrap();
    assert!(again.library().state().ready);
    assert_eq!(seen(&mut again), before);
    assert_eq!((scanned(0), scanned(1)), counts);
}

#[test]
fn a_saved_catalogue_follows_what_happened_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let (cache, path) = (home.path().join("cache"), home.path().join("fake.db"));
    std::fs::write(&path, "x").unwrap();
    let fakes = FakeStore::new("fake", path, memories(1000, 10));
    ready(&[Arc::clone(&fakes)], Some(&cache));
    let more = memories(1100, 10);
    for round in 0..3 {
        fakes.change(|all| {
            all.extend(
                more.range((1001 + round * 30) * 3..(1031 + round * 30) * 3).map(|(h, fake)| (*h, fake.clone())),
            );
            all.retain(|handle, _| (handle / 3) % 100 != round);
        });
        let mut desk = ready(&[Arc::clone(&fakes)], Some(&cache));
        assert_eq!(seen(&mut desk), seen(&mut ready(&[Arc::clone(&fakes)], None)), "round {round}");
    }
}

#[test]
fn a_damaged_cache_is_built_again() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("cache");
    let fakes = store(2000, 11);
    let before = seen(&mut ready(&[Arc::clone(&fakes)], Some(&cache)));
    let file = cached(&cache).remove(0);
    let good = std::fs::read(&file).unwrap();
    let mut damages: Vec<Vec<u8>> =
        vec![Vec::new(), b"not a database at all".to_vec(), good[..good.len() / 2].to_vec()];
    for trial in 0..24 {
        let mut bad = good.clone();
        let at = (good.len() / 24 * trial + trial * 131) % good.len();
        for byte in bad.iter_mut().skip(at).take(3) {
            *byte ^= 0x55;
        }
        damages.push(bad);
    }
    for (trial, bad) in damages.into_iter().enumerate() {
        std::fs::write(&file, bad).unwrap();
        assert_eq!(seen(&mut ready(&[Arc::clone(&fakes)], Some(&cache))), before, "trial {trial}");
    }
    let mut healed = Desk::new(library(&[fakes], Some(&cache)));
    healed.outline().unwrap();
    assert!(healed.library().state().ready, "the last one was saved again");
}

#[test]
fn exact_and_near_copies_are_found_and_explained() {
    let mut all = memories(50, 12);
    let long: Vec<String> = (0..120).map(|n| format!("word{n}")).collect();
    let mut put = |handle: i64, session: &str, text: String| {
        let mut fake = all[&3].clone();
        fake.session = session.into();
        fake.kind = "decision".into();
        fake.text = text;
        all.insert(handle, fake);
    };
    put(9001, "one", long.join(" "));
    put(9002, "two", long.join("  ").to_uppercase());
    put(9003, "three", format!("{} more", long.join(" ")));
    put(9004, "four", "nothing like the others is written down in this one memory".into());
    let mut desk = ready(&[FakeStore::new("fake", "/nowhere".into(), all)], None);
    let mut detail = |handle: i64| desk.detail(Key { store: 0, handle: Handle(handle) }).unwrap().unwrap();
    let (one, three, four) = (detail(9001), detail(9003), detail(9004));
    assert!(one.memory.row.signals.has(Signal::Duplicate));
    assert!(three.memory.row.signals.has(Signal::NearDuplicate) && !three.memory.row.signals.has(Signal::Duplicate));
    assert!(!four.memory.row.signals.has(Signal::Duplicate) && four.alike.is_empty());
    assert_eq!(one.alike.len(), 2);
    assert!(one.derived.value > four.derived.value, "what others say too deserves more trust");
    for detail in [&one, &three, &four] {
        let shown = detail.memory.row.confidence.unwrap().value;
        assert!((shown - detail.derived.value).abs() < 1e-3, "the list and the explanation agree");
        let product: f32 = detail.terms.iter().map(|term| term.factor).product();
        assert!((product - shown).abs() < 2e-3);
        let reasons: Vec<Signal> = detail.memory.findings.iter().map(|finding| finding.signal).collect();
        assert!(detail.memory.row.signals.iter().all(|signal| reasons.contains(&signal)));
    }
    assert!(judge::half_life_days("decision") > 0.0);
}

#[test]
fn a_cancelled_view_ends_and_an_early_one_is_a_beginning() {
    let mut desk = ready(&[store(4000, 13)], None);
    let spec = ViewSpec { filter: Expr::Term(Term::Word("alpha".into(), false)), ..ViewSpec::default() };
    let mut early = Vec::new();
    let whole = desk.view(&spec, None, &[], &Cancel::default(), &mut |view| early.push(view)).unwrap();
    assert_eq!(early.len(), 1);
    assert!(early[0].partial && !early[0].count.exact && early[0].count.number < whole.count.number);
    let beginning = desk.keys(early[0].id, 0..early[0].count.number);
    assert_eq!(beginning, desk.keys(whole.id, 0..beginning.len()));
    let token = Cancel::default().next();
    token.supersede();
    let ended = desk.view(&spec, None, &[], &token, &mut |_| ());
    assert!(matches!(ended, Err(Problem::Cancelled)));
}

#[test]
fn ranked_views_say_where_ranking_ends() {
    let mut desk = ready(&[store(4000, 14)], None);
    let sort = Sort { key: SortKey::Rank, descending: true };
    let words = ViewSpec { filter: Expr::Term(Term::Word("alpha".into(), false)), sort, grouped: false };
    let (view, rows) = all_rows(&mut desk, &words);
    assert!(view.remark.unwrap().contains("best 1000"));
    assert!(rows[..1000].is_sorted_by_key(|row| row.title.len()));
    let (view, _) = all_rows(&mut desk, &ViewSpec { sort, ..ViewSpec::default() });
    assert!(view.remark.unwrap().contains("no words"));
}

fn engine(stores: &[Arc<FakeStore>]) -> (tempfile::TempDir, Engine) {
    let home = tempfile::tempdir().unwrap();
    let library = library(stores, Some(&home.path().join("cache")));
    let ledger = Ledger::open(&home.path().join("ledger.db"));
    let curator = Curator::new(ledger, library.stores());
    (home, Engine::start(library, curator, Box::new(|| ())))
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
        let filter = Expr::Term(Term::Word(format!("alpha{}", n % 2), n % 2 == 0));
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
    crate::demo::build(&path, super::library::system_clock()).unwrap();
    let opened = crate::store::discover::open(&path, &[]).unwrap();
    let library = Arc::new(Library::open(vec![opened], Some(&home.path().join("cache"))));
    let curator = Curator::new(Ledger::open(&home.path().join("state/ledger.db")), library.stores());
    let engine = Engine::start(Arc::clone(&library), curator, Box::new(|| ()));
    wait(&engine, |_, reply| matches!(reply, Reply::Catalog(CatalogState { ready: true, .. })).then_some(()));
    let whole = finished(&engine, Expr::All);
    let before = page(&engine, &whole);
    assert!(before.len() > 50 && before.iter().all(|row| row.confidence.is_some()));
    let targets: Vec<Key> = keys(&before).into_iter().step_by(7).collect();
    let prune = Act::Prune { targets: targets.clone(), reason: "a test".into(), spare_pinned: true };
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
