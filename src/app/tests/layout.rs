//! Panes that are resized, by keys and by the mouse; what is found again; what a click does.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Rect;

use super::{super::fake::NOW, *};
use crate::{
    app::{Carried, Target},
    keymap::Press,
    state::{Bookmark, Edge, LastView},
};

fn mouse(desk: &mut Desk, kind: MouseEventKind, (column, row): (u16, u16)) {
    desk.send(Event::Mouse(MouseEvent { kind, column, row, modifiers: crossterm::event::KeyModifiers::NONE }));
    desk.draw();
}

fn click(desk: &mut Desk, at: (u16, u16)) {
    mouse(desk, MouseEventKind::Down(MouseButton::Left), at);
    mouse(desk, MouseEventKind::Up(MouseButton::Left), at);
}

fn drag(desk: &mut Desk, from: (u16, u16), to: (u16, u16)) {
    mouse(desk, MouseEventKind::Down(MouseButton::Left), from);
    mouse(desk, MouseEventKind::Drag(MouseButton::Left), to);
    mouse(desk, MouseEventKind::Up(MouseButton::Left), to);
}

fn corner(area: Rect) -> (u16, u16) {
    (area.x, area.y)
}

fn line(desk: &Desk, edge: Edge) -> Rect {
    desk.app.hits.dividers.iter().find(|divider| divider.edge == edge).expect("a line").line
}

/// The place on the screen of a text.
fn place(desk: &mut Desk, text: &str) -> (u16, u16) {
    let screen = desk.screen();
    let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect(text);
    let column = line[..line.find(text).unwrap()].chars().count();
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

#[test]
fn the_pane_with_the_focus_gets_more_room() {
    let mut desk = Desk::new(60, (160, 50));
    let before = line(&desk, Edge::Beside).x;
    desk.keys("> >");
    assert_eq!(line(&desk, Edge::Beside).x, before + 4);
    desk.keys("enter > > >");
    assert_eq!(line(&desk, Edge::Beside).x, before - 2, "the memory grows to the left");
    desk.keys("h s <");
    assert_eq!(line(&desk, Edge::Scopes).x, 20 - 2);
    let mut below = Desk::new(60, (80, 24));
    let before = line(&below, Edge::Below).y;
    below.keys("- -");
    assert_eq!(line(&below, Edge::Below).y, before - 2);
    below.keys("3 p 3");
    assert_eq!(said(&Desk::new(1, (50, 50))), "");
}

#[test]
fn a_pane_keeps_what_it_needs_and_says_so() {
    for (size, edge) in [((160, 50), Edge::Beside), ((80, 24), Edge::Below)] {
        let mut desk = Desk::new(60, size);
        desk.keys(&"< ".repeat(60));
        let smallest = line(&desk, edge);
        assert!(said(&desk).starts_with("It cannot be smaller: this pane"), "{}", said(&desk));
        desk.keys(&"> ".repeat(120));
        assert!(said(&desk).starts_with("It cannot be smaller: the other pane"), "{}", said(&desk));
        assert_ne!(line(&desk, edge), smallest);
        assert!(desk.app.hits.memory.area.area() > 0 && desk.app.hits.list.area.area() > 0);
    }
}

#[test]
fn one_pane_has_all_the_room() {
    let mut desk = Desk::new(60, (50, 50));
    desk.keys(">");
    assert_eq!(said(&desk), "There is one pane only: it has all the room");
}

#[test]
fn an_opened_memory_takes_the_place_of_the_list_where_little_fits() {
    let mut low = Desk::new(60, (80, 24));
    assert_eq!(low.app.panes().only, None);
    low.keys("enter");
    assert_eq!(low.app.panes().only, Some(Focus::Memory));
    assert!(low.app.hits.memory.area.height >= 20 - 1);
    low.keys("q");
    assert_eq!((low.app.panes().only, low.app.focus), (None, Focus::List));
    let mut tall = Desk::new(60, (80, 40));
    tall.keys("enter");
    assert_eq!(tall.app.panes().only, None);
}

#[test]
fn the_names_of_the_screens_are_worth_more_than_why_nothing_is_written() {
    let reason = "--read-only was given";
    let setup = crate::app::Setup { read_only: Some(reason.to_owned()), ..setup() };
    let mut desk = Desk::with(30, setup);
    desk.send(Event::Resize(72, 24));
    desk.draw();
    let screen = desk.screen();
    let first = screen.lines().next().unwrap_or_default();
    assert!(first.contains("Memories") && first.contains("read-only") && !first.contains(reason), "{first}");
    desk.send(Event::Resize(160, 24));
    desk.draw();
    assert!(desk.screen().contains(reason));
}

#[test]
fn keys_in_a_burst_each_move_the_line() {
    let mut desk = Desk::new(60, (160, 50));
    let before = line(&desk, Edge::Beside).x;
    let press: Press = ">".parse().unwrap();
    for _ in 0..5 {
        desk.send(Event::Key(press.event()));
    }
    desk.draw();
    assert_eq!(line(&desk, Edge::Beside).x, before + 10, "nothing was drawn between them");
}

#[test]
fn lines_are_dragged_as_far_as_they_go() {
    let mut desk = Desk::new(60, (160, 50));
    for (edge, to) in [(Edge::Beside, (100, 20)), (Edge::Scopes, (20, 7))] {
        let from = corner(line(&desk, edge));
        drag(&mut desk, from, to);
        assert_eq!(line(&desk, edge).x, to.0, "{edge:?}");
    }
    let from = corner(line(&desk, Edge::Beside));
    drag(&mut desk, from, (159, 20));
    assert_eq!(desk.app.hits.memory.area.width, 24);
    let at = line(&desk, Edge::Beside);
    mouse(&mut desk, MouseEventKind::Drag(MouseButton::Left), (60, 20));
    assert_eq!(line(&desk, Edge::Beside), at, "a button that was let go drags nothing");
    assert_eq!(here(&desk), Some(Handle(0)), "and nothing else was clicked");
    let mut history = Desk::new(60, (80, 30));
    history.keys("d 3");
    let from = corner(line(&history, Edge::LogBelow));
    drag(&mut history, from, (9, 20));
    assert_eq!(line(&history, Edge::LogBelow).y, 20);
}

#[test]
fn each_class_of_sizes_is_arranged_for_itself() {
    let mut desk = Desk::new(60, (160, 50));
    desk.keys("> > P");
    let wide = desk.app.panes();
    desk.send(Event::Resize(80, 24));
    desk.draw();
    let natural = Desk::new(60, (80, 24));
    assert_eq!(line(&desk, Edge::Below), line(&natural, Edge::Below));
    desk.keys("P");
    desk.send(Event::Resize(160, 50));
    assert_eq!(desk.app.panes(), wide);
}

#[test]
fn a_click_chooses_and_a_second_opens() {
    let mut desk = Desk::new(60, (160, 50));
    let row = (60, desk.app.hits.list.area.y + 3);
    click(&mut desk, row);
    assert_eq!(here(&desk), Some(Handle(3)));
    desk.now += 1000;
    click(&mut desk, row);
    assert_eq!(desk.app.focus, Focus::List, "too slow for a double click");
    desk.now += 100;
    click(&mut desk, row);
    assert_eq!(desk.app.focus, Focus::Memory);
    let scope = (4, desk.app.hits.scopes.area.y + 1);
    click(&mut desk, scope);
    assert_eq!(desk.app.filter, "scope:=acme-api");
}

#[test]
fn the_wheel_scrolls_what_is_under_the_pointer() {
    let mut desk = Desk::new(197, (160, 50));
    let over = |area: Rect| (area.x + 2, area.y + 2);
    let (list, memory, scopes) = (desk.app.hits.list.area, desk.app.hits.memory.area, desk.app.hits.scopes.area);
    mouse(&mut desk, MouseEventKind::ScrollDown, over(list));
    assert_eq!((desk.app.list.top, desk.app.reader.scroll), (3, 0));
    desk.send(Event::Resize(160, 24));
    desk.draw();
    let scroll = desk.app.list.top;
    mouse(&mut desk, MouseEventKind::ScrollDown, over(memory));
    assert_eq!((desk.app.list.top, desk.app.reader.scroll), (scroll, 3));
    mouse(&mut desk, MouseEventKind::ScrollDown, over(scopes));
    assert_eq!(desk.app.scope_at, 3);
    desk.keys("o");
    mouse(&mut desk, MouseEventKind::ScrollDown, over(list));
    assert!(matches!(&desk.app.over, Some(Over::Menu(menu)) if menu.cursor == 1), "what lies over it comes first");
}

#[test]
fn tabs_hints_menus_and_buttons_are_clicked() {
    let mut desk = Desk::new(60, (100, 30));
    let tab = place(&mut desk, "History");
    click(&mut desk, tab);
    assert_eq!(desk.app.screen, Screen::History);
    let tab = place(&mut desk, "Memories");
    click(&mut desk, tab);
    let order = place(&mut desk, "newest first");
    click(&mut desk, order);
    let size = place(&mut desk, "size");
    click(&mut desk, size);
    assert_eq!(desk.app.list.spec.sort.key, crate::catalog::SortKey::Size);
    desk.keys("o");
    click(&mut desk, (1, 20));
    assert!(desk.app.over.is_none(), "beside a menu closes it");
    desk.keys("M d");
    let prune = place(&mut desk, "Prune 5");
    click(&mut desk, (0, 0));
    assert_eq!(desk.app.mode(), Mode::Dialog, "what is covered cannot be clicked");
    desk.send(Event::Focus(true));
    click(&mut desk, prune);
    assert_eq!(desk.fake.memories.len(), 60, "the click that brings the focus gives no verdict");
    desk.now += 1000;
    let cancel = place(&mut desk, " Cancel ");
    click(&mut desk, cancel);
    assert!(desk.app.over.is_none());
    desk.keys("d");
    let prune = place(&mut desk, "Prune 5");
    click(&mut desk, prune);
    assert_eq!(desk.fake.memories.len(), 1);
}

#[test]
fn fields_suggestions_and_commands_are_clicked() {
    let mut desk = Desk::new(60, (100, 40));
    desk.keys("e");
    let narrative = place(&mut desk, "narrative");
    click(&mut desk, narrative);
    assert!(matches!(&desk.app.over, Some(Over::Form(form)) if form.spot == Spot::Field(2) && form.typing));
    let leave = place(&mut desk, "Cancel");
    click(&mut desk, leave);
    assert!(desk.app.over.is_none());
    desk.keys("/");
    desk.types("kind:");
    desk.keys("tab");
    let second = desk.app.hits.targets.iter().find(|(_, target)| *target == Target::Suggestion(1));
    let second = corner(second.unwrap().0);
    click(&mut desk, second);
    assert_eq!(desk.app.filter_line.as_ref().unwrap().entry.text(), "kind:decision ");
    let row = (20, desk.app.hits.list.area.y + 1);
    click(&mut desk, row);
    assert_eq!((desk.app.mode(), desk.app.filter.as_str()), (Mode::List, "kind:decision"));
    desk.keys(":");
    desk.types("reverse");
    let (_, target) = desk.app.hits.targets[0];
    assert_eq!(target, Target::Item(0));
    let at = corner(desk.app.hits.targets[0].0);
    click(&mut desk, at);
    assert!(desk.app.list.spec.sort.descending);
}

fn again(desk: &Desk, bookmark: Bookmark) -> Desk {
    Desk::with(60, Setup { size: desk.app.size(), carried: Some(Carried::from(bookmark)), ..setup() })
}

#[test]
fn the_next_start_finds_view_place_and_panes_again() {
    let mut desk = Desk::new(60, (160, 50));
    desk.keys("> > /");
    desk.types("kind:bugfix");
    desk.keys("enter z j j j j h o j enter g j j");
    let next = again(&desk, desk.app.bookmark());
    assert_eq!(next.app.filter, "kind:bugfix");
    assert_eq!(next.app.list.view.spec, desk.app.list.view.spec);
    assert_eq!(next.app.list.folded, desk.app.list.folded);
    assert!(!next.app.list.folded.is_empty() && here(&next).is_some());
    assert_eq!(here(&next), here(&desk));
    assert_eq!(line(&next, Edge::Beside), line(&desk, Edge::Beside));
    assert_eq!(next.app.bookmark(), desk.app.bookmark());
    desk.keys("3");
    assert_eq!(again(&desk, desk.app.bookmark()).app.screen, Screen::History);
}

#[test]
fn a_view_that_is_left_before_it_came_is_not_forgotten() {
    let mut desk = Desk::new(60, (160, 50));
    desk.keys("j j j j");
    let bookmark = desk.app.bookmark();
    let (app, _) = App::new(Setup { carried: Some(Carried::from(bookmark.clone())), ..setup() });
    assert_eq!(app.bookmark(), bookmark);
}

#[test]
fn an_early_view_without_the_memory_does_not_end_the_way_to_it() {
    let target = key(40);
    let view = LastView { memory: Some((target.store, target.handle.0)), ..LastView::default() };
    let bookmark = Bookmark { view, ..Bookmark::default() };
    let mut desk = Desk::with(0, Setup { size: (80, 24), ..setup() });
    desk.fake = super::super::fake::Fake::new(60);
    let (app, effects) = App::new(Setup { size: (80, 24), carried: Some(Carried::from(bookmark)), ..setup() });
    desk.app = app;
    let [Effect::Ask(request)] = effects.as_slice() else { panic!("one question") };
    let answers = desk.fake.answer(request.clone());
    let [Reply::View(whole)] = answers.as_slice() else { panic!("one answer") };
    let early = crate::engine::View {
        found: None,
        partial: true,
        count: crate::catalog::Count { number: 20, exact: false },
        ..whole.clone()
    };
    desk.tell(Reply::View(early));
    desk.draw();
    assert_eq!(here(&desk), Some(Handle(0)));
    assert_eq!(desk.app.bookmark().view.memory, Some((0, 40)));
    // News on the way ask for the view again, and for the place of the same memory.
    desk.tell(Reply::Catalog(CatalogState { done: 60, total: 60, ready: true }));
    assert_eq!(here(&desk), Some(Handle(40)));
}

#[test]
fn what_nobody_understands_any_more_is_passed_over() {
    let view = LastView {
        filter: "no-such-key:(".to_owned(),
        sort: "moon".to_owned(),
        memory: Some((9, -1)),
        screen: "attic".to_owned(),
        ..LastView::default()
    };
    let desk = again(&Desk::new(60, (80, 24)), Bookmark { view, ..Bookmark::default() });
    assert_eq!((desk.app.filter.as_str(), desk.app.list.view.count.number), ("", 60));
    assert_eq!((desk.app.screen, here(&desk), said(&desk)), (Screen::Memories, Some(Handle(0)), ""));
}

#[test]
fn a_change_is_kept_after_a_while_and_rest_asks_for_nothing() {
    let mut desk = Desk::new(60, (80, 24));
    assert_eq!(desk.app.next_tick(), None);
    desk.keys("j");
    let at = desk.app.next_tick().expect("it is to be kept");
    assert!(at > NOW + 2_000);
    desk.now = at - 1;
    desk.send(Event::Tick);
    assert!(!desk.effects.iter().any(|effect| matches!(effect, Effect::Remember(_))));
    desk.now = at;
    desk.send(Event::Tick);
    assert!(matches!(desk.effects.as_slice(), [Effect::Remember(kept)] if *kept == desk.app.bookmark()));
    assert_eq!(desk.app.next_tick(), None, "once");
}

#[test]
fn stores_that_are_opened_again_keep_filter_order_and_marks() {
    let mut desk = Desk::new(60, (80, 24));
    desk.keys("/");
    desk.types("kind:bugfix");
    desk.keys("enter o j enter space space j");
    let carried = desk.app.carry();
    let mut next = Desk::with(60, Setup { size: (80, 24), carried: Some(carried.clone()), ..setup() });
    assert_eq!(next.app.marks.keys(), desk.app.marks.keys());
    assert_eq!(next.app.bookmark(), desk.app.bookmark());
    next.keys("d");
    assert_eq!(next.fake.memories.len(), 58);
    // Another memory has taken the place of a marked one.
    let mut other = Desk::with(0, Setup { size: (80, 24), ..setup() });
    other.fake = super::super::fake::Fake::new(60);
    for memory in &mut other.fake.memories {
        memory.row.created = memory.row.created.map(|at| at - 7);
    }
    let (app, effects) = App::new(Setup { size: (80, 24), carried: Some(carried), ..setup() });
    other.app = app;
    for effect in effects {
        let Effect::Ask(request) = effect else { continue };
        for reply in other.fake.answer(request) {
            other.tell(reply);
        }
    }
    other.tell(Reply::Catalog(CatalogState { done: 60, total: 60, ready: true }));
    assert!(other.app.marks.is_empty(), "it is not marked");
}

#[test]
fn a_text_too_large_for_terminals_is_not_copied() {
    let mut desk = Desk::new(3, (80, 24));
    desk.fake.memories[0].sections[0].items = vec!["x".repeat(80_000)];
    desk.keys("r Y");
    assert!(desk.effects.is_empty());
    assert!(said(&desk).starts_with("Nothing was copied: 80 kB, and terminals take 74 kB"), "{}", said(&desk));
}

#[test]
fn a_copied_command_names_the_stores_that_were_named() {
    let named = vec!["/my data/claude-mem.db".into()];
    let mut desk = Desk::with(3, Setup { size: (80, 24), named, ..setup() });
    desk.keys("ctrl-y");
    let id = "claude-mem:observation/1";
    let Some(Effect::Copy(text)) = desk.effects.last() else { panic!("something is copied") };
    assert_eq!(*text, format!("memtui show {id} --store '/my data/claude-mem.db'"));
}

#[test]
fn with_reduced_motion_progress_is_a_count() {
    for (reduced_motion, bar) in [(false, true), (true, false)] {
        let mut desk = Desk::with(60, Setup { size: (80, 24), reduced_motion, ..setup() });
        desk.silent = true;
        desk.keys("d");
        desk.tell(Reply::Progress(crate::curate::Progress { done: 40, total: 197 }));
        let screen = desk.screen();
        let foot = screen.lines().last().unwrap_or_default();
        assert!(foot.contains("40 of 197") && foot.contains("stops"), "{foot}");
        assert_eq!(foot.contains('━'), bar, "{foot}");
    }
}
