//! Reads a folder.

use backstay_plan::Principal;
use backstay_plan::principal::{Api, Identity, RoleSet, WireRole};
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// What a folder holds.
pub(crate) enum Case {
    /// A request and its answer.
    Request(Box<Request>),
    /// A change of schema.
    Migration(Migration),
}

/// A request on a seeded database.
pub(crate) struct Request {
    /// Schema text.
    pub(crate) schema: String,
    /// Rows: `[[table, [row, …]], …]`.
    pub(crate) seed: String,
    /// The caller.
    pub(crate) who: Principal,
    /// HTTP method.
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Body.
    pub(crate) body: String,
    /// The same request in GraphQL, where it can be said there.
    pub(crate) twin: Option<String>,
}

impl Request {
    /// Whether it leaves the rows as they are.
    pub(crate) fn reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// What tells its rows from those of another request: the text of their schema, and what they hold.
    pub(crate) fn rows(&self) -> String {
        [self.schema.as_str(), "\n", &self.seed].concat()
    }
}

/// A change of schema on a seeded database.
pub(crate) struct Migration {
    /// Schema text before.
    pub(crate) before: String,
    /// Schema text after.
    pub(crate) after: String,
    /// Rows, made before.
    pub(crate) seed: String,
}

impl Case {
    /// Reads the folder of a case.
    pub(crate) fn read(golden: &Path, folder: &Path) -> Case {
        if let Ok(before) = fs::read_to_string(folder.join("before.graphql")) {
            let after = fs::read_to_string(folder.join("schema.graphql")).unwrap();
            let seed = fs::read_to_string(folder.join("seed.json")).unwrap_or_else(|_| String::from("[]"));
            return Case::Migration(Migration { before, after, seed });
        }
        let text = fs::read_to_string(folder.join("request.http")).unwrap();
        let (front, http) = front(&text);
        let path = |key: &str, own: &str| match front.iter().find(|(name, _)| name == key) {
            Some((_, path)) => golden.join(path),
            None => folder.join(own),
        };
        let schema_path = path("schema", "schema.graphql");
        let rule = front.iter().find(|(name, _)| name == "rule").map_or("true", |(_, rule)| rule);
        let schema = fs::read_to_string(&schema_path).unwrap().replace("$RULE", &rule.replace('"', "\\\""));
        let seed = fs::read_to_string(schema_path.with_extension("seed.json")).unwrap_or_else(|_| String::from("[]"));
        let principal = fs::read_to_string(path("principal", "principal.json")).unwrap();
        let who = principal_of(&serde_json::from_str(&principal).unwrap());
        let (head, body) = http.split_once("\n\n").unwrap_or((http.trim_end(), ""));
        let mut lines = head.lines();
        let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.into(), v.into())).collect();
        Case::Request(Box::new(Request {
            schema,
            seed,
            who,
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.trim_end().to_owned(),
            twin: fs::read_to_string(folder.join("request.graphql")).ok(),
        }))
    }
}

/// Lines before the request, and the request.
fn front(text: &str) -> (Vec<(String, String)>, &str) {
    let (front, http) = text.strip_prefix("---\n").unwrap().split_once("---\n").unwrap();
    let pair = |line: &str| line.split_once(": ").map(|(key, value)| (key.to_owned(), value.to_owned()));
    (front.lines().filter_map(pair).collect(), http)
}

fn principal_of(json: &Value) -> Principal {
    let text = |key: &str| json.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
    let wire = match text("role").as_deref() {
        Some("service_role") => WireRole::Service,
        Some("authenticated") => WireRole::Authenticated,
        _ => WireRole::Anonymous,
    };
    let list = |key: &str| json.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let application = list("roles").iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
    let claims: Map<String, Value> = json.get("claims").and_then(Value::as_object).cloned().unwrap_or_default();
    let identity = Identity { roles: RoleSet { wire, application }, uid: text("sub"), claims };
    Principal { identity: Arc::new(identity), ip: None, method: "GET", api: Api::Rest }
}

/// The caller that nothing is refused to.
pub(crate) fn service() -> Principal {
    Principal::with_roles(RoleSet::service())
}
