//! What a dream has found so far, in a file without a name: a dream over very many memories may find as many proposals,
//! and none of them is to reach the queue before the dream is over.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, Write as _},
};

use crate::{
    change::Draft,
    dream::{Analyser, Found},
};

/// Drafts that are written down in order.
#[derive(Debug)]
pub(super) struct Spool {
    file: BufWriter<File>,
    /// By which analyser each was made, and how many memories it is about.
    pub(super) made: Vec<(Analyser, usize)>,
}

impl Spool {
    /// An empty one. The file is gone when the program ends, however it ends.
    ///
    /// # Errors
    /// There is no directory for files that are not kept.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), made: Vec::new() })
    }

    /// Takes a draft over.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn push(&mut self, found: &Found) -> io::Result<()> {
        let bytes = postcard::to_stdvec(&found.draft).map_err(io::Error::other)?;
        let packed = lz4_flex::compress_prepend_size(&bytes);
        let length = u32::try_from(packed.len()).map_err(io::Error::other)?;
        self.file.write_all(&length.to_le_bytes())?;
        self.file.write_all(&packed)?;
        self.made.push((found.analyser, found.draft.steps.len()));
        Ok(())
    }

    /// Gives the drafts back, from the first on.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(self) -> io::Result<impl Iterator<Item = io::Result<Draft>>> {
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut file = BufReader::new(file);
        Ok(std::iter::from_fn(move || next(&mut file).transpose()))
    }
}

/// The next draft; `None` behind the last one.
fn next(file: &mut BufReader<File>) -> io::Result<Option<Draft>> {
    if file.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    let mut packed = vec![0; usize::try_from(u32::from_le_bytes(length)).map_err(io::Error::other)?];
    file.read_exact(&mut packed)?;
    let bytes = lz4_flex::decompress_size_prepended(&packed).map_err(io::Error::other)?;
    postcard::from_bytes(&bytes).map(Some).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Evidence, FieldValue, Label, Step, Wish};

    #[test]
    fn drafts_come_back_as_they_went_in() {
        let draft = |number: usize| Draft {
            label: Label::Merge,
            reason: format!("because {number}"),
            evidence: vec![Evidence::Note("a note".to_owned())],
            confidence: Some(0.9),
            likeness: String::new(),
            steps: (0..number)
                .map(|at| Step {
                    store: 3,
                    native: at.to_string(),
                    seen: crate::memory::Version(7),
                    was: vec![("title".to_owned(), FieldValue::Text("…".repeat(300)))],
                    wish: Wish::Delete,
                })
                .collect(),
        };
        let mut spool = Spool::new().unwrap();
        for number in 0..20 {
            spool.push(&Found { analyser: Analyser::Noise, draft: draft(number) }).unwrap();
        }
        assert_eq!(spool.made.last(), Some(&(Analyser::Noise, 19)));
        let drafts: Vec<Draft> = spool.read().unwrap().collect::<io::Result<_>>().unwrap();
        assert_eq!(drafts, (0..20).map(draft).collect::<Vec<_>>());
    }
}
