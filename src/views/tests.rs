//! Saved views: what is written is read back, mistakes name their line.

use std::path::Path;

use chrono::Offset as _;
use proptest::prelude::*;

use super::*;
use crate::catalog::SortKey;

fn file() -> &'static Path {
    Path::new("views.toml")
}

#[test]
fn the_built_in_views_can_be_read_and_written() {
    let views = built_in();
    let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["all", "this week", "doubtful", "stale", "duplicates", "secrets"]);
    let doubtful = built_in().into_iter().find(|view| view.name == "doubtful").unwrap();
    assert_eq!(doubtful.filter, format!("conf:<{}", crate::judge::DOUBTFUL), "one meaning of the word");
    assert_eq!(write(&views), BUILT_IN, "what memtui writes is what it comes with");
    assert!(views.iter().all(|view| view.spec(0, chrono::Utc.fix()).is_ok()));
    assert_eq!(place(&views, " STALE"), Some(3));
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (text, said) in [
        ("[[view]]\nname = \"a\"\nfliter = \"\"\n", "views.toml:3: a view has no `fliter`; did you mean `filter`?"),
        ("[[view]]\nfilter = \"\"\n", "views.toml:1: this view has no name; add a line like name = \"stale\""),
        ("[[view]]\nname = \"\"\n", "views.toml:2: a view needs a name; choose another name"),
        (
            "[[view]]\nname = 3\n",
            "views.toml:2: `name` takes a text in quotes, not `3`; quotes stand around texts only",
        ),
        (
            "[[view]]\nname = \"a\"\nfilter = \"knd:x\"\n",
            "views.toml:3: the filter `knd:x` is wrong: there is no key `knd:`; did you mean `kind:`?",
        ),
        (
            "[[view]]\nname = \"a\"\nsort = \"name\"\n",
            "views.toml:3: `name` is no order; there are age, confidence, scope, kind, size, cost, rank; `age` is newest first",
        ),
        (
            "[[view]]\nname = \"a\"\n[[view]]\nname = \"A\"\n",
            "views.toml:3: there is a view `A` already; give one of them another name",
        ),
        ("[[views]]\nname = \"a\"\n", "views.toml:1: there is no key `views`; a view begins with [[view]]"),
        ("view = 1\n", "views.toml:1: `view` is no list; write [[view]] before each view"),
    ] {
        assert_eq!(read(text, file()).unwrap_err().to_string(), said, "{text}");
    }
    let broken = read("[[view]]\nname = \nfilter = \"\"\n", file()).unwrap_err().to_string();
    assert!(broken.starts_with("views.toml:2: "), "{broken}");
}

#[test]
fn names_are_short_lines() {
    assert_eq!(checked_name("  mine "), Ok("mine"));
    assert!(checked_name(" ").is_err());
    assert!(checked_name("a\nb").is_err());
    assert!(checked_name(&"x".repeat(LONGEST_NAME + 1)).is_err());
}

#[test]
fn a_file_is_replaced_as_a_whole_and_a_link_stays_one() {
    let place = tempfile::tempdir().unwrap();
    let (real, link) = (place.path().join("dotfiles/views.toml"), place.path().join("config/views.toml"));
    assert_eq!(load(&link).unwrap(), built_in(), "none yet");
    save(&real, &built_in()).unwrap();
    std::fs::create_dir(place.path().join("config")).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let mine = vec![SavedView { name: "mine".into(), filter: "kind:bugfix".into(), ..SavedView::default() }];
    save(&link, &mine).unwrap();
    assert!(link.is_symlink());
    assert_eq!(load(&real).unwrap(), mine);
    assert_eq!(
        replace(&link, &built_in(), &built_in()),
        Err(NotSaved::Changed(mine.clone())),
        "nothing is overwritten"
    );
    assert_eq!(replace(&link, &mine, &[]), Ok(()));
    assert_eq!(load(&real), Ok(Vec::new()));
    let left: Vec<_> = std::fs::read_dir(place.path().join("dotfiles")).unwrap().collect();
    assert_eq!(left.len(), 1, "no draft is left behind");
}

fn any_view() -> impl Strategy<Value = SavedView> {
    let filters =
        vec!["", "conf:<0.5", "\"a \\\"b\\\" \\\\ c\" -d", "scope:=\"my project\" created:today", "日本 OR é"];
    (
        "[^\\p{C}\\s][^\\p{C}]{0,20}[^\\p{C}\\s]",
        prop::sample::select(filters),
        prop::sample::select(SortKey::ALL.to_vec()),
        any::<[bool; 2]>(),
    )
        .prop_map(|(name, filter, key, [descending, grouped])| SavedView {
            name: name.trim().to_owned(),
            filter: filter.to_owned(),
            sort: Sort { key, descending },
            grouped,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(mut views in prop::collection::vec(any_view(), 0..6)) {
        let mut seen = std::collections::HashSet::new();
        views.retain(|view| seen.insert(view.name.to_lowercase()));
        prop_assert_eq!(read(&write(&views), file()).unwrap(), views);
    }
}
