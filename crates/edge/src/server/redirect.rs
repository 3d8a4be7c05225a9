//! The plain HTTP port beside an HTTPS one. In: any request. Out: health, or a redirect to the address from the settings.
//! Nothing else is answered here, so that no credential is ever of use on this port; the `Host` header has no say.

use crate::server::headers::{Content, secure};
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode, Uri};

/// The redirect to the same path below `external_url`; without one, a refusal that says what is missing.
pub(super) fn answer(external_url: Option<&str>, uri: &Uri) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let target = external_url.and_then(|base| location(base, uri));
    match target {
        Some(target) => {
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            response.headers_mut().insert(LOCATION, target);
        }
        None => *response.status_mut() = StatusCode::MISDIRECTED_REQUEST,
    }
    secure(response.headers_mut(), Content::Data, false);
    response
}

fn location(base: &str, uri: &Uri) -> Option<HeaderValue> {
    // `OPTIONS *` and CONNECT have no path.
    let path = uri.path_and_query().map(http::uri::PathAndQuery::as_str).filter(|path| path.starts_with('/'));
    HeaderValue::try_from(format!("{}{}", base.trim_end_matches('/'), path.unwrap_or("/"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(uri: &str, expected: &str) {
        let response = answer(Some("https://api.example.org/"), &uri.parse().unwrap());
        assert_eq!(response.status(), 308);
        assert_eq!(response.headers()[LOCATION], expected);
        assert!(!response.headers().contains_key("strict-transport-security"));
    }

    #[test]
    fn only_the_path_is_the_callers() {
        check("/rest/v1/todos?id=eq.1", "https://api.example.org/rest/v1/todos?id=eq.1");
        check("//evil.example", "https://api.example.org//evil.example");
        check("/@evil.example", "https://api.example.org/@evil.example");
        check("http://evil.example/x?y", "https://api.example.org/x?y");
        check("http://evil.example", "https://api.example.org/");
        check("evil.example:443", "https://api.example.org/");
        check("*", "https://api.example.org/");
        assert_eq!(answer(None, &"/".parse().unwrap()).status(), 421);
    }
}
