//! Tests of completion.

use super::{Completion, FIELDS, Vocabulary, complete};

fn completed(marked: &str) -> (Completion, String) {
    let cursor = marked.find('^').unwrap();
    let text = marked.replace('^', "");
    let tally =
        |names: &[(&str, usize)]| names.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Vec<_>>();
    let scopes = tally(&[("acme-api", 90), ("my api", 120), ("web", 30), ("user", 7)]);
    let kinds = tally(&[("bugfix", 5), ("discovery", 50), ("decision", 20), ("how-to fix", 9)]);
    let signals = tally(&[("stale", 12), ("secret", 1)]);
    let vocabulary = Vocabulary { scopes: &scopes, kinds: &kinds, signals: &signals, ..Vocabulary::default() };
    let completion = complete(&text, cursor, &vocabulary);
    let first = completion.candidates.first().map(|candidate| candidate.insert.clone()).unwrap_or_default();
    let put = format!("{}{first}{}", &text[..completion.from], &text[completion.to..]);
    (completion, put)
}

fn inserts(marked: &str) -> Vec<String> {
    completed(marked).0.candidates.into_iter().map(|candidate| candidate.insert).collect()
}

#[test]
fn keys_complete_with_their_colon() {
    assert_eq!(completed("sc^").1, "scope:");
    assert_eq!(completed("x -pro^").1, "x -project:");
    assert_eq!(completed("(cr^ x").1, "(created: x");
    assert_eq!(completed("kin^:bug").1, "kind:bug");
    let keys = ["tag:", "tokens:", "project:", "agent:", "bucket:", "store:", "created:", "cost:"];
    assert_eq!(inserts("t^"), keys);
    assert_eq!(inserts("^").len(), FIELDS.len(), "at the beginning any key may stand");
    assert_eq!(inserts("kind:bug ^").len(), FIELDS.len());
    assert!(inserts("\"pro^\"").is_empty(), "a phrase is text");
    assert_eq!(completed("sc^").0.candidates[0].note, "project, or `user` for memories without one");
}

#[test]
fn values_complete_by_count_and_in_quotes_where_needed() {
    assert_eq!(inserts("scope:^"), ["\"my api\"", "acme-api", "web", "user"]);
    assert_eq!(inserts("project:^"), ["\"my api\"", "acme-api", "web"]);
    assert_eq!(inserts("kind:d^"), ["discovery", "decision"]);
    assert_eq!(inserts("scope:API^"), ["\"my api\"", "acme-api"]);
    assert_eq!(inserts("kind:fix^"), ["\"how-to fix\"", "bugfix"], "only within, by count");
    assert_eq!(completed("scope:=ac^ x").1, "scope:=acme-api x");
    assert_eq!(completed("scope:\"my a^\" x").1, "scope:\"my api\" x");
    assert_eq!(completed("scope:\"my a^").1, "scope:\"my api\"");
    assert_eq!(completed("kind:bugfix,dec^").1, "kind:bugfix,decision");
    assert_eq!(completed("kind:bug^,decision").1, "kind:bugfix,decision");
    assert_eq!(completed("-kind:bug^fix x").1, "-kind:bugfix x");
    assert_eq!(completed("kind:bug^").0.candidates[0].note, "5");
}

#[test]
fn states_complete_with_their_counts_and_samples_with_their_meaning() {
    let stale = completed("is:st^").0.candidates;
    assert_eq!((stale[0].insert.as_str(), stale[0].note.as_str()), ("stale", "12"));
    assert_eq!(inserts("is:^")[..2], ["stale", "secret"], "what there is comes first");
    assert_eq!(inserts("has:^"), ["files", "tags", "signals"]);
    assert_eq!(inserts("bucket:p^"), ["project", "procedural", "episodic"]);
    assert_eq!(inserts("age:>3^"), [">30d"]);
    assert!(inserts("session:^").is_empty());
    assert!(inserts("nokey:^").is_empty());
}

#[test]
fn any_cursor_is_borne() {
    for cursor in 0..20 {
        complete("ü -scope:\"ü ü\"x", cursor, &Vocabulary::default());
    }
}
