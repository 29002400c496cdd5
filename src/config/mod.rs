//! Settings: read from the command line, the environment and a file, in this order of precedence.

mod settings;
#[cfg(test)]
mod tests;

use std::{
    env,
    ffi::OsString,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use toml::{Spanned, de::DeTable};

use crate::query::closest;
use settings::{SETTINGS, Setting};

/// How memtui behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// Name of the theme.
    pub theme: String,
    /// Whether clicks and the wheel are listened to.
    pub mouse: bool,
    /// Whether lines and marks are drawn in ASCII.
    pub ascii: bool,
    /// Whether files that a memory names are links: `auto`, `on` or `off`.
    pub hyperlinks: String,
    /// Whether nothing moves by itself.
    pub reduced_motion: bool,
    /// Whether a start begins where the last run ended.
    pub restore: bool,
    /// Whether what looks like a password, token or key is masked, on the screen and in output that is not JSON.
    pub mask_secrets: bool,
    /// An act on more memories than this asks first, naming the count.
    pub confirm_over: usize,
    /// Stores to open beside those that are found.
    pub stores: Vec<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            mouse: true,
            ascii: false,
            hyperlinks: "auto".to_owned(),
            reduced_motion: false,
            restore: true,
            mask_secrets: true,
            confirm_over: 10,
            stores: Vec::new(),
        }
    }
}

/// What one source says: the command line, the environment or a file. `None` where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// See [`Config::theme`].
    pub theme: Option<String>,
    /// See [`Config::mouse`].
    pub mouse: Option<bool>,
    /// See [`Config::ascii`].
    pub ascii: Option<bool>,
    /// See [`Config::hyperlinks`].
    pub hyperlinks: Option<String>,
    /// See [`Config::reduced_motion`].
    pub reduced_motion: Option<bool>,
    /// See [`Config::restore`].
    pub restore: Option<bool>,
    /// See [`Config::mask_secrets`].
    pub mask_secrets: Option<bool>,
    /// See [`Config::confirm_over`].
    pub confirm_over: Option<usize>,
    /// See [`Config::stores`].
    pub stores: Option<Vec<PathBuf>>,
}

/// A setting that cannot be understood, or a file of settings that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}; {hint}")]
pub struct BadConfig {
    /// The file and line (`config.toml:3`), or the environment variable.
    pub place: String,
    /// What is wrong.
    pub reason: String,
    /// The next step.
    pub hint: String,
}

impl Config {
    /// The settings of this process: what `flags` say, else the environment (`MEMTUI_THEME` and so on), else the file.
    /// `named` is a file that the person named; without one `usual` is read if it is there.
    ///
    /// # Errors
    /// The first thing that cannot be understood; a named file that cannot be read.
    pub fn load(flags: Wishes, named: Option<&Path>, usual: &Path) -> Result<Self, BadConfig> {
        let file = match named {
            Some(file) => Wishes::of_file(file)?.ok_or_else(|| missing(file))?,
            None => Wishes::of_file(usual)?.unwrap_or_default(),
        };
        let environment = Wishes::of_environment(|name| env::var_os(name))?;
        Ok(Self::first_of([flags, environment, file]))
    }

    /// For each setting the first source that says something, else the default.
    pub fn first_of(sources: impl IntoIterator<Item = Wishes>) -> Self {
        let said = sources.into_iter().fold(Wishes::default(), Wishes::or);
        let default = Self::default();
        Self {
            theme: said.theme.unwrap_or(default.theme),
            mouse: said.mouse.unwrap_or(default.mouse),
            ascii: said.ascii.unwrap_or(default.ascii),
            hyperlinks: said.hyperlinks.unwrap_or(default.hyperlinks),
            reduced_motion: said.reduced_motion.unwrap_or(default.reduced_motion),
            restore: said.restore.unwrap_or(default.restore),
            mask_secrets: said.mask_secrets.unwrap_or(default.mask_secrets),
            confirm_over: said.confirm_over.unwrap_or(default.confirm_over),
            stores: said.stores.unwrap_or(default.stores),
        }
    }

    /// A file of settings with every setting explained and, as a comment, set to its default.
    pub fn template() -> String {
        let default = Self::default();
        let mut text =
            "# Settings of memtui. What begins with # is a comment: remove the # to change a setting.\n".to_owned();
        for setting in &SETTINGS {
            // A string takes whatever is written to it.
            let _ = write!(
                text,
                "\n# {}\n# Environment: {}\n# {} = {}\n",
                setting.meaning,
                setting.variable(),
                setting.name,
                (setting.shown)(&default)
            );
        }
        text
    }
}

impl Wishes {
    /// What a text of settings says. `file` is named in errors.
    ///
    /// # Errors
    /// The first thing that cannot be understood, with its line.
    pub fn of_text(text: &str, file: &Path) -> Result<Self, BadConfig> {
        let place = |at: usize| format!("{}:{}", file.display(), line(text, at));
        let table = DeTable::parse(text).map_err(|error| BadConfig {
            place: place(error.span().map_or(0, |span| span.start)),
            reason: error.message().lines().collect::<Vec<_>>().join(", "),
            hint: "a setting is written as name = value".to_owned(),
        })?;
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut wishes = Self::default();
        for (name, value) in entries {
            let setting = known(name).ok_or_else(|| unknown(name.get_ref(), place(name.span().start)))?;
            let given = setting.takes.of_toml(value.get_ref());
            let taken = given.is_some_and(|given| (setting.set)(&mut wishes, given));
            if !taken {
                let span = value.span();
                return Err(wrong(setting, place(span.start), &shown(text.get(span).unwrap_or_default())));
            }
        }
        Ok(wishes)
    }

    /// What a file says; `None` when there is none. Paths in it are relative to its directory, `~/` is the home
    /// directory.
    ///
    /// # Errors
    /// It cannot be read, or something in it cannot be understood.
    pub fn of_file(file: &Path) -> Result<Option<Self>, BadConfig> {
        let unreadable = |reason: String| BadConfig {
            place: file.display().to_string(),
            reason,
            hint: "make it a readable text file, or name another one with --config".to_owned(),
        };
        // Opening a pipe would wait for somebody to write into it.
        match fs::metadata(file) {
            Ok(found) if !found.is_file() => return Err(unreadable("it is no file".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            _ => {}
        }
        let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        let mut wishes = Self::of_text(&text, file)?;
        let base = file.parent().unwrap_or(Path::new(""));
        for store in wishes.stores.iter_mut().flatten() {
            *store = absolute(store, base, env::home_dir().as_deref());
        }
        Ok(Some(wishes))
    }

    /// What environment variables say.
    ///
    /// # Errors
    /// A variable whose value cannot be understood.
    pub fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, BadConfig> {
        let mut wishes = Self::default();
        for setting in &SETTINGS {
            let name = setting.variable();
            let Some(value) = variable(&name).filter(|value| !value.is_empty()) else { continue };
            let taken = setting.takes.of_variable(&value).is_some_and(|given| (setting.set)(&mut wishes, given));
            if !taken {
                return Err(wrong(setting, name, &shown(&value.to_string_lossy())));
            }
        }
        Ok(wishes)
    }

    fn or(self, other: Self) -> Self {
        Self {
            theme: self.theme.or(other.theme),
            mouse: self.mouse.or(other.mouse),
            ascii: self.ascii.or(other.ascii),
            hyperlinks: self.hyperlinks.or(other.hyperlinks),
            reduced_motion: self.reduced_motion.or(other.reduced_motion),
            restore: self.restore.or(other.restore),
            mask_secrets: self.mask_secrets.or(other.mask_secrets),
            confirm_over: self.confirm_over.or(other.confirm_over),
            stores: self.stores.or(other.stores),
        }
    }
}

fn known(name: &Spanned<std::borrow::Cow<'_, str>>) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name.get_ref().as_ref())
}

fn missing(file: &Path) -> BadConfig {
    BadConfig {
        place: file.display().to_string(),
        reason: "there is no such file".to_owned(),
        hint: "check the path that was given with --config".to_owned(),
    }
}

fn unknown(name: &str, place: String) -> BadConfig {
    let names = SETTINGS.map(|setting| setting.name);
    let hint = match closest(name, names) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("the settings are {}", names.join(", ")),
    };
    BadConfig { place, reason: format!("there is no setting `{}`", name.escape_debug()), hint }
}

fn wrong(setting: &Setting, place: String, found: &str) -> BadConfig {
    let reason = format!("`{}` takes {}, not {found}", setting.name, setting.takes.words());
    let default = (setting.shown)(&Config::default());
    BadConfig { place, reason, hint: format!("the default is {default}") }
}

/// A value for a message: one short line without characters that a terminal would obey.
fn shown(value: &str) -> String {
    const LONGEST: usize = 40;
    let line = value.lines().next().unwrap_or_default();
    let more = if line.len() < value.len() || line.chars().nth(LONGEST).is_some() { "…" } else { "" };
    let plain = line.chars().take(LONGEST).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    format!("`{}{more}`", plain.collect::<String>())
}

/// The line, from 1, of a byte of a text.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn absolute(path: &Path, base: &Path, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => base.join(path),
    }
}
