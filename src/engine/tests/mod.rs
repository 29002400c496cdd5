//! Views, facets, refreshing and the saved catalogue over stores in memory, against plain evaluation.

mod filters;
mod follow;
mod insights;
mod likes;
mod queue;
mod signals;
mod sitting;
mod threads;

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{
    Desk, Library, View,
    fake::{Fake, FakeStore},
};
use crate::{
    catalog::{Sort, SortKey, ViewSpec},
    memory::{EpochMs, Handle, Key, Row, tokens_of_bytes},
    query::{Expr, NameField, Pattern, Term},
    store::{Cancel, Problem, Store},
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

/// What can be seen of every memory.
fn seen(desk: &mut Desk) -> Vec<Row> {
    all_rows(desk, &ViewSpec::default()).1
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
fn what_no_index_knows_is_shown_from_the_first_answer_on() {
    let mut desk = ready(&[store(400, 15)], None);
    let file = Expr::Term(Term::Name(NameField::File, Pattern::contains("main")));
    let mut early = Vec::new();
    let spec = ViewSpec { filter: file, ..ViewSpec::default() };
    let whole = desk.view(&spec, None, &[], &Cancel::default(), &mut |view| early.push(view)).unwrap();
    let counts: Vec<usize> = early.iter().map(|view| view.count.number).collect();
    assert!(counts.len() > 1 && counts[0] == 1 && counts.is_sorted(), "{counts:?}");
    assert!(early.iter().all(|view| view.partial && !view.count.exact && view.count.number < whole.count.number));
    assert!(whole.count.exact && !whole.partial);
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
