//! From the stored catalogue and a schema to the statements between them.

use super::{Described, MigrateError, MigrationPlan};
use backstay_compile::ddl;
use backstay_schema::Schema;
use backstay_schema::model::Dialect;

/// Compares the stored catalogue (none before the first migration) with a schema.
pub(super) fn plan(base: i64, catalog: Option<&str>, schema: &Schema) -> Result<MigrationPlan, MigrateError> {
    let sql = ddl::create_schema(schema, Dialect::Sqlite)?;
    let wanted = serde_json::to_string(&sql).map_err(|error| MigrateError::Catalog { reason: error.to_string() })?;
    if catalog == Some(wanted.as_str()) {
        return Ok(MigrationPlan { base, changes: Vec::new(), sql: Vec::new(), catalog: wanted });
    }
    let changes =
        schema.models.iter().map(|model| Described { text: format!("create table {}", model.table), loses: None });
    Ok(MigrationPlan { base, changes: changes.collect(), sql, catalog: wanted })
}
