//! An answer of the engine becomes an HTTP response: status, ranges, preferences in effect, and the body in the media type
//! that was chosen. A JSON array is handed on as the bytes the engine made.

mod csv;
mod strip;

pub(super) use csv::{Column, Kind};

use super::headers::accept::Media;
use super::headers::profile::SCHEMA;
use super::parse::range::Window;
use crate::fault::{Fault, code};
use backstay_engine::Answer;
use bytes::Bytes;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{HeaderName, Response, StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands for itself in a query string.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What the headers of every answer depend on.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Media type of the body.
    pub(super) media: Media,
    /// Whether a profile was asked for.
    pub(super) profile: bool,
    /// Preferences in effect.
    pub(super) applied: Option<String>,
    /// Embeds addressed by target although they have an alias: `(target, alias)`.
    pub(super) renamed: Vec<(String, String)>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// POST; `merged` when existing rows may have been changed instead.
    Inserted {
        /// Whether the request was an upsert that merges.
        merged: bool,
    },
    /// PATCH.
    Updated,
    /// DELETE.
    Deleted,
    /// PUT.
    Put,
}

/// The answer to a read of rows. `columns` are asked for only where the body is CSV.
pub(super) fn read(
    answer: &Answer,
    window: Window,
    frame: &Frame,
    columns: impl FnOnce() -> Vec<Column>,
) -> Response<Bytes> {
    let total = answer.total;
    let first = u64::try_from(window.first).unwrap_or(0);
    let range = content_range(Some((first, answer.rows)), total);
    if let Some(total) = total.filter(|total| first > *total) {
        let details = format!("An offset of {first} was requested, but there are only {total} rows.");
        let fault = Fault::new(code::RANGE, "Requested range not satisfiable").details(details);
        return fault.header(CONTENT_RANGE, range).into_response();
    }
    let partial = total.is_some_and(|total| answer.rows < total);
    let status = if partial { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let body = body(answer, frame.media, columns);
    let mut response = respond(status, body, frame);
    describe_body(&mut response, frame);
    response.headers_mut().insert(CONTENT_RANGE, range);
    response
}

/// The answer to an operation that answers one value, or nothing.
pub(super) fn value(
    answer: &Answer,
    frame: &Frame,
    void: bool,
    columns: impl FnOnce() -> Vec<Column>,
) -> Response<Bytes> {
    let range = content_range(Some((0, 1)), answer.total);
    let mut response = if void {
        respond(StatusCode::NO_CONTENT, Bytes::new(), frame)
    } else {
        let body = match frame.media {
            Media::Array | Media::Object => answer.body.clone(),
            Media::ArrayStripped | Media::ObjectStripped => strip::nulls(&answer.body),
            Media::Csv => csv::render(&wrapped(&answer.body), &columns()),
        };
        let mut response = respond(StatusCode::OK, body, frame);
        describe_body(&mut response, frame);
        response
    };
    response.headers_mut().insert(CONTENT_RANGE, range);
    response
}

/// The answer to a write. `rows` tells whether they are to be returned, `count` whether their number is.
pub(super) fn write(
    answer: &Answer,
    written: Written,
    wants: Wants,
    frame: &Frame,
    columns: impl FnOnce() -> Vec<Column>,
) -> Response<Bytes> {
    let total = wants.count.then_some(answer.affected);
    let done = if wants.rows { StatusCode::OK } else { StatusCode::NO_CONTENT };
    let (status, range) = match written {
        Written::Inserted { merged } => {
            let none_new = merged && answer.inserted == 0;
            (if none_new { StatusCode::OK } else { StatusCode::CREATED }, Some(content_range(None, total)))
        }
        Written::Updated => (done, Some(content_range(Some((0, answer.affected)), total))),
        Written::Deleted => (done, Some(content_range(None, total))),
        Written::Put => (if wants.rows && answer.inserted > 0 { StatusCode::CREATED } else { done }, None),
    };
    let body = if wants.rows { body(answer, frame.media, columns) } else { Bytes::new() };
    let mut response = respond(status, body, frame);
    if wants.rows {
        describe_body(&mut response, frame);
    }
    if let Some(range) = range {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    response
}

/// What the answer to a write holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wants {
    /// The rows.
    pub(super) rows: bool,
    /// Their number.
    pub(super) count: bool,
}

/// The answer to OPTIONS.
pub(super) fn options(allow: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(http::header::ALLOW, allow);
    }
    response
}

/// Names the place of the only row of the answer, which holds its key: `/<relation>?<column>=eq.<value>`.
pub(super) fn set_location(response: &mut Response<Bytes>, answer: &Answer, uri: &Uri) {
    let rows: Vec<serde_json::Map<String, Value>> = serde_json::from_slice(&answer.body).unwrap_or_default();
    let [row] = rows.as_slice() else { return };
    let relation = uri.path().rsplit('/').next().unwrap_or_default();
    let mut place = format!("/{relation}");
    for (at, (column, value)) in row.iter().enumerate() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        place.push(if at == 0 { '?' } else { '&' });
        place.extend(utf8_percent_encode(column, UNRESERVED));
        place.push_str("=eq.");
        place.extend(utf8_percent_encode(&value, UNRESERVED));
    }
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
}

fn respond(status: StatusCode, body: Bytes, frame: &Frame) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(applied) = frame.applied.as_ref().and_then(|applied| HeaderValue::try_from(applied.as_str()).ok()) {
        headers.insert(HeaderName::from_static("preference-applied"), applied);
    }
    for (target, alias) in &frame.renamed {
        let warning = format!(
            "299 backstay \"Embedded resource was referenced by relation name even though it has an alias. This is deprecated \
             and will stop working in a future release. Update `{target}` to `{alias}` in query string filters, orders or limits.\""
        );
        if let Ok(warning) = HeaderValue::from_bytes(warning.as_bytes()) {
            headers.append(http::header::WARNING, warning);
        }
    }
    response
}

/// Names the type of the body, and its schema where one was asked for.
fn describe_body(response: &mut Response<Bytes>, frame: &Frame) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(frame.media.content_type()));
    if frame.profile {
        headers.insert(HeaderName::from_static("content-profile"), HeaderValue::from_static(SCHEMA));
    }
}

fn body(answer: &Answer, media: Media, columns: impl FnOnce() -> Vec<Column>) -> Bytes {
    match media {
        Media::Array => answer.body.clone(),
        Media::ArrayStripped => strip::nulls(&answer.body),
        Media::Object => only_row(&answer.body),
        Media::ObjectStripped => strip::nulls(&only_row(&answer.body)),
        Media::Csv => csv::render(&answer.body, &columns()),
    }
}

/// The row of an array of one row. The engine has seen to it that there is exactly one.
fn only_row(array: &Bytes) -> Bytes {
    let inside = array.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).map(<[u8]>::trim_ascii);
    inside.map_or_else(|| array.clone(), |row| array.slice_ref(row))
}

fn wrapped(row: &Bytes) -> Bytes {
    if row.starts_with(b"{") { Bytes::from([b"[", row.as_ref(), b"]"].concat()) } else { row.clone() }
}

/// `first-last/total`, with `*` for what there is not.
fn content_range(rows: Option<(u64, u64)>, total: Option<u64>) -> HeaderValue {
    let mut text = String::with_capacity(24);
    let mut digits = itoa::Buffer::new();
    match rows {
        Some((first, count)) if count > 0 && total != Some(0) => {
            text.push_str(digits.format(first));
            text.push('-');
            text.push_str(digits.format(first.saturating_add(count.saturating_sub(1))));
        }
        Some(_) | None => text.push('*'),
    }
    text.push('/');
    match total {
        Some(total) => text.push_str(digits.format(total)),
        None => text.push('*'),
    }
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("*/*"))
}

#[cfg(test)]
mod tests;
