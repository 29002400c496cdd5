//! Detection of characters that a person cannot see, that reorder what is seen, or that command a terminal.
//!
//! The list follows the control, format and default-ignorable characters of the Unicode Character Database and the
//! control functions of ECMA-48. Finding nothing means that nothing was found by these checks, not that a text is safe.

use super::{context, look_alike, sanitise::placeholder};

/// What kind of hidden text was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Takes no room on the screen: zero-width characters, fillers, soft hyphens, stray joiners.
    Invisible,
    /// Reorders the text around it.
    Bidirectional,
    /// Tag characters: ASCII that no font draws.
    Tag,
    /// Variation selectors where no variant exists, or several in a row, which can carry bytes.
    Variation,
    /// The line and paragraph separators, which some programs take for a new line.
    LineSeparator,
    /// A C0 control other than line feed and tab.
    Control,
    /// A C1 control; some terminals obey these 8-bit forms.
    EightBitControl,
    /// The start of a terminal control sequence.
    Escape,
    /// A Latin word with Cyrillic or Greek letters that look like Latin ones.
    MixedScript,
}

impl Class {
    /// The words for a sentence such as `holds zero-width characters`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invisible => "invisible characters",
            Self::Bidirectional => "characters that reorder the text",
            Self::Tag => "invisible tag characters",
            Self::Variation => "stray variation selectors",
            Self::LineSeparator => "hidden line separators",
            Self::Control => "control characters",
            Self::EightBitControl => "8-bit control characters",
            Self::Escape => "terminal control sequences",
            Self::MixedScript => "look-alike letters of another script",
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Often an accident of copying.
    Warn,
    /// Hardly ever an accident.
    High,
}

/// A run of hidden characters of one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// What was found.
    pub class: Class,
    /// How much it matters.
    pub severity: Severity,
    /// Where it starts, in bytes.
    pub offset: usize,
    /// How many characters of it stand together.
    pub count: usize,
    /// How it is drawn, at most the first 32 characters of the run; safe to show. Tags are spelled out behind it.
    pub shown: String,
}

/// [`scan`] stops after this many findings.
pub const SCAN_LIMIT: usize = 1000;

const SHOWN: usize = 32;

/// Whether [`scan`] would find anything. Plain ASCII costs a fraction of a nanosecond a byte.
pub fn has_hidden(text: &str) -> bool {
    next(text, 0).is_some() || (!text.is_ascii() && look_alike::next(text, 0).is_some())
}

/// Like [`has_hidden`] for a text that is a JSON array or object as stored: `\u001b` counts as the character it
/// stands for, and an unpaired surrogate, which stands for none, counts as hidden.
pub fn has_hidden_in_json(raw: &str) -> bool {
    if has_hidden(raw) {
        return true;
    }
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        let tail = rest.get(at + 1..).unwrap_or_default();
        match tail.chars().next() {
            Some('u') => match unescape(tail) {
                Escaped::Char(ch, length) => {
                    // Its neighbours may be escapes too: judged alone, only what is never legitimate counts.
                    let depends = matches!(ch, '\u{200c}' | '\u{200d}') || context::is_variation(ch);
                    if !depends && has_hidden(&format!("x{ch}")) {
                        return true;
                    }
                    rest = tail.get(length..).unwrap_or_default();
                }
                Escaped::LoneSurrogate => return true,
                Escaped::Nothing => rest = tail,
            },
            Some('b' | 'f') => return true,
            Some('r') if !tail.starts_with("r\\n") => return true,
            Some(ch) => rest = tail.get(ch.len_utf8()..).unwrap_or_default(),
            None => return false,
        }
    }
    false
}

enum Escaped {
    /// A character and the bytes its escape takes behind the backslash.
    Char(char, usize),
    LoneSurrogate,
    /// Four hexadecimal digits were missing.
    Nothing,
}

/// Reads `uXXXX` or a surrogate pair `uXXXX\uXXXX`.
fn unescape(tail: &str) -> Escaped {
    let unit = |from: usize| tail.get(from..from + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(first) = unit(1) else { return Escaped::Nothing };
    if let Some(ch) = char::from_u32(first) {
        return Escaped::Char(ch, 5);
    }
    let second = unit(7).filter(|_| tail.get(5..7) == Some("\\u"));
    let units = [first, second.unwrap_or_default()].map(|unit| u16::try_from(unit).unwrap_or_default());
    match char::decode_utf16(units).next() {
        Some(Ok(ch)) => Escaped::Char(ch, 11),
        _ => Escaped::LoneSurrogate,
    }
}

/// Finds hidden text, in reading order; neighbours of one class make one finding. Stops after [`SCAN_LIMIT`].
pub fn scan(text: &str) -> Vec<Hidden> {
    let mut findings: Vec<Hidden> = Vec::new();
    let mut end_of_last = usize::MAX;
    let mut marks = Balance::default();
    let mut odd = if text.is_ascii() { None } else { look_alike::next(text, 0) };
    let mut plain = next(text, 0);
    loop {
        let from_odd =
            odd.as_ref().map_or(usize::MAX, |found| found.at) < plain.as_ref().map_or(usize::MAX, |found| found.at);
        let Some(found) = (if from_odd { odd.take() } else { plain.take() }) else { break };
        let end = found.at + found.ch.len_utf8();
        if from_odd {
            odd = look_alike::next(text, end);
        } else {
            plain = next(text, end);
        }
        match findings.last_mut() {
            Some(last) if last.class == found.class && end_of_last == found.at => {
                last.count += 1;
                last.severity = last.severity.max(found.severity);
                if found.class == Class::MixedScript {
                    // The word is shown already.
                } else if last.count <= SHOWN {
                    show(text, &found, &mut last.shown);
                } else if last.count == SHOWN + 1 {
                    last.shown.push('…');
                }
            }
            _ => {
                if findings.len() == SCAN_LIMIT {
                    break;
                }
                let mut shown = String::new();
                show(text, &found, &mut shown);
                findings.push(Hidden {
                    class: found.class,
                    severity: found.severity,
                    offset: found.at,
                    count: 1,
                    shown,
                });
            }
        }
        end_of_last = end;
        if found.class == Class::Bidirectional {
            marks.see(text, &found, findings.len() - 1);
        }
    }
    for unbalanced in marks.unbalanced() {
        if let Some(finding) = findings.get_mut(unbalanced) {
            finding.severity = Severity::High;
        }
    }
    for finding in &mut findings {
        spell_out(text, finding);
    }
    findings
}

/// The bidirectional marks that are open in the current line. A new line closes all of them, so that one which is
/// still open there (or one that closes nothing) was not meant to be seen.
#[derive(Default)]
struct Balance {
    line_start: usize,
    open: Vec<(char, usize)>,
    unbalanced: Vec<usize>,
}

impl Balance {
    fn see(&mut self, text: &str, found: &Found, finding: usize) {
        if text.get(self.line_start..found.at).is_some_and(|between| between.contains('\n')) {
            self.unbalanced.extend(self.open.drain(..).map(|(_, finding)| finding));
        }
        self.line_start = found.at;
        match found.ch {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => self.open.push(('\u{202c}', finding)),
            '\u{2066}'..='\u{2068}' => self.open.push(('\u{2069}', finding)),
            closing @ ('\u{202c}' | '\u{2069}') => match self.open.pop() {
                Some((wanted, _)) if wanted == closing => {}
                Some((_, opened)) => self.unbalanced.extend([opened, finding]),
                None => self.unbalanced.push(finding),
            },
            _ => {}
        }
    }

    fn unbalanced(mut self) -> Vec<usize> {
        self.unbalanced.extend(self.open.drain(..).map(|(_, finding)| finding));
        self.unbalanced
    }
}

/// Puts the hidden words of a run of tags, and the rest of a control sequence, behind what is drawn.
fn spell_out(text: &str, finding: &mut Hidden) {
    let rest = text.get(finding.offset..).unwrap_or_default();
    match finding.class {
        Class::Tag => {
            let words: String = rest
                .chars()
                .map_while(|ch| u32::from(ch).checked_sub(0xe_0000).filter(|code| *code < 0x80))
                .filter_map(char::from_u32)
                .filter(|ch| matches!(ch, ' '..='~'))
                .take(200)
                .collect();
            finding.shown.push_str(" “");
            finding.shown.push_str(&words);
            finding.shown.push('”');
        }
        Class::Escape => {
            let sequence: String =
                rest.chars().skip(finding.count).take_while(|ch| !ch.is_control()).take(SHOWN).collect();
            finding.shown.push_str(&super::line(&sequence));
        }
        _ => {}
    }
}

fn show(text: &str, found: &Found, out: &mut String) {
    if found.class == Class::MixedScript {
        out.push_str(&super::line(look_alike::word_around(text, found.at)));
    } else {
        placeholder(found.ch, out);
    }
}

/// One hidden character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) ch: char,
    pub(super) class: Class,
    pub(super) severity: Severity,
}

/// The first hidden character at or after `from`, which must be the start of a character.
pub(super) fn next(text: &str, from: usize) -> Option<Found> {
    let mut at = from;
    loop {
        at = next_candidate(text.as_bytes(), at)?;
        let ch = text.get(at..)?.chars().next()?;
        if let Some((class, severity)) = judge(text, at, ch) {
            return Some(Found { at, ch, class, severity });
        }
        at += ch.len_utf8();
    }
}

/// Bytes with which a hidden character may begin: C0, DEL, and the lead bytes of all characters in [`judge`].
const CANDIDATE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte,
            0..=8 | 11..=31 | 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1 | 0xe2 | 0xe3 | 0xef | 0xf0 | 0xf3
        );
        byte += 1;
    }
    table
};

fn next_candidate(bytes: &[u8], from: usize) -> Option<usize> {
    const STEP: usize = 64;
    let mut at = from;
    while let Some(chunk) = bytes.get(at..at + STEP) {
        // Without a branch inside, the compiler turns this into vector instructions.
        if chunk.iter().fold(false, |odd, &byte| odd | !is_plain(byte))
            && let Some(hit) = chunk.iter().position(|byte| CANDIDATE[usize::from(*byte)])
        {
            return Some(at + hit);
        }
        at += STEP;
    }
    let tail = bytes.get(at..)?;
    tail.iter().position(|byte| CANDIDATE[usize::from(*byte)]).map(|hit| at + hit)
}

const fn is_plain(byte: u8) -> bool {
    (byte >= 0x20 && byte < 0x7f) || byte == b'\n' || byte == b'\t'
}

fn judge(text: &str, at: usize, ch: char) -> Option<(Class, Severity)> {
    use Severity::{High, Warn};
    let after = || text.get(at + ch.len_utf8()..).and_then(|rest| rest.chars().next());
    match ch {
        '\n' | '\t' => None,
        '\r' if after() == Some('\n') => None,
        '\u{1b}' if matches!(after(), Some('[' | ']' | 'P' | '_' | '^' | 'X')) => Some((Class::Escape, High)),
        '\u{1b}' | '\u{8}' | '\r' => Some((Class::Control, High)),
        '\0'..='\u{1f}' | '\u{7f}' => Some((Class::Control, Warn)),
        '\u{80}'..='\u{9f}' => Some((Class::EightBitControl, High)),
        '\u{200c}' | '\u{200d}' if context::joiner_belongs(text, at, ch) => None,
        '\u{feff}' if at == 0 => None,
        '\u{180b}'..='\u{180d}' | '\u{180f}' if context::mongolian_belongs(text, at) => None,
        '\u{ad}'
        | '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{13430}'..='\u{1345f}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0080}'..='\u{e00ff}'
        | '\u{e01f0}'..='\u{e0fff}' => Some((Class::Invisible, Warn)),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some((Class::Bidirectional, Warn))
        }
        '\u{2028}' | '\u{2029}' => Some((Class::LineSeparator, Warn)),
        '\u{e0000}'..='\u{e007f}' if !context::tag_belongs(text, at) => Some((Class::Tag, High)),
        _ if context::is_variation(ch) => {
            if context::variation_in_run(text, at, ch) {
                Some((Class::Variation, High))
            } else if context::variation_belongs(text, at, ch) {
                None
            } else {
                Some((Class::Variation, Warn))
            }
        }
        _ => None,
    }
}
