//! The only way from stored bytes to a cell or to stdout: make visible, measure, cut, wrap, highlight.
//!
//! Memory text is written by agents that read anything, so it is hostile until proven otherwise. Nothing is stripped:
//! what a person cannot see is drawn as a visible escape, so that the person judges the text that the agent reads.

mod context;
mod hidden;
mod highlight;
mod look_alike;
mod sanitise;
mod width;
mod wrap;

pub use hidden::{Class, Hidden, SCAN_LIMIT, Severity, has_hidden, has_hidden_in_json, scan};
pub use highlight::{Highlighter, Sought};
pub use look_alike::odd_letters;
pub use sanitise::{block, exact, from_bytes, json, line, row};
pub use width::{fit, fit_left, fit_middle, pad, start, width};
pub use wrap::{Kind, Line, wrap};

#[cfg(test)]
mod tests;
