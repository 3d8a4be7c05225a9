//! The only crate with database drivers: pipeline, stores, migrations. In: a [`backstay_plan::Request`] and a caller. Out: JSON bytes.

pub mod answer;
pub mod fault;

pub use answer::Answer;
pub use fault::Failure;
