//! All checks of a single text at once: as flags for a catalogue, as sentences for a reader.

use std::sync::LazyLock;

use regex::Regex;

use crate::{
    memory::{Finding, Signal, Signals},
    text,
};

use super::{imperative, is_noise, secrets};

/// Where a secret or an order may begin. Most texts hold neither, and one pass says so for both.
static GATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("{}|{}", secrets::trigger(), imperative::trigger())).ok());

/// What the text of a memory shows by itself: `Secret`, `HiddenText`, `Imperative`, `Noise`. Made for the many: texts
/// are raw, JSON columns as they are stored.
pub fn signals(title: &str, texts: &[&str]) -> Signals {
    let mut signals = Signals::NONE;
    for text in std::iter::once(&title).chain(texts) {
        if may_hold(text) {
            signals.set(Signal::Secret, signals.has(Signal::Secret) || secrets::any(text));
            signals.set(Signal::Imperative, signals.has(Signal::Imperative) || imperative::any(text));
        }
        signals.set(Signal::HiddenText, signals.has(Signal::HiddenText) || is_hidden(text));
    }
    signals.set(Signal::Noise, is_noise(title, texts));
    signals
}

fn may_hold(text: &str) -> bool {
    GATE.as_ref().is_none_or(|gate| gate.is_match(text))
}

fn is_hidden(text: &str) -> bool {
    if text.starts_with(['[', '{', '"']) { text::has_hidden_in_json(text) } else { text::has_hidden(text) }
}

/// The same with a reason for each, for the one memory that is read. The reasons are safe to show and hold no secret.
pub fn findings(title: &str, texts: &[&str]) -> Vec<Finding> {
    let all = || std::iter::once(&title).chain(texts);
    let mut findings = Vec::new();
    let secrets: Vec<&str> = all().flat_map(|text| super::secrets(text)).map(|secret| secret.kind).collect();
    if !secrets.is_empty() {
        let reason = format!("looks like it holds {}", super::one(&tally(&secrets)));
        findings.push(Finding { signal: Signal::Secret, reason });
    }
    let hidden: Vec<(text::Class, usize, String)> =
        all().flat_map(|text| text::scan(text)).map(|found| (found.class, found.count, found.shown)).collect();
    if let Some((_, _, shown)) = hidden.first() {
        let kinds: Vec<&str> = hidden.iter().map(|(class, ..)| class.name()).collect();
        let count: usize = hidden.iter().map(|(_, count, _)| count).sum();
        let reason = format!("holds {}, {count} in all, the first {}", tally(&kinds), text::fit(shown, 60));
        findings.push(Finding { signal: Signal::HiddenText, reason });
    } else if texts.iter().any(|text| is_hidden(text)) {
        let reason = "holds hidden characters, written as escapes in its JSON".to_owned();
        findings.push(Finding { signal: Signal::HiddenText, reason });
    }
    for text in all().filter(|text| may_hold(text)) {
        for order in super::orders(text) {
            let words = text.get(order.range).unwrap_or_default();
            let reason = format!("{}: “{}”", order.kind, text::fit(&text::line(&super::mask(words)), 80));
            findings.push(Finding { signal: Signal::Imperative, reason });
        }
    }
    if is_noise(title, texts) {
        findings.push(Finding { signal: Signal::Noise, reason: "says nothing beyond a tool's status".to_owned() });
    }
    findings
}

/// The different names, in order of appearance.
fn tally(names: &[&str]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !seen.contains(name) {
            seen.push(name);
        }
    }
    seen.join(" and ")
}
