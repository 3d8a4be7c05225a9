//! From the stored catalogue and a schema to the statements between them.

use super::{Described, MigrateError, MigrationPlan};
use backstay_compile::ddl;
use backstay_schema::Schema;
use backstay_schema::diff::{Catalog, diff};
use backstay_schema::model::Dialect;

/// Compares the stored catalogue (none before the first migration) with a schema.
pub(super) fn plan(base: i64, stored: Option<&str>, schema: &Schema) -> Result<MigrationPlan, MigrateError> {
    let unreadable = |error: serde_json::Error| MigrateError::Catalog { reason: error.to_string() };
    let old: Catalog = stored.map(serde_json::from_str).transpose().map_err(unreadable)?.unwrap_or_default();
    let steps = diff(&old, schema);
    let sql = ddl::lower_changes(&steps, schema, Dialect::Sqlite)?;
    let changes = steps.iter().map(|step| Described { text: step.describe(), loses: step.loses() }).collect();
    let catalog = serde_json::to_string(&Catalog::of(schema)).map_err(unreadable)?;
    Ok(MigrationPlan { base, changes, sql, catalog })
}
