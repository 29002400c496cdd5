//! What drawing learned: how much fits, and where it stood.

use super::{App, Hits, Over, Pane, Screen};

impl App {
    /// Takes back what drawing learned.
    pub fn drawn(&mut self, hits: Hits) {
        self.dirty = false;
        if self.screen == Screen::Memories && hits.list.area.height > 0 {
            let before = (self.list.height, self.list.top);
            self.list.resize(hits.list.height());
            // What was drawn was meant for another height: it is drawn once more.
            self.dirty = before != (self.list.height, self.list.top);
        }
        match self.screen {
            Screen::Queue if !self.queue.inside => {
                let extent = (hits.memory.lines, hits.memory.height());
                self.dirty |= self.queue.drawn(extent, &hits.stops);
            }
            Screen::Memories | Screen::Review | Screen::Queue => {
                self.reader.extent = (hits.memory.lines, hits.memory.height());
                self.reader.matches.clone_from(&hits.matches);
                self.dirty |= self.reader.drawn();
            }
            Screen::History => {
                if hits.list.area.height > 0 {
                    self.history.resize(hits.list.height());
                }
                self.history.extent = (hits.memory.lines, hits.memory.height());
                self.history.scroll_by(0);
            }
            Screen::Insights => {
                let page = &hits.insights;
                self.board.drawn(page.top, page.scope_top, (page.days, page.scopes));
            }
        }
        self.scope_top = hits.scopes.top;
        self.clamp_over(&hits.over);
        let last = hits.difference.lines.saturating_sub(hits.difference.height());
        match self.over.as_mut() {
            Some(Over::Versions(versions)) => versions.scroll = versions.scroll.min(last),
            Some(Over::RollBack(preview)) => preview.scroll = preview.scroll.min(last),
            Some(Over::Saying(saying)) => saying.scroll = saying.scroll.min(last),
            _ => {}
        }
        self.hits = hits;
    }

    fn clamp_over(&mut self, pane: &Pane) {
        let last = pane.lines.saturating_sub(pane.height());
        match self.over.as_mut() {
            Some(Over::Dialog(dialog)) => dialog.scroll = dialog.scroll.min(last),
            Some(Over::Why(scroll)) => *scroll = (*scroll).min(last),
            Some(Over::Palette(palette)) => palette.top = pane.top,
            Some(Over::Picker(picker)) => picker.top = pane.top,
            Some(Over::Versions(versions)) => versions.top = pane.top,
            Some(Over::RollBack(preview)) => preview.top = pane.top,
            Some(Over::Saying(saying)) => saying.top = pane.top,
            _ => {}
        }
    }
}
