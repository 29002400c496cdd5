//! Native records of memories: what each says, and what it takes to put it back where it stood.

use std::ops::Range;

use super::{
    graph::{Graph, Item},
    line::{self, Triple},
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
pub(super) const LINE: &str = "line";
/// The record of a fact in the list of its entity.
pub(super) const FACT: &str = "fact";

fn text(name: &str, bytes: &[u8]) -> (String, Value) {
    (name.to_owned(), Value::Text(bytes.to_vec()))
}

fn number(name: &str, number: usize) -> (String, Value) {
    (name.to_owned(), Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// A column as bytes; none when there is no such column.
pub(super) fn bytes<'r>(record: &'r Record, column: &str) -> &'r [u8] {
    match record.get(column) {
        Some(Value::Text(bytes) | Value::Blob(bytes)) => bytes,
        _ => &[],
    }
}

/// A column as text.
pub(super) fn words(record: &Record, column: &str) -> String {
    String::from_utf8_lossy(bytes(record, column)).into_owned()
}

/// A column as a number.
pub(super) fn count(record: &Record, column: &str) -> usize {
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

/// Where a line or a fact stood before the act in which it left: in which line, and where in it.
pub(super) fn stood_at(record: &Record) -> (usize, usize) {
    (count(record, "first"), count(record, "place"))
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
    let (around, at, more) = match first.then {
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
        number("more", usize::from(more)),
        number("first", first.then.unwrap_or(place.start)),
    ];
    Some(Record { table: LINE.to_owned(), columns })
}

fn fact_record(graph: &Graph, entity: &str, (at, place): (usize, usize)) -> Option<Record> {
    let line = graph.lines.get(at)?;
    let known = line.entity(entity)?;
    let nth = graph.lines.iter().take(at).filter(|line| line.entity(entity).is_some()).count();
    let (around, among, more) = facts_of(known).around(place, REACH);
    let json = known.observations.get(place).and_then(|fact| line.text.get(fact.at.clone()))?;
    let was: &[u8] = if line.was.len() <= WHOLE { &line.was } else { b"" };
    let columns = vec![
        text("json", json),
        text("was", was),
        number("line", nth),
        ("around".to_owned(), Value::Blob(around.to_bytes())),
        number("at", among),
        number("more", usize::from(more)),
        number("first", line.then.unwrap_or(at)),
        number("place", place),
    ];
    Some(Record { table: FACT.to_owned(), columns })
}

/// The facts of an entity, to tell where one stands among them.
pub(super) fn facts_of(entity: &line::Entity) -> Lines {
    Lines::each(entity.observations.iter().map(|fact| fact.text.as_bytes()))
}
