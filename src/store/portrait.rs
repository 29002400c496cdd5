//! What a record says without the store that it came from: columns are understood by the names that products give them.
//!
//! A memory that is gone, or that reads differently now, is shown from its image. What the names do not tell is taken
//! from the memory as it is now, where it still is there.

use chrono::DateTime;

use super::{Origin, Scanned};
use crate::{
    memory::{
        Bucket, EpochMs, FileRef, Handle, Image, Key, Memory, MemoryId, Provenance, Row, Scope, Section, SectionStyle,
        Signals, State, Value, Version, tokens_of_bytes,
    },
    query::{NameField, Term},
};

const KINDS: [&str; 3] = ["type", "kind", "memory_type"];
const PROJECTS: [&str; 2] = ["project", "scope"];
const AGENTS: [&str; 2] = ["agent", "agent_type"];
const SESSIONS: [&str; 5] = ["memory_session_id", "content_session_id", "session", "session_id", "sessionId"];
const TIMES: [&str; 6] = ["created_at_epoch", "created", "created_at", "createdAt", "timestamp", "created_at_iso"];
const CHANGES: [&str; 3] = ["updated", "updated_at", "updatedAt"];
const TAGS: [&str; 2] = ["concepts", "tags"];
const FILES: [(&str, bool); 3] = [("files", false), ("files_modified", true), ("files_read", false)];
const COSTS: [&str; 2] = ["discovery_tokens", "cost"];
const MODELS: [&str; 2] = ["generated_by_model", "model"];
/// Names that hold no text of the memory, beside those above.
const NO_TEXT: [&str; 17] = [
    "agent_id",
    "sync_rev",
    "id",
    "rowid",
    "uuid",
    "hash",
    "state",
    "metadata",
    "author",
    "tool",
    "evidence",
    "bucket",
    "title",
    "platform_source",
    "merged_into_project",
    "version",
    "copies",
];
/// Endings of such names.
const NO_TEXT_ENDS: [&str; 8] = ["_id", "Id", "Ids", "_hash", "_at", "At", "_epoch", "_iso"];
/// Bytes of a title in a line of a list.
const TITLE: usize = 300;
/// Seconds since 1970 are smaller than this for ever, milliseconds have been larger since 1973.
const MILLISECONDS: i64 = 100_000_000_000;

/// A memory as its record shows it. Texts are raw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portrait {
    kind: String,
    project: String,
    agent: String,
    session: String,
    title: String,
    created: Option<EpochMs>,
    updated: Option<EpochMs>,
    texts: Vec<(String, String)>,
    tags: Vec<String>,
    files: Vec<FileRef>,
    cost: u32,
    stated: Option<f32>,
    model: Option<String>,
}

impl Portrait {
    /// What an image shows of a memory of that name, which reads now as `present` says, where it is there.
    pub fn of(native: &str, image: &Image, present: Option<&Row>) -> Self {
        let first = |names: &[&str]| names.iter().map(|name| text(image, name)).find(|text| !text.is_empty());
        let time = |names: &[&str]| names.iter().find_map(|name| image.own.get(name).and_then(moment));
        let kept = |own: Option<String>, now: Option<&str>| own.or_else(|| now.map(str::to_owned)).unwrap_or_default();
        let word = native.split_once('/').map_or(image.own.table.as_str(), |(word, _)| word);
        let scope = present.map(|row| &row.scope);
        let list = |name: &str| items(&text(image, name)).unwrap_or_default();
        let file = |(name, modified): (&str, bool)| {
            list(name).into_iter().map(move |path| FileRef { path, modified }).collect::<Vec<_>>()
        };
        #[expect(clippy::cast_possible_truncation, reason = "a confidence has two digits")]
        let stated = match image.own.get("confidence") {
            Some(Value::Real(value)) if (0.0..=1.0).contains(value) => Some(*value as f32),
            _ => None,
        };
        // The record of its session knows session and agent better than a memory that only points to it.
        let beside = |name: &str| {
            image.parents.iter().find_map(|record| match record.get(name) {
                Some(Value::Text(bytes)) if !bytes.is_empty() => Some(String::from_utf8_lossy(bytes).into_owned()),
                _ => None,
            })
        };
        let session = beside("content_session_id").or_else(|| first(&SESSIONS));
        let agent = match (beside("platform_source"), first(&AGENTS)) {
            (Some(platform), Some(subagent)) => Some(format!("{platform}/{subagent}")),
            (platform, agent) => platform.or(agent),
        };
        let texts = texts(image);
        let headline = Some(image.headline()).filter(|title| !title.is_empty());
        let headline =
            headline.or_else(|| texts.first().map(|(_, text)| text.lines().next().unwrap_or_default().to_owned()));
        Self {
            kind: first(&KINDS).unwrap_or_else(|| kept(None, Some(present.map_or(word, |row| row.kind.as_str())))),
            project: kept(first(&PROJECTS), scope.and_then(|scope| scope.project.as_deref())),
            agent: kept(agent, scope.and_then(|scope| scope.agent.as_deref())),
            session: kept(session, scope.and_then(|scope| scope.session.as_deref())),
            title: headline.unwrap_or_default(),
            created: time(&TIMES).or_else(|| present.and_then(|row| row.created)),
            updated: time(&CHANGES),
            texts,
            tags: TAGS.iter().map(|name| tags(&text(image, name))).find(|tags| !tags.is_empty()).unwrap_or_default(),
            files: FILES.into_iter().flat_map(file).collect(),
            cost: COSTS.iter().find_map(|name| count(image, name)).unwrap_or_default(),
            stated,
            model: first(&MODELS),
        }
    }

    /// A memory of which nothing is kept but its name.
    pub fn lost(native: &str, present: Option<&Row>) -> Self {
        let kind = native.split_once('/').map(|(word, _)| word.to_owned()).unwrap_or_default();
        let title = format!("{native}: what it said is not kept");
        match present {
            Some(row) => Self {
                kind: row.kind.clone(),
                project: row.scope.project.clone().unwrap_or_default(),
                agent: row.scope.agent.clone().unwrap_or_default(),
                created: row.created,
                title,
                ..Self::default()
            },
            None => Self { kind, title, ..Self::default() },
        }
    }

    /// When it was captured.
    pub const fn created(&self) -> Option<EpochMs> {
        self.created
    }

    /// The session that it names; empty when it names none.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Shows it as a record of a store, as the catalogue reads them.
    pub(crate) fn scanned<R>(&self, handle: Handle, then: impl FnOnce(&Scanned<'_>) -> R) -> R {
        let texts: Vec<&str> = self.texts.iter().map(|(_, text)| text.as_str()).collect();
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        let files: Vec<&str> = self.files.iter().map(|file| file.path.as_str()).collect();
        then(&Scanned {
            handle,
            created: self.created,
            project: &self.project,
            agent: &self.agent,
            session: &self.session,
            kind: &self.kind,
            title: &self.title,
            texts: &texts,
            tags: &tags,
            files: &files,
            bytes: self.bytes(),
            cost: self.cost,
            stated: self.stated,
            recalls: None,
            injected: true,
            told: Signals::NONE,
            origin: Origin::Agent,
            version: self.version(),
        })
    }

    /// Its line in a list; confidence and signals are left for the engine.
    pub fn row(&self, key: Key, id: MemoryId) -> Row {
        let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let end = (0..=TITLE.min(self.title.len())).rev().find(|end| self.title.is_char_boundary(*end)).unwrap_or(0);
        let scope = Scope { project: some(&self.project), agent: some(&self.agent), session: some(&self.session) };
        Row {
            key,
            id,
            kind: self.kind.clone(),
            bucket: Bucket::of(&self.kind, scope.project.is_some()),
            scope,
            title: self.title.get(..end).unwrap_or_default().to_owned(),
            created: self.created,
            tokens: tokens_of_bytes(self.bytes()),
            cost: self.cost,
            confidence: None,
            signals: Signals::NONE,
            overlay: crate::memory::Overlay::default(),
            version: self.version(),
        }
    }

    /// The memory in full, as far as the record shows it.
    pub fn memory(&self, row: Row) -> Memory {
        let section = |(name, text): &(String, String)| match items(text) {
            Some(items) => Section { name: name.clone(), style: SectionStyle::List, items },
            None => Section { name: name.clone(), style: SectionStyle::Prose, items: vec![text.clone()] },
        };
        let whole = |section: &Section| section.items.iter().any(|item| !item.trim().is_empty());
        let session = (!self.session.is_empty()).then(|| self.session.clone());
        let agent = (!self.agent.is_empty()).then(|| self.agent.clone());
        Memory {
            row,
            title: self.title.clone(),
            sections: self.texts.iter().map(section).filter(whole).collect(),
            tags: self.tags.clone(),
            files: self.files.clone(),
            provenance: Provenance { session, agent, model: self.model.clone(), ..Provenance::default() },
            updated: self.updated,
            accessed: None,
            recalls: None,
            expires: None,
            state: State::NotInjected,
            injection: Err("it was so once; the list shows the past".to_owned()),
            findings: Vec::new(),
            neighbours: Vec::new(),
        }
    }

    /// Whether it answers a term that else only its store can answer; what is like what is not looked for in the past.
    pub fn answers(&self, term: &Term, id: &MemoryId) -> bool {
        match term {
            Term::Word(word, prefix) => self.has_words(word, *prefix),
            Term::Phrase(phrase) => self.has_words(phrase, false),
            Term::Name(NameField::Session, pattern) => pattern.matches(&self.session),
            Term::Name(NameField::Tag, pattern) => self.tags.iter().any(|tag| pattern.matches(tag)),
            Term::Name(NameField::File, pattern) => self.files.iter().any(|file| pattern.matches(&file.path)),
            Term::Name(NameField::Id, pattern) => pattern.matches(&id.native) || pattern.matches(&id.to_string()),
            _ => false,
        }
    }

    /// Whether these words stand in it in this order; of the last the beginning is enough when it is open.
    fn has_words(&self, wanted: &str, open: bool) -> bool {
        let wanted = words(wanted);
        let Some((last, whole)) = wanted.split_last() else { return false };
        let begins = |word: &String| if open { word.starts_with(last.as_str()) } else { word == last };
        let all = std::iter::once(self.title.as_str()).chain(self.texts.iter().map(|(_, text)| text.as_str()));
        all.chain(self.tags.iter().map(String::as_str)).map(words).any(|said| {
            said.windows(wanted.len())
                .any(|run| run.split_last().is_some_and(|(end, before)| before == whole && begins(end)))
        })
    }

    fn bytes(&self) -> u64 {
        let texts = self.texts.iter().map(|(_, text)| text.len()).sum::<usize>();
        let tags = self.tags.iter().map(String::len).sum::<usize>();
        (self.title.len() + texts + tags) as u64
    }

    fn version(&self) -> Version {
        let said = self.texts.iter().map(|(_, text)| text.as_bytes());
        said.fold(Version::default().with(3, self.title.as_bytes()), |version, text| version.with(3, text))
    }
}

/// Words as full-text indexes know them: letters and digits, in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A column as text; empty when it holds none.
fn text(image: &Image, column: &str) -> String {
    match image.own.get(column) {
        Some(Value::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

/// The columns that hold what the memory says, in the record's order. A text that is the title already is left out.
fn texts(image: &Image) -> Vec<(String, String)> {
    let known = |name: &str| {
        let plain = [&KINDS[..], &PROJECTS, &AGENTS, &SESSIONS, &TIMES, &CHANGES, &TAGS, &MODELS, &NO_TEXT];
        plain.iter().any(|names| names.contains(&name))
            || FILES.iter().any(|(file, _)| *file == name)
            || NO_TEXT_ENDS.iter().any(|end| name.ends_with(end))
    };
    let columns = image.own.columns.iter().filter(|(name, _)| !known(name));
    let said = columns.map(|(name, _)| (name.clone(), text(image, name)));
    said.filter(|(_, text)| !text.trim().is_empty() && text != "[]").collect()
}

/// A list of texts in JSON.
fn items(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') { serde_json::from_str(text).ok() } else { None }
}

/// Tags as products write them: a list in JSON, or words with commas between.
fn tags(text: &str) -> Vec<String> {
    let plain = || text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    items(text).unwrap_or_else(plain)
}

fn count(image: &Image, column: &str) -> Option<u32> {
    match image.own.get(column) {
        Some(Value::Integer(number)) => u32::try_from(*number).ok(),
        _ => None,
    }
}

/// A time in milliseconds, in seconds, or as RFC 3339.
#[expect(clippy::cast_possible_truncation, reason = "bounded where it stands; fractions of a millisecond are none")]
fn moment(value: &Value) -> Option<EpochMs> {
    let number = |number: i64| if number < MILLISECONDS { number.checked_mul(1000) } else { Some(number) };
    match value {
        Value::Integer(0) | Value::Null | Value::Blob(_) => None,
        Value::Integer(at) => number(*at),
        Value::Real(at) if at.is_finite() && at.abs() < 1e11 => Some((at * 1000.0) as i64),
        Value::Real(at) => (at.is_finite() && at.abs() < 1e15).then_some(*at as i64),
        Value::Text(bytes) => {
            let text = std::str::from_utf8(bytes).ok()?;
            let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_millis());
            at.or_else(|| text.parse().ok().and_then(number))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::Record, query::Pattern};

    fn image(columns: &[(&str, Value)]) -> Image {
        let columns = columns.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Image { own: Record { table: "observations".into(), columns }, side: vec![], parents: vec![] }
    }

    fn said(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn a_record_is_understood_by_the_names_of_its_columns() {
        let columns = [
            ("id", Value::Integer(7)),
            ("project", said("acme")),
            ("type", said("bugfix")),
            ("title", said("Pool exhausted")),
            ("facts", said(r#"["one fact","another"]"#)),
            ("narrative", said("Deploys use Vercel now.")),
            ("concepts", said(r#"["gotcha"]"#)),
            ("files_modified", said(r#"["src/db.rs"]"#)),
            ("content_hash", said("abc")),
            ("created_at", said("2026-10-01T00:00:00Z")),
        ];
        let portrait = Portrait::of("observation/7", &image(&columns), None);
        let id = MemoryId { store: "claude-mem".into(), native: "observation/7".into() };
        let row = portrait.row(Key { store: 0, handle: Handle(7) }, id.clone());
        assert_eq!((row.kind.as_str(), row.scope.short(), row.title.as_str()), ("bugfix", "acme", "Pool exhausted"));
        assert_eq!(row.created, Some(1_790_812_800_000));
        let memory = portrait.memory(row);
        let sections: Vec<(&str, usize)> =
            memory.sections.iter().map(|section| (section.name.as_str(), section.items.len())).collect();
        assert_eq!(sections, [("facts", 2), ("narrative", 1)], "neither hashes nor tags are text");
        assert!(memory.files[0].modified && memory.tags == ["gotcha"]);
        let word = |word: &str, open| portrait.answers(&Term::Word(word.into(), open), &id);
        assert!(word("vercel", false) && word("deplo", true) && !word("deplo", false));
        assert!(portrait.answers(&Term::Phrase("deploys use".into()), &id));
        assert!(!portrait.answers(&Term::Phrase("use deploys".into()), &id));
        let tag = Term::Name(NameField::Tag, Pattern::exact("gotcha"));
        assert!(portrait.answers(&tag, &id) && !portrait.answers(&Term::Like("x".into()), &id));
    }

    #[test]
    fn times_are_seconds_milliseconds_or_words() {
        for value in [Value::Integer(1_790_812_800), Value::Integer(1_790_812_800_000), Value::Real(1_790_812_800.0)] {
            assert_eq!(moment(&value), Some(1_790_812_800_000), "{value:?}");
        }
        for value in [Value::Null, Value::Integer(0), said("soon"), Value::Real(f64::NAN), Value::Real(1e300)] {
            assert_eq!(moment(&value), None, "{value:?}");
        }
    }

    #[test]
    fn of_what_is_not_kept_the_name_is_left() {
        let row = Portrait::lost("prompt/3", None)
            .row(Key { store: 0, handle: Handle(3) }, MemoryId { store: "s".into(), native: "prompt/3".into() });
        assert!(row.kind == "prompt" && row.title.contains("not kept") && row.created.is_none());
    }
}
