//! Links to files on this machine.
//!
//! A cell says which address lies behind it with the colour of its underline, which nothing else uses: so a cell whose
//! address changes is painted again, and the terminal room puts the address around it.

use std::{
    fmt::Write as _,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
};

use ratatui::style::Color;

/// The number and the address of a file: `file://HOST/PATH` (RFC 8089) with every byte but letters, digits and `-._~/`
/// percent-encoded, so that nothing of a path can end the sequence it travels in.
pub(super) fn to_file(host: &str, path: &str) -> (u32, String) {
    let address = format!("file://{}{}", encoded(host), encoded(path));
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&address);
    (u32::try_from(hash & 0x00ff_ffff).unwrap_or(0), address)
}

/// What a cell carries for the address of this number.
pub(super) const fn mark(number: u32) -> Color {
    Color::from_u32(number)
}

/// RFC 3986, 2.1.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A string takes whatever is written to it.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_path_gets_through_as_it_is() {
        let (_, address) = to_file("ada's box", "/work/a b/ü\x1b\\;\x07?#%.rs");
        assert_eq!(address, "file://ada%27s%20box/work/a%20b/%C3%BC%1B%5C%3B%07%3F%23%25.rs");
    }

    #[test]
    fn other_addresses_have_other_numbers() {
        assert_ne!(to_file("a", "/x").0, to_file("b", "/x").0);
        assert_eq!(to_file("a", "/x").0, to_file("a", "/x").0);
    }
}
