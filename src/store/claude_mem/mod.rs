//! claude-mem: observations, session summaries and prompts in one database.

pub mod schema;
mod settings;
mod shape;
