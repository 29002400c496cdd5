//! The text of a memory as forms show it, and its bytes after an edit.

/// A text as a form shows it: line feeds only, without empty lines around it.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n");
    let from =
        text.find(|sign: char| !sign.is_whitespace()).and_then(|at| text.get(..at)?.rfind('\n')).map_or(0, |at| at + 1);
    text.get(from..).unwrap_or_default().trim_end().to_owned()
}

/// The bytes of a text with another wording. Lines that stay keep their ends; new ones get those of the file; what
/// stood around the text stays.
pub(super) fn rewritten(old: &[u8], new: &str) -> Vec<u8> {
    let new = shown(new.as_bytes());
    if shown(old) == new {
        return old.to_vec();
    }
    let newline: &[u8] = if old.windows(2).any(|pair| pair == b"\r\n") { b"\r\n" } else { b"\n" };
    let first = old.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(old.len());
    let lead = old.get(..first).and_then(|part| part.iter().rposition(|byte| *byte == b'\n')).map_or(0, |at| at + 1);
    let end = old.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(lead, |last| last + 1);
    let core = old.get(lead..end).unwrap_or_default();
    let trail = if core.is_empty() { newline } else { old.get(end..).unwrap_or_default() };
    let old_lines: Vec<&[u8]> = core.split_inclusive(|byte| *byte == b'\n').collect();
    let new_lines: Vec<&str> = new.split('\n').collect();
    let same = |old: &&[u8], new: &str| bare(old) == new.as_bytes();
    let kept = old_lines.iter().zip(&new_lines).take_while(|(old, new)| same(old, new)).count();
    let room = old_lines.len().min(new_lines.len()) - kept;
    let kept_below =
        old_lines.iter().rev().zip(new_lines.iter().rev()).take(room).take_while(|(o, n)| same(o, n)).count();
    let mut out = old.get(..lead).unwrap_or_default().to_vec();
    for (at, line) in new_lines.iter().enumerate() {
        let was = if at < kept {
            old_lines.get(at)
        } else if at + kept_below >= new_lines.len() {
            old_lines.get(at + old_lines.len() - new_lines.len())
        } else {
            None
        };
        out.extend_from_slice(line.as_bytes());
        if at + 1 < new_lines.len() {
            let end = was.and_then(|was| was.get(bare(was).len()..)).filter(|end| !end.is_empty());
            out.extend_from_slice(end.unwrap_or(newline));
        }
    }
    out.extend_from_slice(trail);
    out
}

/// A line without its end.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stays_keeps_its_bytes() {
        let old = b"\r\n  a\r\nb\nc\r\n\r\n";
        assert_eq!(shown(old), "  a\nb\nc");
        assert_eq!(rewritten(old, "  a\nb\nc"), old);
        assert_eq!(rewritten(old, "  a\nB\nc"), b"\r\n  a\r\nB\r\nc\r\n\r\n");
        assert_eq!(rewritten(old, "  a\nb\nnew\nc"), b"\r\n  a\r\nb\nnew\r\nc\r\n\r\n");
        assert_eq!(rewritten(b"x", "y"), b"y", "a missing end of the last line stays missing");
        assert_eq!(rewritten(b"\n", "y"), b"\ny\n");
    }

    proptest! {
        #[test]
        fn a_text_reads_as_it_was_written(old in "[ab \r\n]{0,20}", new in "[abc \n]{0,20}") {
            let written = rewritten(old.as_bytes(), &new);
            prop_assert_eq!(shown(&written), shown(new.as_bytes()));
        }
    }
}
