//! Generated documents: whole, consistent, and silent about what a role may not see.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use backstay_edge::docs::{OpenApiOptions, openapi, sdl, typescript};
use backstay_plan::access::View;
use backstay_plan::principal::{RoleSet, WireRole};
use backstay_schema::{Schema, Source, parse};
use serde_json::Value;
use std::collections::BTreeSet;

const PORTAL: &str = r#"
enum Role @role { learner admin }
enum Grade { good bad }
enum Mood { calm wild }
type Address { street: String! country: Country }
type Country { code: String! }
type Learner @model @timestamps @authUser(signup: BOTH, copy: ["name"])
  @access(roles: ["admin"], ops: [ALL])
  @access(roles: ["user"],  ops: [READ, UPDATE], when: "id == auth.uid")
{
  id: ID! @id
  name: String! @length(min: 1, max: 120)
  email: Email! @unique @writable(roles: ["admin"])
  role: Role! @default(value: learner) @writable(roles: ["admin"])
  scores: JSON            @visible(to: ["admin"])
  mbeClearance: Boolean! @default(value: false) @visible(to: ["admin"])
  psp: String             @visible(to: ["admin"])
  grade: Grade            @visible(to: ["admin"])
  secretNote: String      @private
  pin: String             @writeOnly
  home: Address
  posts: [Post!]!
}
"What learners write."
type Post @model @access(roles: ["user"], ops: [READ, CREATE, DELETE]) {
  id: BigInt! @id(auto: INCREMENT)
  title: String! @length(max: 80) @pattern(regex: "^[A-Z]")
  body: String @readable(when: "authorId == auth.uid")
  tags: [String!]! @items(max: 5)
  mood: Mood! @default(value: calm)
  select: String
  author: Learner! @relation
}
type Audit @model @access(roles: ["admin"], ops: [READ]) { id: ID! @id line: String! }
type Public @model(table: "open data") @access(ops: [READ]) { id: ID! @id value: Decimal at: DateTime! day: Date raw: Bytes }
"#;

fn schema() -> Schema {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: PORTAL.to_owned() }]);
    assert!(parsed.schema.is_some(), "{:?}", parsed.diagnostics);
    parsed.schema.unwrap()
}

fn roles(name: &str) -> RoleSet {
    match name {
        "anon" => RoleSet::anonymous(),
        "service" => RoleSet::service(),
        "user" => RoleSet { wire: WireRole::Authenticated, application: Vec::new() },
        role => RoleSet { wire: WireRole::Authenticated, application: vec![role.to_owned()] },
    }
}

fn document(role: &str) -> Value {
    let (schema, roles) = (schema(), roles(role));
    let options = OpenApiOptions { sign_in: true, ..OpenApiOptions::default() };
    openapi(&schema, &View::new(&schema, &roles), &options)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn walk<'v>(value: &'v Value, visit: &mut impl FnMut(&'v str, &'v Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                visit(name, member);
                walk(member, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_resolves_and_every_component_is_used() {
    for role in ["anon", "user", "learner", "admin", "service"] {
        let document = document(role);
        let mut targets = BTreeSet::new();
        walk(&document, &mut |name, member| {
            if let (true, Some(target)) = (name == "$ref", member.as_str()) {
                assert!(document.pointer(target.strip_prefix('#').unwrap()).is_some(), "{role}: {target}");
                targets.insert(target.to_owned());
            }
        });
        for kind in ["schemas", "parameters", "responses", "headers"] {
            for name in keys(&document["components"][kind]) {
                assert!(targets.contains(&format!("#/components/{kind}/{name}")), "{role}: {kind}/{name} is unused");
            }
        }
    }
}

#[test]
fn form() {
    let document = document("admin");
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/') && !path.contains(' '), "{path}");
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            let declared = operation_names(item, "path");
            assert!(declared.contains(part.trim_end_matches('}')), "{path}");
        }
        for (verb, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("default"), "{verb} {path}");
            assert!(responses.values().all(|answer| answer.get("$ref").is_some() || answer["description"].is_string()));
            assert!(operation["security"].is_array());
            // The document itself has no rows that could be had in another form.
            if path.starts_with("/rest") && id != "describe" {
                for status in ["400", "401", "403", "404", "405", "406", "500", "503", "504"] {
                    assert!(responses.contains_key(status), "{status} of {verb} {path}");
                }
            }
        }
    }
    assert!(document["paths"]["/rest/v1/open%20data"].is_object());
}

/// The parameters of every verb of a path that stand in one place.
fn operation_names(item: &Value, place: &str) -> BTreeSet<String> {
    let operations = item.as_object().unwrap().values();
    let parameters = operations.flat_map(|operation| operation["parameters"].as_array().cloned().unwrap_or_default());
    let here = parameters.filter(|parameter| parameter["in"] == place);
    here.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sign_in_is_in_it_where_there_is_sign_in() {
    let (schema, nobody) = (schema(), roles("anon"));
    let without = openapi(&schema, &View::new(&schema, &nobody), &OpenApiOptions::default());
    assert!(!keys(&without["paths"]).iter().any(|path| path.starts_with("/auth/")));
    for (role, administers) in [("anon", false), ("user", false), ("admin", false), ("service", true)] {
        let document = document(role);
        let paths = keys(&document["paths"]);
        assert!(paths.contains(&"/auth/v1/token"), "{role}");
        assert_eq!(paths.contains(&"/auth/v1/admin/users/{id}"), administers, "{role}");
    }
    let token = &document("anon")["paths"]["/auth/v1/token"]["post"];
    assert_eq!(
        token["parameters"][0],
        serde_json::json!({"name": "grant_type", "in": "query", "required": true, "schema": {"type": "string"}})
    );
    let session = &token["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(session["$ref"], "#/components/schemas/auth.Session");
}

/// Tables, and the columns of each, that a role finds in its document.
#[track_caller]
fn check(role: &str, expected: &[(&str, &str, &[&str])]) {
    let document = document(role);
    let found: Vec<(String, String, Vec<String>)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter_map(|(path, item)| {
            let table = path.strip_prefix("/rest/v1/").filter(|table| !table.is_empty())?;
            let reference =
                item["get"]["responses"]["200"]["content"]["application/vnd.pgrst.object+json"]["schema"]["$ref"]
                    .as_str();
            let columns = reference
                .map(|target| document.pointer(&target[1..]).unwrap()["properties"].clone())
                .unwrap_or_default();
            let columns = keys(&columns).into_iter().map(str::to_owned).collect();
            Some((table.to_owned(), keys(item).join(" "), columns))
        })
        .collect();
    let expected: Vec<(String, String, Vec<String>)> = expected
        .iter()
        .map(|(table, verbs, columns)| {
            ((*table).to_owned(), (*verbs).to_owned(), columns.iter().map(|&column| column.to_owned()).collect())
        })
        .collect();
    assert_eq!(found, expected, "{role}");
}

#[test]
fn each_role_sees_its_own() {
    let open = ("open%20data", "get", &["id", "value", "at", "day", "raw"][..]);
    let posts = ("posts", "get post delete", &["id", "title", "body", "tags", "mood", "select", "authorId"][..]);
    let plain = ("learners", "get patch", &["id", "name", "email", "role", "home", "createdAt", "updatedAt"][..]);
    let whole = &[
        "id",
        "name",
        "email",
        "role",
        "scores",
        "mbeClearance",
        "psp",
        "grade",
        "home",
        "createdAt",
        "updatedAt",
    ][..];
    check("anon", &[open]);
    check("user", &[plain, posts, open]);
    check("learner", &[plain, posts, open]);
    check("admin", &[("learners", "get post patch delete", whole), posts, ("audits", "get", &["id", "line"]), open]);
}

#[test]
fn nothing_of_what_is_hidden_is_named() {
    let (schema, user) = (schema(), roles("user"));
    let view = View::new(&schema, &user);
    let document = openapi(&schema, &view, &OpenApiOptions::default()).to_string();
    let (types, models) = (typescript(&schema, &view), sdl(&schema, &view));
    for hidden in ["scores", "mbeClearance", "psp", "grade", "Grade", "secretNote", "Audit", "audits", "bad"] {
        assert!(!document.contains(&format!("{hidden}\"")), "{hidden} in the OpenAPI document");
        assert!(!types.contains(hidden), "{hidden} in\n{types}");
        assert!(!models.contains(hidden), "{hidden} in\n{models}");
    }
    for shown in ["learners", "mbeClearance", "Grade", "secretNote", "audits"] {
        assert!(typescript(&schema, &View::new(&schema, &roles("service"))).contains(shown), "{shown}");
    }
}

#[test]
fn bodies() {
    let document = document("user");
    let insert = &document["components"]["schemas"]["Post.Insert"];
    assert_eq!(keys(&insert["properties"]), ["id", "title", "body", "tags", "mood", "select", "authorId"]);
    assert_eq!(insert["required"], serde_json::json!(["title", "tags", "authorId"]));
    assert_eq!(insert["properties"]["title"]["maxLength"], 80);
    assert_eq!(insert["properties"]["title"]["pattern"], "^[A-Z]");
    assert_eq!(insert["properties"]["tags"]["maxItems"], 5);
    let update = &document["components"]["schemas"]["Learner.Update"];
    assert_eq!(keys(&update["properties"]), ["id", "name", "pin", "home"]);
    assert!(update.get("required").is_none());
    // A column that has the name of a keyword has no parameter of its own.
    let parameters = document["components"]["parameters"].as_object().unwrap();
    assert!(parameters.contains_key("Post.title") && !parameters.contains_key("Post.select"));
    // Per-row columns are null in rows where the rule hides them; objects are described.
    let posts = &document["components"]["schemas"]["Post"];
    assert_eq!(posts["properties"]["body"]["type"], serde_json::json!(["string", "null"]));
    assert!(document["components"]["schemas"]["Country"].is_object());
}

#[test]
fn open_operations_need_no_credential() {
    let document = document("user");
    let security = |path: &str| document["paths"][path]["get"]["security"].as_array().unwrap().len();
    assert_eq!((security("/rest/v1/open%20data"), security("/rest/v1/posts")), (3, 2));
}

#[test]
fn printed() {
    let (schema, user) = (schema(), roles("user"));
    let view = View::new(&schema, &user);
    insta::assert_snapshot!("types_of_a_user", typescript(&schema, &view));
    insta::assert_snapshot!("models_of_a_user", sdl(&schema, &view));
}
