//! What comes into the state machine and what it wants done: the whole contract with the terminal side.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::Rect;

use super::{Review, Section};
use crate::{
    action::Action,
    engine::{Reply, Request, StoreState, Ticket},
    keymap::Keymap,
    memory::EpochMs,
    state::Bookmark,
    theme::Theme,
    views::{NotSaved, SavedView},
};

use super::{Carried, Divider};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key.
    Key(KeyEvent),
    /// Text pasted into the terminal.
    Paste(String),
    /// The mouse.
    Mouse(MouseEvent),
    /// The terminal's new size: columns, rows.
    Resize(u16, u16),
    /// The terminal got (`true`) or lost the focus.
    Focus(bool),
    /// The engine took the oldest [`Effect::Ask`] not yet reported, under this ticket.
    Sent(Ticket),
    /// The engine answered.
    Reply(Ticket, Reply),
    /// The moment of [`App::next_tick`](super::App::next_tick) has come.
    Tick,
    /// The external editor is done: the text, `None` when it left the text alone, or why it could not run.
    EditorDone(Result<Option<String>, String>),
    /// The saved views were written down, or not.
    ViewsSaved(Result<(), NotSaved>),
}

/// Something that the terminal side is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send a request to the engine and tell its ticket with [`Event::Sent`].
    Ask(Request),
    /// Let a person edit this text in `$EDITOR`, then send [`Event::EditorDone`].
    Editor(String),
    /// Write the saved views down, then send [`Event::ViewsSaved`].
    SaveViews {
        /// The views that the file should have.
        before: Vec<SavedView>,
        /// The views that it shall have.
        after: Vec<SavedView>,
    },
    /// Have a store left out from the next opening on, or not any more.
    Switch {
        /// Whether it is opened.
        on: bool,
        /// Its name.
        name: String,
        /// Where it is.
        path: PathBuf,
    },
    /// Put the text on the clipboard.
    Copy(String),
    /// Put the program in the background.
    Suspend,
    /// Draw the whole screen again.
    Repaint,
    /// Keep this for the next start.
    Remember(Bookmark),
}

/// In which zone times of day are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// The zone of this machine.
    #[default]
    Local,
    /// UTC, the same everywhere: for pictures and tests.
    Utc,
}

/// What there is to say when no store could be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Welcome {
    /// The places that were looked at, each with what was found there.
    pub looked: Vec<String>,
    /// What is wrong with the store that was asked for, if one was.
    pub problem: Option<String>,
}

/// A store in the list of stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLine {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How many memories it has, where that is known.
    pub count: Option<usize>,
    /// How it is, in words.
    pub state: String,
    /// Whether it is to be opened.
    pub on: bool,
}

/// What the state machine starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The time now.
    pub now: EpochMs,
    /// The terminal's size: columns, rows.
    pub size: (u16, u16),
    /// The keys.
    pub keymap: Keymap,
    /// The looks.
    pub theme: Theme,
    /// Whether lines and marks are drawn in ASCII.
    pub ascii: bool,
    /// In which zone times of day are shown.
    pub zone: Zone,
    /// Why nothing can be changed at all (`--read-only`), if so.
    pub read_only: Option<String>,
    /// The open stores, in the order of [`Key::store`](crate::memory::Key).
    pub stores: Vec<StoreState>,
    /// Stores that were found and are not open: switched off, or not to be read.
    pub absent: Vec<StoreLine>,
    /// Whether what looks like a password, token or key is masked.
    pub mask_secrets: bool,
    /// Pruning more memories than this shows a preview first.
    pub confirm_over: usize,
    /// The filter to begin with.
    pub filter: String,
    /// What comes from an earlier run: it is gone back to.
    pub carried: Option<Carried>,
    /// The stores that were named when the program was started; a copied command names them, too.
    pub named: Vec<PathBuf>,
    /// Whether nothing moves by itself: counts in place of bars that grow.
    pub reduced_motion: bool,
    /// The name of this machine for links to files; `None` where the terminal has no links.
    pub link_host: Option<String>,
    /// Something to say at the start.
    pub remark: Option<String>,
    /// The saved views.
    pub views: Vec<SavedView>,
    /// Why the saved views could not be read, if so; then they cannot be changed either.
    pub views_broken: Option<String>,
    /// The sitting to begin with, if one is wanted.
    pub review: Option<Review>,
    /// Set when there is no store to open.
    pub welcome: Option<Welcome>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            now: 0,
            size: (80, 24),
            keymap: Keymap::default(),
            theme: Theme::default(),
            ascii: false,
            zone: Zone::default(),
            read_only: None,
            stores: Vec::new(),
            absent: Vec::new(),
            mask_secrets: true,
            confirm_over: 10,
            filter: String::new(),
            carried: None,
            named: Vec::new(),
            reduced_motion: false,
            link_host: None,
            remark: None,
            views: crate::views::built_in(),
            views_broken: None,
            review: None,
            welcome: None,
        }
    }
}

/// A scrollable area as it was drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pane {
    /// Where.
    pub area: Rect,
    /// The first line shown.
    pub top: usize,
    /// How many lines there are in all.
    pub lines: usize,
    /// Screen rows per line.
    pub tall: u16,
}

impl Pane {
    /// How many lines fit.
    pub fn height(&self) -> usize {
        usize::from(self.area.height / self.tall.max(1))
    }

    /// The line at a cell.
    pub(crate) fn line_at(&self, column: u16, row: u16) -> Option<usize> {
        let inside = self.area.contains((column, row).into());
        let line = self.top + usize::from(row.saturating_sub(self.area.y) / self.tall.max(1));
        (inside && line < self.lines).then_some(line)
    }
}

/// Something that a click chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A line of a menu, of help or of the palette.
    Item(usize),
    /// A button of a dialog or of the edit form.
    Button(usize),
    /// A field of the edit form.
    Field(usize),
    /// A suggestion below the filter line.
    Suggestion(usize),
}

/// The Insights screen as it was drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pictures {
    /// The first line of the page on screen.
    pub(crate) top: usize,
    /// The first scope on screen.
    pub(crate) scope_top: usize,
    /// Days on screen.
    pub(crate) days: usize,
    /// Scopes on screen.
    pub(crate) scopes: usize,
    /// Where each part is that a click can point at.
    pub(crate) parts: Vec<(Rect, Section, usize)>,
}

/// What drawing learns: areas for the mouse and heights for paging.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// The list of memories, or of operations.
    pub list: Pane,
    /// The memory, or what an operation changed.
    pub memory: Pane,
    /// Lines of the memory on which the filter's words stand.
    pub matches: Vec<usize>,
    /// The lines of the proposal on which the cursor can stop.
    pub(crate) stops: Vec<usize>,
    /// The scopes.
    pub scopes: Pane,
    /// What lies over the screen: help, a dialog's sample, a diff.
    pub over: Pane,
    /// A difference beside or below a list that lies over the screen.
    pub difference: Pane,
    /// The pictures of the Insights screen.
    pub(crate) insights: Pictures,
    /// Things that a click runs.
    pub actions: Vec<(Rect, Action)>,
    /// Things that a click chooses.
    pub targets: Vec<(Rect, Target)>,
    /// The box that lies over the screen.
    pub frame: Option<Rect>,
    /// Lines that can be dragged.
    pub dividers: Vec<Divider>,
    /// Addresses behind cells, by the number that the cells carry as the colour of their underline.
    pub links: Vec<(u32, String)>,
    /// Saved views, by their place, that a click shows.
    pub views: Vec<(Rect, usize)>,
    /// Where the text cursor is, for the terminal's own cursor.
    pub cursor: Option<(u16, u16)>,
}
