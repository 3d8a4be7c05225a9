//! One transaction over Backstay's own tables and the application's. In: steps in order. Out: an answer to each, once all are on
//! the disk; or the failure of one, and nothing of any was kept.
//!
//! A step that consumes something once says so as a condition and an expectation, `update … where used_at is null` expecting
//! one row: whoever comes second changes none, and all that was done with it is undone.

use crate::accounts::Concerned;
use crate::answer::{Answer, Timings};
use crate::ask::{Ask, Asked, Late, Value, Verb};
use crate::compiled::{Compiled, Loaded, Spaces};
use crate::engine::Inner;
use crate::fault::Failure;
use crate::pipeline;
use crate::prepare::{self, Context};
use crate::store::{Job, Outcome, Together, TogetherStep};
use backstay_plan::principal::RoleSet;
use backstay_plan::request::Action;
use backstay_plan::{Principal, Refusal, Request};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tracing::{Instrument, debug_span};

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What to do.
    pub what: Asked,
    /// On whose tables.
    pub space: Space,
    /// What must come of it.
    pub expect: Expect,
    /// Accounts that must be looked at again once it is kept, such as the owner of a session that ends. Those whose role,
    /// address or end it changes are found without this.
    pub concerns: Vec<String>,
}

/// Whose tables a step is about.
#[derive(Debug, Clone)]
pub enum Space {
    /// Backstay's own, past every rule.
    System,
    /// The application's, as a caller; [`Principal::with_roles`] of the service role passes every rule.
    Application(Principal),
}

/// What must come of a step for all to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expect {
    /// Anything but an error.
    #[default]
    Any,
    /// Exactly one row is written, or read.
    One,
}

impl Step {
    /// A step on Backstay's own tables.
    pub fn system<V: Verb>(ask: Ask<V>) -> Self {
        Self { what: ask.into(), space: Space::System, expect: Expect::Any, concerns: Vec::new() }
    }

    /// A step on the application's tables, as a caller.
    pub fn application(what: impl Into<Asked>, who: Principal) -> Self {
        Self { what: what.into(), space: Space::Application(who), expect: Expect::Any, concerns: Vec::new() }
    }

    /// The same step, which must write or read exactly one row.
    #[must_use]
    pub fn exactly_one(self) -> Self {
        Self { expect: Expect::One, ..self }
    }
}

impl Step {
    /// The same step, after which tokens of an account must be checked again; see [`crate::Engine::accounts`].
    #[must_use]
    pub fn concerning(mut self, user: impl Into<String>) -> Self {
        self.concerns.push(user.into());
        self
    }
}

/// Runs one request on Backstay's own tables; see [`crate::Engine::ask`].
pub(crate) async fn run_one(inner: &Inner, asked: Asked) -> Result<Answer, Failure> {
    let Asked { mut request, late } = asked;
    if inner.explained.is_some() && !matches!(request.action, Action::Read(_)) {
        return Err(only_explained());
    }
    if put_times(&mut request, late, inner.clock.now_micros()).is_empty() {
        let who = Principal::with_roles(RoleSet::service());
        return pipeline::run_in(inner, &inner.spaces().system, (&request, &who)).await;
    }
    Err(defect("a request alone refers to an earlier step"))
}

/// Runs the steps; see [`crate::Engine::run_steps`].
pub(crate) async fn run(inner: &Inner, steps: Vec<Step>) -> Result<Vec<Answer>, Failure> {
    if inner.explained.is_some() {
        return Err(only_explained());
    }
    let (spaces, now_micros) = (inner.spaces(), inner.clock.now_micros());
    let mut ready = Vec::with_capacity(steps.len());
    for (index, Step { what, space, expect, concerns }) in steps.into_iter().enumerate() {
        let within = |failure| Failure::InTransaction { index, failure: Box::new(failure) };
        let Asked { mut request, late } = what;
        request.guards.singular |= expect == Expect::One;
        let late = put_times(&mut request, late, now_micros);
        let (loaded, who) = match space {
            Space::System => (&spaces.system, Principal::with_roles(RoleSet::service())),
            Space::Application(who) => (&spaces.application, who),
        };
        let compiled = compiled(inner, loaded, (&request, &who)).map_err(within)?;
        let concerned = concerns.iter().map(|user| Concerned::user(user)).fold(Concerned::Nobody, Concerned::and);
        let about = About { who, now_micros, concerned };
        ready.push(step(inner, compiled, (request, late), about).map_err(within)?);
    }
    let together = Together { steps: ready, rollback: false, rows_max: spaces.system.limits.transaction_rows_max };
    let outcome = inner.store.run_together(together).instrument(debug_span!("execute")).await?;
    Ok(outcome.steps.into_iter().map(|outcome| pipeline::answer(outcome, Timings::default())).collect())
}

fn compiled(
    inner: &Inner,
    loaded: &Arc<Loaded>,
    (request, who): (&Request, &Principal),
) -> Result<Arc<Compiled>, Failure> {
    let compiled = pipeline::compiled(inner, loaded, (request, who), &mut Timings::default());
    let own = loaded.generation & Spaces::SYSTEM != 0;
    compiled.map_err(|refusal| if own { misnamed(&refusal) } else { refusal.into() })
}

/// Who asks, when, and about whom.
struct About {
    who: Principal,
    now_micros: i64,
    concerned: Concerned,
}

/// A statement with its values where they are known, else with what puts them in.
fn step(
    inner: &Inner,
    compiled: Arc<Compiled>,
    (request, late): (Request, Vec<Late>),
    About { who, now_micros, concerned }: About,
) -> Result<TogetherStep, Failure> {
    let (ids, hash) = (Arc::clone(&inner.ids), inner.hash);
    let job = move |request: &Request| -> Result<Job, Failure> {
        let limits = &compiled.loaded.limits;
        let context = Context { who: &who, now_micros, limits, ids: &ids, hash };
        let bound = prepare::bound(&compiled, request, &context)?;
        let (compiled, who, concerned) = (Arc::clone(&compiled), who.clone(), concerned.clone());
        Ok(Job { compiled, bound, guards: request.guards, who, now_micros, concerned })
    };
    if late.is_empty() {
        return job(&request).map(TogetherStep::Ready);
    }
    Ok(TogetherStep::Later(Box::new(move |done, _: Instant| {
        let mut request = request.clone();
        for Late { place, value } in &late {
            if let Value::Earlier { step, column } = value {
                Asked::put(&mut request, *place, &answered(done, *step, column)?);
            }
        }
        job(&request)
    })))
}

/// Puts the time in; what is left waits for earlier steps.
pub(crate) fn put_times(request: &mut Request, late: Vec<Late>, now_micros: i64) -> Vec<Late> {
    let mut left = Vec::new();
    for each in late {
        match each.value {
            Value::Now(offset) => {
                let time = chrono::DateTime::from_timestamp_micros(now_micros.saturating_add(offset));
                let time = time.unwrap_or(chrono::DateTime::<chrono::Utc>::MAX_UTC);
                let text = time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
                Asked::put(request, each.place, &Json::String(text));
            }
            Value::Json(json) => Asked::put(request, each.place, &json),
            Value::Earlier { .. } => left.push(each),
        }
    }
    left
}

/// A column of the row that an earlier step answered.
fn answered(done: &[Outcome], step: usize, column: &str) -> Result<Json, Failure> {
    let body = done.get(step).map(|outcome| outcome.body.as_slice()).unwrap_or_default();
    let rows: Vec<HashMap<String, Json>> = serde_json::from_slice(body).unwrap_or_default();
    let value = rows.into_iter().next().and_then(|mut row| row.remove(column));
    value.ok_or_else(|| defect(&format!("step {step} answers no row with {column}")))
}

fn only_explained() -> Failure {
    Failure::ReadOnly { reason: "requests are explained here, not run".to_owned() }
}

/// A request of our own that the schema of our own tables does not know: a defect, not the caller's mistake.
fn misnamed(refusal: &Refusal) -> Failure {
    defect(&refusal.to_string())
}

fn defect(reason: &str) -> Failure {
    Failure::Internal { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests;
