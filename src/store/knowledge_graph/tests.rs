//! Graphs as the product writes them, and as people and crashes leave them: read, written, put back byte for byte.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::PathBuf,
};

use proptest::prelude::*;

use super::*;
use crate::{
    change::{Change, Edit, FieldValue},
    memory::{Memory, Signal},
    store::{Expect, Intent, Make, Needle, Outcome, Pulse, discover},
};

/// A file in a directory of its own.
struct Fixture {
    dir: tempfile::TempDir,
    path: PathBuf,
}

const ANA: &str = r#"{"type":"entity","name":"Ana","entityType":"person","observations":["Lives in Porto","Lives in Lisbon","Prefers uv"]}"#;
const API: &str = r#"{"type":"entity","name":"api","entityType":"project","observations":["CI runs on arm64"]}"#;
const OWNS: &str = r#"{"type":"relation","from":"Ana","to":"api","relationType":"maintains"}"#;
const USES: &str = r#"{"type":"relation","from":"api","to":"uv","relationType":"uses"}"#;

impl Fixture {
    fn new(file: &[u8]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("memory.jsonl");
        fs::write(&path, file).unwrap();
        Self { dir, path }
    }

    fn of(lines: &[&str]) -> Self {
        Self::new(lines.join("\n").as_bytes())
    }

    fn open(&self) -> Arc<dyn Store> {
        discover::open_in(&discover::Environment::default(), &self.path, &[]).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }
}

/// The memories by title.
fn titles(store: &dyn Store) -> Vec<(String, String)> {
    let rows = store.reader().unwrap().newest(usize::MAX).unwrap();
    rows.into_iter().map(|row| (row.title, row.id.native)).collect()
}

fn native(store: &dyn Store, title: &str) -> String {
    let all = titles(store);
    all.iter().find(|(known, _)| known == title).unwrap_or_else(|| panic!("{title}: {all:?}")).1.clone()
}

fn memory(store: &dyn Store, title: &str) -> Memory {
    let mut reader = store.reader().unwrap();
    let handle = reader.handle(&native(store, title)).unwrap();
    reader.memory(handle).unwrap().unwrap()
}

fn apply(store: &dyn Store, intents: Vec<Intent>) -> (Vec<Outcome>, Vec<Change>) {
    let mut journalled = Vec::new();
    let mut errand = |changes: &[Change]| {
        journalled.extend_from_slice(changes);
        Ok(())
    };
    let outcomes = store.writer().unwrap().apply(intents, &mut errand).unwrap();
    (outcomes, journalled)
}

fn delete(native: &str) -> Intent {
    Intent { native: native.to_owned(), expect: Expect::Anything, make: Make::Delete }
}

fn edit(native: &str, field: &str, value: &str) -> Intent {
    let edit: Edit = vec![(field.to_owned(), FieldValue::Text(value.to_owned()))];
    Intent { native: native.to_owned(), expect: Expect::Anything, make: Make::Edit(edit) }
}

/// Takes changes back as an undo does.
fn undo(store: &dyn Store, changes: &[Change]) -> Vec<Outcome> {
    let intents = changes.iter().map(|change| Intent {
        native: change.native.clone(),
        expect: change.after.as_ref().map_or(Expect::Absent, |image| Expect::Exactly(image.digest())),
        make: change.before.clone().map_or(Make::Delete, Make::Put),
    });
    apply(store, intents.collect()).0
}

#[test]
fn entities_facts_relations_and_what_cannot_be_read_are_memories() {
    let it = Fixture::of(&[ANA, "", API, OWNS, USES, r#"{"type":"entity","na"#, r#"{"type":"note"}"#]);
    let store = it.open();
    let all: Vec<String> = titles(store.as_ref()).into_iter().map(|(title, _)| title).collect();
    let expected = [
        "Ana",
        "Ana: Lives in Porto",
        "Ana: Lives in Lisbon",
        "Ana: Prefers uv",
        "api",
        "api: CI runs on arm64",
        "Ana maintains api",
        "api uses uv",
        r#"line 6: {"type":"entity","na"#,
        r#"line 7: {"type":"note"}"#,
    ];
    assert_eq!(all, expected);
    let ana = memory(store.as_ref(), "Ana");
    assert_eq!(ana.row.id.native, "entity/Ana");
    let sections: Vec<&str> = ana.sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(sections, ["type", "observations", "relations", "found in"]);
    assert_eq!(ana.neighbours.len(), 4, "three facts and a relation");
    assert_eq!(memory(store.as_ref(), "Ana maintains api").neighbours.len(), 2, "the entities at both ends");
    let dangling = memory(store.as_ref(), "api uses uv");
    assert_eq!(dangling.findings[0].signal, Signal::Unsettled);
    assert!(dangling.findings[0].reason.contains("no entity uv"));
    let broken = memory(store.as_ref(), expected[8]);
    assert!(broken.injection.as_ref().is_err_and(|reason| reason.starts_with("line 6 cannot be read")), "{broken:?}");
    let checked = store.reader().unwrap().check().unwrap();
    assert!(checked[0].trouble.as_ref().is_some_and(|told| told.contains("line 6") && told.contains("line 7")));
    let mut found = Vec::new();
    let mut reader = store.reader().unwrap();
    let mut note = |handle| {
        found.push(handle);
        std::ops::ControlFlow::Continue(())
    };
    reader.search(&Needle::Word("lisbon".into(), false), &mut note).unwrap();
    assert_eq!(
        found.iter().map(|handle| reader.native(*handle)).collect::<Vec<_>>(),
        [native(store.as_ref(), "Ana: Lives in Lisbon")]
    );
}

#[test]
fn an_entity_takes_its_relations_along_and_comes_back_with_them_to_the_byte() {
    let it = Fixture::of(&[OWNS, ANA, USES, API, OWNS]);
    let (store, before) = (it.open(), it.text());
    let (outcomes, changes) = apply(store.as_ref(), vec![delete("entity/Ana")]);
    assert_eq!((outcomes, it.text()), (vec![Outcome::Applied], format!("{USES}\n{API}")));
    assert_eq!(undo(store.as_ref(), &changes), [Outcome::Applied]);
    assert_eq!(it.text(), before);
    // One that was made again meanwhile is not doubled.
    let it = Fixture::of(&[ANA, API, OWNS]);
    let store = it.open();
    let (_, changes) = apply(store.as_ref(), vec![delete("entity/Ana")]);
    fs::write(&it.path, [API, OWNS].join("\n")).unwrap();
    undo(store.as_ref(), &changes);
    assert_eq!(it.text(), [ANA, API, OWNS].join("\n"));
}

#[test]
fn an_entity_and_its_parts_chosen_together_go_together() {
    let it = Fixture::of(&[ANA, API, OWNS, USES]);
    let (store, before) = (it.open(), it.text());
    let mut reader = store.reader().unwrap();
    let rows = reader.newest(usize::MAX).unwrap();
    let seen = rows.iter().rev().map(|row| Intent {
        native: row.id.native.clone(),
        expect: Expect::Seen(row.version),
        make: Make::Delete,
    });
    let (outcomes, changes) = apply(store.as_ref(), seen.collect());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied | Outcome::Already)), "{outcomes:?}");
    assert_eq!(it.text(), "");
    undo(store.as_ref(), &changes);
    assert_eq!(it.text(), before);
}

#[test]
fn an_entity_that_learned_something_since_it_was_seen_stays() {
    let it = Fixture::of(&[ANA, API]);
    let store = it.open();
    let row = memory(store.as_ref(), "api").row;
    fs::write(&it.path, [ANA, &API.replace("arm64\"", "arm64\",\"new\"")].join("\n")).unwrap();
    let (native, expect) = (row.id.native, Expect::Seen(row.version));
    let (outcomes, _) = apply(store.as_ref(), vec![Intent { native, expect, make: Make::Delete }]);
    assert!(matches!(outcomes[..], [Outcome::Conflict(Some(_))]), "{outcomes:?}");
}

#[test]
fn a_fact_is_edited_and_pruned_in_its_place_whoever_undoes_it() {
    let odd =
        r#"{ "observations" : [ "a" ,  "caf\u00e9", "b" ], "extra": 1, "type":"entity","name":"x y","entityType":"t"}"#;
    let it = Fixture::of(&[odd, API]);
    let (store, before) = (it.open(), it.text());
    let cafe = native(store.as_ref(), "x y: café");
    let (outcomes, edited) = apply(store.as_ref(), vec![edit(&cafe, "text", "tea\n\"x\"")]);
    assert_eq!(outcomes, [Outcome::Applied]);
    assert_eq!(it.text(), before.replace(r#""caf\u00e9""#, r#""tea\n\"x\"""#));
    assert_eq!(native(store.as_ref(), "x y: tea"), cafe, "its name stays");
    let (_, pruned) = apply(store.as_ref(), vec![delete(&cafe)]);
    assert_eq!(it.text(), before.replace(r#" ,  "caf\u00e9""#, ""));
    // Another process knows nothing of names that were given here.
    let store = it.open();
    assert_eq!(undo(store.as_ref(), &pruned), [Outcome::Applied]);
    assert_eq!(undo(store.as_ref(), &edited), [Outcome::Applied]);
    assert_eq!(it.text(), before);
    let store = it.open();
    let all: Vec<Intent> =
        ["a", "café", "b"].iter().map(|text| delete(&native(store.as_ref(), &format!("x y: {text}")))).collect();
    let (_, changes) = apply(store.as_ref(), all);
    assert!(it.text().starts_with(r#"{ "observations" : [ "#) && !it.text().contains("caf"), "{}", it.text());
    undo(store.as_ref(), &changes);
    assert_eq!(it.text(), before);
    let (outcomes, _) =
        apply(store.as_ref(), vec![edit(&cafe, "text", "a"), edit(&native(store.as_ref(), "x y: b"), "text", " ")]);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Refused(_))), "{outcomes:?}");
    assert_eq!(it.text(), before);
}

#[test]
fn types_change_and_leave_everything_else() {
    let it = Fixture::of(&[ANA, API, OWNS]);
    let (store, before) = (it.open(), it.text());
    let owns = native(store.as_ref(), "Ana maintains api");
    let (_, changes) = apply(store.as_ref(), vec![edit("entity/Ana", "type", "human"), edit(&owns, "type", "left")]);
    assert_eq!(it.text(), before.replace("person", "human").replace("maintains", "left"));
    // What was done to the same line in between stays.
    apply(store.as_ref(), vec![delete(&native(store.as_ref(), "Ana: Prefers uv"))]);
    let store = it.open();
    assert_eq!(undo(store.as_ref(), &changes), [Outcome::Applied, Outcome::Applied]);
    assert_eq!(it.text(), before.replace(r#","Prefers uv""#, ""));
}

#[test]
fn a_broken_line_is_repaired_or_pruned_and_both_can_be_undone() {
    let two = format!("{OWNS}{USES}");
    for end in ["", "\n"] {
        let it = Fixture::new(format!("{ANA}\n{two}\n{API}\n{{\"type\"{end}").as_bytes());
        let (store, before) = (it.open(), it.text());
        let broken = memory(store.as_ref(), &format!("line 2: {two}"));
        assert!(broken.findings[0].reason.contains("two objects"), "{:?}", broken.findings);
        let native = broken.row.id.native;
        let (outcomes, _) = apply(store.as_ref(), vec![edit(&native, "text", "{}")]);
        assert!(matches!(&outcomes[..], [Outcome::Refused(reason)] if reason.contains("cannot be read")));
        let (outcomes, changes) = apply(store.as_ref(), vec![edit(&native, "text", &format!("{OWNS}\n{USES}"))]);
        assert_eq!(outcomes, [Outcome::Applied]);
        assert_eq!(it.text(), before.replace(&two, &format!("{OWNS}\n{USES}")));
        assert!(titles(store.as_ref()).iter().any(|(title, _)| title == "api uses uv"));
        let other = it.open();
        assert_eq!(undo(other.as_ref(), &changes), [Outcome::Applied]);
        assert_eq!(it.text(), before);
        let last = self::native(store.as_ref(), "line 4: {\"type\"");
        let (_, changes) = apply(store.as_ref(), vec![delete(&last)]);
        assert_eq!(it.text(), format!("{ANA}\n{two}\n{API}{end}"));
        undo(store.as_ref(), &changes);
        assert_eq!(it.text(), before);
    }
}

#[test]
fn copies_are_one_memory_and_can_be_made_fewer() {
    let twice = r#"{"type":"entity","name":"x","entityType":"t","observations":["a","b","a"]}"#;
    let it = Fixture::of(&[twice, USES, API, USES]);
    let (store, before) = (it.open(), it.text());
    let told = memory(store.as_ref(), "x: a").findings;
    assert!(told[0].reason.contains("2 times"), "{told:?}");
    let (fact, relation) = (native(store.as_ref(), "x: a"), native(store.as_ref(), "api uses uv"));
    let (outcomes, changes) = apply(store.as_ref(), vec![edit(&fact, "copies", "1"), edit(&relation, "copies", "1")]);
    assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
    assert_eq!(it.text(), [&twice.replace(r#","a"]"#, "]"), USES, API].join("\n"));
    undo(store.as_ref(), &changes);
    assert_eq!(it.text(), before);
    let (_, changes) = apply(store.as_ref(), vec![delete(&fact), delete(&relation)]);
    assert_eq!(it.text(), [&twice.replace(r#""a","b","a""#, r#""b""#), API].join("\n"));
    undo(store.as_ref(), &changes);
    assert_eq!(it.text(), before);
}

#[test]
fn modes_links_and_what_others_write_are_respected() {
    let it = Fixture::of(&[ANA, API]);
    fs::set_permissions(&it.path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = it.dir.path().join("link");
    symlink(&it.path, &link).unwrap();
    let store = discover::open_in(&discover::Environment::default(), &link, &[]).unwrap();
    let mut reader = store.reader().unwrap();
    reader.pulse().unwrap();
    apply(store.as_ref(), vec![delete("entity/api")]);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(it.text(), ANA);
    assert_eq!(fs::metadata(&it.path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(reader.pulse().unwrap(), Pulse::Changed);
    assert_eq!(fs::read_dir(it.dir.path()).unwrap().count(), 2, "nothing is left beside it");
    // Somebody writes between the journal and the file.
    let mut race = |_: &[Change]| {
        fs::write(&it.path, [ANA, API].join("\n")).unwrap();
        Ok(())
    };
    let problem = store.writer().unwrap().apply(vec![delete("entity/Ana")], &mut race).unwrap_err();
    assert!(problem.to_string().contains("another program"), "{problem}");
    assert_eq!(it.text(), [ANA, API].join("\n"));
    fs::hard_link(&it.path, it.dir.path().join("other")).unwrap();
    let (outcomes, _) = apply(store.as_ref(), vec![delete("entity/Ana")]);
    assert!(matches!(&outcomes[..], [Outcome::Refused(reason)] if reason.contains("hard link")));
    fs::remove_file(&it.path).unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Gone);
}

#[test]
fn the_file_is_found_where_the_product_keeps_it() {
    let home = tempfile::tempdir().unwrap();
    let product = home.path().join(".npm/_npx/0a1b/node_modules/@modelcontextprotocol/server-memory/dist");
    fs::create_dir_all(&product).unwrap();
    for name in ["memory.jsonl", "team.jsonl"] {
        fs::write(product.join(name), ANA).unwrap();
    }
    let settings = |text: &str| fs::write(home.path().join(".claude.json"), text).unwrap();
    settings(
        r#"{"mcpServers": {"memory": {"env": {"MEMORY_FILE_PATH": "team.jsonl"}}, "b": {"env": {"MEMORY_FILE_PATH": "~/gone"}}}}"#,
    );
    let environment = discover::Environment { home: Some(home.path().to_owned()), ..Default::default() };
    let found = discover::discover(&environment);
    let stores: Vec<_> =
        found.stores.iter().map(|store| (store.about().name.as_str(), store.about().path.clone())).collect();
    assert_eq!(
        stores,
        [("knowledge-graph", product.join("team.jsonl")), ("knowledge-graph-2", product.join("memory.jsonl"))]
    );
    assert!(found.looked_at.contains(&(home.path().join("gone"), "not there".to_owned())));
    let other = home.path().join("other.json");
    fs::write(&other, "{\"type\":\"thing\"}\n").unwrap();
    assert!(matches!(discover::open_in(&environment, &other, &[]), Err(Problem::NotAStore { .. })));
}

/// A file made by the product; every memory of it goes and comes back.
#[test]
fn a_file_of_the_product_comes_back_to_the_byte() {
    let Some(directory) = std::env::var_os("MEMTUI_SAMPLES") else {
        eprintln!("skipped: MEMTUI_SAMPLES names no directory with files of the product");
        return;
    };
    let it = Fixture::new(&fs::read(PathBuf::from(directory).join("knowledge-graph.jsonl")).unwrap());
    let (store, before) = (it.open(), it.bytes());
    let all = titles(store.as_ref());
    let (outcomes, changes) = apply(store.as_ref(), all.iter().map(|(_, native)| delete(native)).collect());
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied | Outcome::Already)));
    assert_eq!(it.bytes(), b"");
    assert!(undo(store.as_ref(), &changes).iter().all(|outcome| *outcome == Outcome::Applied));
    assert!(it.bytes() == before);
    for third in 0..3 {
        let some = all.iter().skip(third).step_by(3).map(|(_, native)| delete(native));
        let (_, changes) = apply(store.as_ref(), some.collect());
        undo(store.as_ref(), &changes);
        let now = it.text();
        let then = String::from_utf8_lossy(&before);
        let other = now.lines().zip(then.lines()).find(|(one, other)| one != other);
        assert!(it.bytes() == before, "every third from {third}: {other:?}");
    }
}

fn some_line() -> impl Strategy<Value = String> {
    let name = "[xyz]";
    prop_oneof![
        (name, proptest::collection::vec("[a-d]", 0..5)).prop_map(|(name, facts)| {
            serde_json::json!({"type": "entity", "name": name, "entityType": "t", "observations": facts}).to_string()
        }),
        (name, name).prop_map(|(from, to)| {
            serde_json::json!({"type": "relation", "from": from, "to": to, "relationType": "r"}).to_string()
        }),
        Just(String::new()),
        "[{}]{1,3}".prop_map(|text| text),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is taken out of whatever file comes back to its place, without the writer's waiting.
    #[test]
    fn what_was_pruned_comes_back_to_the_byte(
        lines in proptest::collection::vec((some_line(), prop_oneof![Just("\n"), Just("\r\n")]), 1..10),
        mark: bool, ends: bool,
        chosen in proptest::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let mut file = if mark { "\u{feff}".to_owned() } else { String::new() };
        for (at, (text, end)) in lines.iter().enumerate() {
            file.push_str(text);
            if ends || at + 1 < lines.len() {
                file.push_str(end);
            }
        }
        let found = graph::Graph::read(file.as_bytes());
        prop_assert_eq!(found.bytes(), file.as_bytes());
        let items = found.items();
        prop_assume!(!items.is_empty());
        let mut graph = found.clone();
        let mut images = Vec::new();
        let mut order: Vec<&graph::Item> = chosen.iter().map(|index| &items[index.index(items.len())].0).collect();
        order.sort_by_key(|item| !matches!(item, graph::Item::Entity(_)));
        for item in order {
            if let Some(image) = record::image(&graph, item) {
                graph.take_out(item);
                prop_assert!(record::image(&graph, item).is_none());
                images.push(image);
            }
        }
        let mut graph = graph::Graph::read(&graph.bytes());
        put::restore(&mut graph, &images);
        prop_assert_eq!(String::from_utf8(graph.bytes()).unwrap(), file);
    }
}
