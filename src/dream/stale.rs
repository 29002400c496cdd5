//! Memories older than their kind stays true: they are marked as not to be relied on, and stay.
//!
//! A person cannot judge a thousand old memories one by one, so those of a project and a quarter of a year whose kinds
//! stay true equally long are one proposal, and so are those of all projects that have only a few. It is made when the whole quarter is past its time, so that what is proposed
//! today is proposed tomorrow.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Months, NaiveDate};

use super::{Analyse, Ask, Made, Seen, duplicates::stands_for_itself, note::quote, reading::Reading};
use crate::{
    change::{Draft, Edit, Evidence, Label, Mark, Step, Wish},
    judge::{self, STALE_HALF_LIVES},
    memory::{EpochMs, Handle, Key, Row, Signal},
    query::Zone,
    store::Result,
};

/// Age alone proves nothing.
const CONFIDENCE: f32 = 0.4;
/// The confidence that they are given: under what age alone leaves.
const LEFT: f32 = 0.1;
/// Memories of one proposal.
const MOST: usize = 200;
/// Projects with fewer such memories in a quarter are put together: nobody wants a question for each single memory.
const FEW: usize = 10;
/// Stands for them; no project is called so.
const SEVERAL: &str = "\0";
/// Titles that a proposal names.
const NAMED: usize = 8;

const DAY: EpochMs = 86_400_000;

/// Which memories are one proposal: store, project, days that their kinds stay true, first day of the quarter.
type Class = (u8, String, u32, NaiveDate);

pub(super) struct Stale {
    now: EpochMs,
    zone: Zone,
    classes: BTreeMap<Class, Vec<Handle>>,
}

impl Stale {
    pub(super) const fn new(ask: &Ask) -> Self {
        Self { now: ask.now, zone: ask.zone, classes: BTreeMap::new() }
    }

    /// Whether the last memory of a quarter is past its time.
    fn is_over(&self, days: u32, quarter: NaiveDate) -> bool {
        let end = quarter.checked_add_months(Months::new(3)).map(|end| self.zone.moment(end.into()));
        end.is_some_and(|end| self.now.saturating_sub(end) > DAY * EpochMs::from(days))
    }
}

/// How many days memories of a kind stay true.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "half-lives are a few hundred days")]
fn limit(kind: &str) -> u32 {
    (judge::half_life_days(kind) * STALE_HALF_LIVES).ceil() as u32
}

impl Analyse for Stale {
    fn look(&mut self, seen: &Seen<'_>) {
        let (known, kind) = (seen.known, seen.scanned.kind);
        // Whoever looked at it has said what it is worth; prompts and summaries claim nothing.
        let used = !known.signals.has(Signal::NeverInjected);
        let open = known.overlay.is_none() && known.fresh && used && stands_for_itself(kind) && !is_said(kind);
        if !open || !known.signals.has(Signal::Stale) {
            return;
        }
        let Some(clock) = seen.scanned.created.and_then(|created| self.zone.clock(created)) else { return };
        let first = clock.date().month0() / 3 * 3 + 1;
        let Some(quarter) = NaiveDate::from_ymd_opt(clock.date().year(), first, 1) else { return };
        if self.is_over(limit(kind), quarter) {
            let class = (known.key.store, seen.scanned.project.to_owned(), limit(kind), quarter);
            self.classes.entry(class).or_default().push(known.key.handle);
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        // What took another memory's place is what holds now, however old.
        let holds: BTreeSet<Key> = reading.grounds.kin.over.iter().map(|(_, newer)| *newer).collect();
        reading.expect(self.classes.values().map(Vec::len).sum());
        for (class, mut handles) in together(std::mem::take(&mut self.classes)) {
            let store = class.0;
            handles.retain(|handle| !holds.contains(&Key { store, handle: *handle }));
            handles.sort_unstable();
            for part in handles.chunks(MOST) {
                let rows = reading.rows(store, part)?;
                let rows: Vec<Row> = rows.into_iter().filter(|row| !made.is_removed(store, &row.id.native)).collect();
                if !rows.is_empty() {
                    made.add(draft(&class, &rows))?;
                }
            }
        }
        Ok(())
    }
}

/// Whether memories of this kind hold what a person said of themselves or of how things are to be done: that does not wear
/// off with time.
fn is_said(kind: &str) -> bool {
    ["prefer", "correct", "feedback", "rule", "convention", "practice", "instruction", "profile", "persona"]
        .iter()
        .any(|word| kind.contains(word))
}

/// The classes, those of a few memories of one quarter put together.
fn together(classes: BTreeMap<Class, Vec<Handle>>) -> BTreeMap<Class, Vec<Handle>> {
    let mut all: BTreeMap<Class, Vec<Handle>> = BTreeMap::new();
    for ((store, project, days, quarter), handles) in classes {
        let project = if handles.len() < FEW { SEVERAL.to_owned() } else { project };
        all.entry((store, project, days, quarter)).or_default().extend(handles);
    }
    all
}

fn draft((store, project, days, quarter): &Class, rows: &[Row]) -> Draft {
    let projects: BTreeSet<&str> = rows.iter().map(|row| row.scope.project.as_deref().unwrap_or_default()).collect();
    let projects: Vec<&str> =
        projects.into_iter().map(|project| if project.is_empty() { "user" } else { project }).collect();
    let place = match projects.as_slice() {
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, others @ ..] => format!("{one} and {} other projects", others.len()),
        [] => project.clone(),
    };
    let kinds: BTreeSet<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(", ");
    let many = match rows.len() {
        1 => "One memory".to_owned(),
        count => format!("{count} memories"),
    };
    let are = if rows.len() == 1 { "is" } else { "are" };
    let when = format!("{} Q{}", quarter.year(), quarter.month0() / 3 + 1);
    let steps = rows.iter().map(|row| Step {
        store: *store,
        native: row.id.native.clone(),
        seen: row.version,
        was: Edit::new(),
        wish: Wish::Mark(vec![Mark::Confidence(Some(LEFT))]),
    });
    let named = rows.iter().take(NAMED);
    let evidence = named.map(|row| Evidence::Memory { id: row.id.to_string(), quote: quote(&row.title) });
    let more = (rows.len() > NAMED).then(|| Evidence::Note(format!("and {} more", rows.len() - NAMED)));
    Draft {
        label: Label::Deprecate,
        reason: format!(
            "{many} of {place} from {when} ({kinds}) {are} older than {days} days, for which their kind counts as true. Nothing is deleted; the confidence becomes {LEFT}."
        ),
        evidence: evidence.chain(more).collect(),
        confidence: Some(CONFIDENCE),
        likeness: if project == SEVERAL { "stale in small numbers".to_owned() } else { format!("stale in {place}") },
        steps: steps.collect(),
    }
}
