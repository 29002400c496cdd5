//! The table of settings: names, meanings, and how each is read and shown.

use std::{env, ffi::OsStr, path::PathBuf};

use toml::de::DeValue;

use super::Config;
use crate::curate::Which;

/// A setting.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    /// Its name in the file.
    pub(super) name: &'static str,
    /// What it does, for the template.
    pub(super) meaning: &'static str,
    /// What it takes.
    pub(super) takes: Takes,
    /// Puts a value in; `false` when the value is of another kind or out of range.
    pub(super) set: fn(&mut Config, Given) -> bool,
    /// Its value as it is written in a file.
    pub(super) shown: fn(&Config) -> String,
}

/// A kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    Switch,
    Count,
    Paths,
    /// One of these words; in a sentence first.
    OneOf(&'static str, &'static [&'static str]),
}

/// A value.
#[derive(Debug)]
pub(super) enum Given {
    Text(String),
    Switch(bool),
    Count(usize),
    Paths(Vec<PathBuf>),
}

/// All settings, in the order of the template.
pub(super) const SETTINGS: [Setting; 12] = [
    Setting {
        name: "theme",
        meaning: "Colours: default (the terminal's own), dark, light, mono, or the name of a file in themes/.",
        takes: Takes::Text,
        set: |config, given| put(&mut config.theme, given.text()),
        shown: |config| quoted(&config.theme),
    },
    Setting {
        name: "mouse",
        meaning: "Listen to clicks and the wheel. Without it the terminal's own selection works as ever.",
        takes: Takes::Switch,
        set: |config, given| put(&mut config.mouse, given.switch()),
        shown: |config| config.mouse.to_string(),
    },
    Setting {
        name: "ascii",
        meaning: "Draw lines and marks in ASCII, for fonts without the others.",
        takes: Takes::Switch,
        set: |config, given| put(&mut config.ascii, given.switch()),
        shown: |config| config.ascii.to_string(),
    },
    Setting {
        name: "hyperlinks",
        meaning: "Links to files that a memory names, where they are in a checkout on this machine: auto, on or off.",
        takes: Takes::OneOf("\"auto\", \"on\" or \"off\"", &["auto", "on", "off"]),
        set: |config, given| put(&mut config.hyperlinks, given.text()),
        shown: |config| quoted(&config.hyperlinks),
    },
    Setting {
        name: "reduced_motion",
        meaning: "Let nothing move by itself: counts in place of bars that grow.",
        takes: Takes::Switch,
        set: |config, given| put(&mut config.reduced_motion, given.switch()),
        shown: |config| config.reduced_motion.to_string(),
    },
    Setting {
        name: "restore",
        meaning: "Begin where the last run ended: filter, order, place and panes. Without it nothing of that is kept.",
        takes: Takes::Switch,
        set: |config, given| put(&mut config.restore, given.switch()),
        shown: |config| config.restore.to_string(),
    },
    Setting {
        name: "mask_secrets",
        meaning: "Mask what looks like a password, token or key, on the screen and in output that is not JSON.",
        takes: Takes::Switch,
        set: |config, given| put(&mut config.mask_secrets, given.switch()),
        shown: |config| config.mask_secrets.to_string(),
    },
    Setting {
        name: "confirm_over",
        meaning: "Ask before an act on more memories than this. Everything can be undone either way.",
        takes: Takes::Count,
        set: |config, given| put(&mut config.confirm_over, given.count()),
        shown: |config| config.confirm_over.to_string(),
    },
    Setting {
        name: "backup_over",
        meaning: "Copy a store whole before an act on more memories than this; 0 for never. The ledger undoes it either way.",
        takes: Takes::Count,
        set: |config, given| put(&mut config.backup_over, given.count()),
        shown: |config| config.backup_over.to_string(),
    },
    Setting {
        name: "observe",
        meaning: "Remember what other programs change: overwriting (stores whose programs write over what was there), all or off.",
        takes: Takes::OneOf("\"overwriting\", \"all\" or \"off\"", &Which::WORDS),
        set: |config, given| put(&mut config.observe, given.text()),
        shown: |config| quoted(&config.observe),
    },
    Setting {
        name: "observe_mb",
        meaning: "Megabytes of the ledger for what other programs changed. The oldest goes first, never what an undo needs.",
        takes: Takes::Count,
        set: |config, given| put(&mut config.observe_mb, given.count()),
        shown: |config| config.observe_mb.to_string(),
    },
    Setting {
        name: "stores",
        meaning: "Databases and directories to open beside those that are found, for example [\"~/work/memory.db\"].",
        takes: Takes::Paths,
        set: |config, given| put(&mut config.stores, given.paths()),
        shown: |config| {
            let paths: Vec<String> = config.stores.iter().map(|path| quoted(&path.to_string_lossy())).collect();
            format!("[{}]", paths.join(", "))
        },
    },
];

/// Whether there was a value to put in.
fn put<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

impl Given {
    fn text(self) -> Option<String> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn switch(self) -> Option<bool> {
        if let Self::Switch(on) = self { Some(on) } else { None }
    }

    fn count(self) -> Option<usize> {
        if let Self::Count(count) = self { Some(count) } else { None }
    }

    fn paths(self) -> Option<Vec<PathBuf>> {
        if let Self::Paths(paths) = self { Some(paths) } else { None }
    }
}

/// A text as [TOML](https://toml.io/en/v1.0.0#string) writes it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if letter.is_control() => out.extend(format!("\\u{:04x}", u32::from(letter)).chars()),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

impl Setting {
    /// The environment variable that sets it.
    pub(super) fn variable(&self) -> String {
        format!("MEMTUI_{}", self.name.to_ascii_uppercase())
    }
}

impl Takes {
    /// What it is, for errors.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Switch => "true or false",
            Self::Count => "a whole number from 0",
            Self::Paths => "a list of paths in quotes",
            Self::OneOf(sentence, _) => sentence,
        }
    }

    /// The value in a file, if it is of this kind.
    pub(super) fn of_toml(self, value: &DeValue<'_>) -> Option<Given> {
        match self {
            Self::Text => value.as_str().map(|text| Given::Text(text.to_owned())),
            Self::OneOf(_, words) => {
                value.as_str().filter(|text| words.contains(text)).map(|text| Given::Text(text.to_owned()))
            }
            Self::Switch => value.as_bool().map(Given::Switch),
            Self::Count => {
                let number = value.as_integer()?;
                usize::from_str_radix(number.as_str(), number.radix()).ok().map(Given::Count)
            }
            Self::Paths => {
                let paths = value.as_array()?.iter().map(|path| path.get_ref().as_str().map(PathBuf::from));
                paths.collect::<Option<_>>().map(Given::Paths)
            }
        }
    }

    /// The value of an environment variable, if it can be one of this kind.
    pub(super) fn of_variable(self, value: &OsStr) -> Option<Given> {
        match self {
            Self::Text => value.to_str().map(|text| Given::Text(text.to_owned())),
            Self::OneOf(_, words) => {
                value.to_str().filter(|text| words.contains(text)).map(|text| Given::Text(text.to_owned()))
            }
            Self::Switch => match value.to_str()? {
                "true" | "1" | "yes" | "on" => Some(Given::Switch(true)),
                "false" | "0" | "no" | "off" => Some(Given::Switch(false)),
                _ => None,
            },
            Self::Count => value.to_str()?.parse().ok().map(Given::Count),
            Self::Paths => Some(Given::Paths(env::split_paths(value).collect())),
        }
    }
}
