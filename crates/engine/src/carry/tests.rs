//! Rows of every type go from each database to every other one, and arrive as they were.

use super::*;
use crate::OpenOptions;
use crate::store::conformance::{Who, insert, read, schema, sqlite};
use crate::store::{mysql, postgres, sqlite as file};
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

/// Databases of one kind to themselves, removed in the end.
enum Scratch {
    Postgres(postgres::tests::Scratch),
    Mysql(mysql::tests::Scratch),
}

impl Scratch {
    async fn each() -> [Self; 2] {
        [Self::Postgres(postgres::tests::Scratch::new().await), Self::Mysql(mysql::tests::Scratch::new().await)]
    }

    fn engine(&self) -> Engine {
        let options = match self {
            Self::Postgres(scratch) => OpenOptions::postgres(scratch.address(), postgres::Settings::default()),
            Self::Mysql(scratch) => OpenOptions::mysql(scratch.address(), mysql::Settings::default()),
        };
        let limits = Limits { unbounded_writes: true, ..Limits::default() };
        Engine::open(schema(EVERY_TYPE), OpenOptions { limits, ..options }).unwrap()
    }
}

/// A filled file.
struct Source {
    _folder: tempfile::TempDir,
    file: Engine,
}

impl Source {
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
        Self { _folder: folder, file }
    }

    /// The first rows of a table.
    async fn page(&self, table: &Arc<Table>, rows: u32) -> Vec<Row> {
        self.file.inner().store.reader().await.unwrap().page(table, None, rows).await.unwrap()
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

/// What two databases answer is the same, but for zeros at the end of decimals.
async fn same(one: &Engine, other: &Engine) {
    for relation in ["every", "pairs"] {
        let texts = [answered(one, relation).await, answered(other, relation).await];
        let [here, there] = texts.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap());
        let mut rows = here.as_array().unwrap().iter().zip(there.as_array().unwrap());
        assert!(rows.all(|(here, there)| here == there), "{relation}");
    }
}

/// A move that begins anew.
async fn moved(from: (&str, &Engine), to: &Engine) -> Moved {
    let options = Options { from: from.0.to_owned(), resume: false };
    let moved = run(from.1, to, &options, &mut |_| ()).await.unwrap();
    assert!(!moved.resumed);
    moved
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_every_type_go_from_each_database_to_every_other() {
    let source = Source::new(300).await;
    let scratches = [Scratch::each().await, Scratch::each().await];
    let [[postgres, mysql], [postgres_again, mysql_again]] =
        scratches.each_ref().map(|each| each.each_ref().map(Scratch::engine));
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| Engine::open(schema(EVERY_TYPE), OpenOptions::new(folder.path().join(name))).unwrap();
    let (of_postgres, of_mysql) = (file("postgres.db"), file("mysql.db"));
    let first = moved(("file", &source.file), &postgres).await;
    let found = first.tables.iter().find(|(table, _)| table == "every").unwrap();
    assert_eq!(found.1.rows, 300);
    for ((from, source), to) in [
        (("file", &source.file), &mysql),
        (("postgres", &postgres), &of_postgres),
        (("mysql", &mysql), &of_mysql),
        (("postgres", &postgres), &mysql_again),
        (("mysql", &mysql), &postgres_again),
    ] {
        assert_eq!(moved((from, source), to).await.tables, first.tables, "from {from}");
    }
    assert_eq!(answered(&of_postgres, "every").await, answered(&source.file, "every").await);
    // The counter goes on, and references hold again.
    for engine in [&postgres, &mysql, &postgres_again, &mysql_again, &of_postgres, &of_mysql] {
        same(&source.file, engine).await;
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
    let source = Source::new(200).await;
    for scratch in Scratch::each().await {
        let server = scratch.engine();
        make_tables(&server).await.unwrap();
        let table = Table::all(&schema(EVERY_TYPE)).swap_remove(0);
        let store = &server.inner().store;
        assert_eq!(store.begin_filling("sqlite:here", std::slice::from_ref(&table)).await.unwrap(), Begun::Anew);
        store.fill(&table, source.page(&table, 90).await).await.unwrap();
        let refused = migrate::plan(&server, server.schema()).await;
        assert!(matches!(&refused, Err(MigrateError::BeingFilled { from }) if from == "sqlite:here"), "{refused:?}");
        let refused = run(&source.file, &server, &options(false), &mut |_| ()).await;
        assert!(matches!(refused, Err(CarryError::Interrupted)), "{refused:?}");
        let elsewhere = Options { from: "sqlite:there".to_owned(), resume: true };
        let refused = run(&source.file, &server, &elsewhere, &mut |_| ()).await;
        assert!(matches!(refused, Err(CarryError::OfAnother { .. })), "{refused:?}");
        let moved = run(&source.file, &server, &options(true), &mut |_| ()).await.unwrap();
        assert!(moved.resumed);
        assert!(moved.tables.iter().any(|(table, tally)| table == "every" && tally.rows == 200));
        let refused = run(&source.file, &server, &options(true), &mut |_| ()).await;
        assert!(matches!(refused, Err(CarryError::Filled { .. })), "{refused:?}");
    }
}

/// A key of several columns, whose rows come in pages of one, goes on behind each of them.
#[tokio::test(flavor = "multi_thread")]
async fn pages_go_on_behind_a_key_of_several_columns() {
    let source = Source::new(10).await;
    let table = Table::all(&schema(EVERY_TYPE)).into_iter().find(|table| table.name == "pairs").unwrap();
    let whole = source.page(&table, 10).await;
    assert_eq!(whole.len(), 3);
    for scratch in Scratch::each().await {
        let server = scratch.engine();
        moved(("file", &source.file), &server).await;
        let mut reader = server.inner().store.reader().await.unwrap();
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let page = reader.page(&table, after, 1).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(table.key_of(last));
            found.extend(page);
        }
        assert_eq!(found, whole);
        assert_eq!(reader.last_key(&table).await.unwrap(), whole.last().map(|row| table.key_of(row)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_in_the_end_is_said_and_the_copy_not_used() {
    let source = Source::new(20).await;
    for scratch in Scratch::each().await {
        let server = scratch.engine();
        make_tables(&server).await.unwrap();
        let tables = Table::all(&schema(EVERY_TYPE));
        let store = &server.inner().store;
        store.begin_filling("sqlite:here", &tables).await.unwrap();
        let table = &tables[0];
        let mut page = source.page(table, 10).await;
        page[3][at(table, "text")] = Value::Text("changed".to_owned());
        store.fill(table, page).await.unwrap();
        let refused = run(&source.file, &server, &options(true), &mut |_| ()).await;
        assert!(matches!(&refused, Err(CarryError::Differs { table, .. }) if table == "every"), "{refused:?}");
        assert!(matches!(migrate::plan(&server, server.schema()).await, Err(MigrateError::BeingFilled { .. })));
    }
}

/// The position of a column.
fn at(table: &Table, name: &str) -> usize {
    table.columns.iter().position(|column| column.name == name).unwrap()
}

/// A reference that leads nowhere ends a move before its mark is taken away.
#[tokio::test(flavor = "multi_thread")]
async fn references_are_looked_at_in_the_end() {
    let source = Source::new(5).await;
    for scratch in Scratch::each().await {
        let server = scratch.engine();
        make_tables(&server).await.unwrap();
        let table = Table::all(&schema(EVERY_TYPE)).swap_remove(0);
        let store = &server.inner().store;
        store.begin_filling("sqlite:here", std::slice::from_ref(&table)).await.unwrap();
        let mut page = source.page(&table, 2).await;
        page[1][at(&table, "parentId")] = Value::Int(99);
        store.fill(&table, page).await.unwrap();
        assert!(store.end_filling(Vec::new()).await.is_err());
        assert!(matches!(migrate::plan(&server, server.schema()).await, Err(MigrateError::BeingFilled { .. })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_the_other_database_does_not_take_is_named() {
    let source = Source::new(3).await;
    let [postgres, mysql] = Scratch::each().await;
    let text = |text: &str| Value::Text(text.to_owned());
    let nines = "9".repeat(36);
    for (scratch, relation, column, value, expected) in [
        (&postgres, "every", "text", text("a\0b"), "\"every\" cannot take a value: a text contains a zero byte"),
        (
            &mysql,
            "pairs",
            "left",
            text(&"x".repeat(761)),
            "\"pairs\" cannot take a value: Data too long for column 'left'",
        ),
        (
            &mysql,
            "every",
            "double",
            Value::Float(f64::INFINITY),
            "\"every\".\"double\" cannot take a value: an infinite",
        ),
        (&mysql, "every", "double", Value::Float(f64::NAN), "\"every\".\"double\" cannot take a value: an infinite"),
        (&mysql, "every", "exact", text(&nines), "\"every\".\"exact\" cannot take a value: of a decimal 35 digits"),
        (
            &mysql,
            "every",
            "small",
            Value::Int(1 << 40),
            "\"every\" cannot take a value: Out of range value for column 'small'",
        ),
    ] {
        let server = scratch.engine();
        make_tables(&server).await.unwrap();
        let table = Table::all(&schema(EVERY_TYPE)).into_iter().find(|table| table.name == relation).unwrap();
        let mut page = source.page(&table, 1).await;
        page[0][at(&table, column)] = value;
        let refused = server.inner().store.fill(&table, page).await.unwrap_err().to_string();
        assert!(refused.contains(expected), "{refused}");
        let mut reader = server.inner().store.reader().await.unwrap();
        assert_eq!(reader.count(&table).await.unwrap(), 0, "{expected}");
    }
}
