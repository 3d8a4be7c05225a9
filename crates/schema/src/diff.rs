//! What a database holds, and what has to change in it when the schema file changes.
//!
//! [`Catalog`] is the physical side of a schema: tables, columns, constraints, indexes. It is stored as JSON in the database it
//! describes. Defaults, rules and everything else that only the server applies is deliberately absent, so that a field which
//! is dropped and added again brings nothing back. Names are those of the database; types are families that every dialect
//! stores alike. [`diff`] compares a stored catalogue with a new schema; `compile::ddl` turns each [`Change`] into SQL.

mod catalog;
mod change;
mod compare;
mod table;

pub use catalog::{Catalog, Check, Column, ForeignKey, Index, Partition, Search, Table, Type};
pub use change::{Change, Copy, Reason, Source};
pub use compare::diff;

#[cfg(test)]
mod tests;
