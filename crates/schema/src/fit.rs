//! What a schema asks for and one database does not have. In: a checked schema and the database that it is for. Out: findings.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Dialect, Model, Partitioning, Schema};

/// The findings about a schema on a database, in the order of the models.
#[must_use]
pub fn findings(schema: &Schema, dialect: Dialect) -> Vec<Diagnostic> {
    let divided = schema.models.iter().filter_map(|model| Some((model, model.partition.as_ref()?)));
    match dialect {
        Dialect::Postgres => Vec::new(),
        Dialect::Sqlite => divided.map(|(_, partition)| no_partitions(partition)).collect(),
        Dialect::Mysql => divided.filter_map(|(model, partition)| referring(schema, model, partition)).collect(),
    }
}

fn no_partitions(partition: &Partitioning) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: "no-partitions",
        message: "SQLite has no partitions, so `@partition` does nothing on it".to_owned(),
        span: partition.span,
        help: Some("it takes effect on PostgreSQL, MySQL and MariaDB".to_owned()),
    }
}

fn referring(schema: &Schema, model: &Model, partition: &Partitioning) -> Option<Diagnostic> {
    let key = schema.foreign_keys.iter().find(|key| key.from == model.id || key.to == model.id)?;
    let other = if key.from == model.id { key.to } else { key.from };
    let other = schema.models.get(usize::from(other.0)).map_or("", |model| model.name.as_str());
    Some(Diagnostic {
        severity: Severity::Error,
        code: "partition-reference",
        message: format!(
            "on MySQL and MariaDB no foreign key leads to or from a table with partitions, and `{}` has one with `{other}`",
            model.name
        ),
        span: partition.span,
        help: Some("take the relation away, or the partitions".to_owned()),
    })
}
