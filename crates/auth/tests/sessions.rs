//! Tokens of sessions: signed with ES256, asked about once for every change of an account, good through a rotation of keys.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]

use backstay_auth::access_token::{AccessToken, AuthMethod};
use backstay_auth::account::{Assurance, Facts, Hold, Recheck};
use backstay_auth::{DeclaredRoles, Secret, SigningKey, TokenError, Verdict, Verifier, VerifierOptions, sign};
use backstay_plan::principal::Identity;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

const SECRET: &str = "a-secret-of-this-test-that-is-long-enough";
const ISSUER: &str = "https://api.example.com/auth/v1";
const NOW: i64 = 1_700_000_000;
const USER: Uuid = Uuid::from_u128(1);
const SESSION: Uuid = Uuid::from_u128(2);

struct Server {
    verifier: Verifier,
    counter: Arc<AtomicU64>,
    key: SigningKey,
}

fn key(seed: u64) -> SigningKey {
    SigningKey::generate(&mut StdRng::seed_from_u64(seed))
}

fn server() -> Server {
    let counter = Arc::new(AtomicU64::new(7));
    let count = Arc::clone(&counter);
    let verifier = Verifier::new(VerifierOptions {
        secret: Some(Secret::parse(SECRET).unwrap()),
        audience: Some("authenticated".to_owned()),
        issuer: Some(ISSUER.to_owned()),
        roles: DeclaredRoles::named(&["learner", "admin"]),
        changes: Some(Arc::new(move |_| count.load(Ordering::Acquire))),
        ..VerifierOptions::default()
    });
    let key = key(1);
    verifier.replace_keys(vec![key.verify_key()]).unwrap();
    Server { verifier, counter, key }
}

fn claims() -> Map<String, Value> {
    let Value::Object(app_metadata) = json!({"role": "learner"}) else { panic!("an object") };
    let methods = [AuthMethod { method: "password".to_owned(), at_s: NOW, provider: None }];
    let token = AccessToken {
        issuer: ISSUER,
        user_id: USER,
        session_id: SESSION,
        email: "ana@example.com",
        phone: "",
        app_metadata: &app_metadata,
        user_metadata: &Map::new(),
        assurance: Assurance::One,
        methods: &methods,
        is_anonymous: false,
        issued_at_s: NOW,
        life_s: 3600,
    };
    token.claims()
}

fn facts(roles: &[&str]) -> Facts {
    let roles = roles.iter().map(|&role| role.to_owned()).collect();
    Facts { session_alive: true, banned: false, roles, assurance: Assurance::One, hold: None }
}

impl Server {
    fn token(&self) -> String {
        self.key.sign(&claims()).unwrap()
    }

    #[track_caller]
    fn asked(&self, token: &str, now: i64) -> Recheck {
        match self.verifier.verify(token, now).unwrap() {
            Verdict::Recheck(asked) => asked,
            known @ (Verdict::Fresh(_) | Verdict::Held(..)) => panic!("not asked: {known:?}"),
        }
    }

    #[track_caller]
    fn fresh(&self, token: &str, now: i64) -> Arc<Identity> {
        self.verifier.verify(token, now).and_then(Verdict::fresh).unwrap()
    }

    #[track_caller]
    fn confirm(&self, token: &str, facts: &Facts) -> Result<Verdict, TokenError> {
        self.verifier.confirm(token, self.asked(token, NOW), facts, NOW)
    }
}

#[test]
fn asked_once_for_every_change() {
    let (server, other) = (server(), server());
    let token = server.token();
    assert_eq!(server.asked(&token, NOW), Recheck { session_id: SESSION, user_id: USER, counter: 7 });
    let said = server.confirm(&token, &facts(&["learner"])).unwrap().fresh().unwrap();
    assert_eq!(
        (said.uid.as_deref(), &said.roles.application[..]),
        (Some(USER.to_string().as_str()), &["learner".to_owned()][..])
    );
    assert!(Arc::ptr_eq(&said, &server.fresh(&token, NOW)), "the next use costs no question and no work");
    // A change of roles counts from the next use on.
    server.counter.fetch_add(1, Ordering::Release);
    assert_eq!(server.asked(&token, NOW).counter, 8);
    let said = server.confirm(&token, &facts(&["admin"])).unwrap().fresh().unwrap();
    assert_eq!((&said.roles.application[..], &said.claims["app_role"]), (&["admin".to_owned()][..], &json!("admin")));
    // The end of the session does, and it stays asked about.
    server.counter.fetch_add(1, Ordering::Release);
    for _ in 0..2 {
        let ended = Facts { session_alive: false, ..facts(&[]) };
        assert_eq!(server.confirm(&token, &ended).unwrap_err(), TokenError::SessionEnded);
    }
    let banned = Facts { banned: true, ..facts(&[]) };
    assert_eq!(server.confirm(&token, &banned).unwrap_err(), TokenError::Banned);
    // A server that nobody can ask refuses in words of its own.
    assert_eq!(other.verifier.verify(&token, NOW).and_then(Verdict::fresh).unwrap_err(), TokenError::NoSessions);
}

#[test]
fn a_change_during_the_answer_is_not_missed() {
    let server = server();
    let token = server.token();
    let asked = server.asked(&token, NOW);
    server.counter.fetch_add(1, Ordering::Release);
    server.verifier.confirm(&token, asked, &facts(&[]), NOW).unwrap();
    assert_eq!(server.asked(&token, NOW).counter, 8);
}

#[test]
fn an_answer_counts_for_a_minute_and_for_its_session() {
    let server = server();
    let token = server.token();
    server.confirm(&token, &facts(&[])).unwrap();
    server.fresh(&token, NOW + 59);
    server.asked(&token, NOW + 60);
    let other = Recheck { session_id: Uuid::from_u128(9), ..server.asked(&token, NOW + 60) };
    assert_eq!(server.verifier.confirm(&token, other, &facts(&[]), NOW).unwrap_err(), TokenError::SessionEnded);
    assert_eq!(
        server.verifier.confirm(&token, server.asked(&token, NOW + 60), &facts(&[]), NOW + 3631).unwrap_err(),
        TokenError::Expired
    );
}

#[test]
fn a_password_that_must_be_changed() {
    let server = server();
    let token = server.token();
    let must = Facts { hold: Some(Hold::PasswordChange), ..facts(&[]) };
    for verdict in [server.confirm(&token, &must).unwrap(), server.verifier.verify(&token, NOW).unwrap()] {
        assert!(matches!(verdict, Verdict::Held(..)));
        assert_eq!(verdict.fresh().unwrap_err(), TokenError::PasswordChangeRequired);
    }
}

#[test]
fn keys_change_while_serving() {
    let server = server();
    let (old, next) = (server.token(), key(2));
    let new = next.sign(&claims()).unwrap();
    server.confirm(&old, &facts(&[])).unwrap();
    assert_eq!(server.verifier.verify(&new, NOW).unwrap_err(), TokenError::Signature);
    // Both live: neither the old token nor the new one fails, and the old one is not even checked again.
    let said = server.fresh(&old, NOW);
    server.verifier.replace_keys(vec![server.key.verify_key(), next.verify_key()]).unwrap();
    assert!(Arc::ptr_eq(&said, &server.fresh(&old, NOW)));
    server.confirm(&new, &facts(&[])).unwrap();
    // The old key is withdrawn, and its tokens with it.
    let asked = server.asked(&old, NOW + 60);
    server.verifier.replace_keys(vec![next.verify_key()]).unwrap();
    assert_eq!(server.verifier.verify(&old, NOW).unwrap_err(), TokenError::Signature);
    assert_eq!(server.verifier.confirm(&old, asked, &facts(&[]), NOW).unwrap_err(), TokenError::Signature);
    server.fresh(&new, NOW);
    assert!(server.verifier.replace_keys(vec![next.verify_key(), next.verify_key()]).is_err());
    server.fresh(&new, NOW);
}

#[test]
fn without_a_counter_every_use_is_asked_about() {
    let server = server();
    let verifier = Verifier::new(VerifierOptions::default());
    verifier.replace_keys(vec![server.key.verify_key()]).unwrap();
    let token = server.token();
    for _ in 0..2 {
        let Verdict::Recheck(asked) = verifier.verify(&token, NOW).unwrap() else { panic!("not asked") };
        verifier.confirm(&token, asked, &facts(&[]), NOW).unwrap();
    }
}

#[test]
fn what_a_session_token_must_say() {
    let server = server();
    let check = |claim: &'static str, value: Value, expected: TokenError| {
        let mut claims = claims();
        claims.remove(claim);
        if !value.is_null() {
            claims.insert(claim.to_owned(), value);
        }
        let token = server.key.sign(&claims).unwrap();
        assert_eq!(
            server.verifier.verify(&token, NOW).unwrap_err(),
            expected,
            "{claim} {}",
            claims.get(claim).unwrap_or(&Value::Null)
        );
    };
    let missing = |claim| TokenError::SessionClaim { claim };
    check("exp", Value::Null, missing("exp"));
    check("exp", json!(NOW - 31), TokenError::Expired);
    check("nbf", json!(NOW + 31), TokenError::NotYetValid);
    check("iat", json!(NOW + 31), TokenError::IssuedAtFuture);
    check("exp", json!("1800000000"), TokenError::ClaimNotNumber { claim: "exp" });
    check("iss", Value::Null, missing("iss"));
    check("iss", json!([ISSUER]), missing("iss"));
    check("iss", json!("https://api.example.com/auth/v1/"), TokenError::WrongIssuer);
    check("iss", json!("https://evil.example/auth/v1"), TokenError::WrongIssuer);
    check("aud", Value::Null, missing("aud"));
    check("aud", json!([]), missing("aud"));
    check("aud", json!(["other"]), TokenError::WrongAudience);
    check("aud", json!("Authenticated"), TokenError::WrongAudience);
    check("aud", json!({}), TokenError::AudienceShape);
    check("sub", Value::Null, missing("sub"));
    check("sub", json!("ana"), missing("sub"));
    check("sub", json!(1), missing("sub"));
    check("sub", json!(USER.to_string().replace('-', "")), missing("sub"));
    check("session_id", Value::Null, missing("session_id"));
    check("session_id", json!({"$ne": null}), missing("session_id"));
    check("session_id", json!(format!("{{{SESSION}}}")), missing("session_id"));
    check("role", json!("service_role"), missing("role"));
    check("role", json!("anon"), missing("role"));
    check("role", json!("postgres"), TokenError::UnknownRole { role: "postgres".to_owned() });
}

#[test]
fn shared_secret_may_be_switched_off() {
    let secret = Secret::parse(SECRET).unwrap();
    let Value::Object(service) = json!({"role": "service_role"}) else { panic!("an object") };
    let legacy = sign(&secret, &service).unwrap();
    let options = || VerifierOptions {
        secret: Some(secret.clone()),
        service_key: Some(legacy.clone()),
        anon_key: Some("sb_publishable_0123456789abc".to_owned()),
        ..VerifierOptions::default()
    };
    assert!(Verifier::new(options()).verify(&legacy, NOW).is_ok());
    let strict = Verifier::new(VerifierOptions { legacy_hs256: false, ..options() });
    assert_eq!(strict.verify(&legacy, NOW).unwrap_err(), TokenError::NoSecret);
    strict.replace_keys(vec![key(1).verify_key()]).unwrap();
    assert_eq!(strict.verify(&legacy, NOW).unwrap_err(), TokenError::SharedSecretOff);
    assert!(strict.verify("sb_publishable_0123456789abc", NOW).is_ok());
    // A session's token signed with the secret is asked about like any other: the database knows whether it is ours.
    let server = server();
    assert_eq!(server.asked(&sign(&secret, &claims()).unwrap(), NOW).session_id, SESSION);
}
