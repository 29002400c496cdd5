//! Fingerprints by slot. They are needed in bulk and seldom, so they live in a nameless temporary file, not in memory.

use std::{fs::File, os::unix::fs::FileExt as _, path::Path};

use super::{
    block::{BLOCK, slot_at},
    table::Catalog,
};
use crate::{judge::SUBJECT_WORDS, memory::Version};

/// Fingerprints read in one go: small enough for the allocator to use the same memory again and again.
const PIECE: usize = 1024;

/// What tells likeness, and what was judged: 46 bytes for each memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Print {
    /// Hash of the whole text, folded; 0 when there is no text.
    pub(crate) exact: u64,
    /// Hash whose bits differ little between texts that differ little; 0 when the text is too short for one.
    pub(crate) near: u64,
    /// Hash of the session's name; 0 when it has none.
    pub(crate) session: u32,
    /// Confidence in 1/10000 before other memories were looked at.
    pub(crate) base: u16,
    /// The words of its title by which memories on the same subject are brought together.
    pub(crate) subject: [u16; SUBJECT_WORDS],
    /// The handle of the newer memory of the same store that supersedes it; meaningless when none does.
    pub(crate) newer: i64,
    /// What the memory was when it was judged; the default when it never was.
    pub(crate) version: Version,
}

impl Print {
    pub(crate) const SIZE: usize = 46;

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.exact.to_le_bytes());
        out.extend_from_slice(&self.near.to_le_bytes());
        out.extend_from_slice(&self.session.to_le_bytes());
        out.extend_from_slice(&self.base.to_le_bytes());
        out.extend(self.subject.iter().flat_map(|word| word.to_le_bytes()));
        out.extend_from_slice(&self.newer.to_le_bytes());
        out.extend_from_slice(&self.version.0.to_le_bytes());
    }

    pub(crate) const fn read(b: &[u8; Self::SIZE]) -> Self {
        Self {
            exact: u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]),
            near: u64::from_le_bytes([b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]]),
            session: u32::from_le_bytes([b[16], b[17], b[18], b[19]]),
            base: u16::from_le_bytes([b[20], b[21]]),
            subject: [
                u16::from_le_bytes([b[22], b[23]]),
                u16::from_le_bytes([b[24], b[25]]),
                u16::from_le_bytes([b[26], b[27]]),
                u16::from_le_bytes([b[28], b[29]]),
            ],
            newer: i64::from_le_bytes([b[30], b[31], b[32], b[33], b[34], b[35], b[36], b[37]]),
            version: Version(u64::from_le_bytes([b[38], b[39], b[40], b[41], b[42], b[43], b[44], b[45]])),
        }
    }
}

/// A short hash of a session's name; 0 for none.
pub(crate) fn session_hash(session: &str) -> u32 {
    if session.is_empty() {
        return 0;
    }
    let hash = session
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    u32::try_from(hash >> 32).unwrap_or_default().max(1)
}

/// Fingerprints by slot.
#[derive(Debug)]
pub(crate) enum Prints {
    /// In a file that has no name any more and goes with the process.
    File(File),
    /// Where no such file could be made.
    Memory(Vec<u8>),
}

impl Prints {
    /// Room for fingerprints, in a file in `directory` or in the system's directory for temporary files.
    pub(crate) fn new(directory: Option<&Path>) -> Self {
        directory
            .and_then(|directory| tempfile::tempfile_in(directory).ok())
            .or_else(|| tempfile::tempfile().ok())
            .map_or_else(|| Self::Memory(Vec::new()), Self::File)
    }

    fn read_at(&self, at: usize, buffer: &mut [u8]) {
        match self {
            Self::File(file) => {
                let mut done = 0;
                while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
                    match file.read_at(rest, (at + done) as u64) {
                        Ok(0) | Err(_) => break,
                        Ok(count) => done += count,
                    }
                }
            }
            Self::Memory(bytes) => {
                let there = bytes.get(at..).unwrap_or_default();
                for (to, from) in buffer.iter_mut().zip(there) {
                    *to = *from;
                }
            }
        }
    }

    /// Writes bytes; a full disk turns them into missing fingerprints, which only makes likeness go unseen.
    fn write_at(&mut self, at: usize, bytes: &[u8]) {
        match self {
            Self::File(file) => {
                let _lost = file.write_all_at(bytes, at as u64);
            }
            Self::Memory(all) => {
                if all.len() < at + bytes.len() {
                    all.resize(at + bytes.len(), 0);
                }
                if let Some(place) = all.get_mut(at..at + bytes.len()) {
                    place.copy_from_slice(bytes);
                }
            }
        }
    }

    /// Writes fingerprints, neighbours in one go.
    pub(crate) fn put(&mut self, prints: &mut [(u32, Print)]) {
        prints.sort_unstable_by_key(|(slot, _)| *slot);
        let mut bytes = Vec::new();
        for run in prints.chunk_by(|a, b| a.0 + 1 == b.0) {
            bytes.clear();
            for (_, print) in run {
                print.write(&mut bytes);
            }
            if let Some((first, _)) = run.first() {
                self.write_at(*first as usize * Print::SIZE, &bytes);
            }
        }
    }

    /// Writes the fingerprints of a block, as [`Prints::bytes`] gave them.
    pub(crate) fn put_bytes(&mut self, block: usize, bytes: &[u8]) {
        self.write_at(slot_at(block, 0) as usize * Print::SIZE, bytes);
    }

    /// The fingerprints of the first `count` memories of a block, as bytes.
    pub(crate) fn bytes(&self, block: usize, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count.min(BLOCK) * Print::SIZE];
        self.read_at(slot_at(block, 0) as usize * Print::SIZE, &mut bytes);
        bytes
    }

    /// All fingerprints with their slots, dead ones included; read piece by piece.
    pub(crate) fn all<'a>(&'a self, catalog: &'a Catalog) -> impl Iterator<Item = (u32, Print)> + 'a {
        let pieces = catalog.blocks().iter().enumerate().flat_map(|(index, block)| {
            let count = block.handles.len();
            (0..count).step_by(PIECE).map(move |from| (slot_at(index, from), PIECE.min(count - from)))
        });
        pieces.flat_map(move |(first, count)| {
            let mut bytes = vec![0; count * Print::SIZE];
            self.read_at(first as usize * Print::SIZE, &mut bytes);
            let count = u32::try_from(count).unwrap_or_default();
            (first..first + count).zip(bytes.as_chunks().0.iter().map(Print::read).collect::<Vec<_>>())
        })
    }

    /// The fingerprints of the first `count` memories of a block.
    #[cfg(test)]
    pub(crate) fn block(&self, block: usize, count: usize) -> Vec<Print> {
        self.bytes(block, count).as_chunks::<{ Print::SIZE }>().0.iter().map(Print::read).collect()
    }

    /// One memory's fingerprint.
    pub(crate) fn get(&self, slot: u32) -> Print {
        let mut bytes = [0; Print::SIZE];
        self.read_at(slot as usize * Print::SIZE, &mut bytes);
        Print::read(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_come_back_from_file_and_memory() {
        for mut prints in [Prints::new(None), Prints::Memory(Vec::new())] {
            let print = Print {
                exact: u64::MAX,
                near: 2,
                session: 3,
                base: 4,
                subject: [5, 6, 7, u16::MAX],
                newer: -8,
                version: Version(9),
            };
            prints.put(&mut [(20_000, print)]);
            assert_eq!(prints.get(20_000), print);
            assert_eq!(prints.get(19_999), Print::default());
            assert_eq!(prints.get(1 << 30), Print::default());
            let at = 20_000 - BLOCK;
            assert_eq!(prints.block(1, at + 1)[at], print);
            let bytes = prints.bytes(1, at + 1);
            prints.put_bytes(2, &bytes);
            assert_eq!(prints.block(2, at + 2)[at], print);
        }
        assert_eq!(session_hash(""), 0);
        assert_ne!(session_hash("a"), session_hash("b"));
    }
}
