//! `recall_memory`: an index of hits, what stands around one in time, whole memories by name.

use serde_json::{Value as Json, json};

use super::{
    ask::{self, Recall},
    session::{Outcome, Session, unread},
    show::{NOTE, Shown},
};
use crate::{memory::EpochMs, store::native::Sought};

/// Lines of an index: unless told, and at most.
const USUAL: usize = 10;
const MOST: usize = 50;
/// Memories on each side of one in time: unless told, and at most.
const USUAL_AROUND: usize = 5;
const MOST_AROUND: usize = 20;
/// Whole memories at once.
const WHOLE: usize = 20;
/// Bytes of a question.
const QUESTION: usize = 2_000;

const DAY_MS: i64 = 86_400_000;

impl Session {
    pub(super) fn recall(&mut self, ask: &Recall, now: EpochMs) -> Outcome {
        match (&ask.query, &ask.around, &ask.ids) {
            (query, None, None) => self.index(query.as_deref().unwrap_or_default(), ask, now),
            (None, Some(id), None) => self.timeline(id, ask, now),
            (None, None, Some(ids)) => self.whole(ids, now),
            _ => Err("give one of `query`, `around` and `ids`".to_owned()),
        }
    }

    fn index(&mut self, query: &str, ask: &Recall, now: EpochMs) -> Outcome {
        if query.len() > QUESTION {
            return Err(format!("the query is {} bytes long; a few words are enough", query.len()));
        }
        let limit = limited(ask.limit, USUAL, MOST);
        let since = ask.days.map(|days| now.saturating_sub(i64::from(days).saturating_mul(DAY_MS)));
        let sought = Sought { words: query, kind: ask.kind.as_deref(), since };
        let (hits, complete) = if query.trim().is_empty() {
            let newest = self.shelf.newest(&self.grants.sight, &sought, limit, now);
            let newest = newest.map_err(|problem| unread(&problem))?;
            let more = newest.len() == limit;
            (newest.into_iter().map(|kept| (kept, 1.0)).collect(), !more)
        } else {
            let found = self.shelf.search(&self.grants.sight, &sought, limit, now);
            let found = found.map_err(|problem| unread(&problem))?;
            (found.hits, found.complete)
        };
        let all = hits.len();
        let mut shown: Vec<(Shown, f32)> =
            hits.into_iter().map(|(kept, score)| (self.shown(kept, now), score)).collect();
        if !query.trim().is_empty() {
            // A word in the title tells more; what deserves no trust comes later.
            let rank = |(shown, score): &(Shown, f32)| {
                let titled = words_in(query, shown.kept.headline());
                (score + titled / 2.0) * f32::midpoint(1.0, shown.confidence(now).value)
            };
            let mut ranked: Vec<(f32, (Shown, f32))> = shown.into_iter().map(|it| (rank(&it), it)).collect();
            ranked.sort_by(|one, other| {
                other.0.total_cmp(&one.0).then(other.1.0.kept.created.cmp(&one.1.0.kept.created))
            });
            shown = ranked.into_iter().map(|(_, it)| it).collect();
        }
        let lines: Vec<Json> = shown.iter().take(limit).map(|(shown, _)| Json::Object(shown.line(now))).collect();
        let next = if lines.is_empty() {
            "nothing is known; other words may find more"
        } else {
            "read whole memories with `ids`, what was known around one with `around`"
        };
        Ok(json!({
            "note": NOTE, "layer": "index", "memories": lines, "more": !complete || all > limit, "next": next
        }))
    }

    fn timeline(&mut self, id: &str, ask: &Recall, now: EpochMs) -> Outcome {
        let middle = self.visible(id, now)?.id;
        let each_side = limited(ask.limit, USUAL_AROUND, MOST_AROUND);
        let around = self.shelf.around(&self.grants.sight, middle, each_side, now);
        let around = around.map_err(|problem| unread(&problem))?;
        let mut lines = Vec::with_capacity(around.len());
        for kept in around {
            let here = kept.id == middle;
            let mut line = self.shown(kept, now).line(now);
            if here {
                line.insert("here".to_owned(), json!(true));
            }
            lines.push(Json::Object(line));
        }
        Ok(json!({ "note": NOTE, "layer": "timeline", "memories": lines }))
    }

    fn whole(&mut self, ids: &[String], now: EpochMs) -> Outcome {
        if ids.is_empty() || ids.len() > WHOLE {
            return Err(format!("name 1 to {WHOLE} memories in `ids`"));
        }
        let store = self.store.about().name.clone();
        let (mut full, mut missing, mut over) = (Vec::new(), Vec::new(), Vec::new());
        for id in ids {
            let number = ask::number(id, &store);
            let found = match number {
                Some(number) => self.shelf.these(&self.grants.sight, &[number], now).map_err(|it| unread(&it))?,
                None => Vec::new(),
            };
            if let Some(kept) = found.into_iter().next() {
                self.count(kept.id, now);
                full.push(Json::Object(self.shown(kept, now).full(now)));
                continue;
            }
            let asked = number.map(|number| self.shelf.why_not(&self.grants.sight, number, now));
            match asked.transpose().map_err(|it| unread(&it))?.flatten() {
                Some(why) => over.push(json!({ "id": super::show::one_line(id), "why": why })),
                None => missing.push(super::show::one_line(id)),
            }
        }
        let mut answer = json!({ "note": NOTE, "layer": "full", "memories": full });
        if let Json::Object(answer) = &mut answer {
            let lists = [("missing", json!(missing)), ("over", json!(over))];
            let some = lists.into_iter().filter(|(_, list)| list.as_array().is_some_and(|items| !items.is_empty()));
            answer.extend(some.map(|(name, list)| (name.to_owned(), list)));
        }
        Ok(answer)
    }
}

fn limited(asked: Option<u32>, usual: usize, most: usize) -> usize {
    asked.map_or(usual, |asked| usize::try_from(asked).unwrap_or(most)).clamp(1, most)
}

/// The share of a question's words that a title holds.
fn words_in(query: &str, title: &str) -> f32 {
    let title = title.to_lowercase();
    let words: Vec<String> = query
        .split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| word.len() > 2)
        .map(str::to_lowercase)
        .collect();
    let held = words.iter().filter(|word| title.contains(word.as_str())).count();
    if words.is_empty() { 0.0 } else { held as f32 / words.len() as f32 }
}
