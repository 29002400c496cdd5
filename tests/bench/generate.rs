//! Writes a database of the shape claude-mem v49 has, for benches: `cargo bench --bench generate -- ROWS FILE`.
//!
//! The same ROWS give the same rows, byte for byte. About 3 GB for 1,000,000. Words of known frequency, for searches:
//! `the` is in every observation, `webhook` in one of a hundred, `quaternion` in ten of a million, `zyzzyva` in none.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command that a person runs says how far it is")]

use std::{error::Error, path::Path, time::Instant};

use rusqlite::{Connection, Transaction, params};
use sha2::{Digest as _, Sha256};

mod history;
mod prng;
mod text;

use history::{History, Observation, Session};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    // Cargo adds `--bench` to what a person typed.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [rows, file] = words.as_slice() else {
        return Err("usage: cargo bench --bench generate -- ROWS FILE".into());
    };
    let path = Path::new(file);
    if path.exists() {
        return Err(format!("{file} exists; remove it first, or name another file").into());
    }
    let began = Instant::now();
    write(path, rows.replace('_', "").parse()?)?;
    println!("{file}: {} MB in {:.1} s", std::fs::metadata(path)?.len() / 1_000_000, began.elapsed().as_secs_f32());
    for (word, where_from) in [
        (text::IN_EVERY_ROW, "in every observation"),
        (text::IN_ONE_PERCENT, "in one of a hundred"),
        (text::IN_TEN_OF_A_MILLION, "in ten of a million, at least one"),
        (text::IN_NO_ROW, "in none"),
    ] {
        println!("  {word:<11} {where_from}");
    }
    Ok(())
}

fn write(path: &Path, rows: usize) -> Outcome {
    let mut db = Connection::open(path)?;
    // A crash only costs another run.
    db.execute_batch(
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;
         PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF;",
    )?;
    db.execute_batch(&std::fs::read_to_string("/work/bench/ddl.sql")?)?;
    let triggers = take_triggers(&db)?;
    let tx = db.transaction()?;
    let mut written = 0;
    for session in History::new(1, rows) {
        let before = written;
        written += session.observations.len();
        insert(&tx, &session)?;
        if before / 100_000 != written / 100_000 {
            eprintln!("{written} of {rows}");
        }
    }
    tx.commit()?;
    eprintln!("full-text index");
    for table in ["observations_fts", "session_summaries_fts", "user_prompts_fts"] {
        db.execute(&format!("INSERT INTO {table}({table}) VALUES('rebuild')"), [])?;
    }
    db.execute_batch(&triggers)?;
    db.execute_batch("PRAGMA journal_mode=WAL;")?;
    Ok(())
}

/// Drops the triggers and returns the statements that put them back: one rebuild at the end is much faster.
fn take_triggers(db: &Connection) -> Outcome<String> {
    let mut found = db.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")?;
    let triggers =
        found.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(String, String)>, _>>()?;
    let mut back = String::new();
    for (name, sql) in triggers {
        db.execute_batch(&format!("DROP TRIGGER \"{name}\""))?;
        back.push_str(&sql);
        back.push_str(";\n");
    }
    Ok(back)
}

fn insert(tx: &Transaction, session: &Session) -> Outcome {
    tx.prepare_cached(
        "INSERT INTO sdk_sessions (content_session_id, memory_session_id, project, platform_source, user_prompt,
         started_at, started_at_epoch, completed_at, completed_at_epoch, status, prompt_counter)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'completed', ?10)",
    )?
    .execute(params![
        session.content_id,
        session.memory_id,
        session.project,
        session.agent,
        session.prompts.first().map(|prompt| prompt.text.as_str()),
        iso(session.started),
        session.started,
        iso(session.ended),
        session.ended,
        i64::try_from(session.prompts.len())?,
    ])?;
    let session_row = tx.last_insert_rowid();
    for (number, prompt) in (1_i64..).zip(&session.prompts) {
        tx.prepare_cached(
            "INSERT INTO user_prompts (session_db_id, content_session_id, prompt_number, prompt_text, created_at,
             created_at_epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![session_row, session.content_id, number, prompt.text, iso(prompt.at), prompt.at])?;
    }
    for observation in &session.observations {
        insert_observation(tx, session, observation)?;
    }
    let summary = &session.summary;
    tx.prepare_cached(
        "INSERT INTO session_summaries (memory_session_id, project, request, investigated, learned, completed,
         next_steps, prompt_number, discovery_tokens, created_at, created_at_epoch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        session.memory_id,
        session.project,
        summary.request,
        summary.investigated,
        summary.learned,
        summary.completed,
        summary.next_steps,
        i64::try_from(session.prompts.len())?,
        summary.discovery_tokens,
        iso(session.ended),
        session.ended,
    ])?;
    Ok(())
}

fn insert_observation(tx: &Transaction, session: &Session, row: &Observation) -> Outcome {
    let json = serde_json::to_string::<[String]>;
    let mut hash = Sha256::new();
    hash.update(format!("{}\0{}\0{}", session.memory_id, row.title, row.narrative));
    let hash: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    tx.prepare_cached(
        "INSERT INTO observations (memory_session_id, project, type, title, subtitle, facts, narrative, concepts,
         files_read, files_modified, prompt_number, discovery_tokens, created_at, created_at_epoch, content_hash,
         generated_by_model, agent_type, agent_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        session.memory_id,
        session.project,
        row.kind,
        row.title,
        row.subtitle,
        json(&row.facts)?,
        row.narrative,
        serde_json::to_string(&row.concepts)?,
        json(&row.read)?,
        json(&row.modified)?,
        row.prompt_number,
        row.discovery_tokens,
        iso(row.at),
        row.at,
        hash,
        row.model,
        row.subagent,
        row.subagent.map(|name| format!("{name}-{}", hash.get(..6).unwrap_or(&hash))),
    ])?;
    Ok(())
}

/// As claude-mem writes times: ISO 8601, UTC, milliseconds and `Z`.
fn iso(at: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at)
        .map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}
