//! Saved views, going to a scope, memories like one, searching within a memory.

use super::{super::fake::Desk, *};
use crate::{
    action::Action,
    catalog::{Sort, SortKey},
    views::{NotSaved, SavedView, built_in},
};

fn names(desk: &Desk) -> Vec<&str> {
    desk.app.views.saved.iter().map(|view| view.name.as_str()).collect()
}

fn shown(desk: &Desk) -> Vec<&str> {
    desk.app.shown_views().into_iter().map(|at| desk.app.views.saved[at].name.as_str()).collect()
}

fn active(desk: &Desk) -> Option<&str> {
    desk.app.active_view().map(|at| desk.app.views.saved[at].name.as_str())
}

/// What was to be written down last.
fn written(desk: &Desk) -> Option<(&[SavedView], &[SavedView])> {
    desk.effects.iter().rev().find_map(|effect| match effect {
        Effect::SaveViews { before, after } => Some((before.as_slice(), after.as_slice())),
        _ => None,
    })
}

fn line(desk: &mut Desk, at: usize) -> String {
    desk.screen().lines().nth(at).unwrap().trim().to_owned()
}

#[test]
fn views_that_hold_something_are_pills_with_true_counts() {
    let mut desk = desk();
    let stale = desk.fake.memories.iter().filter(|memory| memory.row.signals.has(Signal::Stale)).count();
    assert!(stale > 0);
    let pills = line(&mut desk, 2);
    assert!(pills.starts_with("all 197 · this week "), "{pills}");
    assert!(pills.contains(&format!("stale {stale}")), "{pills}");
    let without = |desk: &mut Desk, signal| desk.fake.memories.retain(|memory| !memory.row.signals.has(signal));
    without(&mut desk, Signal::Stale);
    desk.keys("r");
    assert!(!line(&mut desk, 2).contains("stale"), "what holds nothing has no pill");
    let left = desk.fake.memories.len();
    assert!(line(&mut desk, 2).starts_with(&format!("all {left} ")));
}

#[test]
fn counts_are_asked_for_once_and_again_after_a_change() {
    let asked = |desk: &Desk| desk.fake.asked.iter().filter(|it| matches!(it, Request::Counts { .. })).count();
    let mut desk = desk();
    let before = asked(&desk);
    desk.keys("j j G g o esc");
    assert_eq!(asked(&desk), before, "moving about asks for nothing");
    desk.keys("d");
    assert_eq!(asked(&desk), before + 1);
    desk.tell(Reply::Changed { added: 1, removed: 0 });
    assert_eq!(asked(&desk), before + 2);
}

#[test]
fn one_goes_from_view_to_view_round_the_ends() {
    let mut desk = desk();
    let all = shown(&desk).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(active(&desk), Some("all"));
    for name in all.iter().skip(1).chain(all.first()) {
        desk.keys("]");
        assert_eq!(active(&desk), Some(name.as_str()));
    }
    desk.keys("[");
    assert_eq!(active(&desk), all.last().map(String::as_str));
    desk.keys("[ [ ] G / esc");
    let at = built_in().into_iter().find(|view| Some(view.name.as_str()) == active(&desk)).unwrap();
    assert_eq!((desk.app.filter.as_str(), desk.app.list.spec.sort), (at.filter.as_str(), at.sort));
    desk.keys("O");
    assert_eq!(active(&desk), Some(at.name.as_str()), "in another order it is still that view");
    desk.keys("/");
    desk.types("retry ");
    desk.keys("enter");
    assert_eq!(active(&desk), None, "with one word more it is none");
}

#[test]
fn what_the_list_shows_is_saved_under_a_name() {
    let mut desk = desk();
    desk.keys("/");
    desk.types("kind:bugfix ");
    desk.keys("enter o j enter z W");
    assert_eq!(desk.app.mode(), Mode::Input);
    desk.keys("enter");
    assert!(desk.screen().contains("a view needs a name"));
    desk.types("my bugs");
    desk.keys("enter");
    assert_eq!(said(&desk), "Saved the view my bugs");
    let mine = SavedView {
        name: "my bugs".to_owned(),
        filter: "kind:bugfix".to_owned(),
        sort: Sort { key: SortKey::Confidence, descending: false },
        grouped: true,
    };
    let (before, after) = written(&desk).unwrap();
    assert_eq!((before, after.last()), (built_in().as_slice(), Some(&mine)));
    assert_eq!(active(&desk), Some("my bugs"));
    desk.keys("z W");
    desk.types("My Bugs");
    desk.keys("enter");
    assert_eq!(said(&desk), "Replaced the view My Bugs");
    assert_eq!((names(&desk).len(), desk.app.views.saved.last().unwrap().grouped), (built_in().len() + 1, false));
}

#[test]
fn views_are_chosen_renamed_moved_and_deleted_in_their_list() {
    let mut desk = desk();
    desk.keys("V");
    desk.types("stl");
    desk.keys("enter");
    assert_eq!((active(&desk), desk.app.mode()), (Some("stale"), Mode::List));
    desk.keys("V alt-up alt-up");
    assert_eq!(names(&desk)[..3], ["all", "stale", "this week"]);
    desk.keys("f2 ctrl-u");
    desk.types("all");
    desk.keys("enter");
    assert!(desk.screen().contains("there is a view all already"));
    desk.keys("ctrl-u");
    desk.types("past it");
    desk.keys("enter");
    assert_eq!((names(&desk)[1], active(&desk)), ("past it", Some("past it")));
    desk.keys("V delete");
    assert_eq!(said(&desk), "Deleted the view past it · ^z puts it back");
    assert_eq!((names(&desk).len(), desk.app.mode()), (built_in().len() - 1, Mode::Picker));
    assert_eq!(written(&desk).unwrap().1, desk.app.views.saved);
    desk.keys("ctrl-z");
    assert_eq!((names(&desk)[1], said(&desk)), ("past it", "The view past it is back"));
    assert_eq!(written(&desk).unwrap().1, desk.app.views.saved);
    desk.keys("ctrl-z");
    assert!(said(&desk).starts_with("No view was deleted"));
}

#[test]
fn views_of_a_file_that_cannot_be_understood_are_left_alone() {
    let reason = "views.toml:3: a view has no `fliter`; did you mean `filter`?";
    let mut desk = Desk::with(9, Setup { views_broken: Some(reason.to_owned()), ..setup() });
    assert!(said(&desk).contains(reason), "told at once: {}", said(&desk));
    desk.keys("W");
    assert!(said(&desk).contains(reason), "{}", said(&desk));
    desk.keys("V down delete");
    assert!(said(&desk).contains(reason) && written(&desk).is_none());
    assert_eq!(desk.app.views.saved, built_in());
}

#[test]
fn views_that_were_not_written_say_so() {
    let mut desk = desk();
    desk.send(Event::ViewsSaved(Err(NotSaved::Failed("disk full".to_owned()))));
    assert!(said(&desk).contains("not saved: disk full"));
    let theirs = vec![SavedView { name: "theirs".to_owned(), ..SavedView::default() }];
    desk.send(Event::ViewsSaved(Err(NotSaved::Changed(theirs))));
    assert_eq!(names(&desk), ["theirs"]);
    assert!(said(&desk).contains("nothing was written"));
    desk.keys("space / i s : m a r k e d enter W");
    assert!(said(&desk).starts_with("Marks end with the program"), "{}", said(&desk));
}

#[test]
fn pills_take_no_room_where_there_is_little() {
    let mut desk = desk();
    assert_eq!(line(&mut desk, 0).matches("all 197").count(), 0);
    let pills = |desk: &mut Desk| desk.screen().lines().any(|line| line.contains("all 197"));
    assert!(pills(&mut desk));
    desk.send(Event::Resize(80, 23));
    assert!(!pills(&mut desk), "not under 24 rows");
    desk.send(Event::Resize(50, 50));
    desk.draw();
    let others = shown(&desk).len() - 1;
    assert_eq!(line(&mut desk, 2), format!("all 197 · {others} more V"));
    desk.keys("/");
    desk.types("retry ");
    desk.keys("enter");
    assert_eq!(line(&mut desk, 2), format!("{} views V", others + 1));
}

#[test]
fn a_click_on_a_pill_shows_its_view() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut desk = desk();
    let column = u16::try_from(desk.screen().lines().nth(2).unwrap().find("this week").unwrap()).unwrap();
    let kind = MouseEventKind::Down(MouseButton::Left);
    desk.send(Event::Mouse(MouseEvent { kind, column, row: 2, modifiers: KeyModifiers::NONE }));
    assert_eq!(active(&desk), Some("this week"));
}

#[test]
fn a_scope_is_found_by_a_few_letters_among_thousands() {
    let mut desk = desk();
    let scopes = (0..10_000).map(|n| (format!("team-{}/service-{n:05}", n % 7), 10_000 - n));
    let facets = Facets { scopes: scopes.collect(), ..Facets::default() };
    desk.keys("f");
    desk.tell(Reply::Facets(facets));
    desk.types("t0 svc 04242");
    let screen = desk.screen();
    assert!(screen.contains("▌ team-0/service-04242"), "{screen}");
    desk.keys("ctrl-u");
    desk.types("service-04242");
    desk.keys("enter");
    assert_eq!(desk.app.filter, "scope:=team-0/service-04242");
    assert_eq!(desk.app.mode(), Mode::List);
    desk.keys("f enter");
    assert_eq!(desk.app.filter, "scope:=team-0/service-04242", "the list begins on the scope that is chosen");
    desk.keys("f home up pageup pageup pageup pageup");
    let Some(Over::Picker(picker)) = desk.app.over.as_mut() else { panic!("the list of scopes is open") };
    picker.cursor = 0;
    desk.keys("enter");
    assert_eq!(desk.app.filter, "", "all scopes");
}

#[test]
fn the_palette_knows_views_and_scopes() {
    let mut desk = desk();
    desk.keys(":");
    desk.types("bill");
    desk.keys("enter");
    assert!(desk.app.filter.starts_with("scope:="), "{}", desk.app.filter);
    desk.keys(":");
    desk.types("this week");
    desk.keys("enter");
    assert_eq!(active(&desk), Some("this week"));
    desk.keys(":");
    desk.types("clear-filter");
    desk.keys("enter");
    assert_eq!(desk.app.filter, "", "actions come first");
}

#[test]
fn memories_like_one_are_listed_the_most_alike_first() {
    let mut desk = desk();
    desk.keys("j j *");
    assert_eq!(desk.app.filter, "like:claude-mem:observation/3");
    assert_eq!(desk.app.list.spec.sort, Sort { key: SortKey::Rank, descending: true });
    assert_eq!(desk.app.list.cursor, 0);
    desk.keys("backspace");
    assert_eq!(desk.app.list.spec.sort, Sort::default(), "the order goes with the filter that asked for it");
    desk.keys("o j enter /");
    desk.types("like:observation/5 ");
    desk.keys("enter");
    assert_eq!(desk.app.list.spec.sort.key, SortKey::Confidence, "an order that was chosen stays");
}

#[test]
fn a_text_is_looked_for_in_the_memory_and_the_list_stays() {
    let mut desk = Desk::new(30, (60, 20));
    desk.keys("j j enter");
    let filter = desk.app.filter.clone();
    let views = |desk: &Desk| desk.fake.asked.iter().filter(|it| matches!(it, Request::View { .. })).count();
    let before = views(&desk);
    desk.keys("/");
    assert_eq!(desk.app.mode(), Mode::Find);
    desk.types("dead letter queue");
    assert!(desk.app.reader.scroll > 0, "it shows while it is typed");
    desk.keys("esc");
    assert_eq!((desk.app.reader.scroll, desk.app.find.is_on()), (0, false), "as it was before");
    desk.keys("/");
    desk.types("jitter");
    desk.keys("enter");
    assert!(said(&desk).starts_with("Match 1 of "), "{}", said(&desk));
    let all = desk.app.reader.matches.len();
    assert!(all > 2);
    desk.keys("n");
    assert_eq!(said(&desk), format!("Match 2 of {all}"));
    desk.keys("N N");
    assert_eq!(said(&desk), format!("Match {all} of {all}, round the end"));
    desk.keys("J");
    assert!(!desk.app.reader.matches.is_empty(), "the search goes on in the next memory");
    desk.keys("/");
    desk.types("no such text");
    desk.keys("enter");
    assert!(said(&desk).contains("does not stand in this memory"));
    desk.keys("esc");
    assert_eq!(desk.app.mode(), Mode::List);
    assert_eq!((desk.app.filter.as_str(), views(&desk)), (filter.as_str(), before));
}

#[test]
fn a_phrase_is_found_over_the_end_of_a_line() {
    let mut desk = Desk::new(30, (40, 40));
    desk.keys("enter /");
    // At this width the line ends within it.
    desk.types("every failed delivery at once, so that one outage");
    desk.keys("enter");
    assert_eq!(said(&desk), "Match 1 of 2", "two lines hold a part of it");
}

#[test]
fn the_next_match_is_reached_from_the_list() {
    let mut desk = Desk::new(30, (50, 30));
    assert!(desk.app.can(Action::NextMatch).is_err());
    desk.keys("/");
    desk.types("jitter ");
    desk.keys("enter j n");
    assert_eq!(desk.app.mode(), Mode::Memory, "where the memory is not on the screen it is opened");
    assert!(desk.app.reader.place().is_some());
    let mut wide = Desk::new(30, (120, 30));
    wide.keys("/");
    wide.types("jitter ");
    wide.keys("enter j n n");
    assert_eq!(wide.app.mode(), Mode::List);
    assert_eq!(wide.app.reader.place().map(|(nth, _)| nth), Some(2));
}
