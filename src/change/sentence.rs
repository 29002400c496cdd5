//! A sentence in the texts of a memory, found as full-text search finds it, and put in other words.

use regex::Regex;

use super::{Edit, FieldValue};

/// A sentence to look for: its words in this order, whatever stands between them that is neither letter nor digit.
#[derive(Clone, Debug)]
pub struct Sentence(Regex);

impl Sentence {
    /// The sentence of a text; `None` when there is no word in it.
    pub fn new(text: &str) -> Option<Self> {
        let words = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(regex::escape).collect();
        if words.is_empty() {
            return None;
        }
        let pattern = format!(r"(?i)\b{}\b", words.join(r"[^\p{L}\p{N}]+"));
        Regex::new(&pattern).ok().map(Self)
    }

    /// Whether a text holds it.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The fields that hold it, with other words in its place wherever it stands. Items of a list that are nothing
    /// else are left out when there are no other words.
    pub fn replaced(&self, fields: &Edit, with: &str) -> Edit {
        fields.iter().filter_map(|(name, value)| Some((name.clone(), self.in_value(value, with)?))).collect()
    }

    fn in_value(&self, value: &FieldValue, with: &str) -> Option<FieldValue> {
        match value {
            FieldValue::Text(text) => self.in_text(text, with).map(FieldValue::Text),
            FieldValue::List(items) => {
                let new: Vec<String> = items
                    .iter()
                    .map(|item| self.in_text(item, with).unwrap_or_else(|| item.clone()))
                    .filter(|item| item.chars().any(char::is_alphanumeric))
                    .collect();
                (new != *items).then_some(FieldValue::List(new))
            }
        }
    }

    fn in_text(&self, text: &str, with: &str) -> Option<String> {
        let with = with.trim();
        let new = self.0.replace_all(text, regex::NoExpand(with)).into_owned();
        (new != text).then_some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> FieldValue {
        FieldValue::Text(text.to_owned())
    }

    #[test]
    fn a_sentence_is_its_words_in_order() {
        let sentence = Sentence::new("deploys use Vercel").unwrap();
        assert!(sentence.is_in("All Deploys\n  use **Vercel**, always") && !sentence.is_in("deploys use Vercels"));
        assert!(Sentence::new(" .. ").is_none());
        assert!(Sentence::new("a.b+c").unwrap().is_in("A b c"), "signs between words do not count");
    }

    #[test]
    fn other_words_take_its_place_and_the_rest_stays() {
        let fields = vec![
            ("narrative".to_owned(), text("Since May deploys use Vercel. Deploys use Vercel!")),
            ("title".to_owned(), text("Something else")),
            ("facts".to_owned(), FieldValue::List(vec!["deploys use vercel".into(), "kept".into()])),
        ];
        let sentence = Sentence::new("deploys use Vercel").unwrap();
        let new = sentence.replaced(&fields, "deploys go to $1 Fly");
        assert_eq!(new[0].1, text("Since May deploys go to $1 Fly. deploys go to $1 Fly!"), "to the letter");
        assert_eq!(new.len(), 2, "only what changes");
        let gone = sentence.replaced(&fields, "");
        assert_eq!(gone[1].1, FieldValue::List(vec!["kept".into()]));
    }
}
