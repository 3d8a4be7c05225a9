//! Rows of every type go from SQLite to PostgreSQL and back, and arrive as they were.

use super::*;
use crate::OpenOptions;
use crate::store::conformance::{Who, insert, read, schema, sqlite};
use crate::store::postgres::tests::Scratch;
use crate::store::{postgres, sqlite as file};
use backstay_plan::limits::Limits;
use serde_json::json;

const EVERY_TYPE: &str = r#"
enum Mood { glad sad }
input Spot { x: Int! label: String }
type Every @model(table: "every") @softDelete @access(ops: [ALL]) {
  id: Int! @id(auto: INCREMENT)
  parent: Every
  small: Int
  large: BigInt
  double: Float
  exact: Decimal
  truth: Boolean
  text: String
  uuid: UUID
  at: DateTime
  day: Date
  hour: Time
  bytes: Bytes
  json: JSON
  spot: Spot
  mood: Mood
  mail: Email
  hidden: String @private
  sum: Int @computed(expr: "small + 1", stored: true)
  smalls: [Int]
  larges: [BigInt!]
  doubles: [Float]
  exacts: [Decimal]
  truths: [Boolean]
  texts: [String]
  uuids: [UUID]
  ats: [DateTime]
  days: [Date]
  hours: [Time]
  bytess: [Bytes]
  jsons: [JSON]
  moods: [Mood!]
}
type Pair @model(table: "pairs") @access(ops: [ALL]) {
  left: String! @id(auto: NONE)
  right: Decimal! @id(auto: NONE)
  every: Every!
}
"#;

/// Rows with the ends of every type among them.
fn rows(count: usize) -> serde_json::Value {
    let row = |n: usize| {
        if n % 7 == 6 {
            return json!({"small": n});
        }
        let uuid = format!("00000000-0000-4000-8000-{n:012x}");
        json!({
            "small": ([i64::from(i32::MIN), 0, i64::from(i32::MAX) - 1][n % 3]),
            "large": ([i64::MIN, -1, i64::MAX][n % 3]),
            "double": ([0.1, -1e300, 5e-324, 123_456_789.123][n % 4]),
            "exact": (["12345678901234567890.12345678900", "-0.5", "0", "1e5"][n % 4]),
            "truth": n.is_multiple_of(2),
            "text": (["", "tab\tline\nback\\slash \"q\" \\N", "naïve 😀 ' ; --", "\u{1}"][n % 4]),
            "uuid": uuid,
            "at": (["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-11-25T18:00:00.5+01:00"][n % 3]),
            "day": (["0001-01-01", "9999-12-31", "2024-02-29"][n % 3]),
            "hour": (["00:00:00", "23:59:59.999999", "12:30:00.5"][n % 3]),
            "bytes": (["\\x", "\\x00ff5c", "\\x0a"][n % 3]),
            "json": ([json!(null), json!({"b": [1, 2.50, {"z": "\t\\ \u{1}"}], "a": null}), json!("x\"y"), json!([])][n % 4]),
            "spot": {"x": n, "label": "a\"b"},
            "mood": (["glad", "sad"][n % 2]),
            "mail": format!("u{n}@example.com"),
            "hidden": "kept",
            "smalls": ([[json!(1), json!(null)], [json!(-5), json!(7)]][n % 2]),
            "larges": [i64::MIN, i64::MAX],
            "doubles": [json!(0.1), json!(null), json!(1e21)],
            "exacts": ["1.50", "-3"],
            "truths": [json!(true), json!(null), json!(false)],
            "texts": ["", "a,b", "c\"d\\e", "NULL", "{x}", "line\nend"],
            "uuids": [uuid],
            "ats": ["2026-11-25T18:00:00.25Z"],
            "days": ["2024-02-29"],
            "hours": ["12:30:00.5"],
            "bytess": ["\\x00ff", "\\x"],
            "jsons": [{"a": ["b"]}, "x", 1, null],
            "moods": ["sad"],
        })
    };
    (0..count).map(row).collect()
}

struct Ends {
    _folder: tempfile::TempDir,
    scratch: Scratch,
    file: Engine,
}

impl Ends {
    /// A filled file.
    async fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = sqlite(folder.path(), EVERY_TYPE, file::Settings::default()).await;
        for all in rows(count).as_array().unwrap().chunks(500) {
            // Rows of one request have the same columns.
            for given in [true, false] {
                let some: Vec<_> = all.iter().filter(|row| row.get("text").is_some() == given).cloned().collect();
                file.run(&insert("every", &json!(some), ""), &Who::service()).await.unwrap();
            }
        }
        let pairs = json!([
            {"left": "b", "right": "10", "everyId": 1},
            {"left": "b", "right": "9.5", "everyId": 2},
            {"left": "a'\"", "right": "-1", "everyId": 3}
        ]);
        file.run(&insert("pairs", &pairs, ""), &Who::service()).await.unwrap();
        Self { _folder: folder, scratch: Scratch::new().await, file }
    }

    fn server(&self) -> Engine {
        let options = OpenOptions {
            limits: Limits { unbounded_writes: true, ..Limits::default() },
            ..OpenOptions::postgres(self.scratch.address(), postgres::Settings::default())
        };
        Engine::open(schema(EVERY_TYPE), options).unwrap()
    }
}

fn options(resume: bool) -> Options {
    Options { from: "sqlite:here".to_owned(), resume }
}

async fn answered(engine: &Engine, relation: &str) -> String {
    let select = "id,parentId,small,large,double,exact,truth,text,uuid,at,day,hour,bytes,mood,mail,hidden,sum,smalls,larges,\
                  doubles,exacts,truths,texts,uuids,ats,days,hours,bytess,moods";
    let select = if relation == "every" { select } else { "left,right,everyId" };
    let body = engine.run(&read(relation, select, ""), &Who::service()).await.unwrap().body;
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_every_type_go_both_ways() {
    let ends = Ends::new(300).await;
    let server = ends.server();
    let there = run(&ends.file, &server, &options(false), &mut |_| ()).await.unwrap();
    let found = there.tables.iter().find(|(table, _)| table == "every").unwrap();
    assert_eq!((there.resumed, found.1.rows), (false, 300));
    for relation in ["every", "pairs"] {
        let texts = [answered(&ends.file, relation).await, answered(&server, relation).await];
        let [here, there] = texts.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap());
        let mut rows = here.as_array().unwrap().iter().zip(there.as_array().unwrap());
        assert!(rows.all(|(here, there)| here == there), "{relation}");
    }
    let folder = tempfile::tempdir().unwrap();
    let options = Options { from: "postgres://there".to_owned(), resume: false };
    let back = Engine::open(schema(EVERY_TYPE), OpenOptions::new(folder.path().join("back.db"))).unwrap();
    let moved = run(&server, &back, &options, &mut |_| ()).await.unwrap();
    assert_eq!(moved.tables, there.tables);
    assert_eq!(answered(&back, "every").await, answered(&ends.file, "every").await);
    // The counter goes on, and references hold again.
    for engine in [&server, &back] {
        let new = engine.run(&insert("every", &json!([{"small": 1}]), "id"), &Who::service()).await.unwrap();
        let new: serde_json::Value = serde_json::from_slice(&new.body).unwrap();
        assert_eq!(new, json!([{"id": 301}]));
        let lost = insert("pairs", &json!([{"left": "x", "right": "1", "everyId": 999}]), "");
        let refused = engine.run(&lost, &Who::service()).await;
        assert!(matches!(refused, Err(Failure::ForeignKeyMissing { .. })), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_move_is_not_used_and_goes_on() {
    let ends = Ends::new(200).await;
    let server = ends.server();
    make_tables(&server).await.unwrap();
    let table = Table::all(&schema(EVERY_TYPE)).swap_remove(0);
    let store = &server.inner().store;
    assert_eq!(store.begin_filling("sqlite:here", std::slice::from_ref(&table)).await.unwrap(), Begun::Anew);
    let page = ends.file.inner().store.reader().await.unwrap().page(&table, None, 90).await.unwrap();
    store.fill(&table, page).await.unwrap();
    let refused = migrate::plan(&server, server.schema()).await;
    assert!(matches!(&refused, Err(MigrateError::BeingFilled { from }) if from == "sqlite:here"), "{refused:?}");
    let refused = run(&ends.file, &server, &options(false), &mut |_| ()).await;
    assert!(matches!(refused, Err(CarryError::Interrupted)), "{refused:?}");
    let elsewhere = Options { from: "sqlite:there".to_owned(), resume: true };
    let refused = run(&ends.file, &server, &elsewhere, &mut |_| ()).await;
    assert!(matches!(refused, Err(CarryError::OfAnother { .. })), "{refused:?}");
    let moved = run(&ends.file, &server, &options(true), &mut |_| ()).await.unwrap();
    assert!(moved.resumed);
    assert!(moved.tables.iter().any(|(table, tally)| table == "every" && tally.rows == 200));
    let refused = run(&ends.file, &server, &options(true), &mut |_| ()).await;
    assert!(matches!(refused, Err(CarryError::Filled { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_in_the_end_is_said_and_the_copy_not_used() {
    let ends = Ends::new(20).await;
    let server = ends.server();
    make_tables(&server).await.unwrap();
    let tables = Table::all(&schema(EVERY_TYPE));
    let store = &server.inner().store;
    store.begin_filling("sqlite:here", &tables).await.unwrap();
    let table = &tables[0];
    let mut page = ends.file.inner().store.reader().await.unwrap().page(table, None, 10).await.unwrap();
    let text = table.columns.iter().position(|column| column.name == "text").unwrap();
    page[3][text] = Value::Text("changed".to_owned());
    store.fill(table, page).await.unwrap();
    let refused = run(&ends.file, &server, &options(true), &mut |_| ()).await;
    assert!(matches!(&refused, Err(CarryError::Differs { table, .. }) if table == "every"), "{refused:?}");
    assert!(matches!(migrate::plan(&server, server.schema()).await, Err(MigrateError::BeingFilled { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_other_database_does_not_take_is_named() {
    let ends = Ends::new(3).await;
    let server = ends.server();
    make_tables(&server).await.unwrap();
    let table = Table::all(&schema(EVERY_TYPE)).swap_remove(0);
    let store = &server.inner().store;
    store.begin_filling("sqlite:here", std::slice::from_ref(&table)).await.unwrap();
    let mut page = ends.file.inner().store.reader().await.unwrap().page(&table, None, 1).await.unwrap();
    let text = table.columns.iter().position(|column| column.name == "text").unwrap();
    page[0][text] = Value::Text("a\0b".to_owned());
    let refused = store.fill(&table, page).await.unwrap_err().to_string();
    assert!(refused.contains("\"every\" cannot take a value: a text contains a zero byte"), "{refused}");
}
