//! What deleting many observations costs, and putting them back: one transaction against chunks, alone and beside an
//! agent that writes: `cargo bench --bench deletes -- FILE [ROWS] [FILTER]`. FILTER holds parts of
//! the trials' names, with `|` between them. FILE is copied for every trial.
#![expect(clippy::print_stdout, reason = "a command that a person runs prints its table")]

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use memtui::store::claude_mem::schema;
use rusqlite::{Connection, TransactionBehavior};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How rows reach the statement.
#[derive(Clone, Copy, PartialEq)]
enum How {
    /// One statement for the whole chunk.
    Together,
    /// One statement for each row.
    Single,
}

/// When a transaction ends.
#[derive(Clone, Copy)]
enum Chunk {
    All,
    Rows(i64),
    /// As many rows as take about this many milliseconds.
    Adaptive(u64),
}

struct Trial {
    name: String,
    chunk: Chunk,
    how: How,
    shuffled: bool,
    /// Pages after which this connection checkpoints; `None` leaves the usual 1,000.
    checkpoint: Option<u32>,
    cache_kib: u32,
    synchronous: &'static str,
    writer: bool,
    /// Milliseconds of rest after each chunk, so that others get their turn.
    rest: u64,
    /// Megabytes of write-ahead log after which it is written back and begun anew.
    restart: Option<u64>,
}

impl Trial {
    fn new(name: &str, chunk: Chunk) -> Self {
        Self {
            name: name.into(),
            chunk,
            how: How::Together,
            shuffled: false,
            checkpoint: None,
            cache_kib: 16_000,
            synchronous: "NORMAL",
            writer: false,
            rest: 0,
            restart: None,
        }
    }
}

fn trials() -> Vec<Trial> {
    let chunks = |rows, f: fn(Trial) -> Trial| f(Trial::new(&format!("chunks of {rows}"), Chunk::Rows(rows)));
    let named = |mut trial: Trial, what: &str| {
        trial.name = format!("{}, {what}", trial.name);
        trial
    };
    let mut list = vec![Trial::new("bare, one transaction", Chunk::All)];
    for rows in [100, 250, 500, 1000] {
        list.push(chunks(rows, |trial| trial));
        list.push(named(chunks(rows, |trial| Trial { checkpoint: Some(0), ..trial }), "no checkpoint"));
    }
    for limit in [25, 50, 100] {
        list.push(named(Trial::new(&format!("adaptive {limit} ms"), Chunk::Adaptive(limit)), "quiet"));
    }
    for (limit, rest, checkpoint, restart) in [
        (25, 12, None, None),
        (50, 12, None, None),
        (50, 25, None, None),
        (100, 12, None, None),
        (25, 12, None, Some(32)),
        (50, 12, None, Some(32)),
        (50, 12, Some(0), Some(32)),
        (50, 12, Some(0), None),
        (50, 50, Some(0), None),
    ] {
        let log = match (checkpoint, restart) {
            (None, None) => String::new(),
            (Some(_), None) => ", no checkpoint".into(),
            (None, Some(size)) => format!(", restart at {size} MB"),
            (Some(_), Some(size)) => format!(", only restart at {size} MB"),
        };
        let trial = Trial::new(&format!("adaptive {limit} ms"), Chunk::Adaptive(limit));
        list.push(named(
            Trial { writer: true, rest, checkpoint, restart, ..trial },
            &format!("rest {rest}, writer{log}"),
        ));
    }
    list.push(named(
        chunks(100, |trial| Trial { writer: true, checkpoint: Some(0), ..trial }),
        "writer, no checkpoint",
    ));
    list.push(named(Trial { writer: true, ..Trial::new("bare, one transaction", Chunk::All) }, "writer"));
    list.push(named(chunks(100, |trial| Trial { how: How::Single, ..trial }), "a statement per row"));
    list.push(named(chunks(100, |trial| Trial { shuffled: true, ..trial }), "shuffled"));
    list.push(named(chunks(1000, |trial| Trial { shuffled: true, ..trial }), "shuffled"));
    list.push(named(chunks(250, |trial| Trial { cache_kib: 2_000, ..trial }), "2 MB cache"));
    list.push(named(chunks(250, |trial| Trial { cache_kib: 64_000, ..trial }), "64 MB cache"));
    list.push(named(chunks(250, |trial| Trial { synchronous: "FULL", ..trial }), "synchronous FULL"));
    list.push(named(chunks(250, |trial| Trial { checkpoint: Some(4_000), ..trial }), "checkpoint at 4,000 pages"));
    list.push(named(Trial { cache_kib: 2_000, ..Trial::new("bare, one transaction", Chunk::All) }, "2 MB cache"));
    list.push(named(Trial { shuffled: true, ..Trial::new("bare, one transaction", Chunk::All) }, "shuffled"));
    list
}

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let Some(file) = words.first() else {
        return Err("usage: cargo bench --bench deletes -- FILE [ROWS] [FILTER]".into());
    };
    let rows: i64 = words.get(1).map_or(Ok(100_000), |word| word.parse())?;
    let filter = words.get(2).map_or("", String::as_str);
    println!("SQLite {}, {rows} scattered rows of {file}", rusqlite::version());
    println!(
        "seconds; ×: against the first line; cpu: seconds of this thread; hold: milliseconds from BEGIN IMMEDIATE to COMMIT returned"
    );
    println!(
        "{:<55} {:>4} {:>7} {:>5} {:>7} {:>7} {:>7} {:>7}",
        "", "", "seconds", "×", "cpu", "hold~", "holdmax", "WAL MB"
    );
    let mut bare = [None, None];
    for trial in trials().iter().filter(|trial| filter.split('|').any(|part| trial.name.contains(part))) {
        run(trial, Path::new(file), rows, &mut bare)?;
    }
    Ok(())
}

fn run(trial: &Trial, file: &Path, rows: i64, bare: &mut [Option<f64>; 2]) -> Outcome {
    let copy = PathBuf::from(format!("{}.trial", file.display()));
    remove(&copy);
    std::fs::copy(file, &copy)?;
    let conn = Connection::open(&copy)?;
    conn.busy_timeout(Duration::from_secs(30))?;
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    conn.execute_batch(&format!(
        "PRAGMA synchronous={}; PRAGMA cache_size=-{}; PRAGMA temp_store=MEMORY;",
        trial.synchronous, trial.cache_kib
    ))?;
    if let Some(pages) = trial.checkpoint {
        conn.pragma_update(None, "wal_autocheckpoint", pages)?;
    }
    let columns = choose(&conn, rows, trial.shuffled)?;
    // A warm cache, as for a person who has just looked at the rows, and no dirty pages of the copy left to write.
    conn.query_row("SELECT sum(length(narrative)) FROM observations", [], |_| Ok(()))?;
    let _ = std::process::Command::new("sync").arg(&copy).status();
    for (kind, bare) in ["del", "ins"].into_iter().zip(bare) {
        let stop = Arc::new(AtomicBool::new(false));
        let agent = trial.writer.then(|| {
            let (stop, copy) = (Arc::clone(&stop), copy.clone());
            thread::spawn(move || agent(&copy, &stop))
        });
        let before = processor_seconds();
        let (seconds, holds, wal) = chunks(&conn, trial, rows, kind, &columns, &copy)?;
        let used = processor_seconds() - before;
        stop.store(true, Ordering::Relaxed);
        let ratio = seconds / *bare.get_or_insert(seconds);
        let (median, most) = (at(&holds, 50), at(&holds, 100));
        print!(
            "{:<55} {kind:>4} {seconds:>7.2} {ratio:>5.2} {used:>7.2} {median:>7.1} {most:>7.1} {wal:>7.1}",
            trial.name
        );
        if let Some(agent) = agent {
            let (waits, errors) = agent.join().map_err(|_| "the writer died")??;
            let (p50, p99, most) = (at(&waits, 50), at(&waits, 99), at(&waits, 100));
            print!("  agent {} tx, wait p50 {p50:.1} p99 {p99:.1} max {most:.1} ms, {errors} errors", waits.len());
        }
        println!();
    }
    conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))?;
    drop(conn);
    remove(&copy);
    Ok(())
}

/// Puts the chosen rows, complete, into a temporary table in the order of the trial; returns the columns' names.
fn choose(conn: &Connection, rows: i64, shuffled: bool) -> Outcome<String> {
    let names: Vec<String> =
        conn.prepare("SELECT * FROM observations LIMIT 0")?.column_names().map(str::to_owned).collect();
    let columns = names.join(", ");
    let total: i64 = conn.query_row("SELECT count(*) FROM observations", [], |row| row.get(0))?;
    let step = (total / rows).max(1);
    let mut ids: Vec<i64> = (0..rows).map(|n| 1 + n * step + n % step).collect();
    if shuffled {
        // Steps of a prime that does not divide the number of rows visit each of them once, far from each other.
        let step = if rows % 7_919 == 0 { 7_907 } else { 7_919 };
        ids = (0..rows).map(|n| ids.get(usize::try_from(n * step % rows).unwrap_or(0)).copied().unwrap_or(1)).collect();
    }
    conn.execute_batch("CREATE TEMP TABLE doomed (n INTEGER PRIMARY KEY, doomed_id INTEGER); BEGIN;")?;
    for (n, id) in (0_i64..).zip(&ids) {
        conn.prepare_cached("INSERT INTO doomed VALUES (?1, ?2)")?.execute([n, *id])?;
    }
    conn.execute_batch(&format!(
        "CREATE TEMP TABLE images AS SELECT n, {columns} FROM doomed CROSS JOIN observations ON id = doomed_id;
         CREATE UNIQUE INDEX temp.images_n ON images(n); COMMIT;"
    ))?;
    Ok(columns)
}

fn chunks(
    conn: &Connection,
    trial: &Trial,
    rows: i64,
    kind: &str,
    columns: &str,
    copy: &Path,
) -> Outcome<(f64, Vec<f64>, f64)> {
    let wal = PathBuf::from(format!("{}-wal", copy.display()));
    let (from, what) = if kind == "del" {
        ("n >= ?1 AND n < ?2", "DELETE FROM observations WHERE id IN (SELECT doomed_id FROM doomed WHERE ".to_owned())
    } else {
        (
            "n >= ?1 AND n < ?2 ORDER BY n",
            format!("INSERT INTO observations({columns}) SELECT {columns} FROM images WHERE "),
        )
    };
    let sql = format!("{what}{from}{}", if kind == "del" { ")" } else { "" });
    let (mut holds, mut peak, mut done) = (Vec::new(), 0, 0);
    let mut size = match trial.chunk {
        Chunk::All => rows,
        Chunk::Rows(size) => size,
        Chunk::Adaptive(_) => 20,
    };
    let began = Instant::now();
    while done < rows {
        let end = (done + size).min(rows);
        let tx = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
        let locked = Instant::now();
        if trial.how == How::Together {
            tx.prepare_cached(&sql)?.execute([done, end])?;
        } else {
            for n in done..end {
                tx.prepare_cached(&sql)?.execute([n, n + 1])?;
            }
        }
        tx.commit()?;
        let hold = locked.elapsed();
        holds.push(hold.as_secs_f64() * 1000.0);
        done = end;
        peak = peak.max(std::fs::metadata(&wal).map_or(0, |data| data.len()));
        if trial.restart.is_some_and(|limit| std::fs::metadata(&wal).is_ok_and(|data| data.len() > limit * 1_000_000)) {
            conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
        }
        if trial.rest > 0 {
            thread::sleep(Duration::from_millis(trial.rest));
        }
        if let Chunk::Adaptive(limit) = trial.chunk {
            let factor = (Duration::from_millis(limit).as_secs_f64() / hold.as_secs_f64()).clamp(0.5, 1.5);
            #[expect(clippy::cast_possible_truncation, reason = "a chunk is a small positive number")]
            {
                size = ((size as f64 * factor) as i64).clamp(10, 5_000);
            }
        }
    }
    Ok((began.elapsed().as_secs_f64(), holds, peak as f64 / 1e6))
}

/// Writes like an agent's worker, 100 times a second; returns how long each write took and how many failed.
fn agent(file: &Path, stop: &AtomicBool) -> Outcome<(Vec<f64>, usize)> {
    let conn = Connection::open(file)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.execute_batch("PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=4194304;")?;
    let session: String = conn.query_row("SELECT memory_session_id FROM sdk_sessions LIMIT 1", [], |row| row.get(0))?;
    let (mut waits, mut errors) = (Vec::new(), 0);
    let began = Instant::now();
    for n in 0_u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let due = Duration::from_millis(10) * n;
        thread::sleep(due.saturating_sub(began.elapsed()));
        let title = format!("Agent row {n} of {began:?}");
        let start = Instant::now();
        let row = schema::Observation {
            memory_session_id: &session,
            project: "agent",
            kind: "change",
            title: Some(&title),
            narrative: Some("What an agent writes while somebody prunes."),
            facts: Some("[]"),
            concepts: Some("[\"what-changed\"]"),
            created_at_epoch: 1_793_491_200_000,
            ..schema::Observation::default()
        };
        errors += usize::from(row.insert(&conn).is_err());
        waits.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok((waits, errors))
}

/// What this thread has used of the processor, on Linux; it stays the same when the machine has other work to do.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let ticks = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The value that this share of the values does not exceed.
fn at(values: &[f64], percent: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or(0.0)
}

fn remove(file: &Path) {
    for tail in ["", "-wal", "-shm"] {
        // It may not be there, which is what is wanted.
        let _ = std::fs::remove_file(format!("{}{tail}", file.display()));
    }
}
