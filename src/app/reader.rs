//! Reading one memory: which one, how far scrolled, and where the filter's words stand in it.

use std::cell::RefCell;

use ratatui::text::Line;

use super::Veil;
use crate::{
    engine::{Detail, Request},
    memory::{EpochMs, Key},
};

/// A memory laid out for a width; kept until the memory, the width or the words change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// What it was made for.
    pub(crate) made_for: (u64, u16, bool),
    /// Its lines.
    pub(crate) lines: Vec<Line<'static>>,
    /// Lines on which the filter's words stand.
    pub(crate) matches: Vec<usize>,
    /// The addresses of its links, by number.
    pub(crate) links: Vec<(u32, String)>,
}

/// The memory that is read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// The memory, as it came last.
    pub(crate) detail: Option<Box<Detail>>,
    /// The same with its secrets masked, when it holds any that are to be.
    pub(crate) masked: Option<Box<Detail>>,
    /// Whether a person wants to see the secrets of this memory.
    pub(crate) revealed: bool,
    /// Which one is wanted; another answer is late.
    pub(crate) wanted: Option<Key>,
    /// As it stood at this moment; `None`: as it is now.
    then: Option<EpochMs>,
    /// Whether the wanted one is gone.
    pub(crate) gone: bool,
    /// Whether a neighbour is read, not the one under the list's cursor.
    pub(crate) astray: bool,
    /// The first line shown.
    pub(crate) scroll: usize,
    /// Lines in all and lines that fit, as last drawn.
    pub(crate) extent: (usize, usize),
    /// Lines with matches, as last drawn.
    pub(crate) matches: Vec<usize>,
    /// The line of the match that was gone to last, and how far the memory was scrolled for it.
    at_match: Option<(usize, usize)>,
    /// From which line on a match is to be gone to, once the layout is there.
    seek: Option<usize>,
    /// Moves on when the layout has to be made again.
    pub(crate) revision: u64,
    /// The layout, made when drawn.
    pub(crate) layout: RefCell<Layout>,
}

impl Reader {
    /// Asks for a memory, unless it is the one that is read.
    pub(crate) fn want(&mut self, key: Option<Key>) -> Option<Request> {
        if self.wanted == key {
            return None;
        }
        self.wanted = key;
        self.gone = false;
        if key.is_none() {
            self.put(None);
        }
        key.map(|key| Request::Open { key })
    }

    /// Whatever is wanted from now on is wanted as it stood at this moment; `None`: as it is now.
    pub(crate) fn go_to_time(&mut self, then: Option<EpochMs>) {
        if std::mem::replace(&mut self.then, then) != then {
            self.wanted = None;
        }
    }

    /// Asks for the memory again: it may have changed.
    pub(crate) fn again(&self) -> Option<Request> {
        self.wanted.map(|key| Request::Open { key })
    }

    /// A memory has come.
    pub(crate) fn on_memory(&mut self, key: Key, detail: Option<Box<Detail>>, veil: Veil) -> bool {
        if self.wanted != Some(key) {
            return false;
        }
        self.gone = detail.is_none();
        if self.shown() != Some(key) {
            self.scroll = 0;
            self.revealed = false;
        }
        let masked = detail.as_deref().and_then(|detail| veil.detail(detail));
        self.put(detail);
        self.masked = masked;
        true
    }

    fn put(&mut self, detail: Option<Box<Detail>>) {
        self.detail = detail;
        self.masked = None;
        self.revision += 1;
    }

    /// Shows the secrets of this memory, or masks them again.
    pub(crate) fn reveal(&mut self) {
        self.revealed = !self.revealed;
        self.revision += 1;
    }

    /// The memory as it is to be shown.
    pub(crate) fn visible(&self) -> Option<&Detail> {
        self.masked.as_deref().filter(|_| !self.revealed).or(self.detail.as_deref())
    }

    /// The memory that is shown, which may not be the wanted one yet.
    pub(crate) fn shown(&self) -> Option<Key> {
        self.detail.as_ref().map(|detail| detail.memory.row.key)
    }

    /// The wanted memory, once it is there.
    pub(crate) fn current(&self) -> Option<&Detail> {
        self.detail.as_deref().filter(|detail| Some(detail.memory.row.key) == self.wanted)
    }

    /// Scrolls by lines.
    pub(crate) fn step(&mut self, by: isize) {
        let last = self.extent.0.saturating_sub(self.extent.1);
        self.scroll = self.scroll.saturating_add_signed(by).min(last);
    }

    /// Wants the first match from a line on to be shown, once it is known.
    pub(crate) fn seek(&mut self, from: usize) {
        self.seek = Some(from);
        self.at_match = None;
    }

    /// The match that was gone to last: its line, and how far the memory was scrolled for it.
    pub(crate) const fn at_match(&self) -> Option<(usize, usize)> {
        self.at_match
    }

    /// Back to where one was, whatever was looked for meanwhile.
    pub(crate) const fn go_back_to(&mut self, scroll: usize, at_match: Option<(usize, usize)>) {
        self.scroll = scroll;
        self.at_match = at_match;
        self.seek = None;
    }

    /// The memory was drawn: goes to the match that is wanted. Returns whether that scrolled.
    pub(crate) fn drawn(&mut self) -> bool {
        let before = self.scroll;
        if self.current().is_some()
            && let Some(from) = self.seek.take()
        {
            let line = self.matches.iter().copied().find(|line| *line >= from).or(self.matches.first().copied());
            match line {
                Some(line) => self.show_match(line),
                None => self.scroll = from,
            }
        }
        self.step(0);
        self.scroll != before
    }

    /// Goes to the next line with a match, or to the one before, round the ends. Returns which of how many it is.
    pub(crate) fn go_to_match(&mut self, forward: bool) -> Option<(usize, usize)> {
        // What a person has scrolled to counts for more than the match before.
        let here = self.at_match.filter(|(_, scroll)| *scroll == self.scroll).map(|(line, _)| line);
        let beyond = |line: usize| match (here, forward) {
            (Some(here), true) => line > here,
            (Some(here), false) => line < here,
            (None, true) => line >= self.scroll,
            (None, false) => line < self.scroll,
        };
        let mut lines = self.matches.iter().copied();
        let next = if forward {
            lines.find(|line| beyond(*line)).or(self.matches.first().copied())
        } else {
            lines.rfind(|line| beyond(*line)).or(self.matches.last().copied())
        };
        self.show_match(next?);
        self.place()
    }

    fn show_match(&mut self, line: usize) {
        let last = self.extent.0.saturating_sub(self.extent.1);
        // A line that is in sight needs no scrolling.
        let in_sight = (self.scroll..self.scroll + self.extent.1).contains(&line);
        if !in_sight {
            self.scroll = line.saturating_sub(2).min(last);
        }
        self.at_match = Some((line, self.scroll));
    }

    /// Which match was gone to, of how many.
    pub(crate) fn place(&self) -> Option<(usize, usize)> {
        let (here, _) = self.at_match?;
        let nth = self.matches.iter().position(|line| *line == here)?;
        Some((nth + 1, self.matches.len()))
    }

    /// The line of the match that was gone to, while it is in sight.
    pub(crate) fn line_of_match(&self) -> Option<usize> {
        self.at_match.filter(|(_, scroll)| *scroll == self.scroll).map(|(line, _)| line)
    }
}
