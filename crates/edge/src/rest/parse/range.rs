//! `limit`, `offset` and the `Range` header, as PostgREST combines them.

/// Rows asked for: a first row, and a number of rows when it is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) struct Window {
    /// Position of the first row.
    pub(in crate::rest) first: i64,
    /// Most rows.
    pub(in crate::rest) limit: Option<i64>,
}

/// Why no rows can be asked for (416).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum BadRange {
    /// The limit is negative, or nothing is left of it.
    NegativeLimit,
    /// The `Range` header ends before it begins.
    Reversed,
}

/// Bounds of a `Range` header, both inclusive.
pub(in crate::rest) type HeaderRange = (i64, Option<i64>);

/// Reads `limit` or `offset`: a whole number, or nothing.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if text.len() == digits.len() { value } else { value.saturating_neg() })
}

/// Reads `a-b` or `a-`; anything else does not count.
pub(in crate::rest) fn header_range(text: &str) -> Option<HeaderRange> {
    let (first, last) = text.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if first.is_empty() || !digits(first) || !digits(last) {
        return None;
    }
    let last = if last.is_empty() { None } else { Some(last.parse().unwrap_or(i64::MAX)) };
    Some((first.parse().unwrap_or(i64::MAX), last))
}

/// Combines the three. A negative offset counts as zero, but takes rows off the limit.
pub(in crate::rest) fn window(
    limit: Option<i64>,
    offset: Option<i64>,
    header: Option<HeaderRange>,
) -> Result<Window, BadRange> {
    const NOTHING: Window = Window { first: 0, limit: Some(0) };
    let start = offset.unwrap_or(0);
    let end = limit.map(|limit| start.saturating_add(limit.saturating_sub(1)));
    if limit == Some(0) {
        return Ok(Window { first: start.max(0), ..NOTHING });
    }
    if end == Some(-1) && offset.is_some() {
        return Ok(NOTHING);
    }
    let (header_first, header_last) = header.unwrap_or((0, None));
    if header_last.is_some_and(|last| last < header_first) {
        return Err(BadRange::Reversed);
    }
    let first = start.max(header_first);
    let last = match (end, header_last) {
        (Some(end), Some(last)) => Some(end.min(last)),
        (end, last) => end.or(last),
    };
    match last {
        None => Ok(Window { first, limit: None }),
        Some(last) if last < first => Err(BadRange::NegativeLimit),
        Some(last) => Ok(Window { first, limit: Some(last.saturating_sub(first).saturating_add(1)) }),
    }
}
