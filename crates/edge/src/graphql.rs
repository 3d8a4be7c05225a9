//! The data API as GraphQL, in Hasura's naming. In: a request whose caller is known. Out: a response.
//! Parse and render only: what a document asks for becomes the plan's vocabulary, and rules, limits and statuses are elsewhere's.

mod cost;
mod document;
mod error;
mod execute;
mod front;
mod http;
mod measure;
mod names;
mod operation;
mod outcome;
mod persisted;
mod plan;
mod schema;
mod shape;
mod template;

pub(crate) use http::asset;
pub use http::handle;
pub use names::{Naming, ScalarNames, TypeNames};
pub use persisted::TrustedDocuments;

use crate::app::App;
use crate::fault::StatusMode;
use backstay_engine::Engine;
use backstay_plan::limits::Limits;
use backstay_plan::principal::RoleSet;
use backstay_schema::Schema;
use document::Documents;
use front::Front;
use names::Names;
use persisted::Persisted;
use quick_cache::sync::Cache;
use schema::Offer;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use template::Templates;

/// Role sets whose types are kept ready.
const FRONTS_MAX: usize = 32;

/// Settings of GraphQL.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether there is GraphQL at all.
    pub enabled: bool,
    /// How types are named.
    pub naming: Naming,
    /// Which text about GraphQL over HTTP the statuses follow.
    pub statuses: StatusMode,
    /// Roles that may ask about the schema: `*`, `anon`, `user`, `service_role`, or an application role.
    pub introspection: Vec<String>,
    /// Whether there are the fields by which a gateway composes this API with others.
    pub federation: bool,
    /// Whether browsers get GraphiQL.
    pub graphiql: bool,
    /// Bytes of documents that clients may later name by their hash; zero is none.
    pub persisted_bytes_max: u64,
    /// The only documents that may run; `None` is any.
    pub trusted: Option<TrustedDocuments>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            naming: Naming::default(),
            statuses: StatusMode::default(),
            introspection: vec!["*".to_owned()],
            federation: false,
            graphiql: false,
            persisted_bytes_max: 4 * 1024 * 1024,
            trusted: None,
        }
    }
}

/// What GraphQL needs of a server.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// Runs requests.
    pub engine: &'a Engine,
    /// What is kept ready.
    pub graphql: &'a Graphql,
}

impl<'a> From<&'a App> for Service<'a> {
    fn from(app: &'a App) -> Self {
        Self { engine: &app.engine, graphql: &app.graphql }
    }
}

/// What the GraphQL of a server keeps ready.
pub struct Graphql {
    settings: Settings,
    names: Mutex<Option<(Arc<Schema>, Arc<Names>)>>,
    fronts: Cache<RoleSet, Arc<Front>>,
    documents: Documents,
    templates: Templates,
    persisted: Persisted,
}

impl fmt::Debug for Graphql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fronts, templates) = (self.fronts.len(), self.templates.len());
        f.debug_struct("Graphql").field("fronts", &fronts).field("templates", &templates).finish_non_exhaustive()
    }
}

impl Graphql {
    /// Nothing ready yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let persisted = Persisted::new(settings.persisted_bytes_max, settings.trusted.clone());
        Self {
            settings,
            names: Mutex::new(None),
            fronts: Cache::new(FRONTS_MAX),
            documents: Documents::default(),
            templates: Templates::default(),
            persisted,
        }
    }

    /// The settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What `roles` see of a schema.
    fn front(&self, schema: &Arc<Schema>, roles: &RoleSet, limits: &Limits) -> Arc<Front> {
        if let Some(front) = self.fronts.get(roles)
            && Arc::ptr_eq(&front.schema, schema)
        {
            return front;
        }
        let offer = Offer { aggregates: limits.aggregates, federation: self.settings.federation };
        let front = Arc::new(Front::new(Arc::clone(schema), self.names(schema), roles.clone(), offer));
        self.fronts.insert(roles.clone(), Arc::clone(&front));
        front
    }

    fn names(&self, schema: &Arc<Schema>) -> Arc<Names> {
        // What is kept is replaced whole, so that a panic cannot have left half of it.
        let mut kept = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, names)) = &*kept
            && Arc::ptr_eq(of, schema)
        {
            return Arc::clone(names);
        }
        let names = Arc::new(Names::of(schema, self.settings.naming));
        // They hold on to the schema that they were validated against.
        self.documents.clear();
        self.templates.clear();
        *kept = Some((Arc::clone(schema), Arc::clone(&names)));
        names
    }
}
