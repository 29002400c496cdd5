//! Help and the command palette: which actions there are, with their keys and why one cannot run now.

use super::{App, Command, Effect, Over, Palette, menu::fuzzy};
use crate::{action::Action, keymap::Mode};

impl App {
    /// The lines of help or of the palette, for what is typed into it.
    pub(crate) fn commands(&self, palette: &Palette) -> Vec<Command> {
        let mode = self.base_mode();
        let typed = palette.entry.text();
        let mut found: Vec<(usize, Command)> = Vec::new();
        for &action in Action::ALL {
            let here = self.keymap.knows(mode, action);
            let anywhere = here || self.keymap.modes(action).any(|mode| browsing(mode) && mode != Mode::Welcome);
            if !(if palette.help { here } else { anywhere }) || self.shadowed(mode, action) {
                continue;
            }
            let command = self.command(mode, action);
            let words = format!("{} {} {}", action.label(), action.name(), action.about());
            let cost = if palette.help {
                let hay = format!("{} {words}", command.keys).to_lowercase();
                hay.contains(&typed.to_lowercase()).then_some(0)
            } else {
                fuzzy(typed, action.name()).or_else(|| fuzzy(typed, &words).map(|cost| cost + 100))
            };
            if let Some(cost) = cost {
                found.push((cost, command));
            }
        }
        if palette.help {
            found.sort_by_key(|(_, command)| command.action.topic());
        } else {
            found.sort_by_key(|(cost, command)| (*cost, command.reason.is_some()));
        }
        found.into_iter().map(|(_, command)| command).collect()
    }

    fn command(&self, mode: Mode, action: Action) -> Command {
        let keys: Vec<String> = self.keymap.keys(mode, action).iter().map(|press| press.short()).collect();
        Command { action, keys: keys.join(" "), reason: self.can_in(mode, action).err() }
    }

    /// Whether all keys of an action do something else in a mode.
    fn shadowed(&self, mode: Mode, action: Action) -> bool {
        let keys = self.keymap.keys(mode, action);
        !keys.is_empty() && keys.iter().all(|press| self.keymap.action(mode, *press) != Some(action))
    }

    pub(crate) fn act_palette(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let Some(Over::Palette(palette)) = &self.over else { return };
        let commands = self.commands(palette);
        let last = commands.len().saturating_sub(1);
        let Some(Over::Palette(palette)) = self.over.as_mut() else { return };
        match action {
            Action::Up => palette.cursor = palette.cursor.saturating_sub(1),
            Action::Down => palette.cursor = (palette.cursor + 1).min(last),
            Action::PageUp => palette.cursor = palette.cursor.saturating_sub(page),
            Action::PageDown => palette.cursor = (palette.cursor + page).min(last),
            Action::Accept => {
                let chosen = commands.get(palette.cursor).map(|command| command.action);
                self.over = None;
                if let Some(action) = chosen {
                    self.run(action, effects);
                }
            }
            _ => self.over = None,
        }
    }
}

/// Whether a mode is one in which memories or operations are looked at.
fn browsing(mode: Mode) -> bool {
    mode == Mode::Global || mode.takes_global()
}
