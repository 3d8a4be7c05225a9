//! What every store must do, whatever the database. One suite; an adapter's test is one line that makes engines for it.

mod cases;
mod converting;
mod counting;
mod requests;

use crate::migrate::{self, Permission};
use crate::store::sqlite::Settings;
use crate::{Answer, Engine, Failure, OpenOptions};
use backstay_plan::fault::Refusal;
use backstay_plan::limits::Limits;
use backstay_schema::{Schema, Source};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

pub(crate) use requests::{Who, count_up, delete, insert, read, update, upsert};

/// Runs every case on a fresh database made by `make`.
pub(crate) async fn conforms<F: Future<Output = Engine>>(make: impl Fn(&'static str) -> F) {
    cases::rows(&make(cases::LIBRARY).await).await;
    cases::constraints(&make(cases::LIBRARY).await).await;
    cases::references(&make(cases::LIBRARY).await).await;
    cases::upserts(&make(cases::LIBRARY).await).await;
    cases::rules_before_references(&make(cases::BOXES).await).await;
    cases::guards(&make(cases::LIBRARY).await).await;
    cases::messages_tell_no_secrets(&make(cases::LIBRARY).await).await;
    cases::types(&make(cases::TYPES).await).await;
    counting::rows(&make(counting::METERS).await).await;
    converting::changes(&make(converting::before().leak()).await).await;
    converting::refusals(&make(converting::before_refusals().leak()).await).await;
}

/// A schema that must be right.
pub(crate) fn schema(text: &str) -> Arc<Schema> {
    let parsed = backstay_schema::parse(&[Source { name: "test".into(), text: text.into() }]);
    let messages: Vec<_> = parsed.diagnostics.iter().map(|found| found.message.as_str()).collect();
    Arc::new(parsed.schema.ok_or(messages).unwrap())
}

/// A database in `dir`, brought to a schema.
pub(crate) async fn sqlite(dir: &Path, text: &str, settings: Settings) -> Engine {
    let schema = schema(text);
    let limits = Limits { unbounded_writes: true, ..Limits::default() };
    let options = OpenOptions { limits, ..OpenOptions::sqlite(dir.join("data.db"), settings) };
    let engine = Engine::open(Arc::clone(&schema), options).unwrap();
    let plan = migrate::plan(&engine, schema).await.unwrap();
    migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
    engine
}

/// An outcome in one line: `affected/inserted body`, or what failed.
pub(crate) fn show(result: Result<Answer, Failure>) -> String {
    match result {
        Ok(answer) => {
            let body = std::str::from_utf8(&answer.body).unwrap();
            let total = answer.total.map(|total| format!(" of {total}")).unwrap_or_default();
            format!("{}/{}{total} {}", answer.affected, answer.inserted, compact(body))
        }
        Err(Failure::Unique { constraint, key }) => format!("unique {constraint} {}", show_key(key)),
        Err(Failure::ForeignKeyMissing { relation, constraint, referenced, key }) => {
            format!("{relation} {constraint} misses {referenced} {}", show_key(key))
        }
        Err(Failure::ForeignKeyReferenced { relation, constraint, referencing, key }) => {
            format!("{relation} {constraint} referenced by {referencing} {}", show_key(key))
        }
        Err(Failure::Refused(Refusal::CheckFailed { relation, constraint, details })) => {
            format!("check {relation} {constraint}: {details}")
        }
        Err(other) => other.to_string(),
    }
}

/// JSON without the space between its tokens, which each database leaves in its own way.
fn compact(json: &str) -> String {
    let (mut out, mut in_text, mut escaped) = (String::with_capacity(json.len()), false, false);
    for c in json.chars() {
        if in_text || !c.is_ascii_whitespace() {
            out.push(c);
        }
        in_text ^= c == '"' && !escaped;
        escaped = in_text && c == '\\' && !escaped;
    }
    out
}

fn show_key(key: Option<crate::fault::KeyDetail>) -> String {
    key.map_or_else(|| "-".to_owned(), |key| format!("({})=({})", key.columns.join(","), key.values.join(",")))
}

/// Runs a request and compares its outcome.
#[track_caller]
pub(crate) fn expect(found: Result<Answer, Failure>, expected: &str) {
    assert_eq!(show(found), expected);
}
