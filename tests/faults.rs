//! What can happen to memtui while it works, in every act on every kind of store: it is killed, the disk is full, files are
//! damaged, others write at the same time, the clock goes backwards. `docs/reliability.md` is the table of it.
//!
//! `MEMTUI_FULL=1` runs the long form of each test.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says what it did"
)]

#[path = "faults/acts.rs"]
mod acts;
#[path = "faults/chance.rs"]
mod chance;
#[path = "faults/crowd.rs"]
mod crowd;
#[path = "faults/damage.rs"]
mod damage;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/kills.rs"]
mod kills;
#[path = "faults/model.rs"]
mod model;
#[path = "faults/order.rs"]
mod order;
#[path = "faults/place.rs"]
mod place;

fn full() -> bool {
    std::env::var_os("MEMTUI_FULL").is_some()
}
