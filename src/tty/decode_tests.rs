//! Every way a terminal writes a key, and every way a sequence can be torn.

use crossterm::event::{KeyEventKind, MouseButton, MouseEventKind};
use proptest::prelude::*;

use super::*;
use crate::keymap::{Keymap, Mode, Press};

fn decode(bytes: &[u8]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.feed(bytes, &mut out);
    decoder.settle(&mut out);
    out
}

fn pressed(bytes: &[u8]) -> (KeyCode, KeyModifiers) {
    match decode(bytes).as_slice() {
        [Input::Key(event)] => (event.code, event.modifiers),
        other => panic!("{bytes:?} gave {other:?}"),
    }
}

#[test]
fn keys_of_every_dialect() {
    const NONE: KeyModifiers = KeyModifiers::NONE;
    const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
    const CTRL: KeyModifiers = KeyModifiers::CONTROL;
    const ALT: KeyModifiers = KeyModifiers::ALT;
    let table: &[(&[u8], KeyCode, KeyModifiers)] = &[
        (b"j", KeyCode::Char('j'), NONE),
        (b"G", KeyCode::Char('G'), SHIFT),
        ("é".as_bytes(), KeyCode::Char('é'), NONE),
        ("漢".as_bytes(), KeyCode::Char('漢'), NONE),
        ("🦀".as_bytes(), KeyCode::Char('🦀'), NONE),
        (b"\r", KeyCode::Enter, NONE),
        (b"\n", KeyCode::Char('j'), CTRL),
        (b"\t", KeyCode::Tab, NONE),
        (b"\x7f", KeyCode::Backspace, NONE),
        (b"\x03", KeyCode::Char('c'), CTRL),
        (b"\x00", KeyCode::Char(' '), CTRL),
        (b"\x1f", KeyCode::Char('7'), CTRL),
        (b"\x1b", KeyCode::Esc, NONE),
        (b"\x1bx", KeyCode::Char('x'), ALT),
        (b"\x1b[", KeyCode::Char('['), ALT),
        (b"\x1bO", KeyCode::Char('O'), ALT | SHIFT),
        (b"\x1b\r", KeyCode::Enter, ALT),
        (b"\x1b[A", KeyCode::Up, NONE),
        (b"\x1bOB", KeyCode::Down, NONE),
        (b"\x1b[1;5C", KeyCode::Right, CTRL),
        (b"\x1b[1;2D", KeyCode::Left, SHIFT),
        (b"\x1b[H", KeyCode::Home, NONE),
        (b"\x1b[4~", KeyCode::End, NONE),
        (b"\x1b[5~", KeyCode::PageUp, NONE),
        (b"\x1b[3;3~", KeyCode::Delete, ALT),
        (b"\x1bOP", KeyCode::F(1), NONE),
        (b"\x1b[[C", KeyCode::F(3), NONE),
        (b"\x1b[15~", KeyCode::F(5), NONE),
        (b"\x1b[24~", KeyCode::F(12), NONE),
        (b"\x1b[34~", KeyCode::F(20), NONE),
        (b"\x1b[1;2R", KeyCode::F(3), SHIFT),
        (b"\x1b[Z", KeyCode::BackTab, SHIFT),
        (b"\x1b[27u", KeyCode::Esc, NONE),
        (b"\x1b[97;5u", KeyCode::Char('a'), CTRL),
        (b"\x1b[97;6u", KeyCode::Char('A'), CTRL | SHIFT),
        (b"\x1b[9;2u", KeyCode::BackTab, SHIFT),
        (b"\x1b[13;2u", KeyCode::Enter, SHIFT),
        (b"\x1b[27;5;9~", KeyCode::Tab, CTRL),
        (b"\x1b[57400u", KeyCode::Char('1'), NONE),
        (b"\x1b[57420;1u", KeyCode::Down, NONE),
    ];
    for (bytes, code, modifiers) in table {
        assert_eq!(pressed(bytes), (*code, *modifiers), "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn focus_mouse_and_paste() {
    assert_eq!(decode(b"\x1b[I\x1b[O"), [Input::Focus(true), Input::Focus(false)]);
    let mouse = |kind, column, row| Input::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    assert_eq!(
        decode(b"\x1b[<0;3;5M\x1b[<0;3;5m\x1b[<65;200;100M"),
        [
            mouse(MouseEventKind::Down(MouseButton::Left), 2, 4),
            mouse(MouseEventKind::Up(MouseButton::Left), 2, 4),
            mouse(MouseEventKind::ScrollDown, 199, 99),
        ]
    );
    assert_eq!(
        decode(b"a\x1b[200~q\ry\x1b[Ad\r\n\x1b[201~b"),
        [Input::Key(plain('a')), Input::Paste("q\ny\x1b[Ad\n".into()), Input::Key(plain('b')),]
    );
}

#[test]
fn a_paste_without_an_end_is_given_up_after_a_while() {
    let (mut decoder, mut out) = (Decoder::default(), Vec::new());
    decoder.feed(b"\x1b[200~half", &mut out);
    assert_eq!((out.len(), decoder.patience()), (0, Some(PASTE_PATIENCE)));
    decoder.settle(&mut out);
    assert_eq!(out, [Input::Paste("half".into())]);
    assert_eq!(decoder.patience(), None);
}

#[test]
fn answers_nobody_asked_for_and_rubbish_are_no_keys() {
    for bytes in [
        &b"\x1b]11;rgb:0000/0000/0000\x07"[..],
        b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        b"\x1bP>|XTerm(370)\x1b\\",
        b"\x1b[?62;22c",
        b"\x1b[?1u",
        b"\x1b[97;5:3u",
        b"\x1b[57441;2u",
        b"\xff",
        b"\x1b[<0;0;0M",
        b"\x1b[12",
    ] {
        assert_eq!(decode(bytes), [], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_sequence_broken_by_another_one_loses_only_itself() {
    assert_eq!(decode(b"\x1b[1;\x1b[A"), [key(KeyCode::Up, KeyModifiers::NONE)]);
}

#[test]
fn a_repeat_is_known_as_one() {
    let events = decode(b"\x1b[97;1:2u");
    assert!(matches!(events.as_slice(), [Input::Key(event)] if event.kind == KeyEventKind::Repeat), "{events:?}");
}

proptest! {
    #[test]
    fn torn_anywhere_it_reads_the_same(
        parts in proptest::collection::vec(
            prop_oneof![
                Just(&b"\x1b[A"[..]), Just(&b"\x1b[1;5C"[..]), Just(&b"\x1b[200~p\xc3\xa9\x1b[201~"[..]), Just("漢🦀".as_bytes()),
                Just(&b"q"[..]), Just(&b"\x1b[<0;3;5M"[..]), Just(&b"\x1b]52;c;\x07"[..]), Just(&b"\x1b[97;5u"[..]), Just(&b"\x03"[..]),
            ],
            1..12,
        ),
        cuts in proptest::collection::vec(1_usize..9, 1..40),
    ) {
        let whole: Vec<u8> = parts.concat();
        let (mut decoder, mut torn) = (Decoder::default(), Vec::new());
        let mut rest = whole.as_slice();
        for cut in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            decoder.feed(now, &mut torn);
            rest = later;
        }
        decoder.feed(rest, &mut torn);
        prop_assert_eq!(decoder.patience(), None);
        prop_assert_eq!(torn, decode(&whole));
    }

    #[test]
    fn any_bytes_end_settled(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for chunk in bytes.chunks(7) {
            decoder.feed(chunk, &mut out);
        }
        decoder.settle(&mut out);
        prop_assert_eq!(decoder.patience(), None);
    }
}

/// The modifiers as xterm and kitty number them.
fn modifiers(press: Press) -> u8 {
    let bits = [(KeyModifiers::SHIFT, 1), (KeyModifiers::ALT, 2), (KeyModifiers::CONTROL, 4)];
    1 + bits.iter().filter(|(one, _)| press.mods.contains(*one)).map(|(_, bit)| bit).sum::<u8>()
}

/// What an ordinary terminal sends for a key, by the tables of xterm.
fn sent(press: Press) -> Vec<u8> {
    let [shift, alt, control] =
        [KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL].map(|one| press.mods.contains(one));
    let mods = modifiers(press);
    let letter = |last: char| if mods == 1 { format!("\x1b[{last}") } else { format!("\x1b[1;{mods}{last}") };
    let number = |n: u8| if mods == 1 { format!("\x1b[{n}~") } else { format!("\x1b[{n};{mods}~") };
    let plain = match press.code {
        KeyCode::Char(c) if control => char::from(u8::try_from(c).unwrap() & 0x1f).to_string(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "\r".to_owned(),
        KeyCode::Esc => "\x1b".to_owned(),
        KeyCode::Backspace => "\x7f".to_owned(),
        KeyCode::Tab if shift => return b"\x1b[Z".to_vec(),
        KeyCode::Tab => "\t".to_owned(),
        KeyCode::Up => return letter('A').into(),
        KeyCode::Down => return letter('B').into(),
        KeyCode::Right => return letter('C').into(),
        KeyCode::Left => return letter('D').into(),
        KeyCode::Home => return letter('H').into(),
        KeyCode::End => return letter('F').into(),
        KeyCode::Insert => return number(2).into(),
        KeyCode::Delete => return number(3).into(),
        KeyCode::PageUp => return number(5).into(),
        KeyCode::PageDown => return number(6).into(),
        KeyCode::F(n @ 1..=4) => format!("\x1bO{}", char::from(b'O' + n)),
        KeyCode::F(n) => return number([15, 17, 18, 19, 20, 21, 23, 24][usize::from(n - 5)]).into(),
        other => panic!("{other:?} is no key of a terminal"),
    };
    if alt { format!("\x1b{plain}").into() } else { plain.into() }
}

/// What a terminal with the keyboard protocol of kitty sends, where it differs.
fn sent_by_kitty(press: Press) -> Option<Vec<u8>> {
    let code = match press.code {
        KeyCode::Char(c) => u32::from(c),
        KeyCode::Enter => 13,
        KeyCode::Esc => 27,
        KeyCode::Tab => 9,
        KeyCode::Backspace => 127,
        _ => return None,
    };
    Some(format!("\x1b[{code};{}u", modifiers(press)).into())
}

#[test]
fn every_key_of_the_keymap_can_be_sent_by_every_terminal() {
    let map = Keymap::default();
    let mut sent_keys = 0;
    for &mode in Mode::ALL {
        for (action, presses) in map.rows(mode) {
            for &press in presses {
                for bytes in [Some(sent(press)), sent_by_kitty(press)].into_iter().flatten() {
                    let inputs = decode(&bytes);
                    let [Input::Key(event)] = inputs.as_slice() else { panic!("{press}: {inputs:?}") };
                    assert_eq!(map.action(mode, Press::of(event)), Some(*action), "{press} in [{mode}], as {bytes:?}");
                    sent_keys += 1;
                }
            }
        }
    }
    assert!(sent_keys > 300, "{sent_keys} keys");
}
