//! One request from its parameters to its outcome: document, operation, variables, what it costs, then `operation::run`.
//! Knows no HTTP, so that every transport comes this way.

use super::cost::Formula;
use super::document::{Document, of_cost, of_limit};
use super::error::GraphqlError;
use super::front::{Constants, Front, Known};
use super::operation::Work;
use super::outcome::{Outcome, Refused, Stage};
use super::persisted::PersistedQuery;
use super::plan::Source;
use super::shape::{self, Shaped};
use super::template::{Of, Template};
use super::{Graphql, Service, operation};
use crate::server::refused;
use apollo_compiler::executable::Operation;
use apollo_compiler::request::{RequestError, coerce_variable_values};
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node};
use backstay_plan::Principal;
use backstay_plan::limits::{DocumentLimits, Limits};
use backstay_plan::principal::WireRole;
use bytes::Bytes;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What a request asks, as a transport read it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Text of the document.
    pub(crate) query: Option<String>,
    /// Which operation of the document.
    pub(crate) operation_name: Option<String>,
    /// JSON text of the variables.
    pub(crate) variables: Option<Box<RawValue>>,
    /// How the request names its document.
    pub(crate) persisted: Option<PersistedQuery>,
}

/// What the requests of one call share.
pub(crate) struct Call<'a> {
    service: Service<'a>,
    /// Who asks.
    pub(crate) who: &'a Principal,
    /// What they see.
    pub(crate) front: Arc<Front>,
    /// Whether nothing may change (GET).
    pub(crate) reads_only: bool,
    /// What the requests so far have cost: a batch has one budget.
    pub(crate) spent: u64,
}

impl<'a> Call<'a> {
    /// A call by `who`.
    pub(crate) fn new(service: Service<'a>, who: &'a Principal, reads_only: bool) -> Self {
        let Service { engine, graphql } = service;
        let front = graphql.front(&engine.schema(), &who.identity.roles, engine.limits());
        Self { service, who, front, reads_only, spent: 0 }
    }

    fn limits(&self) -> &'a Limits {
        self.service.engine.limits()
    }

    fn document_limits(&self) -> &'a DocumentLimits {
        &self.limits().document
    }

    /// The types that the caller sees, as SDL; `None` when they may not ask.
    pub(crate) fn sdl(&self) -> Option<Bytes> {
        self.service.graphql.may_introspect(self.who).then(|| self.front.sdl())
    }

    /// Answers one request.
    pub(crate) async fn answer(&mut self, asked: &Asked) -> Outcome {
        let read = match self.read(asked) {
            Ok(read) => read,
            Err(refused) => return refused.into(),
        };
        // It was found when the request was read.
        let Ok(operation) = read.operation() else { return Outcome::default() };
        let (template, shaped) = match self.template(&read, operation) {
            Ok(made) => made,
            Err(refused) => return refused.into(),
        };
        let constants = match self.constants(&read.document, operation, &read.variables) {
            Ok(constants) => constants,
            Err(error) => return Refused::of(Stage::Validation, error).into(),
        };
        let mut outcome = if read.document.asks(operation).data {
            self.run((&template.work, &shaped.leaves), &constants).await
        } else {
            Outcome { data: Some(constants.data()), whole: Some(Arc::clone(&constants)), ..Outcome::default() }
        };
        let bytes = outcome.data.as_ref().map_or(0, Bytes::len);
        if let Err(refusal) = self.document_limits().admit_answer(bytes) {
            outcome.data = None;
            outcome.errors.push(of_limit(&refusal));
        }
        outcome
    }

    async fn run(&self, work: (&Work, &[&JsonValue]), constants: &Constants) -> Outcome {
        let limit = Duration::from_millis(u64::from(self.document_limits().time_ms_max));
        let run = operation::run((self.service.engine, self.who), work, &constants.fields);
        match tokio::time::timeout(limit, run).await {
            Ok(operation::Answer { data, errors, allowances, cache }) => {
                Outcome { data, errors, allowances, cache, ..Outcome::default() }
            }
            Err(_) => {
                let error = GraphqlError::of_fault(&refused::Refused::Timeout.fault());
                Outcome { errors: vec![error], ..Outcome::default() }
            }
        }
    }

    /// The document, the operation and its variables.
    fn read(&self, asked: &Asked) -> Result<Read, Refused> {
        let Service { engine, graphql } = self.service;
        let now = engine.clock().now_micros().div_euclid(1_000_000);
        let (id, text) = graphql.persisted.text(asked.query.as_deref(), asked.persisted.as_ref(), now)?;
        let document = graphql.documents.read(&self.front, id, &text, self.document_limits())?;
        let invalid = |error: GraphqlError| Refused::of(Stage::Validation, error);
        let operation = document.executable.operations.get(asked.operation_name.as_deref()).map_err(|error| {
            invalid(GraphqlError::of_request("validation-failed", &error, &document.executable.sources))
        })?;
        if self.reads_only && !operation.is_query() {
            let message = "GET can only read: send a mutation by POST";
            return Err(Refused::of(Stage::Method, GraphqlError::new("bad-request", message)));
        }
        if document.asks(operation).schema && !graphql.may_introspect(self.who) {
            let message = "Introspection is not allowed";
            return Err(invalid(GraphqlError::new("validation-failed", message)));
        }
        let given = self.variables(asked, operation)?;
        let variables = coerce_variable_values(&self.front.types, operation, &given).map_err(|error| {
            invalid(GraphqlError::of_request("validation-failed", &error, &document.executable.sources))
        })?;
        let name = operation.name.clone();
        Ok(Read { document, name, variables })
    }

    /// What the operation asks for, as it was made before where it is there, and the values to put in. What it costs is spent.
    fn template<'r>(
        &mut self,
        read: &'r Read,
        operation: &'r Operation,
    ) -> Result<(Arc<Template>, Shaped<'r>), Refused> {
        let templates = &self.service.graphql.templates;
        let entities = read.document.asks(operation).entities;
        let shaped = if entities {
            Shaped::whole(&read.variables)
        } else {
            shape::shaped(&self.front.types, &operation.variables, &read.variables)
        };
        let of = Of {
            front: self.front.id,
            document: read.document.id,
            operation: read.name.as_ref().map_or("", |name| name.as_str()),
            shape: &shaped.key,
        };
        if !entities && let Some(template) = templates.get(of) {
            self.spend(template.cost.cost(&shaped.leaves))?;
            return Ok((template, shaped));
        }
        let executable = &read.document.executable;
        let rows_max = self.limits().rows_max;
        let cost = Formula::of(&self.front.types, &executable.fragments, operation, &shaped.variables, rows_max);
        self.spend(cost.cost(&shaped.leaves))?;
        let (work, depends) = self.work(read, operation, &shaped);
        let template = Arc::new(Template { cost, work });
        if !depends {
            if !entities {
                templates.keep(of, &template);
            }
            return Ok((template, shaped));
        }
        // What is asked depends on a value: then all of them are part of the shape, which is asked for too seldom to be kept.
        let shaped = Shaped::whole(&read.variables);
        let (work, _) = self.work(read, operation, &shaped);
        let cost = Formula::of(&self.front.types, &executable.fragments, operation, &shaped.variables, rows_max);
        Ok((Arc::new(Template { cost, work }), shaped))
    }

    /// What the operation asks for, and whether that depends on a leaf.
    fn work(&self, read: &Read, operation: &Operation, shaped: &Shaped<'_>) -> (Work, bool) {
        let depends = Cell::new(false);
        let source = Source {
            schema: &self.front.schema,
            names: &self.front.names,
            fragments: &read.document.executable.fragments,
            variables: &shaped.variables,
            limits: self.limits(),
            depends: &depends,
        };
        let work = Work::of(source, operation);
        (work, depends.get())
    }

    fn spend(&mut self, cost: u64) -> Result<(), Refused> {
        self.spent = self.spent.saturating_add(cost);
        let admitted = self.document_limits().admit_cost(self.spent);
        admitted.map_err(|refusal| Refused::of(Stage::Validation, of_cost(&refusal, self.limits().rows_max)))
    }

    /// The variables that the operation declares; what else a client sends is not read.
    fn variables(&self, asked: &Asked, operation: &Operation) -> Result<JsonMap, Refused> {
        let Some(text) = &asked.variables else { return Ok(JsonMap::new()) };
        self.document_limits()
            .admit_variables(text.get().len())
            .map_err(|refusal| Refused::of(Stage::Validation, of_limit(&refusal)))?;
        let unread = |_| unreadable("`variables` is not JSON, or is nested too deeply");
        let given: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text.get()).map_err(unread)?;
        let mut variables = JsonMap::new();
        for declared in &operation.variables {
            if let Some(value) = given.get(declared.name.as_str()) {
                let value = serde_json::from_str::<JsonValue>(value.get()).map_err(unread)?;
                variables.insert(declared.name.as_str(), value);
            }
        }
        Ok(variables)
    }

    /// Answers of root fields that are known without the database.
    fn constants(
        &self,
        document: &Document,
        operation: &Operation,
        variables: &Valid<JsonMap>,
    ) -> Result<Constants, GraphqlError> {
        if !document.asks(operation).constants {
            return Ok(Constants::default());
        }
        let about = self.front.introspect((&document.id, &document.executable), operation, variables)?;
        let service = self.service(document, operation);
        if service.is_empty() {
            return Ok(about);
        }
        Ok(Arc::new(Known::of(about.fields.iter().cloned().chain(service).collect())))
    }

    /// Answers of `_service`, and of the field of a `Query` that has nothing.
    fn service(&self, document: &Document, operation: &Operation) -> Vec<(String, Bytes)> {
        let executable = &document.executable;
        let mut answers = Vec::new();
        for field in operation.root_fields(executable) {
            let key = field.response_key().to_string();
            if field.name == super::schema::NOTHING {
                answers.push((key, Bytes::from_static(b"null")));
            } else if field.name == "_service" {
                let mut members = JsonMap::new();
                for inner in field.selection_set.root_fields(executable) {
                    let text = if inner.name == "__typename" { "_Service" } else { self.front.subgraph() };
                    members.insert(inner.response_key().as_str(), JsonValue::from(text));
                }
                answers.push((key, Bytes::from(JsonValue::Object(members).to_string())));
            }
        }
        answers
    }
}

/// A request that was read.
struct Read {
    document: Arc<Document>,
    name: Option<Name>,
    variables: Valid<JsonMap>,
}

impl Read {
    /// The operation that the request names.
    fn operation(&self) -> Result<&Node<Operation>, RequestError> {
        self.document.executable.operations.get(self.name.as_ref().map(|name| name.as_str()))
    }
}

impl Graphql {
    /// Whether a caller may ask about the schema.
    fn may_introspect(&self, who: &Principal) -> bool {
        let roles = &who.identity.roles;
        let wire = match roles.wire {
            WireRole::Anonymous => "anon",
            WireRole::Authenticated => "user",
            WireRole::Service => "service_role",
        };
        let is = |allowed: &String| allowed == "*" || allowed == wire || roles.application.contains(allowed);
        self.settings.introspection.iter().any(is)
    }
}

/// The fault of a request whose parameters cannot be read.
pub(crate) fn unreadable(message: impl Into<String>) -> Refused {
    Refused::of(Stage::Parameters, GraphqlError::new("bad-request", message))
}
