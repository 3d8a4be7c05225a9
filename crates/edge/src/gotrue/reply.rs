//! Answers of sign-in. In: a value, an address, or nothing. Out: an HTTP answer that no cache keeps.

use backstay_auth::session::Session;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY};
use http::{Response, StatusCode};
use serde_json::Value;

/// What an answer tells of a session, for the case that cookies keep it.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) session: Session,
    pub(crate) form: Value,
}

/// 200 with JSON.
pub(crate) fn json(value: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// 200 with a session.
pub(crate) fn session(session: &Session) -> Response<Bytes> {
    session_as(session, &session.json())
}

/// 200 with a session, in the form given.
pub(crate) fn session_as(session: &Session, form: &Value) -> Response<Bytes> {
    let mut response = json(form);
    response.extensions_mut().insert(Issued { session: session.clone(), form: form.clone() });
    header(&mut response, "sb-auth-user-id", &session.user.account.id.to_string());
    header(&mut response, "sb-auth-session-id", &session.id.to_string());
    response
}

/// 200 with `{}`.
pub(crate) fn done() -> Response<Bytes> {
    json(&Value::Object(serde_json::Map::new()))
}

/// 204.
pub(crate) fn empty() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// Leads a browser elsewhere. An address that no header can hold leads nowhere: that is an internal mistake, answered with 500.
pub(crate) fn redirect(status: StatusCode, to: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    match HeaderValue::try_from(to) {
        Ok(to) => {
            *response.status_mut() = status;
            response.headers_mut().insert(LOCATION, to);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}

/// 200 with a page.
pub(crate) fn page(html: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(html.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// What every answer of sign-in carries: it holds tokens or says who somebody is.
pub(crate) fn keep_private(response: &mut Response<Bytes>) {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// Adds a header whose value is made of ids.
fn header(response: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
