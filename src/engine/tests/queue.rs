//! The queue over a real database: clusters, what a proposal would do now, and news of what others propose.

use std::time::Duration;

use super::*;
use crate::{
    change::{Batch, Draft, FieldValue, Label, Step, Wish},
    curate::{Act, Curator, Decision, Fit},
    engine::{Engine, LedgerAt, Offer, Queue, Reply, Request},
    ledger::{Ledger, Standing},
    memory::Signal,
    store::discover,
};

struct Place {
    store: Arc<dyn Store>,
    home: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("sample.db");
        crate::demo::build(&path, NOW).unwrap();
        let store = discover::open(&path, &[]).unwrap();
        Self { store, home }
    }

    fn curator(&self) -> Curator {
        Curator::new(Ledger::open(&self.home.path().join("ledger.db")), &[Arc::clone(&self.store)])
    }

    fn propose_demo(&self) {
        let mut curator = self.curator();
        for (batch, drafts) in crate::demo::proposals(self.store.reader().unwrap().as_mut(), NOW).unwrap() {
            curator.propose(&batch, drafts, NOW).unwrap();
        }
    }

    fn desk(&self) -> Desk {
        Desk::new(Arc::new(Library::at(vec![Arc::clone(&self.store)], None, now)))
    }

    fn offer(&self, id: i64) -> Offer {
        self.desk().offer(&mut self.curator(), id).unwrap()
    }

    fn engine(&self) -> Engine {
        let library = Arc::new(Library::at(vec![Arc::clone(&self.store)], None, now));
        Engine::start(
            library,
            LedgerAt {
                path: self.home.path().join("ledger.db"),
                make: true,
                safeguard: None,
                observing: crate::curate::Observing::default(),
            },
            Box::new(|| ()),
        )
    }

    fn step(&self, native: &str, wish: Wish) -> Step {
        let mut reader = self.store.reader().unwrap();
        let handle = reader.handle(native).unwrap();
        let seen = reader.rows(&[handle]).unwrap().pop().unwrap().version;
        Step { store: 0, native: native.to_owned(), seen, was: reader.editable(handle).unwrap().unwrap(), wish }
    }
}

fn one(label: Label, step: Step) -> Vec<Draft> {
    let (reason, likeness) = ("It is so.".to_owned(), String::new());
    vec![Draft { label, reason, evidence: vec![], confidence: None, likeness, steps: vec![step] }]
}

fn batch(author: &str) -> Batch {
    Batch { id: 0, at: NOW, author: author.to_owned(), note: String::new() }
}

fn title(text: &str) -> (String, FieldValue) {
    ("title".to_owned(), FieldValue::Text(text.to_owned()))
}

fn wait<T>(engine: &Engine, mut wanted: impl FnMut(Reply) -> Option<T>) -> T {
    loop {
        let (_, reply) = engine.replies().recv_timeout(Duration::from_secs(60)).expect("an answer in time");
        if let Some(found) = wanted(reply) {
            return found;
        }
    }
}

fn queue(engine: &Engine) -> Queue {
    engine.send(Request::Queue);
    wait(engine, |reply| if let Reply::Queue(queue) = reply { Some(*queue) } else { None })
}

#[test]
fn proposals_stand_in_clusters_by_batch_and_likeness() {
    let place = Place::new();
    place.propose_demo();
    let mut curator = place.curator();
    // The same likeness in another batch is another cluster, and what was rejected before stands apart.
    let noise = place.step("observation/119", Wish::Delete);
    let mut drafts = one(Label::Prune, noise);
    "noise".clone_into(&mut drafts[0].likeness);
    curator.propose(&batch("dream"), drafts, NOW).unwrap();
    let lines = super::super::queue::queue(&curator, NOW).unwrap().lines;
    assert_eq!(lines.len(), 15);
    let clusters: Vec<u32> = lines.iter().map(|line| line.cluster).collect();
    let noise: Vec<u32> = lines.iter().filter(|line| line.line.likeness == "noise").map(|line| line.cluster).collect();
    assert_eq!((noise.len(), noise[0], noise[4]), (6, noise[1], noise[3]));
    assert_ne!(noise[4], noise[5], "another batch");
    assert!(clusters.is_sorted() && clusters.last() == Some(&noise[5]));
    let alone = lines.iter().filter(|line| line.line.likeness.is_empty());
    let alone: std::collections::HashSet<u32> = alone.map(|line| line.cluster).collect();
    assert_eq!(alone.len(), 6, "what is like nothing stands alone");
}

#[test]
fn a_proposal_is_shown_against_what_is_there_now() {
    let place = Place::new();
    place.propose_demo();
    let merge = place.offer(1);
    assert_eq!((merge.standing, merge.parts.len()), (Standing::Waiting, 2));
    assert_eq!(merge.parts[0].hunks[0].fields[0].name, "facts");
    assert!(merge.parts[1].hunks[0].fields.iter().all(|field| field.after.is_none() && field.before.is_some()));
    assert_eq!(merge.parts[1].tokens[1], 0, "nothing is left of what is deleted");
    assert_eq!(merge.evidence.iter().flatten().count(), 1, "its evidence opens");
    let redacts = (1..=14).map(|id| place.offer(id)).find(|offer| offer.proposal.line.label == Label::Redact).unwrap();
    let part = &redacts.parts[0];
    assert!(part.settled.iter().any(|finding| finding.signal == Signal::Secret) && part.raised.is_empty());
    let edits = place.offer(14);
    assert!(edits.parts[0].raised.iter().any(|finding| finding.signal == Signal::Imperative), "{:?}", edits.parts[0]);

    // A person changes what the proposal is about.
    let mut curator = place.curator();
    let key = place.offer(14).parts[0].key.unwrap();
    let mine = vec![title("Ask me first")];
    let edit = Act::Edit { key, base: None, edit: mine, reason: String::new() };
    curator.act(&edit, NOW, &mut |_, _| std::ops::ControlFlow::Continue(())).unwrap();
    let moved = place.offer(14);
    let part = &moved.parts[0];
    assert!(matches!(&part.fit, Fit::Conflict { fields, .. } if *fields == ["title"]), "{:?}", part.fit);
    let conflicts: Vec<(&str, bool)> =
        part.hunks.iter().map(|hunk| (hunk.fields[0].name.as_str(), hunk.conflict)).collect();
    assert_eq!(conflicts, [("title", true), ("narrative", false)]);
    let change = &part.hunks[0].fields[0];
    let text = |value: &str| Some(FieldValue::Text(value.to_owned()));
    assert_eq!(
        (&change.base, &change.before, &change.after),
        (&text("Ask before adding a dependency"), &text("Ask me first"), &text("Dependencies may be added"))
    );
    // What was decided is told by what it was made on.
    let no = Decision::Reject { reason: String::new(), bury: true };
    let act = Act::Decide { proposals: vec![(14, 1)], decision: no, author: "you".to_owned() };
    curator.act(&act, NOW, &mut |_, _| std::ops::ControlFlow::Continue(())).unwrap();
    let decided = place.offer(14);
    assert_eq!((decided.standing, &decided.parts[0].fit), (Standing::Rejected, &Fit::Fresh));
}

#[test]
fn what_others_propose_and_decide_is_told_at_once() {
    let place = Place::new();
    place.propose_demo();
    let engine = place.engine();
    let waiting = |reply| if let Reply::Waiting(mark) = reply { Some(mark) } else { None };
    assert_eq!(wait(&engine, waiting).waiting, 14);
    assert_eq!(queue(&engine).lines.len(), 14);
    let mut other = place.curator();
    let better = place.step("observation/117", Wish::Edit(vec![title("A better title")]));
    other.propose(&batch("agent:codex"), one(Label::Edit, better), NOW).unwrap();
    assert_eq!(wait(&engine, waiting).waiting, 15);
    let last = queue(&engine).lines.pop().unwrap();
    assert_eq!((last.line.batch.author.as_str(), last.line.title.is_empty()), ("agent:codex", false));
    engine.send(Request::Proposal { id: last.line.id });
    let offer = wait(&engine, |reply| if let Reply::Proposal { offer, .. } = reply { Some(offer) } else { None });
    assert_eq!(offer.unwrap().parts[0].after[0], title("A better title"));
    // The memory itself says that something is proposed about it.
    let key = place.desk().find(&"claude-mem:observation/117".parse().unwrap()).unwrap().unwrap();
    engine.send(Request::Open { key });
    let detail = wait(&engine, |reply| if let Reply::Memory { detail, .. } = reply { detail } else { None });
    assert_eq!(detail.proposals.iter().map(|line| line.id).collect::<Vec<_>>(), [last.line.id]);
    // Its own acts are told by the same way.
    let decide = |decision| Act::Decide { proposals: vec![(last.line.id, 1)], decision, author: "you".to_owned() };
    engine.send(Request::Act(decide(Decision::Approve(None))));
    assert_eq!(wait(&engine, waiting).waiting, 14);
    engine.send(Request::Act(decide(Decision::Reopen)));
    assert_eq!(wait(&engine, waiting).waiting, 15);
    // A policy speaks for the person: it is to be seen.
    let act = Act::Decide {
        proposals: vec![(last.line.id, 1)],
        decision: Decision::Approve(None),
        author: "policy:codex".to_owned(),
    };
    engine.send(Request::Act(act));
    assert_eq!(wait(&engine, waiting).unseen, 1);
    let unseen = queue(&engine).unseen;
    assert_eq!((unseen.len(), unseen[0].1.id), (1, last.line.id));
    engine.send(Request::Saw(vec![unseen[0].0.id]));
    assert_eq!(wait(&engine, waiting).unseen, 0);
}

#[test]
fn a_proposal_that_cannot_be_read_says_why() {
    let place = Place::new();
    let engine = place.engine();
    engine.send(Request::Proposal { id: 99 });
    let offer = wait(&engine, |reply| if let Reply::Proposal { offer, .. } = reply { Some(offer) } else { None });
    assert!(offer.unwrap_err().contains("there is no proposal 99"));
}
