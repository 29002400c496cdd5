//! claude-mem's worker: whether it holds its lock on the database, and its route for deleting what is synchronised.

use std::{fs, path::Path, time::Duration};

use super::{Place, shape::Kind};
use crate::store::sqlite::{
    file::{self, FileId},
    locks,
};

/// Bytes of a small file that is read whole; a larger one is not what it should be.
const SMALL: u64 = 64 * 1024;

/// What `worker.pid` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pid {
    /// Process.
    pub(super) pid: u32,
    /// Port of its HTTP server, if it is written there.
    pub(super) port: Option<u16>,
}

/// Reads `worker.pid` of a data directory.
pub(super) fn pid(directory: &Path) -> Option<Pid> {
    let path = directory.join("worker.pid");
    let metadata = fs::metadata(&path).ok()?;
    if !metadata.is_file() || metadata.len() > SMALL {
        return None;
    }
    let json: serde_json::Value = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    let number = |key: &str| json.get(key).and_then(serde_json::Value::as_u64);
    Some(Pid {
        pid: u32::try_from(number("pid")?).ok()?,
        port: number("port").and_then(|port| u16::try_from(port).ok()),
    })
}

/// Why writing would harm a running worker, `None` when it would not.
///
/// After its first start over an existing file the worker can lose its lock. Any other program that opens and closes
/// the database then deletes the write-ahead log under it. Linux shows the locks; elsewhere nothing can be said.
pub(super) fn danger(place: &Place, database: FileId) -> Option<String> {
    let worker = pid(&place.directory)?;
    let process = Path::new("/proc").join(worker.pid.to_string());
    let open = open_files(&process, &place.path)?;
    let pid = worker.pid;
    if open.deleted {
        return Some(format!(
            "claude-mem's worker (process {pid}) still works in a deleted file; restart the worker, then reopen"
        ));
    }
    if open.database && !locks::holders(database)?.contains(&pid) {
        return Some(format!(
            "claude-mem's worker (process {pid}) has lost its lock on the database, and a write now could destroy \
             what it writes; restart the worker, then reopen"
        ));
    }
    None
}

/// What a process has open of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct OpenFiles {
    database: bool,
    deleted: bool,
}

/// `None` when there is no such process, or this user may not look.
fn open_files(process: &Path, database: &Path) -> Option<OpenFiles> {
    let real = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut open = OpenFiles::default();
    for entry in fs::read_dir(process.join("fd")).ok()?.flatten() {
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        open.database |= target == real;
        for ending in ["", "-wal", "-shm"] {
            open.deleted |= target == file::companion(&file::companion(&real, ending), " (deleted)");
        }
    }
    Some(open)
}

/// The worker's HTTP server.
pub(super) struct Route {
    agent: ureq::Agent,
    base: String,
}

impl Route {
    /// The route to the worker of this installation; nothing is asked yet.
    pub(super) fn new(place: &Place) -> Self {
        let uid = rustix::process::getuid().as_raw();
        let port = pid(&place.directory)
            .and_then(|worker| worker.port)
            .or_else(|| place.settings.get("CLAUDE_MEM_WORKER_PORT").and_then(|port| port.parse().ok()))
            .unwrap_or_else(|| 37_700 + u16::try_from(uid % 100).unwrap_or(0));
        let host = match place.settings.get("CLAUDE_MEM_WORKER_HOST") {
            None | Some("0.0.0.0" | "::") => "127.0.0.1",
            Some(host) => host,
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(1)))
            .timeout_global(Some(Duration::from_secs(10)))
            .build();
        Self { agent: config.into(), base: format!("http://{host}:{port}") }
    }

    /// Whether the worker answers.
    pub(super) fn is_up(&self) -> bool {
        self.agent.get(format!("{}/api/health", self.base)).call().is_ok_and(|answer| answer.status().is_success())
    }

    /// Has the worker delete a memory, so that the deletion reaches the other machines as well.
    ///
    /// # Errors
    /// The reason and the next step.
    pub(super) fn delete(&self, kind: Kind, rowid: i64) -> std::result::Result<(), String> {
        let url = format!("{}/api/{}/{rowid}", self.base, kind.word());
        match self.agent.delete(&url).call() {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) if answer.status().as_u16() == 503 => {
                Err("claude-mem's worker has cloud sync switched off, but this memory was already sent to the cloud; \
                     switch sync on again to delete it everywhere"
                    .into())
            }
            Ok(answer) => Err(format!(
                "claude-mem's worker answered {} to the deletion; look at its log, then try again",
                answer.status()
            )),
            Err(error) => Err(format!("claude-mem's worker did not answer ({error}); start it, then try again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_with_the_file_open_and_no_lock_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("m.db");
        fs::write(&path, b"x").unwrap();
        let this = Path::new("/proc/self");
        assert_eq!(open_files(this, &path), Some(OpenFiles::default()));
        let held = fs::File::open(&path).unwrap();
        assert_eq!(open_files(this, &path), Some(OpenFiles { database: true, deleted: false }));
        fs::write(dir.path().join("worker.pid"), format!(r#"{{"pid":{}, "port": 37777}}"#, std::process::id()))
            .unwrap();
        let place = Place {
            name: "t".into(),
            path: path.clone(),
            directory: dir.path().to_owned(),
            settings: super::super::Settings::default(),
            known: std::sync::Mutex::default(),
        };
        let id = FileId::of(&fs::metadata(&path).unwrap());
        assert!(danger(&place, id).unwrap().contains("lost its lock"));
        fs::remove_file(&path).unwrap();
        assert!(danger(&place, id).unwrap().contains("deleted file"));
        drop(held);
        assert_eq!(danger(&place, id), None);
    }
}
