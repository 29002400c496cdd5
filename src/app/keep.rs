//! What is found again at the next start, and what goes along when the same stores are opened again.

use super::{App, Effect, Event, Marks, Screen, Tone};
use crate::{
    catalog::{Sort, SortKey, ViewSpec},
    memory::{EpochMs, Handle, Key},
    query::{self, Expr},
    state::{Bookmark, LastView},
};

/// After a change so much time goes by before it is kept, in milliseconds: a person who moves on is not followed with
/// writes.
const DELAY: EpochMs = 3_000;

/// What comes from an earlier run on the same stores.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    bookmark: Bookmark,
    marks: Marks,
}

impl From<Bookmark> for Carried {
    fn from(bookmark: Bookmark) -> Self {
        Self { bookmark, marks: Marks::default() }
    }
}

impl App {
    /// Asks for the first view: that of the filter that was given, or the one that was left.
    pub(super) fn begin(&mut self, filter: &str, carried: Option<Carried>, effects: &mut Vec<Effect>) {
        let Carried { bookmark: Bookmark { arrangements, view }, marks } = carried.unwrap_or_default();
        self.arrangements = arrangements;
        self.marks = marks;
        if !filter.trim().is_empty() {
            let expr = query::parse(filter, self.now, self.calendar()).unwrap_or_else(|error| {
                self.toast(Tone::Trouble, format!("filter: {error}"));
                Expr::All
            });
            if expr != Expr::All {
                filter.trim().clone_into(&mut self.filter);
            }
            return self.ask_view(ViewSpec { filter: expr, ..ViewSpec::default() }, None, false, effects);
        }
        // A text of an older language, or one that somebody else wrote there, is no filter.
        let expr = query::parse(&view.filter, self.now, self.calendar()).unwrap_or_default();
        if expr != Expr::All {
            self.filter = view.filter;
        }
        let key = SortKey::ALL.into_iter().find(|key| key.name() == view.sort);
        let sort = key.map_or_else(Sort::default, |key| Sort { key, descending: view.descending });
        self.list.folded = view.folded.into_iter().collect();
        let here = view.memory.map(|(store, handle)| Key { store, handle: Handle(handle) });
        self.ask_view(ViewSpec { filter: expr, sort, grouped: view.grouped }, here, false, effects);
        if view.screen == Screen::Insights.name() {
            self.show_insights(effects);
        } else if view.screen == Screen::History.name() {
            self.show(Screen::History, effects);
        } else if view.screen == Screen::Queue.name() {
            self.open_queue(effects);
        }
    }

    /// What is to be found again.
    pub fn bookmark(&self) -> Bookmark {
        // What is being typed is not chosen yet.
        let place = self.filter_line.as_ref().map_or_else(|| self.place(), |line| line.before.clone());
        let spec = &place.spec;
        let mut folded: Vec<String> = self.list.folded.iter().cloned().collect();
        folded.sort_unstable();
        let usual = spec.sort == Sort::default();
        let view = LastView {
            filter: place.filter,
            sort: if usual { String::new() } else { spec.sort.key.name().to_owned() },
            descending: spec.sort.descending,
            grouped: spec.grouped,
            folded: if spec.grouped { folded } else { Vec::new() },
            memory: place.memory.map(|key| (key.store, key.handle.0)),
            screen: self.screen.name().to_owned(),
        };
        Bookmark { arrangements: self.arrangements.clone(), view }
    }

    /// What goes along when the same stores are opened again.
    pub fn carry(&self) -> Carried {
        Carried { bookmark: self.bookmark(), marks: self.marks.clone() }
    }

    /// Something came in that may change what is to be found again.
    pub(super) fn may_change(&mut self, event: &Event) {
        let by_hand = matches!(event, Event::Key(_) | Event::Mouse(_) | Event::Paste(_));
        if by_hand && self.remember_at.is_none() && self.welcome.is_none() {
            self.remember_at = Some(self.now + DELAY);
        }
    }

    /// Has it kept when its time has come.
    pub(super) fn remember(&mut self, effects: &mut Vec<Effect>) {
        if self.remember_at.take_if(|at| *at <= self.now).is_some() {
            effects.push(Effect::Remember(self.bookmark()));
        }
    }
}

impl Screen {
    /// Its name in the file of bookmarks; the usual one has none, and a sitting has a door of its own.
    const fn name(self) -> &'static str {
        match self {
            Self::Memories | Self::Review => "",
            Self::History => "history",
            Self::Insights => "insights",
            Self::Queue => "queue",
        }
    }
}
