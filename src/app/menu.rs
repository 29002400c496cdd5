//! Short lists and one-line questions over the screen.

use crossterm::event::KeyEvent;

use super::entry::Entry;
use crate::{
    action::{Action, Topic},
    catalog::SortKey,
    curate::RollBack,
    memory::{Bucket, Key},
};

/// What a menu chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What the list is sorted by.
    Sort,
    /// The bucket of memories.
    Bucket(Vec<Key>),
    /// What is to be rolled back.
    RollBack(Vec<RollBack>),
    /// When a proposal is asked again.
    Snooze,
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
            Choice::RollBack(_) => "Roll back",
            Choice::Snooze => "Ask again",
        }
    }

    /// Its lines.
    pub(crate) fn items(&self) -> Vec<&'static str> {
        match &self.choice {
            Choice::Sort => SortKey::ALL.iter().map(|key| key.name()).collect(),
            Choice::Bucket(_) => Bucket::ALL.iter().map(|bucket| bucket.name()).chain(["as memtui sees it"]).collect(),
            Choice::RollBack(ways) => ways.iter().map(super::way).collect(),
            Choice::Snooze => super::SNOOZES.iter().map(|(words, _)| *words).collect(),
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
    /// A filter for the log.
    LogFilter,
    /// The name of a view: of the one at that place, or of a new one.
    ViewName(Option<usize>),
    /// Why a proposal is rejected.
    Reason,
    /// A sentence that memories say.
    Sentence,
    /// The words that take its place.
    Reword,
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

/// What a line of the palette does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Runs an action.
    Run(Action),
    /// Shows the view at that place, which has this name.
    View(usize, String),
    /// Shows this scope alone.
    Scope(String),
}

impl Goal {
    /// Its heading in help.
    pub(crate) fn topic(&self) -> Topic {
        if let Self::Run(action) = self { action.topic() } else { Topic::Find }
    }

    /// What it is called; names of scopes are raw.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Run(action) => action.name(),
            Self::View(_, name) | Self::Scope(name) => name,
        }
    }

    /// What it does.
    pub(crate) fn about(&self) -> &'static str {
        match self {
            Self::Run(action) => action.about(),
            Self::View(..) => "Show this view",
            Self::Scope(_) => "Go to this scope",
        }
    }
}

/// A line of help or of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// What it does.
    pub(crate) goal: Goal,
    /// Its keys here.
    pub(crate) keys: String,
    /// Why it cannot run now, if so.
    pub(crate) reason: Option<String>,
}
