//! The fields of a memory as a text file for `$EDITOR`, and back.
//!
//! A line `%% NAME` begins a field. Texts stand as they are; of lists each item has a line, and an item's further lines
//! begin with a tab. Where a line of the memory itself would be mistaken for one of these signs, a backslash stands
//! before it.

use crate::change::{Edit, FieldValue};

const SIGN: &str = "%% ";

/// The text form of the fields.
pub(crate) fn write(title: &str, fields: &Edit) -> String {
    let mut out = format!(
        "# {title}\n# Each field stands below its name. In lists each line is an item.\n# Save and leave to see the \
         difference before anything is changed; leave without a change to go back.\n"
    );
    for (name, value) in fields {
        out.push_str(SIGN);
        out.push_str(name);
        if matches!(value, FieldValue::List(_)) {
            out.push_str(" (list)");
        }
        out.push('\n');
        match value {
            FieldValue::Text(text) => text.split('\n').for_each(|line| guarded(&mut out, line, &["%%"])),
            FieldValue::List(items) => items.iter().for_each(|item| write_item(&mut out, item)),
        }
    }
    out
}

fn write_item(out: &mut String, item: &str) {
    for (n, line) in item.split('\n').enumerate() {
        if n > 0 {
            out.push('\t');
            out.push_str(line);
            out.push('\n');
        } else if line.is_empty() {
            out.push_str("\\\n");
        } else {
            guarded(out, line, &["%%", "\t"]);
        }
    }
}

fn guarded(out: &mut String, line: &str, signs: &[&str]) {
    let bare = line.trim_start_matches('\\');
    let shielded = signs.iter().any(|sign| bare.starts_with(sign)) || (bare.is_empty() && !line.is_empty());
    if shielded {
        out.push('\\');
    }
    out.push_str(line);
    out.push('\n');
}

fn unguarded<'a>(line: &'a str, signs: &[&str]) -> &'a str {
    let bare = line.trim_start_matches('\\');
    let shielded = signs.iter().any(|sign| bare.starts_with(sign)) || bare.is_empty();
    line.strip_prefix('\\').filter(|_| shielded).unwrap_or(line)
}

/// The fields that a text form holds, given which fields there are. A field that is left out is left alone.
///
/// # Errors
/// A sentence that names the line and what is wrong with it.
pub(crate) fn read(document: &str, known: &Edit) -> Result<Edit, String> {
    let mut fields: Edit = Vec::new();
    let mut lines: Vec<&str> = document.split('\n').collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    let mut body: Option<(&str, Vec<&str>)> = None;
    for (number, line) in lines.into_iter().enumerate() {
        let number = number + 1;
        if let Some(heading) = line.strip_prefix(SIGN) {
            let name = heading.trim().trim_end_matches("(list)").trim_end();
            if !known.iter().any(|(field, _)| field == name) {
                let names: Vec<&str> = known.iter().map(|(field, _)| field.as_str()).collect();
                return Err(format!("line {number}: there is no field `{name}`; the fields are {}", names.join(", ")));
            }
            let again = body.as_ref().is_some_and(|(field, _)| *field == name);
            if again || fields.iter().any(|(field, _)| field == name) {
                return Err(format!("line {number}: the field `{name}` stands here a second time"));
            }
            if let Some((name, lines)) = body.replace((name, Vec::new())) {
                fields.push((name.to_owned(), value(name, &lines, known)));
            }
        } else if let Some((_, lines)) = body.as_mut() {
            lines.push(line);
        } else if !line.starts_with('#') && !line.trim().is_empty() {
            return Err(format!(
                "line {number}: text stands before the first field; put it below a line like `%% title`"
            ));
        }
    }
    if let Some((name, lines)) = body {
        fields.push((name.to_owned(), value(name, &lines, known)));
    }
    Ok(fields)
}

fn value(name: &str, lines: &[&str], known: &Edit) -> FieldValue {
    let list = known.iter().any(|(field, value)| field == name && matches!(value, FieldValue::List(_)));
    if !list {
        let lines: Vec<&str> = lines.iter().map(|line| unguarded(line, &["%%"])).collect();
        return FieldValue::Text(lines.join("\n"));
    }
    FieldValue::List(read_list(lines))
}

/// A list as lines, in the form that the document has.
pub(crate) fn write_list(items: &[String]) -> String {
    let mut out = String::new();
    for item in items {
        write_item(&mut out, item);
    }
    out.pop();
    out
}

/// The items that lines hold.
pub(crate) fn read_list<S: AsRef<str>>(lines: &[S]) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        let line = line.as_ref();
        match (line.strip_prefix('\t'), items.last_mut()) {
            (Some(more), Some(item)) => {
                item.push('\n');
                item.push_str(more);
            }
            _ if line.is_empty() => {}
            _ => items.push(unguarded(line, &["%%", "\t"]).to_owned()),
        }
    }
    items
}

/// The fields of `after` that differ from `before`.
pub(crate) fn differing(before: &Edit, after: &Edit) -> Edit {
    let same = |name: &String, value: &FieldValue| before.iter().any(|(field, old)| field == name && old == value);
    after.iter().filter(|(name, value)| !same(name, value)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(text: &str, items: &[String]) -> Edit {
        vec![
            ("narrative".to_owned(), FieldValue::Text(text.to_owned())),
            ("facts".to_owned(), FieldValue::List(items.to_vec())),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            text in "([a%\\\\\t \n\r]|%% facts\n){0,12}",
            items in proptest::collection::vec("[a%\\\\\t \n]{0,6}", 0..4),
        ) {
            let fields = fields(&text, &items);
            prop_assert_eq!(read(&write("t", &fields), &fields), Ok(fields));
        }
    }

    #[test]
    fn mistakes_name_their_line() {
        let known = fields("", &[]);
        assert_eq!(
            read("%% narative\nx\n", &known).unwrap_err(),
            "line 1: there is no field `narative`; the fields are narrative, facts"
        );
        assert!(read("hello\n%% facts\n", &known).unwrap_err().starts_with("line 1: text stands before"));
        assert!(read("%% facts\n%% facts\n", &known).unwrap_err().starts_with("line 2: the field `facts`"));
    }

    #[test]
    fn a_field_that_is_left_out_is_left_alone() {
        let known = fields("old", &["a".to_owned()]);
        let read = read("%% facts (list)\na\nb\n", &known).unwrap();
        assert_eq!(
            differing(&known, &read),
            [("facts".to_owned(), FieldValue::List(vec!["a".to_owned(), "b".to_owned()]))]
        );
    }
}
