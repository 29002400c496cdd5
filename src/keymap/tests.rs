//! The table of keys and its mistakes.

use super::*;

fn press(text: &str) -> Press {
    text.parse().unwrap()
}

#[test]
fn the_default_table_has_no_mistakes() {
    assert_eq!(Keymap::with("").err(), None);
}

#[test]
fn keys_are_spelled_back_as_they_are_read() {
    for spelling in ["j", "G", "ctrl-d", "alt-enter", "f1", "f12", "space", "shift-tab", "-", "ctrl--", "shift-up"] {
        assert_eq!(press(spelling).to_string(), spelling);
    }
    assert_eq!("pagdown".parse::<Press>().unwrap_err(), "`pagdown` is no key; did you mean `pagedown`?");
    assert!("f13".parse::<Press>().is_err());
    assert!("".parse::<Press>().is_err());
}

#[test]
fn terminals_report_shift_in_two_ways() {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    let with = KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT);
    let without = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE);
    assert_eq!(Press::of(&with), Press::of(&without));
    let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert_eq!(Press::of(&back), press("shift-tab"));
}

#[test]
fn an_own_file_replaces_only_what_it_names() {
    let map = Keymap::with("[list]\nprune = [\"X\", \"delete\"]\n").unwrap();
    assert_eq!(map.action(Mode::List, press("X")), Some(Action::Prune));
    assert_eq!(map.action(Mode::List, press("d")), None);
    assert_eq!(map.action(Mode::Memory, press("d")), Some(Action::Prune));
    assert_eq!(map.action(Mode::List, press("j")), Some(Action::Down));
}

#[test]
fn mistakes_are_named_with_a_suggestion() {
    let troubles = Keymap::with("[lst]\nup = \"k\"\n[list]\nprun = \"x\"\nup = \"pagup\"\ndown = 3\n").unwrap_err();
    assert_eq!(
        troubles,
        [
            "[list] down: a list of keys is expected, for example [\"j\", \"down\"]",
            "[list] prun: no such action; did you mean `prune`?",
            "[list] up: `pagup` is no key; did you mean `pageup`?",
            "[lst]: no such mode; did you mean `list`?",
        ]
    );
}

#[test]
fn a_key_never_does_two_things() {
    let troubles = Keymap::with("[list]\nprune = \"j\"\n").unwrap_err();
    assert_eq!(troubles, ["[list] prune: `j` is already the key of `down`; give one of them another key"]);
    let troubles = Keymap::with("[list]\nprune = \"u\"\n").unwrap_err();
    assert_eq!(troubles, ["[list] prune: `u` is already the key of `undo`; give one of them another key"]);
}

#[test]
fn a_character_cannot_be_bound_where_text_is_typed() {
    let troubles = Keymap::with("[filter]\naccept = \"x\"\n").unwrap_err();
    assert_eq!(troubles, ["[filter] accept: `x` is typed into the field here; choose a key that is no character"]);
}

#[test]
fn no_default_key_belongs_to_a_multiplexer() {
    let map = Keymap::default();
    for &mode in Mode::ALL {
        for (action, keys) in map.rows(mode) {
            for press in keys {
                let spelling = press.to_string();
                let taken = ["ctrl-b", "ctrl-a", "ctrl-g", "ctrl-s", "ctrl-q", "ctrl-o"].contains(&spelling.as_str());
                let digit = spelling.strip_prefix("alt-").is_some_and(|key| key.chars().all(|c| c.is_ascii_digit()));
                assert!(!taken && !digit, "{spelling} of {} in {}", action.name(), mode.name());
            }
        }
    }
}

#[test]
fn the_page_of_keys_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md");
    let page = markdown(&Keymap::default());
    if std::env::var_os("MEMTUI_WRITE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/keys.md differs from assets/keymap.toml: run `MEMTUI_WRITE_DOCS=1 cargo test page_of_keys`"
    );
}
