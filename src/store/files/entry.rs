//! A memory as lists, the catalogue and readers know it.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    body,
    folder::{INDEX, Layout, Source},
    front::{self, Front},
    pieces::{self, Form, Link, Piece, Split},
};
use crate::{
    memory::{
        Bucket, EpochMs, Handle, Key, Memory, MemoryId, Overlay, Provenance, Row, Scope, Section, SectionStyle,
        Signals, State, Version, tokens_of_bytes,
    },
    store::{
        Origin, Scanned,
        disk::Look,
        held::{Listed, handle_of},
        sqlite::cell,
        texts,
    },
};

/// Bytes of a title in a list.
const TITLE: usize = 300;
/// Bytes of a text that the catalogue judges.
const JUDGED: usize = 16 * 1024;
/// Bytes of a text that are shown.
const WINDOW: usize = 256 * 1024;

/// A file as it was read last.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) source: Source,
    pub(super) look: Look,
    pub(super) split: Split,
    /// Fields of a file that is one memory.
    pub(super) front: Front,
    /// Lines and bytes before each piece that count against the limit of its reader, where it has one.
    pub(super) before: Vec<(usize, usize)>,
}

/// One memory.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) handle: Handle,
    pub(super) native: String,
    pub(super) file: Arc<Loaded>,
    /// Which piece of the file.
    pub(super) at: usize,
    pub(super) kind: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) text: String,
    pub(super) tags: Vec<String>,
    pub(super) session: String,
    pub(super) created: Option<EpochMs>,
    pub(super) updated: Option<EpochMs>,
    /// Why no agent gets to see it, if so.
    pub(super) withheld: Option<String>,
    pub(super) version: Version,
}

/// The native id of a piece.
pub(super) fn native_of(source: &Source, key: &str) -> String {
    if key.is_empty() { source.native.clone() } else { format!("{}#{key}", source.native) }
}

/// What a piece says, in a number.
pub(super) fn version_of(heading: &[u8], text: &[u8]) -> Version {
    Version::default().with(3, heading).with(3, text)
}

/// The file that a line of an index leads to.
pub(super) fn target_of(index: &Source, link: &Link) -> PathBuf {
    index.path.parent().unwrap_or(Path::new("")).join(&link.target)
}

/// The title of a piece by itself.
pub(super) fn title_of(source: &Source, piece: &Piece) -> String {
    let fields = if source.form == Form::Whole { Front::read(&piece.text) } else { Front::default() };
    let named = fields.get(&piece.text, "name").or_else(|| fields.get(&piece.text, "title"));
    let headline = || Some(piece.headline()).filter(|line| !line.is_empty());
    let linked = || piece.link.as_ref().map(|link| format!("{} → {}", link.title, link.target));
    let heading = || {
        let after = piece.text.get(front::head_length(&piece.text)..).filter(|_| source.form == Form::Whole)?;
        let line = pieces::open_lines(after).find(|line| line.starts_with(b"#"))?;
        Some(String::from_utf8_lossy(line).trim().trim_matches('#').trim().to_owned()).filter(|line| !line.is_empty())
    };
    let first = || match source.form {
        Form::Whole => source.path.file_stem().map(|name| name.to_string_lossy().into_owned()),
        _ => Some(cell::headline(&String::from_utf8_lossy(&piece.text), TITLE).to_owned()),
    };
    let title = named.or_else(headline).or_else(linked).or_else(heading).or_else(first).unwrap_or_default();
    cell::headline(&title, TITLE).to_owned()
}

/// What the indexes say about the files that they lead to.
struct Lead {
    title: String,
    withheld: Option<String>,
}

/// The memories in files. `present` are all files of the store, also those that are not among `files`.
pub(super) fn all(files: &[Arc<Loaded>], present: &HashSet<PathBuf>) -> Vec<Entry> {
    let mut leads: HashMap<PathBuf, Lead> = HashMap::new();
    for file in files.iter().filter(|file| file.source.form == Form::Index) {
        for (at, piece) in file.split.pieces.iter().enumerate() {
            if let Some(link) = &piece.link {
                let withheld = beyond(file, at).map(|told| format!("its line in {INDEX} comes too late: {told}"));
                leads.entry(target_of(&file.source, link)).or_insert(Lead { title: link.title.clone(), withheld });
            }
        }
    }
    let mut entries = Vec::new();
    for file in files {
        for (at, piece) in file.split.pieces.iter().enumerate() {
            let leads_on = piece.link.as_ref().is_some_and(|link| present.contains(&target_of(&file.source, link)));
            let is_memory = file.source.form == Form::Whole || (!piece.is_blank() && !leads_on);
            if is_memory {
                entries.push(entry(file, at, piece, leads.get(&file.source.path)));
            }
        }
    }
    entries
}

fn entry(file: &Arc<Loaded>, at: usize, piece: &Piece, lead: Option<&Lead>) -> Entry {
    let source = &file.source;
    let field = |name: &str| file.front.get(&piece.text, name);
    let time = |names: &[&str]| names.iter().find_map(|name| field(name).and_then(|text| moment(&text)));
    // All sections of a file have its time; a millisecond for each keeps them in their order.
    let behind = EpochMs::try_from(at).unwrap_or_default();
    let changed = EpochMs::try_from(file.look.modified / 1_000_000).ok().map(|time| time.saturating_sub(behind));
    let native = native_of(source, &piece.key);
    let own = title_of(source, piece);
    let named = field("name").or_else(|| field("title")).is_some();
    let title = lead.filter(|_| !named).map_or(own, |lead| lead.title.clone());
    let text = match (&piece.link, source.form) {
        (Some(link), _) => link.hook.clone(),
        (None, Form::Whole) => body::shown(piece.text.get(front::head_length(&piece.text)..).unwrap_or_default()),
        (None, _) => body::shown(&piece.text),
    };
    let kind = match field("type").filter(|kind| kind.len() <= 40 && !kind.contains('\n')) {
        Some(kind) => kind,
        None if piece.link.is_some() => "pointer".to_owned(),
        None => source.kind.to_owned(),
    };
    Entry {
        handle: handle_of(&native),
        native,
        file: Arc::clone(file),
        at,
        kind,
        title,
        description: field("description").unwrap_or_default(),
        text,
        tags: file.front.list(&piece.text, "tags"),
        session: field("originSessionId").unwrap_or_default(),
        created: time(&["created", "created_at", "date", "modified", "updated"]).or(changed),
        updated: time(&["modified", "updated", "updated_at"]).or(changed),
        withheld: withheld(file, at, piece, lead),
        version: version_of(&piece.heading, &piece.text),
    }
}

/// Why no agent gets to see a piece.
fn withheld(file: &Loaded, at: usize, piece: &Piece, lead: Option<&Lead>) -> Option<String> {
    let source = &file.source;
    if source.kind == "patch" {
        return Some("it waits in the inbox until a person approves it in Gemini CLI".to_owned());
    }
    if let Some(link) = &piece.link {
        return Some(format!("{} leads nowhere: the file it names is not there", link.target));
    }
    match (&source.folder.layout, source.form, lead) {
        (Layout::Topics | Layout::Inbox, Form::Whole, None) => {
            Some(format!("no line of {INDEX} leads to it, so that it is never recalled"))
        }
        (_, Form::Whole, Some(lead)) => lead.withheld.clone(),
        (_, Form::Sections | Form::Index, _) => beyond(file, at),
        _ => None,
    }
}

/// What its reader takes in of a file, when a piece begins behind that.
fn beyond(file: &Loaded, at: usize) -> Option<String> {
    let limit = file.source.limit?;
    let (lines, bytes) = file.before.get(at).copied()?;
    (lines >= limit.lines || bytes >= limit.bytes)
        .then(|| format!("{}, and it begins in line {}", limit.told, lines + 1))
}

/// A time in front matter: RFC 3339, or a day.
fn moment(text: &str) -> Option<EpochMs> {
    if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp_millis());
    }
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0));
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let moment = forms.iter().find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok());
    moment.or(day).map(|moment| moment.and_utc().timestamp_millis())
}

impl Entry {
    fn source(&self) -> &Source {
        &self.file.source
    }

    fn bytes(&self) -> usize {
        self.title.len() + self.description.len() + self.text.len()
    }

    /// Where it is, in lines for a person.
    fn place(&self) -> Vec<String> {
        let source = self.source();
        let before = self.file.split.pieces.iter().take(self.at).flat_map(Piece::bytes);
        let above = self.file.split.head.iter().copied().chain(before).filter(|byte| *byte == b'\n').count();
        let mut lines = vec![match source.form {
            Form::Whole => source.path.display().to_string(),
            _ => format!("{}, line {}", source.path.display(), above + 1),
        }];
        lines.extend(source.imported_by.iter().map(|by| format!("imported by {by}")));
        let fields = Front::read(&self.file.split.head);
        for name in ["paths", "globs", "alwaysApply", "description", "trigger"] {
            let values = fields.list(&self.file.split.head, name);
            if !values.is_empty() {
                lines.push(format!("{name}: {}", values.join(", ")));
            }
        }
        lines
    }

    /// The memory in full, with the memories around it.
    pub(super) fn memory(&self, store: &str, neighbours: Vec<(Handle, String)>) -> Memory {
        let row = self.row(store);
        let text = |name: &str, text: &str| Section {
            name: name.to_owned(),
            style: SectionStyle::Prose,
            items: vec![window(text)],
        };
        let texts = [("description", &self.description), ("text", &self.text)];
        let mut sections: Vec<Section> =
            texts.iter().filter(|(_, words)| !words.is_empty()).map(|(name, words)| text(name, words)).collect();
        sections.push(Section { name: "found in".to_owned(), style: SectionStyle::List, items: self.place() });
        let agent = row.scope.agent.as_deref().and_then(|agent| agent.split('/').next()).map(str::to_owned);
        let subagent = row.scope.agent.as_deref().and_then(|agent| Some(agent.split_once('/')?.1.to_owned()));
        Memory {
            title: self.title.clone(),
            sections,
            tags: self.tags.clone(),
            files: Vec::new(),
            provenance: Provenance { session: row.scope.session.clone(), agent, subagent, ..Provenance::default() },
            updated: self.updated,
            accessed: None,
            recalls: None,
            expires: None,
            state: match (&self.withheld, self.source().kind) {
                (_, "patch") => State::Quarantined,
                (Some(_), _) => State::NotInjected,
                (None, _) => State::Live,
            },
            injection: self.withheld.clone().map_or_else(|| Ok(cell::cut(&self.text, 4096).to_owned()), Err),
            findings: Vec::new(),
            neighbours,
            row,
        }
    }
}

/// At most a window of a text, with a note of what is left out.
fn window(text: &str) -> String {
    let part = cell::cut(text, WINDOW);
    match text.len() - part.len() {
        0 => text.to_owned(),
        left => format!("{part}\n[{left} more bytes are not shown]"),
    }
}

impl Listed for Entry {
    fn handle(&self) -> Handle {
        self.handle
    }

    fn native(&self) -> &str {
        &self.native
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn session(&self) -> &str {
        &self.session
    }

    fn created(&self) -> Option<EpochMs> {
        self.created
    }

    fn row(&self, store: &str) -> Row {
        let project = self.source().folder.project.clone();
        Row {
            // The engine knows the store's place in its list and sets it.
            key: Key { store: 0, handle: self.handle },
            id: MemoryId { store: store.to_owned(), native: self.native.clone() },
            bucket: Bucket::of(&self.kind, project.is_some()),
            kind: self.kind.clone(),
            scope: Scope {
                project,
                agent: Some(self.source().agent.clone()).filter(|agent| !agent.is_empty()),
                session: Some(self.session.clone()).filter(|session| !session.is_empty()),
            },
            title: self.title.clone(),
            created: self.created,
            tokens: tokens_of_bytes(self.bytes() as u64),
            cost: 0,
            confidence: None,
            signals: Signals::NONE,
            overlay: Overlay::default(),
            version: self.version,
        }
    }

    fn scanned(&self, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        let tags: Vec<&str> = self.tags.iter().map(String::as_str).collect();
        let texts = [cell::cut(&self.description, JUDGED), cell::cut(&self.text, JUDGED)];
        let from = usize::from(self.description.is_empty());
        visit(&Scanned {
            handle: self.handle,
            created: self.created,
            project: self.source().folder.project.as_deref().unwrap_or_default(),
            agent: &self.source().agent,
            session: &self.session,
            kind: &self.kind,
            title: &self.title,
            texts: texts.get(from..).unwrap_or_default(),
            tags: &tags,
            files: &[],
            bytes: self.bytes() as u64,
            cost: 0,
            stated: None,
            injected: self.withheld.is_none(),
            origin: match self.source().folder.layout {
                Layout::Instructions(_) | Layout::Alone(_) => Origin::Person,
                _ if !self.session.is_empty() => Origin::Agent,
                _ => Origin::Unknown,
            },
            version: self.version,
            told: Signals::NONE,
            recalls: None,
        })
    }

    fn page(&self) -> texts::Page<'_> {
        texts::Page {
            handle: self.handle,
            title: &self.title,
            texts: vec![&self.description, &self.text],
            tags: self.tags.iter().map(String::as_str).collect(),
            files: vec![self.source().path.to_string_lossy()],
            session: &self.session,
        }
    }
}
