//! Cuts a query into tokens. It never fails: what is unfinished is marked, and the parser decides.

use std::ops::Range;

use super::Field;

/// A token and the bytes it was cut from.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Debug)]
pub(super) enum Kind {
    Open,
    Close,
    /// `OR` or `|`.
    Or,
    And,
    /// The word `NOT`.
    Not,
    /// A `-` at the beginning of a condition.
    Dash,
    /// A free word or phrase.
    Text(Item),
    /// A key with its values.
    Keyed(Keyed),
}

/// A key with its values.
#[derive(Debug)]
pub(super) struct Keyed {
    /// `None`: there is no such key.
    pub(super) field: Option<&'static Field>,
    /// The key's bytes, without the colon.
    pub(super) key: Range<usize>,
    /// At least one; what has no text is an item without pieces.
    pub(super) items: Vec<Item>,
}

/// One value, or a free text.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) pieces: Vec<Piece>,
    pub(super) span: Range<usize>,
}

/// A run of characters, quoted or not.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) quoted: bool,
    /// Whether a quoted piece has its closing quote.
    pub(super) closed: bool,
}

impl Item {
    /// The text without quotes.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// Whether a closing quote is missing.
    pub(super) fn is_open(&self) -> bool {
        self.pieces.iter().any(|piece| !piece.closed)
    }
}

/// All tokens of a query in which these keys are known.
pub(super) fn tokens(query: &str, fields: &'static [Field]) -> Vec<Token> {
    let mut lexer = Lexer { query, at: 0, fields };
    let mut tokens = Vec::new();
    while let Some(letter) = lexer.peek() {
        if letter.is_whitespace() {
            lexer.at += letter.len_utf8();
            continue;
        }
        let start = lexer.at;
        let kind = lexer.token(letter);
        tokens.push(Token { kind, span: start..lexer.at });
    }
    tokens
}

struct Lexer<'a> {
    query: &'a str,
    at: usize,
    fields: &'static [Field],
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.query.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn token(&mut self, letter: char) -> Kind {
        let single = match letter {
            '(' => Some(Kind::Open),
            ')' => Some(Kind::Close),
            '|' => Some(Kind::Or),
            '-' => Some(Kind::Dash),
            _ => None,
        };
        if let Some(kind) = single {
            self.at += 1;
            return kind;
        }
        self.keyed().map_or_else(|| self.free(), Kind::Keyed)
    }

    fn free(&mut self) -> Kind {
        let start = self.at;
        if self.peek() == Some('"') {
            let mut pieces = vec![self.quoted()];
            if self.peek() == Some('*') {
                self.at += 1;
                pieces.push(Piece { text: "*".to_owned(), quoted: false, closed: true });
            }
            return Kind::Text(Item { pieces, span: start..self.at });
        }
        let piece = self.bare(false);
        match piece.text.as_str() {
            "OR" => Kind::Or,
            "AND" => Kind::And,
            "NOT" => Kind::Not,
            _ => Kind::Text(Item { pieces: vec![piece], span: start..self.at }),
        }
    }

    /// A key and its values, if that is what stands here. `std::fs`, `https://…` and `C:\…` are text.
    fn keyed(&mut self) -> Option<Keyed> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '-').filter(|length| *length > 0)?;
        let (name, rest) = rest.split_at_checked(length)?;
        let rest = rest.strip_prefix(':')?;
        let field = self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        if field.is_none() && rest.starts_with([':', '/', '\\']) {
            return None;
        }
        let key = self.at..self.at + length;
        self.at = key.end + 1;
        let mut items = vec![self.item()];
        while self.peek() == Some(',') {
            self.at += 1;
            items.push(self.item());
        }
        Some(Keyed { field, key, items })
    }

    fn item(&mut self) -> Item {
        let start = self.at;
        let mut pieces = Vec::new();
        loop {
            let piece = if self.peek() == Some('"') { self.quoted() } else { self.bare(true) };
            if piece.text.is_empty() && !piece.quoted {
                return Item { pieces, span: start..self.at };
            }
            pieces.push(piece);
        }
    }

    fn quoted(&mut self) -> Piece {
        self.at += 1;
        let mut text = String::new();
        let mut escaped = false;
        while let Some(letter) = self.peek() {
            self.at += letter.len_utf8();
            match letter {
                '"' | '\\' if escaped => {
                    text.push(letter);
                    escaped = false;
                }
                '"' => return Piece { text, quoted: true, closed: true },
                '\\' if self.rest().starts_with(['"', '\\']) => escaped = true,
                _ => text.push(letter),
            }
        }
        Piece { text, quoted: true, closed: false }
    }

    /// A run without quotes. Parentheses belong to it when they close within it, as in `main()`.
    fn bare(&mut self, in_value: bool) -> Piece {
        let start = self.at;
        while let Some(letter) = self.peek() {
            match letter {
                '"' | '|' | ')' => break,
                ',' if in_value => break,
                '(' => match self.closing().filter(|_| self.at > start) {
                    Some(end) => self.at = end,
                    None => break,
                },
                _ if letter.is_whitespace() => break,
                _ => self.at += letter.len_utf8(),
            }
        }
        let text = self.query.get(start..self.at).unwrap_or_default().to_owned();
        Piece { text, quoted: false, closed: true }
    }

    /// Where the parenthesis that opens here has been closed, if it is before any space, quote or `|`.
    fn closing(&self) -> Option<usize> {
        // A call in a text is short; without a bound a text of nothing but calls would be looked through again and again.
        const LONGEST: usize = 500;
        let mut depth = 0_usize;
        for (offset, letter) in self.rest().char_indices().take(LONGEST) {
            match letter {
                '(' => depth += 1,
                ')' if depth == 1 => return Some(self.at + offset + 1),
                ')' => depth = depth.checked_sub(1)?,
                '"' | '|' => return None,
                _ if letter.is_whitespace() => return None,
                _ => {}
            }
        }
        None
    }
}
