//! The syntax of `to_tsquery`: words joined by `&`, `|`, `!`, `<->`, with parentheses, quotes and `:*`.

use super::{Part, join};

/// Parentheses and negations inside one another.
const DEPTH_MAX: u8 = 32;

/// Reads a query. The outer `None` is a syntax error, the inner one a query of stop words.
#[expect(clippy::option_option, reason = "an error and an empty query are different, and neither carries more")]
pub(super) fn parse(text: &str) -> Option<Option<Part>> {
    let mut parser = Parser { rest: text.trim() };
    if parser.rest.is_empty() {
        return Some(None);
    }
    let part = parser.disjunction(0)?;
    parser.rest.is_empty().then_some(part)
}

struct Parser<'t> {
    rest: &'t str,
}

/// A part, or nothing where there were only stop words.
type Parsed = Option<Part>;

impl<'t> Parser<'t> {
    /// Skips a token and the blanks after it, if it comes next.
    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn disjunction(&mut self, depth: u8) -> Option<Parsed> {
        let mut parts = self.conjunction(depth)?;
        while self.take("|") {
            parts = join(parts, self.conjunction(depth)?, Part::or);
        }
        Some(parts)
    }

    fn conjunction(&mut self, depth: u8) -> Option<Parsed> {
        let mut parts = self.operand(depth)?;
        while self.take("&") {
            parts = join(parts, self.operand(depth)?, Part::and);
        }
        Some(parts)
    }

    fn operand(&mut self, depth: u8) -> Option<Parsed> {
        if depth == DEPTH_MAX {
            return None;
        }
        if self.take("!") {
            return Some(self.operand(depth + 1)?.map(Part::not));
        }
        if self.take("(") {
            let inner = self.disjunction(depth + 1)?;
            return self.take(")").then_some(inner);
        }
        let (mut words, mut prefix) = self.word()?;
        while self.take("<->") || self.take("<1>") {
            let (next, next_prefix) = self.word()?;
            words = format!("{words} {next}");
            prefix = next_prefix;
        }
        Some(Part::phrase(&words, prefix))
    }

    /// A bare or quoted word, and whether it is a prefix.
    fn word(&mut self) -> Option<(String, bool)> {
        let text = match self.rest.strip_prefix('\'') {
            Some(quoted) => self.quoted(quoted)?,
            None => {
                let end = |c: char| c.is_whitespace() || matches!(c, '&' | '|' | '!' | '(' | ')' | ':' | '<' | '\'');
                let (word, rest) = self.rest.split_at(self.rest.find(end).unwrap_or(self.rest.len()));
                self.rest = rest;
                word.to_owned()
            }
        };
        if text.is_empty() {
            return None;
        }
        let mut prefix = false;
        if let Some(flags) = self.rest.strip_prefix(':') {
            let end = flags.find(|c| !matches!(c, '*' | 'a'..='d' | 'A'..='D')).unwrap_or(flags.len());
            let (flags, rest) = flags.split_at(end);
            prefix = flags.contains('*');
            self.rest = rest;
        }
        self.rest = self.rest.trim_start();
        Some((text, prefix))
    }

    /// Text up to the closing quote, in which `''` is a quote.
    fn quoted(&mut self, text: &'t str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        loop {
            let (before, after) = rest.split_once('\'')?;
            out.push_str(before);
            match after.strip_prefix('\'') {
                Some(after) => {
                    out.push('\'');
                    rest = after;
                }
                None => {
                    self.rest = after;
                    return Some(out);
                }
            }
        }
    }
}
