//! What tokens cost. Out: one line for each operation, the median and the best of several rounds, in nanoseconds.
//! One thread, no HTTP, no database; the token is the one of a session, as this server signs it.

use anyhow::{Context as _, Result};
use backstay_auth::access_token::{AccessToken, AuthMethod};
use backstay_auth::account::{Assurance, Facts};
use backstay_auth::refresh::{FamilyKey, RefreshToken};
use backstay_auth::{SigningKey, Verdict, Verifier, VerifierOptions};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value};
use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use uuid::Uuid;

const ROUNDS: usize = 301;
const NOW_S: i64 = 1_800_000_000;

fn main() -> Result<()> {
    let mut rng = StdRng::seed_from_u64(1);
    let key = SigningKey::generate(&mut rng);
    let claims = claims();
    let token = key.sign(&claims)?;
    let counters: Arc<Vec<AtomicU64>> = Arc::new((0..1024).map(AtomicU64::new).collect());
    let changes = Arc::new(move |user: Uuid| {
        let [low, high, ..] = user.into_bytes();
        counters[usize::from(u16::from_le_bytes([low, high])) % 1024].load(Ordering::Acquire)
    });
    let verifier = Verifier::new(VerifierOptions { changes: Some(changes), ..VerifierOptions::default() });
    verifier.replace_keys(vec![key.verify_key()]).context("one key")?;
    let Verdict::Recheck(asked) = verifier.verify(&token, NOW_S)? else {
        anyhow::bail!("the session is not asked about")
    };
    let facts = Facts {
        session_alive: true,
        banned: false,
        roles: vec!["learner".to_owned()],
        assurance: Assurance::One,
        hold: None,
    };
    verifier.confirm(&token, asked, &facts, NOW_S)?;
    report("verify, remembered", 5000, || verifier.verify(black_box(&token), NOW_S).map(black_box).is_ok())?;
    report("confirm after a change", 200, || verifier.confirm(black_box(&token), asked, &facts, NOW_S).is_ok())?;
    report("sign ES256, claims and all", 5, || key.sign(black_box(&claims)).map(black_box).is_ok())?;
    let ring = backstay_auth::jws::Keyring::new(vec![key.verify_key()], None).context("one key")?;
    report("verify ES256, not remembered", 5, || {
        ring.open(black_box(&token)).map(|opened| black_box(opened).payload).is_ok()
    })?;
    let family = FamilyKey::generate(&mut rng);
    let refresh = RefreshToken::new(Uuid::from_u128(2), 300, &family).encode();
    report("read and check a refresh token", 1000, || {
        RefreshToken::decode(black_box(&refresh)).is_ok_and(|token| token.is_of(&family))
    })
}

fn claims() -> Map<String, Value> {
    let mut app_metadata = Map::new();
    app_metadata.insert("provider".to_owned(), "email".into());
    app_metadata.insert("role".to_owned(), "learner".into());
    let methods = [AuthMethod { method: "password".to_owned(), at_s: NOW_S, provider: None }];
    let token = AccessToken {
        issuer: "https://api.example.com/auth/v1",
        user_id: Uuid::from_u128(1),
        session_id: Uuid::from_u128(2),
        email: "ana@example.com",
        phone: "",
        app_metadata: &app_metadata,
        user_metadata: &Map::new(),
        assurance: Assurance::One,
        methods: &methods,
        is_anonymous: false,
        issued_at_s: NOW_S,
        life_s: 3600,
    };
    token.claims()
}

/// Runs one operation many times in rounds of a millisecond or two, so that on a busy machine some rounds are undisturbed. Fails when the operation does: nothing fast is of use then.
fn report(name: &str, iterations: u32, operation: impl Fn() -> bool) -> Result<()> {
    let mut rounds_ns: Vec<f64> = Vec::with_capacity(ROUNDS);
    for _ in 0..=ROUNDS {
        let start = Instant::now();
        let failed = (0..iterations).filter(|_| !operation()).count();
        let took = start.elapsed();
        anyhow::ensure!(failed == 0, "{name}: {failed} of {iterations} failed");
        rounds_ns.push(took.as_secs_f64() * 1e9 / f64::from(iterations));
    }
    rounds_ns.remove(0);
    rounds_ns.sort_by(f64::total_cmp);
    writeln!(std::io::stdout(), "{name:32} {:10.0} ns median {:10.0} ns best", rounds_ns[ROUNDS / 2], rounds_ns[0])?;
    Ok(())
}
