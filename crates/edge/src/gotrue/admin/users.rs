//! `/admin/users`: accounts. In: a page, an id, what an account is to be. Out: accounts.

use crate::gotrue::admin::{page, paged};
use crate::gotrue::call::Call;
use crate::gotrue::reply;
use backstay_auth::admin::Admin;
use backstay_auth::admin_edit::Edit;
use backstay_auth::admin_users::Removal;
use backstay_auth::refusal::AuthError;
use backstay_auth::user::User;
use bytes::Bytes;
use http::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Deserialize)]
struct Deletion {
    should_soft_delete: Option<bool>,
}

pub(crate) async fn list(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    let page = page(call)?;
    let (filter, sort) = (call.query("filter"), call.query("sort"));
    let found = call.auth.users(admin, page, (filter.as_deref(), sort.as_deref())).await?;
    let users: Vec<Value> = found.rows.iter().map(User::json).collect();
    let body = json!({"users": users, "aud": "authenticated", "total": found.total});
    Ok(paged(call, "users", &body, (page, found.total)))
}

pub(crate) async fn create(call: &Call<'_>, admin: &Admin) -> Result<Response<Bytes>, AuthError> {
    let edit: Edit = call.json()?;
    let created = call.auth.create_user(admin, &edit, call.redirect_to().as_deref(), &call.asker).await?;
    let mut body = created.user.json();
    if let Some(password) = created.temporary_password {
        body["temporary_password"] = json!(password);
    }
    Ok(reply::json(&body))
}

pub(crate) async fn show(call: &Call<'_>, admin: &Admin, id: Uuid) -> Result<Response<Bytes>, AuthError> {
    Ok(reply::json(&call.auth.user(admin, id).await?.json()))
}

pub(crate) async fn change(call: &Call<'_>, admin: &Admin, id: Uuid) -> Result<Response<Bytes>, AuthError> {
    let edit: Edit = call.json()?;
    Ok(reply::json(&call.auth.change_user(admin, id, &edit, &call.asker).await?.json()))
}

pub(crate) async fn delete(call: &Call<'_>, admin: &Admin, id: Uuid) -> Result<Response<Bytes>, AuthError> {
    let body: Deletion = call.json()?;
    let removal = if body.should_soft_delete == Some(true) { Removal::Soft } else { Removal::Whole };
    call.auth.delete_user(admin, id, removal, &call.asker).await?;
    Ok(reply::done())
}

pub(crate) async fn sign_out(call: &Call<'_>, admin: &Admin, id: Uuid) -> Result<Response<Bytes>, AuthError> {
    call.auth.sign_out_user(admin, id, &call.asker).await?;
    Ok(reply::empty())
}
