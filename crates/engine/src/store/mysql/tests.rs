//! What the suite of all stores does not ask of MySQL: lost connections, conflicts, several nodes, migrations cut off.

mod search;

use super::{Address, Mysql, Settings};
use crate::migrate::{self, MigrationPlan, Outcome, Permission};
use crate::rate::counts::{Asked, Taken};
use crate::store::conformance::{Who, conforms, expect, insert, read, schema, update};
use crate::{Engine, OpenOptions, Readiness};
use backstay_plan::limits::Limits;
use backstay_plan::request::{Action, Aggregate, Condition, FieldRef, Item, Operator, Slot};
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where the tests find a server; see `cargo xtask services`.
const DEFAULT_URL: &str = "mysql://root@127.0.0.1:3306/test";

/// A database to itself, removed in the end.
pub(crate) struct Scratch {
    name: String,
}

fn server() -> String {
    #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
    std::env::var("TEST_MYSQL").unwrap_or_else(|_| DEFAULT_URL.to_owned())
}

async fn connected(url: &str) -> Conn {
    Conn::from_url(url).await.unwrap()
}

async fn run(sql: &str) {
    let mut conn = connected(&server()).await;
    conn.query_drop(sql).await.unwrap();
    conn.disconnect().await.unwrap();
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("backstay_engine_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}")).await;
        Self { name }
    }

    fn url(&self) -> String {
        let (base, _) = server().rsplit_once('/').map(|(base, name)| (base.to_owned(), name.to_owned())).unwrap();
        format!("{base}/{}", self.name)
    }

    pub(crate) fn address(&self) -> Address {
        Address::parse(&self.url()).unwrap()
    }

    /// A connection beside the store.
    async fn beside(&self) -> Conn {
        connected(&self.url()).await
    }

    fn engine(&self, text: &str, settings: Settings) -> Engine {
        let limits = Limits { unbounded_writes: true, ..Limits::default() };
        let options = OpenOptions { limits, ..OpenOptions::mysql(self.address(), settings) };
        Engine::open(schema(text), options).unwrap()
    }

    async fn open(&self, text: &str, settings: Settings) -> Engine {
        let engine = self.engine(text, settings);
        let plan = migrate::plan(&engine, schema(text)).await.unwrap();
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
        engine
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A test that failed may hold its tables, and its connections close only after this.
        let sql = format!("SET lock_wait_timeout = 10; DROP DATABASE IF EXISTS {}", self.name);
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&sql));
        };
        let _ = std::thread::spawn(remove).join();
    }
}

const NOTES: &str =
    "type Note @model(table: \"notes\") @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) text: String! @unique }";

#[tokio::test]
async fn conformance() {
    let scratches = std::sync::Mutex::new(Vec::new());
    conforms(|text| {
        let scratches = &scratches;
        async move {
            let scratch = Scratch::new().await;
            let engine = scratch.open(text, Settings::default()).await;
            scratches.lock().unwrap().push(scratch);
            engine
        }
    })
    .await;
}

#[tokio::test]
async fn of_several_starts_at_once_one_applies_the_schema() {
    let scratch = Scratch::new().await;
    let engine = || scratch.engine(NOTES, Settings::default());
    let start = async |engine: Engine| {
        let plan = migrate::plan(&engine, schema(NOTES)).await.unwrap();
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap()
    };
    let (one, two, three) = tokio::join!(start(engine()), start(engine()), start(engine()));
    let mut outcomes = [one, two, three];
    outcomes.sort_by_key(|outcome| *outcome == Outcome::NothingToDo);
    assert_eq!(outcomes, [Outcome::Applied(1), Outcome::NothingToDo, Outcome::NothingToDo]);
    assert_eq!(migrate::status(&engine()).await.unwrap().len(), 1);
}

/// The steps of a migration as a plan has them: tables, an index, a reference, rows.
const STEPS: [&str; 6] = [
    "CREATE TABLE authors (id int PRIMARY KEY) ENGINE=InnoDB",
    "CREATE TABLE notes (id int PRIMARY KEY, author int) ENGINE=InnoDB",
    "ALTER TABLE notes ADD COLUMN body text",
    "CREATE INDEX notes_author_idx ON notes (author)",
    "ALTER TABLE notes ADD CONSTRAINT notes_author_fkey FOREIGN KEY (author) REFERENCES authors (id)",
    "INSERT INTO authors (id) SELECT 1 + count(*) FROM authors",
];

fn steps() -> MigrationPlan {
    let sql = STEPS.map(str::to_owned).to_vec();
    MigrationPlan { base: 0, changes: Vec::new(), sql, own_sql: Vec::new(), catalog: "{}".to_owned() }
}

/// However far a migration came before it was cut off, the next start ends it, and what is there is what it would have been.
#[tokio::test]
async fn a_migration_goes_on_where_it_was_cut_off() {
    let store = |scratch: &Scratch| Mysql::open(scratch.address(), Settings::default(), Arc::default());
    let whole = Scratch::new().await;
    assert_eq!(store(&whole).migrate(steps(), "now".to_owned()).await.unwrap(), Outcome::Applied(1));
    let expected = described(&whole).await;
    assert_eq!(expected.last().map(String::as_str), Some("1"));
    for begun in 1..=STEPS.len() {
        for was_done in [false, true] {
            let scratch = Scratch::new().await;
            // So that the tables are there which describe the database.
            let nothing = MigrationPlan { sql: vec!["CREATE TABLE (".to_owned()], ..steps() };
            assert!(store(&scratch).migrate(nothing, "now".to_owned()).await.is_err());
            // As a node leaves it that is killed while it runs this step, before or after the server did it.
            let mut conn = scratch.beside().await;
            for (position, statement) in STEPS.iter().take(begun).enumerate() {
                let (number, changes_rows) = (position + 1, statement.starts_with("INSERT"));
                if number < begun || was_done {
                    conn.query_drop(*statement).await.unwrap();
                }
                if was_done || !changes_rows {
                    let state = if changes_rows { "done" } else { "begun" };
                    let note = "INSERT INTO _backstay_steps (migration, step, statement, state) VALUES (1, ?, ?, ?)";
                    conn.exec_drop(note, (number, *statement, state)).await.unwrap();
                }
            }
            let outcome = store(&scratch).migrate(steps(), "now".to_owned()).await;
            assert_eq!(outcome.unwrap(), Outcome::Applied(1), "step {begun}, done: {was_done}");
            assert_eq!(described(&scratch).await, expected, "step {begun}, done: {was_done}");
        }
    }
}

/// The columns, indexes and references of the table, and the rows beside it.
async fn described(scratch: &Scratch) -> Vec<String> {
    let mut conn = scratch.beside().await;
    let columns: Vec<String> = conn
        .query(
            "SELECT CONCAT_WS(' ', column_name, column_type, is_nullable, column_default, extra) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = 'notes' ORDER BY ordinal_position",
        )
        .await
        .unwrap();
    let indexes: Vec<String> = conn
        .query(
            "SELECT CONCAT_WS(' ', index_name, non_unique, column_name) FROM information_schema.statistics \
             WHERE table_schema = DATABASE() AND table_name = 'notes' ORDER BY index_name, seq_in_index",
        )
        .await
        .unwrap();
    let keys: Vec<String> = conn
        .query(
            "SELECT constraint_name FROM information_schema.referential_constraints \
             WHERE constraint_schema = DATABASE() AND table_name = 'notes'",
        )
        .await
        .unwrap();
    let rows: Vec<String> = conn.query("SELECT id FROM authors").await.unwrap();
    [columns, indexes, keys, rows].concat()
}

#[tokio::test]
async fn a_migration_to_another_schema_waits_for_the_one_that_was_cut_off() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(NOTES, Settings::default()).await;
    let mut conn = scratch.beside().await;
    conn.query_drop(
        "INSERT INTO _backstay_steps (migration, step, statement, state) VALUES (2, 1, 'ALTER TABLE x', 'done')",
    )
    .await
    .unwrap();
    let more = NOTES.replace("text:", "more: Int  text:");
    let plan = migrate::plan(&engine, schema(&more)).await.unwrap();
    let error = migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap_err();
    let reason = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(reason.contains("a migration to another schema stopped at its step 1"), "{reason}");
}

#[tokio::test]
async fn connections_that_break_are_made_anew_and_nothing_acknowledged_is_lost() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(NOTES, Settings::default()).await;
    let mut kept = 0;
    for round in 0..20 {
        if round % 4 == 3 {
            let mut conn = scratch.beside().await;
            let of_us = format!(
                "SELECT id FROM information_schema.processlist WHERE db = '{}' AND id <> CONNECTION_ID()",
                scratch.name
            );
            let ids: Vec<u64> = conn.query(of_us).await.unwrap();
            for id in ids {
                // It may have gone by itself.
                let _ = conn.query_drop(format!("KILL CONNECTION {id}")).await;
            }
        }
        match engine.run(&insert("notes", &json!([{"text": round.to_string()}]), ""), &Who::anyone()).await {
            Ok(answer) => kept += answer.affected,
            Err(failure) => assert!(
                matches!(failure, crate::Failure::CommitUnknown { .. } | crate::Failure::Unavailable { .. }),
                "{failure}"
            ),
        }
        engine.run(&read("notes", "id", ""), &Who::anyone()).await.unwrap();
    }
    let rows = engine.run(&read("notes", "id", ""), &Who::anyone()).await.unwrap().rows;
    assert!(kept >= 15 && rows >= kept, "{kept} acknowledged, {rows} there");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_and_not_waited_for() {
    let address = Address::parse("mysql://nobody@127.0.0.1:1/nothing").unwrap();
    let engine = Engine::open(schema(NOTES), OpenOptions::mysql(address, Settings::default())).unwrap();
    let started = Instant::now();
    for _ in 0..5 {
        let refused = engine.run(&read("notes", "id", ""), &Who::anyone()).await;
        assert!(matches!(refused, Err(crate::Failure::Unavailable { .. })), "{refused:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(matches!(engine.readiness(), Readiness::NotReady { .. }));
}

const COUNTERS: &str = r#"
type Counter @model(table: "counters") @access(ops: [ALL]) { id: Int! @id(auto: NONE) n: Int! }
type Seat @model(table: "seats") @access(ops: [READ])
  @access(ops: [CREATE], check: "size(room.seats) <= 3") {
  id: Int! @id(auto: INCREMENT)
  roomId: Int!
  room: Room @relation(fields: ["roomId"])
}
type Room @model(table: "rooms") @access(ops: [ALL]) { id: Int! @id(auto: NONE) seats: [Seat!] }
"#;

#[tokio::test]
async fn writes_in_each_others_way_all_count() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(COUNTERS, Settings::default()).await;
    let step = |ask: crate::ask::Ask<_>| crate::Step::application(crate::ask::Asked::from(ask), Who::service());
    expect(engine.run(&insert("counters", &json!([{"id": 1, "n": 0}]), ""), &Who::service()).await, "1/1 ");
    let add = || {
        let engine = engine.clone();
        let step = step(crate::ask::update("counters").eq("id", 1).add("n", 1)).exactly_one();
        tokio::spawn(async move { engine.run_steps(vec![step]).await })
    };
    let running: Vec<_> = (0..40).map(|_| add()).collect();
    for task in running {
        task.await.unwrap().unwrap();
    }
    expect(engine.run(&read("counters", "n", ""), &Who::service()).await, r#"0/0 [{"n":40}]"#);
}

#[tokio::test]
async fn a_rule_that_counts_rows_holds_for_writes_at_once() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(COUNTERS, Settings::default()).await;
    expect(engine.run(&insert("rooms", &json!([{"id": 1}]), ""), &Who::service()).await, "1/1 ");
    let running: Vec<_> = (0..12)
        .map(|_| {
            let engine = engine.clone();
            let seat = insert("seats", &json!([{"roomId": 1}]), "");
            tokio::spawn(async move { engine.run(&seat, &Who::anyone()).await.is_ok() })
        })
        .collect();
    let mut seated = 0;
    for task in running {
        seated += u32::from(task.await.unwrap());
    }
    let rows = engine.run(&read("seats", "id", ""), &Who::service()).await.unwrap().rows;
    assert!(rows <= 4 && rows == u64::from(seated), "{rows} rows, {seated} acknowledged");
}

/// The server finds the largest value of each group in an index, and may look at no other row of the group.
#[tokio::test]
async fn groups_stay_whose_largest_row_a_filter_drops() {
    let scratch = Scratch::new().await;
    let text = "type Place @model(table: \"places\") @access(ops: [ALL]) { shelf: Int! @id(auto: NONE) book: Int! @id(auto: NONE) }";
    let engine = scratch.open(text, Settings::default()).await;
    let rows: Vec<_> = (0..1_000).map(|at| json!({"shelf": at / 100, "book": at % 100})).collect();
    expect(engine.run(&insert("places", &json!(rows), ""), &Who::service()).await, "1000/1000 ");
    let mut beside = scratch.beside().await;
    beside.query_drop("ANALYZE TABLE places").await.unwrap();
    beside.disconnect().await.unwrap();
    let mut request = read("places", "shelf", "book=99");
    let Action::Read(read) = &mut request.action else { panic!("a read") };
    let book = FieldRef { name: "book".to_owned(), path: Vec::new() };
    read.level.filter = vec![Condition::Test { field: book.clone(), operator: Operator::IsDistinct(Slot(0)) }];
    read.level.items.push(Item::Field {
        alias: None,
        field: book,
        cast: None,
        aggregate: Some((Aggregate::Max, None)),
    });
    let groups: Vec<_> = (0..10).map(|shelf| json!({"shelf": shelf, "max": 98})).collect();
    let answer = engine.run(&request, &Who::service()).await.unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(), json!(groups));
}

#[tokio::test]
async fn other_nodes_hear_of_changed_accounts() {
    let scratch = Scratch::new().await;
    let one = scratch.open(NOTES, Settings::default()).await;
    let other = scratch.engine(NOTES, Settings::default());
    expect(other.run(&read("notes", "id", ""), &Who::anyone()).await, "0/0 []");
    let made = one.ask(crate::ask::insert("auth_users").set("email", "a@b.c").returning(&["id"])).await.unwrap();
    let rows: Vec<serde_json::Value> = made.rows().unwrap();
    let id = rows[0]["id"].as_str().unwrap().to_owned();
    // Until it looks, everybody counts as changed every second.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let before = other.accounts().stamp(&id);
    let ban = crate::ask::update("auth_users").eq("id", id.clone()).set("email", "b@b.c");
    one.run_steps(vec![crate::Step::system(ban).concerning(id.clone())]).await.unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    while other.accounts().stamp(&id) == before {
        assert!(Instant::now() < until, "the other node was not told");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_runs_too_long_is_stopped() {
    let scratch = Scratch::new().await;
    let settings = Settings { budget: Duration::from_millis(300), ..Settings::default() };
    let engine = scratch.open(NOTES, settings).await;
    expect(engine.run(&insert("notes", &json!([{"text": "a"}]), ""), &Who::anyone()).await, "1/1 ");
    let mut holder = scratch.beside().await;
    holder.query_drop("START TRANSACTION; SELECT * FROM notes FOR UPDATE").await.unwrap();
    let stopped = engine.run(&update("notes", &json!({"text": "b"}), "id=1", ""), &Who::anyone()).await;
    expect(stopped, "statement exceeded its 300 ms budget");
    holder.disconnect().await.unwrap();
    expect(engine.run(&read("notes", "text", ""), &Who::anyone()).await, r#"0/0 [{"text":"a"}]"#);
}

#[tokio::test]
async fn nodes_count_requests_together() {
    let scratch = Scratch::new().await;
    let text = "type Note @model(table: \"notes\") @access(ops: [ALL]) { id: Int! @id }";
    let nodes = [scratch.open(text, Settings::default()).await, scratch.open(text, Settings::default()).await];
    let asked = Asked { key: 7, max: 4, per: Duration::from_hours(1) };
    let mut left = Vec::new();
    for turn in 0..8 {
        match nodes[turn % 2].take(asked).await {
            Some(Taken::Passed { left: rest }) => left.push(rest),
            Some(Taken::Refused { wait }) => assert!(wait > Duration::from_mins(14) && wait <= Duration::from_mins(15)),
            None => panic!("the count cannot be reached"),
        }
    }
    assert_eq!(left, [3, 2, 1, 0]);
    assert_eq!(nodes[0].take(Asked { key: 8, ..asked }).await, Some(Taken::Passed { left: 3 }));
    // What is paid for passes again.
    let soon = Asked { key: 9, max: 1, per: Duration::from_millis(50) };
    assert_eq!(nodes[0].take(soon).await, Some(Taken::Passed { left: 0 }));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(nodes[1].take(soon).await, Some(Taken::Passed { left: 0 }));
}
