//! Paths of relations, with the verbs that the role has a rule for, and the fixed paths of the server.

use super::parameters::{filter_references, list_references, references};
use super::responses::{Answers, empty, rows};
use super::{Context, reference};
use backstay_schema::model::{Model, Op};
use serde_json::{Map, Value, json};

/// Headers of answers to writes.
const WRITTEN: [&str; 2] = ["Content-Range", "Preference-Applied"];

/// OpenAPI has no word for a body that is there or not.
const REPRESENTATION: &str =
    "The body is empty; with `Prefer: return=representation` it holds the rows, in the form that GET answers.";

/// The path item of a relation; `None` when the role has no rule for any operation on it.
pub(super) fn path(context: &Context<'_>, model: &Model) -> Option<Value> {
    let verbs = [
        ("get", Op::Read, read as fn(&Context<'_>, &Model) -> Value),
        ("post", Op::Create, create),
        ("patch", Op::Update, update),
        ("delete", Op::Delete, delete),
    ];
    let mut item = Map::new();
    for (verb, op, make) in verbs {
        if context.view.allows(model.id, op) {
            let mut operation = make(context, model);
            operation["tags"] = json!([model.table]);
            operation["security"] = security(context.anonymous.allows(model.id, op));
            item.insert(verb.to_owned(), operation);
        }
    }
    (!item.is_empty()).then_some(Value::Object(item))
}

/// Which credentials an operation takes.
pub(super) fn security(open: bool) -> Value {
    if open { json!([{}, { "bearer": [] }, { "apikey": [] }]) } else { json!([{ "bearer": [] }, { "apikey": [] }]) }
}

fn row(model: &Model) -> Value {
    reference("schemas", &model.name)
}

fn read(context: &Context<'_>, model: &Model) -> Value {
    let mut parameters = list_references(model, &["select", "order", "and", "or"]);
    parameters.extend(references(&["limit", "offset", "Range", "PreferRead"]));
    parameters.extend(filter_references(context, model));
    let answers = Answers {
        good: vec![("200", rows("Rows.", &row(model))), ("206", rows("Some of the counted rows.", &row(model)))],
        rows: true,
        body: false,
    };
    json!({
        "operationId": format!("read_{}", model.name),
        "summary": format!("Read {}", model.table),
        "description": embeds(context, model),
        "parameters": parameters,
        "responses": answers.render(),
    })
}

fn create(context: &Context<'_>, model: &Model) -> Value {
    let shape = reference("schemas", &format!("{}.Insert", model.name));
    let answers = Answers {
        good: vec![
            ("200", empty(&format!("Every row was there before (upsert). {REPRESENTATION}"), &WRITTEN)),
            (
                "201",
                empty(&format!("Inserted. {REPRESENTATION}"), &["Content-Range", "Location", "Preference-Applied"]),
            ),
        ],
        rows: true,
        body: true,
    };
    let mut parameters = list_references(model, &["columns", "on_conflict"]);
    parameters.extend(references(&["PreferInsert"]));
    if context.view.allows(model.id, Op::Read) {
        parameters.extend(list_references(model, &["written.select"]));
    }
    json!({
        "operationId": format!("create_{}", model.name),
        "summary": format!("Insert into {}", model.table),
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": {
                "application/json": { "schema": { "anyOf": [shape.clone(), { "type": "array", "items": shape }] } },
                "text/csv": { "schema": { "type": "string" } },
            },
        },
        "responses": answers.render(),
    })
}

fn update(context: &Context<'_>, model: &Model) -> Value {
    let mut parameters = list_references(model, &["and", "or"]);
    parameters.extend(references(&["PreferWrite"]));
    if context.view.allows(model.id, Op::Read) {
        parameters.extend(list_references(model, &["written.select"]));
    }
    parameters.extend(filter_references(context, model));
    let answers = Answers {
        good: vec![("200", rows("Changed rows.", &row(model))), ("204", empty("Changed.", &WRITTEN))],
        rows: true,
        body: true,
    };
    json!({
        "operationId": format!("update_{}", model.name),
        "summary": format!("Change rows of {}", model.table),
        "description": "At least one filter is needed.",
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": reference("schemas", &format!("{}.Update", model.name)) } },
        },
        "responses": answers.render(),
    })
}

fn delete(context: &Context<'_>, model: &Model) -> Value {
    let mut parameters = list_references(model, &["and", "or"]);
    parameters.extend(references(&["PreferWrite"]));
    if context.view.allows(model.id, Op::Read) {
        parameters.extend(list_references(model, &["written.select"]));
    }
    parameters.extend(filter_references(context, model));
    let mut good = vec![("204", empty("Removed.", &WRITTEN))];
    good.push(("200", rows("Removed rows, as they were.", &row(model))));
    json!({
        "operationId": format!("delete_{}", model.name),
        "summary": format!("Remove rows of {}", model.table),
        "description": "At least one filter is needed.",
        "parameters": parameters,
        // A row that others refer to is not removed: 409 without a request body.
        "responses": Answers { good, rows: true, body: true }.render(),
    })
}

/// The names of related rows that can be embedded, and whether one comes or many.
fn related<'m>(context: &'m Context<'_>, model: &Model) -> Vec<(&'m str, bool)> {
    let mut names = Vec::new();
    for relationship in context.schema.relationships.iter().filter(|relationship| relationship.from == model.id) {
        let target = context.schema.models.get(usize::from(relationship.to.0));
        let Some(target) = target.filter(|target| target.doors.rest && context.view.allows(target.id, Op::Read)) else {
            continue;
        };
        let name = relationship.field_name.as_deref().unwrap_or(&target.table);
        let found = (name, relationship.cardinality.is_to_one());
        if !names.contains(&found) {
            names.push(found);
        }
    }
    names
}

/// The names of related rows alone.
pub(super) fn related_names(context: &Context<'_>, model: &Model) -> Vec<String> {
    related(context, model).into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// Which related rows can be embedded, as a sentence.
fn embeds(context: &Context<'_>, model: &Model) -> String {
    let names: Vec<String> = related(context, model)
        .into_iter()
        .map(|(name, one)| format!("`{name}` ({})", if one { "one" } else { "many" }))
        .collect();
    match (&model.description, names.is_empty()) {
        (Some(description), true) => description.clone(),
        (Some(description), false) => format!("{description}\n\nRelated rows for `select`: {}.", names.join(", ")),
        (None, false) => format!("Related rows for `select`: {}.", names.join(", ")),
        (None, true) => String::new(),
    }
}

/// Paths that do not depend on the schema.
pub(super) fn fixed() -> Map<String, Value> {
    let get = |id: &str, summary: &str, responses: Value, security: Value| json!({ "get": { "operationId": id, "summary": summary, "tags": ["server"], "security": security, "responses": responses } });
    let status = |description: &str| {
        json!({
            "description": description,
            "content": { "application/json": { "schema": {
                "type": "object", "required": ["status"], "properties": { "status": { "type": "string" } },
            } } },
        })
    };
    let other = || reference("responses", "Other");
    let document = json!({ "description": "This document.", "content": { "application/json": { "schema": { "type": "object" } } } });
    let meters =
        json!({ "description": "Prometheus text.", "content": { "text/plain": { "schema": { "type": "string" } } } });
    let none = || json!([]);
    let denied = |mut answers: Value| {
        answers["401"] = reference("responses", "Unauthorized");
        answers
    };
    let entries = [
        (
            "/health/live",
            get("live", "Whether the process runs", json!({ "200": status("It runs."), "default": other() }), none()),
        ),
        (
            "/health/ready",
            get(
                "ready",
                "Whether requests are taken",
                json!({ "200": status("They are."), "503": status("Not now; try again."), "default": other() }),
                none(),
            ),
        ),
        (
            "/openapi.json",
            get(
                "openapi",
                "This document, for your role",
                denied(json!({ "200": document, "default": other() })),
                security(true),
            ),
        ),
        (
            "/metrics",
            get(
                "metrics",
                "Meters; for the machine itself and the service key",
                denied(json!({
                    "200": meters, "403": reference("responses", "Forbidden"), "default": other(),
                })),
                security(true),
            ),
        ),
    ];
    entries.into_iter().map(|(path, item)| (path.to_owned(), item)).collect()
}
