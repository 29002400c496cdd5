//! The file as lines: what memories are in it, where they stand, and how they are taken out and put in.

use std::{collections::HashSet, ops::Range, sync::Arc};

use sha2::{Digest as _, Sha256};

use super::line::{self, Entity, Said, Triple};
use crate::store::lines::{Lines, MARK};

/// Bytes of a name that is readable in an id.
const READABLE: usize = 80;

/// Lines that one broken line may have become.
const LONGEST_RUN: usize = 8;

/// What makes a memory the same as another one: the file has no ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    /// An entity by its name.
    Entity(String),
    /// A fact by the name of its entity and its text.
    Observation(String, String),
    Relation(Triple),
    /// Lines that say neither, by their bytes.
    Line(Vec<u8>),
}

impl Item {
    /// The kind of memory.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Entity(_) => "entity",
            Self::Observation(..) => "observation",
            Self::Relation(_) => "relation",
            Self::Line(_) => "line",
        }
    }

    /// The memory's name inside the store: stays while what makes it the same does.
    pub(super) fn native(&self) -> String {
        let name = match self {
            Self::Entity(name) if is_plain(name) => name.clone(),
            Self::Entity(name) => sum(&[name.as_bytes()]),
            Self::Observation(entity, text) => sum(&[entity.as_bytes(), text.as_bytes()]),
            Self::Relation(Triple { from, kind, to }) => sum(&[from.as_bytes(), kind.as_bytes(), to.as_bytes()]),
            Self::Line(text) => sum(&[text]),
        };
        format!("{}/{name}", self.kind())
    }
}

fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= READABLE && name.bytes().all(plain)
}

fn sum(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let first = hash.finalize().first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
    format!("{first:016x}")
}

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: Vec<u8>,
    /// What ends it: a line feed, with or without a carriage return; nothing at the end of a file that ends without.
    pub(super) end: Vec<u8>,
    pub(super) said: Said,
    /// Its text when the file was read.
    pub(super) was: Arc<[u8]>,
    /// Which line of the file it was then.
    pub(super) then: Option<usize>,
}

impl Line {
    pub(super) fn new(text: Vec<u8>, end: Vec<u8>, then: Option<usize>) -> Self {
        Self { said: line::read(&text), was: text.clone().into(), text, end, then }
    }

    /// Gives it another text.
    pub(super) fn set(&mut self, text: Vec<u8>) {
        self.said = line::read(&text);
        self.text = text;
    }

    /// The entity it is about, if it is about that one.
    pub(super) fn entity(&self, name: &str) -> Option<&Entity> {
        match &self.said {
            Said::Entity(entity) if entity.name == name => Some(entity),
            _ => None,
        }
    }
}

/// The file.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    head: Vec<u8>,
    pub(super) lines: Vec<Line>,
    /// Whether the last line has an end.
    pub(super) ends: bool,
    /// The lines when it was read.
    pub(super) then: Arc<Lines>,
}

impl Graph {
    /// Takes a file apart.
    pub(super) fn read(file: &[u8]) -> Self {
        let (head, body) = match file.strip_prefix(MARK) {
            Some(body) => (MARK.to_vec(), body),
            None => (Vec::new(), file),
        };
        let lines = body.split_inclusive(|byte| *byte == b'\n').enumerate().map(|(at, line)| {
            let length =
                line.strip_suffix(b"\n").map_or(line.len(), |text| text.strip_suffix(b"\r").unwrap_or(text).len());
            let (text, end) = line.split_at(length);
            Line::new(text.to_vec(), end.to_vec(), Some(at))
        });
        let mut graph = Self { head, lines: lines.collect(), ends: body.ends_with(b"\n"), then: Arc::default() };
        graph.then = Arc::new(graph.numbers());
        graph
    }

    /// Whether the file begins with a byte order mark.
    pub(super) fn is_marked(&self) -> bool {
        !self.head.is_empty()
    }

    /// The file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut file = self.head.clone();
        let usual: &[u8] =
            self.lines.iter().map(|line| line.end.as_slice()).find(|end| !end.is_empty()).unwrap_or(b"\n");
        for (at, line) in self.lines.iter().enumerate() {
            file.extend_from_slice(&line.text);
            // A last line that is empty is only there by its end.
            if at + 1 < self.lines.len() || self.ends || line.text.is_empty() {
                file.extend_from_slice(if line.end.is_empty() { usual } else { &line.end });
            }
        }
        file
    }

    /// The lines as they are now. That of an entity stays the same whatever is learned or forgotten of it.
    pub(super) fn numbers(&self) -> Lines {
        Lines::each(self.lines.iter().map(|line| match &line.said {
            Said::Entity(entity) if !entity.name.trim().is_empty() => entity.name.as_bytes(),
            _ => line.text.as_slice(),
        }))
    }

    /// Every memory once, an entity followed by what is known of it, in the order of the file.
    pub(super) fn items(&self) -> Vec<(Item, usize)> {
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            let of_line = match &line.said {
                Said::Blank => continue,
                Said::Entity(entity) => {
                    let observations = entity.observations.iter();
                    let each = observations.map(|it| Item::Observation(entity.name.clone(), it.text.clone()));
                    std::iter::once(Item::Entity(entity.name.clone())).chain(each).collect()
                }
                Said::Relation(relation) => vec![Item::Relation(relation.triple.clone())],
                Said::Unreadable(_) => vec![Item::Line(line.text.clone())],
            };
            items.extend(of_line.into_iter().filter(|item| seen.insert(item.clone())).map(|item| (item, at)));
        }
        items
    }

    /// Every line, and every few lines in a row, as what a line may have become when it was repaired.
    pub(super) fn runs(&self) -> Vec<Item> {
        let texts: Vec<&[u8]> = self.lines.iter().map(|line| line.text.as_slice()).collect();
        let runs = (1..=LONGEST_RUN).flat_map(|length| texts.windows(length));
        runs.map(|run| Item::Line(run.join(&b'\n'))).collect()
    }

    /// The lines of a memory that has lines of its own. What was one line may have become several by an edit.
    pub(super) fn places(&self, item: &Item) -> Vec<Range<usize>> {
        let wanted = |test: &dyn Fn(&Line) -> bool| {
            let lines = self.lines.iter().enumerate().filter(|(_, line)| test(line));
            lines.map(|(at, _)| at..at + 1).collect()
        };
        match item {
            Item::Entity(name) => wanted(&|line| line.entity(name).is_some()),
            Item::Relation(triple) => {
                wanted(&|line| matches!(&line.said, Said::Relation(relation) if relation.triple == *triple))
            }
            Item::Line(text) => {
                let parts: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
                let is_it = |lines: &[Line]| lines.iter().zip(&parts).all(|(line, part)| line.text == *part);
                let mut found: Vec<Range<usize>> = Vec::new();
                for (at, lines) in self.lines.windows(parts.len()).enumerate() {
                    if is_it(lines) && found.last().is_none_or(|last| last.end <= at) {
                        found.push(at..at + parts.len());
                    }
                }
                // Not written yet, it is one line still.
                if found.is_empty() { wanted(&|line| line.text == *text) } else { found }
            }
            Item::Observation(..) => Vec::new(),
        }
    }

    /// Where a fact stands: the line and the place in its list.
    pub(super) fn facts(&self, entity: &str, text: &str) -> Vec<(usize, usize)> {
        let lines = self.lines.iter().enumerate().filter_map(|(at, line)| Some((at, line.entity(entity)?)));
        let facts = lines.flat_map(|(at, entity)| {
            let these = entity.observations.iter().enumerate().filter(|(_, it)| it.text == text);
            these.map(move |(place, _)| (at, place))
        });
        facts.collect()
    }

    /// The relations of an entity.
    pub(super) fn relations_of(&self, name: &str) -> Vec<usize> {
        let touches = |line: &Line| match &line.said {
            Said::Relation(relation) => relation.triple.from == name || relation.triple.to == name,
            _ => false,
        };
        self.lines.iter().enumerate().filter(|(_, line)| touches(line)).map(|(at, _)| at).collect()
    }

    /// How often a memory stands in the file.
    pub(super) fn copies(&self, item: &Item) -> usize {
        match item {
            Item::Observation(entity, text) => self.facts(entity, text).len(),
            _ => self.places(item).len(),
        }
    }

    /// Takes one fact out of a line.
    pub(super) fn take_fact(&mut self, (at, place): (usize, usize)) {
        if let Some(line) = self.lines.get_mut(at)
            && let Said::Entity(entity) = &line.said
        {
            let text = entity.without(&line.text, place);
            line.set(text);
        }
    }

    /// Takes lines out, given in the order of the file.
    pub(super) fn take_lines(&mut self, places: &[Range<usize>]) {
        for place in places.iter().rev() {
            if place.end <= self.lines.len() {
                self.lines.drain(place.clone());
            }
        }
    }

    /// Takes a memory out, all copies of it: an entity with its relations, as its product does.
    pub(super) fn take_out(&mut self, item: &Item) {
        let mut places = self.places(item);
        match item {
            Item::Observation(entity, text) => {
                self.facts(entity, text).into_iter().rev().for_each(|fact| self.take_fact(fact));
            }
            Item::Entity(name) => {
                places.extend(self.relations_of(name).into_iter().map(|at| at..at + 1));
                places.sort_unstable_by_key(|place| place.start);
            }
            Item::Relation(_) | Item::Line(_) => {}
        }
        self.take_lines(&places);
    }
}
