//! The versions of a memory that the product keeps: records of their own, each of which names the one before.

use std::collections::HashSet;

use super::{
    entry::text,
    kind::{Kind, Name},
    shelf::Book,
    shelf::image_of,
    standing,
};
use crate::{
    memory::{Handle, Image},
    store::StoreVersion,
};

/// Fields that are what a version says; the others are the memory's own.
const SAID: [&str; 5] = ["title", "content", "type", "concepts", "files"];

/// The versions of the chain that a memory belongs to, newest first; the present one is the memory itself.
pub(super) fn of(book: &Book, handle: Handle) -> Vec<StoreVersion> {
    let Some(here) = book.get(handle).filter(|entry| entry.kind() == Kind::Memory) else { return Vec::new() };
    let get = |key: &str| book.named(&Name::new(Kind::Memory, "", key));
    let mut seen = HashSet::from([here.handle]);
    let (mut newest, mut chain) = (here, Vec::new());
    while let Some(newer) = book.known.ties.successor(&newest.name().key).and_then(get)
        && seen.insert(newer.handle)
    {
        newest = newer;
    }
    seen.clear();
    let mut at = Some(newest);
    while let Some(entry) = at.filter(|entry| seen.insert(entry.handle)) {
        chain.push(entry);
        let older = text(entry.fields(), "parentId");
        at = Some(older).filter(|older| !older.is_empty()).and_then(get);
    }
    if !seen.contains(&here.handle) {
        // Several took the place of one: its chain is its own.
        chain = vec![here];
    }
    let now = image_of(here);
    let versions = chain.into_iter().map(|entry| {
        let number = entry.fields().get("version").map_or_else(|| "1".to_owned(), ToString::to_string);
        let used = if standing::is_used(Kind::Memory, entry.fields()) { ", in use" } else { "" };
        StoreVersion {
            native: entry.native.clone(),
            at: entry.created,
            note: format!("version {number}{used}"),
            current: entry.handle == here.handle,
            image: Some(again(&now, &image_of(entry))),
        }
    });
    versions.collect()
}

/// The memory as it would be if it said what another version says.
fn again(now: &Image, then: &Image) -> Image {
    let mut image = now.clone();
    for (name, value) in &mut image.own.columns {
        if SAID.contains(&name.as_str())
            && let Some(other) = then.own.get(name)
        {
            *value = other.clone();
        }
    }
    image
}
