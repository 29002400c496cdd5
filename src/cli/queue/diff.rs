//! `memtui queue diff`: somebody else's dream as proposals, from the memories before and after it.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::{
    args::Diff,
    import::hand_in,
    sets::{Delta, Item, between, read},
};
use crate::{
    change::{
        Edit, FieldValue, Label,
        form::{Complaint, Form, StepForm, Verb},
    },
    cli::{
        columns::memories,
        edit::BODY,
        fail::{Done, Failure, say},
        open::Session,
        out::Out,
    },
    memory::{Key, Version},
};

pub(super) fn run(session: &mut Session, args: &Diff, out: &mut Out) -> Result<Done, Failure> {
    let set = |path| read(path).map_err(|problem| Failure::Usage(problem.to_string()));
    let deltas = between(set(&args.base)?, set(&args.proposed)?);
    let name = args.proposed.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if deltas.is_empty() {
        return Err(Failure::Refused("both say the same".to_owned()));
    }
    let places = find_all(session, &deltas, args.store.as_deref())?;
    let mut teller = Teller { session, store: args.store.clone(), name: &name, places, moved: 0 };
    let mut forms = Vec::with_capacity(deltas.len());
    for delta in deltas {
        forms.extend(teller.form(delta)?);
    }
    let moved = teller.moved;
    if moved > 0 {
        say(&format!("{} only moved: they say the same in another place, and nothing is proposed", memories(moved)));
    }
    if args.dry_run {
        for form in &forms {
            match form {
                Ok(form) => out.json(form)?,
                Err(complaint) => say(&complaint.to_string()),
            }
        }
        return Ok(if forms.iter().all(Result::is_ok) { Done::Well } else { Done::Nothing });
    }
    let author = args.author.clone().unwrap_or_else(|| format!("diff:{name}"));
    hand_in(session, forms, &|_| author.clone(), &name, (false, args.json), out)
}

/// Where the memories of the first set are in the open stores: by id, by the text that they have, or by their path.
fn find_all(session: &mut Session, deltas: &[Delta], store: Option<&str>) -> Result<HashMap<String, Key>, Failure> {
    let olds = deltas.iter().filter_map(|delta| match delta {
        Delta::Removed(old) | Delta::Changed(old, _) | Delta::Moved(old, _) => Some(old),
        Delta::Added(_) => None,
    });
    let mut places = HashMap::new();
    let mut sought = Vec::new();
    for old in olds {
        let found =
            old.id.as_ref().and_then(|id| id.parse().ok()).map(|id| session.place_of(&id)).transpose()?.flatten();
        match found {
            Some(key) => {
                places.insert(old.name.clone(), key);
            }
            None => sought.push((old.name.clone(), old.body.clone())),
        }
    }
    if !sought.is_empty() {
        places.extend(session.look_for(&sought, store)?);
    }
    Ok(places)
}

/// Tells what lies between the sets as proposals.
struct Teller<'a> {
    session: &'a mut Session,
    store: Option<String>,
    /// What the second set is called.
    name: &'a str,
    places: HashMap<String, Key>,
    moved: usize,
}

impl Teller<'_> {
    fn form(&mut self, delta: Delta) -> Result<Option<Result<Form, Complaint>>, Failure> {
        let name = self.name;
        Ok(match delta {
            Delta::Added(new) => {
                let reason = format!("{name} has a memory more: {}", new.name);
                Some(Ok(form(Label::Add, reason, "added", self.add(&new))))
            }
            Delta::Removed(old) => Some(match self.places.get(&old.name) {
                Some(key) => {
                    let id = self.session.name(*key)?;
                    let step = StepForm { base: old.version, ..StepForm::new(Verb::Delete, id) };
                    Ok(form(Label::Prune, format!("{name} has {} no longer", old.name), "removed", step))
                }
                None => Err(unknown(&old)),
            }),
            Delta::Changed(old, new) => self.edit(&old, &new, "changed")?,
            Delta::Moved(old, new) => {
                let told = self.edit(&old, &new, "moved")?.filter(Result::is_ok);
                self.moved += usize::from(told.is_none());
                told
            }
        })
    }

    fn edit(&mut self, old: &Item, new: &Item, cluster: &str) -> Result<Option<Result<Form, Complaint>>, Failure> {
        let Some(key) = self.places.get(&old.name).copied() else { return Ok(Some(Err(unknown(old)))) };
        let id = self.session.name(key)?;
        let now = self.session.editable(key)?.1;
        let (mut was, mut set) = (Map::new(), Map::new());
        for (field, present) in &now {
            let (before, after) = (value(old, field, present, &now), value(new, field, present, &now));
            if let Some(after) = after.filter(|after| before.as_ref() != Some(after)) {
                was.extend(before.map(|before| (field.clone(), json(&before))));
                set.insert(field.clone(), json(&after));
            }
        }
        if set.is_empty() {
            return Ok(None);
        }
        // Where the memory no longer says what it said before the dream, both changes are merged.
        let same = now.iter().all(|(field, value)| was.get(field).is_none_or(|was| *was == json(value)));
        let base = old.version.or((!same).then_some(Version::default()));
        let step = StepForm { base, was, set, ..StepForm::new(Verb::Edit, id) };
        let label = if cluster == "moved" { Label::Rescope } else { Label::Edit };
        let reason = format!("{} says something else in {}", old.name, self.name);
        Ok(Some(Ok(form(label, reason, cluster, step))))
    }

    fn add(&self, new: &Item) -> StepForm {
        let text = |text: &str| Json::from(text);
        let mut set = Map::new();
        if new.columns.is_empty() {
            set.insert("title".to_owned(), text(&new.title));
            set.insert("body".to_owned(), text(&whole(new)));
            let kind = new.fields.iter().find(|(name, _)| name == "type" || name == "kind");
            set.extend(kind.map(|(_, value)| ("kind".to_owned(), json(value))));
        } else {
            let kept = new.columns.iter().filter(|(name, value)| !value.is_null() && name.as_str() != "id");
            set.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        }
        StepForm { id: None, store: self.store.clone(), set, ..StepForm::new(Verb::Add, "") }
    }
}

fn form(label: Label, reason: String, cluster: &str, step: StepForm) -> Form {
    let (evidence, cluster, steps) = (Vec::new(), cluster.to_owned(), vec![step]);
    Form { label, reason, evidence, author: None, confidence: None, cluster, steps }
}

fn unknown(old: &Item) -> Complaint {
    Complaint::of(old.name.clone(), "no open store has this memory; open the store it came from with --store")
}

/// What an item says in a field that a memory has now, in the field's shape.
fn value(item: &Item, field: &str, present: &FieldValue, now: &Edit) -> Option<FieldValue> {
    let given = item.fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone());
    let given = given.or_else(|| {
        let running = BODY.iter().find(|name| now.iter().any(|(known, _)| known == *name));
        (!item.body.is_empty() && running == Some(&field)).then(|| FieldValue::Text(item.body.clone()))
    })?;
    Some(match (present, given) {
        (FieldValue::Text(present), FieldValue::Text(given)) => {
            // The file's last line end is no part of what was said.
            let end = if present.ends_with('\n') && !given.ends_with('\n') { "\n" } else { "" };
            FieldValue::Text(format!("{given}{end}"))
        }
        (FieldValue::List(_), FieldValue::Text(given)) => {
            FieldValue::List(given.lines().map(|line| line.strip_prefix("- ").unwrap_or(line).to_owned()).collect())
        }
        (FieldValue::Text(_), FieldValue::List(items)) => FieldValue::Text(items.join("\n")),
        (FieldValue::List(_), given) => given,
    })
}

/// All that an item says, as one text.
fn whole(item: &Item) -> String {
    if !item.body.is_empty() {
        return item.body.clone();
    }
    let said = item.fields.iter().filter(|(name, _)| !matches!(name.as_str(), "title" | "tags" | "concepts"));
    said.map(|(_, value)| crate::app::diff::shown(value)).collect::<Vec<_>>().join("\n\n")
}

fn json(value: &FieldValue) -> Json {
    match value {
        FieldValue::Text(text) => Json::from(text.as_str()),
        FieldValue::List(items) => Json::from(items.as_slice()),
    }
}
