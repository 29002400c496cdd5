//! `memtui demo`.

use super::{
    args::Global,
    fail::{Done, Failure},
};

pub(super) fn run(_global: &Global) -> Result<Done, Failure> {
    Err(Failure::Store("unjoined".into()))
}
