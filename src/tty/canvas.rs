//! Where frames are painted: ratatui's crossterm backend over a buffer, so that a frame is one write and no change is
//! no byte.

use std::{cell::RefCell, io, rc::Rc};

use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

use super::screen::{window, write_out};

/// Synchronized output (mode 2026): the terminal shows what stands between the two at once.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

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
}

impl Canvas {
    /// A canvas on a screen that was just entered, where the cursor is hidden.
    pub(super) fn new() -> Self {
        let bytes = Bytes::default();
        Self { inner: CrosstermBackend::new(bytes.clone()), bytes, shown: None, moved: true }
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
        self.inner.draw(content)
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
        let mut terminal = Terminal::with_options(Canvas::new(), options).unwrap();
        assert!(!painted(&mut terminal, "hello", None).is_empty());
        assert_eq!(painted(&mut terminal, "hello", None), b"");
        assert_eq!(painted(&mut terminal, "hello", Some((2, 1))), b"\x1b[2;3H\x1b[?25h");
        assert_eq!(painted(&mut terminal, "hello", Some((2, 1))), b"");
        let moved = painted(&mut terminal, "hallo", Some((2, 1)));
        assert!(moved.ends_with(b"\x1b[2;3H"), "painting carries the cursor away: {moved:?}");
        assert_eq!(painted(&mut terminal, "hallo", None), b"\x1b[?25l");
    }
}
