//! `POST /admin/generate_link`: a link that is handed over in another way than by mail. In: its kind and an address.
//! Out: the account with the link.

use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::admin::Admin;
use backstay_auth::generate_link::WantedLink;
use backstay_auth::refusal::AuthError;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Body {
    r#type: Option<String>,
    email: Option<String>,
    password: Option<String>,
    new_email: Option<String>,
    data: Option<Map<String, Value>>,
    redirect_to: Option<String>,
}

pub(crate) async fn generate(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    let body: Body = call.json()?;
    let wanted = WantedLink {
        kind: body.r#type.unwrap_or_default(),
        email: body.email.unwrap_or_default(),
        password: body.password,
        new_email: body.new_email,
        data: body.data.unwrap_or_default(),
        redirect_to: call.query("redirect_to").or(body.redirect_to).or_else(|| call.redirect_to()),
    };
    Ok(reply::json(&call.auth.generate_link(admin, wanted, &call.asker).await?.json()))
}
