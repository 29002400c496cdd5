//! What no text gets past: size, hidden text, secrets, private parts, nothing to say.

use crate::{judge, text};

/// Bytes of a text, of a title and of one of the short fields.
const TEXT: usize = 16 * 1024;
const TITLE: usize = 300;
const SHORT: usize = 1024;
/// Tags or files of one memory.
const ITEMS: usize = 32;

/// What an agent wants to have written down, as it comes and as it goes through the door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: String,
    pub(super) text: String,
    pub(super) kind: String,
    pub(super) tags: Vec<String>,
    pub(super) files: Vec<String>,
    pub(super) evidence: String,
    /// What was taken out on the way, one remark each.
    pub(super) remarks: Vec<String>,
}

impl Words {
    /// Lets the words of a whole memory through, without what they may not hold.
    ///
    /// # Errors
    /// Why they are refused, for the agent to write again.
    pub(super) fn through(self, mask_secrets: bool) -> Result<Self, String> {
        let words = self.part_through(mask_secrets)?;
        if !words.text.chars().any(char::is_alphanumeric) {
            return Err("there is no text left to remember; say in `text` what is worth knowing later".to_owned());
        }
        Ok(words)
    }

    /// As [`Words::through`], for some words of a memory that has others.
    ///
    /// # Errors
    /// As there.
    pub(super) fn part_through(mut self, mask_secrets: bool) -> Result<Self, String> {
        self.title = self.title.trim().to_owned();
        self.text = self.text.trim().to_owned();
        for (name, field, most) in [
            ("text", &self.text, TEXT),
            ("title", &self.title, TITLE),
            ("kind", &self.kind, 64),
            ("evidence", &self.evidence, SHORT),
        ] {
            measured(name, field, most)?;
        }
        for (name, items) in [("tags", &self.tags), ("files", &self.files)] {
            if items.len() > ITEMS {
                return Err(format!("`{name}` holds {} entries; {ITEMS} at most are taken", items.len()));
            }
            items.iter().try_for_each(|item| measured(name, item, SHORT))?;
        }
        if self.title.contains('\n') {
            return Err("a title is one line; put the rest into `text`".to_owned());
        }
        self.each().try_for_each(|field| visible(field))?;
        self.without_private();
        self.without_secrets(mask_secrets)?;
        Ok(self)
    }

    fn each(&self) -> impl Iterator<Item = &String> {
        [&self.title, &self.text, &self.kind, &self.evidence].into_iter().chain(&self.tags).chain(&self.files)
    }

    fn each_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { title, text, kind, tags, files, evidence, .. } = self;
        [title, text, kind, evidence].into_iter().chain(tags).chain(files)
    }

    /// What stands between `<private>` and `</private>` is not for a memory.
    fn without_private(&mut self) {
        let mut cut = false;
        for field in self.each_mut() {
            if let Some(rest) = outside_of_private(field) {
                *field = rest;
                cut = true;
            }
        }
        if cut {
            self.remarks.push("what was marked <private> was left out".to_owned());
        }
    }

    fn without_secrets(&mut self, mask: bool) -> Result<(), String> {
        let mut kinds: Vec<&str> = self.each().flat_map(|field| judge::secrets(field)).map(|it| it.kind).collect();
        kinds.dedup();
        let Some(first) = kinds.first() else { return Ok(()) };
        if !mask {
            return Err(format!(
                "it looks like it holds {}; secrets are not remembered: write it again without, for example where \
                 it is kept instead of what it is",
                judge::one(first)
            ));
        }
        self.remarks.push(format!("what looks like {} was masked", judge::one(first)));
        for field in self.each_mut() {
            *field = judge::mask(field).into_owned();
        }
        Ok(())
    }

    /// The words that a memory is told from others by.
    pub(super) fn print(&self) -> judge::Fingerprint {
        judge::fingerprint(&[&self.title, &self.text])
    }
}

/// Refuses a short text that is too long or hides something.
pub(super) fn plain(name: &str, field: &str) -> Result<(), String> {
    measured(name, field, SHORT)?;
    visible(field)
}

fn measured(name: &str, field: &str, most: usize) -> Result<(), String> {
    if field.len() <= most {
        return Ok(());
    }
    Err(format!("`{name}` is {} bytes long; {most} at most are taken: one memory holds one fact", field.len()))
}

/// Refuses what a person could not see. Letters of another script that look like Latin ones may be honest; a person looks
/// at those.
fn visible(field: &str) -> Result<(), String> {
    let hidden = text::scan(field).into_iter().find(|found| found.class != text::Class::MixedScript);
    let Some(hidden) = hidden else { return Ok(()) };
    Err(format!(
        "it holds {} ({}); text that a person cannot see is not remembered: write it again in plain letters",
        hidden.class.name(),
        text::line(&hidden.shown)
    ))
}

/// The text without its private parts; one that is never closed goes on to the end. `None` when there is none.
fn outside_of_private(text: &str) -> Option<String> {
    const OPEN: &str = "<private>";
    const CLOSE: &str = "</private>";
    // ASCII only, so that places in one are places in the other.
    let folded = text.to_ascii_lowercase();
    let (mut kept, mut from) = (String::new(), 0);
    while let Some(open) = folded.get(from..).and_then(|rest| rest.find(OPEN)).map(|at| from + at) {
        kept.push_str(text.get(from..open).unwrap_or_default());
        let inside = open + OPEN.len();
        let close = folded.get(inside..).and_then(|rest| rest.find(CLOSE));
        from = close.map_or(text.len(), |at| inside + at + CLOSE.len());
    }
    if from == 0 {
        return None;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    Some(kept.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Words {
        Words { text: text.to_owned(), kind: "fact".to_owned(), ..Words::default() }
    }

    #[test]
    fn honest_words_go_through_as_they_are() {
        let one =
            Words { title: "Deploys".into(), tags: vec!["ci".into()], ..words("go through the queue – né 内存") };
        assert_eq!(one.clone().through(false), Ok(one));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for text in ["a\u{200b}b", "a\u{202e}b", "a\u{1b}[31mb", "a\0b", "a\u{e0041}b", "a\u{85}b"] {
            assert!(words(text).through(true).unwrap_err().contains("cannot see"), "{text:?}");
        }
        let tagged = Words { tags: vec!["a\u{200b}".into()], ..words("fine") };
        assert!(tagged.through(true).is_err());
        let file = Words { files: vec!["a\u{202e}.rs".into()], ..words("fine") };
        assert!(file.through(true).is_err());
    }

    #[test]
    fn secrets_are_refused_or_masked_and_private_parts_are_left_out() {
        let secret = "the key is ghp_Zk3qX9vT1mB7wR5nD2sL8cY4hJ6gF0aPuEiO there";
        assert!(words(secret).through(false).unwrap_err().contains("GitHub token"));
        let masked = words(secret).through(true).unwrap();
        assert!(!masked.text.contains("ghp_Zk3q") && masked.remarks.len() == 1);
        let private =
            words("before <PRIVATE>my id is 12</private> after <private>never closed").through(false).unwrap();
        assert_eq!(private.text, "before  after");
        assert!(words("<private>all of it</private>").through(false).is_err());
    }

    #[test]
    fn too_much_and_nothing_are_refused() {
        assert!(words(&"a".repeat(TEXT + 1)).through(false).is_err());
        assert!(words(" .,- ").through(false).is_err());
        assert!(Words { title: "two\nlines".into(), ..words("x") }.through(false).is_err());
        assert!(Words { tags: vec!["t".into(); 33], ..words("x") }.through(false).is_err());
    }
}
