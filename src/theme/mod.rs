//! How things look: styles by role, read from theme files, and the signs that lines and marks are drawn with.

mod glyphs;

use ratatui::style::{Color, Modifier, Style};
use toml::de::{DeTable, DeValue};

pub use glyphs::Glyphs;

macro_rules! roles {
    ($($variant:ident $name:literal $about:literal;)*) => {
        /// What a piece of the screen is for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Role {
            $(#[doc = $about] $variant,)*
        }

        impl Role {
            /// All roles.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in theme files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is for, as a sentence.
            pub const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

roles! {
    Text "text" "Everything that has no other role.";
    Dim "dim" "What is there to be found, not to be read.";
    Strong "strong" "Titles.";
    Accent "accent" "The program's own colour: the current screen, keys, headings.";
    Heading "heading" "Headings inside a memory.";
    Cursor "cursor" "The line under the cursor.";
    CursorAway "cursor-away" "The line under the cursor of a pane that has no focus.";
    Marked "marked" "The sign of a marked memory.";
    Pinned "pinned" "The sign of a pinned memory.";
    Kind "kind" "A kind.";
    Scope "scope" "A scope.";
    High "high" "A high confidence.";
    Middle "middle" "A middling confidence.";
    Low "low" "A low confidence.";
    Track "track" "The empty part of a bar.";
    Signal "signal" "A signal.";
    Alarm "alarm" "A signal that is urgent, an error.";
    Good "good" "Something went well.";
    Badge "badge" "News, states: read-only, new memories.";
    Rule "rule" "Lines between panes.";
    RuleFocus "rule-focus" "Lines of the pane that has the focus.";
    Key "key" "A key in the footer and in help.";
    Match "match" "A word that the filter looks for.";
    Code "code" "Code.";
    Tag "tag" "A tag.";
    Field "field" "A field that can be typed into.";
    Suggestion "suggestion" "The suggestion that is chosen.";
    Button "button" "A button.";
    ButtonFocus "button-focus" "The button that Enter presses.";
    Removed "removed" "A line that goes.";
    RemovedWord "removed-word" "A word that goes.";
    Added "added" "A line that comes.";
    AddedWord "added-word" "A word that comes.";
}

/// A style for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
}

const BUILT_IN: [(&str, &str); 4] = [
    ("default", include_str!("../../assets/themes/default.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
];

/// The key that names the theme on which another one stands.
const INHERITS: &str = "inherits";

/// The built-in theme that `name` stands on.
fn inherited(name: &str, base: &DeValue<'_>) -> Result<Theme, String> {
    let known = || Theme::names().collect::<Vec<_>>().join(", ");
    let base = base.as_str().ok_or_else(|| format!("theme {name}: {INHERITS} takes one of {}", known()))?;
    Theme::named(base).ok_or_else(|| {
        let near = crate::query::closest(base, Theme::names());
        let hint = near.map_or_else(|| format!("those are {}", known()), |near| format!("did you mean `{near}`?"));
        format!("theme {name}: {INHERITS}: no theme `{base}` is built in; {hint}")
    })
}

impl Default for Theme {
    fn default() -> Self {
        Self::named("default").unwrap_or_else(|| Self::plain("default"))
    }
}

impl Theme {
    /// The names of the themes that are built in. Only `dark` and `light` need 24-bit colour.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A theme that is built in.
    pub fn named(name: &str) -> Option<Self> {
        let (name, source) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
        Self::parse(name, source).ok()
    }

    /// A theme from the text of its file. Roles that it does not name look as in the built-in theme that it names with
    /// `inherits`, else like plain text.
    ///
    /// # Errors
    /// A sentence that names the role and what is wrong.
    pub fn parse(name: &str, source: &str) -> Result<Self, String> {
        let table = DeTable::parse(source).map_err(|error| format!("theme {name}: {}", error.message()))?;
        let mut theme = match table.get_ref().get(INHERITS) {
            Some(base) => Self { name: name.to_owned(), ..inherited(name, base.get_ref())? },
            None => Self::plain(name),
        };
        for (key, look) in table.get_ref().iter().filter(|(key, _)| key.get_ref() != INHERITS) {
            let key = key.get_ref();
            let role = Role::ALL.iter().copied().find(|role| role.name() == key).ok_or_else(|| {
                let near = crate::query::closest(key, Role::ALL.iter().map(|role| role.name()));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                format!("theme {name}: no such role `{key}`{hint}")
            })?;
            let style = style(look.get_ref()).map_err(|trouble| format!("theme {name}: {key}: {trouble}"))?;
            if let Some(slot) = theme.styles.get_mut(role as usize) {
                *slot = style;
            }
        }
        Ok(theme)
    }

    /// Whether it has colours of 24 bits.
    pub fn is_rich(&self) -> bool {
        let rich = |colour: Option<Color>| matches!(colour, Some(Color::Rgb(..)));
        self.styles.iter().any(|style| rich(style.fg) || rich(style.bg))
    }

    fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), styles: vec![Style::new(); Role::ALL.len()] }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// A look is a text of words: colours are `red`, `bright-red`, `#rrggbb`, `on-` before the background; the rest are
/// attributes.
fn style(look: &DeValue<'_>) -> Result<Style, String> {
    let words = look.as_str().ok_or("a text is expected, for example \"bold cyan\"")?;
    words.split_whitespace().try_fold(Style::new(), |style, word| {
        if let Some(attribute) = attribute(word) {
            return Ok(style.add_modifier(attribute));
        }
        match word.strip_prefix("on-") {
            Some(ground) => Ok(style.bg(colour(ground)?)),
            None => Ok(style.fg(colour(word)?)),
        }
    })
}

fn attribute(word: &str) -> Option<Modifier> {
    Some(match word {
        "bold" => Modifier::BOLD,
        "dim" => Modifier::DIM,
        "italic" => Modifier::ITALIC,
        "underlined" => Modifier::UNDERLINED,
        "reversed" => Modifier::REVERSED,
        "crossed-out" => Modifier::CROSSED_OUT,
        _ => return None,
    })
}

fn colour(word: &str) -> Result<Color, String> {
    if let Some(hex) = word.strip_prefix('#').filter(|hex| hex.len() == 6) {
        return u32::from_str_radix(hex, 16)
            .map(Color::from_u32)
            .map_err(|_| format!("`{word}` is no colour; a colour looks like #1e1e2e"));
    }
    Ok(match word {
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return Err(format!("`{word}` is neither a colour nor an attribute")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_that_is_built_in_can_be_read_and_names_every_role() {
        for (name, source) in BUILT_IN {
            Theme::parse(name, source).unwrap();
            let table: toml::Table = source.parse().unwrap();
            for role in Role::ALL {
                assert!(table.contains_key(role.name()), "{name} does not name {}", role.name());
            }
        }
    }

    #[test]
    fn the_default_is_right_on_dark_and_on_light() {
        let theme = Theme::default();
        for role in Role::ALL {
            let style = theme.style(*role);
            let good = [Color::Red, Color::Green, Color::Cyan, Color::Magenta];
            assert!(style.fg.is_none_or(|fg| good.contains(&fg)), "{}: {style:?}", role.name());
            assert!(style.bg.is_none(), "{}: no background of its own: {style:?}", role.name());
        }
    }

    #[test]
    fn mono_has_attributes_only() {
        let theme = Theme::named("mono").unwrap();
        for role in Role::ALL {
            let style = theme.style(*role);
            assert!(style.fg.is_none() && style.bg.is_none(), "{}", role.name());
        }
    }

    #[test]
    fn a_theme_names_only_what_differs_from_the_one_it_inherits() {
        let dark = Theme::named("dark").unwrap();
        let mine = Theme::parse("mine", "alarm = \"bold #ff0000\"\ninherits = \"dark\"").unwrap();
        for role in Role::ALL {
            let same = mine.style(*role) == dark.style(*role);
            assert_eq!(same, *role != Role::Alarm, "{}", role.name());
        }
        assert_eq!((mine.name(), mine.is_rich()), ("mine", true));
        assert!(!Theme::parse("mine", "inherits = \"default\"\ntext = \"red\"").unwrap().is_rich());
        assert_eq!(
            Theme::parse("mine", "inherits = \"drak\"").unwrap_err(),
            "theme mine: inherits: no theme `drak` is built in; did you mean `dark`?"
        );
        assert!(Theme::parse("mine", "inherits = 3").unwrap_err().contains("takes one of default, mono"));
    }

    /// Contrast of two colours, 1 to 21 (WCAG 2.2, *relative luminance* and *contrast ratio*).
    fn contrast(one: Color, other: Color) -> f64 {
        let luminance = |colour| {
            let Color::Rgb(red, green, blue) = colour else { panic!("{colour:?}") };
            let linear = |part: u8| {
                let part = f64::from(part) / 255.0;
                if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
        };
        let (one, other): (f64, f64) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn what_is_to_be_read_stands_out_from_its_ground() {
        // Grounds that terminals have: black, the dark greys and blues of common schemes; white, paper, cream.
        let dark: &[u32] = &[0x00_00_00, 0x1e_1e_1e, 0x28_2c_34, 0x00_2b_36, 0x2e_34_40];
        let light: &[u32] = &[0xff_ff_ff, 0xfa_fa_fa, 0xfd_f6_e3, 0xef_f1_f5];
        for (name, grounds) in [("dark", dark), ("light", light)] {
            let theme = Theme::named(name).unwrap();
            for role in Role::ALL {
                let style = theme.style(*role);
                let Some(text) = style.fg else { continue };
                // Lines and the empty part of bars are seen, not read; what is dim is there to be found.
                let least = match role {
                    Role::Track | Role::Rule => 1.2,
                    Role::Dim => 3.0,
                    _ => 4.5,
                };
                let own = style.bg.map(|ground| vec![ground]);
                for ground in own.unwrap_or_else(|| grounds.iter().copied().map(Color::from_u32).collect()) {
                    let found = contrast(text, ground);
                    assert!(found >= least, "{name}: {} on {ground:?}: {found:.2}", role.name());
                }
            }
        }
    }

    #[test]
    fn the_page_of_themes_names_every_role_and_what_it_is_for() {
        let page = include_str!("../../docs/themes.md");
        for role in Role::ALL {
            let row = format!("| `{}` | {} |", role.name(), role.about());
            assert!(page.contains(&row), "docs/themes.md lacks {row}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            Theme::parse("x", "dimm = \"dim\"").unwrap_err(),
            "theme x: no such role `dimm`; did you mean `dim`?"
        );
        assert_eq!(
            Theme::parse("x", "dim = \"grey\"").unwrap_err(),
            "theme x: dim: `grey` is neither a colour nor an attribute"
        );
    }
}
