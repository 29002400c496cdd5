//! Looking for text within the memory that is read; the list stays as it is.

use crossterm::event::KeyEvent;

use super::{App, Focus, Preview, Tone, entry::Entry};
use crate::{
    action::Action,
    text::{Highlighter, Sought},
};

/// What is looked for in the memory, and the line in which it is typed while that is open.
#[derive(Debug, Default)]
pub(crate) struct Find {
    /// The text; empty while the words of the filter are picked out.
    text: String,
    highlighter: Highlighter,
    /// The open line.
    pub(crate) line: Option<FindLine>,
}

/// The line in which a text to look for is typed.
#[derive(Clone, Debug)]
pub(crate) struct FindLine {
    /// What is typed.
    pub(crate) entry: Entry,
    before: String,
    /// How far the memory was scrolled.
    from: usize,
    /// The match that was gone to.
    at_match: Option<(usize, usize)>,
}

impl Find {
    fn look_for(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.highlighter = Highlighter::new(&[Sought::Text(text.trim().to_owned())]);
    }

    /// The text that is looked for; empty when none is.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Whether a text is looked for.
    pub(crate) fn is_on(&self) -> bool {
        !self.text.trim().is_empty()
    }
}

impl App {
    /// What is picked out in the memory: the text that is looked for in it, else the words of the filter.
    pub(crate) fn sought(&self) -> &Highlighter {
        if self.find.is_on() { &self.find.highlighter } else { &self.highlighter }
    }

    pub(crate) fn open_find(&mut self) {
        let before = self.find.text.clone();
        self.find.line = Some(FindLine {
            entry: Entry::default(),
            before,
            from: self.reader.scroll,
            at_match: self.reader.at_match(),
        });
    }

    /// Types a key: matches show while typing.
    pub(crate) fn type_find(&mut self, key: &KeyEvent) {
        if self.find.line.as_mut().is_some_and(|line| line.entry.key(key)) {
            self.find_typed();
        }
    }

    /// Types text.
    pub(crate) fn paste_find(&mut self, text: &str) {
        if let Some(line) = self.find.line.as_mut() {
            line.entry.insert(text);
            self.find_typed();
        }
    }

    fn find_typed(&mut self) {
        let Some(line) = &self.find.line else { return };
        let (text, from) = (line.entry.text().to_owned(), line.from);
        self.find.look_for(&text);
        self.reader.revision += 1;
        self.reader.seek(from);
    }

    /// Ends the search: the words of the filter are picked out again.
    pub(crate) fn stop_find(&mut self) {
        self.find.look_for("");
        self.reader.revision += 1;
    }

    pub(crate) fn act_find(&mut self, action: Action) {
        let Some(line) = self.find.line.take() else { return };
        if action != Action::Accept {
            self.find.look_for(&line.before);
            self.reader.revision += 1;
            self.reader.go_back_to(line.from, line.at_match);
            return;
        }
        if line.entry.text().trim().is_empty() {
            // Nothing typed: what was looked for last, as ever.
            self.find.look_for(&line.before);
            self.reader.revision += 1;
            self.reader.seek(line.from);
            return;
        }
        if let Some((nth, all)) = self.reader.place() {
            return self.toast(Tone::Note, format!("Match {nth} of {all}"));
        }
        self.stop_find();
        self.toast(Tone::Note, format!("“{}” does not stand in this memory", line.entry.text().trim()));
    }

    /// To the next or the previous line on which something stands that is looked for. From the list the memory is
    /// opened where it is not on the screen.
    pub(crate) fn go_to_match(&mut self, forward: bool) {
        if self.focus == Focus::List && self.panes().preview == Preview::Off {
            self.focus = Focus::Memory;
            self.reader.seek(0);
            return;
        }
        if let Some((nth, all)) = self.reader.go_to_match(forward) {
            let round = if all > 1 && nth == if forward { 1 } else { all } { ", round the end" } else { "" };
            self.toast(Tone::Note, format!("Match {nth} of {all}{round}"));
        }
    }

    /// Why there is no match to go to, if so.
    pub(crate) fn can_go_to_match(&self) -> Result<(), String> {
        let unseen = self.focus == Focus::List && self.panes().preview == Preview::Off;
        if unseen && !self.sought().is_empty() {
            return Ok(());
        }
        if !self.reader.matches.is_empty() {
            return Ok(());
        }
        let find = self.key_of(Action::Find);
        Err(match self.focus {
            Focus::Memory => format!("Nothing is picked out here; {find} looks for a text in this memory"),
            _ => "The filter looks for no word that stands here".to_owned(),
        })
    }
}
