//! What each action is documented to do. The match knows every action: a new one cannot be added without saying.

use super::{desks::FILTER, place::Place, *};
use crate::{app::menu::Choice, catalog::SortKey, curate::Decision};

/// A key that was pressed.
pub(super) struct Pressed<'a> {
    /// In which mode.
    pub(super) mode: Mode,
    /// Another desk in the state in which it was pressed.
    pub(super) before: &'a Desk,
    /// The desk afterwards.
    pub(super) after: &'a Desk,
}

#[expect(clippy::too_many_lines, reason = "one row for each action, in one place")]
/// Whether an action had its documented effect.
pub(super) fn happened(action: Action, pressed: &Pressed<'_>) -> bool {
    let mode = pressed.mode;
    let (old, new) = (&pressed.before.app, &pressed.after.app);
    let went_to = |place: Mode| old.mode() != place && new.mode() == place;
    let next = old.under_judgement() != new.under_judgement() || old.queue.shown() != new.queue.shown();
    match action {
        _ if mode == Mode::Insights && moves(action) => pressed.went_over_the_pictures(action),
        Action::Left | Action::Right => false,
        Action::Versions => went_to(Mode::Versions),
        Action::RollBack if matches!(mode, Mode::List | Mode::Memory) => went_to(Mode::Menu),
        Action::RollBack => went_to(Mode::RollBack) && pressed.acts().is_empty(),
        Action::Press if mode == Mode::RollBack => pressed.acted(|act| matches!(act, Act::RollBack { .. })),
        Action::Derived | Action::Overrule => {
            let choices = |app: &App| match &app.over {
                Some(Over::RollBack(preview)) => preview.choices,
                _ => panic!("no roll-back in preview"),
            };
            let (old, new) = (choices(old), choices(new));
            if action == Action::Derived { !old.derived && new.derived } else { !old.conflicts && new.conflicts }
        }
        Action::ScrollUp | Action::ScrollDown => {
            let scroll = |app: &App| match &app.over {
                Some(Over::Versions(versions)) => versions.scroll,
                Some(Over::RollBack(preview)) => preview.scroll,
                Some(Over::Saying(saying)) => saying.scroll,
                Some(Over::Carry(preview)) => preview.scroll,
                _ => panic!("nothing of the past is shown"),
            };
            if action == Action::ScrollDown { scroll(new) > scroll(old) } else { scroll(new) < scroll(old) }
        }
        Action::Mark if mode == Mode::History => {
            new.history.marked.len() == 1 && new.history.cursor == old.history.cursor + 1
        }
        _ if mode == Mode::Saying && pressed.happened_in_saying(action).is_some() => {
            pressed.happened_in_saying(action) == Some(true)
        }
        Action::WhoSays => asks(new, menu::Asked::Sentence),
        Action::Bury | Action::Propose => false,
        Action::Mark if mode == Mode::Versions => {
            matches!(&new.over, Some(Over::Versions(versions)) if versions.base == Some(versions.cursor))
        }
        Action::CopyId if mode == Mode::Versions => pressed.gave(|effect| matches!(effect, Effect::Copy(_))),
        Action::Filter if mode == Mode::History => asks(new, menu::Asked::LogFilter),
        Action::ClearFilter if mode == Mode::History => !old.history.typed.is_empty() && new.history.typed.is_empty(),
        Action::Insights => new.mode() == Mode::Insights,
        _ if matches!(mode, Mode::Queue | Mode::Audit | Mode::Evidence)
            && pressed.happened_in_queue(action).is_some() =>
        {
            pressed.happened_in_queue(action) == Some(true)
        }
        Action::Approve
        | Action::ApproveAll
        | Action::Reject
        | Action::RejectBecause
        | Action::RejectAll
        | Action::Snooze
        | Action::Seen
        | Action::SeenAll
        | Action::NextPiece
        | Action::PreviousPiece
        | Action::NextCluster
        | Action::PreviousCluster
        | Action::DiffMode
        | Action::Audit => false,
        Action::Queue => new.mode() == Mode::Queue,
        Action::NextMemory | Action::PreviousMemory if mode == Mode::Review => next,
        Action::Pin if mode == Mode::Review => next && pressed.acted(|act| matches!(act, Act::Mark { .. })),
        Action::Undo if matches!(mode, Mode::Review | Mode::Recess) => {
            pressed.acted(|act| matches!(act, Act::Undo(Some(_))))
        }
        Action::Quit | Action::Escape | Action::Accept if matches!(mode, Mode::Review | Mode::Recess) => {
            went_to(Mode::List)
        }
        Action::Review | Action::BeginAnew => new.mode() == Mode::Review,
        Action::Keep | Action::KeepAll | Action::Repeat => next && pressed.acted(|act| matches!(act, Act::Mark { .. })),
        Action::PruneAll | Action::Wrong => next && pressed.acted(|act| matches!(act, Act::Prune { .. })),
        Action::Skip => next && !pressed.asked().iter().any(|request| matches!(request, Request::Act(_))),
        Action::Up => pressed.moved(|place| place.at.checked_sub(1)),
        Action::Down => pressed.moved(|place| Some(place.at + 1)),
        Action::HalfUp => pressed.moved(|place| Some(place.at.saturating_sub(place.half))),
        Action::HalfDown => pressed.moved(|place| Some((place.at + place.half).min(place.last))),
        Action::PageUp | Action::PageDown if mode == Mode::Palette => {
            let by = Place::of(old).at.abs_diff(Place::of(new).at);
            (1..=old.hits.over.height()).contains(&by)
        }
        Action::PageUp => pressed.moved(|place| Some(place.at.saturating_sub(place.page))),
        Action::PageDown => pressed.moved(|place| Some((place.at + place.page).min(place.last))),
        Action::First => pressed.moved(|_| Some(0)),
        Action::Last => pressed.moved(|place| Some(place.last)),
        Action::Open => match mode {
            Mode::Insights => new.screen == Screen::Memories && new.filter != old.filter,
            Mode::Scopes => {
                new.mode() == Mode::List && new.filter == format!("scope:={} {FILTER}", old.facets.scopes[1].0)
            }
            Mode::History => went_to(Mode::Changes),
            _ => went_to(Mode::Memory) && new.reader.wanted == pressed.subject(),
        },
        Action::Close if mode == Mode::List => {
            new.list.lines() < old.list.lines() && matches!(new.list.line(new.list.cursor), Some(Line::Header(_)))
        }
        Action::Close => went_to(if mode == Mode::Changes { Mode::History } else { Mode::List }),
        Action::NextPane => went_to(next_pane(old, 1)),
        Action::PreviousPane => went_to(next_pane(old, 2)),
        Action::NextMemory | Action::PreviousMemory => {
            let at = |app: &App| if mode == Mode::Changes { app.history.cursor } else { app.list.cursor };
            let expected = if action == Action::NextMemory { at(old) + 1 } else { at(old) - 1 };
            let shown = mode == Mode::Changes || new.reader.wanted == new.list.current().map(|row| row.key);
            at(new) == expected && new.mode() == mode && shown
        }
        Action::NextNeighbour | Action::PreviousNeighbour => {
            let forward = action == Action::NextNeighbour;
            new.reader.wanted == old.neighbour(forward).ok() && new.reader.wanted != old.reader.wanted
        }
        Action::NextMatch | Action::PreviousMatch => {
            new.reader.place().is_some() && old.reader.place() != new.reader.place()
        }
        Action::Filter => went_to(Mode::Filter),
        Action::Find => went_to(Mode::Find),
        Action::Similar => {
            let id = old.subject().map(|row| format!("like:{}", row.id));
            Some(new.filter.as_str()) == id.as_deref() && new.list.spec.sort.key == SortKey::Rank
        }
        Action::GoToScope | Action::Views | Action::Stores | Action::CopyTo | Action::MoveTo => went_to(Mode::Picker),
        Action::Switch => {
            pressed.gave(|effect| matches!(effect, Effect::Switch { on: true, .. })) && new.wants_reopen()
        }
        Action::Scopes if mode == Mode::Carry => match (&old.over, &new.over) {
            (Some(Over::Carry(old)), Some(Over::Carry(new))) => old.to.scope.is_none() && new.to.scope == Some(None),
            _ => false,
        },
        Action::Press if mode == Mode::Carry => pressed.acted(|act| matches!(act, Act::Carry { .. })),
        Action::NextView | Action::PreviousView => {
            new.active_view().is_some() && old.active_view() != new.active_view()
        }
        Action::SaveView => asks(new, menu::Asked::ViewName(None)),
        Action::Rename => asks(new, menu::Asked::ViewName(Some(1))),
        Action::Delete => new.views.saved.len() + 1 == old.views.saved.len() && new.mode() == Mode::Picker,
        Action::PutBack => new.views.saved.len() == old.views.saved.len() + 1 && new.mode() == Mode::Picker,
        Action::MoveUp | Action::MoveDown => {
            new.views.saved != old.views.saved && Place::of(old).at != Place::of(new).at
        }
        Action::ClearFilter => !old.filter.is_empty() && new.filter.is_empty() && new.list.view.count.number == 59,
        Action::Scopes => went_to(Mode::Scopes),
        Action::Sort if mode == Mode::Insights => old.board.sort != new.board.sort,
        Action::Sort => matches!(&new.over, Some(Over::Menu(menu)) if menu.choice == Choice::Sort),
        Action::Reverse => old.list.view.spec.sort.descending != new.list.view.spec.sort.descending,
        Action::Group => old.list.view.spec.grouped != new.list.view.spec.grouped,
        Action::Preview => old.panes() != new.panes(),
        Action::MoreRoom | Action::LessRoom => old.hits.dividers != new.hits.dividers,
        Action::Refresh => pressed.asked().iter().any(|request| matches!(request, Request::View { .. })),
        Action::Mark => pressed.subject().is_some_and(|key| new.marks.keys() == [key]),
        Action::Range => new.range == Some(old.list.position()),
        Action::MarkAll => new.marks.len() == new.list.view.count.number,
        Action::Escape => match mode {
            Mode::List => new.marks.is_empty() && !old.marks.is_empty(),
            Mode::Changes => went_to(Mode::History),
            _ => went_to(Mode::List),
        },
        Action::Why => went_to(Mode::Page),
        Action::Pin => pressed.acted(|act| match act {
            Act::Mark { targets, marks, .. } => pressed.is_about(targets) && *marks == [Mark::Pinned(true)],
            _ => false,
        }),
        Action::Confidence => asks(new, menu::Asked::Confidence),
        Action::StaleAfter => asks(new, menu::Asked::StaleAfter),
        Action::Bucket => matches!(&new.over, Some(Over::Menu(menu)) if matches!(menu.choice, Choice::Bucket(_))),
        Action::CopyId => {
            let id = old.subject().map(|row| row.id.to_string());
            pressed.gave(|effect| matches!(effect, Effect::Copy(text) if Some(text) == id.as_ref()))
        }
        Action::CopyText => {
            pressed.gave(|effect| matches!(effect, Effect::Copy(text) if text.contains("storm of our own")))
        }
        Action::CopyCommand => {
            let command = old.subject().map(|row| format!("memtui show {}", row.id));
            pressed.gave(|effect| matches!(effect, Effect::Copy(text) if Some(text) == command.as_ref()))
        }
        Action::Reveal => !old.reader.revealed && new.reader.revealed,
        Action::Prune => {
            let key = pressed.subject();
            let gone = !pressed.after.fake.memories.iter().any(|memory| Some(memory.row.key) == key);
            gone && pressed.acted(|act| matches!(act, Act::Prune { targets, .. } if pressed.is_about(&crate::app::judge::keys_of(targets))))
        }
        Action::Erase => went_to(Mode::Erase) && pressed.acts().is_empty(),
        Action::Edit => {
            new.mode() == Mode::Field
                && form(new).is_some_and(
                    |form| matches!(form.subject, Subject::Memory { key, .. } if Some(key) == pressed.subject()),
                )
        }
        Action::Editor => {
            let title = old.subject().map(|row| row.title.clone()).unwrap_or_default();
            pressed.gave(|effect| matches!(effect, Effect::Editor(text) if text.contains(&title)))
        }
        Action::Undo => pressed.acted(|act| matches!(act, Act::Undo(None))),
        Action::Redo => pressed.acted(|act| matches!(act, Act::Redo)),
        Action::UndoOperation => {
            let here = old.history.current().map(|operation| operation.id);
            pressed.acted(|act| matches!(act, Act::Undo(id) if *id == here))
        }
        Action::Accept => match mode {
            Mode::Erase => pressed.acted(|act| matches!(act, Act::Erase { plan, .. } if plan.victims.len() == 1)),
            Mode::Menu => new.over.is_none() && new.list.view.spec.sort.key == SortKey::Confidence,
            Mode::Palette => new.over.is_none() && old.list.view.spec.grouped != new.list.view.spec.grouped,
            Mode::Input => pressed.acted(|act| match act {
                Act::Mark { targets, marks, .. } => {
                    pressed.is_about(targets) && *marks == [Mark::Confidence(Some(0.4))]
                }
                _ => false,
            }),
            Mode::Picker => new.filter == "age:<1w" && went_to(Mode::List),
            Mode::Find => went_to(Mode::Memory) && new.find.is_on() && new.reader.place().is_some(),
            _ => went_to(Mode::List) && new.filter == format!("{FILTER} kind:bugfix"),
        },
        Action::Cancel if mode == Mode::Find => went_to(Mode::Memory) && !new.find.is_on(),
        Action::Cancel => {
            let shown = &new.list.view.spec.filter;
            let kept =
                new.filter == FILTER && crate::query::parse(FILTER, new.now, new.calendar()).as_ref() == Ok(shown);
            went_to(Mode::List) && kept && pressed.acts().is_empty()
        }
        Action::Complete => new.filter_line.as_ref().is_some_and(|line| line.suggestions.is_some()),
        Action::Older => typed(old) == format!("{FILTER} ") && typed(new) == FILTER,
        Action::Newer => typed(old) == FILTER && typed(new).is_empty(),
        Action::NextField | Action::PreviousField => match (&old.over, &new.over) {
            // Two buttons: either way it is the other one.
            (Some(Over::Dialog(old)), Some(Over::Dialog(new))) => (old.focus, new.focus) == (0, 1),
            (Some(Over::Form(old)), Some(Over::Form(new))) => {
                let expected = if action == Action::NextField { Spot::Field(1) } else { Spot::Cancel };
                (old.spot, new.spot) == (Spot::Field(0), expected)
            }
            _ => false,
        },
        Action::Press if mode == Mode::Form => went_to(Mode::Field),
        // Dialogs begin on the button that changes nothing.
        Action::Press => went_to(Mode::List) && pressed.acts().is_empty(),
        Action::SeeDifference => {
            matches!(&new.over, Some(Over::Dialog(dialog)) if matches!(dialog.matter, Matter::Save(..)))
        }
        Action::LeaveField => went_to(Mode::Form) && form(new).is_some_and(|form| !form.edit().is_empty()),
        Action::Memories => new.screen == Screen::Memories && !matches!(new.mode(), Mode::History | Mode::Changes),
        Action::History => {
            new.mode() == Mode::History && pressed.asked().iter().any(|request| matches!(request, Request::Log { .. }))
        }
        Action::Help => went_to(Mode::Palette) && matches!(&new.over, Some(Over::Palette(palette)) if palette.help),
        Action::Palette => went_to(Mode::Palette) && matches!(&new.over, Some(Over::Palette(palette)) if !palette.help),
        Action::Lock => went_to(Mode::Locked),
        Action::Unlock => went_to(Mode::List),
        Action::Demo => new.wants_demo() && new.finished(),
        Action::Quit => match mode {
            Mode::Memory | Mode::Scopes | Mode::History | Mode::Insights => went_to(Mode::List) && !new.finished(),
            Mode::Changes => went_to(Mode::History) && !new.finished(),
            _ => new.finished() && !new.wants_demo(),
        },
        Action::Suspend => pressed.gave(|effect| *effect == Effect::Suspend),
        Action::Repaint => pressed.gave(|effect| *effect == Effect::Repaint),
    }
}

/// Whether an action moves.
const fn moves(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::HalfUp
            | Action::HalfDown
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::NextPane
            | Action::PreviousPane
    )
}

impl Pressed<'_> {
    /// Whether what an action does among those who say something happened; `None` when it does there what it does elsewhere.
    fn happened_in_saying(&self, action: Action) -> Option<bool> {
        let (Some(Over::Saying(old)), new) = (&self.before.app.over, &self.after.app) else { return None };
        let saying = if let Some(Over::Saying(saying)) = &new.over { Some(saying) } else { None };
        let there = |held: &dyn Fn(&Saying) -> bool| saying.is_some_and(|saying| held(saying));
        Some(match action {
            Action::Mark => there(&|saying| saying.marked.contains(&old.cursor)),
            Action::MarkAll => there(&|saying| saying.marked.len() == old.sayers().len()),
            Action::Prune => there(&|saying| saying.deed == Some(crate::engine::Deed::Prune)),
            Action::Bury => there(&|saying| saying.bury && !old.bury),
            Action::Edit => asks(new, menu::Asked::Reword),
            Action::Confidence => asks(new, menu::Asked::Confidence),
            Action::Open => new.mode() == Mode::List && new.filter == "the",
            Action::Press => self.acted(|act| matches!(act, Act::Correct { .. })),
            Action::Propose => matches!(self.asked(), [Request::Propose(_), ..]),
            Action::Cancel => new.mode() == Mode::List,
            _ => return None,
        })
    }

    /// Whether what an action does on the screen of the queue happened; `None` when it does there what it does elsewhere.
    fn happened_in_queue(&self, action: Action) -> Option<bool> {
        let (old, new) = (&self.before.app, &self.after.app);
        let next = old.queue.shown() != new.queue.shown();
        let decides = |wanted: fn(&Decision) -> bool| {
            self.acted(|act| matches!(act, Act::Decide { decision, author, .. } if author == "you" && wanted(decision)))
        };
        let approves = || decides(|decision| matches!(decision, Decision::Approve(None)));
        let rejects = || decides(|decision| matches!(decision, Decision::Reject { bury: true, .. }));
        let saw = |many: usize| {
            let gone = old.queue.audit.len() - new.queue.audit.len();
            let told = |request: &Request| matches!(request, Request::Saw(seen) if seen.len() == many);
            gone == many && self.asked().iter().any(told)
        };
        let back = if old.queue.tab == Tab::Audit { Mode::Audit } else { Mode::Queue };
        Some(match action {
            Action::Approve => next && approves(),
            Action::ApproveAll => next && approves() && new.queue.left() + 4 == old.queue.left(),
            Action::RejectAll => next && rejects() && new.queue.left() + 4 == old.queue.left(),
            Action::Reject | Action::Repeat => next && rejects(),
            Action::RejectBecause => asks(new, menu::Asked::Reason),
            Action::Snooze => matches!(&new.over, Some(Over::Menu(menu)) if menu.choice == Choice::Snooze),
            Action::Skip => next && self.acts().is_empty() && new.queue.skipped() == 1,
            Action::Mark => next && new.queue.marked.iter().copied().next() == old.queue.shown(),
            Action::Undo => decides(|decision| *decision == Decision::Reopen) && new.mode() == Mode::Queue,
            Action::Redo => rejects(),
            Action::NextMemory | Action::PreviousMemory => next && new.mode() == self.mode,
            Action::NextCluster | Action::PreviousCluster => {
                let cluster = |app: &App| app.queue.seat().map(|seat| seat.cluster);
                next && cluster(old) != cluster(new)
            }
            Action::NextPiece => (old.queue.stop, new.queue.stop) == (None, Some(0)),
            Action::PreviousPiece => old.queue.stop.is_none() && new.queue.stop == new.queue.stops.len().checked_sub(1),
            Action::DiffMode => old.queue.shape.is_none() && new.queue.shape.is_some(),
            Action::Open => new.mode() == Mode::Evidence && new.reader.current().is_some(),
            Action::Reveal if self.mode != Mode::Evidence => {
                let revealed = |app: &App| matches!(app.queue.page(), Some(Ok(page)) if page.revealed);
                !revealed(old) && revealed(new)
            }
            Action::Edit => {
                matches!(form(new), Some(form) if matches!(form.subject, Subject::Step { .. }))
                    && new.mode() == Mode::Field
            }
            Action::Editor => self.gave(|effect| matches!(effect, Effect::Editor(text) if text.contains("%% title"))),
            Action::Audit if self.mode == Mode::Audit => new.mode() == Mode::Queue,
            Action::Audit => new.mode() == Mode::Audit,
            Action::Seen => saw(1),
            Action::SeenAll => saw(2),
            Action::UndoOperation => {
                let gone = old.queue.audit.len() == new.queue.audit.len() + 1;
                gone && decides(|decision| *decision == Decision::Reopen)
            }
            Action::Quit | Action::Escape | Action::Close => match self.mode {
                Mode::Queue => new.mode() == Mode::List && !new.finished(),
                Mode::Audit => new.mode() == Mode::Queue,
                _ => new.mode() == back,
            },
            _ => return None,
        })
    }

    /// Whether the cursor went the way it should over the pictures: within one or from one to the next.
    fn went_over_the_pictures(&self, action: Action) -> bool {
        let place = |app: &App| (app.board.section, app.board.at(app.board.section));
        let (old, new) = (place(&self.before.app), place(&self.after.app));
        let columns = crate::catalog::insights::COLUMNS;
        match action {
            Action::Left => new == (old.0, old.1 - 1),
            Action::Right => new == (old.0, old.1 + 1),
            Action::Up => new == (old.0, old.1 - columns) || new.0 < old.0,
            Action::Down => new == (old.0, old.1 + columns) || new.0 > old.0,
            Action::NextPane => new.0 as usize == old.0 as usize + 1,
            Action::First => new.0 as usize == 0 && new.1 < columns && new != old,
            Action::HalfUp | Action::PageUp | Action::PreviousPane => {
                new != old && new.0 <= old.0 || action == Action::PreviousPane && new.0 != old.0
            }
            _ => new != old && new.0 >= old.0,
        }
    }

    /// The memory under the cursor, or read, when the key was pressed.
    fn subject(&self) -> Option<Key> {
        self.before.app.subject().map(|row| row.key)
    }

    fn is_about(&self, targets: &[Key]) -> bool {
        self.subject().is_some_and(|key| targets == [key])
    }

    /// Requests that came of it.
    fn asked(&self) -> &[Request] {
        self.after.fake.asked.get(self.before.fake.asked.len()..).unwrap_or_default()
    }

    /// Acts that came of it.
    fn acts(&self) -> Vec<&Act> {
        self.asked()
            .iter()
            .filter_map(|request| if let Request::Act(act) = request { Some(act) } else { None })
            .collect()
    }

    /// Whether exactly one act came of it, and this one.
    fn acted(&self, wanted: impl Fn(&Act) -> bool) -> bool {
        matches!(self.acts().as_slice(), [act] if wanted(act))
    }

    /// Whether exactly one thing for the terminal to do came of it, and this one.
    fn gave(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        let new = self.after.effects.get(self.before.effects.len()..).unwrap_or_default();
        matches!(new, [effect] if wanted(effect))
    }

    /// Whether one is where one should be now, and was not there before.
    fn moved(&self, expected: impl Fn(&Place) -> Option<usize>) -> bool {
        let (old, new) = (Place::of(&self.before.app), Place::of(&self.after.app));
        new.at != old.at && expected(&old) == Some(new.at) && self.after.app.mode() == self.mode
    }
}

/// The mode of the pane so many panes on.
fn next_pane(app: &App, on: usize) -> Mode {
    match app.mode() {
        Mode::History => Mode::Changes,
        Mode::Changes => Mode::History,
        here => {
            let panes = [Mode::Scopes, Mode::List, Mode::Memory];
            let shown = if app.panes().scopes { &panes[..] } else { &panes[1..] };
            let at = shown.iter().position(|mode| *mode == here).unwrap();
            shown[(at + if on == 1 { 1 } else { shown.len() - 1 }) % shown.len()]
        }
    }
}

fn asks(app: &App, asked: menu::Asked) -> bool {
    matches!(&app.over, Some(Over::Question(question)) if question.asked == asked)
}

fn form(app: &App) -> Option<&Form> {
    if let Some(Over::Form(form)) = &app.over { Some(form) } else { None }
}

fn typed(app: &App) -> &str {
    app.filter_line.as_ref().map_or("", |line| line.entry.text())
}
