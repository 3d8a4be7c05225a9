//! `/admin/api-keys`: keys of applications and machines. In: what a key is to be, or its id. Out: keys; their text once.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::admin::Admin;
use backstay_auth::api_keys::WantedKey;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde_json::Value;
use uuid::Uuid;

pub(crate) async fn list(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    Ok(reply::json(&Value::Array(call.auth.keys(admin).await?)))
}

pub(crate) async fn create(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    let wanted: WantedKey = call.json()?;
    Ok(reply::json(&call.auth.create_key(admin, &wanted, &call.asker).await?))
}

pub(crate) async fn revoke(call: &Call<'_>, admin: &Admin, id: Uuid) -> Result<Response<Bytes>, AuthError> {
    Ok(reply::json(&call.auth.revoke_key(admin, id, &call.asker).await?))
}
