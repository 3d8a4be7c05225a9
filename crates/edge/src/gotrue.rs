//! Sign-in over HTTP, in GoTrue's dialect under `/auth/v1`. In: an HTTP request. Out: an answer that no cache keeps.
//! Parse and render only: one endpoint, one file; every rule and limit is the `auth` crate's, every status is `fault`'s.

mod admin;
mod authorize;
mod bearer;
mod call;
mod callback;
mod discovery;
mod factors;
mod fault;
mod identities;
mod invite;
mod kept;
mod logout;
mod otp;
mod plain;
mod reauthenticate;
mod recover;
mod reply;
mod resend;
mod sessions;
mod signup;
mod token;
mod unfit;
mod user;
mod verify;

use crate::app::App;
use crate::request_id;
use backstay_auth::Auth;
use backstay_auth::asker::Asker;
use backstay_auth::refusal::{AuthError, Code};
use bytes::Bytes;
use call::Call;
use fault::Shape;
use http::header::{ALLOW, HeaderValue, USER_AGENT};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use std::net::IpAddr;
use std::time::Duration;

/// Largest body, bytes.
pub(crate) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Longest time of a request.
pub(crate) const TIME_MAX: Duration = Duration::from_secs(10);

/// Answers a request. `path` is what follows the mount point, such as `/signup`.
pub(crate) async fn handle(
    app: &App,
    auth: &Auth,
    (parts, body): (&Parts, Bytes),
    ip: IpAddr,
    path: &str,
) -> Response<Bytes> {
    let user_agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    let mut asker = Asker::new(Some(ip), user_agent, request_id::current());
    let shape = Shape::of(&parts.headers);
    match app.cookies.as_ref().map_or(Ok(None), |cookies| cookies.wanted(&parts.headers)) {
        Ok(mode) => asker.cookie_mode = mode,
        Err(error) => return private(fault::answer(&error, shape)),
    }
    let call = Call { app, auth, parts, body, asker, is_operator: false };
    let response = route(&call, path).await.unwrap_or_else(|stop| stopped(stop, shape));
    private(kept::settle(&call, path, response).unwrap_or_else(|error| fault::answer(&error, shape)))
}

fn private(mut response: Response<Bytes>) -> Response<Bytes> {
    reply::keep_private(&mut response);
    response
}

/// The answer to a request that its endpoint does not answer.
fn stopped(stop: Stop, shape: Shape) -> Response<Bytes> {
    match stop {
        Stop::Auth(error) => fault::answer(&error, shape),
        Stop::Key(response) => response,
        Stop::NotFound => fault::plain((StatusCode::NOT_FOUND, "not_found"), "Not found", shape),
        Stop::Method(allowed) => {
            let mut response =
                fault::plain((StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"), "Method not allowed", shape);
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
            response
        }
    }
}

/// Answers a request of the operator, who needs no credential: whoever may open the database may do all that it holds.
/// The path is the whole one, such as `/auth/v1/admin/users`.
pub async fn administer(app: &App, auth: &Auth, request: http::Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let asker = Asker::new(None, Some("backstay"), "");
    let call = Call { app, auth, parts: &parts, body, asker, is_operator: true };
    let shape = Shape::of(&parts.headers);
    match parts.uri.path().strip_prefix("/auth/v1/admin/") {
        Some(path) => admin::route(&call, path).await.unwrap_or_else(|stop| stopped(stop, shape)),
        None => stopped(Stop::NotFound, shape),
    }
}

/// A body that cannot be read.
pub(crate) fn unreadable(parts: &Parts, too_large: bool) -> Response<Bytes> {
    let error = if too_large {
        AuthError::refused(Code::RequestEntityTooLarge, "Request body is larger than 1 MiB")
    } else {
        AuthError::refused(Code::BadJson, "The request body could not be read")
    };
    fault::answer(&error, Shape::of(&parts.headers))
}

/// A request that took too long. What it changed may have been kept.
pub(crate) fn timed_out(parts: &Parts) -> Response<Bytes> {
    fault::answer(
        &AuthError::refused(Code::RequestTimeout, "Processing this request timed out"),
        Shape::of(&parts.headers),
    )
}

/// Why a request gets no answer of its endpoint.
pub(crate) enum Stop {
    /// Sign-in says no.
    Auth(AuthError),
    /// The API key is no good.
    Key(Response<Bytes>),
    /// There is no such endpoint.
    NotFound,
    /// There is, with other verbs.
    Method(&'static str),
}

impl From<AuthError> for Stop {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

async fn route(call: &Call<'_>, path: &str) -> Result<Response<Bytes>, Stop> {
    let (get, post) = (call.parts.method == Method::GET, call.parts.method == Method::POST);
    let (put, delete) = (call.parts.method == Method::PUT, call.parts.method == Method::DELETE);
    let head = call.parts.method == Method::HEAD;
    // Browsers come here by links and forms, which carry no key.
    match path {
        "/verify" if get => return Ok(verify::by_link(call).await),
        "/verify" if head => return Ok(verify::glance(call)),
        "/authorize" if get => return Ok(authorize::handle(call).await?),
        "/callback" if get || post => return Ok(callback::handle(call, None).await),
        "/.well-known/jwks.json" if get || head => return Ok(discovery::keys(call)),
        "/health" if get || head => return Ok(discovery::health()),
        _ => {}
    }
    if let Some(provider) = path.strip_prefix("/callback/").filter(|_| get || post) {
        return Ok(callback::handle(call, Some(provider)).await);
    }
    bearer::check_key(call).await?;
    if let Some(rest) = path.strip_prefix("/factors").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        return factors::handle(call, rest).await;
    }
    if let Some(id) = path.strip_prefix("/user/identities/").filter(|_| delete) {
        return Ok(identities::remove(call, id).await?);
    }
    if let Some(id) = path.strip_prefix("/user/sessions/").filter(|_| delete) {
        return Ok(sessions::end(call, id).await?);
    }
    if let Some(path) = path.strip_prefix("/admin/") {
        return admin::route(call, path).await;
    }
    let answer = match path {
        "/signup" if post => signup::handle(call).await?,
        "/token" if post => token::handle(call).await?,
        "/otp" if post => otp::handle(call).await?,
        "/magiclink" if post => otp::magic_link(call).await?,
        "/recover" if post => recover::handle(call).await?,
        "/resend" if post => resend::handle(call).await?,
        "/verify" if post => verify::handle(call).await?,
        "/user/sessions" if get => sessions::list(call).await?,
        "/user/sessions" if delete => sessions::end_others(call).await?,
        "/invite" if post => invite::handle(call).await?,
        "/user" if get => user::show(call).await?,
        "/user" if put => user::change(call).await?,
        "/user/identities/authorize" if get => identities::authorize(call).await?,
        "/reauthenticate" if get => reauthenticate::handle(call).await?,
        "/logout" if post => logout::handle(call).await?,
        "/settings" if get || head => discovery::settings(call),
        "/forgot-password" if post => plain::forgot(call).await?,
        "/verify-otp" if post => plain::verify_otp(call).await?,
        "/reset-password" if post => plain::reset(call).await?,
        "/change-password" if post => plain::change(call).await?,
        _ => return Err(allowed(path).map_or(Stop::NotFound, Stop::Method)),
    };
    Ok(answer)
}

/// Verbs of an endpoint that was asked with another one.
fn allowed(path: &str) -> Option<&'static str> {
    match path {
        "/signup" | "/invite" | "/token" | "/otp" | "/magiclink" | "/recover" | "/resend" | "/logout"
        | "/forgot-password" | "/verify-otp" | "/reset-password" | "/change-password" => Some("POST"),
        "/verify" => Some("GET, HEAD, POST"),
        "/user" => Some("GET, PUT"),
        "/reauthenticate" | "/authorize" => Some("GET"),
        "/callback" => Some("GET, POST"),
        path if path.starts_with("/callback/") => Some("GET, POST"),
        "/user/identities/authorize" => Some("GET, DELETE"),
        path if path.starts_with("/user/identities/") => Some("DELETE"),
        "/user/sessions" => Some("GET, DELETE"),
        path if path.starts_with("/user/sessions/") => Some("DELETE"),
        "/settings" | "/health" | "/.well-known/jwks.json" => Some("GET, HEAD"),
        _ => None,
    }
}
