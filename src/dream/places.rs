//! Whose directories are whose, learnt from the files that the memories of each project name.

use std::collections::{BTreeMap, HashMap};

/// Directories that are kept; beyond it no more are learnt.
const MOST: usize = 200_000;
/// Memories below a directory that make it known.
const KNOWN: u32 = 5;
/// Of ten memories below a directory that is a project's own, so many are of that project.
const OF_TEN: u32 = 9;

/// The number of a directory.
pub(super) type Place = u32;

#[derive(Debug)]
struct Directory {
    parent: Option<Place>,
    name: Box<str>,
    /// By project: memories whose files all stand below.
    memories: BTreeMap<u16, u32>,
}

/// The directories that memories name.
#[derive(Debug, Default)]
pub(super) struct Places {
    directories: Vec<Directory>,
    numbers: HashMap<(Option<Place>, Box<str>), Place>,
}

impl Places {
    /// Learns that a memory of a project names these files. The deepest directory above them all; `None` when they have
    /// none in common, or one of the paths is not a whole one.
    pub(super) fn learn(&mut self, project: u16, files: &[&str]) -> Option<Place> {
        let mut parts = common(files)?.into_iter();
        let mut at = None;
        for part in parts.by_ref() {
            let next = self.number(at, part)?;
            *self.directories.get_mut(next as usize)?.memories.entry(project).or_default() += 1;
            at = Some(next);
        }
        at
    }

    fn number(&mut self, parent: Option<Place>, name: &str) -> Option<Place> {
        let key = (parent, Box::from(name));
        if let Some(known) = self.numbers.get(&key) {
            return Some(*known);
        }
        let number = Place::try_from(self.directories.len()).ok().filter(|_| self.directories.len() < MOST)?;
        self.directories.push(Directory { parent, name: key.1.clone(), memories: BTreeMap::new() });
        self.numbers.insert(key, number);
        Some(number)
    }

    /// Whose a place is, by the nearest directory above it that enough memories name, and the highest directory that
    /// is theirs too.
    pub(super) fn owner(&self, place: Place) -> Option<(u16, Place)> {
        let above = std::iter::successors(Some(place), |at| self.directories.get(*at as usize)?.parent);
        let mut known = above.filter(|at| self.total(*at) >= KNOWN);
        let first = known.next()?;
        let owner = self.owned_by(first)?;
        let top = known.take_while(|at| self.owned_by(*at) == Some(owner)).last().unwrap_or(first);
        Some((owner, top))
    }

    /// Projects that have a directory of their own, each with the highest one.
    pub(super) fn homes(&self) -> BTreeMap<u16, Place> {
        let mut homes = BTreeMap::new();
        // A directory is learnt after the one above it, so the highest comes first.
        for (at, directory) in (0..).zip(&self.directories) {
            let owner = self.owned_by(at).filter(|_| self.total(at) >= KNOWN);
            if let Some(owner) = owner.filter(|_| directory.parent.is_some()) {
                homes.entry(owner).or_insert(at);
            }
        }
        homes
    }

    /// The last part of a directory's path.
    pub(super) fn name(&self, place: Place) -> &str {
        self.directories.get(place as usize).map_or("", |directory| &directory.name)
    }

    fn total(&self, place: Place) -> u32 {
        self.directories.get(place as usize).map_or(0, |directory| directory.memories.values().sum())
    }

    fn owned_by(&self, place: Place) -> Option<u16> {
        let directory = self.directories.get(place as usize)?;
        let (project, count) = directory.memories.iter().max_by_key(|(_, count)| **count)?;
        (count * 10 >= self.total(place) * OF_TEN).then_some(*project)
    }
}

/// The parts of the deepest directory above all files.
fn common<'a>(files: &[&'a str]) -> Option<Vec<&'a str>> {
    let parts = |file: &'a str| -> Option<Vec<&'a str>> {
        let (directory, _) = file.strip_prefix('/')?.rsplit_once('/')?;
        let parts: Vec<&str> = directory.split('/').collect();
        (!parts.contains(&"..")).then_some(parts)
    };
    let (first, others) = files.split_first()?;
    let mut common = parts(first)?;
    for file in others {
        let theirs = parts(file)?;
        let same = common.iter().zip(&theirs).take_while(|(one, other)| one == other).count();
        common.truncate(same);
    }
    (!common.is_empty()).then_some(common)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_belongs_to_whom_most_of_its_memories_are() {
        let mut places = Places::default();
        for number in 0..9 {
            places.learn(1, &[&format!("/code/api/src/{number}.rs"), "/code/api/Cargo.toml"]);
            places.learn(2, &[&format!("/code/app/lib/{number}.dart")]);
        }
        let stray = places.learn(2, &["/code/api/src/1.rs"]).unwrap();
        let (owner, top) = places.owner(stray).unwrap();
        assert_eq!((owner, places.name(top)), (1, "api"));
        let homes = places.homes();
        assert_eq!((places.name(homes[&1]), places.name(homes[&2])), ("api", "app"));
        let alone = places.learn(3, &["/elsewhere/x"]).unwrap();
        assert_eq!(places.owner(alone), None);
        assert_eq!(places.learn(3, &["relative/x"]), None);
    }
}
