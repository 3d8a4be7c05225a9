//! Validators and lifetimes of answers: `ETag`, `If-None-Match`, `Cache-Control`.
//! The tag is a hash of what is sent, so whatever decides what a caller sees (rules, roles, masks, media type) decides it too.

use crate::server::compress::{self, Encoding};
use backstay_schema::model::{CachePolicy, CacheScope};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use twox_hash::{XxHash3_64, XxHash3_128};

/// Headers that belong to the representation and so into its tag. Not in an answer without a body.
static DESCRIBING: [HeaderName; 3] = [CONTENT_TYPE, CONTENT_RANGE, HeaderName::from_static("content-profile")];

/// Says for how long an answer may be kept. Without a policy it keeps the server's default, `no-store`.
pub(crate) fn lifetime(response: &mut Response<Bytes>, policy: Option<CachePolicy>) {
    let Some(CachePolicy { ttl_ms, scope }) = policy.filter(|_| response.status().is_success()) else { return };
    let reach = match scope {
        CacheScope::Public => "public",
        CacheScope::Role | CacheScope::User => "private",
    };
    if let Ok(value) = HeaderValue::try_from(format!("{reach}, max-age={}", ttl_ms / 1000)) {
        response.headers_mut().insert(CACHE_CONTROL, value);
    }
}

/// Tags the answer to a read, and leaves the body out when the client has it already.
pub(crate) fn validate(parts: &Parts, response: &mut Response<Bytes>) {
    let reads = parts.method == Method::GET || parts.method == Method::HEAD;
    if !reads || !matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
        return;
    }
    let tag = tag(response);
    let encoded = match compress::accepted(&parts.headers) {
        Encoding::Identity => None,
        encoding @ (Encoding::Gzip | Encoding::Brotli) => Some(compress::tag(&tag, encoding)),
    };
    let known = held(&parts.headers, &tag, encoded.as_deref()).map(str::to_owned);
    if known.is_some() {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Bytes::new();
        for name in &DESCRIBING {
            response.headers_mut().remove(name);
        }
    }
    if let Ok(value) = HeaderValue::try_from(known.unwrap_or(tag)) {
        response.headers_mut().insert(ETAG, value);
    }
}

/// The tag of an answer that is not compressed yet.
fn tag(response: &Response<Bytes>) -> String {
    let seed = DESCRIBING.iter().fold(0, |seed, name| {
        XxHash3_64::oneshot_with_seed(seed, response.headers().get(name).map_or(&[], HeaderValue::as_bytes))
    });
    format!("\"{:032x}\"", XxHash3_128::oneshot_with_seed(seed, response.body()))
}

/// The tag of `If-None-Match` that names this answer in a form the client takes. Weak tags match their strong form.
fn held<'a>(headers: &HeaderMap, tag: &'a str, encoded: Option<&'a str>) -> Option<&'a str> {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|item| {
        let item = item.trim_ascii();
        let item = item.strip_prefix("W/").unwrap_or(item);
        if item == "*" || item == tag {
            return Some(tag);
        }
        encoded.filter(|encoded| *encoded == item)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(media: &'static str, body: &'static str) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from_static(body.as_bytes()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
        response
    }

    fn asked(method: Method, lines: &[&str], encoding: &str) -> Parts {
        let mut request = http::Request::builder().method(method).header("accept-encoding", encoding);
        for line in lines {
            request = request.header(IF_NONE_MATCH, *line);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn tags_follow_what_is_sent() {
        let first = tag(&answer("application/json", "[1]"));
        assert_eq!(first.len(), 34);
        assert_eq!(first, tag(&answer("application/json", "[1]")));
        assert_ne!(first, tag(&answer("application/json", "[2]")));
        assert_ne!(first, tag(&answer("text/csv", "[1]")));
        let mut ranged = answer("application/json", "[1]");
        ranged.headers_mut().insert(CONTENT_RANGE, HeaderValue::from_static("0-0/7"));
        assert_ne!(first, tag(&ranged));
    }

    #[test]
    fn if_none_match() {
        let tag = tag(&answer("text/csv", "a"));
        let gzip = compress::tag(&tag, Encoding::Gzip);
        let (weak, list) = (format!("W/{tag}"), format!("\"a\", {tag} , \"b\""));
        let bare = tag.trim_matches('"').to_owned();
        for (method, lines, encoding, status, sent) in [
            (Method::GET, vec![], "", 200, &tag),
            (Method::GET, vec!["\"other\""], "", 200, &tag),
            (Method::GET, vec![&*bare], "", 200, &tag),
            (Method::GET, vec![&*tag], "", 304, &tag),
            (Method::HEAD, vec![&*tag], "", 304, &tag),
            (Method::GET, vec![&*weak], "", 304, &tag),
            (Method::GET, vec![&*list], "", 304, &tag),
            (Method::GET, vec!["\"a\"", &*tag], "", 304, &tag),
            (Method::GET, vec!["*"], "", 304, &tag),
            (Method::GET, vec![&*gzip], "gzip", 304, &gzip),
            (Method::GET, vec![&*gzip], "br", 200, &tag),
            (Method::GET, vec![&*gzip], "", 200, &tag),
        ] {
            let mut response = answer("text/csv", "a");
            validate(&asked(method, &lines, encoding), &mut response);
            assert_eq!(response.status(), status, "{lines:?} {encoding}");
            assert_eq!(response.headers()[ETAG], **sent, "{lines:?} {encoding}");
            assert_eq!(response.body().is_empty(), status == 304);
            assert_eq!(response.headers().contains_key(CONTENT_TYPE), status == 200);
        }
        let mut written = answer("text/csv", "a");
        validate(&asked(Method::POST, &["*"], ""), &mut written);
        assert_eq!((written.status(), written.headers().contains_key(ETAG)), (StatusCode::OK, false));
        let mut refused = answer("text/csv", "a");
        *refused.status_mut() = StatusCode::NOT_FOUND;
        validate(&asked(Method::GET, &["*"], ""), &mut refused);
        assert_eq!((refused.status(), refused.headers().contains_key(ETAG)), (StatusCode::NOT_FOUND, false));
    }

    #[test]
    fn lifetimes() {
        for (scope, status, expected) in [
            (Some(CacheScope::Public), 200, Some("public, max-age=90")),
            (Some(CacheScope::Role), 200, Some("private, max-age=90")),
            (Some(CacheScope::User), 206, Some("private, max-age=90")),
            (Some(CacheScope::Public), 416, None),
            (None, 200, None),
        ] {
            let mut response = answer("text/csv", "a");
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            lifetime(&mut response, scope.map(|scope| CachePolicy { ttl_ms: 90_500, scope }));
            assert_eq!(response.headers().get(CACHE_CONTROL).map(|value| value.to_str().unwrap()), expected);
        }
    }
}
