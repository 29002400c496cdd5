//! What newer memories say is over: finds pairs worth reading by the words of titles, and reads those.
//!
//! Every number here is a bound on work, so that the pass stays cheap in a store of any size. Where there is more than
//! that, the newest memories come first and the rest goes without.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{block::Fact, names::NameId, prints::Prints, table::Catalog, twins::live_prints};
use crate::{
    judge::{self, SUBJECT_WORDS, Statement},
    memory::Handle,
    store::{Result, Scanned},
};

/// Reads memories of a store; those that are gone are passed over.
pub(crate) type Scan<'a> = dyn FnMut(u8, &[Handle], &mut dyn FnMut(&Scanned<'_>)) -> Result<()> + 'a;

/// Older memories that are over, each with the newest one that says so.
pub(crate) type Over = BTreeMap<u32, u32>;

/// Memories that take something back and are looked at.
const CLAIMS: usize = 5_000;
/// Older memories that are read for one of them.
const READ_FOR_ONE: u8 = 8;
/// Claims with the same pair of words that are looked at for one older memory.
const CLAIMS_OF_A_PAIR: usize = 64;
/// Pairs of memories that are read in all.
const PAIRS: usize = 10_000;
/// Memories of one subject that are compared, each with the next newer one.
const OF_ONE_SUBJECT: usize = 8;
/// Passes over the subjects, so that only a part of them is in memory at a time.
const PASSES: u64 = 8;
/// Memories read in one go.
const CHUNK: usize = 256;

/// Finds what is over. `None` when told to stop.
pub(crate) fn find(catalog: &Catalog, prints: &Prints, scan: &mut Scan<'_>, stop: &dyn Fn() -> bool) -> Option<Over> {
    let search = Search::new(catalog, prints);
    let mut pairs = search.same_subjects(stop)?;
    let wanted = search.wanted(scan, stop)?;
    pairs.extend(search.taken_back(&wanted));
    drop(wanted);
    pairs.truncate(PAIRS);
    search.read(&pairs, scan, stop)
}

/// A pair of title words that something taken back has, and who takes it back.
struct Wanted {
    key: u32,
    claim: u32,
}

struct Search<'a> {
    catalog: &'a Catalog,
    prints: &'a Prints,
    /// By project: the project whose worktree it is, or itself.
    parents: Vec<NameId>,
    /// By kind: whether its memories state facts.
    states: Vec<bool>,
}

impl<'a> Search<'a> {
    fn new(catalog: &'a Catalog, prints: &'a Prints) -> Self {
        let projects = &catalog.words.projects;
        let parent = |(id, name): (NameId, &str)| {
            name.split_once('/').and_then(|(parent, _)| projects.known(parent)).unwrap_or(id)
        };
        let parents = projects.iter().map(parent).collect();
        let states = catalog.words.kinds.iter().map(|(_, kind)| judge::states_facts(kind)).collect();
        Self { catalog, prints, parents, states }
    }

    fn parent(&self, project: NameId) -> NameId {
        self.parents.get(usize::from(project)).copied().unwrap_or(project)
    }

    fn states(&self, fact: Fact) -> bool {
        self.states.get(usize::from(fact.kind)).copied().unwrap_or_default()
    }

    /// Memories that state facts, with the words of their titles.
    fn facts(&self) -> impl Iterator<Item = (u32, Fact, [u16; SUBJECT_WORDS])> + '_ {
        live_prints(self.catalog, self.prints)
            .map(|(slot, print)| (slot, self.catalog.fact(slot), print.subject))
            .filter(|(_, fact, subject)| self.states(*fact) && subject.iter().filter(|word| **word != 0).count() > 1)
    }

    fn is_newer(&self, one: u32, other: u32) -> bool {
        self.catalog.newest_first(one) < self.catalog.newest_first(other)
    }

    /// Whether what the newer memory says can hold for the older one: same store, same project or its parent.
    fn reaches(&self, newer: u32, older: u32) -> bool {
        let store = |slot| self.catalog.key(slot).map(|key| key.store);
        let (new, old) = (self.catalog.fact(newer), self.catalog.fact(older));
        (new.project == old.project || self.parent(new.project) == old.project)
            && store(newer) == store(older)
            && self.is_newer(newer, older)
    }

    /// Pairs of neighbours in time among memories on the same subject: newer, older.
    fn same_subjects(&self, stop: &dyn Fn() -> bool) -> Option<Vec<(u32, u32)>> {
        let mut pairs = Vec::new();
        for pass in 0..PASSES {
            if stop() {
                return None;
            }
            let key = |fact: Fact, [a, b, c, d]: [u16; SUBJECT_WORDS]| {
                let words = u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48;
                words.wrapping_add(u64::from(self.parent(fact.project))).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            };
            let keyed = self.facts().map(|(slot, fact, subject)| (key(fact, subject), slot));
            let mut found: Vec<(u64, u32)> = keyed.filter(|(key, _)| (key >> 40) % PASSES == pass).collect();
            found.sort_unstable();
            for group in found.chunk_by_mut(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
                group.sort_unstable_by_key(|(_, slot)| self.catalog.newest_first(*slot));
                let near = group.windows(2).take(OF_ONE_SUBJECT).filter_map(|pair| match pair {
                    [(_, newer), (_, older)] => Some((*newer, *older)),
                    _ => None,
                });
                pairs.extend(near.filter(|(newer, older)| self.reaches(*newer, *older) && self.differ(*newer, *older)));
                if pairs.len() >= PAIRS / 2 {
                    return Some(pairs);
                }
            }
        }
        Some(pairs)
    }

    fn differ(&self, one: u32, other: u32) -> bool {
        self.prints.get(one).exact != self.prints.get(other).exact
    }

    /// What the newest memories take back, as keys of title words; sorted.
    fn wanted(&self, scan: &mut Scan<'_>, stop: &dyn Fn() -> bool) -> Option<Vec<Wanted>> {
        let takes_back = |slot: &u32| self.catalog.fact(*slot).is(Fact::TAKES_BACK);
        let claims: Vec<u32> = self.catalog.order().iter().copied().filter(takes_back).take(CLAIMS).collect();
        let mut wanted = Vec::new();
        for chunk in claims.chunks(CHUNK) {
            if stop() {
                return None;
            }
            for (claim, statement) in self.statements(chunk, scan) {
                let project = self.catalog.fact(claim).project;
                for pair in statement.wanted_pairs() {
                    wanted.push(Wanted { key: key(project, pair), claim });
                    let parent = self.parent(project);
                    if parent != project {
                        wanted.push(Wanted { key: key(parent, pair), claim });
                    }
                }
            }
        }
        wanted.sort_unstable_by_key(|wanted| (wanted.key, wanted.claim));
        Some(wanted)
    }

    /// Pairs of memories of which the newer may take back what the older says.
    fn taken_back(&self, wanted: &[Wanted]) -> Vec<(u32, u32)> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut pairs = HashSet::new();
        let mut read: HashMap<u32, u8> = HashMap::new();
        for (older, fact, subject) in self.facts() {
            for pair in judge::pairs_of(subject) {
                let key = key(fact.project, pair);
                let from = wanted.partition_point(|wanted| wanted.key < key);
                let same = wanted.iter().skip(from).take_while(|wanted| wanted.key == key).take(CLAIMS_OF_A_PAIR);
                for wanted in same.filter(|wanted| self.reaches(wanted.claim, older)).take(READ_FOR_ONE.into()) {
                    let count = read.entry(wanted.claim).or_default();
                    if *count < READ_FOR_ONE && pairs.len() < PAIRS && pairs.insert((wanted.claim, older)) {
                        *count += 1;
                    }
                }
            }
        }
        let mut pairs: Vec<(u32, u32)> = pairs.into_iter().collect();
        pairs.sort_unstable();
        pairs
    }

    /// Reads pairs, newer and older, and keeps those of which the older is over.
    fn read(&self, pairs: &[(u32, u32)], scan: &mut Scan<'_>, stop: &dyn Fn() -> bool) -> Option<Over> {
        let mut over = Over::new();
        for chunk in pairs.chunks(CHUNK) {
            if stop() {
                return None;
            }
            let mut slots: Vec<u32> = chunk.iter().flat_map(|(newer, older)| [*newer, *older]).collect();
            slots.sort_unstable();
            slots.dedup();
            let read = self.statements(&slots, scan);
            for (newer, older) in chunk {
                let (Some(new), Some(old)) = (read.get(newer), read.get(older)) else { continue };
                if new.supersedes(old) {
                    let by = over.entry(*older).or_insert(*newer);
                    if self.is_newer(*newer, *by) {
                        *by = *newer;
                    }
                }
            }
        }
        Some(over)
    }

    /// Reads memories and takes them apart. What cannot be read says nothing.
    fn statements(&self, slots: &[u32], scan: &mut Scan<'_>) -> BTreeMap<u32, Statement> {
        let mut by_store: BTreeMap<u8, Vec<Handle>> = BTreeMap::new();
        for key in slots.iter().filter_map(|slot| self.catalog.key(*slot)) {
            by_store.entry(key.store).or_default().push(key.handle);
        }
        let mut statements = BTreeMap::new();
        for (store, handles) in by_store {
            let mut finder = self.catalog.finder(store);
            let _unreadable = scan(store, &handles, &mut |scanned| {
                if let Some(slot) = finder.find(scanned.handle) {
                    statements.insert(slot, Statement::new(scanned.title, scanned.texts));
                }
            });
        }
        statements
    }
}

/// A key for a pair of title words in a project.
fn key(project: NameId, (one, other): (u16, u16)) -> u32 {
    let pair = u32::from(one.min(other)) | u32::from(one.max(other)) << 16;
    (pair ^ u32::from(project).wrapping_mul(0x85eb_ca6b)).wrapping_mul(0x9e37_79b1)
}
