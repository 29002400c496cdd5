//! The screen of the queue: how much is left, what stands together, the proposal, and the list where there is room.

mod elsewhere;
mod page;

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{measure, memory, pen::Pen, round};
use crate::{
    action::Action,
    app::{App, QueueSeat, Say, Tab},
    change::Waiting,
    keymap::Mode,
    ledger::{Given, Rate, Spoken},
    memory::turns,
    text,
    theme::Role,
};

/// The keys of the queue, the most wanted first.
pub(super) const VERDICTS: &[Action] = &[
    Action::Approve,
    Action::Reject,
    Action::Skip,
    Action::Edit,
    Action::RejectBecause,
    Action::Snooze,
    Action::Repeat,
    Action::Undo,
    Action::Mark,
    Action::NextPiece,
];

/// What else can be done, on a tall screen.
pub(super) const MORE: &[Action] =
    &[Action::DiffMode, Action::Open, Action::NextCluster, Action::Why, Action::Audit, Action::Reveal, Action::Quit];

/// The keys of what policies applied.
pub(super) const AUDIT: &[Action] = &[
    Action::Seen,
    Action::UndoOperation,
    Action::SeenAll,
    Action::NextMemory,
    Action::DiffMode,
    Action::Open,
    Action::Audit,
];

/// What else can be done there, on a tall screen.
pub(super) const MORE_AUDIT: &[Action] =
    &[Action::PreviousMemory, Action::Why, Action::Reveal, Action::CopyText, Action::Quit];

/// Draws the screen.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let queue = &app.queue;
    let mut body = area;
    if queue.inside {
        if area.height >= 6 {
            let back = app.keymap.hint(Mode::Evidence, Action::Quit).unwrap_or_default();
            let row = round::take(&mut body, 1);
            let x = pen.put(row.x + 1, row.y, row.width.saturating_sub(1), &back, pen.style(Role::Key)) + 1;
            pen.put(x, row.y, row.right().saturating_sub(x), "back to the proposal", pen.style(Role::Dim));
        }
        return memory::draw(pen, body);
    }
    match queue.tab {
        _ if !queue.read => round::page(pen, area, vec![round::words(app, "Reading the queue…", Role::Dim)]),
        Tab::Gate if queue.left() == 0 => round::page(pen, area, rest(app)),
        Tab::Audit if queue.to_see() == 0 => round::page(pen, area, nothing_applied(app)),
        Tab::Gate => gate(pen, area, body),
        Tab::Audit => audit(pen, area, body),
    }
}

fn gate(pen: &mut Pen<'_>, area: Rect, mut body: Rect) {
    let app = pen.app;
    let queue = &app.queue;
    let Some(seat) = queue.seat() else { return };
    if area.height >= 4 {
        round::heading(pen, round::take(&mut body, 1), "Queue", queue.left(), queue.seats.len());
    }
    if area.height >= 14 {
        batch(pen, round::take(&mut body, 1), &seat.line);
    }
    if area.height >= 8 {
        let row = round::take(&mut body, 1);
        let (words, left) = cluster_words(app);
        let verdicts =
            [(Action::ApproveAll, format!("approves {left}")), (Action::RejectAll, format!("rejects {left}"))];
        round::cluster(pen, row, Mode::Queue, &words, if left > 1 { &verdicts } else { &[] });
    }
    // Footer and tabs are rows of the screen, too.
    if area.height + 2 >= round::TALL {
        body.height -= round::hint_rows(pen, body, VERDICTS);
    }
    let entry = |at: usize| queue.seats.get(at).map(|seat| entry(app, seat));
    beside(pen, &mut body, area.width, queue.at, queue.seats.len(), &entry);
    page::draw(pen, body, &seat.line);
}

/// The list beside the proposal, where there is room for both.
fn beside(
    pen: &mut Pen<'_>,
    body: &mut Rect,
    width: u16,
    at: usize,
    all: usize,
    entry: &dyn Fn(usize) -> Option<round::Entry>,
) {
    if width < round::WIDE {
        return;
    }
    let width = (width * 3 / 10).clamp(30, 48);
    round::list(pen, Rect { width, ..*body }, at, all, entry);
    pen.bar_down(body.x + width, *body, Role::Rule);
    *body = Rect { x: body.x + width + 1, width: body.width - width - 1, ..*body };
}

fn entry(app: &App, seat: &QueueSeat) -> round::Entry {
    let sign = match seat.given.as_ref().map(|given| &given.verdict) {
        None if app.queue.marked.contains(&seat.line.id) => (app.glyphs.mark, Role::Marked),
        None if seat.line.held.is_some() => ("!", Role::Alarm),
        None => (" ", Role::Dim),
        Some(Say::Approve(None)) => ("y", Role::Good),
        Some(Say::Approve(Some(_))) => ("e", Role::Good),
        Some(Say::Reject(_)) => ("n", Role::Low),
        Some(Say::Snooze(_)) => ("z", Role::Dim),
        Some(Say::Skip) => ("s", Role::Dim),
    };
    let title = format!("{} {} {}", seat.line.label.name(), app.glyphs.dot, seat.line.title);
    let alone = seat.line.likeness.is_empty();
    round::Entry { sign, title, done: seat.given.is_some(), cluster: (!alone).then_some(seat.cluster) }
}

/// Who proposes, when, and how often the person agreed with them.
fn batch(pen: &mut Pen<'_>, area: Rect, line: &Waiting) {
    let app = pen.app;
    let dot = app.glyphs.dot;
    let batch = &line.batch;
    let mut said = format!("{} {dot} {}", text::row(&batch.author), measure::age(app.now, Some(batch.at)));
    if let Some(rate) = app.queue.rate(&batch.author, line.label) {
        said = format!("{said} {dot} you approved {}", of_all(rate));
    }
    if !batch.note.is_empty() {
        said = format!("{said} {dot} {}", text::row(&batch.note));
    }
    let said = text::fit(&said, usize::from(area.width.saturating_sub(2))).into_owned();
    pen.put(area.x + 1, area.y, area.width.saturating_sub(1), &said, pen.style(Role::Dim));
}

/// `14 of 15 merge`.
fn of_all(rate: &Rate) -> String {
    format!("{} of {} {}", rate.approved, rate.approved + rate.rejected, rate.label.name())
}

/// The words for the cluster, and how many of it are left.
fn cluster_words(app: &App) -> (String, usize) {
    let queue = &app.queue;
    let cluster = turns::cluster(&queue.seats, queue.at);
    let left = turns::rest_of_cluster(&queue.seats, queue.at).len();
    let place = cluster.iter().position(|at| *at == queue.at).map_or(0, |place| place + 1);
    let mut words = if cluster.len() > 1 { format!("{place} of {} alike", cluster.len()) } else { String::new() };
    if !queue.marked.is_empty() {
        let marked = format!("{} {} marked", app.glyphs.mark, queue.marked.len());
        words = if words.is_empty() { marked } else { format!("{words} {} {marked}", app.glyphs.dot) };
    }
    (words, left)
}

fn audit(pen: &mut Pen<'_>, area: Rect, mut body: Rect) {
    let app = pen.app;
    let queue = &app.queue;
    let all = queue.to_see();
    let applied = queue.audit.get(queue.audit_at);
    if area.height >= 4 {
        let row = round::take(&mut body, 1);
        let more = queue.audit.len() + queue.others.total() - all;
        let more =
            if more > 0 { format!(" (and {} that are not named)", measure::grouped(more)) } else { String::new() };
        let said = format!("{} of {} not seen yet{more}", queue.audit_at + 1, measure::grouped(all));
        let what = if applied.is_some() { "Applied" } else { "By others" };
        let x = pen.put(row.x + 1, row.y, row.width.saturating_sub(1), what, pen.style(Role::Accent)) + 2;
        pen.put(x, row.y, row.right().saturating_sub(x), &said, pen.style(Role::Text));
    }
    if area.height >= 8 {
        let row = round::take(&mut body, 1);
        let said = match (applied, queue.change()) {
            (Some((given, _)), _) => head(app, given),
            (None, Some(change)) => elsewhere::head(pen, change),
            (None, None) => String::new(),
        };
        pen.rule(row, Role::Rule);
        pen.put(row.x + 1, row.y, row.width.saturating_sub(2), &said, pen.style(Role::Strong));
    }
    // Footer and tabs are rows of the screen, too.
    if area.height + 2 >= round::TALL {
        body.height -= round::hint_rows(pen, body, AUDIT);
    }
    let entry = |at: usize| {
        let Some((_, line)) = queue.audit.get(at) else {
            return Some(elsewhere::entry(app, queue.others.changes.get(at.checked_sub(queue.audit.len())?)?));
        };
        let title = format!("{} {} {}", line.label.name(), app.glyphs.dot, line.title);
        Some(round::Entry { sign: (" ", Role::Dim), title, done: false, cluster: None })
    };
    beside(pen, &mut body, area.width, queue.audit_at, all, &entry);
    match (applied, queue.change()) {
        (Some((_, line)), _) => page::draw(pen, body, line),
        (None, Some(change)) => elsewhere::draw(pen, body, change),
        (None, None) => {}
    }
}

/// Who decided what, and when.
fn head(app: &App, given: &Given) -> String {
    let when = measure::moment(app, given.at);
    let spoken = match given.spoken {
        Spoken::Approve => "approved",
        Spoken::Edit => "altered",
        Spoken::Reject => "rejected",
        Spoken::Snooze => "snoozed",
        Spoken::Reopen => "reopened",
    };
    format!(" {spoken} {when} by {} ", text::row(&given.author))
}

/// What is said when nothing is left: what was decided, or how proposals come.
fn rest(app: &App) -> Vec<Vec<Span<'static>>> {
    let queue = &app.queue;
    let said = |said: String, role: Role| round::words(app, said, role);
    let mut lines = Vec::new();
    if queue.seats.is_empty() {
        lines.push(said("Nothing waits for your verdict".to_owned(), Role::Heading));
        if queue.mark.elsewhere > 0 {
            let elsewhere = format!("and {} about stores that are not open", queue.mark.elsewhere);
            lines.push(said(format!("{elsewhere}; `memtui queue list` names them"), Role::Text));
        }
        lines.push(Vec::new());
        let about =
            "What dreams and agents want to change stands here until you say yes or no. Nothing is changed before.";
        lines.push(said(about.to_owned(), Role::Text));
        for (way, about) in [
            ("memtui dream", "looks for what says the same, is over, or says nothing"),
            ("memtui queue import FILE", "takes proposals of other tools"),
            ("propose_change", "is what an agent calls over MCP (memtui mcp)"),
        ] {
            lines.push(Vec::new());
            lines.push(said(way.to_owned(), Role::Key));
            lines.push(said(about.to_owned(), Role::Dim));
        }
    } else {
        let decided = queue.seats.len() - queue.skipped();
        let word = if decided == 1 { "proposal" } else { "proposals" };
        lines.push(said(format!("Done: {} {word} decided", measure::grouped(decided)), Role::Heading));
        lines.push(Vec::new());
        for past in ["approved", "rejected", "snoozed", "skipped"] {
            let is = |seat: &&QueueSeat| seat.given.as_ref().is_some_and(|given| given.verdict.past() == past);
            let count = queue.seats.iter().filter(is).count();
            if count > 0 {
                lines.push(vec![
                    Span::styled(format!("{:>5}  ", measure::grouped(count)), app.theme.style(Role::Strong)),
                    Span::styled(past, app.theme.style(Role::Text)),
                ]);
            }
        }
        if queue.skipped() > 0 {
            lines.push(Vec::new());
            lines.push(said("What was skipped comes again when you come back to this screen.".to_owned(), Role::Dim));
        }
    }
    lines.push(Vec::new());
    if !queue.audit.is_empty() {
        let applied = format!("what policies applied: {} not seen", measure::grouped(queue.audit.len()));
        lines.extend(round::ways(app, Mode::Queue, &[(Action::Audit, &applied)]));
    }
    lines.extend(round::ways(
        app,
        Mode::Queue,
        &[(Action::Undo, "take back the last verdict, one by one"), (Action::Quit, "leave")],
    ));
    lines
}

fn nothing_applied(app: &App) -> Vec<Vec<Span<'static>>> {
    let others =
        if app.queue.others.read { "and nobody else changed a memory" } else { "what others did is being read" };
    let mut lines = vec![
        round::words(app, "No policy applied anything that you have not seen", Role::Heading),
        round::words(app, others, Role::Heading),
        Vec::new(),
        round::words(app, "Policies are off until you write one; what they apply can be taken back here.", Role::Text),
        Vec::new(),
    ];
    lines.extend(round::ways(app, Mode::Audit, &[(Action::Audit, "back to what waits")]));
    lines
}

/// How often the person agreed with whom, and which policy would follow from that.
pub(super) fn rates(app: &App, room: usize) -> Vec<Line<'static>> {
    let wrapped = |said: &str, role: Role| -> Vec<Line<'static>> {
        let style = app.theme.style(role);
        text::wrap(said, room).into_iter().map(|line| Line::from(Span::styled(line.text, style))).collect()
    };
    if app.queue.rates.is_empty() {
        return wrapped(
            "You have not decided on any proposal yet. How often you agree with whom will stand here.",
            Role::Text,
        );
    }
    let mut lines = Vec::new();
    for rate in &app.queue.rates {
        let all = rate.approved + rate.rejected;
        let share = rate.approved as f32 / all.max(1) as f32;
        let cells = if room >= 50 { 12 } else { 6 };
        let [full, empty] = super::pen::bar(app, share, cells, Role::Good);
        let author = text::fit(&text::row(&rate.author), room.saturating_sub(cells + 2)).into_owned();
        lines.push(Line::from(vec![full, empty, Span::raw("  "), Span::styled(author, app.theme.style(Role::Strong))]));
        lines.extend(wrapped(&format!("you approved {}", of_all(rate)), Role::Text));
        if let Some(policy) = App::suggestion(rate) {
            lines.extend(wrapped(
                "so often that a policy in your settings could apply what they are sure of:",
                Role::Dim,
            ));
            lines.extend(policy.iter().flat_map(|line| wrapped(&text::line(line), Role::Code)));
        }
        lines.push(Line::default());
    }
    lines.extend(wrapped(
        "Nothing is applied without a policy that you wrote; what one applies can be taken back.",
        Role::Dim,
    ));
    lines
}
