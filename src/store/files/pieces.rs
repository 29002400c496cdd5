//! A file cut into pieces: what stands before everything, sections under headings, lines of an index.

use std::collections::HashMap;

use super::front;
use crate::memory::Version;

/// How a file becomes memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The file is one memory.
    Whole,
    /// Each section is one.
    Sections,
    /// Each section is one, and lines that lead to other files belong to the memories in those.
    Index,
}

/// A line of an index that leads to another file: `- [Title](file.md) — hook`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The file, as the line writes it.
    pub(super) target: String,
    /// The text that is linked.
    pub(super) title: String,
    /// What stands behind it.
    pub(super) hook: String,
}

/// A part of a file. All pieces behind the head make the file, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its name within the file: it stays while other pieces change.
    pub(super) key: String,
    /// The level of its heading, 0 without one.
    pub(super) level: u8,
    /// The line of its heading with its end, or nothing.
    pub(super) heading: Vec<u8>,
    /// Everything behind that.
    pub(super) text: Vec<u8>,
    /// What it leads to, when it is a line of an index.
    pub(super) link: Option<Link>,
}

impl Piece {
    /// Whether it says nothing: a heading over other sections, or empty lines.
    pub(super) fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }

    /// All its bytes.
    pub(super) fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        self.heading.iter().chain(&self.text).copied()
    }

    /// The words of its heading.
    pub(super) fn headline(&self) -> String {
        let line = String::from_utf8_lossy(&self.heading);
        line.trim().trim_matches('#').trim().to_owned()
    }
}

/// A file in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Byte order mark and front matter of a file of sections: they belong to no memory.
    pub(super) head: Vec<u8>,
    /// Everything else.
    pub(super) pieces: Vec<Piece>,
}

impl Split {
    /// The file's bytes.
    pub(super) fn join(&self) -> Vec<u8> {
        self.head.iter().copied().chain(self.pieces.iter().flat_map(Piece::bytes)).collect()
    }

    /// Where the head and each piece end, in bytes.
    pub(super) fn ends(&self) -> impl Iterator<Item = usize> + '_ {
        let lengths = self.pieces.iter().map(|piece| piece.heading.len() + piece.text.len());
        std::iter::once(0).chain(lengths).scan(self.head.len(), |end, length| {
            *end += length;
            Some(*end)
        })
    }

    /// Where the piece of that name is.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.pieces.iter().position(|piece| piece.key == key)
    }

    /// Whether a heading has sections below it in pieces of their own, so that it must stay when its text goes.
    pub(super) fn is_over_others(&self, at: usize) -> bool {
        match (self.pieces.get(at), self.pieces.get(at + 1)) {
            (Some(piece), Some(next)) => {
                piece.level > 0
                    && (next.level > piece.level || (next.level == 0 && !next.bytes().all(|b| b.is_ascii_whitespace())))
            }
            _ => false,
        }
    }
}

/// A file that is one piece.
pub(super) fn whole(bytes: &[u8]) -> Piece {
    Piece { key: String::new(), level: 0, heading: Vec::new(), text: bytes.to_vec(), link: None }
}

/// Cuts a file.
pub(super) fn split(bytes: &[u8], form: Form) -> Split {
    if form == Form::Whole {
        return Split { head: Vec::new(), pieces: vec![whole(bytes)] };
    }
    let (head, rest) = bytes.split_at(front::head_length(bytes));
    let lines: Vec<(Mark, &[u8])> = marked(rest);
    let levels = || lines.iter().filter_map(|(mark, _)| mark.level());
    // Chapters and their sections; a file that begins deeper is cut at its highest headings.
    let deepest = levels().min().map_or(0, |highest| highest.max(2));
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut chapter, mut section, mut fresh) = (String::new(), String::new(), true);
    for (mark, line) in lines {
        let link = if form == Form::Index && mark == Mark::Plain { link_of(line) } else { None };
        match (mark.level().filter(|level| *level <= deepest), link) {
            (Some(level), _) => {
                let own = slug(&String::from_utf8_lossy(line));
                section = if level > 1 && !chapter.is_empty() { format!("{chapter}/{own}") } else { own.clone() };
                if level == 1 {
                    chapter = own;
                }
                pieces.push(Piece {
                    key: section.clone(),
                    level,
                    heading: line.to_vec(),
                    text: Vec::new(),
                    link: None,
                });
                fresh = false;
            }
            (None, Some(link)) => {
                let key = format!("->{}", link.target);
                pieces.push(Piece { key, level: 0, heading: Vec::new(), text: line.to_vec(), link: Some(link) });
                fresh = true;
            }
            (None, None) => {
                if let Some(piece) = pieces.last_mut().filter(|_| !fresh) {
                    piece.text.extend_from_slice(line);
                    continue;
                }
                let key = if pieces.is_empty() { String::new() } else { format!("{section}+") };
                pieces.push(Piece { key, level: 0, heading: Vec::new(), text: line.to_vec(), link: None });
                fresh = false;
            }
        }
    }
    tell_apart(&mut pieces);
    Split { head: head.to_vec(), pieces }
}

/// Pieces of the same name are told apart by what they say: their places would move when one of them goes.
fn tell_apart(pieces: &mut [Piece]) {
    let mut count: HashMap<String, usize> = HashMap::new();
    for piece in pieces.iter() {
        *count.entry(piece.key.clone()).or_default() += 1;
    }
    let mut same: HashMap<String, usize> = HashMap::new();
    for piece in pieces.iter_mut().filter(|piece| count.get(&piece.key).is_some_and(|count| *count > 1)) {
        let hash = Version::default().with(0, &piece.heading).with(1, &piece.text).0;
        let key = format!("{}~{:08x}", piece.key, hash >> 32);
        let nth = same.entry(key.clone()).or_default();
        *nth += 1;
        piece.key = if *nth == 1 { key } else { format!("{key}~{nth}") };
    }
}

/// Whether a key was told apart by the text of its piece, so that another text would make it another name.
pub(super) fn hangs_on_text(key: &str) -> bool {
    key.contains('~')
}

/// What a line is to those who cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Plain,
    /// Within a fence or a comment: nothing in it means anything.
    Closed,
    Heading(u8),
}

impl Mark {
    const fn level(self) -> Option<u8> {
        match self {
            Self::Heading(level) => Some(level),
            Self::Plain | Self::Closed => None,
        }
    }
}

/// Every line with its mark. Fences and headings as in `CommonMark`; a comment is a block that begins a line.
fn marked(text: &[u8]) -> Vec<(Mark, &[u8])> {
    let mut fence: Option<(u8, usize)> = None;
    let mut comment = false;
    text.split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            let shown = line.trim_ascii();
            let indented = line.iter().take_while(|byte| **byte == b' ').count() > 3;
            if comment {
                comment = !contains(shown, b"-->");
                return (Mark::Closed, line);
            }
            let run = shown.first().map(|sign| (*sign, shown.iter().take_while(|byte| *byte == sign).count()));
            if let Some((sign, length)) = fence {
                let closes = run.is_some_and(|(other, count)| other == sign && count >= length && count == shown.len());
                fence = if closes { None } else { fence };
                return (Mark::Closed, line);
            }
            match run {
                _ if indented => (Mark::Plain, line),
                Some((sign @ (b'`' | b'~'), length @ 3..)) => {
                    fence = Some((sign, length));
                    (Mark::Closed, line)
                }
                Some((b'#', level @ 1..=6)) if shown.get(level).is_none_or(u8::is_ascii_whitespace) => {
                    (Mark::Heading(u8::try_from(level).unwrap_or(6)), line)
                }
                _ if shown.starts_with(b"<!--") => {
                    comment = !contains(shown, b"-->");
                    (Mark::Closed, line)
                }
                _ => (Mark::Plain, line),
            }
        })
        .collect()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The lines of a text outside of fences and comments.
pub(super) fn open_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    marked(text).into_iter().filter(|(mark, _)| *mark != Mark::Closed).map(|(_, line)| line)
}

/// Lines and bytes that count against a product's limit: block comments do not.
#[derive(Default)]
struct Counted {
    comment: bool,
    lines: usize,
    bytes: usize,
}

impl Counted {
    fn add(&mut self, text: &[u8]) {
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let shown = line.trim_ascii();
            if self.comment || shown.starts_with(b"<!--") {
                self.comment = !contains(shown, b"-->");
            } else {
                self.lines += 1;
                self.bytes += line.len();
            }
        }
    }
}

/// How many lines and bytes of a file count against a product's limit.
pub(super) fn counted(text: &[u8]) -> (usize, usize) {
    let mut counted = Counted::default();
    counted.add(text);
    (counted.lines, counted.bytes)
}

/// How many of them stand before each piece.
pub(super) fn counted_before(pieces: &[Piece]) -> Vec<(usize, usize)> {
    let mut counted = Counted::default();
    let before = |piece: &Piece| {
        let here = (counted.lines, counted.bytes);
        counted.add(&piece.heading);
        counted.add(&piece.text);
        here
    };
    pieces.iter().map(before).collect()
}

/// The link of a line of an index to a file beside it, if it is one.
fn link_of(line: &[u8]) -> Option<Link> {
    let line = std::str::from_utf8(line).ok()?.trim();
    let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
    let (title, rest) = item.trim_start().strip_prefix('[')?.split_once("](")?;
    let (target, hook) = rest.split_once(')')?;
    let target = target.trim().trim_start_matches("./");
    let is_file = target.to_ascii_lowercase().ends_with(".md") && !target.contains("://") && !target.starts_with('/');
    let hook = hook.trim().trim_start_matches(['—', '–', '-', ':']).trim();
    is_file.then(|| Link { target: target.to_owned(), title: title.to_owned(), hook: hook.to_owned() })
}

/// A text whose headings stand deeper than a level, so that none of them begins a section beside one of that level.
pub(super) fn deepened(text: &str, level: u8) -> String {
    let lines = marked(text.as_bytes());
    let highest = lines.iter().filter_map(|(mark, _)| mark.level()).min();
    // A file is cut at its chapters and their sections.
    let deeper = usize::from(level.max(2) + 1).saturating_sub(usize::from(highest.unwrap_or(u8::MAX)));
    let mut out = String::with_capacity(text.len());
    for (mark, line) in lines {
        if mark.level().is_some() {
            out.push_str(&"#".repeat(deeper));
        }
        out.push_str(&String::from_utf8_lossy(line));
    }
    out
}

/// A heading as a name: letters and digits in lower case, everything else a dash.
pub(super) fn slug(heading: &str) -> String {
    const LONGEST: usize = 60;
    let mut slug = String::new();
    for sign in heading.chars().flat_map(char::to_lowercase) {
        if sign.is_alphanumeric() {
            slug.push(sign);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "section".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(split: &Split) -> Vec<&str> {
        split.pieces.iter().map(|piece| piece.key.as_str()).collect()
    }

    const FILE: &str = "\u{feff}---\npaths: a\n---\nintro\n\n# One\n\n## Same\na\n### deeper\nb\n```\n# no heading\n```\n## Other\n<!--\n# hidden\n-->\nc\n# Two\r\n## Same\r\nd";

    #[test]
    fn the_pieces_are_the_file_and_sections_keep_their_names() {
        let split = split(FILE.as_bytes(), Form::Sections);
        assert_eq!(split.join(), FILE.as_bytes());
        assert_eq!(keys(&split), ["", "one", "one/same", "one/other", "two", "two/same"]);
        assert!(split.is_over_others(1) && !split.is_over_others(2) && split.pieces[1].is_blank());
        assert_eq!(split.head, "\u{feff}---\npaths: a\n---\n".as_bytes());
    }

    #[test]
    fn sections_of_one_name_are_told_apart_by_what_they_say() {
        let both = split(b"## A\none\n## A\ntwo\n", Form::Sections);
        let found = keys(&both);
        assert!(found[0] != found[1] && found.iter().all(|key| key.starts_with("a~") && hangs_on_text(key)));
        let moved = split(b"## B\n## A\none\n## A\ntwo\n", Form::Sections);
        assert_eq!(&keys(&moved)[1..], found);
        let twins = split(b"## A\none\n## A\none\n", Form::Sections);
        assert_ne!(keys(&twins)[0], keys(&twins)[1]);
    }

    #[test]
    fn deep_headings_cut_a_file_that_has_no_others() {
        assert_eq!(keys(&split(b"#### A\n##### a\n#### B\n", Form::Sections)), ["a", "b"]);
        assert_eq!(keys(&split(b"no heading at all", Form::Sections)), [""]);
        assert!(split(b"", Form::Sections).pieces.is_empty());
    }

    #[test]
    fn lines_of_an_index_are_pieces_of_their_own() {
        let text = "# Memory\n\n- [A](a.md) \u{2014} hook\n- [Web](https://x/y.md)\n* [B](./sub/b.md)\n```\n- [C](c.md)\n```\n";
        let split = split(text.as_bytes(), Form::Index);
        assert_eq!(split.join(), text.as_bytes());
        let found = keys(&split);
        assert_eq!((found[0], found[1], found[3]), ("memory", "->a.md", "->sub/b.md"));
        assert!(found[2].starts_with("memory+~") && found[4].starts_with("memory+~"));
        let link = split.pieces[1].link.clone().unwrap();
        assert_eq!((link.title.as_str(), link.hook.as_str()), ("A", "hook"));
    }

    #[test]
    fn comments_do_not_count() {
        assert_eq!(counted(b"a\n<!-- one -->\n<!--\nx\n-->\nb\n"), (2, 4));
        let split = split(b"a\n<!-- one -->\n<!--\nx\n-->\nb\n## End\n", Form::Sections);
        assert_eq!(counted_before(&split.pieces), [(0, 0), (2, 4)]);
    }
}
