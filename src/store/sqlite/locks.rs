//! Who holds a database open, as Linux shows it. Elsewhere nothing can be said.

use std::{fs, path::Path};

use super::file::FileId;

/// The bytes of a database on which `SQLite` keeps its shared locks: `SHARED_FIRST` and the 509 after it. In
/// write-ahead mode every open connection holds one for as long as it is open.
const SHARED_LOCK: std::ops::RangeInclusive<u64> = 1_073_741_826..=1_073_742_335;

/// The processes that hold a shared lock on a database; `None` when the system does not show it.
pub fn holders(database: FileId) -> Option<Vec<u32>> {
    Some(holders_in(&fs::read_to_string("/proc/locks").ok()?, database))
}

/// The other processes that have the database at a path open, with their names; `None` when the system does not show it.
pub fn company(path: &Path) -> Option<Vec<(u32, String)>> {
    let database = FileId::of(&fs::metadata(path).ok()?);
    let name = |pid| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned();
    let mut others = holders(database)?;
    others.sort_unstable();
    others.dedup();
    Some(others.into_iter().filter(|pid| *pid != std::process::id()).map(|pid| (pid, name(pid))).collect())
}

/// Whether a process other than this one has the database open; `true` when nobody can tell.
pub fn in_company(database: FileId) -> bool {
    holders(database).is_none_or(|pids| pids.into_iter().any(|pid| pid != std::process::id()))
}

fn holders_in(locks: &str, database: FileId) -> Vec<u32> {
    let holder = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // `1: POSIX  ADVISORY  READ 4121 08:01:131090 1073741826 1073742335`; one that waits has `->` after the number.
        let [_, _, _, _, owner, inode, from, to] = words.as_slice() else { return None };
        let end: u64 = to.parse().unwrap_or(u64::MAX);
        let inode: u64 = inode.rsplit(':').next()?.parse().ok()?;
        let from: u64 = from.parse().ok()?;
        let shared = from <= *SHARED_LOCK.end() && end >= *SHARED_LOCK.start();
        (inode == database.inode && shared).then(|| owner.parse().ok()).flatten()
    };
    locks.lines().filter_map(holder).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_kernel_are_understood() {
        let locks = "1: POSIX  ADVISORY  READ 4121 08:01:131090 1073741826 1073742335\n\
                     2: POSIX  ADVISORY  READ 7 08:01:131090 128 128\n\
                     3: POSIX  ADVISORY  READ 8 08:01:99 1073741826 1073742335\n\
                     3: -> POSIX  ADVISORY  WRITE 9 08:01:131090 1073741826 1073742335\n\
                     4: FLOCK  ADVISORY  WRITE 10 08:01:131090 0 EOF\n\
                     nonsense\n";
        let database = FileId { device: 2049, inode: 131_090 };
        assert_eq!(holders_in(locks, database), [4121, 10]);
        assert_eq!(holders_in("", database), [0_u32; 0]);
    }
}
