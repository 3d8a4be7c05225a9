//! `Accept`: the first media type that can be served, by quality, then by how specific it is.

use crate::fault::{Fault, code};
use http::HeaderMap;
use http::header::ACCEPT;
use std::borrow::Cow;

/// What the answer's body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Media {
    /// A JSON array.
    Array,
    /// A JSON array without null members.
    ArrayStripped,
    /// Exactly one row, as an object.
    Object,
    /// Exactly one row, as an object without null members.
    ObjectStripped,
    /// Comma-separated values.
    Csv,
}

impl Media {
    /// The `Content-Type` of the answer.
    pub(in crate::rest) fn content_type(self) -> &'static str {
        match self {
            Self::Array => "application/json; charset=utf-8",
            Self::ArrayStripped => "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
            Self::Object => "application/vnd.pgrst.object+json; charset=utf-8",
            Self::ObjectStripped => "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    /// Whether exactly one row is wanted.
    pub(in crate::rest) fn is_singular(self) -> bool {
        matches!(self, Self::Object | Self::ObjectStripped)
    }
}

/// Chooses a media type; without `Accept` it is a JSON array.
pub(in crate::rest) fn negotiate(headers: &HeaderMap) -> Result<Media, Fault> {
    let mut values = headers.get_all(ACCEPT).iter();
    let Some(first) = values.next() else {
        return Ok(Media::Array);
    };
    if values.next().is_none() && matches!(first.as_bytes(), b"*/*" | b"application/json") {
        return Ok(Media::Array);
    }
    let text: Vec<Cow<'_, str>> =
        headers.get_all(ACCEPT).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let mut ranges: Vec<Range<'_>> =
        text.iter().flat_map(|text| split_outside_quotes(text, b',')).filter_map(Range::parse).collect();
    ranges.sort_by_key(|range| std::cmp::Reverse((range.quality_thousandths, range.specificity)));
    if ranges.is_empty() {
        return Ok(Media::Array);
    }
    match ranges.iter().filter(|range| range.quality_thousandths > 0).find_map(Range::media) {
        Some(media) => Ok(media),
        None => {
            let names: Vec<String> = ranges.iter().map(|range| range.name()).collect();
            Err(Fault::new(code::MEDIA_TYPE, format!("None of these media types are available: {}", names.join(", "))))
        }
    }
}

/// One element of `Accept`.
struct Range<'a> {
    media_type: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    quality_thousandths: u16,
    specificity: i32,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = split_outside_quotes(text, b';').map(str::trim);
        let media_type = parts.next().filter(|name| !name.is_empty())?;
        let mut quality_thousandths = 1000;
        let mut parameters = Vec::new();
        for part in parts {
            let Some((name, value)) = part.split_once('=') else { continue };
            let (name, value) = (name.trim(), value.trim().trim_matches('"'));
            if name.eq_ignore_ascii_case("q") {
                quality_thousandths = quality(value);
                break;
            }
            parameters.push((name, value));
        }
        let stars = media_type.bytes().filter(|byte| *byte == b'*').count();
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let specificity = count(parameters.len()).saturating_sub(count(stars));
        Some(Self { media_type, parameters, quality_thousandths, specificity })
    }

    fn media(&self) -> Option<Media> {
        let is = |name: &str| self.media_type.eq_ignore_ascii_case(name);
        let stripped =
            self.parameters.iter().any(|(name, value)| name.eq_ignore_ascii_case("nulls") && *value == "stripped");
        if is("application/json") || is("*/*") {
            Some(Media::Array)
        } else if is("application/vnd.pgrst.array+json") || is("application/vnd.pgrst.array") {
            Some(if stripped { Media::ArrayStripped } else { Media::Array })
        } else if is("application/vnd.pgrst.object+json") || is("application/vnd.pgrst.object") {
            Some(if stripped { Media::ObjectStripped } else { Media::Object })
        } else if is("text/csv") {
            Some(Media::Csv)
        } else {
            None
        }
    }

    /// As it is named in the refusal.
    fn name(&self) -> String {
        let mut name = self.media_type.to_owned();
        for (key, value) in &self.parameters {
            name.push(';');
            name.push_str(key);
            name.push('=');
            name.push_str(value);
        }
        name
    }
}

/// A quality from 0 to 1 in thousandths; nonsense counts as 1.
fn quality(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || whole != "0" {
        return 1000;
    }
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    padded.fold(0, |value: u16, digit| value.saturating_mul(10).saturating_add(u16::from(digit.saturating_sub(b'0'))))
}

/// Splits at a byte, but not within double quotes.
fn split_outside_quotes(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |letter| {
        quoted ^= letter == '"';
        letter == char::from(separator) && !quoted
    })
}
