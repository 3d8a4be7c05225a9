//! Flow 1, whole: a request becomes a plan, the plan a statement, the statement an answer. One line a stage.

use crate::accounts::Concerned;
use crate::answer::{Answer, Timings};
use crate::cache::Shape;
use crate::compiled::{Compiled, Loaded};
use crate::engine::Inner;
use crate::fault::Failure;
use crate::prepare::{self, Context};
use crate::rate::Allowance;
use crate::store::{Job, Outcome};
use backstay_plan::access::View;
use backstay_plan::{Principal, Refusal, Request, authorize::authorize, resolve::resolve_at, scope, suggest::complete};
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tracing::{Instrument, Span, debug_span};

/// Runs a request as a caller, and tells what is left of the rate limits it was counted for.
pub(crate) async fn run(
    inner: &Inner,
    request: &Request,
    who: &Principal,
    allowances: &mut Vec<Allowance>,
) -> Result<Answer, Failure> {
    let loaded = inner.loaded();
    inner.rates.admit_everywhere(&inner.store, (&loaded.schema, &request.action), who, allowances).await?;
    run_in(inner, &loaded, (request, who)).await
}

/// Runs a request on the tables of a schema.
pub(crate) async fn run_in(
    inner: &Inner,
    loaded: &Arc<Loaded>,
    (request, who): (&Request, &Principal),
) -> Result<Answer, Failure> {
    let mut timings = Timings::default();
    let compiled = compiled(inner, loaded, (request, who), &mut timings)?;
    let started = Instant::now();
    let cache = compiled.cache;
    let job = job(inner, compiled, request, who)?;
    let outcome = inner.store.run(job).instrument(debug_span!("execute")).await?;
    timings.execute = started.elapsed();
    Ok(Answer { cache, ..answer(outcome, timings) })
}

/// What a store came to, as an answer that nobody may keep.
pub(crate) fn answer(outcome: Outcome, timings: Timings) -> Answer {
    Answer {
        body: Bytes::from(outcome.body),
        rows: outcome.rows,
        total: outcome.total,
        affected: outcome.affected,
        inserted: outcome.inserted,
        cache: None,
        timings,
    }
}

/// The statement of a request, from the cache where it is there.
pub(crate) fn compiled(
    inner: &Inner,
    loaded: &Arc<Loaded>,
    (request, who): (&Request, &Principal),
    timings: &mut Timings,
) -> Result<Arc<Compiled>, Refusal> {
    scope::check(who, &request.action)?;
    let shape =
        Shape { action: &request.action, door: who.api, roles: &who.identity.roles, generation: loaded.generation };
    let compiled = match inner.plans.get(&shape) {
        Some(compiled) => compiled,
        None => plan(inner, &shape, loaded, timings)
            .map_err(|refusal| complete(refusal, &View::new(&loaded.schema, shape.roles)))?,
    };
    compiled.runs.fetch_add(1, Ordering::Relaxed);
    Ok(compiled)
}

/// The stages that depend only on the shape and the roles; their result is kept.
fn plan(
    inner: &Inner,
    shape: &Shape<'_>,
    loaded: &Arc<Loaded>,
    timings: &mut Timings,
) -> Result<Arc<Compiled>, Refusal> {
    let (action, schema, roles) = (shape.action, &loaded.schema, shape.roles);
    let resolved =
        stage(debug_span!("resolve"), &mut timings.resolve, || resolve_at(shape.door, action, schema, &loaded.limits))?;
    let plan = stage(debug_span!("authorize"), &mut timings.authorize, || authorize(resolved, schema, roles))?;
    let statement = stage(debug_span!("compile"), &mut timings.compile, || {
        backstay_compile::compile(&plan, schema, loaded.dialect)
    })?;
    let compiled = Arc::new(Compiled::new(Arc::clone(loaded), plan, statement));
    inner.plans.insert(*shape, &compiled);
    Ok(compiled)
}

fn stage<T>(span: Span, took: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = span.in_scope(work);
    *took = started.elapsed();
    result
}

/// The statement with the values of this request.
fn job(inner: &Inner, compiled: Arc<Compiled>, request: &Request, who: &Principal) -> Result<Job, Refusal> {
    let now_micros = inner.clock.now_micros();
    let limits = &compiled.loaded.limits;
    let context = Context { who, now_micros, limits, ids: &inner.ids, hash: inner.hash };
    let bound = prepare::bound(&compiled, request, &context)?;
    let concerned = Concerned::Nobody;
    Ok(Job { compiled, bound, guards: request.guards, who: who.clone(), now_micros, concerned })
}

#[cfg(test)]
pub(crate) mod tests;
