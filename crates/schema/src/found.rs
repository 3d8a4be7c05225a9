//! What an existing database holds, and the schema file that describes it. In: tables as the database tells of them.
//! Out: SDL, in which what cannot be said is a comment, and a line for each such thing. Pure.

mod names;
mod sdl;
#[cfg(test)]
mod tests;

use crate::model::{Dialect, Schema};
pub use sdl::{Written, write};

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The kind of database.
    pub dialect: Dialect,
    /// Tables, by name.
    pub tables: Vec<Table>,
    /// Enums of the database, with their values in order.
    pub enums: Vec<(String, Vec<String>)>,
    /// What is no table: its name, and what it is.
    pub others: Vec<(String, String)>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Columns of the primary key; empty where it has none.
    pub key: Vec<String>,
    /// Unique constraints and unique indexes over plain columns and every row.
    pub uniques: Vec<Unique>,
    /// Other indexes over plain columns and every row.
    pub indexes: Vec<Vec<String>>,
    /// References to other tables.
    pub foreign_keys: Vec<ForeignKey>,
    /// What else holds, in the database's words: checks, indexes over expressions or some rows, triggers.
    pub remarks: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What values it holds.
    pub kind: Kind,
    /// Whether the value is a list.
    pub list: bool,
    /// The type in the database's words.
    pub declared: String,
    /// Whether NULL is refused.
    pub required: bool,
    /// Where a value comes from that is left out.
    pub default: Default,
}

/// What values a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One of the scalars of the language, by its name.
    Scalar(&'static str),
    /// A value of an enum of the database.
    Enum(String),
    /// Nothing that the language knows.
    Unknown,
}

/// Where a value comes from that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Default {
    /// Nowhere: it is NULL.
    #[default]
    Null,
    /// The database counts.
    Counter,
    /// The database derives it from others, and takes no other value.
    Derived,
    /// An expression in the database's words.
    Expression(String),
}

/// Columns that are unique together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Name of the constraint or index.
    pub name: String,
    /// Columns.
    pub columns: Vec<String>,
}

/// A reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Name of the constraint.
    pub name: String,
    /// Own columns.
    pub columns: Vec<String>,
    /// The other table.
    pub table: String,
    /// Its columns.
    pub references: Vec<String>,
    /// What happens here when the other row goes, in SQL's words.
    pub on_delete: String,
    /// What happens here when the other key changes, in SQL's words.
    pub on_update: String,
}

/// What a database lacks of the tables that a schema does not manage, in words; empty when nothing is lacking.
#[must_use]
pub fn lacking(schema: &Schema, found: &Found) -> Vec<String> {
    let mut out = Vec::new();
    for model in schema.models.iter().filter(|model| !model.managed) {
        let Some(table) = found.tables.iter().find(|table| table.name == model.table) else {
            out.push(format!("there is no table \"{}\" for the type {}", model.table, model.name));
            continue;
        };
        let stored = model.fields.iter().filter(|field| field.computed.is_none());
        for field in stored.filter(|field| !table.columns.iter().any(|column| column.name == field.column)) {
            out.push(format!("the table \"{}\" has no column \"{}\"", model.table, field.column));
        }
    }
    out
}
