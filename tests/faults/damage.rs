//! Bytes that flip and pages that are overwritten: in the ledger, in a store, in the catalogue.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::{Duration, Instant},
};

use super::{
    chance::Chance,
    full,
    place::{Kind, Place, State, said},
};

/// No answer may take longer, also on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

fn ask(place: &Place, words: &[&str], context: &str) -> Output {
    let began = Instant::now();
    let output = place.run(words);
    assert!(
        matches!(output.status.code(), Some(0..=3)),
        "{context}: {words:?} ended with {}: {}",
        output.status,
        said(&output)
    );
    assert!(began.elapsed() < PATIENCE, "{context}: {words:?} hangs");
    let silent = output.stderr.is_empty() && output.stdout.is_empty();
    assert!(output.status.success() || !silent, "{context}: {words:?} says nothing");
    output
}

/// Damages a file at one place: mostly a bit, now and then a page.
fn damage(path: &Path, chance: &mut Chance) -> String {
    let mut bytes = fs::read(path).unwrap();
    let at = chance.below(bytes.len());
    let told = if chance.below(4) == 0 {
        let page = at / 4096 * 4096;
        let end = (page + 4096).min(bytes.len());
        let with = if chance.below(2) == 0 { 0 } else { 0xA5 };
        bytes[page..end].fill(with);
        format!("page at {page} filled with {with}")
    } else {
        bytes[at] ^= 1 << chance.below(8);
        format!("bit of byte {at}")
    };
    fs::write(path, bytes).unwrap();
    format!("{}: {told}", path.file_name().unwrap().to_str().unwrap())
}

/// The log of a database goes into its file, so that the file is all there is.
fn settle(path: &Path) {
    let db = rusqlite::Connection::open(path).unwrap();
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
}

#[test]
fn a_damaged_ledger_is_told_and_never_harms_a_store() {
    let trials = if full() { 400 } else { 10 };
    let mut chance = Chance::new(11);
    let (mut told, mut undone) = (0, 0);
    for kind in [Kind::ClaudeMem, Kind::Files] {
        let place = Place::new(kind);
        let ids = place.ids();
        let edited = format!("{}=another", kind.field());
        ask(&place, &["prune", &ids[1], &ids[2], &ids[3], "--yes"], "before");
        let pruned = place.state();
        ask(&place, &["edit", &ids[5], "--set", &edited], "before");
        ask(&place, &["set", &ids[6], "--pin"], "before");
        let before = place.state();
        settle(&place.ledger());
        place.keep("whole");
        for _ in 0..trials / 2 {
            place.go_back("whole");
            let context = damage(&place.ledger(), &mut chance);
            assert!(ask(&place, &["list"], &context).status.success(), "{context}: reading hangs on the ledger");
            ask(&place, &["log"], &context);
            let check = ask(&place, &["check"], &context);
            told += usize::from(!check.status.success());
            ask(&place, &["undo"], &context);
            ask(&place, &["undo"], &context);
            let state = place.state();
            undone += usize::from(state == pruned);
            // The edit is taken back exactly, or it is left.
            assert!(
                state == before || state == pruned || is_between(&state, &before, &pruned),
                "{context}: it was harmed"
            );
        }
    }
    println!("{trials} damaged ledgers: {told} told by `check`, {undone} with an exact undo, no store harmed");
    assert!(told > 0 && undone > 0);
}

/// Whether each part is one that was there before or that an undo gives back.
fn is_between(state: &State, before: &State, after: &State) -> bool {
    let known = |(name, part): (&String, &Vec<u8>)| [before, after].iter().any(|one| one.get(name) == Some(part));
    state.iter().all(known)
}

#[test]
fn a_damaged_store_gives_a_sentence_or_what_is_left() {
    let trials = if full() { 400 } else { 8 };
    let mut chance = Chance::new(13);
    let mut refused = 0;
    for kind in [Kind::Shared, Kind::McpMemory] {
        let place = Place::new(kind);
        let ids = place.ids();
        settle(&place.database());
        place.keep("whole");
        for _ in 0..trials / 2 {
            place.go_back("whole");
            let context = damage(&place.database(), &mut chance);
            ask(&place, &["list"], &context);
            let pruned = ask(&place, &["prune", &ids[4], "--yes"], &context);
            refused += usize::from(!pruned.status.success());
            ask(&place, &["undo"], &context);
            ask(&place, &["check"], &context);
            ask(&place, &["backup"], &context);
        }
    }
    println!("{trials} damaged stores, {refused} prunes refused, no panic, none hangs");
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[test]
fn a_damaged_catalogue_is_made_anew_and_answers_the_same() {
    let trials = if full() { 400 } else { 8 };
    let mut chance = Chance::new(17);
    let place = Place::new(Kind::ClaudeMem);
    let questions: [&[&str]; 3] = [
        &["list", "is:duplicate", "--json"],
        &["count", "--by", "signal", "--json"],
        &["list", "conf:<0.9", "--sort", "confidence", "--json"],
    ];
    let answers = |context: &str| questions.map(|words| ask(&place, words, context).stdout);
    let right = answers("before");
    let cache = place.cache_dir();
    let saved = files_in(&cache);
    if saved.is_empty() {
        println!("skipped: the command line leaves no catalogue");
        return;
    }
    place.keep("whole");
    for _ in 0..trials {
        place.go_back("whole");
        let context = damage(&saved[chance.below(saved.len())], &mut chance);
        let damaged = answers(&context);
        // Memories age while the test runs, so that an answer may have become another one: a new catalogue tells.
        if damaged != right {
            fs::remove_dir_all(&cache).unwrap();
            assert!(answers(&context) == damaged, "{context}: another answer");
        }
    }
    println!("{trials} damaged catalogues, the same answers");
}
