//! Cells as they are: text that may be invalid, numbers where text belongs, times in any form.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::memory::{EpochMs, Value, Version};

/// A cell's text, whatever its type: bytes are made lossy UTF-8, numbers are written out, NULL is empty.
pub fn text(cell: ValueRef<'_>) -> Cow<'_, str> {
    match cell {
        ValueRef::Null => Cow::Borrowed(""),
        ValueRef::Integer(number) => Cow::Owned(number.to_string()),
        ValueRef::Real(number) => Cow::Owned(number.to_string()),
        // Valid text, which nearly all is, is recognised five times faster by the plain check.
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
        }
    }
}

/// A cell's text, `None` when it is NULL or empty.
pub fn some_text(cell: ValueRef<'_>) -> Option<String> {
    let text = text(cell);
    (!text.is_empty()).then(|| text.into_owned())
}

/// A cell's whole number: text that spells one counts, everything else does not.
pub fn integer(cell: ValueRef<'_>) -> Option<i64> {
    match cell {
        ValueRef::Integer(number) => Some(number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time or count outside of 64 bits is nonsense anyway; `as` saturates"
        )]
        ValueRef::Real(number) if number.is_finite() => Some(number as i64),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

/// A cell's count: negative and unreadable ones are zero.
pub fn count(cell: ValueRef<'_>) -> u32 {
    integer(cell).map_or(0, |number| u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

/// A time in milliseconds from the number that should hold it, else from the text beside it.
///
/// A number is taken as it stands, even if it looks like seconds: guessing would make a wrong time look right.
pub fn epoch_ms(number: ValueRef<'_>, iso: ValueRef<'_>) -> Option<EpochMs> {
    match number {
        ValueRef::Integer(_) | ValueRef::Real(_) => integer(number),
        ValueRef::Text(_) => integer(number).or_else(|| iso_ms(number)).or_else(|| iso_ms(iso)),
        ValueRef::Null | ValueRef::Blob(_) => iso_ms(iso),
    }
}

/// A time in milliseconds from ISO-8601 text, with or without an offset (then UTC), of which the hours alone are enough;
/// a day without a time is its beginning.
fn iso_ms(cell: ValueRef<'_>) -> Option<EpochMs> {
    let ValueRef::Text(bytes) = cell else { return None };
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp_millis());
    }
    if let Ok(moment) = chrono::DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z") {
        return Some(moment.timestamp_millis());
    }
    if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok())
        .map(|moment| moment.and_utc().timestamp_millis())
}

/// The version of a memory that these cells make, typed and to the byte.
///
/// # Errors
/// The first cell that could not be had.
pub fn version<'r>(cells: impl Iterator<Item = rusqlite::Result<ValueRef<'r>>>) -> rusqlite::Result<Version> {
    cells.into_iter().try_fold(Version::default(), |version, cell| {
        Ok(match cell? {
            ValueRef::Null => version.with(0, &[]),
            ValueRef::Integer(number) => version.with(1, &number.to_le_bytes()),
            ValueRef::Real(number) => version.with(2, &number.to_bits().to_le_bytes()),
            ValueRef::Text(bytes) => version.with(3, bytes),
            ValueRef::Blob(bytes) => version.with(4, bytes),
        })
    })
}

/// A cell, typed and to the byte.
pub fn value(cell: ValueRef<'_>) -> Value {
    match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => Value::Text(bytes.to_vec()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// A value as a parameter, typed and to the byte.
pub fn parameter(value: &Value) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(reference(value))
}

/// A value seen as a cell.
pub fn reference(value: &Value) -> ValueRef<'_> {
    match value {
        Value::Null => ValueRef::Null,
        Value::Integer(number) => ValueRef::Integer(*number),
        Value::Real(number) => ValueRef::Real(*number),
        Value::Text(bytes) => ValueRef::Text(bytes),
        Value::Blob(bytes) => ValueRef::Blob(bytes),
    }
}

/// The longest beginning of a text that has at most `bytes` bytes and ends between two characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// A text made into one line for lists: its first line that holds anything, trimmed, at most `bytes` bytes of it.
pub fn headline(text: &str, bytes: usize) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).map_or("", |line| cut(line, bytes))
}

/// The texts of a JSON list, read leniently: numbers are written out, a bare JSON string is a list of one, and what is
/// no JSON at all is one item as it stands, so that a person sees it.
pub fn json_list(text: &str) -> Vec<String> {
    use serde_json::Value as Json;
    match serde_json::from_str(text) {
        Ok(Json::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Json::String(text) => text,
                other => other.to_string(),
            })
            .collect(),
        Ok(Json::Null) => Vec::new(),
        Ok(Json::String(one)) => vec![one],
        Ok(other) => vec![other.to_string()],
        Err(_) if text.trim().is_empty() => Vec::new(),
        Err(_) => vec![text.to_owned()],
    }
}

/// Puts the texts of a JSON list of plain strings into `into`, borrowed; `false` when the list is anything else (an
/// escape, a number, not JSON), and then `into` is empty. The scan of a million rows lives on this short way.
pub fn plain_json_list<'a>(text: &'a str, into: &mut Vec<&'a str>) -> bool {
    into.clear();
    let Some(mut rest) = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim) else {
        return text.trim().is_empty();
    };
    if rest.is_empty() {
        return true;
    }
    while let Some(item) = rest.strip_prefix('"').and_then(|rest| rest.find('"').map(|end| rest.split_at(end))) {
        if item.0.contains('\\') {
            break;
        }
        into.push(item.0);
        rest = item.1.get(1..).unwrap_or_default().trim_start();
        if rest.is_empty() {
            return true;
        }
        let Some(next) = rest.strip_prefix(',') else { break };
        rest = next.trim_start();
    }
    into.clear();
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_in_any_form_are_read_or_left() {
        let iso = ValueRef::Text(b"2026-06-10T10:43:36.179Z");
        assert_eq!(epoch_ms(ValueRef::Integer(5), iso), Some(5));
        assert_eq!(epoch_ms(ValueRef::Real(5.9), iso), Some(5));
        assert_eq!(epoch_ms(ValueRef::Text(b"2026-06-10 10:43:36.179"), ValueRef::Null), Some(1_781_088_216_179));
        assert_eq!(epoch_ms(ValueRef::Text(b"2026-06-10 12:43:36.179+02"), ValueRef::Null), Some(1_781_088_216_179));
        assert_eq!(epoch_ms(ValueRef::Text(b"2026-06-10"), ValueRef::Null), Some(1_781_049_600_000));
        assert_eq!(epoch_ms(ValueRef::Text(b"yesterday"), iso), Some(1_781_088_216_179));
        assert_eq!(epoch_ms(ValueRef::Null, iso), Some(1_781_088_216_179));
        assert_eq!(epoch_ms(ValueRef::Blob(b"\0"), ValueRef::Text(b"\xff")), None);
        assert_eq!(epoch_ms(ValueRef::Real(f64::INFINITY), ValueRef::Null), None);
    }

    #[test]
    fn lists_are_read_leniently() {
        assert_eq!(json_list(r#"["a", 1, {"b":2}]"#), ["a", "1", r#"{"b":2}"#]);
        assert_eq!(json_list(r#""one""#), ["one"]);
        assert_eq!(json_list("[broken"), ["[broken"]);
        assert!(json_list(" ").is_empty() && json_list("null").is_empty() && json_list("[]").is_empty());
    }

    #[test]
    fn a_headline_is_a_line() {
        assert_eq!(headline("\n  \r\n  first é \nsecond", 300), "first é");
        assert_eq!(headline("éé", 3), "é");
        assert_eq!(headline(" \n ", 300), "");
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_json(items in proptest::collection::vec("\\PC*", 0..6), any in "\\PC*") {
            let json = serde_json::to_string(&items).unwrap();
            for text in [json.as_str(), any.as_str(), r#" [ "a" , "b" ] "#, r#"["a""b"]"#, r#"["a",]"#, "[,]", "["] {
                let mut found = Vec::new();
                if plain_json_list(text, &mut found) {
                    prop_assert_eq!(found, json_list(text));
                } else {
                    prop_assert!(found.is_empty());
                }
            }
        }
    }
}
