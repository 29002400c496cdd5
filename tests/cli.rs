//! The command line as scripts use it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "cli/acts.rs"]
mod acts;
#[path = "cli/backup.rs"]
mod backup;
#[path = "cli/contract.rs"]
mod contract;
#[path = "cli/docs.rs"]
mod docs;
#[path = "cli/dream.rs"]
mod dream;
#[path = "cli/erase.rs"]
mod erase;
#[path = "cli/finding.rs"]
mod finding;
#[path = "cli/own.rs"]
mod own;
#[path = "cli/queue.rs"]
mod queue;
#[path = "cli/retention.rs"]
mod retention;
#[path = "cli/review.rs"]
mod review;
#[path = "cli/sandbox.rs"]
mod sandbox;
#[path = "cli/setup.rs"]
mod setup;
#[path = "cli/shared.rs"]
mod shared;
#[path = "cli/table.rs"]
mod table;
#[path = "cli/then.rs"]
mod then;
