//! `memtui show`.

use std::{fmt::Write as _, io};

use super::{
    args::{Global, Show},
    fail::{Done, Failure, say},
    json::MemoryJson,
    open::Session,
    out::Out,
    times,
};
use crate::{
    engine::Detail,
    memory::{EpochMs, Memory, SectionStyle},
    text,
};

pub(super) fn run(global: &Global, args: &Show, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let (detail, past) = if let Some(at) = args.as_of {
        let found = session.detail_as_of(&args.id, at)?;
        let (detail, known) = found.ok_or_else(|| {
            Failure::Refused(format!("it was not there {}, as far as anybody knows", times::local(at)))
        })?;
        if !args.json {
            say(&format!("as it stood {}: {known}", times::local(at)));
        }
        (detail, Some(known))
    } else {
        let key = session.find(&args.id)?;
        let name = session.name(key)?;
        (session.detail(key)?.ok_or_else(|| Failure::Refused(format!("{name} is gone")))?, None)
    };
    if args.json {
        out.json(&MemoryJson { past, ..MemoryJson::of(detail) })?;
    } else {
        let masked = session.veil().detail(&detail);
        print(masked.as_deref().unwrap_or(&detail), times::now(), out)?;
    }
    Ok(Done::Well)
}

fn print(detail: &Detail, now: EpochMs, out: &mut Out) -> io::Result<()> {
    let memory = &detail.memory;
    let row = &memory.row;
    out.line(&memory.title)?;
    let created = row.created.map_or_else(
        || "at an unknown time".to_owned(),
        |at| format!("{} ({})", times::local(at), times::age(Some(at), now)),
    );
    out.line(&format!("{} · {} · {} · {created}", row.id, row.kind, row.scope))?;
    let confidence = row.confidence.map_or_else(|| "not judged".to_owned(), |it| it.to_string());
    let mut facts = format!("confidence {confidence} · {} · ~{} tokens", row.bucket.name(), row.tokens);
    if row.cost > 0 {
        let _ = write!(facts, " · cost {} to learn", row.cost);
    }
    if row.overlay.pinned {
        facts.push_str(" · pinned");
    }
    out.line(&facts)?;
    for finding in &memory.findings {
        out.line(&format!("! {}: {}", finding.signal.name(), finding.reason))?;
    }
    for section in &memory.sections {
        out.line("")?;
        out.line(&format!("{}:", section.name))?;
        for item in &section.items {
            let bullet = if section.style == SectionStyle::List { "- " } else { "" };
            paragraph(bullet, item, out)?;
        }
    }
    provenance(memory, out)?;
    if let Err(why) = &memory.injection {
        out.line("")?;
        out.line(&format!("not put before an agent: {why}"))?;
    }
    Ok(())
}

/// A text with its own lines, wrapped on a terminal.
fn paragraph(bullet: &str, words: &str, out: &mut Out) -> io::Result<()> {
    let indent = " ".repeat(bullet.len());
    let lines: Vec<String> = match out.width() {
        Some(width) => text::wrap(words, width.saturating_sub(2 + bullet.len()).max(10))
            .into_iter()
            .map(|line| line.text)
            .collect(),
        None => words.lines().map(str::to_owned).collect(),
    };
    for (at, line) in lines.iter().enumerate() {
        out.line(&format!("  {}{line}", if at == 0 { bullet } else { &indent }))?;
    }
    Ok(())
}

fn provenance(memory: &Memory, out: &mut Out) -> io::Result<()> {
    let from = &memory.provenance;
    let number = from.prompt_number.map(|number| number.to_string());
    let files: Vec<String> = memory
        .files
        .iter()
        .map(|file| format!("{}{}", file.path, if file.modified { " (changed)" } else { "" }))
        .collect();
    let lines = [
        ("tags", (!memory.tags.is_empty()).then(|| memory.tags.join(", "))),
        ("files", (!files.is_empty()).then(|| files.join(", "))),
        ("session", from.session_title.clone().or_else(|| from.session.clone())),
        ("prompt", from.prompt.clone().or(number)),
        ("agent", from.agent.clone()),
        ("subagent", from.subagent.clone()),
        ("model", from.model.clone()),
        ("device", from.device.clone()),
    ];
    let mut begun = false;
    for (name, value) in lines.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        if !std::mem::replace(&mut begun, true) {
            out.line("")?;
        }
        out.line(&format!("{name}: {value}"))?;
    }
    Ok(())
}
