//! What a command answers, taken apart: proposals in their JSON form, whatever stands around them.

use serde_json::Value as Json;

use crate::{
    change::form::{Form, read_form},
    text,
};

/// Letters of an answer that are quoted where nothing else can be said of it.
const QUOTED: usize = 80;

/// An answer as it was understood.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// Its proposals in order, and for those that are none the reason.
    pub(super) forms: Vec<Result<Form, String>>,
    /// Why it is not all that the command had to say, if so: then it is to be asked again.
    pub(super) trouble: Option<String>,
}

impl Answer {
    /// Reads an answer: JSON values that begin at the beginning of a line, alone or in arrays. Other lines are prose or
    /// fences and are passed over; an answer of nothing else is none.
    pub(super) fn read(answer: &str) -> Self {
        let mut read = Self::default();
        let (mut rest, mut is_prose) = (answer.trim_start_matches('\u{feff}'), false);
        while !rest.is_empty() {
            let line = rest.split_inclusive('\n').next().unwrap_or(rest);
            let begins = line.trim_start().starts_with(['{', '[']);
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Json>();
            let taken = match begins.then(|| values.next()).flatten() {
                None => {
                    is_prose |= !line.trim().is_empty() && !line.trim_start().starts_with("```");
                    line.len()
                }
                Some(Ok(value)) => {
                    read.take(value);
                    values.byte_offset()
                }
                Some(Err(error)) if error.is_eof() => {
                    read.trouble = Some(format!("it breaks off within a proposal: {}", quote(line)));
                    rest.len()
                }
                Some(Err(error)) => {
                    read.forms.push(Err(format!("it is no JSON ({error}): {}", quote(line))));
                    line.len()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        if read.trouble.is_none() && read.forms.is_empty() && is_prose {
            let first = answer.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            read.trouble = Some(format!("there is no proposal in it: {}", quote(first)));
        }
        read
    }

    /// How many proposals can be tried.
    pub(super) fn readable(&self) -> usize {
        self.forms.iter().filter(|form| form.is_ok()).count()
    }

    fn take(&mut self, value: Json) {
        let form = |value| read_form(value).map_err(|complaint| complaint.to_string());
        match value {
            Json::Array(items) => self.forms.extend(items.into_iter().map(form)),
            value => self.forms.push(form(value)),
        }
    }
}

fn quote(line: &str) -> String {
    format!("“{}”", text::fit(&text::line(line.trim()), QUOTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"label":"delete","reason":"r","steps":[{"do":"delete","id":"a:b/1"}]}"#;

    fn read(answer: &str) -> (usize, usize, bool) {
        let read = Answer::read(answer);
        (read.readable(), read.forms.len() - read.readable(), read.trouble.is_some())
    }

    #[test]
    fn proposals_are_found_in_whatever_stands_around_them() {
        assert_eq!(read(&format!("{ONE}\n{ONE}\n")), (2, 0, false));
        assert_eq!(read(&format!("[{ONE},{ONE}]")), (2, 0, false));
        assert_eq!(read(&format!("Here they are:\n```json\n{ONE}\n```\nDone.\n")), (1, 0, false));
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Json>(ONE).unwrap()).unwrap();
        assert_eq!(read(&format!("Sure!\n{pretty}\nand\n  {ONE}")), (2, 0, false));
    }

    #[test]
    fn what_is_wrong_costs_only_itself() {
        assert_eq!(read(&format!("{ONE}\n{{not json}}\n{ONE}\n")), (2, 1, false));
        assert_eq!(read(&format!("{{\"label\":\"dance\"}}\n{ONE}")), (1, 1, false));
        assert_eq!(read("[1, 2]"), (0, 2, false));
    }

    #[test]
    fn half_an_answer_and_none_at_all_are_told_from_nothing_to_do() {
        assert_eq!(read(""), (0, 0, false));
        assert_eq!(read(" \n[]\n"), (0, 0, false));
        assert_eq!(read(&format!("{ONE}\n{}", &ONE[..30])), (1, 0, true));
        assert_eq!(read("You have reached your limit."), (0, 0, true));
        assert!(Answer::read("\u{1b}[31mNo\u{1b}[0m").trouble.is_some_and(|why| !why.contains('\u{1b}')));
    }
}
