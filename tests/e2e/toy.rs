//! A toy program on memtui's screen: it shows what came in. The pseudo-terminal tests drive it.

use std::{process::ExitCode, thread};

use memtui::{
    memory::EpochMs,
    tty::{Alarm, Ending, Input, Order, Program, Screen, ScreenOptions, Waker, keep_panics_readable, run},
};
use ratatui::{Frame, widgets::Paragraph};

struct Toy {
    waker: Waker,
    lines: Vec<String>,
    woken: usize,
    ticks: usize,
    tick_at: Option<EpochMs>,
    dirty: bool,
}

impl Program for Toy {
    fn on_input(&mut self, input: Input, now: EpochMs) -> Vec<Order> {
        let mut orders = Vec::new();
        match input {
            Input::Key(key) => {
                self.lines.push(format!("key {}", key.code));
                match key.code.to_string().as_str() {
                    "q" => orders.push(Order::Quit),
                    "p" => panic!("the toy broke"),
                    "w" => {
                        let _ = thread::spawn(|| panic!("a worker broke")).join();
                    }
                    "z" => orders.push(Order::Suspend),
                    "c" => orders.push(Order::Copy("to the clipboard".into())),
                    "e" => orders.push(Order::Edit { text: "one\ntwo\n".into(), suffix: ".md".into() }),
                    "t" => self.tick_at = Some(now + 20),
                    "r" => {
                        let waker = self.waker.clone();
                        thread::spawn(move || waker.wake());
                    }
                    _ => {}
                }
            }
            Input::Woken => {
                self.woken += 1;
                return orders;
            }
            Input::Tick => {
                self.ticks += 1;
                self.tick_at = (self.ticks < 3).then_some(now + 20);
            }
            other => self.lines.push(format!("{other:?}")),
        }
        self.dirty = true;
        orders
    }

    fn needs_redraw(&self) -> bool {
        self.dirty
    }

    fn next_tick(&self) -> Option<EpochMs> {
        self.tick_at
    }

    fn draw(&mut self, frame: &mut Frame<'_>) -> Vec<(u32, String)> {
        self.dirty = false;
        let area = frame.area();
        let head = format!("toy {}x{} ticks {}", area.width, area.height, self.ticks);
        let last = self.lines.iter().rev().take(usize::from(area.height.saturating_sub(1))).cloned();
        frame.render_widget(Paragraph::new([head].into_iter().chain(last).collect::<Vec<_>>().join("\n")), area);
        Vec::new()
    }
}

fn main() -> ExitCode {
    keep_panics_readable();
    let screen = match Screen::enter(ScreenOptions { mouse: true }) {
        Ok(screen) => screen,
        Err(problem) => {
            complain(&problem);
            return ExitCode::from(2);
        }
    };
    let (alarm, waker) = match Alarm::pair() {
        Ok(pair) => pair,
        Err(problem) => {
            complain(&problem);
            return ExitCode::from(3);
        }
    };
    let mut toy = Toy { waker: waker.clone(), lines: Vec::new(), woken: 0, ticks: 0, tick_at: None, dirty: true };
    match run(&mut toy, screen, alarm, &waker) {
        Ok(Ending::Quit) => ExitCode::SUCCESS,
        Ok(Ending::Signal(number)) => ExitCode::from(u8::try_from(128 + number).unwrap_or(255)),
        Ok(Ending::Gone) => ExitCode::from(129),
        Err(problem) => {
            complain(&problem);
            ExitCode::from(3)
        }
    }
}

#[expect(clippy::print_stderr, reason = "a toy may say what is wrong")]
fn complain(problem: &dyn std::fmt::Display) {
    eprintln!("toy: {problem}");
}
