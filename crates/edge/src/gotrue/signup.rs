//! `POST /signup`: makes an account. In: an address and a password, or nothing. Out: the account, or a session.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::refusal::AuthError;
use backstay_auth::signup::{SignUp, SignedUp};
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Body {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    data: Option<Map<String, Value>>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let said = SignUp {
        email: filled(body.email),
        phone: filled(body.phone),
        password: body.password,
        data: body.data.unwrap_or_default(),
        challenge: ChallengePair { challenge: body.code_challenge, method: body.code_challenge_method },
        redirect_to: call.redirect_to(),
    };
    match call.auth.sign_up(said, &call.asker).await? {
        SignedUp::Pending(user) => Ok(reply::json(&user)),
        SignedUp::Session(session) => Ok(reply::session(&session)),
    }
}

/// Clients send empty texts for what is not given.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
