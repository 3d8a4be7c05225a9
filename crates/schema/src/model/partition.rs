//! How the table of a model is divided into partitions.

use super::{FieldId, Schema};
use crate::diagnostic::Span;

/// `@partition`
#[derive(Debug, Clone, PartialEq)]
pub struct Partitioning {
    /// Columns that say which partition a row is in. Each is part of the key and of every unique constraint.
    pub fields: Vec<FieldId>,
    /// How they say it.
    pub divided: Divided,
    /// Where the directive stands.
    pub span: Span,
}

/// How the values of columns say which partition a row is in.
#[derive(Debug, Clone, PartialEq)]
pub enum Divided {
    /// By bounds of the one column, ascending and never empty: partitions are one more than bounds, and each but the first
    /// begins with its bound.
    Range(Vec<serde_json::Value>),
    /// Evenly among so many.
    Hash(u16),
}

impl Partitioning {
    /// How many partitions there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match &self.divided {
            Divided::Range(bounds) => bounds.len().saturating_add(1),
            Divided::Hash(count) => usize::from(*count),
        }
    }
}

impl Schema {
    /// The schema as a database without partitions has it.
    #[must_use]
    pub fn undivided(&self) -> Schema {
        let mut schema = self.clone();
        for model in &mut schema.models {
            model.partition = None;
        }
        schema
    }
}
