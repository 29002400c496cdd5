//! Native records of memories in files: the piece, the line of the index that leads to it, and what it takes to put
//! both back where they were.

use sha2::{Digest as _, Sha256};

use super::{
    bench::Draft,
    entry,
    pieces::{self, Form},
};
use crate::{
    memory::{Image, Record, Value, Version},
    store::lines::{self, Lines},
};

/// The record of what stands around a piece in its file.
const FILE: &str = "file";
/// The same for the line in the index.
const INDEX_FILE: &str = "index file";
/// The record of the line in the index.
const LINE: &str = "index";

/// What stands around a piece: not part of the memory, so that other pieces can change.
pub(super) struct Around {
    /// All lines of the file.
    pub(super) lines: Lines,
    /// At which of them each piece began.
    pub(super) at: Vec<usize>,
    pub(super) head: Vec<u8>,
    pub(super) mode: Option<u32>,
    /// When the file was written, in nanoseconds since 1970.
    pub(super) modified: Option<i128>,
    /// SHA-256 of the file.
    pub(super) sum: Vec<u8>,
}

/// The record of a memory: a piece of a file, and the pieces of an index that lead to it.
pub(super) fn image(file: &Draft, at: usize, index: Option<(&Draft, Vec<usize>)>) -> Option<Image> {
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
    let (mut side, mut parents) = (Vec::new(), vec![around(FILE, file, &[at])]);
    if let Some((index, places)) = index.filter(|(_, places)| !places.is_empty()) {
        for piece in places.iter().filter_map(|at| index.split.pieces.get(*at)) {
            side.push(Record { table: LINE.to_owned(), columns: vec![text("line", piece.text.clone())] });
        }
        parents.push(around(INDEX_FILE, index, &places));
    }
    Some(Image { own, side, parents })
}

/// The record of a new file that is one memory, with its permission bits where they are known.
pub(super) fn of_file(title: &str, bytes: &[u8], mode: Value) -> Image {
    let columns =
        vec![text("title", title.as_bytes().to_vec()), text("heading", Vec::new()), text("text", bytes.to_vec())];
    let own = Record { table: "note".to_owned(), columns };
    let around = Record { table: FILE.to_owned(), columns: vec![("mode".to_owned(), mode)] };
    Image { own, side: Vec::new(), parents: vec![around] }
}

/// The record of a new section, with the permission bits of its file should that be new, too.
pub(super) fn of_section(title: &str, heading: &[u8], words: &[u8], mode: Value) -> Image {
    let columns =
        vec![text("title", title.as_bytes().to_vec()), text("heading", heading.to_vec()), text("text", words.to_vec())];
    let own = Record { table: "section".to_owned(), columns };
    let around = Record { table: FILE.to_owned(), columns: vec![("mode".to_owned(), mode)] };
    Image { own, side: Vec::new(), parents: vec![around] }
}

fn text(name: &str, bytes: Vec<u8>) -> (String, Value) {
    (name.to_owned(), Value::Text(bytes))
}

fn around(table: &str, file: &Draft, pieces: &[usize]) -> Record {
    let found = file.found.as_ref();
    let mode = found.map_or(Value::Null, |found| Value::Integer(found.mode.into()));
    let modified = found.and_then(|found| i64::try_from(found.look.modified).ok()).map_or(Value::Null, Value::Integer);
    let at: Vec<String> = pieces.iter().map(|piece| file.line_of(*piece).to_string()).collect();
    let columns = vec![
        ("lines".to_owned(), Value::Blob(file.lines.to_bytes())),
        ("at".to_owned(), Value::Text(at.join(" ").into_bytes())),
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

/// The lines of the index that lead to a memory.
pub(super) fn lines(image: &Image) -> Vec<Vec<u8>> {
    let lines = image.side.iter().filter(|record| record.table == LINE);
    lines.map(|record| bytes(record, "line").to_vec()).collect()
}

/// The same memory with another text.
pub(super) fn with_text(image: &Image, title: &str, words: &[u8]) -> Image {
    let mut image = image.clone();
    for (name, value) in &mut image.own.columns {
        match name.as_str() {
            "title" => *value = Value::Text(title.as_bytes().to_vec()),
            "text" => *value = Value::Text(words.to_vec()),
            _ => {}
        }
    }
    image
}

/// The same memory with other lines in the index.
pub(super) fn with_lines(mut image: Image, words: impl Iterator<Item = Vec<u8>>) -> Image {
    for (record, words) in image.side.iter_mut().filter(|record| record.table == LINE).zip(words) {
        record.columns = vec![text("line", words)];
    }
    image
}

/// The same memory with one more line in the index.
pub(super) fn with_new_line(mut image: Image, words: Vec<u8>) -> Image {
    image.side.push(Record { table: LINE.to_owned(), columns: vec![text("line", words)] });
    image
}

/// Whether a memory is a whole file.
pub(super) fn is_whole(image: &Image) -> bool {
    image.own.table == "note"
}

/// Whether a memory is one that never was in a file: nobody knows what stood around it.
pub(super) fn is_new(image: &Image) -> bool {
    surroundings(image, false).is_none_or(|around| around.at.is_empty())
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
        lines: Lines::from_bytes(bytes(record, "lines")),
        at: String::from_utf8_lossy(bytes(record, "at")).split(' ').filter_map(|at| at.parse().ok()).collect(),
        head: bytes(record, "head").to_vec(),
        mode: number("mode").and_then(|mode| u32::try_from(mode).ok()),
        modified: number("modified").map(i128::from),
        sum: bytes(record, "sum").to_vec(),
    })
}

/// Puts a piece, the `nth` of those that are known to have been around, where it belongs; lines stay apart.
pub(super) fn insert(draft: &mut Draft, piece: &[u8], around: Option<&Around>, nth: usize) {
    let form = draft.source.form;
    let mut file = draft.split.join();
    let then = around.and_then(|around| Some((&around.lines, *around.at.get(nth)?)));
    let length = lines::count(piece.iter().copied()).max(1);
    let line = then.map(|(lines, at)| lines.place_in(&Lines::of(&file), at, length));
    let top = draft.split.head.len();
    let mut at = line.map_or(file.len(), |line| lines::offset(&file, line)).max(top);
    if form == Form::Sections || piece.starts_with(b"#") {
        // The section before it may have become another one: nothing is put into the middle of it.
        at = draft.split.ends().find(|end| *end >= at).unwrap_or(at);
    }
    if form != Form::Whole && !piece.ends_with(b"\n") {
        // Without the end of its last line nothing can follow it.
        at = file.len();
    }
    let is_open = file.get(top..at).and_then(<[u8]>::last).is_some_and(|byte| *byte != b'\n');
    let gap: &[u8] = if is_open && form != Form::Whole { b"\n" } else { b"" };
    file.splice(at..at, gap.iter().chain(piece).copied());
    draft.split = pieces::split(&file, form);
}

/// Puts a section behind everything else.
pub(super) fn append(draft: &mut Draft, piece: &[u8]) {
    let mut file = draft.split.join();
    let is_open = file.last().is_some_and(|byte| *byte != b'\n');
    file.extend(is_open.then_some(b'\n').into_iter().chain(piece.iter().copied()));
    draft.split = pieces::split(&file, draft.source.form);
}

/// Puts a line into an index behind the last one that leads somewhere, or at its end. No other line becomes another one
/// by that, so that taking it out leaves the file as it was.
pub(super) fn append_line(draft: &mut Draft, line: &[u8]) {
    let ends: Vec<usize> = draft.split.ends().collect();
    let links = draft.split.pieces.iter().enumerate().filter(|(_, piece)| piece.link.is_some());
    let at = match links.max_by_key(|(at, _)| *at) {
        Some((at, piece)) if piece.text.ends_with(b"\n") => ends.get(at + 1),
        Some((at, _)) => ends.get(at),
        None => ends.last(),
    };
    let mut file = draft.split.join();
    let at = at.copied().unwrap_or(file.len());
    let is_open = at > 0 && file.get(at - 1).is_some_and(|byte| *byte != b'\n');
    file.splice(at..at, is_open.then_some(b'\n').into_iter().chain(line.iter().copied()));
    draft.split = pieces::split(&file, draft.source.form);
}
