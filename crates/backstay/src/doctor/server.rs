//! Checks of a database on a server: whether it answers, whether others can listen in, and whether it keeps what it confirms.

use super::database::fits;
use super::{Finding, size};
use crate::assemble;
use crate::config::Config;
use crate::problem::Problem;
use backstay_engine::Failure;
use backstay_engine::look::LastMigration;
use backstay_engine::look::server::{Address, Facts, ServerLook};
use backstay_engine::migrate::{MigrateError, MigrationPlan};
use backstay_engine::store::postgres::Following;
use backstay_schema::Schema;

/// What was found on a server.
pub(crate) struct Server {
    address: Address,
    connections_max: u16,
    found: Result<Found, Failure>,
}

/// What a server that answers says.
struct Found {
    facts: Facts,
    last: Option<LastMigration>,
    /// What the schema asks for; `None` when the schema cannot be used.
    pending: Option<Result<MigrationPlan, MigrateError>>,
    /// The servers that follow it, or why their addresses cannot be read.
    followers: Result<Vec<(String, Following)>, Problem>,
}

impl Server {
    /// Asks the server everything that the checks are about.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        expect(unused_variables, reason = "without a driver there is no address of a server")
    )]
    pub(crate) async fn examine(address: Address, schema: Option<&Schema>, config: &Config) -> Self {
        let found = match ServerLook::at(address.clone()).await {
            Ok(look) => {
                let last = look.last_migration().await.ok().flatten();
                let pending = match schema {
                    Some(schema) => Some(look.pending(schema).await),
                    None => None,
                };
                let followers = match assemble::followers(config) {
                    Ok(addresses) => Ok(look.followers(&addresses).await),
                    Err(problem) => Err(problem),
                };
                Ok(Found { facts: look.facts, last, pending, followers })
            }
            Err(failure) => Err(failure),
        };
        let connections_max = match address {
            Address::Postgres(_) => config.postgres.connections_max,
            Address::Mysql(_) => config.mysql.connections_max,
        };
        Self { address, connections_max, found }
    }
}

/// What a person writes differently for each kind of server.
struct Hints {
    /// What to name instead of a server that takes no writes.
    writes: &'static str,
    /// How the server is known by its certificate.
    trust: &'static str,
    /// Which setting bounds the connections of a node.
    connections: &'static str,
    /// What is off where a power cut loses writes.
    durability: &'static str,
}

fn hints(address: &Address) -> Hints {
    match address {
        Address::Postgres(_) => Hints {
            writes: "name the server that it follows in database_url, or both with target_session_attrs=read-write",
            trust: "add sslmode=verify-full to database_url, and sslrootcert=FILE for a certificate of your own",
            connections: "lower postgres.connections_max, or raise max_connections of the server",
            durability: "fsync or synchronous_commit of the server is off: a power cut may lose acknowledged writes",
        },
        Address::Mysql(_) => Hints {
            writes: "name the server that it follows in database_url, or set its read_only to off",
            trust: "add ssl-mode=VERIFY_IDENTITY to database_url, and ssl-ca=FILE for a certificate of your own",
            connections: "lower mysql.connections_max, or raise max_connections of the server",
            durability: "innodb_flush_log_at_trx_commit of the server is not 1: a power cut may lose acknowledged writes",
        },
    }
}

/// Largest value below which long texts and answers are refused.
const VALUE_BYTES_MIN: u64 = 16 * 1024 * 1024;

pub(super) fn opens(server: &Server) -> Vec<Finding> {
    let hints = hints(&server.address);
    let mut findings = vec![match &server.found {
        Ok(Found { facts, .. }) if !facts.takes_writes => {
            Finding::problem(format!("{} takes no writes", server.address), hints.writes)
        }
        Ok(Found { facts, .. }) => Finding::ok(format!("{}: {}, {}", server.address, facts.version, size(facts.bytes))),
        Err(failure) => Finding::problem(
            format!("{}: {failure}", server.address),
            "start the server, or mend the address in database_url",
        ),
    }];
    if server.address.exposed() {
        let says = format!("whoever is between here and {} can read or change what is sent", server.address);
        findings.push(Finding::warning(says, hints.trust));
    }
    if let Ok(Found { facts, .. }) = &server.found
        && let Some(bytes) = facts.value_bytes_max.filter(|bytes| *bytes < VALUE_BYTES_MIN)
    {
        findings.push(Finding::warning(
            format!("the server takes no values beyond {}", size(bytes)),
            "raise max_allowed_packet of the server to 64M",
        ));
    }
    if let Ok(Found { facts, .. }) = &server.found
        && facts.connections_max <= u32::from(server.connections_max)
    {
        findings.push(Finding::warning(
            format!(
                "the server takes {} connections, and one node may ask for {}",
                facts.connections_max,
                u32::from(server.connections_max) + 1
            ),
            hints.connections,
        ));
    }
    findings
}

pub(super) fn migrations(server: &Server) -> Vec<Finding> {
    vec![match &server.found {
        Ok(Found { last, pending: Some(pending), .. }) => fits(last.as_ref(), pending.as_ref()),
        Ok(Found { pending: None, .. }) => Finding::ok("not looked at: the schema cannot be used"),
        Err(_) => Finding::ok("not looked at: no database was opened"),
    }]
}

pub(super) fn durability(server: &Server) -> Vec<Finding> {
    vec![match &server.found {
        Ok(Found { facts, .. }) if facts.is_durable => Finding::ok("an acknowledged write survives a power cut"),
        Ok(_) => Finding::warning(hints(&server.address).durability, "switch it on, unless the rows may be lost"),
        Err(_) => Finding::ok("not looked at: no database was opened"),
    }]
}

/// Whether the servers that reads go to can be reached, and how far behind they are.
pub(super) fn followers(server: &Server) -> Vec<Finding> {
    let found = match (&server.address, &server.found) {
        (Address::Mysql(_), _) => {
            return vec![Finding::ok("all reads of a MySQL or MariaDB database go to its one server")];
        }
        (Address::Postgres(_), Err(_)) => return vec![Finding::ok("not looked at: no database was opened")],
        (Address::Postgres(_), Ok(found)) => found,
    };
    match &found.followers {
        Ok(followers) if followers.is_empty() => vec![Finding::ok("postgres.replicas names none")],
        Ok(followers) => followers.iter().map(|(address, found)| follows(address, found)).collect(),
        Err(problem) => vec![Finding::of(problem)],
    }
}

fn follows(address: &str, found: &Following) -> Finding {
    match found {
        Following::Follows { within } => {
            Finding::ok(format!("{address}: has all that was written {} ms ago", within.as_millis()))
        }
        Following::Behind { bytes, waited } => Finding::warning(
            format!("{address}: lacks {} of what was written {} ms ago", size(*bytes), waited.as_millis()),
            "see whether it still receives, and what holds it up; nobody reads there beyond postgres.replica_lag_max",
        ),
        Following::Alone => Finding::problem(
            format!("{address}: follows no other server, so that it answers with rows of its own"),
            "take it out of postgres.replicas, or make it a follower of the server in database_url",
        ),
        Following::Unknown { reason } => Finding::problem(
            format!("{address}: {reason}"),
            "start that server, or mend its address in postgres.replicas; until then the first one answers its reads",
        ),
    }
}
