//! Names of tables, columns and constraints: allowed, and used once.

use std::collections::HashMap;

use super::Context;
use crate::Whose;
use crate::model::Schema;
use crate::system::reserved;

/// Bytes of the longest name: PostgreSQL's limit, so that a schema moves between databases.
const NAME_BYTES_MAX: usize = 63;

/// Checks tables and columns.
pub(super) fn check(context: &mut Context<'_>, schema: &Schema) {
    let mut tables: HashMap<String, &str> = HashMap::new();
    for model in &schema.models {
        let decl = context.model(model.id);
        let named = decl.directive("model").and_then(|applied| applied.text("table"));
        let span = named
            .or_else(|| decl.directive("map").and_then(|map| map.text("name")))
            .map_or(model.span, |(_, span)| span);
        if let Some(reason) = refusal(&model.table) {
            context.report.error(
                "invalid-table-name",
                span,
                format!("`{}` cannot be a table name: {reason}", model.table),
            );
        }
        if context.whose == Whose::Application
            && let Some(prefix) = reserved(&model.table)
        {
            let message =
                format!("`{}` cannot be a table name: Backstay's own tables start with `{prefix}`", model.table);
            let help = format!("name it with `@model(table:)`, such as `@model(table: \"app_{}\")`", model.table);
            context.report.error_help("reserved-table-name", span, message, help);
        }
        if model.name.starts_with('_') && !model.generated {
            let message = format!("`{}`: a type name does not start with `_`", model.name);
            context.report.error("reserved-name", model.span, message);
        }
        // Table names of SQLite and MySQL do not depend on case.
        if let Some(first) = tables.insert(model.table.to_lowercase(), &model.name) {
            let message = format!("`{first}` and `{}` would both be the table `{}`", model.name, model.table);
            let help = "name one of them with `@model(table:)`".to_owned();
            context.report.error_help("duplicate-table", span, message, help);
        }
        let mut columns: HashMap<String, &str> = HashMap::new();
        for field in &model.fields {
            if let Some(reason) = field_refusal(&field.name) {
                let message = format!("`{}` cannot be a field name: {reason}", field.name);
                context.report.error("reserved-name", field.span, message);
            }
            if let Some(reason) = malformed(&field.column) {
                let message = format!("`{}` cannot be a column name: {reason}", field.column);
                context.report.error("invalid-name", field.span, message);
            }
            if let Some(first) = columns.insert(field.column.to_lowercase(), &field.name) {
                let message = format!("`{first}` and `{}` would both be the column `{}`", field.name, field.column);
                let help = "name one of them with `@map(name:)`".to_owned();
                context.report.error_help("duplicate-column", field.span, message, help);
            }
        }
    }
}

fn malformed(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty".to_owned());
    }
    if name.len() > NAME_BYTES_MAX {
        return Some(format!("it has more than {NAME_BYTES_MAX} bytes"));
    }
    if name.chars().any(|c| c.is_control() || c == '/' || c == '"') {
        return Some("it holds a slash, a quote or a control character".to_owned());
    }
    None
}

fn refusal(name: &str) -> Option<String> {
    if let Some(reason) = malformed(name) {
        return Some(reason);
    }
    let lower = name.to_lowercase();
    let prefixes = ["sqlite_", "pg_", "backstay_"];
    if let Some(prefix) = prefixes.iter().find(|prefix| lower.starts_with(**prefix)) {
        return Some(format!("names that start with `{prefix}` are reserved"));
    }
    (lower == "rpc").then(|| "`/rest/v1/rpc` is the path of the operations".to_owned())
}

fn field_refusal(name: &str) -> Option<String> {
    if name.starts_with("__") {
        return Some("names that start with `__` belong to GraphQL".to_owned());
    }
    ["rowid", "_rowid_"].contains(&name.to_lowercase().as_str()).then(|| "SQLite uses it itself".to_owned())
}
