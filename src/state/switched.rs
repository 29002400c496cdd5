//! Stores that a person has switched off: found at every start, and left out.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::shelf::put_in_place;

/// A store that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedOff {
    /// The name that it had.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The stores that are left out, as their file says; none where it cannot be read.
pub fn switched_off(file: &Path) -> Vec<SwitchedOff> {
    let bytes = fs::read(file).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Leaves a store out from now on, or no more. Whether that is new.
///
/// # Errors
/// The file cannot be written.
pub fn switch(file: &Path, name: &str, path: &Path, on: bool) -> io::Result<bool> {
    let mut off = switched_off(file);
    let known = off.iter().position(|other| other.path == path);
    match (known, on) {
        (Some(at), true) => {
            off.remove(at);
        }
        (None, false) => off.push(SwitchedOff { name: name.to_owned(), path: path.to_owned() }),
        (Some(_), false) | (None, true) => return Ok(false),
    }
    let text = serde_json::to_vec_pretty(&off).map_err(io::Error::other)?;
    put_in_place(file, &text)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_left_out_until_it_is_switched_on_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("state/off.json");
        let place = Path::new("/a/b.db");
        assert!(switched_off(&file).is_empty());
        assert!(switch(&file, "claude-mem", place, false).unwrap());
        assert!(!switch(&file, "claude-mem", place, false).unwrap());
        assert_eq!(switched_off(&file)[0].path, place);
        assert!(switch(&file, "claude-mem", place, true).unwrap());
        assert!(switched_off(&file).is_empty());
        fs::write(&file, "not json").unwrap();
        assert!(switched_off(&file).is_empty());
    }
}
