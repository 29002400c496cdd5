//! The queue: state, keys, state.

use crate::{
    app::{
        App, Event, Over, PieceChoice, Say, Screen, Stop,
        fake::{Desk, NOW, setup},
    },
    change::{ProposalId, Wish},
    curate::{Act, Decision},
    engine::{Reply, Request},
    keymap::Mode,
    ledger::Standing,
    memory::turns,
};

mod elsewhere;
mod histories;

const DAY: i64 = 86_400_000;

/// Twelve proposals over thirty memories: 1–4 and 5–8 stand together, 9–12 alone; 12 was rejected before.
fn desk() -> Desk {
    let mut desk = Desk::new(30, (80, 24));
    desk.keys("2");
    desk
}

fn here(desk: &Desk) -> ProposalId {
    desk.app.queue.shown().unwrap_or(-1)
}

fn left(desk: &Desk) -> usize {
    desk.app.queue.left()
}

fn said(desk: &Desk) -> &str {
    desk.app.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

fn decisions(desk: &Desk) -> Vec<(Vec<ProposalId>, Decision)> {
    let decided = |request: &Request| match request {
        Request::Act(Act::Decide { proposals, decision, .. }) => {
            Some((proposals.iter().map(|(id, _)| *id).collect(), decision.clone()))
        }
        _ => None,
    };
    desk.fake.asked.iter().filter_map(decided).collect()
}

fn standing(desk: &Desk, id: ProposalId) -> Standing {
    desk.fake.queue.all.iter().find(|kept| kept.proposal.line.id == id).unwrap().standing
}

fn there(desk: &Desk, n: i64) -> bool {
    desk.fake.memories.iter().any(|memory| memory.row.key == crate::app::fake::Fake::key(n))
}

#[test]
fn verdicts_go_forward_by_themselves_and_do_what_they_say() {
    let mut desk = desk();
    assert_eq!((desk.app.mode(), here(&desk), left(&desk)), (Mode::Queue, 1, 12));
    assert!(desk.screen().contains("12 left of 12"));
    desk.keys("y");
    assert_eq!((here(&desk), left(&desk), standing(&desk, 1), there(&desk, 0)), (2, 11, Standing::Approved, false));
    desk.keys("a");
    assert_eq!((here(&desk), standing(&desk, 2)), (3, Standing::Approved));
    desk.keys("n");
    assert_eq!((here(&desk), standing(&desk, 3), there(&desk, 2)), (4, Standing::Rejected, true));
    desk.keys("r");
    desk.types("still true");
    desk.keys("enter");
    let no = Decision::Reject { reason: "still true".to_owned(), bury: true };
    assert_eq!(decisions(&desk).last(), Some(&(vec![4], no)));
    desk.keys("S j enter");
    let midnight = NOW - NOW.rem_euclid(DAY);
    assert_eq!(decisions(&desk).last(), Some(&(vec![5], Decision::Snooze(midnight + 7 * DAY))));
    let before = decisions(&desk).len();
    desk.keys("s");
    assert_eq!((decisions(&desk).len(), here(&desk), left(&desk)), (before, 7, 6), "a skip changes nothing");
    desk.keys(".");
    assert_eq!((here(&desk), desk.app.queue.skipped()), (8, 2), "the last verdict once more");
    desk.keys("d");
    assert!(said(&desk).contains("does nothing here"), "{}", said(&desk));
    assert_eq!((here(&desk), left(&desk)), (8, 5));
}

#[test]
fn a_cluster_is_decided_with_one_key_and_taken_back_with_one() {
    let mut desk = desk();
    desk.keys("n A");
    assert_eq!((here(&desk), left(&desk)), (5, 8));
    assert_eq!(decisions(&desk).last(), Some(&(vec![2, 3, 4], Decision::Approve(None))));
    assert!(said(&desk).starts_with("3 approved"), "{}", said(&desk));
    desk.keys("N");
    assert_eq!((here(&desk), left(&desk)), (9, 4));
    desk.keys("u u");
    assert_eq!((here(&desk), left(&desk), there(&desk, 1), there(&desk, 3)), (2, 11, true, true));
    desk.keys("u");
    assert_eq!((here(&desk), left(&desk)), (1, 12));
    desk.keys("U U U");
    assert_eq!((here(&desk), left(&desk)), (9, 4), "all three are given again");
    assert!(!there(&desk, 1) && there(&desk, 0));
    desk.keys("U");
    assert_eq!(said(&desk), "No verdict was taken back");
    desk.keys("u y");
    desk.keys("U");
    assert_eq!(said(&desk), "No verdict was taken back", "a new verdict ends what can be given again");
}

#[test]
fn many_are_asked_for_with_their_number() {
    let mut desk = desk();
    desk.fake.queue = crate::app::fake::Proposals::deletions(25);
    for kept in &mut desk.fake.queue.all {
        "noise".clone_into(&mut kept.proposal.line.likeness);
    }
    desk.tell(Reply::Waiting(desk.fake.queue.mark()));
    desk.keys("A");
    assert_eq!((desk.app.mode(), left(&desk)), (Mode::Dialog, 25));
    assert!(desk.screen().contains("25 proposals will be approved."), "{}", desk.screen());
    desk.keys("enter");
    assert_eq!((left(&desk), decisions(&desk).len()), (25, 0), "it begins on the button that changes nothing");
    desk.keys("A tab enter");
    assert_eq!((left(&desk), decisions(&desk).len()), (0, 1));
    assert!(desk.screen().contains("Done: 25 proposals decided"), "{}", desk.screen());
    desk.keys("u");
    assert_eq!((left(&desk), here(&desk)), (25, 1));
}

#[test]
fn marked_proposals_are_decided_together_and_only_after_a_question() {
    let mut desk = desk();
    desk.keys("m J m");
    assert_eq!(desk.app.queue.marked.iter().copied().collect::<Vec<_>>(), [1, 3]);
    desk.keys("n");
    assert_eq!(desk.app.mode(), Mode::Dialog);
    desk.keys("tab enter");
    assert_eq!(decisions(&desk), [(vec![1, 3], Decision::Reject { reason: String::new(), bury: true })]);
    assert!(desk.app.queue.marked.is_empty());
    desk.keys("m esc");
    assert!(desk.app.queue.marked.is_empty() && desk.app.screen == Screen::Queue);
}

#[test]
fn a_piece_can_be_left_out() {
    let mut desk = desk();
    desk.keys("K K K K");
    assert_eq!(here(&desk), 9);
    desk.keys("tab tab n");
    let page = |app: &App| app.queue.page().unwrap().as_ref().unwrap().clone();
    assert_eq!(page(&desk.app).parts[0].pieces[1].choice, PieceChoice::Left);
    assert!(decisions(&desk).is_empty(), "nothing is decided yet");
    assert_eq!(page(&desk.app).left_out(), (1, 3));
    desk.keys("esc");
    assert!(desk.screen().contains("1 of 3 left out"), "{}", desk.screen());
    desk.keys("y");
    let (ids, Decision::Approve(Some(draft))) = decisions(&desk).pop().unwrap() else { panic!("an edited draft") };
    let Wish::Edit(edit) = &draft.steps[0].wish else { panic!("an edit") };
    assert_eq!(ids, [9]);
    assert_eq!(edit.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["title", "concepts"]);
    desk.keys("u");
    assert_eq!((here(&desk), standing(&desk, 9)), (9, Standing::Waiting));
    // All that is left of it: then there is nothing to approve.
    desk.keys("tab n n");
    assert_eq!(desk.app.queue.stop, None, "behind the last piece the whole is under the cursor");
    desk.keys("y");
    assert_eq!((here(&desk), decisions(&desk).len()), (9, 2));
    assert!(said(&desk).contains("left out"), "{}", said(&desk));
}

#[test]
fn what_moved_is_rebased_or_decided_by_hand() {
    let mut desk = desk();
    desk.fake.rewrite("observation/14", "Somebody wrote this meanwhile");
    desk.fake.rewrite("observation/5", "This one too");
    desk.tell(Reply::Changed { added: 0, removed: 0 });
    desk.keys("K K K");
    assert_eq!(here(&desk), 10);
    let screen = desk.screen();
    assert!(screen.contains("changed since in title") && screen.contains("Somebody wrote this meanwhile"), "{screen}");
    desk.keys("y");
    assert_eq!((here(&desk), decisions(&desk).len()), (10, 0), "never applied blindly");
    assert!(said(&desk).contains("changed since"), "{}", said(&desk));
    desk.keys("tab");
    assert_eq!(desk.app.queue.stop(), Some(Stop::Piece(0, 0)));
    desk.keys("y y");
    assert_eq!(standing(&desk, 10), Standing::Approved, "{}", desk.screen());
    let title =
        |desk: &Desk, n: i64| desk.fake.memories.iter().find(|it| it.row.key.handle.0 == n).unwrap().title.clone();
    assert_eq!(title(&desk, 13), "A clearer title");
    // By hand: the form has what is proposed, and saving it is the approval.
    desk.keys("[ [");
    assert_eq!(here(&desk), 5);
    desk.keys("e");
    assert_eq!(desk.app.mode(), Mode::Field);
    desk.types(", by hand");
    desk.keys("f2");
    assert!(desk.screen().contains("This one too"), "against what is there now: {}", desk.screen());
    desk.keys("enter");
    assert_eq!((title(&desk, 4), standing(&desk, 5)), ("Both in one, by hand".to_owned(), Standing::Approved));
    desk.keys("u");
    assert_eq!((here(&desk), title(&desk, 4), left(&desk)), (5, "This one too".to_owned(), 11));
}

#[test]
fn an_editor_writes_a_proposal_too() {
    let mut desk = desk();
    desk.keys("]  E");
    let text = match desk.effects.last() {
        Some(crate::app::Effect::Editor(text)) => text.replace("Both in one", "Both, in an editor"),
        other => panic!("{other:?}"),
    };
    desk.send(Event::EditorDone(Ok(Some(text))));
    assert!(desk.screen().contains("Moved rate limiting"), "against what is there now: {}", desk.screen());
    desk.now += 1000;
    desk.keys("enter");
    assert!(desk.fake.memories.iter().any(|memory| memory.title == "Both, in an editor"), "{}", desk.screen());
    assert_eq!((here(&desk), left(&desk)), (6, 11));
}

#[test]
fn what_is_refused_waits_on() {
    let mut desk = desk();
    desk.fake.queue.refused = vec![2, 6];
    desk.keys("y y");
    assert_eq!((here(&desk), left(&desk)), (3, 11));
    assert!(said(&desk).contains("Proposal 2 still waits: the store is busy"), "{}", said(&desk));
    desk.keys("] A");
    assert_eq!((left(&desk), standing(&desk, 6), standing(&desk, 7)), (8, Standing::Waiting, Standing::Approved));
    // Taking back the turn takes back what came of it.
    desk.keys("u");
    assert_eq!((left(&desk), standing(&desk, 7)), (11, Standing::Waiting));
}

#[test]
fn a_verdict_is_about_the_version_that_is_shown() {
    let mut desk = desk();
    desk.fake.queue.all[0].proposal.line.version = 2;
    desk.keys("y");
    assert!(said(&desk).contains("somebody else altered or decided it"), "{}", said(&desk));
    assert_eq!((standing(&desk, 1), left(&desk)), (Standing::Waiting, 12));
    desk.keys("K y");
    assert_eq!(standing(&desk, 1), Standing::Approved, "it was read again");
}

#[test]
fn verdicts_wait_for_what_is_read_and_taken_back_is_what_was_written() {
    let mut desk = desk();
    desk.silent = true;
    desk.keys("y");
    assert_eq!(left(&desk), 11);
    desk.keys("u");
    assert_eq!(left(&desk), 11, "what it did is not told yet");
    let act = desk.fake.asked.iter().rev().find(|request| matches!(request, Request::Act(_))).cloned();
    assert!(act.is_none(), "the engine is silent");
    desk.keys("J J");
    desk.keys("y");
    assert!(said(&desk).contains("still being read"), "{}", said(&desk));
}

#[test]
fn others_propose_and_decide_meanwhile() {
    let mut desk = desk();
    desk.keys("y J");
    assert_eq!(here(&desk), 3);
    desk.fake.queue.all[1].standing = Standing::Rejected;
    desk.fake.queue.all[2].proposal.line.title = "another title".to_owned();
    desk.tell(Reply::Waiting(desk.fake.queue.mark()));
    assert_eq!((here(&desk), left(&desk), desk.app.queue.seats.len()), (3, 10, 11), "the cursor stays");
    let asked = desk.fake.asked.iter().filter(|request| **request == Request::Queue).count();
    desk.keys("n");
    desk.tell(Reply::Waiting(desk.fake.queue.mark()));
    let again = desk.fake.asked.iter().filter(|request| **request == Request::Queue).count();
    assert_eq!(again, asked, "what was decided here is known");
    assert_eq!(desk.app.queue.mark.waiting, 9);
}

#[test]
fn the_number_that_waits_is_seen_everywhere() {
    let mut desk = Desk::new(30, (80, 24));
    assert!(!desk.screen().contains("Queue 12"));
    desk.tell(Reply::Waiting(desk.fake.queue.mark()));
    for keys in ["", "3", "4", "2"] {
        desk.keys(keys);
        assert!(desk.screen().contains("Queue 12"), "{}", desk.screen());
    }
    desk.send(Event::Resize(40, 20));
    assert!(desk.screen().lines().next().unwrap().contains("12"), "{}", desk.screen());
}

#[test]
fn evidence_opens_and_goes_back() {
    let mut desk = desk();
    desk.keys("enter");
    assert_eq!((desk.app.mode(), desk.app.reader.wanted.map(|key| key.handle.0)), (Mode::Evidence, Some(0)));
    desk.keys("q");
    assert_eq!((desk.app.mode(), here(&desk)), (Mode::Queue, 1));
    desk.keys("K K K K shift-tab enter");
    assert_eq!(desk.app.reader.wanted.map(|key| key.handle.0), Some(12), "the memory that speaks for it");
    desk.keys("q q");
    assert_eq!(desk.app.mode(), Mode::List);
    desk.keys("2");
    assert_eq!(here(&desk), 9, "where one stopped");
}

#[test]
fn what_a_person_said_no_to_before_says_so_and_stands_apart() {
    let mut desk = desk();
    desk.keys("K");
    assert_eq!(here(&desk), 12);
    assert!(desk.screen().contains("You rejected this on 2026-11-03 because it is needed."), "{}", desk.screen());
}

#[test]
fn the_proposed_text_is_looked_through() {
    let mut desk = desk();
    desk.keys("K K K K");
    let screen = desk.screen();
    assert!(screen.contains("brings in imperative") && screen.contains("tokens"), "{screen}");
}

#[test]
fn what_policies_applied_is_seen_or_taken_back() {
    let mut desk = desk();
    (1..=3).for_each(|id| desk.fake.queue.apply(id));
    desk.tell(Reply::Waiting(desk.fake.queue.mark()));
    desk.keys("t");
    assert_eq!((desk.app.mode(), here(&desk)), (Mode::Audit, 1));
    assert!(desk.screen().contains("1 of 3 not seen yet"), "{}", desk.screen());
    desk.keys("y");
    assert_eq!((here(&desk), desk.fake.queue.applied.len()), (2, 2));
    desk.keys("n");
    assert_eq!((standing(&desk, 2), decisions(&desk)), (Standing::Waiting, vec![(vec![2], Decision::Reopen)]));
    desk.keys("A");
    assert!(desk.fake.queue.applied.is_empty() && desk.screen().contains("No policy applied"), "{}", desk.screen());
    desk.keys("q");
    assert!(desk.app.mode() == Mode::Queue && desk.app.queue.seats.iter().any(|seat| seat.line.id == 2));
}

#[test]
fn agreement_is_counted_and_suggests_a_policy() {
    let mut desk = desk();
    desk.keys("i");
    let screen = desk.screen();
    assert!(matches!(desk.app.over, Some(Over::Why(_))) && screen.contains("you approved 14 of 15 merge"), "{screen}");
    assert!(screen.contains("[[policy]]") && screen.contains("label = \"normalise\""), "{screen}");
    assert!(!screen.contains("label = \"merge\""), "what removes is never suggested: {screen}");
}

#[test]
fn what_is_skipped_comes_again_and_an_empty_queue_says_how_proposals_come() {
    let mut desk = desk();
    desk.keys("s s s s s s s s s s s s");
    assert!(desk.screen().contains("Done: 0 proposals decided"), "{}", desk.screen());
    desk.keys("q 2");
    assert_eq!((left(&desk), here(&desk)), (12, 1));
    let mut empty = Desk::new(3, (40, 20));
    empty.keys("2");
    let screen = empty.screen();
    assert!(screen.contains("memtui dream") && screen.contains("MCP"), "{screen}");
    empty.keys("y");
    assert_eq!(said(&empty), "Nothing waits for a verdict");
}

#[test]
fn no_verdict_by_a_key_that_repeats_or_a_paste() {
    let mut desk = desk();
    let y: crate::keymap::Press = "y".parse().unwrap();
    desk.now += 1000;
    for _ in 0..20 {
        desk.now += 30;
        desk.send(Event::Key(y.event()));
    }
    assert!(left(&desk) >= 11, "a key that is held approves one");
    let before = left(&desk);
    desk.send(Event::Paste("yyyy".to_owned()));
    desk.send(Event::Focus(true));
    desk.now += 100;
    desk.send(Event::Key(y.event()));
    assert_eq!(left(&desk), before);
}

#[test]
fn nothing_is_decided_where_nothing_may_be_written() {
    let mut desk = Desk::with(30, crate::app::Setup { read_only: Some("asked for".to_owned()), ..setup() });
    desk.keys("2 y n A e");
    assert_eq!((decisions(&desk), left(&desk)), (vec![], 12));
    assert!(said(&desk).contains("Read-only"), "{}", said(&desk));
}

/// A hundred proposals as a night leaves them: five clusters of ten, five of six, and twenty that stand alone. In every other
/// cluster one is to stay, and of those that stand alone every fourth. Whoever decides reads the first of a cluster, goes to
/// the one that is to stay, says no to it, and yes to the rest.
#[test]
fn a_hundred_proposals_are_decided_with_few_keys_in_a_side_pane() {
    let mut desk = Desk::with(120, crate::app::Setup { size: (50, 50), ..setup() });
    desk.fake.queue = crate::app::fake::Proposals::deletions(100);
    let cluster = |id: i64| match id - 1 {
        n @ ..50 => format!("noise {}", n / 10),
        n @ 50..80 => format!("copies {}", (n - 50) / 6),
        _ => String::new(),
    };
    for kept in &mut desk.fake.queue.all {
        kept.proposal.line.likeness = cluster(kept.proposal.line.id);
    }
    let stays = |id: i64| match id {
        ..=50 => id % 20 == 4,
        51..=80 => id % 12 == 4,
        _ => id % 4 == 0,
    };
    desk.keys("2");
    let mut log = Vec::new();
    while left(&desk) > 0 {
        let here = here(&desk);
        let rest = turns::rest_of_cluster(&desk.app.queue.seats, desk.app.queue.at);
        let ids: Vec<i64> = rest.iter().map(|at| desk.app.queue.seats[*at].line.id).collect();
        let wanted = ids.iter().copied().find(|id| stays(*id));
        let key = match wanted {
            Some(wanted) if wanted == here => "n",
            Some(_) => "J",
            None if ids.len() > 1 => "A",
            None => "y",
        };
        log.push(key);
        desk.keys(key);
        assert!(log.len() <= 200, "{} are left", left(&desk));
    }
    let average = log.len() as f64 / 100.0;
    println!("{}", log.join(" "));
    println!("{} keys for 100 proposals: {average:.2} each", log.len());
    for id in 1..=100 {
        let wanted = if stays(id) { Standing::Rejected } else { Standing::Approved };
        assert_eq!(standing(&desk, id), wanted, "proposal {id}");
    }
    assert!(average <= 1.2, "{average}");
}
