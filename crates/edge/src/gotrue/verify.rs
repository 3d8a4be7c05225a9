//! `/verify`: takes what came by mail. `POST` from a client, `GET` from a browser that followed the link.
//! In: a code with its address, or a token. Out: a session; for a browser, an address to go on to.

use crate::gotrue::call::Call;
use crate::gotrue::signup::filled;
use crate::gotrue::{fault, reply};
use backstay_auth::redirect::Target;
use backstay_auth::refusal::{AuthError, Code};
use backstay_auth::verify::{Answer, HALF, Proven, Verified};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Body {
    r#type: Option<String>,
    token: Option<String>,
    token_hash: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let kind = filled(body.r#type)
        .ok_or_else(|| AuthError::refused(Code::ValidationFailed, "Verify requires a verification type"))?;
    let proven = proven((filled(body.token), filled(body.token_hash)), filled(body.email), filled(body.phone))?;
    match call.auth.verify(&kind, &proven, Answer::Session, &call.asker).await? {
        Verified::Session(session) => Ok(reply::session(&session)),
        Verified::Half | Verified::Code(_) => Ok(reply::json(&json!({"msg": HALF, "code": "200"}))),
    }
}

fn proven(
    tokens: (Option<String>, Option<String>),
    email: Option<String>,
    phone: Option<String>,
) -> Result<Proven, AuthError> {
    let refuse = |message| Err(AuthError::refused(Code::ValidationFailed, message));
    match (tokens, email, phone) {
        ((None, Some(token)), None, None) => Ok(Proven::Link { token }),
        ((None, Some(_)), _, _) => refuse("Only the token_hash and type should be provided"),
        ((Some(token), None), Some(email), None) => Ok(Proven::Code { email, token }),
        ((Some(_), None), Some(_), Some(_)) => {
            refuse("Only an email address or phone number should be provided on verify")
        }
        ((Some(_), None), None, Some(_)) => {
            Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone logins are disabled"))
        }
        ((Some(_), None), None, None) => refuse("Only an email address or phone number should be provided on verify"),
        ((Some(_), Some(_)), _, _) => refuse("Verify requires either a token or a token hash"),
        ((None, None), _, _) => refuse("Verify requires a token or a token hash"),
    }
}

/// A browser's visit. It is always led on, with the error when there is one.
pub(crate) async fn by_link(call: &Call<'_>) -> Response<Bytes> {
    let target = call.auth.target(call.query("redirect_to").as_deref());
    let token = call.query("token").unwrap_or_default();
    let kind = call.query("type").unwrap_or_default();
    if call.auth.settings().confirm_page && !is_a_click(&call.parts.headers) && call.query("confirmed").is_none() {
        return page(&token, &kind, target.as_str());
    }
    let waits = token.starts_with("pkce_");
    let to = match call.auth.verify(&kind, &Proven::Link { token }, Answer::Flow, &call.asker).await {
        Ok(Verified::Code(code)) => target.with_query(&[("code", &code.to_string())]),
        Ok(Verified::Session(_)) if !call.auth.settings().implicit_flow => {
            failed(&target, false, ("access_denied", "feature_disabled", "Sign-in by a link needs PKCE here"))
        }
        Ok(Verified::Session(session)) => {
            let (life, end) = (session.expires_in.to_string(), session.expires_at.to_string());
            target.with_fragment(&[
                ("access_token", &session.access_token),
                ("expires_at", &end),
                ("expires_in", &life),
                ("refresh_token", &session.refresh_token),
                ("sb", ""),
                ("token_type", "bearer"),
                ("type", &kind),
            ])
        }
        Ok(Verified::Half) => target.with_fragment(&[("message", HALF), ("sb", "")]),
        Err(error) => {
            let (status, code, message) = fault::told(&error);
            failed(&target, waits, (error_of(status), code, &message))
        }
    };
    reply::redirect(StatusCode::SEE_OTHER, &to)
}

/// `HEAD` of a link, as mail scanners do: nothing is used up.
pub(crate) fn glance(call: &Call<'_>) -> Response<Bytes> {
    let target = call.auth.target(call.query("redirect_to").as_deref());
    reply::redirect(StatusCode::SEE_OTHER, target.as_str())
}

pub(crate) fn failed(target: &Target, waits: bool, (error, code, message): (&str, &str, &str)) -> String {
    let pairs = [("error", error), ("error_code", code), ("error_description", message)];
    let fragment = [pairs[0], pairs[1], pairs[2], ("sb", "")];
    match waits.then(|| Target::stored(&target.with_query(&pairs))).flatten() {
        Some(target) => target.with_fragment(&fragment),
        None => target.with_fragment(&fragment),
    }
}

/// The OAuth error of a status.
pub(crate) fn error_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "unauthorized_client",
        403 | 404 | 422 | 429 => "access_denied",
        503 => "temporarily_unavailable",
        500..=599 => "server_error",
        _ => "invalid_request",
    }
}

/// Whether a person followed the link: programs that look at mails do not say so.
fn is_a_click(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-user").is_some_and(|value| value.as_bytes() == b"?1")
}

/// A page with one button, which does what the link does.
fn page(token: &str, kind: &str, redirect_to: &str) -> Response<Bytes> {
    let escaped = |text: &str| {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                c => out.push(c),
            }
        }
        out
    };
    let (token, kind, redirect_to) = (escaped(token), escaped(kind), escaped(redirect_to));
    reply::page(format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Continue</title><main><h1>One more step</h1><p>Press the button to go on.</p>\
         <form method=\"get\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <input type=\"hidden\" name=\"type\" value=\"{kind}\">\
         <input type=\"hidden\" name=\"redirect_to\" value=\"{redirect_to}\">\
         <input type=\"hidden\" name=\"confirmed\" value=\"1\"><button>Continue</button></form></main></html>"
    ))
}
