//! The same on a directory that the product made, where one is at hand: `MEMTUI_SAMPLES` says where.

use super::*;

/// A copy of the sample, or a note that it is absent.
fn sample() -> Option<(tempfile::TempDir, PathBuf)> {
    let samples = std::env::var_os("MEMTUI_SAMPLES")?;
    let from = Path::new(&samples).join("agentmemory-0.9");
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join(STATE);
    fs::create_dir(&state).unwrap();
    for entry in fs::read_dir(from.join(STATE)).ok()?.flatten() {
        fs::write(state.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap();
    }
    fs::write(dir.path().join("export.json"), fs::read(from.join("export.json")).unwrap()).unwrap();
    let state = fs::canonicalize(state).unwrap();
    Some((dir, state))
}

#[test]
fn every_archive_is_written_back_byte_for_byte() {
    let Some((_dir, state)) = sample() else { return eprintln!("skipped: MEMTUI_SAMPLES is not set") };
    let mut count = 0;
    for entry in fs::read_dir(state).unwrap().flatten() {
        let bytes = fs::read(entry.path()).unwrap();
        let map = codec::archive(&bytes).unwrap();
        assert_eq!(codec::write(&map, codec::Form::Archive).unwrap(), bytes, "{:?}", entry.file_name());
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn everything_is_pruned_and_comes_back_in_the_state_and_in_the_export() {
    let Some((dir, state)) = sample() else { return eprintln!("skipped: MEMTUI_SAMPLES is not set") };
    for path in [state.clone(), dir.path().join("export.json")] {
        let store = open(&path, PRODUCT.to_owned(), Installation::default()).unwrap();
        let before = if path.is_dir() { bytes(&path) } else { vec![(path.clone(), fs::read(&path).unwrap())] };
        let all = natives(store.as_ref());
        assert_eq!(all.iter().filter(|native| native.starts_with("memory/")).count(), 163);
        let superseded = |native: &&String| read(store.as_ref(), native).state == crate::memory::State::Superseded;
        assert_eq!(all.iter().filter(|native| native.starts_with("memory/")).filter(superseded).count(), 66);
        let intents = all.iter().map(|native| intent(native, Make::Delete)).collect();
        let (outcomes, changes) = apply(store.as_ref(), intents).unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
        apply(store.as_ref(), back(&changes)).unwrap();
        let after = if path.is_dir() { bytes(&path) } else { vec![(path.clone(), fs::read(&path).unwrap())] };
        assert!(after == before, "{}", path.display());
    }
}
