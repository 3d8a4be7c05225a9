//! `/admin/users/{id}/factors`: second factors of an account. In: ids. Out: factors, without their secrets.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::admin::Admin;
use backstay_auth::refusal::AuthError;
use backstay_auth::user;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

#[derive(Deserialize)]
struct Body {
    friendly_name: Option<String>,
}

pub(crate) async fn list(call: &Call<'_>, admin: &Admin, id: Uuid) -> Result<Response<Bytes>, AuthError> {
    let factors = call.auth.factors_of(admin, id).await?;
    Ok(reply::json(&factors.iter().map(user::factor).collect::<Value>()))
}

pub(crate) async fn rename(call: &Call<'_>, admin: &Admin, ids: (Uuid, Uuid)) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let factor = call.auth.rename_factor_of(admin, ids, body.friendly_name.as_deref(), &call.asker).await?;
    Ok(reply::json(&user::factor(&factor)))
}

pub(crate) async fn remove(call: &Call<'_>, admin: &Admin, ids: (Uuid, Uuid)) -> Result<Response<Bytes>, AuthError> {
    Ok(reply::json(&user::factor(&call.auth.remove_factor_of(admin, ids, &call.asker).await?)))
}
