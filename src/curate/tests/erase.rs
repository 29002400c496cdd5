//! Erasing, on one store of each kind: nothing of it is left in any file, and everything else is as it was.

use std::path::Path;

use super::*;
use crate::{
    change::{Batch, Draft, Evidence, Step, Wish},
    curate::{Observing, Wanted, Which},
    store::{
        self,
        tests::{TELLTALE, each, tell, telling},
    },
};

const WATCHED: Observing = Observing { which: Which::All, bytes: u64::MAX };

fn open(data: &Path, store: &Arc<dyn store::Store>) -> Curator {
    Curator::new(Ledger::open(&data.join("ledger.db")), &[Arc::clone(store)])
}

fn wanted(store: &Arc<dyn store::Store>, handle: Handle) -> Wanted {
    Wanted { store: 0, native: store.reader().unwrap().native(handle), seen: None }
}

fn erase(curator: &mut Curator, wanted: &[Wanted]) -> Report {
    let plan = Arc::new(curator.plan_erasure(wanted, NOW).unwrap());
    act(curator, &Act::Erase { plan, reason: "a secret".into(), rewrite: true })
}

/// Leaves the text wherever memtui keeps any: looks, an edit, a prune and its undo, proposals, a backup.
fn spread(curator: &mut Curator, data: &Path, store: &Arc<dyn store::Store>, handle: Handle) {
    curator.look_through(0, WATCHED, NOW).unwrap();
    let key = Key { store: 0, handle };
    let mut reader = store.reader().unwrap();
    let seen = reader.rows(&[handle]).unwrap()[0].version;
    let prune =
        Act::Prune { targets: vec![Target { key, seen }], reason: format!("it says: {TELLTALE}"), spare_pinned: false };
    assert_eq!(act(curator, &prune).applied, 1);
    assert_eq!(act(curator, &Act::Undo(None)).applied, 1);
    let native = reader.native(handle);
    let about =
        Step { store: 0, native, seen, was: reader.editable(handle).unwrap().unwrap_or_default(), wish: Wish::Delete };
    let draft = |reason: &str, steps| Draft {
        label: Label::Prune,
        reason: reason.to_owned(),
        evidence: vec![Evidence::Note(format!("“{TELLTALE}”"))],
        confidence: None,
        likeness: String::new(),
        steps,
    };
    let batch =
        Batch { id: 0, at: NOW, author: "dream".into(), note: "quokkas swim past the sleeping lighthouse".into() };
    let proposed = curator.propose(&batch, vec![draft("it is about quokkas", vec![about]), draft("x", vec![])], NOW);
    assert_eq!(proposed.unwrap().taken.len(), 2);
    let inbox = data.join("inbox/done");
    std::fs::create_dir_all(&inbox).unwrap();
    std::fs::write(inbox.join("night.json"), format!("{{\"quote\":\"{TELLTALE}\"}}")).unwrap();
    std::fs::write(inbox.join("other.json"), "{}").unwrap();
    curator.backup(&data.join("backups/one"), None, NOW, &mut |_, _, _| ControlFlow::Continue(())).unwrap();
}

#[test]
fn nothing_is_left_of_it_in_any_file_of_any_kind_of_store() {
    for (name, (_made, store)) in each() {
        let data = tempfile::tempdir().unwrap();
        let mut curator = open(data.path(), &store);
        let handle = tell(store.as_ref()).unwrap_or_else(|| panic!("{name} has no text to edit"));
        spread(&mut curator, data.path(), &store, handle);
        let others = |store: &Arc<dyn store::Store>| {
            let mut reader = store.reader().unwrap();
            let mut all = Vec::new();
            reader.outline(&mut |other, _| all.push(other)).unwrap();
            all.retain(|other| *other != handle);
            reader.images(&all).unwrap().into_iter().flatten().map(|image| image.digest()).collect::<Vec<_>>()
        };
        let (before, it) = (others(&store), wanted(&store, handle));
        let plan = curator.plan_erasure(std::slice::from_ref(&it), NOW).unwrap();
        assert_eq!((plan.victims.len(), plan.backups, plan.traces.proposals), (1, 1, 2), "{name}");
        // What is known of an entity stands in the entity's record, too.
        let alone = name != "knowledge graph";
        assert_eq!(plan.traces.others == 0, alone, "{name}");
        assert!(
            plan.traces.images > 0 && plan.traces.lines >= 2 && !plan.beyond[0].places.is_empty(),
            "{name}: {plan:?}"
        );
        let report = erase(&mut curator, &[it]);
        assert_eq!((report.applied, &report.refused, &report.left), (1, &vec![], &vec![]), "{name}");
        assert!(others(&store) == before || !alone, "{name}: others are as they were");
        assert_eq!(store.reader().unwrap().image(handle).unwrap(), None, "{name}");
        let found = [telling(&store.about().path), telling(data.path())].concat();
        assert_eq!(found, [""; 0], "{name}");
        assert!(data.path().join("inbox/done/other.json").exists());

        let checked = curator.ledger().unwrap().check().unwrap();
        assert_eq!((checked.troubles, checked.unfinished), (vec![], vec![]), "{name}");
        assert!(checked.erased > 0 && checked.amended == 1, "{name}: erased, not damaged");
        assert!(curator.waiting(NOW).unwrap().is_empty(), "{name}");
        let manifest = crate::curate::backup::Manifest::read(&data.path().join("backups/one")).unwrap();
        for copied in &manifest.copies {
            store::backup::verify(copied, &data.path().join("backups/one")).unwrap();
        }
        let erased = report.operation.unwrap();
        let no = curator.act(&Act::Undo(Some(erased)), NOW, &mut go).unwrap_err().to_string();
        assert!(no.contains("cannot be had back"), "{no}");
        let log = curator.log(None, 50).unwrap();
        let (first, prune) = (&log[0], log.iter().find(|it| it.label == Label::Prune).unwrap());
        assert_eq!((first.id, first.author.as_str(), first.reason.as_str()), (erased, "you", "a secret"), "{name}");
        let no = curator.act(&Act::Undo(Some(prune.id)), NOW, &mut go).unwrap_err().to_string();
        assert!(no.contains("1 of its memories was erased on 2026-") && no.contains("by you"), "{no}");
        assert_eq!(curator.log(None, 50).unwrap(), log, "{name}: nothing was done");
        assert!(curator.changes(prune.id, 9, NOW).unwrap().0[0].title.contains("erased on"));
        let seen = curator.look_through(0, WATCHED, NOW).unwrap();
        assert!(seen.is_empty() || !alone, "{name}: nobody else did it");
    }
}

#[test]
fn what_is_gone_from_its_store_is_still_erased_from_memtuis_records() {
    for (name, (_made, store)) in each() {
        let data = tempfile::tempdir().unwrap();
        let mut curator = open(data.path(), &store);
        let handle = tell(store.as_ref()).unwrap();
        let seen = store.reader().unwrap().rows(&[handle]).unwrap()[0].version;
        let it = wanted(&store, handle);
        let target = Target { key: Key { store: 0, handle }, seen };
        act(&mut curator, &Act::Prune { targets: vec![target], reason: String::new(), spare_pinned: false });
        let report = erase(&mut curator, &[it]);
        assert_eq!((report.applied, report.refused, report.left), (1, vec![], vec![]), "{name}");
        assert_eq!([telling(&store.about().path), telling(data.path())].concat(), [""; 0], "{name}");
    }
}
