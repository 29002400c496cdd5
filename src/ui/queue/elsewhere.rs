//! What somebody else did to a memory, on the list of what is to be seen.

use ratatui::{layout::Rect, text::Span};

use crate::{
    action::Action,
    app::capital,
    engine::{ElsewhereChange, What},
    keymap::Mode,
    text,
    theme::Role,
    ui::{measure, pen::Pen, round},
};

/// Draws a change of somebody else.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, change: &ElsewhereChange) {
    let app = pen.app;
    let said = |words: String, role: Role| round::words(app, words, role);
    let title = if change.title.is_empty() { "its title is not known" } else { &change.title };
    let mut lines: Vec<Vec<Span<'static>>> = vec![
        said(text::row(title).into_owned(), Role::Heading),
        said(text::row(&change.id.to_string()).into_owned(), Role::Dim),
        Vec::new(),
    ];
    let since = app.queue.others.store_of(change).and_then(|store| store.since);
    let since = since.map_or_else(|| "the last sitting".to_owned(), |since| measure::moment(app, since));
    let about = match (change.what, change.operation.is_some()) {
        (What::Added, _) => format!("It is new since {since}."),
        (What::Changed, true) => format!("Somebody else changed it since {since}. How it was is remembered."),
        (What::Changed, false) => {
            format!("Somebody else changed it since {since}. How it was is not known: this store is not observed.")
        }
        (What::Deleted, true) => format!("Somebody else deleted it since {since}. It can be put back."),
        (What::Deleted, false) => {
            format!("It is gone since {since}. What it said is not known: this store is not observed.")
        }
    };
    lines.push(said(about, Role::Text));
    lines.push(Vec::new());
    let back = match (change.what, change.operation.is_some()) {
        (_, true) => Some("what taking it back would do"),
        (What::Added, false) => Some("prune it"),
        (What::Changed | What::Deleted, false) => None,
    };
    let open = change.target.map(|_| (Action::Open, "read it"));
    let back = back.map(|back| (Action::UndoOperation, back));
    let all = measure::grouped(app.queue.others.total());
    let all = format!("all {all} by others are seen, and those above");
    let ways =
        open.into_iter().chain([(Action::Seen, "it is seen")]).chain(back).chain([(Action::SeenAll, all.as_str())]);
    lines.extend(round::ways(app, Mode::Audit, &ways.collect::<Vec<_>>()));
    round::page(pen, area, lines);
}

/// What stands over a change: `changed 3h ago by codex`.
pub(super) fn head(pen: &Pen<'_>, change: &ElsewhereChange) -> String {
    let when = change.at.map(|at| format!(" {}", measure::moment(pen.app, at))).unwrap_or_default();
    let author = text::row(&change.author);
    let by = if author.is_empty() || author == "observed" { String::new() } else { format!(" by {author}") };
    format!(" {}{when}{by} ", change.what.name())
}

/// The line of a change in the list.
pub(super) fn entry(app: &crate::app::App, change: &ElsewhereChange) -> round::Entry {
    let sign = match change.what {
        What::Added => ("+", Role::Good),
        What::Changed => ("~", Role::Accent),
        What::Deleted => ("-", Role::Low),
    };
    let title = if change.title.is_empty() { &change.id.native } else { &change.title };
    let title = format!("{} {} {title}", capital(change.what.name()), app.glyphs.dot);
    round::Entry { sign, title, done: false, cluster: None }
}
