//! Which key does what, per mode. The default table is an asset; a person's own file replaces only what it names.

mod docs;
mod own;
mod press;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

pub use docs::{markdown, template};
pub use own::Mistake;
pub use press::Press;

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
    Versions "versions" false false "The versions of a memory";
    RollBack "rollback" false false "A roll-back in preview";
    Saying "saying" false false "Who says something";
    Insights "insights" false true "What there is, in pictures";
    Queue "queue" false true "A proposal of the queue";
    Audit "audit" false true "What a policy applied";
    Evidence "evidence" false true "A memory that a proposal is about";
    Review "review" false true "A sitting";
    Recess "recess" false true "Before and after a sitting";
    Filter "filter" true false "The filter line";
    Find "find" true false "The line for a text to look for in the memory";
    Input "input" true false "A one-line question";
    Erase "erase" true false "The question before an erasure";
    Menu "menu" false false "A short list to choose from";
    Dialog "dialog" false false "A question with buttons";
    Form "form" false false "The edit form";
    Field "field" true false "A field of the edit form";
    Palette "palette" true false "Help and the command palette";
    Picker "picker" true false "A list that is narrowed by typing: scopes, views";
    Page "page" false false "A text to read";
    Locked "locked" false false "Locked";
    Welcome "welcome" false false "No store to open";
}

impl Mode {
    /// The mode of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mode| mode.name() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The bindings of all modes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    rows: BTreeMap<Mode, Vec<(Action, Vec<Press>)>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut map = Self { rows: BTreeMap::new() };
        own::lay_first(&mut map, DEFAULT);
        map
    }
}

impl Keymap {
    /// The default keys with a person's own table laid over them.
    ///
    /// # Errors
    /// Every mistake in it, by line: unknown modes, actions and keys with a suggestion, actions that a mode does not
    /// have, and keys that would do two things.
    pub fn with(own: &str) -> Result<Self, Vec<Mistake>> {
        let mut map = Self::default();
        let mistakes = own::lay_over(&mut map, own);
        if mistakes.is_empty() { Ok(map) } else { Err(mistakes) }
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

    /// The rows of one mode, without the global ones, in the order of help.
    pub fn rows(&self, mode: Mode) -> &[(Action, Vec<Press>)] {
        self.rows.get(&mode).map_or(&[], Vec::as_slice)
    }

    /// The rows that count in a mode, the global ones first, each with the mode that it stands under.
    pub fn all_rows(&self, mode: Mode) -> impl Iterator<Item = (Mode, Action, &[Press])> {
        let global = mode.takes_global().then_some(Mode::Global);
        let rows = |from| self.rows(from).iter().map(move |(action, keys)| (from, *action, keys.as_slice()));
        global.into_iter().chain([mode]).flat_map(rows)
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

fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
