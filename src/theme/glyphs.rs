//! The signs that marks, bars and lines are drawn with: in Unicode, or in ASCII for terminals and fonts without them.

/// A set of signs. All are one cell wide but the arrow and the waiting sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// At the left edge of the line under the cursor.
    pub cursor: &'static str,
    /// A marked memory.
    pub mark: &'static str,
    /// A memory in the range that is being marked.
    pub range: &'static str,
    /// A pinned memory.
    pub pin: &'static str,
    /// An unfolded group.
    pub unfolded: &'static str,
    /// A folded group.
    pub folded: &'static str,
    /// A full cell of a bar.
    pub full: &'static str,
    /// An empty cell of a bar.
    pub empty: &'static str,
    /// A horizontal line.
    pub across: &'static str,
    /// A vertical line.
    pub down: &'static str,
    /// Corners of a box: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Before an item of a list.
    pub bullet: &'static str,
    /// Between pieces of a line.
    pub dot: &'static str,
    /// From one to the other.
    pub arrow: &'static str,
    /// What a row that is not read yet shows.
    pub waiting: &'static str,
    /// Ascending and descending.
    pub order: [&'static str; 2],
    /// Multiplication.
    pub times: &'static str,
    /// Between the ends of a range of numbers.
    pub to: &'static str,
    /// From nothing to dense.
    pub shades: [&'static str; 5],
    /// How full a cell of an upright bar is, from a little to all of it.
    pub steps: &'static [&'static str],
    /// Below the upright bar under the cursor.
    pub here: &'static str,
}

impl Glyphs {
    /// Signs that every common terminal font has.
    pub const UNICODE: Self = Self {
        cursor: "▌",
        mark: "●",
        range: "┊",
        pin: "◆",
        unfolded: "▾",
        folded: "▸",
        full: "━",
        empty: "─",
        across: "─",
        down: "│",
        corners: ["╭", "╮", "╰", "╯"],
        bullet: "•",
        dot: "·",
        arrow: "→",
        waiting: "…",
        order: ["↑", "↓"],
        times: "×",
        to: "–",
        shades: [" ", "░", "▒", "▓", "█"],
        steps: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
        here: "▲",
    };

    /// Plain ASCII.
    pub const ASCII: Self = Self {
        cursor: ">",
        mark: "*",
        range: ":",
        pin: "^",
        unfolded: "v",
        folded: ">",
        full: "=",
        empty: "-",
        across: "-",
        down: "|",
        corners: ["+", "+", "+", "+"],
        bullet: "-",
        dot: "-",
        arrow: "->",
        waiting: "...",
        order: ["^", "v"],
        times: "x",
        to: "-",
        shades: [" ", ".", ":", "+", "#"],
        steps: &[".", ":", "#"],
        here: "^",
    };
}
