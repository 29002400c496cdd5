//! Tests of the inbox: what becomes of a file, and that nothing is taken in twice.

use std::ops::ControlFlow;

use super::*;
use crate::{ledger::Ledger, store::native};

struct Place {
    directory: tempfile::TempDir,
    curator: Curator,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("memories.db");
        native::create(&path).unwrap();
        let store = native::open(&path, "shared".into()).unwrap();
        let curator = Curator::new(Ledger::open(&directory.path().join("ledger.db")), &[store]);
        fs::create_dir(directory.path().join("inbox")).unwrap();
        Self { directory, curator }
    }

    fn inbox(&self) -> PathBuf {
        self.directory.path().join("inbox")
    }

    fn whole(&self) -> Inbox {
        Inbox { path: self.inbox(), policies: Vec::new() }
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.inbox().join(name), text).unwrap();
    }

    fn take_in(&mut self) -> Vec<String> {
        let inbox = self.whole();
        let taken = take_in(&mut self.curator, &inbox, 1, &mut |_, _| ControlFlow::Continue(())).unwrap();
        taken.iter().map(TakenIn::sentence).collect()
    }

    fn there(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.inbox().join(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn form(body: &str) -> String {
    format!(
        r#"{{"label":"add","reason":"learned","author":"nightly","steps":[{{"do":"add","set":{{"body":"{body}"}}}}]}}"#
    )
}

#[test]
fn a_file_is_taken_in_once_and_put_away() {
    let mut place = Place::new();
    place.put("night.json", &form("the gate opens at nine"));
    place.put("half.tmp", "{");
    place.put(".hidden.json", "{");
    assert!(place.whole().holds_something());
    assert_eq!(place.take_in(), ["inbox: night.json: 1 new"]);
    assert!(!place.whole().holds_something());
    assert_eq!(place.take_in(), [""; 0]);
    let waiting = place.curator.waiting(1).unwrap();
    assert_eq!((waiting.len(), waiting[0].batch.author.as_str()), (1, "inbox:nightly"));
    // The same again is the same again, and both files are kept.
    place.put("night.json", &format!("[{}]", form("the gate opens at nine")));
    assert_eq!(place.take_in(), ["inbox: night.json: 1 waiting already"]);
    assert_eq!(place.there("done"), ["night-2.json", "night.json"]);
}

#[test]
fn what_is_wrong_is_written_beside_the_file_and_the_rest_is_taken() {
    let mut place = Place::new();
    place.put("bad.jsonl", &format!("{}\n{{\"label\":\"add\"}}\n", form("the gate opens at nine")));
    place.put("worse.json", "\u{1b}[31m not JSON");
    fs::write(place.inbox().join("bytes.json"), b"\xff\xfe").unwrap();
    std::os::unix::fs::symlink(place.directory.path().join("ledger.db"), place.inbox().join("link.json")).unwrap();
    let said = place.take_in();
    let wrong = "with mistakes; what is wrong stands in inbox/refused";
    assert_eq!(said[0], format!("inbox: bad.jsonl: 1 new, 1 {wrong}"));
    assert_eq!(said.len(), 4);
    assert_eq!(place.there("refused").len(), 8);
    let reason = fs::read_to_string(place.inbox().join("refused/bad.jsonl.reason")).unwrap();
    assert!(reason.contains("proposal 2, proposal: missing field `reason`"), "{reason}");
    assert!(place.directory.path().join("ledger.db").is_file(), "what a link led to stays");
    assert_eq!(place.there("taking"), [""; 0]);
}

#[test]
fn what_a_crash_left_behind_is_taken_in_at_the_next_look() {
    let mut place = Place::new();
    fs::create_dir(place.inbox().join(TAKING)).unwrap();
    place.put("taking/night.json", &form("the gate opens at nine"));
    assert!(place.whole().holds_something());
    assert_eq!(place.take_in(), ["inbox: night.json: 1 new"]);
    // Meanwhile another memtui may be at it.
    place.put("more.json", &form("the gate closes at six"));
    let other = fs::File::create(place.inbox().join(".lock")).unwrap();
    other.lock().unwrap();
    assert_eq!(place.take_in(), [""; 0]);
    drop(other);
    assert_eq!(place.take_in(), ["inbox: more.json: 1 new"]);
}

#[test]
fn somebody_is_told_once_of_what_lies_there() {
    let place = Place::new();
    let mut watch = InboxWatch::new(place.whole());
    assert_eq!(watch.look(), None);
    place.put("night.json", "{}");
    assert_eq!(watch.look(), None, "not at every turn");
    watch.looked = None;
    assert_eq!(watch.look(), Some(place.whole()));
    watch.looked = None;
    assert_eq!(watch.look(), None, "what stays there is not asked for again");
    place.put("more.json", "{}");
    watch.looked = None;
    assert!(watch.look().is_some());
}
