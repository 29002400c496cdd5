//! `memtui setup`: lets an agent use the shared database, by one entry in its settings.

mod edit;
mod host;

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args as ClapArgs;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    args::Global,
    base::Base,
    fail::{Done, Failure, say},
    out::Out,
};
use edit::Entry;
use host::Host;

/// `memtui setup`.
#[derive(Debug, ClapArgs)]
pub struct Setup {
    /// Which agent
    #[arg(value_enum)]
    pub host: Host,
    /// Write into the settings of this project instead of your own
    #[arg(long)]
    pub project: bool,
    /// The name under which the agent's memories and grants stand; without it the agent's own
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Make the change; without it the change is only shown
    #[arg(long)]
    pub write: bool,
    /// Take the entry out again
    #[arg(long)]
    pub undo: bool,
}

/// What a file was before it was changed, so that taking the change back gives the same bytes.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The text before; `None` when there was no file.
    before: Option<String>,
    /// SHA-256 of the text after, in hex.
    after: String,
}

pub(super) fn run(global: &Global, args: &Setup, out: &mut Out) -> Result<Done, Failure> {
    let base = Base::of(global)?;
    let path = args.host.file(args.project)?;
    // Settings are often links into a directory of a person's own: what is linked to is changed, the link stays.
    let path = fs::canonicalize(&path).unwrap_or(path);
    let kept = base.paths.state.join("setup").join(format!("{}.json", hex(path.to_string_lossy().as_bytes())));
    let before = read(&path)?;
    let after =
        if args.undo { without(args, before.as_deref(), &path, &kept)? } else { with(args, before.as_deref(), &path)? };
    if after == before {
        let state = if args.undo { "holds no entry of memtui" } else { "lets this agent use memtui already" };
        out.line(&format!("{} {state}; nothing to do", path.display()))?;
        return Ok(Done::Well);
    }
    print_difference(&path, before.as_deref(), after.as_deref(), out)?;
    out.finish()?;
    if !args.write {
        say(&format!(
            "nothing was changed; `memtui setup {}{} --write` makes this change",
            args.host.name(),
            flags(args)
        ));
        return Ok(Done::Well);
    }
    if args.undo {
        replace(&path, before.as_deref(), after.as_deref())?;
        let _ = fs::remove_file(&kept);
    } else {
        keep(&kept, before.clone(), after.as_deref())?;
        replace(&path, before.as_deref(), after.as_deref())?;
    }
    out.line(&format!("changed {}; {}", path.display(), args.host.next_step()))?;
    if !args.undo {
        say(&format!("`memtui setup {}{} --undo --write` takes it back", args.host.name(), flags(args)));
        if !base.paths.shared().exists() {
            say("there is no shared database yet; `memtui init` makes one");
        }
    }
    Ok(Done::Well)
}

fn flags(args: &Setup) -> &'static str {
    match (args.project, args.undo) {
        (true, true) => " --project --undo",
        (true, false) => " --project",
        (false, true) => " --undo",
        (false, false) => "",
    }
}

/// The text with memtui's entry in it.
fn with(args: &Setup, before: Option<&str>, path: &Path) -> Result<Option<String>, Failure> {
    let entry = Entry {
        command: command(),
        agent: args.agent.as_deref().unwrap_or(args.host.name()),
        typed: args.host.typed(),
    };
    edit::put(args.host.format(), before.unwrap_or_default(), &entry)
        .map(Some)
        .map_err(|reason| unreadable(path, &reason))
}

/// The text without memtui's entry: the very bytes that were there, unless somebody changed the file since.
fn without(args: &Setup, before: Option<&str>, path: &Path, kept: &Path) -> Result<Option<String>, Failure> {
    let Some(text) = before else { return Ok(None) };
    let known = fs::read(kept).ok().and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
    if let Some(known) = known.filter(|known| known.after == hex(text.as_bytes())) {
        return Ok(known.before);
    }
    edit::take_out(args.host.format(), text).map(Some).map_err(|reason| unreadable(path, &reason))
}

fn unreadable(path: &Path, reason: &str) -> Failure {
    Failure::Usage(format!("{}: {reason}; nothing was changed", path.display()))
}

/// How an agent starts memtui: by its name where the search path leads to this program, else by its place.
fn command() -> String {
    let Ok(here) = std::env::current_exe() else { return "memtui".to_owned() };
    let search = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&search).map(|directory| directory.join("memtui")).find(|path| path.is_file());
    let same = found.is_some_and(|path| fs::canonicalize(path).ok() == fs::canonicalize(&here).ok());
    if same { "memtui".to_owned() } else { here.to_string_lossy().into_owned() }
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| unreadable(path, "it is no UTF-8 text")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error.to_string())),
    }
}

fn print_difference(path: &Path, before: Option<&str>, after: Option<&str>, out: &mut Out) -> io::Result<()> {
    let name = |text: Option<&str>| if text.is_some() { path.display().to_string() } else { "/dev/null".to_owned() };
    let mut options = diffy::DiffOptions::new();
    options.set_original_filename(name(before)).set_modified_filename(name(after));
    let unified = options.create_patch(before.unwrap_or_default(), after.unwrap_or_default()).to_string();
    unified.lines().try_for_each(|line| out.line(line))
}

/// Keeps what was there, for the way back; readable for its owner only, as settings may hold keys.
fn keep(kept: &Path, before: Option<String>, after: Option<&str>) -> Result<(), Failure> {
    let known = Kept { before, after: hex(after.unwrap_or_default().as_bytes()) };
    let failed = |error: io::Error| unreadable(kept, &error.to_string());
    let bytes = serde_json::to_vec(&known).map_err(|error| failed(io::Error::other(error)))?;
    write(kept, &bytes, None).map_err(failed)
}

/// Puts a text in the place of another, unless somebody was quicker.
fn replace(path: &Path, before: Option<&str>, after: Option<&str>) -> Result<(), Failure> {
    if read(path)?.as_deref() != before {
        return Err(Failure::Refused(format!(
            "{} was changed meanwhile; nothing was changed, try again",
            path.display()
        )));
    }
    let failed = |error: io::Error| unreadable(path, &error.to_string());
    match after {
        None => fs::remove_file(path).map_err(failed),
        Some(text) => {
            let mode = fs::metadata(path).ok().map(|found| found.permissions());
            write(path, text.as_bytes(), mode).map_err(failed)
        }
    }
}

/// Writes a file at once or not at all.
fn write(path: &Path, bytes: &[u8], permissions: Option<fs::Permissions>) -> io::Result<()> {
    let directory = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    fs::create_dir_all(&directory)?;
    let mut file = tempfile::NamedTempFile::new_in(&directory)?;
    io::Write::write_all(&mut file, bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
