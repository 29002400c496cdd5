//! The terminal program.

use std::path::PathBuf;

use super::{
    args::Global,
    fail::{Done, Failure},
};

pub(super) fn run(_global: &Global, _path: Option<PathBuf>) -> Result<Done, Failure> {
    Err(Failure::Store("unjoined".into()))
}
