//! Every screen at every size: nothing panics, nothing is refused.

use std::collections::BTreeSet;

use super::super::fake::{Desk, setup};
use crate::{
    app::{App, Dialog, Event, Focus, Matter, Over, Picks, Screen, Setup, Tab, Welcome},
    curate::Progress,
    engine::Reply,
    keymap::Mode,
};

/// Ways to each screen and to everything that lies over one.
const WAYS: [&str; 48] = [
    "",
    "v j j",
    "z",
    "z h",
    "enter",
    "s",
    "/ k i n d : tab",
    "/ k i n d : x",
    "M d",
    "M / z z z enter p",
    "e",
    "e esc",
    "e f2",
    "e x f2",
    "e x esc esc",
    "e x f2 enter",
    "c",
    "c 9 enter",
    "t",
    "o",
    "b",
    "3",
    "3 enter",
    "H",
    "R",
    "R enter",
    "C",
    "M T enter",
    "?",
    ":",
    "i",
    "L",
    "V",
    "f",
    "W",
    "enter /",
    "S",
    "S a d",
    "S A A A A A",
    "2",
    "2 K K K K tab n",
    "2 ] enter",
    "D",
    "2 S",
    "2 r",
    "2 i",
    "2 m m y",
    "2 A A y y y y",
];

/// The name of what is drawn. Whoever adds a screen names it here, and then a way has to lead to it.
fn name(app: &App) -> &'static str {
    match &app.over {
        Some(Over::Menu(_)) => return "menu",
        Some(Over::Question(question)) if question.error.is_some() => return "question with an error",
        Some(Over::Question(_)) => return "question",
        Some(Over::Erase(_)) => return "erase",
        Some(Over::Dialog(dialog)) => return matter(dialog),
        Some(Over::Form(form)) => return if form.typing { "field" } else { "form" },
        Some(Over::Palette(palette)) => return if palette.help { "help" } else { "palette" },
        Some(Over::Why(_)) => return "why",
        Some(Over::Versions(_)) => return "versions",
        Some(Over::RollBack(_)) => return "roll-back",
        Some(Over::Saying(_)) => return "saying",
        Some(Over::Carry(_)) => return "carry",
        Some(Over::Picker(picker)) => {
            return match picker.picks {
                Picks::Views => "views",
                Picks::Targets { .. } => "where to carry",
                Picks::Scopes | Picks::Stores => "scopes to choose",
            };
        }
        None => {}
    }
    if let Some(line) = &app.filter_line {
        return if line.suggestions.is_some() { "suggestions" } else { "filter" };
    }
    match (app.screen, app.focus) {
        _ if app.locked => "locked",
        _ if app.mode() == Mode::Find => "find",
        (Screen::History, _) if app.history.inside => "changes",
        (Screen::History, _) => "history",
        (Screen::Review, _) if app.bench.seat().is_some() => "sitting",
        (Screen::Review, _) => "recess",
        (Screen::Memories, Focus::Scopes) => "scopes",
        (Screen::Memories, Focus::Memory) => "memory",
        (Screen::Memories, Focus::List) if app.list.spec.grouped => "groups",
        (Screen::Memories, Focus::List) => "list",
        (Screen::Insights, _) => "insights",
        (Screen::Queue, _) if app.queue.inside => "evidence",
        (Screen::Queue, _) if app.queue.tab == Tab::Audit => "applied",
        (Screen::Queue, _) if app.queue.left() == 0 => "queue done",
        (Screen::Queue, _) => "queue",
    }
}

fn matter(dialog: &Dialog) -> &'static str {
    match &dialog.matter {
        Matter::Prune { .. } => "prune",
        Matter::Beyond { .. } => "beyond",
        Matter::Decide { .. } => "decide",
        Matter::Save(..) => "save",
        Matter::Discard(_) => "discard",
        Matter::Refused(..) => "refused",
        Matter::Unreadable(..) => "unreadable",
    }
}

const NAMES: [&str; 38] = [
    "applied",
    "beyond",
    "carry",
    "changes",
    "decide",
    "discard",
    "erase",
    "evidence",
    "field",
    "filter",
    "find",
    "form",
    "groups",
    "help",
    "history",
    "list",
    "locked",
    "memory",
    "menu",
    "palette",
    "prune",
    "question",
    "question with an error",
    "queue",
    "queue done",
    "recess",
    "refused",
    "roll-back",
    "save",
    "scopes",
    "scopes to choose",
    "sitting",
    "suggestions",
    "unreadable",
    "versions",
    "views",
    "where to carry",
    "why",
];

/// Sizes from one cell on: all small ones, some of each larger class, the borders between classes.
fn sizes() -> impl Iterator<Item = (u16, u16)> {
    let widths = (1..=12).chain([20, 40, 50, 59, 60, 80, 99, 109, 110, 160, 300]);
    widths.flat_map(|width| (1..=8).chain([13, 18, 20, 24, 50, 100]).map(move |height| (width, height)))
}

#[test]
fn every_screen_is_drawn_at_every_size() {
    let mut seen = BTreeSet::new();
    let mut draw = |mut desk: Desk| {
        seen.insert(name(&desk.app));
        for (width, height) in sizes() {
            desk.send(Event::Resize(width, height));
            desk.draw();
        }
    };
    for keys in WAYS {
        let mut desk = Desk::new(30, (80, 24));
        desk.fake.refuse = keys.ends_with("f2 enter");
        desk.keys("d j space");
        desk.keys(keys);
        draw(desk);
    }
    let mut unreadable = Desk::new(30, (80, 24));
    unreadable.keys("E");
    unreadable.send(Event::EditorDone(Ok(Some("no field".to_owned()))));
    draw(unreadable);
    let mut applied = Desk::new(30, (80, 24));
    applied.fake.queue.apply(8);
    applied.keys("2 t");
    draw(applied);
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), NAMES);
}

#[test]
fn messages_progress_and_welcome_are_drawn_at_every_size() {
    let welcome = Welcome {
        looked: vec!["/home/ada/.claude-mem/claude-mem.db: no such file".to_owned()],
        problem: Some("/tmp/x: this is a directory, not a store; name a file".to_owned()),
    };
    let mut welcome = Desk::with(0, Setup { welcome: Some(welcome), ..setup() });
    let mut message = Desk::new(3, (80, 24));
    let mut covered = Desk::new(3, (80, 24));
    covered.keys("o");
    let mut working = Desk::new(3, (80, 24));
    working.silent = true;
    working.keys("d");
    working.tell(Reply::Progress(Progress { done: 40, total: 197 }));
    for (width, height) in sizes() {
        for desk in [&mut welcome, &mut message, &mut covered] {
            desk.send(Event::Resize(width, height));
            desk.send(Event::Paste("x".to_owned()));
            desk.draw();
        }
        working.send(Event::Resize(width, height));
        working.draw();
    }
}

#[test]
fn a_long_message_covers_no_line() {
    let mut desk = Desk::new(60, (40, 20));
    desk.keys("G");
    desk.send(Event::Paste("x".to_owned()));
    desk.draw();
    let screen = desk.screen();
    let message = screen.lines().position(|line| line.contains("Pasted text")).unwrap();
    let cursor = screen.lines().enumerate().filter(|(_, line)| line.starts_with('▌')).last().unwrap().0;
    assert!(screen.lines().count() > message + 1 && cursor < message, "the cursor stays in sight:\n{screen}");
}
