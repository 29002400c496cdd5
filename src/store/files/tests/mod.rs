//! Stores of files as the products make them: read, written, put back byte for byte.

mod letta;
mod offered;
mod random;
mod reading;

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use super::*;
use crate::{
    change::{Change, Edit, FieldValue},
    memory::{Handle, Memory},
    store::{Expect, Intent, Make, Needle, Outcome, Problem, Pulse, ScanOf, backup, discover, held::handle_of},
};

/// A home directory with files of several products.
struct Home(tempfile::TempDir);

const INDEX: &str = "# Memory Index\n\n- [Real database](db.md) — never mocks\n- [Freeze](freeze.md) — until March\n- [Gone](gone.md) — was removed\n\n## Loose\n\nThe cluster is called tuna.\n";
const DB: &str = "---\nname: use-real-db\ndescription: \"never mocks\"\nmetadata: \n  node_type: memory\n  type: feedback\n  originSessionId: s-1\n  modified: 2026-05-02T09:15:00.123Z\n---\n\nUse Postgres, see #42.\n";
const MEMORY: &str = ".claude/projects/-home-me-acme-api/memory";

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.write(".claude/projects/-home-me-acme-api/s.jsonl", "{\"cwd\":\"/home/me/acme-api/src\"}\n");
        home.write(&format!("{MEMORY}/MEMORY.md"), INDEX);
        home.write(&format!("{MEMORY}/db.md"), DB);
        home.write(&format!("{MEMORY}/freeze.md"), "---\nname: Freeze\r\ntype: project\n---\r\nUntil March.\r\nNo end");
        home.write(&format!("{MEMORY}/orphan.md"), "Terse answers.\n");
        home.write(".claude/agent-memory/reviewer/MEMORY.md", "# Reviewer\n\nNo unwraps.\n");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(fs::read(self.path(name)).unwrap()).unwrap()
    }

    fn open(&self, name: &str) -> Arc<dyn Store> {
        discover::open_in(&discover::Environment::default(), &self.path(name), &[]).unwrap()
    }

    /// Every file with its bytes, permissions and time.
    fn all(&self) -> BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)> {
        let (mut found, mut open) = (BTreeMap::new(), vec![self.0.path().to_owned()]);
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap().flatten() {
                let data = entry.metadata().unwrap();
                if data.is_dir() {
                    open.push(entry.path());
                } else {
                    let bytes = fs::read(entry.path()).unwrap();
                    found.insert(entry.path(), (bytes, data.mode(), data.mtime(), data.mtime_nsec()));
                }
            }
        }
        found
    }
}

fn natives(store: &dyn Store) -> Vec<String> {
    let mut reader = store.reader().unwrap();
    let mut found = Vec::new();
    let mut handles = Vec::new();
    reader.outline(&mut |handle, _| handles.push(handle)).unwrap();
    for handle in handles {
        found.push(reader.native(handle));
    }
    found.sort();
    found
}

fn memory(store: &dyn Store, native: &str) -> Memory {
    let mut reader = store.reader().unwrap();
    let handle = reader.handle(native).unwrap();
    reader.memory(handle).unwrap().unwrap_or_else(|| panic!("{native}: {:?}", natives(store)))
}

/// Applies intents, each allowed anything; what was journalled.
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

/// The way back of changes.
fn back(changes: &[Change]) -> Vec<Intent> {
    let intent = |change: &Change| Intent {
        native: change.native.clone(),
        expect: change.after.as_ref().map_or(Expect::Absent, |image| Expect::Exactly(image.digest())),
        make: change.before.clone().map_or(Make::Delete, Make::Put),
    };
    changes.iter().map(intent).collect()
}

fn all_applied(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| *outcome == Outcome::Applied)
}

#[test]
fn auto_memory_is_listed_with_project_kind_and_state() {
    let home = Home::new();
    let store = home.open(".claude");
    assert_eq!(store.about().product, "claude-code");
    let label = "-home-me-acme-api";
    let mut wanted = vec![
        format!("{label}/MEMORY.md#->gone.md"),
        format!("{label}/MEMORY.md#memory-index/loose"),
        format!("{label}/db.md"),
        format!("{label}/freeze.md"),
        format!("{label}/orphan.md"),
        "agent-memory/reviewer/MEMORY.md#reviewer".to_owned(),
    ];
    wanted.sort();
    assert_eq!(natives(store.as_ref()), wanted);
    let db = memory(store.as_ref(), &format!("{label}/db.md"));
    assert_eq!((db.title.as_str(), db.row.kind.as_str()), ("use-real-db", "feedback"));
    assert_eq!(db.row.scope.project.as_deref(), Some("acme-api"));
    assert_eq!(db.row.scope.session.as_deref(), Some("s-1"));
    assert_eq!(db.row.created, Some(1_777_713_300_123));
    assert_eq!(db.injection, Ok("Use Postgres, see #42.".to_owned()));
    let reason = |name: &str| memory(store.as_ref(), &format!("{label}/{name}")).injection.unwrap_err();
    assert!(reason("orphan.md").contains("no line of MEMORY.md"));
    assert!(reason("MEMORY.md#->gone.md").contains("leads nowhere"));
    let own = memory(store.as_ref(), "agent-memory/reviewer/MEMORY.md#reviewer");
    assert_eq!((own.row.scope.agent.as_deref(), own.row.scope.project.as_deref()), (Some("claude/reviewer"), None));
}

#[test]
fn a_prune_takes_file_and_line_and_its_undo_gives_every_byte_mode_and_time_back() {
    let home = Home::new();
    fs::set_permissions(home.path(&format!("{MEMORY}/db.md")), fs::Permissions::from_mode(0o600)).unwrap();
    let store = home.open(".claude");
    let before = home.all();
    let (outcomes, changes) = apply(store.as_ref(), vec![delete("-home-me-acme-api/db.md")]);
    assert!(all_applied(&outcomes));
    assert!(!home.path(&format!("{MEMORY}/db.md")).exists());
    assert_eq!(
        home.text(&format!("{MEMORY}/MEMORY.md")),
        INDEX.replace("- [Real database](db.md) — never mocks\n", "")
    );
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    assert_eq!(home.all(), before);
    // Everything at once, and back in the other order.
    let (_, mut changes) = apply(store.as_ref(), natives(store.as_ref()).iter().map(|native| delete(native)).collect());
    assert_eq!((changes.len(), natives(store.as_ref()).len()), (6, 0));
    changes.reverse();
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    assert_eq!(home.all(), before);
}

#[test]
fn an_edit_changes_its_line_only_and_keeps_the_index_in_step() {
    let home = Home::new();
    let store = home.open(".claude");
    let before = home.all();
    let native = "-home-me-acme-api/db.md";
    let (outcomes, changes) = apply(store.as_ref(), vec![edit(native, "description", "always: Postgres")]);
    assert!(all_applied(&outcomes));
    let text = home.text(&format!("{MEMORY}/db.md"));
    let modified = text.lines().find(|line| line.contains("modified:")).unwrap();
    let expected =
        DB.replace("\"never mocks\"", "\"always: Postgres\"").replace("  modified: 2026-05-02T09:15:00.123Z", modified);
    assert_eq!(text, expected);
    assert_eq!(home.text(&format!("{MEMORY}/MEMORY.md")), INDEX.replace("never mocks", "always: Postgres"));
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    assert_eq!(home.all(), before);
    let (outcomes, _) = apply(store.as_ref(), vec![edit("-home-me-acme-api/freeze.md", "text", "Until May.\nNo end")]);
    assert!(all_applied(&outcomes));
    assert!(home.text(&format!("{MEMORY}/freeze.md")).ends_with("---\r\nUntil May.\r\nNo end"), "line ends stay");
    let (outcomes, _) = apply(store.as_ref(), vec![edit("-home-me-acme-api/freeze.md", "text", "Until May.\nNo end")]);
    assert_eq!(outcomes, [Outcome::Already]);
}

#[test]
fn what_somebody_else_wrote_is_a_conflict_and_stays() {
    let home = Home::new();
    let store = home.open(".claude");
    let seen = memory(store.as_ref(), "-home-me-acme-api/orphan.md").row.version;
    home.write(&format!("{MEMORY}/orphan.md"), "Long answers.\n");
    let prune = Intent { expect: Expect::Seen(seen), ..delete("-home-me-acme-api/orphan.md") };
    assert!(matches!(apply(store.as_ref(), vec![prune]).0.as_slice(), [Outcome::Conflict(Some(_))]));
    assert_eq!(home.text(&format!("{MEMORY}/orphan.md")), "Long answers.\n");
    // Between the plan and the write.
    let path = home.path(&format!("{MEMORY}/orphan.md"));
    let mut errand = |_: &[Change]| {
        fs::write(&path, "Later.\n").unwrap();
        Ok(())
    };
    let result = store.writer().unwrap().apply(vec![delete("-home-me-acme-api/orphan.md")], &mut errand);
    assert!(matches!(result, Err(Problem::Failed { .. })), "{result:?}");
    assert_eq!(home.text(&format!("{MEMORY}/orphan.md")), "Later.\n");
}

#[test]
fn nothing_is_written_while_a_consolidator_works_or_when_the_journal_fails() {
    let home = Home::new();
    let store = home.open(".claude");
    let before = home.all();
    let mut broken = |_: &[Change]| Err(Problem::Journal("full".into()));
    assert!(store.writer().unwrap().apply(vec![delete("-home-me-acme-api/db.md")], &mut broken).is_err());
    assert_eq!(home.all(), before);
    home.write(&format!("{MEMORY}/.consolidate-lock"), &std::process::id().to_string());
    let (outcomes, changes) = apply(store.as_ref(), vec![delete("-home-me-acme-api/db.md")]);
    assert!(
        matches!(outcomes.as_slice(), [Outcome::Refused(reason)] if reason.contains("consolidating")),
        "{outcomes:?}"
    );
    assert!(changes.is_empty());
}

#[test]
fn a_crash_between_file_and_index_is_brought_to_the_end() {
    let home = Home::new();
    let store = home.open(".claude");
    let (_, changes) =
        apply(store.as_ref(), vec![delete("-home-me-acme-api/db.md"), delete("-home-me-acme-api/orphan.md")]);
    let done = home.all();
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    let mut writer = store.writer().unwrap();
    // The index was written, the files were not.
    home.write(&format!("{MEMORY}/MEMORY.md"), &INDEX.replace("- [Real database](db.md) — never mocks\n", ""));
    writer.finish(&changes).unwrap();
    let contents = |all: BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)>| -> Vec<(PathBuf, Vec<u8>)> {
        all.into_iter().map(|(path, (bytes, ..))| (path, bytes)).collect()
    };
    assert_eq!(contents(home.all()), contents(done));
    // What somebody else wrote since is left as it is.
    home.write(&format!("{MEMORY}/db.md"), "another\n");
    writer.finish(&changes).unwrap();
    assert_eq!(home.text(&format!("{MEMORY}/db.md")), "another\n");
}

#[test]
fn sections_of_instructions_come_and_go_and_keep_their_ids() {
    let home = Home::new();
    let claude = "\u{feff}# App\n\nIntro. @docs/style.md @../outside.md\n\n## Build\n\n`make`\n\n## Style\n\nTabs.\n\n## Notes\n\none\n\n## Notes\n\ntwo";
    home.write("app/CLAUDE.md", claude);
    home.write("app/AGENTS.md", "# Agents\r\n\r\n## Test\r\n\r\nRun all.\r\n");
    home.write("app/docs/style.md", "Style is everything.\n");
    home.write("outside.md", "Outside.\n");
    home.write("app/.cursor/rules/ui.mdc", "---\nglobs: src/ui/**\n---\n\nUse the system.\n");
    home.write("app/node_modules/x/CLAUDE.md", "not ours");
    let store = home.open("app");
    let before = home.all();
    let all = natives(store.as_ref());
    assert_eq!(all.len(), 9, "{all:?}");
    assert!(all.contains(&"CLAUDE.md#app/build".to_owned()) && all.contains(&"docs/style.md".to_owned()));
    let rule = memory(store.as_ref(), ".cursor/rules/ui.mdc");
    assert!(rule.sections.iter().any(|section| section.items.contains(&"globs: src/ui/**".to_owned())), "{rule:?}");
    let imported = memory(store.as_ref(), "docs/style.md");
    assert!(imported.sections.iter().any(|section| section.items.contains(&"imported by CLAUDE.md".to_owned())));
    // The chapter's heading stays above its sections.
    let (_, changes) = apply(store.as_ref(), vec![delete("CLAUDE.md#app"), delete("CLAUDE.md#app/style")]);
    assert_eq!(
        home.text("app/CLAUDE.md"),
        claude.replace("Intro. @docs/style.md @../outside.md\n\n", "").replace("## Style\n\nTabs.\n\n", "")
    );
    // Somebody edits and adds meanwhile.
    let meanwhile = home.text("app/CLAUDE.md").replace("`make`", "`make all`") + "\n\n## New\n\nthree\n";
    home.write("app/CLAUDE.md", &meanwhile);
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    assert_eq!(home.text("app/CLAUDE.md"), claude.replace("`make`", "`make all`") + "\n\n## New\n\nthree\n");
    home.write("app/CLAUDE.md", claude);
    // Everything but what lies outside.
    let (outcomes, changes) = apply(store.as_ref(), all.iter().map(|native| delete(native)).collect());
    assert_eq!(outcomes.iter().filter(|outcome| **outcome != Outcome::Applied).count(), 1, "{outcomes:?}");
    assert!(!home.path("app/AGENTS.md").exists() || !home.text("app/AGENTS.md").contains("Test"));
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    let contents = |all: &BTreeMap<PathBuf, (Vec<u8>, u32, i64, i64)>| -> Vec<Vec<u8>> {
        all.values().map(|(bytes, ..)| bytes.clone()).collect()
    };
    assert_eq!(contents(&home.all()), contents(&before));
}

#[test]
fn an_edit_that_would_cut_the_file_otherwise_is_refused() {
    let home = Home::new();
    home.write("AGENTS.md", "## A\none\n## A\ntwo\n## B\nthree\n");
    let store = home.open("AGENTS.md");
    let twin = natives(store.as_ref()).into_iter().find(|native| native.contains("#a~")).unwrap();
    for intent in
        [edit("AGENTS.md#b", "text", "x\n## C\ny"), edit(&twin, "text", "x"), edit("AGENTS.md#b", "text", " ")]
    {
        assert!(matches!(apply(store.as_ref(), vec![intent]).0.as_slice(), [Outcome::Refused(_)]));
    }
    assert_eq!(home.text("AGENTS.md"), "## A\none\n## A\ntwo\n## B\nthree\n");
    assert!(all_applied(&apply(store.as_ref(), vec![edit("AGENTS.md#b", "text", "x\n```\n## C\n```")]).0));
}

#[test]
fn links_and_ways_out_are_refused() {
    let home = Home::new();
    home.write("secret.md", "not a memory\n");
    symlink(home.path("secret.md"), home.path(&format!("{MEMORY}/link.md"))).unwrap();
    fs::hard_link(home.path("secret.md"), home.path(&format!("{MEMORY}/hard.md"))).unwrap();
    fs::create_dir(home.path("elsewhere")).unwrap();
    symlink(home.path("elsewhere"), home.path(&format!("{MEMORY}/sub"))).unwrap();
    let store = home.open(".claude");
    assert!(!natives(store.as_ref()).iter().any(|native| native.contains("link")));
    let told = store.reader().unwrap().check().unwrap();
    assert!(told.iter().any(|line| line.what.ends_with("link.md") && line.trouble.is_some()));
    assert!(matches!(
        apply(store.as_ref(), vec![delete("-home-me-acme-api/hard.md")]).0.as_slice(),
        [Outcome::Refused(_)]
    ));
    let image =
        store.reader().map(|mut reader| reader.image(handle_of("-home-me-acme-api/db.md"))).unwrap().unwrap().unwrap();
    for name in ["../../../../out.md", "sub/new.md", "/tmp/out.md", "a/../../x.md"] {
        let put = Intent {
            native: format!("-home-me-acme-api/{name}"),
            expect: Expect::Absent,
            make: Make::Put(image.clone()),
        };
        assert!(matches!(apply(store.as_ref(), vec![put]).0.as_slice(), [Outcome::Refused(_)]), "{name}");
    }
    assert_eq!(fs::read_dir(home.path("elsewhere")).unwrap().count(), 0);
}

#[test]
fn a_copy_holds_the_files_of_memories_and_nothing_else() {
    let home = Home::new();
    home.write(".claude/.credentials.json", "secret");
    let store = home.open(".claude");
    let into = home.path("backup");
    fs::create_dir(&into).unwrap();
    let go_on: backup::Step<'_> = &mut |_, _| std::ops::ControlFlow::Continue(());
    let about = store.about();
    let copied = backup::copy(&about.path, store.files(), (&about.name, about.product), &into, go_on).unwrap();
    assert!(into.join("claude-code/projects/-home-me-acme-api/memory/db.md").exists());
    assert!(!into.join("claude-code/.credentials.json").exists());
    let before = home.text(&format!("{MEMORY}/db.md"));
    home.write(&format!("{MEMORY}/db.md"), "another");
    assert_eq!(backup::replaced(&copied, &into).unwrap().unwrap().len(), 5);
    backup::put_back(&copied, &into).unwrap();
    assert_eq!(
        (home.text(&format!("{MEMORY}/db.md")), home.text(".claude/.credentials.json")),
        (before, "secret".into())
    );
}

#[test]
fn a_memory_tools_directory_is_read_and_what_is_no_text_is_not_edited() {
    let home = Home::new();
    home.write("agent/memories/prefs.txt", "tea\n");
    home.write("agent/memories/.hidden", "no");
    fs::write(home.path("agent/memories/raw"), b"a\xff\0b").unwrap();
    let store = home.open("agent");
    assert_eq!(
        (store.about().product, natives(store.as_ref())),
        ("memory-tool", vec!["prefs.txt".to_owned(), "raw".to_owned()])
    );
    let before = home.all();
    assert!(matches!(apply(store.as_ref(), vec![edit("raw", "text", "x")]).0.as_slice(), [Outcome::Refused(_)]));
    let (_, changes) = apply(store.as_ref(), vec![delete("raw")]);
    assert!(all_applied(&apply(store.as_ref(), back(&changes)).0));
    assert_eq!(home.all(), before);
}
