//! The OpenAPI 3.1 document of the REST API and of sign-in as one role set sees it. In: schema and view. Out: JSON.
//! What the role cannot use is not in it: no path, no column, no enum that only hidden columns use.

mod parameters;
mod paths;
mod pattern;
mod responses;
mod rpc;
mod sign_in;
mod transaction;
mod values;

pub(super) use rpc::is_callable;
pub(super) use values::{is_readable, is_writable};

use backstay_plan::access::View;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{Principal, RoleSet};
use backstay_schema::Schema;
use bytes::Bytes;
use quick_cache::sync::Cache;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Role sets whose documents are kept ready.
const KEPT_MAX: usize = 32;

/// Where the document says the API is.
#[derive(Debug, Clone, Default)]
pub struct OpenApiOptions {
    /// Address of the server; `None` is the one the document was read from.
    pub external_url: Option<String>,
    /// Whether there is sign-in.
    pub sign_in: bool,
    /// What the server takes.
    pub limits: Limits,
}

/// Everything a part of the document is made from.
pub(super) struct Context<'a> {
    /// The schema.
    pub(super) schema: &'a Schema,
    /// What the role may do.
    pub(super) view: &'a View<'a>,
    /// What an anonymous caller may do: those operations need no credential.
    pub(super) anonymous: &'a View<'a>,
    /// What the server takes.
    pub(super) limits: &'a Limits,
}

/// The OpenAPI document of what `view` may see.
#[must_use]
pub fn openapi(schema: &Schema, view: &View<'_>, options: &OpenApiOptions) -> Value {
    let nobody = RoleSet::anonymous();
    let anonymous = View::new(schema, &nobody);
    let context = Context { schema, view, anonymous: &anonymous, limits: &options.limits };
    let mut paths = Map::new();
    let mut tags = Vec::new();
    let mut schemas = values::schemas(&context);
    let mut parameters = parameters::common();
    for model in schema.models.iter().filter(|model| model.doors.rest) {
        let Some(path) = paths::path(&context, model) else { continue };
        tags.push(json!({ "name": model.table, "description": model.description.as_deref().unwrap_or(&model.name) }));
        paths.insert(format!("/rest/v1/{}", path_segment(&model.table)), path);
        parameters.extend(parameters::of_model(&context, model, &paths::related_names(&context, model)));
    }
    for operation in &schema.operations {
        let Some(path) = rpc::path(&context, operation) else { continue };
        paths.insert(format!("/rest/v1/rpc/{}", path_segment(&operation.name)), path);
    }
    if schema.operations.iter().any(|operation| rpc::is_callable(&context, operation)) {
        tags.push(json!({ "name": "rpc", "description": "Custom operations" }));
    }
    paths.insert("/rest/v1/".to_owned(), transaction::path());
    paths.extend(paths::fixed());
    tags.push(json!({ "name": "server", "description": "The server itself" }));
    schemas.extend(responses::schemas());
    if options.sign_in {
        tags.push(json!({ "name": "auth", "description": "Sign-in, on the wire of GoTrue" }));
        paths.extend(sign_in::paths(view.roles()));
        schemas.extend(sign_in::schemas());
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Backstay API",
            "description": DESCRIPTION,
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": options.external_url.as_deref().map_or("/", |url| url.trim_end_matches('/')) }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters,
            "responses": responses::responses(),
            "headers": responses::headers(),
            "securitySchemes": {
                "bearer": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A user's token, or one of the API keys.",
                },
                "apikey": {
                    "type": "apiKey", "in": "header", "name": "apikey",
                    "description": "An API key. It decides when there is no Authorization header.",
                },
            },
        },
    });
    prune(&mut document);
    document
}

const DESCRIPTION: &str = "Rows over HTTP in the PostgREST dialect: `@supabase/postgrest-js` and its relatives work unchanged. \
This document shows what your role may use. A row you may not see is as if it did not exist; a column you may not use answers 403.";

/// Documents that are ready, by role set.
pub struct Documents(Cache<RoleSet, (Arc<Schema>, Bytes)>);

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents").field("kept", &self.0.len()).finish()
    }
}

impl Default for Documents {
    fn default() -> Self {
        Self(Cache::new(KEPT_MAX))
    }
}

impl Documents {
    /// The OpenAPI document of a caller's role set, as JSON text. Made again when the schema has changed.
    #[must_use]
    pub fn openapi(&self, schema: &Arc<Schema>, who: &Principal, options: &OpenApiOptions) -> Bytes {
        let roles = &who.identity.roles;
        if let Some((of, document)) = self.0.get(roles)
            && Arc::ptr_eq(&of, schema)
        {
            return document;
        }
        let document = Bytes::from(openapi(schema, &View::new(schema, roles), options).to_string());
        self.0.insert(roles.clone(), (Arc::clone(schema), document.clone()));
        document
    }
}

/// Percent-encodes all but unreserved characters: table names may be any text, and braces mean templates here.
pub(super) fn path_segment(name: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    percent_encoding::utf8_percent_encode(name, KEPT).to_string()
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// Removes components that no path leads to.
fn prune(document: &mut Value) {
    let mut reached = BTreeSet::new();
    let mut todo: Vec<String> = Vec::new();
    if let Some(paths) = document.get("paths") {
        collect_references(paths, &mut todo);
    }
    while let Some(next) = todo.pop() {
        if let Some(target) = next.strip_prefix('#').and_then(|pointer| document.pointer(pointer))
            && reached.insert(next.clone())
        {
            collect_references(target, &mut todo);
        }
    }
    let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) else { return };
    for (kind, entries) in components.iter_mut().filter(|(kind, _)| *kind != "securitySchemes") {
        if let Some(entries) = entries.as_object_mut() {
            entries.retain(|name, _| reached.contains(&format!("#/components/{kind}/{name}")));
        }
    }
}

fn collect_references(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(target) if name == "$ref" => into.push(target.clone()),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => collect_references(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
