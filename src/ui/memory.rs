//! A memory in full: laid out by section for a width, kept until memory or width change.

use std::ops::Range;

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    link, measure,
    pen::{self, Pen},
};
use crate::{
    action::Action,
    app::{App, Focus, Layout, Pane, Screen},
    engine::Detail,
    memory::{Memory, Section, SectionStyle, Signal},
    text::{self, Kind},
    theme::Role,
};

/// Under so many rows a memory's text is to be seen at once: what stands above it is short.
const LOW: u16 = 16;

/// Draws the memory that is read.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let Some(detail) = app.reader.visible() else {
        pen.hits.memory = Pane { area, tall: 1, ..Pane::default() };
        let said = match (app.reader.gone, app.reader.wanted) {
            (true, _) => "This memory is gone.",
            (false, Some(_)) => app.glyphs.waiting,
            (false, None) => "",
        };
        pen.put(area.x + 1, area.y, area.width.saturating_sub(1), said, pen.style(Role::Dim));
        return;
    };
    let mut layout = app.reader.layout.borrow_mut();
    let made_for = (app.reader.revision, area.width, area.height < LOW);
    if layout.made_for != made_for || layout.lines.is_empty() {
        *layout = Writer::new(app, area).write(detail, made_for);
    }
    let lines = layout.lines.len();
    let height = usize::from(area.height);
    let top = app.reader.scroll.min(lines.saturating_sub(height));
    pen.hits.memory = Pane { area, top, lines, tall: 1 };
    pen.hits.matches.clone_from(&layout.matches);
    pen.hits.links.clone_from(&layout.links);
    for (row, line) in area.rows().zip(layout.lines.iter().skip(top)) {
        pen.line(row, line);
    }
    if let Some(line) = app.reader.line_of_match().and_then(|line| line.checked_sub(top)) {
        let y = area.y.saturating_add(u16::try_from(line).unwrap_or(u16::MAX));
        if y < area.bottom() {
            pen.put(area.x, y, 1, app.glyphs.folded, pen.style(Role::Accent));
        }
    }
    if (app.focus == Focus::Memory || matches!(app.screen, Screen::Review | Screen::Queue)) && !app.is_covered() {
        pen.hits.cursor = Some((area.x, area.y));
    }
    drop(layout);
    scrollbar(pen, area, top, lines);
}

/// A mark at the right edge that says where one is, when not all is on screen.
pub(super) fn scrollbar(pen: &mut Pen<'_>, area: Rect, top: usize, lines: usize) {
    let height = usize::from(area.height);
    if lines <= height || height < 3 || area.width < 10 {
        return;
    }
    let size = (height * height / lines).max(1);
    let at = top * (height - size) / (lines - height).max(1);
    let (track, thumb) = (pen.style(Role::Track), pen.style(Role::Rule));
    for (n, row) in area.rows().enumerate() {
        if (at..at + size).contains(&n) {
            pen.put(area.right() - 1, row.y, 1, pen.app.glyphs.down, thumb.patch(pen.style(Role::Accent)));
        } else {
            pen.put(area.right() - 1, row.y, 1, " ", track);
        }
    }
}

struct Writer<'a> {
    app: &'a App,
    width: usize,
    low: bool,
    lines: Vec<Line<'static>>,
    links: Vec<(u32, String)>,
    /// Lines on which something stands that is searched for.
    matches: Vec<usize>,
}

impl<'a> Writer<'a> {
    fn new(app: &'a App, area: Rect) -> Self {
        Self {
            app,
            width: usize::from(area.width.saturating_sub(3)).max(1),
            low: area.height < LOW,
            lines: Vec::new(),
            links: Vec::new(),
            matches: Vec::new(),
        }
    }

    fn style(&self, role: Role) -> Style {
        self.app.theme.style(role)
    }

    fn push(&mut self, spans: Vec<Span<'static>>) {
        let mut line = vec![Span::raw(" ")];
        line.extend(spans);
        self.lines.push(Line::from(line));
    }

    fn say(&mut self, safe: &str, role: Role) {
        let spans = self.sought(safe, self.style(role));
        self.push(spans);
    }

    /// Safe text of the line that is pushed next, with what is searched for picked out.
    fn sought(&mut self, safe: &str, style: Style) -> Vec<Span<'static>> {
        let ranges = self.app.sought().ranges(safe);
        self.note_match(&ranges);
        pen::picked_out(self.app, safe, &ranges, style)
    }

    /// Remembers that the line that is pushed next has a match.
    fn note_match(&mut self, ranges: &[Range<usize>]) {
        let line = self.lines.len();
        if !ranges.is_empty() && self.matches.last() != Some(&line) {
            self.matches.push(line);
        }
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    fn heading(&mut self, name: &str) {
        self.blank();
        let name = text::row(name).replace('_', " ");
        self.push(vec![Span::styled(name, self.style(Role::Heading))]);
    }

    /// Raw text in lines of the width, each after an indent; the first after `first`.
    fn hanging(&mut self, first: Span<'static>, raw: &str, role: Role) {
        let indent = Span::raw(" ".repeat(first.width()));
        let lines = text::wrap(raw, self.width.saturating_sub(indent.width()).max(8));
        self.laid_out(&lines, role, first, &indent);
    }

    /// Lines of one text, the first behind `first`, the others behind `next`.
    fn laid_out(&mut self, lines: &[text::Line], role: Role, first: Span<'static>, next: &Span<'static>) {
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let ranges = pen::ranges_by_line(self.app.sought(), &texts);
        let mut first = Some(first);
        for (line, ranges) in lines.iter().zip(&ranges) {
            let mut spans = vec![first.take().unwrap_or_else(|| next.clone())];
            spans.extend(pen::picked_out(self.app, &line.text, ranges, self.of_kind(line.kind, role)));
            self.note_match(ranges);
            self.push(spans);
        }
    }

    fn of_kind(&self, kind: Kind, plain: Role) -> Style {
        match kind {
            Kind::Code | Kind::Table => self.style(Role::Code),
            Kind::Heading => self.style(Role::Strong),
            Kind::Quote => self.style(Role::Dim),
            Kind::Prose | Kind::List | Kind::Blank => self.style(plain),
        }
    }

    fn write(mut self, detail: &Detail, made_for: (u64, u16, bool)) -> Layout {
        let memory = &detail.memory;
        self.hanging(Span::raw(""), &text::line(&memory.title), Role::Strong);
        self.facts(detail);
        self.findings(memory);
        self.proposals(detail);
        for section in &memory.sections {
            self.section(section);
        }
        self.tags(memory);
        self.files(detail);
        self.injection(memory);
        self.provenance(memory);
        self.alike(detail);
        self.neighbours(detail);
        self.blank();
        Layout { made_for, lines: self.lines, matches: self.matches, links: self.links }
    }

    /// Pieces with dots between them, in as many lines as they need.
    fn pieces(&mut self, pieces: Vec<Vec<Span<'static>>>) {
        let dot = Span::styled(format!(" {} ", self.app.glyphs.dot), self.style(Role::Dim));
        let mut line: Vec<Span<'static>> = Vec::new();
        let mut used = 0;
        for piece in pieces {
            let width: usize = piece.iter().map(Span::width).sum();
            if used > 0 && used + 3 + width > self.width {
                self.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(dot.clone());
                used += 3;
            }
            line.extend(piece);
            used += width;
        }
        if !line.is_empty() {
            self.push(line);
        }
    }

    fn facts(&mut self, detail: &Detail) {
        let app = self.app;
        let row = &detail.memory.row;
        let span = |said: String, role: Role| vec![Span::styled(said, app.theme.style(role))];
        let width = self.width;
        let word = |raw: &str| text::fit(&text::row(raw), width).into_owned();
        let mut pieces = vec![span(word(&row.kind), Role::Kind), span(word(row.scope.short()), Role::Scope)];
        pieces.extend(row.scope.agent.as_deref().map(|agent| span(word(agent), Role::Dim)));
        pieces.push(match row.created {
            Some(at) => span(format!("{} ({})", ago(app, at), measure::moment(app, at)), Role::Dim),
            None => span("no time".to_owned(), Role::Signal),
        });
        pieces.push(span(format!("{} bucket", row.bucket.name()), Role::Dim));
        if let Some(confidence) = row.confidence {
            let mut trust = pen::trust(app, Some(confidence), true, 10);
            if let Some(number) = trust.first_mut() {
                number.content = number.content.trim_start().to_owned().into();
            }
            trust.push(Span::styled(format!(" {}", confidence.source.name()), self.style(Role::Dim)));
            pieces.push(trust);
        }
        pieces.push(span(format!("~{} tokens to read", measure::short(row.tokens)), Role::Dim));
        if row.cost > 0 {
            pieces.push(span(format!("{} spent to learn it", measure::short(row.cost)), Role::Dim));
        }
        let overlay = &row.overlay;
        if overlay.pinned {
            pieces.push(span(format!("{} pinned", app.glyphs.pin), Role::Pinned));
        }
        if let Some(at) = overlay.stale_after {
            pieces.push(span(format!("stale after {}", app.day(at)), Role::Badge));
        }
        if let Some(at) = overlay.reviewed_at {
            pieces.push(span(format!("judged {}", ago(app, at)), Role::Good));
        }
        self.pieces(pieces);
    }

    fn findings(&mut self, memory: &Memory) {
        let masked = self.app.reader.masked.is_some();
        if memory.findings.is_empty() && !masked {
            return;
        }
        if !self.low {
            self.blank();
        }
        for finding in &memory.findings {
            let urgent = matches!(
                finding.signal,
                Signal::Secret | Signal::HiddenText | Signal::Imperative | Signal::Contradicted
            );
            let role = if urgent { Role::Alarm } else { Role::Signal };
            let sign = format!("{} {}: ", finding.signal.letter(), finding.signal.name());
            let reason = text::line(&finding.reason).into_owned();
            if self.low {
                let room = self.width.saturating_sub(text::width(&sign));
                let reason = text::fit(&reason, room).into_owned();
                self.push(vec![Span::styled(sign, self.style(role)), Span::styled(reason, self.style(Role::Text))]);
            } else if self.width < 40 {
                self.push(vec![Span::styled(sign, self.style(role))]);
                self.hanging(Span::raw("  "), &reason, Role::Text);
            } else {
                let indent = Span::styled(sign, self.style(role));
                self.hanging(indent, &reason, Role::Text);
            }
        }
        if masked {
            let key = self.app.key_of(Action::Reveal);
            let said = if self.app.reader.revealed { "masks its secrets" } else { "reveals what is masked" };
            self.push(vec![
                Span::styled(format!("{key} "), self.style(Role::Key)),
                Span::styled(said, self.style(Role::Dim)),
            ]);
        }
    }

    /// What is proposed about the memory and waits for a verdict.
    fn proposals(&mut self, detail: &Detail) {
        let key = self.app.key_of(Action::Queue);
        for line in &detail.proposals {
            let said = format!("{} {}: {}", line.batch.author, line.sentence(), line.reason);
            let head = Span::styled(format!("{key} "), self.style(Role::Key));
            self.hanging(head, &format!("proposed: {}", text::line(&said)), Role::Badge);
        }
    }

    fn section(&mut self, section: &Section) {
        if section.items.iter().all(|item| item.trim().is_empty()) {
            return;
        }
        self.heading(&section.name);
        match section.style {
            SectionStyle::Prose => {
                for (n, item) in section.items.iter().enumerate() {
                    if n > 0 {
                        self.blank();
                    }
                    self.hanging(Span::raw(""), item, Role::Text);
                }
            }
            SectionStyle::List => {
                for item in &section.items {
                    let bullet = Span::styled(format!("{} ", self.app.glyphs.bullet), self.style(Role::Dim));
                    self.hanging(bullet, item, Role::Text);
                }
            }
        }
    }

    fn tags(&mut self, memory: &Memory) {
        if memory.tags.is_empty() {
            return;
        }
        self.heading("tags");
        let pieces = memory
            .tags
            .iter()
            .map(|tag| {
                let tag = format!("#{}", text::fit(&text::row(tag), self.width.saturating_sub(1)));
                pen::highlighted(self.app, self.app.sought(), &tag, self.style(Role::Tag))
            })
            .collect();
        let first = self.lines.len();
        self.pieces(pieces);
        let has_match = |line: &Line<'_>| !self.app.sought().ranges(&line.to_string()).is_empty();
        let found = self.lines.iter().enumerate().skip(first).filter(|(_, line)| has_match(line)).map(|(at, _)| at);
        self.matches.extend(found);
    }

    fn files(&mut self, detail: &Detail) {
        let memory = &detail.memory;
        if memory.files.is_empty() {
            return;
        }
        self.heading("files");
        // What is masked must not show itself in an address.
        let host = self.app.link_host.as_deref().filter(|_| self.app.reader.masked.is_none());
        for (at, file) in memory.files.iter().enumerate() {
            let (sign, role) = if file.modified { ("changed ", Role::Text) } else { ("read    ", Role::Dim) };
            let path = text::row(&file.path).into_owned();
            let path = text::fit_left(&path, self.width.saturating_sub(sign.len())).into_owned();
            let mut style = self.style(role);
            let is_here = detail.here.get(at).is_some_and(|here| *here);
            if let Some(host) = host.filter(|_| is_here) {
                let (number, address) = link::to_file(host, &file.path);
                style = style.underline_color(link::mark(number));
                self.links.push((number, address));
            }
            let mut spans = vec![Span::styled(sign, self.style(Role::Dim))];
            spans.extend(self.sought(&path, style));
            self.push(spans);
        }
    }

    fn injection(&mut self, memory: &Memory) {
        self.heading("what an agent is given");
        match &memory.injection {
            Ok(given) if given.trim().is_empty() => self.say("nothing", Role::Dim),
            Ok(given) => {
                let bar = Span::styled(format!("{} ", self.app.glyphs.down), self.style(Role::Rule));
                let lines = text::wrap(given, self.width.saturating_sub(2).max(8));
                self.laid_out(&lines, Role::Text, bar.clone(), &bar);
            }
            Err(reason) => {
                let reason = text::line(reason).into_owned();
                self.hanging(Span::styled("never: ", self.style(Role::Signal)), &reason, Role::Text);
            }
        }
    }

    fn provenance(&mut self, memory: &Memory) {
        let provenance = &memory.provenance;
        self.heading("where it came from");
        let number = provenance.prompt_number.map(|number| number.to_string());
        let pairs = [
            ("agent", provenance.agent.as_deref()),
            ("subagent", provenance.subagent.as_deref()),
            ("model", provenance.model.as_deref()),
            ("device", provenance.device.as_deref()),
            ("session", provenance.session_title.as_deref()),
            ("session id", provenance.session.as_deref()),
            ("prompt", number.as_deref()),
            ("asked", provenance.prompt.as_deref()),
        ];
        let id = text::line(&memory.row.id.to_string()).into_owned();
        self.hanging(Span::styled(format!("{:<11}", "id"), self.style(Role::Dim)), &id, Role::Text);
        let mut any = false;
        for (name, value) in pairs {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                any = true;
                let value = text::line(value).into_owned();
                self.hanging(Span::styled(format!("{name:<11}"), self.style(Role::Dim)), &value, Role::Text);
            }
        }
        for (name, at) in [("changed", memory.updated), ("recalled", memory.accessed), ("ends", memory.expires)] {
            if let Some(at) = at {
                any = true;
                let said = format!("{} ({})", ago(self.app, at), measure::moment(self.app, at));
                self.hanging(Span::styled(format!("{name:<11}"), self.style(Role::Dim)), &said, Role::Text);
            }
        }
        if let Some(times) = memory.recalls {
            any = true;
            let said = match times {
                0 => "never".to_owned(),
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            self.hanging(Span::styled(format!("{:<11}", "recalls"), self.style(Role::Dim)), &said, Role::Text);
        }
        for tool in &provenance.tools {
            any = true;
            let name = text::fit(&text::row(&tool.tool), 18).into_owned();
            let head = Span::styled(format!("{} {name} ", self.app.glyphs.bullet), self.style(Role::Dim));
            let room = self.width.saturating_sub(head.width());
            let input = text::line(&tool.input);
            let input = text::fit(&input, room).into_owned();
            self.push(vec![head, Span::styled(input, self.style(Role::Code))]);
        }
        if !any {
            self.say("nobody can tell", Role::Signal);
        }
        if memory.state != crate::memory::State::Live {
            let said = format!("state      {}", memory.state.name());
            self.say(&said, Role::Signal);
        }
    }

    fn alike(&mut self, detail: &Detail) {
        if detail.alike.is_empty() {
            return;
        }
        self.heading("says the same, or nearly");
        for (_, id, title) in &detail.alike {
            let id = format!("{} ", text::row(&id.native));
            let title = text::row(title);
            let title = text::fit(&title, self.width.saturating_sub(text::width(&id))).into_owned();
            let mut spans = vec![Span::styled(id, self.style(Role::Dim))];
            spans.extend(self.sought(&title, self.style(Role::Text)));
            self.push(spans);
        }
    }

    fn neighbours(&mut self, detail: &Detail) {
        if detail.neighbours.len() < 2 {
            return;
        }
        self.heading("same session");
        for (handle, title) in &detail.neighbours {
            let here = *handle == detail.memory.row.key.handle;
            let sign = if here { format!("{} ", self.app.glyphs.folded) } else { "  ".to_owned() };
            let role = if here { Role::Strong } else { Role::Text };
            let title = text::row(title);
            let title = text::fit(&title, self.width.saturating_sub(2)).into_owned();
            let mut spans = vec![Span::styled(sign, self.style(Role::Accent))];
            spans.extend(self.sought(&title, self.style(role)));
            self.push(spans);
        }
    }
}

/// `3h ago`, `just now`.
fn ago(app: &App, at: i64) -> String {
    match measure::age(app.now, Some(at)).as_str() {
        "now" => "just now".to_owned(),
        age if age.starts_with('+') => "in the future".to_owned(),
        age => format!("{age} ago"),
    }
}
