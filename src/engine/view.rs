//! Working out views: filter, order, groups, and early first rows where the whole takes long.

use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Desk, View, listing::Listing};
use crate::{
    catalog::{
        Aging, Asked, Bench, Bits, Catalog, Count, Eye, Group, SortKey, Test, UNKNOWN, ViewSpec, by_column, group,
        measured, oldest_first, text_terms,
    },
    memory::{Handle, Key, Row},
    query::{Expr, Term},
    store::{Cancel, Needle, Problem, Result},
};

/// Rows that are worth showing before the rest is known: a tall screen of them.
const FIRST_ROWS: usize = 64;
/// Rows of the very first answer, before the catalogue has even a list of all memories.
const NEWEST: usize = 64;
/// From this time on first rows are shown before all are found.
const PATIENCE: Duration = Duration::from_millis(3);
/// Looks at whether somebody wants something else, this often.
const GLANCE: usize = 4096;
/// More memories than this are not sorted before the first rows are shown.
const WORTH_A_GLANCE: usize = 100_000;
/// Best answers that are asked for when a view is ordered by rank.
const RANKED: usize = 1000;
/// Newest memories that are read themselves when the index is slow to begin.
const GLIMPSED: usize = 192;

/// Receives views that are not complete yet.
pub(super) type Emit<'a> = &'a mut dyn FnMut(View);

/// A view in the making.
struct Making<'a> {
    spec: &'a ViewSpec,
    follow: Option<Key>,
    catalog: &'a Catalog,
    eye: &'a Eye<'a>,
    marked: &'a Bits,
    stores: &'a [String],
    cancel: &'a Cancel,
    /// Answers to text terms so far.
    answers: Vec<(Term, Bits)>,
    shown_early: bool,
    remark: Option<String>,
}

impl Desk {
    /// Works out a view; `emit` receives first rows where the whole takes long. A followed memory's place comes with
    /// the answer.
    ///
    /// # Errors
    /// [`Problem::Cancelled`] when `cancel` says so, or what a store says when it cannot be read.
    pub fn view(
        &mut self,
        spec: &ViewSpec,
        follow: Option<Key>,
        marked: &[Key],
        cancel: &Cancel,
        emit: &mut dyn FnMut(View),
    ) -> Result<View> {
        let catalog = self.library.snapshot();
        if !catalog.outlined && catalog.total() == 0 {
            return self.first_answer(spec, follow);
        }
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        let eye = Eye::new(&catalog, &aging);
        let marked = marked.iter().filter_map(|key| catalog.slot(*key)).collect();
        let names = self.library.names().to_vec();
        let making = Making {
            spec,
            follow,
            catalog: &catalog,
            eye: &eye,
            marked: &marked,
            stores: &names,
            cancel,
            answers: Vec::new(),
            shown_early: false,
            remark: None,
        };
        self.work_out(making, emit)
    }

    /// Reads what the very first question will most likely ask for, before it comes.
    pub(super) fn look_ahead(&mut self) {
        if !self.library.snapshot().outlined {
            // What goes wrong here goes wrong again when it is asked for, and is told then.
            self.ahead = self.newest().ok();
        }
    }

    fn newest(&mut self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for store in self.store_numbers() {
            rows.extend(self.reader(store)?.newest(NEWEST)?.into_iter().map(|mut row| {
                row.key.store = store;
                row
            }));
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.created.unwrap_or(UNKNOWN)));
        Ok(rows)
    }

    /// The newest memories straight from the stores, while the catalogue has no list yet.
    fn first_answer(&mut self, spec: &ViewSpec, follow: Option<Key>) -> Result<View> {
        let mut keys = Vec::new();
        let mut more = false;
        if spec.filter == Expr::All {
            let rows = match self.ahead.take() {
                Some(rows) => rows,
                None => self.newest()?,
            };
            more = rows.len() >= NEWEST;
            keys.extend(rows.iter().map(|row| row.key));
            self.first_rows = rows;
        }
        let number = keys.len();
        let found = follow.and_then(|key| keys.iter().position(|other| *other == key));
        let id = self.library.listings.keep(Listing::Keys(Arc::new(keys)));
        let known = Count { number, exact: false };
        let remark = (more && spec.grouped).then(|| "the newest, while the list is being made".to_owned());
        Ok(View { id, spec: spec.clone(), count: known, of: known, groups: vec![], found, partial: true, remark })
    }

    fn work_out(&mut self, mut making: Making<'_>, emit: Emit<'_>) -> Result<View> {
        let mut terms: Vec<Term> =
            text_terms(&making.spec.filter).into_iter().filter(|term| by_column(term).is_none()).collect();
        // What is probably rare comes first: then the first rows of the frequent last one are found soon.
        terms.sort_by_key(|term| std::cmp::Reverse(rarity(term)));
        for (at, term) in terms.iter().enumerate() {
            let last = at + 1 == terms.len();
            let slots = self.answer(&mut making, term, last, emit)?;
            let nothing = slots.is_empty() && making.is_needed(term);
            making.answers.push((term.clone(), slots));
            if nothing {
                break;
            }
        }
        let test = making.test(None);
        let mut slots = making.matching(&test, &self.library, emit)?;
        if making.spec.sort.key == SortKey::Rank {
            self.rank(&mut making, &mut slots)?;
        }
        making.go_on()?;
        let groups = making.order(&mut slots, &self.library, emit)?;
        let exact = making.catalog.outlined && (making.catalog.is_judged() || !test.needs_judging());
        Ok(making.view(&self.library, slots, groups, exact, !exact))
    }

    /// The slots that answer a text term.
    fn answer(&mut self, making: &mut Making<'_>, term: &Term, last: bool, emit: Emit<'_>) -> Result<Bits> {
        let early = (last && making.newest_first() && making.is_needed(term)).then(|| making.test(Some(term)));
        let mut found = Bits::default();
        if let Some(rest) = &early {
            self.glimpse(making, term, rest, emit)?;
        }
        let mut first: Vec<u32> = Vec::new();
        for store in self.store_numbers() {
            let name = self.library.names().get(usize::from(store)).cloned().unwrap_or_default();
            let library = Arc::clone(&self.library);
            let reader = self.reader(store)?;
            reader.obey(making.cancel.clone());
            let (catalog, cancel) = (making.catalog, making.cancel);
            Asked { catalog, store, name: &name, reader, cancel }.answer(term, &mut |slot| {
                if found.insert(slot)
                    && let Some(rest) = &early
                    && !making.shown_early
                    && making.eye.passes(rest, making.eye.subject(slot))
                {
                    first.push(slot);
                    if first.len() == FIRST_ROWS {
                        making.show_early(&library, &first, emit);
                    }
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(found)
    }

    /// First rows for a short beginning of a word, for which an index takes long to give even one: the newest
    /// memories are read and looked at.
    fn glimpse(&mut self, making: &mut Making<'_>, term: &Term, rest: &Test, emit: Emit<'_>) -> Result<()> {
        let Term::Word(beginning, true) = term else { return Ok(()) };
        if beginning.chars().count() > 2 || making.catalog.total() < 50_000 {
            return Ok(());
        }
        let newest: Vec<u32> = making
            .catalog
            .order()
            .iter()
            .copied()
            .take(GLANCE)
            .filter(|slot| making.eye.passes(rest, making.eye.subject(*slot)))
            .take(GLIMPSED)
            .collect();
        let mut rows = Vec::new();
        for store in self.store_numbers() {
            let library = Arc::clone(&self.library);
            let name = library.names().get(usize::from(store)).cloned().unwrap_or_default();
            let reader = self.reader(store)?;
            reader.obey(making.cancel.clone());
            let mut asked = Asked { catalog: making.catalog, store, name: &name, reader, cancel: making.cancel };
            rows.extend(asked.glimpse(beginning, &newest)?.iter());
        }
        if !rows.is_empty() {
            making.show_early(&self.library, &rows, emit);
        }
        making.go_on()
    }

    /// Brings the best answers, by the stores' own ranking, to the front.
    fn rank(&mut self, making: &mut Making<'_>, slots: &mut Vec<u32>) -> Result<()> {
        let needles: Vec<Needle> = making
            .spec
            .filter
            .words()
            .into_iter()
            .filter_map(|term| match term {
                Term::Word(word, prefix) => Some(Needle::Word(word.clone(), *prefix)),
                Term::Phrase(phrase) => Some(Needle::Phrase(phrase.clone())),
                _ => None,
            })
            .collect();
        if needles.is_empty() {
            making.remark = Some("the filter has no words to rank by; newest first".to_owned());
            return Ok(());
        }
        let passing: Bits = slots.iter().copied().collect();
        let mut by_store = Vec::new();
        for store in self.store_numbers() {
            let reader = self.reader(store)?;
            reader.obey(making.cancel.clone());
            let best = reader.ranked(&needles, RANKED)?;
            let mut finder = making.catalog.finder(store);
            by_store.push(best.into_iter().filter_map(|handle: Handle| finder.find(handle)).collect::<Vec<_>>());
        }
        let mut ranked: Vec<u32> = Vec::new();
        let mut placed = Bits::default();
        let longest = by_store.iter().map(Vec::len).max().unwrap_or_default();
        // Scores of different stores cannot be compared: their answers take turns.
        for at in 0..longest {
            for slot in by_store.iter().filter_map(|best| best.get(at)) {
                if passing.has(*slot) && placed.insert(*slot) {
                    ranked.push(*slot);
                }
            }
        }
        if ranked.len() < slots.len() {
            making.remark = Some(format!("the best {} by rank, then newest first", ranked.len()));
        }
        ranked.extend(slots.iter().filter(|slot| !placed.has(**slot)));
        if !making.spec.sort.descending {
            ranked.reverse();
        }
        *slots = ranked;
        Ok(())
    }
}

/// A guess at how rare the answers to a term are; higher is rarer.
fn rarity(term: &Term) -> usize {
    match term {
        Term::Phrase(phrase) => 4 * phrase.chars().count(),
        Term::Word(word, false) => 2 * word.chars().count(),
        Term::Word(word, true) => word.chars().count(),
        _ => 0,
    }
}

impl Making<'_> {
    /// Whether nothing passes that does not answer this term.
    fn is_needed(&self, term: &Term) -> bool {
        self.spec.filter.and_parts().iter().any(|part| matches!(part, Expr::Term(other) if other == term))
    }

    fn newest_first(&self) -> bool {
        self.spec.sort.key == SortKey::Age && !self.spec.sort.descending && !self.spec.grouped
    }

    fn go_on(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(Problem::Cancelled) } else { Ok(()) }
    }

    /// The filter made ready with the answers so far; `granted` counts as answered by everything.
    fn test(&self, granted: Option<&Term>) -> Test {
        let text = |term: &Term| {
            if granted == Some(term) {
                return Test::Fixed(true);
            }
            by_column(term).unwrap_or_else(|| {
                let answer = self.answers.iter().find(|(other, _)| other == term);
                answer.map_or(Test::Fixed(false), |(_, slots)| Test::Among(slots.clone()))
            })
        };
        Bench {
            catalog: self.catalog,
            now: self.eye.aging.now(),
            stores: self.stores,
            marked: self.marked,
            text: &text,
        }
        .test(&self.spec.filter)
    }

    /// The answers to a term without which nothing passes, when they are few: then only they are looked at.
    fn few(&self) -> Option<&Bits> {
        let (_, slots) =
            self.answers.iter().filter(|(term, _)| self.is_needed(term)).min_by_key(|(_, slots)| slots.count())?;
        (slots.count() < self.catalog.total() / 16).then_some(slots)
    }

    /// Every memory that passes, newest first.
    fn matching(&mut self, test: &Test, library: &super::Library, emit: Emit<'_>) -> Result<Vec<u32>> {
        if matches!(test, Test::Fixed(true)) {
            return Ok(self.catalog.order().to_vec());
        }
        if let Some(few) = self.few() {
            let mut slots: Vec<u32> =
                few.iter().filter(|slot| self.eye.passes(test, self.eye.subject(*slot))).collect();
            slots.sort_by_key(|slot| self.catalog.newest_first(*slot));
            return Ok(slots);
        }
        let begin = Instant::now();
        let mut slots = Vec::new();
        let needs_judging = test.needs_judging() && !self.catalog.is_judged();
        for (count, slot) in self.catalog.order().iter().enumerate() {
            if count.is_multiple_of(GLANCE) {
                self.go_on()?;
                if slots.len() >= FIRST_ROWS && self.newest_first() && begin.elapsed() > PATIENCE {
                    self.show_early(library, &slots, emit);
                }
            }
            let it = self.eye.subject(*slot);
            if (!needs_judging || it.fact.is(crate::catalog::Fact::JUDGED)) && self.eye.holds(test, it) {
                slots.push(*slot);
            }
        }
        slots.shrink_to_fit();
        Ok(slots)
    }

    /// Puts the slots, which come newest first, into the order that is wanted.
    fn order(&mut self, slots: &mut Vec<u32>, library: &super::Library, emit: Emit<'_>) -> Result<Vec<Group>> {
        let sort = self.spec.sort;
        if sort.key == SortKey::Age && sort.descending {
            oldest_first(self.eye, slots);
        }
        if let Some(mut measured) = measured(self.eye, slots, sort) {
            self.go_on()?;
            if slots.len() > WORTH_A_GLANCE && !self.spec.grouped && self.follow.is_none() {
                let first = measured.first(slots, FIRST_ROWS);
                self.emit_early(library, first, emit);
            }
            measured.all(slots);
        }
        self.go_on()?;
        Ok(if self.spec.grouped { group(self.eye, slots) } else { Vec::new() })
    }

    /// Shows rows that were found before all of them are, once.
    fn show_early(&mut self, library: &super::Library, slots: &[u32], emit: Emit<'_>) {
        if self.shown_early || self.cancel.is_cancelled() {
            return;
        }
        self.shown_early = true;
        let mut slots = slots.to_vec();
        slots.sort_by_key(|slot| self.catalog.newest_first(*slot));
        emit(self.view(library, slots, Vec::new(), false, true));
    }

    /// Shows the first rows of an order while the rest is still being sorted.
    fn emit_early(&mut self, library: &super::Library, slots: Vec<u32>, emit: Emit<'_>) {
        if !self.shown_early && !self.cancel.is_cancelled() {
            self.shown_early = true;
            emit(self.view(library, slots, Vec::new(), false, true));
        }
    }

    fn view(&self, library: &super::Library, slots: Vec<u32>, groups: Vec<Group>, exact: bool, partial: bool) -> View {
        let found = self
            .follow
            .and_then(|key| self.catalog.slot(key))
            .and_then(|slot| slots.iter().position(|other| *other == slot));
        let number = slots.len();
        let whole = number == self.catalog.total() && self.newest_first();
        let slots = if whole { Arc::clone(self.catalog.order()) } else { Arc::new(slots) };
        View {
            id: library.listings.keep(Listing::Slots(slots)),
            spec: self.spec.clone(),
            count: Count { number, exact },
            of: Count { number: self.catalog.total(), exact: self.catalog.outlined },
            groups,
            found,
            partial,
            remark: self.remark.clone(),
        }
    }
}
