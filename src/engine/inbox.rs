//! The inbox: a directory into which other programs put files of proposals.
//!
//! A file is taken in once and then lies in `done`, or in `refused` beside a file that says why. It is moved to `taking`
//! before the ledger hears of it; what a crash leaves there is taken in at the next look, and the queue knows the
//! proposals that it has already.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    change::{
        Batch,
        form::{Complaint, Form, LONGEST_TEXT, read_forms},
    },
    curate::{Admitted, CurateProblem, Curator, Decided, Policy, Step},
    ledger::Taken,
    memory::EpochMs,
};

/// Where the inbox is, and what happens to what lies there.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbox {
    /// The directory.
    pub path: PathBuf,
    /// The person's policies.
    pub policies: Vec<Policy>,
}

/// How often the inbox is looked into.
const LOOK: Duration = Duration::from_secs(2);

/// Whoever keeps an eye on the inbox.
#[derive(Debug)]
pub(super) struct InboxWatch {
    inbox: Inbox,
    looked: Option<Instant>,
    /// What was there when somebody was last asked to take it in: what stays is not asked for again.
    told: Vec<PathBuf>,
    /// Whether stores are to be looked into, too.
    stirred: bool,
}

impl InboxWatch {
    pub(super) const fn new(inbox: Inbox) -> Self {
        Self { inbox, looked: None, told: Vec::new(), stirred: false }
    }

    /// Somebody wrote to a store: its agents may have laid something before the person.
    pub(super) const fn stir(&mut self) {
        self.stirred = true;
    }

    /// The inbox, when something lies there or in a store that nobody was told of; from time to time.
    pub(super) fn look(&mut self) -> Option<Inbox> {
        if self.looked.is_some_and(|at| at.elapsed() < LOOK) {
            return None;
        }
        self.looked = Some(Instant::now());
        let there = self.inbox.files();
        let new = std::mem::take(&mut self.stirred) || !there.is_empty() && there != self.told;
        self.told = there;
        new.then(|| self.inbox.clone())
    }
}

impl Inbox {
    /// Whether anything lies there. Costs one look into a directory.
    pub fn holds_something(&self) -> bool {
        !self.files().is_empty()
    }

    /// What is to be taken in, and what a crash left on the way.
    fn files(&self) -> Vec<PathBuf> {
        let (mut new, left) = (files(&self.path), files(&self.path.join(TAKING)));
        new.extend(left);
        new
    }
}

/// What came of proposals that were handed in together.
#[derive(Debug, Default)]
pub struct Came {
    /// How many wait now that did not before.
    pub new: usize,
    /// How many waited already.
    pub waited: usize,
    /// How many a person said no to before.
    pub rejected: usize,
    /// How many of the new ones wait apart, because a person said no to their text.
    pub held: usize,
    /// How many of the new ones a policy applied.
    pub applied: usize,
    /// Everything that is wrong with the others.
    pub complaints: Vec<Complaint>,
}

/// A file that was in the inbox.
#[derive(Debug)]
pub struct TakenIn {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub came: Came,
}

impl Came {
    /// What became of them, in half a sentence: `2 new, 1 waits already`.
    pub fn summary(&self) -> String {
        let parts = [
            (self.new, "new"),
            (self.applied, "applied by a policy"),
            (self.held, "held apart: you said no to the text before"),
            (self.waited, "waiting already"),
            (self.rejected, "rejected before"),
            (self.wrong(), "with mistakes"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }

    /// How many proposals have mistakes; one may have several.
    pub fn wrong(&self) -> usize {
        let mut proposals: Vec<_> = self.complaints.iter().map(|complaint| complaint.proposal).collect();
        proposals.dedup();
        proposals.len()
    }

    pub(super) fn note(&mut self, admitted: &Admitted) {
        for taken in &admitted.proposed.taken {
            match taken {
                Taken::New(_) => self.new += 1,
                Taken::Waits(_) => self.waited += 1,
                Taken::Rejected(_) => self.rejected += 1,
            }
        }
        self.held += admitted.proposed.held;
        let applied = admitted.decided.iter().filter(|(_, it)| matches!(it, Decided::Applied { .. }));
        self.applied += applied.count();
    }
}

impl TakenIn {
    /// What became of it: `inbox: night.json: 2 new`.
    pub fn sentence(&self) -> String {
        let refused = if self.came.complaints.is_empty() { "" } else { "; what is wrong stands in inbox/refused" };
        format!("inbox: {}: {}{refused}", self.name, self.came.summary())
    }
}

/// Hands proposals in, as a batch for each author that they name. `author_of` makes a batch's author of that name.
///
/// # Errors
/// [`CurateProblem`] when the ledger or a store fails; what was proposed before waits.
pub fn hand_in(
    curator: &mut Curator,
    forms: Vec<Result<Form, Complaint>>,
    author_of: &dyn Fn(Option<&str>) -> String,
    note: &str,
    policies: &[Policy],
    now: EpochMs,
    step: Step<'_>,
) -> Result<Came, CurateProblem> {
    let mut came = Came::default();
    let mut batches: Vec<(String, Vec<_>)> = Vec::new();
    for (at, form) in forms.into_iter().enumerate() {
        let resolved =
            form.map_err(|complaint| vec![complaint]).and_then(|form| Ok((curator.resolve(&form)?, form.author)));
        match resolved {
            Ok((draft, author)) => {
                let author = author_of(author.as_deref());
                match batches.iter_mut().find(|(known, _)| *known == author) {
                    Some((_, drafts)) => drafts.push(draft),
                    None => batches.push((author, vec![draft])),
                }
            }
            Err(complaints) => came.complaints.extend(complaints.into_iter().map(|complaint| complaint.at(at + 1))),
        }
    }
    for (author, drafts) in batches {
        let batch = Batch { id: 0, at: now, author, note: note.to_owned() };
        came.note(&curator.admit(&batch, drafts, policies, now, step)?);
    }
    Ok(came)
}

/// Takes in every file of the inbox, in the order of their names.
///
/// # Errors
/// [`CurateProblem`] when the ledger or a store fails; the file stays where it is taken in at the next look.
pub fn take_in(
    curator: &mut Curator,
    inbox: &Inbox,
    now: EpochMs,
    step: Step<'_>,
) -> Result<Vec<TakenIn>, CurateProblem> {
    let Inbox { path: inbox, policies } = inbox;
    let taking = inbox.join(TAKING);
    // Another memtui that looks at the same moment takes everything in; the lock ends with this function.
    let lock = fs::File::create(inbox.join(".lock"));
    if !lock.as_ref().is_ok_and(|lock| lock.try_lock().is_ok()) {
        return Ok(Vec::new());
    }
    for path in files(inbox) {
        // What cannot be moved is not taken in: it would be taken in again and again.
        let _ = fs::create_dir_all(&taking).and_then(|()| fs::rename(&path, free(&taking, &path)));
    }
    let mut taken = Vec::new();
    for path in files(&taking) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let author_of = |named: Option<&str>| format!("inbox:{}", named.unwrap_or(&name));
        let forms = match read(&path) {
            Ok(text) => read_forms(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => vec![Err(Complaint::of("all", error.to_string()))],
        };
        let came = hand_in(curator, forms, &author_of, &name, policies, now, step)?;
        put_away(inbox, &path, &came);
        taken.push(TakenIn { name, came });
    }
    Ok(taken)
}

const TAKING: &str = "taking";

/// The text of a file. A pipe or a link is none: reading it would wait, or lead elsewhere.
fn read(path: &Path) -> io::Result<String> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::other("it is no plain file"));
    }
    if found.len() > LONGEST_TEXT as u64 {
        return Err(io::Error::other(format!("it is longer than {} MB; hand it in by parts", LONGEST_TEXT >> 20)));
    }
    String::from_utf8(fs::read(path)?).map_err(|_| io::Error::other("it is no UTF-8 text"))
}

/// Puts a file where it is not taken in again: a file that cannot be moved stays in `taking` and only waits there.
fn put_away(inbox: &Path, path: &Path, came: &Came) {
    let place = inbox.join(if came.complaints.is_empty() { "done" } else { "refused" });
    if fs::create_dir_all(&place).is_err() {
        return;
    }
    let to = free(&place, path);
    if fs::rename(path, &to).is_ok() && !came.complaints.is_empty() {
        let lines: Vec<String> = came.complaints.iter().map(ToString::to_string).collect();
        let mut reason = to.into_os_string();
        reason.push(".reason");
        // The reason was told already; the file is for whoever looks later.
        let _ = fs::write(reason, format!("{}\n{}\n", came.summary(), lines.join("\n")));
    }
}

/// The files of a directory that count: `*.json` and `*.jsonl`, none that begins with a dot, in the order of their names.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let counts = |path: &PathBuf| {
        let kind = path.extension().and_then(OsStr::to_str);
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        !hidden && matches!(kind, Some("json" | "jsonl")) && !path.is_dir()
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(counts).collect();
    files.sort();
    files
}

/// A path in a directory for a file of this name that nothing stands in the way of: `night.json`, `night-2.json`.
fn free(directory: &Path, path: &Path) -> PathBuf {
    let plain = directory.join(path.file_name().unwrap_or_default());
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let kind = path.extension().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = (2..).map(|number: u32| directory.join(format!("{stem}-{number}.{kind}")));
    std::iter::once(plain.clone()).chain(numbered).find(|path| fs::symlink_metadata(path).is_err()).unwrap_or(plain)
}

#[cfg(test)]
mod tests;
