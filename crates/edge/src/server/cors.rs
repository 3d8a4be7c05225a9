//! Which web pages may read answers. In: the settings and a request's headers. Out: headers, and answers to preflights.

use crate::app::{Config, CorsOrigins};
use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Response};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, ETag, Location, Server, Transfer-Encoding, \
     Range-Unit, Preference-Applied, Proxy-Status, RateLimit, RateLimit-Policy, Retry-After, Link, X-Total-Count, \
     X-Supabase-Api-Version, X-Sb-Error-Code, X-Relay-Error, X-CSRF-Token, \
     Server-Timing, WWW-Authenticate, X-Request-Id",
);
const MAX_AGE: HeaderValue = HeaderValue::from_static("86400");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Longest list of requested header names that is answered, bytes.
const REQUESTED_BYTES_MAX: usize = 2048;

/// The answer to a preflight; `None` when the request is not one.
pub(crate) fn preflight(method: &Method, headers: &HeaderMap) -> Option<Response<Bytes>> {
    if method != Method::OPTIONS || !headers.contains_key(ORIGIN) {
        return None;
    }
    headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    let requested: Vec<&str> = headers
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.len() <= REQUESTED_BYTES_MAX)
        .unwrap_or_default()
        .split(',')
        .map(str::trim_ascii)
        .filter(|name| http::HeaderName::from_bytes(name.as_bytes()).is_ok())
        .collect();
    let mut allowed = String::from("Authorization");
    for name in requested.into_iter().filter(|name| !name.eq_ignore_ascii_case("authorization")) {
        allowed.push_str(", ");
        allowed.push_str(name);
    }
    allowed.push_str(", Accept, Accept-Language, Content-Language");
    let mut response = Response::new(Bytes::new());
    let out = response.headers_mut();
    out.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Ok(allowed) = HeaderValue::try_from(allowed) {
        out.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    }
    out.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    Some(response)
}

/// Adds what lets an allowed origin read the answer. Another origin gets nothing, and its browser keeps the answer from it.
/// Only origins that are listed for cookies may send and get these, and they are told their own name, never `*`.
pub(crate) fn allow(config: &Config, origin: Option<&HeaderValue>, out: &mut HeaderMap) {
    let is = |listed: &String, origin: &HeaderValue| listed.trim_end_matches('/').as_bytes() == origin.as_bytes();
    let with_cookies = origin.filter(|origin| config.cookies.origins.iter().any(|listed| is(listed, origin)));
    if let Some(origin) = with_cookies {
        out.append(VARY, HeaderValue::from_static("Origin"));
        out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        out.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        out.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        return;
    }
    let allowed = match &config.cors {
        // The same answer goes to origins with cookies in another form.
        CorsOrigins::Any if !config.cookies.origins.is_empty() => {
            out.append(VARY, HeaderValue::from_static("Origin"));
            origin.map(|_| ANY)
        }
        CorsOrigins::Any => origin.map(|_| ANY),
        CorsOrigins::Listed(listed) => {
            out.append(VARY, HeaderValue::from_static("Origin"));
            origin.filter(|origin| listed.iter().any(|known| known.as_bytes() == origin.as_bytes())).cloned()
        }
    };
    if let Some(allowed) = allowed {
        out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        out.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}
