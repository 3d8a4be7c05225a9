//! Paths of custom operations.

use super::paths::security;
use super::responses::{Answers, empty, rows};
use super::values::value;
use super::{Context, reference};
use backstay_plan::access::View;
use backstay_plan::authorized::Gate;
use backstay_schema::model::{Argument, Operation, ReturnType};
use serde_json::{Map, Value, json};

/// Whether the role may call an operation.
pub(in crate::docs) fn is_callable(context: &Context<'_>, operation: &Operation) -> bool {
    callable(context.view, operation)
}

fn callable(view: &View<'_>, operation: &Operation) -> bool {
    !matches!(view.operation(operation), None | Some(Gate::Closed))
}

/// The path item of an operation; `None` when the role may not call it.
pub(super) fn path(context: &Context<'_>, operation: &Operation) -> Option<Value> {
    if !is_callable(context, operation) {
        return None;
    }
    let mut item = Map::new();
    let security = security(callable(context.anonymous, operation));
    let describe = |mut verb: Value| {
        verb["summary"] = json!(format!("Call {}", operation.name));
        verb["tags"] = json!(["rpc"]);
        verb["security"] = security.clone();
        if let Some(description) = &operation.description {
            verb["description"] = json!(description);
        }
        verb
    };
    if operation.read_only {
        let parameters: Vec<Value> = operation.arguments.iter().map(|argument| parameter(context, argument)).collect();
        let answers = Answers { good: answers(context, operation), rows: true, body: false };
        item.insert(
            "get".to_owned(),
            describe(json!({
                "operationId": format!("call_{}_get", operation.name),
                "parameters": parameters,
                "responses": answers.render(),
            })),
        );
    }
    let answers = Answers { good: answers(context, operation), rows: true, body: true };
    item.insert(
        "post".to_owned(),
        describe(json!({
            "operationId": format!("call_{}", operation.name),
            "requestBody": {
                "required": operation.arguments.iter().any(is_required),
                "content": { "application/json": { "schema": arguments(context, operation) } },
            },
            "responses": answers.render(),
        })),
    );
    Some(Value::Object(item))
}

fn is_required(argument: &Argument) -> bool {
    argument.default.is_none() && !argument.ty.nullable
}

fn parameter(context: &Context<'_>, argument: &Argument) -> Value {
    // A list is one value in braces here, not a repeated key.
    let schema =
        if argument.ty.list { json!({ "type": "string" }) } else { value(context.schema, &argument.ty, false) };
    json!({ "name": argument.name, "in": "query", "required": is_required(argument), "schema": schema })
}

fn arguments(context: &Context<'_>, operation: &Operation) -> Value {
    let mut properties = Map::new();
    for argument in &operation.arguments {
        let mut shape = value(context.schema, &argument.ty, argument.ty.nullable);
        if let (Some(default), Some(members)) = (&argument.default, shape.as_object_mut()) {
            members.insert("default".to_owned(), default.clone());
        }
        properties.insert(argument.name.clone(), shape);
    }
    let required: Vec<&str> = operation
        .arguments
        .iter()
        .filter(|argument| is_required(argument))
        .map(|argument| argument.name.as_str())
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn answers(context: &Context<'_>, operation: &Operation) -> Vec<(&'static str, Value)> {
    let json_answer = |schema: Value| json!({ "description": "The result.", "content": { "application/json": { "schema": schema } } });
    match &operation.returns {
        ReturnType::Models(model) | ReturnType::Model(model) => {
            let row = context.schema.models.get(usize::from(model.0)).map(|model| reference("schemas", &model.name));
            let row = row.unwrap_or(json!({}));
            match operation.returns {
                ReturnType::Models(_) => {
                    vec![("200", rows("Rows.", &row)), ("206", rows("Some of the counted rows.", &row))]
                }
                ReturnType::Model(_) | ReturnType::Scalar(_) | ReturnType::Object { .. } | ReturnType::Void => {
                    vec![("200", json_answer(json!({ "anyOf": [row, { "type": "null" }, { "type": "array" }] })))]
                }
            }
        }
        ReturnType::Scalar(ty) => vec![("200", json_answer(value(context.schema, ty, true)))],
        ReturnType::Object { object, list } => {
            let shape =
                context.schema.objects.get(usize::from(object.0)).map(|object| reference("schemas", &object.name));
            let shape = shape.unwrap_or(json!({}));
            let shape = if *list {
                json!({ "type": "array", "items": shape })
            } else {
                json!({ "anyOf": [shape, { "type": "null" }] })
            };
            vec![("200", json_answer(shape))]
        }
        ReturnType::Void => vec![("200", empty("Done.", &[])), ("204", empty("Done.", &[]))],
    }
}
