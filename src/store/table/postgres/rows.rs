//! Rows for lists and for the catalogue, in the shape in which the rooms of every mapped table read them.

use tokio_postgres::Row;

use super::{
    names::Names,
    shape::{Column, Form, Shape, bytes},
};
use crate::{
    memory::{Handle, Value},
    store::{
        sqlite::cell,
        table::{list, scan},
    },
};

/// Characters of a text that a list line is made from.
const LINE: usize = 1200;

/// A question for rows, and how its cells are read.
pub(super) struct Question {
    /// `SELECT … FROM … AS t`, without a condition. The first cell is the id.
    pub(super) sql: String,
    forms: Vec<Form>,
}

impl Question {
    /// The handle of a row, by its first cell.
    pub(super) fn handle(&self, names: &Names, row: &Row) -> Handle {
        let id = bytes(row, 0).map(String::from_utf8_lossy).unwrap_or_default();
        names.handle(self.forms.first().copied().unwrap_or(Form::Text), &id)
    }

    /// The cells of a row; the first is its handle.
    pub(super) fn cells(&self, names: &Names, row: &Row) -> Vec<Value> {
        let cells = self.forms.iter().enumerate().skip(1).map(|(at, form)| form.value(bytes(row, at)));
        std::iter::once(Value::Integer(self.handle(names, row).0)).chain(cells).collect()
    }

    fn of(shape: &Shape, cells: Vec<Cell>) -> Self {
        let (parts, forms): (Vec<String>, Vec<Form>) = cells.into_iter().map(|cell| (cell.sql, cell.form)).unzip();
        Self { sql: format!("SELECT {} FROM {} AS t", parts.join(", "), shape.table.name), forms }
    }

    /// The id and the time of capture.
    pub(super) fn times(shape: &Shape) -> Self {
        let map = &shape.mapping;
        Self::of(shape, vec![plain(shape, Some(&map.id)), plain(shape, map.created.as_ref())])
    }

    /// What [`list::line`] reads.
    pub(super) fn lines(shape: &Shape) -> Self {
        let map = &shape.mapping;
        let sizes: Vec<String> = [Some(&map.content), map.title.as_ref(), map.tags.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(|name| shape.table.column(name))
            .map(|column| format!("coalesce(octet_length({}), 0)", column.text()))
            .collect();
        let content = plain(shape, Some(&map.content));
        let mut cells = vec![
            plain(shape, Some(&map.id)),
            plain(shape, Some(&map.id)),
            plain(shape, map.created.as_ref()),
            plain(shape, map.title.as_ref()),
            Cell { sql: format!("left({}, {LINE})", content.sql), form: Form::Text },
        ];
        cells.extend(
            [&map.kind, &map.bucket, &map.scope, &map.agent, &map.session].map(|name| plain(shape, name.as_ref())),
        );
        cells.push(Cell { sql: format!("({})::text", sizes.join(" + ")), form: Form::Integer });
        cells.extend(map.seen().map(|name| plain(shape, Some(name))));
        debug_assert_eq!(cells.len(), list::SEEN + map.seen().count());
        Self::of(shape, cells)
    }

    /// What [`scan::one`] reads.
    pub(super) fn texts(shape: &Shape) -> Self {
        let map = &shape.mapping;
        let mut cells = vec![plain(shape, Some(&map.id))];
        cells.extend(scan::columns(map).map(|name| match name {
            Some(name) if map.is_list(name) => as_list(shape, name),
            Some(name) if map.confidence.as_ref() == Some(name) => {
                Cell { form: Form::Float, ..plain(shape, Some(name)) }
            }
            name => plain(shape, name),
        }));
        // Nobody counts recalls there.
        cells.extend([plain(shape, None), plain(shape, None)]);
        cells.extend(map.seen().map(|name| plain(shape, Some(name))));
        debug_assert_eq!(cells.len(), scan::SEEN + map.seen().count());
        Self::of(shape, cells)
    }

    /// Title, text, tags, files and session, for looking through them.
    pub(super) fn words(shape: &Shape) -> Self {
        let map = &shape.mapping;
        let list = |name: Option<&String>| name.map_or_else(|| plain(shape, None), |name| as_list(shape, name));
        Self::of(
            shape,
            vec![
                plain(shape, Some(&map.id)),
                plain(shape, map.title.as_ref()),
                plain(shape, Some(&map.content)),
                list(map.tags.as_ref()),
                list(map.files.as_ref()),
                plain(shape, map.session.as_ref()),
            ],
        )
    }
}

struct Cell {
    sql: String,
    form: Form,
}

/// A column as it stands; nothing when it is not mapped.
fn plain(shape: &Shape, name: Option<&String>) -> Cell {
    let column = name.and_then(|name| shape.table.column(name));
    column.map_or_else(
        || Cell { sql: "NULL".to_owned(), form: Form::Text },
        |column| Cell { sql: column.text(), form: column.form },
    )
}

/// A list as JSON, or as the text that stands there.
fn as_list(shape: &Shape, name: &str) -> Cell {
    let name = name.to_owned();
    match shape.table.column(&name) {
        Some(column) if column.form == Form::Array => Cell { sql: listed(column), form: Form::Text },
        _ => plain(shape, Some(&name)),
    }
}

/// An array as JSON.
pub(super) fn listed(column: &Column) -> String {
    format!("to_jsonb(t.{})::text", crate::store::sqlite::table::quote(&column.name))
}

/// The text of a cell.
pub(super) fn text(cells: &[Value], at: usize) -> String {
    cells.get(at).map(|value| cell::text(cell::reference(value)).into_owned()).unwrap_or_default()
}
