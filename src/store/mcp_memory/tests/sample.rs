//! The same on a database that the product made, where one is at hand.

use std::ops::ControlFlow;

use super::*;
use crate::store::{Needle, ScanOf};

/// A copy of the sample, `None` (and a note) where there are no samples.
fn sample() -> Option<Fixture> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let samples = std::env::var_os("MEMTUI_SAMPLES").map_or(beside, PathBuf::from);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    if std::fs::copy(samples.join("mcp-memory-service-12.4.db"), &path).is_err() {
        eprintln!("skipped: no sample of mcp-memory-service");
        return None;
    }
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    std::fs::set_permissions(&path, permissions).unwrap();
    Some(Fixture { _dir: dir, path, version: Version::V12 })
}

#[test]
fn the_products_own_database_is_read_and_put_back() {
    let Some(it) = sample() else { return };
    let mut reader = it.reader();
    let (mut all, mut unsettled, mut hidden) = (Vec::new(), 0, 0);
    reader
        .scan(ScanOf::All, &mut |scanned| {
            all.push(scanned.handle);
            unsettled += usize::from(scanned.told.has(crate::memory::Signal::Unsettled));
            hidden += usize::from(!scanned.injected);
            ControlFlow::Continue(())
        })
        .unwrap();
    let rows: i64 = it.sql().query_row("SELECT count(*) FROM memories", [], |row| row.get(0)).unwrap();
    assert!(all.len() > 300 && all.len() <= usize::try_from(rows).unwrap());
    assert!(unsettled > 0 && hidden >= 13, "{unsettled} {hidden}");
    for handle in &all {
        assert!(reader.memory(*handle).unwrap().is_some());
    }
    assert!(!reader.ranked(&[Needle::Word("prefers".into(), false)], 20).unwrap().is_empty());
    let before = it.dump();
    let intents = |handles: &[Handle]| {
        let named = handles.iter().map(|handle| list::native(*handle));
        named.map(|native| Intent { native, expect: Expect::Anything, make: Make::Delete }).collect::<Vec<_>>()
    };
    let (outcomes, changes) = it.apply_all(intents(&all));
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    assert!(it.reader().newest(9).unwrap().is_empty());
    let (odd, even): (Vec<_>, Vec<_>) = changes.into_iter().enumerate().partition(|(place, _)| place % 2 == 1);
    for half in [odd, even] {
        let half: Vec<Change> = half.into_iter().map(|(_, change)| change).collect();
        assert!(it.take_back(&half).iter().all(|outcome| *outcome == Outcome::Applied));
    }
    assert_eq!(it.dump(), before);
}
