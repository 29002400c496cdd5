//! The program in a real pseudo-terminal.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on must fail")]

#[path = "e2e/erase.rs"]
mod erase;
#[path = "e2e/finding.rs"]
mod finding;
#[path = "e2e/harness.rs"]
mod harness;
#[path = "e2e/pointer.rs"]
mod pointer;
#[path = "e2e/program.rs"]
mod program;
#[path = "e2e/questions.rs"]
mod questions;
#[path = "e2e/queue.rs"]
mod queue;
#[path = "e2e/review.rs"]
mod review;
#[path = "e2e/rollback.rs"]
mod rollback;
#[path = "e2e/screen.rs"]
mod screen;
#[path = "e2e/wrong_pane.rs"]
mod wrong_pane;
