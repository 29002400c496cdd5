//! Which key does what, per mode. The default table is an asset; a person's own file replaces only what it names.

mod docs;
mod press;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use docs::markdown;
pub use press::Press;
use toml::de::{DeTable, DeValue};

use crate::{action::Action, query::closest};

const DEFAULT: &str = include_str!("../../assets/keymap.toml");

macro_rules! modes {
    ($($variant:ident $name:literal $text:literal $global:literal $about:literal;)*) => {
        /// What the keys mean now.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Mode {
            $(#[doc = $about] $variant,)*
        }

        impl Mode {
            /// All modes, in the order of the docs.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in `keymap.toml`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is, for docs.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }

            /// Whether characters are typed into a field, so that none can be bound.
            pub const fn types(self) -> bool {
                match self { $(Self::$variant => $text,)* }
            }

            /// Whether the keys of [`Mode::Global`] work too.
            pub const fn takes_global(self) -> bool {
                match self { $(Self::$variant => $global,)* }
            }
        }
    };
}

modes! {
    Global "global" false false "In every mode without a field";
    List "list" false true "The list of memories";
    Memory "memory" false true "A memory";
    Scopes "scopes" false true "The scopes";
    History "history" false true "The operation log";
    Changes "changes" false true "What an operation changed";
    Filter "filter" true false "The filter line";
    Input "input" true false "A one-line question";
    Menu "menu" false false "A short list to choose from";
    Dialog "dialog" false false "A question with buttons";
    Form "form" false false "The edit form";
    Field "field" true false "A field of the edit form";
    Palette "palette" true false "Help and the command palette";
    Page "page" false false "A text to read";
    Locked "locked" false false "Locked";
    Welcome "welcome" false false "No store to open";
}

impl Mode {
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mode| mode.name() == name)
    }
}

/// The bindings of all modes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    rows: BTreeMap<Mode, Vec<(Action, Vec<Press>)>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with("").unwrap_or_else(|_| Self { rows: BTreeMap::new() })
    }
}

impl Keymap {
    /// The default keys with a person's own file laid over them.
    ///
    /// # Errors
    /// Every mistake in the file, each as a sentence: unknown modes, actions and keys with a suggestion, and keys that
    /// would do two things.
    pub fn with(own: &str) -> Result<Self, Vec<String>> {
        let mut map = Self { rows: BTreeMap::new() };
        let mut troubles = Vec::new();
        map.lay(DEFAULT, &mut troubles);
        map.lay(own, &mut troubles);
        if troubles.is_empty() {
            map.check(&mut troubles);
        }
        if troubles.is_empty() { Ok(map) } else { Err(troubles) }
    }

    fn lay(&mut self, source: &str, troubles: &mut Vec<String>) {
        let table = match DeTable::parse(source) {
            Ok(table) => table.into_inner(),
            Err(error) => return troubles.push(error.message().to_owned()),
        };
        for (name, rows) in &table {
            let name = name.get_ref();
            let Some(mode) = Mode::named(name) else {
                let hint = suggestion(name, Mode::ALL.iter().map(|mode| mode.name()));
                troubles.push(format!("[{name}]: no such mode{hint}"));
                continue;
            };
            let DeValue::Table(rows) = rows.get_ref() else {
                troubles.push(format!("{name}: a table [{name}] of actions and their keys is expected"));
                continue;
            };
            for (action_name, keys) in rows {
                let action_name = action_name.get_ref();
                match row(mode, action_name, keys.get_ref()) {
                    Ok((action, presses)) => self.put(mode, action, presses),
                    Err(trouble) => troubles.push(format!("[{name}] {action_name}: {trouble}")),
                }
            }
        }
    }

    fn put(&mut self, mode: Mode, action: Action, presses: Vec<Press>) {
        let rows = self.rows.entry(mode).or_default();
        if let Some((_, keys)) = rows.iter_mut().find(|(known, _)| *known == action) {
            *keys = presses;
        } else {
            // In the order of help, whatever order the file has.
            let at = rows.partition_point(|(known, _)| *known < action);
            rows.insert(at, (action, presses));
        }
    }

    fn check(&self, troubles: &mut Vec<String>) {
        for &mode in Mode::ALL {
            let mut seen: Vec<(Press, Action, Mode)> = Vec::new();
            let global = if mode.takes_global() { self.rows(Mode::Global) } else { &[] };
            let all = global.iter().map(|row| (row, Mode::Global)).chain(self.rows(mode).iter().map(|row| (row, mode)));
            for ((action, keys), from) in all {
                for &press in keys {
                    let taken = seen.iter().find(|(known, ..)| *known == press);
                    if let Some((_, other, _)) = taken.filter(|(_, other, _)| !stands_for(*action, *other)) {
                        troubles.push(format!(
                            "[{}] {}: `{press}` is already the key of `{}`; give one of them another key",
                            from.name(),
                            action.name(),
                            other.name()
                        ));
                    }
                    seen.push((press, *action, from));
                }
            }
        }
    }

    /// The rows of one mode, without the global ones, in the order of help.
    pub fn rows(&self, mode: Mode) -> &[(Action, Vec<Press>)] {
        self.rows.get(&mode).map_or(&[], Vec::as_slice)
    }

    /// What a key does in a mode.
    pub fn action(&self, mode: Mode, press: Press) -> Option<Action> {
        let find = |mode| self.rows(mode).iter().find(|(_, keys)| keys.contains(&press)).map(|(action, _)| *action);
        find(mode).or_else(|| if mode.takes_global() { find(Mode::Global) } else { None })
    }

    /// The keys of an action in a mode, global ones included; empty when it has none there.
    pub fn keys(&self, mode: Mode, action: Action) -> &[Press] {
        let find = |mode| self.rows(mode).iter().find(|(known, _)| *known == action).map(|(_, keys)| keys.as_slice());
        find(mode).or_else(|| if mode.takes_global() { find(Mode::Global) } else { None }).unwrap_or(&[])
    }

    /// The first key of an action in a mode, spelled short.
    pub fn hint(&self, mode: Mode, action: Action) -> Option<String> {
        self.keys(mode, action).first().map(|press| press.short())
    }

    /// Whether a mode knows an action, with or without a key.
    pub fn knows(&self, mode: Mode, action: Action) -> bool {
        let has = |mode| self.rows(mode).iter().any(|(known, _)| *known == action);
        has(mode) || (mode.takes_global() && has(Mode::Global))
    }

    /// The modes in which an action works.
    pub fn modes(&self, action: Action) -> impl Iterator<Item = Mode> {
        Mode::ALL.iter().copied().filter(move |mode| self.rows(*mode).iter().any(|(known, _)| *known == action))
    }
}

/// An action that is the narrower form of another one may take its key.
fn stands_for(narrow: Action, wide: Action) -> bool {
    (narrow, wide) == (Action::UndoOperation, Action::Undo)
}

fn row(mode: Mode, name: &str, keys: &DeValue<'_>) -> Result<(Action, Vec<Press>), String> {
    let action = Action::named(name)
        .ok_or_else(|| format!("no such action{}", suggestion(name, Action::ALL.iter().map(|action| action.name()))))?;
    let keys = match keys {
        DeValue::String(key) => vec![key.as_ref()],
        DeValue::Array(keys) => keys
            .iter()
            .map(|key| key.get_ref().as_str().ok_or("keys are texts in quotes"))
            .collect::<Result<Vec<_>, _>>()?,
        _ => return Err("a list of keys is expected, for example [\"j\", \"down\"]".to_owned()),
    };
    let presses = keys.into_iter().map(str::parse::<Press>).collect::<Result<Vec<_>, _>>()?;
    if let Some(press) = presses.iter().find(|press| mode.types() && press.is_text()) {
        return Err(format!("`{press}` is typed into the field here; choose a key that is no character"));
    }
    Ok((action, presses))
}

fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
