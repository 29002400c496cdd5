//! Did you mean: the known word nearest to an unknown one.

/// The known word that a person most likely meant, if any is near enough.
///
/// Near means: one begins with the other, or few letters differ (one in words of up to four letters, else two;
/// a swap of neighbours counts as one).
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = if word.chars().count() <= 4 { 1 } else { 2 };
    known
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::osa_distance(&word, name);
            let begins = word.len() >= 2 && (name.starts_with(&word) || word.starts_with(name));
            (begins || distance <= allowed).then_some((distance, name))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["scope", "project", "age"];
        assert_eq!(closest("scpoe", known), Some("scope"));
        assert_eq!(closest("AGE", known), Some("age"));
        assert_eq!(closest("proj", known), Some("project"));
        assert_eq!(closest("ages", known), Some("age"));
        assert_eq!(closest("colour", known), None);
    }
}
