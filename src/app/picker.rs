//! Choosing from a list of any length by typing: a scope, a saved view.

use crossterm::event::KeyEvent;

use super::{App, Effect, Over, Tone, entry::Entry, fuzzy};
use crate::{action::Action, catalog::Count};

/// What is chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picks {
    /// The scopes; the first line stands for all of them.
    Scopes,
    /// The saved views.
    Views,
    /// The stores.
    Stores,
    /// Where memories can be carried to.
    Targets {
        /// Whether they leave where they are.
        moves: bool,
    },
}

impl Picks {
    /// The heading.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Scopes => "Go to scope",
            Self::Views => "Views",
            Self::Stores => "Stores",
            Self::Targets { moves: false } => "Copy to",
            Self::Targets { moves: true } => "Move to",
        }
    }
}

/// A list that is narrowed by typing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picker {
    /// What is chosen from.
    pub(crate) picks: Picks,
    /// What is typed.
    pub(crate) entry: Entry,
    /// The places of what answers it, the best first.
    pub(crate) found: Vec<usize>,
    /// The line under the cursor.
    pub(crate) cursor: usize,
    /// The first line shown, as last drawn.
    pub(crate) top: usize,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    /// The name; raw where it comes from a store.
    pub(crate) name: String,
    /// How many memories there are, when that is known.
    pub(crate) count: Option<Count>,
    /// What else there is to say.
    pub(crate) note: String,
}

impl Picker {
    fn place(&self) -> Option<usize> {
        self.found.get(self.cursor).copied()
    }
}

impl App {
    /// Opens a list to choose from, on what is chosen now.
    pub(crate) fn open_picker(&mut self, picks: Picks) {
        let chosen = match picks {
            Picks::Scopes => self.scope_place(),
            Picks::Views => self.active_view().unwrap_or(0),
            Picks::Targets { .. } => 0,
            Picks::Stores => self.list.current().map_or(0, |row| usize::from(row.key.store)),
        };
        let picker = Picker { picks, entry: Entry::default(), found: Vec::new(), cursor: chosen, top: 0 };
        self.over = Some(Over::Picker(picker));
        self.find_again();
    }

    /// Where the scope that is filtered by stands among the lines.
    fn scope_place(&self) -> usize {
        let chosen = self.filtered_scope();
        let same = |name: &str| chosen.is_some_and(|chosen| chosen == name.to_lowercase());
        self.facets.scopes.iter().position(|(name, _)| same(name)).map_or(0, |at| at + 1)
    }

    /// Types a key into the list.
    pub(crate) fn type_pick(&mut self, key: &KeyEvent) {
        if let Some(Over::Picker(picker)) = self.over.as_mut()
            && picker.entry.key(key)
        {
            (picker.cursor, picker.top) = (0, 0);
            self.find_again();
        }
    }

    /// Types text into the list.
    pub(crate) fn paste_pick(&mut self, text: &str) {
        if let Some(Over::Picker(picker)) = self.over.as_mut() {
            picker.entry.insert(text);
            (picker.cursor, picker.top) = (0, 0);
            self.find_again();
        }
    }

    /// Looks for what is typed once more: it, or what there is to choose from, has changed.
    pub(crate) fn find_again(&mut self) {
        let Some(Over::Picker(picker)) = &self.over else { return };
        let typed = picker.entry.text();
        let found = match picker.picks {
            Picks::Scopes => {
                let names: Vec<&str> = self.facets.scopes.iter().map(|(name, _)| name.as_str()).collect();
                let all = typed.trim().is_empty().then_some(0);
                all.into_iter().chain(fuzzy::best(typed, &names).into_iter().map(|at| at + 1)).collect()
            }
            Picks::Views => {
                let names: Vec<&str> = self.views.saved.iter().map(|view| view.name.as_str()).collect();
                fuzzy::best(typed, &names)
            }
            Picks::Targets { .. } => fuzzy::best(typed, &self.carry_names()),
            Picks::Stores => {
                let lines = self.store_lines();
                let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
                fuzzy::best(typed, &names)
            }
        };
        if let Some(Over::Picker(picker)) = self.over.as_mut() {
            picker.cursor = picker.cursor.min(found.len().saturating_sub(1));
            picker.found = found;
        }
    }

    /// How many lines there are when nothing is typed.
    pub(crate) fn picks(&self, picks: Picks) -> usize {
        match picks {
            Picks::Scopes => self.facets.scopes.len() + 1,
            Picks::Views => self.views.saved.len(),
            Picks::Stores => self.store_lines().len(),
            Picks::Targets { .. } => self.carry_names().len(),
        }
    }

    /// What a line says.
    pub(crate) fn pick(&self, picks: Picks, place: usize) -> Option<Pick> {
        match picks {
            Picks::Scopes => {
                let scopes = &self.facets.scopes;
                let exact = |number| Some(Count { number, exact: self.catalog.ready });
                Some(match place.checked_sub(1) {
                    None => {
                        let all = scopes.iter().map(|(_, count)| count).sum();
                        Pick { name: "all scopes".to_owned(), count: exact(all), note: String::new() }
                    }
                    Some(at) => {
                        let (name, count) = scopes.get(at)?;
                        Pick { name: name.clone(), count: exact(*count), note: String::new() }
                    }
                })
            }
            Picks::Stores => self.store_pick(place),
            Picks::Targets { .. } => self.carry_pick(place),
            Picks::Views => {
                let view = self.views.saved.get(place)?;
                Some(Pick { name: view.name.clone(), count: self.count_of(place), note: view.filter.clone() })
            }
        }
    }

    pub(crate) fn act_picker(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(2) - 1;
        let Some(Over::Picker(picker)) = self.over.as_mut() else { return };
        let last = picker.found.len().saturating_sub(1);
        match action {
            Action::Up => picker.cursor = picker.cursor.saturating_sub(1),
            Action::Down => picker.cursor = (picker.cursor + 1).min(last),
            Action::PageUp => picker.cursor = picker.cursor.saturating_sub(page),
            Action::PageDown => picker.cursor = (picker.cursor + page).min(last),
            Action::Accept => self.take_pick(effects),
            Action::Rename | Action::Delete | Action::MoveUp | Action::MoveDown => {
                let (picks, place) = (picker.picks, picker.place());
                match (picks, place) {
                    (Picks::Views, Some(place)) => self.change_view(action, place, effects),
                    (Picks::Views, None) => {}
                    (Picks::Scopes | Picks::Stores | Picks::Targets { .. }, _) => {
                        let text = "Only views can be renamed, moved and deleted here";
                        self.toast(Tone::Note, text);
                    }
                }
            }
            Action::Switch => {
                let (picks, place) = (picker.picks, picker.place());
                if let (Picks::Stores, Some(place)) = (picks, place) {
                    self.switch_store(place, effects);
                }
            }
            Action::PutBack if picker.picks == Picks::Views => self.put_view_back(effects),
            _ => self.over = None,
        }
    }

    fn take_pick(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::Picker(picker)) = &self.over else { return };
        let (picks, Some(place)) = (picker.picks, picker.place()) else { return };
        self.over = None;
        match picks {
            Picks::Views => self.take_view(place, effects),
            Picks::Stores => self.take_store(place, effects),
            Picks::Targets { .. } => self.take_target(place, effects),
            Picks::Scopes => {
                self.scope_at = place;
                self.filter_by_scope(effects);
            }
        }
    }
}
