//! Seeded databases, and what requests come to on them.

use super::case::{Migration, Request, service};
use super::pretty::pretty;
use backstay_compile::statement::{ReadStatement, RowShape, Sql, Step};
use backstay_compile::{Statement, ddl};
use backstay_edge::rest::{self, Service};
use backstay_engine::clock::FixedClock;
use backstay_engine::migrate::{self, Permission};
use backstay_engine::{Engine, OpenOptions};
use backstay_plan::Principal;
use backstay_plan::limits::{DocumentLimits, Limits};
use backstay_schema::diff::Catalog;
use backstay_schema::model::{Dialect, Profile};
use backstay_schema::{Schema, Source};
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// 2024-05-01T12:00:00Z
pub(crate) const NOW_MICROS: i64 = 1_714_564_800_000_000;

/// Databases by schema text: seeded once, copied for each case.
pub(crate) struct Worlds {
    dir: TempDir,
    seeded: HashMap<String, PathBuf>,
    copies: usize,
}

impl Worlds {
    pub(crate) fn new(golden: PathBuf) -> Self {
        assert!(golden.is_dir());
        Worlds { dir: tempfile::tempdir().unwrap(), seeded: HashMap::new(), copies: 0 }
    }

    /// An engine over the seeded database of a request.
    pub(crate) async fn fresh(&mut self, case: &Request) -> Engine {
        let schema = schema(&case.schema);
        let path = self.copy(&schema, &case.schema, &case.seed).await;
        open(&schema, &path)
    }

    /// Sends a request.
    pub(crate) async fn rest(&mut self, case: &Request) -> (Engine, Response<Bytes>) {
        let engine = self.fresh(case).await;
        let response = respond(&engine, case).await;
        (engine, response)
    }

    /// The files of a request's folder.
    pub(crate) async fn answer(&mut self, case: &Request) -> Vec<(&'static str, String)> {
        let (engine, response) = self.rest(case).await;
        let [sqlite, postgres, mysql] = DIALECTS.map(|dialect| {
            let mut statements = engine.statements_on(dialect);
            assert!(statements.len() <= 1, "one request is one statement");
            match statements.pop() {
                None => String::from("-- refused before SQL\n"),
                Some(Ok(found)) => show(&found, dialect),
                Some(Err(refusal)) => format!("-- refused: {refusal}\n"),
            }
        });
        engine.close();
        let response = show_response(&response);
        vec![("sqlite.sql", sqlite), ("postgres.sql", postgres), ("mysql.sql", mysql), ("response.json", response)]
    }

    /// The database of a request, to ask more of.
    pub(crate) async fn open(&mut self, case: &Request) -> Database {
        let schema = schema(&case.schema);
        let path = self.copy(&schema, &case.schema, &case.seed).await;
        Database(open(&schema, &path))
    }

    /// The files of a migration's folder.
    pub(crate) async fn migrate(&mut self, case: &Migration) -> Vec<(&'static str, String)> {
        let before = schema(&case.before);
        let path = self.copy(&before, &case.before, &case.seed).await;
        let engine = open(&before, &path);
        let after = schema(&case.after);
        let plan = migrate::plan(&engine, Arc::clone(&after)).await.unwrap();
        let steps = backstay_schema::diff::diff(&Catalog::of(&before), &after);
        let statements = |dialect| ddl::lower_changes(&steps, &after, dialect).unwrap();
        let sqlite: Vec<String> = plan.statements().map(str::to_owned).collect();
        let (mut postgres, mut mysql) = (statements(Dialect::Postgres), statements(Dialect::Mysql));
        if sqlite.len() > statements(Dialect::Sqlite).len() {
            let profile = Profile::of(&after).unwrap();
            postgres.push(ddl::adopt_profiles(&after, &profile, Dialect::Postgres).unwrap());
            mysql.push(ddl::adopt_profiles(&after, &profile, Dialect::Mysql).unwrap());
        }
        // What SQLite does not have changes nothing on it.
        let own: Vec<_> = plan.changes.iter().map(|change| (change.text.clone(), change.loses.clone())).collect();
        let asked: Vec<_> = steps.iter().map(|step| (step.describe(), step.loses())).collect();
        let elsewhere = if own.len() < asked.len() { &asked } else { &own };
        let told = [(sqlite, &own), (postgres, elsewhere), (mysql, elsewhere)];
        let [sqlite, postgres, mysql] = told.map(|(statements, changes)| {
            let mut text = String::new();
            for (change, loses) in changes {
                let loses = loses.as_ref().map(|loses| format!(" (loses: {loses})")).unwrap_or_default();
                writeln!(text, "-- {change}{loses}").unwrap();
            }
            for statement in statements {
                writeln!(text, "\n{statement};").unwrap();
            }
            if text.is_empty() { String::from("-- nothing to do\n") } else { text }
        });
        migrate::apply(&engine, plan, Permission::Destructive).await.unwrap();
        engine.swap_schema(Arc::clone(&after)).unwrap();
        let rows = everything(&engine, &after).await;
        engine.close();
        vec![("sqlite.sql", sqlite), ("postgres.sql", postgres), ("mysql.sql", mysql), ("response.json", rows)]
    }

    /// A fresh copy of the seeded database of a schema.
    async fn copy(&mut self, schema: &Arc<Schema>, text: &str, seed: &str) -> PathBuf {
        let key = [text, "\n", seed].concat();
        if !self.seeded.contains_key(&key) {
            let path = self.dir.path().join(format!("seed{}.db", self.seeded.len()));
            make(schema, &path, seed).await;
            self.seeded.insert(key.clone(), path);
        }
        self.copies += 1;
        let copy = self.dir.path().join(format!("copy{}.db", self.copies));
        fs::copy(&self.seeded[&key], &copy).unwrap();
        copy
    }
}

/// An open database.
pub(crate) struct Database(pub(crate) Engine);

impl Database {
    /// Status and body of a read.
    pub(crate) async fn ask(&self, target: &str, who: Principal) -> (u16, String) {
        let request = http::Request::builder().method("GET").uri(encoded(target));
        let response = send(&self.0, request, String::new(), who).await;
        (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
    }
}

pub(crate) fn schema(text: &str) -> Arc<Schema> {
    let parsed = backstay_schema::parse(&[Source { name: "schema.graphql".into(), text: text.into() }]);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|found| found.message.as_str()).collect();
    let Some(schema) = parsed.schema else { panic!("{messages:#?}\n{text}") };
    Arc::new(schema)
}

fn open(schema: &Arc<Schema>, path: &Path) -> Engine {
    // What a document may cost is not what the folders are about.
    let document = DocumentLimits { complexity_max: u32::MAX, ..DocumentLimits::default() };
    let limits = Limits { document, ..Limits::default() };
    let options = OpenOptions { clock: Arc::new(FixedClock(NOW_MICROS)), limits, ..OpenOptions::new(path) };
    Engine::open(Arc::clone(schema), options).unwrap()
}

/// Makes a database, with rows.
async fn make(schema: &Arc<Schema>, path: &Path, seed: &str) {
    let engine = open(schema, path);
    fill(&engine, schema, seed).await;
    engine.close();
    drop(engine);
}

/// Brings a database to a schema, and makes its rows.
pub(crate) async fn fill(engine: &Engine, schema: &Arc<Schema>, seed: &str) {
    let plan = migrate::plan(engine, Arc::clone(schema)).await.unwrap();
    migrate::apply(engine, plan, Permission::Destructive).await.unwrap();
    let seed: Vec<(String, Value)> = serde_json::from_str(seed).unwrap();
    for (table, rows) in seed {
        // No rows: those of the query go.
        let method = if rows.is_null() { "DELETE" } else { "POST" };
        let request = http::Request::builder().method(method).uri(format!("/{table}"));
        let request = request.header("content-type", "application/json");
        let response = send(engine, request, rows.to_string(), service()).await;
        assert!(response.status().is_success(), "{table}: {}", String::from_utf8_lossy(response.body()));
    }
}

/// The response to a request.
async fn respond(engine: &Engine, case: &Request) -> Response<Bytes> {
    let mut builder = http::Request::builder().method(case.method.as_str()).uri(encoded(&case.target));
    for (name, value) in &case.headers {
        builder = builder.header(name, value);
    }
    send(engine, builder, case.body.clone(), case.who.clone()).await
}

/// The answer to a request, as folders hold it.
pub(crate) async fn answer(engine: &Engine, case: &Request) -> String {
    show_response(&respond(engine, case).await)
}

/// Every row of every table, as folders of migrations hold them.
pub(crate) async fn everything(engine: &Engine, schema: &Schema) -> String {
    let mut rows = serde_json::Map::new();
    for model in &schema.models {
        let request = http::Request::builder().method("GET").uri(format!("/{}", model.table));
        let response = send(engine, request, String::new(), service()).await;
        rows.insert(model.table.clone(), serde_json::from_slice(response.body()).unwrap());
    }
    format!("{:#}\n", Value::Object(rows))
}

async fn send(engine: &Engine, request: http::request::Builder, body: String, who: Principal) -> Response<Bytes> {
    let (parts, body) = request.body(Bytes::from(body)).unwrap().into_parts();
    let limits = *engine.limits();
    let service =
        Service { engine, limits: &limits, tx_override: true, server_timing: false, strict_embed_names: false };
    let path = parts.uri.path().to_owned();
    rest::handle(service, &parts, body, who, &path).await
}

/// A request target as it goes on the wire; folders hold it as one reads it.
fn encoded(target: &str) -> String {
    let mut out = String::new();
    for byte in target.bytes() {
        match byte {
            b' ' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80.. => {
                write!(out, "%{byte:02X}").unwrap();
            }
            _ => out.push(char::from(byte)),
        }
    }
    out
}

fn show_response(response: &Response<Bytes>) -> String {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let body = String::from_utf8_lossy(response.body()).into_owned();
    let body: Value = serde_json::from_str(&body).unwrap_or(Value::String(body));
    let mut shown = serde_json::Map::new();
    shown.insert("status".into(), json!(response.status().as_u16()));
    for name in ["content-range", "preference-applied", "location"] {
        if let Some(value) = header(name) {
            shown.insert(name.into(), json!(value));
        }
    }
    shown.insert("body".into(), body);
    format!("{:#}\n", Value::Object(shown))
}

/// Every dialect, in the order of the files.
const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mysql];

/// A statement with its parameters.
fn show(statement: &Statement, dialect: Dialect) -> String {
    let sign = match dialect {
        Dialect::Sqlite | Dialect::Mysql => '?',
        Dialect::Postgres => '$',
    };
    let show_sql = |text: &mut String, title: &str, sql: &Sql| show_sql(text, title, sql, sign);
    let show_read = |text: &mut String, read: &ReadStatement| show_sql(text, &title_of(read), &read.sql);
    let mut text = String::new();
    match statement {
        Statement::Read(read) => show_read(&mut text, read),
        Statement::Write(program) => {
            for step in &program.steps {
                match step {
                    Step::SelectKeys(sql) => show_sql(&mut text, "select the keys", sql),
                    Step::Insert { sql, returns, reread, merge } => {
                        if let Some(merge) = merge {
                            show_sql(&mut text, "change what is there, or else", &merge.sql);
                            merge.reread.iter().for_each(|sql| show_sql(&mut text, "read what was changed", sql));
                        }
                        show_sql(&mut text, &format!("insert, {}", answers(*returns)), sql);
                        reread.iter().for_each(|sql| show_sql(&mut text, "read what was inserted", sql));
                    }
                    Step::Mutate { sql, returns } => {
                        show_sql(&mut text, &format!("change, {}", answers(*returns)), sql)
                    }
                    Step::Verify { sql, .. } => show_sql(&mut text, "refuse if there is a row", sql),
                    Step::Validate { sql, .. } => show_sql(&mut text, "refuse what fails a value rule", sql),
                    Step::VerifyCollision(sql) => show_sql(&mut text, "refuse a collision if there is a row", sql),
                    Step::Effect(sql) => show_sql(&mut text, "so that account and profile agree", sql),
                    Step::Protect(sql) => show_sql(&mut text, "refuse if there was a row and is none at the end", sql),
                    Step::CountConflicts(sql) => show_sql(&mut text, "count conflicts", sql),
                    Step::Represent(read) => show_read(&mut text, read),
                }
            }
        }
    }
    if text.is_empty() { String::from("-- nothing to do\n") } else { text }
}

fn answers(returns: backstay_compile::statement::Returns) -> &'static str {
    match (returns.keys, returns.check) {
        (false, false) => "answers nothing",
        (true, false) => "answers keys",
        (false, true) => "answers the check",
        (true, true) => "answers keys and the check",
    }
}

fn title_of(read: &ReadStatement) -> String {
    let total = if read.total { ", the total first" } else { "" };
    let shape = match &read.shape {
        RowShape::Json => String::from("read, JSON rows"),
        RowShape::Value => String::from("read, one value"),
        RowShape::Flat(columns) => {
            let columns: Vec<_> = columns.iter().map(|column| format!("{}: {:?}", column.key, column.encode)).collect();
            format!("read, flat rows ({})", columns.join(", "))
        }
    };
    format!("{shape}{total}")
}

fn show_sql(text: &mut String, title: &str, sql: &Sql, sign: char) {
    let each = if sql.runs_per_row() { ", for each row" } else { "" };
    writeln!(text, "-- {title}{each}\n{};", pretty(&sql.text)).unwrap();
    for (at, param) in sql.params.iter().enumerate() {
        writeln!(text, "--   {sign}{} {param:?}", at + 1).unwrap();
    }
    text.push('\n');
}
