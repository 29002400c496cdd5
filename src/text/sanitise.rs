//! Makes text safe to draw: every hidden character becomes a visible escape of its own width.

use std::{borrow::Cow, fmt::Write};

use unicode_width::UnicodeWidthChar;

use super::{
    context::{ZWJ, is_pictographic, is_variation},
    hidden,
};

/// A tab's room. Tab stops would need the column, which is not known here.
const TAB: &str = "    ";

/// What becomes of the characters that are legitimate in some places only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// One line of running text.
    Line,
    /// One line in columns.
    Row,
    /// Many lines.
    Block,
    /// Many lines, with nothing dropped at all.
    Exact,
}

/// Text for a one-line place: a new line becomes `⏎`, a tab four spaces, a hidden character a visible escape.
/// A byte order mark at the start is dropped.
pub fn line(text: &str) -> Cow<'_, str> {
    render(text, Place::Line)
}

/// Text for a column of a list: as [`line`], and without the variation selectors and joiners of emoji, because
/// terminals disagree on how many columns those sequences take.
pub fn row(text: &str) -> Cow<'_, str> {
    render(text, Place::Row)
}

/// Text of many lines: as [`line`], but new lines stay.
pub fn block(text: &str) -> Cow<'_, str> {
    render(text, Place::Block)
}

/// Text of many lines for comparing: as [`block`], but also a byte order mark at the start and the carriage return of
/// a Windows line end are shown, so that a change of nothing else is a visible change.
pub fn exact(text: &str) -> Cow<'_, str> {
    render(text, Place::Exact)
}

/// Stored bytes as text: a byte that is not UTF-8 becomes its visible escape `⟨FF⟩`. The result still has to pass
/// [`line`] or [`block`] before it is shown.
pub fn from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "⟨{byte:02X}⟩");
        }
    }
    Cow::Owned(out)
}

/// Serialised JSON made safe to show: hidden characters become `\uXXXX`. The result is valid JSON of the same value.
pub fn json(serialised: &str) -> Cow<'_, str> {
    let Some(first) = hidden::next(serialised, 0) else { return Cow::Borrowed(serialised) };
    let mut out = String::with_capacity(serialised.len() + 64);
    let mut copied = 0;
    let mut next = Some(first);
    while let Some(found) = next {
        out.push_str(serialised.get(copied..found.at).unwrap_or_default());
        copied = found.at + found.ch.len_utf8();
        if found.ch < ' ' {
            // Inside a string JSON has no raw controls; outside, this can only be a carriage return as white space.
            out.push(' ');
        } else {
            let mut units = [0; 2];
            for unit in found.ch.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        next = hidden::next(serialised, copied);
    }
    out.push_str(serialised.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn render(text: &str, place: Place) -> Cow<'_, str> {
    let one_line = matches!(place, Place::Line | Place::Row);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') || (byte == b'\n' && !one_line)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8 + 16);
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => {
            if place == Place::Exact {
                placeholder('\u{feff}', &mut out);
            }
            rest
        }
        None => text,
    };
    // Whether a character without width of its own would join the cell before the text.
    let mut at_start = out.is_empty();
    let mut copied = 0;
    loop {
        let found = next_after_mark(text, copied);
        let end = found.map_or(text.len(), |found| found.0);
        let clean = text.get(copied..end).unwrap_or_default();
        push_clean(clean, text.get(end..).unwrap_or_default(), place, &mut at_start, &mut out);
        let Some((at, ch)) = found else { break };
        placeholder(ch, &mut out);
        at_start = false;
        copied = at + ch.len_utf8();
    }
    Cow::Owned(out)
}

/// The next hidden character of a text whose byte order mark was taken off already: a second one is hidden text.
fn next_after_mark(text: &str, from: usize) -> Option<(usize, char)> {
    if from == 0 && text.starts_with('\u{feff}') {
        return Some((0, '\u{feff}'));
    }
    hidden::next(text, from).map(|found| (found.at, found.ch))
}

fn push_clean(clean: &str, behind: &str, place: Place, at_start: &mut bool, out: &mut String) {
    let one_line = matches!(place, Place::Line | Place::Row);
    let mut chars = clean.chars().chain(behind.chars().take(1)).peekable();
    let mut left = clean.len();
    while let Some(ch) = chars.next().filter(|_| left > 0) {
        left -= ch.len_utf8();
        match ch {
            // Only the first half of a Windows line end is not hidden.
            '\r' if place == Place::Exact => out.push_str("^M"),
            '\r' => continue,
            '\n' if one_line => out.push('⏎'),
            '\n' => {
                out.push('\n');
                *at_start = true;
                continue;
            }
            '\t' => out.push_str(TAB),
            ZWJ if place == Place::Row && chars.peek().is_some_and(|next| is_pictographic(*next)) => continue,
            _ if place == Place::Row && is_variation(ch) => continue,
            _ => {
                if *at_start && ch.width() == Some(0) {
                    out.push('◌');
                }
                out.push(ch);
            }
        }
        *at_start = false;
    }
}

/// How a hidden character is drawn: `␛`, `^G`, `⟨9B⟩`, `⟨RLO⟩`, `⟨TAG:h⟩`, `⟨VS16⟩`, `⟨U+200B⟩`.
pub(super) fn placeholder(ch: char, out: &mut String) {
    let code = u32::from(ch);
    // Writing into a string cannot fail.
    let _ = match ch {
        '\u{1b}' => out.write_char('␛'),
        '\0'..='\u{1f}' => write!(out, "^{}", char::from_u32(code + 0x40).unwrap_or('?')),
        '\u{7f}' => out.write_str("^?"),
        '\u{80}'..='\u{9f}' => write!(out, "⟨{code:02X}⟩"),
        '\u{fe00}'..='\u{fe0f}' => write!(out, "⟨VS{}⟩", code - 0xfe00 + 1),
        '\u{e0100}'..='\u{e01ef}' => write!(out, "⟨VS{}⟩", code - 0xe_0100 + 17),
        '\u{e0020}' => out.write_str("⟨TAG:␠⟩"),
        '\u{e0021}'..='\u{e007e}' => write!(out, "⟨TAG:{}⟩", char::from_u32(code - 0xe_0000).unwrap_or('?')),
        '\u{e007f}' => out.write_str("⟨TAG:END⟩"),
        _ => match name(ch) {
            Some(name) => write!(out, "⟨{name}⟩"),
            None => write!(out, "⟨U+{code:04X}⟩"),
        },
    };
}

/// The abbreviations of the Unicode Standard for the characters that reorder or separate.
const fn name(ch: char) -> Option<&'static str> {
    Some(match ch {
        '\u{61c}' => "ALM",
        '\u{200e}' => "LRM",
        '\u{200f}' => "RLM",
        '\u{202a}' => "LRE",
        '\u{202b}' => "RLE",
        '\u{202c}' => "PDF",
        '\u{202d}' => "LRO",
        '\u{202e}' => "RLO",
        '\u{2066}' => "LRI",
        '\u{2067}' => "RLI",
        '\u{2068}' => "FSI",
        '\u{2069}' => "PDI",
        '\u{2028}' => "LS",
        '\u{2029}' => "PS",
        _ => return None,
    })
}
