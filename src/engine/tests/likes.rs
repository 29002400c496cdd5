//! What comparing memories with each other finds.

use proptest::prelude::*;

use super::*;
use crate::{engine::Detail, judge, memory::Signal};

#[test]
fn exact_and_near_copies_are_found_and_explained() {
    let mut all = memories(50, 12);
    let long: Vec<String> = (0..120).map(|n| format!("word{n}")).collect();
    let mut put = |handle: i64, session: &str, text: String| {
        let mut fake = all[&3].clone();
        fake.created = Some(NOW - DAY);
        fake.session = session.into();
        fake.kind = "decision".into();
        fake.text = text;
        all.insert(handle, fake);
    };
    put(9001, "one", long.join(" "));
    put(9002, "two", long.join("  ").to_uppercase());
    put(9003, "three", format!("{} more", long.join(" ")));
    put(9004, "four", "nothing like the others is written down in this one memory".into());
    let mut desk = ready(&[FakeStore::new("fake", "/nowhere".into(), all)], None);
    let mut detail = |handle: i64| desk.detail(Key { store: 0, handle: Handle(handle) }).unwrap().unwrap();
    let (one, two, three, four) = (detail(9001), detail(9002), detail(9003), detail(9004));
    let has = |detail: &Detail, signal| detail.memory.row.signals.has(signal);
    assert!(has(&one, Signal::Duplicate) && !has(&two, Signal::Duplicate) && !has(&three, Signal::Duplicate));
    assert!(has(&two, Signal::NearDuplicate), "the newest of equal ones is still older than a near one");
    assert!(!has(&three, Signal::NearDuplicate), "the newest of all is the one to keep");
    assert_eq!(one.alike[0].0.handle, Handle(9002));
    assert!(one.memory.findings.iter().any(|finding| finding.reason.contains("9002 is newer and says exactly")));
    assert_eq!([two.alike.len(), three.alike.len()], [2, 2]);
    assert!(!four.memory.row.signals.has(Signal::Duplicate) && four.alike.is_empty());
    assert_eq!(one.alike.len(), 2);
    assert!(one.derived.value > four.derived.value, "what others say too deserves more trust");
    for detail in [&one, &two, &three, &four] {
        let shown = detail.memory.row.confidence.unwrap().value;
        assert!((shown - detail.derived.value).abs() < 1e-3, "the list and the explanation agree");
        let product: f32 = detail.terms.iter().map(|term| term.factor).product();
        assert!((product - shown).abs() < 2e-3);
        let reasons: Vec<Signal> = detail.memory.findings.iter().map(|finding| finding.signal).collect();
        assert!(detail.memory.row.signals.iter().all(|signal| reasons.contains(&signal)));
    }
    assert!(judge::half_life_days("decision") > 0.0);
}

/// The demo's memories in a library of their own.
fn demo(home: &Path) -> Desk {
    let path = home.join("demo.db");
    crate::demo::build(&path, NOW).unwrap();
    let opened = crate::store::discover::open(&path, &[]).unwrap();
    let mut desk = Desk::new(Arc::new(Library::at(vec![opened], None, now)));
    desk.ready(&mut |_| true).unwrap();
    desk
}

/// The hash of a memory's whole text, and its sketch.
fn text_of(desk: &mut Desk, key: Key) -> judge::Fingerprint {
    let mut found = None;
    let scan = crate::store::ScanOf::These(&[key.handle]);
    desk.reader(key.store)
        .unwrap()
        .scan(scan, &mut |scanned| {
            let texts: Vec<&str> = std::iter::once(scanned.title).chain(scanned.texts.iter().copied()).collect();
            found = Some(judge::fingerprint(&texts));
            std::ops::ControlFlow::Break(())
        })
        .unwrap();
    found.unwrap()
}

#[test]
fn pruning_all_duplicates_leaves_every_fact_once() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = demo(home.path());
    let (_, rows) = all_rows(&mut desk, &ViewSpec::default());
    let prints: Vec<judge::Fingerprint> = rows.iter().map(|row| text_of(&mut desk, row.key)).collect();
    let is_copy = |row: &Row| row.signals.has(Signal::Duplicate);
    let kept: Vec<u64> =
        rows.iter().zip(&prints).filter(|(row, _)| !is_copy(row)).map(|(_, print)| print.exact).collect();
    let distinct: std::collections::BTreeSet<u64> = prints.iter().map(|print| print.exact).collect();
    assert!(kept.len() < rows.len(), "the demo has copies");
    let worded = |all: &mut dyn Iterator<Item = u64>| all.filter(|exact| *exact != 0).count();
    assert_eq!(worded(&mut kept.into_iter()), worded(&mut distinct.into_iter()));
    // Rows are newest first: whatever is called a copy has its like before it.
    for (at, row) in rows.iter().enumerate() {
        if is_copy(row) {
            assert!(prints[..at].iter().any(|newer| newer.exact == prints[at].exact), "{}", row.title);
        }
        if row.signals.has(Signal::NearDuplicate) {
            assert!(prints[..at].iter().any(|newer| judge::alike(newer.sketch, prints[at].sketch)), "{}", row.title);
        }
    }
}

#[test]
fn what_newer_memories_take_back_is_found_in_the_demo_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = demo(home.path());
    let (_, rows) = all_rows(&mut desk, &ViewSpec::default());
    let mut found = Vec::new();
    for row in rows.iter().filter(|row| row.signals.has(Signal::Contradicted)) {
        let detail = desk.detail(row.key).unwrap().unwrap();
        let reason = detail.memory.findings.iter().find(|finding| finding.signal == Signal::Contradicted).unwrap();
        found.push(format!("{} < {}", row.title, reason.reason.split_once(": ").unwrap().1));
        assert!(detail.terms.iter().any(|term| term.name == "contradiction"), "{:?}", detail.terms);
    }
    found.sort();
    let expected = [
        "Deploy the API on Vercel < Deploys moved from Vercel to Fly.io",
        "Features are served from Feast < Features come from DuckDB over Parquet, Feast is gone",
        "Log files are read through mmap < mmap replaced by pread: no more SIGBUS on truncated files",
        "Minimum iOS version is 15 < Minimum iOS version is 16",
        "Monthly scoring runs as an Airflow DAG < Scoring moves from Airflow to a GitHub Actions schedule",
        "Prices are stored as NUMERIC(12,2) < Prices are stored as integer cents in BIGINT",
        "nginx is the reverse proxy for all services at home < Caddy replaced nginx as the reverse proxy at home",
    ];
    assert_eq!(found, expected);
}

fn like(desk: &mut Desk, filter: &str) -> Vec<i64> {
    let filter = crate::query::parse(filter, NOW, chrono::Offset::fix(&chrono::Utc)).unwrap();
    let (view, rows) = all_rows(desk, &ViewSpec { sort: Sort::natural(&filter), filter, grouped: false });
    assert_eq!((view.count.number, view.count.exact), (rows.len(), true));
    rows.iter().map(|row| row.key.handle.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_memory_itself_is_first_and_a_near_copy_second(seed in 0u64..500, of in 1i64..60, changed in 0usize..30) {
        let mut all = memories(60, seed);
        // A text of its own, long enough that one other word leaves most of it as it was.
        let text: Vec<String> = (0..30).map(|n| format!("w{}x{of}", n * 7)).collect();
        let mut near = text.clone();
        near[changed] = "otherwise".to_owned();
        all.get_mut(&(of * 3)).unwrap().text = text.join(" ");
        let mut copy = all[&(of * 3)].clone();
        copy.text = near.join(" ");
        copy.created = Some(NOW - DAY * 300);
        all.insert(9001, copy);
        let mut desk = ready(&[FakeStore::new("fake", "/nowhere".into(), all)], None);
        let found = like(&mut desk, &format!("like:fake:m/{}", of * 3));
        prop_assert_eq!(&found[..2], &[of * 3, 9001]);
        prop_assert_eq!(&like(&mut desk, &format!("like:m/{}", of * 3)), &found, "without its store, too");
        let rest = like(&mut desk, &format!("like:fake:m/{} -id:=m/{}", of * 3, of * 3));
        prop_assert_eq!(&rest, &found[1..], "together with other conditions");
    }
}

#[test]
fn likeness_to_nothing_is_said() {
    let mut desk = ready(&[FakeStore::new("fake", "/nowhere".into(), memories(20, 3))], None);
    let spec = ViewSpec { filter: Expr::Term(Term::Like("m/999".into())), ..ViewSpec::default() };
    let view = desk.view(&spec, None, &[], &Cancel::default(), &mut |_| {}).unwrap();
    assert_eq!((view.count.number, view.remark.as_deref()), (0, Some("there is no memory m/999")));
}

#[test]
fn memories_of_the_same_subject_are_the_most_alike_in_the_demo() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = demo(home.path());
    let (_, rows) = all_rows(&mut desk, &ViewSpec::default());
    let named = |title: &str| rows.iter().find(|row| row.title == title).unwrap();
    for (one, other) in [
        ("Parallel search keeps order with one channel per file", "Parallel search hung when the pipe closed early"),
        ("Log files are read through mmap", "mmap replaced by pread: no more SIGBUS on truncated files"),
    ] {
        let found = like(&mut desk, &format!("like:{}", named(one).id));
        assert_eq!(found[0], named(one).key.handle.0);
        let place = found.iter().position(|handle| *handle == named(other).key.handle.0);
        assert!(place.is_some_and(|place| place <= 3), "{one}: {other} is at {place:?}");
    }
}

#[test]
fn counts_of_many_filters_are_those_of_their_views() {
    let home = tempfile::tempdir().unwrap();
    let mut desk = demo(home.path());
    let texts = [
        "",
        "conf:<0.5",
        "is:stale",
        "retry*",
        "\"connection pool\" OR is:secret",
        "-scope:sift",
        "like:observation/7",
    ];
    let zone = chrono::Offset::fix(&chrono::Utc);
    let filters: Vec<Expr> = texts.iter().map(|text| crate::query::parse(text, NOW, zone).unwrap()).collect();
    let counts = desk.counts(&filters, &Cancel::default()).unwrap();
    for ((filter, count), text) in filters.into_iter().zip(counts).zip(texts) {
        let view = desk.view(&ViewSpec { filter, ..ViewSpec::default() }, None, &[], &Cancel::default(), &mut |_| {});
        assert_eq!(view.unwrap().count, count, "{text}");
    }
}
