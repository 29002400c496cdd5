//! Front matter: the fields between two lines of dashes at the top of a file. Read tolerantly, written line by line.

use std::ops::Range;

use crate::store::lines::MARK;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: String,
    /// Where its value is in the file, white space around it left out.
    value: Range<usize>,
    /// The lines below it that are items of its list.
    items: Vec<String>,
}

/// The front matter of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Front {
    fields: Vec<Field>,
}

/// Bytes of a file before its text: a byte order mark and the front matter, if there are any.
pub(super) fn head_length(file: &[u8]) -> usize {
    let start = if file.starts_with(MARK) { MARK.len() } else { 0 };
    // Codex begins a file with the version of its form.
    let start = if file.starts_with(b"v1\n") { 3 } else { start };
    block(file).map_or(start, |block| block.1)
}

/// Where the lines of the front matter begin, and where it ends with its last line of dashes.
fn block(file: &[u8]) -> Option<(usize, usize)> {
    let start = if file.starts_with(MARK) { MARK.len() } else { 0 };
    let mut at = start;
    let mut from = None;
    for line in file.get(start..)?.split_inclusive(|byte| *byte == b'\n') {
        let is_fence = line.trim_ascii_end() == b"---";
        at += line.len();
        match from {
            None if is_fence => from = Some(at),
            None => return None,
            Some(from) if is_fence => return Some((from, at)),
            Some(_) => {}
        }
    }
    None
}

impl Front {
    /// Reads the fields of a file. Those below another, `metadata:` for example, count by their own names.
    pub(super) fn read(file: &[u8]) -> Self {
        let Some((mut at, end)) = block(file) else { return Self::default() };
        let mut fields: Vec<Field> = Vec::new();
        for line in file.get(at..end).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
            let begin = at;
            at += line.len();
            let Ok(text) = std::str::from_utf8(line) else { continue };
            let shown = text.trim();
            if let Some(item) = shown.strip_prefix("- ") {
                if let Some(field) = fields.last_mut() {
                    field.items.push(plain(item.trim()));
                }
                continue;
            }
            let Some((name, value)) = text.split_once(':').filter(|(name, _)| is_name(name.trim())) else { continue };
            let from = begin + name.len() + 1 + (value.len() - value.trim_start().len());
            let value = value.trim();
            // An empty value begins where it would be written: behind the colon.
            let from = if value.is_empty() { begin + name.len() + 1 } else { from };
            fields.push(Field { name: name.trim().to_owned(), value: from..from + value.len(), items: Vec::new() });
        }
        Self { fields }
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// A field's value, without its quotes; `None` when it is missing or empty.
    pub(super) fn get(&self, file: &[u8], name: &str) -> Option<String> {
        let raw = file.get(self.field(name)?.value.clone())?;
        Some(plain(&String::from_utf8_lossy(raw))).filter(|value| !value.is_empty())
    }

    /// Whether there is a field of that name, empty or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// A field's values: `[a, b]`, `a, b`, or a list below it.
    pub(super) fn list(&self, file: &[u8], name: &str) -> Vec<String> {
        let Some(field) = self.field(name) else { return Vec::new() };
        if !field.items.is_empty() {
            return field.items.clone();
        }
        let value = self.get(file, name).unwrap_or_default();
        let inner = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&value);
        inner.split(',').map(|item| plain(item.trim())).filter(|item| !item.is_empty()).collect()
    }

    /// The file with another value in a field; every other byte stays.
    ///
    /// # Errors
    /// Why it cannot be written, and the next step.
    pub(super) fn set(&self, file: &[u8], name: &str, value: &str) -> Result<Vec<u8>, String> {
        let field = self.field(name).filter(|field| field.items.is_empty());
        let Some(field) = field else {
            return Err(format!("the file has no field `{name}` on one line; edit it in a text editor"));
        };
        if value.contains(['\n', '\r']) {
            return Err(format!("`{name}` stands on one line; write it as one"));
        }
        let old = file.get(field.value.clone()).unwrap_or_default();
        let (before, after) = (file.get(..field.value.start), file.get(field.value.end..));
        let gap = if old.is_empty() { " " } else { "" };
        let written = written(value, &String::from_utf8_lossy(old));
        Ok([before.unwrap_or_default(), gap.as_bytes(), written.as_bytes(), after.unwrap_or_default()].concat())
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'))
}

/// A value without its quotes. A `#` in a plain one is part of it: products write such values without quotes.
fn plain(value: &str) -> String {
    let inner = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    if let Some(text) = inner('"') {
        return serde_json::from_str(value).unwrap_or_else(|_| text.to_owned());
    }
    inner('\'').map_or_else(|| value.to_owned(), |text| text.replace("''", "'"))
}

/// A value as it is written: in the quotes that it had, and in quotes when it would not be read back without them.
fn written(value: &str, old: &str) -> String {
    let double = || serde_json::to_string(value).unwrap_or_default();
    if old.starts_with('"') {
        return double();
    }
    if old.starts_with('\'') {
        return format!("'{}'", value.replace('\'', "''"));
    }
    let special = |sign: char| "\"'[]{}&*!|>%@`,?#-".contains(sign);
    let unsafe_start = value.starts_with(special) || value.trim() != value || value.is_empty();
    if unsafe_start || value.contains(": ") || value.contains(" #") || value.ends_with(':') {
        double()
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = "---\nname: use-real-db\ndescription: \"Issue #12: use \\\"real\\\" ones\"\nmetadata: \n  node_type: memory\n  type: feedback\n  originSessionId: s-1\n---\n\nText\n";
    const V1: &str = "---\r\nname: a # b\r\ntags:\r\n  - one\r\n  - 'two'\r\nlist: [x, \"y\"]\r\nempty:\r\n---\r\nText";

    #[test]
    fn both_shapes_are_read() {
        let front = Front::read(V2.as_bytes());
        let get = |name| front.get(V2.as_bytes(), name);
        assert_eq!(get("description").as_deref(), Some("Issue #12: use \"real\" ones"));
        assert_eq!((get("type").as_deref(), get("metadata")), (Some("feedback"), None));
        assert_eq!(&V2[head_length(V2.as_bytes())..], "\nText\n");
        let front = Front::read(V1.as_bytes());
        assert_eq!(front.get(V1.as_bytes(), "name").as_deref(), Some("a # b"));
        assert_eq!(front.list(V1.as_bytes(), "tags"), ["one", "two"]);
        assert_eq!(front.list(V1.as_bytes(), "list"), ["x", "y"]);
        assert_eq!(&V1[head_length(V1.as_bytes())..], "Text");
        assert_eq!(head_length(b"---\nnever closed\n"), 0);
    }

    #[test]
    fn one_value_is_written_and_nothing_else_moves() {
        let set = |file: &str, name: &str, value: &str| {
            String::from_utf8(Front::read(file.as_bytes()).set(file.as_bytes(), name, value).unwrap()).unwrap()
        };
        assert_eq!(set(V2, "type", "user"), V2.replace("type: feedback", "type: user"));
        let told = set(V2, "description", "say \"x\"");
        assert!(told.contains("description: \"say \\\"x\\\"\"\n"), "{told}");
        assert_eq!(set(V1, "empty", "now"), V1.replace("empty:", "empty: now"));
        for value in ["a: b", "- a", "'q'", "x #y", " ", "[z]", "plain words"] {
            let file = set(V1, "name", value);
            assert_eq!(Front::read(file.as_bytes()).get(file.as_bytes(), "name").as_deref(), Some(value), "{file}");
        }
        let front = Front::read(V1.as_bytes());
        for (name, value) in [("gone", "x"), ("tags", "x"), ("name", "a\nb")] {
            assert!(front.set(V1.as_bytes(), name, value).is_err());
        }
    }
}
