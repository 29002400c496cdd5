//! What is written from the table of keys: the page of the documents, and a file to begin one's own with.

use std::fmt::Write as _;

use super::{Keymap, Mode, Press};

/// `docs/keys.md`: every key of every mode, as Markdown.
pub fn markdown(map: &Keymap) -> String {
    let mut page = String::from(
        "# Keys\n\nWritten from `assets/keymap.toml` by the program itself; a test fails when the two differ, and another \
         one presses every key that stands here.\n\nA keymap of your own, `keymap.toml` beside \
         [`config.toml`](config.md), replaces only what it names. `memtui keys --template` prints one to begin with, \
         `memtui keys` the keys that count. A mistake is named with its line, and a key that would do two things in \
         one mode is refused.\n\nNo default takes a key from tmux, screen, zellij or a terminal's flow control: Ctrl with \
         `a`, `b`, `g`, `o`, `q` or `s`, and Alt with a digit are free.\n\nIn fields: arrows, Home and End move, Ctrl-W \
         deletes a word, Ctrl-U the line before the cursor, and pasting works.\n\n\
         The wrong pane does no harm: pasted text is ignored where there is no field. A key that repeats by itself, the \
         same key faster than a hand, and keys in the first 0.3 seconds after the focus came back never prune, pin, undo \
         or press a button. (Most terminals do not tell that a key is held: it counts when it is pressed, may count once \
         more when it begins to repeat, and never after.) A locked pane hears only the key that unlocks it, and locks \
         again when another key follows at once, as in a sentence that was meant for another pane.\n",
    );
    for &mode in Mode::ALL {
        let _ = write!(page, "\n## {} (`[{}]`)\n\n| Keys | Action | |\n|---|---|---|\n", mode.about(), mode.name());
        for (action, keys) in map.rows(mode) {
            let keys: Vec<String> = keys.iter().map(|press| format!("`{press}`")).collect();
            let _ = writeln!(page, "| {} | {} | `{}` |", keys.join(" "), action.about(), action.name());
        }
    }
    page
}

/// A table to begin one's own with: everything in it, and everything a comment.
pub fn template(map: &Keymap) -> String {
    let mut text = String::from(
        "# Keys of memtui: for each mode, the name of an action and the keys that run it.\n\
         # This file replaces only what it names: remove the # before a [mode] and before the lines that you change.\n\
         # An empty list takes the keys of an action away.\n#\n\
         # A key is a character (j, G, ?) or a name: up down left right home end pageup pagedown enter esc tab space\n\
         # backspace delete insert f1 to f12; with ctrl-, alt- or shift- before it.\n",
    );
    for &mode in Mode::ALL {
        // Writing into a string cannot fail.
        let _ = write!(text, "\n# {}\n#[{}]\n", mode.about(), mode.name());
        let rows: Vec<(String, &str)> =
            map.rows(mode).iter().map(|(action, keys)| (row(action.name(), keys), action.about())).collect();
        let width = rows.iter().map(|(row, _)| row.len()).max().unwrap_or(0);
        for (row, about) in rows {
            let _ = writeln!(text, "#{row:<width$}  # {about}");
        }
    }
    text
}

fn row(name: &str, keys: &[Press]) -> String {
    // Within '…' TOML knows no escapes, so that the two characters with a meaning within "…" stand for themselves.
    let quoted = |key: String| if key.contains(['"', '\\']) { format!("'{key}'") } else { format!("\"{key}\"") };
    let keys: Vec<String> = keys.iter().map(|press| quoted(press.to_string())).collect();
    format!("{name} = [{}]", keys.join(", "))
}
