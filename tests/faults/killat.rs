//! Runs a program and kills it right before its n-th system call that writes to a file or a directory, counted over all
//! of its threads: `killat N PROGRAM ARGUMENT…`. With 0 nothing is killed. The number of such calls goes to the file
//! that `KILLAT_COUNT` names.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod tracing {
    use std::{
        ffi::OsString,
        os::unix::process::ExitStatusExt as _,
        process::{Command, ExitStatus},
    };

    use nix::{
        errno::Errno,
        libc,
        sys::{
            ptrace::{self, Options},
            signal::{Signal, kill},
            wait::{WaitPidFlag, WaitStatus, waitpid},
        },
        unistd::Pid,
    };

    /// Calls that change what is in a file system or make it durable.
    const WRITES: [libc::c_long; 27] = [
        libc::SYS_write,
        libc::SYS_pwrite64,
        libc::SYS_writev,
        libc::SYS_pwritev,
        libc::SYS_pwritev2,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_msync,
        libc::SYS_truncate,
        libc::SYS_ftruncate,
        libc::SYS_fallocate,
        libc::SYS_unlink,
        libc::SYS_unlinkat,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_renameat2,
        libc::SYS_link,
        libc::SYS_linkat,
        libc::SYS_mkdir,
        libc::SYS_mkdirat,
        libc::SYS_rmdir,
        libc::SYS_chmod,
        libc::SYS_fchmod,
        libc::SYS_utimensat,
        libc::SYS_copy_file_range,
        libc::SYS_sendfile,
        libc::SYS_symlinkat,
    ];

    /// How a program ended, and at how many writing calls it was seen.
    pub(super) struct Ended {
        pub(super) status: ExitStatus,
        pub(super) calls: usize,
    }

    pub(super) fn run(nth: usize, program: &[OsString]) -> std::io::Result<Ended> {
        // It waits to be seized before it becomes the program, so that no call of it is missed.
        let child = Command::new("sh").args(["-c", "kill -STOP $$; exec \"$@\"", "sh"]).args(program).spawn()?;
        let main = Pid::from_raw(child.id().cast_signed());
        waitpid(main, Some(WaitPidFlag::WUNTRACED))?;
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_EXITKILL;
        ptrace::seize(main, options)?;
        kill(main, Signal::SIGCONT)?;
        ptrace::interrupt(main)?;
        let mut calls = 0;
        loop {
            let (thread, signal) = match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::__WALL))? {
                WaitStatus::Exited(pid, code) if pid == main => {
                    return Ok(Ended { status: ExitStatus::from_raw(code << 8), calls });
                }
                WaitStatus::Signaled(pid, signal, _) if pid == main => {
                    return Ok(Ended { status: ExitStatus::from_raw(signal as i32), calls });
                }
                WaitStatus::PtraceSyscall(thread) => {
                    if enters_a_write(thread) {
                        calls += 1;
                        if calls == nth {
                            kill(main, Signal::SIGKILL)?;
                        }
                    }
                    (thread, None)
                }
                WaitStatus::Stopped(thread, signal) => (thread, Some(signal).filter(|it| *it != Signal::SIGCONT)),
                other => match other.pid() {
                    Some(thread) => (thread, None),
                    None => continue,
                },
            };
            match ptrace::syscall(thread, signal) {
                // It is being killed.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether a thread that stopped is about to make such a call; when it comes back from one, the result is not "there is
    /// no such call".
    fn enters_a_write(thread: Pid) -> bool {
        ptrace::getregs(thread).is_ok_and(|registers| {
            let entering = registers.rax.cast_signed() == -i64::from(libc::ENOSYS);
            entering && WRITES.contains(&registers.orig_rax.cast_signed())
        })
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut arguments = std::env::args_os().skip(1);
    let nth = arguments.next().and_then(|word| word.to_str()?.parse().ok());
    let program: Vec<_> = arguments.collect();
    let (Some(nth), false) = (nth, program.is_empty()) else { std::process::exit(2) };
    let Ok(ended) = tracing::run(nth, &program) else { std::process::exit(77) };
    if let Some(path) = std::env::var_os("KILLAT_COUNT") {
        drop(std::fs::write(path, ended.calls.to_string()));
    }
    std::process::exit(ended.status.code().unwrap_or_else(|| 128 + ended.status.signal().unwrap_or(0)));
}

/// Elsewhere nobody is killed, and the tests say that they were skipped.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() {
    std::process::exit(77);
}
