//! `POST /resend`: mails a confirmation once more. In: what and to whom. Out: `{}`, whether there was one to send or not.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use crate::gotrue::signup::filled;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::mailed_code::Resend;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    r#type: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let said = Resend {
        kind: body.r#type.unwrap_or_default(),
        email: filled(body.email),
        phone: filled(body.phone),
        challenge: ChallengePair { challenge: body.code_challenge, method: body.code_challenge_method },
        redirect_to: call.redirect_to(),
    };
    call.auth.resend(said, &call.asker).await?;
    Ok(reply::done())
}
