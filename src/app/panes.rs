//! Which panes there are at a size, and which one has the focus.

use crate::state::{Arrangement, Arrangements};

pub(crate) use crate::state::Preview;

/// What has the focus on the Memories screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Focus {
    /// The scopes.
    Scopes,
    /// The list.
    #[default]
    List,
    /// The memory.
    Memory,
}

/// The panes of the Memories screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panes {
    /// Whether the scopes are shown beside the list.
    pub(crate) scopes: bool,
    /// Where the memory is.
    pub(crate) preview: Preview,
    /// The one pane that fills the screen, when there is only one.
    pub(crate) only: Option<Focus>,
}

/// Under so many columns there is one pane.
pub(crate) const NARROW: u16 = 60;
/// From so many columns there is room for three.
pub(crate) const WIDE: u16 = 110;
/// Under so many rows nothing fits below the list.
const LOW: u16 = 18;
/// Under so many rows a memory that is opened takes the place of the list above it.
const SHORT: u16 = 30;

/// The preview when a person has not chosen.
pub(crate) fn natural(size: (u16, u16)) -> Preview {
    match size {
        (width, _) if width >= WIDE => Preview::Beside,
        (width, height) if width >= NARROW && height >= LOW => Preview::Below,
        _ => Preview::Off,
    }
}

/// The panes at a size.
pub(crate) fn panes(size: (u16, u16), chosen: Option<Preview>, focus: Focus) -> Panes {
    let (width, height) = size;
    if width < NARROW {
        return Panes { scopes: false, preview: Preview::Off, only: Some(focus) };
    }
    let preview = match chosen.unwrap_or_else(|| natural(size)) {
        Preview::Below if height < LOW => Preview::Off,
        preview => preview,
    };
    let scopes = width >= WIDE;
    let only = match focus {
        Focus::Memory if preview == Preview::Off => Some(Focus::Memory),
        Focus::Memory if preview == Preview::Below && height < SHORT => Some(Focus::Memory),
        Focus::Scopes if !scopes => Some(Focus::Scopes),
        _ => None,
    };
    Panes { scopes, preview, only }
}

/// What a person chose for the panes of a screen of so many columns.
pub(crate) fn class(arrangements: &Arrangements, width: u16) -> &Arrangement {
    if width < WIDE { &arrangements.middle } else { &arrangements.wide }
}

/// The same, to change it.
pub(crate) fn class_mut(arrangements: &mut Arrangements, width: u16) -> &mut Arrangement {
    if width < WIDE { &mut arrangements.middle } else { &mut arrangements.wide }
}
