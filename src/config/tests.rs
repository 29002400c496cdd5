//! Tests of the settings: precedence, errors that name the line, and the template.

use super::*;

fn of_text(text: &str) -> Result<Wishes, BadConfig> {
    Wishes::of_text(text, Path::new("config.toml"))
}

fn full(config: Config) -> Wishes {
    let Config { theme, mouse, ascii, hyperlinks, reduced_motion, restore, mask_secrets, confirm_over, stores } =
        config;
    Wishes {
        theme: Some(theme),
        mouse: Some(mouse),
        ascii: Some(ascii),
        hyperlinks: Some(hyperlinks),
        reduced_motion: Some(reduced_motion),
        restore: Some(restore),
        mask_secrets: Some(mask_secrets),
        confirm_over: Some(confirm_over),
        stores: Some(stores),
    }
}

#[test]
fn the_template_is_the_default() {
    let template = Config::template();
    assert_eq!(of_text(&template), Ok(Wishes::default()), "everything in it is a comment");
    let lines = template.lines().filter_map(|line| line.strip_prefix("# ")).filter(|line| line.contains(" = "));
    let uncommented = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(of_text(&uncommented), Ok(full(Config::default())), "{uncommented}");
}

#[test]
fn a_file_is_read() {
    let text = "theme = 'dark'\nmouse = false\nconfirm_over = 1_000\nstores = [\"a\\\\b\", 'c \"d\"', \"e\\nf\"]\n";
    let wishes = of_text(text).unwrap();
    assert_eq!(wishes.theme.as_deref(), Some("dark"));
    assert_eq!((wishes.mouse, wishes.ascii, wishes.confirm_over), (Some(false), None, Some(1000)));
    let config = Config::first_of([wishes.clone()]);
    assert_eq!(config.stores, [Path::new("a\\b"), Path::new("c \"d\""), Path::new("e\nf")]);
    let lines = SETTINGS.iter().map(|setting| format!("{} = {}", setting.name, (setting.shown)(&config)));
    let shown = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(of_text(&shown), Ok(full(config)), "what is shown is read back");
}

#[test]
fn what_is_said_first_counts() {
    let flags = Wishes { theme: Some("mono".into()), ..Wishes::default() };
    let variables = |name: &str| match name {
        "MEMTUI_THEME" => Some("light".into()),
        "MEMTUI_ASCII" => Some("1".into()),
        "MEMTUI_CONFIRM_OVER" => Some("7".into()),
        "MEMTUI_MOUSE" => Some("".into()),
        _ => None,
    };
    let environment = Wishes::of_environment(variables).unwrap();
    let file = of_text("theme = 'dark'\nascii = false\nmouse = false").unwrap();
    let config = Config::first_of([flags, environment, file]);
    let expected = Config { theme: "mono".into(), ascii: true, mouse: false, confirm_over: 7, ..Config::default() };
    assert_eq!(config, expected);
}

#[test]
fn errors_name_the_file_and_the_line() {
    for (text, message) in [
        ("\n\nthem = 'dark'\n", "config.toml:3: there is no setting `them`; did you mean `theme`?"),
        (
            "mouse = true\n[colours]\n",
            "config.toml:2: there is no setting `colours`; the settings are theme, mouse, ascii, hyperlinks, \
                 reduced_motion, restore, mask_secrets, confirm_over, stores",
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
        assert_eq!(of_text(text).unwrap_err().to_string(), message, "{text}");
    }
    let broken = of_text("mouse = true\ntheme = \n").unwrap_err();
    assert!(broken.place == "config.toml:2" && !broken.reason.contains('\n'), "{broken}");
    let variable = Wishes::of_environment(|name| (name == "MEMTUI_MOUSE").then(|| "maybe".into())).unwrap_err();
    assert_eq!(variable.to_string(), "MEMTUI_MOUSE: `mouse` takes true or false, not `maybe`; the default is true");
}

#[test]
fn a_file_may_be_missing_unless_it_was_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    assert_eq!(Wishes::of_file(&file), Ok(None));
    assert!(
        Config::load(Wishes::default(), Some(&file), Path::new("")).unwrap_err().to_string().contains("no such file")
    );
    assert!(Config::load(Wishes::default(), None, &file).is_ok());
    assert!(Wishes::of_file(folder.path()).unwrap_err().reason.contains("no file"));
    fs::write(&file, b"theme = '\xff'").unwrap();
    assert!(Wishes::of_file(&file).is_err());
    fs::write(&file, "stores = ['near.db', '/far.db']").unwrap();
    let config = Config::first_of(Wishes::of_file(&file).unwrap());
    assert_eq!(config.stores, [folder.path().join("near.db"), PathBuf::from("/far.db")]);
}

#[test]
fn the_home_directory_has_a_short_name() {
    let home = Some(Path::new("/home/you"));
    assert_eq!(absolute(Path::new("~/m.db"), Path::new("/etc"), home), Path::new("/home/you/m.db"));
    assert_eq!(absolute(Path::new("~x"), Path::new("/etc"), home), Path::new("/etc/~x"));
}
