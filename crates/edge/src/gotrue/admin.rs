//! `/admin/…`: accounts, links, factors, the audit log, keys. In: a request of an administrator. Out: what they asked for.
//! Who administers, and whom, is the `auth` crate's business.

mod api_keys;
mod audit;
mod factors;
mod link;
mod signing_keys;
mod users;

use crate::gotrue::bearer::administrator;
use crate::gotrue::call::Call;
use crate::gotrue::{Stop, reply};
use backstay_auth::admin_list::Page;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, LINK};
use http::{Method, Response};
use serde_json::Value;
use uuid::Uuid;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// Answers a request; `path` is what follows `/admin/`.
pub(crate) async fn route(call: &Call<'_>, path: &str) -> Result<Response<Bytes>, Stop> {
    let segments: Vec<&str> = path.split('/').collect();
    let allowed = allowed(&segments).ok_or(Stop::NotFound)?;
    let method = &call.parts.method;
    if !allowed.split(", ").any(|name| name == method.as_str()) {
        return Err(Stop::Method(allowed));
    }
    let admin = administrator(call).await?;
    let (get, post, put) = (*method == Method::GET, *method == Method::POST, *method == Method::PUT);
    let answer = match segments.as_slice() {
        ["users"] if get => users::list(call, &admin).await?,
        ["users"] => users::create(call, &admin).await?,
        ["users", id] if get => users::show(call, &admin, uuid(id)?).await?,
        ["users", id] if put => users::change(call, &admin, uuid(id)?).await?,
        ["users", id] => users::delete(call, &admin, uuid(id)?).await?,
        ["users", id, "logout"] if post => users::sign_out(call, &admin, uuid(id)?).await?,
        ["users", id, "factors"] => factors::list(call, &admin, uuid(id)?).await?,
        ["users", id, "factors", factor] if put => factors::rename(call, &admin, (uuid(id)?, uuid(factor)?)).await?,
        ["users", id, "factors", factor] => factors::remove(call, &admin, (uuid(id)?, uuid(factor)?)).await?,
        ["generate_link"] => link::generate(call, &admin).await?,
        ["api-keys"] if get => api_keys::list(call, &admin).await?,
        ["api-keys"] => api_keys::create(call, &admin).await?,
        ["api-keys", id] => api_keys::revoke(call, &admin, uuid(id)?).await?,
        ["signing-keys"] => signing_keys::list(call, &admin).await?,
        ["signing-keys", "rotate"] => signing_keys::rotate(call, &admin).await?,
        ["audit"] => audit::list(call, &admin).await?,
        _ => return Err(Stop::NotFound),
    };
    Ok(answer)
}

/// Verbs of an endpoint.
fn allowed(segments: &[&str]) -> Option<&'static str> {
    Some(match segments {
        ["users"] | ["api-keys"] => "GET, POST",
        ["api-keys", _] => "DELETE",
        ["users", _] => "GET, PUT, DELETE",
        ["users", _, "logout"] | ["generate_link"] | ["signing-keys", "rotate"] => "POST",
        ["users", _, "factors"] | ["audit"] | ["signing-keys"] => "GET",
        ["users", _, "factors", _] => "PUT, DELETE",
        _ => return None,
    })
}

/// An id in a path.
fn uuid(text: &str) -> Result<Uuid, AuthError> {
    Uuid::parse_str(text)
        .map_err(|_| AuthError::refused(Code::ValidationFailedPath, "An id in the path must be a UUID"))
}

/// The page that a request asks for.
fn page(call: &Call<'_>) -> Result<Page, AuthError> {
    Page::parse(call.query("page").as_deref(), call.query("per_page").as_deref())
}

/// A page of rows, with how many there are and where the next and the last page are.
fn paged(call: &Call<'_>, path: &str, body: &Value, (page, total): (Page, u64)) -> Response<Bytes> {
    let mut response = reply::json(body);
    response.headers_mut().insert(TOTAL, HeaderValue::from(total));
    let last = page.last(total);
    // Clients read the number after the first `=`: `page` comes first.
    let at = |number: u64, rel: &str| {
        let url = &call.auth.settings().external_url;
        format!("<{url}/auth/v1/admin/{path}?page={number}&per_page={}>; rel=\"{rel}\"", page.per_page)
    };
    let next = u64::from(page.number) + 1;
    let links = if next <= last { format!("{}, {}", at(next, "next"), at(last, "last")) } else { at(last, "last") };
    if let Ok(links) = HeaderValue::try_from(links) {
        response.headers_mut().insert(LINK, links);
    }
    response
}
