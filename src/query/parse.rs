//! The parser: a list of tokens becomes a filter.
//!
//! ```text
//! query     = part { "OR" part }
//! part      = condition { ["AND"] condition }
//! condition = { "-" | "NOT" } ( "(" query ")" | word | phrase | key ":" value { "," value } )
//! ```

use std::ops::Range;

use super::{
    BadQuery, Expr,
    calendar::{Here, Zone},
    error::{Fault, Trouble, quoted},
    fields::{FIELDS, Field, OPERATION_FIELDS, Takes},
    lex::{Item, Keyed, Kind, Token, tokens},
    suggest::closest,
    value::value,
};
use crate::memory::EpochMs;

/// More parentheses within each other than anybody writes, few enough for any stack.
const DEEPEST: usize = 50;

/// The filter of a text, in normal form. `now` and `zone` (the person's calendar) say which days `today`
/// and `2026-10` are.
///
/// # Errors
/// What is wrong, where, and what to write instead.
pub fn parse(query: &str, now: EpochMs, zone: impl Into<Zone>) -> Result<Expr, BadQuery> {
    whole(query, &FIELDS, Here { now, zone: zone.into() })
}

/// The filter of a text over operations of the log, see [`OPERATION_FIELDS`].
///
/// # Errors
/// As [`parse`].
pub fn parse_operations(query: &str, now: EpochMs, zone: impl Into<Zone>) -> Result<Expr, BadQuery> {
    whole(query, &OPERATION_FIELDS, Here { now, zone: zone.into() })
}

fn whole(query: &str, fields: &'static [Field], here: Here) -> Result<Expr, BadQuery> {
    let mut parser = Parser::new(query, fields, here, false);
    parser.query().map(Expr::normalised).map_err(|fault| fault.in_query(query))
}

/// What an unfinished text means so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial {
    /// The filter without the condition at the end that is not understood yet.
    pub expr: Expr,
    /// That condition's place and what it lacks; `None` when the text is a whole query.
    pub left_out: Option<BadQuery>,
}

/// The filter of a text that is still being typed: a condition at its very end that cannot be understood (yet) is
/// left out, and open parentheses are closed.
///
/// # Errors
/// What is wrong before the end.
pub fn parse_partial(query: &str, now: EpochMs, zone: impl Into<Zone>) -> Result<Partial, BadQuery> {
    let mut parser = Parser::new(query, &FIELDS, Here { now, zone: zone.into() }, true);
    let expr = parser.query().map(Expr::normalised).map_err(|fault| fault.in_query(query))?;
    Ok(Partial { expr, left_out: parser.left_out.map(|fault| fault.in_query(query)) })
}

struct Parser<'a> {
    query: &'a str,
    fields: &'static [Field],
    tokens: Vec<Token>,
    at: usize,
    here: Here,
    /// Whether faults at the end are left out instead of reported.
    forgiving: bool,
    left_out: Option<Fault>,
    /// Where `as-of:` stands, each time.
    as_of: Vec<Range<usize>>,
}

impl<'a> Parser<'a> {
    fn new(query: &'a str, fields: &'static [Field], here: Here, forgiving: bool) -> Self {
        Self { query, fields, tokens: tokens(query, fields), at: 0, here, forgiving, left_out: None, as_of: Vec::new() }
    }

    fn query(&mut self) -> Result<Expr, Fault> {
        if self.tokens.is_empty() {
            return Ok(Expr::All);
        }
        let expr = self.either(0)?;
        match self.tokens.get(self.at) {
            Some(token) => {
                let fault = Trouble::new("this `)` closes nothing", "leave it out, or put the text in quotes");
                let fault = fault.at(token.span.clone());
                self.forgive(fault).map(|()| expr)
            }
            None => self.one_list(expr),
        }
    }

    /// One list is asked for, for all of the filter.
    fn one_list(&mut self, expr: Expr) -> Result<Expr, Fault> {
        let Some(last) = self.as_of.last().cloned() else { return Ok(expr) };
        if self.as_of.len() == 1 && expr.clone().normalised().as_of().is_some() {
            return Ok(expr);
        }
        let hint = "write it once, beside the other conditions: as-of:3d scope:api word";
        self.forgive(Trouble::new("`as-of:` says which list is meant, for all of the filter", hint).at(last))?;
        Ok(expr.without_as_of())
    }

    /// Alternatives.
    fn either(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut parts = Vec::new();
        parts.extend(self.all(depth)?);
        while matches!(self.kind(), Some(Kind::Or)) {
            let or = self.span();
            self.at += 1;
            if let Some(part) = self.all(depth)? {
                parts.push(part);
            } else {
                let fault = self.nothing_behind(or);
                self.forgive(fault)?;
            }
        }
        Ok(one_or(parts, Expr::Or))
    }

    /// Conditions side by side; `None` when there are none.
    fn all(&mut self, depth: usize) -> Result<Option<Expr>, Fault> {
        let mut parts = Vec::new();
        let mut and = None;
        loop {
            match self.kind() {
                Some(Kind::Or | Kind::And) if parts.is_empty() || and.is_some() => {
                    let fault = match and.take() {
                        Some(and) => self.nothing_behind(and),
                        None => self.nothing_before(),
                    };
                    self.forgive(fault)?;
                }
                None | Some(Kind::Close | Kind::Or) => break,
                Some(Kind::And) => {
                    and = Some(self.span());
                    self.at += 1;
                }
                Some(_) => {
                    and = None;
                    match self.condition(depth) {
                        Ok(part) => parts.push(part),
                        Err(fault) => self.forgive(fault)?,
                    }
                }
            }
        }
        if let Some(span) = and {
            let fault = self.nothing_behind(span);
            self.forgive(fault)?;
        }
        Ok((!parts.is_empty()).then(|| one_or(parts, Expr::And)))
    }

    fn condition(&mut self, depth: usize) -> Result<Expr, Fault> {
        let mut excluded = false;
        loop {
            let span = self.span();
            match self.kind() {
                Some(Kind::Dash) => {
                    self.at += 1;
                    if self.kind().is_none() || self.span().start != span.end {
                        let hint = "write it directly before what it excludes: -word";
                        return Err(Trouble::new("this `-` excludes nothing", hint).at(span));
                    }
                }
                Some(Kind::Not) => self.at += 1,
                Some(Kind::Open | Kind::Text(_) | Kind::Keyed(_)) => break,
                Some(Kind::Close | Kind::Or | Kind::And) | None => {
                    return Err(self.nothing_behind(self.before().unwrap_or(span)));
                }
            }
            excluded = !excluded;
        }
        let expr = self.single(depth)?;
        Ok(if excluded { Expr::Not(Box::new(expr)) } else { expr })
    }

    fn single(&mut self, depth: usize) -> Result<Expr, Fault> {
        let at = self.at;
        if matches!(self.kind(), Some(Kind::Open)) {
            return self.group(depth);
        }
        self.at += 1;
        let next = self.tokens.get(self.at).filter(|token| matches!(token.kind, Kind::Open)).map(|t| t.span.start);
        match self.tokens.get(at) {
            Some(Token { kind: Kind::Text(item), .. }) => text(item).map_err(|trouble| trouble.at(item.span.clone())),
            Some(Token { kind: Kind::Keyed(keyed), span }) => {
                if keyed.items.last().is_some_and(|item| item.pieces.is_empty() && next == Some(item.span.end)) {
                    let key = self.query.get(keyed.key.clone()).unwrap_or_default();
                    let hint = format!("separate values by commas: {key}:one,two");
                    return Err(Trouble::new("values take no parentheses", hint).at(span.clone()));
                }
                if keyed.field.is_some_and(|field| field.takes == Takes::AsOf) {
                    self.as_of.push(span.clone());
                }
                let (parts, fault) = values(keyed, self.query, self.fields, self.here);
                match fault {
                    Some(fault) if parts.is_empty() => return Err(fault),
                    Some(fault) => self.forgive(fault)?,
                    None => {}
                }
                Ok(one_or(parts, Expr::Or))
            }
            _ => Ok(Expr::All),
        }
    }

    fn group(&mut self, depth: usize) -> Result<Expr, Fault> {
        let open = self.span();
        self.at += 1;
        if depth >= DEEPEST {
            return Err(
                Trouble::new(format!("more than {DEEPEST} parentheses within each other"), "leave some out").at(open)
            );
        }
        if matches!(self.kind(), Some(Kind::Close)) {
            let span = open.start..self.span().end;
            self.at += 1;
            return Err(
                Trouble::new("there is nothing in these parentheses", "put text to search for in quotes").at(span)
            );
        }
        let expr = self.either(depth + 1)?;
        if matches!(self.kind(), Some(Kind::Close)) {
            self.at += 1;
            return Ok(expr);
        }
        let whole = open.start..self.query.len();
        let fault = Trouble::new("this `(` is not closed", "end it with a `)`");
        if self.forgiving {
            self.left_out.get_or_insert(fault.at(whole));
            return Ok(expr);
        }
        Err(fault.at(open))
    }

    fn kind(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    /// Where the present token stands, or the end of the query.
    fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.query.len()..self.query.len(), |token| token.span.clone())
    }

    fn before(&self) -> Option<Range<usize>> {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.span.clone())
    }

    fn nothing_behind(&self, span: Range<usize>) -> Fault {
        let joint = self.query.get(span.clone()).unwrap_or_default();
        Trouble::new(format!("nothing stands behind this `{joint}`"), literally(joint)).at(span)
    }

    fn nothing_before(&self) -> Fault {
        let span = self.span();
        let joint = self.query.get(span.clone()).unwrap_or_default();
        Trouble::new(format!("nothing stands before this `{joint}`"), literally(joint)).at(span)
    }

    /// Leaves a fault at the end of the query out, if that is wanted, and goes to the end.
    fn forgive(&mut self, fault: Fault) -> Result<(), Fault> {
        if !self.forgiving || fault.span.end < self.query.trim_end().len() {
            return Err(fault);
        }
        self.left_out.get_or_insert(fault);
        self.at = self.tokens.len();
        Ok(())
    }
}

fn one_or(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.len() {
        0 => Expr::All,
        1 => parts.swap_remove(0),
        _ => join(parts),
    }
}

/// A free word, with a star at its end the beginning of one; a lone star is everything.
fn text(item: &Item) -> Result<Expr, Trouble> {
    if item.is_open() {
        return Err(Trouble::new("the quote is not closed", "end it with a `\"`"));
    }
    let whole = item.text();
    let is_quoted = item.pieces.first().is_some_and(|piece| piece.quoted);
    let has_star = item.pieces.last().is_some_and(|piece| !piece.quoted && piece.text.ends_with('*'));
    let plain = if has_star { whole.strip_suffix('*').unwrap_or(&whole) } else { &whole };
    if has_star && plain.is_empty() && !is_quoted {
        return Ok(Expr::All);
    }
    if !is_quoted && plain.contains('*') {
        let hint = "it stands only at the end of a word; to search for the text put it in quotes";
        return Err(Trouble::new("a `*` cannot stand here", hint));
    }
    if !plain.chars().any(char::is_alphanumeric) {
        let hint = "texts are searched by words, which are made of letters and digits";
        return Err(Trouble::new(format!("there is no word in {}", quoted(&whole)), hint));
    }
    Ok(Expr::text(plain, has_star))
}

/// The conditions that the values of a key make, up to the first that is wrong.
fn values(keyed: &Keyed, query: &str, fields: &[Field], here: Here) -> (Vec<Expr>, Option<Fault>) {
    let Some(field) = keyed.field else { return (Vec::new(), Some(unknown_key(keyed, query, fields))) };
    let mut parts = Vec::new();
    for item in &keyed.items {
        match value(field, item, here) {
            Ok(part) => parts.push(part),
            Err(trouble) => {
                let start = if item.pieces.is_empty() { keyed.key.start } else { item.span.start };
                return (parts, Some(trouble.at(start..item.span.end)));
            }
        }
    }
    (parts, None)
}

/// The whole condition is the fault's place, so that one at the end of the query counts as unfinished.
fn unknown_key(keyed: &Keyed, query: &str, fields: &[Field]) -> Fault {
    let end = keyed.items.last().map_or(keyed.key.end + 1, |item| item.span.end);
    let whole = query.get(keyed.key.start..end).unwrap_or_default();
    let key = query.get(keyed.key.clone()).unwrap_or_default();
    let hint = match closest(key, fields.iter().map(|field| field.name)) {
        Some(name) => format!("did you mean `{name}:`?"),
        None => format!("to search for the text put it in quotes: \"{}\"", whole.replace(['"', '\\'], "")),
    };
    Trouble::new(format!("there is no key {}", quoted(&format!("{key}:"))), hint).at(keyed.key.start..end)
}

fn literally(joint: &str) -> String {
    if !joint.chars().any(char::is_alphabetic) {
        return "to search for such text put it in quotes together with a word".to_owned();
    }
    format!("to search for the word put it in quotes: \"{}\"", joint.to_lowercase())
}
