//! JSON Schemas of rows, bodies, enums and embedded objects.

use super::{Context, reference};
use backstay_plan::access::Decision;
use backstay_schema::Schema;
use backstay_schema::model::{Computed, DefaultValue, Field, FieldType, Model, Op, Scalar, Validator};
use serde_json::{Map, Value, json};

/// Every schema of models, enums and objects; those that nothing refers to are removed later.
pub(super) fn schemas(context: &Context<'_>) -> Map<String, Value> {
    let schema = context.schema;
    let mut all = Map::new();
    for model in schema.models.iter().filter(|model| model.doors.rest) {
        all.insert(model.name.clone(), row(context, model));
        all.insert(format!("{}.Insert", model.name), body(context, model, Op::Create));
        all.insert(format!("{}.Update", model.name), body(context, model, Op::Update));
    }
    for declared in &schema.enums {
        let mut value = json!({ "type": "string", "enum": declared.values });
        if let Some(description) = &declared.description {
            value["description"] = json!(description);
        }
        all.insert(declared.name.clone(), value);
    }
    for object in &schema.objects {
        let properties: Map<String, Value> = object
            .fields
            .iter()
            .map(|field| (field.name.clone(), value(schema, &field.ty, field.ty.nullable)))
            .collect();
        let required: Vec<&str> =
            object.fields.iter().filter(|field| !field.ty.nullable).map(|field| field.name.as_str()).collect();
        all.insert(object.name.clone(), json!({ "type": "object", "properties": properties, "required": required }));
    }
    all
}

/// Whether a role may read a field in at least some rows.
pub(in crate::docs) fn is_readable(context: &Context<'_>, model: &Model, field: &Field) -> bool {
    context.view.field(model.id, field.id).read != Decision::Never
}

/// Whether a role may name a field in a body.
pub(in crate::docs) fn is_writable(context: &Context<'_>, model: &Model, field: &Field, op: Op) -> bool {
    if field.managed.is_some() || field.computed.is_some() {
        return false;
    }
    let view = context.view.field(model.id, field.id);
    match op {
        Op::Create => view.create != Decision::Never,
        Op::Update => view.updatable(),
        Op::Read | Op::Delete => false,
    }
}

/// A row as it is answered: every column the role may read. `select` chooses among them, so none is required.
fn row(context: &Context<'_>, model: &Model) -> Value {
    let mut properties = Map::new();
    for field in model.fields.iter().filter(|field| is_readable(context, model, field)) {
        // In rows where a rule hides the value there is null.
        let masked = matches!(context.view.field(model.id, field.id).read, Decision::PerRow(_));
        let mut shape = value(context.schema, &field.ty, field.ty.nullable || masked);
        describe(&mut shape, model, field);
        properties.insert(field.name.clone(), shape);
    }
    json!({ "type": "object", "description": model.description, "properties": properties })
        .as_object()
        .map(|row| row.iter().filter(|(_, member)| !member.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect())
        .unwrap_or_default()
}

/// One object of a body.
fn body(context: &Context<'_>, model: &Model, op: Op) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in model.fields.iter().filter(|field| is_writable(context, model, field, op)) {
        let mut shape = value(context.schema, &field.ty, field.ty.nullable);
        for validator in &field.validators {
            restrict(&mut shape, validator);
        }
        describe(&mut shape, model, field);
        if let Some(DefaultValue::Constant(constant)) = &field.default {
            insert(&mut shape, "default", constant.clone());
        }
        if field.write_only {
            insert(&mut shape, "writeOnly", Value::Bool(true));
        }
        properties.insert(field.name.clone(), shape);
        if op == Op::Create && !field.ty.nullable && field.default.is_none() {
            required.push(field.name.clone());
        }
    }
    let mut body = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        insert(&mut body, "required", json!(required));
    }
    body
}

/// JSON Schema of a value type.
pub(super) fn value(schema: &Schema, ty: &FieldType, nullable: bool) -> Value {
    if ty.list {
        let items = scalar(schema, ty.scalar, ty.items_nullable);
        let kind = if nullable { json!(["array", "null"]) } else { json!("array") };
        return json!({ "type": kind, "items": items });
    }
    scalar(schema, ty.scalar, nullable)
}

fn scalar(schema: &Schema, scalar: Scalar, nullable: bool) -> Value {
    let plain = |kind: &str| if nullable { json!({ "type": [kind, "null"] }) } else { json!({ "type": kind }) };
    let formatted = |kind: &str, format: &str| {
        let mut value = plain(kind);
        value["format"] = json!(format);
        value
    };
    let named = |name: Option<&String>| match name {
        Some(name) if nullable => json!({ "anyOf": [reference("schemas", name), { "type": "null" }] }),
        Some(name) => reference("schemas", name),
        None => json!({}),
    };
    match scalar {
        Scalar::Int => formatted("integer", "int32"),
        Scalar::BigInt => formatted("integer", "int64"),
        Scalar::Float => formatted("number", "double"),
        Scalar::Decimal => plain("number"),
        Scalar::Boolean => plain("boolean"),
        Scalar::String | Scalar::Id | Scalar::Time => plain("string"),
        Scalar::Phone => {
            let mut value = plain("string");
            value["description"] = json!("Phone number in E.164 form, such as +431234567.");
            value
        }
        Scalar::Uuid => formatted("string", "uuid"),
        Scalar::DateTime => formatted("string", "date-time"),
        Scalar::Date => formatted("string", "date"),
        Scalar::Email => formatted("string", "email"),
        Scalar::Url => formatted("string", "uri"),
        Scalar::Bytes => {
            let mut value = plain("string");
            value["description"] = json!("Bytes as `\\x` and hexadecimal digits.");
            value
        }
        // Any JSON value at all.
        Scalar::Json => json!({}),
        Scalar::Enum(id) => named(schema.enums.get(usize::from(id.0)).map(|declared| &declared.name)),
        Scalar::Object(id) => named(schema.objects.get(usize::from(id.0)).map(|object| &object.name)),
    }
}

/// Adds what a validation rule says, as far as JSON Schema can say it.
fn restrict(shape: &mut Value, validator: &Validator) {
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            insert(shape, key, value);
        }
    };
    match validator {
        Validator::Length { min, max } => {
            set("minLength", min.map(Value::from));
            set("maxLength", max.map(Value::from));
        }
        Validator::Range { min, max } => {
            set("minimum", min.map(Value::from));
            set("maximum", max.map(Value::from));
        }
        // The syntaxes differ in corners: where there are flags, saying nothing is better than saying something else.
        Validator::Pattern { regex, flags, .. } => {
            set("pattern", flags.is_empty().then(|| Value::from(regex.as_str())));
        }
        Validator::Items { min, max, unique } => {
            set("minItems", min.map(Value::from));
            set("maxItems", max.map(Value::from));
            set("uniqueItems", unique.then_some(Value::Bool(true)));
        }
        Validator::OneOf(values) => set("enum", Some(Value::from(values.clone()))),
        Validator::Email => set("format", Some(Value::from("email"))),
        Validator::Url => set("format", Some(Value::from("uri"))),
        // Its own references would point nowhere in this document.
        Validator::Phone | Validator::JsonSchema(_) => {}
    }
}

/// A description of what a caller cannot see from the type.
fn describe(shape: &mut Value, model: &Model, field: &Field) {
    let mut notes: Vec<&str> = field.description.iter().map(String::as_str).collect();
    if model.key.contains(&field.id) && !model.keyless {
        notes.push("Primary key.");
    }
    match &field.computed {
        Some(Computed::Expr { .. }) => notes.push("Computed; read-only."),
        Some(Computed::Function(_)) => notes.push("Computed; read-only, cannot be filtered."),
        None => {}
    }
    if field.managed.is_some() {
        notes.push("Set by the server.");
    }
    if !notes.is_empty() {
        insert(shape, "description", Value::from(notes.join("\n")));
    }
}

fn insert(shape: &mut Value, key: &str, value: Value) {
    if let Some(members) = shape.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}
