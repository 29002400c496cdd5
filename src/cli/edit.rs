//! `memtui edit`.

use std::{io::Read as _, path::Path};

use super::{
    act::carry_out,
    args::{Edit as Args, Global},
    fail::{Done, Failure},
    json::{ChangeJson, FieldJson},
    log::side,
    open::Session,
    out::Out,
};
use crate::{
    app::Veil,
    change::{Edit, FieldValue},
    curate::Act,
};

/// Fields in which products keep a memory's running text, the first that is there wins.
pub(super) const BODY: [&str; 6] = ["narrative", "text", "body", "content", "prompt_text", "completed"];
/// Fields in which products keep a memory's title.
const TITLE: [&str; 3] = ["title", "request", "name"];

pub(super) fn run(global: &Global, args: &Args, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let key = session.find(&args.id)?;
    let id = session.name(key)?;
    let (base, now) = session.editable(key)?;
    let edit = wanted(args, &id, &now)?;
    let differing: Edit = edit
        .into_iter()
        .filter(|(name, value)| !now.iter().any(|(field, old)| field == name && old == value))
        .collect();
    if differing.is_empty() {
        return Err(Failure::Refused(format!("{id} is so already; nothing was changed")));
    }
    if args.dry_run {
        difference(&id, &now, &differing, args.json, session.veil(), out)?;
        return Ok(Done::Well);
    }
    session.may_write()?;
    let act = Act::Edit { key, base: Some(base), edit: differing, reason: args.reason.clone() };
    carry_out(&mut session, &act, args.json, out)
}

/// The new values, in the store's own field names.
fn wanted(args: &Args, id: &str, now: &Edit) -> Result<Edit, Failure> {
    let mut edit = Edit::new();
    if let Some(title) = &args.title {
        edit.push((first_of(&TITLE, now, "title", id)?, FieldValue::Text(title.clone())));
    }
    if let Some(path) = &args.body_file {
        let text = read(path)?;
        edit.push((first_of(&BODY, now, "running text", id)?, FieldValue::Text(text)));
    }
    for (field, value) in &args.fields {
        let Some((_, old)) = now.iter().find(|(name, _)| name == field) else {
            return Err(Failure::Usage(format!("{id} has no field `{field}`; it has {}", names(now))));
        };
        edit.push((field.clone(), value_like(old, value).map_err(Failure::Usage)?));
    }
    if edit.is_empty() {
        return Err(Failure::Usage(format!(
            "nothing to change: give --title, --body-file or --set FIELD=VALUE; the fields are {}",
            names(now)
        )));
    }
    Ok(edit)
}

fn names(fields: &Edit) -> String {
    fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn first_of(candidates: &[&str], now: &Edit, what: &str, id: &str) -> Result<String, Failure> {
    candidates
        .iter()
        .find(|name| now.iter().any(|(field, _)| field == *name))
        .map(ToString::to_string)
        .ok_or_else(|| Failure::Usage(format!("{id} has no {what}; its fields are {}", names(now))))
}

/// A value of the same shape as the old one.
fn value_like(old: &FieldValue, value: &str) -> Result<FieldValue, String> {
    match old {
        FieldValue::Text(_) => Ok(FieldValue::Text(value.to_owned())),
        FieldValue::List(_) if value.trim_start().starts_with('[') => serde_json::from_str(value)
            .map(FieldValue::List)
            .map_err(|error| format!("`{value}` is no JSON array of texts: {error}")),
        FieldValue::List(_) => {
            Ok(FieldValue::List(value.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()))
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let outcome = if path.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    outcome.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
    String::from_utf8(bytes).map_err(|_| Failure::Usage(format!("{} is not UTF-8 text", path.display())))
}

fn difference(id: &str, now: &Edit, edit: &Edit, json: bool, veil: Veil, out: &mut Out) -> Result<(), Failure> {
    let shown = |value: &FieldValue| match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::List(items) => items.join("\n"),
    };
    let before = |field: &str| now.iter().find(|(name, _)| name == field).map(|(_, value)| shown(value));
    let title = TITLE.iter().find_map(|name| before(name)).unwrap_or_default();
    if json {
        let fields = edit.iter().map(|(field, value)| FieldJson {
            field: field.clone(),
            before: before(field),
            after: Some(shown(value)),
        });
        return Ok(out.json(&ChangeJson { id: id.to_owned(), title, fields: fields.collect() })?);
    }
    out.line(&format!("{id}  {}", veil.text(&title)))?;
    for (field, value) in edit {
        out.line(&format!("  {field}"))?;
        side("-", before(field).as_deref(), veil, out)?;
        side("+", Some(&shown(value)), veil, out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_json_or_lines() {
        let list = FieldValue::List(vec![]);
        let of = |items: &[&str]| Ok(FieldValue::List(items.iter().map(ToString::to_string).collect()));
        assert_eq!(value_like(&list, r#"["a, b", "c"]"#), of(&["a, b", "c"]));
        assert_eq!(value_like(&list, "a, b\n\nc\n"), of(&["a, b", "c"]));
        assert_eq!(value_like(&list, ""), of(&[]));
        assert!(value_like(&list, "[1]").is_err());
        assert_eq!(value_like(&FieldValue::Text(String::new()), "[1]"), Ok(FieldValue::Text("[1]".into())));
    }
}
