//! What the suite of all stores does not ask of PostgreSQL: lost connections, unknown commits, conflicts, several nodes.

mod partitions;

use super::{Address, Settings};
use crate::migrate::{self, Outcome, Permission};
use crate::store::conformance::{Who, conforms, expect, insert, read, schema, update};
use crate::{Engine, OpenOptions, Readiness};
use backstay_plan::limits::Limits;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where the tests find a server; see `cargo xtask services`.
const DEFAULT_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const DATABASE: &str = "backstay_engine_tests";

/// A schema of the server to itself, removed in the end.
pub(crate) struct Scratch {
    name: String,
}

fn server() -> String {
    #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
    std::env::var("TEST_POSTGRES").unwrap_or_else(|_| DEFAULT_URL.to_owned())
}

async fn run(url: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let connected = tokio::spawn(connection);
    let done = client.batch_execute(sql).await;
    drop(client);
    let _ = connected.await;
    done
}

fn database() -> String {
    let (base, _) = server().rsplit_once('/').map(|(base, name)| (base.to_owned(), name.to_owned())).unwrap();
    format!("{base}/{DATABASE}")
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Whoever comes second is told that it is there.
        let _ = run(&server(), &format!("CREATE DATABASE {DATABASE}")).await;
        let name = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(&database(), &format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")).await.unwrap();
        Self { name }
    }

    pub(crate) fn address(&self) -> Address {
        let (database, name) = (database(), &self.name);
        Address::parse(&format!("{database}?application_name={name}&options=-c%20search_path%3D{name}")).unwrap()
    }

    /// Runs SQL beside the store.
    async fn beside(&self, sql: &str) {
        run(&database(), &format!("SET search_path = {}; {sql}", self.name)).await.unwrap();
    }

    async fn open(&self, text: &str, settings: Settings) -> Engine {
        let schema = schema(text);
        let limits = Limits { unbounded_writes: true, ..Limits::default() };
        let options = OpenOptions { limits, ..OpenOptions::postgres(self.address(), settings) };
        let engine = Engine::open(Arc::clone(&schema), options).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
        engine
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A test that failed may hold its tables, and its connections close only after this.
        let sql = format!("SET lock_timeout = '10s'; DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        let remove = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let _ = runtime.block_on(run(&database(), &sql));
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
async fn conformance_without_prepared_statements() {
    let scratches = std::sync::Mutex::new(Vec::new());
    conforms(|text| {
        let scratches = &scratches;
        async move {
            let scratch = Scratch::new().await;
            let engine = scratch.open(text, Settings { prepares: false, ..Settings::default() }).await;
            scratches.lock().unwrap().push(scratch);
            engine
        }
    })
    .await;
}

#[tokio::test]
async fn of_several_starts_at_once_one_applies_the_schema() {
    let scratch = Scratch::new().await;
    let engine = || Engine::open(schema(NOTES), OpenOptions::postgres(scratch.address(), Settings::default())).unwrap();
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

#[tokio::test]
async fn connections_that_break_are_made_anew_and_nothing_acknowledged_is_lost() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(NOTES, Settings::default()).await;
    let mut kept = 0;
    for round in 0..20 {
        if round % 4 == 3 {
            let sql = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}' AND query LIKE '%notes%'",
                scratch.name
            );
            scratch.beside(&sql).await;
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
    let address = Address::parse("postgres://nobody@127.0.0.1:1/nothing").unwrap();
    let engine = Engine::open(schema(NOTES), OpenOptions::postgres(address, Settings::default())).unwrap();
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

/// Small tables are watched as a whole, so all of these are in each other's way.
#[tokio::test]
async fn strangers_in_small_tables_stop_each_other_once() {
    let scratch = Scratch::new().await;
    let engine = scratch.open(COUNTERS, Settings::default()).await;
    let rooms: Vec<_> = (1..=64).map(|id| json!({"id": id})).collect();
    expect(engine.run(&insert("rooms", &json!(rooms), ""), &Who::service()).await, "64/64 ");
    let running: Vec<_> = (1..=64)
        .map(|room| {
            let engine = engine.clone();
            let seat = move || crate::Step::application(insert("seats", &json!([{"roomId": room}]), ""), Who::anyone());
            tokio::spawn(async move { engine.run_steps(vec![seat(), seat(), seat()]).await })
        })
        .collect();
    for task in running {
        task.await.unwrap().unwrap();
    }
    let retries = engine.stats().retries;
    assert!(retries <= 2 * 64, "{retries} retries");
}

#[tokio::test]
async fn other_nodes_hear_of_changed_accounts() {
    let scratch = Scratch::new().await;
    let one = scratch.open(NOTES, Settings::default()).await;
    let other = Engine::open(schema(NOTES), OpenOptions::postgres(scratch.address(), Settings::default())).unwrap();
    expect(other.run(&read("notes", "id", ""), &Who::anyone()).await, "0/0 []");
    let made = one.ask(crate::ask::insert("auth_users").set("email", "a@b.c").returning(&["id"])).await.unwrap();
    let rows: Vec<serde_json::Value> = made.rows().unwrap();
    let id = rows[0]["id"].as_str().unwrap().to_owned();
    // Until it listens, everybody counts as changed every second.
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
    let settings = Settings { budget: Duration::from_millis(200), ..Settings::default() };
    let engine = scratch.open(NOTES, settings).await;
    expect(engine.run(&insert("notes", &json!([{"text": "a"}]), ""), &Who::anyone()).await, "1/1 ");
    let holder = scratch.address();
    let held = run_held(&holder).await;
    let stopped = engine.run(&update("notes", &json!({"text": "b"}), "id=1", ""), &Who::anyone()).await;
    expect(stopped, "statement exceeded its 200 ms budget");
    drop(held);
    expect(engine.run(&read("notes", "text", ""), &Who::anyone()).await, r#"0/0 [{"text":"a"}]"#);
}

/// Holds a lock on every note until dropped.
async fn run_held(address: &Address) -> tokio_postgres::Client {
    let (client, connection) = address.config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("BEGIN; LOCK TABLE notes IN EXCLUSIVE MODE").await.unwrap();
    client
}

/// Which server answered: the text of its only row, or of the first one.
async fn first_text(engine: &Engine, who: &backstay_plan::Principal) -> String {
    let body = engine.run(&read("notes", "text", ""), who).await.unwrap().body;
    let rows: serde_json::Value = serde_json::from_slice(&body).unwrap();
    rows[0]["text"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn reads_go_to_a_follower_but_never_before_ones_own_write() {
    // The follower is a schema of the same server with another row, so that it shows who answered.
    let (scratch, follower) = (Scratch::new().await, Scratch::new().await);
    for (scratch, text) in [(&scratch, "first"), (&follower, "follower")] {
        let engine = scratch.open(NOTES, Settings::default()).await;
        engine.run(&insert("notes", &json!([{"text": text}]), ""), &Who::service()).await.unwrap();
    }
    let settings = Settings { replicas: vec![follower.address()], ..Settings::default() };
    let engine = scratch.open(NOTES, settings).await;
    let (ana, ben) = (Who::user("ana"), Who::user("ben"));
    let until = Instant::now() + Duration::from_secs(20);
    while first_text(&engine, &ana).await != "follower" {
        assert!(Instant::now() < until, "no read went to the follower");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for round in 0..10 {
        engine.run(&insert("notes", &json!([{"text": round.to_string()}]), ""), &ana).await.unwrap();
        assert_eq!(first_text(&engine, &ana).await, "first");
        assert_eq!(first_text(&engine, &ben).await, "follower");
    }
    while first_text(&engine, &ana).await != "follower" {
        assert!(Instant::now() < until, "reads did not go back to the follower");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(engine.stats().replica_reads > 10);
}

#[tokio::test]
async fn a_follower_that_is_not_there_or_too_far_behind_is_left_out() {
    let scratch = Scratch::new().await;
    let gone = Address::parse("postgres://nobody@127.0.0.1:1/nothing").unwrap();
    for settings in [
        Settings { replicas: vec![gone], ..Settings::default() },
        Settings { replicas: vec![scratch.address()], replica_lag_max: Duration::ZERO, ..Settings::default() },
    ] {
        let engine = scratch.open(NOTES, settings).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        for _ in 0..5 {
            engine.run(&read("notes", "id", ""), &Who::anyone()).await.unwrap();
        }
        assert_eq!(engine.stats().replica_reads, 0);
    }
}
