//! A proposal in full: what it would do, why, the differences, what its text would show, and what speaks for it.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::super::{
    diff, measure,
    memory::scrollbar,
    pen::{self, Pen},
};
use crate::{
    action::Action,
    app::{App, FieldDiff, Page, Pane, Piece, PieceChoice, Shape, Sign, Stop, capital},
    change::{Evidence, Waiting, Wish},
    curate::Fit,
    engine::Part,
    memory::{Confidence, Finding, Source},
    text,
    theme::Role,
};

/// Draws a proposal.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, line: &Waiting) {
    let app = pen.app;
    pen.hits.memory = Pane { area, tall: 1, ..Pane::default() };
    let mut writer = Writer::new(app, area.width);
    match app.queue.page() {
        None => writer.say(app.glyphs.waiting, Role::Dim),
        Some(Err(reason)) => {
            writer.sentence(line);
            writer.say(&text::block(reason), Role::Alarm);
        }
        Some(Ok(page)) => writer.write(page, line),
    }
    let Writer { lines, stops, .. } = writer;
    let top = app.queue.scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    pen.hits.memory = Pane { area, top, lines: lines.len(), tall: 1 };
    for (row, line) in area.rows().zip(lines.iter().skip(top)) {
        pen.line(row, line);
    }
    let here = app.queue.stop.and_then(|stop| stops.get(stop)).and_then(|line| line.checked_sub(top));
    let y = here.map_or(area.y, |line| area.y.saturating_add(u16::try_from(line).unwrap_or(u16::MAX)));
    if y < area.bottom() {
        if here.is_some() {
            pen.put(area.x, y, 1, app.glyphs.folded, pen.style(Role::Accent));
        }
        if !app.is_covered() {
            pen.hits.cursor = Some((area.x, y));
        }
    }
    pen.hits.stops = stops;
    scrollbar(pen, area, top, lines.len());
}

struct Writer<'a> {
    app: &'a App,
    width: usize,
    shape: Shape,
    lines: Vec<Line<'static>>,
    stops: Vec<usize>,
}

impl<'a> Writer<'a> {
    fn new(app: &'a App, width: u16) -> Self {
        let shape = Shape::fitting(app.queue.shape, width);
        Self { app, width: usize::from(width.saturating_sub(3)).max(1), shape, lines: Vec::new(), stops: Vec::new() }
    }

    fn style(&self, role: Role) -> Style {
        self.app.theme.style(role)
    }

    fn push(&mut self, spans: Vec<Span<'static>>) {
        let mut line = vec![Span::raw(" ")];
        line.extend(spans);
        self.lines.push(Line::from(line));
    }

    /// Raw text in lines of the width, the first behind `first`, the others as far in.
    fn hanging(&mut self, first: Span<'static>, raw: &str, style: Style) {
        let indent = Span::raw(" ".repeat(first.width()));
        let mut first = Some(first);
        for line in text::wrap(raw, self.width.saturating_sub(indent.width()).max(8)) {
            self.push(vec![first.take().unwrap_or_else(|| indent.clone()), Span::styled(line.text, style)]);
        }
    }

    fn say(&mut self, raw: &str, role: Role) {
        self.hanging(Span::raw(""), raw, self.style(role));
    }

    fn sentence(&mut self, line: &Waiting) {
        if let Some(held) = &line.held {
            self.say(&format!("{}.", capital(held)), Role::Alarm);
        }
        self.say(&capital(&line.sentence()), Role::Strong);
    }

    fn write(&mut self, page: &Page, line: &Waiting) {
        self.sentence(line);
        self.say(&page.reason, Role::Text);
        self.facts(page, line);
        self.signals(page);
        for at in 0..page.parts.len() {
            self.part(page, at);
        }
        self.evidence(page);
        if page.veiled {
            let said = if page.revealed { "masks its secrets" } else { "reveals what is masked" };
            let key = Span::styled(format!("{} ", self.app.key_of(Action::Reveal)), self.style(Role::Key));
            self.lines.push(Line::default());
            self.push(vec![key, Span::styled(said, self.style(Role::Dim))]);
        }
    }

    fn facts(&mut self, page: &Page, line: &Waiting) {
        let app = self.app;
        let span = |said: String, role: Role| Span::styled(said, app.theme.style(role));
        let mut facts = vec![vec![span(format!("#{}", line.id), Role::Dim)]];
        if let Some(value) = line.confidence {
            let sure = Confidence { value, source: Source::Stated };
            let mut bar = pen::bar(app, value, 5, measure::trust(sure)).to_vec();
            bar.push(span(format!(" {value:.2} sure"), Role::Dim));
            facts.push(bar);
        }
        let [before, after] = page.offer.tokens();
        if before != after {
            let said = format!("~{} {} ~{} tokens", measure::sum(before), app.glyphs.arrow, measure::sum(after));
            facts.push(vec![span(said, if after < before { Role::Good } else { Role::Dim })]);
        }
        let (left, all) = page.left_out();
        if left > 0 {
            facts.push(vec![span(format!("{left} of {all} left out"), Role::Badge)]);
        }
        let mut row: Vec<Span<'static>> = Vec::new();
        for fact in facts {
            let wide = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
            if !row.is_empty() && wide(&row) + 3 + wide(&fact) > self.width {
                self.push(std::mem::take(&mut row));
            } else if !row.is_empty() {
                row.push(span(format!(" {} ", app.glyphs.dot), Role::Dim));
            }
            row.extend(fact);
        }
        self.push(row);
    }

    /// What the proposed text would show, compared with what the text shows now.
    fn signals(&mut self, page: &Page) {
        let say = |writer: &mut Self, finding: &Finding, word: &str, role: Role| {
            let head = format!("{} {word} {}: ", finding.signal.letter(), finding.signal.name());
            let style = writer.style(Role::Text);
            if writer.width < 60 {
                writer.push(vec![Span::styled(head, writer.style(role))]);
                writer.hanging(Span::raw("  "), &text::line(&finding.reason), style);
            } else {
                writer.hanging(Span::styled(head, writer.style(role)), &text::line(&finding.reason), style);
            }
        };
        for finding in page.parts.iter().flat_map(|part| &part.raised) {
            say(self, finding, "brings in", Role::Alarm);
        }
        for finding in page.parts.iter().flat_map(|part| &part.settled) {
            say(self, finding, "takes out", Role::Good);
        }
    }

    fn part(&mut self, page: &Page, at: usize) {
        let (Some(part), Some(view)) = (page.offer.parts.get(at), page.parts.get(at)) else { return };
        let Some(step) = page.offer.proposal.draft.steps.get(at) else { return };
        let (word, role) = match &step.wish {
            Wish::Add(_) => ("adds", Role::Added),
            Wish::Edit(_) => ("edits", Role::Accent),
            Wish::Delete => ("removes", Role::Removed),
            Wish::Mark(_) => ("marks", Role::Accent),
        };
        self.lines.push(Line::default());
        let heading = self.lines.len();
        self.hanging(Span::styled(format!("{word} "), self.style(role)), &view.title, self.style(Role::Strong));
        let name = match (part.id.native.is_empty(), self.app.tells_stores()) {
            (true, _) => part.id.store.clone(),
            (false, true) => part.id.to_string(),
            (false, false) => part.id.native.clone(),
        };
        let name = text::fit(&text::row(&name), self.width).into_owned();
        self.push(vec![Span::styled(name, self.style(Role::Dim))]);
        self.fit(part);
        for (n, piece) in view.pieces.iter().enumerate() {
            let by_field = matches!(step.wish, Wish::Edit(_));
            let from = if by_field { self.lines.len() } else { heading };
            let lines = self.piece(part, piece);
            self.lines.extend(lines);
            self.choice(from, piece.choice);
            let place = Stop::Piece(at, n);
            if page.stops().contains(&place) {
                self.stops.push(from);
            }
            if self.app.queue.stop() == Some(place) {
                self.keys(part.hunks.get(n).is_some_and(|hunk| hunk.conflict));
            }
        }
    }

    /// Whether the memory moved since.
    fn fit(&mut self, part: &Part) {
        match &part.fit {
            Fit::Fresh => {}
            Fit::Already => self.say("it is so already: nothing is left to do here", Role::Dim),
            Fit::Rebased(_) => {
                self.say("rebased: the memory changed since, and both changes go together", Role::Badge);
            }
            Fit::Conflict { now, .. } if now.is_empty() => self.say("the memory is gone", Role::Alarm),
            Fit::Conflict { fields, .. } if fields.is_empty() => {
                self.say("the memory changed since: decide by hand", Role::Alarm);
            }
            Fit::Conflict { fields, .. } => {
                self.say(&format!("changed since in {}: decide by hand", fields.join(", ")), Role::Alarm);
            }
        }
    }

    fn piece(&self, part: &Part, piece: &Piece) -> Vec<Line<'static>> {
        let app = self.app;
        // What only goes or only comes has nothing to stand beside.
        let two_sided = |fields: &[FieldDiff]| {
            let has = |sign: Sign| fields.iter().flat_map(|field| &field.lines).any(|line| line.sign == sign);
            has(Sign::Same) || has(Sign::Removed) && has(Sign::Added)
        };
        let shown = |fields: &[FieldDiff]| match self.shape {
            Shape::Beside if two_sided(fields) => diff::beside(app, fields, self.width),
            _ => diff::lines(app, fields, self.width),
        };
        let mut lines = Vec::new();
        if !piece.since.is_empty() {
            let heading = |said: &'static str| Line::from(Span::styled(said, app.theme.style(Role::Alarm)));
            lines.push(heading("what changed since it was proposed"));
            lines.extend(shown(&piece.since));
            lines.push(heading("what is proposed, against what is there now"));
        }
        match self.shape {
            Shape::Last if piece.last.is_empty() && part.after.is_empty() => {
                lines.push(Line::from(Span::styled("nothing is left of it", app.theme.style(Role::Dim))));
            }
            Shape::Last => lines.extend(shown(&piece.last)),
            Shape::Beside | Shape::Unified => lines.extend(shown(&piece.diff)),
        }
        let indented = |mut line: Line<'static>| {
            line.spans.insert(0, Span::raw(" "));
            line
        };
        lines.into_iter().map(indented).collect()
    }

    /// Says what was said of the piece whose lines begin there.
    fn choice(&mut self, from: usize, choice: PieceChoice) {
        let (word, role) = match choice {
            PieceChoice::Open => return,
            PieceChoice::Taken => ("taken", Role::Good),
            PieceChoice::Left => ("left out", Role::Low),
        };
        if choice == PieceChoice::Left {
            let dim = self.style(Role::Dim);
            let spans = self.lines.iter_mut().skip(from).flat_map(|line| &mut line.spans);
            spans.for_each(|span| span.style = dim);
        }
        let word = Span::styled(format!("  {word}"), self.style(role));
        if let Some(line) = self.lines.get_mut(from) {
            line.spans.push(word);
        }
    }

    /// What the keys do with the piece under the cursor.
    fn keys(&mut self, conflict: bool) {
        let app = self.app;
        let (take, leave) =
            if conflict { ("takes what is proposed", "keeps what is there") } else { ("takes it", "leaves it out") };
        let mut ways = vec![(Action::Approve, take), (Action::Reject, leave)];
        ways.extend(conflict.then_some((Action::Edit, "writes it by hand")));
        let mut spans: Vec<Span<'static>> = Vec::new();
        for (action, words) in ways {
            let key = app.key_of(action);
            let used: usize = spans.iter().map(Span::width).sum();
            if used > 0 && used + text::width(&key) + text::width(words) + 3 > self.width {
                self.push(std::mem::take(&mut spans));
            } else if used > 0 {
                spans.push(Span::raw("  "));
            }
            spans.push(Span::styled(format!("{key} "), self.style(Role::Key)));
            spans.push(Span::styled(words, self.style(Role::Dim)));
        }
        self.push(spans);
    }

    fn evidence(&mut self, page: &Page) {
        if page.evidence.is_empty() {
            return;
        }
        self.lines.push(Line::default());
        self.push(vec![Span::styled("what speaks for it", self.style(Role::Heading))]);
        for (at, piece) in page.evidence.iter().enumerate() {
            if page.stops().contains(&Stop::Evidence(at)) {
                self.stops.push(self.lines.len());
            }
            let (name, quote) = match piece {
                Evidence::Memory { id, quote } => (text::row(id).into_owned(), quote),
                Evidence::Session { id, quote } => (format!("session {}", text::row(id)), quote),
                Evidence::Note(note) => (String::new(), note),
            };
            let bullet = Span::styled(format!("{} ", self.app.glyphs.bullet), self.style(Role::Dim));
            if !name.is_empty() {
                let name = text::fit(&name, self.width.saturating_sub(2)).into_owned();
                self.push(vec![bullet.clone(), Span::styled(name, self.style(Role::Dim))]);
            }
            if !quote.is_empty() {
                let head = if name.is_empty() { bullet } else { Span::raw("  ") };
                self.hanging(head, quote, self.style(Role::Text));
            }
        }
    }
}
