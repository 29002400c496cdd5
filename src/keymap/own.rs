//! Reading a table of keys: the default one, and a person's own over it, with every mistake in it.

use std::{collections::HashMap, fmt};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Keymap, Mode, Press, suggestion};
use crate::action::Action;

/// Something in a table of keys that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// The lines on which rows of a person's own table stand.
type Lines = HashMap<(Mode, Action), usize>;

/// Lays a person's own table over the default one.
pub(super) fn lay_over(map: &mut Keymap, own: &str) -> Vec<Mistake> {
    let known = map.clone();
    let mut reading = Reading::of(map, own, &known);
    reading.table();
    let Reading { lines, mut mistakes, .. } = reading;
    if mistakes.is_empty() {
        mistakes = conflicts(map, &lines);
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    mistakes
}

/// Reads the default table, which every start waits for. It is written so plainly that no TOML has to be read: a line is
/// `[mode]`, or `action = ["key", "key"]`, or says nothing. That TOML finds the same in it, and no mistake, is tested.
pub(super) fn lay_first(map: &mut Keymap, source: &str) {
    let mut mode = None;
    for line in source.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            mode = Mode::named(name);
        } else if let (Some(mode), Some((name, keys))) = (mode, line.split_once(" = "))
            && let Some(action) = Action::named(name)
        {
            let keys = keys.split('"').skip(1).step_by(2);
            map.put(mode, action, keys.filter_map(|key| key.parse().ok()).collect());
        }
    }
}

struct Reading<'a> {
    map: &'a mut Keymap,
    source: &'a str,
    /// The table in which a mode knows what can be done in it.
    known: &'a Keymap,
    lines: Lines,
    /// Where each line of the source begins.
    begins: Vec<usize>,
    mistakes: Vec<Mistake>,
}

impl<'a> Reading<'a> {
    fn of(map: &'a mut Keymap, source: &'a str, known: &'a Keymap) -> Self {
        let ends = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let begins = std::iter::once(0).chain(ends).collect();
        Self { map, source, known, lines: Lines::new(), begins, mistakes: Vec::new() }
    }

    fn mistake(&mut self, at: usize, reason: String) {
        self.mistakes.push(Mistake { line: self.line(at), reason });
    }

    fn line(&self, at: usize) -> usize {
        self.begins.partition_point(|begin| *begin <= at)
    }

    fn table(&mut self) {
        let table = match DeTable::parse(self.source) {
            Ok(table) => table,
            Err(error) => {
                let reason = error.message().lines().collect::<Vec<_>>().join(", ");
                return self.mistake(error.span().map_or(0, |span| span.start), reason);
            }
        };
        for (name, rows) in table.get_ref() {
            let at = name.span().start;
            let Some(mode) = Mode::named(name.get_ref()) else {
                let hint = suggestion(name.get_ref(), Mode::ALL.iter().map(|mode| mode.name()));
                self.mistake(at, format!("[{}]: no such mode{hint}", name.get_ref().escape_debug()));
                continue;
            };
            let Some(rows) = rows.get_ref().as_table() else {
                self.mistake(at, format!("`{mode}` is a mode; write [{mode}] and below it actions and their keys"));
                continue;
            };
            for (action, keys) in rows {
                match self.row(mode, action.get_ref(), keys) {
                    Ok((action_of_row, presses)) => {
                        self.lines.insert((mode, action_of_row), self.line(action.span().start));
                        self.map.put(mode, action_of_row, presses);
                    }
                    Err(reason) => {
                        let name = action.get_ref().escape_debug().to_string();
                        self.mistake(action.span().start, format!("[{mode}] {name}: {reason}"));
                    }
                }
            }
        }
    }

    fn row(&self, mode: Mode, name: &str, keys: &Spanned<DeValue<'_>>) -> Result<(Action, Vec<Press>), String> {
        let action = Action::named(name).ok_or_else(|| {
            format!("no such action{}", suggestion(name, Action::ALL.iter().map(|action| action.name())))
        })?;
        if !self.known.knows(mode, action) {
            let modes: Vec<String> = self.known.modes(action).map(|mode| format!("[{mode}]")).collect();
            return Err(format!("it does nothing here; it works in {}", modes.join(", ")));
        }
        let keys = match keys.get_ref() {
            DeValue::String(key) => vec![key.as_ref()],
            DeValue::Array(keys) => keys
                .iter()
                .map(|key| key.get_ref().as_str().ok_or("keys are texts in quotes"))
                .collect::<Result<Vec<_>, _>>()?,
            _ => return Err("a list of keys is expected, for example [\"j\", \"down\"]".to_owned()),
        };
        let presses = keys.into_iter().map(str::parse::<Press>).collect::<Result<Vec<_>, _>>()?;
        if let Some(press) = presses.iter().find(|press| mode.types() && press.is_text()) {
            return Err(format!("`{press}` is typed into the field here; choose a key that is no character"));
        }
        Ok((action, presses))
    }
}

/// Keys that would do two things in one mode.
fn conflicts(map: &Keymap, lines: &Lines) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = Vec::new();
    for &mode in Mode::ALL {
        let mut seen: HashMap<Press, (Mode, Action)> = HashMap::new();
        for (from, action, keys) in map.all_rows(mode) {
            for &press in keys {
                let Some((other_from, other)) = seen.insert(press, (from, action)) else { continue };
                if stands_for(action, other) {
                    continue;
                }
                // The row that the person wrote is the one to name first.
                let mine = lines.get(&(from, action));
                let theirs = lines.get(&(other_from, other));
                let (line, (at, first), (at_other, second)) = match (mine, theirs) {
                    (Some(line), _) => (*line, (from, action), (other_from, other)),
                    (None, line) => (line.copied().unwrap_or(1), (other_from, other), (from, action)),
                };
                let first = first.name();
                let reason = match second.name() {
                    second if second == first => format!("[{at}] {first}: `{press}` stands there twice"),
                    second => format!(
                        "[{at}] {first}: `{press}` is already the key of `{second}` in [{at_other}]; give one of them \
                         another key"
                    ),
                };
                // A conflict between global keys shows up in every mode.
                let mistake = Mistake { line, reason };
                if !found.contains(&mistake) {
                    found.push(mistake);
                }
            }
        }
    }
    found
}

/// An action that is the narrower form of another one may take its key; so may a verdict on a proposal, where one is read.
fn stands_for(narrow: Action, wide: Action) -> bool {
    matches!(
        (narrow, wide),
        (Action::UndoOperation, Action::Undo)
            | (Action::NextPiece, Action::NextPane)
            | (Action::PreviousPiece, Action::PreviousPane)
            | (Action::RejectBecause, Action::Refresh)
            | (Action::Snooze, Action::Review)
    )
}
