//! `backstay explain`: why a caller gets what they get. Plans the request on an empty scratch database, or on the server that holds the
//! rows, and shows each decision; works beside a running server, since the data is not touched.

use super::schema::role_set;
use crate::assemble::Place;
use crate::cli::{CheckFormat, Explain};
use crate::explain;
use crate::problem::{self, Problem};
use crate::terminal;
use crate::{assemble, migration, project, telemetry};
use backstay_edge::rest;
use backstay_engine::explain::Explanation;
use backstay_plan::Principal;
use backstay_plan::principal::{Api, Identity};
use backstay_schema::Schema;
use backstay_schema::model::Op;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Shows what becomes of the request.
pub(crate) async fn run(arguments: &Explain, config: Option<PathBuf>) -> Result<(), Problem> {
    let config = project::settings(&arguments.project, config, None)?;
    telemetry::start_quiet(&config.log)?;
    let schema = assemble::schema(&config.schema)?;
    let (parts, path) = request(arguments)?;
    let who = principal(&arguments.who, &schema, &parts.method)?;

    let scratch =
        tempfile::tempdir().map_err(|error| Problem::new(format!("cannot make a scratch folder: {error}")))?;
    let engine = assemble::explaining_engine(Arc::clone(&schema), scratch.path(), &config)?;
    match assemble::place(&config)? {
        Place::File(_) => drop(migration::apply_additions(&engine, &schema, &config).await?),
        Place::Postgres(_) | Place::Mysql(_) => migration::must_fit(&engine, &schema, &config).await?,
    }
    let service = rest::Service {
        engine: &engine,
        limits: engine.limits(),
        tx_override: false,
        server_timing: false,
        strict_embed_names: false,
    };
    let body = Bytes::from(arguments.body.clone().unwrap_or_default());
    let answer = rest::handle(service, &parts, body, who.clone(), &path).await;
    let explained = engine.explained();
    super::serve::close(engine.clone()).await;

    let report = report(&schema, &who, &parts, &explained, &answer);
    match arguments.format {
        CheckFormat::Json => problem::output(terminal::data(format!("{report:#}\n"))),
        CheckFormat::Text => problem::output(terminal::data(text(&report))),
    }
}

fn request(arguments: &Explain) -> Result<(Parts, String), Problem> {
    let example = "for example --request 'GET /courses?select=title&order=title'";
    let (method, target) = arguments
        .request
        .trim()
        .split_once(char::is_whitespace)
        .ok_or_else(|| Problem::usage("--request is a method and a path").help(example))?;
    let target = target.trim().trim_start_matches("/rest/v1");
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    // What a shell user writes with spaces or quotes is what a client would send escaped.
    let escaped = target
        .replace(' ', "%20")
        .replace('"', "%22")
        .replace('{', "%7B")
        .replace('}', "%7D")
        .replace('>', "%3E")
        .replace('<', "%3C");
    let method = Method::from_bytes(method.to_uppercase().as_bytes())
        .map_err(|_| Problem::usage(format!("`{method}` is not a method")).help(example))?;
    let request = Request::builder().method(method).uri(escaped).header("content-type", "application/json").body(());
    let (parts, ()) = request
        .map_err(|error| Problem::usage(format!("`{target}` is not a path: {error}")).help(example))?
        .into_parts();
    let path = parts.uri.path().to_owned();
    Ok((parts, path))
}

fn principal(who: &str, schema: &Schema, method: &Method) -> Result<Principal, Problem> {
    let (role, uid) = match who.split_once(':') {
        Some((role, uid)) if !uid.is_empty() => (role, Some(uid.to_owned())),
        Some((role, _)) => (role, None),
        None => (who, None),
    };
    let roles = role_set(role, schema)?;
    if uid.is_none() && roles.wire == backstay_plan::principal::WireRole::Authenticated {
        return Err(Problem::usage(format!("`{who}` is a signed-in caller")).help(format!("say which: --as {role}:ID")));
    }
    let mut claims = Map::new();
    if let Some(uid) = &uid {
        claims.insert("sub".to_owned(), json!(uid));
    }
    if let Some(role) = roles.application.first() {
        claims.insert("app_metadata".to_owned(), json!({ "role": role }));
    }
    let method = match method.as_str() {
        "POST" => "POST",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        _ => "GET",
    };
    Ok(Principal { identity: Arc::new(Identity { roles, uid, claims }), ip: None, method, api: Api::Rest })
}

/// Everything as data.
fn report(
    schema: &Schema,
    who: &Principal,
    parts: &Parts,
    explained: &[Explanation],
    answer: &Response<Bytes>,
) -> Value {
    let roles = &who.identity.roles;
    let root = parts.uri.path().trim_matches('/');
    let written = match parts.method {
        Method::POST => Op::Create,
        Method::PATCH => Op::Update,
        Method::DELETE => Op::Delete,
        _ => Op::Read,
    };
    // A request that is refused before it is planned is explained by the rules of the relation that it names.
    let mut relations: Vec<&str> =
        explained.iter().flat_map(|one| &one.relations).map(|rules| rules.relation.as_str()).collect();
    if relations.is_empty() {
        relations.push(root);
    }
    let models = relations.into_iter().filter_map(|name| schema.models.iter().find(|model| model.table == name));
    let models =
        models.map(|model| explain::model(schema, roles, model, if model.table == root { written } else { Op::Read }));
    let rows =
        explained.iter().flat_map(|one| &one.predicates).map(|rule| (rule.subject.clone(), json!(rule.decision)));
    let statements = explained.iter().flat_map(|one| &one.statements).map(|statement| {
        json!({
            "purpose": statement.purpose,
            "sql": statement.sql,
            "values": statement.values,
            "queryPlan": statement.query_plan,
        })
    });
    let refused = answer.status().is_client_error() || answer.status().is_server_error();
    json!({
        "request": format!("{} {}", parts.method, parts.uri),
        "caller": { "role": explain::role_word(roles), "application": roles.application, "uid": who.identity.uid },
        "models": models.collect::<Vec<_>>(),
        "rows": Value::Object(rows.collect()),
        "refused": refused.then(|| json!({
            "status": answer.status().as_u16(),
            "body": serde_json::from_slice::<Value>(answer.body()).unwrap_or(Value::Null),
        })),
        "statements": if refused { Value::Array(Vec::new()) } else { statements.collect() },
    })
}

fn text(report: &Value) -> String {
    let mut out = Page::default();
    let caller = &report["caller"];
    let application = each(&caller["application"]).map(word).collect::<Vec<_>>().join(", ");
    let uid = caller["uid"].as_str().map(|uid| format!("auth.uid = {uid}")).unwrap_or_default();
    out.line("request", &word(&report["request"]));
    out.line("caller", &format!("{} {application} {uid}", word(&caller["role"])));
    for model in each(&report["models"]) {
        model_text(model, &mut out);
    }
    out.line("", "");
    for (subject, decision) in report["rows"].as_object().into_iter().flatten() {
        out.line("rows", &format!("{subject}: {}", word(decision)));
    }
    if let Some(body) = report["refused"].get("body") {
        out.line(
            "REFUSED",
            &format!("{} {}: {}", report["refused"]["status"], word(&body["code"]), word(&body["message"])),
        );
        for part in ["details", "hint"].into_iter().filter_map(|part| body[part].as_str()) {
            out.line("", part);
        }
    }
    for statement in each(&report["statements"]) {
        out.line("", "");
        out.line("SQL", &format!("-- {}", word(&statement["purpose"])));
        out.line("", &word(&statement["sql"]));
        for (at, value) in each(&statement["values"]).enumerate() {
            out.line(&format!("  ?{}", at + 1), &word(value));
        }
        for step in each(&statement["queryPlan"]) {
            out.line("  plan", &word(step));
        }
    }
    out.0
}

fn model_text(model: &Value, out: &mut Page) {
    out.line("", "");
    out.line(
        "model",
        &format!("{} ({}), {}", word(&model["model"]), word(&model["relation"]), word(&model["operation"])),
    );
    if model["bypassed"] == true {
        out.line("rules", "not asked: the service role passes all of them");
    }
    for rule in each(&model["rules"]) {
        let conditions = [("when", &rule["when"]), ("check", &rule["check"])];
        let conditions =
            conditions.iter().filter_map(|(name, text)| text.as_str().map(|text| format!(" {name} \"{text}\"")));
        out.line(
            "  rule",
            &format!("{} for {}{}", word(&rule["rule"]), who_words(&rule["roles"]), conditions.collect::<String>()),
        );
        out.line("", &format!("-> {}", word(&rule["decision"])));
    }
    for (field, decision) in model["fields"].as_object().into_iter().flatten() {
        out.line("  field", &format!("{field}: {}", word(decision)));
    }
}

/// Lines with a heading in front.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, heading: &str, text: &str) {
        self.0.push_str(format!("{heading:<9} {text}").trim_end());
        self.0.push('\n');
    }
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `anyone`, or the names of the roles.
fn who_words(roles: &Value) -> String {
    match roles.as_array() {
        None => roles.as_str().unwrap_or_default().to_owned(),
        Some(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
    }
}
