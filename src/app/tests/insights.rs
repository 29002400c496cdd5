//! The Insights screen: moving over the pictures, opening what is behind them, and coming back.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{super::fake::Desk, super::*};
use crate::{
    catalog::{SortKey, ViewSpec},
    engine::{Reply, Request},
};

fn desk() -> Desk {
    let mut desk = Desk::new(197, (80, 50));
    desk.keys("4");
    assert_eq!(desk.app.mode(), Mode::Insights);
    desk
}

/// To the first cell of the map, which is where the cursor is not at the start.
const CORNER: &str = "g h h h h h h";

#[test]
fn the_cursor_begins_where_most_is() {
    let desk = desk();
    let most = desk.app.board.seen.as_ref().unwrap().heat.iter().flatten().max().copied();
    assert_eq!(desk.app.board.part().map(|(count, ..)| count), most);
}

fn count(desk: &Desk) -> usize {
    desk.app.list.view.count.number
}

fn mouse(desk: &mut Desk, kind: MouseEventKind, (column, row): (u16, u16)) {
    desk.send(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    desk.draw();
}

#[test]
fn every_cell_of_the_map_opens_as_many_memories_as_it_says() {
    let mut opened = 0;
    for row in 0..5 {
        for column in 0..6 {
            let mut desk = desk();
            desk.keys(CORNER);
            desk.keys(&"j ".repeat(row));
            desk.keys(&"l ".repeat(column));
            assert_eq!(desk.app.board.spot(), (row, column));
            let says = desk.app.board.part().unwrap().0;
            if says == 0 {
                assert!(desk.app.can(Action::Open).is_err());
                desk.keys("enter");
                assert_eq!(desk.app.screen, Screen::Insights, "there is nothing to show");
                continue;
            }
            desk.keys("enter");
            assert_eq!((desk.app.screen, count(&desk)), (Screen::Memories, says), "{}", desk.app.filter);
            opened += says;
        }
    }
    assert_eq!(opened, 197);
}

#[test]
fn coming_back_shows_the_whole_again_and_the_cursor_where_it_was() {
    let mut desk = Desk::new(197, (80, 50));
    desk.keys("/");
    desk.types("kind:bugfix");
    desk.keys("enter");
    let all = count(&desk);
    desk.keys("4");
    desk.keys(CORNER);
    desk.keys("j l l l");
    let says = desk.app.board.part().unwrap().0;
    assert!(says > 0 && says < all);
    assert!(desk.screen().contains(&format!("{all} of 197 memories")), "it says what it is of: {}", desk.screen());
    desk.keys("enter");
    assert_eq!(desk.app.filter, "kind:bugfix age:>=30d age:<90d conf:>=0.6 conf:<0.8");
    assert_eq!(count(&desk), says);
    desk.keys("4");
    assert_eq!((desk.app.filter.as_str(), count(&desk)), ("kind:bugfix", all), "again all that it was about");
    assert_eq!(desk.app.board.spot(), (1, 3));
    desk.keys("enter backspace");
    assert_eq!((desk.app.filter.as_str(), count(&desk)), ("", 197));
    desk.keys("4");
    assert_eq!(desk.app.filter, "", "a filter that was changed meanwhile stays");
}

#[test]
fn a_day_opens_what_was_captured_on_it() {
    let mut desk = desk();
    desk.keys("tab h h h");
    assert_eq!((desk.app.board.section, desk.app.board.at(Section::Days)), (Section::Days, 3));
    desk.keys("l");
    let says = desk.app.board.part().unwrap().0;
    desk.keys("enter");
    assert_eq!((desk.app.filter.as_str(), count(&desk)), ("created:2026-11-18", says));
    desk.keys("4 g");
    let oldest = desk.app.board.at(Section::Days);
    assert_eq!(oldest, desk.app.hits.insights.days - 1, "the oldest day on screen");
    desk.keys("h");
    assert_eq!(desk.app.board.at(Section::Days), oldest);
    desk.keys("G");
    assert_eq!(desk.app.board.at(Section::Days), 0, "today");
}

#[test]
fn scopes_are_sorted_and_opened() {
    let mut desk = desk();
    desk.keys("tab tab j");
    let scope = |desk: &Desk| {
        let at = desk.app.board.at(Section::Scopes);
        desk.app.board.seen.as_ref().unwrap().scopes[at].clone()
    };
    let here = scope(&desk);
    let mut orders = Vec::new();
    for _ in 0..4 {
        desk.keys("o");
        assert_eq!(scope(&desk), here, "the cursor stays on its scope");
        let scopes = &desk.app.board.seen.as_ref().unwrap().scopes;
        orders.push(scopes.iter().map(|scope| scope.name.clone()).collect::<Vec<_>>());
    }
    assert_eq!(desk.app.board.sort, ScopeSort::Count);
    let by_name = &orders[2];
    assert!(by_name.is_sorted(), "{by_name:?}");
    desk.keys("r");
    assert_eq!(scope(&desk), here, "and after counting again");
    desk.keys("enter");
    assert_eq!(count(&desk), here.count);
    assert_eq!(desk.app.filter, format!("scope:={}", here.name));
}

#[test]
fn signals_and_costs_are_opened() {
    let mut desk = desk();
    desk.keys("tab tab tab j");
    let (says, ..) = desk.app.board.part().unwrap();
    let (signal, counted) = desk.app.board.seen.as_ref().unwrap().signals[1];
    assert_eq!(says, counted);
    desk.keys("enter");
    assert_eq!((desk.app.filter.clone(), count(&desk)), (format!("is:{}", signal.name()), says));
    desk.keys("4 tab");
    assert_eq!(desk.app.board.section, Section::Cost);
    desk.keys("g enter");
    assert_eq!((desk.app.filter.as_str(), desk.app.list.spec.sort.key), ("", SortKey::Size), "longest first");
    assert!(desk.app.list.spec.sort.descending);
    desk.keys("4 G enter");
    assert_eq!(desk.app.list.spec.sort.key, SortKey::Cost);
}

#[test]
fn single_steps_walk_through_the_whole_page_and_back() {
    let mut desk = desk();
    desk.keys(CORNER);
    let mut seen = vec![desk.app.board.section];
    for _ in 0..60 {
        desk.keys("j");
        seen.push(desk.app.board.section);
    }
    seen.dedup();
    assert_eq!(seen, Section::ALL);
    let end = desk.app.board.at(Section::Cost);
    assert_eq!(end + 1, desk.app.board.costs().len());
    desk.keys(&"k ".repeat(60));
    assert_eq!((desk.app.board.section, desk.app.board.spot()), (Section::Map, (0, 0)));
    desk.keys("shift-tab");
    assert_eq!(desk.app.board.section, Section::Cost, "round and round");
    assert!(desk.app.can(Action::Left).is_err());
}

#[test]
fn every_way_back_leads_to_the_list() {
    for key in ["q", "esc", "1"] {
        let mut desk = desk();
        desk.keys(key);
        assert_eq!((desk.app.screen, desk.app.mode()), (Screen::Memories, Mode::List), "{key}");
        assert!(!desk.app.finished());
    }
}

#[test]
fn the_filter_is_typed_here_as_well() {
    let mut desk = desk();
    desk.keys("/");
    desk.types("is:secret");
    desk.keys("enter");
    assert_eq!((desk.app.screen, desk.app.mode()), (Screen::Insights, Mode::Insights));
    let memories = desk.app.board.seen.as_ref().unwrap().memories;
    assert_eq!(memories, count(&desk));
    assert!(memories > 0 && memories < 197);
    desk.keys("backspace");
    assert_eq!(desk.app.board.seen.as_ref().unwrap().memories, 197);
    desk.keys("/");
    desk.types("zzzz ");
    desk.keys("enter");
    assert!(desk.screen().contains("Nothing matches this filter; backspace shows everything"), "{}", desk.screen());
}

#[test]
fn a_click_moves_a_double_click_opens_and_the_wheel_goes_on() {
    let mut desk = desk();
    let part = |desk: &Desk, section: Section, at: usize| {
        let parts = &desk.app.hits.insights.parts;
        let (area, ..) = parts.iter().find(|(_, found, n)| (*found, *n) == (section, at)).unwrap();
        (area.x, area.y)
    };
    let press = MouseEventKind::Down(MouseButton::Left);
    let place = part(&desk, Section::Signals, 1);
    mouse(&mut desk, press, place);
    assert_eq!((desk.app.board.section, desk.app.board.at(Section::Signals)), (Section::Signals, 1));
    assert_eq!(desk.app.screen, Screen::Insights);
    desk.now += 5_000;
    let place = part(&desk, Section::Days, 4);
    mouse(&mut desk, press, place);
    assert_eq!((desk.app.board.section, desk.app.board.at(Section::Days)), (Section::Days, 4));
    let says = desk.app.board.part().unwrap().0;
    mouse(&mut desk, press, place);
    assert_eq!((desk.app.screen, count(&desk)), (Screen::Memories, says));
    desk.keys("4");
    let before = desk.app.board.section;
    mouse(&mut desk, MouseEventKind::ScrollDown, place);
    assert!(desk.app.board.section > before);
}

#[test]
fn late_answers_are_dropped_and_the_screen_says_that_it_counts() {
    let mut desk = Desk::new(197, (80, 50));
    desk.silent = true;
    desk.keys("4");
    assert!(desk.screen().contains("Counting…"), "{}", desk.screen());
    let asked = |desk: &Desk| desk.fake.asked.iter().filter(|it| matches!(it, Request::Insights { .. })).count();
    let old = desk.app.list.spec.clone();
    desk.keys("/");
    desk.types("is:secret");
    desk.keys("enter");
    let request = |spec: &ViewSpec| Request::Insights {
        spec: spec.clone(),
        marked: Vec::new(),
        zone: chrono::FixedOffset::east_opt(0).unwrap().into(),
    };
    for reply in desk.fake.answer(request(&old)) {
        desk.tell(reply);
    }
    assert!(desk.app.board.seen.is_none(), "an answer to another question");
    let now = desk.app.list.spec.clone();
    for reply in desk.fake.answer(request(&now)) {
        desk.tell(reply);
    }
    assert!(desk.app.board.seen.is_some());
    desk.silent = false;
    let before = asked(&desk);
    assert!(!desk.screen().contains("counting"), "{}", desk.screen());
    desk.tell(Reply::Changed { added: 1, removed: 0 });
    assert_eq!(asked(&desk), before + 1, "counted again when the store has changed");
    desk.draw();
    desk.send(Event::Tick);
    assert_eq!(asked(&desk), before + 1, "and only then");
}

#[test]
fn while_memories_are_being_judged_it_says_how_far_and_counts_now_and_then() {
    let mut desk = desk();
    let asked = |desk: &Desk| desk.fake.asked.iter().filter(|it| matches!(it, Request::Insights { .. })).count();
    let before = asked(&desk);
    for done in 1..=20 {
        desk.now += 100;
        desk.tell(Reply::Catalog(CatalogState { done, total: 197, ready: false }));
    }
    assert!((3..=5).contains(&(asked(&desk) - before)), "{}", asked(&desk) - before);
    let mut seen = desk.app.board.seen.clone().unwrap();
    seen.judged = 85;
    let filter = desk.app.list.spec.filter.clone();
    desk.tell(Reply::Insights { filter, insights: Box::new(seen) });
    assert!(desk.screen().contains("197 memories · 85 judged so far"), "{}", desk.screen());
    let before = asked(&desk);
    desk.now += 1;
    desk.tell(Reply::Catalog(CatalogState { done: 197, total: 197, ready: true }));
    assert_eq!(asked(&desk), before + 1, "at the end it is counted at once");
}

#[test]
fn it_is_drawn_and_usable_at_every_size() {
    for width in [1, 7, 20, 35, 50, 64, 80, 109, 110, 160, 240] {
        for height in [1, 3, 5, 9, 16, 24, 50, 90] {
            let mut desk = Desk::new(60, (width, height));
            desk.keys("4");
            for key in ["l", "j", "tab", "h", "tab", "j", "o", "tab", "G", "tab", "j", "shift-tab", "k"] {
                desk.keys(key);
                let at = desk.app.hits.cursor;
                if width >= 30 && height >= 9 {
                    let (x, y) = at.unwrap_or_else(|| panic!("no cursor at {width}×{height} after {key}"));
                    assert!(x < width && y < height, "{width}×{height} after {key}");
                }
            }
        }
    }
}
