//! The catalogue on disk: one file for each store in the cache directory, blocks with a checksum each.
//!
//! Anything odd in such a file means that there is none: it is built again. A token names the layout that the file
//! holds; two processes never mix their blocks, because whoever finds another token than its own leaves the file be.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::{
    block::{BLOCK, Block},
    names::Vocabulary,
    prints::Print,
    verdict,
};

/// Moves on with every change of the stored form.
pub(super) const FORMAT: i64 = 5;

/// Names one layout of one store's blocks.
pub(crate) type Token = i64;

/// What tells, without opening it, whether a store was written since: sizes and times of its file and its
/// write-ahead log.
pub(crate) type Stamp = Vec<u8>;

/// The stamp of the store at a path.
pub(crate) fn stamp(path: &Path) -> Stamp {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let mut stamp = Vec::new();
    for file in [path, Path::new(&log)] {
        let Ok(data) = file.metadata() else {
            stamp.push(0);
            continue;
        };
        stamp.push(1);
        stamp.extend_from_slice(&data.len().to_le_bytes());
        let since = data.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        stamp.extend_from_slice(&since.unwrap_or_default().as_nanos().to_le_bytes());
    }
    stamp
}

/// One store's part of the catalogue, as it is stored.
pub(crate) struct Saved {
    pub(crate) token: Token,
    pub(crate) stamp: Stamp,
    pub(crate) words: Vocabulary,
    pub(crate) blocks: Vec<Block>,
    /// Live slots newest first, counted from the store's first block.
    pub(crate) order: Vec<u32>,
    /// Among which stores copies were looked for, see [`company`]; 0 when that was not done.
    pub(crate) compared: i64,
}

/// A block to be written: its place in the file, its columns and its fingerprints.
pub(crate) struct Piece {
    pub(crate) place: usize,
    pub(crate) columns: Vec<u8>,
    pub(crate) prints: Vec<u8>,
}

/// What is written beside the blocks.
pub(crate) struct Head<'a> {
    pub(crate) token: Token,
    pub(crate) stamp: &'a [u8],
    pub(crate) words: &'a Vocabulary,
    pub(crate) order: &'a [u32],
    pub(crate) compared: i64,
    pub(crate) blocks: usize,
}

/// A number for the stores that are open together, never 0: the same stores give the same number in any order.
pub(crate) fn company<'a>(identities: impl Iterator<Item = (&'a str, &'a Path)>) -> i64 {
    let mut names: Vec<Vec<u8>> = identities
        .map(|(identity, path)| [identity.as_bytes(), path.as_os_str().as_encoded_bytes()].join(&0))
        .collect();
    names.sort_unstable();
    checksum(HEAD, &names.join(&0)) | 1
}

/// The file for a store. Its name is a hash of what the store is and where, so that it is no path and tells nothing.
pub(crate) fn file_for(directory: &Path, identity: &str, path: &Path) -> PathBuf {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    hash.update(identity.as_bytes());
    hash.update([0]);
    hash.update(path.as_os_str().as_encoded_bytes());
    let name = hash.finalize().first_chunk().map_or(0, |start| u128::from_be_bytes(*start));
    directory.join(format!("catalog-{name:032x}.db"))
}

/// A checksum over bytes and the place where they belong; eight bytes at a time.
fn checksum(place: usize, bytes: &[u8]) -> i64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    let start = mix(place as u64 + 1, bytes.len() as u64);
    let sum = words.iter().fold(start, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    mix(sum, u64::from_le_bytes(last)).cast_signed()
}

fn count_of(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<usize> {
    Ok(row.get::<_, u32>(at)? as usize)
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Where the head's checksum counts as standing: no block has this place.
const HEAD: usize = usize::MAX - 1;

pub(super) fn open_to_read(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(std::time::Duration::from_millis(100))?;
    db.pragma_update(None, "cache_size", -256)?;
    Ok(db)
}

/// Reads a stored catalogue. `None` when there is none that can be trusted.
pub(crate) fn load(file: &Path) -> Option<Saved> {
    if !file.is_file() {
        return None;
    }
    read(file).ok().flatten()
}

fn read(file: &Path) -> rusqlite::Result<Option<Saved>> {
    let mut db = open_to_read(file)?;
    let db = db.transaction()?;
    let head = db
        .query_row(
            "SELECT token, stamp, words, live, compared, blocks, sum FROM head WHERE format = ?1 AND judging = ?2",
            params![FORMAT, verdict::VERSION],
            |row| {
                let bytes = |at| row.get_ref(at).and_then(|cell| Ok(cell.as_blob().map(<[u8]>::to_vec)?));
                let head = (row.get::<_, i64>(0)?, bytes(1)?, bytes(2)?, count_of(row, 3)?, row.get::<_, i64>(4)?);
                Ok((head, count_of(row, 5)?, row.get::<_, i64>(6)?))
            },
        )
        .optional()?;
    let Some(((token, stamp, words, live, compared), count, sum)) = head else { return Ok(None) };
    if sum != head_sum(token, &stamp, &words, live, compared, count) {
        return Ok(None);
    }
    let Some(words) = Vocabulary::from_bytes(&words) else { return Ok(None) };
    let mut blocks = Vec::with_capacity(count.min(1 << 16));
    let mut statement = db.prepare("SELECT place, sum, columns FROM block ORDER BY place")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (place, sum) = (count_of(row, 0)?, row.get::<_, i64>(1)?);
        let Ok(columns) = row.get_ref(2)?.as_blob() else { return Ok(None) };
        if place != blocks.len() || checksum(place, columns) != sum {
            return Ok(None);
        }
        let Some(block) = Block::from_bytes(0, columns) else { return Ok(None) };
        blocks.push(block);
    }
    let Some(order) = read_order(&db, live)? else { return Ok(None) };
    let sound = blocks.len() == count
        && order.iter().all(|slot| {
            let (block, offset) = super::block::place(*slot);
            blocks.get(block).is_some_and(|block| offset < block.handles.len())
        });
    Ok(sound.then_some(Saved { token, stamp, words, blocks, order, compared }))
}

/// Reads the newest-first order, which is stored in pieces. `None` when it is not what it was.
fn read_order(db: &Connection, count: usize) -> rusqlite::Result<Option<Vec<u32>>> {
    let mut order = Vec::with_capacity(count.min(1 << 24));
    let mut statement = db.prepare("SELECT place, sum, slots FROM live ORDER BY place")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (place, sum) = (count_of(row, 0)?, row.get::<_, i64>(1)?);
        let Ok(slots) = row.get_ref(2)?.as_blob() else { return Ok(None) };
        if place * BLOCK != order.len() || checksum(place, slots) != sum {
            return Ok(None);
        }
        order.extend(slots.as_chunks::<4>().0.iter().map(|slot| u32::from_le_bytes(*slot)));
    }
    Ok((order.len() == count).then_some(order))
}

fn write_order(db: &Connection, order: &[u32]) -> rusqlite::Result<()> {
    db.execute("DELETE FROM live", [])?;
    let mut statement = db.prepare("INSERT INTO live(place, sum, slots) VALUES (?1, ?2, ?3)")?;
    let mut bytes = Vec::new();
    for (place, slots) in order.chunks(BLOCK).enumerate() {
        bytes.clear();
        bytes.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
        statement.execute(params![number(place), checksum(place, &bytes), bytes])?;
    }
    Ok(())
}

fn head_sum(token: Token, stamp: &[u8], words: &[u8], live: usize, compared: i64, count: usize) -> i64 {
    let parts = [stamp, words].map(|part| checksum(HEAD, part));
    let counts = [live, count].map(|count| i64::try_from(count).unwrap_or_default());
    let all: Vec<u8> = parts.into_iter().chain([token, compared]).chain(counts).flat_map(i64::to_le_bytes).collect();
    checksum(HEAD, &all)
}

/// Reads the fingerprints that belong to a layout, block by block. Whether all of them were there.
pub(crate) fn load_prints(file: &Path, token: Token, visit: &mut dyn FnMut(usize, &[u8])) -> bool {
    let read = || -> rusqlite::Result<bool> {
        let mut db = open_to_read(file)?;
        let db = db.transaction()?;
        let stored: Option<Token> =
            db.query_row("SELECT token FROM head WHERE format = ?1", [FORMAT], |row| row.get(0)).optional()?;
        if stored != Some(token) {
            return Ok(false);
        }
        let mut statement = db.prepare("SELECT place, prints_sum, prints FROM block ORDER BY place")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (place, sum) = (count_of(row, 0)?, row.get::<_, i64>(1)?);
            let Ok(prints) = row.get_ref(2)?.as_blob() else { return Ok(false) };
            if checksum(place, prints) != sum || prints.len() > BLOCK * Print::SIZE {
                return Ok(false);
            }
            visit(place, prints);
        }
        Ok(true)
    };
    let mut read = read;
    read().unwrap_or(false)
}

/// What became of a wish to save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is on disk.
    Yes,
    /// Another process keeps a layout of its own in the file.
    ByAnother,
    /// The file could not be written; the next start builds the catalogue again.
    Failed,
}

/// Writes blocks and the head in one transaction. `after` is the token that the file must have: `None` replaces
/// whatever is there with a whole new layout.
pub(crate) fn save(
    file: &Path,
    after: Option<Token>,
    head: &Head<'_>,
    pieces: &mut dyn Iterator<Item = Piece>,
) -> Kept {
    if let Some(directory) = file.parent() {
        let _exists = std::fs::create_dir_all(directory);
    }
    match write(file, after, head, pieces) {
        Ok(kept) => kept,
        Err(_) => Kept::Failed,
    }
}

fn write(
    file: &Path,
    after: Option<Token>,
    head: &Head<'_>,
    pieces: &mut dyn Iterator<Item = Piece>,
) -> rusqlite::Result<Kept> {
    let mut db = open_to_write(file).or_else(|_| {
        let _gone = std::fs::remove_file(file);
        open_to_write(file)
    })?;
    let db = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    match after {
        Some(after) => {
            let stored: Option<Token> = db.query_row("SELECT token FROM head", [], |row| row.get(0)).optional()?;
            if stored != Some(after) {
                return Ok(Kept::ByAnother);
            }
        }
        None => {
            db.execute("DELETE FROM block", [])?;
        }
    }
    for piece in pieces {
        db.prepare_cached(
            "INSERT OR REPLACE INTO block(place, sum, columns, prints_sum, prints) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            number(piece.place),
            checksum(piece.place, &piece.columns),
            piece.columns,
            checksum(piece.place, &piece.prints),
            piece.prints
        ])?;
    }
    write_order(&db, head.order)?;
    let words = head.words.to_bytes();
    db.execute("DELETE FROM head", [])?;
    db.execute(
        "INSERT INTO head(format, judging, token, stamp, words, live, compared, blocks, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            FORMAT,
            verdict::VERSION,
            head.token,
            head.stamp,
            words,
            number(head.order.len()),
            head.compared,
            number(head.blocks),
            head_sum(head.token, head.stamp, &words, head.order.len(), head.compared, head.blocks)
        ],
    )?;
    db.commit()?;
    Ok(Kept::Yes)
}

/// No synchronisation and no log of its own: what a power cut tears is found by its checksum and built again.
fn open_to_write(file: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(file)?;
    db.busy_timeout(std::time::Duration::from_secs(1))?;
    db.pragma_update(None, "page_size", 32_768)?;
    db.pragma_update(None, "cache_size", -2048)?;
    db.pragma_update(None, "synchronous", "OFF")?;
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS head(format INTEGER, judging INTEGER, token INTEGER, stamp BLOB, words BLOB,
             live INTEGER, compared INTEGER, blocks INTEGER, sum INTEGER);
         CREATE TABLE IF NOT EXISTS live(place INTEGER PRIMARY KEY, sum INTEGER, slots BLOB);
         CREATE TABLE IF NOT EXISTS block(place INTEGER PRIMARY KEY, sum INTEGER, columns BLOB, prints_sum INTEGER,
             prints BLOB);",
    )?;
    Ok(db)
}
