//! Brings the database to the schema: plan (what would change, in words and SQL), apply (one transaction), status (what was applied).
//!
//! The catalogue that a database was last brought to is stored in it, in the same transaction as the change itself, so that a
//! kill at any moment leaves either the old state or the new one. The first creation is a migration from the empty catalogue.

#[cfg(test)]
mod random;
mod steps;
#[cfg(test)]
mod tests;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::fault::Failure;
use backstay_plan::Refusal;
use backstay_schema::Schema;
use backstay_schema::found;
use backstay_schema::model::Dialect;
use std::sync::Arc;

/// What would be done to a database. Made by [`plan`]; only applies to the state it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationPlan {
    /// The last migration when the plan was made; 0 is none.
    pub base: i64,
    /// What changes, in order, in words.
    pub changes: Vec<Described>,
    /// The statements for the application's tables, in order. Run in one transaction with foreign keys unchecked until its end.
    pub sql: Vec<String>,
    /// The statements for Backstay's own tables, in order; run after `sql` in the same transaction.
    pub own_sql: Vec<String>,
    /// The catalogue afterwards, as JSON.
    pub catalog: String,
}

/// One change in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What is done.
    pub text: String,
    /// What is lost by it; `None` when nothing is.
    pub loses: Option<String>,
}

impl MigrationPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.sql.is_empty() && self.own_sql.is_empty()
    }

    /// Every statement, in order.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.sql.iter().chain(&self.own_sql).map(String::as_str)
    }

    /// What would be lost, in words.
    pub fn losses(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter_map(|change| change.loses.as_deref())
    }
}

/// Whether a plan may lose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Refuse a plan that loses anything.
    AdditiveOnly,
    /// The person in charge has seen what is lost.
    Destructive,
}

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its number, from 1.
    pub id: i64,
    /// When, RFC 3339 in UTC.
    pub applied_at: String,
    /// What it changed, in words, one a line.
    pub changes: String,
}

/// What [`apply`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The database was at the plan's catalogue already.
    NothingToDo,
    /// The migration of this number was applied.
    Applied(i64),
}

/// Why a migration cannot be made or applied. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The stored catalogue cannot be read.
    #[error("the stored catalogue cannot be read: {reason}")]
    Catalog {
        /// Why.
        reason: String,
    },
    /// The database cannot hold what the schema asks for.
    #[error("the schema cannot be stored here")]
    Refused(#[from] Refusal),
    /// Something would be lost.
    #[error("the change would lose data: {}", losses.join("; "))]
    Destructive {
        /// What, in words.
        losses: Vec<String>,
    },
    /// Another migration was applied in between.
    #[error("the database was migrated in between; plan again")]
    Stale,
    /// A statement failed, usually because of rows that do not fit the new rules.
    #[error("step {step} failed: {reason}\n{sql}")]
    Statement {
        /// Its number, from 1.
        step: usize,
        /// Its text.
        sql: String,
        /// What SQLite said.
        reason: String,
    },
    /// After the change, rows would refer to rows that are not there.
    #[error("{count} rows of \"{relation}\" would refer to rows of \"{referenced}\" that do not exist")]
    Dangling {
        /// Relation that refers.
        relation: String,
        /// Relation referred to.
        referenced: String,
        /// How many rows.
        count: u64,
    },
    /// Tables that are not managed are not as the schema says.
    #[error("the database is not as the schema says, and these tables are not managed: {}", lacking.join("; "))]
    Lacking {
        /// What is lacking, in words.
        lacking: Vec<String>,
    },
    /// The database is being filled by a move that has not come to its end.
    #[error("a move from {from} into this database has not come to its end")]
    BeingFilled {
        /// Where its rows come from.
        from: String,
    },
    /// The store failed.
    #[error("the database failed")]
    Store(#[source] Box<Failure>),
}

/// Compares the database with a schema.
///
/// # Errors
/// When the stored catalogue cannot be read or the schema cannot be stored.
pub async fn plan(engine: &Engine, schema: Arc<Schema>) -> Result<MigrationPlan, MigrateError> {
    let store = &engine.inner().store;
    let (base, catalog) = store.last_migration().await?;
    if schema.models.iter().any(|model| !model.managed) {
        let lacking = found::lacking(&schema, &store.found().await?);
        if !lacking.is_empty() {
            return Err(MigrateError::Lacking { lacking });
        }
    }
    between(base, catalog.as_deref(), &schema, store.dialect())
}

/// Compares a stored catalogue with a schema.
///
/// # Errors
/// As [`plan`].
pub(crate) fn between(
    base: i64,
    catalog: Option<&str>,
    schema: &Schema,
    dialect: Dialect,
) -> Result<MigrationPlan, MigrateError> {
    steps::plan(base, catalog, schema, dialect)
}

/// Compares what a connection to a SQLite file sees with a schema.
///
/// # Errors
/// As [`plan`].
pub(crate) fn pending(conn: &rusqlite::Connection, schema: &Schema) -> Result<MigrationPlan, MigrateError> {
    let (base, catalog) = crate::store::sqlite::migration::last(conn)?;
    between(base, catalog.as_deref(), schema, Dialect::Sqlite)
}

/// Applies a plan in one transaction. Starting twice at once applies it once.
///
/// # Errors
/// See [`MigrateError`]; nothing was changed.
pub async fn apply(engine: &Engine, plan: MigrationPlan, permission: Permission) -> Result<Outcome, MigrateError> {
    let losses: Vec<String> = plan.losses().map(str::to_owned).collect();
    if permission == Permission::AdditiveOnly && !losses.is_empty() {
        return Err(MigrateError::Destructive { losses });
    }
    let applied_at = rfc3339(engine.clock().as_ref());
    let outcome = engine.inner().store.migrate(plan, applied_at).await?;
    engine.inner().plans.clear();
    Ok(outcome)
}

/// The migrations that were applied, oldest first.
///
/// # Errors
/// When the store fails.
pub async fn status(engine: &Engine) -> Result<Vec<Applied>, MigrateError> {
    engine.inner().store.migrations().await
}

fn rfc3339(clock: &dyn Clock) -> String {
    let instant = chrono::DateTime::<chrono::Utc>::from_timestamp_micros(clock.now_micros()).unwrap_or_default();
    instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
