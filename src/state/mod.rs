//! What a person finds again at the next start: the shares of the panes and the last view of each set of stores.

mod shelf;
mod switched;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use shelf::{Scribe, Shelf};
pub use switched::{SwitchedOff, switch, switched_off};

/// Where the memory is shown while the list has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preview {
    /// Nowhere.
    Off,
    /// Below the list.
    Below,
    /// Beside it.
    Beside,
}

/// A line between two panes that can be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// Between the scopes and the rest.
    Scopes,
    /// Between the list and the memory beside it.
    Beside,
    /// Between the list and the memory below it.
    Below,
    /// Between the operations and the changes beside them.
    LogBeside,
    /// Between the operations and the changes below them.
    LogBelow,
}

/// What a person chose for the panes of a class of sizes; what is not chosen follows the size.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Arrangement {
    /// Where the memory is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// For each line that was moved, what stands before it, in thousandths of the room that both sides share.
    pub shares: Vec<(Edge, u16)>,
}

impl Arrangement {
    /// The share before a line, in thousandths, if it was moved.
    pub fn share(&self, edge: Edge) -> Option<u16> {
        self.shares.iter().find(|(known, _)| *known == edge).map(|(_, share)| *share)
    }

    /// Moves a line.
    pub fn set_share(&mut self, edge: Edge, share: u16) {
        self.shares.retain(|(known, _)| *known != edge);
        self.shares.push((edge, share));
        self.shares.sort_unstable();
    }
}

/// The arrangements of the classes of sizes that have more than one pane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Arrangements {
    /// List and memory.
    pub middle: Arrangement,
    /// Scopes, list and memory.
    pub wide: Arrangement,
}

/// A view to come back to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LastView {
    /// The filter's text.
    pub filter: String,
    /// The name of what it is sorted by; empty for the usual order.
    pub sort: String,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Whether memories of the same scope stand together.
    pub grouped: bool,
    /// The names of folded groups.
    pub folded: Vec<String>,
    /// The memory under the cursor: its store's place among the stores, and the store's own handle.
    pub memory: Option<(u8, i64)>,
    /// The name of the screen; empty for the list of memories.
    pub screen: String,
}

/// Everything that the program finds again for one set of stores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bookmark {
    /// The panes; the same for all stores.
    pub arrangements: Arrangements,
    /// The view.
    pub view: LastView,
}
