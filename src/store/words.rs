//! Words of a text question, for stores that look through texts as an index of words would.

use regex::{Regex, RegexBuilder};

/// Words in a row, whatever stands between them that is no letter or digit; with `prefix` the last one may go on. `None`
/// when there is no word.
pub(super) fn pattern(text: &str, prefix: bool) -> Option<Regex> {
    let parts: Vec<String> =
        text.split(|sign: char| !sign.is_alphanumeric()).filter(|part| !part.is_empty()).map(regex::escape).collect();
    let end = if prefix { "" } else { r"(?:$|[\W_])" };
    let pattern = format!(r"(?:^|[\W_]){}{end}", parts.join(r"[\W_]+"));
    let made = RegexBuilder::new(&pattern).case_insensitive(true).build().ok();
    made.filter(|_| !parts.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_signs_between_them_do_not_count() {
        let found = |question: &str, prefix: bool, text: &str| {
            pattern(question, prefix).is_some_and(|words| words.is_match(text))
        };
        assert!(found("deploy", false, "We DEPLOY, daily") && !found("deploy", false, "we redeploy deployments"));
        assert!(found("deplo", true, "deployments") && !found("eploy", true, "deploy"));
        assert!(found("real db", false, "use a real_db.") && found("Größe", false, "die größe"));
        assert!(!found("...", false, "..."));
    }
}
