//! Answers: the error body, every status that can come, and the headers that carry counts.

use super::reference;
use serde_json::{Map, Value, json};

/// Refusals that any request can meet, by status and name.
const EVERYWHERE: [(&str, &str); 8] = [
    ("400", "BadRequest"),
    ("401", "Unauthorized"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("429", "TooMany"),
    ("500", "InternalError"),
    ("503", "Unavailable"),
    ("504", "Timeout"),
];

/// Refusals of requests with a body.
const WITH_BODY: [(&str, &str); 4] =
    [("408", "BodyTimeout"), ("409", "Conflict"), ("413", "BodyTooLarge"), ("415", "Encoding")];

/// The error body.
pub(super) fn schemas() -> Map<String, Value> {
    let error = json!({
        "type": "object",
        "description": "Every error has the first four keys.",
        "required": ["code", "message", "details", "hint"],
        "properties": {
            "code": { "type": "string", "description": "`PGRSTnnn`, or an SQLSTATE such as `23505`.", "examples": ["PGRST100"] },
            "message": { "type": "string" },
            "details": { "description": "Text, a list where several readings are possible, or null." },
            "hint": { "type": ["string", "null"] },
            "operation": {
                "type": "integer", "minimum": 0,
                "description": "Position of the operation that failed; in the answer of a transaction only.",
            },
        },
        "additionalProperties": false,
    });
    [("Error".to_owned(), error)].into_iter().collect()
}

/// Answers that are named once and referred to.
pub(super) fn responses() -> Map<String, Value> {
    let error = |description: &str, headers: Value| {
        let mut response = json!({
            "description": description,
            "content": { "application/json": { "schema": reference("schemas", "Error") } },
        });
        if !headers.is_null() {
            response["headers"] = headers;
        }
        response
    };
    let challenge = json!({ "WWW-Authenticate": reference("headers", "WWW-Authenticate") });
    let retry = json!({ "Retry-After": reference("headers", "Retry-After") });
    let limits = json!({
        "Retry-After": reference("headers", "Retry-After"),
        "RateLimit": reference("headers", "RateLimit"),
        "RateLimit-Policy": reference("headers", "RateLimit-Policy"),
    });
    let none = Value::Null;
    let entries = [
        (
            "BadRequest",
            error("The query, a header, the body or a value is malformed, or breaks a validation rule.", none.clone()),
        ),
        ("Unauthorized", error("A credential is needed, or the one given does not hold.", challenge)),
        (
            "Forbidden",
            error("Your role may not do this, or not with this row or column. Nothing was changed.", none.clone()),
        ),
        ("NotFound", error("There is no such relation or operation that you may know of.", none.clone())),
        ("MethodNotAllowed", error("The relation or operation does not offer this verb.", none.clone())),
        (
            "NotAcceptable",
            error(
                "None of the media types in Accept is available, or one row was asked for and there are none or several.",
                none.clone(),
            ),
        ),
        ("BodyTimeout", error("The body did not arrive in time.", none.clone())),
        (
            "Conflict",
            error("A unique value is taken, or a reference leads nowhere. Nothing was changed.", none.clone()),
        ),
        ("BodyTooLarge", error("The body is larger than the server accepts.", none.clone())),
        ("Encoding", error("The body is compressed; send it as it is.", none.clone())),
        ("Range", error("The range asked for is impossible.", none.clone())),
        ("Ambiguous", error("Several relationships fit an embed; the details list them.", none.clone())),
        ("TooMany", error("A rate limit is reached; the header says when to try again.", limits)),
        ("InternalError", error("A defect of the server; its log has it under the request's id.", none.clone())),
        ("Unavailable", error("The server cannot take the request now.", retry)),
        ("Timeout", error("The request ran for too long.", none)),
        ("Other", error("Any other error has the same form.", Value::Null)),
    ];
    let unchanged = json!({
        "description": "What `If-None-Match` names is what would be answered.",
        "headers": { "ETag": reference("headers", "ETag") },
    });
    let mut all: Map<String, Value> = entries.into_iter().map(|(name, entry)| (name.to_owned(), entry)).collect();
    all.insert("NotModified".to_owned(), unchanged);
    all
}

/// Headers that are named once and referred to.
pub(super) fn headers() -> Map<String, Value> {
    let header = |description: &str| json!({ "schema": { "type": "string" }, "description": description });
    let entries = [
        ("Content-Range", header("Rows answered and, when counted, rows there are: `0-9/57`, `*/0`, `0-9/*`.")),
        ("Preference-Applied", header("The preferences that took effect.")),
        ("Location", header("Where the new row is; only with `return=headers-only`.")),
        ("WWW-Authenticate", header("`Bearer`, with a reason when a token was refused.")),
        ("ETag", header("A tag of the answer, for `If-None-Match`.")),
        (
            "RateLimit",
            header("What is left of each rate limit and when all of it is back; only where there are limits."),
        ),
        ("RateLimit-Policy", header("The rate limits that count here; only where there are some.")),
        ("Retry-After", header("Seconds after which to try again.")),
    ];
    entries.into_iter().map(|(name, entry)| (name.to_owned(), entry)).collect()
}

/// What an operation can answer.
pub(super) struct Answers {
    /// Successful answers by status.
    pub(super) good: Vec<(&'static str, Value)>,
    /// Whether rows are chosen, ranged and negotiated.
    pub(super) rows: bool,
    /// Whether the request has a body.
    pub(super) body: bool,
}

impl Answers {
    /// The `responses` member.
    pub(super) fn render(self) -> Value {
        let mut all: Vec<(&str, Value)> = self.good;
        all.extend(EVERYWHERE.map(|(status, name)| (status, reference("responses", name))));
        all.push(("405", reference("responses", "MethodNotAllowed")));
        if self.rows && !self.body {
            all.push(("304", reference("responses", "NotModified")));
        }
        if self.rows {
            all.push(("300", reference("responses", "Ambiguous")));
            all.push(("406", reference("responses", "NotAcceptable")));
            all.push(("416", reference("responses", "Range")));
        }
        if self.body {
            all.extend(WITH_BODY.map(|(status, name)| (status, reference("responses", name))));
        }
        all.sort_by_key(|(status, _)| *status);
        all.push(("default", reference("responses", "Other")));
        Value::Object(all.into_iter().map(|(status, answer)| (status.to_owned(), answer)).collect())
    }
}

/// Rows in each of the media types.
pub(super) fn rows(description: &str, row: &Value) -> Value {
    let list = json!({ "type": "array", "items": row });
    json!({
        "description": description,
        "headers": {
            "Content-Range": reference("headers", "Content-Range"),
            "ETag": reference("headers", "ETag"),
            "Preference-Applied": reference("headers", "Preference-Applied"),
        },
        "content": {
            "application/json": { "schema": list },
            "application/vnd.pgrst.object+json": { "schema": row },
            "text/csv": { "schema": { "type": "string" } },
        },
    })
}

/// An answer without a body, or with one that the request has to ask for.
pub(super) fn empty(description: &str, headers: &[&str]) -> Value {
    let headers: Map<String, Value> =
        headers.iter().map(|name| ((*name).to_owned(), reference("headers", name))).collect();
    json!({ "description": description, "headers": headers })
}
