//! Tests of the settings: precedence, errors that name the line, and the template.

use super::*;

use std::{fs, path::PathBuf};

fn of_text(text: &str) -> (Settings, Vec<String>) {
    let mut reading = Reading::default();
    reading.text(text, Path::new("config.toml"));
    (reading.settings, reading.mistakes.iter().map(ToString::to_string).collect())
}

fn config(text: &str) -> Config {
    let (settings, mistakes) = of_text(text);
    assert_eq!(mistakes, [""; 0], "{text}");
    settings.config
}

#[test]
fn the_template_is_the_default() {
    let template = template();
    assert_eq!(of_text(&template), (Settings::default(), Vec::new()), "everything in it is a comment");
    let lines = template.lines().filter(|line| !line.starts_with("# ")).filter_map(|line| line.strip_prefix('#'));
    let uncommented = lines.collect::<Vec<_>>().join("\n");
    let (settings, mistakes) = of_text(&uncommented);
    assert_eq!((settings.config, mistakes), (Config::default(), Vec::new()), "{uncommented}");
    assert_eq!(settings.origins.len(), SETTINGS.len(), "every setting is in it");
}

#[test]
fn a_file_is_read() {
    let text = "theme = 'dark'\nmouse = false\nconfirm_over = 1_000\nstores = [\"/a\\\\b\", '/c \"d\"', \"/e\\nf\"]\n";
    let read = config(text);
    assert_eq!((read.theme.as_str(), read.mouse, read.ascii, read.confirm_over), ("dark", false, false, 1000));
    assert_eq!(read.stores, [Path::new("/a\\b"), Path::new("/c \"d\""), Path::new("/e\nf")]);
    let lines = SETTINGS.iter().map(|setting| format!("{} = {}", setting.name, (setting.shown)(&read)));
    assert_eq!(config(&lines.collect::<Vec<_>>().join("\n")), read, "what is shown is read back");
}

#[test]
fn what_is_nearer_counts_and_says_where_it_comes_from() {
    let mut reading = Reading::default();
    reading.text("theme = 'dark'\nascii = false\nmouse = false", Path::new("/etc/config.toml"));
    reading.environment(|name| match name {
        "MEMTUI_THEME" => Some("light".into()),
        "MEMTUI_ASCII" => Some("1".into()),
        "MEMTUI_CONFIRM_OVER" => Some("7".into()),
        "MEMTUI_MOUSE" => Some("".into()),
        _ => None,
    });
    reading.options(&["theme=mono".to_owned()]);
    assert_eq!(reading.mistakes, []);
    let expected = Config { theme: "mono".into(), ascii: true, mouse: false, confirm_over: 7, ..Config::default() };
    assert_eq!(reading.settings.config, expected);
    let origins: Vec<String> = reading.settings.rows().map(|row| format!("{} {}", row.name, row.origin)).collect();
    for origin in ["theme --option", "mouse /etc/config.toml:3", "ascii MEMTUI_ASCII", "mask_secrets default"] {
        assert!(origins.iter().any(|known| known == origin), "{origin}: {origins:?}");
    }
}

#[test]
fn a_mistake_leaves_what_a_lesser_source_says_and_hides_no_other_mistake() {
    let mut reading = Reading::default();
    reading.text("mouse = false\nthem = 1\nascii = 2", Path::new("config.toml"));
    reading.environment(|name| (name == "MEMTUI_MOUSE").then(|| "maybe".into()));
    reading.options(&["asci=1".to_owned(), "ascii".to_owned(), "confirm_over=x\u{1b}[31m".to_owned()]);
    let mistakes: Vec<String> = reading.mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(
        mistakes,
        [
            "config.toml:2: there is no setting `them`; did you mean `theme`?",
            "config.toml:3: `ascii` takes true or false, not `2`; the default is false",
            "MEMTUI_MOUSE: `mouse` takes true or false, not `maybe`; the default is true",
            "--option asci=1: there is no setting `asci`; did you mean `ascii`?",
            "--option ascii: it has no value; write it as NAME=VALUE",
            "--option: `confirm_over` takes a whole number from 0, not `x\u{fffd}[31m`; the default is 10",
        ]
    );
    assert!(!reading.settings.config.mouse);
}

#[test]
fn the_page_of_settings_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/config.md");
    if std::env::var_os("MEMTUI_WRITE_DOCS").is_some() {
        fs::write(path, page()).unwrap();
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(kept == page(), "docs/config.md is stale: run `MEMTUI_WRITE_DOCS=1 cargo test page_of_settings`");
}

#[test]
fn errors_name_the_file_and_the_line() {
    for (text, message) in [
        ("\n\nthem = 'dark'\n", "config.toml:3: there is no setting `them`; did you mean `theme`?"),
        (
            "mouse = true\n[colours]\n",
            "config.toml:2: there is no setting `colours`; the settings are theme, mouse, ascii, hyperlinks, \
                 reduced_motion, restore, mask_secrets, confirm_over, backup_over, observe, observe_mb, stores, and [[table]], [[policy]], [[retention]]",
        ),
        (
            "ascii = true\nmouse = 'yes'",
            "config.toml:2: `mouse` takes true or false, not `\'yes\'`; the default is true",
        ),
        ("confirm_over = -1", "config.toml:1: `confirm_over` takes a whole number from 0, not `-1`; the default is 10"),
        (
            "stores = ['a', 1]",
            "config.toml:1: `stores` takes a list of paths in quotes, not `[\'a\', 1]`; the default is []",
        ),
        ("theme = ''\nthem = 1\nascii = 1", "config.toml:2: there is no setting `them`; did you mean `theme`?"),
    ] {
        assert_eq!(of_text(text).1.first().map(String::as_str), Some(message), "{text}");
    }
    let (_, broken) = of_text("mouse = true\ntheme = \n");
    assert!(broken[0].starts_with("config.toml:2: ") && !broken[0].contains('\n'), "{broken:?}");
}

#[test]
fn a_file_may_be_missing_unless_it_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let read = |file: &Path, must_exist| {
        let mut reading = Reading::default();
        reading.file(file, must_exist);
        (reading.settings.config, reading.mistakes)
    };
    assert_eq!(read(&file, false), (Config::default(), Vec::new()));
    assert!(read(&file, true).1[0].reason.contains("no such file"));
    assert!(read(folder.path(), false).1[0].reason.contains("no file"));
    fs::write(&file, b"theme = '\xff'").unwrap();
    assert_eq!(read(&file, false).1.len(), 1);
    fs::write(&file, "stores = ['near.db', '/far.db']").unwrap();
    assert_eq!(read(&file, true).0.stores, [folder.path().join("near.db"), PathBuf::from("/far.db")]);
}

#[test]
fn the_home_directory_has_a_short_name() {
    let home = Some(Path::new("/home/you"));
    assert_eq!(read::absolute(Path::new("~/m.db"), Path::new("/etc"), home), Path::new("/home/you/m.db"));
    assert_eq!(read::absolute(Path::new("~x"), Path::new("/etc"), home), Path::new("/etc/~x"));
}

#[test]
fn sections_are_read_with_their_places_and_a_mistake_takes_none_of_the_others() {
    let good = "[[policy]]\nauthor = 'dream'\nlabel = 'normalise'\nmin_confidence = 0.95\n";
    let (settings, mistakes) = of_text(&format!("mouse = true\n{good}{}", good.replace("0.95", "1")));
    assert_eq!(mistakes, [""; 0]);
    let shown: Vec<String> =
        settings.rows().filter(|row| row.name == "policy").map(|row| format!("{} {}", row.value, row.origin)).collect();
    assert_eq!(shown[0], "{ author = \"dream\", label = \"normalise\", min_confidence = 0.95 } config.toml:2");
    assert_eq!(
        config(&format!("policy = [{}]", shown[0].replace(" config.toml:2", ""))).policies[0],
        settings.config.policies[0]
    );
    assert!(Config::default().policies.is_empty(), "nothing is applied unless a person says so");
    for (change, message) in [
        (("'dream'", "3"), "config.toml:1: [[policy]]: invalid type: integer `3`, expected a string"),
        (("'dream'", "' '"), "config.toml:1: [[policy]]: `author` takes a text in quotes; "),
        (("normalise", "undo"), "config.toml:1: [[policy]]: there is no label `undo`; there are add, "),
        (("0.95", "1.5"), "config.toml:1: [[policy]]: `min_confidence` takes a number from 0 to 1; "),
        (("0.95", "nan"), "config.toml:1: [[policy]]: `min_confidence` takes a number from 0 to 1; "),
        (("label = 'normalise'", ""), "config.toml:1: [[policy]]: missing field `label`"),
        (("label", "labell"), "config.toml:1: [[policy]]: unknown field `labell`, expected one of `author`, `label`"),
        (("[[policy]]", "policy = 3\n[other]"), "config.toml:1: [[policy]]: it holds no names with values; "),
    ] {
        let (settings, mistakes) = of_text(&good.replacen(change.0, change.1, 1));
        assert!(mistakes[0].starts_with(message), "{mistakes:?}");
        assert!(settings.config.policies.is_empty());
    }
}

#[test]
fn agents_have_tables_of_their_own() {
    let text = "theme = \"mono\"\n[agent.codex]\nwrite = [\".\", \"shop-*\"]\nreview_below = 0.7\nmode = \"review\"\n";
    let mut reading = Reading::default();
    reading.text(text, Path::new("config.toml"));
    assert_eq!(reading.mistakes, []);
    let config = &reading.settings.config;
    let codex = config.agent("codex");
    assert_eq!((codex.write, codex.review_below, codex.mode), (vec![".".into(), "shop-*".into()], 0.7, Mode::Review));
    assert_eq!(codex.read, Agent::default().read);
    assert_eq!(config.agent("another"), Agent::default());
    let mut reading = Reading::default();
    reading
        .text("[agent.\"*\"]\nwrit = []\nreview_below = 2\nread = [1]\ninterval_ms = -1\n", Path::new("config.toml"));
    let said: Vec<String> = reading.mistakes.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(
        said.iter().any(|it| it.starts_with("config.toml:2: ") && it.contains("did you mean `write`?")),
        "{said:?}"
    );
    let mut reading = Reading::default();
    reading.text("agent = 3", Path::new("config.toml"));
    assert_eq!(reading.mistakes.len(), 1);
}
