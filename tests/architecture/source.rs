//! Reads Rust source as far as the checks need it: tokens without comments and literals, and the rooms a file names.

use std::iter::Peekable;

/// A word or a sign (`::` is one sign) and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) line: usize,
}

/// The tokens of a source text; comments and literals are left out.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut scan = Scan { letters: source.chars().peekable(), line: 1, tokens: Vec::new() };
    while let Some(letter) = scan.next() {
        scan.token(letter);
    }
    scan.tokens
}

struct Scan<I: Iterator<Item = char>> {
    letters: Peekable<I>,
    line: usize,
    tokens: Vec<Token>,
}

impl<I: Iterator<Item = char>> Scan<I> {
    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.letters.peek() == Some(&wanted);
        if is_there {
            self.next();
        }
        is_there
    }

    fn token(&mut self, letter: char) {
        match letter {
            '/' if self.take('/') => while self.next().is_some_and(|letter| letter != '\n') {},
            '/' if self.take('*') => self.block_comment(),
            '"' => self.string(),
            '\'' => self.quote(),
            ':' if self.take(':') => self.push("::".to_owned()),
            _ if is_word(letter) => self.word(letter),
            _ if letter.is_whitespace() => {}
            _ => self.push(letter.to_string()),
        }
    }

    fn push(&mut self, text: String) {
        self.tokens.push(Token { text, line: self.line });
    }

    fn word(&mut self, first: char) {
        let mut word = String::from(first);
        while let Some(letter) = self.letters.next_if(|letter| is_word(*letter)) {
            word.push(letter);
        }
        match (word.as_str(), self.letters.peek()) {
            ("b" | "c", Some('"' | '\'')) => {}
            ("r" | "br" | "cr", Some('"' | '#')) => self.raw_string(),
            _ => self.push(word),
        }
    }

    /// `"…"` or `##"…"##` after an `r`; in a raw name such as `r#type` only the sign is skipped.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.take('#') {
            hashes += 1;
        }
        if !self.take('"') {
            return;
        }
        while let Some(letter) = self.next() {
            if letter == '"' && (0..hashes).all(|_| self.take('#')) {
                return;
            }
        }
    }

    fn string(&mut self) {
        while let Some(letter) = self.next() {
            match letter {
                '\\' => drop(self.next()),
                '"' => return,
                _ => {}
            }
        }
    }

    /// A character such as `'x'` or `'\''`, or a lifetime.
    fn quote(&mut self) {
        match self.next() {
            Some('\\') => {
                self.next();
                while self.next().is_some_and(|letter| letter != '\'') {}
            }
            Some(letter) if is_word(letter) => {
                if !self.take('\'') {
                    while self.letters.next_if(|letter| is_word(*letter)).is_some() {}
                }
            }
            _ => drop(self.take('\'')),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some('*') if self.take('/') => depth -= 1,
                Some('/') if self.take('*') => depth += 1,
                Some(_) => {}
                None => return,
            }
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The tokens without the items under `#[cfg(test)]`, and the names of the modules among those.
pub(super) fn without_tests(tokens: &[Token]) -> (Vec<Token>, Vec<String>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut modules, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(token) = tokens.get(at) {
        if tokens[at..].iter().map(|token| token.text.as_str()).take(MARK.len()).eq(MARK) {
            let end = item_end(tokens, at + MARK.len());
            let mut item = tokens[at..end].iter().map(|token| token.text.as_str()).skip_while(|text| *text != "mod");
            modules.extend(item.nth(1).map(ToOwned::to_owned));
            at = end;
        } else {
            kept.push(token.clone());
            at += 1;
        }
    }
    (kept, modules)
}

/// The position behind an item: its `;`, or the bracket that closes its body. Attributes before it belong to it.
fn item_end(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "}" if depth <= 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The first names behind `head::`, with their lines: of `crate::{a::b, c}` these are `a` and `c`.
pub(super) fn behind(tokens: &[Token], head: &str) -> Vec<Token> {
    let mut names = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.text == head && tokens.get(at + 1).is_some_and(|next| next.text == "::") {
            first_names(tokens, at + 2, &mut names);
        }
    }
    names
}

/// The name at a position, or the first names of the group that opens there.
fn first_names(tokens: &[Token], at: usize, names: &mut Vec<Token>) {
    let Some(token) = tokens.get(at) else { return };
    if token.text != "{" {
        names.push(token.clone());
        return;
    }
    let (mut depth, mut is_first) = (0_usize, true);
    for token in &tokens[at..] {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => is_first = true,
            _ if is_first => {
                names.push(token.clone());
                is_first = false;
            }
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

/// The names that chains of `super::` reach at the root of the crate, from a file so many modules below it.
pub(super) fn behind_supers(tokens: &[Token], depth: usize) -> Vec<Token> {
    let (mut names, mut inline, mut braces) = (Vec::new(), Vec::new(), 0_usize);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "{" => {
                braces += 1;
                if at >= 2 && tokens[at - 2].text == "mod" {
                    inline.push(braces);
                }
            }
            "}" => {
                inline.pop_if(|opened| *opened == braces);
                braces = braces.saturating_sub(1);
            }
            "super" => {
                let chain = tokens[at..].chunks(2).take_while(|pair| pair[0].text == "super").count();
                if chain >= depth + inline.len() {
                    first_names(tokens, at + 2 * chain, &mut names);
                }
                at += 2 * chain - 1;
            }
            _ => {}
        }
        at += 1;
    }
    names
}
