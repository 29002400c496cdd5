//! A line of text that a person types into.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

/// A line of text with a cursor between its characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    text: String,
    at: usize,
}

impl Entry {
    /// The text with the cursor behind it.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.len(), text }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cursor, in bytes.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        self.text.get(..self.at).unwrap_or("")
    }

    /// The text behind the cursor.
    pub fn behind(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Puts the cursor at a byte, or at the nearest place before it.
    pub fn seek(&mut self, at: usize) {
        self.at = at.min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at -= 1;
        }
    }

    /// Types text at the cursor; line breaks and tabs become spaces, other control characters are left out.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect();
        self.text.insert_str(self.at, &clean);
        self.at += clean.len();
    }

    /// Deals with a key. Returns whether it was one for a line of text.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('w') if ctrl => self.cut(self.word_before()),
            KeyCode::Char('u') if ctrl => self.cut(0),
            KeyCode::Char('k') if ctrl => self.text.truncate(self.at),
            KeyCode::Char('e') if ctrl => self.at = self.text.len(),
            KeyCode::Char(c) if !ctrl && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace if alt || ctrl => self.cut(self.word_before()),
            KeyCode::Backspace => self.cut(self.step_before()),
            KeyCode::Delete => {
                let to = self.step_behind();
                self.text.replace_range(self.at..to, "");
            }
            KeyCode::Left if ctrl || alt => self.at = self.word_before(),
            KeyCode::Right if ctrl || alt => self.at = self.word_behind(),
            KeyCode::Left => self.at = self.step_before(),
            KeyCode::Right => self.at = self.step_behind(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    fn cut(&mut self, from: usize) {
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    fn step_before(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn step_behind(&self) -> usize {
        self.behind().graphemes(true).next().map_or(self.at, |grapheme| self.at + grapheme.len())
    }

    fn word_before(&self) -> usize {
        let trimmed = self.before().trim_end();
        trimmed.rfind(char::is_whitespace).map_or(0, |at| at + trimmed[at..].chars().next().map_or(1, char::len_utf8))
    }

    fn word_behind(&self) -> usize {
        let behind = self.behind();
        let skipped = behind.len() - behind.trim_start().len();
        let word = behind.trim_start().find(char::is_whitespace).unwrap_or(behind.trim_start().len());
        self.at + skipped + word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[(KeyCode, KeyModifiers)]) -> Entry {
        let mut entry = Entry::new("kind:fix naïve 日本");
        for &(code, mods) in keys {
            entry.key(&KeyEvent::new(code, mods));
        }
        entry
    }

    #[test]
    fn words_and_characters_go_one_by_one() {
        let none = KeyModifiers::NONE;
        assert_eq!(typed(&[(KeyCode::Backspace, none)]).text(), "kind:fix naïve 日");
        assert_eq!(typed(&[(KeyCode::Char('w'), KeyModifiers::CONTROL)]).text(), "kind:fix naïve ");
        let left = (KeyCode::Left, KeyModifiers::CONTROL);
        assert_eq!(typed(&[left, left, (KeyCode::Char('x'), none)]).text(), "kind:fix xnaïve 日本");
        assert_eq!(typed(&[left, (KeyCode::Char('u'), KeyModifiers::CONTROL)]).text(), "日本");
        assert_eq!(typed(&[(KeyCode::Home, none), (KeyCode::Delete, none)]).text(), "ind:fix naïve 日本");
    }

    #[test]
    fn pasted_lines_become_one() {
        let mut entry = Entry::new("");
        entry.insert("a\nb\u{1b}[2J");
        assert_eq!(entry.text(), "a b[2J");
    }
}
