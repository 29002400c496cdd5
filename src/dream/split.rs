//! Memories that say too much at once: each section becomes a memory of its own, where the store takes new ones.

use std::collections::BTreeMap;

use super::{Analyse, Made, Seen, note::Note, reading::Reading};
use crate::{
    change::{Draft, Label, Step, Wish},
    memory::{Key, Record, Value, Version, tokens_of_bytes},
    store::Result,
};

/// The headings are the author's own; whether the parts stand alone is for a person to say.
const CONFIDENCE: f32 = 0.6;
/// Tokens of a text that an agent should not have to read for one fact of it.
const LONG: u32 = 1000;
/// Bytes that a part must have to stand by itself.
const SHORT: usize = 120;
/// Parts of one memory: more of them are a document, not a memory.
const PARTS: usize = 20;
/// Columns of a record that its parts do not take over.
const OWN: [&str; 6] = ["id", "title", "body", "hash", "replaces", "pinned"];

#[derive(Default)]
pub(super) struct Split(Vec<Key>);

impl Analyse for Split {
    fn look(&mut self, seen: &Seen<'_>) {
        let pinned = seen.known.overlay.as_ref().is_some_and(|overlay| overlay.pinned);
        let tokens = tokens_of_bytes(seen.scanned.bytes);
        if seen.known.fresh && !pinned && tokens > LONG && !matches!(seen.scanned.kind, "prompt" | "summary") {
            self.0.push(seen.known.key);
        }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        let mut elsewhere: BTreeMap<u8, usize> = BTreeMap::new();
        reading.expect(self.0.len());
        for key in std::mem::take(&mut self.0) {
            if !reading.takes_new(key.store) {
                *elsewhere.entry(key.store).or_default() += 1;
                continue;
            }
            let Some(note) = reading.note(key)? else { continue };
            let Some(image) = reading.reader(key.store)?.image(key.handle)? else { continue };
            let body = text_of(&image.own, "body");
            if let Some(parts) = sections(&body) {
                made.add(draft(&note, &image.own, parts))?;
            }
        }
        for (store, count) in elsewhere {
            let (many, stay) = if count == 1 { ("1 memory", "is longer") } else { ("memories", "are longer") };
            let many = if count == 1 { many.to_owned() } else { format!("{count} {many}") };
            made.remark(format!(
                "{many} of {} {stay} than {LONG} tokens and not split, because only its own product adds memories there",
                reading.name(store)
            ));
        }
        Ok(())
    }
}

fn text_of(record: &Record, column: &str) -> String {
    match record.get(column) {
        Some(Value::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

/// The sections of a Markdown text below its highest headings that come more than once, each with its heading; what
/// stands before the first has none. `None` where there are no such headings, or a part is too short to stand alone.
fn sections(body: &str) -> Option<Vec<(String, String)>> {
    let mut fenced = false;
    let lines: Vec<(&str, Option<(usize, &str)>)> = body
        .lines()
        .map(|line| {
            fenced ^= line.trim_start().starts_with("```");
            (line, heading(line).filter(|_| !fenced))
        })
        .collect();
    let levels = lines.iter().filter_map(|(_, heading)| heading.map(|(level, _)| level));
    let level = (1..=4).find(|level| levels.clone().filter(|known| known == level).count() > 1)?;
    let mut parts: Vec<(String, String)> = vec![(String::new(), String::new())];
    for (line, heading) in &lines {
        match heading {
            Some((at, title)) if *at == level => parts.push(((*title).to_owned(), String::new())),
            _ => {
                let (_, text) = parts.last_mut()?;
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    for (_, text) in &mut parts {
        *text = text.trim().to_owned();
    }
    if parts.first().is_some_and(|(_, text)| text.lines().all(|line| line.trim().is_empty() || heading(line).is_some()))
    {
        // A title above the first section is the memory's title.
        parts.remove(0);
    }
    let stand_alone = parts.iter().all(|(_, text)| text.len() >= SHORT);
    ((2..=PARTS).contains(&parts.len()) && stand_alone).then_some(parts)
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    ((1..=4).contains(&level) && rest.starts_with(' ')).then(|| (level, rest.trim()))
}

fn draft(note: &Note, own: &Record, parts: Vec<(String, String)>) -> Draft {
    let count = parts.len();
    let text = |text: String| Value::Text(text.into_bytes());
    let add = |(heading, body): (String, String)| {
        let title = if heading.is_empty() { note.title.clone() } else { format!("{}: {heading}", note.title) };
        let mut columns = vec![("title".to_owned(), text(title)), ("body".to_owned(), text(body))];
        let kept = own.columns.iter().filter(|(name, value)| !OWN.contains(&name.as_str()) && *value != Value::Null);
        columns.extend(kept.filter(|(name, _)| name != "evidence").cloned());
        columns.push(("evidence".to_owned(), text(note.id.clone())));
        let record = Record { table: own.table.clone(), columns };
        Step {
            store: note.key.store,
            native: String::new(),
            seen: Version::default(),
            was: Vec::new(),
            wish: Wish::Add(record),
        }
    };
    let mut steps: Vec<Step> = parts.into_iter().map(add).collect();
    steps.push(note.step(Wish::Delete));
    Draft {
        label: Label::Split,
        reason: format!(
            "It has {count} sections under headings of their own and costs an agent more than {LONG} tokens; each becomes a memory that names this one as its source."
        ),
        evidence: vec![note.titled()],
        confidence: Some(CONFIDENCE),
        likeness: format!("over-long in {}", note.place()),
        steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_what_stands_below_the_highest_headings_that_repeat() {
        let long = "x".repeat(200);
        let body = format!("# All\n\n## One\n{long}\n```\n## no heading\n```\n### deeper\n{long}\n\n## Two\n{long}\n");
        let parts = sections(&body).unwrap();
        assert_eq!(parts.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>(), ["One", "Two"]);
        assert!(parts[0].1.contains("## no heading") && parts[0].1.contains("### deeper"));
        let with_preamble = sections(&format!("{long}\n# A\n{long}\n# B\n{long}")).unwrap();
        assert_eq!(with_preamble.len(), 3);
        assert_eq!(sections(&long), None);
        assert_eq!(sections(&format!("# A\n{long}\n# B\nshort")), None);
    }
}
