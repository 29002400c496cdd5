//! What is written from the table of settings: the page of the documents, and a file to begin one's own with.

use std::fmt::Write as _;

use super::{Config, agents, sections::SECTIONS, settings::SETTINGS};

const HEAD: &str = "# Settings

Written from the program's own table of settings; a test keeps it so (`MEMTUI_WRITE_DOCS=1 cargo test page_of_settings`
writes it anew).

memtui works without any. Each setting is looked for in this order, and the first that says something counts:

1. `--option NAME=VALUE` (`-o`) on the command line,
2. the environment variable,
3. `config.toml`,
4. the default.

`memtui config` prints the values that count and where each comes from, `memtui config --template` a file to begin with.
A name that does not exist and a value of the wrong kind are refused with their line and a suggestion: a setting that is
silently passed over helps nobody. `memtui doctor` goes on and lists them.
";

const PLACES: &str = "
## Places

The XDG directories are honoured on every system; a variable that holds no absolute path is ignored.

| what | where | without the variable, on Linux |
|---|---|---|
| settings: `config.toml`, `keymap.toml`, `themes/NAME.toml` | `$XDG_CONFIG_HOME/memtui` | `~/.config/memtui` |
| the ledger: `ledger.db` | `$XDG_DATA_HOME/memtui` | `~/.local/share/memtui` |
| what may be lost, but is not rebuilt | `$XDG_STATE_HOME/memtui` | `~/.local/state/memtui` |
| the catalogue, rebuilt when it is missing | `$XDG_CACHE_HOME/memtui` | `~/.cache/memtui` |

`--config FILE` reads another `config.toml`; `keymap.toml` and `themes/` stay where they are.

Also listened to: `NO_COLOR` (no colours, whatever the theme), `COLORTERM` (`truecolor` or `24bit` for the themes `dark`
and `light`), `VISUAL` and `EDITOR`.
";

/// `docs/config.md`: every setting, as Markdown.
pub fn page() -> String {
    let default = Config::default();
    let mut page = HEAD.to_owned();
    // Writing into a string cannot fail.
    for setting in &SETTINGS {
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\nTakes {}; default `{}`; environment `{}`.\n",
            setting.name,
            setting.meaning,
            setting.takes.words(),
            (setting.shown)(&default),
            setting.variable()
        );
    }
    for section in &SECTIONS {
        let _ = write!(
            page,
            "\n## `[[{0}]]`\n\n{1} {2}\n\n```toml\n[[{0}]]\n{3}```\n",
            section.name, section.meaning, section.more, section.example
        );
    }
    page.push_str(&agents::page());
    page.push_str(PLACES);
    let _ = write!(page, "\n## A file to begin with\n\n```toml\n{}```\n", template());
    page
}

/// A file of settings with every setting explained and, as a comment, set to its default.
pub fn template() -> String {
    let default = Config::default();
    let mut text = "# Settings of memtui. Remove the # before a name to change its value.\n".to_owned();
    for setting in &SETTINGS {
        let _ = write!(
            text,
            "\n# {}\n# Environment: {}\n#{} = {}\n",
            setting.meaning,
            setting.variable(),
            setting.name,
            (setting.shown)(&default)
        );
    }
    for section in &SECTIONS {
        let _ = write!(text, "\n# {}\n#\n# [[{}]]\n", section.meaning, section.name);
        for line in section.example.lines() {
            let _ = writeln!(text, "# {line}");
        }
    }
    text
}
