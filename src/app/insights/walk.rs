//! Moving over the pictures: within a section, and from one into the next.

use super::{Board, Section};
use crate::catalog::insights::{BANDS, COLUMNS};

impl Board {
    /// To the next section that has anything in it.
    pub(crate) fn turn(&mut self, forward: bool) {
        let all = Section::ALL.len();
        let step = if forward { 1 } else { all - 1 };
        let others = (1..all).filter_map(|n| Section::ALL.get((self.section as usize + n * step) % all).copied());
        if let Some(next) = others.into_iter().find(|section| self.parts(*section) > 0) {
            self.section = next;
        }
    }

    /// Up or down by lines. A single step goes on from a section into the next one.
    pub(crate) fn step(&mut self, by: isize) {
        let at = self.at(self.section);
        let (line, last) = match self.section {
            Section::Map => (at / COLUMNS, BANDS.len() - 1),
            Section::Days => (0, 0),
            section => (at, self.parts(section).saturating_sub(1)),
        };
        if by.abs() == 1 && line.checked_add_signed(by).is_none_or(|line| line > last) {
            return self.leave(by > 0);
        }
        let line = line.saturating_add_signed(by).min(last);
        let at = match self.section {
            Section::Map => line * COLUMNS + at % COLUMNS,
            // Up and down a page are days back and forth: the oldest is the first.
            Section::Days => at.saturating_add_signed(by.saturating_neg()),
            _ => line,
        };
        self.go(self.section, at);
    }

    /// Out of a section at its end, into the nearest line of the next one.
    fn leave(&mut self, forward: bool) {
        let before = self.section;
        let here = Section::ALL.iter().position(|section| *section == before).unwrap_or(0);
        let found = if forward {
            Section::ALL.iter().skip(here + 1).find(|section| self.parts(**section) > 0)
        } else {
            Section::ALL.iter().take(here).rev().find(|section| self.parts(**section) > 0)
        };
        let Some(&next) = found else { return };
        let at = match next {
            Section::Map => (if forward { 0 } else { BANDS.len() - 1 }) * COLUMNS + self.spot().1,
            Section::Days => self.at(Section::Days),
            _ if forward => 0,
            _ => self.parts(next).saturating_sub(1),
        };
        self.go(next, at);
    }

    /// Left or right: a column of the map, or a day.
    pub(crate) fn shift(&mut self, right: bool) {
        let by = if right { 1 } else { -1 };
        match self.section {
            Section::Map => {
                let (row, column) = self.spot();
                self.go(Section::Map, row * COLUMNS + column.saturating_add_signed(by).min(COLUMNS - 1));
            }
            Section::Days => self.go(Section::Days, self.at(Section::Days).saturating_add_signed(-by)),
            _ => {}
        }
    }

    /// Lines of a page of the section that has the cursor.
    pub(crate) fn page(&self) -> usize {
        match self.section {
            Section::Map => BANDS.len(),
            // A page of days are four weeks.
            Section::Days => 29,
            Section::Scopes => self.fits.1,
            section => self.parts(section),
        }
    }
}
