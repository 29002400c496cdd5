//! What was done, or why not: a message over the last lines of the screen.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{
    app::{App, Tone},
    text,
    theme::Role,
};

/// The lines of a message on a screen of that size; none when there is none.
pub(super) fn lines(app: &App, area: Rect) -> Vec<String> {
    let Some(toast) = &app.toast else { return Vec::new() };
    let sign = match toast.tone {
        Tone::Done if app.glyphs == crate::theme::Glyphs::ASCII => "+ ",
        Tone::Done => "✓ ",
        Tone::Note => "",
        Tone::Trouble => "! ",
    };
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    let help = if area.width >= 30 { 9 } else { 0 };
    let said = format!("{sign}{}", text::line(&toast.text));
    let mut lines: Vec<String> = if text::width(&said) + help <= room {
        vec![said]
    } else {
        text::wrap(&said, room.saturating_sub(help).max(1)).into_iter().map(|line| line.text).collect()
    };
    let most = usize::from(area.height.div_ceil(3)).clamp(1, 6);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = text::fit(&format!("{last}…"), room).into_owned();
        }
    }
    lines
}

/// A message at the foot of an area, upwards when it is long.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, lines: &[String]) {
    let Some(toast) = &pen.app.toast else { return };
    let role = match toast.tone {
        Tone::Done => Role::Good,
        Tone::Note => Role::Badge,
        Tone::Trouble => Role::Alarm,
    };
    let height = u16::try_from(lines.len()).unwrap_or(1).min(area.height);
    let top = area.bottom().saturating_sub(height);
    if pen.app.over.is_some() {
        pen.clear(Rect { y: top, height, ..area });
    } else if height > 1 {
        pen.clear(Rect { y: top, height: height - 1, ..area });
    }
    for (y, line) in (top..area.bottom()).zip(lines) {
        pen.put(area.x + 1, y, area.width.saturating_sub(1), line, pen.style(role));
    }
}
