//! The vectors, read and written in the ordinary tables behind the virtual table `memory_embeddings`.
//!
//! The extension that knows the virtual table can only be loaded by unsafe code. What it keeps is simple enough to be
//! kept without it: chunks of slots; for each chunk a bitmap of the slots that are taken, the row ids in them and their
//! vectors; for each row its slot. A table that is made otherwise than this is left alone.

use rusqlite::{Connection, Error, MAIN_DB, OptionalExtension as _, Result, params};

use crate::{
    memory::{Record, Value},
    store::sqlite::{cell, table::Table},
};

/// The virtual table.
pub(super) const TABLE: &str = "memory_embeddings";
/// Which slot each row has.
const ROWIDS: &str = "memory_embeddings_rowids";
const CHUNKS: &str = "memory_embeddings_chunks";
const VECTORS: &str = "memory_embeddings_vector_chunks00";
/// Slots in a chunk when nothing else is said.
const SLOTS: i64 = 1024;

/// The table of vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vectors {
    /// Bytes of a vector.
    pub(super) bytes: usize,
    /// Whether chunks belong to a store each.
    pub(super) by_store: bool,
}

/// Where a vector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    chunk: i64,
    offset: usize,
}

impl Vectors {
    /// Reads how the table is made; the reason when it is made in another way than is known here.
    pub(super) fn read(conn: &Connection) -> Result<std::result::Result<Self, String>> {
        let sql: Option<String> =
            conn.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [TABLE], |row| row.get(0)).optional()?;
        let Some(sql) = sql else { return Ok(Err("there is no table of vectors".to_owned())) };
        let Some(vectors) = Self::parse(&sql) else {
            return Ok(Err("the table of vectors holds something else than one vector of floats".to_owned()));
        };
        let partition: &[&str] = if vectors.by_store { &["sequence_id", "partition00"] } else { &[] };
        let chunks = [&["chunk_id", "size"], partition, &["validity", "rowids"]].concat();
        let known = [
            (CHUNKS, chunks.as_slice()),
            (ROWIDS, &["rowid", "id", "chunk_id", "chunk_offset"]),
            (VECTORS, &["rowid", "vectors"]),
        ];
        for (name, columns) in known {
            if Table::read(conn, name)?.columns != columns {
                return Ok(Err(format!("table {name} is not as memtui knows it")));
            }
        }
        Ok(Ok(vectors))
    }

    /// `CREATE VIRTUAL TABLE … USING vec0(content_embedding FLOAT[384] distance_metric=cosine, store TEXT partition key)`
    fn parse(sql: &str) -> Option<Self> {
        let lower = sql.to_lowercase();
        let columns = lower.split_once("vec0")?.1.trim().strip_prefix('(')?.trim_end().strip_suffix(')')?;
        let mut columns = columns.split(',').map(|column| column.split_whitespace().collect::<Vec<_>>());
        let first = columns.next()?;
        let dimensions: usize = match first.as_slice() {
            ["content_embedding", kind, ..] => kind.strip_prefix("float[")?.strip_suffix(']')?.parse().ok()?,
            _ => return None,
        };
        let by_store = match (columns.next().as_deref(), columns.next()) {
            (None, _) => false,
            (Some(["store", "text", "partition", "key"]), None) => true,
            _ => return None,
        };
        Some(Self { bytes: dimensions.checked_mul(4)?, by_store })
    }

    /// The vector of a row as a side record, and where it is.
    pub(super) fn record(&self, conn: &Connection, row: i64) -> Result<Option<(Record, Slot)>> {
        let Some(slot) = slot(conn, row)? else { return Ok(None) };
        let chunk = self.chunk(conn, slot.chunk)?;
        let mut vector = vec![0; self.bytes];
        let blob = conn.blob_open(MAIN_DB, VECTORS, "vectors", slot.chunk, true)?;
        blob.read_at_exact(&mut vector, slot.offset * self.bytes)?;
        let mut columns = vec![("content_embedding".to_owned(), Value::Blob(vector))];
        if self.by_store {
            columns.push(("store".to_owned(), chunk.store));
        }
        Ok(Some((Record { table: TABLE.to_owned(), columns }, slot)))
    }

    /// Takes the vector of a row out, as the extension would: slot free, row id and vector zeroed. An empty chunk stays.
    pub(super) fn delete(&self, conn: &Connection, row: i64) -> Result<()> {
        let Some(slot) = slot(conn, row)? else { return Ok(()) };
        self.fill(conn, slot, 0, &vec![0; self.bytes])?;
        conn.prepare_cached(&format!("DELETE FROM {ROWIDS} WHERE rowid = ?1"))?.execute([row]).map(|_| ())
    }

    /// Gives a row this vector, in the slot it had before if that is still free.
    pub(super) fn put(&self, conn: &Connection, row: i64, record: &Record, had: Option<Slot>) -> Result<()> {
        let Some(Value::Blob(vector)) = record.get("content_embedding").filter(|_| self.is_for(record)) else {
            return Err(Error::InvalidQuery);
        };
        self.delete(conn, row)?;
        let store = record.get("store").cloned().unwrap_or(Value::Null);
        let slot = match had {
            Some(slot) if self.is_free(conn, slot, &store)? => slot,
            _ => self.free_slot(conn, &store)?,
        };
        let sql = format!("INSERT INTO {ROWIDS}(rowid, id, chunk_id, chunk_offset) VALUES (?1, NULL, ?2, ?3)");
        conn.prepare_cached(&sql)?.execute(params![row, slot.chunk, signed(slot.offset)])?;
        self.fill(conn, slot, row, vector)
    }

    /// Whether a side record fits this table.
    pub(super) fn is_for(&self, record: &Record) -> bool {
        let fits = matches!(record.get("content_embedding"), Some(Value::Blob(bytes)) if bytes.len() == self.bytes);
        fits && record.table == TABLE && record.get("store").is_some() == self.by_store
    }

    /// Writes a row id and its vector into a slot; row 0 empties it.
    fn fill(&self, conn: &Connection, slot: Slot, row: i64, vector: &[u8]) -> Result<()> {
        self.chunk(conn, slot.chunk)?;
        let (byte, bit) = (slot.offset / 8, 1_u8 << (slot.offset % 8));
        let mut validity = conn.blob_open(MAIN_DB, CHUNKS, "validity", slot.chunk, false)?;
        let mut flags = [0];
        validity.read_at_exact(&mut flags, byte)?;
        let [flags] = flags;
        validity.write_at(&[if row == 0 { flags & !bit } else { flags | bit }], byte)?;
        validity.close()?;
        let mut rowids = conn.blob_open(MAIN_DB, CHUNKS, "rowids", slot.chunk, false)?;
        rowids.write_at(&row.to_ne_bytes(), slot.offset * size_of::<i64>())?;
        rowids.close()?;
        let mut vectors = conn.blob_open(MAIN_DB, VECTORS, "vectors", slot.chunk, false)?;
        vectors.write_at(vector, slot.offset * self.bytes)?;
        vectors.close()
    }

    /// A chunk whose blobs have the lengths that they must have; anything else is not touched.
    fn chunk(&self, conn: &Connection, chunk: i64) -> Result<Chunk> {
        let partition = if self.by_store { "c.partition00" } else { "NULL" };
        let sql = format!(
            "SELECT c.size, {partition}, length(c.validity), length(c.rowids), length(v.vectors)
             FROM {CHUNKS} AS c JOIN {VECTORS} AS v ON v._rowid_ = c.chunk_id WHERE c.chunk_id = ?1"
        );
        let (slots, store, lengths) = conn.prepare_cached(&sql)?.query_row([chunk], |row| {
            let lengths: [i64; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
            Ok((row.get::<_, i64>(0)?, cell::value(row.get_ref(1)?), lengths))
        })?;
        if slots <= 0 || lengths != [slots / 8, slots * 8, slots * signed(self.bytes)] {
            return Err(Error::BlobSizeError);
        }
        Ok(Chunk { slots, store })
    }

    fn is_free(&self, conn: &Connection, slot: Slot, store: &Value) -> Result<bool> {
        match self.chunk(conn, slot.chunk) {
            Ok(chunk) if (!self.by_store || chunk.store == *store) && signed(slot.offset) < chunk.slots => {
                let validity = conn.blob_open(MAIN_DB, CHUNKS, "validity", slot.chunk, true)?;
                let mut flags = [0];
                validity.read_at_exact(&mut flags, slot.offset / 8)?;
                let [flags] = flags;
                Ok(flags & (1 << (slot.offset % 8)) == 0)
            }
            Ok(_) | Err(Error::QueryReturnedNoRows) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The first free slot of the store's latest chunk, else the first of a new one: the extension's own rule.
    fn free_slot(&self, conn: &Connection, store: &Value) -> Result<Slot> {
        let condition = if self.by_store { "partition00 IS ?1" } else { "?1 IS ?1" };
        let sql = format!("SELECT max(chunk_id) FROM {CHUNKS} WHERE {condition}");
        let latest: Option<i64> = conn.prepare_cached(&sql)?.query_row([cell::parameter(store)], |row| row.get(0))?;
        if let Some(chunk) = latest {
            self.chunk(conn, chunk)?;
            let sql = format!("SELECT validity FROM {CHUNKS} WHERE chunk_id = ?1");
            let validity: Vec<u8> = conn.prepare_cached(&sql)?.query_row([chunk], |row| row.get(0))?;
            let free = (0..validity.len() * 8)
                .find(|offset| validity.get(offset / 8).is_some_and(|flags| flags & (1 << (offset % 8)) == 0));
            if let Some(offset) = free {
                return Ok(Slot { chunk, offset });
            }
        }
        self.new_chunk(conn, store).map(|chunk| Slot { chunk, offset: 0 })
    }

    fn new_chunk(&self, conn: &Connection, store: &Value) -> Result<i64> {
        let sql = format!("SELECT size FROM {CHUNKS} ORDER BY chunk_id DESC LIMIT 1");
        let slots: i64 = conn.query_row(&sql, [], |row| row.get(0)).optional()?.unwrap_or(SLOTS);
        let (column, place) = if self.by_store { (", partition00", ", ?2") } else { ("", "") };
        let sql = format!(
            "INSERT INTO {CHUNKS}(size, validity, rowids{column}) VALUES (?1, zeroblob(?1 / 8), zeroblob(?1 * 8){place})"
        );
        if self.by_store {
            conn.execute(&sql, params![slots, cell::parameter(store)])?;
        } else {
            conn.execute(&sql, [slots])?;
        }
        let chunk = conn.last_insert_rowid();
        // The column `rowid` of this table is not its row id; the extension sets both alike, and looks by the latter.
        let sql = format!("INSERT INTO {VECTORS}(_rowid_, rowid, vectors) VALUES (?1, ?1, zeroblob(?2))");
        conn.execute(&sql, params![chunk, slots * signed(self.bytes)])?;
        Ok(chunk)
    }
}

/// What a chunk is.
struct Chunk {
    slots: i64,
    store: Value,
}

/// Where the vector of a row is.
fn slot(conn: &Connection, row: i64) -> Result<Option<Slot>> {
    let sql = format!("SELECT chunk_id, chunk_offset FROM {ROWIDS} WHERE rowid = ?1");
    let found =
        conn.prepare_cached(&sql)?.query_row([row], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?))).optional()?;
    found.map(|(chunk, offset)| Slot::at(chunk, offset).ok_or(Error::BlobSizeError)).transpose()
}

impl Slot {
    fn at(chunk: i64, offset: i64) -> Option<Self> {
        Some(Self { chunk, offset: usize::try_from(offset).ok()? })
    }

    /// The place as a record that an image carries beside the memory.
    pub(super) fn record(self) -> Record {
        let columns = [("chunk_id", self.chunk), ("chunk_offset", signed(self.offset))];
        let columns = columns.map(|(name, value)| (name.to_owned(), Value::Integer(value))).into();
        Record { table: ROWIDS.to_owned(), columns }
    }

    /// The place in such a record.
    pub(super) fn of(record: &Record) -> Option<Self> {
        match (record.table == ROWIDS, record.get("chunk_id"), record.get("chunk_offset")) {
            (true, Some(Value::Integer(chunk)), Some(Value::Integer(offset))) => Self::at(*chunk, *offset),
            _ => None,
        }
    }
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_the_product_makes_the_table_are_known_and_others_are_not() {
        let of =
            |columns: &str| Vectors::parse(&format!("CREATE VIRTUAL TABLE memory_embeddings USING vec0({columns})"));
        let plain = of(" content_embedding FLOAT[384] distance_metric=cosine\n ").unwrap();
        assert_eq!(plain, Vectors { bytes: 1536, by_store: false });
        let later = of("content_embedding FLOAT[768] distance_metric=cosine,\n store TEXT partition key").unwrap();
        assert_eq!(later, Vectors { bytes: 3072, by_store: true });
        for other in ["content_embedding INT8[384]", "content_embedding FLOAT[8], +note TEXT", "x FLOAT[8]", ""] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
