//! The door for agents, as they use it: over standard input and output, many at once, and with hostile arguments.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on must fail; how long a crowd waited is worth knowing"
)]

#[path = "mcp/crowd.rs"]
mod crowd;
#[path = "mcp/gate.rs"]
mod gate;
#[path = "mcp/host.rs"]
mod host;
#[path = "mcp/leak.rs"]
mod leak;
#[path = "mcp/official.rs"]
mod official;
