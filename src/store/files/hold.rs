//! Consolidators that work in a directory of memories without asking: while one may be at work nothing is written.

use std::{fs, io::Read as _, path::Path, time::Duration};

use rustix::process::{Pid, test_kill_process};

/// The file by which a product says that it is consolidating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hold {
    file: &'static str,
    /// Older ones mean nothing.
    stale: Duration,
    who: &'static str,
}

/// Claude Code: the body is a process, the time that of the last consolidation.
pub(super) const DREAM: Hold =
    Hold { file: ".consolidate-lock", stale: Duration::from_secs(60 * 60), who: "Claude Code" };
/// Gemini CLI: JSON with `pid`.
pub(super) const EXTRACTION: Hold =
    Hold { file: ".extraction.lock", stale: Duration::from_secs(35 * 60), who: "Gemini CLI" };

impl Hold {
    /// Why a directory must not be written now; `None` when nobody works in it.
    pub(super) fn objection(self, directory: &Path) -> Option<String> {
        let path = directory.join(self.file);
        let data = fs::symlink_metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let age = data.modified().ok().and_then(|time| time.elapsed().ok()).unwrap_or_default();
        if age >= self.stale {
            return None;
        }
        let mut body = String::new();
        fs::File::open(&path).ok()?.take(4096).read_to_string(&mut body).ok()?;
        let pid = process(&body);
        // A process that is gone holds nothing; one that cannot be asked counts as there.
        if pid.is_some_and(|pid| matches!(test_kill_process(pid), Err(rustix::io::Errno::SRCH))) {
            return None;
        }
        let who = pid.map_or_else(String::new, |pid| format!(" (process {})", pid.as_raw_nonzero()));
        let minutes = self.stale.saturating_sub(age).as_secs().div_ceil(60);
        Some(format!(
            "{}{who} may be consolidating these memories; try again when it has ended, or in {minutes} minutes",
            self.who
        ))
    }
}

/// The process that a lock names, as a plain number or in JSON.
fn process(body: &str) -> Option<Pid> {
    let number = body.trim().parse().ok().or_else(|| {
        let json: serde_json::Value = serde_json::from_str(body).ok()?;
        i32::try_from(json.get("pid")?.as_i64()?).ok()
    });
    number.filter(|pid: &i32| *pid > 0).and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_living_process_holds_its_directory_for_a_while() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join(".consolidate-lock");
        assert_eq!(DREAM.objection(dir.path()), None);
        fs::write(&lock, std::process::id().to_string()).unwrap();
        assert!(DREAM.objection(dir.path()).unwrap().contains("Claude Code (process"));
        let hours_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 60 * 60);
        fs::File::options().write(true).open(&lock).unwrap().set_modified(hours_ago).unwrap();
        assert_eq!(DREAM.objection(dir.path()), None, "stale");
        // The number of no process: above every limit of the kernel.
        fs::write(dir.path().join(".extraction.lock"), "{\"pid\": 1999999999, \"startedAt\": \"x\"}").unwrap();
        assert_eq!(EXTRACTION.objection(dir.path()), None, "dead");
        fs::write(dir.path().join(".extraction.lock"), "").unwrap();
        assert!(EXTRACTION.objection(dir.path()).is_some(), "being written");
    }
}
