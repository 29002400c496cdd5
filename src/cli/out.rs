//! Standard output: buffered, quiet about readers that leave, and never a byte of a memory that was not made safe.

use std::{
    io::{self, BufWriter, IsTerminal as _, Write as _},
    os::fd::AsFd,
};

use serde::Serialize;

use crate::text;

/// Where a command prints.
pub(super) struct Out {
    writer: BufWriter<Box<dyn io::Write>>,
    /// Columns of the terminal; `None` when it is a pipe or a file.
    width: Option<usize>,
}

impl Out {
    /// Standard output.
    pub(super) fn stdout() -> Self {
        let stdout = io::stdout();
        let width = stdout.is_terminal().then(|| terminal_width(&stdout));
        Self { writer: BufWriter::new(Box::new(stdout)), width }
    }

    /// Columns of the terminal; `None` when it is a pipe or a file.
    pub(super) fn width(&self) -> Option<usize> {
        self.width
    }

    /// A line of text, whatever is in it.
    pub(super) fn line(&mut self, words: &str) -> io::Result<()> {
        writeln!(self.writer, "{}", text::line(words))
    }

    /// A value as one line of JSON.
    pub(super) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let line = serde_json::to_string(value).map_err(io::Error::other)?;
        writeln!(self.writer, "{}", text::json(&line))
    }

    /// Bytes that are memtui's own.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    /// Writes what is still held back.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Columns of a terminal; the classic 80 where it does not say.
pub(super) fn terminal_width(terminal: &impl AsFd) -> usize {
    match rustix::termios::tcgetwinsize(terminal) {
        Ok(size) if size.ws_col > 0 => usize::from(size.ws_col),
        _ => 80,
    }
}
