//! Where frames are painted: ratatui's crossterm backend over a buffer, so that a frame is one write and no change is
//! no byte.

use std::{cell::RefCell, collections::HashMap, io, rc::Rc};

use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
    style::{Color, Style},
};

use super::screen::{window, write_out};

/// Synchronized output (mode 2026): the terminal shows what stands between the two at once.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// A link ends (OSC 8, <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>).
const LINK_ENDS: &str = "\x1b]8;;\x1b\\";

/// The addresses of the frame that is painted, by the number that its cells carry as the colour of their underline.
#[derive(Clone, Debug, Default)]
pub(super) struct Links(Rc<RefCell<HashMap<u32, String>>>);

impl Links {
    /// The addresses of the next frame. An address with anything but printable ASCII in it is no address.
    pub(super) fn set(&self, links: impl IntoIterator<Item = (u32, String)>) {
        let mut held = self.0.borrow_mut();
        held.clear();
        held.extend(links.into_iter().filter(|(_, address)| address.bytes().all(|byte| byte.is_ascii_graphic())));
    }

    /// The beginning of the link that a cell belongs to. The number goes along, so that a terminal lights all of a link
    /// that stands in several pieces.
    fn begin(&self, cell: &Cell) -> Option<String> {
        let Color::Rgb(red, green, blue) = cell.underline_color else { return None };
        let number = u32::from_be_bytes([0, red, green, blue]);
        self.0.borrow().get(&number).map(|address| format!("\x1b]8;id={number:x};{address}\x1b\\"))
    }
}

const UNMARKED: Style = Style::new().underline_color(Color::Reset);

/// Bytes on their way to the terminal.
#[derive(Clone, Debug, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A backend that writes whole frames, and only what changed.
pub(super) struct Canvas {
    inner: CrosstermBackend<Bytes>,
    bytes: Bytes,
    /// Where the cursor shows; `None` while it is hidden.
    shown: Option<Position>,
    /// Whether cells were painted since the cursor was placed: they carry it away.
    moved: bool,
    links: Links,
}

impl Canvas {
    /// A canvas on a screen that was just entered, where the cursor is hidden.
    pub(super) fn new(links: Links) -> Self {
        let bytes = Bytes::default();
        Self { inner: CrosstermBackend::new(bytes.clone()), bytes, shown: None, moved: true, links }
    }

    fn write(&self, text: &str) {
        self.bytes.0.borrow_mut().extend_from_slice(text.as_bytes());
    }
}

impl Backend for Canvas {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.moved = true;
        while let Some((_, _, first)) = content.peek() {
            let mark = first.underline_color;
            let begin = self.links.begin(first);
            let run = std::iter::from_fn(|| content.next_if(|(_, _, cell)| cell.underline_color == mark));
            if mark == Color::Reset {
                self.inner.draw(run)?;
                continue;
            }
            // The mark itself is no colour to be shown.
            let plain = |(x, y, cell): (u16, u16, &Cell)| (x, y, cell.clone().set_style(UNMARKED).clone());
            let cells: Vec<(u16, u16, Cell)> = run.map(plain).collect();
            if let Some(begin) = &begin {
                self.write(begin);
            }
            self.inner.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell)))?;
            if begin.is_some() {
                self.write(LINK_ENDS);
            }
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        match self.shown.take() {
            Some(_) => self.inner.hide_cursor(),
            None => Ok(()),
        }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // It is shown where it belongs, by `set_cursor_position`, which ratatui calls next.
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // The terminal is asked nothing.
        Ok(self.shown.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.shown != Some(position) || self.moved {
            self.inner.set_cursor_position(position)?;
        }
        if self.shown.replace(position).is_none() {
            self.inner.show_cursor()?;
        }
        self.moved = false;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(window())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: window(), pixels: Size::default() })
    }

    fn flush(&mut self) -> io::Result<()> {
        let body = std::mem::take(&mut *self.bytes.0.borrow_mut());
        if body.is_empty() {
            return Ok(());
        }
        write_out(&[FRAME_BEGINS, &body, FRAME_ENDS].concat())
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, TerminalOptions, Viewport, layout::Rect, widgets::Paragraph};

    use super::*;

    #[test]
    fn a_link_stands_around_its_cells_and_is_painted_again_when_its_address_changes() {
        let links = Links::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 8, 1)) };
        let mut terminal = Terminal::with_options(Canvas::new(links.clone()), options).unwrap();
        let mut paint = |number: u32, address: &str| {
            links.set([(number, address.to_owned())]);
            let mut frame = terminal.get_frame();
            frame.buffer_mut().set_string(0, 0, "a.rs b", Style::new());
            let link = Style::new().underline_color(Color::from_u32(number));
            frame.buffer_mut().set_style(Rect::new(0, 0, 4, 1), link);
            terminal.flush().unwrap();
            terminal.swap_buffers();
            String::from_utf8(std::mem::take(&mut *terminal.backend().bytes.0.borrow_mut())).unwrap()
        };
        let first = paint(0x12_34_56, "file://ada/a.rs");
        let (before, rest) = first.split_once("\x1b]8;id=123456;file://ada/a.rs\x1b\\").unwrap();
        let (inside, behind) = rest.split_once(LINK_ENDS).unwrap();
        assert!(before.is_empty() && inside.contains("a.rs") && behind.contains('b'), "{first:?}");
        assert!(!first.contains("[58"), "the mark is no colour: {first:?}");
        assert_eq!(paint(0x12_34_56, "file://ada/a.rs"), "");
        let other = paint(0x65_43_21, "file://ada/b/a.rs");
        assert!(other.contains("file://ada/b/a.rs") && other.contains("a.rs") && !other.contains(" b"), "{other:?}");
        let foul = paint(1, "file://ada/\x1b[2J");
        assert!(!foul.contains("2J") && foul.contains("a.rs"), "{foul:?}");
    }

    fn painted(canvas: &mut Terminal<Canvas>, text: &'static str, cursor: Option<(u16, u16)>) -> Vec<u8> {
        // What would be written is taken before ratatui flushes it, by painting without a flush.
        let mut frame = canvas.get_frame();
        frame.render_widget(Paragraph::new(text), frame.area());
        canvas.flush().unwrap();
        match cursor {
            Some(at) => canvas.backend_mut().set_cursor_position(at).unwrap(),
            None => canvas.backend_mut().hide_cursor().unwrap(),
        }
        canvas.swap_buffers();
        std::mem::take(&mut *canvas.backend().bytes.0.borrow_mut())
    }

    #[test]
    fn the_same_frame_again_is_no_byte() {
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 20, 3)) };
        let mut terminal = Terminal::with_options(Canvas::new(Links::default()), options).unwrap();
        assert!(!painted(&mut terminal, "hello", None).is_empty());
        assert_eq!(painted(&mut terminal, "hello", None), b"");
        assert_eq!(painted(&mut terminal, "hello", Some((2, 1))), b"\x1b[2;3H\x1b[?25h");
        assert_eq!(painted(&mut terminal, "hello", Some((2, 1))), b"");
        let moved = painted(&mut terminal, "hallo", Some((2, 1)));
        assert!(moved.ends_with(b"\x1b[2;3H"), "painting carries the cursor away: {moved:?}");
        assert_eq!(painted(&mut terminal, "hallo", None), b"\x1b[?25l");
    }
}
