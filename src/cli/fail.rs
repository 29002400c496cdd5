//! How a command ends: the exit codes and who says what on standard error.

use std::{io, process::ExitCode};

use crate::{ledger, store::Problem, text};

/// A command that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Exit code 0.
    Well,
    /// Exit code 1: nothing matched, or a guard refused. It was said already.
    Nothing,
    /// Exit code 1: `doctor` found something that needs a person's attention. It was said already.
    Attention,
    /// Exit code 3: something is wrong with a store. It was said already.
    Trouble,
    /// A signal ended it.
    Signal(i32),
}

impl Done {
    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Self::Well => ExitCode::SUCCESS,
            Self::Nothing | Self::Attention => ExitCode::from(1),
            Self::Trouble => ExitCode::from(3),
            Self::Signal(number) => ExitCode::from(u8::try_from(128 + number).unwrap_or(255)),
        }
    }
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// Exit code 1: nothing matched, or a guard refused.
    Refused(String),
    /// Exit code 2: bad usage or input.
    Usage(String),
    /// Exit code 2: a filter that cannot be understood, and its text with a mark under the place.
    Query(String, String),
    /// Exit code 3: a store failed.
    Store(String),
    /// Exit code 0: nobody reads any more.
    Pipe,
}

impl Failure {
    /// Says it on standard error.
    pub(super) fn report(&self) -> ExitCode {
        let (code, words) = match self {
            Self::Refused(words) => (1, words),
            Self::Usage(words) => (2, words),
            Self::Query(_, pointed) => {
                say("the filter cannot be read");
                show(pointed);
                return ExitCode::from(2);
            }
            Self::Store(words) => (3, words),
            Self::Pipe => return ExitCode::SUCCESS,
        };
        say(words);
        ExitCode::from(code)
    }

    /// A store that could not be opened: what was given is not what was needed.
    pub(super) fn opening(problem: &Problem) -> Self {
        match problem {
            Problem::Busy(_) | Problem::DiskFull { .. } => Self::Store(problem.to_string()),
            _ => Self::Usage(problem.to_string()),
        }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::ReadOnly { .. } | Problem::Replaced(_) | Problem::Gone(_) => Self::Refused(problem.to_string()),
            _ => Self::Store(problem.to_string()),
        }
    }
}

impl From<ledger::Problem> for Failure {
    fn from(problem: ledger::Problem) -> Self {
        Self::Store(problem.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Pipe,
            _ => Self::Usage(format!("cannot write the output: {error}")),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(words) | Self::Usage(words) | Self::Query(words, _) | Self::Store(words) => {
                f.write_str(words)
            }
            Self::Pipe => f.write_str("nobody reads any more"),
        }
    }
}

/// The failure that several mistakes make: all but the last are said at once, so that they can be corrected together.
pub(super) fn one_of<T: std::fmt::Display>(mistakes: &[T]) -> Failure {
    let (last, others) = mistakes.split_last().map_or((None, mistakes), |(last, others)| (Some(last), others));
    for mistake in others {
        say(&mistake.to_string());
    }
    Failure::Usage(last.map(ToString::to_string).unwrap_or_default())
}

/// Shows lines on standard error as they stand, safe to look at.
#[expect(clippy::print_stderr, reason = "the command line talks to people here and nowhere else")]
fn show(lines: &str) {
    eprintln!("{}", text::block(lines));
}

/// Says something on standard error, one line, safe to look at.
#[expect(clippy::print_stderr, reason = "the command line talks to people here and nowhere else")]
pub(super) fn say(words: &str) {
    eprintln!("memtui: {}", text::line(words));
}
