//! Files as they were read last. One that looks as it did is not read again.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::store::disk::Look;

/// What a file said, with how it looked when that was read; or how it looked when it could not be read, and why not.
#[derive(Debug)]
enum Page<T> {
    Read(Look, Arc<T>),
    Unread(Option<Look>, String),
}

/// Files by what is known of them before they are read.
#[derive(Debug)]
pub(in crate::store) struct Followed<S, T> {
    pages: HashMap<S, Page<T>>,
    /// A hash of how every file looks; it does not depend on the order in which the system lists them.
    stamp: u64,
}

impl<S, T> Default for Followed<S, T> {
    fn default() -> Self {
        Self { pages: HashMap::new(), stamp: 0 }
    }
}

impl<S: Clone + Eq + Hash, T> Followed<S, T> {
    /// Looks at files, and reads those that look different. Whether any did, or is gone.
    ///
    /// `read` gives `None` for a file that went away meanwhile.
    pub(in crate::store) fn look(
        &mut self,
        sources: &[S],
        path: impl Fn(&S) -> &Path,
        read: impl Fn(&S) -> Result<Option<(Look, T)>, String>,
    ) -> bool {
        let mut pages = HashMap::with_capacity(sources.len());
        let mut stamp = 0_u64;
        let mut moved = false;
        for source in sources {
            let look = Look::at(path(source));
            let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((source, look));
            stamp = stamp.wrapping_add(hash);
            let known = self.pages.remove(source).filter(|page| match page {
                Page::Read(before, _) => Some(*before) == look,
                Page::Unread(before, _) => *before == look,
            });
            moved |= known.is_none();
            let page = known.or_else(|| match read(source) {
                Ok(Some((look, file))) => Some(Page::Read(look, Arc::new(file))),
                Ok(None) => None,
                Err(reason) => Some(Page::Unread(look, reason)),
            });
            pages.extend(page.map(|page| (source.clone(), page)));
        }
        // What is left of the old ones is gone.
        moved |= !self.pages.is_empty() || stamp != self.stamp;
        (self.pages, self.stamp) = (pages, stamp);
        moved
    }

    /// What was read, in no order.
    pub(in crate::store) fn files(&self) -> impl Iterator<Item = &Arc<T>> {
        self.pages.values().filter_map(|page| match page {
            Page::Read(_, file) => Some(file),
            Page::Unread(..) => None,
        })
    }

    /// Files that could not be read, with the reason.
    pub(in crate::store) fn unread(&self, path: impl Fn(&S) -> &Path) -> Vec<(PathBuf, String)> {
        let unread = self.pages.iter().filter_map(|(source, page)| match page {
            Page::Read(..) => None,
            Page::Unread(_, reason) => Some((path(source).to_owned(), reason.clone())),
        });
        unread.collect()
    }

    /// A hash of how every file looks.
    pub(in crate::store) const fn stamp(&self) -> u64 {
        self.stamp
    }
}
