//! The versions of one memory: a line of states, two of which are compared.

use super::FieldDiff;
use crate::{
    curate::{MemoryVersion, Side},
    engine::Past,
    memory::MemoryId,
};

/// What differs between two versions.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    /// The older one.
    pub(crate) from: Side,
    /// The newer one.
    pub(crate) to: Side,
    /// The fields that differ.
    pub(crate) fields: Vec<FieldDiff>,
}

/// The versions of a memory.
#[derive(Clone, Debug)]
pub(crate) struct Versions {
    /// Which memory.
    pub(crate) id: MemoryId,
    /// Its title now; raw.
    pub(crate) title: String,
    /// The text whose origin is asked for.
    pub(crate) text: Option<String>,
    /// Newest first.
    pub(crate) line: Vec<MemoryVersion>,
    /// Whether the line is here.
    pub(crate) known: bool,
    /// The version that brought the text.
    pub(crate) blame: Option<usize>,
    /// The one under the cursor.
    pub(crate) cursor: usize,
    /// The first one on screen, as last drawn.
    pub(crate) top: usize,
    /// The one that the others are compared with; without it the one before each.
    pub(crate) base: Option<usize>,
    /// The difference that was told last.
    pub(crate) compared: Option<Compared>,
    /// The first line of the difference on screen.
    pub(crate) scroll: usize,
    asked: Option<(Side, Side)>,
}

impl Versions {
    pub(super) fn new(id: MemoryId, title: String, text: Option<String>) -> Self {
        Self {
            id,
            title,
            text,
            line: Vec::new(),
            known: false,
            blame: None,
            cursor: 0,
            top: 0,
            base: None,
            compared: None,
            scroll: 0,
            asked: None,
        }
    }

    pub(super) fn on_versions(&mut self, line: Vec<MemoryVersion>, blame: Option<usize>) {
        self.line = line;
        self.known = true;
        self.blame = blame;
        self.go(blame.unwrap_or(self.cursor));
    }

    pub(super) fn on_compared(&mut self, compared: Compared) {
        if self.asked == Some((compared.from, compared.to)) {
            self.compared = Some(compared);
            self.scroll = 0;
        }
    }

    /// The version under the cursor.
    pub(crate) fn current(&self) -> Option<&MemoryVersion> {
        self.line.get(self.cursor)
    }

    /// The number of a version: 1 is the oldest.
    pub(crate) fn number(&self, at: usize) -> usize {
        self.line.len() - at.min(self.line.len())
    }

    /// Puts the cursor on a version.
    pub(super) fn go(&mut self, to: usize) {
        self.cursor = to.min(self.line.len().saturating_sub(1));
    }

    /// Compares with the one under the cursor from now on, or with the one before each again.
    pub(super) fn choose_base(&mut self) {
        self.base = if self.base == Some(self.cursor) { None } else { Some(self.cursor) };
    }

    /// The places of the two versions that are compared, the older one first; it is missing before the oldest.
    pub(crate) fn pair(&self) -> (Option<usize>, usize) {
        match self.base.filter(|base| *base != self.cursor) {
            Some(base) => (Some(base.max(self.cursor)), base.min(self.cursor)),
            None => (Some(self.cursor + 1).filter(|at| *at < self.line.len()), self.cursor),
        }
    }

    /// The question for what is shown and not here.
    pub(super) fn want(&mut self) -> Option<Past> {
        let (from, to) = self.pair();
        let to = self.line.get(to)?.digest;
        let from = from.and_then(|at| self.line.get(at)).and_then(|version| version.digest);
        if self.asked == Some((from, to)) {
            return None;
        }
        self.asked = Some((from, to));
        Some(Past::Compare { id: self.id.clone(), from, to })
    }
}
