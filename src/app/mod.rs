//! The state machine of the terminal program: events in, effects out. No terminal, no database, no clock.

mod act;
mod asking;
mod can;
mod carry;
mod clock;
mod commands;
mod copy;
mod dialog;
pub(crate) mod diff;
mod document;
mod drawn;
mod edit;
mod entry;
mod erase;
mod event;
#[cfg(test)]
pub(crate) mod fake;
mod filter;
mod filtering;
mod find;
mod form;
mod fuzzy;
mod hands;
mod history;
mod input;
mod insights;
mod judge;
mod keep;
mod layout;
mod list;
mod marks;
mod menu;
mod mouse;
mod movement;
mod panes;
mod past;
mod picker;
mod place;
mod queue;
mod reader;
mod replies;
mod review;
mod saying;
mod stores;
#[cfg(test)]
mod tests;
mod then;
mod toast;
mod veil;
mod views;

use std::{
    collections::{HashMap, VecDeque},
    path::PathBuf,
};

use crossterm::event::KeyEventKind;

use asking::About;
pub use entry::Entry;
pub use event::{Effect, Event, Hits, Pane, Setup, StoreLine, Target, Welcome, Zone};
pub use keep::Carried;
pub use layout::Divider;

pub(crate) use carry::CarryPreview;
pub(crate) use dialog::{Button, Dialog, Draft, Matter, Origin, Sample, Subject};
pub(crate) use diff::{DiffLine, FieldDiff, Sign};
pub(crate) use erase::Erasure;
pub(crate) use filter::FilterLine;
pub(crate) use find::Find;
pub(crate) use form::{Form, FormField, Spot};
pub(crate) use history::History;
pub(crate) use insights::{Board, Cost, ScopeSort, Section};
pub(crate) use layout::{Areas, history as history_areas, memories as memory_areas};
pub(crate) use list::{Line, List, Slot, window};
pub(crate) use marks::Marks;
pub(crate) use menu::{Asked, Command, Goal, Menu, Note, Palette, Question};
pub(crate) use panes::{Focus, NARROW, Panes, Preview};
pub(crate) use past::{Preview as RollBackPreview, Versions, way};
pub(crate) use picker::{Pick, Picker, Picks};
pub(crate) use queue::{
    Choice as PieceChoice, Page, Piece, Queue, SNOOZES, Seat as QueueSeat, Shape, Stop, Tab, Verdict as Say,
};
pub(crate) use reader::{Layout, Reader};
pub(crate) use replies::{capital, memories};
pub use review::Review;
pub(crate) use review::{Bench, Errand, Stage};
pub(crate) use saying::Saying;
pub(crate) use toast::{Toast, Tone};
pub(crate) use veil::Veil;
pub(crate) use views::Views;

use hands::Hands;

use crate::{
    action::Action,
    catalog::Facets,
    change::Label,
    curate::Progress,
    engine::{CatalogState, StoreState, Ticket},
    keymap::{Keymap, Mode},
    memory::{EpochMs, Key},
    state::Arrangements,
    text::Highlighter,
    theme::{Glyphs, Theme},
};

/// Which screen is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Screen {
    /// The list of memories.
    #[default]
    Memories,
    /// The operation log.
    History,
    /// What there is, in pictures.
    Insights,
    /// A sitting.
    Review,
    /// What waits for a verdict.
    Queue,
}

/// What lies over the screen and takes the keys.
#[derive(Clone, Debug)]
pub(crate) enum Over {
    /// A short list to choose from.
    Menu(Menu),
    /// A one-line question.
    Question(Question),
    /// The question before an erasure.
    Erase(Box<Erasure>),
    /// A question with buttons.
    Dialog(Box<Dialog>),
    /// The edit form.
    Form(Box<Form>),
    /// Help or the command palette.
    Palette(Palette),
    /// A list that is narrowed by typing.
    Picker(Picker),
    /// The terms of a confidence; how far scrolled.
    Why(usize),
    /// The versions of a memory.
    Versions(Box<Versions>),
    /// A roll-back in preview.
    RollBack(Box<RollBackPreview>),
    /// Who says something.
    Saying(Box<Saying>),
    /// Copying or moving in preview.
    Carry(Box<CarryPreview>),
}

/// An act on its way.
#[derive(Clone, Debug)]
pub(crate) struct Doing {
    /// What it is.
    pub(crate) label: Label,
    /// What to say when it is done: `Pinned`, `Confidence set to 0.40`.
    pub(crate) done: String,
    /// The memories it is about, to unmark those that go.
    pub(crate) targets: Vec<Key>,
    /// The edit, to keep it when it is refused.
    pub(crate) draft: Option<Box<Draft>>,
    /// What it does for the sitting.
    pub(crate) errand: Errand,
}

/// Why the fields of a memory were asked for.
#[derive(Clone, Debug)]
enum Wish {
    Form,
    Editor,
    /// To look at a refused edit again, against what is there now.
    Again(Box<Draft>),
}

/// Why the memories at positions of the view were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeysFor {
    /// To mark them.
    Marking,
    /// To mark them, and then to do this with what is marked: it was asked for before they were known.
    MarkingThen(Action),
    /// To do this with the range that they are.
    Acting(Action),
}

/// The terminal program's state.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, in any combination")]
pub struct App {
    pub(crate) now: EpochMs,
    pub(crate) zone: Zone,
    pub(crate) size: (u16, u16),
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    pub(crate) glyphs: Glyphs,
    pub(crate) still: bool,
    pub(crate) link_host: Option<String>,
    pub(crate) named: Vec<PathBuf>,
    pub(crate) read_only: Option<String>,
    pub(crate) stores: Vec<StoreState>,
    pub(crate) absent: Vec<StoreLine>,
    pub(crate) welcome: Option<Welcome>,
    pub(crate) screen: Screen,
    pub(crate) focus: Focus,
    pub(crate) arrangements: Arrangements,
    pub(crate) list: List,
    pub(crate) filter: String,
    pub(crate) filter_line: Option<FilterLine>,
    pub(crate) highlighter: Highlighter,
    pub(crate) find: Find,
    pub(crate) views: Views,
    pub(crate) searching: bool,
    pub(crate) reader: Reader,
    pub(crate) facets: Facets,
    pub(crate) scope_at: usize,
    pub(crate) scope_top: usize,
    pub(crate) history: History,
    pub(crate) board: Board,
    pub(crate) bench: Bench,
    pub(crate) queue: Queue,
    pub(crate) marks: Marks,
    pub(crate) range: Option<usize>,
    pub(crate) over: Option<Over>,
    /// Who says something, while a question is asked about them.
    aside: Option<Box<Saying>>,
    pub(crate) toast: Option<Toast>,
    pub(crate) locked: bool,
    pub(crate) doing: VecDeque<Doing>,
    pub(crate) progress: Option<Progress>,
    pub(crate) catalog: CatalogState,
    pub(crate) news: (usize, usize),
    pub(crate) hits: Hits,
    veil: Veil,
    confirm_over: usize,
    remembered: Vec<String>,
    /// The lists that were left for the present one, the latest last.
    trail: Vec<place::Place>,
    facets_asked: bool,
    hands: Hands,
    pointer: mouse::Pointer,
    remember_at: Option<EpochMs>,
    sending: VecDeque<About>,
    tickets: HashMap<Ticket, About>,
    wish: Option<(Key, Wish)>,
    editing: Option<Box<Draft>>,
    keys_for: Option<KeysFor>,
    picked: Option<Vec<crate::memory::Target>>,
    carrying: carry::Carrying,
    dirty: bool,
    finished: bool,
    demo: bool,
    reopen: bool,
}

impl App {
    /// The program at its start, and what it wants first.
    pub fn new(setup: Setup) -> (Self, Vec<Effect>) {
        let mut app = Self {
            now: setup.now,
            zone: setup.zone,
            size: setup.size,
            keymap: setup.keymap,
            theme: setup.theme,
            glyphs: if setup.ascii { Glyphs::ASCII } else { Glyphs::UNICODE },
            still: setup.reduced_motion,
            link_host: setup.link_host,
            named: setup.named,
            read_only: setup.read_only,
            stores: setup.stores,
            absent: setup.absent,
            welcome: setup.welcome,
            veil: Veil(setup.mask_secrets),
            confirm_over: setup.confirm_over,
            screen: Screen::default(),
            focus: Focus::default(),
            arrangements: Arrangements::default(),
            list: List::default(),
            filter: String::new(),
            filter_line: None,
            highlighter: Highlighter::default(),
            find: Find::default(),
            views: Views::new(setup.views, setup.views_broken),
            searching: false,
            reader: Reader::default(),
            facets: Facets::default(),
            scope_at: 0,
            scope_top: 0,
            history: History::default(),
            board: Board::default(),
            bench: Bench::default(),
            queue: Queue::default(),
            marks: Marks::default(),
            range: None,
            over: None,
            aside: None,
            toast: None,
            locked: false,
            doing: VecDeque::new(),
            progress: None,
            catalog: CatalogState::default(),
            news: (0, 0),
            hits: Hits::default(),
            remembered: Vec::new(),
            trail: Vec::new(),
            facets_asked: false,
            hands: Hands::default(),
            pointer: mouse::Pointer::default(),
            remember_at: None,
            sending: VecDeque::new(),
            tickets: HashMap::new(),
            wish: None,
            editing: None,
            keys_for: None,
            picked: None,
            carrying: carry::Carrying::default(),
            dirty: true,
            finished: false,
            demo: false,
            reopen: false,
        };
        let mut effects = Vec::new();
        if app.welcome.is_none() {
            app.begin(&setup.filter, setup.carried, &mut effects);
            if let Some(review) = setup.review {
                app.sit_down(Some(review), &mut effects);
            }
        }
        if let Err(reason) = app.can_change_views() {
            app.toast(Tone::Trouble, reason);
        }
        if let Some(said) = app.lacking() {
            app.toast(Tone::Note, said);
        }
        if let Some(remark) = setup.remark {
            app.toast(Tone::Note, remark);
        }
        (app, effects)
    }

    /// Deals with an event at a moment. Effects are to be carried out in order.
    pub fn on_event(&mut self, event: Event, now: EpochMs) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        self.may_change(&event);
        if let (Event::Key(key), Some(toast)) = (&event, self.toast.as_mut()) {
            toast.seen |= key.kind != KeyEventKind::Release;
        }
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => return effects,
            Event::Key(key) => self.on_key(key, &mut effects),
            Event::Paste(text) => self.on_paste(&text, &mut effects),
            Event::Mouse(mouse) => self.on_mouse(mouse, &mut effects),
            Event::Resize(width, height) => {
                self.size = (width, height);
                self.dirty = true;
            }
            Event::Focus(true) => self.hands.focus(now),
            Event::Tick => self.remember(&mut effects),
            Event::Focus(false) => {}
            Event::Sent(ticket) => self.on_sent(ticket),
            Event::Reply(ticket, reply) => self.on_reply(ticket, reply, &mut effects),
            Event::EditorDone(result) => {
                // What was typed ahead was meant for the editor.
                self.hands.focus(now);
                self.on_editor(result, &mut effects);
            }
            Event::ViewsSaved(result) => self.on_views_saved(result),
        }
        if self.toast.as_ref().is_some_and(|toast| toast.seen || toast.until <= now) {
            self.toast = None;
            self.dirty = true;
        }
        self.flow(&mut effects);
        effects
    }

    /// Whether the very first rows are still on their way.
    pub const fn awaits_rows(&self) -> bool {
        self.welcome.is_none() && !self.list.shown
    }

    /// Whether a new frame would look different.
    pub fn needs_redraw(&self) -> bool {
        self.dirty
    }

    /// When [`Event::Tick`] is wanted; `None` when only others can change anything.
    pub fn next_tick(&self) -> Option<EpochMs> {
        self.toast.as_ref().map(|toast| toast.until).into_iter().chain(self.remember_at).min()
    }

    /// Whether a person is done.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// Whether a person, who is done, wants to look at the demo instead.
    pub fn wants_demo(&self) -> bool {
        self.demo
    }

    /// Whether a person, who is done, wants the same stores opened again: one of them is not the file that was opened.
    pub fn wants_reopen(&self) -> bool {
        self.reopen
    }

    /// The terminal's size: columns, rows.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// What the keys mean now.
    pub fn mode(&self) -> Mode {
        if self.locked {
            return Mode::Locked;
        }
        if self.welcome.is_some() {
            return Mode::Welcome;
        }
        match &self.over {
            Some(Over::Menu(_)) => return Mode::Menu,
            Some(Over::Question(_)) => return Mode::Input,
            Some(Over::Erase(_)) => return Mode::Erase,
            Some(Over::Dialog(_)) => return Mode::Dialog,
            Some(Over::Form(form)) => return if form.typing { Mode::Field } else { Mode::Form },
            Some(Over::Palette(_)) => return Mode::Palette,
            Some(Over::Picker(_)) => return Mode::Picker,
            Some(Over::Why(_)) => return Mode::Page,
            Some(Over::Versions(_)) => return Mode::Versions,
            Some(Over::RollBack(_)) => return Mode::RollBack,
            Some(Over::Saying(_)) => return Mode::Saying,
            Some(Over::Carry(_)) => return Mode::Carry,
            None => {}
        }
        match (&self.filter_line, &self.find.line) {
            (Some(_), _) => Mode::Filter,
            (None, Some(_)) => Mode::Find,
            (None, None) => self.base_mode(),
        }
    }

    /// What the keys mean when nothing lies over the screen.
    pub(crate) fn base_mode(&self) -> Mode {
        match (self.screen, self.focus) {
            (Screen::Review, _) => self.review_mode(),
            (Screen::Queue, _) => self.queue_mode(),
            (Screen::History, _) if self.history.inside => Mode::Changes,
            (Screen::History, _) => Mode::History,
            (Screen::Insights, _) => Mode::Insights,
            (Screen::Memories, Focus::Scopes) => Mode::Scopes,
            (Screen::Memories, Focus::List) => Mode::List,
            (Screen::Memories, Focus::Memory) => Mode::Memory,
        }
    }

    /// The panes of the Memories screen as they are now.
    pub(crate) fn panes(&self) -> Panes {
        panes::panes(self.size, self.arrangement().preview, self.focus)
    }

    /// Says something for a while.
    pub(crate) fn toast(&mut self, tone: Tone, text: impl Into<String>) {
        self.toast = Some(Toast::new(tone, text, self.now));
        self.dirty = true;
    }
}
