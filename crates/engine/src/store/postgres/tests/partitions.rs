//! Tables with partitions that refer to others and are referred to: answers name the whole table, and migrations keep the rows.

use super::{Scratch, Settings};
use crate::Engine;
use crate::migrate::{self, Permission};
use crate::store::conformance::{Who, delete, expect, insert, read, schema, update};
use serde_json::json;

fn events(divided: &str) -> String {
    format!(
        r#"
type Site @model(table: "sites") @access(ops: [ALL]) {{ id: Int! @id }}
type Event @model(table: "events") @access(ops: [ALL]) @unique(fields: ["name", "day"]) {divided} {{
  id: Int! @id
  day: Date! @id
  name: String
  siteId: Int
  site: Site @relation(fields: ["siteId"])
}}
type Note @model(table: "notes") @access(ops: [ALL]) {{
  id: Int! @id
  eventId: Int
  eventDay: Date
  event: Event @relation(fields: ["eventId", "eventDay"], references: ["id", "day"], onDelete: RESTRICT)
}}"#
    )
}

fn by_day(bounds: &str) -> String {
    events(&format!(r#"@partition(by: RANGE, fields: ["day"], bounds: [{bounds}])"#))
}

async fn bring(engine: &Engine, text: &str) -> Vec<String> {
    let schema = schema(text);
    let plan = migrate::plan(engine, schema.clone()).await.unwrap();
    let tables = plan.changes.iter().filter(|change| change.text.starts_with("change table"));
    let changes = tables.map(|change| change.text.clone()).collect();
    migrate::apply(engine, plan, Permission::AdditiveOnly).await.unwrap();
    engine.swap_schema(schema).unwrap();
    changes
}

/// What is refused, in the words of the whole table.
async fn refuses(engine: &Engine) {
    let who = Who::service();
    let taken = insert("events", &json!([{"id": 1, "day": "2025-03-01", "name": "x"}]), "");
    expect(engine.run(&taken, &who).await, "unique events_pkey (id,day)=(1,2025-03-01)");
    let equal = insert("events", &json!([{"id": 9, "day": "2027-03-01", "name": "b"}]), "");
    expect(engine.run(&equal, &who).await, "unique events_name_day_key (name,day)=(b,2027-03-01)");
    let nowhere = insert("events", &json!([{"id": 9, "day": "2025-03-01", "siteId": 7}]), "");
    expect(engine.run(&nowhere, &who).await, "events events_siteId_fkey misses sites (siteId)=(7)");
    let lost = insert("notes", &json!([{"id": 9, "eventId": 1, "eventDay": "2027-03-01"}]), "");
    let misses = "notes notes_eventId_eventDay_fkey misses events (eventId,eventDay)=(1,2027-03-01)";
    expect(engine.run(&lost, &who).await, misses);
    let referred = "events notes_eventId_eventDay_fkey referenced by notes (id,day)=(1,2025-03-01)";
    expect(engine.run(&delete("events", "id=1", ""), &who).await, referred);
    let moved = update("events", &json!({"day": "2028-01-01"}), "id=1", "");
    expect(engine.run(&moved, &who).await, referred);
    let site = "sites events_siteId_fkey referenced by events (id)=(1)";
    expect(engine.run(&delete("sites", "id=1", ""), &who).await, site);
    let rows = r#"0/0 [{"id":1,"day":"2025-03-01","name":"a"},{"id":2,"day":"2027-03-01","name":"b"}]"#;
    expect(engine.run(&read("events", "id,day,name", ""), &who).await, rows);
}

#[tokio::test]
async fn partitions() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(&events(""), Settings::default()).await;
    let who = Who::service();
    expect(engine.run(&insert("sites", &json!([{"id": 1}]), ""), &who).await, "1/1 ");
    let rows =
        json!([{"id": 1, "day": "2025-03-01", "name": "a", "siteId": 1}, {"id": 2, "day": "2027-03-01", "name": "b"}]);
    expect(engine.run(&insert("events", &rows, ""), &who).await, "2/2 ");
    let note = json!([{"id": 1, "eventId": 1, "eventDay": "2025-03-01"}]);
    expect(engine.run(&insert("notes", &note, ""), &who).await, "1/1 ");
    refuses(&engine).await;
    let (one, two) = (by_day(r#""2026-01-01""#), by_day(r#""2026-01-01", "2027-01-01""#));
    let by_hash = events(r#"@partition(by: HASH, fields: ["day"], count: 3)"#);
    for (text, change) in [
        (&one, "change table events: divide it into 2 partitions by day"),
        (&two, "change table events: divide it into 3 partitions by day"),
        (&by_hash, "change table events: divide it into 3 partitions by day"),
        (&events(""), "change table events: put its partitions together"),
        (&two, "change table events: divide it into 3 partitions by day"),
    ] {
        assert_eq!(bring(&engine, text).await, [change]);
        assert_eq!(bring(&engine, text).await, Vec::<String>::new());
        refuses(&engine).await;
    }
    let explained = engine.explain(&read("events", "id", "day=2026-03-01"), &who).await.unwrap().to_string();
    assert!(explained.contains("events_part2"), "{explained}");
    assert!(!explained.contains("events_part1") && !explained.contains("events_part3"), "{explained}");
    expect(
        engine.run(&update("events", &json!({"day": "2026-12-31"}), "id=2", "id,day"), &who).await,
        r#"1/0 [{"id":2,"day":"2026-12-31"}]"#,
    );
    expect(engine.run(&delete("events", "id=2", "id"), &who).await, r#"1/0 [{"id":2}]"#);
}
