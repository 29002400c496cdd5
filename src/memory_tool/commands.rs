//! The six commands. The answers are the documented ones, word for word; a model acts on them.

use std::{thread, time::Duration};

use super::{
    Session, door, lines, listing,
    path::Below,
    shelf::{Held, Item, Shelf},
};
use crate::{
    change::Label,
    config::Mode,
    curate::{Deed, Done, Task},
    judge,
    memory::EpochMs,
    store::Problem,
};

/// How often a change is worked out anew when somebody else came in between.
const ATTEMPTS: u32 = 40;
/// How much longer each attempt waits than the one before, so that two who write at once fall out of step.
const STEP_ASIDE: Duration = Duration::from_millis(1);

type Outcome = Result<String, String>;

/// A change that is worked out, with the answer for when it is made.
struct Ready {
    label: Label,
    tasks: Vec<Task>,
    answer: String,
}

impl Session {
    pub(super) fn view(&mut self, path: &str, range: Option<[i64; 2]>, now: EpochMs) -> Outcome {
        let path = Below::read(path)?;
        let items = self.items(now)?;
        let shown = path.shown();
        if let Some(listing) = listing::of(&path, &items).filter(|_| file_at(&items, &path).is_none()) {
            return Ok(listing);
        }
        let missing = || format!("The path {shown} does not exist. Please provide a valid path.");
        let held = self.held(&items, &path)?.ok_or_else(missing)?;
        lines::view(&shown, words(&held, &shown)?, range)
    }

    pub(super) fn create(&mut self, path: &str, words: &str, now: EpochMs) -> Outcome {
        let path = Below::read(path)?;
        self.change(&format!("create {}", path.shown()), now, |session, items| {
            if is_taken(items, &path) {
                return Err(format!("Error: File {} already exists", path.shown()));
            }
            fits(items, &path, None)?;
            door::through("", words)?;
            session.not_buried(&path, words)?;
            let answer = format!("File created successfully at: {}", path.shown());
            Ok(Ready { label: Label::Add, tasks: vec![session.shelf.add(&path, words)], answer })
        })
    }

    pub(super) fn str_replace(&mut self, path: &str, old: &str, new: &str, now: EpochMs) -> Outcome {
        let path = Below::read(path)?;
        let shown = path.shown();
        self.change(&format!("str_replace in {shown}"), now, |session, items| {
            let missing = || format!("Error: The path {shown} does not exist. Please provide a valid path.");
            let held = session.held(items, &path)?.ok_or_else(missing)?;
            is_own(&held)?;
            let before = words(&held, &shown)?;
            let at = only_one(before, old, &shown)?;
            let rest = before.get(at + old.len()..).unwrap_or_default();
            let after = [before.get(..at).unwrap_or_default(), new, rest].concat();
            door::through(before, &after)?;
            session.not_buried(&path, &after)?;
            let snippet = lines::snippet(&after, lines::line_of(&after, at), lines::count(new));
            let answer = format!("The memory file has been edited.\n{snippet}");
            Ok(Ready { label: Label::Edit, tasks: vec![session.shelf.edit(&held, after)], answer })
        })
    }

    pub(super) fn insert(&mut self, path: &str, behind: i64, new: &str, now: EpochMs) -> Outcome {
        let path = Below::read(path)?;
        let shown = path.shown();
        self.change(&format!("insert into {shown}"), now, |session, items| {
            let missing = || format!("Error: The path {shown} does not exist");
            let held = session.held(items, &path)?.ok_or_else(missing)?;
            is_own(&held)?;
            let before = words(&held, &shown)?;
            let after = lines::inserted(before, behind, new).ok_or_else(|| {
                format!(
                    "Error: Invalid `insert_line` parameter: {behind}. It should be within the range of lines of the \
                     file: [0, {}]",
                    lines::count(before)
                )
            })?;
            door::through(before, &after)?;
            session.not_buried(&path, &after)?;
            let answer = format!("The file {shown} has been edited.");
            Ok(Ready { label: Label::Edit, tasks: vec![session.shelf.edit(&held, after)], answer })
        })
    }

    pub(super) fn delete(&mut self, path: &str, now: EpochMs) -> Outcome {
        let path = Below::read(path)?;
        let shown = path.shown();
        if path.is_root() {
            return Err(format!("Error: The directory {shown} itself cannot be deleted"));
        }
        self.change(&format!("delete {shown}"), now, |session, items| {
            let held = session.all_at(items, &path)?;
            let tasks = held.iter().map(|(_, held)| Shelf::delete(held)).collect();
            Ok(Ready { label: Label::Prune, tasks, answer: format!("Successfully deleted {shown}") })
        })
    }

    pub(super) fn rename(&mut self, old: &str, new: &str, now: EpochMs) -> Outcome {
        let (old, new) = (Below::read(old)?, Below::read(new)?);
        let (from, to) = (old.shown(), new.shown());
        if old.is_root() {
            return Err(format!("Error: The directory {from} itself cannot be renamed"));
        }
        self.change(&format!("rename {from} to {to}"), now, |session, items| {
            let held = session.all_at(items, &old)?;
            if new.is_root() || is_taken(items, &new) {
                return Err(format!("Error: The destination {to} already exists"));
            }
            if old.inside(new.as_str()).is_some() {
                return Err(format!("Error: {from} cannot be moved into itself"));
            }
            fits(items, &new, Some(&old))?;
            let mut tasks = Vec::new();
            for (inside, held) in held {
                let path = if inside.is_empty() { to.clone() } else { format!("{to}/{inside}") };
                tasks.extend(session.shelf.moved(&held, Below::read(&path)?.as_str()));
            }
            Ok(Ready { label: Label::Edit, tasks, answer: format!("Successfully renamed {from} to {to}") })
        })
    }

    /// Works a change out on the files as they are, and makes it as one operation; anew when somebody came in between.
    fn change(
        &mut self,
        what: &str,
        now: EpochMs,
        plan: impl Fn(&mut Self, &[Item]) -> Result<Ready, String>,
    ) -> Outcome {
        match self.mode {
            Mode::Auto => {}
            Mode::ReadOnly => return Err("Error: this memory is read only".to_owned()),
            // A model takes a file that it made for made: nothing can be promised here.
            Mode::Review => {
                return Err(
                    "Error: what you write waits for a person, which this tool cannot do; it is read only".to_owned()
                );
            }
        }
        let reason = format!("memory tool: {what}");
        let policy = format!("policy agent.{}", self.agent);
        let mut why = String::new();
        for attempt in 0..ATTEMPTS {
            thread::sleep(STEP_ASIDE * attempt);
            let items = self.items(now)?;
            let Ready { label, tasks, answer } = plan(self, &items)?;
            let deed = Deed { store: 0, label, policy: &policy, reason: &reason, tasks };
            match self.curator.perform(&mut self.batch, &deed, now) {
                Ok(Done::Whole(_)) => return Ok(answer),
                Ok(Done::Forbidden(reason)) => return Err(format!("Error: {reason}")),
                Ok(Done::Failed(reason)) => why = reason,
                Err(problem) => {
                    self.troubles.push(problem.to_string());
                    "it could not be written now".clone_into(&mut why);
                }
            }
        }
        Err(format!("Error: nothing was changed: {why}"))
    }

    fn items(&mut self, now: EpochMs) -> Result<Vec<Item>, String> {
        self.shelf.items(now).map_err(|problem| self.unread(&problem))
    }

    fn unread(&mut self, problem: &Problem) -> String {
        self.troubles.push(problem.to_string());
        "Error: it cannot be read now; the person who runs this memory is told why".to_owned()
    }

    /// The file of that path, `None` when there is none.
    fn held(&mut self, items: &[Item], path: &Below) -> Result<Option<Held>, String> {
        match file_at(items, path) {
            Some(item) => self.shelf.read(&item.native).map_err(|problem| self.unread(&problem)),
            None => Ok(None),
        }
    }

    /// The file of that path, or every file of that directory, each with its path within it.
    fn all_at(&mut self, items: &[Item], path: &Below) -> Result<Vec<(String, Held)>, String> {
        let shown = path.shown();
        let is_it = |item: &&Item| item.path == path.as_str() && item.odd.is_none();
        let mut found = Vec::new();
        for item in items.iter().filter(|item| is_it(item) || path.inside(&item.path).is_some()) {
            if let Some(odd) = item.odd {
                let name = path.inside(&item.path).unwrap_or_default();
                return Err(format!("Error: {shown} holds {name:?}, which {odd}; a person has to take care of it"));
            }
            let held = self.shelf.read(&item.native).map_err(|problem| self.unread(&problem))?;
            let Some(held) = held else { continue };
            if held.pinned {
                return Err("Error: a person has pinned it, so it stays".to_owned());
            }
            is_own(&held)?;
            found.push((path.inside(&item.path).unwrap_or_default().to_owned(), held));
        }
        if found.is_empty() { Err(format!("Error: The path {shown} does not exist")) } else { Ok(found) }
    }

    /// Refuses a text that a person does not want back.
    fn not_buried(&mut self, path: &Below, words: &str) -> Result<(), String> {
        let prints = [judge::fingerprint(&[words]), judge::fingerprint(&[path.as_str(), words])];
        for print in prints {
            let stone =
                self.curator.ledger().and_then(|ledger| Ok(ledger.buried_where(print, |project| project.is_none())?));
            match stone {
                Ok(None) => {}
                Ok(Some(stone)) => return Err(format!("Error: it is not taken again: {}", stone.sentence())),
                Err(problem) => {
                    self.troubles.push(problem.to_string());
                    return Err("Error: nothing can be written now".to_owned());
                }
            }
        }
        Ok(())
    }
}

fn file_at<'i>(items: &'i [Item], path: &Below) -> Option<&'i Item> {
    items.iter().find(|item| item.path == path.as_str() && item.odd.is_none())
}

/// Whether anything has that path, be it what no agent is shown.
fn is_taken(items: &[Item], path: &Below) -> bool {
    path.is_root() || items.iter().any(|item| item.path == path.as_str() || path.inside(&item.path).is_some())
}

/// Refuses a new path that leads through a file, or that differs from one there is by upper and lower case only: some
/// systems and most people take them for one. `instead` is what goes when it comes.
fn fits(items: &[Item], path: &Below, instead: Option<&Below>) -> Result<(), String> {
    let names: Vec<&str> = path.as_str().split('/').collect();
    for item in items {
        if instead.is_some_and(|old| item.path == old.as_str() || old.inside(&item.path).is_some()) {
            continue;
        }
        let theirs: Vec<&str> = item.path.split('/').collect();
        let common = names.iter().zip(&theirs).take_while(|(mine, theirs)| mine == theirs).count();
        if common == theirs.len() {
            return Err(format!("Error: /memories/{} is no directory", crate::text::line(&item.path)));
        }
        let next = names.get(common).zip(theirs.get(common));
        if next.is_some_and(|(mine, theirs)| mine.to_lowercase() == theirs.to_lowercase()) {
            return Err(format!(
                "Error: {} differs from /memories/{} by upper and lower case only; use that spelling",
                path.shown(),
                crate::text::line(&item.path)
            ));
        }
    }
    Ok(())
}

fn is_own(held: &Held) -> Result<(), String> {
    if held.own { Ok(()) } else { Err("Error: it is for every agent, so that a person changes it".to_owned()) }
}

fn words<'h>(held: &'h Held, shown: &str) -> Result<&'h str, String> {
    std::str::from_utf8(&held.bytes).map_err(|_| format!("Error: The file {shown} is no UTF-8 text"))
}

/// Where the text to be replaced stands, which must be once.
fn only_one(text: &str, old: &str, shown: &str) -> Result<usize, String> {
    if old.is_empty() {
        return Err("No replacement was performed, old_str is empty.".to_owned());
    }
    // Also places that overlap: which of them is meant nobody can tell.
    let step = old.chars().next().map_or(1, char::len_utf8);
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(old)) {
        places.push(from + at);
        from += at + step;
    }
    match places.as_slice() {
        [] => Err(format!("No replacement was performed, old_str `{old}` did not appear verbatim in {shown}.")),
        [at] => Ok(*at),
        several => {
            let mut numbers: Vec<String> = several.iter().map(|at| lines::line_of(text, *at).to_string()).collect();
            numbers.dedup();
            Err(format!(
                "No replacement was performed. Multiple occurrences of old_str `{old}` in lines: {}. Please ensure it \
                 is unique",
                numbers.join(", ")
            ))
        }
    }
}
