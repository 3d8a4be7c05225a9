//! `GET /admin/audit`: what happened to accounts, sessions and keys. In: a page and `query`. Out: entries, the newest first.

use crate::gotrue::admin::{page, paged};
use crate::gotrue::call::Call;
use backstay_auth::admin::Admin;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde_json::Value;

pub(crate) async fn list(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    let page = page(call)?;
    let found = call.auth.audit_log(admin, page, call.query("query").as_deref()).await?;
    Ok(paged(call, "audit", &Value::Array(found.rows), (page, found.total)))
}
