//! Every way a terminal writes a key, and every way a sequence can be torn.

use crossterm::event::{KeyEventKind, MouseButton, MouseEventKind};
use proptest::prelude::*;

use super::*;

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
