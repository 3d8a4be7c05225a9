//! Every connection is taken: the node's own by writes that wait for a lock, and the server's by somebody else.

use super::{broken, each};
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::services::Own;
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::process::Command;
use std::time::Duration;

/// Connections that the server takes from everybody together.
const SERVER_MAX: usize = 20;

/// The node's connections, then the server's.
pub(super) fn run(profile: &Profile) -> Result<Tally> {
    each(|database| {
        let mut tally = Tally::default();
        let seconds = profile.pick(2, 8);
        tally.note(&format!("{database}, every connection of a node waits for a lock"), locked(database, seconds));
        tally.note(&format!("{database}, the server takes no further connection"), full(database, seconds));
        Ok(tally)
    })
}

fn locked(database: &str, seconds: u64) -> Result<String> {
    let server = Own::start(database, &[])?;
    let settings = settings(database)?;
    let env = [(settings.connections_max, "4"), (settings.queue_wait_max, "200ms")];
    let mut cluster = Cluster::start(&server.address(), 1, &env)?;
    let (seen, figures) = broken(&mut cluster, "locked", None, |_| {
        let seconds = seconds.to_string();
        let lock = match database {
            "postgres" => ["BEGIN; LOCK TABLE entries, counters; SELECT pg_sleep(", &seconds, "); COMMIT"].concat(),
            "mariadb" => {
                ["LOCK TABLES entries WRITE, counters WRITE; SELECT sleep(", &seconds, "); UNLOCK TABLES"].concat()
            }
            other => bail!("no way to lock tables of {other}"),
        };
        shell::run_quietly(&mut together(&server, database, &lock)).context("the lock was not held")
    })?;
    ensure!(seen.errors() > 0, "nobody noticed");
    Ok(figures)
}

/// Somebody takes every connection that is left, and breaks the node's, so that it needs new ones.
fn full(database: &str, seconds: u64) -> Result<String> {
    // Administrators pass a limit, so nobody else's connections are needed to make the server full, but the node must be nobody's.
    let (options, role, address, taken, back) = match database {
        "postgres" => (
            format!("-c max_connections={SERVER_MAX} -c superuser_reserved_connections=3"),
            "CREATE ROLE app LOGIN CREATEDB; CREATE DATABASE app OWNER app",
            ("postgres@", "/postgres"),
            "ALTER ROLE app CONNECTION LIMIT 0; \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
            "ALTER ROLE app CONNECTION LIMIT -1",
        ),
        "mariadb" => (
            format!("--max-user-connections={SERVER_MAX}"),
            "CREATE USER app@'%'; CREATE DATABASE app; GRANT ALL ON app.* TO app@'%'",
            ("root@", "/test"),
            "SET GLOBAL max_user_connections = -1; KILL USER app",
            "SET GLOBAL max_user_connections = 20",
        ),
        other => bail!("no way to fill {other}"),
    };
    let server = Own::start(database, &[&options])?;
    shell::run_quietly(&mut one_by_one(&server, database, role))?;
    let address = server.address().replace(address.0, "app@").replace(address.1, "/app");
    let mut cluster = Cluster::start(&address, 1, &[(settings(database)?.queue_wait_max, "200ms")])?;
    let (seen, figures) = broken(&mut cluster, "full", None, |_| {
        shell::run_quietly(&mut one_by_one(&server, database, taken))?;
        std::thread::sleep(Duration::from_secs(seconds));
        shell::run_quietly(&mut one_by_one(&server, database, back))
    })?;
    ensure!(seen.errors() > 0, "nobody noticed");
    Ok(figures)
}

/// Names of the product's settings for a database.
struct Settings {
    connections_max: &'static str,
    queue_wait_max: &'static str,
}

fn settings(database: &str) -> Result<Settings> {
    Ok(match database {
        "postgres" => Settings {
            connections_max: "BACKSTAY_POSTGRES__CONNECTIONS_MAX",
            queue_wait_max: "BACKSTAY_POSTGRES__QUEUE_WAIT_MAX",
        },
        "mariadb" => Settings {
            connections_max: "BACKSTAY_MYSQL__CONNECTIONS_MAX",
            queue_wait_max: "BACKSTAY_MYSQL__QUEUE_WAIT_MAX",
        },
        other => bail!("no settings of {other}"),
    })
}

/// Statements on one connection, each by itself.
fn one_by_one(server: &Own, database: &str, text: &str) -> Command {
    if database == "mariadb" {
        return together(server, database, text);
    }
    let mut psql = psql(server);
    for part in text.split(';') {
        psql.args(["-c", part]);
    }
    psql
}

/// Statements on one connection, sent at once.
fn together(server: &Own, database: &str, text: &str) -> Command {
    if database == "mariadb" {
        return super::mariadb(server, text);
    }
    let mut psql = psql(server);
    psql.args(["-c", text]);
    psql
}

fn psql(server: &Own) -> Command {
    shell::command("psql", &["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.address()])
}
