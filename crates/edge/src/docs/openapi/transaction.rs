//! The root: the document itself, and transactions, the same for every role: each operation meets the rules it meets alone.

use super::paths::security;
use super::responses::Answers;
use serde_json::{Value, json};

/// The path item.
pub(super) fn path() -> Value {
    let operation = json!({
        "type": "object",
        "required": ["method", "path"],
        "properties": {
            "method": { "type": "string", "enum": ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"] },
            "path": { "type": "string", "pattern": "^/", "description": "What follows `/rest/v1`, percent-encoded.", "examples": ["/todos?id=eq.1"] },
            "headers": {
                "type": "object",
                "properties": { "Prefer": { "type": "string", "examples": ["return=representation"] } },
                "additionalProperties": false,
            },
            "body": { "description": "As the operation takes it alone; a value may be `{\"$ref\": \"0.0.id\"}`." },
        },
        "additionalProperties": false,
    });
    let answer = json!({
        "type": "object",
        "required": ["status", "headers", "body"],
        "properties": {
            "status": { "type": "integer" },
            "headers": { "type": "object", "additionalProperties": { "type": "string" } },
            "body": { "description": "As the operation answers it alone; null where that is empty." },
        },
        "additionalProperties": false,
    });
    let good = json!({
        "description": "The answers, in order.",
        "content": { "application/json": { "schema": { "type": "array", "items": answer } } },
    });
    let described = json!({
        "description": "This document.",
        "content": { "application/openapi+json": { "schema": { "type": "object" } } },
    });
    let describe = json!({
        "operationId": "describe",
        "summary": "This document, for your role, where PostgREST has it",
        "tags": ["server"],
        "security": security(true),
        "responses": Answers { good: vec![("200", described)], rows: false, body: false }.render(),
    });
    json!({ "get": describe, "post": {
        "operationId": "transaction",
        "summary": "Run operations together",
        "description": "Runs operations in order and keeps all of them or none. A value may be an earlier result: `$0.0.id` in a \
            query string, `{\"$ref\": \"0.0.id\"}` in a body (operation, then steps into the JSON it answered). On failure the \
            answer is the error of the operation that failed, with its position in `operation`.",
        "tags": ["server"],
        "security": security(true),
        "requestBody": { "required": true, "content": { "application/json": { "schema": { "type": "array", "items": operation } } } },
        "responses": Answers { good: vec![("200", good)], rows: true, body: true }.render(),
    } })
}
