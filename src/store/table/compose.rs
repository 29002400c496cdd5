//! Records of new memories: a number nobody ever had, what the table fills in, and no second one that says the same.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};

use super::{record, shape::Shape};
use crate::{
    memory::{EpochMs, Image, Record, Value},
    store::{
        Composed, Problem,
        sqlite::{cell, table::quote},
    },
};

/// Makes full records, each with a name of its own.
///
/// # Errors
/// [`Problem::TakesNone`] outside, what the database says inside.
pub(super) fn compose(
    conn: &Connection,
    shape: &Shape,
    records: &[Record],
    now: EpochMs,
) -> Result<rusqlite::Result<Vec<Composed>>, Problem> {
    let Some(complete) = shape.product.compose else { return Err(Problem::TakesNone) };
    Ok((|| {
        let mut composer = Composer { conn, shape, ids: new_ids(conn, shape, records.len())? };
        let mut made: Vec<Composed> = Vec::with_capacity(records.len());
        for given in records {
            let one = match composer.filled(given)? {
                Ok(own) => {
                    let named = composer.named(own, made.iter().flatten(), |own| complete(own, now))?;
                    named.map(|(native, image)| (native, composer.counted(image, given)))
                }
                Err(reason) => Err(reason),
            };
            made.push(one);
        }
        Ok(made)
    })())
}

/// Numbers that no memory ever had, taken from the table's own counter
/// ([`sqlite_sequence`](https://sqlite.org/autoinc.html)) so that nobody else gets them either.
fn new_ids(conn: &Connection, shape: &Shape, count: usize) -> rusqlite::Result<RangeInclusive<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let table = &shape.mapping.table;
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    tx.execute(
        "INSERT INTO sqlite_sequence(name, seq) SELECT ?1, 0
         WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
        [table],
    )?;
    let sql = format!(
        "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(rowid), 0) FROM {})) + ?2
         WHERE name = ?1 RETURNING seq",
        shape.from()
    );
    let last: i64 = tx.query_row(&sql, rusqlite::params![table, count], |row| row.get(0))?;
    tx.commit()?;
    Ok(last - count + 1..=last)
}

struct Composer<'a> {
    conn: &'a Connection,
    shape: &'a Shape,
    ids: RangeInclusive<i64>,
}

impl Composer<'_> {
    /// Every column of the table: what is given, else the table's own default.
    fn filled(&self, given: &Record) -> rusqlite::Result<Result<Record, String>> {
        let table = &self.shape.table;
        let counts = self.shape.product.recalls.map(|table| format!("{table}."));
        let is_count = |name: &str| counts.as_ref().is_some_and(|counts| name.starts_with(counts));
        if let Some((strange, _)) = given.columns.iter().find(|(name, _)| !table.has(name) && !is_count(name)) {
            return Ok(Err(format!("there is no column `{strange}`; there are {}", table.columns.join(", "))));
        }
        let mut own = Record { table: table.name.clone(), columns: Vec::with_capacity(table.columns.len()) };
        for column in &table.columns {
            let value = match given.get(column) {
                Some(value) => value.clone(),
                None => table.default_of(self.conn, column)?,
            };
            own.columns.push((column.clone(), value));
        }
        Ok(Ok(own))
    }

    /// The record with its number and everything that the product adds, unless the table or the records `made` just now
    /// say the same.
    fn named<'m>(
        &mut self,
        mut own: Record,
        mut made: impl Iterator<Item = &'m (String, Image)>,
        complete: impl FnOnce(&mut Record) -> Result<(), String>,
    ) -> rusqlite::Result<Composed> {
        // A number that was given is kept while it is free, so that an export comes back as it was.
        let kept = match own.get(&self.shape.mapping.id) {
            Some(Value::Integer(row)) if record::read(self.conn, self.shape, *row)?.is_none() => Some(*row),
            _ => None,
        };
        let Some(id) = kept.or_else(|| self.ids.next()) else { return Ok(Err("no number is free for it".to_owned())) };
        if let Some((_, value)) = own.columns.iter_mut().find(|(name, _)| *name == self.shape.mapping.id) {
            *value = Value::Integer(id);
        }
        if let Err(reason) = complete(&mut own) {
            return Ok(Err(reason));
        }
        let twin = self.shape.product.twin;
        let same = |other: &Record| !twin.is_empty() && twin.iter().all(|name| other.get(name) == own.get(name));
        let known = match made.find(|(_, image)| same(&image.own)) {
            Some((native, _)) => Some(native.clone()),
            None => self.twin_of(&own)?,
        };
        if let Some(twin) = known {
            return Ok(Err(format!("{twin} says the same")));
        }
        let image = Image { own, side: Vec::new(), parents: Vec::new() };
        Ok(Ok((self.shape.native(&id.to_string()), image)))
    }

    /// The record with how often it was recalled, where that is given: `recall.times` and `recall.last`.
    fn counted(&self, mut image: Image, given: &Record) -> Image {
        let Some(table) = self.shape.product.recalls else { return image };
        let count = |name: &str| given.get(&format!("{table}.{name}")).filter(|value| **value != Value::Null).cloned();
        let id = image.own.get(&self.shape.mapping.id).cloned();
        if let (Some(id), Some(times), Some(last)) = (id, count("times"), count("last")) {
            let columns = [("memory", id), ("times", times), ("last", last)];
            let columns = columns.map(|(name, value)| (name.to_owned(), value)).to_vec();
            image.parents.push(Record { table: table.to_owned(), columns });
        }
        image
    }

    /// A memory of the table that a new one only repeats.
    fn twin_of(&self, own: &Record) -> rusqlite::Result<Option<String>> {
        let twin = self.shape.product.twin;
        if twin.is_empty() {
            return Ok(None);
        }
        let conditions: Vec<String> =
            twin.iter().enumerate().map(|(place, name)| format!("{} IS ?{}", quote(name), place + 1)).collect();
        let id = quote(&self.shape.mapping.id);
        let sql = format!("SELECT {id} FROM {} WHERE {} LIMIT 1", self.shape.from(), conditions.join(" AND "));
        let values = twin.iter().map(|name| cell::parameter(own.get(name).unwrap_or(&Value::Null)));
        self.conn
            .prepare_cached(&sql)?
            .query_row(rusqlite::params_from_iter(values), |row| Ok(cell::text(row.get_ref(0)?).into_owned()))
            .optional()
            .map(|found| found.map(|id| self.shape.native(&id)))
    }
}
