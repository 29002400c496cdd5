//! The stores beside each other: short names, their list, switching one off and on.

use super::{App, Effect, Pick, StoreLine, Tone};
use crate::{
    catalog::Count,
    query::{Expr, NameField, Pattern, Term},
};

impl App {
    /// Whether a memory's store must be told: there are several, and the list is not one of them alone.
    pub(crate) fn tells_stores(&self) -> bool {
        self.stores.len() > 1
    }

    /// A store's name in at most three letters: the first ones of its words, and its number. `cm`, `cc`, `sh`, `cm2`.
    pub(crate) fn store_sign(&self, store: u8) -> String {
        let name = self.stores.get(usize::from(store)).map_or("?", |store| store.name.as_str());
        let sign = sign(name);
        let twins = self.stores.iter().filter(|other| other.name != name && signs_alike(&other.name, &sign));
        // Two of one sign keep their first and last letters apart.
        if twins.count() == 0 { sign } else { first_and_last(name) }
    }

    /// What to say of stores that are there and could not be opened, if there are any.
    pub(super) fn lacking(&self) -> Option<String> {
        // Those that are switched off are off by will.
        let lacking: Vec<&str> = self.absent.iter().filter(|line| line.on).map(|line| line.name.as_str()).collect();
        let verb = if lacking.len() == 1 { "is" } else { "are" };
        let key = self.key_of(crate::action::Action::Stores);
        (!lacking.is_empty()).then(|| format!("{} {verb} not open; {key} says why", lacking.join(", ")))
    }

    /// The lines of the list of stores: the open ones, then those that are switched off or could not be opened.
    pub(crate) fn store_lines(&self) -> Vec<StoreLine> {
        let open = self.stores.iter().map(|store| StoreLine {
            name: store.name.clone(),
            path: store.path.clone(),
            count: Some(self.facets.stores.iter().find(|(name, _)| *name == store.name).map_or(0, |(_, it)| *it)),
            state: match (&store.broken, &store.read_only) {
                (Some(reason), _) => format!("cannot be read: {reason}"),
                (None, Some(reason)) => format!("read-only: {reason}"),
                (None, None) => format!("read and write, {}", store.version),
            },
            on: true,
        });
        open.chain(self.absent.iter().cloned()).collect()
    }

    /// What a line of the list of stores says.
    pub(super) fn store_pick(&self, place: usize) -> Option<Pick> {
        let line = self.store_lines().into_iter().nth(place)?;
        let count = line.count.map(|number| Count { number, exact: self.catalog.ready });
        let note = if line.on { line.state } else { format!("off: {}", line.state) };
        Some(Pick { name: line.name, count, note })
    }

    /// Shows the memories of the store in a line alone.
    pub(super) fn take_store(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(line) = self.store_lines().into_iter().nth(place) else { return };
        if self.stores.iter().all(|store| store.name != line.name) {
            return self.toast(Tone::Note, format!("{} is not open; {}", line.name, line.state));
        }
        let filter = Expr::Term(Term::Name(NameField::Store, Pattern::exact(&line.name)));
        self.set_filter(filter.to_string(), filter, effects);
    }

    /// Switches the store in a line off, or on again: everything is opened anew.
    pub(super) fn switch_store(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(line) = self.store_lines().into_iter().nth(place) else { return };
        if !self.named.is_empty() {
            return self.toast(Tone::Note, "Stores that were named are not switched; they are open for this run");
        }
        if line.on && self.stores.len() < 2 {
            return self.toast(Tone::Note, "The only open store stays on");
        }
        if !self.doing.is_empty() {
            return self.toast(Tone::Note, "Something is being changed; try again when it is done");
        }
        effects.push(Effect::Switch { on: !line.on, name: line.name, path: line.path });
        self.reopen = true;
        self.finished = true;
    }
}

/// The first letters of a name's words, or of its only one, and its number.
fn sign(name: &str) -> String {
    let words: Vec<&str> = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let (number, words) = match words.split_last() {
        Some((last, rest)) if !rest.is_empty() && last.chars().all(|sign| sign.is_ascii_digit()) => (*last, rest),
        _ => ("", words.as_slice()),
    };
    let letters: String = match words {
        [one] => one.chars().take(2).collect(),
        several => several.iter().filter_map(|word| word.chars().next()).take(2).collect(),
    };
    letters.chars().chain(number.chars()).take(3).collect()
}

fn signs_alike(name: &str, wanted: &str) -> bool {
    sign(name) == wanted
}

fn first_and_last(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().filter(|sign| sign.is_alphanumeric()).collect();
    if letters.len() > 3 {
        letters.drain(1..letters.len() - 2);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_have_short_names() {
        let signs = ["claude-mem", "claude-code", "shared", "claude-mem-2", "mcp-memory", "", "7"].map(sign);
        assert_eq!(signs, ["cm", "cc", "sh", "cm2", "mm", "", "7"]);
        assert_eq!(first_and_last("notes-a"), "nsa");
    }
}
