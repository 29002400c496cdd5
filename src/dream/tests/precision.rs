//! How often a dream is right about what it removes, measured on the labelled set.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    labelled::{Set, Truth, set},
    planted::Planted,
};
use crate::{
    change::{Draft, Label, Wish},
    dream::Analyser,
};

/// What an analyser found, against what there was to be found.
#[derive(Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
    wanted: usize,
}

impl Score {
    fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong.len()).max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / self.wanted.max(1) as f64
    }
}

/// The place of a memory in the set.
fn place(native: &str) -> usize {
    native.strip_prefix("memory/").and_then(|id| id.parse::<usize>().ok()).unwrap() - 1
}

/// Whether it is right that a memory goes, by the proposal that says so.
fn is_right(set: &Set, draft: &Draft, gone: usize) -> bool {
    match (draft.label, set.truths[gone]) {
        (Label::Merge, Truth::Copies(_)) => {
            let kept = draft.steps.iter().find(|step| step.wish != Wish::Delete).unwrap();
            set.truths[place(&kept.native)] == set.truths[gone]
        }
        (Label::Supersede, Truth::Over) | (Label::Prune, Truth::Noise | Truth::Failure) => true,
        _ => false,
    }
}

/// How many memories of the set an analyser could remove.
fn wanted(set: &Set, analyser: Analyser) -> usize {
    let count = |wanted: fn(&Truth) -> bool| set.truths.iter().filter(|truth| wanted(truth)).count();
    match analyser {
        Analyser::Duplicates => {
            let copies = count(|truth| matches!(truth, Truth::Copies(_)));
            let groups: BTreeSet<usize> = set
                .truths
                .iter()
                .filter_map(|truth| if let Truth::Copies(group) = truth { Some(*group) } else { None })
                .collect();
            copies - groups.len()
        }
        Analyser::Superseded => count(|truth| *truth == Truth::Over),
        Analyser::Noise => count(|truth| *truth == Truth::Noise),
        Analyser::Failures => count(|truth| *truth == Truth::Failure),
        _ => 0,
    }
}

#[test]
fn what_is_removed_is_rightly_removed() {
    let set = set();
    let dreamt = Planted::new(&set.seeds).dream(&Analyser::ALL);
    let mut scores: BTreeMap<Analyser, Score> = BTreeMap::new();
    for analyser in [Analyser::Duplicates, Analyser::Superseded, Analyser::Noise, Analyser::Failures] {
        scores.insert(analyser, Score { wanted: wanted(&set, analyser), ..Score::default() });
    }
    for found in &dreamt.found {
        for step in found.draft.steps.iter().filter(|step| step.wish == Wish::Delete) {
            let score = scores.entry(found.analyser).or_default();
            if is_right(&set, &found.draft, place(&step.native)) {
                score.right += 1;
            } else {
                score.wrong.push(format!("{}: {}", step.native, found.draft.reason));
            }
        }
    }
    println!("{} memories; removed rightly, wrongly, precision, recall", set.seeds.len());
    for (analyser, score) in &scores {
        println!(
            "{:<12}{:>4}{:>4}{:>8.3}{:>8.3}",
            analyser.name(),
            score.right,
            score.wrong.len(),
            score.precision(),
            score.recall()
        );
    }
    for (analyser, score) in &scores {
        assert!(score.precision() >= 0.95, "{}: {:#?}", analyser.name(), score.wrong);
        assert!(score.wanted == 0 || score.recall() >= 0.6, "{}: {}", analyser.name(), score.recall());
    }
}
