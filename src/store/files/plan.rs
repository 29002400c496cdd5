//! What is to be done for each intent, worked out on the files as they are now before anything is written.

use super::{
    bench::Bench,
    edit,
    folder::Source,
    pieces::{self, Form},
    record, spot,
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
                Make::Delete | Make::Erase => Ok(Plan::Settled(Outcome::Already)),
                Make::Edit(_) => Ok(Plan::Settled(Outcome::Conflict(None))),
                Make::Put(_) => Ok(refused("the directory of its file is gone; make it again first")),
            };
        };
        let current = self.image(&intent.native)?;
        let after = match (&intent.make, &current) {
            (Make::Delete | Make::Erase, None) => return Ok(Plan::Settled(Outcome::Already)),
            (Make::Delete | Make::Erase, Some(_)) => None,
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
        let saved = (matches!(intent.make, Make::Edit(_)) && source.form != Form::Whole).then(|| self.clone());
        self.make(&source, &key, after.as_ref())?;
        if let Some(saved) = saved
            && !self.stays_cut(&source)?
        {
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
        Ok(spot::leads_astray(source))
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
        let around = after.and_then(|image| record::surroundings(image, false));
        let draft = self.draft(source)?;
        draft.expect(around.as_ref());
        let own = after.map(record::own);
        match (draft.split.find(key), own) {
            (None, None) => {}
            (Some(at), None) => draft.take_out(at),
            (Some(at), Some((heading, text))) if !draft.is_gap(at) => draft.replace(at, heading, text),
            (_, Some((heading, text))) => {
                record::insert(draft, &[heading, text].concat(), around.as_ref(), 0);
            }
        }
        let Some(index) = Self::index_of(source) else { return Ok(()) };
        let around = after.and_then(|image| record::surroundings(image, true));
        let draft = self.draft(&index)?;
        draft.expect(around.as_ref());
        let (there, wanted) = (Self::lines_to(draft, source), after.map(record::lines).unwrap_or_default());
        for (at, line) in there.iter().zip(&wanted) {
            draft.replace(*at, &[], line);
        }
        for at in there.iter().skip(wanted.len()).rev() {
            draft.take_out(*at);
        }
        for (nth, line) in wanted.iter().enumerate().skip(there.len()) {
            record::insert(draft, line, around.as_ref(), nth);
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
                    "{} would not be read back as it should be: its file holds the same more than once, or was \
                     changed around it; nothing was written, change it with a text editor",
                    change.native
                );
                return Err(Problem::Failed { path, reason });
            }
        }
        Ok(())
    }
}
