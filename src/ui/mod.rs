//! Drawing: a function of the state, and what it learns on the way.

mod chrome;
mod dialog;
mod diff;
mod erase;
mod filter;
mod hints;
mod history;
mod insights;
mod link;
mod list;
mod measure;
mod memory;
mod over;
mod past;
mod pen;
mod picker;
mod pills;
mod queue;
mod review;
mod round;
mod saying;
mod scopes;
mod then;
mod toast;
mod welcome;

use ratatui::{Frame, layout::Rect};

use crate::{
    app::{App, Areas, Focus, Hits, Over, Screen, memory_areas},
    state::Edge,
    theme::Role,
};
use pen::Pen;

/// Draws the whole screen. What comes back is for [`App::drawn`].
pub fn draw(app: &App, frame: &mut Frame<'_>) -> Hits {
    let area = frame.area();
    let mut pen = Pen { app, buf: frame.buffer_mut(), hits: Hits::default() };
    if area.width > 0 && area.height > 0 {
        pen.buf.set_style(area, app.theme.style(Role::Text));
        screen(&mut pen, area);
    }
    let hits = pen.hits;
    if let Some((x, y)) = hits.cursor.filter(|cursor| area.contains((*cursor).into())) {
        frame.set_cursor_position((x, y));
    }
    hits
}

fn screen(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let foot = u16::from(area.height >= 3);
    let inner = Rect { height: area.height - foot, ..area };
    let footer = Rect { y: area.bottom() - foot, height: foot, ..area };
    if let Some(welcome) = &app.welcome {
        welcome::draw(pen, inner, welcome);
        return chrome::footer(pen, footer);
    }
    let mut message = toast::lines(app, area);
    // A message of several lines covers nothing: the panes give it their last lines for as long as it stays.
    let taken = if app.over.is_none() { message.len().saturating_sub(1) } else { 0 };
    let inner = Rect { height: inner.height.saturating_sub(u16::try_from(taken).unwrap_or(0)), ..inner };
    let body = if app.screen == Screen::Review { inner } else { chrome::header(pen, inner) };
    match app.screen {
        Screen::Memories => memories(pen, body),
        Screen::History => history::draw(pen, body),
        Screen::Insights => insights::draw(pen, body),
        Screen::Review => review::draw(pen, body),
        Screen::Queue => queue::draw(pen, body),
    }
    filter::complaint(pen, inner, body);
    filter::suggestions(pen, body);
    // Over the screen a message stands between what lies there and its hints.
    if app.over.is_some() {
        message.truncate(usize::from(inner.height / 2));
    }
    let raised = if app.over.is_some() { u16::try_from(message.len()).unwrap_or(0) } else { 0 };
    let inner = Rect { height: inner.height - raised, ..inner };
    if app.over.is_some() {
        // What is covered cannot be clicked.
        pen.hits.actions.clear();
    }
    match &app.over {
        Some(Over::Menu(menu)) => over::menu(pen, inner, menu),
        Some(Over::Question(question)) => over::question(pen, inner, question),
        Some(Over::Erase(erasure)) => erase::draw(pen, inner, erasure),
        Some(Over::Dialog(dialog)) => dialog::draw(pen, inner, dialog),
        Some(Over::Form(form)) => dialog::form(pen, inner, form),
        Some(Over::Palette(palette)) => over::palette(pen, inner, palette),
        Some(Over::Picker(picker)) => picker::draw(pen, inner, picker),
        Some(Over::Why(scroll)) => over::why(pen, inner, *scroll),
        Some(Over::Versions(versions)) => past::versions(pen, inner, versions),
        Some(Over::RollBack(preview)) => past::preview(pen, inner, preview),
        Some(Over::Saying(saying)) => saying::draw(pen, inner, saying),
        None => {}
    }
    chrome::footer(pen, footer);
    toast::draw(pen, Rect { height: area.height - if raised > 0 { foot } else { 0 }, ..area }, &message);
}

/// The panes of the Memories screen.
fn memories(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let areas = memory_areas(app.panes(), area, app.arrangement());
    dividers(
        pen,
        &areas,
        |edge| {
            if edge == Edge::Scopes { app.focus == Focus::Scopes } else { app.focus == Focus::Memory }
        },
    );
    if let Some(area) = areas.scopes {
        scopes::draw(pen, area);
    }
    if let Some(area) = areas.list {
        list::draw(pen, area);
    }
    if let Some(area) = areas.memory {
        memory::draw(pen, area);
    }
}

/// The lines between panes; one shows the focus of the pane that `lit` says it belongs to, or that it is dragged.
fn dividers(pen: &mut Pen<'_>, areas: &Areas, lit: impl Fn(Edge) -> bool) {
    for divider in &areas.dividers {
        let role = if lit(divider.edge) { Role::RuleFocus } else { Role::Rule };
        let line = divider.line;
        if line.width == 1 {
            pen.bar_down(line.x, line, role);
        } else {
            pen.rule(line, role);
        }
        pen.hits.dividers.push(*divider);
    }
}
