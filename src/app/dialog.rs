//! Questions with buttons. They begin on the button that changes nothing, unless what they do can be undone.

use super::{Say, diff::FieldDiff, form::Form};
use crate::{
    action::Action,
    change::{Edit, ProposalId},
    memory::{Digest, Key, Row, Target},
};

/// What a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Button {
    /// Leaves everything as it is.
    Cancel,
    /// Prunes the memories of the preview.
    Prune,
    /// Does it with the memories of the preview.
    GoOn,
    /// Saves the edit.
    Save,
    /// Goes back to where the edit was typed.
    Back,
    /// Throws the edit away.
    Discard,
}

impl Button {
    /// What it says, given how many memories it is about.
    pub(crate) fn label(self, count: usize) -> String {
        match self {
            Self::Cancel => "Cancel".to_owned(),
            Self::Prune => format!("Prune {count}"),
            Self::GoOn => format!("All {count}"),
            Self::Save => "Save".to_owned(),
            Self::Back => "Edit on".to_owned(),
            Self::Discard => "Discard".to_owned(),
        }
    }
}

/// Where an edit was typed, to go back to.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    /// In the form.
    Form(Box<Form>),
    /// In `$EDITOR`.
    Text(String),
}

/// What an edit is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A memory.
    Memory {
        /// Which.
        key: Key,
        /// What it was when it was read for editing.
        base: Digest,
    },
    /// A step of a proposal: its approval goes with the edit.
    Step {
        /// Which proposal.
        proposal: ProposalId,
        /// The version of it that was seen.
        version: u32,
        /// The place of the step.
        at: usize,
    },
}

/// An edit on its way to the store.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// What it is of.
    pub(crate) subject: Subject,
    /// The memory's title.
    pub(crate) title: String,
    /// The values it had.
    pub(crate) before: Edit,
    /// The new values of the fields that differ.
    pub(crate) edit: Edit,
    /// Where it was typed.
    pub(crate) origin: Origin,
}

/// Some of the memories that a question is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    /// Those of the present view, in its order.
    pub(crate) rows: Vec<Row>,
    /// Those that are not known to be in it.
    pub(crate) elsewhere: Vec<Row>,
    /// How many there are of those in all.
    pub(crate) hidden: usize,
}

/// What a question is about.
#[derive(Clone, Debug)]
pub(crate) enum Matter {
    /// Pruning many.
    Prune {
        /// Which.
        targets: Vec<Target>,
        /// How many of them are pinned and stay, once that is known.
        pinned: Option<usize>,
        /// Some of them.
        sample: Sample,
    },
    /// Judging marked memories of which some are not in view.
    Beyond {
        /// What is to be done with them.
        action: Action,
        /// Which.
        targets: Vec<Target>,
        /// Some of them.
        sample: Sample,
    },
    /// A verdict on many proposals, or on others than the one on the screen.
    Decide {
        /// What is said.
        verdict: Say,
        /// Of which, as they were read.
        proposals: Vec<(ProposalId, u32)>,
        /// What each would do; text of a store.
        lines: Vec<String>,
    },
    /// Saving an edit: what would change.
    Save(Box<Draft>, Vec<FieldDiff>),
    /// Throwing an edit away.
    Discard(Box<Form>),
    /// An edit that was refused, with the reason: nothing of it is lost.
    Refused(Box<Draft>, String),
    /// A text from `$EDITOR` that could not be read: nothing of it is lost.
    Unreadable(Box<Draft>, String),
}

/// A question with buttons.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    /// What it is about.
    pub(crate) matter: Matter,
    /// The buttons.
    pub(crate) buttons: Vec<Button>,
    /// The button that Enter presses.
    pub(crate) focus: usize,
    /// The first line shown of what it is about.
    pub(crate) scroll: usize,
}

impl Dialog {
    /// The question about a matter.
    pub(crate) fn new(matter: Matter) -> Self {
        let buttons = match &matter {
            Matter::Prune { .. } => vec![Button::Cancel, Button::Prune],
            Matter::Beyond { .. } | Matter::Decide { .. } => vec![Button::Cancel, Button::GoOn],
            Matter::Save(..) => vec![Button::Save, Button::Back, Button::Discard],
            Matter::Discard(_) | Matter::Refused(..) | Matter::Unreadable(..) => vec![Button::Back, Button::Discard],
        };
        Self { matter, buttons, focus: 0, scroll: 0 }
    }

    /// The button that Enter presses.
    pub(crate) fn button(&self) -> Button {
        self.buttons.get(self.focus).copied().unwrap_or(Button::Cancel)
    }

    /// Goes to the next or previous button, round the ends.
    pub(crate) fn step(&mut self, forward: bool) {
        let all = self.buttons.len().max(1);
        self.focus = if forward { (self.focus + 1) % all } else { (self.focus + all - 1) % all };
    }

    /// How many memories it is about.
    pub(crate) fn count(&self) -> usize {
        match &self.matter {
            Matter::Prune { targets, pinned, .. } => targets.len() - pinned.unwrap_or(0).min(targets.len()),
            Matter::Beyond { targets, .. } => targets.len(),
            Matter::Decide { proposals, .. } => proposals.len(),
            _ => 1,
        }
    }
}
