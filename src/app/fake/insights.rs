//! The numbers of the pictures, counted over the memories of the engine for tests.

use std::collections::BTreeMap;

use super::{Fake, NOW, holds};
use crate::{
    catalog::{
        Insights, ScopeSum, ViewSpec,
        insights::{AGES, BANDS, COLUMNS, DAYS},
    },
    memory::{Key, Memory, Signal},
    query::{Zone, conf_as_shown},
};

const DAY: i64 = 86_400_000;

impl Fake {
    pub(super) fn insights(&self, spec: &ViewSpec, marked: &[Key], zone: Zone) -> Insights {
        let found: Vec<&Memory> = self.memories.iter().filter(|memory| holds(&spec.filter, memory, marked)).collect();
        let mut heat = [[0; COLUMNS]; BANDS.len()];
        let mut days = vec![0; DAYS];
        let mut scopes: BTreeMap<&str, ScopeSum> = BTreeMap::new();
        let mut signals = BTreeMap::new();
        for memory in &found {
            let row = &memory.row;
            let age = NOW - row.created.unwrap();
            let shown = conf_as_shown(row.confidence.unwrap().value);
            let band = BANDS.iter().rposition(|from| *from <= shown).unwrap();
            heat[band][AGES.iter().rposition(|days| days * DAY <= age).unwrap()] += 1;
            days[usize::try_from(NOW / DAY - row.created.unwrap() / DAY).unwrap()] += 1;
            let name = row.scope.short();
            let empty = ScopeSum { name: name.to_owned(), count: 0, tokens: 0, start: 0 };
            let scope = scopes.entry(name).or_insert(empty);
            scope.count += 1;
            scope.tokens += u64::from(row.tokens);
            scope.start += if scope.count <= 20 && name != "user" { u64::from(row.tokens) } else { 0 };
            row.signals.iter().for_each(|signal| *signals.entry(signal).or_insert(0) += 1);
        }
        let mut scopes: Vec<ScopeSum> = scopes.into_values().collect();
        scopes.sort_by_key(|scope| std::cmp::Reverse(scope.count));
        let mut signals: Vec<(Signal, usize)> = signals.into_iter().collect();
        signals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let sum = |of: fn(&Memory) -> u32| found.iter().map(|memory| u64::from(of(memory))).sum();
        Insights {
            at: NOW,
            zone,
            memories: found.len(),
            judged: found.len(),
            of: self.memories.len(),
            heat,
            days,
            scopes,
            signals,
            tokens: sum(|memory| memory.row.tokens),
            withheld: 0,
            cost: sum(|memory| memory.row.cost),
        }
    }
}
