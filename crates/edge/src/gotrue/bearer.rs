//! Who asks: the API key of the application, and the session of its user. In: headers. Out: a [`Bearer`], or why not.
//! The key never raises what a user may do.

use crate::gotrue::Stop;
use crate::gotrue::call::Call;
use crate::server::refused::Refused;
use crate::{caller, cookies};
use backstay_auth::account::Hold;
use backstay_auth::admin::Admin;
use backstay_auth::asker::Bearer;
use backstay_auth::key_ring::KEY_CLAIM;
use backstay_auth::refusal::{AuthError, Code};
use backstay_auth::{TokenError, Verdict};
use backstay_plan::principal::{Identity, WireRole};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Checks the `apikey` of a request.
///
/// # Errors
/// 401 when it is not one of ours, or missing where callers without one are not let in.
pub(crate) async fn check_key(call: &Call<'_>) -> Result<(), Stop> {
    let header = call.parts.headers.get("apikey").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let Some(key) = header.or_else(|| call.query("apikey")) else {
        if call.app.config.anonymous || text(call).is_some() || cookie(call).is_some() {
            return Ok(());
        }
        let hint = "No `apikey` request header or url param was found.";
        return Err(refused("No API key found in request", hint));
    };
    match verdict(call, key.trim()).await {
        Ok(_) => Ok(()),
        Err(refused) if matches!(refused.token_error(), Some(TokenError::KeyExpired | TokenError::SecretInBrowser)) => {
            Err(Stop::Auth(refused_as(&refused)))
        }
        Err(_) => Err(refused("Invalid API key", "Double check your API key.")),
    }
}

fn refused(message: &str, hint: &str) -> Stop {
    let mut response = Response::new(Bytes::from(json!({"message": message, "hint": hint}).to_string()));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    Stop::Key(response)
}

/// The text after `Bearer`, unless it is the key itself.
fn text<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    let value = call.parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let key = call.parts.headers.get("apikey").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token != key && !token.starts_with("sb_")).then_some(token)
}

/// The access token of a cookie.
fn cookie<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    call.app.cookies.as_ref().and_then(|cookies| cookies.access(&call.parts.headers))
}

/// The signed-in user of a request, by a token or, where no other site can have made the request, by a cookie.
///
/// # Errors
/// `no_authorization`, `csrf_failed`, `bad_jwt`, `session_not_found`, `user_banned`.
pub(crate) async fn bearer(call: &Call<'_>) -> Result<Bearer, AuthError> {
    let none = || AuthError::refused(Code::NoAuthorization, "This endpoint requires a valid Bearer token");
    let identity = match (text(call), cookie(call)) {
        (Some(token), _) => identity(call, token).await?,
        (None, Some(token)) => by_cookie(call, token).await?,
        (None, None) => return Err(none()),
    };
    match identity.roles.wire {
        WireRole::Authenticated => bearer_of(&identity),
        WireRole::Anonymous | WireRole::Service => {
            Err(AuthError::refused(Code::BadJwt, "invalid JWT: it is no user's"))
        }
    }
}

/// The session that a token names.
fn bearer_of(identity: &Identity) -> Result<Bearer, AuthError> {
    let claim = |name: &str| identity.claims.get(name).and_then(Value::as_str);
    let bad = || AuthError::refused(Code::BadJwt, "invalid JWT: it names no session");
    Ok(Bearer {
        user_id: claim("sub").and_then(|sub| Uuid::parse_str(sub).ok()).ok_or_else(bad)?,
        session_id: claim("session_id").and_then(|id| Uuid::parse_str(id).ok()).ok_or_else(bad)?,
        aal: claim("aal").unwrap_or("aal1").to_owned(),
        roles: identity.roles.application.clone(),
    })
}

async fn by_cookie(call: &Call<'_>, token: &str) -> Result<Arc<Identity>, AuthError> {
    let identity = identity(call, token).await?;
    let headers = &call.parts.headers;
    // This one mails, although it is asked by GET.
    let mails = call.parts.uri.path().ends_with("/reauthenticate");
    if cookies::is_safe(&call.parts.method) && !mails {
        return Ok(identity);
    }
    match caller::forged(call.app, &identity, headers, call.asker.ip).await {
        Some(reason) => {
            Err(AuthError::refused(Code::CsrfFailed, format!("The cookie was not taken for this request: {reason}")))
        }
        None => Ok(identity),
    }
}

/// Whoever a bearer token stands for; one that must change the password may come here, since here it is changed.
async fn identity(call: &Call<'_>, token: &str) -> Result<Arc<Identity>, AuthError> {
    let verdict = verdict(call, token).await.map_err(|refused| refused_as(&refused))?;
    match verdict {
        Verdict::Fresh(identity) | Verdict::Held(identity, _) => Ok(identity),
        Verdict::Recheck(_) => Err(AuthError::Busy),
    }
}

/// The administrator who asks: the holder of the service role, or a signed-in account whose role administers.
///
/// # Errors
/// `no_authorization`, `not_admin`, `session_not_found`, `user_banned`, `password_change_required`.
pub(crate) async fn administrator(call: &Call<'_>) -> Result<Admin, AuthError> {
    if call.is_operator {
        return Ok(Admin::Operator { key: None });
    }
    let none = || AuthError::refused(Code::NoAuthorization, "This endpoint requires a valid Bearer token");
    let verdict = match credential(call) {
        Some(token) => verdict(call, &token).await.map_err(|refused| {
            let error = refused_as(&refused);
            let is_bad = matches!(&error, AuthError::Refused(refusal) if refusal.code == Code::BadJwt);
            if is_bad { none() } else { error }
        })?,
        None => return Err(none()),
    };
    let identity = match verdict {
        Verdict::Fresh(identity) => identity,
        Verdict::Held(_, Hold::PasswordChange) => {
            return Err(AuthError::refused(Code::PasswordChangeRequired, "The password must be changed first"));
        }
        Verdict::Held(_, Hold::SecondFactor) => {
            let message = "This role administers only in a session with a second factor (AAL2)";
            return Err(AuthError::refused(Code::InsufficientAalEnrol, message));
        }
        Verdict::Recheck(_) => return Err(AuthError::Busy),
    };
    match identity.roles.wire {
        WireRole::Service => {
            let key = identity.claims.get(KEY_CLAIM).and_then(Value::as_str);
            Ok(Admin::Operator { key: key.and_then(|key| Uuid::parse_str(key).ok()) })
        }
        WireRole::Anonymous => Err(none()),
        // A token that names no session, as of a machine, administers nothing.
        WireRole::Authenticated => match bearer_of(&identity) {
            Ok(bearer) => call.auth.admin(bearer),
            Err(_) => Err(AuthError::refused(Code::NotAdmin, "User not allowed")),
        },
    }
}

/// The credential of a request: what stands after `Bearer`, else the key.
fn credential(call: &Call<'_>) -> Option<String> {
    let header = |name: &str| call.parts.headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = header("authorization").and_then(|value| {
        let (scheme, token) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    bearer.or_else(|| header("apikey").map(|key| key.trim().to_owned())).or_else(|| call.query("apikey"))
}

/// What becomes of a credential of this request.
async fn verdict(call: &Call<'_>, token: &str) -> Result<Verdict, Refused> {
    caller::verdict(call.app, token, (&call.parts.headers, call.asker.ip)).await
}

/// A refused token on the wire of sign-in.
fn refused_as(refused: &Refused) -> AuthError {
    match refused.token_error() {
        Some(TokenError::SessionEnded) => {
            AuthError::refused(Code::SessionNotFoundBearer, "Session from session_id claim in JWT does not exist")
        }
        Some(error @ TokenError::KeyExpired) => AuthError::refused(Code::ApiKeyExpired, error.to_string()),
        Some(error @ TokenError::SecretInBrowser) => AuthError::refused(Code::SecretKeyInBrowser, error.to_string()),
        Some(TokenError::Banned) => AuthError::refused(Code::UserBannedBearer, "User is banned"),
        Some(error) => AuthError::refused(Code::BadJwt, format!("invalid JWT: {error}")),
        None => AuthError::Busy,
    }
}
