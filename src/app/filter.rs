//! The filter line: typing, live results, completion, history of filters.

use crossterm::event::KeyEvent;

use super::{entry::Entry, place::Place};
use crate::{
    catalog::Facets,
    memory::EpochMs,
    query::{BadQuery, Candidate, Completion, Expr, FIELDS, Takes, Vocabulary, Zone, complete, parse, parse_partial},
};

/// A last word of so many letters stands for all words that begin so; a shorter one would find nearly everything.
const OPEN_FROM: usize = 3;

/// Filters that are remembered.
const REMEMBERED: usize = 100;

/// The suggestions at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suggestions {
    /// What may stand at the cursor, and where.
    pub(crate) completion: Completion,
    /// The chosen one; `None` while none is.
    pub(crate) chosen: Option<usize>,
    /// What was typed before the first was chosen.
    typed: Entry,
}

/// The filter line while it is open.
#[derive(Clone, Debug)]
pub(crate) struct FilterLine {
    /// What is typed.
    pub(crate) entry: Entry,
    /// What is wrong with it.
    pub(crate) error: Option<BadQuery>,
    /// What its end lacks while it may still become right.
    pub(crate) unfinished: Option<BadQuery>,
    /// The suggestions, while they are open.
    pub(crate) suggestions: Option<Suggestions>,
    /// Where one was before the line was opened.
    pub(crate) before: Place,
    /// Which remembered filter is shown; `None` for what was typed.
    remembered: Option<usize>,
}

impl FilterLine {
    /// The line, open on the present filter.
    pub(crate) fn new(before: Place) -> Self {
        let filter = before.filter.as_str();
        let open = if filter.is_empty() || filter.ends_with(' ') { filter.to_owned() } else { format!("{filter} ") };
        Self { entry: Entry::new(open), error: None, unfinished: None, suggestions: None, before, remembered: None }
    }

    /// Types a key.
    pub(crate) fn key(&mut self, key: &KeyEvent) {
        if self.entry.key(key) {
            self.suggestions = None;
            self.remembered = None;
        }
    }

    /// Types text.
    pub(crate) fn paste(&mut self, text: &str) {
        self.entry.insert(text);
        self.suggestions = None;
    }

    /// What is typed, its last word left open: `deplo` is on the way to `deploy`, so it stands for all words that begin
    /// so. A blank or a closing quote after the word says that it is complete.
    pub(crate) fn wording(&self) -> String {
        let text = self.entry.text();
        let start = text
            .rfind(|c: char| !c.is_alphanumeric())
            .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        let (rest, word) = text.split_at(start);
        let before = rest.strip_suffix('-').unwrap_or(rest);
        let plain = before.is_empty() || before.ends_with([' ', '(', '|']);
        let quoted = rest.matches('"').count() % 2 == 1;
        let open = word.chars().count() >= OPEN_FROM && !matches!(word, "AND" | "NOT") && plain && !quoted;
        format!("{}{}", text.trim(), if open { "*" } else { "" })
    }

    /// What the text means so far; what is wrong is kept for the screen. `None` when nothing can be made of it.
    pub(crate) fn read(&mut self, now: EpochMs, zone: Zone) -> Option<Expr> {
        let text = self.wording();
        self.unfinished = None;
        match parse_partial(&text, now, zone) {
            Ok(partial) => {
                (self.error, self.unfinished) = match partial.left_out {
                    Some(fault) if is_hopeless(&text, &fault) => (Some(fault), None),
                    left_out => (None, left_out),
                };
                Some(partial.expr)
            }
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// What the finished text means.
    pub(crate) fn finish(&mut self, now: EpochMs, zone: Zone) -> Option<Expr> {
        self.unfinished = None;
        parse(&self.wording(), now, zone).map_err(|error| self.error = Some(error)).ok()
    }

    /// Opens the suggestions, or takes the next one. A single one is taken at once.
    pub(crate) fn complete(&mut self, facets: &Facets) {
        if self.suggestions.is_some() {
            return self.choose(true);
        }
        let vocabulary = Vocabulary {
            scopes: &facets.scopes,
            agents: &facets.agents,
            kinds: &facets.kinds,
            buckets: &facets.buckets,
            tags: &facets.tags,
            stores: &facets.stores,
            signals: &facets.signals,
        };
        let completion = complete(self.entry.text(), self.entry.at(), &vocabulary);
        let count = completion.candidates.len();
        if count == 0 {
            return;
        }
        self.suggestions = Some(Suggestions { completion, chosen: None, typed: self.entry.clone() });
        if count == 1 {
            self.choose(true);
            self.suggestions = None;
        }
    }

    /// Takes the next or the previous suggestion.
    pub(crate) fn choose(&mut self, forward: bool) {
        let Some(suggestions) = self.suggestions.as_mut() else { return };
        let count = suggestions.completion.candidates.len();
        let chosen = match (suggestions.chosen, forward) {
            (None, true) => Some(0),
            (None, false) => Some(count.saturating_sub(1)),
            (Some(at), true) if at + 1 < count => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
            (Some(_), true) => None,
        };
        suggestions.chosen = chosen;
        self.entry = match chosen.and_then(|at| suggestions.completion.candidates.get(at)) {
            Some(candidate) => filled(&suggestions.typed, &suggestions.completion, candidate),
            None => suggestions.typed.clone(),
        };
    }

    /// Takes a suggestion by its place and puts the others away.
    pub(crate) fn take(&mut self, at: usize) {
        let Some(suggestions) = self.suggestions.take() else { return };
        if let Some(candidate) = suggestions.completion.candidates.get(at) {
            self.entry = filled(&suggestions.typed, &suggestions.completion, candidate);
        }
    }

    /// Whether suggestions are open.
    pub(crate) fn is_suggesting(&self) -> bool {
        self.suggestions.is_some()
    }

    /// Puts the suggestions away. Returns whether they were open.
    pub(crate) fn close_suggestions(&mut self) -> bool {
        self.suggestions.take().is_some()
    }

    /// Shows an older or a newer one of the remembered filters, newest last.
    pub(crate) fn recall(&mut self, older: bool, remembered: &[String]) {
        let count = remembered.len();
        let at = match (self.remembered, older) {
            (None, true) => count.checked_sub(1),
            (None, false) => None,
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) => Some(at + 1).filter(|at| *at < count),
        };
        if at.is_none() && self.remembered.is_none() {
            return;
        }
        self.remembered = at;
        self.entry = Entry::new(at.and_then(|at| remembered.get(at)).map_or("", String::as_str));
    }
}

/// Whether a fault at the end of a text stays, whatever is typed behind it: a key that there is not, or a word that no
/// word of the language begins with.
fn is_hopeless(text: &str, fault: &BadQuery) -> bool {
    let before: String = text.chars().take(fault.column.saturating_sub(1)).collect();
    let wrong: String = text.chars().skip(before.chars().count()).take(fault.length).collect();
    let field = |key: &str| FIELDS.iter().find(|field| field.name.eq_ignore_ascii_case(key));
    if let Some((key, _)) = wrong.split_once(':')
        && !wrong.contains(['"', '('])
    {
        return field(key).is_none();
    }
    let word = before.rsplit([' ', '(', '-']).next().unwrap_or_default();
    let Some(field) = word.split_once(':').and_then(|(key, _)| field(key)) else { return false };
    let one_of_few = matches!(field.takes, Takes::Bucket | Takes::Is | Takes::Has);
    one_of_few && complete(text, text.len(), &Vocabulary::default()).candidates.is_empty()
}

fn filled(typed: &Entry, completion: &Completion, candidate: &Candidate) -> Entry {
    let text = typed.text();
    let head = text.get(..completion.from).unwrap_or(text);
    let tail = text.get(completion.to..).unwrap_or("");
    let space = if candidate.insert.ends_with(':') || tail.starts_with(' ') { "" } else { " " };
    let mut entry = Entry::new(format!("{head}{}{space}{tail}", candidate.insert));
    entry.seek(head.len() + candidate.insert.len() + space.len());
    entry
}

/// Remembers a filter as the newest one.
pub(crate) fn remember(remembered: &mut Vec<String>, filter: &str) {
    let filter = filter.trim();
    if filter.is_empty() {
        return;
    }
    remembered.retain(|known| known != filter);
    remembered.push(filter.to_owned());
    let excess = remembered.len().saturating_sub(REMEMBERED);
    remembered.drain(..excess);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_open_until_a_blank_closes_it() {
        for (typed, means) in [
            ("deplo", "deplo*"),
            ("deplo ", "deplo"),
            ("-deplo", "-deplo*"),
            ("(kind:bugfix deplo", "(kind:bugfix deplo*"),
            ("wörter", "wörter*"),
            ("de", "de"),
            ("kind:bugfix", "kind:bugfix"),
            ("\"two words", "\"two words"),
            ("\"two words\"", "\"two words\""),
            ("rate-limit", "rate-limit"),
            ("a NOT", "a NOT"),
            ("deplo*", "deplo*"),
            ("", ""),
        ] {
            let line = FilterLine { entry: Entry::new(typed.to_owned()), ..FilterLine::new(Place::default()) };
            assert_eq!(line.wording(), means, "{typed:?}");
        }
    }
}
