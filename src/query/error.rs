//! What is wrong with a query, where, and what to write instead.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// A query that cannot be understood. It prints as one line: the place, the reason and the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
pub struct BadQuery {
    /// Where it begins: the first character of the query is in column 1. Columns count characters.
    pub column: usize,
    /// How many characters it spans, at least 1.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl BadQuery {
    /// Three lines for the command line: the query, a row of carets under the place with the reason, and the hint.
    ///
    /// `query` is the text that was parsed. Its control characters, tabs and line ends too, are shown as spaces, so
    /// that the carets stand where they should.
    pub fn pointed(&self, query: &str) -> String {
        let width = |text: &mut dyn Iterator<Item = char>| text.map(|c| c.width().unwrap_or(0)).sum::<usize>();
        let shown: String = query.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let before = width(&mut shown.chars().take(self.column.saturating_sub(1)));
        let under = width(&mut shown.chars().skip(self.column.saturating_sub(1)).take(self.length)).max(1);
        let hint = self.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
        format!("{shown}\n{}{} {}{hint}", " ".repeat(before), "^".repeat(under), self.message)
    }
}

/// What is wrong, by bytes of the query.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) trouble: Trouble,
}

/// What is wrong with a part of a query, without its place.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Trouble {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }

    pub(super) fn at(self, span: Range<usize>) -> Fault {
        Fault { span, trouble: self }
    }
}

impl Fault {
    pub(super) fn in_query(self, query: &str) -> BadQuery {
        let characters = |range: Range<usize>| query.get(range).map_or(0, |text| text.chars().count());
        BadQuery {
            column: characters(0..self.span.start) + 1,
            length: characters(self.span).max(1),
            message: self.trouble.message,
            hint: self.trouble.hint,
        }
    }
}

/// A piece of the query for a message: short, and without characters that a terminal would obey.
pub(super) fn quoted(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() || c.width() == Some(0) { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
