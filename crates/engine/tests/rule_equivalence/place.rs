//! Where a round's rows are: a file, or a database of its own on a server that is there for tests.

use super::NOW_US;
use backstay_engine::clock::FixedClock;
use backstay_engine::migrate::{self, Permission};
use backstay_engine::store::{Database, mysql, postgres, sqlite};
use backstay_engine::{Engine, OpenOptions};
use backstay_schema::model::Schema;
use mysql_async::prelude::Queryable as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A deep run goes on beside other work: time is not what it is about.
const BUDGET: Duration = Duration::from_secs(600);
const POSTGRES_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const MYSQL_URL: &str = "mysql://root@127.0.0.1:3306/test";

/// Kinds of databases.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// A file.
    Sqlite,
    /// A database on a PostgreSQL server.
    Postgres,
    /// A database on a MySQL or MariaDB server.
    Mysql,
}

#[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
fn server(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}

/// The address of a database of this name on the server of another address.
fn at(address: &str, name: &str) -> String {
    format!("{}/{name}", address.rsplit_once('/').unwrap().0)
}

async fn on_postgres(sql: &str) {
    let (client, connection) =
        tokio_postgres::connect(&server("TEST_POSTGRES", POSTGRES_URL), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

async fn on_mysql(sql: &str) {
    let mut conn = mysql_async::Conn::from_url(server("TEST_MYSQL", MYSQL_URL)).await.unwrap();
    conn.query_drop(sql).await.unwrap();
    conn.disconnect().await.unwrap();
}

/// An open database, and its name on the server.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    place: Place,
    name: String,
    _folder: tempfile::TempDir,
}

impl Place {
    /// An empty database, brought to a schema.
    pub(crate) async fn open(self, schema: &Schema) -> Opened {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("backstay_rules_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        let create = format!("CREATE DATABASE {name}");
        let database = match self {
            Self::Sqlite => {
                let settings = sqlite::Settings { budget: BUDGET, ..sqlite::Settings::default() };
                Database::Sqlite { path: folder.path().join("data.db"), settings }
            }
            Self::Postgres => {
                on_postgres(&create).await;
                let address = postgres::Address::parse(&at(&server("TEST_POSTGRES", POSTGRES_URL), &name)).unwrap();
                let settings = postgres::Settings { budget: BUDGET, ..postgres::Settings::default() };
                Database::Postgres { address, settings }
            }
            Self::Mysql => {
                on_mysql(&create).await;
                let address = mysql::Address::parse(&at(&server("TEST_MYSQL", MYSQL_URL), &name)).unwrap();
                let settings = mysql::Settings { budget: BUDGET, ..mysql::Settings::default() };
                Database::Mysql { address, settings }
            }
        };
        let options = OpenOptions { clock: Arc::new(FixedClock(NOW_US)), ..OpenOptions::on(database) };
        let schema = Arc::new(schema.clone());
        let engine = Engine::open(Arc::clone(&schema), options).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
        Opened { engine, place: self, name, _folder: folder }
    }
}

impl Opened {
    /// Removes the database.
    pub(crate) async fn remove(self) {
        self.engine.close();
        let remove = format!("DROP DATABASE {}", self.name);
        match self.place {
            Place::Sqlite => {}
            Place::Postgres => on_postgres(&format!("{remove} WITH (FORCE)")).await,
            Place::Mysql => on_mysql(&remove).await,
        }
    }
}
