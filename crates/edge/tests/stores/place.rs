//! A place for the database of a test: a file, a schema of its own on a PostgreSQL server, or a database of its own on a MySQL or
//! MariaDB server. It goes with the value.

use backstay_engine::OpenOptions;
use backstay_engine::store::{mysql, postgres, sqlite};
use http::Uri;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Where the tests find servers; see `cargo xtask services`.
const POSTGRES_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const MYSQL_URL: &str = "mysql://root@127.0.0.1:3306/test";
/// Longest that anything may take: time is not what the tests are about.
const BUDGET: Duration = Duration::from_secs(600);
const DATABASE: &str = "backstay_edge_tests";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
    Mysql,
}

/// What is removed when a test has ended.
pub(crate) enum Place {
    Folder(tempfile::TempDir),
    Schema { url: String, name: String },
    Database { server: String, name: String },
}

#[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
fn server(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.to_owned())
}

impl Place {
    /// An empty one.
    pub(crate) fn new(store: Store) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = || format!("edge{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        match store {
            Store::Sqlite => Self::Folder(tempfile::tempdir().unwrap()),
            Store::Postgres => {
                let (server, name) = (server("TEST_POSTGRES", POSTGRES_URL), name());
                let url = at(&server, DATABASE);
                // Whoever comes second is told that it is there.
                let _ = on_postgres(&server, &format!("CREATE DATABASE {DATABASE}"));
                assert!(on_postgres(&url, &format!("CREATE SCHEMA {name}")), "PostgreSQL at {server} cannot be used");
                Self::Schema { url, name }
            }
            Store::Mysql => {
                let (server, name) = (server("TEST_MYSQL", MYSQL_URL), name());
                assert!(on_mysql(&server, &format!("CREATE DATABASE {name}")), "MariaDB at {server} cannot be used");
                Self::Database { server, name }
            }
        }
    }

    /// Opens the database there.
    pub(crate) fn options(&self) -> OpenOptions {
        match self {
            Self::Folder(folder) => {
                let settings = sqlite::Settings { budget: BUDGET, ..sqlite::Settings::default() };
                OpenOptions::sqlite(folder.path().join("data.db"), settings)
            }
            Self::Schema { url, name } => {
                let address = postgres::Address::parse(&format!("{url}?options=-c%20search_path%3D{name}")).unwrap();
                OpenOptions::postgres(address, postgres::Settings { budget: BUDGET, ..postgres::Settings::default() })
            }
            Self::Database { server, name } => {
                let address = mysql::Address::parse(&at(server, name)).unwrap();
                OpenOptions::mysql(address, mysql::Settings { budget: BUDGET, ..mysql::Settings::default() })
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::Folder(_) => {}
            Self::Schema { url, name } => {
                // A test that failed may hold its tables.
                on_postgres(url, &format!("SET lock_timeout = '10s'; DROP SCHEMA {name} CASCADE"));
            }
            Self::Database { server, name } => {
                on_mysql(server, &format!("SET lock_wait_timeout = 10; DROP DATABASE {name}"));
            }
        }
    }
}

/// The address of a database of this name on the server of another address.
fn at(server: &str, name: &str) -> String {
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

/// Runs a statement; whether that worked.
fn on_postgres(url: &str, sql: &str) -> bool {
    ran(Command::new("psql").args(["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]))
}

/// The same on MySQL or MariaDB.
fn on_mysql(url: &str, sql: &str) -> bool {
    let address: Uri = url.parse().unwrap();
    let who = address.authority().unwrap().as_str().rsplit_once('@').map_or("root", |(who, _)| who);
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (host, port) = (address.host().unwrap(), address.port_u16().unwrap_or(3306).to_string());
    let args = ["--no-defaults", "-h", host, "-P", &port, "-u", user, "-e", sql];
    ran(Command::new("mariadb").args(args).env("MYSQL_PWD", password))
}

fn ran(command: &mut Command) -> bool {
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}
