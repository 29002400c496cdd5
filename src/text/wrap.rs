//! Lays memory text out in lines: prose is wrapped, lists hang, code and tables keep their lines.

use textwrap::WordSeparator;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{
    block,
    width::{JOINERS, head, width},
};

/// What a laid out line is, for its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Running text.
    Prose,
    /// A heading, its `#` marks included.
    Heading,
    /// Part of a list item; lines after the first hang under its text.
    List,
    /// Part of a quotation, each line with its `>`.
    Quote,
    /// Code, fences included. A line that is too long goes on in the next one.
    Code,
    /// A row of a table, broken like code.
    Table,
    /// An empty line.
    Blank,
}

/// One line, ready to draw: sanitised and no wider than asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Its text, without a new line.
    pub text: String,
}

/// Lays `text` out in lines of at most `columns` columns (at least one). Hidden characters are made visible on the
/// way, so that raw memory text may be given. Takes time and room in proportion to the text.
pub fn wrap(text: &str, columns: usize) -> Vec<Line> {
    let columns = columns.max(1);
    let clean = block(text);
    let mut lines = Vec::new();
    let mut state = State::default();
    for raw in clean.lines() {
        lay_out(raw, columns, &mut state, &mut lines);
    }
    lines
}

/// What a line means depends on the lines before it.
#[derive(Default)]
struct State {
    /// The mark that opened a block of code, and how often it stood there.
    fence: Option<(char, usize)>,
    /// Whether a list item goes on when a line is indented.
    in_list: bool,
    /// Whether the line before was empty or code, so that an indented line is code.
    after_gap: bool,
}

fn lay_out(raw: &str, columns: usize, state: &mut State, lines: &mut Vec<Line>) {
    let body = raw.trim_start_matches(' ');
    let indent = raw.len() - body.len();
    let (mark, count) = fence_of(body);
    if let Some((open, length)) = state.fence {
        if mark == open && count >= length && body.trim_end().len() == count {
            state.fence = None;
            state.after_gap = true;
        }
        return keep(Kind::Code, raw, columns, lines);
    }
    if indent < 4 && count >= 3 {
        state.fence = Some((mark, count));
        return keep(Kind::Code, raw, columns, lines);
    }
    if body.trim_end().is_empty() {
        state.after_gap = true;
        return lines.push(Line { kind: Kind::Blank, text: String::new() });
    }
    let marker = list_marker(body);
    if indent >= 4 && !state.in_list && (state.after_gap || lines.is_empty()) && marker.is_none() {
        // Code by indentation goes on until a line stands further left.
        return keep(Kind::Code, raw, columns, lines);
    }
    state.after_gap = false;
    if let Some(marker) = marker {
        state.in_list = true;
        let (lead, rest) = raw.split_at(indent + marker);
        return flow(Kind::List, lead, &" ".repeat(width(lead)), rest, columns, lines);
    }
    if state.in_list && indent >= 2 {
        let lead = " ".repeat(indent);
        return flow(Kind::List, &lead, &lead, body, columns, lines);
    }
    state.in_list = false;
    if body.starts_with('#')
        && body.trim_start_matches('#').starts_with(' ')
        && body.find(' ').is_some_and(|at| at <= 6)
    {
        flow(Kind::Heading, "", "", body, columns, lines);
    } else if let Some(quoted) = body.strip_prefix('>') {
        flow(Kind::Quote, "> ", "> ", quoted.trim_start(), columns, lines);
    } else if body.starts_with('|') {
        keep(Kind::Table, raw, columns, lines);
    } else {
        flow(Kind::Prose, "", "", body, columns, lines);
    }
}

/// The mark with which a line of code fences begins and how often it stands there.
fn fence_of(body: &str) -> (char, usize) {
    let mark = if body.starts_with('~') { '~' } else { '`' };
    let rest = body.trim_start_matches(mark);
    // Backticks further on make it code within a line.
    let count = if mark == '`' && rest.contains('`') { 0 } else { body.len() - rest.len() };
    (mark, count)
}

/// Bytes of `- `, `* `, `+ `, `• ` or `12. ` at the start of a list item.
fn list_marker(body: &str) -> Option<usize> {
    let bullet = ["- ", "* ", "+ ", "• "].into_iter().find(|bullet| body.starts_with(bullet)).map(str::len);
    bullet.or_else(|| {
        let digits = body.len() - body.trim_start_matches(|ch: char| ch.is_ascii_digit()).len();
        let numbered = body.get(digits..).is_some_and(|rest| rest.starts_with(". ") || rest.starts_with(") "));
        ((1..=4).contains(&digits) && numbered).then_some(digits + 2)
    })
}

/// A line that is not wrapped by words: broken where it is too long.
fn keep(kind: Kind, raw: &str, columns: usize, lines: &mut Vec<Line>) {
    let mut rest = raw.trim_end();
    loop {
        let (piece, next) = break_off(rest, columns);
        lines.push(Line { kind, text: piece });
        if next.is_empty() {
            return;
        }
        rest = next;
    }
}

/// The start of `rest` that fits in `columns`, at least one cluster of it, and what is left.
fn break_off(rest: &str, columns: usize) -> (String, &str) {
    let (piece, next) = rest.split_at(head(rest, columns));
    // Of a joiner that had to be parted nothing is drawn.
    let next = next.trim_start_matches(JOINERS);
    match next.graphemes(true).next() {
        // A wide character in a single column: nothing of it can be drawn there.
        Some(cluster) if piece.is_empty() => ("…".to_owned(), next.get(cluster.len()..).unwrap_or_default()),
        _ => (piece.to_owned(), next),
    }
}

/// Columns that hardly any cluster exceeds: an emoji with marks that take a column each.
const WIDEST: usize = 4;

/// Words filled into lines, the first after `lead`, the others after `hang`.
fn flow(kind: Kind, lead: &str, hang: &str, body: &str, columns: usize, lines: &mut Vec<Line>) {
    // An indentation that eats the line would leave a column of single letters, or no room for a wide one.
    let eats = |lead: &str| width(lead) * 2 > columns || width(lead) + WIDEST > columns;
    let shorten = |lead: &str| if eats(lead) { String::new() } else { lead.to_owned() };
    let hang = shorten(hang);
    let first = shorten(lead);
    let body =
        if first.is_empty() && !lead.trim().is_empty() { [lead.trim_start(), body].concat() } else { body.to_owned() };
    let (first_room, room) = (columns - width(&first), columns - width(&hang));
    let mut line = Filling { kind, text: first, used: 0, room: first_room, lines };
    // Line breaking by the tables of UAX 14 is dear; between ASCII words there are only spaces to break at.
    let separator = if body.is_ascii() { WordSeparator::AsciiSpace } else { WordSeparator::UnicodeBreakProperties };
    for word in separator.find_words(body.trim_end()) {
        line.add(word.word, word.whitespace, &hang, room);
    }
    line.finish();
}

struct Filling<'a> {
    kind: Kind,
    text: String,
    used: usize,
    room: usize,
    lines: &'a mut Vec<Line>,
}

impl Filling<'_> {
    fn add(&mut self, word: &str, space: &str, hang: &str, room: usize) {
        let mut rest = word;
        if self.used > 0 && self.used + width(rest) > self.room {
            self.turn(hang, room);
        }
        while width_exceeds(rest, self.room - self.used) {
            let (piece, next) = break_off(rest, self.room);
            self.text.push_str(&piece);
            self.used = self.room;
            rest = next;
            if !rest.is_empty() {
                self.turn(hang, room);
            }
        }
        self.push(rest);
        // The spaces behind a word that ends a line are not drawn.
        let gap = space.len().min(self.room.saturating_sub(self.used));
        self.text.extend(std::iter::repeat_n(' ', gap));
        self.used += gap;
    }

    fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        self.used += width(piece);
    }

    fn turn(&mut self, hang: &str, room: usize) {
        let text = std::mem::replace(&mut self.text, hang.to_owned());
        self.lines.push(Line { kind: self.kind, text: text.trim_end().to_owned() });
        self.used = 0;
        self.room = room;
    }

    fn finish(self) {
        self.lines.push(Line { kind: self.kind, text: self.text.trim_end().to_owned() });
    }
}

/// Whether a text is wider than `columns`; looks no further than that.
fn width_exceeds(text: &str, columns: usize) -> bool {
    let mut left = columns;
    text.graphemes(true).any(|cluster| match left.checked_sub(cluster.width()) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    })
}
