//! The screen when there is no store to open.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{action::Action, app::Welcome, keymap::Mode, text, theme::Role};

/// Draws what was looked for and what can be done.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, welcome: &Welcome) {
    let width = usize::from(area.width.saturating_sub(4)).clamp(1, 76);
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut say = |said: &str, role: Role| {
        lines.extend(text::wrap(said, width).into_iter().map(|line| (line.text, role)));
    };
    if let Some(problem) = &welcome.problem {
        say("This store cannot be opened", Role::Accent);
        say(" ", Role::Text);
        say(&text::block(problem), Role::Alarm);
    } else {
        say("memtui found no memories on this machine", Role::Accent);
        say(" ", Role::Text);
        say(
            "It reads, judges and repairs what coding agents remember. It opens the store of claude-mem by itself, or any \
             store that you name: memtui PATH",
            Role::Text,
        );
    }
    if !welcome.looked.is_empty() {
        say(" ", Role::Text);
        say("It looked here:", Role::Heading);
        for place in &welcome.looked {
            say(&format!("{} {}", pen.app.glyphs.bullet, text::line(place)), Role::Text);
        }
    }
    say(" ", Role::Text);
    let hint = |action| pen.app.keymap.hint(Mode::Welcome, action).unwrap_or_default();
    say(
        &format!(
            "{} looks around in a throwaway copy of sample memories. Nothing of yours is touched.",
            hint(Action::Demo)
        ),
        Role::Strong,
    );
    say(&format!("{} quits.", hint(Action::Quit)), Role::Strong);
    let height = u16::try_from(lines.len()).unwrap_or(area.height);
    let top = area.y + area.height.saturating_sub(height) / 3;
    let left = area.x + (area.width.saturating_sub(u16::try_from(width).unwrap_or(0))) / 2;
    for (y, (line, role)) in (top..area.bottom()).zip(&lines) {
        pen.put(left, y, area.width, line, pen.style(*role));
    }
}
