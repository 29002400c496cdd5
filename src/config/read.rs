//! Reading what the sources say, the weakest first.

use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize as _, de::IntoDeserializer as _};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    BadConfig, Config, Origin, Row, Settings, agents,
    sections::{SECTIONS, Section, shown as shown_section},
    settings::{Given, SETTINGS, Setting},
};
use crate::query::closest;

/// The settings as far as they are read, and what could not be understood.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) settings: Settings,
    pub(super) mistakes: Vec<BadConfig>,
}

impl Reading {
    /// What a file says. Paths in it are relative to its directory, `~/` is the home directory.
    pub(super) fn file(&mut self, file: &Path, must_exist: bool) {
        let mut unreadable = |reason: String, hint: &str| {
            self.mistakes.push(BadConfig { place: file.display().to_string(), reason, hint: hint.to_owned() });
        };
        let hint = "make it a readable text file, or name another one with --config";
        // Opening a pipe would wait for somebody to write into it.
        match fs::metadata(file) {
            Ok(found) if !found.is_file() => return unreadable("it is no file".to_owned(), hint),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if must_exist {
                    unreadable("there is no such file".to_owned(), "check the path that was given with --config");
                }
                return;
            }
            _ => {}
        }
        match fs::read_to_string(file) {
            Ok(text) => self.text(&text, file),
            Err(error) => unreadable(error.to_string(), hint),
        }
    }

    /// What a text of settings says. `file` is named in mistakes.
    pub(super) fn text(&mut self, text: &str, file: &Path) {
        let origin = |at: usize| Origin::File { file: file.to_owned(), line: line_of(text, at) };
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let reason = error.message().lines().collect::<Vec<_>>().join(", ");
                let hint = "a setting is written as name = value".to_owned();
                let place = origin(error.span().map_or(0, |span| span.start)).to_string();
                return self.mistakes.push(BadConfig { place, reason, hint });
            }
        };
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let base = file.parent().unwrap_or(Path::new(""));
        for (name, value) in entries {
            if name.get_ref() == "agent" {
                let place = |at: usize| origin(at).to_string();
                let found = agents::read(value.get_ref(), text, place, &mut self.mistakes);
                self.settings.config.agents.extend(found);
                continue;
            }
            let origin = origin(name.span().start);
            if let Some(section) = SECTIONS.iter().find(|section| section.name == name.get_ref()) {
                self.section(section, value, text, file);
                continue;
            }
            let Some(setting) = named(name.get_ref()) else {
                self.mistakes.push(unknown(name.get_ref(), origin.to_string()));
                continue;
            };
            let given = setting.takes.of_toml(value.get_ref()).map(|given| match given {
                Given::Paths(paths) => {
                    let home = env::home_dir();
                    Given::Paths(paths.iter().map(|path| absolute(path, base, home.as_deref())).collect())
                }
                other => other,
            });
            self.take(setting, given, origin, text.get(value.span()).unwrap_or_default());
        }
    }

    /// What a section says, as often as it is there.
    fn section(&mut self, section: &Section, value: &Spanned<DeValue<'_>>, text: &str, file: &Path) {
        let array = value.get_ref().as_array();
        let all: Vec<&Spanned<DeValue<'_>>> = array.map_or_else(|| vec![value], |array| array.iter().collect());
        for one in all {
            let origin = Origin::File { file: file.to_owned(), line: line_of(text, one.span().start) };
            let base = file.parent().unwrap_or(Path::new(""));
            let given = toml::Table::deserialize(one.clone().into_deserializer());
            let given = given.map_err(|_| "it holds no names with values".to_owned());
            let taken = given.and_then(|given| {
                let value = shown_section(&given);
                (section.take)(&mut self.settings.config, given, base).map(|()| value)
            });
            let place = origin.to_string();
            if let Ok(value) = taken {
                self.settings.sections.push(Row { name: section.name, value, origin, about: section.meaning });
            } else if let Err(reason) = taken {
                let reason = format!("[[{}]]: {reason}", section.name);
                let hint = "`memtui config --template` shows one".to_owned();
                self.mistakes.push(BadConfig { place, reason, hint });
            }
        }
    }

    /// What environment variables say. An empty one says nothing.
    pub(super) fn environment(&mut self, variable: impl Fn(&str) -> Option<OsString>) {
        for setting in &SETTINGS {
            let name = setting.variable();
            if let Some(value) = variable(&name).filter(|value| !value.is_empty()) {
                let given = setting.takes.of_variable(&value);
                self.take(setting, given, Origin::Environment(name), &value.to_string_lossy());
            }
        }
    }

    /// What options of the command line say: `NAME=VALUE`, the value as in an environment variable.
    pub(super) fn options(&mut self, options: &[String]) {
        for option in options {
            let place = || format!("--option {}", option.escape_debug());
            let Some((name, value)) = option.split_once('=') else {
                let (reason, hint) = ("it has no value".to_owned(), "write it as NAME=VALUE".to_owned());
                self.mistakes.push(BadConfig { place: place(), reason, hint });
                continue;
            };
            match named(name) {
                Some(setting) => self.take(setting, setting.takes.of_variable(value.as_ref()), Origin::Flag, value),
                None => self.mistakes.push(unknown(name, place())),
            }
        }
    }

    /// Puts a value in, if it is one for the setting.
    fn take(&mut self, setting: &Setting, given: Option<Given>, origin: Origin, found: &str) {
        if given.is_some_and(|given| (setting.set)(&mut self.settings.config, given)) {
            self.settings.origins.insert(setting.name, origin);
        } else {
            self.mistakes.push(wrong(setting, origin.to_string(), &shown(found)));
        }
    }
}

fn named(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn unknown(name: &str, place: String) -> BadConfig {
    let names = SETTINGS.map(|setting| setting.name);
    let hint = closest(name, names).map_or_else(
        || {
            let sections = SECTIONS.map(|section| format!("[[{}]]", section.name)).join(", ");
            format!("the settings are {}, and {sections}", names.join(", "))
        },
        |name| format!("did you mean `{name}`?"),
    );
    BadConfig { place, reason: format!("there is no setting `{}`", name.escape_debug()), hint }
}

fn wrong(setting: &Setting, place: String, found: &str) -> BadConfig {
    let reason = format!("`{}` takes {}, not {found}", setting.name, setting.takes.words());
    let default = (setting.shown)(&Config::default());
    BadConfig { place, reason, hint: format!("the default is {default}") }
}

/// A value for a message: one short line without characters that a terminal would obey.
pub(crate) fn shown(value: &str) -> String {
    const LONGEST: usize = 40;
    let line = value.lines().next().unwrap_or_default();
    let more = if line.len() < value.len() || line.chars().nth(LONGEST).is_some() { "…" } else { "" };
    let plain = line.chars().take(LONGEST).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    format!("`{}{more}`", plain.collect::<String>())
}

/// The line, from 1, of a byte of a text.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

pub(super) fn absolute(path: &Path, base: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => base.join(path),
    }
}
