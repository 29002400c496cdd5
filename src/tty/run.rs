//! The run loop: wait, handle everything that waits, draw one frame.

use std::{
    io,
    os::fd::AsFd as _,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport,
    backend::{Backend as _, ClearType},
    layout::{Rect, Size},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    process::{Signal, getpid, getsid, kill_current_process_group},
};

use super::{
    Alarm, Decoder, Input, Screen, Waker,
    canvas::{Canvas, Links},
    clipboard::osc52,
    editor::edit_text,
    screen::{window, write_out},
    signals::Signals,
};
use crate::memory::EpochMs;

/// A program that lives on a screen.
pub trait Program {
    /// Something came in. Returns what the terminal is to do.
    fn on_input(&mut self, input: Input, now: EpochMs) -> Vec<Order>;
    /// Whether a new frame would look different.
    fn needs_redraw(&self) -> bool;
    /// When the program wants [`Input::Tick`], `None` when it waits for others only.
    fn next_tick(&self) -> Option<EpochMs>;
    /// Draws a frame. Returns the addresses of the links in it, each under the number that the cells of the link carry
    /// as the colour of their underline.
    fn draw(&mut self, frame: &mut Frame<'_>) -> Vec<(u32, String)>;
    /// Whether what there is to show at first is still on its way. The first frame then waits a moment for it.
    fn is_waiting(&self) -> bool {
        false
    }
    /// The frame that was drawn last is on the screen.
    fn painted(&mut self) {}
}

/// What a program wants of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Leave.
    Quit,
    /// Stop, as Ctrl-Z does.
    Suspend,
    /// Let the person edit this text; answered by [`Input::Edited`].
    Edit {
        /// The text.
        text: String,
        /// How the file's name ends: `.md`.
        suffix: String,
    },
    /// Put this text on the clipboard.
    Copy(String),
    /// Paint everything anew.
    Repaint,
}

/// How the run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The program wanted it.
    Quit,
    /// A signal of this number asked for it.
    Signal(i32),
    /// The terminal is gone.
    Gone,
}

/// Events that are handled before the next frame at most.
const BURST: usize = 4096;

/// How long the first frame waits for something to show: too short to be seen, and one frame less to be painted.
const FIRST_PATIENCE: Duration = Duration::from_millis(30);

/// What woke the loop.
struct Woken {
    readable: bool,
    gone: bool,
}

struct Loop<'a, P> {
    program: &'a mut P,
    screen: Screen,
    terminal: Terminal<Canvas>,
    links: Links,
    decoder: Decoder,
    /// Since when the decoder waits for the rest of a sequence.
    half_since: Option<Instant>,
    signals: Signals,
    alarm: Alarm,
    /// Until when the first frame may be held back; `None` when it is painted.
    hold: Option<Instant>,
}

/// Runs a program on a screen until it ends; the terminal is as before afterwards.
///
/// `alarm` is the other end of the [`Waker`] that was given to the workers, `waker` a clone of it.
///
/// # Errors
/// When the terminal does something unexpected; that it is gone is an ending, not an error.
pub fn run<P: Program>(program: &mut P, screen: Screen, alarm: Alarm, waker: &Waker) -> io::Result<Ending> {
    let signals = Signals::listen(waker)?;
    let size = window();
    let links = Links::default();
    let terminal = sheet(size, &links)?;
    let mut this = Loop {
        program,
        screen,
        terminal,
        links,
        decoder: Decoder::default(),
        half_since: None,
        signals,
        alarm,
        hold: Some(Instant::now() + FIRST_PATIENCE),
    };
    this.deliver(Input::Resize(size.width, size.height))?;
    match this.turn_until_the_end() {
        Err(error) if is_gone(&error) => Ok(Ending::Gone),
        other => other,
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::IO | Errno::PIPE | Errno::NXIO | Errno::BADF))
}

impl<P: Program> Loop<'_, P> {
    fn turn_until_the_end(&mut self) -> io::Result<Ending> {
        loop {
            if self.program.needs_redraw() && self.held_back().is_none() {
                self.paint()?;
            }
            let woken = self.wait()?;
            if let Some(number) = self.signals.deadly() {
                return Ok(Ending::Signal(number));
            }
            if let Some(ending) = self.handle(&woken)? {
                return Ok(ending);
            }
        }
    }

    /// Handles everything that waits, in the order: signals, keys, replies, ticks.
    fn handle(&mut self, woken: &Woken) -> io::Result<Option<Ending>> {
        if self.signals.take_continued() {
            // Stopped and continued by somebody else: modes and screen may be anything.
            self.signals.take_resized();
            self.screen.leave();
            self.screen.resume()?;
            self.repaint_all()?;
        }
        if self.signals.take_stop() {
            self.suspend()?;
        }
        if self.signals.take_resized() {
            // Painted anew even at the size of before: what was cut off on the way is gone from the screen.
            self.repaint_all()?;
        }
        let mut inputs = Vec::new();
        if woken.readable && !self.read(&mut inputs)? {
            return Ok(Some(Ending::Gone));
        }
        self.settle(&mut inputs);
        inputs.push(Input::Woken);
        if self.program.next_tick().is_some_and(|at| at <= now()) {
            inputs.push(Input::Tick);
        }
        for input in inputs {
            if self.deliver(input)? {
                return Ok(Some(Ending::Quit));
            }
        }
        Ok(woken.gone.then_some(Ending::Gone))
    }

    /// Waits for keys, wake-ups, signals or the next tick.
    fn wait(&mut self) -> io::Result<Woken> {
        let timeout = self.timeout().map(|wait| Timespec {
            tv_sec: wait.as_secs().try_into().unwrap_or(3600),
            tv_nsec: wait.subsec_nanos().into(),
        });
        let (keyboard, alarm) = (self.screen.keyboard().as_fd(), self.alarm.as_fd());
        let mut fds = [PollFd::new(&keyboard, PollFlags::IN), PollFd::new(&alarm, PollFlags::IN)];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let seen = fds.first().map_or(PollFlags::empty(), PollFd::revents);
        // Before anything is looked at: what is announced from now on alarm again.
        self.alarm.drain();
        Ok(Woken {
            readable: seen.contains(PollFlags::IN),
            gone: seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
        })
    }

    /// Until the next tick or until a half sequence is given up; `None` waits for ever.
    fn timeout(&self) -> Option<Duration> {
        let tick = self.program.next_tick().map(|at| Duration::from_millis(u64::try_from(at - now()).unwrap_or(0)));
        let half = self
            .decoder
            .patience()
            .map(|patience| patience.saturating_sub(self.half_since.map_or(Duration::ZERO, |since| since.elapsed())));
        [tick, half, self.held_back()].into_iter().flatten().min()
    }

    /// How long the first frame is still held back.
    fn held_back(&self) -> Option<Duration> {
        let left = self.hold?.saturating_duration_since(Instant::now());
        (!left.is_zero() && self.program.is_waiting()).then_some(left)
    }

    /// Reads everything that is there; `false` when the terminal has closed.
    fn read(&mut self, inputs: &mut Vec<Input>) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        loop {
            match rustix::io::read(self.screen.keyboard(), &mut bytes) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.decoder.feed(bytes.get(..count).unwrap_or_default(), inputs);
                    self.half_since = self.decoder.patience().map(|_| Instant::now());
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
            // A paste is read to its end; otherwise a burst must not keep the screen waiting for ever.
            let keyboard = self.screen.keyboard().as_fd();
            let mut more = [PollFd::new(&keyboard, PollFlags::IN)];
            let readable = poll(&mut more, Some(&Timespec::default())).is_ok_and(|count| count > 0)
                && more.first().is_some_and(|fd| fd.revents().contains(PollFlags::IN));
            if !readable || inputs.len() >= BURST {
                return Ok(true);
            }
        }
    }

    /// Gives a half sequence up when its time is over.
    fn settle(&mut self, inputs: &mut Vec<Input>) {
        let over = match (self.decoder.patience(), self.half_since) {
            (Some(patience), Some(since)) => since.elapsed() >= patience,
            _ => false,
        };
        if over {
            self.decoder.settle(inputs);
            self.half_since = None;
        }
    }

    /// Tells the program; whether it wants to quit.
    fn deliver(&mut self, input: Input) -> io::Result<bool> {
        let mut waiting = vec![input];
        while let Some(input) = waiting.pop() {
            for order in self.program.on_input(input, now()) {
                match order {
                    Order::Quit => return Ok(true),
                    Order::Suspend => self.suspend()?,
                    Order::Repaint => self.repaint_all()?,
                    Order::Copy(text) => write_out(&osc52(&text, std::env::var_os("TMUX").is_some()))?,
                    Order::Edit { text, suffix } => waiting.push(Input::Edited(self.edit(&text, &suffix)?)),
                }
            }
        }
        Ok(false)
    }

    fn paint(&mut self) -> io::Result<()> {
        let Self { program, terminal, links, .. } = self;
        terminal.draw(|frame| links.set(program.draw(frame)))?;
        self.hold = None;
        self.program.painted();
        Ok(())
    }

    /// Paints everything anew, at the size that the window has now.
    fn repaint_all(&mut self) -> io::Result<()> {
        let size = window();
        self.terminal = sheet(size, &self.links)?;
        self.deliver(Input::Resize(size.width, size.height))?;
        self.paint()
    }

    /// Stops the whole process group, so that the shell takes over whatever started us. A session leader has no shell
    /// that could continue it, and stays.
    fn suspend(&mut self) -> io::Result<()> {
        if getsid(None).is_ok_and(|leader| leader == getpid()) {
            return Ok(());
        }
        self.screen.leave();
        kill_current_process_group(Signal::STOP)?;
        self.screen.resume()?;
        self.signals.take_continued();
        self.signals.take_stop();
        self.repaint_all()
    }

    fn edit(&mut self, text: &str, suffix: &str) -> io::Result<Result<Option<String>, String>> {
        self.screen.leave();
        let edited = self.signals.while_away(|| edit_text(text, suffix)).map_err(|failed| failed.to_string());
        self.screen.resume()?;
        self.signals.take_continued();
        self.repaint_all()?;
        Ok(edited)
    }
}

/// An empty sheet of this size. It keeps its size until another takes its place, so that the program and its frame
/// never disagree about it; the terminal is not asked where its cursor is, as `Terminal::clear` would.
fn sheet(size: Size, links: &Links) -> io::Result<Terminal<Canvas>> {
    let area = Rect::new(0, 0, size.width, size.height);
    let mut canvas = Canvas::new(links.clone());
    canvas.clear_region(ClearType::All)?;
    Terminal::with_options(canvas, TerminalOptions { viewport: Viewport::Fixed(area) })
}

/// The clock on the wall.
fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}
