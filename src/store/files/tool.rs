//! The directory of a memory tool: where it is, what is in it, and new files for it.

use std::{
    fs::DirBuilder,
    io,
    os::{fd::OwnedFd, unix::fs::DirBuilderExt as _},
    path::Path,
};

use rustix::{
    fs::{AtFlags, Dir, FileType, statat},
    io::Errno,
};

use super::{
    Place, absolute, entry,
    folder::{DEEPEST, Layout, MOST, Source, Survey},
    pieces, record,
    site::{self, Site},
};
use crate::{
    memory::{Image, Record, Value},
    store::{Composed, Problem, Result, disk, spot},
};

/// The name of the directory, as the official SDKs lay it out.
const NAME: &str = "memories";
/// The field of an edit that stands for a whole file, byte for byte. No form shows it.
pub const WHOLE: &str = "file";

/// A thing in the directory of a memory tool.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Its path below the directory.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Why it is no memory, if so: it is not shown to agents and not touched.
    pub odd: Option<&'static str>,
}

/// The directory of a memory tool for a path that a person gave: the path itself when it is called `memories` or is
/// marked as one, else `memories` in it, as the official SDKs lay it out. It is made when it is not there, for its owner
/// only, unless `make` forbids it.
///
/// # Errors
/// [`Problem::NotAStore`] when the directory is another product's, [`Problem::Denied`] when it cannot be made.
pub fn memory_tool(root: &Path, make: bool) -> Result<Place> {
    let root = absolute(root);
    let is_one = root.file_name().is_some_and(|name| name == NAME) || root.join(site::MARK).exists();
    let directory = if is_one { root } else { root.join(NAME) };
    if make {
        DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(|error| Problem::Denied {
            path: directory.clone(),
            reason: format!("the directory cannot be made ({error}); choose another one"),
        })?;
    }
    match site::of_directory(&directory) {
        Some(Site::One(_, Layout::Tool)) => Ok(Place(Site::One(directory, Layout::Tool))),
        Some(other) => Err(Problem::NotAStore {
            path: directory,
            reason: format!("this directory belongs to {}; choose another one", other.product()),
        }),
        None => Err(Problem::Missing(directory)),
    }
}

/// Everything below the directory of a memory tool, by path. Directories are there through what is in them; no link is
/// followed, also none that is put there meanwhile.
///
/// # Errors
/// A directory cannot be read, or there are too many files.
pub fn tree(root: &Path) -> io::Result<Vec<Leaf>> {
    let mut found = Vec::new();
    list(&spot::open_root(root)?, "", 1, &mut found)?;
    found.sort_unstable();
    Ok(found)
}

fn list(directory: &OwnedFd, above: &str, depth: usize, found: &mut Vec<Leaf>) -> io::Result<()> {
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if [b".".as_slice(), b".."].contains(&name.to_bytes()) {
            continue;
        }
        if found.len() >= MOST {
            return Err(io::Error::other(format!("there are more than {MOST} files")));
        }
        let path = format!("{above}{}", name.to_string_lossy());
        let odd = |reason| Leaf { path: path.clone(), size: 0, odd: Some(reason) };
        let Ok(text) = name.to_str() else {
            found.push(odd("has a name that is no text"));
            continue;
        };
        if text.starts_with('.') {
            found.push(odd("is hidden"));
            continue;
        }
        let data = match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            // It went away meanwhile.
            Err(Errno::NOENT) => continue,
            other => other?,
        };
        match FileType::from_raw_mode(data.st_mode) {
            FileType::RegularFile => {
                found.push(Leaf { size: u64::try_from(data.st_size).unwrap_or_default(), path, odd: None });
            }
            FileType::Directory if depth >= DEEPEST => found.push(odd("lies too deep")),
            FileType::Directory => match spot::enter(directory, text.as_ref()) {
                Ok(inner) => list(&inner, &format!("{path}/"), depth + 1, found)?,
                Err(Errno::NOENT) => {}
                Err(_) => found.push(odd("cannot be looked into")),
            },
            FileType::Symlink => found.push(odd("is a link, which is not followed")),
            _ => found.push(odd("is no regular file")),
        }
    }
    Ok(())
}

/// A file that is to be made. `mode` are its permission bits; without them its owner alone may read it.
pub fn new_file(path: &str, text: &[u8], mode: Option<u32>) -> Record {
    let mode = mode.map_or(Value::Null, |mode| Value::Integer(mode.into()));
    let columns = vec![
        ("path".to_owned(), Value::Text(path.as_bytes().to_vec())),
        ("text".to_owned(), Value::Text(text.to_vec())),
        ("mode".to_owned(), mode),
    ];
    Record { table: "note".to_owned(), columns }
}

/// The permission bits of a file that is a memory, by its record.
pub fn mode_of(image: &Image) -> Option<u32> {
    record::surroundings(image, false)?.mode
}

/// The bytes of a file that is a memory, by its record.
pub fn bytes_of(image: &Image) -> &[u8] {
    record::own(image).1
}

/// The full record of a new file, with its name.
///
/// # Errors
/// [`Problem::TakesNone`] outside when no file is ever added here, the reason inside.
pub(super) fn composed(survey: &Survey, given: &Record) -> Result<Composed> {
    // Of several directories with a name of their own a path names its own.
    let takes = |folder: &&std::sync::Arc<super::folder::Folder>| {
        matches!(folder.layout, Layout::Tool | Layout::Letta | Layout::Inbox)
    };
    let Some(folder) = survey.folders.iter().find(takes) else { return Err(Problem::TakesNone) };
    let text = |column: &str| match given.get(column) {
        Some(Value::Text(bytes)) => bytes.as_slice(),
        _ => &[],
    };
    let path = String::from_utf8_lossy(text("path"));
    let native = if folder.layout == Layout::Tool { folder.native(&path) } else { path.into_owned() };
    let Some(source) = survey.source(&native) else { return Ok(Err(format!("{native} names no file here"))) };
    let bytes = text("text");
    if bytes.len() as u64 > disk::LARGEST {
        return Ok(Err("a file of more than 4 MiB is no memory".to_owned()));
    }
    let mode = given.get("mode").cloned().unwrap_or(Value::Null);
    let title = title(&source, bytes);
    let mut image = record::of_file(&title, bytes, mode);
    if let (Layout::Inbox, Some(name)) = (&source.folder.layout, source.path.file_name()) {
        // A file without a line in the index would never be recalled.
        let line = format!("- [{}]({})\n", title.replace(['[', ']'], ""), name.to_string_lossy());
        image = record::with_new_line(image, line.into_bytes());
    }
    Ok(Ok((native, image)))
}

/// The title that a file will have.
pub(super) fn title(source: &Source, bytes: &[u8]) -> String {
    entry::title_of(source, &pieces::whole(bytes))
}
