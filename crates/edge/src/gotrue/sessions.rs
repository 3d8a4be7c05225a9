//! `/user/sessions`: where the bearer is signed in. `GET` lists, `DELETE` ends all others, `DELETE /{id}` ends one. Out: `{sessions}`, or 204.

use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::refusal::AuthError;
use backstay_auth::sessions::OwnSession;
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

pub(crate) async fn list(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let sessions: Vec<Value> = call.auth.own_sessions(&bearer).await?.iter().map(OwnSession::json).collect();
    Ok(reply::json(&json!({ "sessions": sessions })))
}

pub(crate) async fn end_others(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    call.auth.end_other_sessions(&bearer, &call.asker).await?;
    Ok(reply::empty())
}

pub(crate) async fn end(call: &Call<'_>, id: &str) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    call.auth.end_own_session(&bearer, id, &call.asker).await?;
    Ok(reply::empty())
}
