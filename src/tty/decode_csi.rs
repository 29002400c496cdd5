//! Control sequences (`ESC [ …`): arrows and function keys, kitty's key reports, the mouse, focus, pastes.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::decode::{Input, Step, key};

/// Longer than any sequence that is known here; what is longer is rubbish.
const LONGEST: usize = 64;

/// Reads the sequence after `ESC [`. The counts include these two bytes.
///
/// Format: parameter bytes 0x30–0x3f, intermediate bytes 0x20–0x2f, one final byte 0x40–0x7e (ECMA-48, 5.4).
pub(super) fn csi(rest: &[u8]) -> Step {
    // The Linux console writes F1 to F5 as `ESC [ [ A` and on.
    if let [b'[', after @ ..] = rest {
        return match after {
            [] => Step::Incomplete,
            [letter @ b'A'..=b'E', ..] => Step::Took(4, Some(key(KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE))),
            _ => Step::Took(3, None),
        };
    }
    let Some(length) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return if rest.len() > LONGEST { Step::Took(rest.len() + 2, None) } else { Step::Incomplete };
    };
    let Some((&last, body)) = rest.get(..=length).and_then(<[u8]>::split_last) else { return Step::Incomplete };
    if !(0x40..=0x7e).contains(&last) {
        // Broken off by another sequence or a control character, which is read next.
        return Step::Took(length + 2, None);
    }
    let taken = length + 3;
    let (private, body) = match body {
        [mark @ (b'<' | b'=' | b'>' | b'?'), body @ ..] => (Some(*mark), body),
        body => (None, body),
    };
    let params = Params::of(body);
    match (private, last) {
        (None, b'~') if params.first() == 200 => Step::PasteBegins(taken),
        (None, _) => Step::Took(taken, keyboard(last, &params)),
        (Some(b'<'), b'M' | b'm') => Step::Took(taken, mouse(&params, last == b'm')),
        (Some(_), _) => Step::Took(taken, None),
    }
}

/// Numbers between semicolons, each with sub-numbers between colons. Empty ones are 0.
struct Params(Vec<Vec<u32>>);

impl Params {
    fn of(body: &[u8]) -> Self {
        let number = |digits: &[u8]| {
            digits
                .iter()
                .filter(|byte| byte.is_ascii_digit())
                .fold(0_u32, |sum, digit| sum.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
        };
        if body.is_empty() {
            return Self(Vec::new());
        }
        let list = |part: &[u8]| part.split(|byte| *byte == b':').map(number).collect();
        Self(body.split(|byte| *byte == b';').map(list).collect())
    }

    fn sub(&self, at: usize, sub: usize) -> u32 {
        self.0.get(at).and_then(|parts| parts.get(sub)).copied().unwrap_or(0)
    }

    fn first(&self) -> u32 {
        self.sub(0, 0)
    }
}

fn keyboard(last: u8, params: &Params) -> Option<Input> {
    let modifiers = modifiers(params.sub(1, 0));
    let code = match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' if params.first() <= 1 => KeyCode::F(last - b'P' + 1),
        b'Z' => return Some(key(KeyCode::BackTab, modifiers | KeyModifiers::SHIFT)),
        b'I' if params.0.is_empty() => return Some(Input::Focus(true)),
        b'O' if params.0.is_empty() => return Some(Input::Focus(false)),
        // xterm's modifyOtherKeys: `27 ; modifiers ; code point ~`.
        b'~' if params.first() == 27 => return code_point(params.sub(2, 0), modifiers, KeyEventKind::Press),
        b'~' => tilde(params.first())?,
        b'u' => return code_point(params.first(), modifiers, kind(params)?),
        _ => return None,
    };
    Some(Input::Key(KeyEvent::new_with_kind(code, modifiers, kind(params)?)))
}

/// What a key did; a release is no event for us.
fn kind(params: &Params) -> Option<KeyEventKind> {
    match params.sub(1, 1) {
        3 => None,
        2 => Some(KeyEventKind::Repeat),
        _ => Some(KeyEventKind::Press),
    }
}

/// Bits of the modifier parameter, less one (kitty's keyboard protocol, *Modifiers*; xterm's agrees in the first four).
fn modifiers(parameter: u32) -> KeyModifiers {
    let bits = parameter.saturating_sub(1);
    let table = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    table.into_iter().filter(|(bit, _)| bits & bit != 0).fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}

fn tilde(number: u32) -> Option<KeyCode> {
    let function = |from: u32, first: u8| u8::try_from(number - from).ok().map(|n| KeyCode::F(first + n));
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(11, 1),
        17..=21 => function(17, 6),
        23..=26 => function(23, 11),
        28 | 29 => function(28, 15),
        31..=34 => function(31, 17),
        _ => None,
    }
}

/// A key by its code point (kitty's keyboard protocol, *Functional key definitions*).
fn code_point(code: u32, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<Input> {
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    let code = match code {
        9 if shift => KeyCode::BackTab,
        9 => KeyCode::Tab,
        13 | 57414 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        57399..=57408 => KeyCode::Char(char::from_digit(code - 57399, 10)?),
        57409..=57413 => KeyCode::Char(*['.', '/', '*', '-', '+'].get(usize::try_from(code - 57409).ok()?)?),
        57415 => KeyCode::Char('='),
        57417 => KeyCode::Left,
        57418 => KeyCode::Right,
        57419 => KeyCode::Up,
        57420 => KeyCode::Down,
        57421 => KeyCode::PageUp,
        57422 => KeyCode::PageDown,
        57423 => KeyCode::Home,
        57424 => KeyCode::End,
        57425 => KeyCode::Insert,
        57426 => KeyCode::Delete,
        // The private area holds keys that mean nothing here: media keys, modifiers on their own.
        57344..=63743 | 0..=31 => return None,
        code => {
            let character = char::from_u32(code)?;
            KeyCode::Char(if shift { character.to_uppercase().next()? } else { character })
        }
    };
    Some(Input::Key(KeyEvent::new_with_kind(code, modifiers, kind)))
}

/// `ESC [ < buttons ; column ; row M`, `m` when a button is let go (xterm, *Extended coordinates*, mode 1006).
fn mouse(params: &Params, released: bool) -> Option<Input> {
    let bits = params.first();
    let at = |n| u16::try_from(params.sub(n, 0)).ok()?.checked_sub(1);
    let button = match bits & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let kind = match (bits & 64 != 0, bits & 32 != 0, released) {
        (true, _, _) => match bits & 3 {
            0 => MouseEventKind::ScrollUp,
            1 => MouseEventKind::ScrollDown,
            2 => MouseEventKind::ScrollLeft,
            _ => MouseEventKind::ScrollRight,
        },
        (false, true, _) => button.map_or(MouseEventKind::Moved, MouseEventKind::Drag),
        (false, false, true) => MouseEventKind::Up(button?),
        (false, false, false) => MouseEventKind::Down(button?),
    };
    let table = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let modifiers =
        table.into_iter().filter(|(bit, _)| bits & bit != 0).fold(KeyModifiers::NONE, |all, (_, one)| all | one);
    Some(Input::Mouse(MouseEvent { kind, column: at(1)?, row: at(2)?, modifiers }))
}
