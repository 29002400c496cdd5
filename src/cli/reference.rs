//! The reference page of the command line, made from its definition.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};

use super::Args;

const HEAD: &str = "# The command line

Every act of the terminal program has a command. This page is made from the program's own definition of its command
line; a test keeps it so (`MEMTUI_WRITE_DOCS=1 cargo test --test cli` writes it anew).

- Without a command memtui opens the terminal program; standard output must be a terminal then.
- On a terminal, lists are aligned columns cut to its width. In a pipe each line is complete, with tabs between the
  cells. `--json` prints JSON Lines, described in [json.md](json.md).
- No byte of a memory reaches the terminal as a control character; what cannot be seen is shown as an escape.
- A reader that closes the pipe early is no error.
- `--where ''` is refused: an unset variable of a shell leaves it behind. `--where 'id:*'` matches every memory; it
  says so, and never acts without `--yes` or a plain answer at the terminal.
- A bulk act leaves pinned memories alone and says how many; a memory that is named is taken even when it is pinned, and
  that is said.
- `memtui demo --keep DIRECTORY` writes sample memories to try all of this on.
- Ctrl-C stops a long act between two chunks. What was done until then stands in the log and can be undone.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | nothing matched, or a guard refused: `--read-only`, a store that cannot be written, a memory that changed since, everything that matched is pinned, a question answered with no; `doctor` found something that needs attention |
| 2 | bad usage or bad input, also a path that is no store, a mistake in the settings, an empty `--where`, and an act that needs `--yes` where nobody can be asked |
| 3 | a store or the ledger failed |
| 128 + n | the terminal program was ended by signal n |
";

/// The whole page, in Markdown.
pub fn page() -> String {
    let mut command = Args::command();
    command.build();
    let mut page = HEAD.to_owned();
    section(&command, "memtui", &mut page);
    sections(&command, "memtui", &mut page);
    page
}

/// The commands below one, and those below them.
fn sections(command: &Command, name: &str, page: &mut String) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        let name = format!("{name} {}", sub.get_name());
        section(sub, &name, page);
        sections(sub, &name, page);
    }
}

fn section(command: &Command, name: &str, page: &mut String) {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    // Writing into a string cannot fail.
    let _ = write!(page, "\n## `{name}`\n\n{}.\n\n", about.trim_end_matches('.'));
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let _ = writeln!(page, "```text\n{usage}\n```");
    let is_root = command.get_name() == "memtui";
    let shown = |arg: &&Arg| !arg.is_hide_set() && arg.get_id() != "help" && arg.get_id() != "version";
    let arguments: Vec<&Arg> =
        command.get_arguments().filter(shown).filter(|arg| is_root || !arg.is_global_set()).collect();
    if arguments.is_empty() {
        return;
    }
    page.push_str("\n| argument | meaning |\n|---|---|\n");
    for argument in arguments {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let choices: Vec<String> =
            argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        let choices = if choices.is_empty() || !argument.get_action().takes_values() {
            String::new()
        } else {
            format!(": {}", choices.join(", "))
        };
        let _ = writeln!(page, "| `{}` | {}{} |", spelled(argument), help.replace('|', "\\|"), choices);
    }
}

/// `--limit <N>`, `[QUERY]...`.
fn spelled(argument: &Arg) -> String {
    argument.to_string().replace('|', "\\|")
}
