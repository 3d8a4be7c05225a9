//! What the pipeline promises beside its answer: cached plans, and a time for each stage.

use super::*;
use crate::Engine;
use crate::store::conformance::{Who, insert, read, schema, sqlite};
use crate::store::sqlite::Settings;
use serde_json::json;

const SCHEMA: &str =
    "type Note @model(table: \"notes\") @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) text: String! }";

/// The job that a request becomes.
pub(crate) fn job(engine: &Engine, request: &Request, who: &Principal) -> Job {
    let inner = engine.inner();
    let loaded = inner.loaded();
    let shape = Shape { action: &request.action, door: who.api, roles: &who.identity.roles, generation: 0 };
    let compiled = plan(inner, &shape, &loaded, &mut Timings::default()).unwrap();
    super::job(inner, compiled, request, who).unwrap()
}

#[tokio::test]
async fn a_shape_is_planned_once_for_a_role_set_and_schema() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    let counts = |engine: &Engine| (engine.stats().plan_hits, engine.stats().plan_misses);
    let first = engine.run(&read("notes", "id", "id=1"), &Who::anyone()).await.unwrap();
    assert!(first.timings.compile > Duration::ZERO && first.timings.execute > Duration::ZERO);
    // Another value, the same shape.
    let second = engine.run(&read("notes", "id", "id=2"), &Who::anyone()).await.unwrap();
    assert_eq!(second.timings.compile, Duration::ZERO);
    assert_eq!(counts(&engine), (1, 1));
    engine.run(&read("notes", "id", "id=1"), &Who::service()).await.unwrap();
    engine.run(&insert("notes", &json!([{"text": "a"}]), ""), &Who::anyone()).await.unwrap();
    assert_eq!(counts(&engine), (1, 3));
    engine.swap_schema(schema(SCHEMA)).unwrap();
    engine.run(&read("notes", "id", "id=1"), &Who::anyone()).await.unwrap();
    assert_eq!(counts(&engine), (1, 4));
}

#[tokio::test]
async fn opening_is_quick() {
    let dir = tempfile::tempdir().unwrap();
    drop(sqlite(dir.path(), SCHEMA, Settings::default()).await);
    let started = Instant::now();
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    engine.run(&read("notes", "id", ""), &Who::anyone()).await.unwrap();
    // The product's promise is 100 ms on an idle machine; this one may be loaded and unoptimised.
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
