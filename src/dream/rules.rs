//! What a person had to say again and again: it becomes a rule of its own, where a store takes new memories.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use regex::Regex;

use super::{Analyse, Made, Seen, note::quote, reading::Reading, said::passages};
use crate::{
    change::{Draft, Evidence, Label, Step, Wish},
    judge,
    memory::{Bucket, EpochMs, Key, Record, Signal, Value, Version},
    store::{Needle, Result},
};

/// The words are the person's own; that they hold for ever is for the person to say.
const CONFIDENCE: f32 = 0.7;
/// So often something must have been said.
const OFTEN: usize = 3;
/// In so many sessions.
const SESSIONS: usize = 2;
/// A longer sentence is a task, not a rule.
const WORDS: usize = 30;
/// Of the words of two sentences with the same sense, at least half are in both.
const ALIKE: f32 = 0.5;
/// Memories that hold the very words, of which one may be the rule already.
const KNOWN: usize = 20;
/// Sentences that are compared.
const MOST: usize = 20_000;

/// How an instruction begins that may be meant for every time.
static RULE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^(?P<lead>\s*(?:[-*]\s+)?(?:(?:no|again|please|and|but|remember|ok|hey)\b[\s,.:!]*|i\ (?:told|said)\b[^,:]{0,30}[,:]\s*|from\ now\ on,?\s*)*)
          (?:never|do\ not|don['’]t|stop|avoid|no\ more)?\s*
          (?:always|never|do\ not|don['’]t|stop|avoid|no\ more|use|prefer|i\ prefer|i\ want|make\ sure|keep|write|run|answer|put)\b",
    )
    .ok()
});

/// Signs that something is not wanted.
static REFUSES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:never|not|don['’]t|stop|avoid|no more|without)\b").ok());

/// Words of an instruction that say nothing about what it is about.
const EMPTY: [&str; 16] = [
    "always", "never", "use", "prefer", "want", "make", "sure", "keep", "please", "again", "remember", "stop", "avoid",
    "don", "told", "said",
];

/// Kinds in which a person speaks.
const SPOKEN: [&str; 4] = ["prompt", "preference", "feedback", "correction"];

/// Something that a person said.
struct Spoken {
    key: Key,
    at: EpochMs,
    project: String,
    session: String,
    sentence: String,
    words: BTreeSet<String>,
    refuses: bool,
}

#[derive(Default)]
pub(super) struct Rules(Vec<Spoken>);

impl Analyse for Rules {
    fn look(&mut self, seen: &Seen<'_>) {
        let (known, scanned) = (seen.known, seen.scanned);
        let foul = [Signal::Imperative, Signal::HiddenText, Signal::Secret].into_iter().any(|it| known.signals.has(it));
        if foul || !SPOKEN.contains(&scanned.kind) || self.0.len() >= MOST {
            return;
        }
        // A prompt's text may come as title and as text; the same sentence of one memory counts once.
        let mut sentences: Vec<&str> =
            std::iter::once(&scanned.title).chain(scanned.texts).flat_map(|text| passages(text)).collect();
        sentences.sort_unstable();
        sentences.dedup();
        for sentence in sentences {
            let sentence = sentence.trim();
            let Some(rule) = RULE.as_ref().and_then(|rule| rule.captures(sentence)) else { continue };
            let lead = rule.name("lead").map_or(0, |lead| lead.end());
            let sentence = sentence.get(lead..).unwrap_or_default().trim_end_matches(['.', '!', ' ']);
            if sentence.split_whitespace().count() > WORDS {
                continue;
            }
            let words: BTreeSet<String> =
                judge::content(sentence).filter(|word| !EMPTY.contains(&word.as_str())).collect();
            if words.is_empty() {
                continue;
            }
            self.0.push(Spoken {
                key: known.key,
                at: scanned.created.unwrap_or_default(),
                project: scanned.project.to_owned(),
                session: scanned.session.to_owned(),
                sentence: sentence.to_owned(),
                words,
                refuses: REFUSES.as_ref().is_some_and(|signs| signs.is_match(sentence)),
            });
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        let mut spoken = std::mem::take(&mut self.0);
        // The newest words for it come first and name the rule.
        spoken
            .sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.key.cmp(&b.key)).then_with(|| a.sentence.cmp(&b.sentence)));
        let mut nowhere = 0;
        for group in groups(&spoken) {
            let fresh = group.iter().any(|said| reading.grounds.known(said.key).is_some_and(|known| known.fresh));
            if !fresh || !is_often(&group) {
                continue;
            }
            let Some(store) = reading.store_for_new() else {
                nowhere += 1;
                continue;
            };
            if let Some(draft) = draft(&group, store, reading)? {
                made.add(draft)?;
            }
        }
        if nowhere > 0 {
            made.remark(format!(
                "{nowhere} things were said three times or more and could be rules, but no open store takes new memories; `memtui init` makes one"
            ));
        }
        Ok(())
    }
}

/// Sentences with the same sense, each group led by its newest.
fn groups(spoken: &[Spoken]) -> Vec<Vec<&Spoken>> {
    let mut groups: Vec<Vec<&Spoken>> = Vec::new();
    let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
    for said in spoken {
        let mut near: Vec<usize> =
            said.words.iter().filter_map(|word| by_word.get(word.as_str())).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        let same = near
            .into_iter()
            .find(|at| groups.get(*at).and_then(|group| group.first()).is_some_and(|lead| is_same(lead, said)));
        if let Some(group) = same.and_then(|at| groups.get_mut(at)) {
            group.push(said);
        } else {
            for word in &said.words {
                by_word.entry(word).or_default().push(groups.len());
            }
            groups.push(vec![said]);
        }
    }
    groups
}

fn is_same(one: &Spoken, other: &Spoken) -> bool {
    let shared = one.words.intersection(&other.words).count();
    let all = one.words.len() + other.words.len() - shared;
    one.refuses == other.refuses && shared as f32 >= ALIKE * all as f32
}

fn is_often(group: &[&Spoken]) -> bool {
    let memories: BTreeSet<Key> = group.iter().map(|said| said.key).collect();
    let sessions: BTreeSet<&str> = group.iter().map(|said| said.session.as_str()).collect();
    memories.len() >= OFTEN && sessions.len() >= SESSIONS
}

/// The rule as a new memory; `None` when the store has it already.
fn draft(group: &[&Spoken], store: u8, reading: &mut Reading<'_>) -> Result<Option<Draft>> {
    // The fullest words for it name the rule; of several the newest.
    let Some(fullest) = group.iter().rev().max_by_key(|said| said.words.len()) else { return Ok(None) };
    let rule = with_capital(&fullest.sentence);
    let known = reading.reader(store)?.ranked(&[Needle::Phrase(rule.clone())], KNOWN)?;
    let known = reading.rows(store, &known)?;
    if known.iter().any(|row| !SPOKEN.contains(&row.kind.as_str())) {
        return Ok(None);
    }
    let one_project = group.iter().all(|said| said.project == fullest.project) && !fullest.project.is_empty();
    let mut evidence = Vec::new();
    let mut ids = Vec::new();
    let mut quoted = BTreeSet::new();
    for said in group.iter().filter(|said| quoted.insert(said.key)) {
        let native = reading.reader(said.key.store)?.native(said.key.handle);
        let id = format!("{}:{native}", reading.name(said.key.store));
        ids.push(id.clone());
        evidence.push(Evidence::Memory { id, quote: quote(&said.sentence) });
    }
    let bucket = if one_project { Bucket::Procedural } else { Bucket::User };
    let mut columns = vec![
        ("body", rule),
        ("kind", "rule".to_owned()),
        ("bucket", bucket.name().to_owned()),
        ("author", "person".to_owned()),
        ("tool", "dream".to_owned()),
        ("evidence", ids.join(", ")),
    ];
    if one_project {
        columns.push(("project", fullest.project.clone()));
    }
    let columns = columns.into_iter().map(|(name, text)| (name.to_owned(), Value::Text(text.into_bytes()))).collect();
    let wish = Wish::Add(Record { table: "memory".to_owned(), columns });
    let place = if one_project { fullest.project.as_str() } else { "user" };
    Ok(Some(Draft {
        label: Label::Add,
        reason: format!("You said so {} times; as a memory of its own it need not be said again.", quoted.len()),
        evidence,
        confidence: Some(CONFIDENCE),
        likeness: format!("rules for {place}"),
        steps: vec![Step { store, native: String::new(), seen: Version::default(), was: Vec::new(), wish }],
    }))
}

fn with_capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
