//! Keys and pasted text: to actions, to fields, or to nothing.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{App, Effect, Over, Tone};
use crate::{
    action::Action,
    keymap::{Mode, Press},
    memory::EpochMs,
};

/// After the focus returns, keys give no verdict for so long, in milliseconds.
const GRACE: EpochMs = 300;
/// The same key again within so many milliseconds is a key that repeats by itself.
const REPEAT: EpochMs = 60;
impl App {
    pub(super) fn on_key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        self.dirty = true;
        let press = Press::of(&key);
        let again = self.last_press.is_some_and(|(last, at)| last == press && self.now - at < REPEAT);
        let by_itself = key.kind == KeyEventKind::Repeat || again;
        self.last_press = Some((press, self.now));
        let mode = self.mode();
        let Some(action) = self.keymap.action(mode, press) else {
            return self.type_key(mode, key, effects);
        };
        if action.is_verdict() {
            if by_itself {
                let text = format!("`{press}` repeats by itself; press it once more to {}", action.label());
                return self.toast(Tone::Note, text);
            }
            if self.is_just_back() {
                return;
            }
        }
        self.run(action, effects);
    }

    /// Whether the focus came back so lately that nothing is to be judged; says so.
    pub(crate) fn is_just_back(&mut self) -> bool {
        let just = self.focused_at.is_some_and(|at| self.now - at < GRACE);
        if just {
            self.toast(Tone::Note, "The focus came back just now; do it once more");
        }
        just
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
        if mode == Mode::Filter {
            if let Some(line) = self.filter_line.as_mut() {
                line.key(&key);
            }
            return self.filter_typed(effects);
        }
        match self.over.as_mut() {
            None if !self.locked => self.explain(&key),
            Some(Over::Question(question)) => {
                question.entry.key(&key);
                question.error = None;
            }
            Some(Over::Palette(palette)) => palette.key(&key),
            Some(Over::Form(form)) if form.typing => form.key(key),
            _ => {}
        }
    }

    /// Says what to press instead of a key that people know from elsewhere.
    fn explain(&mut self, key: &KeyEvent) {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if ctrl => {
                let text = format!("{} quits", self.key_of(Action::Quit));
                self.toast(Tone::Note, text);
            }
            KeyCode::Char(number @ ('2' | '4')) if self.welcome.is_none() => {
                let name = if number == '2' { "queue of proposals" } else { "screen of insights" };
                let (memories, history) = (self.key_of(Action::Memories), self.key_of(Action::History));
                let text = format!("The {name} is not there yet; {memories} and {history} are");
                self.toast(Tone::Note, text);
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
            (Mode::Input, Some(Over::Question(question))) => question.entry.insert(text),
            (Mode::Palette, Some(Over::Palette(palette))) => palette.entry.insert(text),
            (Mode::Field, Some(Over::Form(form))) => form.paste(text),
            _ => self.toast(Tone::Note, "Pasted text was ignored: no field is open here"),
        }
    }
}
