//! What the pictures count is what the lists behind them hold.

use chrono::FixedOffset;
use proptest::prelude::*;

use super::*;
use crate::{
    catalog::{
        Insights,
        insights::{AGES, BANDS, COLUMNS, DAYS, captured, cell, of_scope, with_signal},
    },
    memory::{Overlay, Signal},
    query,
};

const ZONE: i32 = 5 * 3600 + 1800;

fn zone() -> FixedOffset {
    FixedOffset::east_opt(ZONE).unwrap()
}

/// How many memories the list under a filter has, when its text is typed by a person.
fn listed(desk: &mut Desk, base: &Expr, part: Expr) -> usize {
    let filter = Expr::And(vec![base.clone(), part]).normalised();
    let text = filter.in_zone(zone());
    let typed = query::parse(&text, NOW, zone()).unwrap();
    let spec = ViewSpec { filter: typed, ..ViewSpec::default() };
    desk.view(&spec, None, &[], &Cancel::default(), &mut |_| ()).unwrap().count.number
}

fn insights(desk: &mut Desk, filter: &Expr) -> Insights {
    let spec = ViewSpec { filter: filter.clone(), ..ViewSpec::default() };
    desk.insights(&spec, &[], zone().into(), &Cancel::default()).unwrap()
}

/// A store with times close to every boundary of the map and of the days, and some marks of a person.
fn borderline(seed: u64) -> Desk {
    let fakes = store(500, seed);
    let edges = AGES.iter().flat_map(|days| [-1, 0, 1].map(|by| NOW - days * DAY + by));
    let midnight = (NOW + i64::from(ZONE) * 1000).div_euclid(DAY) * DAY - i64::from(ZONE) * 1000;
    let edges = edges.chain([midnight - 1, midnight, midnight + DAY - 1, midnight - 399 * DAY, midnight - 400 * DAY]);
    fakes.change(|memories| {
        for (fake, at) in memories.values_mut().skip(7).step_by(11).zip(edges) {
            fake.created = Some(at);
        }
    });
    let desk = ready(&[fakes], None);
    for n in 1..80i64 {
        // On both sides of the edges of the bands, which are compared as they are shown.
        let overlay = Overlay { confidence: Some((n as f32 * 0.0125).min(1.0)), ..Overlay::default() };
        desk.library().set_overlay(Key { store: 0, handle: Handle(n * 3) }, overlay);
    }
    desk
}

#[test]
fn every_part_counts_what_its_list_holds() {
    let filters = ["*", "scope:acme-api", "kind:bugfix OR is:duplicate", "-is:never-injected re*", "age:<60d", "zzz"];
    proptest!(ProptestConfig::with_cases(12), |(seed in 0u64..1000, at in 0..filters.len())| {
        let mut desk = borderline(seed);
        let base = query::parse(filters[at], NOW, zone()).unwrap();
        let seen = insights(&mut desk, &base);
        let whole = listed(&mut desk, &base, Expr::All);
        prop_assert_eq!((seen.memories, seen.judged, seen.of), (whole, whole, 500));
        for band in 0..BANDS.len() {
            for column in 0..COLUMNS {
                prop_assert_eq!(seen.heat[band][column], listed(&mut desk, &base, cell(band, column)));
            }
        }
        prop_assert_eq!(seen.heat.iter().flatten().sum::<usize>(), whole, "no memory is outside the map");
        for ago in (0..DAYS).step_by(7).chain([0, 1, DAYS - 1]) {
            prop_assert_eq!(seen.days[ago], listed(&mut desk, &base, captured(&seen, ago)), "{} days ago", ago);
        }
        for scope in &seen.scopes {
            prop_assert_eq!(scope.count, listed(&mut desk, &base, of_scope(&scope.name)), "{}", &scope.name);
        }
        for signal in Signal::ALL {
            let count = seen.signals.iter().find(|(known, _)| *known == signal).map_or(0, |(_, count)| *count);
            prop_assert_eq!(count, listed(&mut desk, &base, with_signal(signal)), "{}", signal.name());
        }
    });
}

#[test]
fn sums_are_those_of_the_memories() {
    let fakes = store(600, 3);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let seen = insights(&mut desk, &Expr::All);
    let fakes = fakes.shelves.memories.lock().unwrap().clone();
    let tokens = |fake: &Fake| u64::from(tokens_of_bytes(fake.text.len() as u64));
    assert_eq!(seen.tokens, fakes.values().map(tokens).sum::<u64>());
    assert_eq!(seen.cost, fakes.values().map(|fake| u64::from(fake.cost)).sum::<u64>());
    assert_eq!(seen.withheld, fakes.values().filter(|fake| !fake.injected).map(tokens).sum::<u64>());
    assert_eq!(seen.scopes.iter().map(|scope| scope.count).sum::<usize>(), 600);
    // Nobody puts prompts before an agent, nor what has no project, nor more than so many of the newest.
    for scope in &seen.scopes {
        let mut newest: Vec<(i64, &Fake)> = fakes
            .iter()
            .filter(|(_, fake)| fake.project == scope.name && fake.injected && fake.kind != "prompt")
            .map(|(handle, fake)| (*handle, fake))
            .collect();
        newest.sort_by_key(|(handle, fake)| std::cmp::Reverse((fake.created.unwrap_or(i64::MIN), *handle)));
        let start: u64 = newest.iter().take(super::super::fake::OPENING.memories).map(|(_, fake)| tokens(fake)).sum();
        assert_eq!(scope.start, start, "{}", scope.name);
        assert_eq!(scope.start > 0, scope.name != "user" || start > 0);
    }
}

#[test]
fn what_is_not_judged_yet_is_counted_but_not_weighed() {
    let mut desk = Desk::new(library(&[store(120, 9)], None));
    desk.outline().unwrap();
    let seen = insights(&mut desk, &Expr::All);
    assert_eq!((seen.memories, seen.judged, seen.of), (120, 0, 120));
    assert!(seen.days.iter().sum::<usize>() > 0, "times are known from the beginning");
    assert_eq!(seen.heat.iter().flatten().sum::<usize>(), 0);
    assert!(seen.scopes.is_empty() && seen.signals.is_empty() && seen.tokens == 0);
}
