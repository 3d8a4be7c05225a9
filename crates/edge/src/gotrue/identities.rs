//! `/user/identities`: the ways by which the bearer comes in. `GET authorize` begins to add one, `DELETE {id}` removes one.

use crate::gotrue::authorize::said;
use crate::gotrue::bearer::bearer;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;
use uuid::Uuid;

pub(crate) async fn authorize(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let url = call.auth.start_linking(&bearer, said(call), &call.asker).await?;
    if call.query("skip_http_redirect").as_deref() == Some("true") {
        return Ok(reply::json(&json!({"url": url})));
    }
    Ok(reply::redirect(StatusCode::FOUND, &url))
}

pub(crate) async fn remove(call: &Call<'_>, id: &str) -> Result<Response<Bytes>, AuthError> {
    let bearer = bearer(call).await?;
    let id = Uuid::parse_str(id)
        .map_err(|_| AuthError::refused(Code::ValidationFailedPath, "identity_id must be an UUID"))?;
    call.auth.unlink_identity(&bearer, id, &call.asker).await?;
    Ok(reply::done())
}
