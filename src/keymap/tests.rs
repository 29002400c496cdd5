//! The table of keys and its mistakes.

use super::*;

fn press(text: &str) -> Press {
    text.parse().unwrap()
}

#[test]
fn the_default_table_has_no_mistakes() {
    let mut map = Keymap::default();
    assert_eq!(own::lay_over(&mut map, DEFAULT), []);
    assert_eq!(map, Keymap::default(), "TOML finds the same in it");
    assert_eq!(Mode::ALL.iter().filter(|mode| map.rows(**mode).is_empty()).count(), 0);
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

fn mistakes(own: &str) -> Vec<String> {
    Keymap::with(own).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn mistakes_are_named_with_their_line_and_a_suggestion() {
    assert_eq!(
        mistakes("[lst]\nup = \"k\"\n[list]\nprun = \"x\"\nup = \"pagup\"\n\ndown = 3\n"),
        [
            "line 1: [lst]: no such mode; did you mean `list`?",
            "line 4: [list] prun: no such action; did you mean `prune`?",
            "line 5: [list] up: `pagup` is no key; did you mean `pageup`?",
            "line 7: [list] down: a list of keys is expected, for example [\"j\", \"down\"]",
        ]
    );
    assert_eq!(mistakes("\nlist = 3"), ["line 2: `list` is a mode; write [list] and below it actions and their keys"]);
    assert!(mistakes("[list]\nup = [\"k\"")[0].starts_with("line 2: "), "what is no TOML is told, too");
}

#[test]
fn a_key_never_does_two_things() {
    assert_eq!(
        mistakes("[list]\nprune = \"j\"\n"),
        ["line 2: [list] prune: `j` is already the key of `down` in [list]; give one of them another key"]
    );
    assert_eq!(
        mistakes("[list]\nprune = \"u\"\n"),
        ["line 2: [list] prune: `u` is already the key of `undo` in [global]; give one of them another key"]
    );
    let global = mistakes("# mine\n[global]\nundo = \"d\"\n");
    assert!(
        global
            .iter()
            .all(|mistake| mistake.starts_with("line 3: [global] undo: `d` is already the key of `prune` in ["))
    );
    assert_eq!(global.len(), 3, "the list, a memory and a sitting: {global:?}");
    assert_eq!(
        mistakes("[list]\nprune = ['x', 'x']\nreveal-secrets = []"),
        ["line 2: [list] prune: `x` stands there twice"]
    );
    assert!(Keymap::with("[list]\nprune = \"j\"\ndown = \"down\"\n").is_ok(), "both were named");
}

#[test]
fn an_action_works_only_where_it_means_something() {
    assert_eq!(
        mistakes("[menu]\nprune = \"d\"\n"),
        ["line 2: [menu] prune: it does nothing here; it works in [list], [memory], [saying], [review]"]
    );
    let map = Keymap::with("[list]\nundo = \"ctrl-r\"\n").unwrap();
    assert_eq!(
        map.action(Mode::List, press("ctrl-r")),
        Some(Action::Undo),
        "what works everywhere may have a key here"
    );
}

#[test]
fn a_character_cannot_be_bound_where_text_is_typed() {
    assert_eq!(
        mistakes("[filter]\naccept = \"x\"\n"),
        ["line 2: [filter] accept: `x` is typed into the field here; choose a key that is no character"]
    );
}

#[test]
fn the_template_is_the_default_and_all_of_it_a_comment() {
    let template = template(&Keymap::default());
    assert!(template.lines().all(|line| line.is_empty() || line.starts_with('#')), "{template}");
    assert_eq!(Keymap::with(&template), Ok(Keymap::default()));
    let rows = template.lines().filter(|line| !line.starts_with("# ")).filter_map(|line| line.strip_prefix('#'));
    let uncommented = rows.collect::<Vec<_>>().join("\n");
    let mut read = Keymap { rows: BTreeMap::new() };
    own::lay_first(&mut read, &uncommented);
    assert_eq!(read, Keymap::default(), "{uncommented}");
    assert_eq!(own::lay_over(&mut read, &uncommented), []);
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
