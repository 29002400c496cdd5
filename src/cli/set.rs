//! `memtui set`.

use super::{
    act::{Plan, carry_out, choose, refuse_empty},
    args::{Global, Marks, Set},
    fail::{Done, Failure},
    open::Session,
    out::Out,
    times,
};
use crate::{
    change::Label,
    curate::{Act, Mark},
    memory::EpochMs,
};

pub(super) fn run(global: &Global, args: &Set, out: &mut Out) -> Result<Done, Failure> {
    refuse_empty(&args.targets)?;
    let mut session = Session::open(global)?;
    let chosen = choose(&mut session, &args.targets)?;
    if chosen.keys.is_empty() {
        return Err(Failure::Refused("no memory matches; nothing was marked".to_owned()));
    }
    let plan = Plan { label: Label::Mark, verb: "mark", keys: &chosen.keys, spared: 0, everything: chosen.everything };
    if args.dry_run {
        plan.preview(&mut session, args.json, out)?;
        return Ok(Done::Well);
    }
    session.may_write()?;
    if chosen.everything && !args.yes {
        plan.confirm(&mut session)?;
    }
    let act = Act::Mark { targets: chosen.keys, marks: marks(&args.marks, times::now()), reason: args.reason.clone() };
    carry_out(&mut session, &act, args.json, out)
}

fn marks(args: &Marks, now: EpochMs) -> Vec<Mark> {
    let switch = |on: bool, off: bool| if on { Some(true) } else { off.then_some(false) };
    [
        args.confidence.map(|value| Mark::Confidence(value.0)),
        switch(args.pin, args.unpin).map(Mark::Pinned),
        args.stale_after.map(|value| Mark::StaleAfter(value.0)),
        args.bucket.map(|value| Mark::Bucket(value.0)),
        switch(args.reviewed, args.unreviewed).map(|on| Mark::Reviewed(on.then_some(now))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
