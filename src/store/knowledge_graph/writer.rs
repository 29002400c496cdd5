//! The writing half: the file is read afresh, changed in memory, and put in its place as a whole.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use super::{
    edit,
    entry::{self, Entry},
    graph::{Graph, Item},
    put, record,
    shelf::Shelf,
};
use crate::{
    change::{Change, Place},
    memory::{Digest, Image},
    store::{
        Errand, Expect, Intent, Make, Outcome, Problem, Result, Writer, crash,
        disk::{self, Found},
        spot::{Spot, Waiting},
    },
};

/// How long a call of the product lasts at most that has read the file before it was written here, and writes it after.
/// Measured calls take a few milliseconds.
const CALL: Duration = Duration::from_millis(60);
/// Permission bits of a file that is made anew.
const PRIVATE: u32 = 0o600;

/// Writes the file of a store.
pub(super) struct GraphWriter {
    shelf: Arc<Shelf>,
}

impl GraphWriter {
    pub(super) const fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf }
    }

    fn transact(&self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let mut bench = Bench::new(&self.shelf)?;
        let (mut outcomes, mut seen, mut all) = (Vec::new(), HashSet::new(), Vec::new());
        let mut batch = first;
        while !batch.is_empty() {
            let mut changes = Vec::new();
            let mut planned: Vec<(usize, Outcome)> = Vec::with_capacity(batch.len());
            for (at, intent) in in_order(&batch) {
                let outcome = if seen.insert(intent.native.clone()) {
                    bench.plan(intent, &mut changes)
                } else {
                    Outcome::Refused(format!("{} is named twice in one step; do one after the other", intent.native))
                };
                planned.push((at, outcome));
            }
            planned.sort_unstable_by_key(|(at, _)| *at);
            outcomes.extend(planned.into_iter().map(|(_, outcome)| outcome));
            if !changes.is_empty() {
                all.extend_from_slice(&changes);
                errand.journal(&Arc::new(changes))?;
            }
            // Everything goes into one write.
            batch = errand.next();
        }
        if !all.is_empty() {
            errand.durable()?;
            put::restore(&mut bench.graph, &bench.back);
            bench.write(&all)?;
            self.rename(&all);
        }
        Ok(outcomes)
    }

    /// A memory that was edited keeps its name as long as this process lives.
    fn rename(&self, changes: &[Change]) {
        let made = changes.iter().filter_map(|change| Some((change.native.clone(), change.after.as_ref()?)));
        self.shelf.rename(made.filter_map(|(native, image)| Some((native, record::item(image)?))));
    }
}

impl Writer for GraphWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let result = self.transact(first, errand);
        // Also after a conflict: whoever lists the memory must see it as it is.
        self.shelf.refresh()?;
        result
    }

    fn company(&mut self) -> bool {
        // The product takes no locks: nobody waits for a gap.
        false
    }

    /// The file is written at once, so that nothing is left half done; but a memory that was edited is only found by
    /// those who know what became of it.
    fn finish(&mut self, changes: &[Change]) -> Result<()> {
        self.rename(changes);
        self.shelf.refresh()
    }
}

/// Intents with their places among the others. Entities go first: they take their relations along, and facts come back
/// into them.
fn in_order(batch: &[Intent]) -> Vec<(usize, &Intent)> {
    let mut intents: Vec<(usize, &Intent)> = batch.iter().enumerate().collect();
    intents.sort_by_key(|(_, intent)| !intent.native.starts_with("entity/"));
    intents
}

/// The file as it is to become.
struct Bench<'s> {
    shelf: &'s Shelf,
    path: PathBuf,
    found: Option<Found>,
    /// The memories as they were found, by name.
    entries: HashMap<String, Entry>,
    before: Graph,
    graph: Graph,
    /// Memories by what their records say; made when it is needed.
    digests: Option<HashMap<Digest, Item>>,
    objection: Option<String>,
    /// Memories that come back when everything else is done, all together.
    back: Vec<Image>,
}

impl<'s> Bench<'s> {
    fn new(shelf: &'s Shelf) -> Result<Self> {
        let found = shelf.load()?;
        let before = Graph::read(found.as_ref().map_or(&[], |found| &found.bytes));
        let entries = entry::all(&shelf.path, &before, &HashMap::new());
        let linked = found.as_ref().is_some_and(|found| found.names > 1);
        Ok(Self {
            shelf,
            path: shelf.target(),
            entries: entries.into_iter().map(|entry| (entry.native.clone(), entry)).collect(),
            graph: before.clone(),
            before,
            digests: None,
            back: Vec::new(),
            objection: linked
                .then(|| "the file has another name that a new file would not have (a hard link)".to_owned()),
            found,
        })
    }

    /// Works out an intent and changes the file in memory.
    fn plan(&mut self, intent: &Intent, changes: &mut Vec<Change>) -> Outcome {
        let item = self.item(intent);
        let now = item.as_ref().and_then(|item| record::image(&self.graph, item));
        let item = item.filter(|_| now.is_some());
        let (edited, after) = match (&intent.make, &item) {
            (Make::Delete | Make::Erase, None) => return Outcome::Already,
            (Make::Edit(_), None) => return Outcome::Conflict(None),
            (Make::Delete | Make::Erase, Some(_)) => (None, None),
            (Make::Edit(edit), Some(item)) => match edit::after(&self.graph, item, edit) {
                Ok((graph, item)) => {
                    let after = record::image(&graph, &item);
                    (Some(graph), after)
                }
                Err(reason) => return Outcome::Refused(reason),
            },
            (Make::Put(image), _) => (None, Some(image.clone())),
        };
        if after.as_ref().map(Image::digest) == now.as_ref().map(Image::digest) {
            return Outcome::Already;
        }
        if !self.is_met(intent, item.as_ref(), now.as_ref()) {
            return Outcome::Conflict(now.map(Box::new));
        }
        if let Some(reason) = &self.objection {
            return Outcome::Refused(reason.clone());
        }
        match (edited, &item, &after) {
            (Some(graph), ..) => self.graph = graph,
            (None, Some(item), Some(image)) => put::put(&mut self.graph, item, image),
            (None, None, Some(image)) => {
                if let Some(reason) = self.homeless(image) {
                    return Outcome::Refused(reason);
                }
                self.back.push(image.clone());
            }
            (None, Some(item), None) => self.graph.take_out(item),
            (None, None, None) => {}
        }
        changes.push(Change { native: intent.native.clone(), place: Place::Store, before: now, after });
        Outcome::Applied
    }

    /// The memory that an intent is about: by its name, by what became of it here, or by the record that is expected.
    fn item(&mut self, intent: &Intent) -> Option<Item> {
        if let Some(entry) = self.entries.get(&intent.native) {
            return Some(entry.item.clone());
        }
        if let Some(item) = self.shelf.renamed(&intent.native).filter(|item| self.before.copies(item) > 0) {
            return Some(item);
        }
        let Expect::Exactly(digest) = intent.expect else { return None };
        let repaired = match &intent.make {
            Make::Put(image) => record::item(image).filter(|item| matches!(item, Item::Line(_))),
            _ => None,
        };
        if repaired.is_some() {
            let is_it = |item: &Item| record::digest(&self.before, item) == Some(digest);
            return self.before.runs().into_iter().find(is_it);
        }
        let before = &self.before;
        let digests = self.digests.get_or_insert_with(|| {
            let items = before.items().into_iter();
            items.filter_map(|(item, _)| Some((record::digest(before, &item)?, item))).collect()
        });
        digests.get(&digest).cloned()
    }

    /// Why a fact cannot come back.
    fn homeless(&self, image: &Image) -> Option<String> {
        let Some(Item::Observation(entity, _)) = record::item(image) else { return None };
        let home = Item::Entity(entity.clone());
        let comes_back = || self.back.iter().any(|image| record::item(image).as_ref() == Some(&home));
        (self.graph.copies(&home) == 0 && !comes_back())
            .then(|| format!("its entity {entity} is gone; bring that back first"))
    }

    fn is_met(&self, intent: &Intent, item: Option<&Item>, now: Option<&Image>) -> bool {
        match intent.expect {
            Expect::Anything => true,
            Expect::Absent => now.is_none(),
            // What this act did before to what goes with it is no change by somebody else.
            Expect::Seen(version) => {
                let entry = item.and_then(|item| self.entries.get(&item.native()));
                entry.is_some_and(|entry| entry.version == version)
            }
            Expect::Exactly(digest) => now.is_some_and(|image| image.digest() == digest),
        }
    }

    fn write(&self, changes: &[Change]) -> Result<()> {
        let bytes = self.graph.bytes();
        let path = &self.path;
        if let Some(native) = astray(&bytes, changes) {
            let reason = format!(
                "{native} would not be read back as it should be, because another change of this step is about the \
                 same; nothing was written, make the changes one after the other"
            );
            return Err(Problem::Failed { path: path.clone(), reason });
        }
        let directory = path.parent().unwrap_or(Path::new("."));
        let spot = Spot::reach(directory, path, false).map_err(|error| disk::problem(path, &error))?;
        spot.sweep();
        let mode = self.found.as_ref().map_or(PRIVATE, |found| found.mode);
        let waiting = Waiting::beside(&spot, &bytes, mode, None)?;
        // The same bytes in another file are another file: somebody has written it.
        if self.now()? != self.found {
            let reason =
                "another program wrote it at this moment; nothing was changed, look at it and try again".to_owned();
            return Err(Problem::Failed { path: path.clone(), reason });
        }
        waiting.take_place(self.found.is_none())?;
        crash::point("placed");
        spot.settle()?;
        // A call of the product that began before would put back what it has read.
        thread::sleep(CALL);
        match self.now()? {
            Some(found) if found.bytes == bytes => Ok(()),
            Some(found) if astray(&found.bytes, changes).is_none() => Ok(()),
            _ => Err(Problem::Failed {
                path: path.clone(),
                reason: "its product wrote over it at the same moment, and what was changed is lost; look at it and \
                         try again"
                    .to_owned(),
            }),
        }
    }

    fn now(&self) -> Result<Option<Found>> {
        disk::read_up_to(&self.path, super::shelf::LARGEST).map_err(|error| disk::problem(&self.path, &error))
    }
}

/// The first memory that whoever reads these bytes next does not find as it was planned.
fn astray(bytes: &[u8], changes: &[Change]) -> Option<String> {
    let next = Graph::read(bytes);
    let is_so = |change: &Change| {
        let image = change.after.as_ref().or(change.before.as_ref());
        let found = image.and_then(record::item).and_then(|item| record::digest(&next, &item));
        found == change.after.as_ref().map(Image::digest)
    };
    changes.iter().find(|change| !is_so(change)).map(|change| change.native.clone())
}
