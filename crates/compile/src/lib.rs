//! From an [`AuthorizedPlan`] to statements of one dialect. In: plan and schema. Out: SQL text and parameters.
//! `lower` makes a dialect-neutral syntax tree (or refuses what the dialect cannot do), `render` writes it and cannot fail. Pure.

mod ast;
mod datatype;
pub mod ddl;
pub mod functions;
mod lower;
mod render;
pub mod statement;

pub use statement::{ReadStatement, Statement, WriteProgram};

use backstay_plan::{AuthorizedPlan, Refusal};
use backstay_schema::model::{Dialect, Schema};

/// Compiles a plan. The text depends only on the plan, never on a value of the request.
///
/// # Errors
/// [`Refusal::NotImplemented`] for what the dialect cannot do.
pub fn compile(plan: &AuthorizedPlan, schema: &Schema, dialect: Dialect) -> Result<Statement, Refusal> {
    lower::lower(plan, schema, dialect)
}
