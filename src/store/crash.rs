//! Places where a test may kill the process, to prove that a crash at any of them loses nothing.

/// Kills the process here when `MEMTUI_CRASH_AT` names this place, `place` or `place:3` for the third time it is
/// passed. Only in debug builds: a released program has no such door.
pub(crate) fn point(place: &str) {
    #[cfg(debug_assertions)]
    {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static PASSED: AtomicUsize = AtomicUsize::new(0);
        let Ok(wanted) = std::env::var("MEMTUI_CRASH_AT") else { return };
        let (name, count) = wanted.split_once(':').unwrap_or((&wanted, "1"));
        if name == place && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == count.parse().unwrap_or(1) {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
}
