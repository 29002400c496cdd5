//! What an erasure would take out, worked out before anybody is asked. Nothing is written.

use super::{
    super::queue::{fields_of, texts_of},
    own,
};
use crate::{
    curate::{CurateProblem, Curator},
    judge::Wording,
    ledger::Traces,
    memory::{Digest, EpochMs, Image, MemoryId, Version},
};

/// A memory that a person wants to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its store's place in the list.
    pub store: u8,
    /// Its name there.
    pub native: String,
    /// What it was when it was chosen; `None` when it was named and need not be there any more.
    pub seen: Option<Version>,
}

/// A memory that is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Victim {
    /// Its public id.
    pub id: MemoryId,
    /// Its title as it is now, or as it last was.
    pub title: String,
    /// Its store's place in the list.
    pub store: u8,
    /// What the store has of it; `None` when only memtui's own records of it are left.
    pub digest: Option<Digest>,
}

/// What memtui cannot reach of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The store's name.
    pub store: String,
    /// Where its product, or others, may keep the same.
    pub places: Vec<&'static str>,
}

/// What an erasure would take out. What is applied is this, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErasePlan {
    /// Every memory that goes.
    pub victims: Vec<Victim>,
    /// Memories that were chosen and stay, each with the reason.
    pub spared: Vec<(MemoryId, String)>,
    /// What the ledger holds of them.
    pub traces: Traces,
    /// Backups that are looked through.
    pub backups: usize,
    /// What memtui cannot reach.
    pub beyond: Vec<Beyond>,
}

impl ErasePlan {
    /// What goes beside the memories, in words: one line for each kind of trace; none where there is none.
    pub fn words(&self) -> Vec<String> {
        let many = |count: usize, one: &str, more: &str| {
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { more }))
        };
        let Traces { images, others, proposals, waiting, lines } = self.traces;
        let wait = if waiting == 1 { "waits" } else { "wait" };
        let waits = if waiting > 0 { format!(" ({waiting} of them {wait} for a verdict)") } else { String::new() };
        [
            many(images, "record of it in the ledger", "records of them in the ledger"),
            many(
                others,
                "record of another memory that holds the same text",
                "records of other memories that hold the same text",
            ),
            many(proposals, "proposal that is about it or quotes it", "proposals that are about them or quote them")
                .map(|said| said + &waits),
            many(lines, "title or reason that quotes it", "titles and reasons that quote them"),
            many(self.backups, "backup is looked through", "backups are looked through"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Curator {
    /// What erasing these memories would take out, wherever memtui reaches.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be read.
    pub fn plan_erasure(&mut self, wanted: &[Wanted], now: EpochMs) -> Result<ErasePlan, CurateProblem> {
        self.afresh();
        let mut plan = ErasePlan::default();
        let mut texts = Texts::default();
        for it in wanted {
            let id = self.public_id(it.store, &it.native);
            let reader = self.reader(it.store)?;
            let handle = reader.handle(&it.native);
            let row = handle.map(|handle| reader.rows(&[handle])).transpose()?.and_then(|mut rows| rows.pop());
            let image = handle.map(|handle| reader.image(handle)).transpose()?.flatten();
            let moved = it.seen.is_some() && it.seen != row.as_ref().map(|row| row.version);
            if moved {
                plan.spared.push((id, "another program changed it since it was chosen; look at it again".to_owned()));
                continue;
            }
            let kept = self.kept_of(it, now);
            if image.is_none() && kept.is_empty() {
                plan.spared.push((id, "there is no such memory, and memtui keeps nothing of it".to_owned()));
                continue;
            }
            let title = row.map(|row| row.title).or_else(|| kept.last().map(Image::headline)).unwrap_or_default();
            texts.take(image.iter().chain(&kept));
            texts.title(&title);
            plan.victims.push(Victim { id, title, store: it.store, digest: image.as_ref().map(Image::digest) });
        }
        let memories = self.ledger_names(&plan.victims, now);
        if let Ok(ledger) = self.ledger() {
            plan.traces = ledger.traces(&memories, &texts.wording())?;
            plan.backups = own::backups(ledger.path()).len();
        }
        let mut stores: Vec<u8> = plan.victims.iter().map(|victim| victim.store).collect();
        stores.sort_unstable();
        stores.dedup();
        for place in stores {
            let store = &self.site(place)?.store;
            let (name, mut places) = (store.about().name.clone(), store.beyond().to_vec());
            places.extend(ANYWHERE);
            plan.beyond.push(Beyond { store: name, places });
        }
        Ok(plan)
    }

    /// What the ledger still has of a memory.
    fn kept_of(&mut self, it: &Wanted, now: EpochMs) -> Vec<Image> {
        let Ok(store) = self.know(it.store, now) else { return Vec::new() };
        let kept = self.ledger().ok().and_then(|ledger| ledger.records_of(&[(store, it.native.clone())]).ok());
        kept.unwrap_or_default()
    }

    /// The memories as the ledger names them; those of stores that it never heard of are left out.
    pub(super) fn ledger_names(&mut self, victims: &[Victim], now: EpochMs) -> Vec<(crate::ledger::StoreId, String)> {
        let name = |victim: &Victim| Some((self.know(victim.store, now).ok()?, victim.id.native.clone()));
        victims.iter().filter_map(name).collect()
    }
}

/// Places that hold for every store.
const ANYWHERE: [&str; 2] = [
    "backups that are not memtui's own, or that it made elsewhere (`backup --to`)",
    "what an agent has read, it has read",
];

/// What memories say and said.
#[derive(Default)]
pub(super) struct Texts {
    /// What each record says in the main: its longest text.
    bodies: Vec<String>,
    all: Vec<String>,
}

impl Texts {
    /// Takes what records say; a list also item by item, and a text line by line.
    pub(super) fn take<'a>(&mut self, images: impl Iterator<Item = &'a Image>) {
        for image in images {
            self.title(&image.headline());
            let mut body = String::new();
            let records = std::iter::once(&image.own).chain(&image.side);
            for mut fields in records.map(fields_of) {
                fields.retain(|(column, _)| !keeps_books(column));
                for text in texts_of(&fields).into_iter().filter(|text| !is_bookkeeping(text)) {
                    if let Ok(items) = serde_json::from_str::<Vec<String>>(text) {
                        self.all.extend(items);
                    }
                    self.all.extend(text.lines().map(str::to_owned));
                    self.all.push(text.to_owned());
                    if text.len() > body.len() {
                        text.clone_into(&mut body);
                    }
                }
            }
            self.bodies.push(body);
        }
    }

    pub(super) fn title(&mut self, title: &str) {
        self.all.push(title.to_owned());
    }

    pub(super) fn wording(&self) -> Wording {
        let all = self.all.iter().map(String::as_str).filter(|text| !is_bookkeeping(text));
        Wording::of(self.bodies.iter().map(String::as_str), all)
    }
}

/// Whether a column of a record keeps books: whose it is, when it came, what it hangs on. Others have the same there.
fn keeps_books(column: &str) -> bool {
    let column = column.to_ascii_lowercase();
    let ends = ["id", "ids", "_at", "_iso", "at", "hash", "epoch", "_rev", "path", "directory", "platform_source"];
    column == "metadata" || column.contains("session") || ends.iter().any(|end| column.ends_with(end))
}

/// Whether a text is a number, a hash, an id or a time, which say nothing and stand in many records.
fn is_bookkeeping(text: &str) -> bool {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_hexdigit() || matches!(c, '-' | ':' | '.' | 'T' | 'Z' | '+');
    text.is_empty() || text.parse::<f64>().is_ok() || text.chars().all(plain)
}
