//! `POST /otp` and its older form `POST /magiclink`: mails a code and a link to sign in with. In: an address. Out: `{}`.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use crate::gotrue::signup::filled;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::mailed_code::AskCode;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Body {
    email: Option<String>,
    phone: Option<String>,
    channel: Option<String>,
    create_user: Option<bool>,
    data: Option<Map<String, Value>>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    send(call, body).await
}

pub(crate) async fn magic_link(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    send(call, Body { create_user: Some(true), phone: None, channel: None, ..body }).await
}

async fn send(call: &Call<'_>, body: Body) -> Result<Response<Bytes>, AuthError> {
    let said = AskCode {
        email: filled(body.email),
        phone: filled(body.phone),
        channel: filled(body.channel),
        create_user: body.create_user.unwrap_or(true),
        data: body.data.unwrap_or_default(),
        challenge: ChallengePair { challenge: body.code_challenge, method: body.code_challenge_method },
        redirect_to: call.redirect_to(),
    };
    call.auth.send_code(said, &call.asker).await?;
    Ok(reply::done())
}
