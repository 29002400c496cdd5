//! Differences as lines: signs at the edge carry the meaning, colours only repeat it.

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{
    app::{App, DiffLine, FieldDiff, Sign},
    text,
    theme::Role,
};

/// Fields with their differences, in lines of a width.
pub(super) fn lines(app: &App, fields: &[FieldDiff], width: usize) -> Vec<Line<'static>> {
    let mut out = Vec::new();
    for (n, field) in fields.iter().enumerate() {
        if n > 0 {
            out.push(Line::default());
        }
        let name = text::row(&field.name).into_owned();
        out.push(Line::from(Span::styled(name, app.theme.style(Role::Heading))));
        for line in &field.lines {
            one(app, line, width.max(8), &mut out);
        }
    }
    out
}

/// Fields with what is there now on the left and what would be there on the right.
pub(super) fn beside(app: &App, fields: &[FieldDiff], width: usize) -> Vec<Line<'static>> {
    let half = width.saturating_sub(3) / 2;
    let mut out = Vec::new();
    for (n, field) in fields.iter().enumerate() {
        if n > 0 {
            out.push(Line::default());
        }
        out.push(Line::from(Span::styled(text::row(&field.name).into_owned(), app.theme.style(Role::Heading))));
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for line in &field.lines {
            match line.sign {
                // What goes and what comes in its place begin in the same row.
                Sign::Removed if right.len() > left.len() => {
                    level(app, &mut left, &mut right, half, &mut out);
                    one(app, line, half, &mut left);
                }
                Sign::Removed => one(app, line, half, &mut left),
                Sign::Added => one(app, line, half, &mut right),
                Sign::Same | Sign::Skipped(_) => {
                    level(app, &mut left, &mut right, half, &mut out);
                    one(app, line, half, &mut left);
                    one(app, line, half, &mut right);
                    level(app, &mut left, &mut right, half, &mut out);
                }
            }
        }
        level(app, &mut left, &mut right, half, &mut out);
    }
    out
}

/// Puts the lines of both sides beside each other and begins anew.
fn level(
    app: &App,
    left: &mut Vec<Line<'static>>,
    right: &mut Vec<Line<'static>>,
    half: usize,
    out: &mut Vec<Line<'static>>,
) {
    let rows = left.len().max(right.len());
    let (mut left, mut right) = (left.drain(..), right.drain(..));
    for _ in 0..rows {
        let mut line = left.next().unwrap_or_default();
        let gap = half.saturating_sub(line.width());
        line.spans.push(Span::raw(" ".repeat(gap)));
        line.spans.push(Span::styled(format!(" {} ", app.glyphs.down), app.theme.style(Role::Rule)));
        line.spans.extend(right.next().unwrap_or_default().spans);
        out.push(line);
    }
}

fn one(app: &App, line: &DiffLine, width: usize, out: &mut Vec<Line<'static>>) {
    let (sign, role, word) = match line.sign {
        Sign::Same => ("  ", Role::Dim, Role::Dim),
        Sign::Removed => ("- ", Role::Removed, Role::RemovedWord),
        Sign::Added => ("+ ", Role::Added, Role::AddedWord),
        Sign::Skipped(count) => {
            let lines = if count == 1 { "line" } else { "lines" };
            let said = format!("  {} {count} {lines} the same", app.glyphs.waiting);
            return out.push(Line::from(Span::styled(said, app.theme.style(Role::Dim))));
        }
    };
    let room = width.saturating_sub(2).max(1);
    let plain = app.theme.style(role);
    let picked = app.theme.style(word);
    let mut spans = vec![Span::styled(sign, plain)];
    let words: Vec<(bool, String)> =
        line.pieces.iter().flat_map(|(differs, piece)| in_words(*differs, piece)).collect();
    let mut used = 0;
    // What a line ends with stays with the word before it: `re-` and `serialised`, never `re` and `-serialised`.
    for unit in words.chunk_by(|(_, before), (_, next)| !is_blank(before) && is_mark(next)) {
        let wide: usize = unit.iter().map(|(_, word)| text::width(word)).sum();
        if used > 0 && used + wide > room {
            out.push(Line::from(std::mem::replace(&mut spans, vec![Span::styled("  ", plain)])));
            used = 0;
            if matches!(unit, [(false, word)] if word == " ") {
                // The end of the line stands for it.
                continue;
            }
        }
        for (differs, word) in unit {
            let style = if *differs { picked } else { plain };
            if used + text::width(word) <= room {
                spans.push(Span::styled(word.clone(), style));
                used += text::width(word);
                continue;
            }
            for cluster in word.graphemes(true) {
                let wide = text::width(cluster);
                if used + wide > room {
                    out.push(Line::from(std::mem::replace(&mut spans, vec![Span::styled("  ", plain)])));
                    used = 0;
                }
                spans.push(Span::styled(cluster.to_owned(), style));
                used += wide;
            }
        }
    }
    out.push(Line::from(spans));
}

/// The words of a piece and what stands between them, safe to show; each says whether it makes the difference.
fn in_words(differs: bool, piece: &str) -> Vec<(bool, String)> {
    text::exact(piece).split_word_bounds().map(|word| (differs, word.to_owned())).collect()
}

fn is_blank(word: &str) -> bool {
    word.chars().all(char::is_whitespace)
}

fn is_mark(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_punctuation())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fake::Desk;

    #[test]
    fn a_line_breaks_behind_a_hyphen() {
        let desk = Desk::new(1, (50, 50));
        let line = DiffLine {
            sign: Sign::Removed,
            pieces: vec![(false, "the re".to_owned()), (true, "-serialised".to_owned()), (false, " state".to_owned())],
        };
        let shown = |width: usize| -> Vec<String> {
            let mut out = Vec::new();
            one(&desk.app, &line, width, &mut out);
            out.iter().map(Line::to_string).collect()
        };
        assert_eq!(shown(13), ["- the re-", "  serialised ", "  state"]);
        assert_eq!(shown(8), ["- the ", "  re-", "  serial", "  ised ", "  state"]);
        assert_eq!(shown(40), ["- the re-serialised state"]);
    }
}
