//! One session shared by two tabs and a server-side renderer, through many rotations with lost answers: nobody is logged out, and a
//! stolen token is still found out. `ROTATIONS` is how many; 10,000 is the long form.

use crate::place::Store;
use crate::server::{DAY, Server, home, thief};
use backstay_auth::asker::Asker;
use backstay_auth::refusal::{AuthError, Code};
use backstay_auth::settings::{Sessions, Settings};
use backstay_auth::signup::{SignUp, SignedUp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use std::sync::Arc;

const ROTATIONS: u32 = 300;

async fn server(store: Store) -> Server {
    let sessions = Sessions { absolute: DAY * 100_000, ..Sessions::default() };
    let settings = Settings { anonymous_users: true, sessions, ..Settings::default() };
    Server::start(
        store,
        "type Note @model @access(ops: [ALL]) { id: Int! @id(auto: INCREMENT) text: String! }",
        settings,
    )
    .await
}

impl Server {
    async fn sign_in_anonymously(&self) -> String {
        match self.auth.sign_up(SignUp::default(), &home()).await.unwrap() {
            SignedUp::Session(session) => session.refresh_token,
            SignedUp::Pending(_) => panic!("an anonymous sign-up has a session"),
        }
    }

    async fn refresh(&self, token: &str, asker: &Asker) -> Result<String, Code> {
        match self.auth.refresh(token, asker).await {
            Ok(session) => Ok(session.refresh_token),
            Err(AuthError::Refused(refusal)) => Err(refusal.code),
            Err(error) => panic!("{error}"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is asked for its length by the environment")]
fn rotations(store: Store) -> u32 {
    let otherwise = if store == Store::Sqlite { ROTATIONS } else { ROTATIONS / 4 };
    std::env::var("ROTATIONS").ok().map_or(otherwise, |text| text.parse().unwrap())
}

async fn nobody_is_logged_out(store: Store) {
    let server = server(store).await;
    let mut rng = StdRng::seed_from_u64(11);
    // What the tabs and the renderer share: the browser's storage.
    let mut kept = server.sign_in_anonymously().await;
    let (mut rotated, mut lost) = (0, 0);
    while rotated < rotations(store) {
        // The access token runs out; sometimes the machine sleeps longer than any window but that of inactivity allows.
        let sleep = if rng.random_ratio(1, 8) { 8 * 3_600 } else { 3_600 };
        server.clock.pass(sleep);
        let before = kept.clone();
        // All three look before any has written. One of them may ask for a refresh although there was one just now.
        let mut seen = vec![kept.clone(); 3];
        if rng.random_ratio(1, 4) {
            seen.push(String::new());
        }
        for token in seen {
            let token = if token.is_empty() { kept.clone() } else { token };
            server.clock.pass(rng.random_range(0..5));
            let answer = server.refresh(&token, &home()).await;
            let next = answer.unwrap_or_else(|code| panic!("logged out by {code:?} after {rotated} rotations"));
            if rng.random_ratio(1, 3) {
                lost += 1;
            } else {
                kept = next;
            }
        }
        rotated += u32::from(kept != before);
    }
    assert!(lost > rotations(store) / 4, "only {lost} answers were lost");
    // The token of any earlier generation, in anybody's hand, ends it all.
    let stolen = kept.clone();
    for _ in 0..3 {
        server.clock.pass(3_600);
        kept = server.refresh(&kept, &home()).await.unwrap();
    }
    assert_eq!(server.refresh(&stolen, &thief()).await, Err(Code::RefreshTokenAlreadyUsed));
    assert_eq!(server.refresh(&kept, &home()).await, Err(Code::RefreshTokenAlreadyUsed));
}

async fn theft_is_found_out_whoever_is_first(store: Store) {
    let server = server(store).await;
    for thief_first in [true, false] {
        for late_s in [31, 3_600, 23 * 3_600] {
            let token = server.sign_in_anonymously().await;
            server.clock.pass(3_600);
            let (first, second) = if thief_first { (thief(), home()) } else { (home(), thief()) };
            let next = server.refresh(&token, &first).await.unwrap();
            server.clock.pass(late_s);
            assert_eq!(server.refresh(&token, &second).await, Err(Code::RefreshTokenAlreadyUsed), "{late_s}");
            assert_eq!(server.refresh(&next, &first).await, Err(Code::RefreshTokenAlreadyUsed), "{late_s}");
        }
    }
}

async fn sessions_end_of_themselves(store: Store) {
    let server = server(store).await;
    let token = server.sign_in_anonymously().await;
    server.clock.pass(14 * 24 * 3_600 + 1);
    assert_eq!(server.refresh(&token, &home()).await, Err(Code::SessionExpired));
}

async fn sixty_four_at_once_get_one_successor(store: Store) {
    let server = Arc::new(server(store).await);
    let token = server.sign_in_anonymously().await;
    let ask = || {
        let (server, token) = (Arc::clone(&server), token.clone());
        tokio::spawn(async move { server.refresh(&token, &home()).await.unwrap() })
    };
    let asked: Vec<_> = (0..64).map(|_| ask()).collect();
    let mut answers = Vec::new();
    for asked in asked {
        answers.push(asked.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "one successor");
    assert_ne!(answers[0], token);
}

on_each_store!(
    nobody_is_logged_out,
    theft_is_found_out_whoever_is_first,
    sessions_end_of_themselves,
    sixty_four_at_once_get_one_successor,
);
