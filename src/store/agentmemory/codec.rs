//! Files with one JSON object in them: the engine's archives and plain JSON, read and written back byte for byte.

use serde::Serialize as _;
use serde_json::{Map, Value as Json, ser::PrettyFormatter};

/// How the JSON object stands in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An [rkyv 0.8](https://rkyv.org) archive of one string that holds compact JSON.
    Archive,
    /// JSON, each level indented by so many spaces (none: on one line), perhaps with a line end behind it.
    Text {
        /// Spaces for each level.
        indent: Option<usize>,
        /// Whether the file ends with a line end.
        ended: bool,
    },
}

/// Bytes behind the text of an archive: its length, and how far back it begins.
const TAIL: usize = 8;
/// Longer strings than this stand outside of the tail.
const INLINE: usize = 8;

/// Reads an archive of the engine.
///
/// # Errors
/// Why it is none.
pub(super) fn archive(bytes: &[u8]) -> Result<Map<String, Json>, String> {
    object(archived(bytes).ok_or("it is no archive of one string")?)
}

/// Reads a file of plain JSON, and how it is set.
///
/// # Errors
/// Why it is none.
pub(super) fn text(bytes: &[u8]) -> Result<(Map<String, Json>, Form), String> {
    let second = bytes.split(|byte| *byte == b'\n').nth(1).filter(|line| !line.is_empty());
    let indent = second.map(|line| line.iter().take_while(|byte| **byte == b' ').count());
    Ok((object(bytes)?, Form::Text { indent, ended: bytes.ends_with(b"\n") }))
}

fn object(bytes: &[u8]) -> Result<Map<String, Json>, String> {
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(map)) => Ok(map),
        Ok(_) => Err("it holds no JSON object".to_owned()),
        Err(error) => Err(format!("it holds no readable JSON ({error})")),
    }
}

/// The text of an archive. Its tail is a length of 32 bits, in which two bits say that the text stands outside of the
/// tail, and the distance back to the text.
fn archived(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.len().checked_sub(TAIL)?;
    let (body, tail) = bytes.split_at_checked(end)?;
    let (length, distance) = tail.split_at_checked(4)?;
    let coded = u32::from_le_bytes(length.try_into().ok()?);
    let distance = i32::from_le_bytes(distance.try_into().ok()?);
    if coded & 0xc0 != 0x80 {
        return None;
    }
    let length = usize::try_from((coded & 0x3f) | ((coded & !0xff) >> 2)).ok()?;
    let start = body.len().checked_sub(usize::try_from(distance.checked_neg()?).ok()?)?;
    body.get(start..start.checked_add(length)?)
}

/// The file for an object; `None` when the form cannot hold it.
pub(super) fn write(map: &Map<String, Json>, form: Form) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match form {
        Form::Archive => {
            serde_json::to_writer(&mut bytes, map).ok()?;
            seal(bytes)
        }
        Form::Text { indent, ended } => {
            match indent {
                None => serde_json::to_writer(&mut bytes, map).ok()?,
                Some(width) => {
                    let spaces = " ".repeat(width);
                    let formatter = PrettyFormatter::with_indent(spaces.as_bytes());
                    map.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).ok()?;
                }
            }
            if ended {
                bytes.push(b'\n');
            }
            Some(bytes)
        }
    }
}

/// Puts a text into an archive.
fn seal(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length < 1 << 30 && bytes.len() > INLINE)?;
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let distance = i32::try_from(bytes.len()).ok()?.checked_neg()?;
    let coded = (length & 0x3f) | 0x80 | ((length & !0x3f) << 2);
    bytes.extend_from_slice(&coded.to_le_bytes());
    bytes.extend_from_slice(&distance.to_le_bytes());
    Some(bytes)
}

/// The scope that a file of the engine holds, by its name: `mem:obs:…` for `mem%3Aobs%3A….bin`.
pub(super) fn scope_of(file_name: &str) -> Option<String> {
    let coded = file_name.strip_suffix(".bin")?.as_bytes();
    let (mut plain, mut rest) = (Vec::with_capacity(coded.len()), coded);
    while let Some((first, more)) = rest.split_first() {
        rest = more;
        if *first != b'%' {
            plain.push(*first);
            continue;
        }
        let (digits, more) = more.split_at_checked(2)?;
        plain.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = more;
    }
    String::from_utf8(plain).ok()
}

/// The file in which the engine keeps a scope.
pub(super) fn file_of(scope: &str) -> String {
    use std::fmt::Write as _;
    let mut name = String::with_capacity(scope.len() + 8);
    for byte in scope.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            name.push(char::from(byte));
        } else {
            // Writing into a text has no way to fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name + ".bin"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_archive_has_its_text_first_and_its_length_last() {
        let map = object(br#"{"data":"[]"}"#).unwrap();
        let bytes = write(&map, Form::Archive).unwrap();
        assert_eq!(&bytes[..16], b"{\"data\":\"[]\"}\0\0\0");
        assert_eq!(&bytes[16..], [0x8d, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff]);
        assert_eq!(archive(&bytes).unwrap(), map);
        for broken in [&b""[..], b"{}", &bytes[1..], &bytes[..20]] {
            assert!(archive(broken).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn plain_files_keep_their_setting() {
        for text_of in ["{\"a\":[1,{\"b\":0.1}]}", "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}\n", "{\n \"a\": 1e-7\n}"]
        {
            let (map, form) = text(text_of.as_bytes()).unwrap();
            assert_eq!(write(&map, form).unwrap(), text_of.as_bytes());
        }
    }

    #[test]
    fn scopes_have_names_of_files() {
        assert_eq!(file_of("mem:obs:a/b-1"), "mem%3Aobs%3Aa%2Fb-1.bin");
        assert_eq!(scope_of("mem%3Aobs%3Aa%2Fb-1.bin").as_deref(), Some("mem:obs:a/b-1"));
        assert_eq!(scope_of("mem%3.bin"), None);
        assert_eq!(scope_of("mem%3Amemories.bin.tmp"), None);
    }

    proptest! {
        #[test]
        fn whatever_an_archive_held_is_read_again(text: String, number: f64) {
            let map = Map::from_iter([("key".to_owned(), serde_json::json!({ "text": text, "number": number }))]);
            prop_assert_eq!(archive(&write(&map, Form::Archive).unwrap()).unwrap(), map);
        }
    }
}
