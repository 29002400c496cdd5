//! Questions in the language of FTS5, and patterns in that of LIKE, that mean exactly what a person typed.

use rusqlite::{Error, ErrorCode};

/// A word or phrase as an FTS5 string; with `prefix` its last word may go on.
///
/// `None` when it holds nothing that a tokenizer keeps: FTS5 would answer such a question with nothing at all.
pub fn quoted(text: &str, prefix: bool) -> Option<String> {
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    let body: String = text.chars().map(|c| if c == '\0' { ' ' } else { c }).collect();
    let star = if prefix { " *" } else { "" };
    Some(format!("\"{}\"{star}", body.replace('"', "\"\"")))
}

/// A LIKE pattern (with `ESCAPE '\'`) for texts that contain this one.
pub fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Whether the error means that this index cannot be used, though the table behind it may be well: a missing or
/// malformed index, an unknown tokenizer, no FTS5.
pub fn is_unusable(error: &Error) -> bool {
    match error {
        Error::SqliteFailure(failure, _) => !matches!(
            failure.code,
            ErrorCode::OperationInterrupted
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::NotADatabase
                | ErrorCode::OutOfMemory
        ),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_lose_their_power() {
        assert_eq!(quoted("a\" OR b", false).unwrap(), "\"a\"\" OR b\"");
        assert_eq!(quoted("dep", true).unwrap(), "\"dep\" *");
        assert_eq!(quoted("->", true), None);
        assert_eq!(containing("50%_\\"), "%50\\%\\_\\\\%");
    }
}
