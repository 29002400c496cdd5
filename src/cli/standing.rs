//! What `memtui status` said last of large stores, so that it need not load their whole catalogue for every prompt.

use std::{fs, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{base::Base, open::Session};
use crate::{
    catalog,
    engine::Standing,
    memory::{EpochMs, Handle},
    store::Store,
};

/// From so many memories on the counts are remembered.
pub(super) const LARGE: usize = 50_000;

/// How long counts stay that only time changes: what becomes stale or due within an hour is seen after it.
const FRESH: EpochMs = 3_600_000;

/// The counts, with everything by which one can tell whether they still hold.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Remembered {
    version: String,
    at: EpochMs,
    ledger: Vec<u8>,
    stores: Vec<Known>,
    pub(super) standing: Standing,
    pub(super) left: usize,
}

/// A store as it was when its memories were counted.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    identity: String,
    path: PathBuf,
    stamp: Vec<u8>,
    highest: Vec<i64>,
}

impl Remembered {
    /// The counts of these stores, with what was captured since added; `None` when they have to be counted anew.
    pub(super) fn load(base: &Base, stores: &[Arc<dyn Store>], now: EpochMs) -> Option<Self> {
        let file = file(base, stores)?;
        let mut found: Self = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
        let same = |(known, store): (&Known, &Arc<dyn Store>)| {
            known.identity == store.about().identity && known.path == store.about().path
        };
        let holds = found.version == env!("CARGO_PKG_VERSION")
            && (0..FRESH).contains(&now.saturating_sub(found.at))
            && found.ledger == catalog::stamp(&base.paths.ledger())
            && found.stores.len() == stores.len()
            && found.stores.iter().zip(stores).all(same);
        if !holds {
            return None;
        }
        let mut changed = false;
        for (known, store) in found.stores.iter_mut().zip(stores) {
            let stamp = catalog::stamp(&store.about().path);
            if stamp == known.stamp && !store.is_served() {
                continue;
            }
            let mut reader = store.reader().ok()?;
            known.highest.iter().for_each(|handle| reader.seen(Handle(*handle)));
            let mut new = 0;
            reader.fresh(&mut |_, _| new += 1).ok()?;
            known.highest = reader.highest().into_iter().map(|handle| handle.0).collect();
            known.stamp = stamp;
            found.standing.total += new;
            found.standing.new += new;
            found.standing.due += new;
            changed = true;
        }
        if changed {
            found.save(base, stores);
        }
        Some(found)
    }

    /// Keeps the counts when there are at least so many memories. Closes the session first: closing it writes to the ledger.
    pub(super) fn keep(
        base: &Base,
        mut session: Session,
        (standing, left): (Standing, usize),
        large: usize,
        now: EpochMs,
    ) {
        if standing.total < large {
            return;
        }
        let stores = session.stores().to_vec();
        let mut known = Vec::with_capacity(stores.len());
        for (number, store) in (0u8..).zip(&stores) {
            let about = store.about();
            let Ok(highest) = session.highest(number) else { return };
            known.push(Known {
                identity: about.identity.clone(),
                path: about.path.clone(),
                stamp: catalog::stamp(&about.path),
                highest: highest.into_iter().map(|handle| handle.0).collect(),
            });
        }
        drop(session);
        let ledger = catalog::stamp(&base.paths.ledger());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { version, at: now, ledger, stores: known, standing, left }.save(base, &stores);
    }

    /// What cannot be written is counted again the next time.
    fn save(&self, base: &Base, stores: &[Arc<dyn Store>]) {
        let Some(file) = file(base, stores) else { return };
        let Ok(bytes) = serde_json::to_vec(self) else { return };
        // Whoever reads at this moment has the old file or the new one.
        let made = file.with_extension(format!("{}.new", std::process::id()));
        let _exists = fs::create_dir_all(base.paths.catalog());
        let _unwritten = fs::write(&made, bytes).and_then(|()| fs::rename(&made, &file));
    }
}

/// The file for these stores, beside the catalogue of the first one.
fn file(base: &Base, stores: &[Arc<dyn Store>]) -> Option<PathBuf> {
    let about = stores.first()?.about();
    Some(catalog::file_for(&base.paths.catalog(), &about.identity, &about.path).with_extension("status"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::{args::Global, found::Found},
        paths::Paths,
    };

    const NOW: EpochMs = 1_793_491_200_000;

    #[test]
    fn counts_hold_until_something_was_judged_or_an_hour_has_passed_and_new_memories_are_added() {
        let place = tempfile::tempdir().unwrap();
        let database = place.path().join("sample.db");
        crate::demo::build(&database, NOW).unwrap();
        let path = |name: &str| place.path().join(name);
        let (config_file, data, state, cache) = (path("config.toml"), path("data"), path("state"), path("cache"));
        let paths = Paths { config_file, data, state, cache };
        let global = Global { stores: vec![database.clone()], ..Global::default() };
        let base = Base::at(paths, &global).unwrap();
        let found = || Found::look(&base, &global.stores).unwrap();
        assert!(Remembered::load(&base, &found().stores, NOW).is_none(), "nothing is remembered yet");

        let mut session = Session::with(&global, base.clone(), found()).unwrap();
        let standing = session.standing().unwrap();
        assert!(standing.total > 200);
        Remembered::keep(&base, session, (standing, 3), standing.total + 1, NOW);
        assert!(Remembered::load(&base, &found().stores, NOW).is_none(), "of small stores nothing is remembered");
        let mut session = Session::with(&global, base.clone(), found()).unwrap();
        session.standing().unwrap();
        Remembered::keep(&base, session, (standing, 3), 0, NOW);
        let known = Remembered::load(&base, &found().stores, NOW).unwrap();
        assert_eq!((known.standing, known.left), (standing, 3));

        let agent = rusqlite::Connection::open(&database).unwrap();
        agent
            .execute_batch(
                "INSERT INTO user_prompts(content_session_id, prompt_number, prompt_text, created_at, created_at_epoch)
                 SELECT content_session_id, 99, 'something new', created_at, created_at_epoch FROM user_prompts LIMIT 1",
            )
            .unwrap();
        drop(agent);
        for _ in 0..2 {
            let known = Remembered::load(&base, &found().stores, NOW + 1).unwrap();
            let more = (known.standing.total - standing.total, known.standing.new - standing.new);
            assert_eq!((more, known.standing.due - standing.due), ((1, 1), 1), "added once");
        }
        assert!(Remembered::load(&base, &found().stores, NOW + FRESH).is_none(), "time has changed the others");
        assert!(Remembered::load(&base, &found().stores, NOW - 1).is_none(), "a clock that went back");
        std::fs::create_dir_all(&base.paths.data).unwrap();
        std::fs::write(base.paths.ledger(), b"judged").unwrap();
        assert!(Remembered::load(&base, &found().stores, NOW).is_none(), "something was judged");
    }
}
