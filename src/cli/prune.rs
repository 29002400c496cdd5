//! `memtui prune`.

use super::{
    act::{Plan, carry_out, choose, refuse_empty},
    args::{Global, Prune},
    fail::{Done, Failure, say},
    open::Session,
    out::Out,
};
use crate::{change::Label, curate::Act};

pub(super) fn run(global: &Global, args: &Prune, out: &mut Out) -> Result<Done, Failure> {
    refuse_empty(&args.targets)?;
    let mut session = Session::open(global)?;
    let chosen = choose(&mut session, &args.targets)?;
    // A bulk act leaves what is pinned; naming a memory is a decision about that one.
    let spare_pinned = !chosen.by_name;
    let all = chosen.keys.len();
    let mut targets = chosen.keys;
    targets.retain(|key| !spare_pinned || !session.is_pinned(*key));
    if chosen.by_name {
        let pinned: Vec<_> = targets.iter().copied().filter(|key| session.is_pinned(*key)).collect();
        for key in pinned {
            let name = session.name(key)?;
            say(&format!("{name} is pinned; a memory that is named is pruned all the same"));
        }
    }
    let plan = Plan {
        label: Label::Prune,
        verb: "prune",
        keys: &targets,
        spared: all - targets.len(),
        everything: chosen.everything,
    };
    if targets.is_empty() {
        return Err(Failure::Refused(if all == 0 {
            "no memory matches; nothing was pruned".to_owned()
        } else {
            "every memory that matches is pinned; nothing was pruned".to_owned()
        }));
    }
    if args.dry_run {
        plan.preview(&mut session, args.json, out)?;
        return Ok(Done::Well);
    }
    // What they are is settled before anybody is asked.
    let seen = session.targets(targets.clone())?;
    session.may_write()?;
    if !args.yes {
        plan.confirm(&mut session)?;
    }
    let act = Act::Prune { targets: seen, reason: args.reason.clone(), spare_pinned };
    carry_out(&mut session, &act, args.json, out)
}
