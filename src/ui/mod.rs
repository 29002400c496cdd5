//! Drawing: a function of the state, and what it learns on the way.

mod chrome;
mod dialog;
mod diff;
mod history;
mod list;
mod measure;
mod memory;
mod over;
mod pen;
mod picker;
mod pills;
mod scopes;
mod welcome;

use ratatui::{Frame, layout::Rect};

use crate::{
    app::{App, Focus, Hits, Over, Preview, Screen},
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
    let body = chrome::header(pen, inner);
    match app.screen {
        Screen::Memories => memories(pen, body),
        Screen::History => history::draw(pen, body),
    }
    chrome::complaint(pen, inner, body);
    chrome::suggestions(pen, body);
    let mut message = chrome::toast_lines(app, area);
    // Over the screen a message stands between what lies there and its hints.
    if app.over.is_some() {
        message.truncate(usize::from(inner.height / 2));
    }
    let raised = if app.over.is_some() { u16::try_from(message.len()).unwrap_or(0) } else { 0 };
    let inner = Rect { height: inner.height - raised, ..inner };
    match &app.over {
        Some(Over::Menu(menu)) => over::menu(pen, inner, menu),
        Some(Over::Question(question)) => over::question(pen, inner, question),
        Some(Over::Dialog(dialog)) => dialog::draw(pen, inner, dialog),
        Some(Over::Form(form)) => dialog::form(pen, inner, form),
        Some(Over::Palette(palette)) => over::palette(pen, inner, palette),
        Some(Over::Picker(picker)) => picker::draw(pen, inner, picker),
        Some(Over::Why(scroll)) => over::why(pen, inner, *scroll),
        None => {}
    }
    chrome::footer(pen, footer);
    chrome::toast(pen, Rect { height: area.height - if raised > 0 { foot } else { 0 }, ..area }, &message);
}

/// The panes of the Memories screen.
fn memories(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let panes = app.panes();
    match panes.only {
        Some(Focus::Scopes) => return scopes::draw(pen, area),
        Some(Focus::Memory) => return memory::draw(pen, area),
        Some(Focus::List) => return list::draw(pen, area),
        None => {}
    }
    let mut rest = area;
    if panes.scopes {
        let width = (area.width / 6).clamp(18, 30);
        scopes::draw(pen, Rect { width, ..area });
        let role = if app.focus == Focus::Scopes { Role::RuleFocus } else { Role::Rule };
        pen.bar_down(area.x + width, area, role);
        rest = Rect { x: area.x + width + 1, width: area.width - width - 1, ..area };
    }
    let role = if app.focus == Focus::Memory { Role::RuleFocus } else { Role::Rule };
    match panes.preview {
        Preview::Off => list::draw(pen, rest),
        Preview::Below => {
            let top = (rest.height * 9 / 20).max(4).min(rest.height);
            list::draw(pen, Rect { height: top, ..rest });
            if rest.height > top + 1 {
                pen.rule(Rect { y: rest.y + top, height: 1, ..rest }, role);
                memory::draw(pen, Rect { y: rest.y + top + 1, height: rest.height - top - 1, ..rest });
            }
        }
        Preview::Beside => {
            let left = rest.width * 11 / 20;
            list::draw(pen, Rect { width: left, ..rest });
            pen.bar_down(rest.x + left, rest, role);
            memory::draw(pen, Rect { x: rest.x + left + 1, width: rest.width - left - 1, ..rest });
        }
    }
}
