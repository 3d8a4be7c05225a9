//! From a request that any protocol can parse into, to a plan that only this crate can authorise.
//! `request` (names) → `resolve` (ids) → `authorize` (row rules and field masks merged in) → [`AuthorizedPlan`].
//! Pure: no clock, randomness, environment, files or network.

pub mod access;
pub mod authorize;
pub mod authorized;
pub mod bind;
pub mod evaluate;
pub mod fault;
pub mod fold;
pub mod limits;
pub mod principal;
pub mod request;
pub mod resolve;
pub mod scope;
pub mod suggest;
pub mod value;

pub use authorized::AuthorizedPlan;
pub use fault::Refusal;
pub use principal::Principal;
pub use request::Request;
