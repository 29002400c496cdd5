//! What is to be done for each intent, worked out on the files as they are now before anything is written.

use super::{
    bench::Bench,
    disk, edit,
    folder::Source,
    pieces::{self, Form},
    record,
};
use crate::{
    change::{Change, Place},
    memory::{EpochMs, Image},
    store::{Expect, Intent, Make, Outcome, Problem, Result},
};

/// What an intent comes to.
pub(super) enum Plan {
    Settled(Outcome),
    Do(Box<Change>),
}

fn refused(reason: impl Into<String>) -> Plan {
    Plan::Settled(Outcome::Refused(reason.into()))
}

impl Bench {
    /// Works out an intent at a moment, and changes the drafts.
    pub(super) fn plan(&mut self, intent: &Intent, now: EpochMs) -> Result<Plan> {
        let Some((source, key)) = self.place(&intent.native) else {
            return match intent.make {
                Make::Delete => Ok(Plan::Settled(Outcome::Already)),
                Make::Edit(_) => Ok(Plan::Settled(Outcome::Conflict(None))),
                Make::Put(_) => Ok(refused("the directory of its file is gone; make it again first")),
            };
        };
        let current = self.image(&intent.native)?;
        let after = match (&intent.make, &current) {
            (Make::Delete, None) => return Ok(Plan::Settled(Outcome::Already)),
            (Make::Delete, Some(_)) => None,
            (Make::Edit(_), None) => return Ok(Plan::Settled(Outcome::Conflict(None))),
            (Make::Edit(edit), Some(before)) => match edit::after(&source, &key, before, edit, now) {
                Ok(image) => Some(image),
                Err(reason) => return Ok(refused(reason)),
            },
            (Make::Put(wanted), _) => Some(wanted.clone()),
        };
        if after.as_ref().map(Image::digest) == current.as_ref().map(Image::digest) {
            return Ok(Plan::Settled(Outcome::Already));
        }
        let met = match intent.expect {
            Expect::Anything => true,
            Expect::Absent => current.is_none(),
            Expect::Seen(version) => current.as_ref().is_some_and(|image| record::version(image) == version),
            Expect::Exactly(digest) => current.as_ref().is_some_and(|image| image.digest() == digest),
        };
        if !met {
            return Ok(Plan::Settled(Outcome::Conflict(current.map(Box::new))));
        }
        if let Some(reason) = self.objection(&source)? {
            return Ok(refused(reason));
        }
        let saved = self.clone();
        self.make(&source, &key, after.as_ref())?;
        if matches!(intent.make, Make::Edit(_)) && edit::is_cut(&source) && !self.stays_cut(&source)? {
            *self = saved;
            return Ok(refused(
                "a heading in the new text would begin another section; leave it out, or use a text editor",
            ));
        }
        let change = Change { native: intent.native.clone(), place: Place::Store, before: current, after };
        Ok(Plan::Do(Box::new(change)))
    }

    /// Why a file must not be written.
    fn objection(&mut self, source: &Source) -> Result<Option<String>> {
        if source.outside {
            return Ok(Some("its file is imported from outside of this directory; open that file itself".to_owned()));
        }
        if let Some(reason) = source.folder.hold.and_then(|hold| hold.objection(&source.folder.directory)) {
            return Ok(Some(reason));
        }
        let index = Self::index_of(source);
        for source in std::iter::once(source).chain(&index) {
            if self.draft(source)?.found.as_ref().is_some_and(|found| found.names > 1) {
                return Ok(Some("its file has another name that a new file would not have (a hard link)".to_owned()));
            }
        }
        Ok(disk::leads_astray(&source.folder.directory, &source.path))
    }

    /// Whether a changed file is cut into the pieces that it is made of.
    fn stays_cut(&mut self, source: &Source) -> Result<bool> {
        let draft = self.draft(source)?;
        let bytes = draft.split.join();
        let keys = |split: &pieces::Split| split.pieces.iter().map(|piece| piece.key.clone()).collect::<Vec<_>>();
        Ok(keys(&pieces::split(&bytes, source.form)) == keys(&draft.split))
    }

    /// Makes a memory what it is to be, in the drafts.
    pub(super) fn make(&mut self, source: &Source, key: &str, after: Option<&Image>) -> Result<()> {
        let wanted = after.map(|image| {
            let (heading, text) = record::own(image);
            (heading.to_vec(), text.to_vec())
        });
        self.set(source, key, wanted, after, false)?;
        let Some(index) = Self::index_of(source) else { return Ok(()) };
        let draft = self.draft(&index)?;
        let key = Self::line_to(draft, source).and_then(|at| draft.split.pieces.get(at)).map(|piece| piece.key.clone());
        let line = after.and_then(record::line).map(<[u8]>::to_vec);
        let key = match (key, &line) {
            (None, None) => return Ok(()),
            (Some(key), _) => key,
            (None, Some(line)) => {
                pieces::split(line, Form::Index).pieces.first().map_or_else(String::new, |it| it.key.clone())
            }
        };
        self.set(&index, &key, line.map(|line| (Vec::new(), line)), after, true)
    }

    /// Gives a piece other bytes, takes it out, or puts it in.
    fn set(
        &mut self,
        source: &Source,
        key: &str,
        wanted: Option<(Vec<u8>, Vec<u8>)>,
        image: Option<&Image>,
        of_index: bool,
    ) -> Result<()> {
        let around = image.and_then(|image| record::surroundings(image, of_index));
        let draft = self.draft(source)?;
        if let Some(around) = &around {
            draft.once.extend(around.modified.map(|time| (around.sum.clone(), time)));
            if draft.found.is_none() && draft.split.pieces.is_empty() {
                draft.split.head.clone_from(&around.head);
                draft.mode = around.mode;
            }
        }
        match (draft.split.find(key), wanted) {
            (None, None) => {}
            (Some(at), None) if source.form != Form::Whole && draft.split.is_over_others(at) => {
                // The sections below keep their heading, and the empty line before them.
                if let Some(piece) = draft.split.pieces.get_mut(at) {
                    let end =
                        piece.text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
                    let rest = piece.text.split_off(end);
                    let line = rest.iter().position(|byte| *byte == b'\n').map_or(0, |first| first + 1);
                    piece.text = rest.get(line..).unwrap_or_default().to_vec();
                }
            }
            (Some(at), None) => drop(draft.split.pieces.remove(at)),
            (Some(at), Some((heading, text))) => {
                if let Some(piece) = draft.split.pieces.get_mut(at) {
                    (piece.heading, piece.text) = (heading, text);
                }
            }
            (None, Some((heading, text))) => record::insert(draft, &[heading, text].concat(), around.as_ref()),
        }
        Ok(())
    }

    /// Makes sure that whoever reads the files next finds what was planned.
    ///
    /// # Errors
    /// [`Problem::Failed`] with the memory for which it is not so; nothing was written.
    pub(super) fn prove(&self, changes: &[Change]) -> Result<()> {
        let mut next = self.reread();
        for change in changes {
            let found = next.image(&change.native)?;
            if found.as_ref().map(Image::digest) != change.after.as_ref().map(Image::digest) {
                let path = self.place(&change.native).map(|(source, _)| source.path).unwrap_or_default();
                let reason = format!(
                    "{} would not be read back as it should be, because its file has changed around it; nothing was \
                     written, put it back with a text editor",
                    change.native
                );
                return Err(Problem::Failed { path, reason });
            }
        }
        Ok(())
    }
}
