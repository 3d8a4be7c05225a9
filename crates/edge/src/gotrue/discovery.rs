//! What clients learn before they sign in: which ways there are, that the service lives, and which keys sign tokens.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::settings::Signup;
use bytes::Bytes;
use http::Response;
use http::header::{CACHE_CONTROL, HeaderValue};
use serde_json::{Map, Value, json};

/// `GET /settings`
pub(crate) fn settings(call: &Call<'_>) -> Response<Bytes> {
    let settings = call.auth.settings();
    let mut external: Map<String, Value> =
        call.auth.providers().into_iter().map(|(name, on)| (name, Value::Bool(on))).collect();
    external.insert("email".to_owned(), Value::Bool(true));
    external.insert("phone".to_owned(), Value::Bool(false));
    external.insert("anonymous_users".to_owned(), Value::Bool(settings.anonymous_users));
    reply::json(&json!({
        "external": external,
        "disable_signup": settings.signup != Signup::Open,
        "mailer_autoconfirm": !settings.confirm_email,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
        "passkeys_enabled": false,
    }))
}

/// `GET /health`
pub(crate) fn health() -> Response<Bytes> {
    reply::json(&json!({
        "version": concat!("v", env!("CARGO_PKG_VERSION")),
        "name": "Backstay",
        "description": "Sign-in of Backstay, on the GoTrue wire",
    }))
}

/// `GET /.well-known/jwks.json`
pub(crate) fn keys(call: &Call<'_>) -> Response<Bytes> {
    let mut response = reply::json(&call.auth.public_keys());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=600"));
    response
}
