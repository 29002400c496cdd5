//! Putting memories back: lines among lines, facts among facts.

use std::{collections::HashSet, ops::Range};

use super::{
    graph::{Graph, Item, Line},
    line::{self, Said},
    record::{FACT, LINE, bytes, count, facts_of, stood_at, words},
};
use crate::{
    memory::{Image, Record},
    store::lines::Lines,
};

fn records<'i>(image: &'i Image, table: &str) -> Vec<&'i Record> {
    image.parents.iter().filter(|record| record.table == table).collect()
}

/// Makes a memory that is in the file what a record says.
pub(super) fn put(graph: &mut Graph, now: &Item, image: &Image) {
    match now {
        Item::Entity(_) => {
            // Only what makes the record: facts and relations are memories of their own.
            let kind = image.parents.iter().find_map(|record| {
                let line = bytes(record, "text");
                let said = line::read(line);
                matches!(said, Said::Entity(_)).then(|| line::kind_of(line, &said).map(<[u8]>::to_vec)).flatten()
            });
            let kind = kind.unwrap_or_else(|| line::json(&words(&image.own, "type")));
            graph.places(now).iter().for_each(|place| set_kind(graph, place, &kind));
        }
        Item::Observation(entity, text) => {
            let (wanted, places) = (records(image, FACT), graph.facts(entity, text));
            let mut touched = Vec::new();
            for ((at, place), record) in places.iter().zip(&wanted).rev() {
                if let Some(line) = graph.lines.get_mut(*at)
                    && let Said::Entity(entity) = &line.said
                    && let Some(fact) = entity.observations.get(*place)
                {
                    let text = line::replaced(&line.text, &fact.at, bytes(record, "json"));
                    line.set(text);
                    touched.push((*at, *record));
                }
            }
            places.iter().skip(wanted.len()).rev().for_each(|fact| graph.take_fact(*fact));
            for (at, record) in touched {
                as_it_was(graph, at, record);
            }
            wanted.iter().skip(places.len()).for_each(|record| insert_fact(graph, entity, record));
        }
        Item::Relation(_) | Item::Line(_) => {
            let (wanted, places) = (records(image, LINE), graph.places(now));
            graph.take_lines(places.get(wanted.len()..).unwrap_or_default());
            for (place, record) in places.iter().zip(&wanted).rev() {
                replace(graph, place, record);
            }
            wanted.iter().skip(places.len()).for_each(|record| insert(graph, record));
        }
    }
}

/// Puts memories back that are not in the file, those that left it together in the order in which they stood: then
/// everything before each of them is there. Facts come last, into their entities.
pub(super) fn restore(graph: &mut Graph, images: &[Image]) {
    let there: HashSet<Item> = graph.items().into_iter().map(|(item, _)| item).collect();
    let mut lines: Vec<&Record> = Vec::new();
    for image in images {
        let is_entity = image.own.table == "entity";
        // Relations that left with an entity may have been made again meanwhile.
        let is_there = |record: &&Record| match line::read(bytes(record, "text")) {
            Said::Relation(relation) => is_entity && there.contains(&Item::Relation(relation.triple)),
            _ => false,
        };
        lines.extend(records(image, LINE).into_iter().filter(|record| !is_there(record)));
    }
    lines.sort_by_key(|record| stood_at(record));
    for record in lines {
        insert(graph, record);
    }
    let of_entity = |image: &Image| words(&image.own, "entity");
    let mut facts: Vec<(String, &Record)> = images
        .iter()
        .flat_map(|image| records(image, FACT).into_iter().map(|record| (of_entity(image), record)))
        .collect();
    facts.sort_by_key(|(_, record)| stood_at(record));
    for (entity, record) in facts {
        insert_fact(graph, &entity, record);
    }
}

/// Gives the lines of an entity or a relation another type, as JSON.
pub(super) fn set_kind(graph: &mut Graph, place: &Range<usize>, kind: &[u8]) {
    for line in graph.lines.get_mut(place.clone()).unwrap_or_default() {
        let text = line::with_kind(&line.text, &line.said, kind);
        line.set(text);
    }
}

fn replace(graph: &mut Graph, place: &Range<usize>, record: &Record) {
    let then = graph.lines.get(place.start).and_then(|line| line.then);
    let end = graph.lines.get(place.clone()).and_then(<[Line]>::last).map(|line| line.end.clone());
    if place.end <= graph.lines.len() {
        let line = Line::new(bytes(record, "text").to_vec(), end.unwrap_or_default(), then);
        graph.lines.splice(place.clone(), [line]);
    }
}

/// Where what a record is of belongs among lines or facts.
fn place(record: &Record, now: &Lines) -> usize {
    let around = Lines::from_bytes(bytes(record, "around"));
    around.place_among(now, count(record, "at"), count(record, "more") == 1)
}

fn insert(graph: &mut Graph, record: &Record) {
    let (text, end) = (bytes(record, "text"), bytes(record, "end"));
    if graph.lines.is_empty() {
        graph.ends = count(record, "ends") == 1;
    }
    let at = place(record, &graph.numbers()).min(graph.lines.len());
    if let Some(before) = at.checked_sub(1).and_then(|before| graph.lines.get_mut(before))
        && before.end.is_empty()
    {
        before.end = bytes(record, "end before").to_vec();
    }
    if at == graph.lines.len() && end.is_empty() {
        graph.ends = false;
    }
    graph.lines.insert(at, Line::new(text.to_vec(), end.to_vec(), None));
}

fn insert_fact(graph: &mut Graph, entity: &str, record: &Record) {
    let lines = graph.lines.iter().enumerate().filter(|(_, line)| line.entity(entity).is_some());
    let lines: Vec<usize> = lines.map(|(at, _)| at).collect();
    let at = lines.get(count(record, "line")).or(lines.last()).copied();
    if let Some((at, line)) = at.and_then(|at| Some((at, graph.lines.get_mut(at)?)))
        && let Said::Entity(known) = &line.said
    {
        let place = place(record, &facts_of(known));
        let text = known.with(&line.text, place, bytes(record, "json"));
        line.set(text);
        as_it_was(graph, at, record);
    }
}

/// A line that says again what it said is written as it was written then.
fn as_it_was(graph: &mut Graph, at: usize, record: &Record) {
    let was = bytes(record, "was");
    let Some(line) = graph.lines.get_mut(at).filter(|line| !was.is_empty() && line.text != was) else { return };
    let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
    if value(was).is_some_and(|then| value(&line.text) == Some(then)) {
        line.set(was.to_vec());
    }
}
