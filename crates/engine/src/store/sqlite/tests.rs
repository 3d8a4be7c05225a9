//! What only this store does: group commit, bounded queues, budgets, a full disk.

use super::Settings;
use crate::load::{Load, SourceRow};
use crate::store::conformance::{self, Who, expect, insert, read, sqlite};
use crate::{Engine, Failure, Readiness};
use backstay_plan::request::{Action, Call, Cell, Guards, Level, Request};
use serde_json::json;
use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

const SCHEMA: &str = r#"
type Note @model(table: "notes") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  text: String! @unique
}
extend type Query {
  slow: Int @query(sql: {sqlite: "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)"})
}
"#;

async fn open(settings: Settings) -> (TempDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), SCHEMA, settings).await;
    (dir, engine)
}

#[tokio::test]
async fn conforms() {
    let dirs = std::sync::Mutex::new(Vec::new());
    conformance::conforms(|schema| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().to_owned();
        dirs.lock().unwrap().push(dir);
        async move { sqlite(&path, schema, Settings::default()).await }
    })
    .await;
}

/// Waits for a condition that other tasks bring about.
async fn until(condition: impl Fn() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(10), async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    });
    waited.await.unwrap();
}

/// Keeps the writer busy until the sender is dropped.
async fn hold_writer(engine: &Engine) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, running) = mpsc::channel();
    let holder = engine.clone();
    tokio::spawn(async move {
        let work = move |_: &mut super::Link| {
            started.send(()).unwrap();
            held.recv().unwrap_err();
        };
        holder.inner().store.sqlite().alone(work).await.unwrap();
    });
    until(|| running.try_recv().is_ok()).await;
    release
}

/// Starts a request and waits until the writer's queue is `queued` long.
async fn start(engine: &Engine, text: &str, queued: u64) -> tokio::task::JoinHandle<Result<crate::Answer, Failure>> {
    let request = insert("notes", &json!([{"text": text}]), "");
    let running = engine.clone();
    let task = tokio::spawn(async move { running.run(&request, &Who::anyone()).await });
    until(|| engine.stats().writes_queued == queued).await;
    task
}

#[tokio::test]
async fn one_commit_serves_many_and_a_failure_hurts_no_neighbour() {
    let (_dir, engine) = open(Settings::default()).await;
    let commits = engine.stats().commits;
    let release = hold_writer(&engine).await;
    let mut running = Vec::new();
    for number in 1..=100 {
        // Every tenth collides with the one before it.
        let text = if number % 10 == 0 { number - 1 } else { number };
        running.push(start(&engine, &text.to_string(), number).await);
    }
    drop(release);
    let mut failed = 0;
    for task in running {
        match task.await.unwrap() {
            Ok(answer) => assert_eq!(answer.affected, 1),
            Err(failure) => {
                assert!(matches!(failure, Failure::Unique { .. }), "{failure}");
                failed += 1;
            }
        }
    }
    assert_eq!(failed, 10);
    assert_eq!(engine.stats().commits - commits, 1);
    let answer = engine.run(&read("notes", "id", ""), &Who::anyone()).await.unwrap();
    assert_eq!(answer.rows, 90);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let (_dir, engine) = open(Settings { queue_max: 2, ..Settings::default() }).await;
    let release = hold_writer(&engine).await;
    let first = start(&engine, "a", 1).await;
    let second = start(&engine, "b", 2).await;
    let third = engine.run(&insert("notes", &json!([{"text": "c"}]), ""), &Who::anyone()).await;
    expect(third, "the write queue is full");
    drop(release);
    expect(first.await.unwrap(), "1/1 ");
    expect(second.await.unwrap(), "1/1 ");
}

#[tokio::test]
async fn who_waited_too_long_is_refused() {
    let (_dir, engine) = open(Settings { queue_wait_max: Duration::ZERO, ..Settings::default() }).await;
    let release = hold_writer(&engine).await;
    let late = start(&engine, "late", 1).await;
    drop(release);
    expect(late.await.unwrap(), "the write queue is full");
    expect(engine.run(&read("notes", "id", ""), &Who::anyone()).await, "0/0 []");
}

#[tokio::test]
async fn a_stopped_write_takes_no_neighbour_with_it() {
    let settings = Settings { budget: Duration::from_millis(50), ..Settings::default() };
    let (_dir, engine) = open(settings).await;
    let slow = "CREATE TEMP TRIGGER slow BEFORE INSERT ON notes WHEN new.text = 'slow' BEGIN
        SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END";
    engine.inner().store.sqlite().alone(move |link| link.conn.execute_batch(slow)).await.unwrap().unwrap();
    let release = hold_writer(&engine).await;
    let before = start(&engine, "before", 1).await;
    let stopped = start(&engine, "slow", 2).await;
    let after = start(&engine, "after", 3).await;
    drop(release);
    expect(before.await.unwrap(), "1/1 ");
    expect(stopped.await.unwrap(), "statement exceeded its 50 ms budget");
    expect(after.await.unwrap(), "1/1 ");
    let rows = engine.run(&read("notes", "text", ""), &Who::anyone()).await;
    expect(rows, r#"0/0 [{"text":"before"},{"text":"after"}]"#);
}

const TREE: &str = r#"
type Node @model(table: "nodes") @access(ops: [ALL]) {
  id: Int! @id(auto: NONE)
  parentId: Int
  parent: Node @relation(fields: ["parentId"], onDelete: CASCADE)
}
"#;

/// One row is written without a savepoint of its own: whatever refuses it, nothing of it is left and nobody beside it notices.
#[tokio::test]
async fn a_refused_row_leaves_nothing_among_others() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), TREE, Settings::default()).await;
    let commits = engine.stats().commits;
    let release = hold_writer(&engine).await;
    let cases = [
        (json!({"id": 1}), "1/1 "),
        (json!({"id": 1}), "unique nodes_pkey (id)=(1)"),
        (json!({"id": 2, "parentId": 9}), "nodes nodes_parentId_fkey misses nodes (parentId)=(9)"),
        (json!({"id": 3, "parentId": 3}), "1/1 "),
        (json!({"id": 4, "parentId": 1}), "1/1 "),
    ];
    let mut running = Vec::new();
    for (queued, (row, _)) in (1..).zip(&cases) {
        let (request, engine_of_row) = (insert("nodes", &json!([row]), ""), engine.clone());
        running.push(tokio::spawn(async move { engine_of_row.run(&request, &Who::anyone()).await }));
        until(|| engine.stats().writes_queued == queued).await;
    }
    drop(release);
    for (task, (_, expected)) in running.into_iter().zip(cases) {
        expect(task.await.unwrap(), expected);
    }
    assert_eq!(engine.stats().commits - commits, 1);
    let rows = engine.run(&read("nodes", "id,parentId", ""), &Who::anyone()).await;
    expect(rows, r#"0/0 [{"id":1,"parentId":null},{"id":3,"parentId":3},{"id":4,"parentId":1}]"#);
}

#[tokio::test]
async fn loading_takes_rows_before_those_they_refer_to() {
    let dir = tempfile::tempdir().unwrap();
    let engine = sqlite(dir.path(), TREE, Settings::default()).await;
    // 4 refers to a row that is not there, and 5 refers to 4.
    let rows = [(1, "2"), (2, "3"), (3, "null"), (4, "9"), (5, "4")];
    let source = || {
        rows.into_iter().map(|(id, parent): (u64, &str)| SourceRow {
            line: id,
            cells: Ok(vec![Cell::Json(id.to_string().into()), Cell::Json(parent.into())]),
        })
    };
    let load = |skip_bad| Load { relation: "nodes".into(), columns: vec!["id".into(), "parentId".into()], skip_bad };
    let report = engine.load(load(false), source()).await.unwrap();
    assert_eq!((report.loaded, report.bad), (0, 2));
    let report = engine.load(load(true), source()).await.unwrap();
    let told: Vec<_> = report.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.reason)).collect();
    assert_eq!((report.loaded, report.bad), (3, 2));
    let reason = "foreign key constraint \"nodes_parentId_fkey\" of \"nodes\"";
    assert_eq!(told, [format!("4: {reason}"), format!("5: {reason}")]);
    expect(engine.run(&read("nodes", "id", ""), &Who::anyone()).await, r#"0/0 [{"id":1},{"id":2},{"id":3}]"#);
}

fn slow_read() -> Request {
    let call =
        Call { operation: "slow".into(), arguments: vec![], read_only: true, level: Level::default(), total: false };
    Request { action: Action::Call(call), inputs: vec![], guards: Guards::default() }
}

#[tokio::test]
async fn a_slow_read_is_stopped_and_others_go_on() {
    let settings = Settings { budget: Duration::from_millis(50), ..Settings::default() };
    let (_dir, engine) = open(settings).await;
    for _ in 0..2 {
        expect(engine.run(&slow_read(), &Who::service()).await, "statement exceeded its 50 ms budget");
        expect(engine.run(&read("notes", "id", ""), &Who::anyone()).await, "0/0 []");
    }
    assert_eq!((engine.stats().reads_inline, engine.stats().reads_blocking), (2, 2));
}

#[tokio::test]
async fn an_answer_has_a_bound() {
    let (_dir, engine) = open(Settings { answer_bytes_max: 100, ..Settings::default() }).await;
    let text = "x".repeat(90);
    expect(engine.run(&insert("notes", &json!([{"text": text}]), ""), &Who::anyone()).await, "1/1 ");
    let refused = engine.run(&read("notes", "*", ""), &Who::anyone()).await;
    expect(refused, "request exceeds bytes of one answer: 100");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_heals() {
    let (_dir, engine) = open(Settings::default()).await;
    let pages = |pages: &'static str| {
        let engine = engine.clone();
        async move {
            let set = move |link: &mut super::Link| -> rusqlite::Result<i64> {
                let now: i64 = link.conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                let max = if pages == "few" { now + 2 } else { now + 10_000 };
                link.conn.pragma_update_and_check(None, "max_page_count", max, |row| row.get(0))
            };
            engine.inner().store.sqlite().alone(set).await.unwrap().unwrap();
        }
    };
    expect(engine.run(&insert("notes", &json!([{"text": "kept"}]), ""), &Who::anyone()).await, "1/1 ");
    pages("few").await;
    let big = insert("notes", &json!([{"text": "x".repeat(50_000)}]), "");
    expect(engine.run(&big, &Who::anyone()).await, "the disk is full");
    expect(engine.run(&read("notes", "text", ""), &Who::anyone()).await, r#"0/0 [{"text":"kept"}]"#);
    assert_eq!(engine.readiness(), Readiness::Ready);
    pages("many").await;
    expect(engine.run(&big, &Who::anyone()).await, "1/1 ");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_opening_again() {
    let (dir, engine) = open(Settings::default()).await;
    expect(engine.run(&insert("notes", &json!([{"text": "kept"}]), ""), &Who::anyone()).await, "1/1 ");
    engine.close();
    let closed = engine.run(&insert("notes", &json!([{"text": "late"}]), ""), &Who::anyone()).await;
    expect(closed, "database is unavailable: the store is closed");
    drop(engine);
    let wal = dir.path().join("data.db-wal");
    assert!(!wal.exists() || wal.metadata().unwrap().len() == 0, "the WAL was copied into the database");
    let engine = sqlite(dir.path(), SCHEMA, Settings::default()).await;
    expect(engine.run(&read("notes", "text", ""), &Who::anyone()).await, r#"0/0 [{"text":"kept"}]"#);
}

#[tokio::test]
async fn loading_tells_every_bad_row_and_keeps_all_or_none() {
    let (_dir, engine) = open(Settings::default()).await;
    let row = |line: u64, text: Result<&str, &str>| SourceRow {
        line,
        cells: text.map(|text| vec![Cell::Text(text.into())]).map_err(str::to_owned),
    };
    let rows = move || vec![row(2, Ok("a")), row(3, Err("ragged")), row(4, Ok("a")), row(5, Ok("b"))].into_iter();
    let load = |skip_bad| Load { relation: "notes".into(), columns: vec!["text".into()], skip_bad };
    for (skip_bad, loaded) in [(false, 0), (true, 2)] {
        let report = engine.load(load(skip_bad), rows()).await.unwrap();
        let told: Vec<_> =
            report.problems.iter().map(|problem| format!("{}: {}", problem.line, problem.reason)).collect();
        assert_eq!((report.loaded, report.bad), (loaded, 2));
        assert_eq!(told, ["3: ragged", "4: duplicate key value violates unique constraint \"notes_text_key\""]);
    }
    let mut lines = Vec::new();
    let count = engine.export("notes", &mut |row| {
        lines.push(String::from_utf8(row.to_vec()).unwrap());
        ControlFlow::Continue(())
    });
    assert_eq!(count.unwrap(), 2);
    assert!(lines.iter().all(|line| line.starts_with("{\"id\":")), "{lines:?}");
}
