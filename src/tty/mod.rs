//! The terminal itself: the screen as a value you own or do not, the run loop, signals, the editor, the clipboard.
//!
//! Nothing is ever asked of the terminal: a question that is answered late, or never, hangs programs over slow links.

mod canvas;
mod clipboard;
mod decode;
mod decode_csi;
mod driver;
mod editor;
mod run;
mod screen;
mod signals;
mod wake;

pub use decode::{Decoder, Input};
pub use driver::{Driver, Files};
pub use editor::{EditorFailed, edit_text};
pub use run::{Ending, Order, Program, run};
pub use screen::{NoTerminal, Screen, ScreenOptions, keep_panics_readable};
pub use wake::{Alarm, Waker};
