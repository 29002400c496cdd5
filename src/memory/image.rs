//! Images: the full native record of a memory, typed and checksummed, so that it can be put back byte for byte.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// One cell, exactly as the database holds it. Text is bytes: a store may hold invalid UTF-8 or NUL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double, kept by its bits.
    Real(f64),
    /// Text, by its bytes.
    Text(#[serde(with = "serde_bytes")] Vec<u8>),
    /// A blob.
    Blob(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// One row of one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The table, or for other kinds of store what plays its part (a file, a collection).
    pub table: String,
    /// Column names with their values, in the table's own order.
    pub columns: Vec<(String, Value)>,
}

impl Record {
    /// The value of a column.
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.columns.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }
}

/// The full native record of a memory: its own row first, then the side rows that leave with it, then the rows it
/// cannot live without (its session), which are only put back when they are missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// The memory's own row.
    pub own: Record,
    /// Rows that are deleted with it.
    pub side: Vec<Record>,
    /// Rows it hangs on. Not part of the memory: left out of the digest.
    pub parents: Vec<Record>,
}

/// SHA-256 over the encoded own and side rows: equal digests mean that a memory has not moved.
pub type Digest = [u8; 32];

/// Stored bytes that are no image, or not the image that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadImage {
    /// The checksum does not match: the ledger's file was damaged.
    #[error("the image is damaged: its checksum does not match")]
    Checksum,
    /// The bytes cannot be decoded.
    #[error("the image cannot be read: it was written by a newer memtui, or is damaged")]
    Format,
}

impl Image {
    /// The image in [postcard](https://postcard.jamesmunns.com/wire-format) form.
    pub fn encode(&self) -> Vec<u8> {
        // Writing plain data into a growing vector has no way to fail.
        postcard::to_stdvec(self).unwrap_or_default()
    }

    /// The image of these bytes.
    ///
    /// # Errors
    /// [`BadImage::Format`] when the bytes are no image.
    pub fn decode(bytes: &[u8]) -> Result<Self, BadImage> {
        postcard::from_bytes(bytes).map_err(|_| BadImage::Format)
    }

    /// The first line of the column that names the memory: the fields in which products keep a title or, without one,
    /// the text. Raw; empty when there is none.
    pub fn headline(&self) -> String {
        ["title", "request", "subtitle", "prompt_text", "narrative", "text", "learned", "body", "content"]
            .iter()
            .filter_map(|column| match self.own.get(column) {
                Some(Value::Text(bytes)) => Some(String::from_utf8_lossy(bytes)),
                _ => None,
            })
            .find_map(|text| text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned))
            .unwrap_or_default()
    }

    /// Whether both are the same memory in the same state; the rows it hangs on do not count.
    pub fn same_memory(&self, other: &Self) -> bool {
        self.own == other.own && self.side == other.side
    }

    /// What the memory is, in 32 bytes; the rows it hangs on do not count.
    pub fn digest(&self) -> Digest {
        let body = postcard::to_stdvec(&(&self.own, &self.side)).unwrap_or_default();
        Sha256::digest(&body).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_comes_back_to_the_bit() {
        let image = Image {
            own: Record {
                table: "t".into(),
                columns: vec![
                    ("null".into(), Value::Null),
                    ("int".into(), Value::Integer(i64::MIN)),
                    ("real".into(), Value::Real(0.1 + 0.2)),
                    ("text".into(), Value::Text(b"a\0\xff\xed\xa0\x80".to_vec())),
                    ("blob".into(), Value::Blob(vec![0, 255])),
                ],
            },
            side: vec![],
            parents: vec![Record { table: "p".into(), columns: vec![] }],
        };
        let back = Image::decode(&image.encode()).unwrap();
        assert_eq!(back, image);
        let mut other_parent = image.clone();
        other_parent.parents.clear();
        assert_eq!(image.digest(), other_parent.digest(), "parents are not part of the memory");
        let mut other_text = image.clone();
        other_text.own.columns[1].1 = Value::Integer(1);
        assert_ne!(image.digest(), other_text.digest());
    }

    #[test]
    fn rubbish_is_refused() {
        assert_eq!(Image::decode(&[9, 9, 9]), Err(BadImage::Format));
    }
}
