//! Editing a text in the person's own editor.

use std::{
    io::{self, Write as _},
    process::Command,
};

/// Why a text could not be edited.
#[derive(Debug, thiserror::Error)]
pub enum EditorFailed {
    /// The editor's command line cannot be read.
    #[error("cannot read the editor's command line `{0}`: a quote is not closed; set VISUAL or EDITOR")]
    Quote(String),
    /// The editor did not start.
    #[error("cannot start the editor `{command}`: {error}; set VISUAL or EDITOR")]
    Start {
        /// What was to be run.
        command: String,
        /// What the system said.
        error: io::Error,
    },
    /// The editor ended with an error, as `:cq` does in vi: the text is left as it was.
    #[error("the editor `{0}` ended with {1}; nothing was changed")]
    Ended(String, std::process::ExitStatus),
    /// The file for it could not be written or read.
    #[error("the file for the editor does not work: {0}")]
    File(#[from] io::Error),
    /// What the editor left is not text.
    #[error("the editor left bytes that are not UTF-8 text; nothing was changed")]
    NotText,
}

/// Runs the editor on a text. The terminal must be free for it. `None` when the text is unchanged.
///
/// The file has the given suffix, so that the editor recognises the language; it lies in a directory that only this
/// user can enter, and is gone afterwards.
///
/// # Errors
/// When the editor does not start, ends with an error, or leaves something unreadable.
pub fn edit_text(text: &str, suffix: &str) -> Result<Option<String>, EditorFailed> {
    let directory = tempfile::Builder::new().prefix("memtui-").tempdir()?;
    let path = directory.path().join(format!("memory{suffix}"));
    // Files of tempfile are made with mode 0600.
    let mut file = tempfile::Builder::new().prefix("memory").suffix(suffix).tempfile_in(directory.path())?;
    file.write_all(text.as_bytes())?;
    file.persist(&path).map_err(|error| error.error)?;
    let line = command_line(|name| std::env::var(name).ok());
    let words = split(&line).ok_or_else(|| EditorFailed::Quote(line.clone()))?;
    let (program, arguments) = words.split_first().ok_or_else(|| EditorFailed::Quote(line.clone()))?;
    let status = Command::new(program)
        .args(arguments)
        .arg(&path)
        .status()
        .map_err(|error| EditorFailed::Start { command: line.clone(), error })?;
    if !status.success() {
        return Err(EditorFailed::Ended(line, status));
    }
    let after = String::from_utf8(std::fs::read(&path)?).map_err(|_| EditorFailed::NotText)?;
    Ok((after != text).then_some(after))
}

/// `VISUAL`, else `EDITOR`, else `vi`.
fn command_line(variable: impl Fn(&str) -> Option<String>) -> String {
    ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(variable)
        .find(|line| !line.trim().is_empty())
        .unwrap_or_else(|| "vi".to_owned())
}

/// Splits a command line as a shell does: blanks, single and double quotes, backslashes. Nothing is expanded and
/// nothing is executed. `None` when a quote is not closed.
fn split(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut open) = (Vec::new(), String::new(), None);
    let mut begun = false;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (open, character) {
            (None, ' ' | '\t' | '\n') => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '\'' | '"') => open = Some(character),
            (Some(quote), _) if quote == character => open = None,
            (None | Some('"'), '\\') => word.push(characters.next()?),
            _ => word.push(character),
        }
        begun = true;
    }
    if begun {
        words.push(word);
    }
    open.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_are_split_as_a_shell_does() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("vi", Some(&["vi"])),
            ("  code  --wait ", Some(&["code", "--wait"])),
            (r#""/opt/my editor/ed" -x 'a b'"#, Some(&["/opt/my editor/ed", "-x", "a b"])),
            (r"/opt/my\ editor/ed", Some(&["/opt/my editor/ed"])),
            (r#"e "" x"#, Some(&["e", "", "x"])),
            ("e $(rm -rf /)", Some(&["e", "$(rm", "-rf", "/)"])),
            ("e 'open", None),
            ("", Some(&[])),
        ];
        for (line, words) in table {
            let expected = words.map(|words| words.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(split(line), expected, "{line}");
        }
    }

    #[test]
    fn visual_comes_before_editor_and_empty_ones_do_not_count() {
        let line = |visual: &str, editor: &str| {
            let (visual, editor) = (visual.to_owned(), editor.to_owned());
            command_line(move |name| Some(if name == "VISUAL" { visual.clone() } else { editor.clone() }))
        };
        assert_eq!(line("code --wait", "nano"), "code --wait");
        assert_eq!(line(" ", "nano"), "nano");
        assert_eq!(command_line(|_| None), "vi");
    }
}
