//! Forgot, verify, reset and change as plain routes, for clients without the official library. Out: a sentence, or what the next step needs.

use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::own_account::Change;
use backstay_auth::plain_reset::ResetProof;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Body {
    email: Option<String>,
    otp: Option<String>,
    reset_token: Option<String>,
    new_password: Option<String>,
    current_password: Option<String>,
}

impl Body {
    fn email(&self) -> Result<&str, AuthError> {
        needed(self.email.as_deref(), "email is missing")
    }

    fn otp(&self) -> Result<&str, AuthError> {
        needed(self.otp.as_deref(), "otp is missing")
    }

    fn new_password(&self) -> Result<&str, AuthError> {
        needed(self.new_password.as_deref(), "new_password is missing")
    }
}

fn needed<'t>(text: Option<&'t str>, missing: &'static str) -> Result<&'t str, AuthError> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| AuthError::refused(Code::ValidationFailed, missing))
}

/// `POST /forgot-password`
pub(crate) async fn forgot(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    call.auth.recover(body.email()?, &ChallengePair::default(), call.redirect_to().as_deref(), &call.asker).await?;
    Ok(reply::json(&json!({"message": "If the account exists, a code was sent."})))
}

/// `POST /verify-otp`
pub(crate) async fn verify_otp(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let (token, life) = call.auth.exchange_reset_code(body.email()?, body.otp()?, &call.asker).await?;
    Ok(reply::json(&json!({"reset_token": token, "expires_in": life})))
}

/// `POST /reset-password`
pub(crate) async fn reset(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let proof = match &body.reset_token {
        Some(token) if body.otp.is_none() => ResetProof::Token(token.clone()),
        Some(_) => return Err(AuthError::refused(Code::ValidationFailed, "Send either otp or reset_token")),
        None => ResetProof::Code { email: body.email()?.to_owned(), otp: body.otp()?.to_owned() },
    };
    call.auth.reset_password(proof, body.new_password()?, &call.asker).await?;
    Ok(reply::json(&json!({"message": "The password was changed. Sign in with the new one."})))
}

/// `POST /change-password`
pub(crate) async fn change(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let body: Body = call.json()?;
    let current = body.current_password.as_deref().filter(|text| !text.is_empty());
    let current =
        current.ok_or_else(|| AuthError::refused(Code::CurrentPasswordRequired, "current_password is missing"))?;
    let change = Change {
        password: Some(body.new_password()?.to_owned()),
        current_password: Some(current.to_owned()),
        ..Change::default()
    };
    call.auth.change_own(&bearer, change, &call.asker).await?;
    Ok(reply::json(&json!({"message": "The password was changed."})))
}
