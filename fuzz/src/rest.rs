//! Targets of the data API: a request goes all the way, through parser, rules, compiler and SQLite, and is rolled back.
//! No input may make a panic, an internal error, or SQL that SQLite refuses.

use crate::{Outcome, kind};
use backstay_edge::rest::{Service, handle};
use backstay_engine::{Engine, OpenOptions, migrate};
use backstay_plan::Principal;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_schema::{Source, parse};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use std::cell::OnceCell;
use std::sync::Arc;
use tokio::runtime::Runtime;

pub(crate) const QUERY_WORDS: &[&str] = &[
    "select=",
    "order=",
    "limit=",
    "offset=",
    "and=",
    "or=",
    "not.",
    "eq.",
    "neq.",
    "gt.",
    "in.(",
    "is.null",
    "is.true",
    "like.",
    "ilike.*",
    "match.^a",
    "imatch.",
    "cs.{",
    "cd.",
    "ov.",
    "fts.",
    "plfts(english).",
    "isdistinct.",
    "any)",
    "all)",
    "id",
    "title",
    "tags",
    "meta",
    "done",
    "author_id",
    "author",
    "books",
    "name",
    "!inner",
    "!left",
    "...",
    "*",
    "(",
    ")",
    ",",
    ".",
    ":",
    "::text",
    "::int",
    "->",
    "->>",
    "\"",
    "\\",
    "count()",
    ".sum()",
    ".avg()",
    ".desc",
    ".nullsfirst",
    "&",
    "=",
    "%00",
    "%",
    "{a,b}",
    "9223372036854775808",
    "-1",
    "on_conflict=",
    "columns=",
];
pub(crate) const HEADER_WORDS: &[&str] = &[
    "GET /books",
    "HEAD /books",
    "POST /authors",
    "PATCH /books?id=eq.1",
    "DELETE /books?id=eq.1",
    "PUT /authors?id=eq.1",
    "OPTIONS /books",
    "GET /rpc/add?a=1",
    "\n",
    "Prefer: ",
    "return=representation",
    "return=minimal",
    "return=headers-only",
    "count=exact",
    "count=planned",
    "resolution=merge-duplicates",
    "missing=default",
    "handling=strict",
    "max-affected=1",
    "timezone=UTC",
    "Range: 0-1",
    "Range-Unit: items",
    "Accept: text/csv",
    "Accept: application/vnd.pgrst.object+json;nulls=stripped",
    "Accept: */*;q=0",
    "Accept-Profile: public",
    ", ",
    ";",
    "q=0.5",
    "Content-Type: application/json",
    "Content-Type: text/csv",
    "Content-Type: application/x-www-form-urlencoded",
    "\n\n",
    "{\"id\":1}",
    "{\"done\":true}",
];
pub(crate) const BODY_WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\"id\":",
    "\"title\":",
    "\"name\":",
    "\"tags\":",
    "\"meta\":",
    "\"done\":",
    "\"author_id\":",
    "\"a\":",
    "null",
    "true",
    "1e400",
    "-0",
    "9223372036854775808",
    "0.1",
    "\\u0000",
    "\\ud800",
    "é",
    "[[",
    "{\"a\":",
    "\"a\"",
    "1",
    "\u{feff}",
    " ",
];
pub(crate) const TRANSACTION_WORDS: &[&str] = &[
    "[",
    "]",
    ",",
    "{\"method\":\"GET\",\"path\":\"/books\"}",
    "{\"method\":\"POST\",\"path\":\"/authors\",\"headers\":{\"Prefer\":\"return=representation\"},\"body\":{\"id\":9,\"name\":\"Cy\"}}",
    "{\"method\":\"PATCH\",\"path\":\"/books?id=eq.1\",\"body\":{\"author_id\":{\"$ref\":\"0.0.id\"}}}",
    "\"method\":",
    "\"path\":",
    "\"headers\":",
    "\"Prefer\":",
    "\"body\":",
    "{\"$ref\":\"0.0.id\"}",
    "{\"$value\":1}",
    "$0.0.id",
    "$$",
    "\"DELETE\"",
    "\"PUT\"",
    "\"HEAD\"",
    "/rpc/add?a=1",
    "?select=id,author(name)",
    "&id=in.($0.0.id,2)",
    "on_conflict=name",
    "resolution=merge-duplicates",
    "count=exact",
    "tx=rollback",
    "null",
    "%20",
    "0",
];
pub(crate) const CSV_WORDS: &[&str] = &[
    ",", "\n", "\r\n", "\"", "\"\"", "NULL", "id", "title", "tags", "meta", "done", "{a,b}", "{\"", "t", "9", "é", "\0",
];

/// What may stand in a query as it is; everything else is written as `%XX`.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'\\')
    .add(b'^');

const SCHEMA: &str = include_str!("../schemas/rest.graphql");
const ROWS: [(&str, &str); 2] = [
    ("/authors", r#"[{"id":1,"name":"Ana"},{"id":2,"name":"Ben"}]"#),
    (
        "/books",
        r#"[{"id":1,"title":"One","tags":["a","b c"],"meta":{"n":1},"done":true,"author_id":1},
            {"id":2,"title":"Two","tags":[],"meta":null,"done":false,"author_id":1},
            {"id":3,"title":"Three, \"3\"","tags":null,"meta":[1],"done":null,"author_id":null}]"#,
    ),
];

pub(crate) struct Api {
    pub(crate) runtime: Runtime,
    pub(crate) engine: Engine,
    limits: Limits,
    _data: tempfile::TempDir,
}

thread_local! {
    static API: OnceCell<Result<Api, String>> = const { OnceCell::new() };
}

/// A database of its own with the rows of the data API.
pub(crate) fn open() -> Result<Api, String> {
    Api::open()
}

impl Api {
    fn open() -> Result<Self, String> {
        let shown = |error: &dyn std::fmt::Display| error.to_string();
        let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: SCHEMA.to_owned() }]);
        let schema = Arc::new(parsed.schema.ok_or("the schema of the data API is refused")?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| shown(&e))?;
        let data = tempfile::tempdir().map_err(|e| shown(&e))?;
        let engine =
            Engine::open(Arc::clone(&schema), OpenOptions::new(data.path().join("fuzz.db"))).map_err(|e| shown(&e))?;
        runtime.block_on(async {
            let plan = migrate::plan(&engine, schema).await.map_err(|e| shown(&e))?;
            migrate::apply(&engine, plan, migrate::Permission::AdditiveOnly).await.map_err(|e| shown(&e)).map(|_| ())
        })?;
        let api = Self { runtime, engine, limits: Limits::default(), _data: data };
        for (path, body) in ROWS {
            let mut request = Request::new(());
            *request.method_mut() = Method::POST;
            *request.uri_mut() = http::Uri::from_static(path);
            let response = api.send(request, Bytes::from_static(body.as_bytes()));
            if response.status() != 201 {
                return Err(format!("the rows are refused: {response:?}"));
            }
        }
        Ok(api)
    }

    fn send(&self, request: Request<()>, body: Bytes) -> Response<Bytes> {
        let (parts, ()) = request.into_parts();
        let service = Service {
            engine: &self.engine,
            limits: &self.limits,
            tx_override: true,
            server_timing: false,
            strict_embed_names: false,
        };
        let who = Principal::with_roles(RoleSet::anonymous());
        let path = parts.uri.path().to_owned();
        self.runtime.block_on(handle(service, &parts, body, who, &path))
    }

    /// Sends a request that is rolled back, and judges the answer.
    fn judged(&self, mut request: Request<()>, body: &[u8]) -> Outcome {
        request.headers_mut().append("prefer", HeaderValue::from_static("tx=rollback"));
        let method = request.method().clone();
        let misses = self.engine.stats().plan_misses;
        let response = self.send(request, Bytes::copy_from_slice(body));
        let status = response.status().as_u16();
        let fault: serde_json::Value = if status >= 400 && method != Method::HEAD {
            serde_json::from_slice(response.body())
                .map_err(|error| format!("the body of {status} is no JSON: {error}: {:?}", response.body()))?
        } else {
            serde_json::Value::Null
        };
        let text = |name: &str| fault.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let (code, message) = (text("code"), text("message"));
        // A merge that meets a row twice is answered as PostgREST does.
        if status >= 500 && code != "21000" {
            return Err(format!("{status} {:?}", response.body()));
        }
        let is_json = response.headers().get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"application/"));
        if status < 300 && is_json && !response.body().is_empty() && method != Method::HEAD {
            serde_json::from_slice::<serde::de::IgnoredAny>(response.body())
                .map_err(|error| format!("the answer is no JSON: {error}: {:?}", response.body()))?;
        }
        let new_plan = self.engine.stats().plan_misses.wrapping_sub(misses);
        let fresh = if new_plan > 0 && status < 300 { self.engine.stats().plan_misses % 512 } else { 0 };
        Ok(kind(&format!("{code} {message}")) ^ u64::from(status) ^ (fresh << 32))
    }
}

fn with_api(run: impl FnOnce(&Api) -> Outcome) -> Outcome {
    API.with(|cell| run(cell.get_or_init(Api::open).as_ref().map_err(Clone::clone)?))
}

fn request(method: Method, uri: &str) -> Option<Request<()>> {
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri.parse().ok()?;
    Some(request)
}

/// A query string on a table with relations.
///
/// # Errors
/// What must never be.
pub fn fuzz_query(data: &[u8]) -> Outcome {
    let query = percent_encode(data, QUERY);
    let Some(request) = request(Method::GET, &format!("/books?{query}")) else { return Ok(0) };
    with_api(|api| api.judged(request, b""))
}

/// A select list, with everything that has a meaning in it kept.
///
/// # Errors
/// What must never be.
pub fn fuzz_select(data: &[u8]) -> Outcome {
    let list = percent_encode(data, QUERY).to_string().replace('&', "%26");
    let Some(request) = request(Method::GET, &format!("/books?select={list}")) else { return Ok(0) };
    with_api(|api| api.judged(request, b""))
}

/// `METHOD /path`, a header a line, an empty line, a body.
///
/// # Errors
/// What must never be.
pub fn fuzz_headers(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let Some((method, path)) = lines.next().and_then(|line| line.split_once(' ')) else { return Ok(0) };
    let path = percent_encode(path.as_bytes(), QUERY).to_string();
    let Some(mut request) = method.parse().ok().and_then(|method| request(method, &path)) else { return Ok(0) };
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        let (name, value) = (HeaderName::try_from(name.trim()), HeaderValue::try_from(value.trim()));
        if let (Ok(name), Ok(value)) = (name, value) {
            request.headers_mut().append(name, value);
        }
    }
    with_api(|api| api.judged(request, body.as_bytes()))
}

/// A JSON body at each door that takes one.
///
/// # Errors
/// What must never be.
pub fn fuzz_body(data: &[u8]) -> Outcome {
    let doors = [
        (Method::POST, "/books"),
        (Method::POST, "/authors?on_conflict=name"),
        (Method::PATCH, "/books?id=lt.3"),
        (Method::PUT, "/authors?id=eq.1"),
        (Method::POST, "/rpc/add"),
    ];
    let at = usize::try_from(kind(&String::from_utf8_lossy(data)) % 5).unwrap_or_default();
    let (method, uri) = doors[at].clone();
    let Some(mut request) = request(method, uri) else { return Ok(0) };
    let prefer = HeaderValue::from_static("return=representation, resolution=merge-duplicates, missing=default");
    request.headers_mut().append("prefer", prefer);
    with_api(|api| api.judged(request, data))
}

/// A list of operations.
///
/// # Errors
/// What must never be.
pub fn fuzz_transaction(data: &[u8]) -> Outcome {
    let Some(mut request) = request(Method::POST, "/") else { return Ok(0) };
    request.headers_mut().append("content-type", HeaderValue::from_static("application/json"));
    with_api(|api| api.judged(request, data))
}

/// A CSV body.
///
/// # Errors
/// What must never be.
pub fn fuzz_csv(data: &[u8]) -> Outcome {
    let Some(mut request) = request(Method::POST, "/books") else { return Ok(0) };
    request.headers_mut().append("content-type", HeaderValue::from_static("text/csv"));
    request.headers_mut().append("prefer", HeaderValue::from_static("return=representation"));
    request.headers_mut().append("accept", HeaderValue::from_static("text/csv;q=0.9, application/json;q=0.1"));
    with_api(|api| api.judged(request, data))
}
