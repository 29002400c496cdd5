//! Short lists and one-line questions over the screen.

use crossterm::event::KeyEvent;

use super::entry::Entry;
use crate::{
    action::Action,
    catalog::SortKey,
    memory::{Bucket, Key},
};

/// What a menu chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What the list is sorted by.
    Sort,
    /// The bucket of memories.
    Bucket(Vec<Key>),
}

/// A short list to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Menu {
    /// What it chooses.
    pub(crate) choice: Choice,
    /// The line under the cursor.
    pub(crate) cursor: usize,
}

impl Menu {
    /// Its heading.
    pub(crate) fn title(&self) -> &'static str {
        match self.choice {
            Choice::Sort => "Sort by",
            Choice::Bucket(_) => "Move to bucket",
        }
    }

    /// Its lines.
    pub(crate) fn items(&self) -> Vec<&'static str> {
        match self.choice {
            Choice::Sort => SortKey::ALL.iter().map(|key| key.name()).collect(),
            Choice::Bucket(_) => Bucket::ALL.iter().map(|bucket| bucket.name()).chain(["as memtui sees it"]).collect(),
        }
    }

    /// Moves the cursor, round the ends.
    pub(crate) fn step(&mut self, forward: bool) {
        let all = self.items().len().max(1);
        self.cursor = if forward { (self.cursor + 1) % all } else { (self.cursor + all - 1) % all };
    }
}

/// What a one-line question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A confidence.
    Confidence,
    /// The day from which it is stale.
    StaleAfter,
}

/// A one-line question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// What it asks for.
    pub(crate) asked: Asked,
    /// For which memories.
    pub(crate) targets: Vec<Key>,
    /// What was typed.
    pub(crate) entry: Entry,
    /// What is wrong with it.
    pub(crate) error: Option<String>,
}

/// Help or the command palette: actions that can be looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Palette {
    /// Whether only the keys of this screen are listed, by topic.
    pub(crate) help: bool,
    /// What is looked for.
    pub(crate) entry: Entry,
    /// The line under the cursor, among the actions.
    pub(crate) cursor: usize,
    /// The first line shown, as last drawn.
    pub(crate) top: usize,
}

impl Palette {
    /// Types a key; what is found begins at the top again.
    pub(crate) fn key(&mut self, key: &KeyEvent) {
        if self.entry.key(key) {
            self.cursor = 0;
            self.top = 0;
        }
    }
}

/// A line of help that is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The heading that it stands under.
    pub(crate) topic: &'static str,
    /// What is explained.
    pub(crate) sign: String,
    /// What it means.
    pub(crate) about: &'static str,
}

/// A line of help or of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// What it runs.
    pub(crate) action: Action,
    /// Its keys here.
    pub(crate) keys: String,
    /// Why it cannot run now, if so.
    pub(crate) reason: Option<String>,
}

/// How well a text answers what was typed: every character in order, better when they begin words or stand together.
/// `None` when it does not; smaller is better.
pub(crate) fn fuzzy(typed: &str, text: &str) -> Option<usize> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut cost = 0;
    let mut at = 0;
    for wanted in typed.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let found = text.iter().skip(at).position(|c| *c == wanted)?;
        let begins =
            (at + found).checked_sub(1).and_then(|before| text.get(before)).is_none_or(|c| !c.is_alphanumeric());
        cost += if begins { found.min(1) } else { found * 3 };
        at += found + 1;
    }
    Some(cost)
}

#[cfg(test)]
mod tests {
    use super::fuzzy;

    #[test]
    fn beginnings_of_words_are_better_than_middles() {
        assert!(fuzzy("ma", "mark all") < fuzzy("ma", "commands"));
        assert!(fuzzy("sa", "stale after") < fuzzy("sa", "those that"));
        assert_eq!(fuzzy("xyz", "mark"), None);
        assert_eq!(fuzzy("", "mark"), Some(0));
    }
}
