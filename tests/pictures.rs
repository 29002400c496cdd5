//! The pictures of the documents: real screens of the demo, drawn by the program itself. A test fails when one of them
//! is no longer what the program shows.

#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    mem::{Discriminant, discriminant},
    path::Path,
    sync::{Arc, mpsc::RecvTimeoutError},
    time::Duration,
};

use anstyle_svg::Term;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use memtui::{
    app::{App, Effect, Event, Setup, Zone},
    curate::{Curator, Observing},
    demo,
    engine::{Desk, Engine, LedgerAt, Library, Reply, Request, Ticket},
    ledger::Ledger,
    memory::EpochMs,
    store::discover::{Environment, open_in},
    theme::{Role, Theme},
    ui,
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    style::{Color, Modifier, Style},
};
use unicode_width::UnicodeWidthStr as _;

/// 2026-11-20T10:00:00Z, for the program and for the memories.
const NOW: EpochMs = 1_795_168_800_000;
/// Between two keys, in milliseconds: slower than a key that repeats by itself.
const PAUSE: EpochMs = 100;
/// When nothing comes for so long and nothing is owed, all is on the screen.
const QUIET: Duration = Duration::from_millis(150);
/// What is owed for longer never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the pictures stand on.
const GROUND: &str = "#16191f";

/// The program on the demo, without a terminal.
struct Studio {
    app: App,
    engine: Engine,
    owed: HashMap<Discriminant<Request>, Ticket>,
    ready: bool,
    now: EpochMs,
    filtered: bool,
    _place: tempfile::TempDir,
}

impl Studio {
    fn open(size: (u16, u16)) -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("claude-mem.db");
        demo::build(&path, NOW).unwrap();
        let store = open_in(&Environment::default(), &path, &[]).unwrap();
        let path = place.path().join("memories.db");
        demo::build_shared(&path, NOW).unwrap();
        let shared = open_in(&Environment::default(), &path, &[]).unwrap();
        let library = Arc::new(Library::at(vec![store, shared], None, || NOW));
        // Judged before anything is asked, so that no picture depends on how far the judging is.
        Desk::new(Arc::clone(&library)).ready(&mut |_| true).unwrap();
        let stores = (0..2).filter_map(|place| library.store_state(place)).collect();
        let ledger = LedgerAt {
            path: place.path().join("ledger.db"),
            make: true,
            safeguard: None,
            observing: Observing::default(),
        };
        // What waits in the demo's queue.
        let batches = demo::proposals(library.stores()[0].reader().unwrap().as_mut(), NOW).unwrap();
        let shared = demo::shared_proposals(1, library.stores()[1].reader().unwrap().as_mut(), NOW).unwrap();
        let mut curator = Curator::new(Ledger::open(&ledger.path), library.stores());
        for (batch, drafts) in batches.into_iter().chain(shared) {
            curator.propose(&batch, drafts, NOW).unwrap();
        }
        let theme = Theme::named("dark").unwrap();
        let (app, effects) = App::new(Setup { now: NOW, size, zone: Zone::Utc, theme, stores, ..Setup::default() });
        let engine = Engine::start(library, ledger, Box::new(|| {}));
        let mut studio =
            Self { app, engine, owed: HashMap::new(), ready: true, now: NOW, filtered: false, _place: place };
        studio.carry_out(effects);
        studio.settle();
        studio
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Ask(request) = effect {
                let kind = discriminant(&request);
                let ticket = self.engine.send(request);
                // The newest question of a kind replaces one that still waits.
                self.owed.insert(kind, ticket);
                let more = self.app.on_event(Event::Sent(ticket), self.now);
                self.carry_out(more);
            }
        }
    }

    fn tell(&mut self, event: Event) {
        let effects = self.app.on_event(event, self.now);
        self.carry_out(effects);
    }

    /// Waits until everything that was asked is answered, and draws.
    fn settle(&mut self) -> Buffer {
        loop {
            let owing = !self.owed.is_empty() || !self.ready;
            match self.engine.replies().recv_timeout(if owing { PATIENCE } else { QUIET }) {
                Ok((ticket, reply)) => {
                    let more =
                        matches!(&reply, Reply::Progress(_)) || matches!(&reply, Reply::View(view) if view.partial);
                    if !more {
                        self.owed.retain(|_, owed| *owed != ticket);
                    }
                    if let Reply::Catalog(state) = &reply {
                        self.ready = state.ready;
                    }
                    self.tell(Event::Reply(ticket, reply));
                }
                Err(RecvTimeoutError::Timeout) => {
                    assert!(!owing, "no answer to {:?}", self.owed);
                    // What drawing learns may ask for more.
                    let buffer = self.draw();
                    self.tell(Event::Tick);
                    if self.owed.is_empty() {
                        return buffer;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => panic!("the engine is gone"),
            }
        }
    }

    fn draw(&mut self) -> Buffer {
        let (width, height) = self.app.size();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut hits = None;
        terminal.draw(|frame| hits = Some(ui::draw(&self.app, frame))).unwrap();
        self.app.drawn(hits.unwrap());
        terminal.backend().buffer().clone()
    }

    /// Presses keys: characters, or names in angle brackets.
    fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.now += PAUSE;
            let code = match key {
                "enter" => KeyCode::Enter,
                "tab" => KeyCode::Tab,
                "space" => KeyCode::Char(' '),
                "f2" => KeyCode::F(2),
                "end" => KeyCode::End,
                "backspace" => KeyCode::Backspace,
                _ => KeyCode::Char(key.chars().next().unwrap()),
            };
            self.tell(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
            self.settle();
        }
    }

    fn paste(&mut self, text: &str) {
        self.tell(Event::Paste(text.to_owned()));
        self.settle();
    }

    fn filter(&mut self, text: &str) {
        self.keys(if self.filtered { "backspace /" } else { "/" });
        self.filtered = true;
        self.paste(text);
        self.keys("enter");
    }

    /// Compares the screen with its picture, or writes it.
    fn picture(&mut self, name: &str) {
        // What was said about the last key is gone by then.
        self.now += 20_000;
        self.tell(Event::Tick);
        let svg = svg(&self.settle());
        assert!(svg.len() < 150_000, "{name}: {} bytes", svg.len());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures").join(format!("{name}.svg"));
        if std::env::var_os("MEMTUI_WRITE_DOCS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &svg).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        let differs = written.lines().zip(svg.lines()).find(|(old, new)| old != new);
        assert!(
            written == svg,
            "docs/pictures/{name}.svg is not what the program shows: run `MEMTUI_WRITE_DOCS=1 cargo test --test \
             pictures` and look at it; the first line that differs: {differs:?}"
        );
    }
}

fn svg(buffer: &Buffer) -> String {
    let theme = Theme::named("dark").unwrap();
    let rgb = |color| match color {
        Color::Rgb(red, green, blue) => anstyle::Color::Rgb(anstyle::RgbColor(red, green, blue)),
        other => panic!("{other:?} has no place in this theme"),
    };
    let ground: Color = GROUND.parse().unwrap();
    let svg = Term::new()
        .fg_color(rgb(theme.style(Role::Text).fg.unwrap()))
        .bg_color(rgb(ground))
        .min_width_px(0)
        .render_svg(&ansi(buffer));
    // Without the blanks at the ends of lines.
    let mut out = String::with_capacity(svg.len());
    for line in svg.lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// The screen as text with colours (ECMA-48, select graphic rendition).
fn ansi(buffer: &Buffer) -> String {
    let mut out = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width)) {
        let is_empty = |cell: &&ratatui::buffer::Cell| cell.symbol() == " " && cell.bg == Color::Reset;
        let end = line.len() - line.iter().rev().take_while(is_empty).count();
        let (mut last, mut skip) = (Style::reset(), 0);
        for cell in line.iter().take(end) {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = cell.symbol().width().saturating_sub(1);
            if cell.style() != last {
                last = cell.style();
                out.push_str(&rendition(last));
            }
            out.push_str(cell.symbol());
        }
        out.push_str("\x1b[0m\n");
    }
    out
}

/// One sequence for each property: the picture maker does not read several in one.
fn rendition(style: Style) -> String {
    let mut out = "\x1b[0m".to_owned();
    let attributes = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
        (Modifier::CROSSED_OUT, 9),
    ];
    for (_, code) in attributes.iter().filter(|(attribute, _)| style.add_modifier.contains(*attribute)) {
        let _ = write!(out, "\x1b[{code}m");
    }
    for (color, layer) in [(style.fg, 38), (style.bg, 48)] {
        match color {
            None | Some(Color::Reset) => {}
            Some(Color::Rgb(red, green, blue)) => {
                let _ = write!(out, "\x1b[{layer};2;{red};{green};{blue}m");
            }
            Some(other) => panic!("{other:?} has no place in this theme"),
        }
    }
    out
}

#[test]
fn list() {
    let mut studio = Studio::open((120, 32));
    studio.keys("j j p j j j space space");
    studio.picture("list");
}

#[test]
fn memory() {
    let mut studio = Studio::open((100, 40));
    studio.filter("is:hidden-text scope:trailnotes");
    studio.keys("enter i");
    studio.picture("memory");
}

#[test]
fn narrow() {
    let mut studio = Studio::open((50, 40));
    studio.keys("j p j j space j");
    studio.picture("narrow");
}

#[test]
fn review() {
    let mut studio = Studio::open((110, 34));
    studio.keys("S a d a p A a D s");
    studio.picture("review");
}

#[test]
fn prune() {
    let mut studio = Studio::open((100, 30));
    studio.filter("is:duplicate,noise,never-injected -kind:prompt -scope:user");
    studio.keys("M d");
    studio.picture("prune");
}

#[test]
fn insights() {
    let mut studio = Studio::open((120, 40));
    studio.keys("4 k k h");
    studio.picture("insights");
}

#[test]
fn history() {
    let mut studio = Studio::open((120, 32));
    studio.filter("holdout kind:security_note");
    studio.keys("p e tab tab end");
    studio.paste(" Two people checked it.");
    studio.keys("f2 enter");
    studio.filter("is:noise");
    studio.keys("d 3 j");
    studio.picture("history");
}

#[test]
fn queue() {
    let mut studio = Studio::open((120, 34));
    studio.keys("2 A s");
    studio.picture("queue");
}
