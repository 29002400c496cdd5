//! Reads what stands behind a key: patterns, numbers, ages, dates and the words of `bucket:`, `is:` and `has:`.

use super::{
    Compare, Expr, Field, Flag, Has, NameField, NumberField, Pattern, Takes, Term, as_of,
    calendar::Here,
    error::{Trouble, quoted},
    lex::Item,
    suggest::closest,
};
use crate::memory::{Bucket, EpochMs};

/// Units of age, longest first, in milliseconds. A month has 30 days and a year 365.
pub(super) const UNITS: [(&str, EpochMs); 8] = [
    ("y", 365 * 86_400_000),
    ("mo", 30 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// The condition that one value of a key makes.
pub(super) fn value(field: &Field, item: &Item, here: Here) -> Result<Expr, Trouble> {
    let text = item.text();
    let example = || format!("for example {}", field.example);
    if item.is_open() {
        return Err(Trouble::new("the quote is not closed", "end it with a `\"`"));
    }
    if text.is_empty() && item.pieces.is_empty() {
        return Err(Trouble::new(format!("`{}:` has no value", field.name), example()));
    }
    match field.takes {
        Takes::Name(name) => pattern(name, item),
        Takes::Number(name) => number(name, &text),
        Takes::Age => age(&text),
        Takes::Created => created(&text, here),
        Takes::Bucket => {
            known(&text, Bucket::ALL.into_iter(), Bucket::name, "bucket").map(|bucket| Expr::Term(Term::Bucket(bucket)))
        }
        Takes::Is => known(&text, Flag::all(), Flag::name, "state").map(|flag| Expr::Term(Term::Is(flag))),
        Takes::Like => like(&text),
        Takes::AsOf => as_of::read(&text, here),
        Takes::Has => known(&text, Has::ALL.into_iter(), Has::name, "thing").map(|has| Expr::Term(Term::Has(has))),
    }
}

/// The name of a memory, as lists print it.
fn like(text: &str) -> Result<Expr, Trouble> {
    if text.trim().is_empty() {
        let hint = "for example like:observation/181";
        return Err(Trouble::new("`like:` takes the name of a memory", hint));
    }
    Ok(Expr::Term(Term::Like(text.to_owned())))
}

/// One of a few known words.
fn known<T: Copy>(
    text: &str,
    all: impl Iterator<Item = T> + Clone,
    name: fn(T) -> &'static str,
    what: &str,
) -> Result<T, Trouble> {
    all.clone().find(|one| name(*one).eq_ignore_ascii_case(text)).ok_or_else(|| {
        let hint = match closest(text, all.clone().map(name)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("it is one of {}", all.map(name).collect::<Vec<_>>().join(", ")),
        };
        Trouble::new(format!("there is no {what} {}", quoted(text)), hint)
    })
}

/// A star outside quotes makes a glob, a sign outside quotes an exact pattern; words are always exact.
fn pattern(field: NameField, item: &Item) -> Result<Expr, Trouble> {
    let exact = item.pieces.first().is_some_and(|piece| !piece.quoted && piece.text.starts_with('='));
    let glob = item.pieces.iter().any(|piece| !piece.quoted && piece.text.contains('*'));
    let text = item.text();
    let text = if exact { text.get(1..).unwrap_or_default() } else { &text };
    if text.is_empty() && !(exact && item.pieces.len() > 1) {
        let hint = "write a part of the name; to ask for memories without one write `=\"\"`";
        return Err(Trouble::new(format!("`{}:` has no value", field.name()), hint));
    }
    let pattern = match (glob, exact) {
        (true, _) => Pattern::glob(text),
        (false, exact) if exact || field.is_word() => Pattern::exact(text),
        (false, _) => Pattern::contains(text),
    };
    Ok(Expr::Term(Term::Name(field, pattern)))
}

/// The sign that a value begins with, and the rest of it.
fn compare(text: &str) -> (Option<Compare>, &str) {
    let signs = [
        ("<=", Compare::AtMost),
        (">=", Compare::AtLeast),
        ("<", Compare::Less),
        (">", Compare::More),
        ("=", Compare::Equal),
    ];
    signs
        .into_iter()
        .find_map(|(sign, compare)| text.strip_prefix(sign).map(|rest| (Some(compare), rest)))
        .unwrap_or((None, text))
}

/// `a..b`, `a..` or `..b`: both ends belong to the range.
fn range<T: PartialOrd>(
    text: &str,
    read: impl Fn(&str) -> Result<T, Trouble>,
    term: impl Fn(Compare, T) -> Term,
) -> Option<Result<Expr, Trouble>> {
    let (from, to) = text.split_once("..")?;
    let end = |text: &str| if text.is_empty() { Ok(None) } else { read(text).map(Some) };
    Some(end(from).and_then(|from| match (from, end(to)?) {
        (None, None) => Err(Trouble::new("the range has no end", "write it as from..to, from.. or ..to")),
        (Some(from), Some(to)) if from > to => Err(Trouble::new("the range ends before it begins", "swap its ends")),
        (from, to) => {
            let from = from.map(|from| Expr::Term(term(Compare::AtLeast, from)));
            let to = to.map(|to| Expr::Term(term(Compare::AtMost, to)));
            Ok(Expr::And(from.into_iter().chain(to).collect()))
        }
    }))
}

fn number(field: NumberField, text: &str) -> Result<Expr, Trouble> {
    let read = |text: &str| read_number(field, text);
    if let Some(range) = range(text, read, |compare, bound| Term::Number(field, compare, bound)) {
        return range;
    }
    let (sign, rest) = compare(text);
    Ok(Expr::Term(Term::Number(field, sign.unwrap_or(Compare::Equal), read(rest)?)))
}

/// Digits with at most one point, and for counts `k` for thousands or `M` for millions.
fn read_number(field: NumberField, text: &str) -> Result<f64, Trouble> {
    let conf = field == NumberField::Conf;
    let wrong = || {
        let example = if conf { "write it as 0.5" } else { "write it as 800, 1.5k or 2M" };
        let message =
            if text.is_empty() { "there is no number".to_owned() } else { format!("{} is no number", quoted(text)) };
        Trouble::new(message, example)
    };
    let (digits, factor) = match text.strip_suffix(['k', 'K']) {
        _ if conf => (text, 1.0),
        Some(digits) => (digits, 1e3),
        None => text.strip_suffix(['m', 'M']).map_or((text, 1.0), |digits| (digits, 1e6)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return Err(wrong());
    }
    let number = digits.parse::<f64>().map_err(|_| wrong())? * factor;
    if conf && number > 1.0 {
        return Err(Trouble::new(format!("{} is no confidence", quoted(text)), "confidence goes from 0 to 1"));
    }
    if number.is_finite() { Ok(number) } else { Err(wrong()) }
}

/// Without a sign an age is an upper bound: `age:30d` is the last thirty days.
fn age(text: &str) -> Result<Expr, Trouble> {
    if let Some(range) = range(text, read_age, Term::Age) {
        return range;
    }
    match compare(text) {
        (Some(Compare::Equal), _) => {
            Err(Trouble::new("an age is never met to the millisecond", "write a range: age:29d..31d"))
        }
        (sign, rest) => Ok(Expr::Term(Term::Age(sign.unwrap_or(Compare::AtMost), read_age(rest)?))),
    }
}

/// The milliseconds of `30d`, `2w` or `6mo`: a whole number and a unit, as in `age:`. `None` when it is none.
pub fn span(text: &str) -> Option<EpochMs> {
    read_age(text).ok()
}

fn read_age(text: &str) -> Result<EpochMs, Trouble> {
    let hint = "write a whole number and a unit: 30m, 12h, 30d, 2w, 6mo or 1y";
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (digits, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    let wrong = || {
        let message = match (digits.is_empty(), unit.is_empty()) {
            (true, true) => "there is no age".to_owned(),
            (false, true) => format!("{} has no unit", quoted(text)),
            _ => format!("{} is no age", quoted(text)),
        };
        Trouble::new(message, hint)
    };
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let count: EpochMs = if digits.is_empty() { return Err(wrong()) } else { digits.parse().map_err(|_| wrong())? };
    count.checked_mul(*length).ok_or_else(|| Trouble::new(format!("{} is too long", quoted(text)), hint))
}

fn created(text: &str, here: Here) -> Result<Expr, Trouble> {
    let term = |from, to| Ok(Expr::Term(Term::Created(from, to)));
    if text == "*" {
        return term(EpochMs::MIN, EpochMs::MAX);
    }
    let read = |text: &str| {
        here.period(text).ok_or_else(|| {
            let message =
                if text.is_empty() { "there is no date".to_owned() } else { format!("{} is no date", quoted(text)) };
            Trouble::new(message, "write it as 2026, 2026-10, 2026-10-05, today or yesterday, with a <, <=, > or >= before it, or as a range a..b")
        })
    };
    let Some((from, to)) = text.split_once("..") else {
        let (sign, rest) = compare(text);
        let (from, to) = read(rest)?;
        // A date is a period: what is later begins when all of it is over.
        return match sign {
            None | Some(Compare::Equal) => term(from, to),
            Some(Compare::Less) => term(EpochMs::MIN, from),
            Some(Compare::AtMost) => term(EpochMs::MIN, to),
            Some(Compare::AtLeast) => term(from, EpochMs::MAX),
            Some(Compare::More) => term(to, EpochMs::MAX),
        };
    };
    let from = if from.is_empty() { None } else { Some(read(from)?.0) };
    let to = if to.is_empty() { None } else { Some(read(to)?.1) };
    match (from, to) {
        (None, None) => Err(Trouble::new("the range has no end", "write it as from..to, from.. or ..to")),
        (Some(from), Some(to)) if from >= to => Err(Trouble::new("the range ends before it begins", "swap its ends")),
        (from, to) => term(from.unwrap_or(EpochMs::MIN), to.unwrap_or(EpochMs::MAX)),
    }
}
