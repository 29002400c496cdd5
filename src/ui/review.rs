//! The sitting: how far one is, the memory under judgement, the rest of the list where there is room; door and summary.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{hints, measure, memory, pen::Pen};
use crate::{
    action::Action,
    app::{App, Stage},
    keymap::Mode,
    memory::{Likeness, Seat, Sitting, Verdict},
    text,
    theme::Role,
};

/// From so many columns on the list stands beside the memory.
const WIDE: u16 = 100;
/// From so many rows on the keys of all verdicts stand below the memory.
pub(super) const TALL: u16 = 20;

/// Draws the screen of the sitting.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let Some(sitting) = app.bench.sitting.as_deref().filter(|_| app.bench.stage == Stage::Judging) else {
        return page(pen, area);
    };
    let mut body = area;
    let take = |body: &mut Rect, rows: u16| {
        let taken = Rect { height: rows, ..*body };
        *body = Rect { y: body.y + rows, height: body.height - rows, ..*body };
        taken
    };
    if area.height >= 4 {
        heading(pen, take(&mut body, 1), sitting);
    }
    if area.height >= 14 {
        let said = tally(app, sitting, area);
        let rows = take(&mut body, u16::try_from(said.len()).unwrap_or(1));
        for (row, line) in rows.rows().zip(&said) {
            pen.put(row.x + 1, row.y, row.width.saturating_sub(1), line, pen.style(Role::Dim));
        }
    }
    if area.height >= 8 {
        cluster(pen, take(&mut body, 1));
    }
    if area.height + 1 >= TALL {
        body.height -= hint_rows(pen, body, VERDICTS);
    }
    if area.width >= WIDE {
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

/// Actions with their keys in two rows at the foot of an area, in one where they fit. How many rows that took.
fn hint_rows(pen: &mut Pen<'_>, area: Rect, actions: &[Action]) -> u16 {
    let row = |up: u16| Rect { x: area.x + 1, y: area.bottom() - up, width: area.width.saturating_sub(2), height: 1 };
    let left = hints::row(pen, row(2), actions);
    if left.is_empty() {
        pen.clear(row(2));
        hints::row(pen, row(1), actions);
        return 1;
    }
    hints::row(pen, row(1), &left);
    2
}

/// `Review  13 of 50  ▰▰▰▱▱▱▱▱`.
fn heading(pen: &mut Pen<'_>, area: Rect, sitting: &Sitting) {
    let all = sitting.seats.len();
    let left = sitting.left();
    let x = pen.put(area.x + 1, area.y, area.width.saturating_sub(1), "Review", pen.style(Role::Accent)) + 2;
    let said = format!("{} left of {}", measure::grouped(left), measure::grouped(all));
    let x = pen.put(x, area.y, area.right().saturating_sub(x), &said, pen.style(Role::Text)) + 2;
    let cells = usize::from(area.right().saturating_sub(x + 1));
    if cells < 4 || all == 0 {
        return;
    }
    let share = (all - left) as f32 / all as f32;
    let bar = pen.bar(share, cells, Role::Accent);
    pen.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &Line::from(bar.to_vec()));
}

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
    pen.rule(area, Role::Rule);
    let Some(words) = app.cluster_words() else { return };
    let left = app.bench.sitting.as_ref().map_or(0, |sitting| sitting.rest_of_cluster().len());
    let verdicts: Vec<(Action, String, String)> = [(Action::KeepAll, "keeps"), (Action::PruneAll, "prunes")]
        .into_iter()
        .filter(|(action, _)| left > 1 && app.can_in(Mode::Review, *action).is_ok())
        .filter_map(|(action, word)| Some((action, app.keymap.hint(Mode::Review, action)?, format!(" {word} {left} "))))
        .collect();
    // What can be decided is said in full; what stands together is seen beside it, too.
    let taken: usize = verdicts.iter().map(|(_, key, said)| text::width(key) + text::width(said)).sum();
    let room = usize::from(area.width.saturating_sub(2)).saturating_sub(taken);
    let words = text::fit(&format!(" {words}"), room.saturating_sub(1)).into_owned();
    let mut x =
        pen.put(area.x + 1, area.y, area.width.saturating_sub(2), &format!("{words} "), pen.style(Role::Strong));
    for (action, key, said) in verdicts {
        let width = u16::try_from(text::width(&key) + text::width(&said)).unwrap_or(u16::MAX);
        if x.saturating_add(width) > area.right() {
            return;
        }
        let start = x;
        x = pen.put(x, area.y, width, &key, pen.style(Role::Key));
        x = pen.put(x, area.y, width, &said, pen.style(Role::Dim));
        pen.hits.actions.push((Rect { x: start, width, ..area }, action));
    }
}

/// The list of the sitting: what was said of each memory, and which stand together.
fn seats(pen: &mut Pen<'_>, area: Rect, sitting: &Sitting) {
    let height = usize::from(area.height).max(1);
    let top = crate::app::window(sitting.at.saturating_sub(height / 2), sitting.at, height, sitting.seats.len());
    for ((at, seat), place) in sitting.seats.iter().enumerate().skip(top).zip(area.rows()) {
        let here = at == sitting.at;
        let (sign, role) = sign(pen.app, seat);
        let joined = |other: Option<&Seat>| {
            seat.likeness != Likeness::None && other.is_some_and(|other| other.cluster == seat.cluster)
        };
        let above = at.checked_sub(1).and_then(|above| sitting.seats.get(above));
        let [first, _, last, _] = pen.app.glyphs.corners;
        let bracket = match (joined(above), joined(sitting.seats.get(at + 1))) {
            (false, false) => " ",
            (false, true) => first,
            (true, true) => pen.app.glyphs.down,
            (true, false) => last,
        };
        let title = text::row(&seat.title);
        let title = text::fit(&title, usize::from(place.width.saturating_sub(7))).into_owned();
        let style = pen.style(if seat.given.is_some() { Role::Dim } else { Role::Text });
        let spans = vec![
            Span::raw("  "),
            Span::styled(sign.to_owned(), pen.style(role)),
            Span::styled(format!(" {bracket} "), pen.style(Role::Rule)),
            Span::styled(title, style),
        ];
        pen.line(place, &Line::from(spans));
        if here {
            pen.under_cursor(place, true);
            pen.put(place.x, place.y, 1, pen.app.glyphs.cursor, pen.edge(true));
        }
    }
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
        _ => vec![vec![Span::styled(waiting(app), app.theme.style(Role::Dim))]],
    };
    let room = usize::from(area.width.saturating_sub(4)).max(1);
    let wrapped: Vec<Line<'static>> = lines.into_iter().flat_map(|line| fold(line, room)).collect();
    let height = u16::try_from(wrapped.len()).unwrap_or(u16::MAX);
    let top = area.y + area.height.saturating_sub(height) / 3;
    for (y, line) in (top..area.bottom()).zip(&wrapped) {
        pen.line(Rect { x: area.x + 2, y, width: area.width.saturating_sub(2), height: 1 }, line);
    }
}

/// A line that is one run of words is wrapped; others are cut by the screen.
fn fold(line: Vec<Span<'static>>, room: usize) -> Vec<Line<'static>> {
    match line.as_slice() {
        [only] if text::width(&only.content) > room => text::wrap(&only.content, room)
            .into_iter()
            .map(|it| Line::from(Span::styled(it.text, only.style)))
            .collect(),
        _ => vec![Line::from(line)],
    }
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
    let text = |said: String, role: Role| vec![Span::styled(said, app.theme.style(role))];
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
    lines.extend(ways(app, &[(Action::Accept, "go on where you stopped"), (Action::BeginAnew, "begin a new sitting")]));
    lines.push(way(app, Action::Quit, "leave"));
    lines
}

fn summary(app: &App, sitting: &Sitting) -> Vec<Vec<Span<'static>>> {
    let text = |said: String, role: Role| vec![Span::styled(said, app.theme.style(role))];
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
    lines.push(way(app, Action::Accept, "leave"));
    lines.extend(ways(app, &[(Action::Undo, "take back the last verdict, one by one")]));
    lines.extend(ways(app, &[(Action::BeginAnew, "begin a new sitting")]));
    lines
}

fn nothing(app: &App) -> Vec<Vec<Span<'static>>> {
    let said = |said: &str, role: Role| vec![Span::styled(said.to_owned(), app.theme.style(role))];
    vec![
        said("Nothing is due", Role::Heading),
        Vec::new(),
        said(
            "What was judged comes back when its interval has run out; what is captured from now on is new.",
            Role::Text,
        ),
        Vec::new(),
        way(app, Action::Accept, "leave"),
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

/// The keys of what can be done now.
fn ways(app: &App, actions: &[(Action, &str)]) -> Vec<Vec<Span<'static>>> {
    let can = actions.iter().filter(|(action, _)| app.can_in(Mode::Recess, *action).is_ok());
    can.map(|(action, words)| way(app, *action, words)).collect()
}

fn way(app: &App, action: Action, words: &str) -> Vec<Span<'static>> {
    let key = app.keymap.hint(Mode::Recess, action).unwrap_or_else(|| format!(":{}", action.name()));
    vec![
        Span::styled(text::pad(&key, 7), app.theme.style(Role::Key)),
        Span::styled(words.to_owned(), app.theme.style(Role::Text)),
    ]
}
