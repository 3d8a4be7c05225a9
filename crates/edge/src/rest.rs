//! The data API over HTTP, in PostgREST's dialect. In: a request whose caller is known. Out: a response.
//! Parse and render only: every name, rule and limit is the plan's business, and every status of an error is `fault`'s.

mod body;
mod columns;
mod headers;
mod operation;
mod parse;
mod path;
mod put;
mod relation;
mod render;
mod transaction;

use crate::fault::{Caller, Fault, code};
use crate::{rate, validator};
use backstay_engine::answer::Timings;
use backstay_engine::rate::Allowance;
use backstay_engine::{Answer, Engine};
use backstay_plan::access::View;
use backstay_plan::limits::Limits;
use backstay_plan::principal::WireRole;
use backstay_plan::request::Request;
use backstay_plan::{Principal, Refusal, suggest};
use backstay_schema::Schema;
use backstay_schema::model::CachePolicy;
use bytes::Bytes;
use headers::accept::{self, Media};
use headers::prefer::{Preferences, Scope, Transaction};
use http::header::HeaderValue;
use http::request::Parts;
use http::{Method, Response};
use parse::range::BadRange;
use parse::{Keys, ParseError, Query};
use path::Target;
use render::Frame;
use std::sync::OnceLock;
use std::time::Duration;
use transaction::Seat;

/// What the data API needs of a server.
#[derive(Clone, Copy)]
pub struct Service<'a> {
    /// Runs requests.
    pub engine: &'a Engine,
    /// Bounds of one request.
    pub limits: &'a Limits,
    /// Whether clients may end transactions (`Prefer: tx=`).
    pub tx_override: bool,
    /// Whether answers say how long each stage took (`Server-Timing`).
    pub server_timing: bool,
    /// Whether an embed that has an alias is known by that alone, and not by its target too.
    pub strict_embed_names: bool,
}

/// Answers a request. `path` is what follows the mount point, such as `/todos` or `/rpc/report`.
pub async fn handle<'a>(
    service: impl Into<Service<'a>>,
    parts: &Parts,
    body: Bytes,
    who: Principal,
    path: &str,
) -> Response<Bytes> {
    let Service { engine, limits, tx_override, server_timing, strict_embed_names } = service.into();
    let mut call = Call::new((engine, limits), parts, body, who);
    call.transactions = tx_override;
    call.strict_embed_names = strict_embed_names;
    let mut response = answer(&call, path).await.unwrap_or_else(Fault::into_response);
    if parts.method == Method::GET || parts.method == Method::HEAD {
        validator::lifetime(&mut response, call.cache.get().copied().flatten());
        validator::validate(parts, &mut response);
    }
    for (name, value) in rate::headers(call.allowances.get().map_or(&[], Vec::as_slice)) {
        response.headers_mut().append(name, value);
    }
    if let Some(timings) = call.timings.get().filter(|_| server_timing) {
        response.headers_mut().append("server-timing", stages(timings));
    }
    if parts.method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

async fn answer(call: &Call<'_>, path: &str) -> Result<Response<Bytes>, Fault> {
    match path::target(path)? {
        Target::Relation(name) => relation::answer(call, name).await,
        Target::Root if call.parts.method == Method::POST => Box::pin(transaction::answer(call)).await,
        Target::Root | Target::Operation(_) => Box::pin(data(call, path)).await,
    }
}

/// Answers what is not a transaction.
async fn data(call: &Call<'_>, path: &str) -> Result<Response<Bytes>, Fault> {
    match path::target(path)? {
        Target::Root => Err(Fault::new(code::PATH, "Invalid path specified in request URL")),
        Target::Relation(name) => relation::answer(call, name).await,
        Target::Operation(name) => operation::answer(call, name).await,
    }
}

/// A request and what it is answered with.
struct Call<'a> {
    engine: &'a Engine,
    /// What is left of the rate limits, once the request was counted.
    allowances: OnceLock<Vec<Allowance>>,
    limits: &'a Limits,
    /// Whether clients may end transactions (`Prefer: tx=`).
    transactions: bool,
    /// Whether an embed that has an alias is known by that alone.
    strict_embed_names: bool,
    /// For how long the answer may be kept, once the request has run.
    cache: OnceLock<Option<CachePolicy>>,
    /// Time spent in each stage, once the request has run.
    timings: OnceLock<Timings>,
    parts: &'a Parts,
    body: Bytes,
    caller: Caller,
    who: Principal,
    /// Where the request goes when it is one of a transaction.
    seat: Option<&'a Seat>,
}

impl<'a> Call<'a> {
    fn new((engine, limits): (&'a Engine, &'a Limits), parts: &'a Parts, body: Bytes, who: Principal) -> Self {
        let caller = Caller { anonymous: who.identity.roles.wire == WireRole::Anonymous, method: who.method };
        let (transactions, strict_embed_names) = (false, false);
        let (allowances, cache, timings) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let seat = None;
        Self {
            engine,
            allowances,
            limits,
            transactions,
            strict_embed_names,
            cache,
            timings,
            parts,
            body,
            caller,
            who,
            seat,
        }
    }
}

impl Call<'_> {
    /// Reads the query string. The first `reserved` inputs are left to the caller.
    fn query(&self, keys: &Keys<'_>, reserved: usize) -> Result<Query, Fault> {
        let text = self.parts.uri.query().unwrap_or_default();
        let query = parse::query(text, keys, reserved, self.limits).map_err(|error| match error {
            ParseError::Syntax { message, details } => Fault::new(code::QUERY_SYNTAX, message).details(details),
            ParseError::Refused(refusal) => self.refused(&refusal),
            ParseError::Range(bad) => bad_range(bad),
        })?;
        match query.renamed.first().filter(|_| self.strict_embed_names) {
            Some((target, alias)) => {
                Err(Fault::new(code::NOT_EMBEDDED, format!("'{target}' is not an embedded resource in this request"))
                    .hint(Some(format!("Change '{target}' to '{alias}' in filters, orders and limits."))))
            }
            None => Ok(query),
        }
    }

    /// Reads the preferences.
    fn preferences(&self) -> Preferences {
        Preferences::read(&self.parts.headers, self.transactions)
    }

    /// What the headers of the answer depend on. Refuses media types and preferences that cannot be met.
    fn frame(&self, preferences: &Preferences, scope: Scope, renamed: Vec<(String, String)>) -> Result<Frame, Fault> {
        let headers = &self.parts.headers;
        let profile = headers::profile::negotiated(headers, &self.parts.method)?;
        let media = accept::negotiate(headers)?;
        preferences.check()?;
        let applied = preferences.applied(scope);
        Ok(Frame { media, profile, applied, renamed })
    }

    /// Runs a request.
    async fn run(&self, request: &Request) -> Result<Answer, Fault> {
        if let Some(seat) = self.seat {
            return seat.run(request).await;
        }
        let (allowances, answer) = self.engine.run_counted(request, &self.who).await;
        let _ = self.allowances.set(allowances);
        let answer = answer.map_err(|failure| Fault::of_failure(&failure, self.caller))?;
        let _ = self.timings.set(answer.timings);
        let _ = self.cache.set(answer.cache);
        Ok(answer)
    }

    fn refused(&self, refusal: &Refusal) -> Fault {
        Fault::of_refusal(refusal, self.caller)
    }

    /// A refusal that the engine did not see, with a similar name where the caller may know of one.
    fn refused_name(&self, refusal: Refusal, schema: &Schema) -> Fault {
        self.refused(&suggest::complete(refusal, &View::new(schema, &self.who.identity.roles)))
    }
}

/// The stages of the pipeline as `Server-Timing` has them, in milliseconds.
fn stages(timings: &Timings) -> HeaderValue {
    let Timings { resolve, authorize, compile, execute } = timings;
    let stage = |name: &str, time: &Duration| format!("{name};dur={:.3}", time.as_secs_f64() * 1000.0);
    let stages = [
        stage("resolve", resolve),
        stage("authorize", authorize),
        stage("compile", compile),
        stage("execute", execute),
    ];
    HeaderValue::try_from(stages.join(", ")).unwrap_or(HeaderValue::from_static("resolve"))
}

/// Conditions under which a write that worked is rolled back.
fn guards(preferences: &Preferences, media: Media, affected_max: Option<u64>) -> backstay_plan::request::Guards {
    backstay_plan::request::Guards {
        singular: media.is_singular(),
        affected_max,
        rollback: preferences.transaction == Some(Transaction::Rollback),
    }
}

fn bad_range(bad: BadRange) -> Fault {
    let details = match bad {
        BadRange::NegativeLimit => "Limit should be greater than or equal to zero.",
        BadRange::Reversed => {
            "The lower boundary must be lower than or equal to the upper boundary in the Range header."
        }
    };
    Fault::new(code::RANGE, "Requested range not satisfiable").details(details)
}
