//! Help and the command palette: which actions there are, with their keys and why one cannot run now.

use super::{App, Command, Effect, Note, Over, Palette, menu::fuzzy};
use crate::{action::Action, keymap::Mode, memory::Signal};

/// The language of filters by examples.
const FILTERS: [(&str, &str); 10] = [
    ("retry webhook", "memories with both words"),
    ("\"retry storm\"", "the words in this order"),
    ("deplo*", "words that begin so; the last word while you type it, too"),
    ("-kind:summary", "all but these; NOT is the same"),
    ("(cache OR queue) slow", "either of two, in parentheses"),
    ("kind:bugfix,decision", "one of several values"),
    ("scope:=acme-api", "exactly this name; without = a part of it, * stands for any text"),
    ("age:>90d", "older than that; created:2026-10 is a month"),
    ("conf:<0.5", "doubted; tokens: and cost: compare numbers, too"),
    ("is:stale has:files", "states and things; Tab completes keys and values"),
];

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

    /// What help says besides keys: the letters of the signals, and how to filter.
    pub(crate) fn notes(palette: &Palette) -> Vec<Note> {
        if !palette.help {
            return Vec::new();
        }
        let typed = palette.entry.text().to_lowercase();
        let signals = Signal::ALL.iter().map(|signal| Note {
            topic: "Signals (is:NAME finds them)",
            sign: signal.letter().to_string(),
            about: signal.name(),
        });
        let filters = FILTERS.iter().map(|(sign, about)| Note { topic: "Filters", sign: (*sign).to_owned(), about });
        let hay = |note: &Note| format!("{} {} {}", note.topic, note.sign, note.about).to_lowercase();
        signals.chain(filters).filter(|note| hay(note).contains(&typed)).collect()
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
        let Some(Over::Palette(palette)) = &self.over else { return };
        let commands = self.commands(palette);
        let all = commands.len() + Self::notes(palette).len();
        let last = all.saturating_sub(1);
        // Headings and what goes on below its line take room as well: no line is to be passed over.
        let drawn = self.hits.over;
        let page = (drawn.height() * all / drawn.lines.max(1)).saturating_sub(3).max(1);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_of_a_filter_is_one() {
        let zone = chrono::FixedOffset::east_opt(0).unwrap();
        for (example, _) in FILTERS {
            assert!(crate::query::parse(example, 0, zone).is_ok(), "{example}");
        }
    }
}
