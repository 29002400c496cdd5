//! Finding memories by words: exact where little is to be looked at, bounded and saying so where much is.
//!
//! A word is looked for in the full-text index, newest first, and every hit is measured by [`Sight`] before anything else
//! is known of it. Where an agent sees only few memories among many, those are gone through instead of the hits.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, params};

use super::{Kept, Shelf, Sight, row::Outline};
use crate::{memory::EpochMs, store::Result, store::sqlite::full_text};

/// Candidates that are read and ranked.
const CANDIDATES: usize = 120;
/// Hits of all words together that are measured by sight, and hits of one word: looking at one costs two microseconds.
const TOGETHER: usize = 12_000;
const ALONE: usize = 2_500;
/// Fewer visible memories than this are gone through one by one.
const FEW: usize = 1_500;
/// Words of a question that count.
const WORDS: usize = 8;

/// What is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sought<'a> {
    /// Words, whatever stands between them; they have no other meaning.
    pub words: &'a str,
    /// Only memories of this kind.
    pub kind: Option<&'a str>,
    /// Only memories written at or after this moment.
    pub since: Option<EpochMs>,
}

impl Sought<'_> {
    pub(super) fn is_met_by(&self, kind: &str, created: EpochMs) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind) && self.since.is_none_or(|since| created >= since)
    }
}

/// Candidates with what speaks for each.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Each memory, and how well it answers: the sum of the weights of the words it holds, 1 for all of them.
    pub hits: Vec<(Kept, f32)>,
    /// Whether everything was looked at; else older memories may match, too.
    pub complete: bool,
}

impl Shelf {
    /// Memories that may be seen and hold the words: all of them first, then the rarest.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn search(&mut self, sight: &Sight, sought: &Sought<'_>, enough: usize, now: EpochMs) -> Result<Found> {
        self.steadily(|shelf| shelf.find(sight, sought, (enough, CANDIDATES), now))
    }

    /// The few memories that answer best, as [`Shelf::search`] counts it; the others are not read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn best(&mut self, sight: &Sight, sought: &Sought<'_>, most: usize, now: EpochMs) -> Result<Vec<Kept>> {
        let found = self.steadily(|shelf| shelf.find(sight, sought, (most, most), now))?;
        Ok(found.hits.into_iter().map(|(kept, _)| kept).collect())
    }

    /// Asks several questions of one state of the database, which also takes and leaves its lock only once.
    fn steadily<T>(&mut self, work: impl FnOnce(&mut Self) -> rusqlite::Result<T>) -> Result<T> {
        let begun = self.conn.execute_batch("BEGIN");
        let answer = begun.and_then(|()| work(self));
        // Nothing was written: a transaction that cannot be ended now ends with the next error or the connection.
        let _ = self.conn.execute_batch("ROLLBACK");
        answer.map_err(|error| self.problem(&error))
    }

    /// `enough` memories with all words make looking for single ones needless; at most `most` are read.
    fn find(
        &mut self,
        sight: &Sight,
        sought: &Sought<'_>,
        (enough, most): (usize, usize),
        now: EpochMs,
    ) -> rusqlite::Result<Found> {
        let words = words(sought.words);
        if words.is_empty() {
            return Ok(Found { hits: Vec::new(), complete: true });
        }
        let few = self.few(sight)?;
        let ask = Ask { sight, sought, now, few: few.as_deref() };
        let (all, mut complete) = self.hits(&ask, &words.join(" "), TOGETHER)?;
        let mut scores: HashMap<i64, f32> = all.iter().map(|id| (*id, 1.0)).collect();
        if all.len() < enough && words.len() > 1 {
            let mut each = Vec::new();
            for word in &words {
                let (ids, whole) = self.hits(&ask, word, ALONE)?;
                complete &= whole;
                each.push(ids);
            }
            // The fewer hold a word, the more it tells.
            let weight = |ids: &Vec<i64>| 1.0 / (1.0 + ids.len() as f32).ln_1p();
            let whole: f32 = each.iter().map(weight).sum();
            let mut sums: HashMap<i64, f32> = HashMap::new();
            for ids in &each {
                let share = weight(ids) / whole;
                for id in ids {
                    *sums.entry(*id).or_default() += share;
                }
            }
            for (id, sum) in sums {
                scores.entry(id).or_insert(sum);
            }
        }
        let mut ranked: Vec<(i64, f32)> = scores.into_iter().collect();
        ranked.sort_by(|one, other| other.1.total_cmp(&one.1).then(other.0.cmp(&one.0)));
        ranked.truncate(most);
        let mut hits = Vec::with_capacity(ranked.len());
        for (id, score) in ranked {
            let kept = self.one(sight, id, now)?.filter(|kept| sought.is_met_by(&kept.kind, kept.created));
            hits.extend(kept.map(|kept| (kept, score)));
        }
        Ok(Found { hits, complete })
    }

    /// Numbers of visible memories that hold all words of a text, newest first, at most [`CANDIDATES`], and whether these
    /// are all.
    pub(super) fn hits(&self, ask: &Ask<'_>, words: &str, most: usize) -> rusqlite::Result<(Vec<i64>, bool)> {
        let terms: Vec<String> = words.split(' ').filter_map(|word| full_text::quoted(word, false)).collect();
        let question = terms.join(" AND ");
        match ask.few {
            Some(few) => self.among(few, &question),
            None => self.streamed(ask, &question, most),
        }
    }

    /// Goes through the hits as long as these are not more than the memories to choose from, then through the memories:
    /// a rare word is asked for once, a common one for each of them.
    fn among(&self, few: &[i64], question: &str) -> rusqlite::Result<(Vec<i64>, bool)> {
        let sql = "SELECT rowid FROM memory_fts WHERE memory_fts MATCH ?1 ORDER BY rowid DESC";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([question])?;
        let (mut found, mut looked, mut last) = (Vec::new(), 0, i64::MAX);
        while found.len() < CANDIDATES && looked < few.len() {
            let Some(row) = rows.next()? else { return Ok((found, true)) };
            last = row.get(0)?;
            looked += 1;
            // Newest first, as the hits are.
            if few.binary_search_by(|id| last.cmp(id)).is_ok() {
                found.push(last);
            }
        }
        let sql = "SELECT 1 FROM memory_fts WHERE memory_fts MATCH ?1 AND rowid = ?2";
        let mut statement = self.conn.prepare_cached(sql)?;
        for id in few.iter().filter(|id| **id < last) {
            if found.len() == CANDIDATES {
                return Ok((found, false));
            }
            if statement.query_row(params![question, id], |_| Ok(())).optional()?.is_some() {
                found.push(*id);
            }
        }
        Ok((found, true))
    }

    fn streamed(&self, ask: &Ask<'_>, question: &str, most: usize) -> rusqlite::Result<(Vec<i64>, bool)> {
        let sql = "SELECT m.id, m.kind, m.created, m.project, m.agent, m.state, m.expires_at
            FROM memory_fts f CROSS JOIN memory m ON m.id = f.rowid WHERE f.memory_fts MATCH ?1 ORDER BY f.rowid DESC";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([question])?;
        let (mut found, mut looked) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            if looked == most || found.len() == CANDIDATES {
                return Ok((found, false));
            }
            looked += 1;
            let kind = row.get_ref(1)?;
            let met = ask.sought.is_met_by(kind.as_str().unwrap_or_default(), row.get(2)?);
            if met && ask.sight.sees(&Outline::read(row, 3)?, ask.now) {
                found.push(row.get(0)?);
            }
        }
        Ok((found, true))
    }

    /// The visible memories, newest first, when they are few.
    fn few(&mut self, sight: &Sight) -> rusqlite::Result<Option<Vec<i64>>> {
        let mut ids = Vec::new();
        for project in self.scopes_of(sight)? {
            let sql = "SELECT id FROM memory WHERE project IS ?1 LIMIT ?2";
            let mut statement = self.conn.prepare_cached(sql)?;
            let room = i64::try_from(FEW + 1 - ids.len()).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![project, room])?;
            while let Some(row) = rows.next()? {
                ids.push(row.get(0)?);
            }
            if ids.len() > FEW {
                return Ok(None);
            }
        }
        ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        Ok(Some(ids))
    }
}

/// A question with whose it is.
pub(super) struct Ask<'a> {
    pub(super) sight: &'a Sight,
    pub(super) sought: &'a Sought<'a>,
    pub(super) now: EpochMs,
    /// Where to look, when there is little to look through.
    pub(super) few: Option<&'a [i64]>,
}

/// The words of a text, each once: letters and digits, everything else is a gap.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word: String = word.to_lowercase().chars().take(64).collect();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    // Long words tell more; those that are left keep their order.
    let mut lengths: Vec<usize> = words.iter().map(|word| word.chars().count()).collect();
    lengths.sort_unstable_by_key(|length| std::cmp::Reverse(*length));
    if let Some(least) = lengths.get(WORDS) {
        words.retain(|word| word.chars().count() > *least);
    }
    words
}
