//! What one role set sees of one schema, kept ready: names, types, SDL, answers about the schema.
//! Made again when the schema has changed. Knows no HTTP.

use super::error::GraphqlError;
use super::names::Names;
use super::schema::{self, Offer};
use crate::server::compress::Compressed;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::Operation;
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema as Types, introspection};
use backstay_plan::access::View;
use backstay_plan::principal::RoleSet;
use backstay_schema::Schema;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Answers about the schema that are kept for each role set, about.
const ANSWERS_ABOUT: usize = 8;

/// Bytes of them: room for all types of some hundred models.
const ANSWERS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Answers of root fields that are known without the database.
#[derive(Debug)]
pub(crate) struct Known {
    /// By response key.
    pub(crate) fields: Vec<(String, Bytes)>,
    /// The whole answer of an operation that asks for nothing else.
    pub(crate) body: Bytes,
    /// The same in the encodings that were asked for.
    pub(crate) compressed: Compressed,
}

pub(crate) type Constants = Arc<Known>;

/// What stands before the object in [`Known::body`], and behind it.
const AROUND: (&str, &str) = ("{\"data\":", "}");

impl Known {
    /// Fields by response key, each with its JSON.
    pub(crate) fn of(fields: Vec<(String, Bytes)>) -> Self {
        let bytes = fields.iter().map(|(key, value)| key.len() + value.len() + 4).sum::<usize>() + 16;
        let mut out = Vec::with_capacity(bytes);
        out.extend_from_slice(AROUND.0.as_bytes());
        out.push(b'{');
        let mut places = Vec::with_capacity(fields.len());
        for (at, (key, value)) in fields.into_iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            // A response key is a name: nothing in it needs escaping.
            out.push(b'"');
            out.extend_from_slice(key.as_bytes());
            out.extend_from_slice(b"\":");
            out.extend_from_slice(&value);
            places.push((key, out.len() - value.len()..out.len()));
        }
        out.push(b'}');
        out.extend_from_slice(AROUND.1.as_bytes());
        let body = Bytes::from(out);
        // One copy of what may be megabytes.
        let fields = places.into_iter().map(|(key, place)| (key, body.slice(place))).collect();
        Self { fields, body, compressed: Compressed::default() }
    }

    /// The value of `data`.
    pub(crate) fn data(&self) -> Bytes {
        self.body.slice(AROUND.0.len()..self.body.len() - AROUND.1.len())
    }
}

impl Default for Known {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

/// The schema as one role set sees it.
pub(crate) struct Front {
    /// Tells fronts apart.
    pub(crate) id: u64,
    /// The schema it was made from.
    pub(crate) schema: Arc<Schema>,
    /// Names of the schema.
    pub(crate) names: Arc<Names>,
    /// Types that the roles see.
    pub(crate) types: Valid<Types>,
    roles: RoleSet,
    implementers: HashMap<Name, Implementers>,
    sdl: OnceLock<Bytes>,
    subgraph: OnceLock<String>,
    /// Answers about the schema, by document and operation.
    answers: Cache<([u8; 32], String), Constants, ByBytes>,
}

#[derive(Debug, Clone, Copy)]
struct ByBytes;

impl Weighter<([u8; 32], String), Constants> for ByBytes {
    fn weight(&self, _: &([u8; 32], String), known: &Constants) -> u64 {
        // Names repeat, so that what is compressed is a small part of the rest.
        let bytes = known.body.len() as u64;
        bytes + bytes / 4 + 64
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").field("id", &self.id).field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl Front {
    /// What `roles` see of a schema.
    pub(crate) fn new(schema: Arc<Schema>, names: Arc<Names>, roles: RoleSet, offer: Offer) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let types = schema::types(&schema, &View::new(&schema, &roles), &names, offer);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            implementers: types.implementers_map(),
            schema,
            names,
            types,
            roles,
            sdl: OnceLock::new(),
            subgraph: OnceLock::new(),
            answers: Cache::with_weighter(ANSWERS_ABOUT, ANSWERS_BYTES_MAX, ByBytes),
        }
    }

    /// The types as SDL.
    pub(crate) fn sdl(&self) -> Bytes {
        self.sdl.get_or_init(|| Bytes::from(self.types.to_string())).clone()
    }

    /// The types as a gateway composes them.
    pub(crate) fn subgraph(&self) -> &str {
        self.subgraph.get_or_init(|| schema::subgraph(&self.types, &View::new(&self.schema, &self.roles), &self.names))
    }

    /// Answers to the fields of an operation that ask about the schema, by response key; `id` is the document's.
    ///
    /// # Errors
    /// When the questions are nested so that the answer would grow out of bounds.
    pub(crate) fn introspect(
        &self,
        (id, document): (&[u8; 32], &Valid<ExecutableDocument>),
        operation: &Operation,
        variables: &Valid<JsonMap>,
    ) -> Result<Constants, GraphqlError> {
        let refused = |error| GraphqlError::of_request("validation-failed", &error, &document.sources);
        // With variables the answer is this request's alone.
        let key =
            variables.is_empty().then(|| (*id, operation.name.as_ref().map_or_else(String::new, ToString::to_string)));
        if let Some(kept) = key.as_ref().and_then(|key| self.answers.get(key)) {
            return Ok(kept);
        }
        introspection::check_max_depth(document, operation).map_err(refused)?;
        let answer = introspection::partial_execute(&self.types, &self.implementers, document, operation, variables)
            .map_err(refused)?;
        let fields = answer.data.unwrap_or_default().into_iter();
        let fields = fields.map(|(key, value)| (key.as_str().to_owned(), Bytes::from(value.to_string())));
        let answer = Arc::new(Known::of(fields.collect()));
        if let Some(key) = key {
            self.answers.insert(key, Arc::clone(&answer));
        }
        Ok(answer)
    }
}
