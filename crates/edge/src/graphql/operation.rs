//! What an operation asks for, and its run: requests are filled in, the answers become `data`. The database writes each field's value;
//! here the values are only put side by side.

use super::error::GraphqlError;
use super::plan::{
    self, Asked, Entities, Form, Group, KEYS, LinkedForm, Member, ROWS, Response, Script, Selected, Shape, Source,
    Spelling, Told,
};
use crate::fault::{Caller, Fault};
use apollo_compiler::ast::OperationType;
use apollo_compiler::executable::Operation;
use apollo_compiler::response::JsonValue;
use backstay_engine::rate::Allowance;
use backstay_engine::{Answer as Found, Engine, Failure};
use backstay_plan::Principal;
use backstay_plan::principal::WireRole;
use backstay_schema::model::{CachePolicy, CacheScope};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::ops::Range;

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

/// What an operation asks for with variables of one shape.
#[derive(Debug)]
pub(crate) enum Work {
    /// Fields that stand for themselves.
    Query(Vec<Root>),
    /// Fields that are kept together or not at all.
    Mutation(Together),
    /// Nothing, for what is wrong with a field of a mutation.
    Refused(GraphqlError),
}

/// A field of a query.
#[derive(Debug)]
pub(crate) struct Root {
    key: String,
    non_null: bool,
    ask: Ask,
}

#[derive(Debug)]
enum Ask {
    /// Nothing of the database.
    Constant,
    /// What one request answers.
    Answer(Box<Asked>),
    /// The rows of several requests, null where there is none.
    Entities(Entities),
    /// Nothing, for what is wrong with it.
    Refused(GraphqlError),
}

/// Some steps, and what a field answers of them.
type OfSteps = (Range<usize>, Told);

/// The requests of a mutation, and what its fields answer of them.
#[derive(Debug)]
pub(crate) struct Together {
    steps: Vec<LinkedForm>,
    /// By response key; a field without steps needs no database.
    fields: Vec<(String, Option<OfSteps>)>,
}

impl Work {
    /// What an operation asks for.
    pub(crate) fn of<'a>(source: Source<'a>, operation: &'a Operation) -> Self {
        let fields = source.fields(&[&operation.selection_set]);
        match operation.operation_type {
            OperationType::Query | OperationType::Subscription => {
                Self::Query(fields.iter().map(|selected| Root::of(source, selected)).collect())
            }
            OperationType::Mutation => Together::of(source, &fields).map_or_else(Self::Refused, Self::Mutation),
        }
    }

    /// Whether nothing is wrong with it, so that it may be kept.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Query(roots) => !roots.iter().any(|root| matches!(root.ask, Ask::Refused(_))),
            Self::Mutation(_) => true,
            Self::Refused(_) => false,
        }
    }
}

impl Root {
    fn of<'a>(source: Source<'a>, selected: &Selected<'a>) -> Self {
        let ask = match selected.name() {
            name if is_constant(name) => Ask::Constant,
            "_entities" => plan::entities(source, selected).map_or_else(Ask::Refused, Ask::Entities),
            _ => plan::query(source, selected).map_or_else(Ask::Refused, |asked| Ask::Answer(Box::new(asked))),
        };
        let non_null = selected.field().is_some_and(|field| field.definition.ty.is_non_null());
        Self { key: selected.key.to_owned(), non_null, ask }
    }
}

impl Together {
    fn of<'a>(source: Source<'a>, selected: &[Selected<'a>]) -> Result<Self, GraphqlError> {
        let (mut script, mut fields) = (Script::default(), Vec::with_capacity(selected.len()));
        for selected in selected {
            let first = script.steps.len();
            let told = if is_constant(selected.name()) {
                None
            } else {
                let told = script.add(source, selected).map_err(|error| error.at(selected.key))?;
                Some((first..script.steps.len(), told))
            };
            fields.push((selected.key.to_owned(), told));
        }
        Ok(Self { steps: script.steps, fields })
    }

    /// The field that a step is for.
    fn field(&self, step: usize) -> Option<&str> {
        let has = |told: &Option<OfSteps>| told.as_ref().is_some_and(|(steps, _)| steps.contains(&step));
        self.fields.iter().find(|(_, told)| has(told)).map(|(key, _)| key.as_str())
    }
}

/// Whether a root field is answered without the database.
fn is_constant(name: &str) -> bool {
    matches!(name, "__schema" | "__type" | "__typename" | "_service" | super::schema::NOTHING)
}

/// Does the work with some values. `constants` are the values of root fields that need no database, by response key.
pub(crate) async fn run(
    (engine, who): (&Engine, &Principal),
    (work, leaves): (&Work, &[&JsonValue]),
    constants: &[(String, Bytes)],
) -> Answer {
    let data = Vec::from(*b"{");
    let mut run = Run { engine, who, constants, data, errors: Vec::new(), allowances: Vec::new(), cache: None };
    match work {
        Work::Query(roots) => run.query(roots, leaves).await,
        Work::Mutation(together) => run.mutation(together, leaves).await,
        Work::Refused(error) => {
            run.errors.push(error.clone());
            run.without_data()
        }
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
    async fn query(mut self, roots: &[Root], leaves: &[&JsonValue]) -> Answer {
        for root in roots {
            match self.root(root, leaves).await {
                Ok(value) => self.member(&root.key, &value),
                Err(error) => {
                    self.errors.push(error.at(&root.key));
                    if root.non_null {
                        return self.without_data();
                    }
                    self.member(&root.key, b"null");
                }
            }
        }
        self.finish()
    }

    async fn root(&mut self, root: &Root, leaves: &[&JsonValue]) -> Result<Bytes, GraphqlError> {
        match &root.ask {
            Ask::Constant => Ok(self.constant(&root.key)),
            Ask::Answer(asked) => self.asked(&asked.form, asked.shape, leaves).await,
            Ask::Entities(entities) => self.entities(entities, leaves).await,
            Ask::Refused(error) => Err(error.clone()),
        }
    }

    /// The rows that a gateway asks for, each in its place, null where there is none.
    async fn entities(&mut self, entities: &Entities, leaves: &[&JsonValue]) -> Result<Bytes, GraphqlError> {
        let mut rows = vec![Bytes::from_static(b"null"); entities.count];
        for (place, form) in &entities.singles {
            let row = self.asked(form, Shape::One, leaves).await?;
            if let Some(known) = rows.get_mut(*place) {
                *known = row;
            }
        }
        for group in &entities.groups {
            let answer = self.asked(&group.form, Shape::One, leaves).await?;
            for (place, row) in placed(group, &answer) {
                if let Some(known) = rows.get_mut(place) {
                    *known = answer.slice_ref(row.as_bytes());
                }
            }
        }
        let mut out = Vec::from(*b"[");
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(row);
        }
        out.push(b']');
        Ok(Bytes::from(out))
    }

    async fn asked(&mut self, form: &Form, shape: Shape, leaves: &[&JsonValue]) -> Result<Bytes, GraphqlError> {
        let request = form.fill(leaves)?;
        let (allowances, found) = self.engine.run_counted(&request, self.who).await;
        self.allowances.extend(allowances);
        let found = found.map_err(|failure| self.failed(&failure))?;
        let stricter = match self.cache.take() {
            None => found.cache,
            Some(known) => known.zip(found.cache).map(|(one, other)| stricter(one, other)),
        };
        self.cache = Some(stricter);
        Ok(shaped(&found, shape))
    }

    /// Fields of a mutation are kept together or not at all.
    async fn mutation(mut self, together: &Together, leaves: &[&JsonValue]) -> Answer {
        self.cache = Some(None);
        let mut steps = Vec::with_capacity(together.steps.len());
        for (at, step) in together.steps.iter().enumerate() {
            match step.fill(leaves) {
                Ok(step) => steps.push(step),
                Err(error) => return self.undone(together, Some(at), error),
            }
        }
        let (allowances, found) = self.engine.run_linked(steps, self.who).await;
        self.allowances.extend(allowances);
        let found = match found {
            Ok(found) => found,
            Err(failure) => {
                let at = if let Failure::InTransaction { index, .. } = &failure { Some(*index) } else { None };
                let error = self.failed(&failure);
                return self.undone(together, at, error);
            }
        };
        for (key, told) in &together.fields {
            let value = match told {
                Some((_, told)) => value(&found, told),
                None => self.constant(key),
            };
            self.member(key, &value);
        }
        self.finish()
    }

    /// A mutation of which nothing was kept, for an error of one of its steps.
    fn undone(mut self, together: &Together, at: Option<usize>, error: GraphqlError) -> Answer {
        self.errors.push(match at.and_then(|at| together.field(at)) {
            Some(key) => error.at(key),
            None => error,
        });
        self.without_data()
    }

    /// A value that is known already.
    fn constant(&self, key: &str) -> Bytes {
        let known = self.constants.iter().find(|(known, _)| known == key);
        known.map_or(Bytes::from_static(b"null"), |(_, value)| value.clone())
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

/// The rows of a group with the places where they belong.
fn placed<'b>(group: &Group, answer: &'b [u8]) -> Vec<(usize, &'b str)> {
    // The database wrote it: keys and rows side by side.
    let Ok(answer) = serde_json::from_slice::<HashMap<&str, Vec<&RawValue>>>(answer) else { return Vec::new() };
    let of = |name: &str| answer.get(name).map(Vec::as_slice).unwrap_or_default();
    let mut placed = Vec::new();
    for (key, row) in of(KEYS).iter().zip(of(ROWS)) {
        let Ok(key) = serde_json::from_str::<HashMap<String, serde_json::Value>>(key.get()) else { continue };
        let part = |(name, spelling): &(String, Spelling)| match key.get(name) {
            Some(serde_json::Value::String(text)) => spelling.one(text),
            Some(other) => spelling.one(&other.to_string()),
            None => String::new(),
        };
        let key: Vec<String> = group.key.iter().map(part).collect();
        placed.extend(group.places.get(&key).into_iter().flatten().map(|place| (*place, row.get())));
    }
    placed
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
            Member::Part(step, name) => {
                let rows = found.get(*step).and_then(|answer| rows_under(&answer.body, name));
                member(&mut out, key, rows.map_or(&b"[]"[..], str::as_bytes));
            }
            Member::Constant(text) => member(&mut out, key, quoted(text).as_bytes()),
        }
    }
    out.push(b'}');
    out
}

/// A member of the only object of an answer.
fn rows_under<'b>(body: &'b [u8], name: &str) -> Option<&'b str> {
    let rows: Vec<HashMap<&str, &RawValue>> = serde_json::from_slice(body).ok()?;
    rows.first()?.get(name).map(|value| value.get())
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
