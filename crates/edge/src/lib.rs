//! Every protocol: parse a request into the plan's vocabulary, render what the engine answers.

pub mod app;
mod asset;
pub mod caller;
pub mod client_address;
mod cookies;
pub mod docs;
pub mod fault;
mod gotrue;
pub mod graphql;
pub mod metrics;
mod rate;
mod request_id;
pub mod rest;
pub mod server;
pub mod tls;
mod validator;

pub use app::{App, Config, CorsOrigins};
pub use fault::Fault;
pub use gotrue::administer;
