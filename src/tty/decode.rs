//! From the bytes of the terminal to events: keys, pastes, the mouse, focus. Pure; it never waits.
//!
//! crossterm's reader is not used: it blocks inside a sequence that arrives in two parts, and it turns for ever when
//! the terminal is gone (crossterm issue 793). Its event types are.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};

use super::decode_csi::csi;

/// Something that came in through the terminal.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted as a whole.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The window has another size: columns, rows.
    Resize(u16, u16),
    /// The pane got (or lost) the focus.
    Focus(bool),
    /// Workers have something to tell.
    Woken,
    /// The moment that the program asked for has come.
    Tick,
    /// The editor is closed: the text when it was changed, `None` when not, or why it did not work.
    Edited(Result<Option<String>, String>),
}

/// How long the rest of an escape sequence may take. A lone Escape key is known as such only after this.
const ESCAPE_PATIENCE: Duration = Duration::from_millis(30);
/// How long a paste may pause.
const PASTE_PATIENCE: Duration = Duration::from_secs(2);
const PASTE_END: &[u8] = b"\x1b[201~";

/// Decodes what a terminal sends, in whatever parts it arrives.
#[derive(Debug, Default)]
pub struct Decoder {
    pending: Vec<u8>,
    paste: Option<Vec<u8>>,
}

/// What the first bytes are.
pub(super) enum Step {
    /// The beginning of something longer.
    Incomplete,
    /// So many bytes are this, or nothing worth an event.
    Took(usize, Option<Input>),
    /// So many bytes begin a paste.
    PasteBegins(usize),
}

impl Decoder {
    /// Takes bytes in, and appends the events they complete.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        self.pending.extend_from_slice(bytes);
        loop {
            if self.paste.is_some() {
                if !self.take_paste(out) {
                    return;
                }
                continue;
            }
            match step(&self.pending) {
                Step::Incomplete => return,
                Step::Took(count, event) => {
                    self.pending.drain(..count.min(self.pending.len()));
                    out.extend(event);
                }
                Step::PasteBegins(count) => {
                    self.pending.drain(..count.min(self.pending.len()));
                    self.paste = Some(Vec::new());
                }
            }
        }
    }

    /// How long to wait for the rest before [`Decoder::settle`]; `None` when nothing is half done.
    pub fn patience(&self) -> Option<Duration> {
        match (&self.paste, self.pending.is_empty()) {
            (Some(_), _) => Some(PASTE_PATIENCE),
            (None, false) => Some(ESCAPE_PATIENCE),
            (None, true) => None,
        }
    }

    /// The rest did not come: makes of the beginning what can be made of it.
    pub fn settle(&mut self, out: &mut Vec<Input>) {
        let pending = std::mem::take(&mut self.pending);
        if let Some(mut text) = self.paste.take() {
            text.extend_from_slice(&pending);
            out.push(paste(&text));
            return;
        }
        match pending.as_slice() {
            [0x1b] => out.push(key(KeyCode::Esc, KeyModifiers::NONE)),
            [0x1b, byte @ 0x20..=0x7e] => out.push(alt(plain(char::from(*byte)))),
            _ => {}
        }
    }

    /// Moves bytes into the open paste; whether it came to its end.
    fn take_paste(&mut self, out: &mut Vec<Input>) -> bool {
        let Some(text) = &mut self.paste else { return true };
        // The end mark may be split: only what cannot be its beginning is looked at once.
        let from = text.len().saturating_sub(PASTE_END.len());
        text.append(&mut self.pending);
        let tail = text.get(from..).unwrap_or_default();
        let Some(at) = tail.windows(PASTE_END.len()).position(|window| window == PASTE_END) else { return false };
        self.pending = text.split_off(from + at + PASTE_END.len());
        text.truncate(from + at);
        let event = paste(text);
        self.paste = None;
        out.push(event);
        true
    }
}

fn paste(bytes: &[u8]) -> Input {
    // Terminals send the line ends of a paste as carriage returns.
    Input::Paste(String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n"))
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] => Step::Incomplete,
        [0x1b, rest @ ..] => escape(rest),
        [..] => single(bytes),
    }
}

/// What follows an ESC.
fn escape(rest: &[u8]) -> Step {
    match rest {
        [] | [b'O'] => Step::Incomplete,
        [0x1b, ..] => Step::Took(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        [b'[', rest @ ..] => csi(rest),
        [b'O', third, ..] => match ss3(*third) {
            Some(code) => Step::Took(3, Some(key(code, KeyModifiers::NONE))),
            None => Step::Took(2, Some(alt(plain('O')))),
        },
        // A late answer to somebody else's question (OSC, DCS, APC, PM, SOS): swallowed up to its end.
        [b']' | b'P' | b'_' | b'^' | b'X', text @ ..] => match string_end(text) {
            Some(length) => Step::Took(2 + length, None),
            None => Step::Incomplete,
        },
        [..] => match single(rest) {
            Step::Took(count, Some(Input::Key(event))) => Step::Took(1 + count, Some(alt(event))),
            Step::Took(count, other) => Step::Took(1 + count, other),
            other => other,
        },
    }
}

fn string_end(text: &[u8]) -> Option<usize> {
    let bell = text.iter().position(|byte| *byte == 7).map(|at| at + 1);
    let terminator = text.windows(2).position(|pair| pair == b"\x1b\\").map(|at| at + 2);
    match (bell, terminator) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn ss3(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => return None,
    })
}

/// One key that is no escape sequence.
fn single(bytes: &[u8]) -> Step {
    let Some(&first) = bytes.first() else { return Step::Incomplete };
    if first < 0x80 {
        return Step::Took(1, Some(Input::Key(ascii(first))));
    }
    let longest = bytes.get(..bytes.len().min(4)).unwrap_or(bytes);
    let valid = match std::str::from_utf8(longest) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() > 0 => {
            longest.get(..error.valid_up_to()).and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default()
        }
        Err(error) if error.error_len().is_none() => return Step::Incomplete,
        Err(_) => "",
    };
    match valid.chars().next() {
        Some(character) => Step::Took(character.len_utf8(), Some(Input::Key(plain(character)))),
        None => Step::Took(1, None),
    }
}

fn ascii(byte: u8) -> KeyEvent {
    let ctrl = |character| KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL);
    match byte {
        0 => ctrl(' '),
        b'\t' => KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE),
        b'\r' => KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
        0x01..=0x1a => ctrl(char::from(byte - 1 + b'a')),
        0x1b => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
        0x1c..=0x1f => ctrl(char::from(byte - 0x1c + b'4')),
        0x7f => KeyEvent::new(KeyCode::Backspace, KeyModifiers::NONE),
        _ => plain(char::from(byte)),
    }
}

/// A character as typed: an upper-case letter was typed with shift.
fn plain(character: char) -> KeyEvent {
    let modifiers = if character.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(character), modifiers)
}

fn alt(event: KeyEvent) -> Input {
    Input::Key(KeyEvent { modifiers: event.modifiers | KeyModifiers::ALT, ..event })
}

pub(super) fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
