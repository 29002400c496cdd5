//! Working out views: filter, order, groups, and early first rows where the whole takes long.

mod making;

use std::{
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Desk, Lines, View, likeness::MOST, listing::Listing, then::Then};
use crate::{
    catalog::{
        Aging, Asked, Bits, Catalog, Count, Eye, Group, SortKey, Test, UNKNOWN, ViewSpec, by_column, group, measured,
        oldest_first, text_terms,
    },
    memory::{Key, Row},
    query::{Expr, NameField, Term},
    store::{Cancel, Result},
};

/// Rows that are worth showing before the rest is known: a tall screen of them.
const FIRST_ROWS: usize = 64;
/// Rows of the very first answer, before the catalogue has even a list of all memories.
const NEWEST: usize = 64;
/// From this time on first rows are shown before all are found.
const PATIENCE: Duration = Duration::from_millis(3);
/// More memories than this are not sorted before the first rows are shown.
const WORTH_A_GLANCE: usize = 100_000;
/// After this time the newest answers are shown, while the best are still looked for.
const UNRANKED: Duration = Duration::from_millis(15);
/// What was found so far of what no index knows is shown this often.
const SO_FAR: Duration = Duration::from_millis(60);
/// Looks at whether somebody wants something else, this often.
const GLANCE: usize = 4096;
/// Newest memories that are read themselves when the index is slow to begin.
const GLIMPSED: usize = 192;

/// Receives views that are not complete yet.
pub(super) type Emit<'a> = &'a mut dyn FnMut(View);

/// A view in the making.
pub(super) struct Making<'a> {
    pub(super) spec: &'a ViewSpec,
    follow: Option<Key>,
    pub(super) catalog: &'a Catalog,
    eye: &'a Eye<'a>,
    marked: &'a Bits,
    stores: &'a [String],
    pub(super) cancel: &'a Cancel,
    /// The past list that is asked for.
    then: Option<Arc<Then>>,
    begun: Instant,
    /// Answers to text terms so far.
    answers: Vec<(Term, Bits)>,
    /// The answers to the first term that asks for likeness, most alike first.
    pub(super) alike: Option<Vec<u32>>,
    shown_early: bool,
    /// When what was found so far was shown last.
    told: Option<Instant>,
    /// The lines that were read for an early view, by what they are of.
    lines: Option<(Vec<Key>, Lines)>,
    pub(super) remark: Option<String>,
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
        let mut catalog = self.library.snapshot();
        if !catalog.outlined && catalog.total() == 0 {
            return self.first_answer(spec, follow);
        }
        let then = self.then_of(&spec.filter, cancel)?;
        if let Some(then) = &then {
            catalog = then.catalog.clone();
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
            then,
            begun: Instant::now(),
            answers: Vec::new(),
            alike: None,
            shown_early: false,
            told: None,
            lines: None,
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
        if self.library.stores().len() > 1 {
            rows = self.knock(NEWEST);
        } else {
            rows.extend(self.reader(0)?.newest(NEWEST)?);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.created.unwrap_or(UNKNOWN)));
        Ok(rows)
    }

    /// The newest memories straight from the stores, while the catalogue has no list yet.
    fn first_answer(&mut self, spec: &ViewSpec, follow: Option<Key>) -> Result<View> {
        let mut rows = Vec::new();
        let mut more = false;
        if spec.filter == Expr::All {
            rows = match self.ahead.take() {
                Some(rows) => rows,
                None => self.newest()?,
            };
            more = rows.len() >= NEWEST;
        }
        let keys: Vec<Key> = rows.iter().map(|row| row.key).collect();
        let number = keys.len();
        let found = follow.and_then(|key| keys.iter().position(|other| *other == key));
        let id = self.library.listings.keep(Listing::Keys(Arc::new(keys)));
        let known = Count { number, exact: false };
        let remark = (more && spec.grouped).then(|| "the newest, while the list is being made".to_owned());
        let lines = Lines { from: 0, rows: self.judged(rows.into_iter().map(Some).collect()) };
        Ok(View {
            id,
            spec: spec.clone(),
            count: known,
            of: known,
            groups: vec![],
            found,
            partial: true,
            remark,
            lines,
            past: None,
        })
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
        let slots = making.matching(&test, &self.library, emit)?;
        making.go_on()?;
        let (slots, groups) = self.order(&mut making, slots, emit)?;
        making.go_on()?;
        let exact = making.catalog.outlined && (making.catalog.is_judged() || !test.needs_judging());
        let mut view = making.view(&self.library, slots, groups, exact, !exact);
        view.lines = self.lines_of(&making, &view)?;
        Ok(view)
    }

    /// The lines where a view begins: at its top, or around the memory that it follows.
    fn lines_of(&mut self, making: &Making<'_>, view: &View) -> Result<Lines> {
        let range = match view.found {
            Some(found) => found.saturating_sub(FIRST_ROWS)..found + FIRST_ROWS,
            None => 0..FIRST_ROWS,
        };
        let keys = self.keys(view.id, range.clone());
        if let Some((_, known)) = making.lines.as_ref().filter(|(known, _)| *known == keys) {
            return Ok(known.clone());
        }
        for store in self.store_numbers().filter(|store| keys.iter().any(|key| key.store == *store)) {
            self.reader(store)?.obey(making.cancel.clone());
        }
        let rows = match making.then.clone() {
            Some(then) => self.lines_then(&then, &keys)?,
            None => self.lines(&keys)?,
        };
        Ok(Lines { from: range.start, rows })
    }

    /// Shows the first rows of an order while the rest is still being sorted.
    fn emit_with_lines(&mut self, making: &mut Making<'_>, mut view: View, emit: Emit<'_>) -> Result<()> {
        let keys = self.keys(view.id, 0..FIRST_ROWS);
        view.lines = self.lines_of(making, &view)?;
        making.lines = Some((keys, view.lines.clone()));
        emit(view);
        making.go_on()
    }

    /// Puts the slots, which come newest first, into the order that is wanted.
    fn order(
        &mut self,
        making: &mut Making<'_>,
        slots: Arc<Vec<u32>>,
        emit: Emit<'_>,
    ) -> Result<(Arc<Vec<u32>>, Vec<Group>)> {
        let (eye, sort) = (making.eye, making.spec.sort);
        let slots = match sort.key {
            SortKey::Age if sort.descending => Arc::new(oldest_first(eye, &slots)),
            SortKey::Rank => Arc::new(self.rank(making, &slots, emit)?),
            _ => match measured(eye, &slots, sort) {
                Some(measured) => {
                    making.go_on()?;
                    if slots.len() > WORTH_A_GLANCE && making.follow.is_none() && !making.spec.grouped {
                        let first = Arc::new(measured.first(&slots, FIRST_ROWS));
                        let first = making.view(&self.library, first, Vec::new(), false, true);
                        self.emit_with_lines(making, first, emit)?;
                    }
                    Arc::new(measured.sorted(&slots))
                }
                None => slots,
            },
        };
        if !making.spec.grouped {
            return Ok((slots, Vec::new()));
        }
        let (slots, groups) = group(eye, &slots);
        Ok((Arc::new(slots), groups))
    }

    /// The slots that answer a text term.
    fn answer(&mut self, making: &mut Making<'_>, term: &Term, last: bool, emit: Emit<'_>) -> Result<Bits> {
        if let Term::Like(id) = term {
            return self.alike(making, id);
        }
        // What the stores find in a past list is put right below.
        let early = last && making.then.is_none() && making.is_needed(term);
        let early = early && (making.newest_first() || making.best_first());
        let early = early.then(|| making.test(Some(term)));
        let mut found = Bits::default();
        if let Some(rest) = early.as_ref().filter(|_| making.newest_first()) {
            self.glimpse(making, term, rest, emit)?;
        }
        let mut first: Vec<u32> = Vec::new();
        let mut seen = 0_usize;
        for store in self.store_numbers() {
            let name = self.library.names().get(usize::from(store)).cloned().unwrap_or_default();
            let library = Arc::clone(&self.library);
            let (catalog, cancel) = (making.catalog, making.cancel);
            let reader = match self.reader(store) {
                Ok(reader) => reader,
                Err(problem) => {
                    self.or_without(store, Err(problem))?;
                    continue;
                }
            };
            reader.obey(making.cancel.clone());
            let answered = Asked { catalog, store, name: &name, reader, cancel }.answer(term, &mut |slot| {
                seen += 1;
                if !found.insert(slot) || making.shown_early {
                    return ControlFlow::Continue(());
                }
                if let Some(rest) = &early
                    && first.len() < FIRST_ROWS
                    && making.eye.passes(rest, making.eye.subject(slot))
                {
                    first.push(slot);
                }
                if first.len() == FIRST_ROWS {
                    if making.newest_first() {
                        making.show_early(&library, &first, emit);
                    } else if seen.is_multiple_of(GLANCE) && making.begun.elapsed() > UNRANKED {
                        making.show_unranked(&library, &first, emit);
                    }
                } else if is_looked_for(term) && making.newest_first() {
                    making.show_so_far(&library, &first, emit);
                }
                ControlFlow::Continue(())
            });
            self.or_without(store, answered)?;
        }
        if let Some(then) = making.then.clone() {
            self.answer_then(&then, term, &mut found)?;
        }
        Ok(found)
    }

    /// The slots of the memories most like one.
    fn alike(&mut self, making: &mut Making<'_>, id: &str) -> Result<Bits> {
        let Some(alike) = self.most_alike(making.catalog, id, making.cancel)? else {
            making.remark = Some(format!("there is no memory {id}"));
            making.alike.get_or_insert_default();
            return Ok(Bits::default());
        };
        if alike.len() == MOST {
            making.remark = Some(format!("of the {MOST} most alike"));
        }
        let slots = alike.iter().copied().collect();
        making.alike.get_or_insert(alike);
        Ok(slots)
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
}

/// Whether the answers to a term stand in no index of any store: a rare one may come late, and many never do.
const fn is_looked_for(term: &Term) -> bool {
    matches!(term, Term::Name(NameField::File, _))
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
