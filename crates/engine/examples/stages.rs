//! What the engine adds to SQLite: the same statements through the pipeline and on a bare connection, CPU per request.
//! Run: `cargo run --release -p backstay-engine --example stages`.
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use backstay_engine::migrate::{self, Permission};
use backstay_engine::{Engine, OpenOptions};
use backstay_plan::Principal;
use backstay_plan::principal::RoleSet;
use backstay_plan::request::{
    Absent, Action, Cell, CompareOp, Condition, FieldRef, Guards, Input, Insert, Item, Level, Operator, Quantity, Read,
    Request, Slot,
};
use backstay_schema::Source;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SCHEMA: &str = r#"
type Item @model(table: "items") @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  title: String!
  body: String
  price: Float
  done: Boolean
  at: DateTime
}
"#;
const ROWS: i64 = 100_000;
const COLUMNS: [&str; 6] = ["id", "title", "body", "price", "done", "at"];

fn field(name: &str) -> FieldRef {
    FieldRef { name: name.to_owned(), path: Vec::new() }
}

fn read(filter: Vec<Condition>, limit: bool) -> Action {
    let item = |name: &&str| Item::Field { alias: None, field: field(name), cast: None, aggregate: None };
    let items = COLUMNS.iter().map(item).collect();
    let level = Level { items, filter, limit: limit.then_some(Slot(0)), ..Level::default() };
    Action::Read(Read { relation: "items".into(), level, total: false })
}

fn by_id(id: i64) -> Request {
    let operator = Operator::Compare(CompareOp::Eq, Quantity::One, Slot(0));
    let action = read(vec![Condition::Test { field: field("id"), operator }], false);
    Request { action, inputs: vec![Input::Text(id.to_string())], guards: Guards::default() }
}

fn first_20() -> Request {
    Request { action: read(Vec::new(), true), inputs: vec![Input::Int(20)], guards: Guards::default() }
}

fn insert(rows: i64) -> Request {
    let insert = Insert {
        relation: "items".into(),
        columns: ["title", "body", "price", "done", "at"].map(str::to_owned).to_vec(),
        rows: Slot(0),
        absent: Absent::Default,
        conflict: None,
        returning: None,
        referred: None,
    };
    let row = ["\"A title\"", "\"Some text that is a little longer\"", "1.5", "true", "\"2024-01-02T03:04:05.6Z\""];
    let row = row.map(|cell| Cell::Json(cell.into())).to_vec();
    let rows = Input::Rows((0..rows).map(|_| row.clone()).collect());
    Request { action: Action::Insert(insert), inputs: vec![rows], guards: Guards::default() }
}

/// Runs `work` for about a second and prints the time of one call.
fn measure(what: &str, mut work: impl FnMut(i64)) {
    (0..1_000).for_each(&mut work);
    let started = Instant::now();
    let mut calls = 0;
    while started.elapsed() < Duration::from_secs(1) {
        for _ in 0..100 {
            calls += 1;
            work(calls);
        }
    }
    let each = started.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(calls).unwrap_or(u32::MAX));
    println!("{what:<34} {each:>8.2} µs");
}

fn bare(path: &Path) -> Result<(), Box<dyn Error>> {
    let conn = rusqlite::Connection::open(path)?;
    let columns = COLUMNS.join(", ");
    let by_id = format!("SELECT {columns} FROM items WHERE id = ?1");
    let list = format!("SELECT {columns} FROM items ORDER BY id LIMIT ?1");
    let run = |sql: &str, value: i64| -> rusqlite::Result<usize> {
        let mut statement = conn.prepare_cached(sql)?;
        let mut rows = statement.query([value])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let object = serde_json::json!({
                "id": row.get::<_, i64>(0)?, "title": row.get_ref(1)?.as_str()?, "body": row.get_ref(2)?.as_str()?,
                "price": row.get::<_, f64>(3)?, "done": row.get::<_, bool>(4)?, "at": row.get_ref(5)?.as_str()?,
            });
            out.push(object);
        }
        Ok(serde_json::to_vec(&out).map_or(0, |body| body.len()))
    };
    measure("by id, rusqlite and serde_json", |number| drop(run(&by_id, number * 7919 % ROWS + 1)));
    measure("first 20, rusqlite and serde_json", |_| drop(run(&list, 20)));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("data.db");
    let parsed = backstay_schema::parse(&[Source { name: "bench".into(), text: SCHEMA.into() }]);
    let schema = Arc::new(parsed.schema.ok_or("the schema has mistakes")?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let who = Principal::with_roles(RoleSet::anonymous());
    let engine = Engine::open(Arc::clone(&schema), OpenOptions::new(&path))?;
    runtime.block_on(async {
        let plan = migrate::plan(&engine, schema).await?;
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await?;
        for _ in 0..ROWS / 10_000 {
            engine.run(&insert(10_000), &who).await?;
        }
        Ok::<_, Box<dyn Error>>(())
    })?;
    let run = |request: &Request| drop(runtime.block_on(engine.run(request, &who)));
    measure("by id, engine", |number| run(&by_id(number * 7919 % ROWS + 1)));
    measure("first 20, engine", |_| run(&first_20()));
    bare(&path)?;
    let started = Instant::now();
    runtime.block_on(async {
        let writers: Vec<_> = (0..64)
            .map(|_| {
                let (engine, who) = (engine.clone(), who.clone());
                tokio::spawn(async move {
                    for _ in 0..200 {
                        let _ = engine.run(&insert(1), &who).await;
                    }
                })
            })
            .collect();
        for writer in writers {
            let _ = writer.await;
        }
    });
    let stats = engine.stats();
    println!("insert one, 64 callers             {:>8.0} /s", 12_800.0 / started.elapsed().as_secs_f64());
    println!("{stats:?}");
    Ok(())
}
