//! Checks of a database on a server: whether it answers, whether others can listen in, and whether it keeps what it confirms.

use super::database::fits;
use super::{Finding, size};
use crate::config::Config;
use backstay_engine::Failure;
use backstay_engine::look::LastMigration;
use backstay_engine::look::server::ServerLook;
use backstay_engine::migrate::{MigrateError, MigrationPlan};
use backstay_engine::store::postgres::{Address, Facts};
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
}

impl Server {
    /// Asks the server everything that the checks are about.
    pub(crate) async fn examine(address: Address, schema: Option<&Schema>, config: &Config) -> Self {
        let found = match ServerLook::at(address.clone()).await {
            Ok(look) => {
                let last = look.last_migration().await.ok().flatten();
                let pending = match schema {
                    Some(schema) => Some(look.pending(schema).await),
                    None => None,
                };
                Ok(Found { facts: look.facts, last, pending })
            }
            Err(failure) => Err(failure),
        };
        Self { address, connections_max: config.postgres.connections_max, found }
    }
}

pub(super) fn opens(server: &Server) -> Vec<Finding> {
    let mut findings = vec![match &server.found {
        Ok(Found { facts, .. }) if facts.in_recovery => Finding::problem(
            format!("{} follows another server and takes no writes", server.address),
            "name the server that it follows in database_url, or both with target_session_attrs=read-write",
        ),
        Ok(Found { facts, .. }) => {
            Finding::ok(format!("{}: PostgreSQL {}, {}", server.address, facts.version, size(facts.bytes)))
        }
        Err(failure) => Finding::problem(
            format!("{}: {failure}", server.address),
            "start the server, or mend the address in database_url",
        ),
    }];
    if server.address.exposed() {
        findings.push(Finding::warning(
            format!("whoever is between here and {} can read or change what is sent", server.address),
            "add sslmode=verify-full to database_url, and sslrootcert=FILE for a certificate of your own",
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
            "lower postgres.connections_max, or raise max_connections of the server",
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
        Ok(_) => Finding::warning(
            "fsync or synchronous_commit of the server is off: a power cut may lose acknowledged writes",
            "switch both on, unless the rows may be lost",
        ),
        Err(_) => Finding::ok("not looked at: no database was opened"),
    }]
}
