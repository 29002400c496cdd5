//! Filters against evaluation memory by memory.

use proptest::prelude::*;

use super::*;
use crate::{
    engine::fake::answers,
    memory::{Bucket, Overlay, Signal},
    query::{Compare, Flag, Has, NameField, NumberField, Pattern, Subject},
    store::Needle,
};

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
        due: crate::judge::is_due(Some(&row.overlay), NOW),
        new: row.overlay.reviewed_at.is_none(),
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
        Flag::Due,
        Flag::New,
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
            reviewed_at: (n % 4 == 0).then_some(NOW - n * DAY),
            review_days: (n % 8 == 0).then_some(14),
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

#[test]
fn a_date_in_the_future_leads_the_list_and_no_age_selects_it() {
    let fakes = store(300, 31);
    let ahead = Key { store: 0, handle: Handle(60) };
    fakes.change(|all| all.get_mut(&60).unwrap().created = Some(NOW + 30 * DAY));
    let mut desk = ready(&[fakes], None);
    assert_eq!(seen(&mut desk)[0].key, ahead);
    let mut oldest = ViewSpec::default();
    oldest.sort.descending = true;
    let (_, rows) = all_rows(&mut desk, &oldest);
    let dated = rows.iter().rposition(|row| row.created.is_some()).unwrap();
    assert_eq!(rows[dated].key, ahead);
    for compare in [Compare::Less, Compare::AtMost, Compare::Equal, Compare::AtLeast, Compare::More] {
        for age in [-60 * DAY, -30 * DAY, 0, DAY, 900 * DAY] {
            let filter = Expr::Term(Term::Age(compare, age));
            let (_, rows) = all_rows(&mut desk, &ViewSpec { filter, ..ViewSpec::default() });
            assert!(rows.iter().all(|row| row.key != ahead), "{compare:?} {age}");
        }
    }
}

#[test]
fn frequent_tags_are_told_for_completion() {
    let fakes = store(300, 32);
    let mut wanted = std::collections::BTreeMap::<String, usize>::new();
    for tag in fakes.shelves.memories.lock().unwrap().values().flat_map(|fake| fake.tags.clone()) {
        *wanted.entry(tag).or_default() += 1;
    }
    let tags = ready(&[fakes], None).common_tags().unwrap();
    assert!(tags.is_sorted_by(|a, b| a.1 >= b.1));
    assert_eq!(tags.into_iter().collect::<std::collections::BTreeMap<_, _>>(), wanted);
}

#[test]
fn a_view_brings_the_lines_where_its_reader_begins() {
    let mut desk = ready(&[store(3000, 33)], None);
    for key in [SortKey::Age, SortKey::Cost] {
        let spec = ViewSpec { sort: Sort { key, descending: true }, ..ViewSpec::default() };
        let view = desk.view(&spec, None, &[], &Cancel::default(), &mut |_| ()).unwrap();
        assert_eq!(view.lines.from, 0);
        assert_eq!(view.lines.rows, desk.page(view.id, 0..view.lines.rows.len()).unwrap());
        let followed = desk.keys(view.id, 1500..1501)[0];
        let view = desk.view(&spec, Some(followed), &[], &Cancel::default(), &mut |_| ()).unwrap();
        let (from, to) = (view.lines.from, view.lines.from + view.lines.rows.len());
        assert!(view.found == Some(1500) && from < 1450 && to > 1550);
        assert_eq!(view.lines.rows, desk.page(view.id, from..to).unwrap());
    }
}
