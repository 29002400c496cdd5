//! What comparing memories with each other finds.

use super::*;
use crate::{judge, memory::Signal};

#[test]
fn exact_and_near_copies_are_found_and_explained() {
    let mut all = memories(50, 12);
    let long: Vec<String> = (0..120).map(|n| format!("word{n}")).collect();
    let mut put = |handle: i64, session: &str, text: String| {
        let mut fake = all[&3].clone();
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
    let (one, three, four) = (detail(9001), detail(9003), detail(9004));
    assert!(one.memory.row.signals.has(Signal::Duplicate));
    assert!(three.memory.row.signals.has(Signal::NearDuplicate) && !three.memory.row.signals.has(Signal::Duplicate));
    assert!(!four.memory.row.signals.has(Signal::Duplicate) && four.alike.is_empty());
    assert_eq!(one.alike.len(), 2);
    assert!(one.derived.value > four.derived.value, "what others say too deserves more trust");
    for detail in [&one, &three, &four] {
        let shown = detail.memory.row.confidence.unwrap().value;
        assert!((shown - detail.derived.value).abs() < 1e-3, "the list and the explanation agree");
        let product: f32 = detail.terms.iter().map(|term| term.factor).product();
        assert!((product - shown).abs() < 2e-3);
        let reasons: Vec<Signal> = detail.memory.findings.iter().map(|finding| finding.signal).collect();
        assert!(detail.memory.row.signals.iter().all(|signal| reasons.contains(&signal)));
    }
    assert!(judge::half_life_days("decision") > 0.0);
}
