//! Text questions: the server looks through the columns, and what it finds is weighed here.

use std::{borrow::Cow, ops::ControlFlow};

use tokio_postgres::types::{ToSql, Type};

use super::{
    line::{Line, Parameter, Trouble},
    names::Names,
    rows::{Question, text},
    shape::Shape,
};
use crate::{
    memory::{Handle, Value},
    store::{
        Cancel, Needle, Result,
        sqlite::{full_text, table::quote},
        table::mapping,
        texts::{self, Page},
    },
};

/// How many of the newest matches are weighed.
const RANKED: usize = 20_000;

/// The text that a needle asks for.
const fn wanted(needle: &Needle) -> &String {
    let (Needle::Word(text, _) | Needle::Phrase(text) | Needle::Tag(text) | Needle::File(text) | Needle::Session(text)) =
        needle;
    text
}

/// The condition for a needle, its pattern being the parameter at a place; `None` when nothing can answer it.
fn condition(shape: &Shape, needle: &Needle, place: usize) -> Option<String> {
    let map = &shape.mapping;
    let columns: Vec<&String> = match needle {
        Needle::Word(..) | Needle::Phrase(_) => {
            [map.title.as_ref(), Some(&map.content), map.tags.as_ref()].into_iter().flatten().collect()
        }
        Needle::Tag(_) => map.tags.iter().collect(),
        Needle::File(_) => map.files.iter().collect(),
        Needle::Session(_) => map.session.iter().collect(),
    };
    let likes: Vec<String> = (columns.iter().filter_map(|name| shape.table.column(name)))
        .map(|column| format!("{} ILIKE ${place}", column.text()))
        .collect();
    let id = quote(&map.id);
    (!likes.is_empty() && !wanted(needle).is_empty())
        .then(|| format!("(t.{id} IS NOT NULL AND ({}))", likes.join(" OR ")))
}

/// The order of answers: the newest first.
pub(super) fn newest_first(shape: &Shape) -> String {
    let created = shape.mapping.created.as_ref().map(|name| format!("t.{} DESC NULLS LAST, ", quote(name)));
    format!("{}t.{} DESC", created.unwrap_or_default(), quote(&shape.mapping.id))
}

/// Visits the answers, newest first.
pub(super) fn search(
    line: &mut Line,
    shape: &Shape,
    names: &Names,
    needle: &Needle,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> std::result::Result<(), Trouble> {
    let Some(condition) = condition(shape, needle, 1) else { return Ok(()) };
    let question = Question::words(shape);
    let sql = format!("{} WHERE {condition} ORDER BY {}", question.sql, newest_first(shape));
    let pattern = full_text::containing(wanted(needle));
    let lower = wanted(needle).to_lowercase();
    line.walk(&sql, &[(&pattern, Type::TEXT)], &mut |rows| {
        rows.iter().all(|row| {
            let cells = question.cells(names, row);
            // The pattern also finds text that runs over the edge of two tags.
            let holds =
                |at: usize| mapping::list(&text(&cells, at)).iter().any(|item| item.to_lowercase().contains(&lower));
            let meant = match needle {
                Needle::Tag(_) => holds(TAGS),
                Needle::File(_) => holds(FILES),
                _ => true,
            };
            !meant || visit(question.handle(names, row)).is_continue()
        })
    })
}

/// Where the lists stand in a row of [`Question::words`].
const TAGS: usize = 3;
const FILES: usize = 4;

/// The best answers to all needles together.
pub(super) fn ranked(
    line: &mut Line,
    shape: &Shape,
    names: &Names,
    needles: &[Needle],
    cancel: &Cancel,
    limit: usize,
) -> std::result::Result<Result<Vec<Handle>>, Trouble> {
    let conditions: Option<Vec<String>> =
        (1..).zip(needles).map(|(place, needle)| condition(shape, needle, place)).collect();
    let Some(conditions) = conditions.filter(|conditions| !conditions.is_empty()) else { return Ok(Ok(Vec::new())) };
    let question = Question::words(shape);
    let sql =
        format!("{} WHERE {} ORDER BY {} LIMIT {RANKED}", question.sql, conditions.join(" AND "), newest_first(shape));
    let patterns: Vec<String> = needles.iter().map(|needle| full_text::containing(wanted(needle))).collect();
    let parameters: Vec<Parameter<'_>> =
        patterns.iter().map(|pattern| (pattern as &(dyn ToSql + Sync), Type::TEXT)).collect();
    let mut found: Vec<Leaf> = Vec::new();
    line.walk(&sql, &parameters, &mut |rows| {
        found.extend(rows.iter().map(|row| Leaf::of(&question.cells(names, row))));
        true
    })?;
    Ok(texts::ranked(found.iter().map(Leaf::page), needles, limit, cancel))
}

/// A row of [`Question::words`] as it is looked through.
struct Leaf {
    handle: Handle,
    title: String,
    content: String,
    tags: Vec<String>,
    files: Vec<String>,
    session: String,
}

impl Leaf {
    fn of(cells: &[Value]) -> Self {
        let handle = match cells.first() {
            Some(Value::Integer(number)) => Handle(*number),
            _ => Handle(0),
        };
        Self {
            handle,
            title: text(cells, 1),
            content: text(cells, 2),
            tags: mapping::list(&text(cells, TAGS)),
            files: mapping::list(&text(cells, FILES)),
            session: text(cells, 5),
        }
    }

    fn page(&self) -> Page<'_> {
        Page {
            handle: self.handle,
            title: &self.title,
            texts: vec![&self.content],
            tags: self.tags.iter().map(String::as_str).collect(),
            files: self.files.iter().map(|file| Cow::Borrowed(file.as_str())).collect(),
            session: &self.session,
        }
    }
}
