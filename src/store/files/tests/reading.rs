//! What is found in files, noticed and told.

use super::*;

#[test]
fn a_reader_notices_what_others_write_and_what_they_write_in_place() {
    let home = Home::new();
    let store = home.open(".claude");
    let mut reader = store.reader().unwrap();
    let mut count = 0;
    reader.outline(&mut |_, _| count += 1).unwrap();
    let stamp = reader.stamp();
    assert_eq!((count, reader.pulse().unwrap()), (6, Pulse::Same));
    home.write(&format!("{MEMORY}/new.md"), "A new one.\n");
    home.write(&format!("{MEMORY}/orphan.md"), "Very terse answers.\n");
    // A glance rests fifty times as long as the last one took.
    let changed = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        reader.pulse().unwrap() == Pulse::Changed
    });
    assert!(changed && reader.stamp() != stamp);
    let mut found = Vec::new();
    reader.fresh(&mut |handle, _| found.push(handle)).unwrap();
    assert_eq!(found, [handle_of("-home-me-acme-api/new.md")]);
    let mut texts = Vec::new();
    let orphan = [handle_of("-home-me-acme-api/orphan.md")];
    reader
        .scan(ScanOf::These(&orphan), &mut |scanned| {
            texts.extend(scanned.texts.iter().map(|text| (*text).to_owned()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(texts, ["Very terse answers."]);
    // Known up to a moment: nothing is new to a reader that is told so.
    let highest = reader.highest();
    let mut other = store.reader().unwrap();
    for handle in highest {
        other.seen(handle);
    }
    let mut new = 0;
    other.fresh(&mut |_, _| new += 1).unwrap();
    assert_eq!(new, 0);
}

#[test]
fn what_lies_beyond_the_load_of_an_index_is_told() {
    let home = Home::new();
    let lines = (0..220).map(|at| format!("- [R{at}](r{at}.md) — rule\n")).collect::<Vec<_>>().concat();
    home.write(&format!("{MEMORY}/MEMORY.md"), &format!("<!-- not\ncounted -->\n{lines}"));
    for at in [0, 199, 200, 219] {
        home.write(&format!("{MEMORY}/r{at}.md"), "text\n");
    }
    let store = home.open(MEMORY);
    let withheld = |at: usize| memory(store.as_ref(), &format!("r{at}.md")).injection.is_err();
    assert_eq!([0, 199, 200, 219].map(withheld), [false, false, true, true]);
    let told = store.reader().unwrap().check().unwrap();
    assert!(
        told.iter().any(|line| line.trouble.as_ref().is_some_and(|trouble| trouble.starts_with("220 lines"))),
        "{told:?}"
    );
}

#[test]
fn words_tags_and_files_are_found() {
    let home = Home::new();
    home.write(
        "notes/coffee.md",
        "---\ntitle: Coffee\npermalink: coffee\ntags:\n- drinks\n---\n\nPour over, slowly.\n",
    );
    home.write(
        "notes/tea.md",
        "---\ntitle: Tea\npermalink: tea\ntags: [drinks, leaf]\n---\n\nCoffee is not tea. Coffee!\n",
    );
    let store = home.open("notes");
    assert_eq!(store.about().product, "basic-memory");
    let mut reader = store.reader().unwrap();
    let names = |found: Vec<Handle>| -> Vec<String> {
        found.into_iter().map(|handle| store.reader().unwrap().native(handle)).collect()
    };
    let mut ask = |needle: Needle| {
        let mut found = Vec::new();
        reader
            .search(&needle, &mut |handle| {
                found.push(handle);
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        let mut found = names(found);
        found.sort();
        found
    };
    assert_eq!(ask(Needle::Word("COFF".into(), true)), ["coffee.md", "tea.md"]);
    assert_eq!(ask(Needle::Phrase("not tea".into())), ["tea.md"]);
    assert_eq!(ask(Needle::Tag("leaf".into())), ["tea.md"]);
    assert_eq!(ask(Needle::File("coffee.md".into())), ["coffee.md"]);
    let best = store.reader().unwrap().ranked(&[Needle::Word("coffee".into(), false)], 9).unwrap();
    assert_eq!(names(best), ["coffee.md", "tea.md"], "a word in the title weighs more");
}

#[test]
fn the_usual_places_are_found_where_there_is_something() {
    let home = Home::new();
    home.write(".codex/memories/memory_summary.md", "v1\n# S\nx\n");
    home.write(".codex/AGENTS.md", "Run tests.\n");
    home.write(".gemini/tmp/p/memory/.inbox/private/extraction.patch", "+x\n");
    home.write("vault/a.md", "---\ntitle: A\n---\ntext\n");
    home.write(".basic-memory/config.json", "{\"projects\":{\"main\":\"~/vault\"}}");
    let places = usual(home.0.path(), &BTreeMap::new());
    let products: Vec<&str> = places.iter().map(Place::product).collect();
    assert_eq!(products, ["claude-code", "instructions", "gemini", "codex", "basic-memory"]);
    let stores: Vec<Arc<dyn Store>> = places.into_iter().map(|place| place.open("s".into())).collect();
    assert_eq!(natives(stores[1].as_ref()), [".codex/AGENTS.md"]);
    assert_eq!(natives(stores[2].as_ref()), ["p/.inbox/private/extraction.patch"]);
    assert_eq!(natives(stores[3].as_ref()), ["memory_summary.md#s"], "the version of the form is no memory");
    assert_eq!(natives(stores[4].as_ref()), ["main/a.md"]);
    assert!(usual(Path::new("/nowhere/at/all"), &BTreeMap::new()).is_empty());
}

#[test]
fn instructions_below_a_project_and_those_of_the_administrator_are_read() {
    let home = Home(tempfile::tempdir().unwrap());
    home.write("shop/CLAUDE.md", "# Shop\n\nThrough the queue.\n");
    home.write("shop/packages/api/CLAUDE.md", "Handlers are small.\n");
    home.write("shop/packages/api/AGENTS.md", "Run nextest.\n");
    home.write("shop/packages/api/README.md", "For people.\n");
    for foreign in ["node_modules/x", "target", ".git", "packages/.cache"] {
        home.write(&format!("shop/{foreign}/CLAUDE.md"), "Not ours.\n");
    }
    symlink(home.path("shop"), home.path("shop/packages/again")).unwrap();
    let store = home.open("shop");
    let mut found = natives(store.as_ref());
    found.sort();
    let in_file = |native: &str, name: &str| native.split('#').next() == Some(name);
    assert!(found.len() == 3 && in_file(&found[0], "CLAUDE.md"), "{found:?}");
    assert!(in_file(&found[1], "packages/api/AGENTS.md") && in_file(&found[2], "packages/api/CLAUDE.md"), "{found:?}");
    assert_eq!(memory(store.as_ref(), &found[2]).row.scope.agent.as_deref(), Some("claude"));
    let (outcomes, changes) = apply(store.as_ref(), vec![delete(&found[2])]);
    all_applied(&outcomes);
    assert!(!home.path("shop/packages/api/CLAUDE.md").exists());
    all_applied(&apply(store.as_ref(), back(&changes)).0);
    assert_eq!(home.text("shop/packages/api/CLAUDE.md"), "Handlers are small.\n");

    home.write("etc/CLAUDE.md", "# House rules\n\nNo secrets in code.\n");
    let variables = [(site::MANAGED.to_owned(), home.path("etc").display().to_string())].into();
    let usual = usual(home.0.path(), &variables);
    let global = usual.into_iter().find(|place| place.product() == "instructions").unwrap().open("instructions".into());
    assert_eq!(natives(global.as_ref()), ["managed/CLAUDE.md#house-rules"]);
}
