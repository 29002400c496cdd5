//! Measures how long a full queue takes to open: `cargo bench --bench queue -- [PROPOSALS]`. Makes its own store and ledger.
//!
//! Prints milliseconds from the question to the list and to the first proposal.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and has nothing to do when what it measures is not there"
)]

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use memtui::{
    change::{Batch, Draft, FieldValue, Label, Step, Wish},
    curate::Curator,
    engine::{Engine, LedgerAt, Library, Reply, Request},
    ledger::Ledger,
    memory::EpochMs,
    store::{Store, discover},
};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock");
    let now = EpochMs::try_from(since.as_millis()).expect("a moment of this age");
    let home = tempfile::tempdir().expect("a directory");
    let database = home.path().join("sample.db");
    memtui::demo::build(&database, now).expect("sample memories");
    let store = discover::open(&database, &[]).expect("the sample memories");
    let path = home.path().join("ledger.db");
    let begin = Instant::now();
    fill(&store, &path, count, now);
    println!("{count} proposals put in: {} ms", begin.elapsed().as_millis());

    let library = Arc::new(Library::open(vec![store], None));
    let engine = Engine::start(
        library,
        LedgerAt { path, make: true, safeguard: None, observing: memtui::curate::Observing::default() },
        Box::new(|| ()),
    );
    engine.painted();
    wait(&engine, |reply| matches!(reply, Reply::Catalog(state) if state.ready).then_some(()));
    for turn in ["first", "again", "again"] {
        let begin = Instant::now();
        engine.send(Request::Queue);
        let queue = wait(&engine, |reply| if let Reply::Queue(queue) = reply { Some(queue) } else { None });
        let list = begin.elapsed();
        let id = queue.lines.first().expect("a proposal").line.id;
        engine.send(Request::Proposal { id });
        wait(&engine, |reply| matches!(reply, Reply::Proposal { .. }).then_some(()));
        println!(
            "{turn}: list of {} in {:.1} ms, with the first proposal {:.1} ms",
            queue.lines.len(),
            list.as_secs_f64() * 1e3,
            begin.elapsed().as_secs_f64() * 1e3
        );
    }
}

fn wait<T>(engine: &Engine, mut wanted: impl FnMut(Reply) -> Option<T>) -> T {
    loop {
        let (_, reply) = engine.replies().recv_timeout(Duration::from_secs(60)).expect("an answer");
        if let Some(found) = wanted(reply) {
            return found;
        }
    }
}

/// Edits of all sample memories, over and over, in clusters of twenty.
fn fill(store: &Arc<dyn Store>, path: &std::path::Path, count: usize, now: EpochMs) {
    let mut reader = store.reader().expect("a reader");
    let rows = reader.newest(400).expect("rows");
    let mut base = Vec::new();
    for row in rows {
        if let Some(was) = reader.editable(row.key.handle).expect("fields").filter(|was| !was.is_empty()) {
            base.push((row, was));
        }
    }
    let draft = |n: usize| {
        let (row, was) = base.get(n % base.len()).expect("a memory");
        let edit = vec![("title".to_owned(), FieldValue::Text(format!("A better title, number {n}")))];
        let native = row.id.native.clone();
        let step = Step { store: 0, native, seen: row.version, was: was.clone(), wish: Wish::Edit(edit) };
        let reason = "The title says more so.".to_owned();
        let (confidence, likeness) = (Some(0.8), format!("titles {}", n / 20));
        Draft { label: Label::Normalise, reason, evidence: vec![], confidence, likeness, steps: vec![step] }
    };
    let batch = Batch { id: 0, at: now, author: "dream".to_owned(), note: "nightly".to_owned() };
    let mut curator = Curator::new(Ledger::open(path), &[Arc::clone(store)]);
    curator.propose(&batch, (0..count).map(draft).collect(), now).expect("proposals");
}
