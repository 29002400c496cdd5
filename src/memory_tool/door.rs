//! What no text gets past on its way into a file: size, hidden text, secrets. What was there before may stay.

use crate::{
    judge,
    store::files,
    text::{self, Class},
};

/// Lets a text through that is to take the place of another one.
///
/// # Errors
/// Why it is refused, for the model to write again.
pub(super) fn through(before: &str, after: &str) -> Result<(), String> {
    if after.len() as u64 > files::LARGEST {
        return Err("Error: the file would be larger than 4 MiB; part it into several".to_owned());
    }
    let hidden = |text: &str| -> Vec<text::Hidden> {
        // Letters of another script that look like Latin ones may be honest; memtui shows them to the person.
        text::scan(text).into_iter().filter(|found| found.class != Class::MixedScript).collect()
    };
    let count = |found: &[text::Hidden]| found.iter().map(|found| found.count).sum::<usize>();
    let found = hidden(after);
    if let Some(first) = found.last().filter(|_| count(&found) > count(&hidden(before))) {
        return Err(format!(
            "Error: it holds {} ({}); text that a person cannot see is not remembered: write it again in plain letters",
            first.class.name(),
            text::line(&first.shown)
        ));
    }
    let secrets = judge::secrets(after);
    if let Some(last) = secrets.last().filter(|_| secrets.len() > judge::secrets(before).len()) {
        return Err(format!(
            "Error: it looks like it holds {}; secrets are not remembered: write where it is kept instead of what it is",
            judge::one(last.kind)
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "ghp_Zk3qX9vT1mB7wR5nD2sL8cY4hJ6gF0aPuEiO";

    #[test]
    fn new_secrets_and_hidden_text_are_refused_and_old_ones_stay() {
        through("", "plain – né 内存\r\n\ttabbed").unwrap();
        let secret = format!("the key is {TOKEN} there");
        assert!(through("", &secret).unwrap_err().contains("GitHub token"));
        through(&secret, &format!("{secret}\nmore")).unwrap();
        through(&secret, "gone").unwrap();
        // A secret that comes in two parts is one when they meet.
        let (half, rest) = TOKEN.split_at(20);
        assert!(through(half, &format!("{half}{rest}")).is_err());
        for hidden in ["a\u{200b}b", "a\u{202e}b", "a\u{1b}[31mb", "a\0b", "a\u{e0041}b"] {
            assert!(through("", hidden).unwrap_err().contains("cannot see"), "{hidden:?}");
            through(hidden, &format!("{hidden} and more")).unwrap();
        }
        assert!(through("", &"a".repeat((4 << 20) + 1)).is_err());
    }
}
