//! Measures the catalogue over one database: `cargo bench --bench catalog -- DATABASE [CACHE-DIRECTORY [VIEWS]]`.
//!
//! The first run over an empty cache directory measures building, the next one loading. Prints milliseconds. VIEWS
//! restricts the views to those whose name holds that text, each then seven times.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a measuring program prints, and has nothing to do when what it measures is not there"
)]

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use memtui::{
    catalog::{Sort, SortKey, ViewSpec},
    engine::{Desk, Library},
    query::{self, Expr},
    store::{self, Cancel},
};

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let Some(database) = arguments.next().map(PathBuf::from) else {
        println!("no database was named, so nothing is measured: cargo bench --bench catalog -- DATABASE [CACHE]");
        return;
    };
    let cache = arguments.next().map(PathBuf::from);
    let views = arguments.next();
    measure(&database, cache.as_deref(), views.as_deref());
}

fn measure(database: &Path, cache: Option<&Path>, only: Option<&str>) {
    let begin = Instant::now();
    let opened = store::discover::open(database, &[]).expect("the database can be opened");
    say("open the store", begin, "");
    let begin = Instant::now();
    let library = Arc::new(Library::open(vec![opened], cache));
    let mut desk = Desk::new(Arc::clone(&library));
    let first = desk.view(&ViewSpec::default(), None, &[], &Cancel::default(), &mut |_| ()).expect("a first answer");
    say("first answer", begin, "");
    let begin = Instant::now();
    let rows = desk.page(first.id, 0..40).expect("a first page");
    say("first page", begin, &format!("{} rows", rows.len()));

    let begin = Instant::now();
    desk.outline().expect("an outline");
    let state = library.state();
    say("outline or load", begin, &format!("{} memories, ready: {}, {}", state.total, state.ready, resident()));

    if !state.ready {
        let begin = Instant::now();
        let mut told = Instant::now();
        let mut judged = None;
        desk.ready(&mut |state| {
            if state.done == state.total && judged.is_none() {
                judged = Some(begin.elapsed());
                println!("{:>10.1} ms  judging  {}", begin.elapsed().as_secs_f64() * 1e3, resident());
            }
            if told.elapsed().as_secs() >= 5 {
                told = Instant::now();
                println!("  {} of {}, {}", state.done, state.total, resident());
            }
            true
        })
        .expect("a catalogue");
        say("judging, copies, saving", begin, &resident());
    }
    let mut desk = Bench { desk, only: only.map(str::to_owned) };
    views(&mut desk);
    searches(&mut desk);
    println!("{}", resident());
}

fn views(desk: &mut Bench) {
    for key in SortKey::ALL {
        let spec = ViewSpec { sort: Sort { key, descending: true }, ..ViewSpec::default() };
        view(desk, &format!("sort by {}", key.name()), &spec);
    }
    view(desk, "grouped", &ViewSpec { grouped: true, ..ViewSpec::default() });
    for filter in [
        "kind:bugfix",
        "conf:<0.5",
        "age:>30d",
        "scope:a",
        "is:stale",
        "is:duplicate",
        "-kind:bugfix tokens:>200 conf:>0.3",
    ] {
        view(desk, filter, &filtered(filter));
    }
    let begin = Instant::now();
    let facets = desk.desk.facets(&ViewSpec::default(), &[], &Cancel::default()).expect("facets");
    say("facets", begin, &format!("{:?} {:?}", facets.kinds, facets.signals));
}

fn searches(desk: &mut Bench) {
    for filter in [
        "webhook",
        "the",
        "quaternion",
        "zyzzyva",
        "m*",
        "mu*",
        "mut*",
        "the kind:bugfix",
        "file:src",
        "id:12345",
        "the webhook",
    ] {
        view(desk, filter, &filtered(filter));
    }
    for words in ["webhook", "mut*", "the", "the webhook"] {
        let sort = Sort { key: SortKey::Rank, descending: true };
        view(desk, &format!("{words}, ranked"), &ViewSpec { sort, ..filtered(words) });
    }
}

fn filtered(filter: &str) -> ViewSpec {
    ViewSpec { filter: parse(filter), ..ViewSpec::default() }
}

fn parse(filter: &str) -> Expr {
    query::parse(filter, 1_795_000_000_000, chrono::FixedOffset::east_opt(0).expect("a zone")).expect("a filter")
}

/// What is asked, and which of the views.
struct Bench {
    desk: Desk,
    only: Option<String>,
}

/// A view twice: the second time shows what it costs warm.
fn view(Bench { desk, only }: &mut Bench, name: &str, spec: &ViewSpec) {
    if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
        return;
    }
    let rounds = if only.is_some() { 7 } else { 2 };
    for round in std::iter::once("cold").chain(std::iter::repeat("warm")).take(rounds) {
        let begin = Instant::now();
        let mut early = None;
        let answer = desk.view(spec, None, &[], &Cancel::default(), &mut |_| {
            early.get_or_insert_with(|| begin.elapsed());
        });
        let found = answer.as_ref().map_or(0, |view| view.count.number);
        let early = early.map_or(String::new(), |early| format!("first rows {:.1} ms", early.as_secs_f64() * 1e3));
        say(&format!("{name} ({round})"), begin, &format!("{found} {early}"));
    }
}

fn say(what: &str, begin: Instant, more: &str) {
    let elapsed = begin.elapsed().as_secs_f64() * 1e3;
    println!("{elapsed:>10.1} ms  {what:<40} {more}  cpu {:.1}, {}", spent(), resident());
}

/// Milliseconds of processor time of this thread since the last call, by the kernel's own count, where there is one.
fn spent() -> f64 {
    static BEFORE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let now: u64 = stat.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or_default();
    let before = BEFORE.swap(now, std::sync::atomic::Ordering::Relaxed);
    now.saturating_sub(before) as f64 / 1e6
}

/// Resident memory by the kernel's own count, where there is one.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim().to_owned();
    format!("resident {} (own {}, most {})", of("VmRSS:"), of("RssAnon:"), of("VmHWM:"))
}
