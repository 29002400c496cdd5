//! The file of saved views: reading it with its mistakes named, and writing it so that it is never half there.

use std::{
    borrow::Cow,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};

use chrono::{FixedOffset, Offset as _, Utc};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{SavedView, built_in, checked_name, place};
use crate::{
    catalog::Sort,
    config::{BadConfig, line_of, quoted, shown},
    query::{closest, parse},
};

const KEYS: [&str; 4] = ["name", "filter", "sort", "grouped"];
/// The part of the built-in file that explains it.
const HEAD: &str = "[[view]]";

/// The saved views in a file; those that memtui comes with when there is none.
///
/// # Errors
/// It cannot be read, or something in it cannot be understood.
pub fn load(file: &Path) -> Result<Vec<SavedView>, BadConfig> {
    match fs::read_to_string(file) {
        Ok(text) => read(&text, file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(built_in()),
        Err(error) => Err(BadConfig {
            place: file.display().to_string(),
            reason: error.to_string(),
            hint: "make it a readable text file, or delete it".to_owned(),
        }),
    }
}

/// The saved views in a text. `file` is named in errors.
///
/// # Errors
/// The first thing that cannot be understood, with its line.
pub fn read(text: &str, file: &Path) -> Result<Vec<SavedView>, BadConfig> {
    let source = Source { text, file };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let reason = error.message().lines().collect::<Vec<_>>().join(", ");
        source.bad(at, reason, "a view begins with [[view]], then come lines like name = \"stale\"")
    })?;
    let mut views = Vec::new();
    for (name, value) in sorted(table.get_ref()) {
        if name.get_ref().as_ref() != "view" {
            let reason = format!("there is no key {}", shown(name.get_ref()));
            return Err(source.bad(name.span().start, reason, "a view begins with [[view]]"));
        }
        let Some(entries) = value.get_ref().as_array() else {
            return Err(source.bad(
                name.span().start,
                "`view` is no list".to_owned(),
                "write [[view]] before each view",
            ));
        };
        for entry in entries {
            let view = source.view(entry)?;
            if place(&views, &view.name).is_some() {
                let reason = format!("there is a view {} already", shown(&view.name));
                return Err(source.bad(entry.span().start, reason, "give one of them another name"));
            }
            views.push(view);
        }
    }
    Ok(views)
}

/// The entries of a table in the order in which they are written.
fn sorted<'a, 'b>(table: &'a DeTable<'b>) -> Vec<(&'a Spanned<Cow<'b, str>>, &'a Spanned<DeValue<'b>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// A text that is read, for saying where something is wrong.
struct Source<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Source<'_> {
    fn bad(&self, at: usize, reason: String, hint: impl Into<String>) -> BadConfig {
        let place = format!("{}:{}", self.file.display(), line_of(self.text, at));
        BadConfig { place, reason, hint: hint.into() }
    }

    fn view(&self, entry: &Spanned<DeValue<'_>>) -> Result<SavedView, BadConfig> {
        let at = entry.span().start;
        let Some(table) = entry.get_ref().as_table() else {
            return Err(self.bad(at, "a view is no single value".to_owned(), "a view begins with [[view]]"));
        };
        let mut view = SavedView::default();
        for (key, value) in sorted(table) {
            self.set(&mut view, key, value)?;
        }
        if view.name.is_empty() {
            return Err(self.bad(at, "this view has no name".to_owned(), "add a line like name = \"stale\""));
        }
        Ok(view)
    }

    fn set(
        &self,
        view: &mut SavedView,
        key: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), BadConfig> {
        let at = value.span().start;
        let name = key.get_ref().as_ref();
        let takes = |what: &str| {
            let found = shown(self.text.get(value.span()).unwrap_or_default());
            self.bad(at, format!("`{name}` takes {what}, not {found}"), "quotes stand around texts only")
        };
        let text = || value.get_ref().as_str().ok_or_else(|| takes("a text in quotes"));
        match name {
            "name" => {
                let given = text()?;
                let name = checked_name(given).map_err(|reason| self.bad(at, reason, "choose another name"))?;
                name.clone_into(&mut view.name);
            }
            "filter" => {
                let filter = text()?.trim();
                // The present day does not matter for whether it can be understood.
                let zone: FixedOffset = Utc.fix();
                parse(filter, 0, zone).map_err(|error| {
                    let hint = error.hint.clone().unwrap_or_else(|| "docs/query.md has the language".to_owned());
                    self.bad(at, format!("the filter {} is wrong: {}", shown(filter), error.message), hint)
                })?;
                filter.clone_into(&mut view.filter);
            }
            "sort" => {
                view.sort = text()?.parse::<Sort>().map_err(|reason| self.bad(at, reason, "`age` is newest first"))?;
            }
            "grouped" => view.grouped = value.get_ref().as_bool().ok_or_else(|| takes("true or false"))?,
            other => {
                let hint = match closest(other, KEYS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("a view has {}", KEYS.join(", ")),
                };
                return Err(self.bad(key.span().start, format!("a view has no {}", shown(other)), hint));
            }
        }
        Ok(())
    }
}

/// The text of a file with these views.
pub fn write(views: &[SavedView]) -> String {
    let head = super::BUILT_IN.split(HEAD).next().unwrap_or_default();
    let mut text = head.to_owned();
    for (n, view) in views.iter().enumerate() {
        let gap = if n == 0 { "" } else { "\n" };
        // A string takes whatever is written to it.
        let _ = writeln!(text, "{gap}{HEAD}\nname = {}\nfilter = {}", quoted(&view.name), quoted(&view.filter));
        if view.sort != Sort::default() {
            let _ = writeln!(text, "sort = {}", quoted(&view.sort.to_string()));
        }
        if view.grouped {
            text.push_str("grouped = true\n");
        }
    }
    text
}

/// Writes the views into a file, all or nothing: whoever reads it meanwhile, or after a crash, finds the views before or
/// these. A link stays a link to the file that it names.
///
/// # Errors
/// What the system says when the file cannot be written.
pub fn save(file: &Path, views: &[SavedView]) -> io::Result<()> {
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut draft = tempfile::Builder::new().prefix(".views-").tempfile_in(directory)?;
    if let Ok(found) = fs::metadata(&file) {
        draft.as_file().set_permissions(found.permissions())?;
    }
    draft.write_all(write(views).as_bytes())?;
    draft.as_file().sync_all()?;
    draft.persist(&file)?;
    // The new name has reached the disk when its directory has.
    fs::File::open(directory)?.sync_all()
}

/// Why views were not written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSaved {
    /// Somebody else changed the file, which now has these; nothing was written.
    Changed(Vec<SavedView>),
    /// The file could not be read or written, as a sentence.
    Failed(String),
}

/// Writes views into a file that still has those that it had before.
///
/// # Errors
/// It has others by now, or cannot be read or written.
pub fn replace(file: &Path, before: &[SavedView], after: &[SavedView]) -> Result<(), NotSaved> {
    let found = load(file).map_err(|error| NotSaved::Failed(error.to_string()))?;
    if found != before {
        return Err(NotSaved::Changed(found));
    }
    save(file, after).map_err(|error| NotSaved::Failed(format!("{}: {error}", file.display())))
}
