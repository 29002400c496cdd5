//! The screen: raw mode, the alternate screen and the modes that go with it. Owned, or not.

use std::{
    io::{self, IsTerminal as _},
    os::fd::{AsFd as _, OwnedFd},
    panic,
    sync::{Mutex, Once, PoisonError},
    thread::{self, ThreadId},
};

use ratatui::layout::Size;
use rustix::{
    event::{PollFd, PollFlags, poll},
    fs::{Mode, OFlags},
    io::Errno,
    stdio,
    termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr},
};

/// Alternate screen, bracketed paste, focus reports, hidden cursor, an empty screen.
const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?25l\x1b[2J";
/// Clicks and the wheel (1000), motion while a button is held (1002), with coordinates beyond 223 (1006); without the
/// flood of reports about a mouse that merely moves (1003).
const MOUSE: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
/// Unambiguous keys: kitty's protocol, pushed on the stack of the alternate screen. Its reports of repeats and releases
/// stay off: over a slow line the release of the key that quits would reach the shell.
const KEYS: &str = "\x1b[>1u";
const KEYS_BACK: &str = "\x1b[<1u";
/// Everything back, the keys before the alternate screen is left because each screen has its own stack of them.
const LEAVE: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[0m\x1b[?1049l\x1b[?25h";

/// How the screen is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenOptions {
    /// Whether clicks and the wheel are reported. Without, the terminal selects text as usual.
    pub mouse: bool,
}

/// There is no terminal to draw on.
#[derive(Debug, thiserror::Error)]
pub enum NoTerminal {
    /// Standard output leads elsewhere.
    #[error("standard output is not a terminal; use a command such as `memtui list`, or see `memtui --help`")]
    Output,
    /// There is nothing to read keys from.
    #[error("there is no terminal to read keys from ({0}); use a command such as `memtui list`")]
    Input(io::Error),
    /// The terminal refuses.
    #[error("the terminal does not work: {0}")]
    Broken(#[from] io::Error),
}

/// What must be put back whatever happens.
struct Held {
    tty: OwnedFd,
    cooked: Termios,
    keys: bool,
    owner: ThreadId,
}

/// Global because a panic hook and a destructor must both find it, and only one of them may act.
static HELD: Mutex<Option<Held>> = Mutex::new(None);
/// What other threads said when they died while the screen was ours; told when it is left.
static LAST_WORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What goes out with the next write: the screen is entered and painted in one, so that no empty one is ever seen.
static BEFORE_ALL: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The screen, owned. Dropping it puts the terminal back as it was.
#[derive(Debug)]
pub struct Screen {
    options: ScreenOptions,
    tty: OwnedFd,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When standard output or the keyboard is no terminal. Nothing is written to standard output then.
    pub fn enter(options: ScreenOptions) -> Result<Self, NoTerminal> {
        if !io::stdout().is_terminal() {
            return Err(NoTerminal::Output);
        }
        let tty = keyboard().map_err(NoTerminal::Input)?;
        let screen = Self { options, tty };
        // Colours are the theme's business; crossterm's own reading of NO_COLOR would take bold and reverse as well.
        crossterm::style::force_color_output(true);
        screen.resume()?;
        Ok(screen)
    }

    /// Where keys come from.
    pub(super) fn keyboard(&self) -> &OwnedFd {
        &self.tty
    }

    /// Gives the terminal back for a while: to the shell, or to an editor.
    #[expect(clippy::unused_self, reason = "only the owner of the screen may leave it")]
    pub(super) fn leave(&self) {
        put_back();
    }

    /// Takes the terminal again; what enters the screen goes out with the next frame. What was on it is gone: everything
    /// is to be painted anew.
    pub(super) fn resume(&self) -> io::Result<()> {
        let cooked = tcgetattr(&self.tty)?;
        let mut raw = cooked.clone();
        raw.make_raw();
        tcsetattr(&self.tty, OptionalActions::Now, &raw)?;
        // The Linux console would print a part of the sequence.
        let keys = std::env::var_os("TERM").is_none_or(|term| term != "linux" && term != "dumb");
        let held = Held { tty: self.tty.try_clone()?, cooked, keys, owner: thread::current().id() };
        *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        let mouse = if self.options.mouse { MOUSE } else { "" };
        let enter = [ENTER, if keys { KEYS } else { "" }, mouse].concat();
        BEFORE_ALL.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(enter.as_bytes());
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        put_back();
    }
}

/// Keys come from standard input, or from the controlling terminal when that is a pipe.
fn keyboard() -> io::Result<OwnedFd> {
    if io::stdin().is_terminal() {
        return stdio::stdin().try_clone_to_owned();
    }
    Ok(rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())?)
}

/// Puts the terminal back once; a second call does nothing. Errors are passed over: it may be gone.
fn put_back() {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(held) = held else { return };
    let _ = write_out([if held.keys { KEYS_BACK } else { "" }, LEAVE].concat().as_bytes());
    let _ = tcsetattr(&held.tty, OptionalActions::Now, &held.cooked);
    for words in LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        let _ = io::Write::write_all(&mut io::stderr(), words.as_bytes());
    }
}

/// From now on a panic is told on an ordinary screen: one of the screen's owner puts the terminal back first, one of
/// a worker waits until the screen is left.
pub fn keep_panics_readable() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let owner = HELD.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|held| held.owner);
            match owner {
                Some(owner) if owner != thread::current().id() => {
                    let words = format!("a worker of memtui failed: {info}\n");
                    LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner).push(words);
                }
                _ => {
                    put_back();
                    before(info);
                }
            }
        }));
    });
}

/// The window's size in cells. A terminal that does not know its size is taken for 80×24.
pub(super) fn window() -> Size {
    match tcgetwinsize(stdio::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size { width: size.ws_col, height: size.ws_row },
        _ => Size { width: 80, height: 24 },
    }
}

/// Writes all bytes to the terminal, waiting where it is slow.
pub(super) fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut all = std::mem::take(&mut *BEFORE_ALL.lock().unwrap_or_else(PoisonError::into_inner));
    all.extend_from_slice(bytes);
    let mut bytes = all.as_slice();
    while !bytes.is_empty() {
        match rustix::io::write(stdio::stdout(), bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            // Another program made the terminal non-blocking and left it so.
            Err(Errno::AGAIN) => {
                let out = stdio::stdout();
                poll(&mut [PollFd::new(&out.as_fd(), PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
