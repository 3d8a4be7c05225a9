//! `GET /authorize`: a browser comes to sign in by a provider. In: which one, and where to be led in the end. Out: the way there, and the
//! cookie that binds the login to the browser. The cookie's name and marks are this file's; what it says is the `auth` crate's.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::oauth_start::{LOGIN_LIFE, StartLogin, StartedLogin};
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::header::{COOKIE, HeaderValue, SET_COOKIE};
use http::{Response, StatusCode};

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let started = match call.query("go") {
        Some(sealed) => call.auth.take_up_login(&sealed, cookie(call))?,
        None => call.auth.start_login(said(call), &call.asker).await?,
    };
    Ok(sent(call, &started))
}

/// What the query says.
pub(crate) fn said(call: &Call<'_>) -> StartLogin {
    StartLogin {
        provider: call.query("provider").unwrap_or_default(),
        redirect_to: call.redirect_to(),
        scopes: call.query("scopes"),
        challenge: ChallengePair {
            challenge: call.query("code_challenge"),
            method: call.query("code_challenge_method"),
        },
        invite_token: call.query("invite_token"),
        extra: call.pairs(),
        cookie: cookie(call).map(str::to_owned),
    }
}

/// The way to the provider, with the cookie.
fn sent(call: &Call<'_>, started: &StartedLogin) -> Response<Bytes> {
    let mut response = reply::redirect(StatusCode::FOUND, &started.url);
    let same_site = if started.cross_site && is_encrypted(call) { "None" } else { "Lax" };
    let secure = if is_encrypted(call) { "; Secure" } else { "" };
    let text = format!(
        "{}={}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={}{secure}",
        name(call),
        started.cookie,
        LOGIN_LIFE.as_secs()
    );
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The browser's cookie.
pub(crate) fn cookie<'c>(call: &'c Call<'_>) -> Option<&'c str> {
    let name = name(call);
    let headers = call.parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = headers.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Without encryption, as on a developer's machine, browsers take no `__Host-` cookie.
fn name(call: &Call<'_>) -> &'static str {
    if is_encrypted(call) { "__Host-bs-oauth" } else { "bs-oauth" }
}

fn is_encrypted(call: &Call<'_>) -> bool {
    call.auth.settings().external_url.starts_with("https://")
}
