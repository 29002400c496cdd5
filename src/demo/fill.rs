//! Writes the sample memories into a new database, oldest first, as the product would have done.

use std::{error::Error, path::Path};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::{
    Built,
    files::Code,
    sample::{Observation, Prompt, Sample, Session, Summary},
    when,
};
use crate::{memory::EpochMs, store::claude_mem::schema};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A session with all that its memories need.
struct Place<'a> {
    sample: &'a Sample,
    session: &'a Session,
    project: &'a str,
    content_id: String,
    memory_id: String,
    start: EpochMs,
    row: i64,
}

enum What<'a> {
    Prompt(i64, &'a Prompt),
    Observation(&'a Observation),
    Summary(&'a Summary),
}

/// Fills the database and says what is in it now.
pub(super) fn fill(path: &Path, samples: &[Sample], code: &Code, now: EpochMs) -> Outcome<Built> {
    let mut conn = Connection::open(path)?;
    schema::create(&conn)?;
    let tx = conn.transaction()?;
    let mut places = places(samples, now)?;
    // A store is known by the moment of its first migrations: each demo is a store of its own.
    let first = places.first().map_or(now, |place| place.start).saturating_add(now % 60_000);
    tx.execute("UPDATE schema_versions SET applied_at = ?1", [schema::iso(first)])?;
    for place in &mut places {
        place.row = insert_session(&tx, place)?;
    }
    let mut memories = Vec::new();
    for place in &places {
        memories.extend(memories_of(place, now)?.into_iter().map(|(at, what)| (at, place, what)));
    }
    memories.sort_by_key(|(at, ..)| *at);
    let mut built = Built { sessions: places.len(), ..Built::default() };
    for (at, place, what) in memories {
        match what {
            What::Prompt(number, prompt) => {
                insert_prompt(&tx, place, number, prompt, at)?;
                built.prompts += 1;
            }
            What::Observation(observation) => {
                insert_observation(&tx, place, observation, code, at)?;
                built.observations += 1;
            }
            What::Summary(summary) => {
                insert_summary(&tx, place, summary, at)?;
                built.summaries += 1;
            }
        }
    }
    tx.commit()?;
    Ok(built)
}

/// All sessions, oldest first.
fn places(samples: &[Sample], now: EpochMs) -> Outcome<Vec<Place<'_>>> {
    let mut places = Vec::new();
    for sample in samples {
        for session in &sample.sessions {
            let project = session.project.as_deref().unwrap_or(&sample.project);
            let (content_id, memory_id) = if session.manual {
                let name = if project.is_empty() { "user" } else { project };
                (format!("manual-content-{name}"), format!("manual-{name}"))
            } else {
                (uuid("content", project, &session.start), uuid("memory", project, &session.start))
            };
            let start = read_time(&session.start, now)?;
            places.push(Place { sample, session, project, content_id, memory_id, start, row: 0 });
        }
    }
    places.sort_by_key(|place| place.start);
    Ok(places)
}

/// A session's memories with their times.
fn memories_of<'a>(place: &Place<'a>, now: EpochMs) -> Outcome<Vec<(EpochMs, What<'a>)>> {
    let session = place.session;
    let mut memories = Vec::new();
    for (number, prompt) in (1..).zip(&session.prompts) {
        let at = place.start + when::minutes(prompt.after) + odd_seconds(&prompt.text) / 4;
        memories.push((at, What::Prompt(number, prompt)));
    }
    for observation in &session.observations {
        let at = match &observation.at {
            Some(text) => read_time(text, now)?,
            None => place.start + when::minutes(observation.after),
        };
        memories
            .push((at + odd_seconds(observation.title.as_deref().unwrap_or_default()), What::Observation(observation)));
    }
    if let Some(summary) = &session.summary {
        let at = place.start + when::minutes(session.minutes.saturating_sub(1)) + odd_seconds(&summary.request);
        memories.push((at, What::Summary(summary)));
    }
    Ok(memories)
}

fn insert_session(conn: &Connection, place: &Place) -> Outcome<i64> {
    let session = place.session;
    let ended = place.start + when::minutes(session.minutes);
    let row = schema::Session {
        content_session_id: &place.content_id,
        memory_session_id: Some(&place.memory_id),
        project: place.project,
        platform_source: &session.agent,
        user_prompt: session.prompts.first().map(|prompt| prompt.text.as_str()),
        started_at_epoch: place.start,
        completed_at_epoch: (!session.active && !session.manual).then_some(ended),
        custom_title: session.title.as_deref(),
    };
    Ok(row.insert(conn)?)
}

fn insert_prompt(conn: &Connection, place: &Place, number: i64, prompt: &Prompt, at: EpochMs) -> Outcome<i64> {
    let row = schema::Prompt {
        session_db_id: place.row,
        content_session_id: &place.content_id,
        prompt_number: number,
        prompt_text: &prompt.text,
        created_at_epoch: at,
    };
    Ok(row.insert(conn)?)
}

fn insert_observation(
    conn: &Connection,
    place: &Place,
    memory: &Observation,
    code: &Code,
    at: EpochMs,
) -> Outcome<i64> {
    let session = place.session;
    let paths = |files: &[String]| files.iter().map(|file| code.path(place.sample, file)).collect::<Vec<_>>();
    let prompts_before = session.prompts.iter().filter(|prompt| prompt.after <= memory.after).count();
    let local_id = memory.device.as_ref().map(|_| (at / 60_000 % 10_000).to_string());
    let row = schema::Observation {
        memory_session_id: &place.memory_id,
        project: place.project,
        kind: &memory.kind,
        title: memory.title.as_deref(),
        subtitle: memory.subtitle.as_deref().or(session.manual.then_some("Manual memory")),
        narrative: memory.narrative.as_deref().map(str::trim_start),
        text: None,
        facts: Some(&serde_json::to_string(&memory.facts)?),
        concepts: Some(&serde_json::to_string(&memory.concepts)?),
        files_read: Some(&serde_json::to_string(&paths(&memory.read))?),
        files_modified: Some(&serde_json::to_string(&paths(&memory.modified))?),
        prompt_number: if session.manual { None } else { Some(i64::try_from(prompts_before)?) },
        discovery_tokens: memory.cost,
        created_at_epoch: at,
        generated_by_model: memory.model.as_deref().or(session.model.as_deref()),
        agent_type: memory.subagent.as_deref(),
        merged_into_project: session.merged_into.as_deref(),
        origin_device_id: memory.device.as_deref(),
        origin_local_id: local_id.as_deref(),
    };
    Ok(row.insert(conn)?)
}

fn insert_summary(conn: &Connection, place: &Place, summary: &Summary, at: EpochMs) -> Outcome<i64> {
    let row = schema::Summary {
        memory_session_id: &place.memory_id,
        project: place.project,
        request: Some(&summary.request),
        investigated: summary.investigated.as_deref(),
        learned: summary.learned.as_deref(),
        completed: summary.completed.as_deref(),
        next_steps: summary.next_steps.as_deref(),
        notes: summary.notes.as_deref(),
        prompt_number: Some(i64::try_from(place.session.prompts.len())?),
        discovery_tokens: summary.cost,
        created_at_epoch: at,
    };
    Ok(row.insert(conn)?)
}

fn read_time(text: &str, now: EpochMs) -> Outcome<EpochMs> {
    when::at(text, now).ok_or_else(|| format!("`{text}` is no time of a sample memory").into())
}

/// Under a minute, from the text: nobody captures memories at full minutes.
fn odd_seconds(text: &str) -> EpochMs {
    let digest = Sha256::digest(text.as_bytes());
    let number = digest.iter().take(4).fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
    number % 59_000
}

/// A made-up UUID (version 4 in form) that is always the same for the same words.
fn uuid(what: &str, project: &str, start: &str) -> String {
    let hex = schema::content_hash(what.as_bytes(), project.as_bytes(), start.as_bytes());
    let more = schema::content_hash(hex.as_bytes(), project.as_bytes(), start.as_bytes());
    let part = |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let (a, b, c) = (part(&hex, 0, 8), part(&hex, 8, 12), part(&hex, 12, 15));
    format!("{a}-{b}-4{c}-a{}-{}", part(&more, 0, 3), part(&more, 3, 15))
}
