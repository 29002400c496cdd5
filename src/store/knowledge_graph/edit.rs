//! What of a memory can be edited, and the file after an edit.

use super::{
    graph::{Graph, Item},
    line::{self, Said, Triple},
    put,
};
use crate::change::{Edit, FieldValue};

/// The fields of a memory with their values.
pub(super) fn fields(graph: &Graph, item: &Item) -> Edit {
    let field = |name: &str, value: &str| (name.to_owned(), FieldValue::Text(value.to_owned()));
    let mut fields = match item {
        Item::Entity(name) => {
            let kind = graph.lines.iter().find_map(|line| line.entity(name)).map(|entity| entity.kind.as_str());
            kind.map(|kind| field("type", kind)).into_iter().collect()
        }
        Item::Observation(_, text) => vec![field("text", text)],
        Item::Relation(triple) => vec![field("type", &triple.kind)],
        Item::Line(text) => vec![field("text", &String::from_utf8_lossy(text))],
    };
    let copies = graph.copies(item);
    if copies > 1 && !matches!(item, Item::Entity(_)) {
        fields.push(field("copies", &copies.to_string()));
    }
    fields
}

/// The file after an edit, and what the memory is then.
///
/// # Errors
/// Why the edit cannot be made, and the next step.
pub(super) fn after(graph: &Graph, item: &Item, edit: &Edit) -> Result<(Graph, Item), String> {
    let (mut graph, mut item) = (graph.clone(), item.clone());
    let known = fields(&graph, &item);
    for (field, value) in edit {
        let new = match value {
            FieldValue::Text(text) => text.clone(),
            FieldValue::List(items) => items.join("\n"),
        };
        match known.iter().find(|(name, _)| name == field) {
            None => {
                let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!("this memory has no field `{field}`; it has {}", names.join(", ")));
            }
            Some((_, FieldValue::Text(old))) if *old == new => {}
            Some(_) if new.trim().is_empty() => {
                return Err(format!("`{field}` cannot be empty; give it a text, or prune the memory"));
            }
            Some(_) if field == "copies" => leave(&mut graph, &item, &new)?,
            Some(_) => item = change(&mut graph, &item, &new)?,
        }
    }
    Ok((graph, item))
}

/// Takes out all but some of the copies.
fn leave(graph: &mut Graph, item: &Item, wanted: &str) -> Result<(), String> {
    let copies = graph.copies(item);
    let wanted = wanted.trim().parse().ok().filter(|wanted| (1..=copies).contains(wanted));
    let Some(wanted) = wanted else {
        return Err(format!("`copies` is a number from 1 to {copies}; prune the memory to leave none"));
    };
    if let Item::Observation(entity, text) = item {
        graph.facts(entity, text).into_iter().skip(wanted).rev().for_each(|fact| graph.take_fact(fact));
    }
    let places = graph.places(item);
    graph.take_lines(places.get(wanted..).unwrap_or_default());
    Ok(())
}

/// Gives a memory its one text; what it is then.
fn change(graph: &mut Graph, item: &Item, new: &str) -> Result<Item, String> {
    let after = match item {
        Item::Entity(_) => item.clone(),
        Item::Observation(entity, _) => Item::Observation(entity.clone(), new.to_owned()),
        Item::Relation(triple) => Item::Relation(Triple { kind: new.to_owned(), ..triple.clone() }),
        Item::Line(_) => Item::Line(new.trim_end_matches('\n').as_bytes().to_vec()),
    };
    if after != *item && graph.copies(&after) > 0 {
        return Err("the file says that already; prune this memory instead".to_owned());
    }
    match (item, &after) {
        (Item::Observation(entity, text), _) => {
            for (at, place) in graph.facts(entity, text).into_iter().rev() {
                if let Some(line) = graph.lines.get_mut(at)
                    && let Said::Entity(known) = &line.said
                    && let Some(fact) = known.observations.get(place)
                {
                    let text = line::replaced(&line.text, &fact.at, &line::json(new));
                    line.set(text);
                }
            }
        }
        (Item::Line(_), Item::Line(bytes)) => {
            for (at, part) in bytes.split(|byte| *byte == b'\n').enumerate() {
                if let Said::Unreadable(reason) = line::read(part) {
                    return Err(format!("line {} of it still cannot be read: {reason}", at + 1));
                }
            }
            for place in graph.places(item) {
                if let Some(line) = graph.lines.get_mut(place.start) {
                    line.set(bytes.clone());
                }
            }
        }
        _ => graph.places(item).iter().for_each(|place| put::set_kind(graph, place, &line::json(new))),
    }
    Ok(after)
}
