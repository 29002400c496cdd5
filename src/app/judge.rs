//! What a person says of memories, and orders for the engine: marks, prune, undo, copy.

use std::collections::HashSet;

use chrono::{Days, Months, NaiveDate, NaiveTime, TimeZone as _};

use super::{
    About, App, Button, Dialog, Doing, Draft, Effect, Errand, Focus, Matter, Origin, Over, Question, Sample, Screen,
    Subject, Tone, menu::Asked,
};
use crate::{
    action::Action,
    catalog::ViewSpec,
    change::Label,
    curate::{Act, Mark},
    engine::Request,
    memory::{Bucket, EpochMs, Key, Row, Target},
    query::{Expr, Flag, Term},
};

/// Memories of the list that are shown in a preview.
const SAMPLE: usize = 200;

/// The memories, whatever they were when they were seen.
pub(crate) fn keys_of(targets: &[Target]) -> Vec<Key> {
    targets.iter().map(|target| target.key).collect()
}

impl App {
    /// The memory that is read, or the one under the list's cursor.
    pub(crate) fn subject(&self) -> Option<&Row> {
        match self.focus {
            _ if self.screen == Screen::Queue && !self.queue.inside => None,
            _ if matches!(self.screen, Screen::Review | Screen::Queue) => {
                self.reader.current().map(|detail| &detail.memory.row)
            }
            Focus::Memory => self.reader.current().map(|detail| &detail.memory.row),
            Focus::List | Focus::Scopes => self.list.current(),
        }
    }

    /// A memory of the sitting as it was seen: as it was read, else as its line says.
    pub(super) fn seen(&self, key: Key) -> Option<Target> {
        let read = self.reader.current().map(|detail| &detail.memory.row).filter(|row| row.key == key);
        read.or_else(|| self.bench.row(key)).map(Row::target)
    }

    /// The memories an action is about: in the list those of an open range, else the marked ones, else the one under
    /// the cursor. Reading and editing are always about one.
    pub(crate) fn targets(&self, action: Action) -> Vec<Target> {
        let one_only = matches!(action, Action::Edit | Action::Editor | Action::Why);
        if let Some(picked) = self.picked.as_ref().filter(|_| !one_only) {
            return picked.clone();
        }
        if self.screen == Screen::Review {
            return self.under_judgement().and_then(|key| self.seen(key)).into_iter().collect();
        }
        if !one_only && self.focus == Focus::List && self.range.is_some() {
            return self.targets_in_range();
        }
        if !one_only && self.focus == Focus::List && !self.marks.is_empty() {
            return self.marks.targets();
        }
        self.subject().map(Row::target).into_iter().collect()
    }

    pub(crate) fn order(&mut self, act: Act, done: &str, targets: Vec<Key>, effects: &mut Vec<Effect>) {
        let label = match &act {
            Act::Add { .. } => Label::Add,
            Act::Prune { .. } => Label::Prune,
            Act::Mark { .. } => Label::Mark,
            // What a proposal is for is known when it is done.
            Act::Edit { .. } | Act::Decide { .. } => Label::Edit,
            Act::Correct { draft, .. } => draft.label,
            Act::Undo(_) => Label::Undo,
            Act::Redo => Label::Redo,
            Act::RollBack { .. } => Label::RollBack,
            Act::Erase { .. } => Label::Erase,
        };
        let draft = if matches!(act, Act::Edit { .. }) { self.editing.take() } else { None };
        let edits = matches!(act, Act::Edit { .. }) && self.screen == Screen::Review;
        let errand = if edits { Errand::Edit } else { Errand::None };
        self.doing.push_back(Doing { label, done: done.to_owned(), targets, draft, errand });
        self.ask(Request::Act(act), effects);
    }

    pub(crate) fn prune(&mut self, effects: &mut Vec<Effect>) {
        let targets = self.targets(Action::Prune);
        let many = self.picked.is_some() || (self.focus == Focus::List && !self.marks.is_empty());
        if targets.len() > self.confirm_over.max(1) {
            return self.preview(Action::Prune, targets, effects);
        }
        let spare_pinned = many && (self.picked.is_none() || targets.len() > 1);
        let act = Act::Prune { targets: targets.clone(), reason: String::new(), spare_pinned };
        self.order(act, "", keys_of(&targets), effects);
    }

    /// Whether an action is about marked memories of which some are not known to be in the present view.
    pub(crate) fn reaches_beyond(&self, action: Action) -> bool {
        let judges =
            matches!(action, Action::Prune | Action::Pin | Action::Confidence | Action::StaleAfter | Action::Bucket);
        judges
            && self.screen == Screen::Memories
            && self.picked.is_none()
            && self.focus == Focus::List
            && self.marks.unseen() > 0
    }

    /// Shows the marked memories before something is done with them.
    pub(crate) fn preview_marked(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let targets = self.marks.targets();
        self.preview(action, targets, effects);
    }

    fn preview(&mut self, action: Action, targets: Vec<Target>, effects: &mut Vec<Effect>) {
        let wanted: HashSet<Key> = targets.iter().map(|target| target.key).collect();
        let sample: Vec<Row> = self
            .list
            .known()
            .filter(|(_, row)| wanted.contains(&row.key))
            .map(|(_, row)| row.clone())
            .take(SAMPLE)
            .collect();
        let marked = self.picked.is_none();
        let (elsewhere, hidden) = if marked { (self.marks.elsewhere(), self.marks.unseen()) } else { (Vec::new(), 0) };
        let shown: Vec<&Row> = sample.iter().chain(&elsewhere).collect();
        let pinned = if marked { self.marks.pinned() } else { None }
            .or_else(|| (shown.len() == targets.len()).then(|| shown.iter().filter(|row| row.overlay.pinned).count()));
        let whole_view = self.list.view.count.exact && targets.len() == self.list.view.count.number && hidden == 0;
        if action == Action::Prune && pinned.is_none() && whole_view {
            let filter = both(self.list.spec.filter.clone(), Expr::Term(Term::Is(Flag::Pinned)));
            let spec = ViewSpec { filter, ..ViewSpec::default() };
            let marked = self.marked_for(&spec.filter);
            self.ask_about(Request::Facets { spec, marked }, About::Pinned, effects);
        }
        let sample = Sample { rows: sample, elsewhere, hidden };
        let matter = if action == Action::Prune {
            Matter::Prune { targets, pinned, sample }
        } else {
            Matter::Beyond { action, targets, sample }
        };
        self.over = Some(Over::Dialog(Box::new(Dialog::new(matter))));
    }

    /// A button of a dialog was pressed; the dialog is already closed.
    pub(crate) fn press(&mut self, button: Button, dialog: Dialog, effects: &mut Vec<Effect>) {
        match (button, dialog.matter) {
            (Button::Prune, Matter::Prune { targets, .. }) if self.screen == Screen::Review => {
                self.prune_cluster(&keys_of(&targets), effects);
            }
            (Button::Prune, Matter::Prune { targets, .. }) => {
                let act = Act::Prune { targets: targets.clone(), reason: String::new(), spare_pinned: true };
                self.order(act, "", keys_of(&targets), effects);
            }
            (Button::GoOn, Matter::Decide { verdict, proposals, .. }) => {
                self.give_verdict(verdict, &proposals, effects);
            }
            (Button::GoOn, Matter::Beyond { action, targets, .. }) => self.act_on(action, targets, effects),
            (Button::Save, Matter::Save(draft, _)) => self.save(*draft, effects),
            (Button::Back, Matter::Save(draft, _) | Matter::Unreadable(draft, _)) => self.back_to(*draft, effects),
            (Button::Back, Matter::Refused(draft, _)) => self.look_again(draft, effects),
            (Button::Back, Matter::Discard(form)) => self.over = Some(Over::Form(form)),
            (Button::Discard, Matter::Save(..) | Matter::Discard(_) | Matter::Refused(..) | Matter::Unreadable(..)) => {
                self.toast(Tone::Note, "The edit was discarded; nothing was changed");
            }
            _ => self.toast(Tone::Note, "Nothing was changed"),
        }
    }

    /// A dialog was left by its key for leaving: an edit is kept where it was typed.
    pub(crate) fn leave_dialog(&mut self, dialog: Dialog) {
        match dialog.matter {
            Matter::Save(draft, _) => match draft.origin {
                Origin::Form(form) => self.over = Some(Over::Form(form)),
                Origin::Text(_) => self.toast(Tone::Note, "The edit was discarded; nothing was changed"),
            },
            Matter::Discard(form) => self.over = Some(Over::Form(form)),
            matter @ (Matter::Refused(..) | Matter::Unreadable(..)) => {
                // Leaving would lose what was typed: the buttons say how.
                self.over = Some(Over::Dialog(Box::new(Dialog::new(matter))));
            }
            Matter::Prune { .. } => self.toast(Tone::Note, "Nothing was pruned"),
            Matter::Beyond { .. } | Matter::Decide { .. } => self.toast(Tone::Note, "Nothing was changed"),
        }
    }

    fn save(&mut self, draft: Draft, effects: &mut Vec<Effect>) {
        let (key, base) = match draft.subject {
            Subject::Memory { key, base } => (key, base),
            Subject::Step { proposal, version, at } => {
                return self.approve_edited((proposal, version), at, &draft.edit, effects);
            }
        };
        let edit = &draft.edit;
        let act = Act::Edit { key, base: Some(base), edit: edit.clone(), reason: String::new() };
        let done = format!("Saved “{}”", draft.title);
        self.editing = Some(Box::new(draft));
        self.order(act, &done, vec![key], effects);
    }

    pub(crate) fn pin(&mut self, effects: &mut Vec<Effect>) {
        let targets = keys_of(&self.targets(Action::Pin));
        let pinned = self.subject().is_some_and(|row| row.overlay.pinned);
        let done = if pinned { "Unpinned" } else { "Pinned" };
        self.set_mark(targets, Mark::Pinned(!pinned), done, effects);
    }

    pub(crate) fn set_mark(&mut self, targets: Vec<Key>, mark: Mark, done: &str, effects: &mut Vec<Effect>) {
        if let Mark::Pinned(pinned) = mark {
            for key in targets.iter().take(SAMPLE) {
                self.list.touch(*key, |row| row.overlay.pinned = pinned);
            }
        }
        let act = Act::Mark { targets: targets.clone(), marks: vec![mark], reason: String::new() };
        self.order(act, done, targets, effects);
    }

    pub(crate) fn bucket_at(&self) -> usize {
        let bucket = self.subject().map(|row| row.bucket);
        Bucket::ALL.iter().position(|known| Some(*known) == bucket).unwrap_or(0)
    }

    pub(crate) fn set_bucket(&mut self, targets: Vec<Key>, at: usize, effects: &mut Vec<Effect>) {
        let bucket = Bucket::ALL.get(at).copied();
        let done = bucket.map_or_else(
            || "Back in the bucket that memtui sees".to_owned(),
            |bucket| format!("Moved to bucket {}", bucket.name()),
        );
        self.set_mark(targets, Mark::Bucket(bucket), &done, effects);
    }

    /// What a question begins with: the value that a person set.
    pub(crate) fn present_value(&self, asked: Asked) -> String {
        let Some(row) = self.subject() else { return String::new() };
        match asked {
            Asked::Confidence => row.overlay.confidence.map_or_else(String::new, |value| format!("{value:.2}")),
            Asked::StaleAfter => row.overlay.stale_after.map_or_else(String::new, |at| self.day(at)),
            Asked::ViewName(_) | Asked::LogFilter | Asked::Reason | Asked::Sentence | Asked::Reword => String::new(),
        }
    }

    /// A day as `2026-11-30` in the person's zone.
    pub(crate) fn day(&self, at: EpochMs) -> String {
        let zone = self.offset_at(at);
        zone.timestamp_millis_opt(at).single().map_or_else(String::new, |time| time.format("%Y-%m-%d").to_string())
    }

    /// What an answer means, with the words to say when it is done.
    pub(crate) fn answer(&self, question: &Question) -> Result<(Mark, String), String> {
        let typed = question.entry.text().trim();
        match question.asked {
            Asked::Confidence if typed.is_empty() => {
                Ok((Mark::Confidence(None), "Confidence as memtui derives it".to_owned()))
            }
            Asked::Confidence => {
                let value: f32 = typed
                    .replace(',', ".")
                    .parse()
                    .ok()
                    .filter(|value| (0.0..=1.0).contains(value))
                    .ok_or("a number from 0 (none) to 1 (full) is expected, or nothing to clear it")?;
                Ok((Mark::Confidence(Some(value)), format!("Confidence set to {value:.2}")))
            }
            Asked::StaleAfter if typed.is_empty() => Ok((Mark::StaleAfter(None), "No day of its own".to_owned())),
            Asked::StaleAfter => {
                let at = self.moment(typed)?;
                Ok((Mark::StaleAfter(Some(at)), format!("Stale after {}", self.day(at))))
            }
            Asked::ViewName(_) | Asked::LogFilter | Asked::Reason | Asked::Sentence | Asked::Reword => {
                Err("this is no mark of a memory".to_owned())
            }
        }
    }

    /// The moment of `2026-12-01`, or of `30d`, `2w`, `6mo`, `1y` from now.
    fn moment(&self, typed: &str) -> Result<EpochMs, String> {
        let wrong = || format!("`{typed}` is no day; write 2026-12-01, or 30d, 2w, 6mo, 1y from now");
        let calendar = self.calendar();
        let today = calendar.clock(self.now).ok_or_else(wrong)?.date();
        let day = if let Ok(day) = NaiveDate::parse_from_str(typed, "%Y-%m-%d") {
            day
        } else {
            let split = typed.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let (number, unit) = typed.split_at(split);
            let number: u32 = number.parse().map_err(|_| wrong())?;
            match unit {
                "d" => today.checked_add_days(Days::new(number.into())),
                "w" => today.checked_add_days(Days::new(u64::from(number) * 7)),
                "mo" => today.checked_add_months(Months::new(number)),
                "y" => number.checked_mul(12).and_then(|months| today.checked_add_months(Months::new(months))),
                _ => None,
            }
            .ok_or_else(wrong)?
        };
        Ok(calendar.moment(day.and_time(NaiveTime::MIN)))
    }

    pub(crate) fn undo_operation(&mut self, effects: &mut Vec<Effect>) {
        if let Some(id) = self.history.current().map(|operation| operation.id) {
            self.order(Act::Undo(Some(id)), "", Vec::new(), effects);
        }
    }

    pub(crate) fn ask_why(&mut self, effects: &mut Vec<Effect>) {
        let key = self.subject().map(|row| row.key);
        if let Some(request) = self.reader.want(key) {
            self.ask(request, effects);
        }
        self.over = Some(Over::Why(0));
    }
}

fn both(left: Expr, right: Expr) -> Expr {
    match left {
        Expr::All => right,
        Expr::And(mut parts) => {
            parts.push(right);
            Expr::And(parts)
        }
        other => Expr::And(vec![other, right]),
    }
}
