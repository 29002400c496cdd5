//! The three-way merge of a memory's fields: what was, what a change made of it, what is there now.

use crate::{
    change::{self, Edit, FieldValue},
    memory::{Image, Value},
};

/// What comes of taking changes back from a memory that somebody changed since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Merged {
    /// Each field is changed by one of them at most.
    Clean {
        /// The fields that are taken back.
        edit: Edit,
        /// Fields that stay as they were changed since.
        keeps: Vec<String>,
    },
    /// Fields that both changed.
    Conflict(Vec<String>),
}

/// Takes changes (before, after), the latest first, back from a memory. `now` are the fields that can be edited, with their
/// present values: only they are merged, for what else moves with them (hashes, counters) is the store's business.
pub(super) fn take_back(now: &Edit, changes: &[(Image, Image)]) -> Merged {
    let (mut fields, mut both) = (now.clone(), Vec::new());
    let mut touched: Vec<&str> = Vec::new();
    for (before, after) in changes {
        let (mut was, mut wanted) = (Edit::new(), Edit::new());
        for (name, like) in now {
            let (Some(old), Some(new)) = (before.own.get(name), after.own.get(name)) else { continue };
            if old == new {
                continue;
            }
            touched.push(name);
            match (read(new, like), read(old, like)) {
                (Some(new), Some(old)) => {
                    was.push((name.clone(), new));
                    wanted.push((name.clone(), old));
                }
                _ => both.push(name.clone()),
            }
        }
        let change::Merged { edit, conflicts } = change::merge(&was, &fields, &wanted);
        both.extend(conflicts);
        for (name, value) in edit {
            if let Some((_, field)) = fields.iter_mut().find(|(field, _)| *field == name) {
                *field = value;
            }
        }
    }
    if !both.is_empty() {
        both.dedup();
        return Merged::Conflict(both);
    }
    let edit = fields.into_iter().zip(now).filter(|(new, old)| new != *old).map(|(new, _)| new).collect();
    let left = changes.first().map(|(_, after)| after);
    let keeps = now.iter().filter(|(name, value)| {
        let moved = left.and_then(|image| read(image.own.get(name)?, value)).is_some_and(|left| left != *value);
        moved && !touched.contains(&name.as_str())
    });
    Merged::Clean { edit, keeps: keeps.map(|(name, _)| name.clone()).collect() }
}

/// A cell as the value of a field that is of the same sort as the present one.
fn read(value: &Value, like: &FieldValue) -> Option<FieldValue> {
    let text = match value {
        Value::Null => String::new(),
        Value::Text(bytes) => String::from_utf8(bytes.clone()).ok()?,
        Value::Integer(number) => number.to_string(),
        Value::Real(_) | Value::Blob(_) => return None,
    };
    Some(match like {
        FieldValue::Text(_) => FieldValue::Text(text),
        FieldValue::List(_) if text.is_empty() => FieldValue::List(Vec::new()),
        FieldValue::List(_) => FieldValue::List(serde_json::from_str(&text).ok()?),
    })
}

/// The record as an edit leaves it, for showing: what the store moves beside it is not known before it is written.
pub(super) fn shown_after(mut image: Image, edit: &Edit) -> Image {
    for (name, value) in edit {
        let text = match value {
            FieldValue::Text(text) => text.clone(),
            FieldValue::List(items) => serde_json::to_string(items).unwrap_or_default(),
        };
        if let Some((_, cell)) = image.own.columns.iter_mut().find(|(column, _)| column == name) {
            *cell = Value::Text(text.into_bytes());
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Record;

    fn image(title: &str, body: &str, tags: &str) -> Image {
        let column = |name: &str, text: &str| (name.to_owned(), Value::Text(text.into()));
        let columns = vec![column("title", title), column("body", body), column("tags", tags), column("hash", body)];
        Image { own: Record { table: "t".into(), columns }, side: vec![], parents: vec![] }
    }

    /// The fields of a record as a form has them.
    fn fields(image: &Image) -> Edit {
        let like = |name: &str| match name {
            "tags" => FieldValue::List(vec![]),
            _ => FieldValue::Text(String::new()),
        };
        let value = |name: &str| (name.to_owned(), read(image.own.get(name).unwrap(), &like(name)).unwrap());
        ["title", "body", "tags"].map(value).to_vec()
    }

    fn text(name: &str, value: &str) -> (String, FieldValue) {
        (name.to_owned(), FieldValue::Text(value.to_owned()))
    }

    #[test]
    fn a_change_is_taken_back_under_one_that_came_since_in_another_field() {
        let (before, after) = (image("a", "x", "[]"), image("b", "x", r#"["t"]"#));
        let now = image("b", "theirs", r#"["t"]"#);
        let clean = Merged::Clean {
            edit: vec![text("title", "a"), ("tags".to_owned(), FieldValue::List(vec![]))],
            keeps: vec!["body".to_owned()],
        };
        assert_eq!(take_back(&fields(&now), &[(before, after)]), clean);
    }

    #[test]
    fn the_same_field_changed_by_both_is_a_conflict() {
        let (before, after) = (image("a", "x", "[]"), image("b", "x", "[]"));
        let now = image("theirs", "x", "[]");
        assert_eq!(take_back(&fields(&now), &[(before, after)]), Merged::Conflict(vec!["title".to_owned()]));
    }

    #[test]
    fn several_changes_are_taken_back_one_after_the_other() {
        let first = (image("a", "x", "[]"), image("b", "x", "[]"));
        let second = (image("b", "y", "[]"), image("c", "y", "[]"));
        let now = image("c", "z", "[]");
        let clean = Merged::Clean { edit: vec![text("title", "a")], keeps: vec!["body".to_owned()] };
        assert_eq!(take_back(&fields(&now), &[second.clone(), first.clone()]), clean);
        // Between the two somebody else changed the title as well: it cannot be told what it was to be.
        let third = (image("other", "y", "[]"), image("c", "y", "[]"));
        assert_eq!(take_back(&fields(&now), &[third, first]), Merged::Conflict(vec!["title".to_owned()]));
    }

    #[test]
    fn what_is_taken_back_already_stays() {
        let (before, after) = (image("a", "x", "[]"), image("b", "x", "[]"));
        let now = image("a", "theirs", "[]");
        assert!(matches!(take_back(&fields(&now), &[(before, after)]), Merged::Clean { edit, .. } if edit.is_empty()));
    }
}
