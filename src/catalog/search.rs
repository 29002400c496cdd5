//! Text questions: answered by the stores' own indexes, turned into slots.

use std::{collections::HashSet, ops::ControlFlow};

use super::{bits::Bits, block::Fact, filter::Test, table::Catalog};
use crate::{
    memory::{Handle, Key},
    query::{NameField, Pattern, Term},
    store::{Cancel, Needle, Problem, Reader, Result, ScanOf, Scanned},
};

/// Looks at whether somebody wants something else, this often.
const GLANCE: usize = 1024;
/// Memories read in one go when an index only gives candidates.
const CHUNK: usize = 512;

/// Receives the slots that answer; may end the search.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(u32) -> ControlFlow<()>;

/// One store that is asked.
pub(crate) struct Asked<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) store: u8,
    pub(crate) name: &'a str,
    pub(crate) reader: &'a mut dyn Reader,
    pub(crate) cancel: &'a Cancel,
}

/// A text term that the columns can answer after all: asking for memories without tags, for example.
pub(crate) fn by_column(term: &Term) -> Option<Test> {
    let Term::Name(field, pattern) = term else { return None };
    let flag = match field {
        NameField::Tag => Fact::TAGS,
        NameField::File => Fact::FILES,
        _ => return None,
    };
    match pattern {
        Pattern::Exact(text) if text.is_empty() => Some(Test::Not(Box::new(Test::Flag(flag)))),
        Pattern::Glob(text) if text == "*" => Some(Test::Flag(flag)),
        _ => None,
    }
}

impl Asked<'_> {
    /// Visits the memories of this store that answer a text term, roughly newest first.
    pub(crate) fn answer(&mut self, term: &Term, visit: Visit<'_>) -> Result<()> {
        match term {
            Term::Word(word, prefix) => self.find(&Needle::Word(word.clone(), *prefix), visit),
            Term::Phrase(phrase) => self.find(&Needle::Phrase(phrase.clone()), visit),
            Term::Name(NameField::Id, pattern) => self.by_id(pattern, visit),
            Term::Name(field, Pattern::Contains(text)) if !text.is_empty() => match needle(*field, text) {
                Some(needle) => self.find(&needle, visit),
                None => Ok(()),
            },
            Term::Name(field, pattern) => self.verified(*field, pattern, visit),
            _ => Ok(()),
        }
    }

    fn find(&mut self, needle: &Needle, visit: Visit<'_>) -> Result<()> {
        let mut finder = self.catalog.finder(self.store);
        let cancel = self.cancel;
        let mut seen = 0_usize;
        self.reader.search(needle, &mut |handle| {
            seen += 1;
            if seen.is_multiple_of(GLANCE) && cancel.is_cancelled() {
                return ControlFlow::Break(());
            }
            finder.find(handle).map_or(ControlFlow::Continue(()), &mut *visit)
        })?;
        self.go_on()
    }

    fn go_on(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(Problem::Cancelled) } else { Ok(()) }
    }

    /// Ids are the store's own way of writing handles: a whole id is looked up, a part of one compared with all.
    fn by_id(&mut self, pattern: &Pattern, visit: Visit<'_>) -> Result<()> {
        if let Pattern::Exact(text) = pattern {
            let prefix = format!("{}:", self.name.to_lowercase());
            let native = text.strip_prefix(&prefix).unwrap_or(text);
            let slot =
                self.reader.handle(native).and_then(|handle| self.catalog.slot(Key { store: self.store, handle }));
            if let Some(slot) = slot {
                let _last = visit(slot);
                return Ok(());
            }
        }
        // A text without a colon lies within the store's name or within the native part, never across.
        let in_part = matches!(pattern, Pattern::Contains(text) if !text.contains(':'));
        let by_store = pattern.matches(self.name);
        for (count, slot) in self.catalog.order().iter().enumerate() {
            if count.is_multiple_of(GLANCE) {
                self.go_on()?;
            }
            let Some(key) = self.catalog.key(*slot).filter(|key| key.store == self.store) else { continue };
            let native = self.reader.native(key.handle);
            let found = pattern.matches(&native)
                || if in_part { by_store } else { pattern.matches(&format!("{}:{native}", self.name)) };
            if found && visit(*slot).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The index knows what contains a text; whole names and globs are told apart by reading the candidates.
    fn verified(&mut self, field: NameField, pattern: &Pattern, visit: Visit<'_>) -> Result<()> {
        let piece = pattern.text().split('*').max_by_key(|piece| piece.len()).unwrap_or_default().to_owned();
        let mut candidates = Vec::new();
        match needle(field, &piece).filter(|_| !piece.is_empty()) {
            Some(needle) => {
                let mut slots = Bits::default();
                self.find(&needle, &mut |slot| {
                    if slots.insert(slot) {
                        candidates.push(slot);
                    }
                    ControlFlow::Continue(())
                })?;
            }
            None => candidates.extend_from_slice(self.catalog.order()),
        }
        for chunk in candidates.chunks(CHUNK) {
            self.go_on()?;
            let keys = chunk.iter().filter_map(|slot| self.catalog.key(*slot));
            let chunk: Vec<Handle> = keys.filter(|key| key.store == self.store).map(|key| key.handle).collect();
            let mut found = HashSet::new();
            self.reader.scan(ScanOf::These(&chunk), &mut |scanned| {
                if names(field, pattern, scanned) {
                    found.insert(scanned.handle);
                }
                ControlFlow::Continue(())
            })?;
            let mut finder = self.catalog.finder(self.store);
            for handle in chunk.iter().filter(|handle| found.contains(handle)) {
                if let Some(slot) = finder.find(*handle)
                    && visit(slot).is_break()
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Of the given memories, those whose text holds a word that begins so, for a first look while the index, which
    /// is slow for short beginnings, is still being asked.
    pub(crate) fn glimpse(&mut self, beginning: &str, slots: &[u32]) -> Result<Bits> {
        let beginning = beginning.to_lowercase();
        let handles: Vec<Handle> = slots
            .iter()
            .filter_map(|slot| self.catalog.key(*slot))
            .filter(|key| key.store == self.store)
            .map(|key| key.handle)
            .collect();
        let mut finder = self.catalog.finder(self.store);
        let mut found = Bits::default();
        self.reader.scan(ScanOf::These(&handles), &mut |scanned| {
            let mut texts = std::iter::once(scanned.title).chain(scanned.texts.iter().copied());
            if texts.any(|text| has_word(text, &beginning)) {
                finder.find(scanned.handle).map(|slot| found.insert(slot));
            }
            if self.cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(found)
    }
}

fn has_word(text: &str, beginning: &str) -> bool {
    text.split(|sign: char| !sign.is_alphanumeric()).any(|word| {
        word.len() >= beginning.len()
            && word.get(..beginning.len()).is_some_and(|start| start.to_lowercase() == beginning)
    })
}

fn needle(field: NameField, text: &str) -> Option<Needle> {
    match field {
        NameField::Tag => Some(Needle::Tag(text.to_owned())),
        NameField::File => Some(Needle::File(text.to_owned())),
        NameField::Session => Some(Needle::Session(text.to_owned())),
        _ => None,
    }
}

fn names(field: NameField, pattern: &Pattern, scanned: &Scanned<'_>) -> bool {
    match field {
        NameField::Tag => scanned.tags.iter().any(|tag| pattern.matches(tag)),
        NameField::File => scanned.files.iter().any(|file| pattern.matches(file)),
        NameField::Session => pattern.matches(scanned.session),
        _ => false,
    }
}
