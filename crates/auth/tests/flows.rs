//! Flows of sign-in against each database, on a clock that the test moves: rotation of refresh tokens, what mails open, second factors,
//! and what is removed in time.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

/// A module of tests for each database.
macro_rules! on_each_store {
    ($($test:ident),+ $(,)?) => {
        on_each_store!(@ sqlite Sqlite $($test),+);
        on_each_store!(@ postgres Postgres $($test),+);
        on_each_store!(@ mysql Mysql $($test),+);
    };
    (@ $module:ident $store:ident $($test:ident),+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(crate::place::Store::$store).await;
                }
            )+
        }
    };
}

#[path = "flows/alike.rs"]
mod alike;
#[path = "flows/clean_up.rs"]
mod clean_up;
#[path = "flows/factors.rs"]
mod factors;
#[path = "flows/mails.rs"]
mod mails;
#[path = "../../edge/tests/stores/place.rs"]
mod place;
#[path = "flows/rotation.rs"]
mod rotation;
#[path = "flows/server.rs"]
mod server;
#[path = "flows/sessions.rs"]
mod sessions;
