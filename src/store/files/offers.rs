//! What agents lay before a person in files: reflections of Letta that are not merged, and patches in Gemini's inbox.

use std::{
    fs,
    path::{Component, Path},
    sync::Arc,
};

use super::{
    edit,
    folder::{Folder, INDEX, Layout, Source, Survey},
    git::{Branch, Repository},
    record, tool,
};
use crate::{
    change::{Draft, Edit, Evidence, Label, Step, Wish},
    memory::{Image, Value, Version},
    store::{Offer, disk},
};

/// Bytes of a patch that is read.
const LONGEST: u64 = 1024 * 1024;

/// Everything that waits in these folders, and what is wrong with the rest: the place and the reason.
pub(super) fn all(survey: &Survey) -> (Vec<Offer>, Vec<(String, String)>) {
    let (mut offers, mut wrong) = (Vec::new(), Vec::new());
    let mut take = |place: String, read: Result<Offer, String>| match read {
        Ok(offer) => offers.push(offer),
        Err(reason) => wrong.push((place, reason)),
    };
    for folder in &survey.folders {
        match folder.layout {
            Layout::Letta => match Repository(&folder.directory).reflections() {
                Ok(branches) => {
                    for branch in branches {
                        take(branch.name.clone(), of_branch(folder, &branch));
                    }
                }
                Err(reason) => take(folder.directory.display().to_string(), Err(reason)),
            },
            Layout::Inbox => {
                let of_folder = |source: &&Source| source.kind == "patch" && source.folder == *folder;
                for patch in survey.sources.iter().filter(of_folder) {
                    take(patch.native.clone(), of_patch(survey, patch));
                }
            }
            _ => {}
        }
    }
    (offers, wrong)
}

/// The change of a file that is one memory.
fn step(source: &Source, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<Step<()>, String> {
    let native = source.native.clone();
    let Some(before) = before else {
        let text = after.ok_or("it changes nothing")?;
        let wish = Wish::Add(tool::new_file(&native, text, None));
        return Ok(Step { store: (), native: String::new(), seen: Version::default(), was: Edit::new(), wish });
    };
    let image = image(source, before);
    let wish = match after {
        None => Wish::Delete,
        Some(after) => Wish::Edit(between(source, &image, after)?),
    };
    Ok(Step { store: (), native, seen: record::version(&image), was: edit::fields(&image), wish })
}

fn image(source: &Source, bytes: &[u8]) -> Image {
    record::of_file(&tool::title(source, bytes), bytes, Value::Null)
}

/// The fields that make one file of another, byte for byte.
fn between(source: &Source, before: &Image, after: &[u8]) -> Result<Edit, String> {
    let old = edit::fields(before);
    let new = edit::fields(&image(source, after));
    let changed: Edit = new.into_iter().filter(|field| !old.contains(field)).collect();
    let made = edit::after(source, "", before, &changed, 0)?;
    if changed.is_empty() || record::own(&made).1 != after {
        return Err(format!("what it makes of {} cannot be shown field by field", source.native));
    }
    Ok(changed)
}

fn offer(author: &str, note: &str, reason: String, steps: Vec<Step<()>>) -> Offer {
    let draft =
        Draft { label: label(&steps), reason, evidence: Vec::new(), confidence: None, likeness: String::new(), steps };
    Offer { author: author.to_owned(), note: note.to_owned(), draft }
}

/// What changes are for, by what they do: those of the patch itself aside.
fn label(steps: &[Step<()>]) -> Label {
    let any = |test: fn(&Wish) -> bool| steps.iter().any(|step| test(&step.wish));
    if any(|wish| matches!(wish, Wish::Edit(_))) {
        Label::Edit
    } else if any(|wish| matches!(wish, Wish::Add(_))) {
        Label::Add
    } else {
        Label::Prune
    }
}

/// A reflection: what it changed since it began, all of it together.
fn of_branch(folder: &Arc<Folder>, branch: &Branch) -> Result<Offer, String> {
    let repository = Repository(&folder.directory);
    let mut steps = Vec::with_capacity(branch.changes.len());
    for (_, path) in &branch.changes {
        let source =
            folder.source(path).ok_or_else(|| format!("it changes {path}, which is no memory; merge it with git"))?;
        let at = |commit: &str| repository.file_at(commit, path);
        let (before, after) = (at(&branch.base), at(&branch.head));
        steps.push(
            step(&source, before.as_deref(), after.as_deref())
                .map_err(|reason| format!("{reason}; merge it with git"))?,
        );
    }
    if steps.is_empty() {
        return Err("it changes nothing".to_owned());
    }
    let mut offer = offer("letta", &branch.name, branch.subject.clone(), steps);
    offer.draft.evidence.push(Evidence::Note(format!("branch {} at {}", branch.name, branch.head)));
    Ok(offer)
}

/// A patch in the inbox, under the rules of its own program: a private one may touch Markdown files directly in the
/// directory only. Approving it also takes it out of the inbox.
fn of_patch(survey: &Survey, patch: &Source) -> Result<Offer, String> {
    let folder = &patch.folder;
    if !patch.path.starts_with(folder.directory.join(".inbox/private")) {
        return Err("it is not about private memories; approve it in Gemini CLI (/memory inbox)".to_owned());
    }
    let size = fs::symlink_metadata(&patch.path).map_err(|error| error.to_string())?.len();
    if size > LONGEST {
        return Err("it is too long for a patch".to_owned());
    }
    let found = disk::read(&patch.path).map_err(|error| error.to_string())?.ok_or("it is gone")?;
    let text = String::from_utf8(found.bytes).map_err(|_| "it is no text")?;
    let mut steps = Vec::new();
    for part in parts(&text) {
        steps.push(of_part(survey, folder, part)?);
    }
    if steps.is_empty() {
        return Err("it holds no difference that could be applied".to_owned());
    }
    let image = image(patch, text.as_bytes());
    let (native, seen) = (patch.native.clone(), record::version(&image));
    let files = steps.len();
    let taken = Step { store: (), native, seen, was: edit::fields(&image), wish: Wish::Delete };
    let kind = label(&steps);
    steps.push(taken);
    let reason =
        format!("Gemini extracted this from its sessions ({files} {})", if files == 1 { "file" } else { "files" });
    let mut offer = offer("gemini", &patch.native, reason, steps);
    offer.draft.label = kind;
    Ok(offer)
}

/// The differences of a patch, one for each file.
fn parts(text: &str) -> Vec<&str> {
    let begins = |(at, line): &(usize, &str)| line.starts_with("--- ").then_some(*at);
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len(), line)
    });
    let lines: Vec<(usize, &str)> = lines.collect();
    // A removed line that begins with two dashes looks the same, but no line with `+++` follows it.
    let heads = lines.windows(2).filter(|pair| pair.last().is_some_and(|(_, next)| next.starts_with("+++ ")));
    let mut starts: Vec<usize> = heads.filter_map(|pair| pair.first().and_then(begins)).collect();
    starts.push(text.len());
    starts.windows(2).filter_map(|pair| text.get(*pair.first()?..*pair.last()?)).collect()
}

fn of_part(survey: &Survey, folder: &Arc<Folder>, part: &str) -> Result<Step<()>, String> {
    let patch = diffy::Patch::from_str(part).map_err(|error| format!("it cannot be read as a patch ({error})"))?;
    let nothing = |name: Option<&str>| name.is_none_or(|name| name == "/dev/null");
    let (from, to) = (patch.original(), patch.modified());
    let named = if nothing(to) { from } else { to }.unwrap_or_default();
    if !nothing(from) && !nothing(to) && from != to {
        return Err("it renames a file; approve it in Gemini CLI".to_owned());
    }
    let source = target(folder, Path::new(named))?;
    let is_there = survey.sources.iter().any(|known| known.path == source.path);
    let now = disk::read(&source.path).map_err(|error| format!("{named}: {error}"))?.map(|found| found.bytes);
    if nothing(from) && now.is_some() {
        return Err(format!("it makes {named}, which is there already"));
    }
    let before = match (&now, nothing(from)) {
        (_, true) => String::new(),
        (Some(bytes), _) if is_there => String::from_utf8(bytes.clone()).map_err(|_| format!("{named} is no text"))?,
        _ => return Err(format!("it changes {named}, which is not there")),
    };
    let after = diffy::apply(&before, &patch).map_err(|_| format!("it does not fit {named} as it is now"))?;
    let (before, after) = (now.as_deref(), (!nothing(to)).then_some(after.as_bytes()));
    step(&source, before, after)
}

/// The file that a private patch is about, when it may be: a Markdown file directly in the directory, named by its
/// absolute path. The index is left to Gemini, because it is no memory of its own.
fn target(folder: &Arc<Folder>, path: &Path) -> Result<Source, String> {
    let refuse = || format!("it is about {}, which a private patch may not touch", path.display());
    let real = fs::canonicalize(&folder.directory).map_err(|error| error.to_string())?;
    let parent = path.parent().filter(|_| path.is_absolute()).ok_or_else(refuse)?;
    let is_plain = path.components().all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(refuse)?;
    let inside = parent == folder.directory || parent == real;
    if !inside || !is_plain || fs::symlink_metadata(real.join(name)).is_ok_and(|data| !data.is_file()) {
        return Err(refuse());
    }
    if name == INDEX {
        return Err(format!("it changes {INDEX} itself; approve it in Gemini CLI (/memory inbox)"));
    }
    folder.source(name).filter(|source| source.kind != "patch").ok_or_else(refuse)
}
