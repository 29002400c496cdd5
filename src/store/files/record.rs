//! Native records of memories in files: the piece, the line of the index that leads to it, and what it takes to put
//! both back where they were.

use sha2::{Digest as _, Sha256};

use super::{
    bench::Draft,
    entry,
    pieces::{Form, Piece, Split},
};
use crate::memory::{Image, Record, Value, Version};

/// The record of what stands around a piece in its file.
const FILE: &str = "file";
/// The same for the line in the index.
const INDEX_FILE: &str = "index file";
/// The record of the line in the index.
const LINE: &str = "index";

/// What stands around a piece: not part of the memory, so that other pieces can change.
pub(super) struct Around {
    /// The names of all pieces, in their order.
    pub(super) order: Vec<String>,
    pub(super) head: Vec<u8>,
    pub(super) mode: Option<u32>,
    /// When the file was written, in nanoseconds since 1970.
    pub(super) modified: Option<i128>,
    /// SHA-256 of the file.
    pub(super) sum: Vec<u8>,
}

/// The record of a memory: a piece of a file, and the piece of an index that leads to it.
pub(super) fn image(file: &Draft, at: usize, index: Option<(&Draft, usize)>) -> Option<Image> {
    let piece = file.split.pieces.get(at)?;
    let form = if piece.link.is_some() {
        "pointer"
    } else if file.source.form == Form::Whole {
        "note"
    } else {
        "section"
    };
    let own = Record {
        table: form.to_owned(),
        columns: vec![
            text("title", entry::title_of(&file.source, piece).into_bytes()),
            text("heading", piece.heading.clone()),
            text("text", piece.text.clone()),
        ],
    };
    let (mut side, mut parents) = (Vec::new(), vec![around(FILE, file)]);
    if let Some((index, at)) = index {
        let line = index.split.pieces.get(at)?;
        side.push(Record { table: LINE.to_owned(), columns: vec![text("line", line.text.clone())] });
        parents.push(around(INDEX_FILE, index));
    }
    Some(Image { own, side, parents })
}

fn text(name: &str, bytes: Vec<u8>) -> (String, Value) {
    (name.to_owned(), Value::Text(bytes))
}

fn around(table: &str, file: &Draft) -> Record {
    let order: Vec<&str> = file.split.pieces.iter().map(|piece| piece.key.as_str()).collect();
    let found = file.found.as_ref();
    let mode = found.map_or(Value::Null, |found| Value::Integer(found.mode.into()));
    let modified = found.and_then(|found| i64::try_from(found.look.modified).ok()).map_or(Value::Null, Value::Integer);
    let columns = vec![
        // No name of a piece holds a line feed.
        text("order", order.join("\n").into_bytes()),
        text("head", file.split.head.clone()),
        ("mode".to_owned(), mode),
        ("modified".to_owned(), modified),
        ("sum".to_owned(), Value::Blob(sum(&found.map(|found| found.bytes.clone()).unwrap_or_default()))),
    ];
    Record { table: table.to_owned(), columns }
}

/// SHA-256 of a file.
pub(super) fn sum(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn bytes<'r>(record: &'r Record, column: &str) -> &'r [u8] {
    match record.get(column) {
        Some(Value::Text(bytes) | Value::Blob(bytes)) => bytes,
        _ => &[],
    }
}

/// The heading and the text of a memory.
pub(super) fn own(image: &Image) -> (&[u8], &[u8]) {
    (bytes(&image.own, "heading"), bytes(&image.own, "text"))
}

/// What a memory says, in a number: the same as in lists.
pub(super) fn version(image: &Image) -> Version {
    let (heading, text) = own(image);
    entry::version_of(heading, text)
}

/// The line of the index that leads to a memory.
pub(super) fn line(image: &Image) -> Option<&[u8]> {
    image.side.iter().find(|record| record.table == LINE).map(|record| bytes(record, "line"))
}

/// The same memory with another text.
pub(super) fn with_text(image: &Image, title: String, words: Vec<u8>) -> Image {
    let mut image = image.clone();
    for (name, value) in &mut image.own.columns {
        match name.as_str() {
            "title" => *value = Value::Text(title.clone().into_bytes()),
            "text" => *value = Value::Text(words.clone()),
            _ => {}
        }
    }
    image
}

/// The same memory with another line in the index.
pub(super) fn with_line(image: &Image, words: Vec<u8>) -> Image {
    let mut image = image.clone();
    for record in image.side.iter_mut().filter(|record| record.table == LINE) {
        record.columns = vec![text("line", words.clone())];
    }
    image
}

/// Whether a memory is a whole file.
pub(super) fn is_whole(image: &Image) -> bool {
    image.own.table == "note"
}

/// What stood around the piece of a memory, or around its line in the index.
pub(super) fn surroundings(image: &Image, of_index: bool) -> Option<Around> {
    let table = if of_index { INDEX_FILE } else { FILE };
    let record = image.parents.iter().find(|record| record.table == table)?;
    let number = |column: &str| match record.get(column) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    };
    Some(Around {
        order: String::from_utf8_lossy(bytes(record, "order")).split('\n').map(str::to_owned).collect(),
        head: bytes(record, "head").to_vec(),
        mode: number("mode").and_then(|mode| u32::try_from(mode).ok()),
        modified: number("modified").map(i128::from),
        sum: bytes(record, "sum").to_vec(),
    })
}

/// Where a piece of that name belongs among those that are there: beside the nearest of the neighbours that it had.
pub(super) fn place_of(split: &Split, key: &str, order: &[String]) -> usize {
    let end = split.pieces.len();
    let Some(own) = order.iter().position(|name| name == key) else { return end };
    let before = order.iter().take(own).rev().enumerate().find_map(|(far, name)| Some((far, split.find(name)? + 1)));
    let after = order.iter().skip(own + 1).enumerate().find_map(|(far, name)| Some((far, split.find(name)?)));
    // The ends of the file are neighbours, too.
    let before = before.unwrap_or((own, 0));
    let after = after.unwrap_or((order.len().saturating_sub(own + 1), end));
    if before.0 <= after.0 { before.1 } else { after.1 }
}

/// Puts a piece where it belongs, and makes sure that lines stay apart.
pub(super) fn insert(split: &mut Split, piece: Piece, order: &[String]) {
    let ends_open = |piece: &Piece| piece.bytes().last().is_some_and(|byte| byte != b'\n');
    let mut at = place_of(split, &piece.key, order);
    if ends_open(&piece) {
        // Without the end of its last line nothing can follow it.
        at = split.pieces.len();
    }
    if let Some(before) = at.checked_sub(1).and_then(|at| split.pieces.get_mut(at)).filter(|before| ends_open(before)) {
        before.text.push(b'\n');
    }
    split.pieces.insert(at, piece);
}
