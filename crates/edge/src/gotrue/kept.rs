//! What an answer of sign-in does to the cookies of a session: sets them, removes them, or tells the value against forged requests.
//! In: a finished answer. Out: the same with cookies, and without the tokens that these hold.

use crate::cookies::CSRF_HEADER;
use crate::gotrue::call::Call;
use crate::gotrue::reply::Issued;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::header::HeaderValue;
use http::{Method, Response, StatusCode};

/// Settles the cookies of an answer.
///
/// # Errors
/// A token cannot be signed.
pub(crate) fn settle(call: &Call<'_>, path: &str, mut response: Response<Bytes>) -> Result<Response<Bytes>, AuthError> {
    let Some(cookies) = &call.app.cookies else { return Ok(response) };
    let headers = &call.parts.headers;
    if let Some(Issued { session, form }) = response.extensions_mut().remove::<Issued>() {
        if let Some(mode) = session.kept.cookie_mode {
            let form = cookies.keep(call.auth, (&session, mode), form, response.headers_mut())?;
            *response.body_mut() = Bytes::from(form.to_string());
        }
        return Ok(response);
    }
    let has_any =
        [cookies.access(headers), cookies.refresh(headers), cookies.csrf(headers)].iter().any(Option::is_some);
    let signed_out = path == "/logout" && response.status().is_success();
    // What cannot be refreshed is over; a server that is busy is not that.
    let is_refresh = path == "/token" && call.query("grant_type").as_deref() == Some("refresh_token");
    let is_over = is_refresh && response.status() == StatusCode::BAD_REQUEST;
    if has_any && (signed_out || is_over) {
        cookies.clear(response.headers_mut());
    } else if path == "/user"
        && call.parts.method == Method::GET
        && response.status().is_success()
        && let Some(value) = cookies.csrf(headers).and_then(|value| HeaderValue::from_str(value).ok())
    {
        response.headers_mut().insert(CSRF_HEADER, value);
    }
    Ok(response)
}
