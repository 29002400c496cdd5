//! State, keys, state.

mod finding;
mod insights;
mod keys;
mod layout;
mod places;
mod secrets;
mod sizes;
mod surprises;
mod wrong_pane;

use super::{
    fake::{Desk, NOW, memory, setup},
    *,
};
use crate::{
    catalog::ViewSpec,
    curate::{Act, Mark},
    engine::{Reply, Request},
    memory::{Handle, Signal},
};

fn desk() -> Desk {
    Desk::new(197, (80, 24))
}

fn here(desk: &Desk) -> Option<Handle> {
    desk.app.list.current().map(|row| row.key.handle)
}

fn key(n: i64) -> Key {
    Key { store: 0, handle: Handle(n) }
}

fn said(desk: &Desk) -> &str {
    desk.app.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

fn acts(desk: &Desk) -> Vec<Act> {
    let act = |request: &Request| if let Request::Act(act) = request { Some(act.clone()) } else { None };
    desk.fake.asked.iter().filter_map(act).collect()
}

#[test]
fn one_memory_is_pruned_at_once_and_comes_back() {
    let mut desk = desk();
    desk.keys("j j d");
    assert_eq!(desk.fake.memories.len(), 196);
    assert_eq!(said(&desk), "Pruned 1 memory · u undoes");
    assert_eq!(here(&desk), Some(Handle(3)), "the next memory is under the cursor");
    desk.keys("G u");
    assert_eq!(desk.fake.memories.len(), 197);
    assert_eq!(here(&desk), Some(Handle(2)), "the cursor follows what came back");
    assert_eq!(
        said(&desk),
        "Taken back: prune of “The test suite needs TZ=UTC or the calendar tests fail” · U does it again"
    );
}

#[test]
fn many_are_pruned_after_a_preview_that_starts_on_cancel() {
    let mut desk = desk();
    desk.keys("M d");
    let Some(Over::Dialog(dialog)) = &desk.app.over else { panic!("a preview is expected") };
    assert_eq!(dialog.button(), Button::Cancel);
    let Matter::Prune { targets, pinned, .. } = &dialog.matter else { panic!("about pruning") };
    assert_eq!((targets.len(), *pinned), (197, Some(1)), "the engine counted the pinned ones");
    desk.keys("d enter");
    assert_eq!(desk.fake.memories.len(), 197, "neither the same key nor Enter prunes");
    desk.keys("d tab enter");
    assert_eq!(desk.fake.memories.len(), 1);
    assert_eq!(said(&desk), "Pruned 196 memories · 1 pinned left alone · u undoes");
    assert!(desk.app.marks.is_empty());
}

#[test]
fn a_few_marked_ones_are_pruned_at_once_but_pinned_ones_stay() {
    let mut desk = desk();
    desk.keys("j j j j space space d");
    assert_eq!(said(&desk), "Pruned 1 memory · 1 pinned left alone · u undoes");
    desk.keys("d");
    assert_eq!(desk.fake.memories.len(), 195, "one that is named by the cursor is not spared");
}

#[test]
fn a_range_is_marked() {
    let mut desk = desk();
    desk.keys("j v j j j v");
    assert_eq!(desk.app.marks.keys(), [key(1), key(2), key(3), key(4)]);
    desk.keys("esc");
    desk.keys("esc");
    assert!(desk.app.marks.is_empty());
}

#[test]
fn what_is_asked_before_the_marks_are_known_waits_for_them() {
    let mut desk = desk();
    desk.silent = true;
    desk.keys("j v j j v d");
    assert!(desk.effects.is_empty() && desk.app.doing.is_empty(), "not the one under the cursor");
    desk.silent = false;
    let targets = (1..=3).map(|id| desk.fake.memories[id].row.target()).collect();
    desk.tell(Reply::Keys { view: desk.app.list.view.id, targets });
    assert_eq!(desk.fake.memories.len(), desk.app.list.view.of.number);
    assert!(said(&desk).starts_with("Pruned 3 memories"), "{}", said(&desk));
}

#[test]
fn new_memories_do_not_move_what_is_under_the_cursor() {
    let mut desk = desk();
    desk.keys("j j j");
    let line = desk.app.list.cursor - desk.app.list.top;
    let mut fresh = memory(500);
    fresh.row.created = Some(NOW + 1);
    desk.fake.memories.insert(0, fresh);
    desk.tell(Reply::Changed { added: 1, removed: 0 });
    desk.draw();
    assert_eq!(here(&desk), Some(Handle(3)));
    assert_eq!(desk.app.list.cursor - desk.app.list.top, line, "and it stands where it stood");
    assert!(desk.screen().contains("+1 new"));
    desk.keys("g");
    assert!(!desk.screen().contains("+1 new"), "seen");
    assert_eq!(here(&desk), Some(Handle(500)));
}

#[test]
fn answers_to_old_questions_are_dropped() {
    let mut desk = desk();
    desk.silent = true;
    desk.keys("/");
    desk.types("kind:bugfix");
    desk.silent = false;
    let old = desk.fake.asked.clone();
    for reply in desk.fake.answer(Request::View { spec: ViewSpec::default(), follow: None, marked: Vec::new() }) {
        desk.tell(reply);
    }
    assert!(!old.is_empty());
    assert_eq!(desk.app.list.view.count.number, 197);
    assert!(desk.app.searching, "still waiting for the newest");
}

#[test]
fn results_come_while_typing_and_escape_restores() {
    let mut desk = desk();
    desk.keys("j");
    desk.keys("/");
    desk.types("kind:bugfix");
    assert_eq!(desk.app.list.view.count.number, 33);
    desk.keys("esc");
    assert_eq!(desk.app.list.view.count.number, 197);
    assert_eq!(desk.app.filter, "");
    assert_eq!(here(&desk), Some(Handle(1)), "and the cursor is where it was");
    desk.keys("/");
    desk.types("advisory*");
    desk.keys("enter");
    assert_eq!(desk.app.filter, "advisory*");
    assert_eq!(desk.app.mode(), Mode::List);
    desk.keys("backspace");
    assert_eq!((desk.app.filter.as_str(), desk.app.list.view.count.number), ("", 197));
    desk.keys("/ up");
    assert_eq!(desk.app.filter_line.as_ref().unwrap().entry.text(), "advisory*");
}

#[test]
fn mistakes_in_a_filter_point_at_their_column() {
    let mut desk = desk();
    desk.keys("/");
    desk.types("kin:bug foo");
    let screen = desk.screen();
    assert!(screen.contains("^ there is no key `kin:`"), "{screen}");
    desk.keys("enter");
    assert_eq!(desk.app.mode(), Mode::Filter, "a mistake is not taken");
}

#[test]
fn completion_offers_values_with_their_counts() {
    let mut desk = desk();
    desk.keys("/");
    desk.types("kind:");
    desk.keys("tab");
    let screen = desk.screen();
    assert!(screen.contains("bugfix") && screen.contains("33"), "{screen}");
    desk.keys("tab tab");
    assert_eq!(desk.app.filter_line.as_ref().unwrap().entry.text(), "kind:decision ");
    desk.keys("enter");
    assert_eq!((desk.app.filter.as_str(), desk.app.mode()), ("kind:decision", Mode::List), "one key is enough");
}

#[test]
fn groups_fold_and_the_cursor_stays_on_its_memory() {
    let mut desk = desk();
    desk.keys("j j z");
    assert_eq!(here(&desk), Some(Handle(2)));
    desk.keys("h");
    assert!(matches!(desk.app.list.line(desk.app.list.cursor), Some(Line::Header(_))));
    let lines = desk.app.list.lines();
    desk.keys("enter");
    assert_eq!(desk.app.list.lines(), lines + 39);
    desk.keys("z");
    assert!(desk.app.list.view.groups.is_empty());
}

#[test]
fn an_edit_shows_its_difference_before_it_is_saved() {
    let mut desk = desk();
    desk.keys("e");
    desk.types(" soon");
    desk.keys("f2");
    assert!(acts(&desk).is_empty());
    let screen = desk.screen();
    assert!(screen.contains("+ Fix the retry storm in the billing webhook soon"), "{screen}");
    desk.keys("enter");
    assert_eq!(desk.fake.memories[0].title, "Fix the retry storm in the billing webhook soon");
    assert_eq!(said(&desk), "Saved “Fix the retry storm in the billing webhook” · u undoes");
}

#[test]
fn what_was_typed_is_not_lost_to_one_key() {
    let mut desk = desk();
    desk.keys("e");
    desk.types("x");
    desk.keys("esc esc");
    assert_eq!(desk.app.mode(), Mode::Dialog);
    desk.keys("enter");
    assert_eq!(desk.app.mode(), Mode::Form, "the first button goes on");
    desk.keys("esc tab enter");
    assert!(desk.app.over.is_none());
    assert!(acts(&desk).is_empty());
}

#[test]
fn a_refused_edit_is_kept_and_shown_against_what_is_there_now() {
    let mut desk = desk();
    desk.fake.refuse = true;
    desk.keys("e");
    desk.types(" mine");
    desk.keys("f2 enter");
    assert!(desk.screen().contains("somebody else changed it"));
    desk.keys("esc");
    assert_eq!(desk.app.mode(), Mode::Dialog, "leaving would lose it");
    desk.fake.refuse = false;
    desk.fake.memories[0].title = "Theirs".to_owned();
    desk.keys("enter");
    let screen = desk.screen();
    assert!(screen.contains("- Theirs") && screen.contains("mine"), "{screen}");
    desk.keys("enter");
    assert!(desk.fake.memories[0].title.ends_with("mine"));
}

#[test]
fn the_editor_gets_all_fields_and_mistakes_keep_the_text() {
    let mut desk = desk();
    desk.keys("E");
    let Some(Effect::Editor(text)) = desk.effects.pop() else { panic!("an editor is expected") };
    desk.send(Event::EditorDone(Ok(Some(text.replace("%% facts", "%% fax")))));
    assert!(desk.screen().contains("there is no field `fax`"));
    desk.keys("enter");
    assert_eq!(said(&desk), "The focus came back just now; press enter once more to choose", "it was typed ahead");
    desk.keys("enter");
    let Some(Effect::Editor(kept)) = desk.effects.pop() else { panic!("the editor again") };
    assert!(kept.contains("%% fax"));
    desk.send(Event::EditorDone(Ok(Some(kept.replace("%% fax", "%% facts").replace("storm", "calm")))));
    assert!(desk.screen().contains("calm"));
    desk.now += 1000;
    desk.keys("enter");
    assert!(matches!(acts(&desk).as_slice(), [Act::Edit { edit, .. }] if edit.len() == 2), "title and narrative");
}

#[test]
fn confidence_and_stale_after_are_asked_for_and_checked() {
    let mut desk = desk();
    desk.keys("c");
    desk.types("1.5");
    desk.keys("enter");
    assert_eq!(desk.app.mode(), Mode::Input, "wrong answers stay");
    desk.keys("backspace backspace backspace");
    desk.types(".4");
    desk.keys("enter t");
    desk.types("30d");
    desk.keys("enter");
    let marks: Vec<Mark> = acts(&desk)
        .into_iter()
        .flat_map(|act| if let Act::Mark { marks, .. } = act { marks } else { Vec::new() })
        .collect();
    // 2026-12-20T00:00:00Z
    assert_eq!(marks, [Mark::Confidence(Some(0.4)), Mark::StaleAfter(Some(1_797_724_800_000))]);
    assert_eq!(said(&desk), "Stale after 2026-12-20 · u undoes");
}

#[test]
fn read_only_says_why() {
    let mut setup = setup();
    setup.stores[0].read_only = Some("its worker holds no lock".to_owned());
    let mut desk = Desk::with(20, Setup { size: (80, 24), ..setup });
    desk.keys("d");
    assert_eq!(said(&desk), "claude-mem is read-only: its worker holds no lock");
    assert!(desk.screen().contains("read-only: its worker"));
    desk.keys("p");
    assert_eq!(acts(&desk).len(), 1, "marks live in the ledger");
}

#[test]
fn a_long_list_is_read_by_the_page() {
    let mut desk = Desk::new(5000, (80, 40));
    desk.keys("G");
    assert_eq!(here(&desk), Some(Handle(4999)));
    desk.keys("g pagedown pagedown");
    assert!(here(&desk).is_some());
    let most = desk.fake.asked.iter().filter_map(|request| match request {
        Request::Page { range, .. } => Some(range.len()),
        _ => None,
    });
    assert!(most.max() <= Some(200));
    for n in 0..60 {
        desk.keys(if n % 7 == 0 { "ctrl-u" } else { "pagedown" });
        assert!(!desk.screen().contains('…') || here(&desk).is_some());
    }
}

#[test]
fn neighbours_and_matches_are_walked() {
    let mut desk = Desk::new(197, (80, 30));
    desk.keys("/");
    desk.types("jitter");
    desk.keys("enter enter");
    assert_eq!(desk.app.mode(), Mode::Memory);
    desk.keys("n");
    assert!(!desk.app.reader.matches.is_empty());
    desk.keys("[");
    assert_eq!(desk.app.reader.wanted, Some(key(1)), "older in the same session");
    desk.keys("]");
    assert_eq!(desk.app.reader.wanted, Some(key(0)));
    desk.keys("]");
    assert_eq!(said(&desk), "There is no later memory of this session nearby");
    desk.keys("h");
    assert_eq!(desk.app.mode(), Mode::List);
}

#[test]
fn history_undoes_the_operation_under_the_cursor() {
    let mut desk = desk();
    desk.keys("d d p 3 j u");
    assert!(matches!(acts(&desk).last(), Some(Act::Undo(Some(2)))));
    assert_eq!(desk.fake.memories.len(), 196);
    desk.keys("g");
    assert!(desk.screen().contains("undo"));
    desk.keys("q");
    assert_eq!(desk.app.screen, Screen::Memories);
}

#[test]
fn scopes_filter_and_all_scopes_clears() {
    let mut desk = Desk::new(197, (160, 50));
    desk.keys("s j enter");
    assert_eq!(desk.app.filter, "scope:=acme-api");
    assert_eq!(desk.app.list.view.count.number, 40);
    desk.keys("s g enter");
    assert_eq!(desk.app.filter, "");
}

#[test]
fn nothing_is_drawn_when_nothing_changed() {
    let mut desk = desk();
    desk.keys("j");
    assert!(!desk.app.needs_redraw());
    desk.send(Event::Tick);
    desk.send(Event::Focus(false));
    assert!(!desk.app.needs_redraw());
    desk.keys("y");
    while let Some(tick) = desk.app.next_tick() {
        assert!(!desk.app.needs_redraw());
        desk.now = tick;
        desk.send(Event::Tick);
    }
    assert!(desk.app.needs_redraw(), "the message goes");
    assert_eq!(desk.app.next_tick(), None);
}

#[test]
fn hostile_text_is_made_visible_everywhere() {
    let mut desk = Desk::new(8, (100, 40));
    for memory in &mut desk.fake.memories {
        memory.title = "a\u{202e}b\u{1b}[31mc\u{200b}d\ne".to_owned();
        memory.row.title.clone_from(&memory.title);
        memory.row.kind = "k\u{7}\u{2066}".to_owned();
        memory.row.scope.project = Some("p\u{9b}2J".to_owned());
        memory.row.signals.set(Signal::HiddenText, true);
    }
    desk.fake.memories[1].title.push('x');
    for keys in ["r", "enter", "q z", "s", "q e", "f2 esc esc q", "i", "q d 3", "enter", "q q :", "esc / tab"] {
        desk.keys(keys);
        let screen = desk.screen();
        let hidden = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
        let bad = |c: char| c != '\n' && (c.is_control() || hidden(c));
        assert!(!screen.contains(bad), "after {keys}: {screen:?}");
    }
}

#[test]
fn a_welcome_offers_the_demo() {
    let welcome = Welcome { looked: vec!["/home/ada/.claude-mem: no such directory".to_owned()], problem: None };
    let mut desk = Desk::with(0, Setup { welcome: Some(welcome), ..setup() });
    assert!(desk.screen().contains("/home/ada/.claude-mem: no such directory"));
    desk.keys("enter");
    assert!(desk.app.finished() && desk.app.wants_demo());
}

#[test]
fn the_mouse_selects_opens_and_scrolls() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut desk = desk();
    let mouse = |kind, column, row| Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    desk.send(mouse(MouseEventKind::Down(MouseButton::Left), 20, 7));
    assert_eq!(here(&desk), Some(Handle(3)));
    desk.draw();
    desk.send(mouse(MouseEventKind::Down(MouseButton::Left), 20, 7));
    assert_eq!(desk.app.mode(), Mode::Memory);
    desk.draw();
    desk.send(mouse(MouseEventKind::ScrollDown, 20, 20));
    assert_eq!(desk.app.reader.scroll, 3);
    desk.send(mouse(MouseEventKind::Down(MouseButton::Left), 16, 0));
    assert_eq!(desk.app.screen, Screen::Queue);
    desk.draw();
    desk.send(mouse(MouseEventKind::Down(MouseButton::Left), 28, 0));
    assert_eq!(desk.app.screen, Screen::History);
}

#[test]
fn the_first_memory_of_a_group_brings_its_heading_along() {
    let mut desk = desk();
    desk.keys("z");
    assert_eq!(here(&desk), Some(Handle(0)));
    assert!(matches!(desk.app.list.line(desk.app.list.top), Some(Line::Header(_))));
}

#[test]
fn a_failed_page_does_not_stop_the_list() {
    let mut desk = desk();
    desk.silent = true;
    desk.keys("O");
    let spec = desk.app.list.spec.clone();
    let view = desk.fake.answer(Request::View { spec, follow: None, marked: Vec::new() });
    for reply in view {
        desk.tell(reply);
    }
    // The request for the first rows was the last one that was sent.
    let asked = desk.asked();
    desk.send(Event::Reply(asked, Reply::Failed("the disk is gone".to_owned())));
    assert_eq!(said(&desk), "the disk is gone");
    assert_eq!(here(&desk), Some(Handle(0)), "what was shown stays");
    desk.silent = false;
    desk.keys("r");
    assert!(desk.app.list.view.spec.sort.descending);
}

#[test]
fn a_box_over_wide_characters_keeps_its_edge() {
    for width in 40..90 {
        let mut desk = Desk::new(60, (width, 40));
        for memory in &mut desk.fake.memories {
            memory.row.title = "日本語".repeat(20);
        }
        desk.keys("r c");
        let buffer = desk.draw();
        for line in buffer.content().chunks(usize::from(width)) {
            for pair in line.windows(2) {
                let hidden = crate::text::width(pair[0].symbol()) > 1 && pair[1].symbol() != " ";
                assert!(!hidden, "{} hides {} at {width} columns", pair[0].symbol(), pair[1].symbol());
            }
        }
    }
}
