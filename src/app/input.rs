//! Keys and pasted text: to actions, to fields, or to nothing.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{App, Effect, Over, Tone, hands::Doubt};
use crate::{
    action::Action,
    keymap::{Mode, Press},
};

impl App {
    pub(super) fn on_key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        self.dirty = true;
        let doubt = self.hands.press(&key, self.now);
        if self.hands.unlocked_by_mistake(self.now) {
            self.locked = true;
            let text = format!("Locked again: a key came right behind {}", self.key_of(Action::Unlock));
            return self.toast(Tone::Note, text);
        }
        let (press, mode) = (Press::of(&key), self.mode());
        match self.keymap.action(mode, press) {
            Some(action) => match doubt.filter(|_| action.is_verdict()) {
                Some(doubt) => self.say_doubt(doubt, &press.short(), action),
                None => self.run(action, effects),
            },
            None => self.type_key(mode, key, effects),
        }
    }

    /// Runs an action that was clicked.
    pub(super) fn run_clicked(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match self.hands.doubt(self.now).filter(|_| action.is_verdict()) {
            Some(doubt) => self.say_doubt(doubt, "it", action),
            None => self.run(action, effects),
        }
    }

    fn say_doubt(&mut self, doubt: Doubt, pressed: &str, action: Action) {
        let why = match doubt {
            Doubt::Repeats => "The key repeats by itself",
            Doubt::Focus => "The focus came back just now",
        };
        self.toast(Tone::Note, format!("{why}; press {pressed} once more to {}", action.label()));
    }

    /// Runs an action, or says why it cannot run here.
    pub(crate) fn run(&mut self, action: Action, effects: &mut Vec<Effect>) {
        self.dirty = true;
        match self.can(action) {
            Ok(()) => self.act(action, effects),
            Err(reason) => self.toast(Tone::Note, reason),
        }
    }

    fn type_key(&mut self, mode: Mode, key: KeyEvent, effects: &mut Vec<Effect>) {
        if mode == Mode::Locked {
            return self.say_locked();
        }
        if mode == Mode::Filter {
            if let Some(line) = self.filter_line.as_mut() {
                line.key(&key);
            }
            return self.filter_typed(effects);
        }
        match (mode, self.over.as_mut()) {
            (Mode::Find, _) => self.type_find(&key),
            (Mode::Picker, _) => self.type_pick(&key),
            (_, None) => self.explain(&key),
            (_, Some(Over::Question(question))) => {
                question.entry.key(&key);
                question.error = None;
            }
            (_, Some(Over::Erase(erasure))) => erasure.key(&key),
            (_, Some(Over::Palette(palette))) => palette.key(&key),
            (_, Some(Over::Form(form))) if form.typing => form.key(key),
            _ => {}
        }
    }

    pub(super) fn lock(&mut self) {
        self.locked = true;
        let text = format!("Locked until {}, or until the program ends", self.key_of(Action::Unlock));
        self.toast(Tone::Note, text);
    }

    pub(super) fn say_locked(&mut self) {
        let text = format!("This pane is locked; {} unlocks it", self.key_of(Action::Unlock));
        self.toast(Tone::Note, text);
    }

    /// Says what to press instead of a key that people know from elsewhere.
    fn explain(&mut self, key: &KeyEvent) {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if ctrl => {
                let text = format!("{} quits", self.key_of(Action::Quit));
                self.toast(Tone::Note, text);
            }
            KeyCode::Char('d') if matches!(self.mode(), Mode::Queue | Mode::Audit) => {
                let (yes, no) = (self.key_of(Action::Approve), self.key_of(Action::Reject));
                self.toast(
                    Tone::Note,
                    format!("d does nothing here; {yes} approves what is proposed, {no} rejects it"),
                );
            }
            _ => {}
        }
    }

    pub(super) fn on_paste(&mut self, text: &str, effects: &mut Vec<Effect>) {
        self.dirty = true;
        match (self.mode(), self.over.as_mut()) {
            (Mode::Filter, _) => {
                if let Some(line) = self.filter_line.as_mut() {
                    line.paste(text);
                }
                self.filter_typed(effects);
            }
            (Mode::Find, _) => self.paste_find(text),
            (Mode::Picker, _) => self.paste_pick(text),
            (Mode::Input, Some(Over::Question(question))) => question.entry.insert(text),
            (Mode::Palette, Some(Over::Palette(palette))) => palette.entry.insert(text),
            (Mode::Field, Some(Over::Form(form))) => form.paste(text),
            (Mode::Locked, _) => self.say_locked(),
            _ => self.toast(Tone::Note, "Pasted text was ignored: no field is open here"),
        }
    }
}
