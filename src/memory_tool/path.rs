//! Paths as a model names them: checked as text before anything is opened, and never decoded.

use crate::text;

/// The prefix that stands for the directory.
const ROOT: &str = "/memories";
/// Bytes of a name, and of a path below the directory.
const LONGEST_NAME: usize = 200;
const LONGEST_PATH: usize = 1000;
/// Names in a path: files that lie deeper are not read.
const DEEPEST: usize = 8;
/// Escapes that stand for a dot, a slash, a backslash, a NUL or for another escape.
const ESCAPES: [&str; 6] = ["%2e", "%2f", "%5c", "%00", "%25", "%c0"];
/// Characters that look like a dot or a slash, or that some program turns into one.
const LOOK_ALIKES: [char; 12] = [
    '\u{2024}', '\u{2025}', '\u{2026}', '\u{2044}', '\u{2215}', '\u{29f5}', '\u{29f8}', '\u{fe52}', '\u{fe68}',
    '\u{ff0e}', '\u{ff0f}', '\u{ff3c}',
];
/// Letters of a refused path that are quoted.
const QUOTED: usize = 120;

/// A path below the directory: `a/b.md`; empty for the directory itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Below(String);

impl Below {
    /// Checks a path of a model.
    ///
    /// # Errors
    /// What is wrong with it, for the model.
    pub(super) fn read(path: &str) -> Result<Self, String> {
        Self::checked(path).map_err(|reason| {
            let quoted: String = path.chars().take(QUOTED).collect();
            format!("Error: The path {} is not allowed: {reason}", text::line(&quoted))
        })
    }

    fn checked(path: &str) -> Result<Self, String> {
        let rest = path.strip_prefix(ROOT).ok_or_else(|| format!("paths begin with {ROOT}"))?;
        let below = match rest.strip_prefix('/') {
            Some(below) => below.strip_suffix('/').unwrap_or(below),
            None if rest.is_empty() => "",
            None => return Err(format!("paths begin with {ROOT}/")),
        };
        if below.is_empty() {
            return if rest.len() > 1 { Err("it has an empty name".to_owned()) } else { Ok(Self(String::new())) };
        }
        if below.len() > LONGEST_PATH {
            return Err(format!("it is longer than {LONGEST_PATH} bytes"));
        }
        if text::has_hidden(path) || below.chars().any(|ch| ch.is_control() || (ch.is_whitespace() && ch != ' ')) {
            return Err("it holds characters that cannot be seen, or letters that look like others".to_owned());
        }
        if below.contains('\\') || below.contains(LOOK_ALIKES) {
            return Err("names are parted by / only".to_owned());
        }
        let folded = below.to_lowercase();
        if ESCAPES.iter().any(|escape| folded.contains(escape)) {
            return Err("nothing in it is decoded; write it as it is".to_owned());
        }
        if below.split('/').count() > DEEPEST {
            return Err(format!("it has more than {DEEPEST} names"));
        }
        below.split('/').try_for_each(name)?;
        Ok(Self(below.to_owned()))
    }

    /// The path below the directory.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the directory itself.
    pub(super) const fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path as the model sees it.
    pub(super) fn shown(&self) -> String {
        if self.is_root() { ROOT.to_owned() } else { format!("{ROOT}/{}", self.0) }
    }

    /// What of another path lies below this one: `b.md` of `a/b.md` below `a`.
    pub(super) fn inside<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.is_root() { Some(path) } else { path.strip_prefix(&self.0)?.strip_prefix('/') }
    }
}

fn name(name: &str) -> Result<(), String> {
    match name {
        "" => Err("it has an empty name".to_owned()),
        "." | ".." => Err("it does not lead straight to a file".to_owned()),
        name if name.starts_with('.') => Err("hidden files are not for memories".to_owned()),
        name if name.len() > LONGEST_NAME => Err(format!("it has a name of more than {LONGEST_NAME} bytes")),
        // What other systems leave away, so that two names become one, or read as something else than a name.
        name if name.starts_with([' ', '~']) || name.ends_with([' ', '.']) || name.contains(':') => {
            Err("names do not begin with a blank or ~, end with a blank or a dot, or hold a colon".to_owned())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn honest_paths_are_taken_as_they_are() {
        for (path, below) in [
            ("/memories", ""),
            ("/memories/", ""),
            ("/memories/a.md", "a.md"),
            ("/memories/a/b c/", "a/b c"),
            ("/memories/né/内存.txt", "né/内存.txt"),
            ("/memories/100% sure, a..b #1.md", "100% sure, a..b #1.md"),
        ] {
            assert_eq!(Below::read(path).unwrap().as_str(), below, "{path}");
        }
        assert_eq!(Below::read("/memories/a/").unwrap().shown(), "/memories/a");
        assert_eq!(Below::read("/memories/a").unwrap().inside("ab"), None);
    }

    #[test]
    fn hostile_paths_are_refused() {
        for path in [
            "",
            "/",
            "memories/a",
            "/memoriesa",
            "/Memories/a",
            "/MEMORIES",
            "//memories/a",
            "/etc/passwd",
            " /memories/a",
            "/memories/..",
            "/memories/../etc",
            "/memories/a/../../b",
            "/memories/./a",
            "/memories//a",
            "/memories//",
            "/memories/a//b",
            "/memories/..\\a",
            "/memories\\a",
            "/memories/a\\..\\..\\b",
            "/memories/%2e%2e%2fa",
            "/memories/%2E%2E/a",
            "/memories/..%2fa",
            "/memories/%252e%252e%252f",
            "/memories/%5c..",
            "/memories/a%00b",
            "/memories/%c0%ae",
            "/memories/a\0b",
            "/memories/a\nb",
            "/memories/a\tb",
            "/memories/a\u{1b}[31m",
            "/memories/a\u{7f}",
            "/memories/a\u{85}",
            "/memories/a\u{200b}b",
            "/memories/a\u{202e}dm.",
            "/memories/\u{feff}a",
            "/memories/a\u{e0041}",
            "/memories/\u{ff0e}\u{ff0e}\u{ff0f}a",
            "/memories/\u{2025}/a",
            "/memories/a\u{2215}b",
            "/memories/a\u{2028}b",
            "/memories/.hidden",
            "/memories/a/.git/config",
            "/memories/.anthropic-memory-store",
            "/memories/.x.memtui-tmp",
            "/memories/~/a",
            "/memories/~root",
            "/memories/a.",
            "/memories/a ",
            "/memories/ a",
            "/memories/a:b",
            "/memories/C:/a",
            "/memories/a/b/c/d/e/f/g/h/i",
            "/memories/p\u{430}th.md",
        ] {
            let refused = Below::read(path).expect_err(path);
            assert!(refused.starts_with("Error: The path ") && !refused.contains(char::is_control), "{refused}");
        }
        assert!(Below::read(&format!("/memories/{}", "a".repeat(201))).is_err());
        assert!(Below::read(&format!("/memories/{}", "ab/".repeat(400))).is_err());
        assert!(Below::read(&format!("/{}", "x".repeat(1 << 20))).unwrap_err().len() < 1000);
    }

    proptest! {
        /// Whatever is taken leads nowhere but below the directory, by names that a person can read.
        #[test]
        fn what_is_taken_stays_below(path in "(/memories)?(/|\\\\|\\.|%2e|%2F|\u{ff0f}|~|a|B| |:|\u{200b}|\\PC|\0){0,24}") {
            if let Ok(below) = Below::read(&path) {
                let is_plain = |name: &str| !name.is_empty() && !name.starts_with('.') && !name.contains(['\\', '\0', ':']);
                prop_assert!(below.is_root() || below.as_str().split('/').all(is_plain));
                let joined = std::path::Path::new("/r").join(below.as_str());
                prop_assert!(joined.starts_with("/r"));
                prop_assert!(joined.components().all(|part| !matches!(part, std::path::Component::ParentDir)));
                prop_assert!(!text::has_hidden(below.as_str()));
                let shown = below.shown();
                prop_assert_eq!(shown.trim_end_matches('/'), path.trim_end_matches('/'));
            }
        }
    }
}
