//! Every connection is taken: the node's own by writes that wait for a lock, and the server's by somebody else.

use super::{broken, each};
use crate::assure::fault::cluster::Cluster;
use crate::assure::{Profile, Tally};
use crate::services::Own;
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use std::process::{Child, Stdio};
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
    let env = [("BACKSTAY_POSTGRES__CONNECTIONS_MAX", "4"), ("BACKSTAY_POSTGRES__QUEUE_WAIT_MAX", "200ms")];
    let mut cluster = Cluster::start(&server.address(), 1, &env)?;
    let (seen, figures) = broken(&mut cluster, "locked", None, |_| {
        let lock = match database {
            "postgres" => {
                ["BEGIN; LOCK TABLE entries, counters; SELECT pg_sleep(", &seconds.to_string(), "); COMMIT"].concat()
            }
            other => bail!("no way to lock tables of {other}"),
        };
        let mut holder = client(&server, &lock)?;
        ensure!(holder.wait()?.success(), "the lock was not held");
        Ok(())
    })?;
    ensure!(seen.errors() > 0, "nobody noticed");
    Ok(figures)
}

/// Somebody takes every connection that is left, and breaks the node's, so that it needs new ones.
fn full(database: &str, seconds: u64) -> Result<String> {
    let limit = format!("-c max_connections={SERVER_MAX} -c superuser_reserved_connections=3");
    let server = Own::start(database, &[&limit])?;
    // Who connects as the superuser gets the reserved ones, so the node must not.
    let role = "CREATE ROLE app LOGIN CREATEDB; CREATE DATABASE app OWNER app";
    shell::run_quietly(&mut statement(&server, role))?;
    let address = server.address().replace("postgres@", "app@").replace("/postgres", "/app");
    let mut cluster = Cluster::start(&address, 1, &[("BACKSTAY_POSTGRES__QUEUE_WAIT_MAX", "200ms")])?;
    let (seen, figures) = broken(&mut cluster, "full", None, |_| {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";
        let back = "ALTER ROLE app CONNECTION LIMIT -1";
        // Superusers pass a role's limit, so nobody else's connections are needed to make it full.
        shell::run_quietly(&mut statement(&server, &["ALTER ROLE app CONNECTION LIMIT 0; ", end].concat()))?;
        std::thread::sleep(Duration::from_secs(seconds));
        shell::run_quietly(&mut statement(&server, back))
    })?;
    ensure!(seen.errors() > 0, "nobody noticed");
    Ok(figures)
}

fn statement(server: &Own, text: &str) -> std::process::Command {
    let mut psql = shell::command("psql", &["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.address()]);
    for part in text.split(';') {
        psql.args(["-c", part]);
    }
    psql
}

fn client(server: &Own, text: &str) -> Result<Child> {
    let mut psql =
        shell::command("psql", &["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-d", &server.address(), "-c", text]);
    psql.stdout(Stdio::null()).spawn().context("cannot start psql")
}
