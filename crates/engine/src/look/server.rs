//! Looks at a PostgreSQL database from beside its servers. In: an address. Out: what it is, and what a schema asks of it.
//! Never writes.

use super::LastMigration;
use crate::Failure;
use crate::accounts::Accounts;
use crate::migrate::{self, MigrateError, MigrationPlan};
use crate::store::postgres::{Address, Facts, Postgres, Settings};
use backstay_schema::Schema;
use backstay_schema::model::Dialect;
use std::sync::Arc;

/// An open look at a database on a server.
#[derive(Debug)]
pub struct ServerLook {
    store: Postgres,
    /// What the server says of itself.
    pub facts: Facts,
}

impl ServerLook {
    /// Looks at a database.
    ///
    /// # Errors
    /// [`Failure::Unavailable`] when it cannot be reached.
    pub async fn at(address: Address) -> Result<Self, Failure> {
        let settings = Settings { connections_max: 2, ..Settings::default() };
        let store = Postgres::open(address, settings, Arc::<Accounts>::default());
        let facts = store.facts().await?;
        Ok(Self { store, facts })
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
        migrate::between(base, catalog.as_deref(), schema, Dialect::Postgres)
    }
}
