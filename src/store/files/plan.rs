//! What is to be done for each intent, worked out on the files as they are now before anything is written.

use rustix::fs::{Access, access};

use super::{
    bench::Bench,
    edit,
    folder::{Layout, Source},
    letta,
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
    /// The memory's change, and behind it what makes room for it.
    Do(Vec<Change>),
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
        if intent.make == Make::Erase && source.folder.layout == Layout::Letta {
            return Ok(refused("Git keeps every version of it; prune it, and rewrite the history of its repository"));
        }
        if let Some(reason) = self.objection(&source)? {
            return Ok(refused(reason));
        }
        let room = match &after {
            Some(after) if current.is_none() && record::is_new(after) => match self.make_room(&source, after)? {
                Ok(room) => room,
                Err(reason) => return Ok(refused(reason)),
            },
            _ => None,
        };
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
        Ok(Plan::Do(std::iter::once(change).chain(room).collect()))
    }

    /// Has the section at the end of a file end with an empty line, so that a new one can stand behind it. That is a
    /// change of that memory, journalled like every other, so that an undo leaves no trace.
    fn make_room(&mut self, source: &Source, after: &Image) -> Result<std::result::Result<Option<Change>, String>> {
        if let Some(index) = Self::index_of(source).filter(|_| !record::lines(after).is_empty()) {
            let split = &self.draft(&index)?.split;
            let is_open = split.pieces.last().is_some_and(|piece| piece.link.is_none() && !piece.text.ends_with(b"\n"));
            let leads = split.pieces.iter().any(|piece| piece.link.is_some());
            let reason = || format!("the last line of {} has no end; end it in a text editor first", index.native);
            return Ok(if is_open && !leads { Err(reason()) } else { Ok(None) });
        }
        if source.form != Form::Sections {
            return Ok(Ok(None));
        }
        let draft = self.draft(source)?;
        let file = draft.split.join();
        let gap: &[u8] = match (file.ends_with(b"\n"), file.windows(2).any(|pair| pair == b"\r\n")) {
            _ if file.is_empty() || file.ends_with(b"\n\n") || file.ends_with(b"\n\r\n") => return Ok(Ok(None)),
            (true, true) => b"\r\n",
            (true, false) => b"\n",
            (false, true) => b"\r\n\r\n",
            (false, false) => b"\n\n",
        };
        let Some((at, last)) = draft.split.pieces.iter().enumerate().next_back() else { return Ok(Ok(None)) };
        let (key, heading, text) = (last.key.clone(), last.heading.clone(), last.text.clone());
        let native = super::entry::native_of(source, &key);
        let Some(before) = self.image(&native)? else {
            let reason = || format!("the last line of {} has no end; end it in a text editor first", source.native);
            return Ok(if file.ends_with(b"\n") { Ok(None) } else { Err(reason()) });
        };
        self.draft(source)?.replace(at, &heading, &[text.as_slice(), gap].concat());
        let after = self.image(&native)?;
        Ok(Ok(Some(Change { native, place: Place::Store, before: Some(before), after })))
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
        let directory = source.path.parent().filter(|directory| directory.is_dir());
        if directory.is_some_and(|directory| access(directory, Access::WRITE_OK).is_err()) {
            return Ok(Some("this user may not write into its directory; ask whoever administers it".to_owned()));
        }
        let found = self.draft(source)?.found.as_ref().map(|found| found.bytes.clone()).unwrap_or_default();
        Ok(spot::leads_astray(source).or_else(|| letta::objection(source, &found)))
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
            (_, Some((heading, text))) if around.as_ref().is_none_or(|around| around.at.is_empty()) => {
                record::append(draft, &[heading, text].concat());
            }
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
            match &around {
                Some(_) => record::insert(draft, line, around.as_ref(), nth),
                None => record::append_line(draft, line),
            }
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
