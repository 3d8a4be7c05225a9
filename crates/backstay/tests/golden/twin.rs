//! The same request through GraphQL: it must come to the same SQL and the same rows.

use super::case::Request;
use super::world::{Database, Worlds};
use backstay_compile::Statement;
use backstay_compile::statement::Step;
use backstay_edge::graphql::{self, Graphql, Service, Settings};
use backstay_engine::Engine;
use backstay_plan::Principal;
use backstay_plan::principal::Api;
use bytes::Bytes;
use serde_json::{Value, json};

impl Worlds {
    /// How the GraphQL twin of a request differs from it; `None` when it does not.
    pub(crate) async fn differs(&mut self, case: &Request) -> Option<String> {
        let document = case.twin.as_ref()?;
        let (engine, response) = self.rest(case).await;
        let sql = texts(&engine);
        engine.close();
        let rows: Value = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        let engine = self.fresh(case).await;
        let answer = ask(&engine, &case.who, document).await;
        let twin = texts(&engine);
        engine.close();
        if twin != sql {
            return Some(format!("--- REST\n{}\n--- GraphQL\n{}\n{answer}", sql.join("\n"), twin.join("\n")));
        }
        let told = if response.status().is_success() {
            same_rows(&rows, &answer)
        } else {
            sql.is_empty() || answer["errors"][0]["message"] == rows["message"]
        };
        (!told).then(|| format!("--- REST\n{} {rows}\n--- GraphQL\n{answer}", response.status()))
    }
}

impl Database {
    /// The answer to a document.
    pub(crate) async fn ask_graphql(&self, document: &str, who: &Principal) -> Value {
        ask(&self.0, who, document).await
    }
}

/// Whether an answer has these rows, if there are any.
fn same_rows(rows: &Value, answer: &Value) -> bool {
    let field = answer["data"].as_object().and_then(|data| data.values().next()).unwrap_or(&Value::Null);
    let found = field.get("returning").unwrap_or(field);
    if rows.is_null() { answer.get("errors").is_none() } else { found == rows }
}

/// The statements that an engine has run.
fn texts(engine: &Engine) -> Vec<String> {
    let text = |statement: &Statement| match statement {
        Statement::Read(read) => vec![read.sql.text.clone()],
        Statement::Write(program) => program.steps.iter().map(step_text).collect(),
    };
    engine.statements().iter().flat_map(text).collect()
}

fn step_text(step: &Step) -> String {
    match step {
        Step::SelectKeys(sql) | Step::CountConflicts(sql) | Step::VerifyCollision(sql) => sql.text.clone(),
        Step::Effect(sql) | Step::Protect(sql) => sql.text.clone(),
        Step::Insert { sql, .. } | Step::Mutate { sql, .. } | Step::Verify { sql, .. } | Step::Validate { sql, .. } => {
            sql.text.clone()
        }
        Step::Represent(read) => read.sql.text.clone(),
    }
}

async fn ask(engine: &Engine, who: &Principal, document: &str) -> Value {
    let graphql = Graphql::new(Settings::default());
    let who = Principal { api: Api::Graphql, ..who.clone() };
    let request = http::Request::builder().method("POST").uri("/graphql").header("content-type", "application/json");
    let body = Bytes::from(json!({ "query": document }).to_string());
    let (parts, body) = request.body(body).unwrap().into_parts();
    let response = graphql::handle(Service { engine, graphql: &graphql }, &parts, body, &who, "").await;
    serde_json::from_slice(response.body()).unwrap()
}
