//! Looks at a database on a server from beside the servers of ours. In: an address. Out: what it is, and what a schema asks of
//! it. Never writes.

use super::LastMigration;
use crate::Failure;
use crate::accounts::Accounts;
use crate::migrate::{self, MigrateError, MigrationPlan};
use crate::store::{Store, mysql, postgres};
use backstay_schema::Schema;
use std::fmt;
use std::sync::Arc;

/// Connections that a look may open.
const CONNECTIONS_MAX: usize = 2;

/// Where a server is.
#[derive(Debug, Clone)]
pub enum Address {
    /// A PostgreSQL server.
    Postgres(postgres::Address),
    /// A MySQL or MariaDB server.
    Mysql(mysql::Address),
}

impl Address {
    /// Whether what is sent can be read on the way, or by somebody who answers in the server's place.
    #[must_use]
    pub fn exposed(&self) -> bool {
        match self {
            Self::Postgres(address) => address.exposed(),
            Self::Mysql(address) => address.exposed(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(address) => address.fmt(out),
            Self::Mysql(address) => address.fmt(out),
        }
    }
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What it is, with its version.
    pub version: String,
    /// Connections that it takes from everybody together.
    pub connections_max: u32,
    /// Whether what it has confirmed survives a power cut.
    pub is_durable: bool,
    /// Whether it takes writes.
    pub takes_writes: bool,
    /// Size of the database, bytes.
    pub bytes: u64,
    /// Largest value that it takes or answers, bytes, where that is a setting.
    pub value_bytes_max: Option<u64>,
}

/// An open look at a database on a server.
#[derive(Debug)]
pub struct ServerLook {
    store: Store,
    /// What the server says of itself.
    pub facts: Facts,
}

impl ServerLook {
    /// Looks at a database.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when it cannot be reached.
    pub async fn at(address: Address) -> Result<Self, Failure> {
        let accounts = Arc::<Accounts>::default();
        match address {
            Address::Postgres(address) => {
                let settings = postgres::Settings { connections_max: CONNECTIONS_MAX, ..postgres::Settings::default() };
                let store = postgres::Postgres::open(address, settings, accounts);
                let facts = of_postgres(store.facts().await?);
                Ok(Self { store: Store::Postgres(store), facts })
            }
            Address::Mysql(address) => {
                let settings = mysql::Settings { connections_max: CONNECTIONS_MAX, ..mysql::Settings::default() };
                let store = mysql::Mysql::open(address, settings, accounts);
                let facts = of_mysql(store.facts().await?);
                Ok(Self { store: Store::Mysql(store), facts })
            }
        }
    }

    /// How far servers follow this one, each with its address. Only PostgreSQL's are known.
    pub async fn followers(&self, addresses: &[postgres::Address]) -> Vec<(String, postgres::Following)> {
        let Store::Postgres(first) = &self.store else { return Vec::new() };
        let mut found = Vec::with_capacity(addresses.len());
        for address in addresses {
            let settings = postgres::Settings { connections_max: CONNECTIONS_MAX, ..postgres::Settings::default() };
            let follower = postgres::Postgres::open(address.clone(), settings, Arc::<Accounts>::default());
            found.push((address.to_string(), Box::pin(follower.following(first)).await));
        }
        found
    }

    /// The last migration; `None` before the first.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn last_migration(&self) -> Result<Option<LastMigration>, MigrateError> {
        let last = self.store.migrations().await?.pop();
        Ok(last.map(|applied| LastMigration { id: applied.id, applied_at: applied.applied_at }))
    }

    /// What a schema asks of the database.
    ///
    /// # Errors
    /// [`MigrateError`].
    pub async fn pending(&self, schema: &Schema) -> Result<MigrationPlan, MigrateError> {
        let (base, catalog) = self.store.last_migration().await?;
        migrate::between(base, catalog.as_deref(), schema, self.store.dialect())
    }
}

fn of_postgres(facts: postgres::Facts) -> Facts {
    Facts {
        version: format!("PostgreSQL {}", facts.version),
        connections_max: facts.connections_max,
        is_durable: facts.is_durable,
        takes_writes: !facts.in_recovery,
        bytes: facts.bytes,
        value_bytes_max: None,
    }
}

fn of_mysql(facts: mysql::Facts) -> Facts {
    let name = if facts.version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
    let version = facts.version.split("-MariaDB").next().unwrap_or_default();
    Facts {
        version: format!("{name} {version}"),
        connections_max: facts.connections_max,
        is_durable: facts.is_durable,
        takes_writes: !facts.is_read_only,
        bytes: facts.bytes,
        value_bytes_max: Some(facts.value_bytes_max),
    }
}
