//! The mouse, the clipboard, links and the way back to where one was, in a real terminal.

use std::{fs, path::Path};

use crate::harness::{Start, Term};

/// A home with a database of sample memories in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        memtui::demo::build(&home.path().join("claude-mem.db"), 1_795_168_800_000).unwrap();
        Self(home)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn start(&self, arguments: &[&str], size: (u16, u16)) -> Start {
        let database = self.path().join("claude-mem.db");
        let mut all = vec![database.to_str().unwrap()];
        all.extend(arguments);
        let mut start = Start::memtui(&all).size(size.0, size.1).env("HOME", self.path());
        for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
            start = start.env(&format!("XDG_{name}_HOME"), self.path().join(name.to_lowercase()));
        }
        start
    }

    fn bookmarks(&self) -> std::path::PathBuf {
        self.path().join("state/memtui/bookmarks.json")
    }
}

fn settled(term: &Term) {
    term.wait_until("a list of memories", |screen| screen.contains(" of 287"));
    term.quiet();
}

fn left(mut term: Term) {
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

/// A report of the mouse (xterm, *SGR extended coordinates*), at a cell counted from 0.
fn report(term: &mut Term, button: u16, column: usize, row: usize, down: bool) {
    let end = if down { 'M' } else { 'm' };
    term.send(format!("\x1b[<{button};{};{}{end}", column + 1, row + 1).as_bytes());
}

/// The column of the line between list and memory.
fn line(screen: &str) -> usize {
    let row = screen.lines().nth(20).unwrap_or_default();
    row.chars().enumerate().filter(|(_, sign)| *sign == '│').nth(1).map_or(0, |(column, _)| column)
}

#[test]
fn a_line_is_dragged_and_stands_there_after_a_restart() {
    let home = Home::new();
    let mut term = home.start(&[], (160, 40)).start();
    settled(&term);
    let from = line(&term.screen());
    report(&mut term, 0, from, 20, true);
    for step in 1..=15 {
        report(&mut term, 32, from - step, 21, true);
    }
    report(&mut term, 0, from - 15, 21, false);
    term.wait_until("the line elsewhere", |screen| line(screen) == from - 15);
    // A wheel without a button held is no drag.
    report(&mut term, 65, 40, 20, true);
    term.wait_until("the list scrolled", |screen| screen.contains("4–"));
    left(term);
    let again = home.start(&[], (160, 40)).start();
    settled(&again);
    again.wait_until("the line where it was", |screen| line(screen) == from - 15);
    left(again);
    let fresh = home.start(&["--fresh"], (160, 40)).start();
    settled(&fresh);
    fresh.wait_until("the line where it usually is", |screen| line(screen) == from);
    left(fresh);
}

#[test]
fn a_restart_comes_back_to_filter_order_and_place() {
    let home = Home::new();
    let mut term = home.start(&[], (100, 30)).start();
    settled(&term);
    term.keys("/ is:secret <enter>");
    term.wait_until("the end of typing", |screen| screen.contains("/ is:secret") && !screen.contains("of 287"));
    term.keys("O j");
    term.wait_for("oldest first");
    term.quiet();
    let title = |term: &Term| {
        let screen = term.screen();
        screen.lines().find(|line| line.starts_with('▌')).unwrap_or_default().chars().skip(16).collect::<String>()
    };
    let here = title(&term);
    left(term);
    let mut again = home.start(&[], (100, 30)).start();
    again.wait_until("the filter and the order", |screen| {
        screen.contains("/ is:secret") && screen.contains("oldest first") && screen.contains(" of ")
    });
    again.wait_until("a cursor", |screen| screen.contains('▌'));
    again.quiet();
    assert_eq!(title(&again), here);
    again.keys("<backspace>");
    left(again);
    assert!(!fs::read_to_string(home.bookmarks()).unwrap().contains("is:secret"));
}

#[test]
fn nothing_is_kept_where_nothing_is_to_be() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("config/memtui")).unwrap();
    fs::write(home.path().join("config/memtui/config.toml"), "restore = false").unwrap();
    let mut term = home.start(&[], (100, 30)).start();
    settled(&term);
    term.keys("j j P");
    left(term);
    assert!(!home.bookmarks().exists());
}

#[test]
fn a_change_is_kept_while_the_program_runs_and_rest_writes_nothing() {
    let home = Home::new();
    let mut term = home.start(&[], (100, 30)).start();
    settled(&term);
    term.keys("j j P");
    let until = std::time::Instant::now() + crate::harness::PATIENCE;
    while !home.bookmarks().exists() {
        assert!(std::time::Instant::now() < until, "nothing was kept");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let kept = || fs::metadata(home.bookmarks()).unwrap().modified().unwrap();
    let before = kept();
    // A key that changes nothing is no reason to write.
    term.keys("k j");
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert_eq!(kept(), before);
    term.signal(rustix::process::Signal::TERM);
    assert_eq!(term.exit_code(), 128 + 15);
    assert_eq!(kept(), before, "and the end has nothing to add");
}

#[test]
fn ids_texts_and_commands_go_to_the_clipboard() {
    let home = Home::new();
    let mut term = home.start(&[], (120, 40)).start();
    settled(&term);
    term.quiet();
    term.keys("y");
    term.wait_for("Copied claude-mem:");
    term.wait_for_bytes(b"\x1b]52;c;Y2xhdWRlLW1lbT");
    term.keys("<c-y>");
    term.wait_for("Copied the command");
    // `memtui show claude-`
    term.wait_for_bytes(b"\x1b]52;c;bWVtdHVpIHNob3cgY2xhdWRlL");
    left(term);
}

#[test]
fn files_of_a_checkout_are_links_where_the_terminal_has_them() {
    let home = Home::new();
    let root = home.path().join("work tree");
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join("here.rs"), "").unwrap();
    let files = serde_json::json!([root.join("here.rs"), root.join("gone.rs"), "/etc/passwd"]).to_string();
    let database = rusqlite::Connection::open(home.path().join("claude-mem.db")).unwrap();
    database.execute("UPDATE observations SET files_modified = ?1, files_read = '[]'", [files]).unwrap();
    drop(database);
    for (setting, linked) in [("auto", true), ("off", false)] {
        let term = home.start(&[], (160, 60)).env("MEMTUI_HYPERLINKS", setting).start();
        settled(&term);
        term.wait_for("here.rs");
        let bytes = String::from_utf8_lossy(&term.bytes()).into_owned();
        let links: Vec<&str> = bytes.split("\x1b]8;").skip(1).filter_map(|rest| rest.split('\x1b').next()).collect();
        assert_eq!(links.iter().any(|link| link.ends_with("/work%20tree/here.rs")), linked, "{links:?}");
        assert!(!links.iter().any(|link| link.contains("gone") || link.contains("passwd")), "{links:?}");
        let (opened, closed) = links.iter().partition::<Vec<&str>, _>(|link| link.len() > 1);
        assert_eq!(opened.len(), closed.len(), "each link ends");
        left(term);
    }
}

#[test]
fn a_theme_that_the_terminal_cannot_show_is_replaced_with_a_remark() {
    let home = Home::new();
    let themes = home.path().join("config/memtui/themes");
    fs::create_dir_all(&themes).unwrap();
    fs::write(themes.join("mine.toml"), "inherits = \"dark\"\nalarm = \"bold #ff0000\"\n").unwrap();
    let poor = home.start(&[], (100, 30)).env("MEMTUI_THEME", "mine").start();
    settled(&poor);
    poor.wait_for("The theme mine needs 24-bit colour");
    assert!(!String::from_utf8_lossy(&poor.bytes()).contains("\x1b[38;2;"));
    left(poor);
    let rich = home.start(&[], (100, 30)).env("MEMTUI_THEME", "mine").env("COLORTERM", "truecolor").start();
    settled(&rich);
    assert!(String::from_utf8_lossy(&rich.bytes()).contains("38;2;"));
    left(rich);
}

#[test]
fn a_store_that_is_opened_again_keeps_filter_order_and_marks() {
    let home = Home::new();
    let mut term = home.start(&[], (100, 30)).start();
    settled(&term);
    term.keys("/ kind:bugfix <enter> O");
    term.wait_for("oldest first");
    term.quiet();
    term.keys("<space> <space>");
    term.wait_for("2 marked");
    let database = home.path().join("claude-mem.db");
    fs::copy(&database, home.path().join("copy.db")).unwrap();
    fs::rename(home.path().join("copy.db"), &database).unwrap();
    term.wait_for("r reopens it");
    term.keys("r");
    term.wait_until("everything again", |screen| {
        let kept = ["/ kind:bugfix", "oldest first", "2 marked"].iter().all(|text| screen.contains(text));
        kept && !screen.contains("cannot be read") && screen.matches('●').count() >= 2
    });
    left(term);
}

#[test]
fn a_theme_of_ones_own_with_a_mistake_is_refused_with_a_suggestion() {
    let home = Home::new();
    let themes = home.path().join("config/memtui/themes");
    fs::create_dir_all(&themes).unwrap();
    fs::write(themes.join("mine.toml"), "inherits = \"dark\"\nalrm = \"bold red\"\n").unwrap();
    let mut term = home.start(&[], (100, 30)).env("MEMTUI_THEME", "mine").start();
    term.wait_for("no such role `alrm`; did you mean `alarm`?");
    assert_eq!(term.exit_code(), 2);
}

/// Clicks on a text of the screen.
fn click(term: &mut Term, text: &str) {
    let screen = term.screen();
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect(text);
    let column = line[..line.find(text).unwrap()].chars().count();
    report(term, 0, column, row, true);
    report(term, 0, column, row, false);
}

#[test]
fn tabs_rows_hints_and_menus_are_clicked() {
    let home = Home::new();
    let mut term = home.start(&[], (100, 30)).start();
    settled(&term);
    click(&mut term, "3 History");
    term.wait_for("0 operations");
    click(&mut term, "1 Memories");
    settled(&term);
    click(&mut term, "o sort");
    term.wait_for("Sort by");
    click(&mut term, "size");
    term.wait_for("longest first");
    term.quiet();
    for _ in 0..2 {
        report(&mut term, 0, 50, 7, true);
        report(&mut term, 0, 50, 7, false);
    }
    term.wait_until("the memory with the focus", |screen| screen.lines().last().unwrap_or_default().contains("h back"));
    term.wait_until("the fifth row under the cursor", |screen| {
        screen.lines().nth(7).is_some_and(|line| line.starts_with('▌'))
    });
    term.keys("h");
    left(term);
}

#[test]
fn without_the_mouse_nothing_is_asked_of_the_terminal() {
    let home = Home::new();
    let term = home.start(&[], (100, 30)).env("MEMTUI_MOUSE", "off").start();
    settled(&term);
    let bytes = String::from_utf8_lossy(&term.bytes()).into_owned();
    for mode in ["\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h", "\x1b[?1006h"] {
        assert!(!bytes.contains(mode), "{mode:?}");
    }
    left(term);
}
