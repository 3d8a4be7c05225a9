//! What request headers ask for: preferences, media type, profile, range, content type.

pub(super) mod accept;
pub(super) mod prefer;
pub(super) mod profile;

use http::HeaderMap;
use http::header::{CONTENT_TYPE, RANGE};

/// How the body of a request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFormat {
    /// JSON; also when the request does not say.
    Json,
    /// Comma-separated values.
    Csv,
    /// A form.
    Form,
}

/// The format of the body, or the media type that is none of ours.
pub(super) fn body_format(headers: &HeaderMap) -> Result<BodyFormat, String> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(BodyFormat::Json);
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text.split(';').next().unwrap_or_default().trim();
    let is = |name: &str| media_type.eq_ignore_ascii_case(name);
    if is("application/json") || media_type.is_empty() {
        Ok(BodyFormat::Json)
    } else if is("text/csv") {
        Ok(BodyFormat::Csv)
    } else if is("application/x-www-form-urlencoded") {
        Ok(BodyFormat::Form)
    } else {
        Err(media_type.to_owned())
    }
}

/// The `Range` header, when its unit is rows and it has a meaning.
pub(super) fn range(headers: &HeaderMap) -> Option<super::parse::range::HeaderRange> {
    let text = headers.get(RANGE)?.to_str().ok()?;
    super::parse::range::header_range(text.trim())
}

#[cfg(test)]
mod tests;
