//! How long things of a session last: one session at a time, and passwords that are handed over.

use crate::place::Store;
use crate::server::{LEARNERS, PASSWORD, Server, code_of, home, thief};
use backstay_auth::account::{AccountFacts as _, Hold, Recheck};
use backstay_auth::admin::Admin;
use backstay_auth::admin_edit::{Edit, Sent};
use backstay_auth::refusal::Code;
use backstay_auth::settings::{Sessions, Settings};

const EMAIL: &str = "ana@example.com";

async fn a_sign_in_ends_the_session_before_where_there_is_one_at_a_time(store: Store) {
    for single_per_user in [true, false] {
        let sessions = Sessions { single_per_user, ..Sessions::default() };
        let server = Server::start(store, LEARNERS, Settings { sessions, ..Settings::default() }).await;
        let first = server.person(EMAIL).await;
        let second = server.sign_in(EMAIL, PASSWORD).await.unwrap();
        let user_id = first.user.account.id;
        for (session, is_alive) in [(&first, !single_per_user), (&second, true)] {
            let recheck = Recheck { session_id: session.id, user_id, counter: 0 };
            assert_eq!(server.auth.facts(recheck).await.unwrap().session_alive, is_alive, "{single_per_user}");
        }
        let ended = code_of(server.auth.refresh(&first.refresh_token, &home()).await);
        assert_eq!(ended, single_per_user.then_some(Code::SessionExpired));
        assert_eq!(code_of(server.auth.refresh(&second.refresh_token, &home()).await), None);
    }
}

async fn a_password_that_is_handed_over_lasts_a_day(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    let edit = Edit { email: Some(EMAIL.to_owned()), send: Some(Sent::TempPassword), ..Edit::default() };
    let admin = Admin::Operator { key: None };
    let password = server.auth.create_user(&admin, &edit, None, &home()).await.unwrap().temporary_password.unwrap();
    server.clock.pass(24 * 3_600 - 1);
    let session = server.sign_in(EMAIL, &password).await.unwrap();
    let recheck = Recheck { session_id: session.id, user_id: session.user.account.id, counter: 0 };
    assert_eq!(server.auth.facts(recheck).await.unwrap().hold, Some(Hold::PasswordChange));
    server.clock.pass(2);
    assert_eq!(code_of(server.sign_in(EMAIL, &password).await), Some(Code::InvalidCredentials));
    // Whoever signed in in time may go on to change it.
    assert_eq!(code_of(server.auth.refresh(&session.refresh_token, &home()).await), None);
    assert_eq!(code_of(server.auth.refresh("not a token", &thief()).await), Some(Code::ValidationFailed));
}

on_each_store!(
    a_sign_in_ends_the_session_before_where_there_is_one_at_a_time,
    a_password_that_is_handed_over_lasts_a_day,
);
