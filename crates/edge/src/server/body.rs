//! Reads a request body whole, within its limits. In: hyper's stream of frames. Out: bytes, or why not.

use crate::server::refused::Refused;
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Incoming};

/// The body of a request.
///
/// # Errors
/// [`Refused::ContentEncoding`], [`Refused::BodyTooLarge`], [`Refused::BodyBroken`]. A declared length that is too
/// large is refused before a byte is read.
pub(crate) async fn read(parts: &Parts, mut body: Incoming, bytes_max: usize) -> Result<Bytes, Refused> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    // Decompression would let a small request grow without bound before any limit sees it.
    let encoded =
        parts.headers.get_all(CONTENT_ENCODING).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(Refused::ContentEncoding);
    }
    let declared = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|declared| declared > bytes_max) {
        return Err(Refused::BodyTooLarge(bytes_max));
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // Trailers are of no use to us.
        let Ok(data) = frame.map_err(|_| Refused::BodyBroken)?.into_data() else { continue };
        if first.len().saturating_add(rest.len()).saturating_add(data.len()) > bytes_max {
            return Err(Refused::BodyTooLarge(bytes_max));
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.reserve(declared.unwrap_or(0).min(bytes_max).max(first.len() + data.len()));
                rest.extend_from_slice(&std::mem::take(&mut first));
            }
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}
