//! Where one is on a screen: what is scrolled, what the cursor is on.

use super::*;

/// Where one is in what a mode scrolls or moves in.
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) last: usize,
    pub(super) page: usize,
    pub(super) half: usize,
}

impl Place {
    pub(super) fn of(app: &App) -> Self {
        let page = usize::try_from(app.page()).unwrap();
        let half = usize::try_from(app.half()).unwrap();
        let covered = app.hits.over;
        let over = |at: usize| Self {
            at,
            last: covered.lines.saturating_sub(covered.height()),
            page: covered.height(),
            half: covered.height().div_ceil(2),
        };
        let lines = |at: usize, count: usize| Self { at, last: count.saturating_sub(1), page, half };
        let scrolled = |at, (all, fit): (usize, usize)| Self { at, last: all.saturating_sub(fit), page, half };
        match (&app.over, app.mode()) {
            (Some(Over::Dialog(dialog)), _) => over(dialog.scroll),
            (Some(Over::Erase(erasure)), _) => over(erasure.scroll),
            (Some(Over::Why(scroll)), _) => over(*scroll),
            (Some(Over::Versions(versions)), _) => Self { last: versions.line.len() - 1, ..over(versions.cursor) },
            (Some(Over::Saying(saying)), _) => Self { last: saying.sayers().len() - 1, ..over(saying.cursor) },
            (Some(Over::RollBack(preview)), _) => Self { last: preview.returns().len() - 1, ..over(preview.cursor) },
            (Some(Over::Carry(preview)), _) => {
                Self { last: preview.plan.as_ref().unwrap().items.len() - 1, ..over(preview.cursor) }
            }
            (Some(Over::Menu(menu)), _) => lines(menu.cursor, menu.items().len()),
            (Some(Over::Palette(palette)), _) => lines(palette.cursor, app.commands(palette).len()),
            (Some(Over::Picker(picker)), _) => lines(picker.cursor, picker.found.len()),
            (_, Mode::Queue | Mode::Audit) => scrolled(app.queue.scroll, app.queue.extent),
            (_, Mode::Memory | Mode::Review | Mode::Evidence) => scrolled(app.reader.scroll, app.reader.extent),
            (_, Mode::Changes) => scrolled(app.history.scroll, app.history.extent),
            (_, Mode::Scopes) => lines(app.scope_at, app.facets.scopes.len() + 1),
            (_, Mode::History) => lines(app.history.cursor, app.history.operations.len()),
            _ => lines(app.list.cursor, app.list.lines()),
        }
    }
}
