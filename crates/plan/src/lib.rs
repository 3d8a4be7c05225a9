//! From a request that any protocol can parse into, to a plan that only this crate can authorise.
//! `request` (names) → `resolve` (ids) → `authorize` (row rules and field masks merged in) → [`AuthorizedPlan`].
//! Pure: no clock, randomness, environment, files or network.

pub mod authorized;
pub mod fault;
pub mod limits;
pub mod principal;
pub mod request;
pub mod value;

pub use authorized::AuthorizedPlan;
pub use fault::Refusal;
pub use principal::Principal;
pub use request::Request;
