//! Every screen as it looks: text and styles, at three sizes, in two themes.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::fmt::Write as _;

use memtui::{
    app, catalog, change, curate, engine, keymap, ledger, memory, query, store,
    theme::{Role, Theme},
    ui,
};
use ratatui::{buffer::Buffer, style::Style};

#[path = "../src/app/fake/mod.rs"]
#[expect(dead_code, reason = "the tests of the state machine use more of it")]
mod fake;

use fake::{Desk, setup};

const SIZES: [(u16, u16); 3] = [(50, 50), (80, 24), (160, 50)];
const THEMES: [&str; 2] = ["default", "light"];

/// The screen as text, then the styles: for each line, the columns at which the style changes.
fn looks(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width);
    let mut out = String::new();
    for line in buffer.content().chunks(width) {
        let text: String = line.iter().map(ratatui::buffer::Cell::symbol).collect();
        let _ = writeln!(out, "{}", text.trim_end());
    }
    for (n, line) in buffer.content().chunks(width).enumerate() {
        let mut last = Style::reset();
        let mut runs = String::new();
        for (column, cell) in line.iter().enumerate() {
            let style = cell.style();
            if column > 0 && style == last || (column == 0 && plain(style)) {
                last = style;
                continue;
            }
            let _ = write!(runs, " {column}:{}", name(style));
            last = style;
        }
        if !runs.is_empty() {
            let _ = writeln!(out, "{n:>2}{runs}");
        }
    }
    out
}

fn plain(style: Style) -> bool {
    name(style) == "-"
}

fn name(style: Style) -> String {
    let mut parts = Vec::new();
    parts.extend(style.fg.filter(|fg| *fg != ratatui::style::Color::Reset).map(|fg| fg.to_string().to_lowercase()));
    parts.extend(
        style
            .bg
            .filter(|bg| *bg != ratatui::style::Color::Reset)
            .map(|bg| format!("on-{}", bg.to_string().to_lowercase())),
    );
    let modifiers = format!("{:?}", style.add_modifier).to_lowercase();
    if !style.add_modifier.is_empty() {
        parts.push(modifiers.replace(" | ", "+"));
    }
    if parts.is_empty() { "-".to_owned() } else { parts.join("+") }
}

fn shot(screen: &str, prepare: impl Fn(&mut Desk)) {
    shot_of(screen, 197, setup, prepare);
}

/// A screen in every theme and size, with so many memories and a beginning of its own.
fn shot_of(screen: &str, memories: usize, begin: impl Fn() -> app::Setup, prepare: impl Fn(&mut Desk)) {
    for theme in THEMES {
        for size in SIZES {
            let theme = Theme::named(theme).unwrap();
            let mut desk = Desk::with(memories, app::Setup { size, theme: theme.clone(), ..begin() });
            prepare(&mut desk);
            let buffer = desk.draw();
            let (width, height) = size;
            insta::assert_snapshot!(format!("{screen}-{width}x{height}-{}", theme.name()), looks(&buffer));
        }
    }
}

#[test]
fn list() {
    shot("list", |desk| desk.keys("j j space space j"));
}

#[test]
fn list_in_groups() {
    shot("groups", |desk| desk.keys("z g h j j"));
}

#[test]
fn detail() {
    shot("detail", |desk| desk.keys("j j j j enter"));
}

#[test]
fn scopes() {
    shot("scopes", |desk| desk.keys("s j"));
}

#[test]
fn resized() {
    shot("resized", |desk| desk.keys("> > > P j"));
}

#[test]
fn filter_with_completion() {
    shot("filter", |desk| {
        desk.keys("/");
        desk.types("retry kind:");
        desk.keys("tab tab");
    });
}

#[test]
fn filter_with_a_mistake() {
    shot("mistake", |desk| {
        desk.keys("/");
        desk.types("kin:bugfix retry");
    });
}

#[test]
fn prune_preview() {
    shot("prune", |desk| desk.keys("M d"));
}

#[test]
fn pruned() {
    shot("pruned", |desk| desk.keys("j d"));
}

#[test]
fn versions() {
    shot("versions", |desk| desk.keys("j H j"));
}

#[test]
fn erase() {
    shot("erase", |desk| desk.keys("j space space D"));
}

#[test]
fn the_past() {
    shot("past", |desk| {
        desk.keys("/");
        desk.types("as-of:2026-10-01");
        desk.keys("enter j j");
    });
}

#[test]
fn who_says_something() {
    shot("who-says", |desk| {
        desk.keys("Q");
        desk.types("retry");
        desk.keys("enter space j space e ctrl-u");
        desk.types("second try");
        desk.keys("enter");
    });
}

#[test]
fn roll_back() {
    shot("roll-back", |desk| desk.keys("R enter j"));
}

#[test]
fn edit() {
    shot("edit", |desk| {
        desk.keys("e");
        desk.types(" for good");
        desk.keys("tab tab");
    });
}

#[test]
fn difference() {
    shot("difference", |desk| {
        desk.keys("e tab tab");
        desk.types(" It was our own fault.");
        desk.keys("f2");
    });
}

#[test]
fn history() {
    shot("history", |desk| {
        desk.keys("d j p e");
        desk.types(" for good");
        desk.keys("f2 enter u H j");
    });
}

#[test]
fn insights() {
    shot("insights", |desk| desk.keys("4 k h"));
}

#[test]
fn insights_by_scope() {
    shot("insights-scopes", |desk| {
        desk.keys("/");
        desk.types("-is:stale");
        desk.keys("enter 4 tab tab o j");
    });
}

#[test]
fn help() {
    shot("help", |desk| desk.keys("?"));
}

#[test]
fn palette() {
    shot("palette", |desk| {
        desk.keys(":");
        desk.types("pru");
    });
}

#[test]
fn why() {
    shot("why", |desk| desk.keys("j i"));
}

#[test]
fn sitting() {
    shot("sitting", |desk| desk.keys("S a d p A s"));
}

#[test]
fn door() {
    shot("door", |desk| {
        // Another run of the program left it there.
        let mut before = Desk::new(197, (80, 24));
        before.keys("S a d A q");
        std::mem::swap(&mut desk.fake, &mut before.fake);
        desk.keys("S");
    });
}

#[test]
fn summary() {
    shot("summary", |desk| desk.keys("S a d . w p s A A A A A A"));
}

#[test]
fn queue() {
    shot("queue", |desk| {
        desk.tell(engine::Reply::Waiting(desk.fake.queue.mark()));
        desk.keys("2 y n ]");
    });
    shot("queue-pieces", |desk| desk.keys("2 K K K K tab tab n"));
    shot("queue-conflict", |desk| {
        desk.fake.rewrite("observation/14", "Somebody wrote this meanwhile");
        desk.keys("2 K K K tab");
    });
    shot("queue-agreement", |desk| desk.keys("2 i"));
    shot("queue-done", |desk| desk.keys("2 y A N s S enter y n n"));
}

#[test]
fn applied() {
    shot("queue-applied", |desk| {
        (1..=3).for_each(|id| desk.fake.queue.apply(id));
        desk.keys("2 t");
    });
}

#[test]
fn empty_queue() {
    shot_of("queue-empty", 3, setup, |desk| desk.keys("2"));
}

#[test]
fn states() {
    shot("states", |desk| {
        desk.silent = true;
        desk.tell(engine::Reply::Changed { added: 3, removed: 0 });
        desk.tell(engine::Reply::Catalog(engine::CatalogState { done: 85, total: 197, ready: false }));
        desk.keys("d");
        desk.tell(engine::Reply::Progress(curate::Progress { done: 40, total: 197 }));
    });
}

#[test]
fn saved_views() {
    shot("views", |desk| desk.keys("] ]"));
    shot("views-chosen-from", |desk| desk.keys("V down"));
}

#[test]
fn scopes_to_go_to() {
    shot("scopes-gone-to", |desk| {
        desk.keys("S");
        desk.types("s");
    });
}

#[test]
fn a_text_in_the_memory() {
    shot("find", |desk| {
        desk.keys("j enter /");
        desk.types("jitter");
    });
}

#[test]
fn welcome() {
    let looked = [
        "CLAUDE_MEM_DATA_DIR: not set",
        "/home/ada/.claude-mem/settings.json: no such file",
        "/home/ada/.claude-mem/claude-mem.db: no such file",
    ];
    let begin = || {
        let looked = looked.map(str::to_owned).to_vec();
        app::Setup { welcome: Some(app::Welcome { looked, problem: None }), ..setup() }
    };
    shot_of("welcome", 0, begin, |_| ());
}

#[test]
fn ascii_and_mono() {
    let theme = Theme::named("mono").unwrap();
    let mut desk = Desk::with(197, app::Setup { size: (100, 30), ascii: true, theme, ..setup() });
    desk.keys("j j space space");
    let buffer = desk.draw();
    let lines: Vec<&str> = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    let odd: Vec<&&str> =
        lines.iter().filter(|symbol| !symbol.is_ascii() && !"…日本語🙂ïé–".contains(**symbol)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    insta::assert_snapshot!("list-100x30-mono-ascii", looks(&buffer));
    desk.keys("4 h");
    let buffer = desk.draw();
    let odd: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).filter(|it| !it.is_ascii()).collect();
    assert_eq!(odd, "");
    insta::assert_snapshot!("insights-100x30-mono-ascii", looks(&buffer));
}

#[test]
fn nothing_is_said_by_colour_alone() {
    // The same screen without any colour still tells marked, pinned, focused and urgent apart: by signs and attributes.
    let mono = Theme::named("mono").unwrap();
    for (one, other) in [
        (Role::Cursor, Role::Text),
        (Role::Cursor, Role::CursorAway),
        (Role::ButtonFocus, Role::Button),
        (Role::Match, Role::Text),
        (Role::AddedWord, Role::Added),
        (Role::RemovedWord, Role::Removed),
    ] {
        assert_ne!(mono.style(one), mono.style(other), "{} and {}", one.name(), other.name());
    }
}
