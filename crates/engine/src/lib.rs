//! The only crate with database drivers: pipeline, stores, migrations. In: a [`backstay_plan::Request`] and a caller. Out: JSON bytes.

#![cfg_attr(
    not(all(feature = "mysql", feature = "postgres")),
    expect(dead_code, unused_variables, reason = "what leads to a store that nobody can open is of no use")
)]
#![cfg_attr(not(feature = "postgres"), expect(unused_mut, reason = "what only PostgreSQL changes"))]

pub mod accounts;
pub mod advise;
pub mod answer;
pub mod ask;
mod cache;
pub mod carry;
pub mod clock;
mod compiled;
pub mod engine;
pub mod explain;
pub mod export;
pub mod fault;
pub mod found;
mod freshness;
mod isolation;
pub mod load;
pub mod look;
pub mod migrate;
pub mod open;
mod pipeline;
mod prepare;
pub mod rate;
pub mod steps;
pub mod store;
pub mod transaction;

pub use accounts::Accounts;
pub use answer::Answer;
pub use engine::{Engine, OpenOptions, Readiness, Stats};
pub use fault::Failure;
pub use open::OpenError;
pub use prepare::Hash;
pub use steps::{Expect, Space, Step};
