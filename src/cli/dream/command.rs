//! Runs a command of the person's own: a text in, a text out, with an end in time.

use std::{
    io::{self, Read, Write as _},
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::text;

/// Answers of more bytes are none: no person would decide what is in them.
const LONGEST: usize = 16 << 20;
/// Bytes of what a command says about itself that are kept: its last words.
const LAST_WORDS: usize = 400;
/// How often it is looked after.
const LOOK: Duration = Duration::from_millis(20);
/// How long something that the command has left running may still write.
const LINGER: Duration = Duration::from_secs(2);

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
    /// It said more than a list of proposals can be.
    #[error("the command answered with more than {} MB, which is no list of proposals", LONGEST >> 20)]
    TooMuch,
    /// The person stopped it.
    #[error("stopped, as you asked")]
    Stopped,
}

/// Gives a text to a command line and waits for what it answers. The shell runs it in a process group of its own, which
/// is ended as a whole. `go_on` hears how long it has taken so far, and ends it with `false`.
pub(super) fn ask(
    line: &str,
    question: String,
    timeout: Duration,
    go_on: &mut dyn FnMut(Duration) -> bool,
) -> Result<String, NoAnswer> {
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
    let (answer, words) = (Heard::of(child.stdout.take()), Heard::of(child.stderr.take()));
    let status = wait(&mut child, timeout, &mut |took| go_on(took) && !answer.is_too_long())?;
    if answer.is_too_long() {
        return Err(NoAnswer::TooMuch);
    }
    let Some(status) = status else { return Err(NoAnswer::Stopped) };
    // What it has left running may hold on to its output for ever.
    let ended = Instant::now();
    while !(answer.is_over() && words.is_over()) && ended.elapsed() < LINGER {
        thread::sleep(LOOK);
    }
    if !(answer.is_over() && words.is_over()) {
        end(&child);
    }
    if status.success() {
        return Ok(answer.text());
    }
    let words = words.text();
    let last = words.trim().lines().next_back().unwrap_or_default();
    let words = if last.is_empty() { String::new() } else { format!(": {}", text::fit(&text::line(last), LAST_WORDS)) };
    Err(NoAnswer::Ended { status, words })
}

/// What was read so far of what a command says, beside everything else.
struct Heard {
    said: Arc<Mutex<Vec<u8>>>,
    reading: thread::JoinHandle<()>,
}

impl Heard {
    fn of(from: Option<impl Read + Send + 'static>) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&said);
        let reading = thread::spawn(move || {
            let (mut from, mut part) = (from, vec![0; 64 * 1024]);
            // What came before an error is all there is.
            while let Some(Ok(count @ 1..)) = from.as_mut().map(|from| from.read(&mut part)) {
                let mut said = into.lock().unwrap_or_else(PoisonError::into_inner);
                if said.len() > LONGEST {
                    return;
                }
                said.extend_from_slice(part.get(..count).unwrap_or_default());
            }
        });
        Self { said, reading }
    }

    fn is_over(&self) -> bool {
        self.reading.is_finished()
    }

    fn is_too_long(&self) -> bool {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).len() > LONGEST
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.said.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

/// Waits for the end; `None` when it was ended because `go_on` said so.
fn wait(
    child: &mut Child,
    timeout: Duration,
    go_on: &mut dyn FnMut(Duration) -> bool,
) -> Result<Option<ExitStatus>, NoAnswer> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        let stopped = !go_on(began.elapsed());
        if !stopped && began.elapsed() < timeout {
            thread::sleep(LOOK);
            continue;
        }
        end(child);
        child.wait()?;
        return if stopped { Ok(None) } else { Err(NoAnswer::TooLong(timeout.as_secs())) };
    }
}

/// Ends the command's whole group, as far as it still runs.
fn end(child: &Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str, seconds: u64) -> Result<String, NoAnswer> {
        ask(line, "question\n".repeat(100_000), Duration::from_secs(seconds), &mut |_| true)
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
        let stopped = ask("sleep 30", String::new(), Duration::from_secs(30), &mut |_| false);
        assert!(matches!(stopped, Err(NoAnswer::Stopped)));
        let begun = ask("echo half; sleep 30", String::new(), Duration::from_secs(30), &mut |took| took.is_zero());
        assert!(matches!(begun, Err(NoAnswer::Stopped)), "what came until then is not an answer");
    }

    #[test]
    fn what_a_command_leaves_behind_holds_nobody_up_and_is_ended() {
        let directory = tempfile::tempdir().unwrap();
        let trace = directory.path().join("trace");
        let line = format!("echo yes; (sleep 60; touch {}) & exit 0", trace.display());
        assert_eq!(asked(&line, 600).unwrap(), "yes\n", "before the minute is over");
        assert!(!trace.exists());
    }

    #[test]
    fn an_answer_without_end_is_none() {
        assert!(matches!(asked("yes", 600), Err(NoAnswer::TooMuch)));
    }
}
