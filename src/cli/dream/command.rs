//! Runs a command of the person's own: a text in, a text out, with an end in time.

use std::{
    io::{self, Read, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::text;

/// Answers of more bytes are cut: no person would decide what is in them.
const LONGEST: u64 = 16 << 20;
/// Bytes of what a command says about itself that are kept: its last words.
const LAST_WORDS: usize = 400;
/// How often it is looked after.
const LOOK: Duration = Duration::from_millis(20);

/// Why a command gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// It did not start.
    #[error("the command cannot be started: {0}")]
    Start(#[from] io::Error),
    /// It ended with an error.
    #[error("the command ended with {status}{words}")]
    Ended {
        /// As the system says it.
        status: ExitStatus,
        /// What it said last, if anything.
        words: String,
    },
    /// It took too long.
    #[error("the command did not answer within {0} s; --timeout gives it longer, --batch gives it less to read")]
    TooLong(u64),
    /// The person stopped it.
    #[error("stopped, as you asked")]
    Stopped,
}

/// Gives a text to a command line and waits for what it answers. The shell runs it in a process group of its own, which
/// is ended as a whole.
pub(super) fn ask(line: &str, question: String, timeout: Duration, stop: &AtomicBool) -> Result<String, NoAnswer> {
    let mut child = Command::new("sh")
        .args(["-c", line])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let stdin = child.stdin.take();
    // A command may answer without having read everything: then writing fails, and that is no error.
    thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(question.as_bytes())));
    let answer = collect(child.stdout.take());
    let words = collect(child.stderr.take());
    let status = wait(&mut child, timeout, stop)?;
    let (answer, words) = (answer.join().unwrap_or_default(), words.join().unwrap_or_default());
    if status.success() {
        return Ok(String::from_utf8_lossy(&answer).into_owned());
    }
    let words = String::from_utf8_lossy(&words);
    let last = words.trim().lines().next_back().unwrap_or_default();
    let words = if last.is_empty() { String::new() } else { format!(": {}", text::fit(&text::line(last), LAST_WORDS)) };
    Err(NoAnswer::Ended { status, words })
}

/// Reads to the end, beside everything else.
fn collect(from: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(from) = from {
            // What came before an error is all there is.
            let _ = from.take(LONGEST).read_to_end(&mut all);
        }
        all
    })
}

fn wait(child: &mut Child, timeout: Duration, stop: &AtomicBool) -> Result<ExitStatus, NoAnswer> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        let why = if stop.load(Ordering::Acquire) {
            NoAnswer::Stopped
        } else if began.elapsed() >= timeout {
            NoAnswer::TooLong(timeout.as_secs())
        } else {
            thread::sleep(LOOK);
            continue;
        };
        if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        child.wait()?;
        return Err(why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str, seconds: u64) -> Result<String, NoAnswer> {
        ask(line, "question\n".repeat(100_000), Duration::from_secs(seconds), &AtomicBool::new(false))
    }

    #[test]
    fn an_answer_comes_whether_or_not_the_question_was_read() {
        assert_eq!(asked("wc -l | tr -d ' '", 30).unwrap(), "100000\n");
        assert_eq!(asked("echo yes", 30).unwrap(), "yes\n");
    }

    #[test]
    fn errors_and_patience_have_an_end() {
        let error = asked("echo 'not \x1b[31mlogged in' >&2; exit 7", 30).unwrap_err().to_string();
        assert!(error.contains("exit status: 7") && error.contains("logged in") && !error.contains('\x1b'), "{error}");
        assert!(matches!(asked("sleep 30", 0), Err(NoAnswer::TooLong(0))));
        let stopped = ask("sleep 30", String::new(), Duration::from_secs(30), &AtomicBool::new(true));
        assert!(matches!(stopped, Err(NoAnswer::Stopped)));
    }
}
