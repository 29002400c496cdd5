//! The program itself on the screen: the state machine, the engine and the drawing, joined.

use std::{collections::VecDeque, path::PathBuf};

use ratatui::Frame;

use super::{Input, Order, Program};
use crate::{
    app::{App, Carried, Effect, Event, Setup},
    engine::Engine,
    memory::EpochMs,
    state::{self, Bookmark},
    ui, views,
};

/// Edited texts are Markdown.
const SUFFIX: &str = ".md";

/// Files of the person's that the program writes by itself.
#[derive(Clone, Debug)]
pub struct Files {
    /// The saved views.
    pub views: PathBuf,
    /// The stores that are switched off.
    pub switched_off: PathBuf,
}

/// memtui, ready to [`run`](super::run).
pub struct Driver {
    app: App,
    engine: Engine,
    files: Files,
    /// What the terminal is to do before anything came in.
    first: Vec<Order>,
    /// Keeps what is to be found again at the next start.
    keep: Box<dyn FnMut(Bookmark)>,
}

impl Driver {
    /// The program at its start; its first questions are on their way.
    /// `keep` is handed what is to be found again at the next start, now and then while it changes. Saved views and
    /// switches are kept in `files`.
    pub fn new(setup: Setup, engine: Engine, keep: Box<dyn FnMut(Bookmark)>, files: Files) -> Self {
        let now = setup.now;
        let (app, effects) = App::new(setup);
        let mut driver = Self { app, engine, first: Vec::new(), keep, files };
        let mut first = Vec::new();
        driver.carry_out(effects, now, &mut first);
        driver.first = first;
        driver
    }

    /// Whether the person, who is done, wants to look at the demo instead.
    pub fn wants_demo(&self) -> bool {
        self.app.wants_demo()
    }

    /// Whether the person, who is done, wants the same stores opened again.
    pub fn wants_reopen(&self) -> bool {
        self.app.wants_reopen()
    }

    /// Has kept what is to be found again, and gives what goes along when the same stores are opened again.
    pub fn close(mut self) -> Carried {
        (self.keep)(self.app.bookmark());
        self.app.carry()
    }

    fn tell(&mut self, event: Event, now: EpochMs, orders: &mut Vec<Order>) {
        let effects = self.app.on_event(event, now);
        self.carry_out(effects, now, orders);
    }

    /// Carries effects out in order. The tickets of questions are told at once, before any answer can be read.
    fn carry_out(&mut self, effects: Vec<Effect>, now: EpochMs, orders: &mut Vec<Order>) {
        let mut waiting = VecDeque::from(effects);
        while let Some(effect) = waiting.pop_front() {
            match effect {
                Effect::Ask(request) => {
                    let ticket = self.engine.send(request);
                    waiting.extend(self.app.on_event(Event::Sent(ticket), now));
                }
                Effect::SaveViews { before, after } => {
                    let saved = views::replace(&self.files.views, &before, &after);
                    waiting.extend(self.app.on_event(Event::ViewsSaved(saved), now));
                }
                Effect::Editor(text) => orders.push(Order::Edit { text, suffix: SUFFIX.to_owned() }),
                Effect::Switch { on, name, path } => {
                    // What cannot be written down is seen by the store that is still there.
                    let _unwritten = state::switch(&self.files.switched_off, &name, &path, on);
                }
                Effect::Copy(text) => orders.push(Order::Copy(text)),
                Effect::Suspend => orders.push(Order::Suspend),
                Effect::Repaint => orders.push(Order::Repaint),
                Effect::Remember(bookmark) => (self.keep)(bookmark),
            }
        }
    }
}

impl Program for Driver {
    fn on_input(&mut self, input: Input, now: EpochMs) -> Vec<Order> {
        let mut orders = std::mem::take(&mut self.first);
        let event = match input {
            Input::Key(key) => Event::Key(key),
            Input::Paste(text) => Event::Paste(text),
            Input::Mouse(mouse) => Event::Mouse(mouse),
            Input::Resize(columns, rows) => Event::Resize(columns, rows),
            Input::Focus(got) => Event::Focus(got),
            Input::Tick => Event::Tick,
            Input::Edited(edited) => Event::EditorDone(edited),
            Input::Woken => {
                while let Ok((ticket, reply)) = self.engine.replies().try_recv() {
                    self.tell(Event::Reply(ticket, reply), now, &mut orders);
                }
                return self.ended(orders);
            }
        };
        self.tell(event, now, &mut orders);
        self.ended(orders)
    }

    fn needs_redraw(&self) -> bool {
        self.app.needs_redraw()
    }

    fn next_tick(&self) -> Option<EpochMs> {
        self.app.next_tick()
    }

    fn draw(&mut self, frame: &mut Frame<'_>) -> Vec<(u32, String)> {
        let mut hits = ui::draw(&self.app, frame);
        let links = std::mem::take(&mut hits.links);
        self.app.drawn(hits);
        links
    }

    fn is_waiting(&self) -> bool {
        self.app.awaits_rows()
    }

    fn painted(&mut self) {
        if !self.app.awaits_rows() {
            self.engine.painted();
        }
    }
}

impl Driver {
    fn ended(&self, mut orders: Vec<Order>) -> Vec<Order> {
        if self.app.finished() {
            orders.push(Order::Quit);
        }
        orders
    }
}
