//! What the commands that change something share: targets, the question, progress, the report.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    args::Targets,
    columns::{grouped, memories},
    fail::{Done, Failure, say},
    json::{PlanJson, ReportJson},
    list::brief,
    open::Session,
    out::{Out, terminal_width},
    times,
};
use crate::{
    catalog::ViewSpec,
    change::Label,
    curate::{Act, Report, Touched},
    memory::Key,
    text,
};

/// Memories that a preview names before it only counts.
const SAMPLE: usize = 10;

/// The memories an act is for.
pub(super) struct Chosen {
    pub(super) keys: Vec<Key>,
    /// Whether they were named one by one.
    pub(super) by_name: bool,
    /// Whether it is everything there is.
    pub(super) everything: bool,
}

/// Refuses a filter without a condition: it is what an unset variable of a shell leaves behind.
pub(super) fn refuse_empty(targets: &Targets) -> Result<(), Failure> {
    match &targets.query {
        Some(query) if query.trim().is_empty() => Err(Failure::Usage(
            "an empty filter means every memory; write --where 'id:*' if you mean all of them".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Finds the memories an act is for.
pub(super) fn choose(session: &mut Session, targets: &Targets) -> Result<Chosen, Failure> {
    let Some(query) = &targets.query else {
        let mut keys = targets.ids.iter().map(|id| session.find(id)).collect::<Result<Vec<_>, _>>()?;
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| seen.insert(*key));
        return Ok(Chosen { keys, by_name: true, everything: false });
    };
    let filter = session.filter(query, times::now())?;
    let view = session.view(&ViewSpec { filter, ..ViewSpec::default() })?;
    if let Some(remark) = &view.remark {
        // What a filter matches must be certain before anything is changed because of it.
        return Err(Failure::Refused(format!("the filter could not be answered in full: {remark}")));
    }
    let keys = session.keys(&view, 0..view.count.number);
    let everything = keys.len() == view.of.number;
    Ok(Chosen { keys, by_name: false, everything })
}

/// What would be done, and to which memories.
pub(super) struct Plan<'a> {
    pub(super) label: Label,
    /// `prune`, `mark`.
    pub(super) verb: &'a str,
    pub(super) keys: &'a [Key],
    pub(super) spared: usize,
    /// Whether the filter matches everything there is.
    pub(super) everything: bool,
}

impl Plan<'_> {
    /// `prune 3 memories`, `prune every memory there is: 300 memories`.
    fn words(&self) -> String {
        let what = if self.everything { "every memory there is: " } else { "" };
        format!("{} {what}{}", self.verb, memories(self.keys.len()))
    }

    /// Says what would be done.
    pub(super) fn preview(&self, session: &mut Session, json: bool, out: &mut Out) -> Result<(), Failure> {
        if json {
            let ids = self.keys.iter().map(|key| session.name(*key)).collect::<Result<_, _>>()?;
            let plan = PlanJson {
                dry_run: true,
                label: self.label.name(),
                planned: self.keys.len(),
                spared: self.spared,
                ids,
            };
            return Ok(out.json(&plan)?);
        }
        out.line(&format!("would {}", self.words()))?;
        let veil = session.veil();
        for mut row in session.rows(self.keys.get(..SAMPLE).unwrap_or(self.keys))? {
            veil.row(&mut row);
            out.line(&format!("  {}  {}", row.id, row.title))?;
        }
        if self.keys.len() > SAMPLE {
            out.line(&format!(
                "  … and {} more; `memtui list` with the same filter prints all",
                grouped(self.keys.len() - SAMPLE)
            ))?;
        }
        if self.spared > 0 {
            out.line(&format!("would leave {} alone: pinned", memories(self.spared)))?;
        }
        Ok(())
    }

    /// Shows what is meant and asks, where there is somebody to ask. Anything but a plain yes is a no.
    pub(super) fn confirm(&self, session: &mut Session) -> Result<(), Failure> {
        let question = self.words();
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::Usage(format!(
                "this would {question}; say --yes to do it, or --dry-run to look first"
            )));
        }
        let sample = session.judged_rows(self.keys.get(..SAMPLE).unwrap_or(self.keys))?;
        let mut stderr = io::stderr();
        let _ = stderr.write_all(brief(&sample, times::now(), terminal_width(&stderr)).as_bytes());
        if self.keys.len() > SAMPLE {
            let _ = writeln!(stderr, "… and {} more", grouped(self.keys.len() - SAMPLE));
        }
        if self.spared > 0 {
            let _ = writeln!(stderr, "{} that match are pinned and stay", memories(self.spared));
        }
        ask(&format!("{question}? `memtui undo` takes it back."))
    }
}

/// Asks a person. Anything but a plain yes is a no.
///
/// # Errors
/// It was a no.
pub(super) fn ask(question: &str) -> Result<(), Failure> {
    let mut stderr = io::stderr();
    let _ = write!(stderr, "{} [y/N] ", text::line(question));
    let _ = stderr.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Failure::Usage(error.to_string()))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        return Ok(());
    }
    Err(Failure::Refused("nothing was changed".to_owned()))
}

/// Carries an act out, and says what came of it.
pub(super) fn carry_out(session: &mut Session, act: &Act, json: bool, out: &mut Out) -> Result<Done, Failure> {
    let (report, moved) = perform(session, act)?;
    if json {
        out.json(&ReportJson::from(&report))?;
    } else {
        out.line(&sentence(&report))?;
    }
    out.finish()?;
    session.follow(&moved)?;
    Ok(verdict(&report))
}

/// Carries an act out, shows how far it is, and stops between two chunks on Ctrl-C. What came of it, and what is to be
/// judged again.
pub(super) fn perform(session: &mut Session, act: &Act) -> Result<(Report, Vec<(Key, Touched)>), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        // The second one ends the program at once; the journal makes that safe.
        let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&stop));
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    let watched = io::stderr().is_terminal();
    let mut shown = false;
    let mut moved = Vec::new();
    let report = session.curator()?.act(act, times::now(), &mut |progress, touched| {
        moved.extend(touched.iter().filter(|(_, what)| *what == Touched::Edited));
        if watched && progress.total > 1000 {
            shown = true;
            let _ = write!(io::stderr(), "\r{} of {}", grouped(progress.done), grouped(progress.total));
        }
        if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if shown {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
    let report = report?;
    session.notices();
    Ok((report, moved))
}

/// What came of it, in one sentence.
fn sentence(report: &Report) -> String {
    let done = report.label.done();
    let named = report.named.as_ref().map_or_else(String::new, |named| format!(": {named}"));
    let of = report.of.map(|of| format!(" of operation {of}{named}"));
    let so = if report.label == Label::Prune { "gone already" } else { "already so" };
    let already = (report.already > 0).then(|| format!(", {} {so}", grouped(report.already)));
    let spared = (report.spared > 0).then(|| format!(", left {} alone that are pinned", grouped(report.spared)));
    let taken_back = report.operation.map(|it| format!(" (operation {it}; `memtui undo {it}` takes it back)"));
    let first = format!("{done} {}", memories(report.applied));
    std::iter::once(first).chain([of, already, spared, taken_back].into_iter().flatten()).collect()
}

fn verdict(report: &Report) -> Done {
    for (id, reason) in &report.refused {
        say(&format!("{id}: {reason}"));
    }
    if let Some(trouble) = &report.trouble {
        say(&format!("stopped after {} of {}: {trouble}", grouped(report.applied), grouped(report.planned)));
        return Done::Trouble;
    }
    if report.cancelled {
        say(&format!("stopped after {} of {}, as you asked", grouped(report.applied), grouped(report.planned)));
        return Done::Nothing;
    }
    let nothing = report.applied == 0 && report.already == 0;
    if nothing || !report.refused.is_empty() { Done::Nothing } else { Done::Well }
}
