//! Flows of sign-in against a real database, on a clock that the test moves: rotation of refresh tokens, what mails open, second factors,
//! and what is removed in time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

#[path = "flows/alike.rs"]
mod alike;
#[path = "flows/clean_up.rs"]
mod clean_up;
#[path = "flows/factors.rs"]
mod factors;
#[path = "flows/mails.rs"]
mod mails;
#[path = "flows/rotation.rs"]
mod rotation;
#[path = "flows/server.rs"]
mod server;
#[path = "flows/sessions.rs"]
mod sessions;
