//! Blocks: 16,384 memories in columns. A block is copied only when it is written while somebody reads it.

use super::{column::Column, names::NameId};

/// Memories in a block.
pub(crate) const BLOCK: usize = 1 << SHIFT;
const SHIFT: u32 = 14;

/// A time that is missing or unreadable; sorts behind every other.
pub(crate) const UNKNOWN: i64 = i64::MIN;

/// What the catalogue knows of a memory once it was judged: 20 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) project: NameId,
    pub(crate) agent: NameId,
    pub(crate) kind: NameId,
    /// Confidence without regard to age, in 1/10000; the store's own when [`Fact::STATED`] is set.
    pub(crate) base: u16,
    /// Signals that do not depend on the time of looking.
    pub(crate) signals: u16,
    pub(crate) flags: u16,
    /// Estimated tokens of its text.
    pub(crate) tokens: u32,
    /// Tokens spent to learn it.
    pub(crate) cost: u32,
}

impl Fact {
    /// It was judged; else the other fields mean nothing.
    pub(crate) const JUDGED: u16 = 1;
    /// It names files.
    pub(crate) const FILES: u16 = 2;
    /// It has tags.
    pub(crate) const TAGS: u16 = 4;
    /// Its confidence is the store's own.
    pub(crate) const STATED: u16 = 8;

    /// Another memory says the same, or nearly so.
    pub(crate) const ALIKE: u16 = 16;
    /// It takes something back in so many words.
    pub(crate) const TAKES_BACK: u16 = 32;

    pub(crate) const fn set(&mut self, flag: u16, on: bool) {
        self.flags = if on { self.flags | flag } else { self.flags & !flag };
    }

    pub(crate) const fn is(self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    /// Bytes of a fact as it is stored.
    pub(crate) const SIZE: usize = 20;

    fn write(self, out: &mut Vec<u8>) {
        for short in [self.project, self.agent, self.kind, self.base, self.signals, self.flags] {
            out.extend_from_slice(&short.to_le_bytes());
        }
        out.extend_from_slice(&self.tokens.to_le_bytes());
        out.extend_from_slice(&self.cost.to_le_bytes());
    }

    const fn read(b: &[u8; Self::SIZE]) -> Self {
        Self {
            project: u16::from_le_bytes([b[0], b[1]]),
            agent: u16::from_le_bytes([b[2], b[3]]),
            kind: u16::from_le_bytes([b[4], b[5]]),
            base: u16::from_le_bytes([b[6], b[7]]),
            signals: u16::from_le_bytes([b[8], b[9]]),
            flags: u16::from_le_bytes([b[10], b[11]]),
            tokens: u32::from_le_bytes([b[12], b[13], b[14], b[15]]),
            cost: u32::from_le_bytes([b[16], b[17], b[18], b[19]]),
        }
    }
}

/// Memories of one store, in columns of the same length; `facts` stays empty until the first was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) store: u8,
    /// Whether handles ascend, also from the sorted block before it to this one.
    pub(crate) sorted: bool,
    pub(crate) handles: Column,
    pub(crate) created: Column,
    pub(crate) facts: Vec<Fact>,
}

impl Block {
    pub(crate) fn new(store: u8, sorted: bool) -> Self {
        Self { store, sorted, handles: Column::default(), created: Column::default(), facts: Vec::new() }
    }

    /// The fact at an offset, made when there is none yet.
    pub(crate) fn fact_mut(&mut self, offset: usize) -> Option<&mut Fact> {
        let wanted = self.handles.len();
        if self.facts.len() < wanted {
            self.facts.reserve_exact(wanted - self.facts.len());
            self.facts.resize(wanted, Fact::default());
        }
        self.facts.get_mut(offset)
    }

    /// The block as it is stored: a head of 8 bytes, then the columns.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let count = u32::try_from(self.handles.len()).unwrap_or_default();
        let mut out = Vec::with_capacity(8 + self.handles.len() * (16 + Fact::SIZE));
        out.extend_from_slice(&count.to_le_bytes());
        out.extend_from_slice(&[u8::from(self.sorted), u8::from(!self.facts.is_empty()), 0, 0]);
        for column in [&self.handles, &self.created] {
            out.extend(column.iter().flat_map(i64::to_le_bytes));
        }
        for fact in &self.facts {
            fact.write(&mut out);
        }
        out
    }

    /// The block of these bytes, for a store.
    pub(crate) fn from_bytes(store: u8, bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<8>()?;
        let [a, b, c, d, sorted, judged, ..] = *head;
        let count = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok().filter(|count| *count <= BLOCK)?;
        let (handles, rest) = rest.split_at_checked(count * 8)?;
        let (created, facts) = rest.split_at_checked(count * 8)?;
        if facts.len() != if judged == 1 { count * Fact::SIZE } else { 0 } {
            return None;
        }
        let longs = |bytes: &[u8]| Column::new(bytes.as_chunks::<8>().0.iter().map(|word| i64::from_le_bytes(*word)));
        Some(Self {
            store,
            sorted: sorted == 1,
            handles: longs(handles),
            created: longs(created),
            facts: facts.as_chunks::<{ Fact::SIZE }>().0.iter().map(Fact::read).collect(),
        })
    }
}

/// The block and the offset in it where a slot is.
pub(crate) const fn place(slot: u32) -> (usize, usize) {
    ((slot >> SHIFT) as usize, slot as usize & (BLOCK - 1))
}

/// The slot at an offset of a block.
pub(crate) fn slot_at(block: usize, offset: usize) -> u32 {
    u32::try_from((block << SHIFT) | offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_from_its_bytes() {
        let mut block = Block::new(3, true);
        block.handles = Column::new([1, 2, i64::MAX].into_iter());
        block.created = Column::new([UNKNOWN, 0, 5].into_iter());
        assert_eq!(Block::from_bytes(3, &block.to_bytes()).as_ref(), Some(&block));
        let fact = Fact { project: 1, agent: 2, kind: 3, base: 4, signals: 5, flags: 6, tokens: 7, cost: u32::MAX };
        *block.fact_mut(2).unwrap() = fact;
        let bytes = block.to_bytes();
        assert_eq!(Block::from_bytes(3, &bytes), Some(block));
        assert_eq!(Block::from_bytes(3, &bytes[..bytes.len() - 1]), None);
    }
}
