//! From a record of a store to what the catalogue keeps of it.

use std::sync::Arc;

use super::{Shared, lock};
use crate::{
    catalog::{
        aging,
        block::Fact,
        files::Files,
        names::{Names, Vocabulary},
        prints::{Print, session_hash},
        verdict,
    },
    judge,
    memory::{Signal, tokens_of_bytes},
    store::Scanned,
};

/// Judges a memory by its record alone.
pub(super) fn weigh(
    scanned: &Scanned<'_>,
    files: &mut Files,
    shared: &Shared,
    words: &mut Arc<Vocabulary>,
) -> (Fact, Print) {
    let verdict = verdict::of(scanned);
    let mut signals = verdict.signals;
    signals.set(Signal::DeadFile, files.any_dead(scanned.files));
    let mut flags = Fact::JUDGED;
    let factual = judge::states_facts(scanned.kind);
    for (flag, on) in [
        (Fact::TAKES_BACK, judge::may_supersede(scanned.kind) && judge::takes_back(scanned.title, scanned.texts)),
        (Fact::FILES, !scanned.files.is_empty()),
        (Fact::TAGS, !scanned.tags.is_empty()),
        (Fact::STATED, scanned.stated.is_some()),
    ] {
        flags |= if on { flag } else { 0 };
    }
    let base = match scanned.stated {
        Some(stated) => aging::to_column(stated),
        None => verdict::compared(verdict.own, scanned.kind, 0, signals),
    };
    let fact = Fact {
        project: number(shared, words, scanned.project, |words| &words.projects, |words| &mut words.projects),
        agent: number(shared, words, scanned.agent, |words| &words.agents, |words| &mut words.agents),
        kind: number(shared, words, scanned.kind, |words| &words.kinds, |words| &mut words.kinds),
        base,
        signals: signals.bits(),
        flags,
        tokens: tokens_of_bytes(scanned.bytes),
        cost: scanned.cost,
    };
    let print = Print {
        exact: verdict.exact,
        near: verdict.near,
        session: session_hash(scanned.session),
        base: verdict.own,
        subject: if factual { judge::subject(scanned.title) } else { Default::default() },
        newer: 0,
        version: scanned.version,
    };
    (fact, print)
}

/// The number of a name; the catalogue is only locked for names that were never seen.
fn number(
    shared: &Shared,
    words: &mut Arc<Vocabulary>,
    name: &str,
    read: fn(&Vocabulary) -> &Names,
    write: fn(&mut Vocabulary) -> &mut Names,
) -> u16 {
    if let Some(id) = read(words).known(name) {
        return id;
    }
    let mut catalog = lock(shared);
    let id = write(Arc::make_mut(&mut catalog.words)).number(name);
    *words = Arc::clone(&catalog.words);
    id
}
