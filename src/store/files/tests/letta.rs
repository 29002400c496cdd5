//! A repository of Letta: every write a commit, versions from the log, reflections that wait.

use std::process::Command;

use super::*;
use crate::{
    change::{Label, Wish},
    memory::Image,
};

const PERSONA: &str = "---\ndescription: Who I am\n---\n\nI answer in short sentences.\n";

/// An agent's repository with two commits.
fn repository() -> Home {
    let home = Home(tempfile::tempdir().unwrap());
    home.write("memory/system/persona.md", PERSONA);
    home.write("memory/system/rules.md", "---\ndescription: Rules\nread_only: true\n---\n\nNever push.\n");
    home.write("memory/reference/api.md", "---\ndescription: The API\n---\n\nDeploys go through the queue.\n");
    git(&home, &["init", "-q", "-b", "main"]);
    git(&home, &["config", "user.name", "Ana"]);
    git(&home, &["config", "user.email", "ana@example.org"]);
    commit(&home, "first");
    home.write("memory/system/persona.md", &PERSONA.replace("short", "long"));
    commit(&home, "second");
    home
}

fn git(home: &Home, arguments: &[&str]) -> String {
    let ran = Command::new("git").arg("-C").arg(home.path("memory")).args(arguments).output().unwrap();
    assert!(ran.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

fn commit(home: &Home, message: &str) {
    git(home, &["add", "-A"]);
    git(home, &["commit", "-q", "-m", message]);
}

/// What an agent found in its reflection, on a branch of its own.
fn reflect(home: &Home) {
    git(home, &["checkout", "-q", "-b", "letta/reflection/20261101-abcd1234"]);
    home.write("memory/system/persona.md", &PERSONA.replace("short", "very long"));
    home.write("memory/reference/new.md", "---\ndescription: New\n---\n\nTests run under nextest.\n");
    fs::remove_file(home.path("memory/reference/api.md")).unwrap();
    commit(home, "reflect: longer answers");
    git(home, &["checkout", "-q", "main"]);
}

fn refusal(store: &dyn Store, native: &str) -> String {
    match apply(store, vec![edit(native, "text", "Another text.")]).0.remove(0) {
        Outcome::Refused(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_write_is_a_commit_and_so_is_its_undo() {
    let home = repository();
    let store = home.open("memory");
    assert_eq!((store.about().product, natives(store.as_ref()).len()), ("letta", 3));
    let shown = memory(store.as_ref(), "system/persona.md");
    assert_eq!((shown.row.kind.as_str(), shown.provenance.agent.as_deref()), ("system", Some("letta")));
    // What somebody else has begun elsewhere is neither committed nor in the way.
    home.write("memory/reference/draft.md", "begun\n");
    let before = home.text("memory/system/persona.md");
    let (outcomes, changes) = apply(store.as_ref(), vec![edit("system/persona.md", "text", "I say nothing.")]);
    all_applied(&outcomes);
    assert_eq!(git(&home, &["log", "-1", "--format=%an %s"]), "Ana memtui: change system/persona.md");
    assert_eq!(git(&home, &["status", "--porcelain"]), "?? reference/draft.md");
    all_applied(&apply(store.as_ref(), back(&changes)).0);
    assert_eq!(
        (home.text("memory/system/persona.md"), git(&home, &["rev-list", "--count", "HEAD"])),
        (before, "4".into())
    );
    let (outcomes, changes) = apply(store.as_ref(), vec![delete("reference/api.md"), delete("system/persona.md")]);
    all_applied(&outcomes);
    assert!(git(&home, &["log", "-1", "--format=%B"]).contains("remove reference/api.md\nremove system/persona.md"));
    all_applied(&apply(store.as_ref(), back(&changes)).0);
    assert_eq!(git(&home, &["diff", "--stat", "HEAD~4", "--", "system", "reference/api.md"]), "");
}

#[test]
fn versions_come_from_the_log_and_can_be_gone_back_to() {
    let home = repository();
    let store = home.open("memory");
    let mut reader = store.reader().unwrap();
    let handle = reader.handle("system/persona.md").unwrap();
    reader.newest(10).unwrap();
    reader.outline(&mut |_, _| ()).unwrap();
    let versions = reader.versions(handle).unwrap();
    let notes: Vec<_> = versions.iter().map(|version| (version.note.as_str(), version.current)).collect();
    assert_eq!(notes, [("Ana: second", true), ("Ana: first", false)]);
    let first: Image = versions[1].image.clone().unwrap();
    let put =
        Intent { native: "system/persona.md".into(), expect: Expect::Anything, make: crate::store::Make::Put(first) };
    all_applied(&apply(store.as_ref(), vec![put]).0);
    assert_eq!(home.text("memory/system/persona.md"), PERSONA);
}

#[test]
fn what_is_protected_uncommitted_or_reflected_on_is_not_written() {
    let home = repository();
    let store = home.open("memory");
    assert!(refusal(store.as_ref(), "system/rules.md").contains("read_only"));
    home.write("memory/system/persona.md", "---\ndescription: x\n---\n\nHalf a tho");
    assert!(refusal(store.as_ref(), "system/persona.md").contains("not committed"));
    git(&home, &["checkout", "-q", "--", "."]);
    let tree = home.path("worktree");
    git(&home, &["worktree", "add", "-q", "-b", "letta/reflection/1-a", tree.to_str().unwrap()]);
    assert!(refusal(store.as_ref(), "system/persona.md").contains("is reflecting"));
    git(&home, &["worktree", "remove", tree.to_str().unwrap()]);
    all_applied(&apply(store.as_ref(), vec![edit("system/persona.md", "text", "Another text.")]).0);
}

#[test]
fn a_commit_that_fails_leaves_the_files_as_they_were() {
    let home = repository();
    let store = home.open("memory");
    let before = home.text("memory/system/persona.md");
    home.write("memory/.git/index.lock", "");
    let failed =
        store.writer().unwrap().apply(vec![edit("system/persona.md", "text", "Lost.")], &mut |_: &[Change]| Ok(()));
    assert!(matches!(&failed, Err(Problem::Failed { reason, .. }) if reason.contains("index.lock")), "{failed:?}");
    assert_eq!(home.text("memory/system/persona.md"), before);
    fs::remove_file(home.path("memory/.git/index.lock")).unwrap();
    assert_eq!(git(&home, &["status", "--porcelain"]), "");
}

#[test]
fn a_reflection_waits_and_is_merged_when_all_of_it_is_done() {
    let home = repository();
    let store = home.open("memory");
    assert!(store.offers().is_empty());
    reflect(&home);
    let offers = store.offers();
    let [offer] = offers.as_slice() else { panic!("{offers:?}") };
    assert_eq!((offer.author.as_str(), offer.draft.label), ("letta", Label::Edit));
    assert_eq!(
        (offer.note.as_str(), offer.draft.reason.as_str()),
        ("letta/reflection/20261101-abcd1234", "reflect: longer answers")
    );
    let mut intents = Vec::new();
    let mut writer = store.writer().unwrap();
    for step in &offer.draft.steps {
        let expect = Expect::Seen(step.seen);
        intents.push(match &step.wish {
            Wish::Edit(fields) => {
                Intent { native: step.native.clone(), expect, make: crate::store::Make::Edit(fields.clone()) }
            }
            Wish::Delete => Intent { native: step.native.clone(), expect, make: crate::store::Make::Delete },
            Wish::Add(record) => {
                let (native, image) = writer.compose(std::slice::from_ref(record)).unwrap().remove(0).unwrap();
                assert_eq!(native, "reference/new.md");
                Intent { native, expect: Expect::Absent, make: crate::store::Make::Put(image) }
            }
            Wish::Mark(_) => panic!("no marks"),
        });
    }
    let (outcomes, changes) = apply(store.as_ref(), intents);
    all_applied(&outcomes);
    assert_eq!(git(&home, &["diff", "letta/reflection/20261101-abcd1234"]), "");
    assert_eq!(git(&home, &["log", "-1", "--format=%s"]), "merge(reflection): reflect: longer answers");
    assert_eq!((git(&home, &["status", "--porcelain"]), store.offers()), (String::new(), Vec::new()));
    all_applied(&apply(store.as_ref(), back(&changes)).0);
    assert!(home.text("memory/system/persona.md").contains("answer in long"));
    assert!(home.path("memory/reference/api.md").exists() && !home.path("memory/reference/new.md").exists());
}
