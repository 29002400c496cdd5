//! What the command line takes and refuses.

use clap::CommandFactory as _;

use super::*;

fn parsed(line: &str) -> Args {
    Args::of(&line.split(' ').map(OsString::from).collect::<Vec<_>>()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn a_query_needs_no_quotes_and_may_have_a_minus_after_two_dashes() {
    let args = parsed("memtui list --json --limit 3 -- kind:bugfix -word age:>30d");
    let Some(Command::List(list)) = args.command else { panic!() };
    assert_eq!(list.query, ["kind:bugfix", "-word", "age:>30d"]);
    assert!(list.json);
    assert_eq!(list.limit, Some(3));
}

#[test]
fn targets_are_ids_or_a_filter_and_never_both_or_none() {
    assert!(Args::try_parse_from(["memtui", "prune"]).is_err());
    assert!(Args::try_parse_from(["memtui", "prune", "a:b/1", "--where", "x"]).is_err());
    assert!(Args::try_parse_from(["memtui", "prune", "a:b/1", "a:b/2"]).is_ok());
    assert!(Args::try_parse_from(["memtui", "prune", "--where", ""]).is_ok());
    assert!(Args::try_parse_from(["memtui", "set", "a:b/1"]).is_err(), "nothing to set");
    assert!(Args::try_parse_from(["memtui", "set", "a:b/1", "--pin", "--unpin"]).is_err());
    assert!(Args::try_parse_from(["memtui", "set", "a:b/1", "--confidence", "1.5"]).is_err());
    assert!(Args::try_parse_from(["memtui", "set", "a:b/1", "--confidence", "NaN"]).is_err());
}

#[test]
fn a_name_may_leave_out_the_store() {
    let full = MemoryId { store: "claude-mem".into(), native: "observation/1".into() };
    assert_eq!("claude-mem:observation/1".parse(), Ok(Name::Full(full)));
    assert_eq!("observation/1".parse(), Ok(Name::Native("observation/1".into())));
    for slip in ["observation", "/1", "observation/", ":observation/1", ""] {
        assert!(slip.parse::<Name>().is_err(), "{slip}");
    }
}

#[test]
fn a_path_opens_the_terminal_program() {
    let args = parsed("memtui ./some.db --read-only");
    assert_eq!(args.start.path.as_deref(), Some(Path::new("./some.db")));
    assert!(args.command.is_none() && args.start.global.read_only);
    let args = parsed("memtui --store a.db --store b.db list");
    assert_eq!(args.start.global.stores.len(), 2, "{:?}", args.start.global.stores);
}

#[test]
fn the_short_way_in_understands_what_the_whole_definition_understands() {
    for line in [
        "memtui",
        "memtui --fresh",
        "memtui a.db --fresh -o theme=mono --store b.db --read-only",
        "memtui -- -odd",
        "memtui list",
        "memtui -- list",
        "memtui --store a.db count --by kind",
        "memtui --config a b c",
        "memtui --fresh list",
        "memtui lst",
        "memtui --help",
        "memtui --version",
        "memtui help",
        "memtui --store",
        "memtui --fresh --fresh",
    ] {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let said = |args: Result<Args, clap::Error>| match args {
            Ok(args) => format!("{args:?}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(said(Args::of(&words)), said(Args::try_parse_from(&words)), "{line}");
    }
}
