//! `memtui backup` and `memtui restore`.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::Args as ClapArgs;
use serde::Serialize;

use super::{
    args::Global,
    base::Base,
    columns::{Column, Columns, grouped},
    fail::{Done, Failure, say},
    open::Session,
    out::Out,
    times,
};
use crate::{
    curate::{
        Curator,
        backup::{MANIFEST, Manifest, chosen, name_of},
    },
    ledger::Ledger,
    store::backup::{self as store_backup, Copied},
};

/// `memtui backup`.
#[derive(Debug, ClapArgs)]
pub struct Backup {
    /// Into this directory, which is made; without it a new one beside the ledger
    #[arg(long, value_name = "DIR", conflicts_with = "list")]
    pub to: Option<PathBuf>,
    /// Print the backups that there are
    #[arg(long)]
    pub list: bool,
    /// Print JSON Lines
    #[arg(long)]
    pub json: bool,
}

/// `memtui restore`.
#[derive(Debug, ClapArgs)]
pub struct Restore {
    /// The backup: a directory, a name that `backup --list` prints, or `latest`
    #[arg(value_name = "BACKUP")]
    pub backup: PathBuf,
    /// Only this store, by its name in the backup; may be given several times (`ledger` is memtui's own)
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Read the backup, say what would be put back, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// A copy in a backup.
#[derive(Debug, Serialize)]
pub(super) struct CopyJson {
    /// The directory of the backup.
    backup: String,
    /// When it was made.
    made: Option<String>,
    /// The store's name; `ledger` for memtui's own database.
    name: String,
    /// The product that owns it.
    product: String,
    /// Where the store was.
    path: String,
    /// Bytes of the copy.
    bytes: u64,
    /// SHA-256 of the copy.
    sha256: String,
}

impl CopyJson {
    fn of(directory: &Path, manifest: &Manifest, copied: &Copied) -> Self {
        Self {
            backup: directory.display().to_string(),
            made: times::rfc3339(manifest.made),
            name: copied.name.clone(),
            product: copied.product.clone(),
            path: copied.path.display().to_string(),
            bytes: copied.bytes,
            sha256: copied.sha256.clone(),
        }
    }

    /// One with every key, for the reference page.
    pub(super) fn example() -> Self {
        let text = String::new;
        let (backup, name, product, path, sha256) = (text(), text(), text(), text(), text());
        Self { backup, made: Some(text()), name, product, path, bytes: 1, sha256 }
    }
}

pub(super) fn run(global: &Global, args: &Backup, out: &mut Out) -> Result<Done, Failure> {
    if args.list {
        return list(&Base::of(global)?, args.json, out);
    }
    let mut session = Session::open(global)?;
    let now = times::now();
    let into = args.to.clone().unwrap_or_else(|| Base::safeguard(session.base()).directory.join(name_of(now)));
    let into = std::path::absolute(&into).unwrap_or(into);
    let stop = stop_on_signals();
    let manifest = session.curator()?.backup(&into, None, now, &mut |name, done, all| told(name, done, all, &stop))?;
    clear();
    for store in session.stores().iter().filter(|store| store.is_served()) {
        say(&format!("{} is kept by its server and not in the backup; pg_dump copies it", store.about().name));
    }
    print_copies(&into, &manifest, args.json, out)?;
    Ok(Done::Well)
}

fn list(base: &Base, json: bool, out: &mut Out) -> Result<Done, Failure> {
    let all = backups(&base.paths.backups());
    for directory in &all {
        match Manifest::read(directory) {
            Ok(manifest) => print_copies(directory, &manifest, json, out)?,
            Err(problem) => say(&problem.to_string()),
        }
    }
    if all.is_empty() {
        say("there is no backup yet; `memtui backup` makes one");
        return Ok(Done::Nothing);
    }
    Ok(Done::Well)
}

/// The directories of backups, the oldest first.
fn backups(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    all.sort_unstable();
    all
}

fn print_copies(directory: &Path, manifest: &Manifest, json: bool, out: &mut Out) -> Result<(), Failure> {
    if json {
        for copied in &manifest.copies {
            out.json(&CopyJson::of(directory, manifest, copied))?;
        }
        return Ok(());
    }
    out.line(&directory.display().to_string())?;
    print_table(&manifest.copies, out)
}

fn print_table(copies: &[Copied], out: &mut Out) -> Result<(), Failure> {
    let row = |copied: &Copied| {
        let bytes = grouped(usize::try_from(copied.bytes).unwrap_or(usize::MAX));
        vec![copied.name.clone(), bytes, copied.path.display().to_string()]
    };
    let rows: Vec<Vec<String>> = copies.iter().map(row).collect();
    let columns = [("STORE", Column::Upto(24)), ("BYTES", Column::Number(14)), ("PATH", Column::Rest)];
    Ok(Columns::new(&columns).print(&rows, out)?)
}

pub(super) fn restore(global: &Global, args: &Restore, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    let directory = find(&base.paths.backups(), &args.backup)?;
    let copies = chosen(&directory, &args.only).map_err(|problem| Failure::Usage(problem.to_string()))?;
    if args.dry_run {
        copies.iter().try_for_each(|copied| store_backup::verify(copied, &directory))?;
        out.line(&format!("would put back from {}, whose copies are whole:", directory.display()))?;
        print_table(&copies, out)?;
        return Ok(Done::Well);
    }
    if global.read_only {
        return Err(Failure::Refused("nothing is changed: --read-only was given".to_owned()));
    }
    if !args.yes {
        confirm(&copies)?;
    }
    let (now, stop) = (times::now(), stop_on_signals());
    let safety = base.paths.backups().join(name_of(now));
    let told = &mut |name: &str, done, all| told(name, done, all, &stop);
    // Without any store: those that are to be put back may be damaged.
    let mut curator = Curator::new(Ledger::open(&base.paths.ledger()), &[]);
    curator.restore(&directory, &args.only, &safety, now, told)?;
    clear();
    out.line("put back:")?;
    print_table(&copies, out)?;
    out.finish()?;
    say(&format!("what was there before is in {}; `memtui restore` puts that back", safety.display()));
    Ok(Done::Well)
}

/// The directory of a backup that was named.
fn find(backups_in: &Path, named: &Path) -> Result<PathBuf, Failure> {
    if named == Path::new("latest") {
        // One that was cut short has no list, and is none.
        let latest = backups(backups_in).into_iter().rfind(|directory| directory.join(MANIFEST).is_file());
        return latest.ok_or_else(|| Failure::Refused("there is no backup yet; `memtui backup` makes one".to_owned()));
    }
    let inside = backups_in.join(named);
    Ok(if inside.is_dir() { inside } else { named.to_owned() })
}

fn confirm(copies: &[Copied]) -> Result<(), Failure> {
    let what = copies.iter().map(|copied| copied.path.display().to_string()).collect::<Vec<_>>().join(", ");
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::Usage(format!(
            "this would replace {what}; say --yes to do it, or --dry-run to look first"
        )));
    }
    super::act::ask(&format!("replace {what}? What is there now is copied first."))
}

fn told(name: &str, done: u64, all: u64, stop: &AtomicBool) -> ControlFlow<()> {
    if io::stderr().is_terminal() && all > 0 {
        let _ = write!(io::stderr(), "\r\x1b[Kcopying {}: {} %", crate::text::line(name), done * 100 / all);
    }
    if stop.load(Ordering::Acquire) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn clear() {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[K");
    }
}

fn stop_on_signals() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    stop
}
