//! The cursor stands where a person expects it: after Escape, after pruning, after undoing.

use super::{super::fake::Desk, *};
use crate::action::Action;

/// The memory under the cursor, its line and the first line on screen.
fn place(desk: &Desk) -> (Option<Handle>, usize, usize) {
    (here(desk), desk.app.list.cursor, desk.app.list.top)
}

#[test]
fn leaving_the_filter_line_goes_back_to_the_place() {
    let mut desk = desk();
    desk.keys("j j j j j j j");
    for before in ["", "pagedown pagedown k k k", "O j", "z j j j", "g"] {
        desk.keys(before);
        let (was, spec) = (place(&desk), desk.app.list.spec.clone());
        for typed in ["kind:", "kind:bugfix ", "no such word", "kind:bugfix sort"] {
            desk.keys("/");
            desk.types(typed);
            desk.keys("esc");
            assert_eq!(desk.app.mode(), Mode::List);
            assert_eq!(place(&desk), was, "after {before:?} and {typed:?}");
            assert_eq!((&desk.app.list.spec, desk.app.filter.as_str()), (&spec, ""));
        }
    }
}

#[test]
fn a_place_is_gone_back_to_in_the_list_as_it_is_by_then() {
    let mut desk = desk();
    desk.keys("j j j j j j j /");
    desk.types("kind:bugfix ");
    let mut fresh = memory(500);
    fresh.row.created = Some(NOW + 1);
    desk.fake.memories.insert(0, fresh);
    desk.tell(Reply::Changed { added: 1, removed: 0 });
    desk.keys("esc");
    assert_eq!(place(&desk), (Some(Handle(7)), 8, 1), "the same memory on the same line of the screen");
}

#[test]
fn what_is_kept_while_typing_is_the_place_before() {
    let mut desk = desk();
    desk.keys("j j j j");
    let was = desk.app.bookmark();
    desk.keys("/");
    desk.types("kind:bugfix ");
    assert_eq!(desk.app.bookmark(), was);
}

#[test]
fn leaving_the_find_line_goes_back_to_the_match() {
    let mut desk = desk();
    desk.keys("j j enter /");
    desk.types("retries");
    desk.keys("enter n");
    let was = (desk.app.reader.scroll, desk.app.reader.place(), place(&desk));
    assert!(was.1.is_some());
    desk.keys("/");
    desk.types("dead letter");
    desk.keys("esc");
    assert_eq!((desk.app.reader.scroll, desk.app.reader.place(), place(&desk)), was);
}

#[test]
fn after_a_range_was_pruned_the_next_memory_is_under_the_cursor() {
    for (keys, next) in [("g v j j j d", 4), ("j j v j j d", 5), ("j j j j v k k d", 5), ("G v k k d", 193)] {
        let mut desk = desk();
        desk.keys(keys);
        assert_eq!(here(&desk), Some(Handle(next)), "after {keys}");
    }
}

#[test]
fn a_spared_memory_keeps_the_cursor() {
    let mut desk = desk();
    desk.keys("j j j v j j d");
    assert_eq!(here(&desk), Some(Handle(5)), "it is pinned");
}

#[test]
fn what_came_back_is_seen_from_its_first_memory_on() {
    let mut desk = desk();
    desk.keys("j j v j j d G u");
    assert_eq!(place(&desk), (Some(Handle(2)), 2, 0));
    desk.keys("g v j j j d u");
    assert_eq!(place(&desk), (Some(Handle(0)), 0, 0));
    desk.keys("G k k k v j j d k k u");
    let (top, height) = (desk.app.list.top, desk.app.list.height);
    assert_eq!(here(&desk), Some(Handle(193)));
    assert!(top <= 193 && 195 < top + height, "all three are seen: {top}, {height}");
}

#[test]
fn back_goes_through_the_lists_that_were_left() {
    for back in ["q", "h"] {
        let mut desk = Desk::new(197, (160, 50));
        desk.keys("j j j j j O j j j");
        let (was, spec) = (place(&desk), desk.app.list.spec.clone());
        assert_eq!(desk.app.can(Action::Close), Err("There is nothing to go back to; q leaves".to_owned()));
        desk.keys("*");
        let (similar, filter) = (place(&desk), desk.app.filter.clone());
        assert!(filter.starts_with("like:") && desk.app.can(Action::Close).is_ok());
        assert!(desk.screen().lines().last().unwrap().contains("h back"), "the footer says it");
        desk.keys("s j j enter j j");
        assert_ne!(desk.app.filter, filter);
        desk.keys("V down enter");
        desk.keys(back);
        desk.keys(back);
        assert_eq!((desk.app.filter.as_str(), place(&desk)), (filter.as_str(), similar));
        desk.keys(back);
        assert_eq!((&desk.app.list.spec, desk.app.filter.as_str(), place(&desk)), (&spec, "", was));
        assert!(!desk.app.finished());
        desk.keys("q");
        assert!(desk.app.finished(), "nothing is left to go back to");
    }
}

#[test]
fn back_from_a_part_of_the_pictures_is_where_it_was_opened() {
    let mut desk = desk();
    desk.keys("j j j j");
    let was = place(&desk);
    desk.keys("4 enter");
    assert_ne!(desk.app.filter, "");
    desk.keys("q");
    assert_eq!((desk.app.screen, desk.app.filter.as_str()), (Screen::Insights, ""));
    desk.keys("q");
    assert_eq!((desk.app.screen, place(&desk)), (Screen::Memories, was));
    desk.keys("q");
    assert!(desk.app.finished());
}

#[test]
fn clearing_the_filter_leaves_nothing_to_go_back_to() {
    let mut desk = desk();
    desk.keys("j j * backspace");
    assert!(desk.app.can(Action::Close).is_err());
    desk.keys("q");
    assert!(desk.app.finished());
}
