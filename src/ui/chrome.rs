//! What stands around the panes: header, filter line, footer, messages, progress.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{hints, measure, pen::Pen, pills, queue, review, round, then};
use crate::{
    action::Action,
    app::{App, Focus, Line as ListLine, Screen},
    keymap::Mode,
    text,
    theme::Role,
};

/// Draws the header. Returns the room below it.
pub(super) fn header(pen: &mut Pen<'_>, area: Rect) -> Rect {
    let pills = pen.app.has_pills();
    let rows = match area.height {
        0..4 => 0,
        4..8 => 1,
        8..14 => 2,
        _ if pills => 4,
        _ => 3,
    };
    let row = |n: u16| Rect { y: area.y + n, height: 1, ..area };
    let memories = pen.app.screen != Screen::History;
    let rows = if pen.app.screen == Screen::Queue { rows.min(1) } else { rows };
    if rows == 1 && (pen.app.screen == Screen::Memories || pen.app.filter_line.is_some()) {
        filter(pen, row(0));
    } else if rows >= 1 {
        tabs(pen, row(0));
    }
    if rows >= 2 {
        if memories { filter(pen, row(1)) } else { history_line(pen, row(1)) }
    }
    if rows == 4 {
        pills::draw(pen, row(2));
    }
    if rows >= 3 {
        counts(pen, row(rows - 1));
    }
    Rect { y: area.y + rows, height: area.height - rows, ..area }
}

fn tabs(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let screens = [
        (Screen::Memories, Action::Memories, "Memories"),
        (Screen::Queue, Action::Queue, "Queue"),
        (Screen::History, Action::History, "History"),
        (Screen::Insights, Action::Insights, "Insights"),
    ];
    let key = |action: Action| app.keymap.hint(Mode::Global, action).unwrap_or_default();
    // What waits is counted wherever one is.
    let count =
        |screen: Screen| (screen == Screen::Queue && app.queue.mark.waiting > 0).then_some(app.queue.mark.waiting);
    let counted = |screen: Screen| count(screen).map_or_else(String::new, |n| format!(" {}", measure::grouped(n)));
    let wide = |(screen, action, name): &(Screen, Action, &str)| {
        text::width(&key(*action)) + 1 + text::width(name) + text::width(&counted(*screen)) + 2
    };
    let news = |badges: &[(String, Role)]| {
        badges.first().filter(|(_, role)| *role != Role::Dim).map_or(0, |(said, _)| text::width(said) + 1)
    };
    let fits =
        |badges: &[(String, Role)]| screens.iter().map(wide).sum::<usize>() + news(badges) < usize::from(area.width);
    // The names of the screens are worth more than a reason.
    let mut badges = Some(badges(app, true)).filter(|badges| fits(badges)).unwrap_or_else(|| badges(app, false));
    let named = fits(&badges);
    let mut x = area.x + 1;
    for (screen, action, name) in screens {
        let here = app.screen == screen;
        let start = x;
        x = pen.put(x, area.y, area.right().saturating_sub(x), &key(action), pen.style(Role::Dim));
        if here || named {
            let style = if here { pen.style(Role::Accent).underlined() } else { pen.style(Role::Dim) };
            x = pen.put(x + 1, area.y, area.right().saturating_sub(x + 1), name, style);
        }
        let role = if here { Role::Accent } else { Role::Badge };
        x = pen.put(x, area.y, area.right().saturating_sub(x), &counted(screen), pen.style(role));
        pen.hits.actions.push((Rect { x: start, y: area.y, width: x.saturating_sub(start), height: 1 }, action));
        x += 2;
    }
    // The most important badge stands first; what does not fit goes from the end.
    while !badges.is_empty() {
        let mut spans = Vec::new();
        for (n, (said, role)) in badges.iter().enumerate() {
            if n > 0 {
                spans.push(Span::styled(format!(" {} ", app.glyphs.dot), pen.style(Role::Dim)));
            }
            spans.push(Span::styled(said.clone(), pen.style(*role)));
        }
        let line = Line::from(spans);
        let room = Rect { width: area.width.saturating_sub(1), ..area };
        if usize::from(room.right().saturating_sub(x)) >= line.width() {
            pen.right(room, x, &line);
            return;
        }
        if badges.len() == 1 {
            let (said, role) = badges.remove(0);
            let fitted = text::fit(&said, usize::from(room.right().saturating_sub(x))).into_owned();
            pen.right(room, x, &Line::from(Span::styled(fitted, pen.style(role))));
            return;
        }
        badges.pop();
    }
}

/// States and news, the most important first, with their reasons or without.
fn badges(app: &App, reasons: bool) -> Vec<(String, Role)> {
    let mut badges = Vec::new();
    if app.locked {
        badges.push((
            format!("locked: {} unlocks", app.keymap.hint(Mode::Locked, Action::Unlock).unwrap_or_default()),
            Role::Badge,
        ));
    }
    if let Some(broken) = app.stores.iter().find_map(|store| store.broken.as_ref().map(|_| &store.name)) {
        badges.push((format!("{} cannot be read", text::row(broken)), Role::Alarm));
    }
    badges.extend(then::badge(app));
    let (added, removed) = app.news;
    if added > 0 {
        badges.push((format!("+{added} new"), Role::Badge));
    }
    if removed > 0 {
        badges.push((format!("-{removed} gone"), Role::Badge));
    }
    let read_only = app.read_only.as_ref().or_else(|| app.stores.first().and_then(|store| store.read_only.as_ref()));
    if let Some(reason) = read_only {
        let said = if reasons { format!("read-only: {}", text::row(reason)) } else { "read-only".to_owned() };
        badges.push((said, Role::Badge));
    }
    if let Some(share) = judging(app) {
        badges.push((format!("judging {share}%"), Role::Dim));
    }
    if let Some(store) = app.stores.first() {
        let more = if app.stores.len() > 1 { format!(" +{}", app.stores.len() - 1) } else { String::new() };
        badges.push((format!("{}{more}", text::row(&store.name)), Role::Dim));
        if app.stores.len() == 1 {
            badges.push((text::row(&store.version).into_owned(), Role::Dim));
        }
    }
    badges
}

/// How much of the catalogue is there, in percent, while it is not all.
fn judging(app: &App) -> Option<usize> {
    let state = app.catalog;
    (!state.ready && state.total > 0).then(|| (state.done * 100 / state.total).min(99))
}

fn filter(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let listed = app.screen == Screen::Memories;
    let order = if listed { measure::order(app.list.spec.sort) } else { "" };
    let grouped = if listed && app.list.spec.grouped { format!(" {} grouped", app.glyphs.dot) } else { String::new() };
    let order = Line::from(Span::styled(format!("{order}{grouped}"), pen.style(Role::Dim)));
    let room = Rect { width: area.width.saturating_sub(1), ..area };
    let (sign, typed) = match (&app.filter_line, &app.find.line) {
        (Some(line), _) => ("/ ", Some(&line.entry)),
        (None, Some(line)) => ("in this memory: ", Some(&line.entry)),
        (None, None) => ("/ ", None),
    };
    let sign = pen.put(area.x + 1, area.y, area.width.saturating_sub(1), sign, pen.style(Role::Key));
    if let Some(line) = typed {
        let room = area.right().saturating_sub(sign + 1);
        let cursor = entry(pen, sign, area.y, room, line.before(), line.behind());
        pen.hits.cursor = Some(cursor);
        return;
    }
    let keep = if area.width >= 50 { order.width() + 2 } else { 0 };
    let width = area.right().saturating_sub(sign + 1).saturating_sub(u16::try_from(keep).unwrap_or(0));
    let end = if app.filter.is_empty() {
        pen.put(sign, area.y, width, "filter", pen.style(Role::Dim))
    } else {
        let filter = text::row(&app.filter);
        let filter = text::fit(&filter, usize::from(width)).into_owned();
        pen.put(sign, area.y, width, &filter, pen.style(Role::Text))
    };
    pen.hits.actions.push((Rect { width: end.saturating_sub(area.x), height: 1, ..area }, Action::Filter));
    let start = pen.right(room, end + 2, &order);
    if start < room.right() {
        let area = Rect { x: start, width: room.right() - start, height: 1, ..area };
        pen.hits.actions.push((area, Action::Sort));
    }
}

/// A line of text that is being typed. Returns where its cursor is.
pub(super) fn entry(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, before: &str, behind: &str) -> (u16, u16) {
    let (before, behind) = (text::row(before), text::row(behind));
    let room = usize::from(width).saturating_sub(1);
    let before = text::fit_left(&before, room);
    let style = pen.style(Role::Field);
    let at = pen.put(x, y, width, &before, style);
    let rest = (x + width).saturating_sub(at);
    let behind = text::pad(&behind, usize::from(rest));
    pen.put(at, y, rest, &behind, style);
    (at, y)
}

fn history_line(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let all = app.history.operations.len();
    let more = if app.history.complete { "" } else { " or more" };
    let word = if all == 1 { "operation" } else { "operations" };
    let typed = text::row(&app.history.typed);
    let filter = if typed.is_empty() { String::new() } else { format!("/ {typed}  ") };
    let said = format!("{filter}{} {word}{more}, newest first", measure::grouped(all));
    pen.put(area.x + 1, area.y, area.width.saturating_sub(1), &said, pen.style(Role::Dim));
}

/// The line below the header: which part of how many, how many are marked.
fn counts(pen: &mut Pen<'_>, area: Rect) {
    pen.rule(area, Role::Rule);
    let app = pen.app;
    match app.screen {
        Screen::Memories => {}
        Screen::History | Screen::Review | Screen::Queue => return,
        Screen::Insights => {
            let said = super::insights::counts(pen);
            pen.put(area.x + 1, area.y, area.width.saturating_sub(2), &said, pen.style(Role::Text));
            return;
        }
    }
    let (list, view) = (&app.list, &app.list.view);
    let total = measure::count(view.count);
    let mut said = if list.shown { format!(" {total} ") } else { String::new() };
    match app.panes().only {
        Some(Focus::Memory) if list.current().is_some() => {
            said = format!(" {} of {total} ", measure::grouped(list.position() + 1));
        }
        Some(Focus::Scopes) => said = format!(" {} scopes ", measure::grouped(app.facets.scopes.len())),
        _ => {}
    }
    let shown = crate::app::window(list.top, list.cursor, list.height.max(1), list.lines());
    let on_screen = (shown..shown + list.height).filter_map(|line| list.line(line)).filter_map(|line| match line {
        ListLine::Row(position) => Some(position),
        ListLine::Header(_) => None,
    });
    if let (None | Some(Focus::List), Some(from), Some(to)) =
        (app.panes().only, on_screen.clone().next(), on_screen.clone().next_back())
    {
        let (from, to) = (measure::grouped(from + 1), measure::grouped(to + 1));
        said = format!(" {from}{}{to} of {total} ", app.glyphs.to);
    }
    if view.of.number > view.count.number && view.of.exact && area.width >= 70 {
        said = format!("{}({} in all) ", said, measure::grouped(view.of.number));
    }
    let mut x = pen.put(area.x + 1, area.y, area.width.saturating_sub(2), &said, pen.style(Role::Text));
    if !app.marks.is_empty() {
        let unseen = match app.marks.unseen() {
            0 => String::new(),
            unseen => format!(", {} not shown", measure::grouped(unseen)),
        };
        let marked = format!("{} {} marked{unseen} ", app.glyphs.mark, measure::grouped(app.marks.len()));
        x = pen.put(x, area.y, area.right().saturating_sub(x), &marked, pen.style(Role::Marked));
    }
    if app.range.is_some() {
        x = pen.put(x, area.y, area.right().saturating_sub(x), "range ", pen.style(Role::Marked));
    }
    if app.searching {
        x = pen.put(x, area.y, area.right().saturating_sub(x), "searching ", pen.style(Role::Dim));
    }
    x = then::moment(pen, area, x);
    if let Some(remark) = &view.remark {
        let remark = format!(" {} ", text::row(remark));
        let room = usize::from(area.right().saturating_sub(x + 2));
        let remark = text::fit(&remark, room).into_owned();
        pen.right(
            Rect { width: area.width.saturating_sub(1), ..area },
            x,
            &Line::from(Span::styled(remark, pen.style(Role::Badge))),
        );
    }
}

/// Actions worth a hint, per mode, the most wanted first. On a tall screen those of a sitting have a line of their own.
fn hints(mode: Mode, tall: bool) -> &'static [Action] {
    use Action as A;
    match mode {
        Mode::List => &[
            A::Open,
            A::Filter,
            A::Prune,
            A::Mark,
            A::Edit,
            A::Undo,
            A::Sort,
            A::Group,
            A::Pin,
            A::Confidence,
            A::Why,
            A::Versions,
            A::RollBack,
            A::Preview,
            A::NextView,
            A::Similar,
            A::GoToScope,
            A::Scopes,
            A::Review,
            A::History,
            A::Insights,
        ],
        Mode::Memory => &[
            A::Close,
            A::Prune,
            A::Edit,
            A::Why,
            A::NextMemory,
            A::Pin,
            A::Confidence,
            A::Undo,
            A::Reveal,
            A::NextMatch,
            A::Find,
            A::Similar,
            A::NextNeighbour,
            A::CopyText,
        ],
        Mode::Queue if tall => queue::MORE,
        Mode::Queue => queue::VERDICTS,
        Mode::Audit if tall => queue::MORE_AUDIT,
        Mode::Audit => queue::AUDIT,
        Mode::Evidence => &[A::Close, A::Why, A::Reveal, A::CopyText],
        Mode::Review if tall => &[A::Why, A::NextMemory, A::Editor, A::CopyText, A::Reveal, A::Quit],
        Mode::Review => review::VERDICTS,
        Mode::Recess => &[A::Accept, A::BeginAnew, A::Undo, A::Quit],
        Mode::Scopes => &[A::Open, A::Close],
        Mode::History => &[A::Open, A::UndoOperation, A::RollBack, A::Filter, A::Redo, A::Memories],
        Mode::Changes => &[A::Close, A::UndoOperation, A::RollBack, A::NextMemory],
        Mode::Versions => &[A::RollBack, A::Mark, A::ScrollDown, A::Cancel],
        Mode::Erase => &[A::Accept, A::Cancel, A::PageDown],
        Mode::Carry => &[A::Press, A::Scopes, A::ScrollDown, A::Cancel],
        Mode::RollBack => &[A::Press, A::Derived, A::Overrule, A::ScrollDown, A::Cancel],
        Mode::Saying => &[A::Press, A::Prune, A::Edit, A::Confidence, A::Mark, A::Bury, A::Propose, A::Open, A::Cancel],
        Mode::Insights => &[A::Open, A::NextPane, A::Filter, A::ClearFilter, A::Sort, A::Memories],
        Mode::Filter => &[A::Accept, A::Complete, A::Cancel, A::Older],
        Mode::Input | Mode::Menu | Mode::Palette | Mode::Picker | Mode::Find => &[A::Accept, A::Cancel],
        Mode::Dialog => &[A::Press, A::NextField, A::Cancel],
        Mode::Form => &[A::Press, A::NextField, A::SeeDifference, A::Cancel],
        Mode::Field => &[A::NextField, A::SeeDifference, A::LeaveField],
        Mode::Page => &[A::Cancel],
        Mode::Locked => &[A::Unlock],
        Mode::Welcome => &[A::Demo, A::Quit],
        Mode::Global => &[],
    }
}

/// The footer: what can be done here; help never drops. A message or progress stands in place of the hints.
pub(super) fn footer(pen: &mut Pen<'_>, area: Rect) {
    if area.height == 0 {
        return;
    }
    let app = pen.app;
    let mode = app.mode();
    let mut room = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    if let Some(key) = app.keymap.hint(mode, Action::Help) {
        let help =
            Line::from(vec![Span::styled(key, pen.style(Role::Key)), Span::styled(" help", pen.style(Role::Dim))]);
        let width = u16::try_from(help.width()).unwrap_or(0);
        let start = pen.right(room, area.x, &help);
        if start < room.right() {
            pen.hits.actions.push((Rect { x: start, width, height: 1, ..area }, Action::Help));
            room.width = start.saturating_sub(room.x + 2);
        }
    }
    if !app.doing.is_empty() && app.progress.is_some() {
        return progress(pen, room);
    }
    if app.toast.is_some() && app.over.is_none() {
        return;
    }
    let mut wanted = hints(mode, area.y + 1 >= round::TALL).to_vec();
    if app.past().is_some() && matches!(mode, Mode::List | Mode::Memory) {
        wanted = then::HINTS.to_vec();
    }
    if mode == Mode::List && app.can_step_back() {
        wanted.insert(0, Action::Close);
    }
    hints::row(pen, room, &wanted);
}

fn progress(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let (Some(progress), Some(doing)) = (app.progress, app.doing.front()) else { return };
    let share = if progress.total == 0 { 0.0 } else { progress.done as f32 / progress.total as f32 };
    let stop = app.keymap.hint(Mode::Global, Action::Escape).unwrap_or_default();
    let said =
        format!("{} {} of {} ", doing.label.name(), measure::grouped(progress.done), measure::grouped(progress.total));
    let x = pen.put(area.x, area.y, area.width, &said, pen.style(Role::Text));
    let stop = format!("  {stop} stops");
    let room = usize::from(area.right().saturating_sub(x)).saturating_sub(stop.len());
    let cells = if app.still { 0 } else { room.min(30) };
    let [full, empty] = pen.bar(share, cells, Role::Accent);
    pen.line(
        Rect { x, width: area.right().saturating_sub(x), ..area },
        &Line::from(vec![full, empty, Span::styled(stop, pen.style(Role::Dim))]),
    );
}
