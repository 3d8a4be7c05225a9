//! Who sends a request. In: its headers. Out: a [`Principal`], or why the credential is refused.
//! A `Bearer` token of a user wins, then the cookie of a session, then the key of an application; without any the caller is anonymous.
//! The token of a session costs a question to the database after each change of its account, and nothing in between.

use crate::app::App;
use crate::server::refused::Refused;
use crate::{cookies, request_id};
use backstay_auth::asker::Asker;
use backstay_auth::key_ring::Client;
use backstay_auth::{TokenError, Verdict, user_agent};
use backstay_plan::principal::{Api, Identity, Principal, WireRole};
use http::header::{AUTHORIZATION, ORIGIN, USER_AGENT};
use http::{HeaderMap, HeaderName, Method};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

const APIKEY: HeaderName = HeaderName::from_static("apikey");

/// The caller of a request.
///
/// # Errors
/// [`Refused::Token`] for a bad credential, [`Refused::AnonymousOff`] for a missing one where one is needed,
/// [`Refused::Accounts`] when the database cannot be asked.
pub async fn caller(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    ip: Option<IpAddr>,
    api: Api,
) -> Result<Principal, Refused> {
    let by_header = match credential(headers)? {
        Some(token) => Some(identity(app, token, (headers, ip)).await?),
        None => None,
    };
    let cookie = app.cookies.as_ref().and_then(|cookies| cookies.access(headers));
    let identity = match (by_header, cookie) {
        // The key of an application names no user: the cookie does.
        (Some(identity), Some(token)) if identity.roles.wire == WireRole::Anonymous => {
            Box::pin(by_cookie(app, token, (method, headers), ip)).await?
        }
        (Some(identity), _) => identity,
        (None, Some(token)) => Box::pin(by_cookie(app, token, (method, headers), ip)).await?,
        (None, None) if app.config.anonymous => app.verifier.anonymous(),
        (None, None) => return Err(Refused::AnonymousOff),
    };
    Ok(Principal { identity, ip, method: method_name(method), api })
}

/// Who the token of a cookie stands for, where it may be used.
async fn by_cookie(
    app: &App,
    token: &str,
    (method, headers): (&Method, &HeaderMap),
    ip: Option<IpAddr>,
) -> Result<Arc<Identity>, Refused> {
    let identity = identity(app, token, (headers, ip)).await?;
    if cookies::is_safe(method) {
        return Ok(identity);
    }
    match forged(app, &identity, headers, ip).await {
        Some(reason) => Err(Refused::Csrf(reason)),
        None => Ok(identity),
    }
}

/// Why a write with a cookie may be another site's doing; it is written down then.
pub(crate) async fn forged(
    app: &App,
    identity: &Identity,
    headers: &HeaderMap,
    ip: Option<IpAddr>,
) -> Option<&'static str> {
    let (Some(auth), Some(cookies)) = (&app.auth, &app.cookies) else { return Some("there are no sessions here") };
    let claim = |name: &str| identity.claims.get(name).and_then(Value::as_str).and_then(|id| Uuid::parse_str(id).ok());
    let reason = cookies.forged(auth, claim("session_id"), headers)?;
    let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let asker = Asker::new(ip, user_agent, request_id::current());
    auth.note_csrf(claim("sub"), reason, &asker).await;
    Some(reason)
}

/// Who a credential stands for now.
async fn identity(app: &App, token: &str, client: (&HeaderMap, Option<IpAddr>)) -> Result<Arc<Identity>, Refused> {
    verdict(app, token, client).await?.fresh().map_err(Refused::Token)
}

/// What becomes of a credential, with the database asked where that is due.
///
/// # Errors
/// [`Refused::Token`], [`Refused::Accounts`].
pub(crate) async fn verdict(
    app: &App,
    token: &str,
    (headers, ip): (&HeaderMap, Option<IpAddr>),
) -> Result<Verdict, Refused> {
    let verdict = match app.verifier.verify_from(token, client(headers), app.now_unix_s()) {
        Ok(verdict) => verdict,
        Err(error) => {
            if let (TokenError::SecretInBrowser, Some(auth)) = (&error, &app.auth) {
                let asker = Asker::new(ip, text(headers, &USER_AGENT), request_id::current());
                auth.secret_key_from_browser(token, &asker).await;
            }
            return Err(Refused::Token(error));
        }
    };
    let (Verdict::Recheck(asked), Some(accounts)) = (&verdict, &app.accounts) else { return Ok(verdict) };
    let facts = accounts.facts(*asked).await.map_err(|_| Refused::Accounts)?;
    app.verifier.confirm(token, *asked, &facts, app.now_unix_s()).map_err(Refused::Token)
}

/// Whether a browser sent a request. `Sec-Fetch-Mode` alone says nothing: programs on Node send it too.
fn client(headers: &HeaderMap) -> Client {
    let only_browsers = [HeaderName::from_static("sec-fetch-site"), HeaderName::from_static("sec-fetch-dest"), ORIGIN];
    let is_browser = only_browsers.iter().any(|name| headers.contains_key(name))
        || text(headers, &USER_AGENT).is_some_and(|agent| user_agent::family(agent).is_browser());
    if is_browser { Client::Browser } else { Client::Program }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The credential of a request, as text.
fn credential(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    if let Some(value) = single(headers, &AUTHORIZATION)? {
        let text = value.trim_ascii();
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        // Another scheme is not for us; the key may still be in its own header.
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Some(token.trim_ascii()));
        }
    }
    Ok(single(headers, &APIKEY)?.map(str::trim_ascii).filter(|key| !key.is_empty()))
}

/// The only value of a header. Two of them would leave it open which one another server had checked.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refused::RepeatedCredential);
    }
    value.to_str().map(Some).map_err(|_| Refused::Token(TokenError::Undecodable))
}

fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}
