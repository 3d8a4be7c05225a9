//! Files of our pages, out of the binary. In: bytes, perhaps compressed. Out: an answer in a form that the client takes.

use crate::server::PageAsset;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Response};
use std::io::Read as _;

/// Media type of scripts.
pub(crate) const JS: &str = "text/javascript; charset=utf-8";

/// Media type of styles.
pub(crate) const CSS: &str = "text/css; charset=utf-8";

/// A file of ours, which may change with every build.
pub(crate) fn own(media_type: &'static str, body: &'static [u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(body));
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(PageAsset);
    response
}

/// A large file that the binary holds as gzip, unpacked for clients that do not take that; `None` when it is damaged.
pub(crate) fn gzipped(media_type: &'static str, body: &'static [u8], headers: &HeaderMap) -> Option<Response<Bytes>> {
    let accepts = headers.get_all(ACCEPT_ENCODING).iter().any(|value| {
        value.to_str().is_ok_and(|text| text.split(',').any(|item| item.trim_ascii().eq_ignore_ascii_case("gzip")))
    });
    let mut response = own(media_type, body);
    if accepts {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    } else {
        let mut plain = Vec::new();
        GzDecoder::new(body).read_to_end(&mut plain).ok()?;
        *response.body_mut() = Bytes::from(plain);
    }
    let out = response.headers_mut();
    out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    // The same for everybody until the binary changes.
    out.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Some(response)
}
