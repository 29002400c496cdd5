//! Copying to the clipboard: ids, texts, commands.

use std::{borrow::Cow, collections::HashSet, path::Path};

use super::{App, Effect, Tone};
use crate::{
    action::Action,
    memory::{Key, MemoryId},
};

/// Bytes that are copied at most. Terminals that bound what they take through OSC 52 take 100,000 characters of base64
/// at least (hterm, and with it the common scripts), and base64 makes four characters of three bytes.
const MOST: usize = 74_994;

impl App {
    /// Copies the ids of what is picked, or of the memory under the cursor.
    pub(crate) fn copy_id(&mut self, effects: &mut Vec<Effect>) {
        let Some(ids) = self.ids_to_copy() else { return };
        let said = match ids.as_slice() {
            [] => return,
            [id] => format!(
                "Copied {id} · {} text, {} command",
                self.key_of(Action::CopyText),
                self.key_of(Action::CopyCommand)
            ),
            many => format!("Copied {} ids, one on each line", many.len()),
        };
        self.copy(lines(&ids, ToString::to_string), said, effects);
    }

    /// Copies shell commands that print what is picked, or the memory under the cursor.
    pub(crate) fn copy_command(&mut self, effects: &mut Vec<Effect>) {
        let Some(ids) = self.ids_to_copy() else { return };
        let command = |id: &MemoryId| {
            let id = id.to_string();
            let mut words = vec![Cow::Borrowed("memtui"), Cow::Borrowed("show"), shell_word(&id)];
            let named: Vec<Cow<'_, str>> = self.named.iter().map(|path| Path::to_string_lossy(path)).collect();
            for path in &named {
                words.extend([Cow::Borrowed("--store"), shell_word(path)]);
            }
            words.join(" ")
        };
        let text = lines(&ids, command);
        let said = match ids.as_slice() {
            [] => return,
            [id] => format!("Copied the command that prints {id}"),
            many => format!("Copied {} commands, one on each line", many.len()),
        };
        self.copy(text, said, effects);
    }

    /// Copies the text of the memory that is read.
    pub(crate) fn copy_text(&mut self, effects: &mut Vec<Effect>) {
        let key = self.subject().map(|row| row.key);
        let Some(detail) = self.reader.visible().filter(|detail| Some(detail.memory.row.key) == key) else {
            return self.toast(Tone::Note, "Open the memory first: its text is not read yet");
        };
        let memory = &detail.memory;
        let mut text = memory.title.clone();
        for section in &memory.sections {
            text.push_str("\n\n");
            text.push_str(&section.items.join("\n"));
        }
        let hidden = self.reader.masked.is_some() && !self.reader.revealed;
        let note = format!("Copied the text as shown; {} reveals what is masked", self.key_of(Action::Reveal));
        self.copy(text, if hidden { note } else { "Copied the text".to_owned() }, effects);
    }

    fn copy(&mut self, text: String, said: String, effects: &mut Vec<Effect>) {
        if text.len() > MOST {
            let said = format!(
                "Nothing was copied: {} kB, and terminals take {} kB; {} copies a command that prints it",
                text.len() / 1000,
                MOST / 1000,
                self.key_of(Action::CopyCommand)
            );
            return self.toast(Tone::Trouble, said);
        }
        effects.push(Effect::Copy(text));
        self.toast(Tone::Done, said);
    }

    /// The names of what is picked, in the order of the list; `None`, and a message, when not all of it is known.
    fn ids_to_copy(&mut self) -> Option<Vec<MemoryId>> {
        let ids: Vec<MemoryId> = match &self.picked {
            Some(picked) => {
                let wanted: HashSet<Key> = picked.iter().map(|target| target.key).collect();
                self.list.known().filter(|(_, row)| wanted.contains(&row.key)).map(|(_, row)| row.id.clone()).collect()
            }
            None => self.subject().map(|row| row.id.clone()).into_iter().collect(),
        };
        if self.picked.as_ref().is_some_and(|picked| picked.len() > ids.len()) {
            let text =
                "Nothing was copied: not all of this range is read; copy a shorter one, or use memtui list --json";
            self.toast(Tone::Note, text);
            return None;
        }
        Some(ids)
    }
}

fn lines(ids: &[MemoryId], said: impl Fn(&MemoryId) -> String) -> String {
    ids.iter().map(said).collect::<Vec<_>>().join("\n")
}

/// A text as one word of a POSIX shell: as it is when no character means anything to the shell, else in single quotes.
/// Control characters, which could end the line where it is pasted, are left out.
fn shell_word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let visible: String = text.chars().filter(|c| !c.is_control()).collect();
    Cow::Owned(format!("'{}'", visible.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_safe_in_a_shell() {
        for (text, word) in [
            ("claude-mem:observation/181", "claude-mem:observation/181"),
            ("/my files/a.db", "'/my files/a.db'"),
            ("it's", "'it'\\''s'"),
            ("a\n$(rm -rf ~)\x1b[2J", "'a$(rm -rf ~)[2J'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }
}
