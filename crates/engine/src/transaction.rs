//! Several requests that are kept together or not at all. In: requests in order, each with its caller. Out: an answer to each.
//!
//! Each request takes the way it takes alone: resolved, authorised and compiled here, before anything is queued. Values that are
//! results of earlier requests are put in and cast on the writer's thread, when those results are there; a statement's text never
//! depends on them. What a reference finds is what the earlier answer shows its caller: a hidden column is not in it.

mod link;
mod reference;

use crate::accounts::Concerned;
use crate::answer::{Answer, Timings};
use crate::compiled::Compiled;
use crate::engine::Inner;
use crate::fault::Failure;
use crate::pipeline;
use crate::prepare::{self, Context};
use crate::rate::Allowance;
use crate::store::{Job, Together, TogetherStep};
use backstay_plan::request::Input;
use backstay_plan::{Principal, Refusal, Request};
pub use link::{Link, Linked, Rows};
use reference::Reference;
use std::sync::Arc;
use std::time::Instant;
use tracing::{Instrument, debug_span};

/// Runs the requests; see [`crate::Engine::run_together`].
pub(crate) async fn run(
    inner: &Inner,
    requests: Vec<(Request, Principal)>,
    rollback: bool,
) -> Result<Vec<Answer>, Failure> {
    let marked = requests.into_iter().enumerate().map(|(index, (mut request, who))| {
        let references = reference::take(&mut request.inputs, index).map_err(|failure| in_step(index, failure))?;
        Ok((request, who, Takes { references, ..Takes::default() }))
    });
    run_all(inner, marked, rollback, &mut Vec::new()).await
}

/// Runs the requests; see [`crate::Engine::run_linked`].
pub(crate) async fn run_linked(
    inner: &Inner,
    requests: Vec<Linked>,
    who: &Principal,
    allowances: &mut Vec<Allowance>,
) -> Result<Vec<Answer>, Failure> {
    let linked = requests.into_iter().map(|Linked { request, links, written_by }| {
        Ok((request, who.clone(), Takes { references: Vec::new(), links, written_by }))
    });
    run_all(inner, linked, false, allowances).await
}

/// What a request takes from earlier ones.
#[derive(Debug, Default)]
struct Takes {
    references: Vec<Reference>,
    links: Vec<Link>,
    written_by: Option<Rows>,
}

fn in_step(index: usize, failure: Failure) -> Failure {
    Failure::InTransaction { index, failure: Box::new(failure) }
}

async fn run_all(
    inner: &Inner,
    requests: impl ExactSizeIterator<Item = Result<(Request, Principal, Takes), Failure>>,
    rollback: bool,
    allowances: &mut Vec<Allowance>,
) -> Result<Vec<Answer>, Failure> {
    let limits = &inner.limits;
    if requests.len() > usize::from(limits.transaction_operations_max) {
        let max = limits.transaction_operations_max.into();
        return Err(Refusal::LimitExceeded { what: "operations of one transaction", max }.into());
    }
    let (loaded, now_micros) = (inner.loaded(), inner.clock.now_micros());
    let mut steps = Vec::with_capacity(requests.len());
    let mut all_timings = Vec::with_capacity(requests.len());
    let (mut references_left, mut rows) = (usize::from(limits.transaction_references_max), 0_u64);
    for (index, taken) in requests.enumerate() {
        let (mut request, who, takes) = taken?;
        let within = |failure| in_step(index, failure);
        let asked = (&*loaded.schema, &request.action);
        inner.rates.admit_everywhere(&inner.store, asked, &who, allowances).await.map_err(within)?;
        let mut timings = Timings::default();
        let compiled = pipeline::compiled(inner, &loaded, (&request, &who), &mut timings)
            .map_err(|refusal| within(refusal.into()))?;
        rows = rows.saturating_add(written(&request));
        if rows > limits.transaction_rows_max.into() {
            let max = limits.transaction_rows_max.into();
            return Err(within(Refusal::LimitExceeded { what: "rows of one transaction", max }.into()));
        }
        references_left = references_left.checked_sub(takes.references.len()).ok_or_else(|| {
            let max = limits.transaction_references_max.into();
            within(Refusal::LimitExceeded { what: "references of one transaction", max }.into())
        })?;
        // The caller decides about all of them together.
        request.guards.rollback = false;
        steps.push(step(inner, compiled, (request, who), (takes, now_micros)).map_err(within)?);
        all_timings.push(timings);
    }
    let together = Together { steps, rollback, rows_max: limits.transaction_rows_max };
    let started = Instant::now();
    let outcome = inner.store.run_together(together).instrument(debug_span!("execute")).await?;
    let execute = started.elapsed();
    let outcomes = outcome.steps.into_iter().zip(all_timings);
    Ok(outcomes.map(|(outcome, timings)| pipeline::answer(outcome, Timings { execute, ..timings })).collect())
}

/// Rows that a request brings.
fn written(request: &Request) -> u64 {
    let rows = |input: &Input| match input {
        Input::Rows(rows) => u64::try_from(rows.len()).unwrap_or(u64::MAX),
        Input::Text(_) | Input::List(_) | Input::Int(_) | Input::Json(_) => 0,
    };
    request.inputs.iter().map(rows).fold(0, u64::saturating_add)
}

/// A request with its values where they are known, else with what puts them in.
fn step(
    inner: &Inner,
    compiled: Arc<Compiled>,
    (request, who): (Request, Principal),
    (takes, now_micros): (Takes, i64),
) -> Result<TogetherStep, Failure> {
    let (ids, hash) = (Arc::clone(&inner.ids), inner.hash);
    let job = move |request: &Request| -> Result<Job, Failure> {
        let limits = &compiled.loaded.limits;
        let context = Context { who: &who, now_micros, limits, ids: &ids, hash };
        let bound = prepare::bound(&compiled, request, &context)?;
        let (compiled, who, concerned) = (Arc::clone(&compiled), who.clone(), Concerned::Nobody);
        Ok(Job { compiled, bound, guards: request.guards, who, now_micros, concerned })
    };
    let Takes { references, links, written_by } = takes;
    if references.is_empty() && links.is_empty() && written_by.is_none() {
        return job(&request).map(TogetherStep::Ready);
    }
    Ok(TogetherStep::Later(Box::new(move |done, deadline| {
        let mut request = request.clone();
        reference::put(&mut request.inputs, &references, done, deadline)?;
        link::put(&mut request.inputs, &links, done)?;
        let mut job = job(&request)?;
        if let Some(rows) = written_by {
            link::keyed(&mut job.bound, rows, done);
        }
        Ok(job)
    })))
}

#[cfg(test)]
mod tests;
