//! `memtui doctor`: what a bug report needs.

use super::{
    args::Global,
    fail::{Done, Failure},
    out::Out,
};

pub(super) fn run(_global: &Global, _out: &mut Out) -> Result<Done, Failure> {
    Err(Failure::Store("unjoined".into()))
}
