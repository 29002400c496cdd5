//! Policies in the file of settings: `[[policy]]`, each with author, label and the confidence that is enough.

use std::path::Path;

use toml::{Spanned, de::DeValue};

use super::{BadConfig, Origin, read::shown, settings::quoted};
use crate::{change::form, curate::Policy, query::closest};

/// The name of the tables.
pub(super) const NAME: &str = "policy";
/// What they do, for the documents.
pub(super) const MEANING: &str = "Apply proposals of an author and a label as they come in, when their author is at least so \
                                  sure, nothing is deleted and nothing in the new text is suspicious.";

const KEYS: [&str; 3] = ["author", "label", "min_confidence"];

/// A policy as it is written in a file, on one line.
pub(super) fn written(policy: &Policy) -> String {
    let Policy { author, label, min_confidence } = policy;
    format!("{{ author = {}, label = \"{}\", min_confidence = {min_confidence} }}", quoted(author), label.name())
}

/// The policies of a file, each with its place, and everything that cannot be understood.
pub(super) fn read(value: &Spanned<DeValue<'_>>, text: &str, file: &Path) -> Vec<Result<(Policy, Origin), BadConfig>> {
    let source = Source { text, file };
    match value.get_ref().as_array() {
        Some(entries) => entries.iter().map(|entry| source.policy(entry)).collect(),
        None => vec![Err(source.bad(value.span().start, "`policy` is no list"))],
    }
}

struct Source<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Source<'_> {
    fn origin(&self, at: usize) -> Origin {
        Origin::File { file: self.file.to_owned(), line: super::line_of(self.text, at) }
    }

    fn bad(&self, at: usize, reason: impl Into<String>) -> BadConfig {
        let hint = "write [[policy]], then author = \"dream\", label = \"merge\" and min_confidence = 0.95".to_owned();
        BadConfig { place: self.origin(at).to_string(), reason: reason.into(), hint }
    }

    fn policy(&self, entry: &Spanned<DeValue<'_>>) -> Result<(Policy, Origin), BadConfig> {
        let at = entry.span().start;
        let table = entry.get_ref().as_table().ok_or_else(|| self.bad(at, "a policy is no single value"))?;
        if let Some((strange, _)) = table.iter().find(|(key, _)| !KEYS.contains(&key.get_ref().as_ref())) {
            let name = strange.get_ref().as_ref();
            let near = closest(name, KEYS).map_or_else(String::new, |near| format!("; did you mean `{near}`"));
            return Err(self.bad(strange.span().start, format!("a policy has no {}{near}", shown(name))));
        }
        let given = |name: &str| {
            let missing = || self.bad(at, format!("this policy has no `{name}`"));
            table.get(name).ok_or_else(missing)
        };
        let text = |name: &str| {
            let value = given(name)?;
            let wrong = || self.bad(value.span().start, format!("`{name}` takes a text in quotes"));
            value.get_ref().as_str().filter(|text| !text.trim().is_empty()).map(|text| (value, text)).ok_or_else(wrong)
        };
        let (_, author) = text("author")?;
        let (place, label) = text("label")?;
        let label = form::label(label).map_err(|reason| self.bad(place.span().start, reason))?;
        let sure = given("min_confidence")?;
        let number = match sure.get_ref() {
            DeValue::Float(number) => number.as_str().parse::<f32>().ok(),
            DeValue::Integer(number) => number.as_str().parse::<f32>().ok(),
            _ => None,
        };
        let min_confidence = number
            .filter(|number| (0.0..=1.0).contains(number))
            .ok_or_else(|| self.bad(sure.span().start, "`min_confidence` takes a number from 0 to 1"))?;
        Ok((Policy { author: author.to_owned(), label, min_confidence }, self.origin(at)))
    }
}
