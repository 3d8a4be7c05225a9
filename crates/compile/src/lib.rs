//! From an [`backstay_plan::AuthorizedPlan`] to statements of one dialect. In: plan and schema. Out: SQL text and parameters.
//! `lower` makes a dialect-neutral syntax tree (or refuses what the dialect cannot do), `render` writes it and cannot fail. Pure.

pub mod statement;

pub use statement::{ReadStatement, Statement, WriteProgram};
