//! A cursor over one piece of a query string that knows where parsing got stuck.
//! An error stands at the furthest place that was tried since the last character was taken for good, which is the
//! column that PostgREST reports; `hint` carries that place past an alternative that was given up.

use std::borrow::Cow;

/// Where parsing got stuck, and what would have been right there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fail {
    /// Byte offset in the scanned text.
    pub(super) at: usize,
    /// What was expected.
    pub(super) expecting: &'static str,
}

/// Result of a parsing step.
pub(super) type Step<T> = Result<T, Fail>;

/// The cursor.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
    hint: Fail,
}

/// What a field name is made of, for messages.
pub(super) const FIELD_NAME: &str = "field name (* or [a..z0..9_$])";
const NO_HINT: Fail = Fail { at: 0, expecting: "" };

impl<'a> Scanner<'a> {
    /// A cursor at the start of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0, hint: NO_HINT }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next byte, if any.
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    /// Byte offset of the next character.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Whether nothing is left.
    pub(super) fn at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    /// Takes `bytes` bytes, which must end on a character boundary.
    pub(super) fn take(&mut self, bytes: usize) -> &'a str {
        let end = self.position.saturating_add(bytes);
        let taken = self.text.get(self.position..end).unwrap_or_default();
        if !taken.is_empty() {
            self.position = end;
            self.hint = NO_HINT;
        }
        taken
    }

    /// Takes one ASCII character if it comes next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.take(1);
        }
        found
    }

    /// Takes one ASCII character.
    pub(super) fn expect(&mut self, byte: u8, expecting: &'static str) -> Step<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.fail(expecting)) }
    }

    /// Takes `word` if it comes next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.rest().starts_with(word);
        if found {
            self.take(word.len());
        }
        found
    }

    /// A failure here, or further on where an alternative got stuck.
    pub(super) fn fail(&self, expecting: &'static str) -> Fail {
        self.fail_at(self.position, expecting)
    }

    /// A failure at `at`, or further on where an alternative got stuck.
    pub(super) fn fail_at(&self, at: usize, expecting: &'static str) -> Fail {
        if self.hint.at > at { self.hint } else { Fail { at, expecting } }
    }

    /// Tries a step; when it fails nothing is taken, and the place it got stuck at is remembered.
    pub(super) fn attempt<T>(&mut self, step: impl FnOnce(&mut Self) -> Step<T>) -> Step<T> {
        let (position, hint) = (self.position, self.hint);
        step(self).inspect_err(|fail| {
            self.position = position;
            self.hint = if hint.at > fail.at { hint } else { *fail };
        })
    }

    /// Tries a step like [`Self::attempt`], but where it got stuck is not remembered.
    pub(super) fn attempt_silently<T>(&mut self, step: impl FnOnce(&mut Self) -> Step<T>) -> Option<T> {
        let (position, hint) = (self.position, self.hint);
        let result = step(self);
        if result.is_err() {
            (self.position, self.hint) = (position, hint);
        }
        result.ok()
    }

    /// Skips blanks.
    pub(super) fn blanks(&mut self) {
        let count = self.rest().bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.take(count);
    }

    /// Takes one ASCII character with blanks around it; blanks alone are left where they are.
    pub(super) fn spaced(&mut self, byte: u8, expecting: &'static str) -> Step<()> {
        self.blanks();
        self.expect(byte, expecting)?;
        self.blanks();
        Ok(())
    }

    /// Takes characters up to one of `stops`.
    pub(super) fn until(&mut self, stops: &[u8]) -> &'a str {
        let count = self.rest().bytes().take_while(|byte| !stops.contains(byte)).count();
        self.take(count)
    }

    /// Takes an identifier: letters, digits, `_`, `$` and blanks, without the blanks at its ends.
    pub(super) fn identifier(&mut self, expecting: &'static str) -> Step<&'a str> {
        let rest = self.rest();
        let mut end = 0;
        for (at, byte) in rest.bytes().enumerate() {
            if at < end {
                continue;
            }
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b' ') {
                end = at.saturating_add(1);
                continue;
            }
            let letter =
                rest.get(at..).and_then(|tail| tail.chars().next()).filter(|c| !c.is_ascii() && c.is_alphanumeric());
            match letter {
                Some(letter) => end = at.saturating_add(letter.len_utf8()),
                None => break,
            }
        }
        if end == 0 {
            return Err(self.fail(expecting));
        }
        Ok(self.take(end).trim())
    }

    /// Takes a name: quoted, or identifiers joined by `-` (never before `>`).
    pub(super) fn name(&mut self) -> Step<Cow<'a, str>> {
        if self.peek() == Some(b'"') {
            return self.quoted();
        }
        let first = self.identifier(FIELD_NAME)?;
        let mut name = Cow::Borrowed(first);
        while self.at_dash() {
            self.take(1);
            let part = self.identifier(FIELD_NAME)?;
            let whole = name.to_mut();
            whole.push('-');
            whole.push_str(part);
        }
        Ok(name)
    }

    /// Whether a `-` comes next that does not begin an arrow. An arrow is remembered as a place where a name went on.
    pub(super) fn at_dash(&mut self) -> bool {
        let mut next = self.rest().bytes();
        if next.next() != Some(b'-') {
            return false;
        }
        let arrow = next.next() == Some(b'>');
        if arrow {
            self.hint = self.fail_at(self.position.saturating_add(2), "\"->\"");
        }
        !arrow
    }

    /// Takes a quoted text; `\` takes the next character as it is.
    pub(super) fn quoted(&mut self) -> Step<Cow<'a, str>> {
        self.expect(b'"', "quoted value")?;
        let plain = self.until(b"\"\\");
        if self.eat(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = String::from(plain);
        loop {
            if self.eat(b'"') {
                return Ok(Cow::Owned(text));
            }
            if self.eat(b'\\') {
                let length = self.rest().chars().next().map_or(0, char::len_utf8);
                if length == 0 {
                    return Err(self.fail("any character"));
                }
                text.push_str(self.take(length));
                continue;
            }
            let plain = self.until(b"\"\\");
            if plain.is_empty() {
                return Err(self.fail("\"\\\"\""));
            }
            text.push_str(plain);
        }
    }

    /// Takes a quoted text that is followed by one of `stops` or the end; otherwise takes nothing.
    pub(super) fn quoted_before(&mut self, stops: &[u8]) -> Option<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return None;
        }
        self.attempt(|scanner| {
            let text = scanner.quoted()?;
            match scanner.peek() {
                Some(next) if !stops.contains(&next) => Err(scanner.fail("\",\" or \")\"")),
                Some(_) | None => Ok(text),
            }
        })
        .ok()
    }

    /// Nothing may be left.
    pub(super) fn end(&mut self, expecting: &'static str) -> Step<()> {
        if self.at_end() { Ok(()) } else { Err(self.fail(expecting)) }
    }
}

/// Line and column of a byte offset, both from 1; a tab goes to the next column that follows a multiple of eight.
pub(super) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let (mut line, mut column) = (1_usize, 1_usize);
    for letter in text.get(..at).unwrap_or(text).chars() {
        match letter {
            '\n' => (line, column) = (line.saturating_add(1), 1),
            '\t' => column = (column.saturating_sub(1) / 8).saturating_mul(8).saturating_add(9),
            _ => column = column.saturating_add(1),
        }
    }
    (line, column)
}
