//! A terminal for tests: a pseudo-terminal with a program in it, an emulator that knows what a person would see, and
//! every byte that was written.

use std::{
    io::{Read as _, Write as _},
    num::NonZeroU16,
    path::PathBuf,
    process::Command,
    sync::{Arc, Condvar, Mutex, OnceLock},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// A bound for hangs, not a measure of speed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    closed: bool,
    leaving: bool,
}

/// A terminal with a program in it.
pub(crate) struct Term {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn std::io::Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<(Seen, vt100::Parser)>, Condvar)>,
}

/// How a program is started.
pub(crate) struct Start {
    command: CommandBuilder,
    size: (u16, u16),
}

impl Start {
    /// A program with its arguments.
    pub(crate) fn program(program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program.into());
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        for name in ["NO_COLOR", "COLORTERM", "TMUX", "VISUAL", "EDITOR", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        Self { command, size: (80, 24) }
    }

    /// memtui itself.
    pub(crate) fn memtui(arguments: &[&str]) -> Self {
        Self::program(env!("CARGO_BIN_EXE_memtui"), arguments)
    }

    /// The toy of `tests/e2e/toy.rs`, which `cargo test` builds.
    pub(crate) fn toy() -> Self {
        Self::program(toy_path(), &[])
    }

    /// Columns and rows.
    pub(crate) fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// An environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Term {
        let (columns, rows) = self.size;
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let seen = Arc::new((Mutex::new((Seen::default(), emulator(columns, rows))), Condvar::new()));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 8 * 1024];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut state = shared.0.lock().unwrap();
                state.0.bytes.extend_from_slice(&buffer[..count]);
                state.1.process(&buffer[..count]);
                if count == 0 || state.0.leaving {
                    drop(reader);
                    state.0.closed = true;
                    shared.1.notify_all();
                    return;
                }
                shared.1.notify_all();
            }
        });
        Term { master: Some(pair.master), writer: Some(writer), child, seen }
    }
}

fn emulator(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(cells(rows), cells(columns), 0)
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a window has cells")
}

/// The toy of `tests/e2e/toy.rs`, built once from the sources as they are now.
pub(crate) fn toy_path() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            let mut profile = std::env::current_exe().unwrap();
            profile.pop();
            profile.pop();
            let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.args(["build", "--quiet", "--offline", "--example", "toy", "--target-dir"]);
            cargo.arg(profile.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
            if profile.ends_with("release") {
                cargo.arg("--release");
            }
            assert!(cargo.status().unwrap().success(), "the toy cannot be built");
            profile.join("examples/toy")
        })
        .clone()
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Term {
    /// Types. Words in angle brackets are keys: `j j <enter> <c-z>`; blanks between keys do not count.
    pub(crate) fn keys(&mut self, keys: &str) {
        for word in keys.split_whitespace() {
            let bytes: Vec<u8> = match word {
                "<enter>" => b"\r".to_vec(),
                "<esc>" => b"\x1b".to_vec(),
                "<backspace>" => b"\x7f".to_vec(),
                "<tab>" => b"\t".to_vec(),
                "<space>" => b" ".to_vec(),
                "<up>" => b"\x1b[A".to_vec(),
                "<down>" => b"\x1b[B".to_vec(),
                "<pgdn>" => b"\x1b[6~".to_vec(),
                "<home>" => b"\x1b[H".to_vec(),
                "<end>" => b"\x1b[F".to_vec(),
                _ => match word.strip_prefix("<c-").and_then(|rest| rest.strip_suffix('>')) {
                    Some(letter) => vec![letter.as_bytes()[0] & 0x1f],
                    None => word.as_bytes().to_vec(),
                },
            };
            self.send(&bytes);
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// What a person sees, line by line.
    pub(crate) fn screen(&self) -> String {
        self.seen.0.lock().unwrap().1.screen().contents()
    }

    /// Something about the emulator's state.
    pub(crate) fn emulator<T>(&self, ask: impl FnOnce(&vt100::Screen) -> T) -> T {
        ask(self.seen.0.lock().unwrap().1.screen())
    }

    /// Waits until the screen satisfies a condition.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) {
        let until = Instant::now() + PATIENCE;
        let mut state = self.seen.0.lock().unwrap();
        loop {
            let screen = state.1.screen().contents();
            if condition(&screen) {
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !state.0.closed, "no {what} on the screen:\n{screen}");
            state = self.seen.1.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("`{text}`"), |screen| screen.contains(text));
    }

    /// Waits until the program has written these bytes.
    pub(crate) fn wait_for_bytes(&self, wanted: &[u8]) {
        let until = Instant::now() + PATIENCE;
        while !self.bytes().windows(wanted.len()).any(|window| window == wanted) {
            assert!(Instant::now() < until, "never wrote {:?}", String::from_utf8_lossy(wanted));
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Every byte that was written so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().0.bytes.clone()
    }

    /// How many bytes were written so far.
    pub(crate) fn written(&self) -> usize {
        self.seen.0.lock().unwrap().0.bytes.len()
    }

    /// Waits until nothing was written for a while, and returns how much was written in all.
    pub(crate) fn quiet(&self) -> usize {
        let until = Instant::now() + PATIENCE;
        let mut before = self.written();
        loop {
            thread::sleep(Duration::from_millis(150));
            let now = self.written();
            if now == before {
                return now;
            }
            assert!(Instant::now() < until, "it never stops writing");
            before = now;
        }
    }

    /// Gives the window another size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.seen.0.lock().unwrap().1.screen_mut().set_size(cells(rows), cells(columns));
        self.master.as_ref().expect("the terminal is open").resize(pty_size(columns, rows)).unwrap();
    }

    /// Whether the terminal's line discipline is as a shell wants it: echo and lines.
    pub(crate) fn is_cooked(&self) -> bool {
        use rustix::termios::LocalModes;
        let termios = self.master.as_ref().and_then(|master| master.get_termios()).expect("the terminal is open");
        let modes = LocalModes::from_bits_retain(termios.local_flags.bits());
        modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// The process.
    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    /// Closes the terminal, as a window that is closed.
    pub(crate) fn hang_up(&mut self) {
        // The reading thread holds the terminal open: the next byte that comes sends it home.
        self.seen.0.lock().unwrap().0.leaving = true;
        self.resize(79, 23);
        self.wait_for_the_last_byte();
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end and returns the exit code.
    pub(crate) fn exit_code(&mut self) -> u32 {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.wait_for_the_last_byte();
                return status.exit_code();
            }
            assert!(Instant::now() < until, "the program does not end:\n{}", self.screen());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the program wrote last must have been seen before anything is said about it.
    fn wait_for_the_last_byte(&self) {
        let until = Instant::now() + Duration::from_secs(5);
        let mut state = self.seen.0.lock().unwrap();
        while !state.0.closed && Instant::now() < until {
            state = self.seen.1.wait_timeout(state, Duration::from_millis(100)).unwrap().0;
        }
    }

    /// Asserts that the terminal is as it was: seven modes, the cursor, the line discipline.
    pub(crate) fn assert_restored(&self) {
        let bytes = String::from_utf8_lossy(&self.bytes()).into_owned();
        for mode in ["1049", "2004", "1004", "1000", "1002", "1006", "2026"] {
            let on = bytes.matches(&format!("\x1b[?{mode}h")).count();
            let last_on = bytes.rfind(&format!("\x1b[?{mode}h"));
            let last_off = bytes.rfind(&format!("\x1b[?{mode}l"));
            assert!(on == 0 || last_off > last_on, "mode {mode} is left on");
        }
        assert_eq!(bytes.matches("\x1b[>1u").count(), bytes.matches("\x1b[<1u").count(), "keyboard stack");
        assert!(!self.emulator(vt100::Screen::hide_cursor), "the cursor is hidden");
        assert!(!self.emulator(vt100::Screen::alternate_screen), "the alternate screen is on");
        assert!(self.is_cooked(), "the terminal is raw");
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
