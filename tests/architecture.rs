//! Keeps the rooms apart: the order of the layers, circles, SQL, the terminal, printing, unfinished code, file lengths.

#![expect(clippy::unwrap_used, reason = "a source file that cannot be read fails the test")]

#[path = "architecture/source.rs"]
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use source::{Token, behind, behind_supers, tokens, without_tests};

/// The rooms that own or build a database.
const DATABASES: [&str; 4] = ["store", "demo", "ledger", "catalog"];
/// The room that owns the terminal.
const TERMINAL: &str = "tty";
/// The rooms that print.
const PRINTING: [&str; 2] = ["cli", "main"];
/// Longer files are to be split.
const LONGEST: usize = 500;

/// A file of the crate.
struct File {
    /// Its path below `src`.
    path: PathBuf,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.to_owned() }
    }

    /// Its top-level module; `lib` and `main` for the crates' roots.
    fn room(&self) -> String {
        let first = self.path.iter().next().unwrap_or_default();
        Path::new(first).file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// How many modules below the crate's root it is.
    fn depth(&self) -> usize {
        let is_root = matches!(self.room().as_str(), "lib" | "main");
        let is_folder = self.path.file_name().is_some_and(|name| name == "mod.rs");
        self.path.components().count() - usize::from(is_root || is_folder)
    }

    fn at(&self, token: &Token) -> String {
        format!("src/{}:{}", self.path.display(), token.line)
    }
}

/// The layers as the crate's documentation lists them, lowest first.
fn layers(documentation: &str) -> Vec<String> {
    let paragraphs = documentation.lines().filter_map(|line| line.strip_prefix("//!")).map(str::trim);
    let text = paragraphs.map(|line| if line.is_empty() { "\n" } else { line }).collect::<Vec<_>>().join(" ");
    let list = text.split('\n').find(|paragraph| paragraph.contains('·')).unwrap_or_default();
    let names = list.split(['·', ',', '`']).map(str::trim).filter(|name| !name.is_empty());
    names.map(ToOwned::to_owned).collect()
}

/// The files without those that only tests are made of, each with its tokens outside of tests.
fn production(files: &[File]) -> Vec<(&File, Vec<Token>)> {
    let mut of_tests = BTreeSet::new();
    let mut kept = Vec::new();
    for file in files {
        let (tokens, modules) = without_tests(&tokens(&file.text));
        let folder = match file.path.file_stem() {
            Some(stem) if !["mod", "lib", "main"].iter().any(|root| stem == *root) => file.path.with_extension(""),
            _ => file.path.with_file_name(""),
        };
        of_tests.extend(modules.into_iter().map(|name| folder.join(name)));
        kept.push((file, tokens));
    }
    let is_of_tests = |path: &Path| path.ancestors().any(|part| of_tests.contains(&part.with_extension("")));
    kept.retain(|(file, _)| !is_of_tests(&file.path));
    kept
}

/// Which room names which other rooms, and where it does so first.
fn arrows(files: &[File]) -> BTreeMap<(String, String), String> {
    let mut arrows = BTreeMap::new();
    for (file, tokens) in production(files) {
        let room = file.room();
        if room == "lib" {
            continue;
        }
        let named = ["crate", "memtui"].iter().flat_map(|head| behind(&tokens, head));
        for name in named.chain(behind_supers(&tokens, file.depth())) {
            if name.text != room && name.text != "self" {
                let place = file.at(&name);
                arrows.entry((room.clone(), name.text)).or_insert(place);
            }
        }
    }
    arrows
}

fn backward_arrows(files: &[File], layers: &[String]) -> Vec<String> {
    let place = |room: &str| layers.iter().position(|layer| layer == room);
    let wrong = arrows(files).into_iter().filter(|((from, to), _)| match (place(from), place(to)) {
        (Some(from), Some(to)) => to >= from,
        // Rooms without a layer are found by another check; other names at the root are no rooms.
        _ => false,
    });
    wrong.map(|((from, to), at)| format!("{at}: `{from}` uses `{to}`, which stands behind it")).collect()
}

fn rooms_without_layer(files: &[File], layers: &[String]) -> Vec<String> {
    let rooms: BTreeSet<String> = files.iter().map(File::room).filter(|room| room != "lib").collect();
    let missing = rooms.into_iter().filter(|room| !layers.contains(room));
    missing.map(|room| format!("`{room}` is in no layer; add it to the list in src/lib.rs")).collect()
}

/// Rooms that use each other in a circle, each circle once.
fn circles(files: &[File]) -> Vec<String> {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in arrows(files).into_keys() {
        uses.entry(from).or_default().insert(to);
    }
    // What uses nothing that is left is in no circle; what remains in the end is, or leads into one.
    loop {
        let idle: Vec<String> = uses
            .iter()
            .filter(|(_, named)| !named.iter().any(|name| uses.contains_key(name)))
            .map(|(room, _)| room.clone())
            .collect();
        if idle.is_empty() {
            break;
        }
        uses.retain(|room, _| !idle.contains(room));
    }
    if uses.is_empty() { Vec::new() } else { vec![format!("a circle among {:?}", uses.keys().collect::<Vec<_>>())] }
}

fn stray_sql(files: &[File]) -> Vec<String> {
    strays(files, &DATABASES, "speaks SQL", |tokens| {
        tokens.iter().filter(|token| token.text == "rusqlite").cloned().collect()
    })
}

/// Outside of its room only the names of keys and of the mouse may be used from the terminal library.
fn stray_terminal(files: &[File]) -> Vec<String> {
    let acts = ["Enable", "Disable", "Push", "Pop", "read", "poll", "EventStream"];
    strays(files, &[TERMINAL], "touches the terminal", |tokens| {
        let parts = behind(tokens, "crossterm").into_iter().filter(|name| name.text != "event");
        let events =
            behind(tokens, "event").into_iter().filter(|name| acts.iter().any(|act| name.text.starts_with(act)));
        let backends = tokens.iter().filter(|token| token.text == "CrosstermBackend").cloned();
        parts.chain(events).chain(backends).collect()
    })
}

fn stray_printing(files: &[File]) -> Vec<String> {
    strays(files, &PRINTING, "prints", |tokens| calls(tokens, &["print", "println", "eprint", "eprintln", "dbg"]))
}

/// Unfinished code; tests count too.
fn unfinished(files: &[File]) -> Vec<String> {
    let marks = |file: &File| {
        calls(&tokens(&file.text), &["todo", "unimplemented"]).iter().map(|mark| file.at(mark)).collect::<Vec<_>>()
    };
    files.iter().flat_map(marks).map(|at| format!("{at}: unfinished")).collect()
}

fn without_introduction(files: &[File]) -> Vec<String> {
    let bare = files.iter().filter(|file| !file.text.starts_with("//! "));
    bare.map(|file| format!("src/{}: the first line does not say what lives here", file.path.display())).collect()
}

fn too_long(files: &[File]) -> Vec<String> {
    let lengths = files.iter().map(|file| (file, file.text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > LONGEST);
    long.map(|(file, lines)| format!("src/{}: {lines} lines, at most {LONGEST}", file.path.display())).collect()
}

/// What is found in files outside of the rooms where it belongs.
fn strays(files: &[File], rooms: &[&str], what: &str, find: impl Fn(&[Token]) -> Vec<Token>) -> Vec<String> {
    let mut found = Vec::new();
    for (file, tokens) in production(files) {
        if !rooms.contains(&file.room().as_str()) {
            let places = find(&tokens).into_iter().map(|token| format!("{}: `{}` {what}", file.at(&token), token.text));
            found.extend(places);
        }
    }
    found
}

/// Calls of macros by name.
fn calls(tokens: &[Token], names: &[&str]) -> Vec<Token> {
    let pairs = tokens.windows(2).filter(|pair| names.contains(&pair[0].text.as_str()) && pair[1].text == "!");
    pairs.map(|pair| pair[0].clone()).collect()
}

/// Every Rust file below `src`.
fn crate_files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut files) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push(File { path: path.strip_prefix(&root).unwrap().to_owned(), text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

fn crate_layers() -> Vec<String> {
    layers(&fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap())
}

#[track_caller]
fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_room_uses_only_what_stands_before_it() {
    assert_none(&backward_arrows(&crate_files(), &crate_layers()));
}

#[test]
fn every_room_has_its_layer() {
    let layers = crate_layers();
    assert!(layers.len() > 10 && layers.first().is_some_and(|first| first == "text"), "{layers:?}");
    assert_none(&rooms_without_layer(&crate_files(), &layers));
}

#[test]
fn no_rooms_use_each_other_in_a_circle() {
    assert!(arrows(&crate_files()).len() > 10, "the reader of arrows finds none");
    assert_none(&circles(&crate_files()));
}

#[test]
fn only_the_rooms_that_own_a_database_speak_sql() {
    assert_none(&stray_sql(&crate_files()));
}

#[test]
fn only_the_terminal_room_touches_the_terminal() {
    assert_none(&stray_terminal(&crate_files()));
}

#[test]
fn only_the_command_line_prints() {
    assert_none(&stray_printing(&crate_files()));
}

#[test]
fn nothing_is_left_unfinished() {
    assert_none(&unfinished(&crate_files()));
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    assert_none(&without_introduction(&crate_files()));
    assert_none(&too_long(&crate_files()));
}

/// The checks themselves, on samples: each must be able to fail.
mod checks {
    use super::*;

    const LAYERS: &str = "//! What it is.\n//!\n//! `low, base` · `middle` ·\n//! `main`\n//!\n//! `tests/x.rs` too.\n";

    fn back(path: &str, text: &str) -> usize {
        backward_arrows(&[File::new(path, text)], &layers(LAYERS)).len()
    }

    #[test]
    fn the_list_of_layers_is_read() {
        assert_eq!(layers(LAYERS), ["low", "base", "middle", "main"]);
    }

    #[test]
    fn arrows_are_found_however_they_are_written() {
        assert_eq!(back("base/mod.rs", "use crate::low::A;"), 0);
        assert_eq!(back("low/mod.rs", "use crate::base::A;"), 1);
        assert_eq!(back("low/mod.rs", "use crate::{\n    low::{A, B},\n    middle::{C, D},\n};"), 1);
        assert_eq!(back("low.rs", "fn f() { crate::middle::g(); }"), 1);
        assert_eq!(back("low.rs", "use super::middle::X;"), 1);
        assert_eq!(back("low/mod.rs", "use super::middle::X;"), 1);
        assert_eq!(back("low/deep.rs", "use super::middle::X;"), 0, "low::middle is its own affair");
        assert_eq!(back("low/deep.rs", "use super::super::middle::X;"), 1);
        assert_eq!(back("low/mod.rs", "mod inner { use super::middle::X; }\nfn f() {}"), 0);
        assert_eq!(back("low/mod.rs", "mod inner { fn f() {} use super::super::{middle::X}; }"), 1);
        assert_eq!(back("main.rs", "use memtui::middle::X;"), 0);
        assert_eq!(back("middle/mod.rs", "use memtui::main::X;"), 1);
    }

    #[test]
    fn comments_literals_and_tests_are_no_arrows() {
        assert_eq!(back("low.rs", "// crate::middle\n/* /* crate::middle */ crate::middle */"), 0);
        assert_eq!(back("low.rs", "const A: &str = \"\\\"crate::middle\"; const B: &str = r#\"crate::middle\"\"#;"), 0);
        assert_eq!(back("low.rs", "fn f<'a>(c: &'a char) -> bool { *c == '\"' } use crate::middle::X; // \""), 1);
        assert_eq!(back("low.rs", "const Q: char = '\\''; use crate::middle::X;"), 1);
        assert_eq!(back("low.rs", "#[cfg(test)]\nmod tests { fn f() { crate::middle::g(); } }"), 0);
        assert_eq!(back("low.rs", "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::middle::X;"), 1);
        let split =
            [File::new("low/mod.rs", "#[cfg(test)]\nmod trial;"), File::new("low/trial.rs", "use crate::middle::X;")];
        assert_eq!(backward_arrows(&split, &layers(LAYERS)), [""; 0]);
    }

    #[test]
    fn an_arrow_is_named_with_its_place() {
        let file = File::new("low/a.rs", "//! A.\n\nuse crate::middle::X;\n");
        let found = backward_arrows(&[file], &layers(LAYERS));
        assert_eq!(found, ["src/low/a.rs:3: `low` uses `middle`, which stands behind it"]);
    }

    #[test]
    fn rooms_without_a_layer_and_circles_are_found() {
        let stranger = [File::new("stranger/mod.rs", ""), File::new("low/mod.rs", ""), File::new("lib.rs", "")];
        assert_eq!(rooms_without_layer(&stranger, &layers(LAYERS)).len(), 1);
        let ring = [
            File::new("a.rs", "use crate::b::X;"),
            File::new("b.rs", "use crate::c::X;"),
            File::new("c.rs", "use crate::a::X;"),
        ];
        assert_eq!(circles(&ring), ["a circle among [\"a\", \"b\", \"c\"]"]);
        assert_eq!(circles(&ring[..2]), [""; 0]);
    }

    #[test]
    fn what_belongs_elsewhere_is_found() {
        let count = |check: fn(&[File]) -> Vec<String>, path: &str, text: &str| check(&[File::new(path, text)]).len();
        assert_eq!(count(stray_sql, "app/mod.rs", "use rusqlite::Connection;"), 1);
        assert_eq!(count(stray_sql, "store/mod.rs", "use rusqlite::Connection;"), 0);
        assert_eq!(count(stray_terminal, "app.rs", "use crossterm::event::{KeyCode, KeyEvent};"), 0);
        assert_eq!(count(stray_terminal, "app.rs", "use crossterm::{event::KeyCode, terminal};"), 1);
        assert_eq!(count(stray_terminal, "app.rs", "use ratatui::crossterm::execute;"), 1);
        assert_eq!(count(stray_terminal, "app.rs", "use crossterm::event::{self, EnableMouseCapture};"), 1);
        assert_eq!(count(stray_terminal, "app.rs", "fn f() { crossterm::event::read(); }"), 1);
        assert_eq!(count(stray_terminal, "tty/screen.rs", "use crossterm::terminal;"), 0);
        assert_eq!(count(stray_printing, "app.rs", "fn f() { println!(\"x\"); }"), 1);
        assert_eq!(count(stray_printing, "cli/mod.rs", "fn f() { println!(\"x\"); }"), 0);
        assert_eq!(count(stray_printing, "app.rs", "#[cfg(test)]\nmod tests { fn f() { println!(); } }"), 0);
        assert_eq!(count(unfinished, "cli/mod.rs", "#[cfg(test)]\nmod tests { fn f() { todo!() } }"), 1);
        assert_eq!(count(without_introduction, "a.rs", "use x;"), 1);
        assert_eq!(count(too_long, "a.rs", &"\n".repeat(501)), 1);
        assert_eq!(count(too_long, "a.rs", &"\n".repeat(500)), 0);
    }
}
