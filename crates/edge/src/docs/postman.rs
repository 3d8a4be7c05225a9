//! A Postman collection (v2.1) of what one role set may do. In: schema and view. Out: JSON.
//! Its order passes on an empty database: models come after those that they refer to, each makes the row that later ones need,
//! and the last folder removes them again. Keys and tokens are variables that the person who runs it sets.

use super::example;
use super::openapi::{Context, is_callable, is_readable, is_writable, path_segment};
use backstay_plan::access::View;
use backstay_plan::limits::Limits;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_schema::Schema;
use backstay_schema::model::{DefaultValue, Field, FieldId, ForeignKey, Model, Op, Operation, Scalar};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The collection of what `view` may do. `roles` are those of the view; `address` is where the server is.
#[must_use]
pub fn postman(schema: &Schema, view: &View<'_>, roles: &RoleSet, address: &str) -> Value {
    let nobody = RoleSet::anonymous();
    let anonymous = View::new(schema, &nobody);
    let context = Context { schema, view, anonymous: &anonymous, limits: &Limits::default() };
    let collection = Collection { context, exact: roles.wire == WireRole::Service };
    let models = collection.models();
    let mut folders: Vec<Value> = vec![folder("server", "The server itself.", server())];
    folders.extend(models.iter().map(|model| collection.model(model)));
    let calls: Vec<Value> = schema
        .operations
        .iter()
        .filter(|operation| is_callable(&collection.context, operation))
        .filter_map(|operation| collection.call(operation))
        .collect();
    if !calls.is_empty() {
        folders.push(folder("rpc", "Custom operations.", calls));
    }
    let removed: Vec<Value> = models.iter().rev().filter_map(|model| collection.remove(model, "Remove")).collect();
    if !removed.is_empty() {
        folders.push(folder("clean up", "Removes the rows that this collection made.", removed));
    }
    json!({
        "info": {
            "name": "Backstay API",
            "description": DESCRIPTION,
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": folders,
        "event": [script("prerequest", &[SIGN_IN])],
        "variable": [
            { "key": "baseUrl", "value": address, "description": "Address of the server." },
            { "key": "apiKey", "value": "", "description": "An API key: `backstay keys list` shows them." },
            { "key": "token", "value": "", "description": "A user's token. Empty is the key alone." },
        ],
    })
}

const DESCRIPTION: &str = "Every operation that your role may use, with examples. Set `apiKey`, and `token` to act as a user, then run the \
collection from top to bottom: it makes a row of each model, works on it and removes it. On an empty database, as the service role, \
every test passes; other roles may be refused by a rule, and their tests take any answer that is no failure of the server.";

const SIGN_IN: &str = "const token = pm.variables.get('token'); if (token) pm.request.headers.upsert({ key: 'Authorization', value: 'Bearer ' + token });";

struct Collection<'a> {
    context: Context<'a>,
    /// Whether every status is known: no rule stands in the way.
    exact: bool,
}

/// A request before it is written down.
struct Item<'a> {
    name: String,
    method: &'a str,
    /// What follows the address, percent-encoded, with variables in `{{}}`.
    path: String,
    prefer: &'a str,
    body: Option<Value>,
    statuses: &'a [u16],
    /// More lines of the test script.
    tests: Vec<String>,
}

impl Collection<'_> {
    /// Models that the role may do something with, each after those that it must refer to.
    fn models(&self) -> Vec<&Model> {
        let mut waiting: Vec<&Model> = self
            .context
            .schema
            .models
            .iter()
            .filter(|model| model.doors.rest && OPS.iter().any(|op| self.context.view.allows(model.id, *op)))
            .collect();
        let mut placed = Vec::new();
        while !waiting.is_empty() {
            let names: BTreeSet<_> = waiting.iter().map(|model| model.id).collect();
            let blocked = |model: &Model, needed: bool| {
                self.references(model)
                    .any(|(fk, required)| fk.to != model.id && names.contains(&fk.to) && (required || !needed))
            };
            // Without a model that nothing stands before, one whose references may stay empty; in a circle, the first.
            let next = (waiting.iter().position(|model| !blocked(model, false)))
                .or_else(|| waiting.iter().position(|model| !blocked(model, true)))
                .unwrap_or(0);
            placed.push(waiting.remove(next));
        }
        placed
    }

    /// The references of a model, and whether a row must have them.
    fn references(&self, model: &Model) -> impl Iterator<Item = (&ForeignKey, bool)> {
        let required = |id: &FieldId| model.fields.get(usize::from(id.0)).is_some_and(|field| !field.ty.nullable);
        let own = self.context.schema.foreign_keys.iter().filter(move |fk| fk.from == model.id);
        own.map(move |fk| (fk, fk.from_fields.iter().any(required)))
    }

    fn allows(&self, model: &Model, op: Op) -> bool {
        self.context.view.allows(model.id, op)
    }

    fn model(&self, model: &Model) -> Value {
        let mut items = Vec::new();
        let body = self.body(model).filter(|_| self.allows(model, Op::Create));
        let target = self.target(model);
        if let Some(body) = &body {
            items.push(self.create(model, "Insert a row", body));
        }
        if self.allows(model, Op::Read) {
            items.extend(self.reads(model, target.as_deref()));
        }
        if let (Some(body), Some(target), true) = (self.change(model), &target, self.allows(model, Op::Update)) {
            items.push(self.item(Item {
                name: format!("Change a row of {}", model.table),
                method: "PATCH",
                path: format!("{}?{target}", path(model)),
                prefer: "return=representation",
                body: Some(body),
                statuses: &[200],
                tests: self.one_row(model),
            }));
        }
        if let Some(removed) = self.remove(model, "Remove a row of") {
            items.push(removed);
            if let Some(body) = &body {
                items.push(self.create(model, "Insert it again, for those that refer to it:", body));
            }
        }
        folder(&model.table, model.description.as_deref().unwrap_or(&model.name), items)
    }

    fn create(&self, model: &Model, name: &str, body: &Value) -> Value {
        let mut tests = self.one_row(model);
        if self.allows(model, Op::Read) {
            let kept = key(model).filter(|field| is_readable(&self.context, model, field));
            tests.extend(kept.map(|field| {
                let (variable, name) = (json!(variable(model, field)), json!(field.name));
                format!("if (rows[0]) pm.collectionVariables.set({variable}, encodeURIComponent(rows[0][{name}])), pm.collectionVariables.set({variable} + '_json', JSON.stringify(rows[0][{name}]));")
            }));
        }
        self.item(Item {
            name: format!("{name} {}", model.table),
            method: "POST",
            path: path(model),
            prefer: if self.allows(model, Op::Read) { "return=representation" } else { "return=minimal" },
            body: Some(body.clone()),
            statuses: &[201],
            tests,
        })
    }

    fn reads(&self, model: &Model, target: Option<&str>) -> Vec<Value> {
        let readable: Vec<&Field> = model
            .fields
            .iter()
            .filter(|field| is_readable(&self.context, model, field) && field.computed.is_none())
            .collect();
        let columns: Vec<String> = readable.iter().take(3).map(|field| quoted(&field.name)).collect();
        let mut reads = vec![
            ("List rows of", "limit=20".to_owned(), "count=exact", &[200, 206][..]),
            (
                "Choose columns and order of",
                format!(
                    "select={}&order={}.desc&limit=5",
                    columns.join(","),
                    columns.first().map_or("", String::as_str)
                ),
                "",
                &[200][..],
            ),
        ];
        if let Some(target) = target {
            reads.push(("Read one row of", target.to_owned(), "", &[200]));
        }
        for field in readable.iter().filter(|field| !field.ty.list) {
            let filter = match field.ty.scalar {
                Scalar::Int | Scalar::BigInt | Scalar::Float | Scalar::Decimal => "gte.1",
                Scalar::Date | Scalar::DateTime => "lt.2100-01-01",
                Scalar::Boolean => "is.false",
                Scalar::String => "ilike.*example*",
                Scalar::Id
                | Scalar::Uuid
                | Scalar::Time
                | Scalar::Bytes
                | Scalar::Json
                | Scalar::Email
                | Scalar::Url
                | Scalar::Phone
                | Scalar::Enum(_)
                | Scalar::Object(_) => continue,
            };
            reads.push(("Filter rows of", format!("{}={filter}&limit=5", quoted(&field.name)), "", &[200]));
            break;
        }
        let item = |(name, query, prefer, statuses): (&str, String, &'static str, &'static [u16])| {
            let tests = vec!["const rows = pm.response.code < 300 ? pm.response.json() : []; pm.test('is a list', () => pm.expect(rows).to.be.an('array'));".to_owned()];
            self.item(Item {
                name: format!("{name} {}", model.table),
                method: "GET",
                path: format!("{}?{query}", path(model)),
                prefer,
                body: None,
                statuses,
                tests,
            })
        };
        reads.into_iter().map(item).collect()
    }

    /// The removal of the row that the collection made.
    fn remove(&self, model: &Model, name: &str) -> Option<Value> {
        let target = self.target(model).filter(|_| self.allows(model, Op::Delete) && self.allows(model, Op::Create))?;
        self.body(model)?;
        Some(self.item(Item {
            name: format!("{name} {}", model.table),
            method: "DELETE",
            path: format!("{}?{target}", path(model)),
            prefer: "return=minimal",
            body: None,
            statuses: &[204],
            tests: Vec::new(),
        }))
    }

    fn call(&self, operation: &Operation) -> Option<Value> {
        let mut body = Map::new();
        for argument in
            operation.arguments.iter().filter(|argument| argument.default.is_none() && !argument.ty.nullable)
        {
            body.insert(argument.name.clone(), example::argument(self.context.schema, &argument.ty)?);
        }
        Some(self.item(Item {
            name: format!("Call {}", operation.name),
            method: "POST",
            path: format!("/rest/v1/rpc/{}", path_segment(&operation.name)),
            prefer: "",
            body: Some(Value::Object(body)),
            statuses: &[200, 204],
            tests: Vec::new(),
        }))
    }

    /// A test that one row came back, where the role may see it.
    fn one_row(&self, model: &Model) -> Vec<String> {
        if !self.allows(model, Op::Read) {
            return Vec::new();
        }
        let mut lines = vec!["const rows = pm.response.code < 300 ? pm.response.json() : [];".to_owned()];
        if self.exact {
            lines.push("pm.test('answers the row', () => pm.expect(rows).to.have.lengthOf(1));".to_owned());
        }
        lines
    }

    /// The filter that finds the row of this collection; `None` where the role cannot name its key.
    fn target(&self, model: &Model) -> Option<String> {
        let mut filters = Vec::new();
        for field in key(model) {
            if !is_readable(&self.context, model, field) {
                return None;
            }
            filters.push(format!("{}=eq.{{{{{}}}}}", quoted(&field.name), variable(model, field)));
        }
        (!filters.is_empty()).then(|| filters.join("&"))
    }

    /// A row to insert; `None` where no example can be made up for a value that it needs.
    fn body(&self, model: &Model) -> Option<Value> {
        let mut body = Map::new();
        // A row that cannot be named cannot be removed, and would keep those that it refers to.
        let removable = self.target(model).is_some();
        for field in model.fields.iter().filter(|field| is_writable(&self.context, model, field, Op::Create)) {
            let needed = !field.ty.nullable && field.default.is_none();
            match self.referred(model, field).map(|key| key.filter(|_| removable)) {
                Some(Some(variable)) => drop(body.insert(field.name.clone(), json!(raw(&variable)))),
                Some(None) if needed => return None,
                Some(None) => {}
                // A row check may be about any other value: such a model gets what it needs and nothing else.
                None if !needed && (!model.checks.is_empty() || !self.shows(field)) => {}
                None => match example::value(self.context.schema, model, field) {
                    Some(value) => drop(body.insert(field.name.clone(), value)),
                    None if needed => return None,
                    None => {}
                },
            }
        }
        Some(Value::Object(body))
    }

    /// Whether an optional field is worth a place in an example.
    fn shows(&self, field: &Field) -> bool {
        !field.hashed && matches!(field.default, None | Some(DefaultValue::Constant(_)))
    }

    /// For a field that refers to another model: the variable with the key of its row, or `None` where there is no row of it yet.
    fn referred(&self, model: &Model, field: &Field) -> Option<Option<String>> {
        let (fk, position) = self
            .context
            .schema
            .foreign_keys
            .iter()
            .filter(|fk| fk.from == model.id)
            .find_map(|fk| fk.from_fields.iter().position(|id| *id == field.id).map(|position| (fk, position)))?;
        let target = self.context.schema.models.get(usize::from(fk.to.0))?;
        let key = target.fields.get(usize::from(fk.to_fields.get(position)?.0))?;
        let placed: Vec<_> = self.models().iter().map(|model| model.id).collect();
        let of = |id| placed.iter().position(|placed| *placed == id);
        let earlier = matches!((of(target.id), of(model.id)), (Some(theirs), Some(ours)) if theirs < ours);
        let made =
            earlier && self.allows(target, Op::Create) && self.target(target).is_some() && target.key.contains(&key.id);
        Some(made.then(|| variable(target, key)))
    }

    /// The new value of a change: of the first field that an example can be made up for; else the reference that the row has.
    fn change(&self, model: &Model) -> Option<Value> {
        let writable = |field: &&Field| {
            is_writable(&self.context, model, field, Op::Update)
                && !model.key.contains(&field.id)
                && !field.hashed
                && (model.checks.is_empty() || !field.ty.nullable)
        };
        let fields: Vec<&Field> = model.fields.iter().filter(writable).collect();
        let free = fields.iter().find(|field| self.referred(model, field).is_none());
        if let Some(field) = free {
            return Some(json!({ field.name.clone(): example::value(self.context.schema, model, field)? }));
        }
        fields.into_iter().find_map(|field| {
            let variable = self.referred(model, field)??;
            Some(json!({ field.name.clone(): raw(&variable) }))
        })
    }

    fn item(&self, item: Item<'_>) -> Value {
        let Item { name, method, path, prefer, body, statuses, tests } = item;
        let mut headers = vec![json!({ "key": "apikey", "value": "{{apiKey}}" })];
        if !prefer.is_empty() {
            headers.push(json!({ "key": "Prefer", "value": prefer }));
        }
        let mut request = json!({ "method": method, "header": headers, "url": url(&path) });
        if let Some(body) = body {
            headers.push(json!({ "key": "Content-Type", "value": "application/json" }));
            request["header"] = json!(headers);
            // References are JSON values of their own, in quotes or not: as a variable holds them.
            let text =
                format!("{body:#}").replace(&format!("\"{RAW}{{{{"), "{{").replace(&format!("}}}}{RAW}\""), "}}");
            request["body"] = json!({ "mode": "raw", "raw": text, "options": { "raw": { "language": "json" } } });
        }
        let status = if self.exact {
            format!(
                "pm.test('status', () => pm.expect(pm.response.code, pm.response.text()).to.be.oneOf({}));",
                json!(statuses)
            )
        } else {
            "pm.test('status', () => pm.expect(pm.response.code, pm.response.text()).to.be.below(500));".to_owned()
        };
        let lines: Vec<&str> = [status.as_str()].into_iter().chain(tests.iter().map(String::as_str)).collect();
        json!({ "name": name, "event": [script("test", &lines)], "request": request })
    }
}

const OPS: [Op; 4] = [Op::Read, Op::Create, Op::Update, Op::Delete];

/// Stands around a variable that is a whole JSON value.
const RAW: &str = "\u{e000}";

fn raw(variable: &str) -> String {
    format!("{RAW}{{{{{variable}_json}}}}{RAW}")
}

fn server() -> Vec<Value> {
    [("Is it alive", "/health/live"), ("Is it ready", "/health/ready"), ("The API's description", "/openapi.json")]
        .map(|(name, path)| {
            let test = "pm.test('status', () => pm.response.to.have.status(200));";
            let headers = json!([{ "key": "apikey", "value": "{{apiKey}}" }]);
            json!({ "name": name, "event": [script("test", &[test])], "request": { "method": "GET", "header": headers, "url": url(path) } })
        })
        .into()
}

fn folder(name: &str, description: &str, items: Vec<Value>) -> Value {
    json!({ "name": name, "description": description, "item": items })
}

fn script(listen: &str, lines: &[&str]) -> Value {
    json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } })
}

fn url(path: &str) -> String {
    format!("{{{{baseUrl}}}}{path}")
}

fn path(model: &Model) -> String {
    format!("/rest/v1/{}", path_segment(&model.table))
}

fn key(model: &Model) -> impl Iterator<Item = &Field> {
    let named = if model.keyless { &[][..] } else { &model.key };
    named.iter().filter_map(|id| model.fields.get(usize::from(id.0)))
}

fn variable(model: &Model, field: &Field) -> String {
    format!("{}_{}", model.name, field.name)
}

/// A column's name in a query string; one that is more than a word stands in quotes.
fn quoted(name: &str) -> String {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let plain = is_word && !RESERVED.contains(&name);
    if plain { name.to_owned() } else { path_segment(&format!("\"{name}\"")) }
}

/// Query keys that mean something else than a column.
const RESERVED: [&str; 8] = ["select", "order", "limit", "offset", "columns", "on_conflict", "and", "or"];
