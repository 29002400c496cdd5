//! The program on a desk: an engine behind it, a screen before it, keys to press.

use crossterm::event::KeyEvent;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use super::{Fake, NOW};
use crate::{
    app::{App, Effect, Event, Setup},
    engine::{CatalogState, Reply, StoreState},
    keymap::Press,
    memory::EpochMs,
    ui,
};

/// The program with a fake engine behind it and a screen of a size before it.
pub(crate) struct Desk {
    /// The program.
    pub(crate) app: App,
    /// The engine.
    pub(crate) fake: Fake,
    /// Effects other than requests, in the order in which they came.
    pub(crate) effects: Vec<Effect>,
    /// The time.
    pub(crate) now: EpochMs,
    /// While set, the engine answers nothing.
    pub(crate) silent: bool,
    ticket: u64,
}

impl Desk {
    /// A desk with so many memories and a screen of that size.
    pub(crate) fn new(count: usize, size: (u16, u16)) -> Self {
        Self::with(count, Setup { size, ..setup() })
    }

    /// A desk with a program that starts in that way.
    pub(crate) fn with(count: usize, setup: Setup) -> Self {
        let (app, effects) = App::new(setup);
        let mut desk = Self { app, fake: Fake::new(count), effects: Vec::new(), now: NOW, silent: false, ticket: 0 };
        desk.carry_out(effects);
        desk.tell(Reply::Catalog(CatalogState { done: count, total: count, ready: true }));
        desk.draw();
        desk
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Ask(request) = effect else {
                self.effects.push(effect);
                continue;
            };
            self.ticket += 1;
            let ticket = self.ticket;
            self.send(Event::Sent(ticket));
            if !self.silent {
                for reply in self.fake.answer(request) {
                    self.send(Event::Reply(ticket, reply));
                }
            }
        }
    }

    /// Something happens.
    pub(crate) fn send(&mut self, event: Event) {
        let effects = self.app.on_event(event, self.now);
        self.carry_out(effects);
    }

    /// The ticket of the latest request.
    pub(crate) fn asked(&self) -> u64 {
        self.ticket
    }

    /// The engine says something of its own accord.
    pub(crate) fn tell(&mut self, reply: Reply) {
        self.send(Event::Reply(0, reply));
    }

    /// Keys, spelled as in the keymap, one after the other as a person presses them; the screen is drawn between.
    pub(crate) fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.now += 200;
            let press: Press = key.parse().unwrap();
            self.send(Event::Key(press.event()));
            self.draw();
        }
    }

    /// Types text.
    pub(crate) fn types(&mut self, text: &str) {
        for c in text.chars() {
            self.now += 100;
            self.send(Event::Key(KeyEvent::from(crossterm::event::KeyCode::Char(c))));
        }
        self.draw();
    }

    /// Draws the screen.
    pub(crate) fn draw(&mut self) -> Buffer {
        let (width, height) = self.app.size();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut hits = None;
        terminal.draw(|frame| hits = Some(ui::draw(&self.app, frame))).unwrap();
        self.app.drawn(hits.unwrap());
        terminal.backend().buffer().clone()
    }

    /// The screen as text.
    pub(crate) fn screen(&mut self) -> String {
        let buffer = self.draw();
        let lines = buffer.content().chunks(usize::from(buffer.area.width).max(1));
        lines
            .map(|line| line.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned() + "\n")
            .collect()
    }
}

/// How the program starts in tests.
pub(crate) fn setup() -> Setup {
    Setup {
        now: NOW,
        zone: crate::app::Zone::Utc,
        stores: vec![StoreState {
            name: "claude-mem".to_owned(),
            path: "/home/ada/.claude-mem/claude-mem.db".into(),
            version: "schema v49".to_owned(),
            read_only: None,
            broken: None,
        }],
        ..Setup::default()
    }
}
