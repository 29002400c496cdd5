//! `memtui status`: one line for a prompt or a status bar.

use clap::Args;

use super::{
    args::Global,
    base::Base,
    fail::{Done, Failure},
    found::Found,
    open::Session,
    out::Out,
    standing::{LARGE, Remembered},
    times,
};
use crate::{
    engine::Standing,
    ledger::{Ledger, Open},
    memory::EpochMs,
    query::closest,
};

/// `memtui status`.
#[derive(Debug, Args)]
pub struct Status {
    /// What to print: `{new}` captured since the last sitting, `{due}` to be judged, `{left}` in the sitting that was
    /// left before its end, `{stale}`, `{doubtful}` with a confidence under 0.3, `{total}`, `{queue}` proposals that wait for a verdict; `{{` is a
    /// brace
    #[arg(long, value_name = "TEXT", default_value = "{new} new, {due} due, {stale} stale")]
    pub format: String,
}

/// A placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    New,
    Due,
    Left,
    Stale,
    Doubtful,
    Total,
    Queue,
}

impl Count {
    const ALL: [Self; 7] = [Self::New, Self::Due, Self::Left, Self::Stale, Self::Doubtful, Self::Total, Self::Queue];

    const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Due => "due",
            Self::Left => "left",
            Self::Stale => "stale",
            Self::Doubtful => "doubtful",
            Self::Total => "total",
            Self::Queue => "queue",
        }
    }
}

/// A piece of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Count(Count),
}

pub(super) fn run(global: &Global, args: &Status, out: &mut Out) -> Result<Done, Failure> {
    let pieces = parse(&args.format).map_err(Failure::Usage)?;
    let (base, now) = (Base::of(global)?, times::now());
    let found = Found::look(&base, &global.stores)?;
    let queue = if pieces.contains(&Piece::Count(Count::Queue)) { waiting(&base, &found, now) } else { 0 };
    if let Some(known) = Remembered::load(&base, &found.stores, now) {
        return print(&pieces, &known.standing, (known.left, queue), out);
    }
    let mut session = Session::with(global, base.clone(), found)?;
    let standing = session.standing()?;
    let left = session.left_of_sitting()?;
    let done = print(&pieces, &standing, (left, queue), out)?;
    Remembered::keep(&base, session, (standing, left), LARGE, now);
    Ok(done)
}

/// How many proposals wait. Where nothing was ever written down nothing does.
fn waiting(base: &Base, found: &Found, now: EpochMs) -> usize {
    let open = Open::of(found.stores.iter().map(|store| store.about()));
    let mark = Ledger::open_to_read(&base.paths.ledger()).and_then(|ledger| ledger.queue_mark(now, &open));
    mark.map_or(0, |mark| mark.waiting)
}

fn print(pieces: &[Piece], standing: &Standing, kept: (usize, usize), out: &mut Out) -> Result<Done, Failure> {
    let line: String = pieces.iter().map(|piece| said(piece, standing, kept)).collect();
    out.line(&line)?;
    Ok(Done::Well)
}

/// A piece in words; `kept` is what the ledger keeps: memories left of the sitting, proposals that wait.
fn said(piece: &Piece, standing: &Standing, kept: (usize, usize)) -> String {
    // What only a judgement tells is not known before every memory was judged once.
    let judged = |count: usize| if standing.judged { count.to_string() } else { "?".to_owned() };
    match piece {
        Piece::Text(text) => text.clone(),
        Piece::Count(Count::New) => standing.new.to_string(),
        Piece::Count(Count::Due) => standing.due.to_string(),
        Piece::Count(Count::Left) => kept.0.to_string(),
        Piece::Count(Count::Queue) => kept.1.to_string(),
        Piece::Count(Count::Stale) => judged(standing.stale),
        Piece::Count(Count::Doubtful) => judged(standing.doubtful),
        Piece::Count(Count::Total) => standing.total.to_string(),
    }
}

/// Takes a format apart. What is wrong with it, as a sentence.
fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some((text, behind)) = rest.split_once('{') {
        pieces.push(Piece::Text(text.to_owned()));
        if let Some(behind) = behind.strip_prefix('{') {
            pieces.push(Piece::Text("{".to_owned()));
            rest = behind;
            continue;
        }
        let (name, behind) = behind.split_once('}').ok_or_else(|| format!("`{{{behind}` has no closing brace"))?;
        pieces.push(Piece::Count(named(name)?));
        rest = behind;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Ok(pieces)
}

fn named(name: &str) -> Result<Count, String> {
    let known = || Count::ALL.map(Count::name);
    Count::ALL.into_iter().find(|count| count.name() == name).ok_or_else(|| match closest(name, known()) {
        Some(near) => format!("there is no placeholder {{{name}}}; did you mean {{{near}}}?"),
        None => format!("there is no placeholder {{{name}}}; there are {{{}}}", known().join("} {")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_taken_apart() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let count = Piece::Count;
        assert_eq!(
            parse("mem {new}/{due} {{x}"),
            Ok(vec![text("mem "), count(Count::New), text("/"), count(Count::Due), text(" "), text("{"), text("x}")])
        );
        assert_eq!(parse(""), Ok(vec![]));
        assert!(parse("{new").unwrap_err().contains("closing brace"));
        assert!(parse("{neww}").unwrap_err().contains("did you mean {new}"));
        let unknown = parse("{sittings}").unwrap_err();
        assert!(Count::ALL.iter().all(|count| unknown.contains(&format!("{{{}}}", count.name()))), "{unknown}");
    }

    #[test]
    fn what_is_not_judged_yet_is_not_made_up() {
        let standing = Standing { total: 3, new: 3, due: 3, ..Standing::default() };
        let line = |format: &str| -> String {
            parse(format).unwrap().iter().map(|piece| said(piece, &standing, (2, 7))).collect()
        };
        assert_eq!(line("{total} {new} {stale} {doubtful} {left} {queue}"), "3 3 ? ? 2 7");
    }
}
