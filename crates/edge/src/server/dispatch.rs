//! The way of every request: id, route, caller, body, handler, headers, meters, log.
//! A panic in a handler is answered with 500 and goes no further.

use crate::app::App;
use crate::caller::caller;
use crate::client_address::is_forwarded;
use crate::metrics::{Metrics, RouteClass};
use crate::request_id::{self, RequestIds, X_REQUEST_ID};
use crate::server::PageAsset;
use crate::server::gate::Whose;
use crate::server::headers::{Content, secure};
use crate::server::refused::Refused;
use crate::server::route::Route;
use crate::server::unreadable::whole;
use crate::server::untaken::{self, Kept, Untaken};
use crate::server::{body, compress, cors, landing};
use crate::{docs, gotrue, graphql, rest};
use backstay_engine::Readiness;
use backstay_plan::principal::{Api, Principal, WireRole};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, ORIGIN, RETRY_AFTER, VARY};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::time::timeout;
use tracing::Level;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Verbs that some part of the server may offer.
const VERBS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// Longest part of a path that goes into the log, bytes.
const LOGGED_PATH_BYTES_MAX: usize = 200;

/// Marks answers to requests that there was no time for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotAdmitted;

/// What every connection shares.
pub(crate) struct Door {
    pub(crate) app: Arc<App>,
    /// What a client gets when there are too many connections.
    pub(crate) full: Bytes,
    /// What a new connection gets when there is no time for its request.
    pub(crate) overloaded: Bytes,
    /// What a request on an open connection gets then.
    busy: Response<Bytes>,
    ids: RequestIds,
    untaken: Arc<Untaken>,
}

impl Door {
    pub(crate) fn new(app: Arc<App>) -> Self {
        // The start time tells processes apart well enough for ids that only connect log lines.
        let start = app.engine.clock().now_micros().to_le_bytes();
        let mut busy = Refused::Overloaded.fault().into_response();
        busy.extensions_mut().insert(NotAdmitted);
        let process = u32::from_le_bytes([start[0], start[1], start[2], start[3]]) ^ std::process::id();
        Self {
            app,
            full: whole(Refused::Connections.fault()),
            overloaded: whole(Refused::Overloaded.fault()),
            busy,
            ids: RequestIds::new(process),
            untaken: Untaken::new(untaken::BYTES_MAX),
        }
    }
}

/// Answers one request, whatever happens.
pub(crate) async fn answer(door: &Door, request: Request<Incoming>, peer: IpAddr) -> Response<Bytes> {
    let start = Instant::now();
    let app = &*door.app;
    let (parts, body) = request.into_parts();
    let client = app.config.trusted_proxies.client(peer, &parts.headers);
    let id = door.ids.of(&parts.headers);
    let route = Route::of(parts.uri.path(), app.config.rest_alias.as_deref());
    let (class, mut response) = match cors::preflight(&parts.method, &parts.headers) {
        Some(response) => (RouteClass::Preflight, response),
        None if !route.is_watch() && !app.gate.has_time(Whose::Known) => {
            app.gate.refuse();
            (route.class(), door.busy.clone())
        }
        None => {
            // Apart, so that what wraps it moves a pointer and not the room for the largest request.
            let handler = contained(&app.metrics, Box::pin(handle(app, route, &parts, body, client)));
            (route.class(), request_id::with(id.clone(), handler).await)
        }
    };
    if matches!(class, RouteClass::Rest | RouteClass::Rpc) {
        // Also what is refused before the data API sees it: a cache must not mix it up with an answer.
        let depends = HeaderValue::from_static("Accept, Prefer, Range, Accept-Profile, Authorization, apikey, Cookie");
        response.headers_mut().append(VARY, depends);
    }
    if parts.method != Method::HEAD && response.body().len() >= compress::BYTES_MIN {
        response = compress::compress(compress::accepted(&parts.headers), response).await;
    }
    response = counted(&door.untaken, &parts.method, response);
    let took = start.elapsed();
    finish(app, &parts, &mut response, (id, took));
    app.metrics.answered(class, response.status(), took);
    // Those that were not let in are told of together.
    if response.extensions().get::<NotAdmitted>().is_none() {
        log(&parts, (class, client), &response, took);
    }
    response
}

/// Whether a request asks for the health of the server.
pub(crate) fn is_health(request: &Request<Incoming>) -> bool {
    matches!(Route::of(request.uri().path(), None), Route::Live | Route::Ready)
}

/// The answer, counted until it is taken; for a read that finds no room, the advice to come again.
fn counted(untaken: &Arc<Untaken>, method: &Method, response: Response<Bytes>) -> Response<Bytes> {
    let kept = if matches!(*method, Method::GET | Method::HEAD) { Kept::IfRoom } else { Kept::Always };
    let (parts, body) = response.into_parts();
    match untaken.count(body, kept) {
        Some(body) => Response::from_parts(parts, body),
        None => Refused::Untaken.fault().into_response(),
    }
}

/// Runs a handler so that a panic in it ends there.
async fn contained(
    metrics: &Metrics,
    mut handler: impl Future<Output = Result<Response<Bytes>, Refused>> + Unpin,
) -> Response<Bytes> {
    let outcome = poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut handler).poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(answer),
            // The panic's own text was printed by the panic hook; it may hold values and is not repeated.
            Err(_) => Poll::Ready(Err(Refused::Internal)),
        }
    })
    .await;
    match outcome {
        Ok(response) => response,
        Err(refused) => {
            if refused == Refused::Internal {
                metrics.panicked();
                tracing::error!(request.id = request_id::current(), "a request handler panicked");
            }
            refused.fault().into_response()
        }
    }
}

async fn handle(
    app: &App,
    route: Route<'_>,
    parts: &Parts,
    body: Incoming,
    client: IpAddr,
) -> Result<Response<Bytes>, Refused> {
    // Verbs that no part of the server offers; the first would echo a request, credentials and all.
    if !VERBS.contains(&parts.method) {
        return Err(Refused::Method("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }
    match route {
        Route::Rest(path) => rest_request(app, parts, (body, client), path).await,
        // Apart, since these need many times the room of the data API.
        Route::Graphql(path) => Box::pin(graphql_request(app, parts, (body, client), path)).await,
        Route::Auth(path) => Box::pin(auth_request(app, parts, (body, client), path)).await,
        Route::Live => only_get(parts).map(|()| json(StatusCode::OK, r#"{"status":"ok"}"#)),
        Route::Ready => only_get(parts).map(|()| ready(app)),
        Route::Metrics => {
            only_get(parts)?;
            metrics(app, parts, client).await
        }
        Route::OpenApi => {
            only_get(parts)?;
            let who = caller(app, &parts.method, &parts.headers, Some(client), Api::Rest).await?;
            Ok(json(StatusCode::OK, docs::openapi_of(app, &who)))
        }
        Route::Docs(path) => {
            only_get(parts)?;
            docs::page(path, &parts.headers).ok_or(Refused::NotFound)
        }
        Route::Home => {
            only_get(parts)?;
            Ok(landing::page())
        }
        Route::Unknown => Err(Refused::NotFound),
    }
}

async fn rest_request(
    app: &App,
    parts: &Parts,
    (body, client): (Incoming, IpAddr),
    path: &str,
) -> Result<Response<Bytes>, Refused> {
    // Refused before the body is read: a bad credential must not make the server take in megabytes.
    let who = caller(app, &parts.method, &parts.headers, Some(client), Api::Rest).await?;
    let limit = app.config.request_timeout;
    let body = if body.is_end_stream() {
        Bytes::new()
    } else {
        let read = timeout(limit, body::read(parts, body, app.config.body_bytes_max)).await;
        read.unwrap_or(Err(Refused::BodyTimeout))?
    };
    if matches!(path, "" | "/") && parts.method != Method::POST {
        return root(app, parts, &who);
    }
    let _running = app.gate.begun();
    // In a place of its own: each layer around it would move the room for the largest request.
    timeout(limit, Box::pin(rest::handle(app, parts, body, who, path))).await.map_err(|_| Refused::Timeout)
}

async fn graphql_request(
    app: &App,
    parts: &Parts,
    (body, client): (Incoming, IpAddr),
    path: &str,
) -> Result<Response<Bytes>, Refused> {
    if !app.config.graphql.enabled {
        return Err(Refused::NotFound);
    }
    if let Some(asset) = graphql::asset(&app.graphql, path, &parts.headers) {
        only_get(parts)?;
        return Ok(asset);
    }
    let who = caller(app, &parts.method, &parts.headers, Some(client), Api::Graphql).await?;
    let limit = app.config.request_timeout;
    let body = timeout(limit, body::read(parts, body, app.config.body_bytes_max))
        .await
        .map_err(|_| Refused::BodyTimeout)??;
    let _running = app.gate.begun();
    timeout(limit, graphql::handle(app, parts, body, &who, path)).await.map_err(|_| Refused::Timeout)
}

async fn auth_request(
    app: &App,
    parts: &Parts,
    (body, client): (Incoming, IpAddr),
    path: &str,
) -> Result<Response<Bytes>, Refused> {
    let auth = app.auth.as_deref().ok_or(Refused::NotFound)?;
    let limit = app.config.request_timeout.min(gotrue::TIME_MAX);
    let body = match timeout(limit, body::read(parts, body, gotrue::BODY_BYTES_MAX)).await {
        Ok(Ok(body)) => body,
        Ok(Err(refused)) => return Ok(gotrue::unreadable(parts, matches!(refused, Refused::BodyTooLarge(_)))),
        Err(_) => return Err(Refused::BodyTimeout),
    };
    let _running = app.gate.begun();
    let answer = timeout(limit, gotrue::handle(app, auth, (parts, body), client, path)).await;
    Ok(answer.unwrap_or_else(|_| gotrue::timed_out(parts)))
}

/// The root of the REST API: its description.
fn root(app: &App, parts: &Parts, who: &Principal) -> Result<Response<Bytes>, Refused> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(Refused::Method("GET, HEAD, POST"));
    }
    if !app.config.rest_root {
        return Err(Refused::RootOff);
    }
    let mut response = json(StatusCode::OK, docs::openapi_of(app, who));
    let media_type = HeaderValue::from_static("application/openapi+json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}

fn only_get(parts: &Parts) -> Result<(), Refused> {
    if parts.method == Method::GET || parts.method == Method::HEAD { Ok(()) } else { Err(Refused::Method("GET, HEAD")) }
}

fn json(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

fn ready(app: &App) -> Response<Bytes> {
    if app.engine.readiness() == Readiness::Ready {
        return json(StatusCode::OK, r#"{"status":"ready"}"#);
    }
    // The reason is for the operator's log: the path is open to everybody.
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, r#"{"status":"unready"}"#);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Meters tell about load and errors: they are for the machine's own scraper and for the service key.
/// What a proxy passes on is never local, wherever the proxy stands.
async fn metrics(app: &App, parts: &Parts, client: IpAddr) -> Result<Response<Bytes>, Refused> {
    let local = client.is_loopback() && !is_forwarded(&parts.headers);
    if !app.config.metrics_public && !local {
        let who = caller(app, &parts.method, &parts.headers, Some(client), Api::Rest).await?;
        if who.identity.roles.wire != WireRole::Service {
            return Err(Refused::ServiceOnly);
        }
    }
    app.metrics.observe(app);
    let mut response = Response::new(Bytes::from(app.metrics.render()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    Ok(response)
}

/// Adds what every answer carries.
fn finish(app: &App, parts: &Parts, response: &mut Response<Bytes>, (id, took): (HeaderValue, Duration)) {
    let is_page = response.headers().get(CONTENT_TYPE).is_some_and(|value| {
        value.as_bytes().starts_with(b"text/html") || response.extensions().get::<PageAsset>().is_some()
    });
    let out = response.headers_mut();
    secure(out, if is_page { Content::Page } else { Content::Data }, app.config.hsts);
    cors::allow(&app.config, parts.headers.get(ORIGIN), out);
    out.insert(X_REQUEST_ID, id);
    if app.config.server_timing
        && let Ok(total) = HeaderValue::try_from(format!("total;dur={:.3}", took.as_secs_f64() * 1000.0))
    {
        out.append(SERVER_TIMING, total);
    }
}

/// One line a request, of constant text: failures of ours as warnings, refusals of callers as information, the rest for debugging.
/// The query is left out, since it holds values.
fn log(parts: &Parts, (class, client): (RouteClass, IpAddr), response: &Response<Bytes>, took: Duration) {
    let status = response.status();
    macro_rules! line {
        ($level:expr) => {
            tracing::event!(
                target: "backstay::access",
                $level,
                request.id = response.headers().get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default(),
                client.address = %client,
                http.method = parts.method.as_str(),
                http.route = class.name(),
                http.path = logged_path(parts.uri.path()),
                http.status = status.as_u16(),
                response.bytes = response.body().len(),
                duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                "request"
            )
        };
    }
    if status.is_server_error() {
        line!(Level::WARN);
    } else if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
        line!(Level::INFO);
    } else {
        line!(Level::DEBUG);
    }
}

fn logged_path(path: &str) -> &str {
    // Paths are percent-encoded ASCII, but a byte count must never split a character.
    path.get(..LOGGED_PATH_BYTES_MAX).unwrap_or(if path.len() <= LOGGED_PATH_BYTES_MAX { path } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_in_its_request() {
        let metrics = Metrics::new();
        let broken = async {
            tokio::task::yield_now().await;
            panic!("on purpose");
        };
        let response = contained(&metrics, Box::pin(broken)).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(response.body().starts_with(b"{\"code\":\"PGRSTX00\""));
        assert!(!String::from_utf8_lossy(response.body()).contains("on purpose"));
        assert!(metrics.render().contains("backstay_panics_total 1"));
        let sound = contained(&metrics, Box::pin(async { Ok(json(StatusCode::OK, "{}")) })).await;
        assert_eq!(sound.status(), StatusCode::OK);
    }

    #[test]
    fn long_paths_are_cut_in_the_log() {
        for (path, logged) in [("/a", 2), (&*"/".repeat(200), 200), (&*"/".repeat(201), 200)] {
            assert_eq!(logged_path(path).len(), logged);
        }
    }
}
