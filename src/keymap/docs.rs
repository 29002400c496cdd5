//! The page of keys, written from the table itself.

use std::fmt::Write as _;

use super::{Keymap, Mode};

/// `docs/keys.md`: every key of every mode, as Markdown.
pub fn markdown(map: &Keymap) -> String {
    let mut page = String::from(
        "# Keys\n\nWritten from `assets/keymap.toml` by the program itself; a test fails when the two differ. A keymap of \
         your own replaces only what it names.\n\nIn fields: arrows, Home and End move, Ctrl-W deletes a word, Ctrl-U \
         the line before the cursor, and pasting works.\n",
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
