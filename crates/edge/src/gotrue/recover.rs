//! `POST /recover`: mails what opens a password reset. In: an address. Out: `{}`, whether it has an account or not.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    email: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let pair = ChallengePair { challenge: body.code_challenge, method: body.code_challenge_method };
    let redirect_to = call.redirect_to();
    call.auth.recover(&body.email.unwrap_or_default(), &pair, redirect_to.as_deref(), &call.asker).await?;
    Ok(reply::done())
}
