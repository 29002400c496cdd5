//! Memories from elsewhere as files and as sections of files: what can be held of one, where it goes, and its record.

use std::{collections::HashMap, sync::Arc};

use super::{
    bench::Bench,
    entry,
    folder::{Folder, INDEX, Layout, Source, Survey},
    pieces::{self, Form, Piece, Split},
    record,
};
use crate::{
    memory::{EpochMs, Record, Value},
    store::{
        Composed, Drawer, Fitted, Parcel, Result,
        intake::{cell, said},
    },
};

/// The record of a file that is to be made.
const FILE: &str = "new file";
/// The record of a section that is to be added to a file.
const SECTION: &str = "new section";
/// Letters of a line in an index behind its link.
const HOOK: usize = 120;
/// Files that are tried before a name is given up.
const NAMES: usize = 1000;

/// Files of instructions that are made when they are not there: those that every agent looks for.
const MADE: [&str; 5] = ["AGENTS.md", "CLAUDE.md", "CLAUDE.local.md", "GEMINI.md", "global_rules.md"];

/// The parts of a store in which memories can be laid.
pub(super) fn drawers(survey: &Survey) -> Vec<Drawer> {
    survey.folders.iter().flat_map(|folder| drawers_of(survey, folder)).collect()
}

fn drawers_of(survey: &Survey, folder: &Arc<Folder>) -> Vec<Drawer> {
    let drawer = |name: String, what: &str| Drawer { name, what: what.to_owned(), project: folder.project.clone() };
    match &folder.layout {
        Layout::Codex | Layout::Letta => Vec::new(),
        Layout::Topics | Layout::Inbox => vec![drawer(folder.label.clone(), "a file, and a line in its index")],
        Layout::Notes | Layout::Tool => vec![drawer(folder.label.clone(), "a file")],
        Layout::Instructions(rules) => {
            let sources = survey.sources.iter().filter(|source| source.folder == *folder);
            let there = sources.filter(|source| !source.outside && source.imported_by.is_none());
            let mut found: Vec<Drawer> =
                there.map(|source| drawer(source.native.clone(), "a section of the file")).collect();
            for rule in rules.iter().filter(|rule| MADE.contains(&rule.path) && folder.directory.is_dir()) {
                let name = folder.native(rule.path);
                if found.iter().all(|known| known.name != name) {
                    found.push(drawer(name, "a section of a new file"));
                }
            }
            found
        }
        Layout::Alone(name) => vec![drawer(folder.native(name), "a section of the file")],
    }
}

/// The drawer that is meant: the named one, the only one, or the only one of the project.
fn chosen(drawers: Vec<Drawer>, named: Option<&str>, project: Option<&str>) -> std::result::Result<Drawer, String> {
    let list = |drawers: &[Drawer]| drawers.iter().map(|it| it.name.clone()).collect::<Vec<_>>().join(", ");
    if drawers.is_empty() {
        return Err("only its own product adds memories there".to_owned());
    }
    if let Some(named) = named.filter(|name| !name.is_empty()) {
        let all = list(&drawers);
        let found = drawers.into_iter().find(|drawer| drawer.name == named);
        return found.ok_or_else(|| format!("there is no {named} to add to; there are {all}"));
    }
    let mut of_project: Vec<Drawer> =
        drawers.iter().filter(|drawer| drawer.project.as_deref() == project).cloned().collect();
    let mut all = drawers;
    match (of_project.len(), all.len()) {
        (1, _) => Ok(of_project.remove(0)),
        (_, 1) => Ok(all.remove(0)),
        (0, _) => Err(format!("say into which part of it with STORE:PART; there are {}", list(&all))),
        _ => Err(format!("say into which part of it with STORE:PART; there are {}", list(&of_project))),
    }
}

/// What a store of files can hold of a memory.
///
/// # Errors
/// Why it can hold nothing of it, or that it is not said where.
pub(super) fn fitted(survey: &Survey, parcel: &Parcel, named: Option<&str>) -> std::result::Result<Fitted, String> {
    let drawer = chosen(drawers(survey), named, parcel.project.as_deref())?;
    if parcel.title.is_empty() {
        return Err("it has no title to be named by; give it one first".to_owned());
    }
    let of_folder = survey.folders.iter().find(|folder| {
        let whole = matches!(folder.layout, Layout::Topics | Layout::Inbox | Layout::Notes | Layout::Tool);
        whole && folder.label == drawer.name
    });
    let mut fitted = match of_folder {
        Some(folder) => file(folder, parcel),
        None => section(&drawer.name, parcel),
    };
    if drawer.project == parcel.project {
        fitted.left.retain(|left| left.field != "scope");
    } else if let Some(scope) = fitted.left.iter_mut().find(|left| left.field == "scope") {
        scope.why = format!("{}; there it is {}", scope.why, drawer.project.as_deref().unwrap_or("everywhere"));
    }
    Ok(fitted)
}

fn section(native: &str, parcel: &Parcel) -> Fitted {
    let columns = vec![cell("file", native), cell("title", parcel.title.as_str()), cell("text", parcel.text.as_str())];
    let becomes = columns.iter().filter_map(|(name, value)| Some((name.clone(), said(value)?))).collect();
    Fitted { record: Record { table: SECTION.to_owned(), columns }, becomes, left: parcel.left(&[]) }
}

fn file(folder: &Folder, parcel: &Parcel) -> Fitted {
    let name = pieces::slug(&parcel.title);
    let (text, holds): (String, &[&str]) = match folder.layout {
        Layout::Notes => (note(parcel, &name), &["kind", "tags", "created", "origin"]),
        Layout::Tool => (format!("# {}\n\n{}\n", parcel.title, parcel.text.trim_end()), &[]),
        _ => (topic(parcel, &name), &["kind", "session", "created", "origin"]),
    };
    let has_index = matches!(folder.layout, Layout::Topics | Layout::Inbox);
    let mut columns =
        vec![cell("folder", folder.label.as_str()), cell("name", name.as_str()), cell("text", text.as_str())];
    let mut becomes = vec![("file".to_owned(), folder.native(&format!("{name}.md"))), ("text".to_owned(), text)];
    if has_index {
        columns.push(cell("title", parcel.title.as_str()));
        columns.push(cell("hook", hook(parcel)));
        becomes.push((INDEX.to_owned(), line(&parcel.title, &format!("{name}.md"), &hook(parcel))));
    }
    Fitted { record: Record { table: FILE.to_owned(), columns }, becomes, left: parcel.left(holds) }
}

/// A topic file in the second of Claude Code's two shapes.
fn topic(parcel: &Parcel, name: &str) -> String {
    let kind = if parcel.kind.is_empty() { parcel.bucket.name() } else { &parcel.kind };
    let session = parcel.session.as_ref().map(|session| format!("  originSessionId: {}", plain(session)));
    let modified = parcel.updated.or(parcel.created).map(|at| format!("  modified: {}", iso(at)));
    let fields = [
        Some(format!("name: {name}")),
        Some(format!("description: {}", quoted(&parcel.title))),
        Some("metadata:\n  node_type: memory".to_owned()),
        Some(format!("  type: {}", plain(kind))),
        session,
        modified,
        Some(format!("  source: {}", quoted(&parcel.from.to_string()))),
    ];
    headed(fields.into_iter().flatten(), parcel)
}

/// A note of basic-memory.
fn note(parcel: &Parcel, name: &str) -> String {
    let tags: Vec<String> = parcel.tags.iter().map(|tag| format!("\n- {}", quoted(tag))).collect();
    let fields = [
        Some(format!("title: {}", quoted(&parcel.title))),
        Some(format!("type: {}", plain(&parcel.kind))),
        Some(format!("permalink: {name}")),
        (!tags.is_empty()).then(|| format!("tags:{}", tags.concat())),
        parcel.created.map(|at| format!("created: {}", iso(at))),
        Some(format!("source: {}", quoted(&parcel.from.to_string()))),
    ];
    headed(fields.into_iter().flatten(), parcel)
}

/// A text below its front matter.
fn headed(fields: impl Iterator<Item = String>, parcel: &Parcel) -> String {
    let fields: Vec<String> = fields.collect();
    format!("---\n{}\n---\n\n{}\n", fields.join("\n"), parcel.text.trim_end())
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A word as a value without quotes, if it needs none.
fn plain(text: &str) -> String {
    let is_plain = !text.is_empty() && text.chars().all(|sign| sign.is_alphanumeric() || matches!(sign, '_' | '-'));
    if is_plain { text.to_owned() } else { quoted(text) }
}

fn iso(at: EpochMs) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default();
    moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// What stands in the index behind the link: the first line of the text.
fn hook(parcel: &Parcel) -> String {
    let lines = parcel.text.lines().map(|line| line.trim_matches(|sign: char| " #-*>".contains(sign)));
    let first = lines.into_iter().find(|line| !line.is_empty() && *line != parcel.title).unwrap_or_default();
    first.chars().take(HOOK).collect()
}

fn line(title: &str, target: &str, hook: &str) -> String {
    let title: String = title.chars().filter(|sign| !"[]".contains(*sign)).collect();
    let behind = if hook.is_empty() { String::new() } else { format!(" — {hook}") };
    format!("- [{title}]({target}){behind}\n")
}

fn word<'r>(record: &'r Record, column: &str) -> std::borrow::Cow<'r, str> {
    match record.get(column) {
        Some(Value::Text(bytes)) => String::from_utf8_lossy(bytes),
        _ => std::borrow::Cow::Borrowed(""),
    }
}

/// Whether a record is one of a memory from elsewhere.
pub(super) fn is_meant(record: &Record) -> bool {
    matches!(record.table.as_str(), FILE | SECTION)
}

/// Full records of new memories, each with a name of its own; those that go into one file follow each other.
///
/// # Errors
/// A file cannot be read.
pub(super) fn compose(survey: &Survey, records: &[Record]) -> Result<Vec<Composed>> {
    let mut bench = Bench::new(survey.clone());
    let mut last: HashMap<String, usize> = HashMap::new();
    for (at, record) in records.iter().enumerate().filter(|(_, record)| record.table == SECTION) {
        last.insert(word(record, "file").into_owned(), at);
    }
    let mut made = Vec::with_capacity(records.len());
    for (at, record) in records.iter().enumerate() {
        made.push(match record.table.as_str() {
            FILE => new_file(&mut bench, record)?,
            _ => new_section(&mut bench, record, last.get(word(record, "file").as_ref()) != Some(&at))?,
        });
    }
    Ok(made)
}

fn new_file(bench: &mut Bench, given: &Record) -> Result<Composed> {
    let label = word(given, "folder");
    let Some(folder) = bench.survey.folders.iter().find(|folder| folder.label == *label).cloned() else {
        return Ok(Err(format!("the directory {label} is gone; make it again first")));
    };
    let name = word(given, "name");
    let names = std::iter::once(format!("{name}.md")).chain((2..NAMES).map(|nth| format!("{name}-{nth}.md")));
    for relative in names {
        let Some(source) = folder.source(&relative) else { break };
        if source.form != Form::Whole || source.path.symlink_metadata().is_ok() {
            continue;
        }
        let draft = bench.draft(&source)?;
        if !draft.split.pieces.is_empty() {
            continue;
        }
        let text = word(given, "text").into_owned();
        draft.split = pieces::split(text.as_bytes(), source.form);
        let title = entry::title_of(&source, &pieces::whole(text.as_bytes()));
        let mut image = record::of_file(&title, text.as_bytes(), Value::Null);
        if Bench::index_of(&source).is_some() {
            let line = line(&word(given, "title"), &relative, &word(given, "hook"));
            image = record::with_new_line(image, line.into_bytes());
        }
        return Ok(Ok((source.native, image)));
    }
    Ok(Err(format!("no name is free for a file {name}.md")))
}

/// A section for the end of a file. `followed`: another one comes behind it.
fn new_section(bench: &mut Bench, given: &Record, followed: bool) -> Result<Composed> {
    let native = word(given, "file");
    let Some(source) = bench.survey.source(&native).filter(|source| source.form == Form::Sections) else {
        return Ok(Err(format!("there is no file {native} to add to any more")));
    };
    let draft = bench.draft(&source)?;
    let level = level_in(&draft.split);
    let newline = if draft.split.join().windows(2).any(|pair| pair == b"\r\n") { "\r\n" } else { "\n" };
    let title = word(given, "title").trim().trim_start_matches('#').trim().to_owned();
    let body = pieces::deepened(&word(given, "text"), level);
    let gap = if followed { "\n" } else { "" };
    for nth in 1..NAMES {
        let named = if nth == 1 { title.clone() } else { format!("{title} ({nth})") };
        let words = format!("{} {named}\n\n{}\n{gap}", "#".repeat(usize::from(level)), body.trim());
        let piece = words.replace("\r\n", "\n").replace('\n', newline);
        let draft = bench.draft(&source)?;
        let before: Vec<String> = keys(&draft.split);
        let known = draft.split.clone();
        record::append(draft, piece.as_bytes());
        let after = keys(&draft.split);
        // A heading that is there already would give both sections other names.
        let is_one = after.len() == before.len() + 1 && after.starts_with(&before);
        let Some(made) = draft.split.pieces.last().filter(|made| is_one && !pieces::hangs_on_text(&made.key)) else {
            draft.split = known;
            if after.len() > before.len() + 1 {
                return Ok(Err("its text would be cut into several sections; edit it first".to_owned()));
            }
            continue;
        };
        let bits = bits_beside(&source);
        let image = record::of_section(&entry::title_of(&source, made), &made.heading, &made.text, bits);
        return Ok(Ok((entry::native_of(&source, &made.key), image)));
    }
    Ok(Err(format!("{native} has that heading too often")))
}

fn keys(split: &Split) -> Vec<String> {
    split.pieces.iter().map(|piece| piece.key.clone()).collect()
}

/// The level of heading that stands beside the last section of a file.
fn level_in(split: &Split) -> u8 {
    let levels = || split.pieces.iter().map(|piece: &Piece| piece.level).filter(|level| *level > 0);
    match (levels().min(), levels().filter(|level| *level == 1).count(), levels().max()) {
        // Chapters only: a section would become part of the last one.
        (Some(1), chapters, Some(1)) if chapters > 1 => 1,
        (Some(highest), _, _) if highest > 2 => highest,
        _ => 2,
    }
}

/// A new file of a project may be read by whoever may read its directory.
fn bits_beside(source: &Source) -> Value {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = source.path.parent().and_then(|directory| std::fs::metadata(directory).ok());
    directory.map_or(Value::Null, |it| Value::Integer(i64::from(it.permissions().mode() & 0o644 | 0o600)))
}
