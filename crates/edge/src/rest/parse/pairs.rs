//! `application/x-www-form-urlencoded` text to pairs: `+` is a blank, `%XX` a byte, and a key without `=` does not count.

use std::borrow::Cow;

/// A pair could not be decoded: its bytes are no UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) struct NotUtf8;

/// The pairs of `text` that have a `=`, in order.
pub(in crate::rest) fn pairs(text: &str) -> impl Iterator<Item = Result<(Cow<'_, str>, Cow<'_, str>), NotUtf8>> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| Ok((decode(key, Plus::Blank)?, decode(value, Plus::Blank)?)))
}

/// What `+` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Plus {
    /// A blank, as in forms and query strings.
    Blank,
    /// Itself, as in paths.
    Plus,
}

/// Decodes one key, value or path segment. A `%` that begins no byte stands for itself.
pub(in crate::rest) fn decode(text: &str, plus: Plus) -> Result<Cow<'_, str>, NotUtf8> {
    let special = |byte: &u8| *byte == b'%' || (*byte == b'+' && plus == Plus::Blank);
    if !text.as_bytes().iter().any(special) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        decoded.push(match (first, tail) {
            (b'+', _) if plus == Plus::Blank => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    (high << 4) | low
                }
                (Some(_) | None, _) => b'%',
            },
            (byte, _) => *byte,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| NotUtf8)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
