//! Whether an action can run here: one answer for keys, footer, help and palette.

use super::{App, Focus, Line, Over, Preview, Screen, panes::NARROW};
use crate::{
    action::Action,
    change::Label,
    keymap::Mode,
    ledger::{Operation, OperationState},
    memory::Key,
};

impl App {
    /// Why an action cannot run in the present state.
    ///
    /// # Errors
    /// The reason, as a sentence for the person who pressed the key.
    pub fn can(&self, action: Action) -> Result<(), String> {
        self.can_in(self.mode(), action)
    }

    pub(crate) fn can_in(&self, mode: Mode, action: Action) -> Result<(), String> {
        if !self.keymap.knows(mode, action) {
            let modes: Vec<&str> = self.keymap.modes(action).map(Mode::name).collect();
            return Err(format!("That works elsewhere: {}", modes.join(", ")));
        }
        if matches!(mode, Mode::Review | Mode::Recess)
            && let Some(answer) = self.can_in_sitting(mode, action)
        {
            return answer;
        }
        if Self::is_of_queue(mode, action)
            && let Some(answer) = self.can_in_queue(action)
        {
            return answer;
        }
        if mode == Mode::Saying {
            return self.can_in_saying(action);
        }
        self.can_in_past(mode, action)?;
        match action {
            Action::Prune | Action::Erase | Action::Edit | Action::Editor => {
                self.has_target(action)?;
                self.can_write(self.targets(action).first().map(|target| target.key))
            }
            Action::Pin | Action::Confidence | Action::StaleAfter | Action::Bucket => {
                self.has_target(action)?;
                self.can_judge()
            }
            Action::Mark if self.screen == Screen::History => self.can_open(Mode::History),
            Action::Why => self.why(),
            Action::CopyId | Action::CopyCommand if self.range.is_some() => Ok(()),
            Action::CopyId
            | Action::CopyText
            | Action::CopyCommand
            | Action::Mark
            | Action::Range
            | Action::Similar
            | Action::Versions => self.has_one(),
            Action::MoreRoom | Action::LessRoom => self.own_edge().map(|_| ()),
            Action::MarkAll if self.list.view.count.number == 0 => Err("There is nothing to mark".to_owned()),
            Action::Reveal => self.can_reveal(),
            Action::Undo | Action::Redo | Action::Review => self.can_judge(),
            Action::UndoOperation => self.can_undo_operation(),
            Action::RollBack => self.can_roll_back(mode),
            Action::ClearFilter if self.screen == Screen::History => self.can_clear_log_filter(),
            Action::ClearFilter if self.filter.is_empty() => Err("There is no filter to clear".to_owned()),
            Action::Close if mode == Mode::List && self.list.view.groups.is_empty() && !self.can_step_back() => {
                Err(format!("There is nothing to go back to; {} leaves", self.key_of(Action::Quit)))
            }
            Action::Preview if self.size.0 < NARROW => {
                Err(format!("There is room for one pane only; {} opens the memory", self.key_of(Action::Open)))
            }
            Action::NextMatch | Action::PreviousMatch => self.can_go_to_match(),
            Action::Find if self.reader.current().is_none() => {
                Err("This memory is still being read, or gone".to_owned())
            }
            Action::NextView | Action::PreviousView if self.shown_views().len() < 2 => {
                Err(format!("There is no other view that holds anything; {} lists all", self.key_of(Action::Views)))
            }
            Action::SaveView => self.can_save_view(),
            Action::NextNeighbour => self.neighbour(true).map(|_| ()),
            Action::PreviousNeighbour => self.neighbour(false).map(|_| ()),
            Action::NextMemory | Action::PreviousMemory if self.screen == Screen::Memories => {
                let lines = self.list.lines();
                if lines < 2 { Err("There is no other memory in the list".to_owned()) } else { Ok(()) }
            }
            Action::Open if mode == Mode::Insights => self.can_open_part(),
            Action::Open => self.can_open(mode),
            Action::Left | Action::Right => self.can_go_sideways(),
            _ => Ok(()),
        }
    }

    fn can_open(&self, mode: Mode) -> Result<(), String> {
        let empty = match mode {
            Mode::List => self.list.lines() == 0,
            Mode::History => self.history.operations.is_empty(),
            Mode::Scopes => self.facets.scopes.is_empty(),
            _ => false,
        };
        if empty { Err("There is nothing to open".to_owned()) } else { Ok(()) }
    }

    fn has_target(&self, action: Action) -> Result<(), String> {
        if self.targets(action).is_empty() { self.has_one() } else { Ok(()) }
    }

    /// Whether a memory is under the cursor or read.
    fn has_one(&self) -> Result<(), String> {
        if self.subject().is_some() {
            return Ok(());
        }
        Err(match (self.focus, self.list.lines()) {
            (Focus::Memory, _) => "This memory is still being read, or gone".to_owned(),
            (_, 0) => "There is no memory here".to_owned(),
            _ if matches!(self.list.line(self.list.cursor), Some(Line::Header(_))) => format!(
                "No memory under the cursor; {} folds, {} marks all",
                self.key_of(Action::Open),
                self.key_of(Action::MarkAll)
            ),
            _ => "The cursor is on no memory".to_owned(),
        })
    }

    pub(super) fn can_judge(&self) -> Result<(), String> {
        self.read_only.as_ref().map_or(Ok(()), |reason| Err(format!("Read-only: {reason}")))
    }

    pub(super) fn can_write(&self, target: Option<Key>) -> Result<(), String> {
        self.can_judge()?;
        let Some(store) = target.and_then(|key| self.stores.get(usize::from(key.store))) else { return Ok(()) };
        match store.broken.as_ref().or(store.read_only.as_ref()) {
            Some(reason) => Err(format!("{} is read-only: {reason}", store.name)),
            None => Ok(()),
        }
    }

    fn why(&self) -> Result<(), String> {
        match self.reader.current() {
            Some(_) => Ok(()),
            // The list asks for the memory first, so it only has to be on one.
            None => self.has_one(),
        }
    }

    fn can_reveal(&self) -> Result<(), String> {
        if self.screen == Screen::Memories && self.focus != Focus::Memory && self.panes().preview == Preview::Off {
            return Err(format!("The memory is not on the screen; {} opens it", self.key_of(Action::Open)));
        }
        if self.reader.masked.is_none() { Err("Nothing is masked here".to_owned()) } else { Ok(()) }
    }

    fn can_undo_operation(&self) -> Result<(), String> {
        self.can_judge()?;
        let operation = self.history.current().ok_or("There is no operation here")?;
        undoable(operation)
    }

    /// The first key of an action where it works.
    pub(crate) fn key_of(&self, action: Action) -> String {
        let here = self.keymap.hint(self.base_mode(), action);
        here.or_else(|| self.keymap.modes(action).find_map(|mode| self.keymap.hint(mode, action)))
            .unwrap_or_else(|| format!(":{}", action.name()))
    }

    /// Whether something lies over the screen.
    pub(crate) fn is_covered(&self) -> bool {
        !matches!(&self.over, None | Some(Over::Menu(_) | Over::Question(_)))
    }
}

/// Why an operation cannot be taken back, if so.
pub(crate) fn undoable(operation: &Operation) -> Result<(), String> {
    if let Some(by) = operation.undone_by {
        return Err(format!("Operation {} was already taken back by operation {by}", operation.id));
    }
    if operation.applied == 0 || operation.state == OperationState::Cancelled {
        return Err(format!("Operation {} changed nothing", operation.id));
    }
    if operation.label == Label::Erase {
        return Err(format!("Operation {} erased for good; it cannot be taken back", operation.id));
    }
    if operation.label == Label::Undo {
        return Err("This took something back; redo does that again".to_owned());
    }
    Ok(())
}
