//! Saved views on the screen: pills with counts, going from one to the next, saving, renaming, moving, deleting.

use super::{App, Asked, Effect, Focus, Over, Question, Screen, Tone, entry::Entry, filter::remember};
use crate::{
    action::Action,
    catalog::Count,
    engine::Request,
    keymap::Mode,
    query::{Expr, Flag, Term},
    views::{LONGEST_NAME, NotSaved, SavedView, checked_name, place},
};

/// Under so many rows the pills would take room that the list needs more.
pub(crate) const LOW: u16 = 24;

/// The saved views and what is known of them.
#[derive(Debug, Default)]
pub(crate) struct Views {
    /// The views, in the order of the screen.
    pub(crate) saved: Vec<SavedView>,
    /// Why they cannot be changed: their file cannot be understood.
    pub(crate) broken: Option<String>,
    /// How many memories filters match, as far as that was counted.
    counts: Vec<(Expr, Count)>,
    /// The filters that are being counted.
    asked: Option<Vec<Expr>>,
    /// Whether the counts are those of now, or on their way.
    fresh: bool,
    /// Views that were deleted, with their places, the latest last.
    deleted: Vec<(usize, SavedView)>,
}

impl Views {
    /// These views, not counted yet.
    pub(crate) fn new(saved: Vec<SavedView>, broken: Option<String>) -> Self {
        Self { saved, broken, ..Self::default() }
    }

    /// The stores have changed: the counts are to be asked for again. The old ones stay until then.
    pub(crate) fn outdate(&mut self) {
        self.fresh = false;
    }
}

impl App {
    /// Whether there is room for the pills and something to say.
    pub(crate) fn has_pills(&self) -> bool {
        self.screen == Screen::Memories && self.size.1 >= LOW && self.shown_views().len() > 1
    }

    /// Asks for the counts when they are to be seen and not there.
    pub(crate) fn want_counts(&mut self) -> Option<Request> {
        let seen =
            self.screen == Screen::Memories && (self.size.1 >= LOW || matches!(self.over, Some(Over::Picker(_))));
        if !seen || self.views.fresh || self.views.saved.is_empty() {
            return None;
        }
        self.views.fresh = true;
        let (now, zone) = (self.now, self.calendar());
        let of = |view: &SavedView| view.spec(now, zone).ok().map(|spec| spec.filter);
        let filters: Vec<Expr> = self.views.saved.iter().filter_map(of).collect();
        self.views.asked = Some(filters.clone());
        Some(Request::Counts { filters })
    }

    pub(crate) fn on_counts(&mut self, counts: Vec<Count>) {
        if let Some(filters) = self.views.asked.take_if(|filters| filters.len() == counts.len()) {
            self.views.counts = filters.into_iter().zip(counts).collect();
        }
    }

    /// How many memories a view holds, when that is known.
    pub(crate) fn count_of(&self, view: usize) -> Option<Count> {
        let spec = self.views.saved.get(view)?.spec(self.now, self.calendar()).ok()?;
        if spec.filter == Expr::All && self.list.view.of.exact {
            return Some(self.list.view.of);
        }
        let counted = self.views.counts.iter().find(|(filter, _)| *filter == spec.filter).map(|(_, count)| *count);
        // Nothing yet is no number.
        counted.filter(|count| count.exact || count.number > 0)
    }

    /// The view that the list shows: the same filter, best in the same order.
    pub(crate) fn active_view(&self) -> Option<usize> {
        let (now, zone) = (self.now, self.calendar());
        let mut near = None;
        for (at, view) in self.views.saved.iter().enumerate() {
            let Ok(spec) = view.spec(now, zone) else { continue };
            if spec == self.list.spec {
                return Some(at);
            }
            if spec.filter == self.list.spec.filter {
                near.get_or_insert(at);
            }
        }
        near
    }

    /// The views that are worth a pill: those that hold something, or may, and the one that is shown.
    pub(crate) fn shown_views(&self) -> Vec<usize> {
        let active = self.active_view();
        let worth = |at: &usize| Some(*at) == active || self.count_of(*at).is_none_or(|count| count.number > 0);
        (0..self.views.saved.len()).filter(worth).collect()
    }

    /// Shows the next or the previous view that holds something, round the ends.
    pub(crate) fn step_view(&mut self, forward: bool, effects: &mut Vec<Effect>) {
        let shown = self.shown_views();
        let here = self.active_view().and_then(|active| shown.iter().position(|at| *at == active));
        let next = match (here, forward) {
            (Some(here), true) => (here + 1) % shown.len().max(1),
            (Some(here), false) => here.checked_sub(1).unwrap_or(shown.len().saturating_sub(1)),
            (None, true) => 0,
            (None, false) => shown.len().saturating_sub(1),
        };
        if let Some(view) = shown.get(next) {
            self.show_view(*view, effects);
        }
    }

    /// Shows a view; the list before can be gone back to.
    pub(crate) fn take_view(&mut self, view: usize, effects: &mut Vec<Effect>) {
        self.leave_list();
        self.show_view(view, effects);
    }

    fn show_view(&mut self, view: usize, effects: &mut Vec<Effect>) {
        let Some(view) = self.views.saved.get(view).cloned() else { return };
        match view.spec(self.now, self.calendar()) {
            Ok(spec) => {
                self.focus = Focus::List;
                self.range = None;
                remember(&mut self.remembered, &view.filter);
                self.filter = view.filter;
                self.list.folded.clear();
                self.ask_view(spec, None, false, effects);
                self.list.to_top = true;
            }
            Err(error) => self.toast(Tone::Trouble, format!("the view {} cannot be shown: {error}", view.name)),
        }
    }

    /// Why the views cannot be changed, if so.
    pub(crate) fn can_change_views(&self) -> Result<(), String> {
        self.views.broken.as_ref().map_or(Ok(()), |reason| Err(format!("The saved views cannot be changed: {reason}")))
    }

    /// Why what the list shows cannot become a view, if so.
    pub(crate) fn can_save_view(&self) -> Result<(), String> {
        self.can_change_views()?;
        if self.list.spec.filter.any_term(&mut |term| matches!(term, Term::Is(Flag::Marked))) {
            return Err("Marks end with the program, so a view of them would be empty".to_owned());
        }
        Ok(())
    }

    /// Asks for the name of a new view, or for another one of a view.
    pub(crate) fn ask_view_name(&mut self, of: Option<usize>) {
        let name = of.and_then(|of| self.views.saved.get(of)).map_or_else(String::new, |view| view.name.clone());
        let asked = Asked::ViewName(of);
        self.over = Some(Over::Question(Question { asked, targets: Vec::new(), entry: Entry::new(name), error: None }));
    }

    /// Saves what the list shows under a name, or gives a view another one.
    ///
    /// # Errors
    /// Why not, as a sentence.
    pub(crate) fn name_view(
        &mut self,
        of: Option<usize>,
        typed: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), String> {
        let name = checked_name(typed)?.to_owned();
        let mut views = self.views.saved.clone();
        let taken = place(&views, &name).filter(|taken| Some(*taken) != of);
        let done = match (of.and_then(|of| views.get_mut(of)), taken) {
            (Some(_), Some(_)) => return Err(format!("there is a view {name} already")),
            (Some(view), None) => {
                let done = format!("The view {} is now {name}", view.name);
                view.name = name;
                done
            }
            (None, taken) => {
                let spec = &self.list.spec;
                let (filter, sort, grouped) = (self.filter.clone(), spec.sort, spec.grouped);
                let view = SavedView { name, filter, sort, grouped };
                let said = |what: &str, name: &str| format!("{what} the view {name}");
                if let Some(old) = taken.and_then(|taken| views.get_mut(taken)) {
                    let done = said("Replaced", &view.name);
                    *old = view;
                    done
                } else {
                    let done = said("Saved", &view.name);
                    views.push(view);
                    done
                }
            }
        };
        self.put_views(views, done, effects);
        Ok(())
    }

    /// Renames, moves or deletes a view.
    pub(crate) fn change_view(&mut self, action: Action, at: usize, effects: &mut Vec<Effect>) {
        if let Err(reason) = self.can_change_views() {
            return self.toast(Tone::Note, reason);
        }
        let mut views = self.views.saved.clone();
        let Some(view) = views.get(at).cloned() else { return };
        match action {
            Action::Rename => return self.ask_view_name(Some(at)),
            Action::Delete => {
                views.remove(at);
                let back = self.keymap.hint(Mode::Picker, Action::PutBack).unwrap_or_default();
                let done = format!("Deleted the view {} {} {back} puts it back", view.name, self.glyphs.dot);
                self.put_views(views, done, effects);
                self.views.deleted.push((at, view));
            }
            _ => {
                let to = if action == Action::MoveUp { at.checked_sub(1) } else { Some(at + 1) };
                let Some(to) = to.filter(|to| *to < views.len()) else { return };
                views.swap(at, to);
                self.put_views(views, String::new(), effects);
                if let Some(Over::Picker(picker)) = self.over.as_mut()
                    && let Some(cursor) = picker.found.iter().position(|place| *place == to)
                {
                    picker.cursor = cursor;
                }
            }
        }
        self.find_again();
    }

    /// Puts the view back that was deleted last.
    pub(crate) fn put_view_back(&mut self, effects: &mut Vec<Effect>) {
        let Some((at, mut view)) = self.views.deleted.pop() else {
            return self.toast(Tone::Note, "No view was deleted since the program was opened");
        };
        let mut views = self.views.saved.clone();
        // The name may have been given away meanwhile.
        for number in 2.. {
            if place(&views, &view.name).is_none() {
                break;
            }
            view.name = format!("{} {number}", view.name.chars().take(LONGEST_NAME - 4).collect::<String>());
        }
        let done = format!("The view {} is back", view.name);
        views.insert(at.min(views.len()), view);
        self.put_views(views, done, effects);
        self.find_again();
    }

    /// Puts other views in place of the present ones and has them written down.
    fn put_views(&mut self, after: Vec<SavedView>, done: String, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.views.saved, after.clone());
        self.views.outdate();
        if !done.is_empty() {
            self.toast(Tone::Done, done);
        }
        effects.push(Effect::SaveViews { before, after });
    }

    /// The views were written down, or not.
    pub(crate) fn on_views_saved(&mut self, result: Result<(), NotSaved>) {
        self.dirty = true;
        match result {
            Ok(()) => {}
            Err(NotSaved::Changed(found)) => {
                self.views.saved = found;
                self.views.outdate();
                self.find_again();
                let text = "The file of the views was changed by somebody else and is read again; nothing was written";
                self.toast(Tone::Trouble, text);
            }
            Err(NotSaved::Failed(reason)) => {
                self.toast(Tone::Trouble, format!("The views hold until you leave, but are not saved: {reason}"));
            }
        }
    }
}
