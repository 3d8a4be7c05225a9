//! Runs a validated operation: its fields become requests, the answers become `data`. The database writes each field's value; here the
//! values are only put side by side.

use super::document::Document;
use super::error::GraphqlError;
use super::plan::{self, Asked, Member, Response, Script, Selected, Shape, Source, Told};
use crate::fault::{Caller, Fault};
use apollo_compiler::ast::OperationType;
use apollo_compiler::executable::Operation;
use apollo_compiler::response::JsonMap;
use backstay_engine::rate::Allowance;
use backstay_engine::{Answer as Found, Engine, Failure};
use backstay_plan::Principal;
use backstay_plan::principal::WireRole;
use backstay_schema::model::{CachePolicy, CacheScope};
use bytes::Bytes;

/// What an operation came to.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The value of `data`; `None` is null.
    pub(crate) data: Option<Bytes>,
    /// What went wrong.
    pub(crate) errors: Vec<GraphqlError>,
    /// What the caller has left of rate limits.
    pub(crate) allowances: Vec<Allowance>,
    /// For how long and by whom the answer may be kept.
    pub(crate) cache: Option<CachePolicy>,
}

/// Runs an operation. `constants` are the values of root fields that need no database, by response key.
pub(crate) async fn run(
    (engine, who): (&Engine, &Principal),
    document: &Document,
    operation: &Operation,
    variables: &JsonMap,
    constants: &[(String, Bytes)],
) -> Answer {
    let source = Source {
        schema: &document.front.schema,
        names: &document.front.names,
        fragments: &document.executable.fragments,
        variables,
        limits: engine.limits(),
    };
    let fields = source.fields(&[&operation.selection_set]);
    let run =
        Run { engine, who, constants, data: Vec::from(*b"{"), errors: Vec::new(), allowances: Vec::new(), cache: None };
    match operation.operation_type {
        OperationType::Query | OperationType::Subscription => run.query(source, &fields).await,
        OperationType::Mutation => run.mutation(source, &fields).await,
    }
}

/// An operation in progress.
struct Run<'a> {
    engine: &'a Engine,
    who: &'a Principal,
    constants: &'a [(String, Bytes)],
    data: Vec<u8>,
    errors: Vec<GraphqlError>,
    allowances: Vec<Allowance>,
    cache: Option<Option<CachePolicy>>,
}

impl Run<'_> {
    /// Fields of a query stand for themselves: one that fails is null, or, where it may not be, all of `data` is.
    async fn query<'a>(mut self, source: Source<'a>, fields: &[Selected<'a>]) -> Answer {
        for selected in fields {
            if self.constant(selected.key) {
                continue;
            }
            match self.field(source, selected).await {
                Ok(value) => self.member(selected.key, &value),
                Err(error) => {
                    self.errors.push(error.at(selected.key));
                    if selected.field().is_some_and(|field| field.definition.ty.is_non_null()) {
                        return self.without_data();
                    }
                    self.member(selected.key, b"null");
                }
            }
        }
        self.finish()
    }

    async fn field<'a>(&mut self, source: Source<'a>, selected: &Selected<'a>) -> Result<Bytes, GraphqlError> {
        if selected.field().is_some_and(|field| field.name == "_entities") {
            return self.entities(source, selected).await;
        }
        let asked = plan::query(source, selected)?;
        self.asked(asked).await
    }

    /// The rows that a gateway asks for by their keys, null where there is none.
    async fn entities<'a>(&mut self, source: Source<'a>, selected: &Selected<'a>) -> Result<Bytes, GraphqlError> {
        let mut out = Vec::from(*b"[");
        for request in plan::entities(source, selected)? {
            let row = self.asked(Asked { request, shape: Shape::One }).await?;
            if out.len() > 1 {
                out.push(b',');
            }
            out.extend_from_slice(&row);
        }
        out.push(b']');
        Ok(Bytes::from(out))
    }

    async fn asked(&mut self, asked: Asked) -> Result<Bytes, GraphqlError> {
        let (allowances, found) = self.engine.run_counted(&asked.request, self.who).await;
        self.allowances.extend(allowances);
        let found = found.map_err(|failure| self.failed(&failure))?;
        let stricter = match self.cache.take() {
            None => found.cache,
            Some(known) => known.zip(found.cache).map(|(one, other)| stricter(one, other)),
        };
        self.cache = Some(stricter);
        Ok(shaped(&found, asked.shape))
    }

    /// Fields of a mutation are kept together or not at all.
    async fn mutation<'a>(mut self, source: Source<'a>, fields: &[Selected<'a>]) -> Answer {
        self.cache = Some(None);
        let (mut script, mut told) = (Script::default(), Vec::new());
        for selected in fields {
            let is_constant = self.constants.iter().any(|(key, _)| key == selected.key);
            if is_constant {
                continue;
            }
            let first = script.steps.len();
            match script.add(source, selected) {
                Ok(answer) => told.push((selected.key, first..script.steps.len(), answer)),
                Err(error) => {
                    self.errors.push(error.at(selected.key));
                    return self.without_data();
                }
            }
        }
        let (allowances, found) = self.engine.run_linked(script.steps, self.who).await;
        self.allowances.extend(allowances);
        let found = match found {
            Ok(found) => found,
            Err(failure) => {
                let index = if let Failure::InTransaction { index, .. } = &failure { Some(*index) } else { None };
                let key = told.iter().find(|(_, steps, _)| index.is_some_and(|index| steps.contains(&index)));
                let error = self.failed(&failure);
                self.errors.push(match key {
                    Some((key, ..)) => error.at(key),
                    None => error,
                });
                return self.without_data();
            }
        };
        let mut told = told.into_iter();
        for selected in fields {
            if !self.constant(selected.key)
                && let Some((key, _, answer)) = told.next()
            {
                let value = value(&found, &answer);
                self.member(key, &value);
            }
        }
        self.finish()
    }

    /// Puts a value that is known already where its field stands.
    fn constant(&mut self, key: &str) -> bool {
        let Some((_, value)) = self.constants.iter().find(|(known, _)| known == key) else { return false };
        let value = value.clone();
        self.member(key, &value);
        true
    }

    fn member(&mut self, key: &str, value: &[u8]) {
        member(&mut self.data, key, value);
    }

    fn failed(&self, failure: &Failure) -> GraphqlError {
        let caller = Caller { anonymous: self.who.identity.roles.wire == WireRole::Anonymous, method: self.who.method };
        GraphqlError::of_fault(&Fault::of_failure(failure, caller))
    }

    fn without_data(self) -> Answer {
        Answer { data: None, errors: self.errors, allowances: self.allowances, cache: None }
    }

    fn finish(mut self) -> Answer {
        self.data.push(b'}');
        let cache = self.cache.flatten().filter(|_| self.errors.is_empty());
        Answer { data: Some(Bytes::from(self.data)), errors: self.errors, allowances: self.allowances, cache }
    }
}

/// The value of a field of a mutation.
fn value(found: &[Found], told: &Told) -> Bytes {
    match told {
        Told::Answer(step, shape) => {
            found.get(*step).map_or(Bytes::from_static(b"null"), |answer| shaped(answer, *shape))
        }
        Told::Response(of) => Bytes::from(response(found, of)),
        Told::Responses(several) => {
            let mut out = Vec::from(*b"[");
            for (at, of) in several.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(&response(found, of));
            }
            out.push(b']');
            Bytes::from(out)
        }
    }
}

fn response(found: &[Found], of: &Response) -> Vec<u8> {
    let mut out = Vec::from(*b"{");
    for (key, part) in &of.members {
        match part {
            Member::Affected(steps) => {
                let affected = found.get(steps.clone()).unwrap_or_default().iter().map(|answer| answer.affected);
                member(&mut out, key, affected.sum::<u64>().to_string().as_bytes());
            }
            Member::Returning(step) => {
                let rows = found.get(*step).map_or(&b"[]"[..], |answer| &answer.body);
                member(&mut out, key, if rows.is_empty() { b"[]" } else { rows });
            }
            Member::Constant(text) => member(&mut out, key, quoted(text).as_bytes()),
        }
    }
    out.push(b'}');
    out
}

/// Appends `"key":value` to an object that is open.
fn member(out: &mut Vec<u8>, key: &str, value: &[u8]) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.extend_from_slice(quoted(key).as_bytes());
    out.push(b':');
    out.extend_from_slice(value);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An answer of the engine as the value of a field.
fn shaped(answer: &Found, shape: Shape) -> Bytes {
    match shape {
        Shape::Rows | Shape::Value if answer.body.is_empty() => Bytes::from_static(b"null"),
        Shape::Rows | Shape::Value => answer.body.clone(),
        // An array of one row, without its brackets.
        Shape::One if answer.rows == 1 => answer.body.slice(1..answer.body.len().saturating_sub(1).max(1)),
        Shape::One => Bytes::from_static(b"null"),
    }
}

/// The stricter of two policies.
fn stricter(one: CachePolicy, other: CachePolicy) -> CachePolicy {
    let rank = |scope: CacheScope| match scope {
        CacheScope::Public => 0,
        CacheScope::Role => 1,
        CacheScope::User => 2,
    };
    let scope = if rank(one.scope) >= rank(other.scope) { one.scope } else { other.scope };
    CachePolicy { ttl_ms: one.ttl_ms.min(other.ttl_ms), scope }
}
