//! `/rpc/<operation>`: custom operations, with arguments in the body (POST) or the query string (GET, HEAD).

use super::headers::body_format;
use super::headers::prefer::Scope;
use super::parse::range;
use super::parse::{Keys, Query};
use super::relation::limit;
use super::{Call, bad_range, body, columns, guards, render};
use crate::fault::{Fault, code};
use backstay_plan::Refusal;
use backstay_plan::request::{self, Action, Cell, Input, Request, Slot};
use backstay_schema::model::{Operation, ReturnType};
use bytes::Bytes;
use http::header::{ALLOW, HeaderValue};
use http::{Method, Response};

/// Answers a call.
pub(super) async fn answer(call: &Call<'_>, name: String) -> Result<Response<Bytes>, Fault> {
    let schema = call.engine.schema();
    let operation = schema.operations.iter().find(|operation| operation.name == name);
    let reads = matches!(call.parts.method, Method::GET | Method::HEAD);
    match call.parts.method {
        Method::GET | Method::HEAD | Method::POST => {}
        Method::OPTIONS => {
            let operation = operation.ok_or_else(|| call.refused_name(unknown(&name), &schema))?;
            return Ok(render::options(if operation.read_only { "OPTIONS,GET,HEAD,POST" } else { "OPTIONS,POST" }));
        }
        _ => {
            let message = format!("Cannot use the {} method on RPC", call.parts.method);
            return Err(
                Fault::new(code::RPC_METHOD, message).header(ALLOW, HeaderValue::from_static("GET,HEAD,POST,OPTIONS"))
            );
        }
    }
    let is_argument = |key: &str| is_argument(operation, key);
    let keys = if reads { Keys::Arguments(&is_argument) } else { Keys::Filters };
    let mut query = call.query(&keys, 0)?;
    let header = if call.parts.method == Method::GET { super::headers::range(&call.parts.headers) } else { None };
    let window = range::window(query.limit, query.offset, header).map_err(bad_range)?;
    let arguments = if reads { from_query(operation, &mut query) } else { from_body(call, &mut query)? };
    let preferences = call.preferences();
    let scope = Scope { affected_max: true, ..Scope::default() };
    let frame = call.frame(&preferences, scope, std::mem::take(&mut query.renamed))?;
    let mut level = query.level;
    level.filter = query.filter;
    limit(&mut level, window, &mut query.inputs);
    let total = preferences.count.is_some();
    let action = Action::Call(request::Call { operation: name, arguments, read_only: reads, level, total });
    let guards = guards(&preferences, frame.media, preferences.affected_max());
    let request = Request { action, inputs: query.inputs, guards };
    let answer = call.run(&request).await?;
    let columns = || columns::of(call, &request.action);
    Ok(match operation.map(|operation| &operation.returns) {
        Some(ReturnType::Models(_)) => render::read(&answer, window, &frame, columns),
        Some(ReturnType::Void) => render::value(&answer, &frame, true, columns),
        Some(ReturnType::Model(_) | ReturnType::Scalar(_) | ReturnType::Object { .. }) | None => {
            render::value(&answer, &frame, false, columns)
        }
    })
}

fn unknown(name: &str) -> Refusal {
    Refusal::UnknownOperation { name: name.to_owned(), arguments: Vec::new(), suggestion: None }
}

fn is_argument(operation: Option<&Operation>, key: &str) -> bool {
    operation.is_some_and(|operation| operation.arguments.iter().any(|argument| argument.name == key))
}

/// Arguments of the query string. A key that comes again makes a list where the argument is one; else the last counts.
fn from_query(operation: Option<&Operation>, query: &mut Query) -> Vec<(String, Slot)> {
    let mut arguments: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in std::mem::take(&mut query.arguments) {
        match arguments.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => arguments.push((name, vec![value])),
        }
    }
    let is_list = |name: &str| {
        let arguments = operation.map_or(&[][..], |operation| operation.arguments.as_slice());
        arguments.iter().any(|argument| argument.name == name && argument.ty.list)
    };
    let mut kept = Vec::with_capacity(arguments.len());
    for (name, mut values) in arguments {
        let input = if values.len() > 1 && is_list(&name) {
            Input::Json(serde_json::Value::from(values).to_string())
        } else {
            Input::Text(values.pop().unwrap_or_default())
        };
        kept.extend(keep(&mut query.inputs, input).map(|slot| (name, slot)));
    }
    kept
}

fn from_body(call: &Call<'_>, query: &mut Query) -> Result<Vec<(String, Slot)>, Fault> {
    let format = body_format(&call.parts.headers)
        .map_err(|other| Fault::new(code::BODY, format!("Content-Type not acceptable: {other}")))?;
    let cells = body::arguments(&call.body, format, call.limits).map_err(|error| error.fault(call.caller))?;
    let mut kept = Vec::with_capacity(cells.len());
    for (name, cell) in cells {
        let input = match cell {
            Cell::Absent => continue,
            Cell::Null => Input::Json("null".to_owned()),
            Cell::Json(json) => Input::Json(json.into()),
            Cell::Text(text) => Input::Text(text.into()),
        };
        kept.extend(keep(&mut query.inputs, input).map(|slot| (name, slot)));
    }
    Ok(kept)
}

fn keep(inputs: &mut Vec<Input>, input: Input) -> Option<Slot> {
    let slot = u16::try_from(inputs.len()).ok()?;
    inputs.push(input);
    Some(Slot(slot))
}
