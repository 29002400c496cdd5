//! Memories from elsewhere as rows of a table.

use super::{Mapping, Product};
use crate::{
    memory::{Record, Value},
    store::{
        intake::{self, Fitted, Parcel, cells, said},
        sqlite::cell,
    },
};

/// What a table can hold of a memory.
pub(super) fn fitted(map: &Mapping, product: Product, columns: &[String], parcel: &Parcel) -> Fitted {
    let mut record = Record { table: map.table.clone(), columns: of_same_product(map, product, columns, parcel) };
    let mut held = Vec::new();
    let mut put = |field: &'static str, column: Option<&str>, value: Option<Value>| {
        let Some(column) = column else { return };
        held.push(field);
        let Some(value) = value else { return };
        match record.columns.iter_mut().find(|(name, _)| name == column) {
            Some((_, old)) => *old = value,
            None => record.columns.push((column.to_owned(), value)),
        }
    };
    let text = |text: &str| Some(Value::Text(text.as_bytes().to_vec()));
    let some = |text: &Option<String>| Some(text.as_ref().map_or(Value::Null, |it| Value::Text(it.clone().into())));
    put("title", map.title.as_deref(), text(&parcel.title));
    put("text", Some(&map.content), text(&parcel.text));
    put("kind", map.kind.as_deref(), text(&parcel.kind));
    put("bucket", map.bucket.as_deref(), text(parcel.bucket.name()));
    put("scope", map.scope.as_deref(), some(&parcel.project));
    put("session", map.session.as_deref(), some(&parcel.session));
    put("model", map.model.as_deref(), some(&parcel.model));
    put("tags", map.tags.as_deref(), Some(cells("", &parcel.tags).1));
    put("files", map.files.as_deref(), Some(cells("", &parcel.files).1));
    // Who wrote it; whom alone it is meant for is another column, and nobody said that.
    put("agent", map.author.as_deref(), parcel.agent.as_deref().and_then(text));
    let time = |at: Option<i64>| at.map(|at| map.times.write(at, &Value::Null));
    put("created", map.created.as_deref(), time(parcel.created));
    put("updated", map.updated.as_deref(), time(parcel.updated.or(parcel.created)));
    let stated = parcel.stated.map(|value| Value::Real((f64::from(value) * 100.0).round() / 100.0));
    put("confidence", map.confidence.as_deref(), stated);
    put("origin", product.evidence, Some(intake::cell("", parcel.from.to_string()).1));
    let times = [&map.created, &map.updated];
    let shown = |(name, value): &(String, Value)| match value {
        Value::Integer(_) if times.contains(&&Some(name.clone())) => {
            let at = map.times.read(cell::reference(value)).and_then(chrono::DateTime::from_timestamp_millis)?;
            Some((name.clone(), at.format("%Y-%m-%d %H:%M UTC").to_string()))
        }
        _ => Some((name.clone(), said(value).filter(|said| said != "[]")?)),
    };
    let becomes = record.columns.iter().filter_map(shown).collect();
    Fitted { becomes, left: parcel.left(&held), record }
}

/// Every column of a row of the same product, but its number and what the product works out of the others.
fn of_same_product(map: &Mapping, product: Product, columns: &[String], parcel: &Parcel) -> Vec<(String, Value)> {
    let Some((_, own)) = parcel.own.as_ref().filter(|(name, _)| *name == product.name) else { return Vec::new() };
    let kept = own.columns.iter().filter(|(name, value)| {
        let is_local = *name == map.id || product.replaces == Some(name.as_str());
        columns.contains(name) && !is_local && !product.aside.contains(&name.as_str()) && *value != Value::Null
    });
    kept.filter(|(_, value)| !matches!(value, Value::Blob(_))).cloned().collect()
}
