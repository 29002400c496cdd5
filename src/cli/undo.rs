//! `memtui undo` and `memtui redo`.

use super::{
    act::carry_out,
    args::{Global, Redo, Undo},
    fail::{Done, Failure},
    open::Session,
    out::Out,
};
use crate::{
    change::Label,
    curate::{Act, CurateProblem, OperationId},
};

pub(super) fn undo(global: &Global, args: &Undo, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.may_write()?;
    carry_out(&mut session, &Act::Undo(args.operation), args.json, out)
}

pub(super) fn redo(global: &Global, args: &Redo, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.may_write()?;
    let act = match args.operation {
        None => Act::Redo,
        // To take back an undo is to do again what it took back.
        Some(operation) => Act::Undo(Some(undo_of(&mut session, operation)?)),
    };
    carry_out(&mut session, &act, args.json, out)
}

/// The undo that stands between an operation and its effect; itself, if it is one.
fn undo_of(session: &mut Session, operation: OperationId) -> Result<OperationId, Failure> {
    let missing = CurateProblem::NoOperation(operation);
    let named = session.curator()?.ledger()?.operation(operation).map_err(CurateProblem::from)?.ok_or(missing)?;
    if named.label == Label::Undo {
        return Ok(operation);
    }
    named.undone_by.ok_or_else(|| {
        Failure::Refused(format!("operation {operation} is not undone, so there is nothing to do again"))
    })
}
