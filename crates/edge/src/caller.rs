//! Who sends a request. In: its headers. Out: a [`Principal`], or why the credential is refused.
//! A `Bearer` token wins; without one the `apikey` header is the credential; without either the caller is anonymous.
//! The token of a session costs a question to the database after each change of its account, and nothing in between.

use crate::app::App;
use crate::server::refused::Refused;
use backstay_auth::{TokenError, Verdict};
use backstay_plan::principal::{Api, Identity, Principal};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, Method};
use std::net::IpAddr;
use std::sync::Arc;

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
    let identity = match credential(headers)? {
        Some(token) => identity(app, token).await?,
        None if app.config.anonymous => app.verifier.anonymous(),
        None => return Err(Refused::AnonymousOff),
    };
    Ok(Principal { identity, ip, method: method_name(method), api })
}

/// Who a credential stands for now.
async fn identity(app: &App, token: &str) -> Result<Arc<Identity>, Refused> {
    verdict(app, token).await?.fresh().map_err(Refused::Token)
}

/// What becomes of a credential, with the database asked where that is due.
///
/// # Errors
/// [`Refused::Token`], [`Refused::Accounts`].
pub(crate) async fn verdict(app: &App, token: &str) -> Result<Verdict, Refused> {
    let verdict = app.verifier.verify(token, app.now_unix_s()).map_err(Refused::Token)?;
    let (Verdict::Recheck(asked), Some(accounts)) = (&verdict, &app.accounts) else { return Ok(verdict) };
    let facts = accounts.facts(*asked).await.map_err(|_| Refused::Accounts)?;
    app.verifier.confirm(token, *asked, &facts, app.now_unix_s()).map_err(Refused::Token)
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
