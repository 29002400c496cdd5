//! Native records of memories: what each says, and what it takes to put it back where it stood.

use std::ops::Range;

use super::{
    graph::{Graph, Item, Line},
    line::{self, Said, Triple},
};
use crate::{
    memory::{Digest, Image, Record, Value},
    store::lines::Lines,
};

/// Lines or facts on each side of one that tell where it stood.
const REACH: usize = 32;
/// Lines of up to this many bytes are kept whole with each of their facts, so that they come back to the byte however
/// they were written.
const WHOLE: usize = 64 * 1024;

/// The record of a line that leaves with a memory.
const LINE: &str = "line";
/// The record of a fact in the list of its entity.
const FACT: &str = "fact";

fn text(name: &str, bytes: &[u8]) -> (String, Value) {
    (name.to_owned(), Value::Text(bytes.to_vec()))
}

fn number(name: &str, number: usize) -> (String, Value) {
    (name.to_owned(), Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn bytes<'r>(record: &'r Record, column: &str) -> &'r [u8] {
    match record.get(column) {
        Some(Value::Text(bytes) | Value::Blob(bytes)) => bytes,
        _ => &[],
    }
}

fn words(record: &Record, column: &str) -> String {
    String::from_utf8_lossy(bytes(record, column)).into_owned()
}

fn count(record: &Record, column: &str) -> usize {
    match record.get(column) {
        Some(Value::Integer(number)) => usize::try_from(*number).unwrap_or_default(),
        _ => 0,
    }
}

/// The record of a memory; `None` when it is not in the file.
pub(super) fn image(graph: &Graph, item: &Item) -> Option<Image> {
    let copies = graph.copies(item);
    if copies == 0 {
        return None;
    }
    let mut columns = match item {
        Item::Entity(name) => {
            let kind = graph.lines.iter().find_map(|line| line.entity(name)).map(|entity| entity.kind.as_str());
            vec![text("name", name.as_bytes()), text("type", kind.unwrap_or_default().as_bytes())]
        }
        Item::Observation(entity, words) => vec![text("entity", entity.as_bytes()), text("text", words.as_bytes())],
        Item::Relation(Triple { from, kind, to }) => {
            vec![text("from", from.as_bytes()), text("type", kind.as_bytes()), text("to", to.as_bytes())]
        }
        Item::Line(words) => vec![text("text", words)],
    };
    if !matches!(item, Item::Entity(_)) {
        columns.push(number("copies", copies));
    }
    let parents = if let Item::Observation(entity, words) = item {
        graph.facts(entity, words).into_iter().filter_map(|fact| fact_record(graph, entity, fact)).collect()
    } else {
        let mut places = graph.places(item);
        if let Item::Entity(name) = item {
            places.extend(graph.relations_of(name).into_iter().map(|at| at..at + 1));
            places.sort_unstable_by_key(|place| place.start);
        }
        places.iter().filter_map(|place| line_record(graph, place)).collect()
    };
    Some(Image { own: Record { table: item.kind().to_owned(), columns }, side: Vec::new(), parents })
}

/// The digest of a memory's record.
pub(super) fn digest(graph: &Graph, item: &Item) -> Option<Digest> {
    image(graph, item).map(|image| image.digest())
}

/// Where a memory stood, so far as those around it told, for those that are put back together: in which line, and
/// where in it.
pub(super) fn stood(image: &Image) -> Option<(usize, usize)> {
    let first = image.parents.first()?;
    Some((count(first, "first"), count(first, "place")))
}

/// What a record is of.
pub(super) fn item(image: &Image) -> Option<Item> {
    let own = &image.own;
    Some(match own.table.as_str() {
        "entity" => Item::Entity(words(own, "name")),
        "observation" => Item::Observation(words(own, "entity"), words(own, "text")),
        "relation" => {
            Item::Relation(Triple { from: words(own, "from"), kind: words(own, "type"), to: words(own, "to") })
        }
        "line" => Item::Line(bytes(own, "text").to_vec()),
        _ => return None,
    })
}

fn line_record(graph: &Graph, place: &Range<usize>) -> Option<Record> {
    let lines = graph.lines.get(place.clone())?;
    let first = lines.first()?;
    // Where it stood before this act began: what else left with it comes back, too.
    let (around, at) = match first.then {
        Some(then) => graph.then.around(then, REACH),
        None => graph.numbers().around(place.start, REACH),
    };
    let before = place.start.checked_sub(1).and_then(|before| graph.lines.get(before));
    let texts: Vec<&[u8]> = lines.iter().map(|line| line.text.as_slice()).collect();
    let columns = vec![
        text("text", &texts.join(&b'\n')),
        text("end", lines.last().map_or(b"", |line| &line.end)),
        text("end before", before.map_or(b"", |line| &line.end)),
        number("ends", usize::from(graph.ends)),
        ("around".to_owned(), Value::Blob(around.to_bytes())),
        number("at", at),
        number("first", first.then.unwrap_or(place.start)),
    ];
    Some(Record { table: LINE.to_owned(), columns })
}

fn fact_record(graph: &Graph, entity: &str, (at, place): (usize, usize)) -> Option<Record> {
    let line = graph.lines.get(at)?;
    let known = line.entity(entity)?;
    let nth = graph.lines.iter().take(at).filter(|line| line.entity(entity).is_some()).count();
    let (around, among) = facts_of(known).around(place, REACH);
    let json = known.observations.get(place).and_then(|fact| line.text.get(fact.at.clone()))?;
    let was: &[u8] = if line.was.len() <= WHOLE { &line.was } else { b"" };
    let columns = vec![
        text("json", json),
        text("was", was),
        number("line", nth),
        ("around".to_owned(), Value::Blob(around.to_bytes())),
        number("at", among),
        number("first", line.then.unwrap_or(at)),
        number("place", place),
    ];
    Some(Record { table: FACT.to_owned(), columns })
}

fn facts_of(entity: &line::Entity) -> Lines {
    Lines::each(entity.observations.iter().map(|fact| fact.text.as_bytes()))
}

/// Makes a memory what a record says. `now` is what it is at present.
///
/// # Errors
/// Why that cannot be done, and the next step.
pub(super) fn put(graph: &mut Graph, now: Option<&Item>, image: &Image) -> Result<(), String> {
    let own = &image.own;
    match (now, own.table.as_str()) {
        (Some(now @ Item::Entity(_)), "entity") => {
            let kind = image.parents.iter().find_map(|record| {
                let line = bytes(record, "text");
                let said = line::read(line);
                matches!(said, Said::Entity(_)).then(|| line::kind_of(line, &said).map(<[u8]>::to_vec)).flatten()
            });
            let kind = kind.unwrap_or_else(|| line::json(&words(own, "type")));
            for place in graph.places(now) {
                set_kind(graph, &place, &kind);
            }
        }
        (_, "observation") => return put_facts(graph, now, image),
        (now, _) => {
            let places = now.map(|now| graph.places(now)).unwrap_or_default();
            let wanted: Vec<&Record> = image.parents.iter().filter(|record| record.table == LINE).collect();
            graph.take_lines(places.get(wanted.len()..).unwrap_or_default());
            for (place, record) in places.iter().zip(&wanted).rev() {
                replace(graph, place, record);
            }
            for record in wanted.iter().skip(places.len()) {
                // Relations that leave with an entity may have been made again meanwhile.
                let is_side = own.table == "entity" && is_there_as_relation(graph, bytes(record, "text"));
                if !is_side {
                    insert(graph, record);
                }
            }
        }
    }
    Ok(())
}

/// Gives the lines of an entity or a relation another type, as JSON.
pub(super) fn set_kind(graph: &mut Graph, place: &Range<usize>, kind: &[u8]) {
    for line in graph.lines.get_mut(place.clone()).unwrap_or_default() {
        let text = line::with_kind(&line.text, &line.said, kind);
        line.set(text);
    }
}

fn is_there_as_relation(graph: &Graph, text: &[u8]) -> bool {
    let said = line::read(text);
    // The same line twice is two relations of one name, and both come back.
    matches!(&said, Said::Relation(one) if graph.lines.iter().any(|line| {
        line.then.is_some() && matches!(&line.said, Said::Relation(other) if other.triple == one.triple)
    }))
}

fn replace(graph: &mut Graph, place: &Range<usize>, record: &Record) {
    let then = graph.lines.get(place.start).and_then(|line| line.then);
    let end = graph.lines.get(place.clone()).and_then(<[Line]>::last).map(|line| line.end.clone());
    if place.end <= graph.lines.len() {
        let line = Line::new(bytes(record, "text").to_vec(), end.unwrap_or_default(), then);
        graph.lines.splice(place.clone(), [line]);
    }
}

fn insert(graph: &mut Graph, record: &Record) {
    let around = Lines::from_bytes(bytes(record, "around"));
    let (text, end) = (bytes(record, "text"), bytes(record, "end"));
    if graph.lines.is_empty() {
        graph.ends = count(record, "ends") == 1;
    }
    let length = text.split(|byte| *byte == b'\n').count();
    let at = around.place_in(&graph.numbers(), count(record, "at"), length).min(graph.lines.len());
    if let Some(before) = at.checked_sub(1).and_then(|before| graph.lines.get_mut(before))
        && before.end.is_empty()
    {
        before.end = bytes(record, "end before").to_vec();
    }
    graph.lines.insert(at, Line::new(text.to_vec(), end.to_vec(), None));
}

fn put_facts(graph: &mut Graph, now: Option<&Item>, image: &Image) -> Result<(), String> {
    let entity = words(&image.own, "entity");
    let wanted: Vec<&Record> = image.parents.iter().filter(|record| record.table == FACT).collect();
    let places = match now {
        Some(Item::Observation(entity, text)) => graph.facts(entity, text),
        _ => Vec::new(),
    };
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
    for record in wanted.iter().skip(places.len()) {
        let lines: Vec<usize> = graph
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.entity(&entity).is_some())
            .map(|(at, _)| at)
            .collect();
        let at = lines.get(count(record, "line")).or(lines.last()).copied();
        let Some((at, line)) = at.and_then(|at| Some((at, graph.lines.get_mut(at)?))) else {
            return Err(format!("its entity {entity} is gone; bring that back first"));
        };
        if let Said::Entity(known) = &line.said {
            let around = Lines::from_bytes(bytes(record, "around"));
            let place = around.place_in(&facts_of(known), count(record, "at"), 1);
            let text = known.with(&line.text, place, bytes(record, "json"));
            line.set(text);
            touched.push((at, *record));
        }
    }
    for (at, record) in touched {
        as_it_was(graph, at, bytes(record, "was"));
    }
    Ok(())
}

/// A line that says again what it said is written as it was written then.
fn as_it_was(graph: &mut Graph, at: usize, was: &[u8]) {
    let Some(line) = graph.lines.get_mut(at).filter(|line| !was.is_empty() && line.text != was) else { return };
    let value = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
    if value(was).is_some_and(|then| value(&line.text) == Some(then)) {
        line.set(was.to_vec());
    }
}
