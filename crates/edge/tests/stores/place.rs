//! A place for the database of a test: a file, or a schema of its own on a PostgreSQL server. It goes with the value.

use backstay_engine::OpenOptions;
use backstay_engine::store::{postgres, sqlite};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Where the tests find a server; see `cargo xtask services`.
const DEFAULT_URL: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const DATABASE: &str = "backstay_edge_tests";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// What is removed when a test has ended.
pub(crate) enum Place {
    Folder(tempfile::TempDir),
    Schema { url: String, name: String },
}

impl Place {
    /// An empty one.
    pub(crate) fn new(store: Store) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        match store {
            Store::Sqlite => Self::Folder(tempfile::tempdir().unwrap()),
            Store::Postgres => {
                #[expect(clippy::disallowed_methods, reason = "where a service listens is the machine's to say")]
                let server = std::env::var("TEST_POSTGRES").unwrap_or_else(|_| DEFAULT_URL.to_owned());
                let url = format!("{}/{DATABASE}", server.rsplit_once('/').unwrap().0);
                // Whoever comes second is told that it is there.
                let _ = run(&server, &format!("CREATE DATABASE {DATABASE}"));
                let name = format!("edge{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
                assert!(run(&url, &format!("CREATE SCHEMA {name}")), "PostgreSQL at {server} cannot be used");
                Self::Schema { url, name }
            }
        }
    }

    /// Opens the database there. Time is not what the tests are about.
    pub(crate) fn options(&self) -> OpenOptions {
        match self {
            Self::Folder(folder) => {
                let settings = sqlite::Settings { budget: Duration::from_secs(600), ..sqlite::Settings::default() };
                OpenOptions::sqlite(folder.path().join("data.db"), settings)
            }
            Self::Schema { url, name } => {
                let address = postgres::Address::parse(&format!("{url}?options=-c%20search_path%3D{name}")).unwrap();
                OpenOptions::postgres(address, postgres::Settings::default())
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Schema { url, name } = self {
            run(url, &format!("DROP SCHEMA {name} CASCADE"));
        }
    }
}

/// Runs a statement; whether that worked.
fn run(url: &str, sql: &str) -> bool {
    let args = ["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql];
    let ended =
        Command::new("psql").args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}
