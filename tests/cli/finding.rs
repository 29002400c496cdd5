//! Saved views and likeness on the command line.

use crate::sandbox::Sandbox;

fn ids(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

fn error(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn saved_views_are_listed_with_their_counts_and_can_be_asked_for() {
    let place = Sandbox::new();
    let views = place.json(&["views", "--json"]);
    assert_eq!(views.len(), 6);
    for view in &views {
        let at = format!("@{}", view["name"].as_str().unwrap());
        let count = view["count"].as_u64().unwrap();
        let output = place.memtui(&["count", &at]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), count.to_string(), "{at}");
    }
    let lines = place.says(&["views"]);
    let stale = &views[3];
    assert!(lines.contains(&format!("{}\tstale\tage:desc\tis:stale", stale["count"])), "{lines}");
    let listed = place.says(&["list", "@stale"]);
    assert_eq!(listed, place.says(&["list", "is:stale", "--sort", "age:desc"]), "its filter in its order");
    assert_ne!(place.says(&["list", "@Stale", "--sort", "age"]), listed, "--sort wins, and case does not matter");
    let narrowed = place.says(&["list", "@stale", "kind:bugfix"]);
    assert_eq!(ids(&narrowed), ids(&place.says(&["list", "is:stale kind:bugfix", "--sort", "age:desc"])));
}

#[test]
fn views_of_ones_own_stand_in_a_file_whose_mistakes_are_named() {
    let place = Sandbox::new();
    let file = place.path("CONFIG").join("memtui/views.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let own =
        "# Mine.\n[[view]]\nname = \"my bugs\"\nfilter = \"kind:bugfix\"\nsort = \"confidence\"\ngrouped = true\n";
    std::fs::write(&file, own).unwrap();
    let views = place.json(&["views", "--json"]);
    assert_eq!(views.len(), 1, "the file has all there are: {views:?}");
    assert_eq!((&views[0]["sort"], &views[0]["grouped"]), (&"confidence".into(), &true.into()));
    let named = ids(&place.says(&["list", "@my bugs scope:=sift"]));
    let mut plain = ids(&place.says(&["list", "kind:bugfix scope:=sift", "--sort", "confidence"]));
    assert_eq!(named, plain);
    plain.sort();
    assert!(!plain.is_empty());
    let output = place.memtui(&["list", "@my bugz"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error(&output).contains("there is no saved view `my bugz`; did you mean `@my bugs`?"),
        "{}",
        error(&output)
    );
    std::fs::write(&file, own.replace("sort", "order")).unwrap();
    for arguments in [&["views"][..], &["list", "@my bugs"]] {
        let output = place.memtui(arguments);
        assert_eq!(output.status.code(), Some(2));
        let said = error(&output);
        assert!(said.contains("views.toml:5: a view has no `order`; a view has name, filter, sort, grouped"), "{said}");
    }
    place.says(&["list"]);
}

#[test]
fn memories_like_one_come_the_most_alike_first() {
    let place = Sandbox::new();
    let all = place.json(&["list", "--json"]);
    let memory = all.iter().find(|memory| memory["title"] == "Log files are read through mmap").unwrap();
    let id = memory["id"].as_str().unwrap();
    let found = ids(&place.says(&["list", &format!("like:{id}")]));
    assert_eq!(found[0], id);
    let newer = all.iter().find(|memory| memory["title"].as_str().unwrap().starts_with("mmap replaced by pread"));
    assert!(found[..4].contains(&newer.unwrap()["id"].as_str().unwrap().to_owned()), "{found:?}");
    let native = id.split_once(':').unwrap().1;
    assert_eq!(ids(&place.says(&["list", &format!("like:{native} -id:={native}")])), found[1..]);
    let by_age = ids(&place.says(&["list", &format!("like:{id}"), "--sort", "age"]));
    assert!(by_age != found && by_age.len() == found.len());
    let output = place.memtui(&["list", "like:observation/99999"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("there is no memory observation/99999"), "{}", error(&output));
}
