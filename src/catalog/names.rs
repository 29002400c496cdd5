//! Names of projects, agents and kinds, kept once and called by number.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// The number of a name; 0 is the empty name.
pub(crate) type NameId = u16;

/// The number for every name beyond what two bytes can count.
const OTHERS: NameId = NameId::MAX;

/// Longer names are cut: a column of names is no place for a hostile megabyte.
const LONGEST: usize = 1024;

/// Names by number, numbers by name. Names are only ever added.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    list: Vec<Box<str>>,
    ids: HashMap<Box<str>, NameId>,
}

impl Default for Names {
    fn default() -> Self {
        Self { list: vec!["".into()], ids: HashMap::from([("".into(), 0)]) }
    }
}

fn cut(name: &str) -> &str {
    let end = (0..=LONGEST).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    if name.len() > LONGEST { name.get(..end).unwrap_or_default() } else { name }
}

impl Names {
    /// The number of a name that is known.
    pub(crate) fn known(&self, name: &str) -> Option<NameId> {
        self.ids.get(cut(name)).copied()
    }

    /// The number of a name, which is added when it is new.
    pub(crate) fn number(&mut self, name: &str) -> NameId {
        let name = cut(name);
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let Ok(id) = NameId::try_from(self.list.len()) else { return OTHERS };
        if id == OTHERS {
            return OTHERS;
        }
        self.list.push(name.into());
        self.ids.insert(name.into(), id);
        id
    }

    /// The name of a number.
    pub(crate) fn name(&self, id: NameId) -> &str {
        self.list.get(usize::from(id)).map_or("(others)", AsRef::as_ref)
    }

    /// All names with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NameId, &str)> {
        (0..NameId::MAX).zip(self.list.iter().map(AsRef::as_ref))
    }

    /// How many numbers are in use.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// For each number its place among the names as `shown`, in the order of the alphabet without regard to case.
    /// Names that are shown alike share a place.
    pub(crate) fn ranks(&self, shown: impl Fn(&str) -> String) -> Vec<u16> {
        let mut by_name: Vec<(String, String, NameId)> = self
            .iter()
            .map(|(id, name)| {
                let shown = shown(name);
                (shown.to_lowercase(), shown, id)
            })
            .collect();
        by_name.sort_unstable();
        let mut ranks = vec![u16::MAX; self.list.len()];
        let mut rank = 0;
        let mut before: Option<&str> = None;
        for (_, shown, id) in &by_name {
            if before.is_some_and(|before| before != shown) {
                rank += 1;
            }
            before = Some(shown);
            if let Some(place) = ranks.get_mut(usize::from(*id)) {
                *place = rank;
            }
        }
        ranks
    }
}

/// The three columns of names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    pub(crate) projects: Names,
    pub(crate) agents: Names,
    pub(crate) kinds: Names,
}

/// A vocabulary as it is stored: the lists, without the empty name.
#[derive(Serialize, Deserialize)]
struct Lists {
    projects: Vec<String>,
    agents: Vec<String>,
    kinds: Vec<String>,
}

impl Vocabulary {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let list = |names: &Names| names.iter().skip(1).map(|(_, name)| name.to_owned()).collect();
        let lists = Lists { projects: list(&self.projects), agents: list(&self.agents), kinds: list(&self.kinds) };
        postcard::to_stdvec(&lists).unwrap_or_default()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let lists: Lists = postcard::from_bytes(bytes).ok()?;
        let names = |list: Vec<String>| {
            let mut names = Names::default();
            for name in list {
                names.number(&name);
            }
            names
        };
        Some(Self { projects: names(lists.projects), agents: names(lists.agents), kinds: names(lists.kinds) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_out_without_harm() {
        let mut names = Names::default();
        for n in 0..70_000 {
            names.number(&format!("n{n}"));
        }
        assert_eq!(names.number("n65533"), 65_534);
        assert_eq!(names.number("n65534"), OTHERS);
        assert_eq!(names.name(OTHERS), "(others)");
        assert_eq!(names.number(""), 0);
    }

    #[test]
    fn ranks_follow_the_alphabet() {
        let mut names = Names::default();
        for name in ["zeta", "Alpha", "user"] {
            names.number(name);
        }
        let ranks = names.ranks(|name| if name.is_empty() { "user".into() } else { name.into() });
        assert_eq!(ranks, [1, 2, 0, 1]);
    }
}
