//! `/user`: the bearer's own account. `GET` shows it, `PUT` changes it. Out: the account.

use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::own_account::Change;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Body {
    email: Option<String>,
    phone: Option<String>,
    password: Option<String>,
    current_password: Option<String>,
    nonce: Option<String>,
    data: Option<Map<String, Value>>,
    app_metadata: Option<Value>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn show(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    Ok(reply::json(&call.auth.own(&bearer).await?.json()))
}

pub(crate) async fn change(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let body: Body = call.json()?;
    let change = Change {
        email: body.email,
        phone: body.phone,
        password: body.password,
        current_password: body.current_password,
        nonce: body.nonce,
        data: body.data,
        names_app_metadata: body.app_metadata.is_some_and(|value| !value.is_null()),
        challenge: ChallengePair { challenge: body.code_challenge, method: body.code_challenge_method },
        redirect_to: call.redirect_to(),
    };
    Ok(reply::json(&call.auth.change_own(&bearer, change, &call.asker).await?.json()))
}
