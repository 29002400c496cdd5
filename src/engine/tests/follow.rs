//! What others and the curator change, and the catalogue in its file.

use super::*;
use crate::curate::Touched;

#[test]
fn following_changes_ends_where_building_anew_does() {
    let fakes = store(1500, 6);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let library = Arc::clone(desk.library());
    let more = memories(1700, 77);
    fakes.change(|all| {
        all.extend(more.range(1501 * 3..).map(|(handle, fake)| (*handle, fake.clone())));
        all.retain(|handle, _| handle % 7 != 0);
        for (_, fake) in all.iter_mut().take(40) {
            fake.text = "somebody wrote another text here that says something else entirely about queues".into();
            fake.kind = "gotcha".into();
            fake.created = fake.created.map(|created| created - DAY);
        }
    });
    let store = 0;
    let news = library.builder().fresh(&library.shared, store, desk.reader(store).unwrap()).unwrap();
    assert_eq!(news.added, fakes.shelves.memories.lock().unwrap().range(1501 * 3..).count());
    let news = library.builder().reconcile(&library.shared, store, desk.reader(store).unwrap()).unwrap();
    assert_eq!((news.added, news.removed), (0, (1..=1500).filter(|n| (n * 3) % 7 == 0).count()));
    library.builder().want_look(&library.shared, store);
    while library.builder().look_again(&library.shared, store, desk.reader(store).unwrap()).unwrap().is_some() {}
    assert!(desk.compare(&|| false).is_some());
    assert_eq!(seen(&mut desk), seen(&mut ready(&[fakes], None)));
}

#[test]
fn what_the_curator_touches_is_followed() {
    let fakes = store(300, 7);
    let mut desk = ready(&[Arc::clone(&fakes)], None);
    let library = Arc::clone(desk.library());
    let gone: Vec<i64> = (10..40).map(|n| n * 3).collect();
    let touched = |what: Touched| -> Vec<(Key, Touched)> {
        gone.iter().map(|handle| (Key { store: 0, handle: Handle(*handle) }, what)).collect()
    };
    let before = seen(&mut desk);
    let kept: Vec<(i64, Fake)> = gone.iter().map(|h| (*h, fakes.shelves.memories.lock().unwrap()[h].clone())).collect();
    fakes.change(|all| all.retain(|handle, _| !gone.contains(handle)));
    library.touched(&touched(Touched::Gone));
    assert_eq!(seen(&mut desk).len(), 270, "what is gone leaves at once");
    desk.catch_up().unwrap();
    fakes.change(|all| all.extend(kept));
    library.touched(&touched(Touched::Back));
    desk.catch_up().unwrap();
    assert!(desk.compare(&|| false).is_some());
    assert_eq!(seen(&mut desk), before);
}

/// Every file in the cache directory.
fn cached(cache: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_saved_catalogue_comes_back_without_reading_the_store() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("cache");
    let stores = [store(20_000, 8), FakeStore::new("other", "/nowhere/other.db".into(), memories(300, 9))];
    let before = seen(&mut ready(&stores, Some(&cache)));
    assert_eq!(cached(&cache).len(), 2);
    let scanned = |at: usize| stores[at].shelves.scanned.load(std::sync::atomic::Ordering::SeqCst);
    let counts = (scanned(0), scanned(1));
    let mut again = Desk::new(library(&stores, Some(&cache)));
    again.outline().unwrap();
    assert!(again.library().state().ready);
    assert_eq!(seen(&mut again), before);
    assert_eq!((scanned(0), scanned(1)), counts);
}

#[test]
fn a_saved_catalogue_follows_what_happened_meanwhile() {
    let home = tempfile::tempdir().unwrap();
    let (cache, path) = (home.path().join("cache"), home.path().join("fake.db"));
    std::fs::write(&path, "x").unwrap();
    let fakes = FakeStore::new("fake", path, memories(1000, 10));
    ready(&[Arc::clone(&fakes)], Some(&cache));
    let more = memories(1100, 10);
    for round in 0..3 {
        fakes.change(|all| {
            all.extend(
                more.range((1001 + round * 30) * 3..(1031 + round * 30) * 3).map(|(h, fake)| (*h, fake.clone())),
            );
            all.retain(|handle, _| (handle / 3) % 100 != round);
        });
        let mut desk = ready(&[Arc::clone(&fakes)], Some(&cache));
        assert_eq!(seen(&mut desk), seen(&mut ready(&[Arc::clone(&fakes)], None)), "round {round}");
    }
}

#[test]
fn a_damaged_cache_is_built_again() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join("cache");
    let fakes = store(2000, 11);
    let before = seen(&mut ready(&[Arc::clone(&fakes)], Some(&cache)));
    let file = cached(&cache).remove(0);
    let good = std::fs::read(&file).unwrap();
    let mut damages: Vec<Vec<u8>> =
        vec![Vec::new(), b"not a database at all".to_vec(), good[..good.len() / 2].to_vec()];
    for trial in 0..24 {
        let mut bad = good.clone();
        let at = (good.len() / 24 * trial + trial * 131) % good.len();
        for byte in bad.iter_mut().skip(at).take(3) {
            *byte ^= 0x55;
        }
        damages.push(bad);
    }
    for (trial, bad) in damages.into_iter().enumerate() {
        std::fs::write(&file, bad).unwrap();
        assert_eq!(seen(&mut ready(&[Arc::clone(&fakes)], Some(&cache))), before, "trial {trial}");
    }
    let mut healed = Desk::new(library(&[fakes], Some(&cache)));
    healed.outline().unwrap();
    assert!(healed.library().state().ready, "the last one was saved again");
}
