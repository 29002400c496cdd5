//! Three-way merge of a memory's fields: what a proposal wants, on top of what happened since it was made.

use super::{Edit, FieldValue};

/// What came of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// New values for the fields that differ from what is there now; empty when all is there already.
    pub edit: Edit,
    /// Fields that both sides changed in ways that exclude each other. They are not in `edit`.
    pub conflicts: Vec<String>,
}

/// Merges `wanted`, made when the memory had the fields `was`, with the fields that it has `now`. A field that only one
/// side changed is taken from that side. Of lists, additions and removals of both sides count. Texts that both sides
/// changed are merged by lines, as `diff3` does; changes to the same lines are a conflict.
pub fn merge(was: &Edit, now: &Edit, wanted: &Edit) -> Merged {
    let mut merged = Merged { edit: Vec::new(), conflicts: Vec::new() };
    for (name, wanted) in wanted {
        let (was, now) = (value(was, name), value(now, name));
        if now == Some(wanted) {
            continue;
        }
        let made = if now == was { Some(wanted.clone()) } else { both(was, now, wanted) };
        match made {
            Some(made) if now == Some(&made) => {}
            Some(made) => merged.edit.push((name.clone(), made)),
            None => merged.conflicts.push(name.clone()),
        }
    }
    merged
}

fn value<'a>(edit: &'a Edit, name: &str) -> Option<&'a FieldValue> {
    edit.iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

/// The value with the changes of both sides; `None` when they exclude each other.
fn both(was: Option<&FieldValue>, now: Option<&FieldValue>, wanted: &FieldValue) -> Option<FieldValue> {
    match (was?, now?, wanted) {
        (FieldValue::List(was), FieldValue::List(now), FieldValue::List(wanted)) => {
            Some(FieldValue::List(lists(was, now, wanted)))
        }
        (FieldValue::Text(was), FieldValue::Text(now), FieldValue::Text(wanted)) => {
            diffy::merge(was, now, wanted).ok().map(FieldValue::Text)
        }
        _ => None,
    }
}

/// What is there now, without what was to be taken out, and with what was to be added.
fn lists(was: &[String], now: &[String], wanted: &[String]) -> Vec<String> {
    let kept = now.iter().filter(|item| wanted.contains(item) || !was.contains(item));
    let added = wanted.iter().filter(|item| !was.contains(item) && !now.contains(item));
    kept.chain(added).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, value: &str) -> (String, FieldValue) {
        (name.to_owned(), FieldValue::Text(value.to_owned()))
    }

    fn list(name: &str, items: &[&str]) -> (String, FieldValue) {
        (name.to_owned(), FieldValue::List(items.iter().map(|item| (*item).to_owned()).collect()))
    }

    #[test]
    fn a_field_that_only_the_proposal_changes_is_taken_from_it() {
        let merged = merge(
            &vec![text("title", "a"), text("body", "b")],
            &vec![text("title", "a"), text("body", "other")],
            &vec![text("title", "new")],
        );
        assert_eq!(merged, Merged { edit: vec![text("title", "new")], conflicts: vec![] });
    }

    #[test]
    fn lines_of_both_sides_come_together_and_the_same_line_twice_is_a_conflict() {
        let was = vec![text("body", "one\ntwo\nthree\nfour\nfive\n")];
        let now = vec![text("body", "ONE\ntwo\nthree\nfour\nfive\n")];
        let merged = merge(&was, &now, &vec![text("body", "one\ntwo\nthree\nfour\nFIVE\n")]);
        assert_eq!(merged, Merged { edit: vec![text("body", "ONE\ntwo\nthree\nfour\nFIVE\n")], conflicts: vec![] });
        let merged = merge(&was, &now, &vec![text("body", "Uno\ntwo\nthree\nfour\nfive\n")]);
        assert_eq!(merged, Merged { edit: vec![], conflicts: vec!["body".to_owned()] });
    }

    #[test]
    fn lists_keep_what_either_side_added_and_lose_what_either_took_out() {
        let merged = merge(
            &vec![list("tags", &["a", "b", "c"])],
            &vec![list("tags", &["a", "c", "mine"])],
            &vec![list("tags", &["a", "b", "theirs"])],
        );
        assert_eq!(merged.edit, [list("tags", &["a", "mine", "theirs"])]);
    }

    #[test]
    fn what_is_there_already_needs_nothing() {
        let merged = merge(&vec![text("t", "a")], &vec![text("t", "b")], &vec![text("t", "b")]);
        assert_eq!(merged, Merged { edit: vec![], conflicts: vec![] });
    }
}
