//! Writes a filter as text that parses back to it.

use std::fmt::{self, Write as _};

use super::{
    Compare, Expr, Pattern, Term,
    calendar::{Zone, boundary},
    value::UNITS,
};
use crate::memory::EpochMs;

/// The filter in words of the language. Parsed again, anywhere, it is the same filter: dates are written in UTC.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(self, None))
    }
}

impl Expr {
    /// The filter in words of the language, with dates as days of that time zone wherever they are whole days. It
    /// parses back to the same filter in the same zone.
    pub fn in_zone(&self, zone: impl Into<Zone>) -> String {
        text_of(self, Some(zone.into()))
    }
}

impl Compare {
    /// The sign that stands for it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }
}

fn text_of(expr: &Expr, zone: Option<Zone>) -> String {
    let mut printer = Printer { out: String::new(), zone };
    if *expr != Expr::All {
        printer.expr(expr, Place::Top);
    }
    printer.out
}

/// What an expression stands in.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    Or,
    And,
    Not,
}

struct Printer {
    out: String,
    zone: Option<Zone>,
}

impl Printer {
    fn expr(&mut self, expr: &Expr, place: Place) {
        match expr {
            Expr::All => self.out.push('*'),
            Expr::Not(part) => {
                self.out.push('-');
                self.expr(part, Place::Not);
            }
            Expr::And(parts) if parts.is_empty() => self.out.push('*'),
            Expr::Or(parts) if parts.is_empty() => self.out.push_str("-*"),
            Expr::And(parts) => {
                let bracketed = place == Place::Not;
                self.joined(parts, " ", Place::And, bracketed);
            }
            Expr::Or(parts) if self.list(parts) => {}
            Expr::Or(parts) => {
                let bracketed = place != Place::Top;
                self.joined(parts, " OR ", Place::Or, bracketed);
            }
            Expr::Term(term) => self.term(term),
        }
    }

    fn joined(&mut self, parts: &[Expr], between: &str, place: Place, bracketed: bool) {
        if bracketed {
            self.out.push('(');
        }
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                self.out.push_str(between);
            }
            self.expr(part, place);
        }
        if bracketed {
            self.out.push(')');
        }
    }

    /// Values of one key: `kind:bugfix,decision`. Says whether the parts are that.
    fn list(&mut self, parts: &[Expr]) -> bool {
        let term =
            |part: &Expr| if let Expr::Term(term) = part { key(term).map(|key| (key, term.clone())) } else { None };
        let Some(terms) = parts.iter().map(term).collect::<Option<Vec<_>>>() else { return false };
        let Some((first, _)) = terms.first().cloned() else { return false };
        if terms.iter().any(|(key, _)| *key != first) {
            return false;
        }
        self.out.push_str(first);
        for (position, (_, term)) in terms.iter().enumerate() {
            self.out.push(if position == 0 { ':' } else { ',' });
            self.value(term);
        }
        true
    }

    fn term(&mut self, term: &Term) {
        if let Some(key) = key(term) {
            self.out.push_str(key);
            self.out.push(':');
        }
        self.value(term);
    }

    fn value(&mut self, term: &Term) {
        match term {
            Term::Name(field, Pattern::Exact(text)) if field.is_word() && !text.is_empty() => {
                self.quoted_if_needed(text);
            }
            Term::Name(_, pattern) => self.pattern(pattern),
            Term::Number(_, compare, bound) => self.write(format_args!("{}{bound}", compare.sign())),
            Term::Age(compare, bound) => self.age(*compare, *bound),
            Term::Created(from, to) => self.created(*from, *to),
            Term::Bucket(bucket) => self.out.push_str(bucket.name()),
            Term::Is(flag) => self.out.push_str(flag.name()),
            Term::Has(has) => self.out.push_str(has.name()),
            Term::Word(word, prefix) => self.word(word, *prefix),
            Term::Phrase(phrase) => self.quoted(phrase),
            Term::Like(id) => self.quoted_if_needed(id),
            Term::AsOf(then) => self.out.push_str(&then.words(self.zone)),
        }
    }

    fn word(&mut self, word: &str, prefix: bool) {
        if !prefix && matches!(word, "OR" | "AND" | "NOT") {
            self.quoted(word);
        } else {
            self.out.push_str(word);
        }
        if prefix {
            self.out.push('*');
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Contains(text) => self.quoted_if_needed(text),
            Pattern::Exact(text) => {
                self.out.push('=');
                self.quoted_if_needed(text);
            }
            Pattern::Glob(text) => {
                for (position, piece) in text.split('*').enumerate() {
                    if position > 0 {
                        self.out.push('*');
                    }
                    if !piece.is_empty() {
                        self.quoted_if_needed(piece);
                    }
                }
            }
        }
    }

    /// In the longest of the units that a person reads at a glance.
    fn age(&mut self, compare: Compare, bound: EpochMs) {
        let units = UNITS.iter().filter(|(name, _)| !matches!(*name, "y" | "mo" | "w"));
        let exact = units.into_iter().find(|(name, length)| *name == "ms" || bound % length == 0);
        if let Some((name, length)) = exact {
            self.write(format_args!("{}{}{name}", compare.sign(), bound / length));
        }
    }

    fn created(&mut self, from: EpochMs, to: EpochMs) {
        let (from_text, to_text) = (boundary(from, false, self.zone), boundary(to, true, self.zone));
        match (from_text, to_text) {
            (None, None) => self.out.push('*'),
            (Some(from), Some(to)) if from == to => self.out.push_str(&from),
            (from, to) => {
                self.write(format_args!("{}..{}", from.unwrap_or_default(), to.unwrap_or_default()));
            }
        }
    }

    fn quoted_if_needed(&mut self, text: &str) {
        self.out.push_str(&quoted_if_needed(text));
    }

    fn quoted(&mut self, text: &str) {
        self.out.push_str(&quoted(text));
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        // A string takes whatever is written to it.
        let _ = self.out.write_fmt(text);
    }
}

fn key(term: &Term) -> Option<&'static str> {
    match term {
        Term::Name(field, _) => Some(field.name()),
        Term::Number(field, ..) => Some(field.name()),
        Term::Age(..) => Some("age"),
        Term::Created(..) => Some("created"),
        Term::Bucket(_) => Some("bucket"),
        Term::Is(_) => Some("is"),
        Term::Has(_) => Some("has"),
        Term::Like(_) => Some("like"),
        Term::AsOf(_) => Some("as-of"),
        Term::Word(..) | Term::Phrase(_) => None,
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A value as it is written behind a key, in quotes when it holds anything that might mean something there.
pub(super) fn quoted_if_needed(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./@#+~%:".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}
