//! Where the product of this user keeps its memories, who has them in memory now, and how they may be written.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, test_kill_process};

use super::{server::Server, source::Shape};
use crate::store::Problem;

/// The engine's directory in the product's own.
pub(super) const STATE: &str = "state_store.db";
/// Variables that say where the product keeps memories and where its server listens begin so.
const PREFIX: &str = "AGENTMEMORY_";
/// Others that say so.
const VARIABLES: [&str; 2] = ["STANDALONE_PERSIST_PATH", "XDG_DATA_HOME"];
/// Where its server listens unless it is told otherwise.
const USUAL: &str = "http://127.0.0.1:3111";
/// Bytes of a small file that is read whole.
const SMALL: u64 = 256 * 1024;
/// Instances beyond the first that are looked for.
const INSTANCES: u32 = 9;
/// Programs that run the product, by the beginning of their names.
const PROGRAMS: [&[u8]; 4] = [b"iii", b"node", b"bun", b"agentmemory"];

/// Whose installation it is.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// The person's home directory.
    pub home: Option<PathBuf>,
    /// Variables of the product's.
    pub variables: BTreeMap<String, String>,
}

/// Whether a variable says where the product keeps memories, or where and how its server is asked.
pub fn is_meant(name: &str) -> bool {
    name.starts_with(PREFIX) || VARIABLES.contains(&name)
}

impl Installation {
    fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name).map(String::as_str)?;
        // What was left for a shell to fill in is no value.
        Some(value).filter(|value| !value.is_empty() && !value.contains("${"))
    }

    /// The product's directory for settings and secrets.
    fn settings(&self) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(".agentmemory"))
    }

    /// The directory of its data.
    pub(super) fn data(&self) -> Option<PathBuf> {
        if let Some(given) = self.variable("AGENTMEMORY_DATA_DIR") {
            return Some(given.into());
        }
        let name = "agentmemory";
        if cfg!(target_os = "macos") {
            return Some(self.home.as_ref()?.join("Library/Application Support").join(name));
        }
        let base = self.variable("XDG_DATA_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
        base.or_else(|| Some(self.home.as_ref()?.join(".local/share"))).map(|base| base.join(name))
    }

    /// The file of its standalone tool server.
    fn standalone(&self) -> Option<PathBuf> {
        let given = self.variable("STANDALONE_PERSIST_PATH").map(PathBuf::from);
        given.or_else(|| Some(self.settings()?.join("standalone.json")))
    }

    /// Where memories are by the product's own rules; the first place is named even when nothing is there.
    pub(super) fn usual(&self) -> Vec<PathBuf> {
        let data = self.data();
        let instances = data.iter().flat_map(|data| (1..=INSTANCES).map(|at| data.join(format!("instance-{at}"))));
        let others = instances.map(|instance| instance.join(STATE)).chain(self.standalone());
        let first = data.iter().map(|data| data.join(STATE));
        first.chain(others.filter(|path| path.exists())).collect()
    }

    /// What its file of settings says.
    fn setting(&self, name: &str) -> Option<String> {
        if let Some(value) = self.variable(name) {
            return Some(value.to_owned());
        }
        let text = small(&self.settings()?.join(".env"))?;
        let value =
            text.lines().filter_map(|line| line.trim().split_once('=')).find(|(known, _)| known.trim() == name)?.1;
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        (!value.is_empty() && !value.contains("${")).then_some(value)
    }

    /// The server of this installation; nothing is asked yet.
    fn server(&self) -> Result<Server, String> {
        let address = self.setting("AGENTMEMORY_URL").unwrap_or_else(|| USUAL.to_owned());
        let secret = self.setting("AGENTMEMORY_SECRET").or_else(|| {
            let text = small(&self.settings()?.join("secret"))?;
            Some(text.trim().to_owned()).filter(|secret| !secret.is_empty())
        });
        Server::new(&address, secret)
    }

    /// A process of the product that lives, by the files in which it notes them.
    fn process(&self) -> Option<u32> {
        let settings = self.settings()?;
        ["iii.pid", "worker.pid"].iter().find_map(|name| {
            let pid: i32 = small(&settings.join(name))?.trim().parse().ok()?;
            let pid = Pid::from_raw(pid).filter(|_| pid > 0)?;
            // One that may not be asked is there.
            let gone = matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH));
            (!gone).then(|| pid.as_raw_nonzero().get().unsigned_abs())
        })
    }
}

fn small(path: &Path) -> Option<String> {
    let size = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
    if size > SMALL { None } else { fs::read_to_string(path).ok() }
}

/// How a store may be written now.
pub(super) enum Way {
    /// Through the server, which has everything in memory.
    Server(Server),
    /// In its files, because nobody has them in memory.
    Files,
}

/// Where a store is and whose it is.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) shape: Shape,
    pub(super) installation: Installation,
}

impl Place {
    /// Whether it is the directory that the product of this user works in. A copy elsewhere is nobody's but the person's.
    fn is_own(&self) -> bool {
        let usual = match self.shape {
            Shape::State => self.installation.data().map(|data| data.join(STATE)),
            Shape::Standalone => self.installation.standalone(),
            Shape::Export => None,
        };
        let real = |path: &Path| fs::canonicalize(path).ok();
        usual.is_some_and(|usual| real(&usual).is_some() && real(&usual) == real(&self.path))
    }

    /// How it may be written at this moment.
    ///
    /// # Errors
    /// Why it may not, and the next step.
    pub(super) fn way(&self) -> Result<Way, String> {
        if self.shape == Shape::State
            && self.is_own()
            && let Some(server) = self.own_server()?
        {
            return Ok(Way::Server(server));
        }
        if self.shape != Shape::Export
            && let Some(process) = self.user()
        {
            return Err(format!(
                "process {process} has these memories in its own memory and would write over every change; stop it, or \
                 set AGENTMEMORY_URL to where its server listens"
            ));
        }
        self.refused().map_or(Ok(Way::Files), Err)
    }

    /// The running server of the person's own directory, ready to be told; `None` when none runs.
    fn own_server(&self) -> Result<Option<Server>, String> {
        if self.installation.setting("AGENTMEMORY_STATE_BACKEND").as_deref() == Some("redis") {
            return Err("its product is set up to keep its memories in Redis, and these files are no longer read; \
                        unset AGENTMEMORY_STATE_BACKEND to use them again"
                .to_owned());
        }
        let mut server = self.installation.server()?;
        if server.is_up() {
            server.greet()?;
            return Ok(Some(server));
        }
        match self.installation.process() {
            Some(process) => Err(format!(
                "its engine (process {process}) runs but its server does not answer at {}; set AGENTMEMORY_URL to where \
                 it listens, or stop it",
                server.address()
            )),
            None => Ok(None),
        }
    }

    /// A process of the product that was started for this place, as far as the system shows: one that names the
    /// directory, or works in it.
    fn user(&self) -> Option<u32> {
        let place = match self.shape {
            Shape::State => self.path.parent().unwrap_or(&self.path),
            Shape::Export | Shape::Standalone => &self.path,
        };
        let real = fs::canonicalize(place).ok()?;
        let this = std::process::id();
        for entry in fs::read_dir("/proc").ok()?.flatten() {
            let Some(process) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if process == this || !is_product(&line) {
                continue;
            }
            let names_it = [real.as_path(), place].iter().any(|path| contains(&line, path.as_os_str().as_bytes()));
            let works_in_it = fs::read_link(entry.path().join("cwd")).is_ok_and(|directory| directory == real);
            let keeps_it = self.shape == Shape::Standalone && self.is_own() && contains(&line, b"agentmemory");
            if names_it || works_in_it || keeps_it {
                return Some(process);
            }
        }
        None
    }

    /// Why this user may not write the files.
    fn refused(&self) -> Option<String> {
        let directory = if self.shape == Shape::State { Some(self.path.as_path()) } else { self.path.parent() };
        let refused = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_err();
        (refused(&self.path) || directory.is_some_and(refused))
            .then(|| "this user may not write the file or its directory; have the permissions changed".to_owned())
    }

    pub(super) fn read_only(&self, reason: String) -> Problem {
        Problem::ReadOnly { path: self.path.clone(), reason }
    }
}

/// Whether a command line is that of a program that can run the product.
fn is_product(line: &[u8]) -> bool {
    let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    PROGRAMS.iter().any(|program| name.starts_with(program))
}

/// Whether a text is in another, not as the beginning of a longer name.
fn contains(text: &[u8], wanted: &[u8]) -> bool {
    !wanted.is_empty()
        && text.windows(wanted.len()).enumerate().any(|(at, window)| {
            let next = text.get(at + wanted.len());
            window == wanted && next.is_none_or(|byte| !byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_is_where_the_product_looks_for_it() {
        let mut installation = Installation { home: Some("/home/ada".into()), variables: BTreeMap::new() };
        if cfg!(target_os = "linux") {
            assert_eq!(installation.data().unwrap(), Path::new("/home/ada/.local/share/agentmemory"));
            installation.variables.insert("XDG_DATA_HOME".into(), "/data".into());
            assert_eq!(installation.data().unwrap(), Path::new("/data/agentmemory"));
        }
        installation.variables.insert("AGENTMEMORY_DATA_DIR".into(), "${DATA}".into());
        assert_ne!(installation.data().unwrap(), Path::new("${DATA}"));
        installation.variables.insert("AGENTMEMORY_DATA_DIR".into(), "/srv/am".into());
        assert_eq!(installation.data().unwrap(), Path::new("/srv/am"));
    }

    #[test]
    fn settings_come_from_the_environment_then_from_the_file_then_from_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join(".agentmemory");
        fs::create_dir(&own).unwrap();
        let mut installation = Installation { home: Some(dir.path().to_owned()), variables: BTreeMap::new() };
        assert_eq!(installation.setting("AGENTMEMORY_SECRET"), None);
        fs::write(own.join(".env"), "# x\nAGENTMEMORY_SECRET=\"from file\"\nAGENTMEMORY_URL=${HOST}\n").unwrap();
        assert_eq!(installation.setting("AGENTMEMORY_SECRET").as_deref(), Some("from file"));
        assert_eq!(installation.setting("AGENTMEMORY_URL"), None);
        installation.variables.insert("AGENTMEMORY_SECRET".into(), "from the environment".into());
        assert_eq!(installation.setting("AGENTMEMORY_SECRET").as_deref(), Some("from the environment"));
    }

    #[test]
    fn a_process_is_known_by_its_program_and_by_what_it_names() {
        assert!(is_product(b"/home/ada/.agentmemory/bin/iii\0--config\0x") && is_product(b"node\0cli.mjs"));
        assert!(!is_product(b"vim\0/data/agentmemory") && !is_product(b""));
        assert!(contains(b"--config\0/data/am/iii-config.yaml", b"/data/am"));
        assert!(!contains(b"--config\0/data/am2/iii-config.yaml", b"/data/am"));
    }
}
