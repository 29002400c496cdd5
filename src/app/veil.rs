//! Secrets behind a mask: what looks like a password, token or key is not on the screen until a person asks for it.

use std::borrow::Cow;

use crate::{
    change::{Evidence, Waiting},
    curate::ChangeView,
    engine::Detail,
    judge,
    ledger::Operation,
    memory::{Memory, Row, Signal},
};

/// Whether secrets are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Veil(pub(crate) bool);

impl Veil {
    /// A text as it may be shown.
    pub(crate) fn text(self, text: &str) -> Cow<'_, str> {
        if self.0 { judge::mask(text) } else { Cow::Borrowed(text) }
    }

    /// Masks a text where it stands.
    fn over(self, text: &mut String) {
        if let Cow::Owned(masked) = self.text(text) {
            *text = masked;
        }
    }

    /// A line of the list. A memory that was judged and holds no secret is not searched again.
    pub(crate) fn row(self, row: &mut Row) {
        if row.confidence.is_none() || row.signals.has(Signal::Secret) {
            self.over(&mut row.title);
        }
    }

    /// An operation of the log.
    pub(crate) fn operation(self, operation: &mut Operation) {
        self.over(&mut operation.summary);
    }

    /// What an operation changed: the title alone; differences are masked when they are made.
    pub(crate) fn change(self, change: &mut ChangeView) {
        self.over(&mut change.title);
    }

    /// A line of the queue.
    pub(crate) fn waiting(self, line: &mut Waiting) {
        let texts = [&mut line.title, &mut line.reason, &mut line.batch.note].into_iter().chain(&mut line.held);
        texts.for_each(|text| self.over(text));
    }

    /// A piece of evidence as it may be shown.
    pub(crate) fn evidence(self, piece: &Evidence) -> Evidence {
        let text = |text: &str| self.text(text).into_owned();
        match piece {
            Evidence::Memory { id, quote } => Evidence::Memory { id: id.clone(), quote: text(quote) },
            Evidence::Session { id, quote } => Evidence::Session { id: id.clone(), quote: text(quote) },
            Evidence::Note(note) => Evidence::Note(text(note)),
        }
    }

    /// The memory as it may be shown; `None` when that makes no difference.
    pub(crate) fn detail(self, detail: &Detail) -> Option<Box<Detail>> {
        if !self.0 {
            return None;
        }
        let mut masked = Box::new(detail.clone());
        self.memory(&mut masked.memory);
        masked.alike.iter_mut().for_each(|(.., title)| self.over(title));
        masked.neighbours.iter_mut().for_each(|(_, title)| self.over(title));
        masked.proposals.iter_mut().for_each(|line| self.waiting(line));
        masked.terms.iter_mut().for_each(|term| self.over(&mut term.found));
        (*masked != *detail).then_some(masked)
    }

    fn memory(self, memory: &mut Memory) {
        self.over(&mut memory.row.title);
        self.over(&mut memory.title);
        for section in &mut memory.sections {
            section.items.iter_mut().for_each(|item| self.over(item));
        }
        memory.tags.iter_mut().for_each(|tag| self.over(tag));
        memory.files.iter_mut().for_each(|file| self.over(&mut file.path));
        memory.findings.iter_mut().for_each(|finding| self.over(&mut finding.reason));
        match &mut memory.injection {
            Ok(text) | Err(text) => self.over(text),
        }
        let from = &mut memory.provenance;
        [&mut from.session_title, &mut from.prompt].into_iter().flatten().for_each(|text| self.over(text));
        from.tools.iter_mut().for_each(|tool| self.over(&mut tool.input));
    }
}
