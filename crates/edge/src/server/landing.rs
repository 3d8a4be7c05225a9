//! The page at `/`: what this server is and where its parts are. Static, without scripts.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};

/// The landing page.
pub(crate) fn page() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(include_bytes!("../../assets/landing.html")));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
