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

/// Rows of cells with a heading.
pub(super) struct Columns {
    heading: Vec<&'static str>,
    kinds: Vec<Column>,
    widths: Vec<usize>,
    begun: bool,
}

impl Columns {
    pub(super) fn new(columns: &[(&'static str, Column)]) -> Self {
        Self {
            heading: columns.iter().map(|(name, _)| *name).collect(),
            kinds: columns.iter().map(|(_, column)| *column).collect(),
            widths: columns.iter().map(|(name, _)| name.len()).collect(),
            begun: false,
        }
    }

    /// Prints rows. Columns only grow from one call to the next.
    pub(super) fn print(&mut self, rows: &[Vec<String>], out: &mut Out) -> io::Result<()> {
        let Some(width) = out.width() else {
            return rows.iter().try_for_each(|row| out.bytes(plain(row).as_bytes()));
        };
        for row in rows {
            for ((cell, widest), column) in row.iter().zip(&mut self.widths).zip(&self.kinds) {
                if let Column::Upto(limit) | Column::Number(limit) = column {
                    *widest = (*widest).max(text::width(&text::row(cell)).min(*limit));
                }
            }
        }
        if !std::mem::replace(&mut self.begun, true) && !rows.is_empty() {
            let heading: Vec<String> = self.heading.iter().map(ToString::to_string).collect();
            out.bytes(self.aligned(&heading, width).as_bytes())?;
        }
        rows.iter().try_for_each(|row| out.bytes(self.aligned(row, width).as_bytes()))
    }

    fn aligned(&self, row: &[String], width: usize) -> String {
        let fixed: usize = self
            .kinds
            .iter()
            .zip(&self.widths)
            .map(|(column, widest)| if *column == Column::Rest { 0 } else { widest + 2 })
            .sum();
        let mut line = String::new();
        for ((cell, widest), column) in row.iter().zip(&self.widths).zip(&self.kinds) {
            let safe = text::row(cell);
            match column {
                Column::Upto(_) => line.push_str(&text::pad(&safe, *widest)),
                Column::Number(_) => {
                    let fitted = text::fit(&safe, *widest);
                    line.push_str(&" ".repeat(widest.saturating_sub(text::width(&fitted))));
                    line.push_str(&fitted);
                }
                Column::Rest => line.push_str(&text::fit(&safe, width.saturating_sub(fixed).max(10))),
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
