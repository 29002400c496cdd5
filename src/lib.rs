//! memtui reads, judges and repairs what coding agents remember.
//!
//! The modules are layers; each uses only what stands before it:
//!
//! `text, memory` · `judge, change, query` · `store, demo, ledger` · `catalog, dream` · `curate` · `engine, action` ·
//! `keymap, theme, paths, config, state, views` · `app` · `ui` · `tty, mcp, memory_tool` · `cli` · `main`
//!
//! `tests/architecture.rs` keeps it so.

pub mod action;
pub mod app;
pub mod catalog;
pub mod change;
pub mod cli;
pub mod config;
pub mod curate;
pub mod demo;
pub mod dream;
pub mod engine;
pub mod judge;
pub mod keymap;
pub mod ledger;
pub mod mcp;
pub mod memory;
pub mod memory_tool;
pub mod paths;
pub mod query;
pub mod state;
pub mod store;
pub mod text;
pub mod theme;
pub mod tty;
pub mod ui;
pub mod views;
