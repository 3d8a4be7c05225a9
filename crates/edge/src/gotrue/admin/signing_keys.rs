//! `/admin/signing-keys`: the keys that sign tokens. `GET` shows their states, `POST …/rotate` puts the next one in place.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::admin::Admin;
use backstay_auth::key_rotation::Haste;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;

#[derive(Deserialize)]
struct Body {
    now: Option<bool>,
}

pub(crate) async fn list(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    Ok(reply::json(&call.auth.signing_key_states(admin).await?))
}

pub(crate) async fn rotate(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let haste = if body.now == Some(true) { Haste::Now } else { Haste::Wait };
    Ok(reply::json(&call.auth.rotate_signing_keys(admin, haste, &call.asker).await?))
}
