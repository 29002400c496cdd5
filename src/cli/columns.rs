//! Rows in columns: aligned and cut to a terminal's width, or plain full lines with tabs in a pipe.

use std::io;

use super::out::Out;
use crate::text;

/// How a column gives way when the terminal is narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// As wide as its widest cell, at most this many columns.
    Upto(usize),
    /// As `Upto`, aligned to the right.
    Number(usize),
    /// Whatever is left; at least ten columns.
    Rest,
}

/// What the last column gets before any other gives way.
const ROOM: usize = 30;

/// How a column makes room for the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Give {
    /// Only what stands behind the first colon is shown: an id without its store.
    Native,
    /// At most this wide, under this heading.
    Narrow(usize, &'static str),
    /// Not shown.
    Drop,
}

/// Rows of cells with a heading.
pub(super) struct Columns {
    heading: Vec<&'static str>,
    kinds: Vec<Column>,
    widths: Vec<usize>,
    /// What gives way, in this order, by heading.
    steps: Vec<(&'static str, Give)>,
    /// How many of the steps are taken; settled with the first rows, because the heading is printed then.
    taken: Option<usize>,
}

impl Columns {
    pub(super) fn new(columns: &[(&'static str, Column)]) -> Self {
        Self {
            heading: columns.iter().map(|(name, _)| *name).collect(),
            kinds: columns.iter().map(|(_, column)| *column).collect(),
            widths: vec![0; columns.len()],
            steps: Vec::new(),
            taken: None,
        }
    }

    /// With columns that give way, one after the other, until the last one has thirty columns of the terminal.
    pub(super) fn giving_way(mut self, steps: Vec<(&'static str, Give)>) -> Self {
        self.steps = steps;
        self
    }

    /// Prints rows. Columns only grow from one call to the next.
    pub(super) fn print(&mut self, rows: &[Vec<String>], out: &mut Out) -> io::Result<()> {
        match out.width() {
            Some(width) => out.bytes(self.lines(rows, width).as_bytes()),
            None => rows.iter().try_for_each(|row| out.bytes(plain(row).as_bytes())),
        }
    }

    /// The rows as lines of a terminal that wide; the first ones with their heading.
    pub(super) fn lines(&mut self, rows: &[Vec<String>], width: usize) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let begins = self.taken.is_none();
        if begins {
            for taken in 0..=self.steps.len() {
                self.taken = Some(taken);
                self.widths.fill(0);
                self.grow(rows);
                if self.rest(width) >= ROOM {
                    break;
                }
            }
        } else {
            self.grow(rows);
        }
        let mut lines = String::new();
        if begins {
            let heading: Vec<String> = (0..self.heading.len()).map(|at| self.name(at).to_owned()).collect();
            lines.push_str(&self.aligned(&heading, width));
        }
        for row in rows {
            lines.push_str(&self.aligned(row, width));
        }
        lines
    }

    /// What a column does to make room.
    fn gives(&self, at: usize) -> impl Iterator<Item = Give> {
        let name = self.heading.get(at).copied().unwrap_or_default();
        let taken = self.steps.iter().take(self.taken.unwrap_or(0));
        taken.filter(move |(column, _)| *column == name).map(|(_, give)| *give)
    }

    fn name(&self, at: usize) -> &'static str {
        let shorter =
            self.gives(at).filter_map(|give| if let Give::Narrow(_, name) = give { Some(name) } else { None });
        shorter.last().unwrap_or_else(|| self.heading.get(at).copied().unwrap_or_default())
    }

    fn is_dropped(&self, at: usize) -> bool {
        self.gives(at).any(|give| give == Give::Drop)
    }

    /// The part of a cell that is shown.
    fn part<'a>(&self, at: usize, cell: &'a str) -> &'a str {
        let native = self.gives(at).any(|give| give == Give::Native);
        cell.split_once(':').filter(|_| native).map_or(cell, |(_, native)| native)
    }

    /// Makes the columns as wide as these rows need them.
    fn grow(&mut self, rows: &[Vec<String>]) {
        for at in 0..self.heading.len() {
            let Some(Column::Upto(limit) | Column::Number(limit)) = self.kinds.get(at) else { continue };
            let narrow = self.gives(at).filter_map(|give| if let Give::Narrow(to, _) = give { Some(to) } else { None });
            let limit = narrow.min().unwrap_or(*limit);
            let cells =
                rows.iter().filter_map(|row| row.get(at)).map(|cell| text::width(&text::row(self.part(at, cell))));
            let widest = cells.max().unwrap_or(0).min(limit).max(self.name(at).len());
            if let Some(width) = self.widths.get_mut(at) {
                *width = widest.max(*width);
            }
        }
    }

    /// What is left for the last column.
    fn rest(&self, width: usize) -> usize {
        let columns = self.kinds.iter().zip(&self.widths).enumerate();
        let fixed: usize = columns
            .filter(|(at, (column, _))| **column != Column::Rest && !self.is_dropped(*at))
            .map(|(_, (_, widest))| widest + 2)
            .sum();
        width.saturating_sub(fixed)
    }

    fn aligned(&self, row: &[String], width: usize) -> String {
        let rest = self.rest(width).max(10);
        let mut line = String::new();
        for (at, ((cell, widest), column)) in row.iter().zip(&self.widths).zip(&self.kinds).enumerate() {
            if self.is_dropped(at) {
                continue;
            }
            let safe = text::row(self.part(at, cell));
            match column {
                Column::Upto(_) => line.push_str(&text::pad(&safe, *widest)),
                Column::Number(_) => {
                    let fitted = text::fit(&safe, *widest);
                    line.push_str(&" ".repeat(widest.saturating_sub(text::width(&fitted))));
                    line.push_str(&fitted);
                }
                Column::Rest => line.push_str(&text::fit(&safe, rest)),
            }
            line.push_str("  ");
        }
        let mut line = text::fit(line.trim_end(), width).into_owned();
        line.push('\n');
        line
    }
}

/// All of it, with tabs between: safe text has none of its own.
fn plain(row: &[String]) -> String {
    let mut line = row.iter().map(|cell| text::line(cell)).collect::<Vec<_>>().join("\t");
    line.push('\n');
    line
}

/// A number with commas between thousands.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 memory`, `2,000 memories`.
pub(super) fn memories(count: usize) -> String {
    if count == 1 { "1 memory".to_owned() } else { format!("{} memories", grouped(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!((memories(1), memories(0)), ("1 memory".to_owned(), "0 memories".to_owned()));
    }

    #[test]
    fn a_narrow_terminal_cuts_and_a_hostile_cell_stays_in_its_column() {
        let mut columns = Columns::new(&[("ID", Column::Upto(8)), ("N", Column::Number(5)), ("TITLE", Column::Rest)]);
        columns.widths = vec![8, 5, 5];
        let row = ["claude-mem:1", "7", "a\tb\x1b[31m and much more of it"].map(String::from);
        let line = columns.aligned(&row, 30);
        assert!(text::width(line.trim_end()) <= 30, "{line}");
        assert!(line.starts_with("claude-…      7  a"), "{line}");
        assert!(!line.contains('\x1b') && !line.contains('\t'));
    }
}
