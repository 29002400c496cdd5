//! What each action does.

use super::{App, Dialog, Effect, Focus, Form, KeysFor, Matter, Menu, Over, Palette, Question, Screen, Spot, Tone};
use super::{entry::Entry, filter::FilterLine, judge::keys_of, menu::Asked, menu::Choice, panes, picker::Picks};
use crate::{
    action::Action,
    catalog::{Sort, SortKey},
    curate::{Act, Mark},
    engine::{Deed, Request},
    keymap::Mode,
};

impl App {
    /// Runs an action that can run.
    #[expect(clippy::too_many_lines, reason = "one row for each action, in one place")]
    pub(crate) fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match self.mode() {
            Mode::Filter => return self.act_filter(action, effects),
            Mode::Menu => return self.act_menu(action, effects),
            Mode::Input => return self.act_question(action, effects),
            Mode::Erase => return self.act_erase(action, effects),
            Mode::Dialog => return self.act_dialog(action, effects),
            Mode::Form | Mode::Field => return self.act_form(action),
            Mode::Palette => return self.act_palette(action, effects),
            Mode::Picker => return self.act_picker(action, effects),
            Mode::Find => return self.act_find(action),
            Mode::Saying => return self.act_saying(action, effects),
            Mode::Page => return self.act_page(action),
            Mode::Versions => return self.act_versions(action, effects),
            Mode::RollBack => return self.act_preview(action, effects),
            mode if Self::is_of_queue(mode, action) && self.act_queue(action, effects) => return,
            Mode::Review | Mode::Recess if self.act_review(action, effects) => return,
            Mode::List if self.range.is_some() && takes_many(action) => return self.act_on_range(action, effects),
            Mode::List if self.keys_for == Some(KeysFor::Marking) && takes_many(action) => {
                self.keys_for = Some(KeysFor::MarkingThen(action));
                return;
            }
            _ => {}
        }
        if self.reaches_beyond(action) {
            return self.preview_marked(action, effects);
        }
        match action {
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::HalfUp => self.move_by(-self.half()),
            Action::HalfDown => self.move_by(self.half()),
            Action::PageUp => self.move_by(-self.page()),
            Action::PageDown => self.move_by(self.page()),
            Action::First => self.move_by(isize::MIN / 2),
            Action::Last => self.move_by(isize::MAX / 2),
            Action::Open => self.open(effects),
            Action::Close => self.close(effects),
            Action::Left => self.board.shift(false),
            Action::Right => self.board.shift(true),
            Action::NextPane => self.turn_focus(true),
            Action::PreviousPane => self.turn_focus(false),
            Action::NextMemory => self.step_memory(1),
            Action::PreviousMemory => self.step_memory(-1),
            Action::NextNeighbour => self.go_to_neighbour(true, effects),
            Action::PreviousNeighbour => self.go_to_neighbour(false, effects),
            Action::NextMatch => self.go_to_match(true),
            Action::PreviousMatch => self.go_to_match(false),
            Action::Filter if self.screen == Screen::History => self.ask_log_filter(),
            Action::Filter => self.filter_line = Some(FilterLine::new(self.place())),
            Action::ClearFilter if self.screen == Screen::History => {
                let request = self.history.filter_by(String::new(), crate::query::Expr::All);
                self.ask(request, effects);
            }
            Action::ClearFilter => {
                self.trail.clear();
                self.set_filter(String::new(), crate::query::Expr::All, effects);
            }
            Action::Find => self.open_find(),
            Action::Similar => self.show_similar(effects),
            Action::Scopes => self.choose_scope(),
            Action::GoToScope => self.open_picker(Picks::Scopes),
            Action::Views => self.open_picker(Picks::Views),
            Action::NextView => self.step_view(true, effects),
            Action::PreviousView => self.step_view(false, effects),
            Action::SaveView => self.ask_view_name(None),
            Action::Sort if self.screen == Screen::Insights => self.board.resort(),
            Action::Sort => self.over = Some(Over::Menu(Menu { choice: Choice::Sort, cursor: self.sort_at() })),
            Action::Reverse => self.change_sort(|sort| Sort { descending: !sort.descending, ..sort }, effects),
            Action::Group => self.toggle_group(effects),
            Action::Preview => self.turn_preview(),
            Action::MoreRoom => self.give_room(true),
            Action::LessRoom => self.give_room(false),
            Action::Refresh => self.refresh(effects),
            Action::Mark if self.screen == Screen::History => self.history.mark(),
            Action::Mark => self.mark(effects),
            Action::Range => self.mark_range(effects),
            Action::MarkAll => self.mark_all(effects),
            Action::Escape => self.escape(effects),
            Action::Why => self.ask_why(effects),
            Action::WhoSays => self.ask_who_says(),
            Action::Pin => self.pin(effects),
            Action::Confidence => self.ask_question(Asked::Confidence),
            Action::StaleAfter => self.ask_question(Asked::StaleAfter),
            Action::Bucket => {
                let choice = Choice::Bucket(keys_of(&self.targets(Action::Bucket)));
                self.over = Some(Over::Menu(Menu { choice, cursor: self.bucket_at() }));
            }
            Action::CopyId => self.copy_id(effects),
            Action::CopyText => self.copy_text(effects),
            Action::CopyCommand => self.copy_command(effects),
            Action::Reveal => self.reader.reveal(),
            Action::Prune => self.prune(effects),
            Action::Erase => self.ask_to_erase(effects),
            Action::Edit => self.ask_fields(false, effects),
            Action::Editor => self.ask_fields(true, effects),
            Action::Undo => self.order(Act::Undo(None), "", Vec::new(), effects),
            Action::Redo => self.order(Act::Redo, "", Vec::new(), effects),
            Action::UndoOperation => self.undo_operation(effects),
            Action::Versions => self.open_versions(effects),
            Action::RollBack => self.roll_back(effects),
            Action::Memories => self.show(Screen::Memories, effects),
            Action::History => self.show(Screen::History, effects),
            Action::Insights => self.show_insights(effects),
            Action::Queue => self.open_queue(effects),
            Action::Review => self.sit_down(None, effects),
            Action::Help => self.over = Some(Over::Palette(Palette { help: true, ..Palette::default() })),
            Action::Palette => self.over = Some(Over::Palette(Palette::default())),
            Action::Lock => self.lock(),
            Action::Unlock => {
                self.locked = false;
                self.hands.unlock(self.now);
            }
            Action::Demo => {
                self.demo = true;
                self.finished = true;
            }
            Action::Quit => self.quit(effects),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Repaint => effects.push(Effect::Repaint),
            Action::Accept
            | Action::Cancel
            | Action::Complete
            | Action::Newer
            | Action::Older
            | Action::NextField
            | Action::PreviousField
            | Action::Press
            | Action::SeeDifference
            | Action::Rename
            | Action::Delete
            | Action::PutBack
            | Action::MoveUp
            | Action::MoveDown
            | Action::LeaveField
            | Action::ScrollUp
            | Action::ScrollDown
            | Action::Derived
            | Action::Overrule
            | Action::Bury
            | Action::Propose
            | Action::Keep
            | Action::KeepAll
            | Action::PruneAll
            | Action::Wrong
            | Action::Skip
            | Action::Repeat
            | Action::BeginAnew
            | Action::Approve
            | Action::ApproveAll
            | Action::Reject
            | Action::RejectBecause
            | Action::RejectAll
            | Action::Snooze
            | Action::Seen
            | Action::SeenAll
            | Action::NextPiece
            | Action::PreviousPiece
            | Action::NextCluster
            | Action::PreviousCluster
            | Action::DiffMode
            | Action::Audit => {}
        }
    }

    pub(super) fn show(&mut self, screen: Screen, effects: &mut Vec<Effect>) {
        let before = std::mem::replace(&mut self.screen, screen);
        match before {
            Screen::Review if screen != Screen::Review => self.rise(effects),
            Screen::Queue if screen != Screen::Queue => self.look_again_at_all(effects),
            _ => {}
        }
        if screen == Screen::History {
            self.history.inside = false;
            let request = self.history.refresh();
            self.ask(request, effects);
        }
    }

    /// Back where one came from, or out of the program.
    fn quit(&mut self, effects: &mut Vec<Effect>) {
        match (self.screen, self.focus) {
            _ if self.welcome.is_some() => self.finished = true,
            (Screen::History, _) if self.history.inside => self.history.inside = false,
            (Screen::Queue, _) => self.leave_evidence(),
            (Screen::History | Screen::Insights | Screen::Review, _) => self.screen = Screen::Memories,
            (Screen::Memories, Focus::List) if self.can_step_back() => self.step_back(effects),
            (Screen::Memories, Focus::List) => self.finished = true,
            (Screen::Memories, _) => self.close(effects),
        }
    }

    fn escape(&mut self, effects: &mut Vec<Effect>) {
        if self.toast.take().is_some_and(|toast| toast.tone == Tone::Trouble) {
            return;
        }
        if !self.doing.is_empty() {
            self.ask(Request::StopAct, effects);
            return self.toast(Tone::Note, "Stopping; what is done stays done and can be undone");
        }
        match (self.screen, self.focus) {
            (Screen::History, _) if self.history.inside => self.history.inside = false,
            (Screen::History, _) if !self.history.marked.is_empty() => self.history.marked.clear(),
            (Screen::Queue, _) => self.leave_evidence(),
            (Screen::History | Screen::Insights | Screen::Review, _) => self.screen = Screen::Memories,
            _ if self.range.take().is_some() => {}
            (Screen::Memories, Focus::Memory) if self.find.is_on() => self.stop_find(),
            (Screen::Memories, Focus::Memory | Focus::Scopes) => self.close(effects),
            (Screen::Memories, Focus::List) if !self.marks.is_empty() => {
                let count = self.marks.len();
                self.marks.clear();
                self.toast(Tone::Note, format!("{count} unmarked"));
            }
            (Screen::Memories, Focus::List) => {}
        }
    }

    fn turn_preview(&mut self) {
        use panes::Preview::{Below, Beside, Off};
        let now = self.panes().preview;
        let next = match now {
            Below => Beside,
            Beside => Off,
            Off => Below,
        };
        self.choose_preview(next);
        if self.panes().preview == now {
            self.choose_preview(if now == Off { Beside } else { Off });
        }
        if self.panes().preview == Off && self.focus == Focus::Memory {
            self.focus = Focus::List;
        }
    }

    fn choose_preview(&mut self, preview: panes::Preview) {
        panes::class_mut(&mut self.arrangements, self.size.0).preview = Some(preview);
    }

    fn sort_at(&self) -> usize {
        SortKey::ALL.iter().position(|key| *key == self.list.spec.sort.key).unwrap_or(0)
    }

    fn act_menu(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(Over::Menu(menu)) = self.over.as_mut() else { return };
        match action {
            Action::Up => menu.step(false),
            Action::Down => menu.step(true),
            Action::Accept => {
                let Menu { choice, cursor } = menu.clone();
                self.over = None;
                match choice {
                    Choice::Sort => {
                        if let Some(key) = SortKey::ALL.get(cursor).copied() {
                            // Newest, most doubtful, largest first: what one wants to see first of each.
                            let descending = matches!(key, SortKey::Size | SortKey::Cost | SortKey::Rank);
                            self.change_sort(|_| Sort { key, descending }, effects);
                        }
                    }
                    Choice::Snooze => self.snooze(cursor, effects),
                    Choice::Bucket(targets) => self.set_bucket(targets, cursor, effects),
                    Choice::RollBack(ways) => {
                        if let Some(what) = ways.into_iter().nth(cursor) {
                            self.preview_roll_back(what, effects);
                        }
                    }
                }
            }
            _ => self.over = None,
        }
    }

    fn ask_question(&mut self, asked: Asked) {
        let action = if asked == Asked::Confidence { Action::Confidence } else { Action::StaleAfter };
        let targets = keys_of(&self.targets(action));
        let entry = Entry::new(self.present_value(asked));
        self.over = Some(Over::Question(Question { asked, targets, entry, error: None }));
    }

    fn act_question(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if action != Action::Accept {
            return self.back_to_saying();
        }
        let Some(Over::Question(question)) = self.over.clone() else { return };
        if question.asked == Asked::Sentence {
            if let Err(error) = self.look_who_says(question.entry.text(), effects) {
                self.complain(error);
            }
            return;
        }
        if question.asked == Asked::Reword {
            return self.decide_saying(Deed::Reword(question.entry.text().to_owned()));
        }
        if question.asked == Asked::LogFilter {
            return match self.filter_log(question.entry.text(), effects) {
                Ok(()) => self.over = None,
                Err(error) => self.complain(error),
            };
        }
        if question.asked == Asked::Reason {
            self.over = None;
            return self.reject_because(question.entry.text(), effects);
        }
        if let Asked::ViewName(of) = question.asked {
            return match self.name_view(of, question.entry.text(), effects) {
                Ok(()) => self.over = None,
                Err(error) => self.complain(error),
            };
        }
        match self.answer(&question) {
            Ok((mark, _)) if self.asks_for_verdict() => match mark {
                Mark::StaleAfter(Some(at)) => {
                    self.over = None;
                    self.stale_verdict(&question, at, effects);
                }
                _ => self.complain("a day is expected here; Esc leaves".to_owned()),
            },
            Ok((mark, done)) => {
                if let Some(deed) = self.deed_of(mark) {
                    return self.decide_saying(deed);
                }
                self.over = None;
                self.set_mark(question.targets, mark, &done, effects);
            }
            Err(error) => self.complain(error),
        }
    }

    /// Says what is wrong with the answer to the question that is asked.
    fn complain(&mut self, error: String) {
        if let Some(Over::Question(question)) = self.over.as_mut() {
            question.error = Some(error);
        }
    }

    fn act_dialog(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let Some(Over::Dialog(dialog)) = self.over.as_mut() else { return };
        match action {
            Action::Up => dialog.scroll = dialog.scroll.saturating_sub(1),
            Action::Down => dialog.scroll = dialog.scroll.saturating_add(1),
            Action::HalfUp => dialog.scroll = dialog.scroll.saturating_sub(page.div_ceil(2)),
            Action::HalfDown => dialog.scroll = dialog.scroll.saturating_add(page.div_ceil(2)),
            Action::PageUp => dialog.scroll = dialog.scroll.saturating_sub(page),
            Action::PageDown => dialog.scroll = dialog.scroll.saturating_add(page),
            Action::First => dialog.scroll = 0,
            Action::Last => dialog.scroll = usize::MAX,
            Action::NextField => dialog.step(true),
            Action::PreviousField => dialog.step(false),
            Action::Press => {
                let button = dialog.button();
                if let Some(Over::Dialog(dialog)) = self.over.take() {
                    self.press(button, *dialog, effects);
                }
            }
            _ => {
                if let Some(Over::Dialog(dialog)) = self.over.take() {
                    self.leave_dialog(*dialog);
                }
            }
        }
    }

    fn act_form(&mut self, action: Action) {
        let Some(Over::Form(form)) = self.over.as_mut() else { return };
        match action {
            Action::NextField => form.step(true),
            Action::PreviousField => form.step(false),
            Action::LeaveField => form.typing = false,
            Action::SeeDifference => self.review_form(),
            Action::Press => match form.spot {
                Spot::Field(_) => form.typing = true,
                Spot::Review => self.review_form(),
                Spot::Cancel => self.leave_form(),
            },
            _ => self.leave_form(),
        }
    }

    fn leave_form(&mut self) {
        let Some(Over::Form(form)) = self.over.take() else { return };
        if form.edit().is_empty() {
            return self.toast(Tone::Note, "Nothing was changed");
        }
        let matter = Matter::Discard(Box::new(Form { typing: false, ..*form }));
        self.over = Some(Over::Dialog(Box::new(Dialog::new(matter))));
    }

    fn act_page(&mut self, action: Action) {
        let page = self.hits.over.height().max(1);
        let Some(Over::Why(scroll)) = self.over.as_mut() else { return };
        match action {
            Action::Up => *scroll = scroll.saturating_sub(1),
            Action::Down => *scroll += 1,
            Action::PageUp => *scroll = scroll.saturating_sub(page),
            Action::PageDown => *scroll += page,
            _ => self.over = None,
        }
    }
}

/// Whether an action in the list is about a whole range or all marked memories.
const fn takes_many(action: Action) -> bool {
    matches!(
        action,
        Action::Prune
            | Action::Erase
            | Action::Pin
            | Action::Confidence
            | Action::StaleAfter
            | Action::Bucket
            | Action::CopyId
            | Action::CopyCommand
    )
}
