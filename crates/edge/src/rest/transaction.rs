//! `POST /`: operations of the data API, kept together or not at all. In: a JSON array of operations, each as it would be sent alone.
//! Out: a JSON array of their answers, or the fault of the first that fails, with its position.
//!
//! Every operation takes the way it takes alone, up to the point where it would run: there it leaves its request and waits. Once all
//! are there the engine runs them together, and each renders its own answer.

use super::headers::accept::Media;
use super::headers::prefer::{Scope, Transaction};
use super::headers::{BodyFormat, body_format};
use super::{Call, data};
use crate::fault::{Fault, code};
use backstay_engine::Answer;
use backstay_plan::request::{Action, Level, Request};
use backstay_plan::{Principal, Refusal};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Response, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Methods that an operation may have.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"];
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// One element of the body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation<'a> {
    method: String,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

/// An operation as a request of its own.
struct Step {
    parts: Parts,
    body: Bytes,
    who: Principal,
}

/// Where an operation leaves its request and finds its answer.
#[derive(Default)]
pub(super) struct Seat {
    request: Mutex<Option<Request>>,
    answer: Mutex<Option<Answer>>,
}

impl Seat {
    /// Leaves a request, and is done when its answer is there.
    pub(super) async fn run(&self, request: &Request) -> Result<Answer, Fault> {
        if counts_behind_offset(&request.action) {
            let fault =
                Fault::new(code::NOT_IMPLEMENTED, "A count together with an offset is not available in a transaction");
            return Err(fault);
        }
        put(&self.request, Some(request.clone()));
        Ok(poll_fn(|_| put(&self.answer, None).map_or(Poll::Pending, Poll::Ready)).await)
    }
}

fn put<T>(place: &Mutex<Option<T>>, value: Option<T>) -> Option<T> {
    std::mem::replace(&mut *place.lock().unwrap_or_else(PoisonError::into_inner), value)
}

/// Whether only the answer tells that the range was impossible: too late to undo anything.
fn counts_behind_offset(action: &Action) -> bool {
    let offset = |total: bool, level: &Level| total && level.offset.is_some();
    match action {
        Action::Read(read) => offset(read.total, &read.level),
        Action::Call(call) => offset(call.total, &call.level),
        Action::Insert(_) | Action::Update(_) | Action::Delete(_) | Action::Written(_) => false,
    }
}

/// Answers a list of operations.
pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Bytes>, Fault> {
    let preferences = call.preferences();
    let frame = call.frame(&preferences, Scope::default(), Vec::new())?;
    if frame.media != Media::Array {
        return Err(Fault::new(code::MEDIA_TYPE, "A transaction answers application/json only"));
    }
    match body_format(&call.parts.headers) {
        Ok(BodyFormat::Json) => {}
        Ok(BodyFormat::Csv | BodyFormat::Form) => {
            return Err(Fault::new(code::BODY, "Content-Type not acceptable: a transaction takes application/json"));
        }
        Err(other) => return Err(Fault::new(code::BODY, format!("Content-Type not acceptable: {other}"))),
    }
    let steps = steps(call)?;
    let seats: Vec<Seat> = steps.iter().map(|_| Seat::default()).collect();
    let mut calls: Vec<Call<'_>> = Vec::with_capacity(steps.len());
    for (step, seat) in steps.iter().zip(&seats) {
        let mut alone = Call::new((call.engine, call.limits), &step.parts, step.body.clone(), step.who.clone());
        alone.strict_embed_names = call.strict_embed_names;
        alone.seat = Some(seat);
        calls.push(alone);
    }
    let mut running: Vec<_> =
        calls.iter().map(|call| Running::Waits(Box::pin(data(call, call.parts.uri.path())))).collect();
    for (index, step) in running.iter_mut().enumerate() {
        step.advance().map_err(|fault| fault.of_operation(index))?;
    }
    let mut requests: Vec<(Request, Principal)> = Vec::with_capacity(calls.len());
    for (step, seat) in calls.iter().zip(&seats) {
        let request = put(&seat.request, None).ok_or_else(|| Fault::internal("an operation asked for nothing"))?;
        requests.push((request, step.who.clone()));
    }
    let rollback = preferences.transaction == Some(Transaction::Rollback);
    let answers = call.engine.run_together(requests, rollback).await;
    let answers = answers.map_err(|failure| Fault::of_failure(&failure, call.caller))?;
    for (seat, answer) in seats.iter().zip(answers) {
        put(&seat.answer, Some(answer));
    }
    let mut body = vec![b'['];
    for (index, (mut step, call)) in running.into_iter().zip(&calls).enumerate() {
        step.advance()?;
        if index > 0 {
            body.push(b',');
        }
        write(&mut body, &step.response()?, call.parts.method == Method::HEAD);
    }
    body.push(b']');
    let mut response = Response::new(Bytes::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Some(applied) = frame.applied.and_then(|applied| HeaderValue::try_from(applied).ok()) {
        headers.insert(HeaderName::from_static("preference-applied"), applied);
    }
    Ok(response)
}

/// An operation on its way.
enum Running<'a> {
    /// For its answer, or not begun.
    Waits(Pin<Box<dyn Future<Output = Result<Response<Bytes>, Fault>> + Send + 'a>>),
    /// With its response.
    Done(Response<Bytes>),
}

impl Running<'_> {
    /// Goes on as far as it can. Nobody needs to be woken: all that an operation waits for is its answer.
    fn advance(&mut self) -> Result<(), Fault> {
        if let Self::Waits(future) = self
            && let Poll::Ready(response) = future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            *self = Self::Done(response?);
        }
        Ok(())
    }

    fn response(self) -> Result<Response<Bytes>, Fault> {
        match self {
            Self::Done(response) => Ok(response),
            Self::Waits(_) => Err(Fault::internal("an operation has no answer")),
        }
    }
}

/// Reads the body.
fn steps(call: &Call<'_>) -> Result<Vec<Step>, Fault> {
    let list: Vec<&RawValue> = serde_json::from_slice(&call.body)
        .map_err(|_| Fault::new(code::BODY, "A transaction takes a JSON array of operations"))?;
    let max = call.limits.transaction_operations_max;
    if list.len() > usize::from(max) {
        return Err(call.refused(&Refusal::LimitExceeded { what: "operations of one transaction", max: max.into() }));
    }
    let step = |(index, text): (usize, &&RawValue)| {
        step(call, text.get()).map_err(|message| Fault::new(code::BODY, message).of_operation(index))
    };
    list.iter().enumerate().map(step).collect()
}

fn step(call: &Call<'_>, text: &str) -> Result<Step, String> {
    let Operation { method, path, headers, body } = serde_json::from_str(text).map_err(|error| {
        // Without the place, which would be one in the element.
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or_default();
        format!("The operation must be an object of method, path, headers and body: {words}")
    })?;
    let method = METHODS.iter().find(|known| **known == method);
    let method = *method.ok_or_else(|| format!("The method must be one of {}", METHODS.join(", ")))?;
    let mut parts = parts(method, &path)?;
    for (name, value) in headers {
        if !name.eq_ignore_ascii_case("prefer") {
            return Err(format!("The header {name:?} cannot be given for one operation; Prefer can"));
        }
        let value = HeaderValue::try_from(value).map_err(|_| "The value of Prefer is malformed".to_owned())?;
        parts.headers.append(PREFER, value);
    }
    let body = body.map_or_else(Bytes::new, |body| Bytes::copy_from_slice(body.get().as_bytes()));
    let who = Principal { method, ..call.who.clone() };
    Ok(Step { parts, body, who })
}

fn parts(method: &'static str, path: &str) -> Result<Parts, String> {
    let malformed = || "The path must be what follows /rest/v1, such as /todos?id=eq.1, percent-encoded".to_owned();
    if !path.starts_with('/') || path.contains('#') {
        return Err(malformed());
    }
    let path: PathAndQuery = path.parse().map_err(|_| malformed())?;
    let request = http::Request::builder().method(method).uri(Uri::from(path)).body(()).map_err(|_| malformed())?;
    Ok(request.into_parts().0)
}

/// Writes an answer as an element of the body.
fn write(out: &mut Vec<u8>, response: &Response<Bytes>, head_only: bool) {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: BTreeMap<&str, String> =
        response.headers().iter().map(|(name, value)| (name.as_str(), text(value))).collect();
    let head = serde_json::json!({ "status": response.status().as_u16(), "headers": headers }).to_string();
    out.extend_from_slice(head.strip_suffix('}').unwrap_or(&head).as_bytes());
    out.extend_from_slice(b",\"body\":");
    let body: &[u8] = if head_only || response.body().is_empty() { b"null" } else { response.body() };
    out.extend_from_slice(body);
    out.push(b'}');
}
