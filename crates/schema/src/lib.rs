//! The schema file, checked. In: SDL text. Out: a [`Schema`] or every [`Diagnostic`] of the file at once.
//! Pure: no clock, randomness, environment, files or network.

pub mod diagnostic;
pub mod expr;
pub mod model;
pub mod rule;

pub use diagnostic::{Diagnostic, Severity, Span};
pub use expr::Expr;
pub use model::Schema;
