//! Help and the command palette: which actions there are, with their keys and why one cannot run now.

use super::{App, Command, Effect, Goal, Note, Over, Palette, Screen, fuzzy};
use crate::{action::Action, keymap::Mode, memory::Signal};

/// The language of filters by examples.
const FILTERS: [(&str, &str); 12] = [
    ("retry webhook", "memories with both words"),
    ("\"retry storm\"", "the words in this order"),
    ("deplo*", "words that begin so; the last word while you type it, too"),
    ("-kind:summary", "all but these; NOT is the same"),
    ("(cache OR queue) slow", "either of two, in parentheses"),
    ("kind:bugfix,decision", "one of several values"),
    ("scope:=acme-api", "exactly this name; without = a part of it, * stands for any text"),
    ("age:>90d", "older than that; created:2026-10 is a month"),
    ("conf:<0.5", "doubted; tokens: and cost: compare numbers, too"),
    ("like:observation/181", "those most like this one"),
    ("as-of:3d", "the list as it stood then, read-only"),
    ("is:stale has:files", "states and things; Tab completes keys and values"),
];

/// Names of views and scopes are looked at from so many letters on.
const PLACES_FROM: usize = 2;
/// Views, and scopes, that are offered at most; the lists of their own have them all.
const MOST_PLACES: usize = 5;

impl App {
    /// The lines of help or of the palette, for what is typed into it.
    pub(crate) fn commands(&self, palette: &Palette) -> Vec<Command> {
        let mode = self.base_mode();
        let typed = palette.entry.text();
        let actions = Action::ALL.iter().copied().filter(|action| {
            let here = self.keymap.knows(mode, *action);
            let anywhere = here || self.keymap.modes(*action).any(|mode| browsing(mode) && mode != Mode::Welcome);
            (if palette.help { here } else { anywhere }) && !self.shadowed(mode, *action)
        });
        let commands: Vec<Command> = actions.map(|action| self.command(mode, action)).collect();
        if palette.help { keys_with(typed, commands) } else { self.palette_with(typed, &commands) }
    }

    /// The commands that answer what is typed: those that can run and whose name does first, then those that only say
    /// it, then views and scopes of such a name.
    fn palette_with(&self, typed: &str, commands: &[Command]) -> Vec<Command> {
        let names: Vec<&str> = commands.iter().map(|command| command.goal.name()).collect();
        let mut order = fuzzy::best(typed, &names);
        let said = |command: &Command| {
            let (name, about) = (command.goal.name(), command.goal.about());
            let label = if let Goal::Run(action) = command.goal { action.label() } else { "" };
            format!("{label} {name} {about}").to_lowercase()
        };
        let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
        for (at, command) in commands.iter().enumerate() {
            if !order.contains(&at) && words.iter().all(|word| said(command).contains(word.as_str())) {
                order.push(at);
            }
        }
        if typed.trim().is_empty() {
            order.sort_by_key(|at| commands.get(*at).is_some_and(|command| command.reason.is_some()));
        }
        let mut found: Vec<Command> = order.iter().filter_map(|at| commands.get(*at)).cloned().collect();
        if typed.trim().chars().count() >= PLACES_FROM && self.welcome.is_none() {
            found.extend(self.places(typed));
        }
        found
    }

    /// Views and scopes whose names answer what is typed, as commands.
    fn places(&self, typed: &str) -> Vec<Command> {
        let plain = |goal: Goal| Command { goal, keys: String::new(), reason: None };
        let views: Vec<&str> = self.views.saved.iter().map(|view| view.name.as_str()).collect();
        let scopes: Vec<&str> = self.facets.scopes.iter().map(|(name, _)| name.as_str()).collect();
        let named = |at: usize| Some(Goal::View(at, (*views.get(at)?).to_owned()));
        let views = fuzzy::best(typed, &views).into_iter().filter_map(named);
        let scopes = fuzzy::best(typed, &scopes).into_iter().filter_map(|at| scopes.get(at)).take(MOST_PLACES);
        views.take(MOST_PLACES).chain(scopes.map(|name| Goal::Scope((*name).to_owned()))).map(plain).collect()
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
        Command { goal: Goal::Run(action), keys: keys.join(" "), reason: self.can_in(mode, action).err() }
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
                let chosen = commands.get(palette.cursor).map(|command| command.goal.clone());
                self.over = None;
                match chosen {
                    Some(Goal::Run(action)) => self.run(action, effects),
                    Some(Goal::View(at, _)) => {
                        self.screen = Screen::Memories;
                        self.take_view(at, effects);
                    }
                    Some(Goal::Scope(name)) => {
                        self.screen = Screen::Memories;
                        self.filter_by(Some(name), effects);
                    }
                    None => {}
                }
            }
            _ => self.over = None,
        }
    }
}

/// The keys of which something contains what is typed, by topic.
fn keys_with(typed: &str, mut commands: Vec<Command>) -> Vec<Command> {
    let typed = typed.to_lowercase();
    commands.retain(|command| {
        let label = if let Goal::Run(action) = command.goal { action.label() } else { "" };
        let (name, about) = (command.goal.name(), command.goal.about());
        format!("{} {label} {name} {about}", command.keys).to_lowercase().contains(&typed)
    });
    commands.sort_by_key(|command| command.goal.topic());
    commands
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
