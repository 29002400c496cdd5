//! `memtui undo` and `memtui redo`.

use super::{
    act::carry_out,
    args::{Global, Redo, Undo},
    fail::{Done, Failure},
    open::Session,
    out::Out,
};
use crate::curate::Act;

pub(super) fn undo(global: &Global, args: &Undo, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.may_write()?;
    carry_out(&mut session, &Act::Undo(args.operation), args.json, out)
}

pub(super) fn redo(global: &Global, args: &Redo, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.may_write()?;
    carry_out(&mut session, &Act::Redo, args.json, out)
}
