//! Memories that say nothing: no text, punctuation, or only what a tool prints when it has nothing to say.

/// Longer texts always say something; this bounds the work.
const LONGEST: usize = 4096;

/// What tools print when nothing happened, folded to lower-case words.
const STATUS: [&str; 34] = [
    "no output",
    "command completed",
    "command completed successfully",
    "completed successfully",
    "command succeeded",
    "task completed",
    "task completed successfully",
    "process exited with code 0",
    "exit code 0",
    "exited with code 0",
    "done",
    "ok",
    "okay",
    "success",
    "succeeded",
    "finished",
    "none",
    "null",
    "undefined",
    "nil",
    "n a",
    "na",
    "empty",
    "no content",
    "no results",
    "no results found",
    "no matches found",
    "no files found",
    "no changes",
    "tool ran without output or errors",
    "nothing to commit working tree clean",
    "object object",
    "request interrupted by user",
    "file has not changed",
];

/// Whether a memory says nothing. A title of three words says something; a single word does not.
pub fn is_noise(title: &str, texts: &[&str]) -> bool {
    says_little(title) && texts.iter().all(|text| says_nothing(text))
}

/// Whether a title is missing, a status, or too short to stand alone.
fn says_little(title: &str) -> bool {
    match folded(title) {
        Some(words) => is_status(&words) || words.split(' ').count() < 3 && !is_written_without_spaces(&words),
        None => false,
    }
}

/// Whether a text is empty, punctuation, a single word or a status.
fn says_nothing(text: &str) -> bool {
    match folded(text) {
        Some(words) => is_status(&words) || !words.contains(' ') && !is_written_without_spaces(&words),
        None => false,
    }
}

/// Whether a text is of a script that sets no spaces between words, and has more than one sign: Chinese, Japanese, Thai
/// and their neighbours.
fn is_written_without_spaces(words: &str) -> bool {
    let is_such = |sign: &char| {
        matches!(sign, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
    };
    words.chars().filter(is_such).nth(1).is_some()
}

fn is_status(words: &str) -> bool {
    words.is_empty() || STATUS.contains(&words)
}

/// The words of a text in lower case without what a harness adds, or `None` when they are too many for a status.
fn folded(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let mut words = String::new();
    let mut rest = text;
    // Reminders and tool wrappers are the harness talking to itself.
    while let Some((before, after)) = rest.split_once("<system-reminder>") {
        fold_into(before, &mut words)?;
        rest = after.split_once("</system-reminder>").map_or("", |(_, after)| after);
    }
    fold_into(rest, &mut words)?;
    Some(words)
}

/// Adds the words of `text`; `None` as soon as there are more than any status has.
fn fold_into(text: &str, words: &mut String) -> Option<()> {
    const MOST: usize = 64;
    for word in text.split(|ch: char| !ch.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if words.len() + word.len() > MOST {
            return None;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_without_spaces_may_say_something() {
        assert!(!is_noise("", &["用户喜欢深色主题"]));
        assert!(!is_noise("テストは並列で実行する", &[]));
        assert!(is_noise("", &["。"]) && is_noise("", &["done"]));
    }
}
