//! Files as they are to become: read afresh, changed in memory, and written when everything is decided.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use super::{
    entry,
    folder::{INDEX, Layout, Source, Survey},
    pieces::{self, Form, Piece, Split},
    record::{self, Around},
};
use crate::{
    memory::Image,
    store::{
        Result,
        disk::{self, Found},
        lines::{self, Lines},
    },
};

/// A file as it is to become.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) source: Source,
    /// The file as it was read; `None` when there was none.
    pub(super) found: Option<Found>,
    pub(super) split: Split,
    /// Its lines before anything was done to it.
    pub(super) lines: Lines,
    /// At which of those lines each piece began.
    begins: HashMap<String, usize>,
    /// Permission bits of a file that is made anew.
    pub(super) mode: Option<u32>,
    /// Files that it once was, and when they were written: one that is so again gets its time back.
    pub(super) once: Vec<(Vec<u8>, i128)>,
}

/// What a new file may be read by when nobody knows: its owner only.
const PRIVATE: u32 = 0o600;

impl Draft {
    fn read(source: Source) -> Result<Self> {
        let found = source.read().map_err(|error| disk::problem(&source.path, &error))?;
        let split = found.as_ref().map(|found| pieces::split(&found.bytes, source.form)).unwrap_or_default();
        let lines = Lines::of(&split.join());
        let mut at = lines::count(split.head.iter().copied());
        let mut begins = HashMap::with_capacity(split.pieces.len());
        for piece in &split.pieces {
            begins.insert(piece.key.clone(), at);
            at += lines::count(piece.bytes());
        }
        Ok(Self { source, found, split, lines, begins, mode: None, once: Vec::new() })
    }

    /// The file was longer before an earlier transaction of the same act: places count from then.
    fn count_from(&mut self, earlier: &Lines) {
        let Some(places) = self.lines.within(earlier) else { return };
        for at in self.begins.values_mut() {
            *at = places.get(*at).copied().unwrap_or(*at);
        }
        self.lines.clone_from(earlier);
    }

    /// At which line of the file, as it was before anything was done to it, a piece began.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.split.pieces.get(at).and_then(|piece| self.begins.get(&piece.key)).copied().unwrap_or_default()
    }

    /// Takes over what is known of the file from when a memory was in it.
    pub(super) fn expect(&mut self, around: Option<&Around>) {
        let Some(around) = around else { return };
        self.once.extend(around.modified.map(|time| (around.sum.clone(), time)));
        if self.found.is_none() && self.split.pieces.is_empty() {
            self.split.head.clone_from(&around.head);
            self.mode = around.mode;
        }
    }

    /// Whether a piece is only empty lines between others: what has the same name goes beside it.
    pub(super) fn is_gap(&self, at: usize) -> bool {
        let piece = self.split.pieces.get(at).filter(|_| self.source.form != Form::Whole);
        piece.is_some_and(|piece| piece.heading.is_empty() && piece.is_blank())
    }

    /// Gives a piece other bytes.
    pub(super) fn replace(&mut self, at: usize, heading: &[u8], text: &[u8]) {
        if let Some(piece) = self.split.pieces.get_mut(at) {
            (piece.heading, piece.text) = (heading.to_vec(), text.to_vec());
        }
    }

    /// Takes a piece out. A heading over other sections stays, with the empty lines below it.
    pub(super) fn take_out(&mut self, at: usize) {
        let stays = self.split.is_over_others(at);
        let Some(piece) = self.split.pieces.get_mut(at) else { return };
        if !stays || pieces::hangs_on_text(&piece.key) {
            self.split.pieces.remove(at);
            return;
        }
        let end = piece.text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
        let rest = piece.text.split_off(end);
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(0, |first| first + 1);
        piece.text = rest.get(line..).unwrap_or_default().to_vec();
    }

    /// Its content; `None` when nothing is left, so that there is to be no file.
    pub(super) fn content(&self) -> Option<Vec<u8>> {
        let is_left = match self.source.form {
            Form::Whole => !self.split.pieces.is_empty(),
            Form::Sections | Form::Index => self.split.pieces.iter().any(|piece| piece.bytes().next().is_some()),
        };
        // An empty file that is one memory goes with it.
        let was_bare = self.source.form != Form::Whole
            && self.split.pieces.is_empty()
            && self.found.as_ref().is_some_and(|found| found.bytes == self.split.head);
        (is_left || was_bare).then(|| self.split.join())
    }

    /// Whether it is to become another file.
    pub(super) fn is_changed(&self) -> bool {
        self.found.as_ref().map(|found| found.bytes.as_slice()) != self.content().as_deref()
    }

    /// Permission bits of the file.
    pub(super) fn mode(&self) -> u32 {
        self.found.as_ref().map(|found| found.mode).or(self.mode).unwrap_or(PRIVATE)
    }

    /// The time that the file gets back, if it is one that it was before.
    pub(super) fn once_written(&self, content: &[u8]) -> Option<i128> {
        if self.once.is_empty() {
            return None;
        }
        let sum = record::sum(content);
        self.once.iter().find(|(known, _)| *known == sum).map(|(_, time)| *time)
    }
}

/// The files that are being worked on.
#[derive(Clone)]
pub(super) struct Bench {
    pub(super) survey: Survey,
    pub(super) drafts: BTreeMap<String, Draft>,
    /// The lines of files before earlier transactions of the same act.
    earlier: Earlier,
}

/// The lines of files, by the names of the files.
pub(super) type Earlier = HashMap<String, Lines>;

impl Bench {
    /// An empty bench, with the files that there are.
    pub(super) fn new(survey: Survey) -> Self {
        Self::after(survey, Earlier::new())
    }

    /// An empty bench for the next transaction of an act.
    pub(super) const fn after(survey: Survey, earlier: Earlier) -> Self {
        Self { survey, drafts: BTreeMap::new(), earlier }
    }

    /// The lines that the next transaction of this act needs.
    pub(super) fn into_earlier(self) -> Earlier {
        let mut earlier_lines = self.earlier;
        earlier_lines.extend(self.drafts.into_iter().map(|(native, draft)| (native, draft.lines)));
        earlier_lines
    }

    /// The same with every file cut anew, as whoever reads it next will.
    pub(super) fn reread(&self) -> Self {
        let mut bench = self.clone();
        for draft in bench.drafts.values_mut() {
            draft.split = draft.content().map(|bytes| pieces::split(&bytes, draft.source.form)).unwrap_or_default();
        }
        bench
    }

    /// The file of a memory and the name of its piece.
    pub(super) fn place(&self, native: &str) -> Option<(Source, String)> {
        let there = |name: &str| self.survey.sources.iter().find(|source| source.native == name).cloned();
        let parts = || native.match_indices('#').filter_map(|(at, _)| Some((native.get(..at)?, native.get(at + 1..)?)));
        let in_pieces = |(source, key): (Option<Source>, &str)| {
            source.filter(|source| source.form != Form::Whole).map(|source| (source, key.to_owned()))
        };
        there(native)
            .map(|source| (source, String::new()))
            .or_else(|| parts().find_map(|(file, key)| in_pieces((there(file), key))))
            .or_else(|| parts().find_map(|(file, key)| in_pieces((self.survey.source(file), key))))
            .or_else(|| Some((self.survey.source(native)?, String::new())))
    }

    /// A file, read when it is first needed.
    pub(super) fn draft(&mut self, source: &Source) -> Result<&mut Draft> {
        if !self.drafts.contains_key(&source.native) {
            let mut draft = Draft::read(source.clone())?;
            if let Some(earlier) = self.earlier.get(&source.native) {
                draft.count_from(earlier);
            }
            self.drafts.insert(source.native.clone(), draft);
        }
        self.drafts
            .get_mut(&source.native)
            .ok_or_else(|| disk::problem(&source.path, &std::io::Error::other("it is gone")))
    }

    /// The index that leads to the files of a source's folder.
    pub(super) fn index_of(source: &Source) -> Option<Source> {
        let has_index = matches!(source.folder.layout, Layout::Topics | Layout::Inbox);
        (has_index && source.form == Form::Whole && source.kind != "patch")
            .then(|| source.folder.source(INDEX))
            .flatten()
    }

    /// Where in its index the lines are that lead to a file.
    pub(super) fn lines_to(index: &Draft, source: &Source) -> Vec<usize> {
        let leads = |piece: &Piece| {
            piece.link.as_ref().is_some_and(|link| entry::target_of(&index.source, link) == source.path)
        };
        let pieces = index.split.pieces.iter().enumerate();
        pieces.filter(|(_, piece)| leads(piece)).map(|(at, _)| at).collect()
    }

    /// The record of a memory, `None` when there is none.
    pub(super) fn image(&mut self, native: &str) -> Result<Option<Image>> {
        let Some((source, key)) = self.place(native) else { return Ok(None) };
        if let Some(index) = Self::index_of(&source) {
            self.draft(&index)?;
        }
        self.draft(&source)?;
        Ok(self.image_at(&source, &key))
    }

    /// The record of a memory whose files were read.
    fn image_at(&self, source: &Source, key: &str) -> Option<Image> {
        let draft = self.drafts.get(&source.native)?;
        let at = draft.split.find(key)?;
        let piece = draft.split.pieces.get(at)?;
        let is_memory = match (&piece.link, source.form) {
            (_, Form::Whole) => true,
            // A line that leads to a file belongs to the memory in that file.
            (Some(link), _) => !self.is_there(&entry::target_of(source, link)),
            (None, _) => !piece.is_blank(),
        };
        let index = Self::index_of(source).and_then(|index| self.drafts.get(&index.native));
        let lines = index.map(|index| (index, Self::lines_to(index, source)));
        is_memory.then(|| record::image(draft, at, lines)).flatten()
    }

    /// Whether there is to be a file.
    fn is_there(&self, path: &Path) -> bool {
        match self.drafts.values().find(|draft| draft.source.path == path) {
            Some(draft) => draft.content().is_some(),
            None => self.survey.sources.iter().any(|source| source.path == path),
        }
    }
}
