//! The sitting: how far one is, the memory under judgement, the rest of the list where there is room; door and summary.

use ratatui::{layout::Rect, text::Span};

use super::{measure, memory, pen::Pen, round};
use crate::{
    action::Action,
    app::{App, Stage},
    keymap::Mode,
    memory::{Likeness, Seat, Sitting, Verdict},
    text,
    theme::Role,
};

/// Draws the screen of the sitting.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let Some(sitting) = app.bench.sitting.as_deref().filter(|_| app.bench.stage == Stage::Judging) else {
        return page(pen, area);
    };
    let mut body = area;
    if area.height >= 4 {
        round::heading(pen, round::take(&mut body, 1), "Review", sitting.left(), sitting.seats.len());
    }
    if area.height >= 14 {
        let said = tally(app, sitting, area);
        let rows = round::take(&mut body, u16::try_from(said.len()).unwrap_or(1));
        for (row, line) in rows.rows().zip(&said) {
            pen.put(row.x + 1, row.y, row.width.saturating_sub(1), line, pen.style(Role::Dim));
        }
    }
    if area.height >= 8 {
        cluster(pen, round::take(&mut body, 1));
    }
    if area.height + 1 >= round::TALL {
        body.height -= round::hint_rows(pen, body, VERDICTS);
    }
    if area.width >= round::WIDE {
        let width = (area.width * 3 / 10).clamp(30, 48);
        seats(pen, Rect { width, ..body }, sitting);
        pen.bar_down(area.x + width, body, Role::Rule);
        body = Rect { x: body.x + width + 1, width: body.width - width - 1, ..body };
    }
    memory::draw(pen, body);
}

/// The keys of a sitting, the most wanted first.
pub(super) const VERDICTS: &[Action] = &[
    Action::Keep,
    Action::Prune,
    Action::Skip,
    Action::Edit,
    Action::Wrong,
    Action::Pin,
    Action::StaleAfter,
    Action::Undo,
    Action::Repeat,
];

/// How many got each verdict so far; before the first one, what it is a sitting of. A second line on a tall screen.
fn tally(app: &App, sitting: &Sitting, area: Rect) -> Vec<String> {
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    let filter = if sitting.query.is_empty() { String::new() } else { format!(" of {}", text::row(&sitting.query)) };
    let order = format!("{} first{filter}", sitting.order.name());
    let counts = sitting.tally().into_iter().map(|(verdict, count)| format!("{count} {}", verdict.past()));
    let mut lines: Vec<String> = Vec::new();
    for count in counts {
        match lines.last_mut() {
            Some(line) if text::width(line) + text::width(&count) + 3 <= room || area.height < 30 => {
                *line = format!("{line} {} {count}", app.glyphs.dot);
            }
            _ => lines.push(count),
        }
    }
    if lines.is_empty() {
        lines.push(order);
    }
    lines.iter().map(|line| text::fit(line, room).into_owned()).collect()
}

/// The line over the memory: which of which cluster it is, and what decides all of them at once.
fn cluster(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let words = app.cluster_words().unwrap_or_default();
    let left = app.bench.sitting.as_ref().map_or(0, |sitting| sitting.rest_of_cluster().len());
    let verdicts = [(Action::KeepAll, format!("keeps {left}")), (Action::PruneAll, format!("prunes {left}"))];
    round::cluster(pen, area, Mode::Review, &words, if left > 1 { &verdicts } else { &[] });
}

/// The list of the sitting: what was said of each memory, and which stand together.
fn seats(pen: &mut Pen<'_>, area: Rect, sitting: &Sitting) {
    let app = pen.app;
    let entry = |at: usize| {
        let seat = sitting.seats.get(at)?;
        Some(round::Entry {
            sign: sign(app, seat),
            title: seat.title.clone(),
            done: seat.given.is_some(),
            cluster: (seat.likeness != Likeness::None).then_some(seat.cluster),
        })
    };
    round::list(pen, area, sitting.at, sitting.seats.len(), &entry);
}

/// The sign of a verdict, so that nothing is said by colour alone.
fn sign(app: &App, seat: &Seat) -> (&'static str, Role) {
    match seat.given.map(|given| given.verdict) {
        None if app.bench.row(seat.memory).is_some_and(|row| row.overlay.pinned) => (app.glyphs.pin, Role::Pinned),
        None => (" ", Role::Dim),
        Some(Verdict::Keep) => ("k", Role::Good),
        Some(Verdict::Edit) => ("e", Role::Good),
        Some(Verdict::Pin) => (app.glyphs.pin, Role::Pinned),
        Some(Verdict::Stale) => ("t", Role::Middle),
        Some(Verdict::Prune) => ("x", Role::Low),
        Some(Verdict::Wrong) => ("w", Role::Alarm),
        Some(Verdict::Skip) => ("s", Role::Dim),
    }
}

/// Before and after: the door, the summary, or that nothing is due.
fn page(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let lines = match (app.bench.stage, app.bench.sitting.as_deref()) {
        (Stage::Door, Some(sitting)) => door(app, sitting),
        (Stage::Done, Some(sitting)) => summary(app, sitting),
        (Stage::Nothing, _) => nothing(app),
        _ => vec![round::words(app, waiting(app), Role::Dim)],
    };
    round::page(pen, area, lines);
}

fn waiting(app: &App) -> String {
    let state = app.catalog;
    if state.ready || state.total == 0 {
        return "Looking for what is due…".to_owned();
    }
    format!(
        "Judging {} of {} memories; then the sitting begins",
        measure::grouped(state.done),
        measure::grouped(state.total)
    )
}

fn door(app: &App, sitting: &Sitting) -> Vec<Vec<Span<'static>>> {
    let text = |said: String, role: Role| round::words(app, said, role);
    let day = measure::moment(app, sitting.began);
    let (left, all) = (sitting.left(), sitting.seats.len());
    let of = if sitting.query.is_empty() { String::new() } else { format!(" of {}", text::row(&sitting.query)) };
    let mut lines = vec![
        text("A sitting is not at its end".to_owned(), Role::Heading),
        Vec::new(),
        text(format!("{left} of {all} memories{of} are left."), Role::Text),
        text(format!("It was begun {day}."), Role::Dim),
        Vec::new(),
    ];
    lines.extend(counts(app, sitting));
    lines.push(Vec::new());
    lines.extend(round::ways(
        app,
        Mode::Recess,
        &[(Action::Accept, "go on where you stopped"), (Action::BeginAnew, "begin a new sitting")],
    ));
    lines.push(round::way(app, Mode::Recess, Action::Quit, "leave"));
    lines
}

fn summary(app: &App, sitting: &Sitting) -> Vec<Vec<Span<'static>>> {
    let text = |said: String, role: Role| round::words(app, said, role);
    let all = crate::app::memories(sitting.seats.len());
    let minutes = sitting.spent / 60_000;
    let spent = if minutes > 0 { format!("{minutes} min") } else { format!("{} s", sitting.spent / 1_000) };
    let mut lines = vec![text(format!("Done: {all} in {spent}"), Role::Heading), Vec::new()];
    lines.extend(counts(app, sitting));
    lines.push(Vec::new());
    let saved = sitting.tokens_saved();
    if saved > 0 {
        let saved = measure::grouped(usize::try_from(saved).unwrap_or(usize::MAX));
        lines.push(text(format!("~{saved} tokens fewer are kept."), Role::Text));
    }
    if let Some(more) = app.bench.due.and_then(|due| due.checked_sub(sitting.seats.len())).filter(|more| *more > 0) {
        lines.push(text(format!("{} more are due.", crate::app::memories(more)), Role::Text));
    }
    lines.push(text("What was pruned stays in the ledger; the history shows it.".to_owned(), Role::Dim));
    lines.push(Vec::new());
    lines.push(round::way(app, Mode::Recess, Action::Accept, "leave"));
    lines.extend(round::ways(app, Mode::Recess, &[(Action::Undo, "take back the last verdict, one by one")]));
    lines.extend(round::ways(app, Mode::Recess, &[(Action::BeginAnew, "begin a new sitting")]));
    lines
}

fn nothing(app: &App) -> Vec<Vec<Span<'static>>> {
    let said = |said: &str, role: Role| round::words(app, said, role);
    vec![
        said("Nothing is due", Role::Heading),
        Vec::new(),
        said(
            "What was judged comes back when its interval has run out; what is captured from now on is new.",
            Role::Text,
        ),
        Vec::new(),
        round::way(app, Mode::Recess, Action::Accept, "leave"),
    ]
}

/// A line for each verdict that was given, with what becomes of it.
fn counts(app: &App, sitting: &Sitting) -> Vec<Vec<Span<'static>>> {
    let line = |(verdict, count): (Verdict, usize)| {
        let then = match verdict {
            Verdict::Keep | Verdict::Edit | Verdict::Pin => "come back in a week or more",
            Verdict::Stale => "come back on the day or sooner",
            Verdict::Prune => "gone",
            Verdict::Wrong => "gone, as false",
            Verdict::Skip => "stay due",
        };
        vec![
            Span::styled(format!("{count:>5}  "), app.theme.style(Role::Strong)),
            Span::styled(format!("{:<8} ", verdict.past()), app.theme.style(Role::Text)),
            Span::styled(then, app.theme.style(Role::Dim)),
        ]
    };
    sitting.tally().into_iter().map(line).collect()
}
