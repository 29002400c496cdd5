//! Completion of keys and values at the cursor.

use super::{
    FIELDS, Field, Flag, Has, NameField, NumberField, Takes,
    lex::{Item, Keyed, Kind, tokens},
    pattern::fold,
    print::quoted_if_needed,
};
use crate::memory::Bucket;

/// What there is to complete with: names with how many memories they have. Names are raw texts of the stores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vocabulary<'a> {
    /// Scopes: projects, and `user`.
    pub scopes: &'a [(String, usize)],
    /// Agents.
    pub agents: &'a [(String, usize)],
    /// Kinds.
    pub kinds: &'a [(String, usize)],
    /// Buckets.
    pub buckets: &'a [(String, usize)],
    /// Tags.
    pub tags: &'a [(String, usize)],
    /// Stores.
    pub stores: &'a [(String, usize)],
    /// Signals and other states.
    pub signals: &'a [(String, usize)],
}

/// What may stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// First byte of the text that a candidate replaces.
    pub from: usize,
    /// The byte after it.
    pub to: usize,
    /// What may stand there, best first.
    pub candidates: Vec<Candidate>,
}

/// A text that may stand at the cursor. Names come from the stores: they pass `text` before a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is put into the query, in quotes where it needs them.
    pub insert: String,
    /// What is shown.
    pub shown: String,
    /// How many memories it has, or what it means; may be empty.
    pub note: String,
}

/// What may stand at the cursor, a position in bytes. Names that begin with what is typed come first, then those that
/// hold it, the more frequent first.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary<'_>) -> Completion {
    let cursor = (0..=cursor.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let at_cursor = tokens(text, &super::FIELDS).into_iter().find(|token| match &token.kind {
        Kind::Text(_) | Kind::Keyed(_) => token.span.start < cursor && cursor <= token.span.end,
        Kind::Or | Kind::And | Kind::Not => token.span.start < cursor && cursor < token.span.end,
        Kind::Open | Kind::Close | Kind::Dash => false,
    });
    let Some(token) = at_cursor else { return keys("", cursor, cursor) };
    let typed = |from: usize| text.get(from..cursor).unwrap_or_default();
    match &token.kind {
        Kind::Text(item) if item.pieces.iter().any(|piece| piece.quoted) => {
            Completion { from: cursor, to: cursor, candidates: Vec::new() }
        }
        Kind::Keyed(keyed) if cursor <= keyed.key.end => {
            keys(typed(keyed.key.start), keyed.key.start, keyed.key.end + 1)
        }
        Kind::Keyed(keyed) => values(keyed, text, cursor, vocabulary),
        _ => keys(typed(token.span.start), token.span.start, token.span.end),
    }
}

fn keys(typed: &str, from: usize, to: usize) -> Completion {
    let candidate = |field: &Field| Candidate {
        insert: format!("{}:", field.name),
        shown: format!("{}:", field.name),
        note: field.meaning.to_owned(),
    };
    let typed = fold(typed);
    let begins = FIELDS.iter().filter(|field| field.name.starts_with(&typed));
    let holds = FIELDS.iter().filter(|field| !field.name.starts_with(&typed) && field.name.contains(&typed));
    Completion { from, to, candidates: begins.chain(holds).map(candidate).collect() }
}

/// A value with its count, if it is counted, and its meaning.
struct Offer<'a> {
    value: &'a str,
    count: Option<usize>,
    meaning: &'a str,
}

fn values(keyed: &Keyed, text: &str, cursor: usize, vocabulary: &Vocabulary<'_>) -> Completion {
    let nothing = Completion { from: cursor, to: cursor, candidates: Vec::new() };
    let Some(field) = keyed.field else { return nothing };
    let within = |item: &&Item| item.span.start <= cursor && cursor <= item.span.end;
    let Some(item) = keyed.items.iter().find(within) else { return nothing };
    let signed =
        matches!(field.takes, Takes::Name(_)) && text.get(item.span.start..cursor).is_some_and(|t| t.starts_with('='));
    let from = item.span.start + usize::from(signed);
    // An open quote swallows the rest of the query; what stands behind the cursor is not part of the value then.
    let to = if item.is_open() { cursor } else { item.span.end };
    let typed: String = text.get(from..cursor).unwrap_or_default().replace('"', "");
    let mut offers = offers(field, vocabulary);
    let typed = fold(&typed);
    let rank = |offer: &Offer<'_>| {
        let value = fold(offer.value);
        if value.starts_with(&typed) { Some(0) } else { value.contains(&typed).then_some(1) }
    };
    offers.retain(|offer| !offer.value.is_empty() && rank(offer).is_some());
    offers.sort_by_key(|offer| (rank(offer), std::cmp::Reverse(offer.count)));
    Completion { from, to, candidates: offers.iter().map(|offer| candidate(field, offer)).collect() }
}

fn candidate(field: &Field, offer: &Offer<'_>) -> Candidate {
    let insert = match field.takes {
        Takes::Name(_) => quoted_if_needed(offer.value),
        _ => offer.value.to_owned(),
    };
    // Tags are counted among the newest memories only.
    let least = if matches!(field.takes, Takes::Name(NameField::Tag)) { "≥" } else { "" };
    let note = offer.count.map_or_else(|| offer.meaning.to_owned(), |count| format!("{least}{count}"));
    Candidate { insert, shown: offer.value.to_owned(), note }
}

fn offers<'a>(field: &Field, vocabulary: &Vocabulary<'a>) -> Vec<Offer<'a>> {
    match field.takes {
        Takes::Name(NameField::Scope) => counted(vocabulary.scopes),
        Takes::Name(NameField::Project) => {
            counted(vocabulary.scopes).into_iter().filter(|offer| offer.value != "user").collect()
        }
        Takes::Name(NameField::Agent) => counted(vocabulary.agents),
        Takes::Name(NameField::Kind) => counted(vocabulary.kinds),
        Takes::Name(NameField::Tag) => counted(vocabulary.tags),
        Takes::Name(NameField::Store) => counted(vocabulary.stores),
        Takes::Name(NameField::Session | NameField::File | NameField::Id) | Takes::Like => Vec::new(),
        Takes::Bucket => known(Bucket::ALL.map(Bucket::name).into_iter(), vocabulary.buckets),
        Takes::Is => known(Flag::all().map(Flag::name), vocabulary.signals),
        Takes::Has => known(Has::ALL.map(Has::name).into_iter(), &[]),
        Takes::Age => samples(&[
            ("<1d", "since yesterday"),
            ("<1w", "the last week"),
            (">30d", "older than a month"),
            (">90d", "older than a quarter"),
            (">1y", "older than a year"),
        ]),
        Takes::Created => samples(&[("today", ""), ("yesterday", "")]),
        Takes::AsOf => samples(&[
            ("1d", "a day ago"),
            ("1w", "a week ago"),
            ("today", "when today began"),
            ("yesterday", "when yesterday began"),
        ]),
        Takes::Number(NumberField::Conf) => {
            samples(&[("<0.3", "doubtful"), ("<0.5", "rather not trusted"), (">0.8", "trusted")])
        }
        Takes::Number(NumberField::Tokens) => samples(&[(">500", "long"), (">2k", "very long")]),
        Takes::Number(NumberField::Cost) => samples(&[(">10k", "dear"), (">100k", "very dear")]),
    }
}

fn counted(names: &[(String, usize)]) -> Vec<Offer<'_>> {
    names.iter().map(|(value, count)| Offer { value, count: Some(*count), meaning: "" }).collect()
}

/// Words of the language, with their counts where there are any.
fn known<'a>(names: impl Iterator<Item = &'static str>, counts: &[(String, usize)]) -> Vec<Offer<'a>> {
    let count = |value: &str| counts.iter().find(|(name, _)| name == value).map(|(_, count)| *count);
    names.map(|value| Offer { value, count: count(value), meaning: "" }).collect()
}

fn samples(samples: &[(&'static str, &'static str)]) -> Vec<Offer<'static>> {
    samples.iter().map(|(value, meaning)| Offer { value, count: None, meaning }).collect()
}
