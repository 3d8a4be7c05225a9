//! `POST /token?grant_type=…`: signs in. In: a proof of the grant's kind. Out: a session.

use crate::cookies::SENTINEL;
use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use crate::gotrue::signup::filled;
use backstay_auth::id_token_grant::IdTokenGrant;
use backstay_auth::password_grant::PasswordGrant;
use backstay_auth::pkce_grant::PkceGrant;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Refresh {
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Password {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
}

#[derive(Deserialize)]
struct IdToken {
    provider: Option<String>,
    id_token: Option<String>,
    access_token: Option<String>,
    nonce: Option<String>,
    #[serde(default)]
    link_identity: bool,
}

#[derive(Deserialize)]
struct Pkce {
    auth_code: Option<String>,
    code_verifier: Option<String>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    match call.query("grant_type").as_deref() {
        Some("password") => password(call).await,
        Some("refresh_token") => refresh(call).await,
        Some("id_token") => id_token(call).await,
        Some("pkce") => pkce(call).await,
        _ => Err(AuthError::refused(Code::InvalidCredentials, "unsupported_grant_type")),
    }
}

async fn password(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Password = call.json()?;
    let said = PasswordGrant {
        email: filled(body.email),
        phone: filled(body.phone),
        password: body.password.unwrap_or_default(),
    };
    let signed_in = call.auth.sign_in_with_password(said, &call.asker).await?;
    let mut answer = signed_in.session.json();
    if let Some((reasons, message)) = signed_in.weak_password {
        answer["weak_password"] = json!({"message": message, "reasons": reasons});
    }
    Ok(reply::session_as(&signed_in.session, &answer))
}

async fn refresh(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Refresh = call.json()?;
    let said = body.refresh_token.unwrap_or_default();
    let token = if said == SENTINEL { by_cookie(call).await? } else { &said };
    let session = call.auth.refresh(token, &call.asker).await?;
    Ok(reply::session(&session))
}

async fn id_token(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: IdToken = call.json()?;
    let (Some(provider), Some(id_token)) = (filled(body.provider), filled(body.id_token)) else {
        return Err(AuthError::refused(Code::InvalidIdToken, "provider and id_token required"));
    };
    let link_to = if body.link_identity { Some(bearer(call).await?) } else { None };
    let said = IdTokenGrant { provider, id_token, access_token: filled(body.access_token), nonce: filled(body.nonce) };
    let session = call.auth.sign_in_with_id_token(said, link_to.as_ref(), &call.asker).await?;
    Ok(reply::session(&session))
}

async fn pkce(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Pkce = call.json()?;
    let said = PkceGrant {
        auth_code: body.auth_code.unwrap_or_default(),
        code_verifier: body.code_verifier.unwrap_or_default(),
    };
    let exchanged = call.auth.exchange_code(&said, &call.asker).await?;
    let mut answer = exchanged.session.json();
    if let Some(tokens) = exchanged.provider_tokens {
        answer["provider_token"] = json!(tokens.access);
        if let Some(refresh) = tokens.refresh {
            answer["provider_refresh_token"] = json!(refresh);
        }
    }
    Ok(reply::session_as(&exchanged.session, &answer))
}

/// The refresh token of a cookie. Only the page's origin is checked: a refresh changes nothing for others, and the answer is for that page.
async fn by_cookie<'c>(call: &'c Call<'_>) -> Result<&'c str, AuthError> {
    let Some(cookies) = &call.app.cookies else { return Ok("") };
    let headers = &call.parts.headers;
    let missing =
        || AuthError::refused(Code::RefreshTokenNotFound, "Invalid Refresh Token: there is no cookie with one");
    let token = cookies.refresh(headers).ok_or_else(missing)?;
    if let Some(reason) = cookies.stranger(headers) {
        call.auth.note_csrf(None, reason, &call.asker).await;
        let message = format!("The cookie was not taken for this request: {reason}");
        return Err(AuthError::refused(Code::CsrfFailed, message));
    }
    Ok(token)
}
