//! `memtui watch`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;

use super::{
    args::Global,
    fail::{Done, Failure, say},
    json::OperationJson,
    open::Session,
    out::Out,
    times,
};
use crate::curate::OperationId;

/// How often the stores are asked whether somebody wrote to them.
const PULSE: Duration = Duration::from_millis(500);
/// A look takes at most this share of the time: it rests so many times as long as it took.
const REST: u32 = 20;

/// `memtui watch`.
#[derive(Debug, Args)]
pub struct Watch {
    /// Look once and end
    #[arg(long)]
    pub once: bool,
    /// Print JSON Lines, one operation each
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(global: &Global, args: &Watch, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    session.may_write()?;
    let observing = session.base.config.observing();
    let all = session.stores().len();
    let curator = session.curator()?;
    let stores: Vec<u8> =
        (0..=u8::MAX).take(all).filter(|store| curator.is_observed(*store, observing.which)).collect();
    if stores.is_empty() {
        return Err(Failure::Refused(
            "no open store is looked at: their programs do not write over what was there; `-o observe=all` looks at all"
                .to_owned(),
        ));
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    if !args.once {
        let names: Vec<&str> = stores
            .iter()
            .filter_map(|store| session.stores().get(usize::from(*store)))
            .map(|store| store.about().name.as_str())
            .collect();
        say(&format!("watching {}; Ctrl-C ends it", names.join(", ")));
    }
    let mut due: Vec<(u8, bool, Instant)> = stores.into_iter().map(|store| (store, true, Instant::now())).collect();
    loop {
        for (store, stirred, from) in &mut due {
            let curator = session.curator()?;
            *stirred |= curator.is_stirred(*store)?;
            if !*stirred || Instant::now() < *from {
                continue;
            }
            *stirred = false;
            let began = Instant::now();
            let found = curator.look_through(*store, observing, times::now())?;
            *from = Instant::now() + began.elapsed() * REST;
            session.notices();
            tell(&mut session, &found, args.json, out)?;
        }
        if args.once || stop.load(Ordering::Acquire) {
            return Ok(Done::Well);
        }
        std::thread::sleep(PULSE);
    }
}

/// Says what others were seen to do.
fn tell(session: &mut Session, found: &[OperationId], json: bool, out: &mut Out) -> Result<(), Failure> {
    let veil = session.veil();
    for id in found {
        let operation = session.curator()?.ledger()?.operation(*id).map_err(crate::curate::CurateProblem::from)?;
        let Some(mut operation) = operation else { continue };
        if json {
            out.json(&OperationJson::from(operation))?;
            continue;
        }
        veil.operation(&mut operation);
        out.line(&format!(
            "{} operation {id} ({}): {}",
            times::local(operation.at),
            operation.author,
            operation.summary
        ))?;
    }
    Ok(out.finish()?)
}
