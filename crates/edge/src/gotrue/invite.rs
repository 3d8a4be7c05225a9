//! `POST /invite`: invites somebody by mail. In: an address, of an administrator. Out: the account.

use crate::gotrue::bearer::administrator;
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Body {
    email: Option<String>,
    data: Option<Map<String, Value>>,
}

pub(crate) async fn handle(call: &Call<'_>) -> Result<Response<Bytes>, AuthError> {
    let admin = administrator(call).await?;
    let body: Body = call.json()?;
    let (email, data) = (body.email.unwrap_or_default(), body.data.unwrap_or_default());
    let user = call.auth.invite(&admin, (&email, &data), call.redirect_to().as_deref(), &call.asker).await?;
    Ok(reply::json(&user.json()))
}
