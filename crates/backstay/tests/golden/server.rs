//! The same folders on a server.

use super::case::{Migration, Request};
use super::world::{Database, NOW_MICROS, answer, everything, fill, schema};
use backstay_engine::clock::FixedClock;
use backstay_engine::migrate::{self, Permission};
use backstay_engine::store::{mysql, postgres};
use backstay_engine::{Engine, OpenOptions};
use backstay_schema::Schema;
use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio_postgres::{Client, NoTls};

/// Where the tests find a server; see `cargo xtask services`.
const POSTGRES_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const MYSQL_URL: &str = "mysql://root@127.0.0.1:3306/test";
const DATABASE: &str = "backstay_golden_tests";

/// A server, and the databases that were made on it.
pub(crate) struct Server {
    link: Link,
    url: String,
    /// Seeded databases that no request changes, by schema text and rows.
    seeded: HashMap<String, String>,
    names: Vec<String>,
}

/// A connection on which databases are made and removed.
enum Link {
    Postgres(Client),
    Mysql(Box<Conn>),
}

impl Link {
    async fn run(&mut self, sql: &str) {
        match self {
            Self::Postgres(client) => client.batch_execute(sql).await.unwrap(),
            Self::Mysql(conn) => conn.query_drop(sql).await.unwrap(),
        }
    }
}

fn address(variable: &str, default: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}

impl Server {
    /// Databases are schemas of one that the tests have to themselves.
    pub(crate) async fn postgres() -> Self {
        let server = address("TEST_POSTGRES", POSTGRES_URL);
        let url = format!("{}/{DATABASE}", server.rsplit_once('/').unwrap().0);
        // Whoever comes second is told that it is there.
        let _ = client(&server).await.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await;
        Self { link: Link::Postgres(client(&url).await), url, seeded: HashMap::new(), names: Vec::new() }
    }

    /// MariaDB, or MySQL.
    pub(crate) async fn mysql() -> Self {
        let server = address("TEST_MYSQL", MYSQL_URL);
        let link = Link::Mysql(Box::new(Conn::from_url(&server).await.unwrap()));
        let url = server.rsplit_once('/').unwrap().0.to_owned();
        Self { link, url, seeded: HashMap::new(), names: Vec::new() }
    }

    /// What stands in the name of a file that says how its answers differ.
    pub(crate) fn name(&self) -> &'static str {
        match self.link {
            Link::Postgres(_) => "postgres",
            Link::Mysql(_) => "mysql",
        }
    }

    /// What a request answers.
    pub(crate) async fn answer(&mut self, case: &Request) -> String {
        let schema = schema(&case.schema);
        let (reads, key) = (case.reads(), case.rows());
        let known = self.seeded.get(&key).filter(|_| reads).cloned();
        let name = match known {
            Some(name) => name,
            None => {
                let name = self.make(&schema, &case.seed).await;
                if reads {
                    self.seeded.insert(key, name.clone());
                }
                name
            }
        };
        let engine = self.open(&schema, &name);
        let found = answer(&engine, case).await;
        engine.close();
        found
    }

    /// The database of a request, to ask more of.
    pub(crate) async fn database(&mut self, case: &Request) -> Database {
        let schema = schema(&case.schema);
        let name = self.make(&schema, &case.seed).await;
        Database(self.open(&schema, &name))
    }

    /// The rows that a migration leaves.
    pub(crate) async fn migrate(&mut self, case: &Migration) -> String {
        let (before, after) = (schema(&case.before), schema(&case.after));
        let name = self.make(&before, &case.seed).await;
        let engine = self.open(&before, &name);
        let plan = migrate::plan(&engine, Arc::clone(&after)).await.unwrap();
        let applied = migrate::apply(&engine, plan, Permission::Destructive).await;
        engine.swap_schema(Arc::clone(&after)).unwrap();
        let found = match applied {
            Ok(_) => everything(&engine, &after).await,
            Err(error) => serde_json::to_string(&error.to_string()).unwrap(),
        };
        engine.close();
        found
    }

    /// Removes what was made.
    pub(crate) async fn clear(&mut self) {
        for name in std::mem::take(&mut self.names) {
            let sql = match self.link {
                Link::Postgres(_) => format!("DROP SCHEMA {name} CASCADE"),
                Link::Mysql(_) => format!("DROP DATABASE {name}"),
            };
            self.link.run(&sql).await;
        }
    }

    async fn make(&mut self, schema: &Arc<Schema>, seed: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("golden{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let sql = match self.link {
            Link::Postgres(_) => format!("CREATE SCHEMA {name}"),
            Link::Mysql(_) => format!("CREATE DATABASE {name}"),
        };
        self.link.run(&sql).await;
        self.names.push(name.clone());
        let engine = self.open(schema, &name);
        fill(&engine, schema, seed).await;
        engine.close();
        name
    }

    fn open(&self, schema: &Arc<Schema>, name: &str) -> Engine {
        let options = match self.link {
            Link::Postgres(_) => {
                let url = format!("{}?options=-c%20search_path%3D{name}", self.url);
                OpenOptions::postgres(postgres::Address::parse(&url).unwrap(), postgres::Settings::default())
            }
            Link::Mysql(_) => {
                let url = format!("{}/{name}", self.url);
                OpenOptions::mysql(mysql::Address::parse(&url).unwrap(), mysql::Settings::default())
            }
        };
        let options = OpenOptions { clock: Arc::new(FixedClock(NOW_MICROS)), ..options };
        Engine::open(Arc::clone(schema), options).unwrap()
    }
}

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Whether two answers say the same: neither the order of members nor the spelling of a number counts.
pub(crate) fn same(left: &str, right: &str) -> bool {
    let read = |text| serde_json::from_str::<Value>(text).unwrap();
    equal(&read(left), &read(right))
}

/// Whether `docs/databases.md` says of a database that it answers this differently: MySQL keeps no zeros behind a decimal.
pub(crate) fn is_explained(server: &str, answers: [(u16, &str); 2]) -> bool {
    let [(status, body), (found_status, found)] = answers;
    if server != "mysql" {
        return false;
    }
    status == found_status && agree(status, &trimmed(body), &trimmed(found))
}

/// JSON whose texts that are decimals have no zeros at their ends.
fn trimmed(json: &str) -> String {
    fn trim(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(trim),
            Value::Object(members) => members.values_mut().for_each(trim),
            Value::String(text) if text.contains('.') && text.parse::<f64>().is_ok() => {
                *text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut value = serde_json::from_str(json).unwrap();
    trim(&mut value);
    value.to_string()
}

/// Whether two bodies of one status say the same: rows, or the code of a refusal.
pub(crate) fn agree(status: u16, left: &str, right: &str) -> bool {
    if status < 300 {
        return same(left, right);
    }
    let code = |text| serde_json::from_str::<Value>(text).ok().and_then(|body| body.get("code").cloned());
    code(left) == code(right)
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let has = |(key, left): (&String, &Value)| right.get(key).is_some_and(|right| equal(left, right));
            left.len() == right.len() && left.iter().all(has)
        }
        (Value::Number(left), Value::Number(right)) => left == right || left.as_f64() == right.as_f64(),
        (Value::String(left), Value::String(right)) if left != right => {
            // JSON as text: its blanks and the order of its members are the database's.
            let read = |text: &str| {
                serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
            };
            matches!((read(left), read(right)), (Some(left), Some(right)) if equal(&left, &right))
        }
        (left, right) => left == right,
    }
}
