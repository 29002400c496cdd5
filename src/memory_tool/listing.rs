//! A directory as it is shown: two levels deep, with sizes.

use std::collections::BTreeMap;

use super::{path::Below, shelf::Item};

/// Levels below the directory that are shown.
const LEVELS: usize = 2;
/// What is never listed.
const LEFT_OUT: &str = "node_modules";

/// The listing of a directory; `None` when there is none of that name. The directory of all is always there.
pub(super) fn of(directory: &Below, items: &[Item]) -> Option<String> {
    let mut sizes: BTreeMap<Vec<&str>, u64> = BTreeMap::new();
    let mut is_there = directory.is_root();
    for item in items.iter().filter(|item| item.odd.is_none()) {
        let Some(inside) = directory.inside(&item.path) else { continue };
        is_there = true;
        let names: Vec<&str> = inside.split('/').collect();
        if names.contains(&LEFT_OUT) {
            continue;
        }
        // What lies deeper counts for the directories that are shown.
        for depth in 0..=names.len().min(LEVELS) {
            *sizes.entry(names.iter().take(depth).copied().collect()).or_default() += item.size;
        }
    }
    let shown = directory.shown();
    let whole = sizes.remove(&Vec::new()).unwrap_or_default();
    let mut lines = vec![
        format!(
            "Here're the files and directories up to 2 levels deep in {shown}, excluding hidden items and node_modules:"
        ),
        format!("{}\t{shown}", size(whole)),
    ];
    lines.extend(sizes.iter().map(|(names, bytes)| format!("{}\t{shown}/{}", size(*bytes), names.join("/"))));
    is_there.then(|| lines.join("\n"))
}

/// Bytes in a few letters: `512B`, `5.5K`, `1.2M`.
fn size(bytes: u64) -> String {
    const UNITS: [char; 4] = ['B', 'K', 'M', 'G'];
    let (mut unit, mut value) = (0, bytes as f64);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        (unit, value) = (unit + 1, value / 1024.0);
    }
    let letter = UNITS.get(unit).copied().unwrap_or('G');
    if value.fract() == 0.0 { format!("{value:.0}{letter}") } else { format!("{value:.1}{letter}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_shown_two_levels_deep() {
        let item = |path: &str, size, odd| Item { path: path.into(), native: path.into(), size, odd };
        let items = [
            item("a/b/c.md", 1024, None),
            item("a/b/d/e.md", 512, None),
            item("a.md", 10, None),
            item("a/node_modules/x", 99, None),
            item("link", 0, Some("is a link")),
        ];
        let of = |path| super::of(&Below::read(path).unwrap(), &items);
        let told = |path| {
            format!(
                "Here're the files and directories up to 2 levels deep in {path}, excluding hidden items and node_modules:\n"
            )
        };
        assert_eq!(
            of("/memories").unwrap(),
            told("/memories") + "1.5K\t/memories\n1.5K\t/memories/a\n1.5K\t/memories/a/b\n10B\t/memories/a.md"
        );
        assert_eq!(
            of("/memories/a/b").unwrap(),
            told("/memories/a/b")
                + "1.5K\t/memories/a/b\n1K\t/memories/a/b/c.md\n512B\t/memories/a/b/d\n512B\t/memories/a/b/d/e.md"
        );
        assert_eq!(of("/memories/link"), None);
        assert_eq!(of("/memories/x"), None);
        let empty = super::of(&Below::read("/memories").unwrap(), &[]).unwrap();
        assert_eq!(empty, told("/memories") + "0B\t/memories");
    }

    #[test]
    fn sizes_are_short() {
        let cases =
            [(0, "0B"), (1023, "1023B"), (1024, "1K"), (5632, "5.5K"), (1_258_291, "1.2M"), (u64::MAX, "17179869184G")];
        for (bytes, wanted) in cases {
            assert_eq!(size(bytes), wanted);
        }
    }
}
