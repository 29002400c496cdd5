//! The same over the shared database, where a file is a memory with the tag and its path for a title.

use super::*;

struct Base(tempfile::TempDir);

impl Base {
    fn new() -> Self {
        let base = Self(tempfile::tempdir().unwrap());
        native::create(&base.path()).unwrap();
        base
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("memories.db")
    }

    fn session(&self, agent: &str) -> Session {
        Session::open(Launch {
            agent: agent.into(),
            ground: Ground::Database(self.path()),
            ledger: self.0.path().join("ledger.db"),
            safeguard: None,
            mode: Mode::Auto,
            sees_all: true,
            now: 0,
        })
        .unwrap()
    }

    fn person(&self) -> (Arc<dyn Store>, Curator) {
        let store = native::open(&self.path(), "shared".into()).unwrap();
        let curator = Curator::new(Ledger::open(&self.0.path().join("ledger.db")), &[Arc::clone(&store)]);
        (store, curator)
    }

    /// Every record, whole.
    fn all(&self) -> Vec<crate::memory::Digest> {
        let (store, _) = self.person();
        let mut reader = store.reader().unwrap();
        let mut handles = Vec::new();
        reader.outline(&mut |handle, _| handles.push(handle)).unwrap();
        handles.sort_unstable();
        handles.into_iter().map(|handle| reader.image(handle).unwrap().unwrap().digest()).collect()
    }
}

#[test]
fn the_answers_are_the_documented_ones() {
    contract(&mut Base::new().session("claude"));
}

#[test]
fn every_change_is_undone() {
    let base = Base::new();
    let mut tool = base.session("claude");
    let steps: [fn(&mut Session) -> Outcome; 6] = [
        |tool| tool.make("/memories/d/a.md", "one\r\ntwo"),
        |tool| tool.make("/memories/d/b.md", "  three\n\n"),
        |tool| tool.swap("/memories/d/a.md", "one", "ONE"),
        |tool| tool.put("/memories/d/b.md", 0, "zero"),
        |tool| tool.mv("/memories/d", "/memories/e"),
        |tool| tool.drop_("/memories/e"),
    ];
    let mut before = vec![base.all()];
    for step in steps {
        step(&mut tool).unwrap();
        before.push(base.all());
    }
    assert_eq!(before[6], Vec::<crate::memory::Digest>::new());
    let (_, mut person) = base.person();
    assert!(person.log(None, 9).unwrap().iter().all(|operation| operation.author == "policy agent.claude"));
    for wanted in before.iter().rev().skip(1) {
        person.act(&Act::Undo(Some(latest(&person))), NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
        assert_eq!(&base.all(), wanted);
    }
}

#[test]
fn an_agent_sees_its_own_files_and_those_for_all() {
    let base = Base::new();
    let (mut ann, mut bob) = (base.session("ann"), base.session("bob"));
    ann.make("/memories/a.md", "of ann").unwrap();
    bob.make("/memories/a.md", "of bob").unwrap();
    assert!(ann.see("/memories/a.md").unwrap().ends_with("of ann"));
    let (store, mut person) = base.person();
    let add = |title: &str, tag: &str, state: &str, agent: Option<&str>| {
        let text = |text: &str| crate::memory::Value::Text(text.as_bytes().to_vec());
        let mut columns = vec![
            ("title".to_owned(), text(title)),
            ("body".to_owned(), text(&format!("memory-tool {title}"))),
            ("tags".to_owned(), text(&format!("[\"{tag}\"]"))),
            ("state".to_owned(), text(state)),
        ];
        columns.extend(agent.map(|agent| ("agent".to_owned(), text(agent))));
        crate::memory::Record { table: "memory".into(), columns }
    };
    let records = vec![
        add("for-all.md", "memory-tool", "live", None),
        add("not/../a/path", "memory-tool", "live", None),
        add("untagged.md", "memory-tools", "live", None),
        add("held.md", "memory-tool", "quarantined", None),
        add("of-eve.md", "memory-tool", "live", Some("eve")),
        add("a.md", "memory-tool", "live", None),
    ];
    let act = Act::Add { store: 0, records, reason: String::new() };
    let report = person.act(&act, NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
    assert_eq!(report.applied, 6);
    let listing = bob.see("/memories").unwrap();
    assert!(listing.ends_with("\t/memories\n6B\t/memories/a.md\n22B\t/memories/for-all.md"), "{listing}");
    assert!(ann.see("/memories/a.md").unwrap().ends_with("of ann"), "its own stands before that for all");
    assert!(ann.see("/memories/of-eve.md").is_err());
    for refused in [
        bob.put("/memories/for-all.md", 0, "x"),
        bob.swap("/memories/for-all.md", "for", "x"),
        bob.drop_("/memories/for-all.md"),
        bob.mv("/memories/for-all.md", "/memories/mine.md"),
    ] {
        assert!(refused.unwrap_err().contains("for every agent"));
    }
    let row = &store.reader().unwrap().newest(9).unwrap();
    assert!(row.iter().any(|row| row.title == "a.md" && row.scope.agent.as_deref() == Some("ann")));
    assert!(ann.make("/memories/void", "").unwrap_err().contains("no text"));
}
