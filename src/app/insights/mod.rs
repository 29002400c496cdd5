//! The Insights screen: what there is in pictures, a cursor on every part of them, and the list behind each part.

mod board;
mod walk;

pub(crate) use board::Board;

use super::{App, Effect, Focus, Screen, Tone};
use crate::{
    action::Action,
    catalog::{ViewSpec, insights::within},
    engine::Request,
    query::{Flag, Term},
};

/// A part of the screen with pictures of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Section {
    /// Age and confidence.
    #[default]
    Map,
    /// Captures by day.
    Days,
    /// Scopes.
    Scopes,
    /// Signals.
    Signals,
    /// What it costs.
    Cost,
}

impl Section {
    /// All sections, in the order of `Tab`.
    pub(crate) const ALL: [Self; 5] = [Self::Map, Self::Days, Self::Scopes, Self::Signals, Self::Cost];
}

/// What the scopes are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum ScopeSort {
    /// Memories, most first.
    #[default]
    Count,
    /// Tokens, most first.
    Tokens,
    /// Tokens at the start of a session, most first.
    Start,
    /// The alphabet.
    Name,
}

impl ScopeSort {
    /// All of them, in the order in which `o` walks through them.
    pub(crate) const ALL: [Self; 4] = [Self::Count, Self::Tokens, Self::Start, Self::Name];
}

/// A line about what the memories cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// To read all of them.
    All,
    /// What no agent is ever given.
    Withheld,
    /// What the product puts before an agent when a session starts in the scope where that is most.
    Start,
    /// What was spent to learn them.
    Learned,
}

impl App {
    /// Shows the pictures of what the list is filtered by. Coming back from a part that was opened, the filter is again
    /// what it was before.
    pub(crate) fn show_insights(&mut self, effects: &mut Vec<Effect>) {
        self.screen = Screen::Insights;
        self.board.outdated();
        if let Some((text, before, part)) = self.board.opened.take()
            && part == self.list.spec.filter
        {
            match self.trail.pop_if(|place| place.spec.filter == before) {
                Some(place) => self.go_back_to(place, effects),
                None => self.set_filter(text, before, effects),
            }
        }
    }

    /// Asks for the numbers of the present filter, when they are not here yet.
    pub(crate) fn count_insights(&mut self, effects: &mut Vec<Effect>) {
        let filter = &self.list.spec.filter;
        if !self.board.wants(filter, self.now, self.catalog.ready) {
            return;
        }
        self.board.on_asked(filter, self.now);
        let needs_marks = filter.any_term(&mut |term| matches!(term, Term::Is(Flag::Marked)));
        let marked = if needs_marks { self.marks.keys() } else { Vec::new() };
        let spec = ViewSpec { filter: filter.clone(), ..ViewSpec::default() };
        self.ask(Request::Insights { spec, marked, zone: self.calendar() }, effects);
    }

    /// Whether there is a list behind the part under the cursor.
    pub(crate) fn can_open_part(&self) -> Result<(), String> {
        match self.board.part() {
            None => Err("It is still being counted".to_owned()),
            Some(_) if !self.board.is_of(&self.list.spec.filter) => Err("It is still being counted".to_owned()),
            Some((0, ..)) => Err("There is no memory here".to_owned()),
            Some(_) => Ok(()),
        }
    }

    /// Whether the cursor can go sideways.
    pub(crate) fn can_go_sideways(&self) -> Result<(), String> {
        if matches!(self.board.section, Section::Map | Section::Days) {
            return Ok(());
        }
        Err(format!("These are lines; {} goes to the next part of the screen", self.key_of(Action::NextPane)))
    }

    /// Opens the list behind the part under the cursor: its filter is added to the one there is.
    pub(crate) fn open_part(&mut self, effects: &mut Vec<Effect>) {
        let Some((_, part, sort)) = self.board.part() else { return };
        let before = self.list.spec.filter.clone();
        let filter = within(&before, &part);
        let zone = self.calendar();
        let text = filter.in_zone(zone);
        // Read back, so that the text on screen and the filter are the same thing.
        let filter = match crate::query::parse(&text, self.now, zone) {
            Ok(filter) => filter,
            Err(error) => return self.toast(Tone::Trouble, format!("this cannot be filtered by: {error}")),
        };
        if filter != before {
            super::filter::remember(&mut self.remembered, &text);
            self.board.opened = Some((self.filter.clone(), before, filter.clone()));
        }
        self.leave_list();
        self.filter = text;
        self.range = None;
        self.screen = Screen::Memories;
        self.focus = Focus::List;
        let spec = ViewSpec { filter, sort: sort.unwrap_or(self.list.spec.sort), ..self.list.spec.clone() };
        if spec != self.list.spec {
            self.ask_view(spec, None, false, effects);
            self.list.to_top = true;
        }
    }
}
