//! Saved views: a filter and an order under a name, kept in a file that a person may edit.

mod file;
#[cfg(test)]
mod tests;

pub use file::{NotSaved, load, read, replace, save, write};

use crate::{
    catalog::{Sort, ViewSpec},
    memory::EpochMs,
    query::{BadQuery, Zone, parse},
};

/// The views that memtui comes with, as the file of a person who has saved none would have them.
const BUILT_IN: &str = include_str!("../../assets/views.toml");

/// The longest name, in characters: more does not fit on a screen beside others.
pub const LONGEST_NAME: usize = 30;

/// A filter and an order under a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedView {
    /// Its name, unlike all others also without regard to case.
    pub name: String,
    /// The filter as it was typed, so that `created:today` stays today.
    pub filter: String,
    /// The order.
    pub sort: Sort,
    /// Whether memories of the same scope stand together.
    pub grouped: bool,
}

impl SavedView {
    /// What it shows now.
    ///
    /// # Errors
    /// What is wrong with its filter.
    pub fn spec(&self, now: EpochMs, zone: impl Into<Zone>) -> Result<ViewSpec, BadQuery> {
        let filter = parse(&self.filter, now, zone)?;
        Ok(ViewSpec { filter, sort: self.sort, grouped: self.grouped })
    }
}

/// The views that memtui comes with.
pub fn built_in() -> Vec<SavedView> {
    read(BUILT_IN, std::path::Path::new("views.toml")).unwrap_or_default()
}

/// The place of the view of that name, in any case.
pub fn place(views: &[SavedView], name: &str) -> Option<usize> {
    let name = name.trim().to_lowercase();
    views.iter().position(|view| view.name.to_lowercase() == name)
}

/// A name for a view without the space around it.
///
/// # Errors
/// Why it cannot be one, as a sentence.
pub fn checked_name(name: &str) -> Result<&str, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("a view needs a name".to_owned());
    }
    if name.chars().any(char::is_control) {
        return Err("a name is one line of visible characters".to_owned());
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("a name has at most {LONGEST_NAME} characters"));
    }
    Ok(name)
}
