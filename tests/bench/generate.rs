//! Writes a database of the shape claude-mem v49 has, for benches: `cargo bench --bench generate -- ROWS FILE`.
//!
//! The same ROWS give the same rows, byte for byte. About 3 GB for 1,000,000. Words of known frequency, for searches:
//! `the` is in every observation, `webhook` in one of a hundred, `quaternion` in ten, `zyzzyva` in none.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command that a person runs says how far it is")]

use std::{error::Error, path::Path, time::Instant};

use memtui::store::claude_mem::schema;
use rusqlite::{Connection, Transaction};

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
        (text::IN_TEN_ROWS, "in ten observations"),
        (text::IN_NO_ROW, "in none"),
    ] {
        println!("  {word:<11} {where_from}");
    }
    Ok(())
}

fn write(path: &Path, rows: usize) -> Outcome {
    let mut db = Connection::open(path)?;
    schema::create_tables(&db)?;
    // A crash only costs another run, so nothing waits for the disk.
    db.execute_batch("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;")?;
    // A store is known by the moment of its first migrations: databases of different sizes are different stores.
    let first = schema::iso(history::END - i64::try_from(rows)?);
    db.execute("UPDATE schema_versions SET applied_at = ?1", [first])?;
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
    // Filled afterwards, in one pass each: many times faster than row by row, and the same in the end.
    eprintln!("indexes");
    schema::create_indexes(&db)?;
    eprintln!("full-text index");
    schema::create_full_text(&db)?;
    db.execute_batch("PRAGMA journal_mode=WAL;")?;
    Ok(())
}

fn insert(tx: &Transaction, session: &Session) -> Outcome {
    let (content_session_id, memory_session_id) = (session.content_id.as_str(), session.memory_id.as_str());
    let session_db_id = schema::Session {
        content_session_id,
        memory_session_id: Some(memory_session_id),
        project: session.project,
        platform_source: session.agent,
        user_prompt: session.prompts.first().map(|prompt| prompt.text.as_str()),
        started_at_epoch: session.started,
        completed_at_epoch: Some(session.ended),
        custom_title: None,
    }
    .insert(tx)?;
    for (prompt_number, prompt) in (1..).zip(&session.prompts) {
        schema::Prompt {
            session_db_id,
            content_session_id,
            prompt_number,
            prompt_text: &prompt.text,
            created_at_epoch: prompt.at,
        }
        .insert(tx)?;
    }
    for observation in &session.observations {
        insert_observation(tx, session, observation)?;
    }
    let summary = &session.summary;
    schema::Summary {
        memory_session_id,
        project: session.project,
        request: Some(&summary.request),
        investigated: Some(&summary.investigated),
        learned: Some(&summary.learned),
        completed: Some(&summary.completed),
        next_steps: Some(&summary.next_steps),
        prompt_number: Some(i64::try_from(session.prompts.len())?),
        discovery_tokens: summary.discovery_tokens,
        created_at_epoch: session.ended,
        ..schema::Summary::default()
    }
    .insert(tx)?;
    Ok(())
}

fn insert_observation(tx: &Transaction, session: &Session, row: &Observation) -> Outcome {
    schema::Observation {
        memory_session_id: &session.memory_id,
        project: session.project,
        kind: row.kind,
        title: Some(&row.title),
        subtitle: Some(&row.subtitle),
        narrative: Some(&row.narrative),
        facts: Some(&serde_json::to_string(&row.facts)?),
        concepts: Some(&serde_json::to_string(&row.concepts)?),
        files_read: Some(&serde_json::to_string(&row.read)?),
        files_modified: Some(&serde_json::to_string(&row.modified)?),
        prompt_number: Some(row.prompt_number),
        discovery_tokens: row.discovery_tokens,
        created_at_epoch: row.at,
        generated_by_model: Some(row.model),
        agent_type: row.subagent,
        ..schema::Observation::default()
    }
    .insert(tx)?;
    Ok(())
}
