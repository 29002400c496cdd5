//! Patches in Gemini's inbox: read by its own rules, taken into the queue, applied and taken back.

use super::*;
use crate::{
    curate::{Act, Curator, Decided, Decision},
    engine::offers::take_offers,
    ledger::Ledger,
};

const PLACE: &str = ".gemini/tmp/shop/memory";
const NOW: i64 = 1_793_491_200_000;

/// A private memory with a topic, and an empty inbox.
fn gemini() -> Home {
    let home = Home(tempfile::tempdir().unwrap());
    home.write(&format!("{PLACE}/MEMORY.md"), "# Memory\n\n- [Deploys](deploys.md)\n");
    home.write(&format!("{PLACE}/deploys.md"), "# Deploys\n\nThrough the queue.\nNever on Fridays.\n");
    home.write(&format!("{PLACE}/.inbox/global/README"), "");
    home
}

fn patch(home: &Home, name: &str, text: &str) {
    let directory = home.path(PLACE);
    home.write(&format!("{PLACE}/.inbox/{name}.patch"), &text.replace("DIR", directory.to_str().unwrap()));
}

const EDIT: &str = "--- DIR/deploys.md\n+++ DIR/deploys.md\n@@ -1,4 +1,4 @@\n # Deploys\n \n Through the queue.\n-Never on Fridays.\n+Never on Fridays or before holidays.\n";
const NEW: &str = "--- /dev/null\n+++ DIR/tests.md\n@@ -0,0 +1,3 @@\n+# Tests\n+\n+Run under nextest.\n";

fn curator(home: &Home, store: &Arc<dyn Store>) -> Curator {
    Curator::new(Ledger::open(&home.path("ledger.db")), &[Arc::clone(store)])
}

fn take(curator: &mut Curator) -> Vec<String> {
    take_offers(curator, &[], NOW, &mut |_, _| std::ops::ControlFlow::Continue(())).unwrap()
}

fn act(curator: &mut Curator, act: &Act) -> Vec<Decided> {
    let report = curator.act(act, NOW, &mut |_, _| std::ops::ControlFlow::Continue(())).unwrap();
    assert!(report.refused.is_empty(), "{:?}", report.refused);
    report.decided.into_iter().map(|(_, decided)| decided).collect()
}

#[test]
fn a_patch_is_approved_as_one_operation_and_taken_back() {
    let home = gemini();
    patch(&home, "private/extraction", &format!("{EDIT}{NEW}"));
    let before = home.all();
    let store = home.open(PLACE);
    let mut curator = curator(&home, &store);
    assert_eq!(take(&mut curator), ["offered by gemini: 1 new"]);
    assert_eq!(take(&mut curator), [""; 0], "it waits already");
    let waiting = curator.waiting(NOW).unwrap();
    assert_eq!((waiting[0].adds, waiting[0].edits, waiting[0].removes), (1, 1, 1), "the patch itself goes");
    let proposals = vec![(waiting[0].id, waiting[0].version)];
    let decided =
        act(&mut curator, &Act::Decide { proposals, decision: Decision::Approve(None), author: "you".into() });
    assert!(matches!(decided[0], Decided::Applied { .. }), "{decided:?}");
    assert!(home.text(&format!("{PLACE}/deploys.md")).contains("before holidays"));
    assert_eq!(home.text(&format!("{PLACE}/tests.md")), "# Tests\n\nRun under nextest.\n");
    assert!(home.text(&format!("{PLACE}/MEMORY.md")).ends_with("- [Tests](tests.md)\n"));
    assert!(store.offers().is_empty() && !home.path(&format!("{PLACE}/.inbox/private/extraction.patch")).exists());
    act(&mut curator, &Act::Undo(None));
    let mut after = home.all();
    after.retain(|path, _| !path.to_string_lossy().contains("ledger"));
    assert_eq!(after, before);
}

#[test]
fn what_a_patch_may_not_touch_stays_in_the_inbox_with_the_reason() {
    let home = gemini();
    let other = |from: &str, to: &str| EDIT.replace(from, to);
    for (name, text) in [
        ("private/outside", other("DIR/deploys.md", "/etc/hosts.md")),
        ("private/above", other("DIR/deploys.md", "DIR/../shop/deploys.md")),
        ("private/deep", other("DIR/deploys.md", "DIR/sub/deploys.md")),
        ("private/kind", other("DIR/deploys.md", "DIR/deploys.sh")),
        ("private/index", other("DIR/deploys.md", "DIR/MEMORY.md")),
        ("private/old", other("-Never on Fridays.", "-Never on Sundays.")),
        ("private/there", NEW.replace("tests.md", "deploys.md")),
        ("private/noise", "no patch at all\n".to_owned()),
        ("global/GEMINI", other("DIR/deploys.md", "/home/me/.gemini/GEMINI.md")),
    ] {
        patch(&home, name, &text);
    }
    let store = home.open(PLACE);
    assert_eq!(store.offers(), []);
    let findings = store.reader().unwrap().check().unwrap();
    let told = |name: &str| {
        let found = findings.iter().find(|finding| finding.what.contains(name));
        found.and_then(|finding| finding.trouble.clone()).unwrap_or_default()
    };
    for name in ["outside", "above", "deep", "kind"] {
        assert!(told(name).contains("may not touch"), "{name}: {}", told(name));
    }
    for (name, why) in
        [("index", "MEMORY.md itself"), ("old", "does not fit"), ("there", "already"), ("GEMINI", "/memory inbox")]
    {
        assert!(told(name).contains(why), "{name}: {}", told(name));
    }
    assert!(!told("noise").is_empty());
}

#[test]
fn a_patch_that_is_dismissed_is_not_offered_again() {
    let home = gemini();
    patch(&home, "private/extraction", EDIT);
    let store = home.open(PLACE);
    let mut curator = curator(&home, &store);
    take(&mut curator);
    let line = curator.waiting(NOW).unwrap().remove(0);
    let decision = Decision::Reject { reason: "we do deploy then".into(), bury: false };
    act(&mut curator, &Act::Decide { proposals: vec![(line.id, line.version)], decision, author: "you".into() });
    assert_eq!((take(&mut curator), curator.waiting(NOW).unwrap()), (Vec::new(), Vec::new()));
}
