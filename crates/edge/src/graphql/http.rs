//! GraphQL over HTTP: methods, media types, statuses, batches, caching. In: a request whose caller is known. Out: a response.
//! After the graphql-over-http draft as the audit of `graphql-http` reads it.

mod accept;
mod parameters;
mod playground;

pub(crate) use playground::asset;

use super::Service;
use super::document::of_limit;
use super::execute::{Asked, Call, unreadable};
use super::outcome::Outcome;
use crate::fault::{Caller, Fault, GraphqlMedia, Stage, code, denied};
use crate::rate;
use crate::validator;
use accept::Wanted;
use backstay_plan::Principal;
use backstay_plan::principal::WireRole;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue, VARY};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use parameters::Body;

/// Where the SDL is, below the mount point.
const SDL: &str = "/schema.graphql";

/// Answers a request. `path` is what follows the mount point.
pub async fn handle<'a>(
    service: impl Into<Service<'a>>,
    parts: &Parts,
    body: Bytes,
    who: &Principal,
    path: &str,
) -> Response<Bytes> {
    let service = service.into();
    let mut response = match path {
        "" | "/" => answer(service, parts, body, who).await.unwrap_or_else(Fault::into_response),
        SDL => sdl(service, parts, who).unwrap_or_else(Fault::into_response),
        _ => Fault::new(code::PATH, "Invalid path specified in request URL").into_response(),
    };
    let depends = HeaderValue::from_static("Accept, Authorization, apikey, Cookie");
    response.headers_mut().append(VARY, depends);
    validator::validate(parts, &mut response);
    if parts.method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

async fn answer(service: Service<'_>, parts: &Parts, body: Bytes, who: &Principal) -> Result<Response<Bytes>, Fault> {
    let reads_only = match parts.method {
        Method::GET | Method::HEAD => true,
        Method::POST => false,
        _ => return Err(method("GET, HEAD, POST")),
    };
    let wanted = accept::negotiate(&parts.headers)?;
    if reads_only && wanted == Wanted::Page && parts.uri.query().is_none() {
        return playground::page(service.graphql).ok_or_else(|| accept::unavailable("text/html"));
    }
    let media = wanted.media();
    let body = if reads_only {
        parameters::of_query(parts.uri.query().unwrap_or_default()).map(Body::One)
    } else {
        parameters::content_type(&parts.headers)?;
        parameters::of_body(&body)
    };
    let mut call = Call::new(service, who, reads_only);
    match body {
        Ok(Body::One(asked)) => {
            let outcome = call.answer(&asked).await;
            Ok(rendered(service, media, outcome))
        }
        Ok(Body::Batch(batch)) => match service.engine.limits().document.admit_batch(batch.len()) {
            Ok(()) => Ok(batched(&mut call, media, batch).await),
            Err(refusal) => {
                let refused = super::outcome::Refused::of(Stage::Parameters, of_limit(&refusal));
                Ok(rendered(service, media, refused.into()))
            }
        },
        Err(message) => Ok(rendered(service, media, unreadable(message).into())),
    }
}

/// One answer.
fn rendered(service: Service<'_>, media: GraphqlMedia, outcome: Outcome) -> Response<Bytes> {
    let mode = service.graphql.settings().statuses;
    let later = outcome.errors.iter().find_map(|error| error.transport());
    let status = match (later, outcome.refused) {
        (Some(fault), _) => fault.status,
        (None, Some(stage)) => media.status(stage, mode),
        (None, None) => media.answered(mode, outcome.data.is_some() && !outcome.errors.is_empty()),
    };
    let mut response = Response::new(outcome.body());
    *response.status_mut() = status;
    if let Some(whole) = outcome.whole() {
        response.extensions_mut().insert(whole.compressed.clone());
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(media));
    if outcome.refused == Some(Stage::Method) {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    for (name, value) in later.map_or(&[][..], |fault| &fault.headers) {
        headers.insert(name, value.clone());
    }
    for (name, value) in rate::headers(&outcome.allowances) {
        headers.append(name, value);
    }
    if outcome.errors.is_empty() {
        validator::lifetime(&mut response, outcome.cache);
    }
    response
}

/// The answers of a batch, in the order of its requests. They share nothing but the budget.
async fn batched(call: &mut Call<'_>, media: GraphqlMedia, batch: Vec<Result<Asked, String>>) -> Response<Bytes> {
    let mut out = BytesMut::new();
    let mut allowances = Vec::new();
    for (at, asked) in batch.into_iter().enumerate() {
        let outcome = match asked {
            Ok(asked) => call.answer(&asked).await,
            Err(message) => unreadable(message).into(),
        };
        out.put_u8(if at == 0 { b'[' } else { b',' });
        out.put_slice(&outcome.body());
        // Each counts what the ones before have used.
        allowances = outcome.allowances;
    }
    out.put_u8(b']');
    let mut response = Response::new(out.freeze());
    response.headers_mut().insert(CONTENT_TYPE, content_type(media));
    for (name, value) in rate::headers(&allowances) {
        response.headers_mut().append(name, value);
    }
    response
}

fn content_type(media: GraphqlMedia) -> HeaderValue {
    HeaderValue::from_static(match media {
        GraphqlMedia::Response => "application/graphql-response+json; charset=utf-8",
        GraphqlMedia::Json => "application/json; charset=utf-8",
    })
}

/// The types that the caller sees, as SDL.
fn sdl(service: Service<'_>, parts: &Parts, who: &Principal) -> Result<Response<Bytes>, Fault> {
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(method("GET, HEAD"));
    }
    let call = Call::new(service, who, true);
    let Some(sdl) = call.sdl() else {
        let caller = Caller { anonymous: who.identity.roles.wire == WireRole::Anonymous, method: who.method };
        return Err(denied("permission denied: introspection is not allowed".to_owned(), caller));
    };
    let mut response = Response::new(sdl);
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}

fn method(allowed: &'static str) -> Fault {
    Fault::new(code::METHOD, "Unsupported HTTP method").header(ALLOW, HeaderValue::from_static(allowed))
}
