//! Second factors: random messages against a model of which codes prove what. A session has two factors after exactly those messages that
//! hold a proof of the second one, and nothing that only two may do is done with one. `SEQUENCES` is how many; 2,000 is the long form.

use crate::place::Store;
use crate::server::{LEARNERS, PASSWORD, Server, bearer, home, new_password, sequences};
use backstay_auth::account::{AccountFacts as _, Assurance, Recheck};
use backstay_auth::mfa::FactorProof;
use backstay_auth::own_account::Change;
use backstay_auth::refusal::AuthError;
use backstay_auth::session::Session;
use backstay_auth::settings::Settings;
use backstay_auth::totp::TotpSecret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::collections::BTreeMap;
use uuid::Uuid;

const MESSAGES: u32 = 60;
const STEP_S: i64 = 30;
const CHALLENGE_LIFE_S: i64 = 300;
const UNPROVEN_LIFE_S: i64 = 300;
const PAUSES_S: [i64; 5] = [1, 29, 31, 97, 401];

struct Begun {
    id: Uuid,
    is_alive: bool,
    has_two: bool,
    /// The factor that was proven; none for a recovery code.
    factor: Option<Uuid>,
    /// The refresh token that counts, and those of before the step-up.
    refresh: String,
    outdated: Vec<String>,
}

struct Factor {
    id: Uuid,
    secret: TotpSecret,
    is_verified: bool,
    last_step: i64,
    created_s: i64,
}

struct Question {
    id: Uuid,
    factor: Uuid,
    session: Uuid,
    until_s: i64,
    is_answered: bool,
}

struct World {
    server: Server,
    rng: StdRng,
    email: String,
    password: String,
    user: Uuid,
    sessions: Vec<Begun>,
    factors: Vec<Factor>,
    questions: Vec<Question>,
    recovery: Vec<String>,
    used: Vec<String>,
    named: u32,
}

async fn only_a_proof_gives_a_session_its_second_factor(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    let mut world = World {
        server,
        rng: StdRng::seed_from_u64(0),
        email: String::new(),
        password: String::new(),
        user: Uuid::nil(),
        sessions: Vec::new(),
        factors: Vec::new(),
        questions: Vec::new(),
        recovery: Vec::new(),
        used: Vec::new(),
        named: 0,
    };
    let mut done = BTreeMap::<&str, u32>::new();
    for sequence in 0..sequences(store, 40) {
        world.begin(sequence).await;
        for message in 0..MESSAGES {
            let (what, succeeded) = world.message().await;
            *done.entry(what).or_default() += u32::from(succeeded);
            world.check(&format!("sequence {sequence}, message {message}: {what}")).await;
        }
    }
    let few = if store == Store::Sqlite { 5 } else { 1 };
    for what in ["prove", "recover", "unenrol", "recovery codes", "change password", "refresh"] {
        assert!(done.get(what).is_some_and(|count| *count > few), "{what} hardly ever succeeded: {done:?}");
    }
}

impl World {
    async fn begin(&mut self, sequence: u32) {
        self.rng = StdRng::seed_from_u64(sequence.into());
        self.email = format!("ana.{sequence}@example.com");
        PASSWORD.clone_into(&mut self.password);
        self.sessions.clear();
        self.factors.clear();
        self.questions.clear();
        self.recovery.clear();
        self.used.clear();
        let session = self.server.person(&self.email).await;
        self.user = session.user.account.id;
        self.keep(&session);
    }

    fn keep(&mut self, session: &Session) {
        self.sessions.push(Begun {
            id: session.id,
            is_alive: true,
            has_two: false,
            factor: None,
            refresh: session.refresh_token.clone(),
            outdated: Vec::new(),
        });
    }

    async fn message(&mut self) -> (&'static str, bool) {
        match self.rng.random_range(0..100) {
            0..10 => ("sign in", self.sign_in().await),
            10..18 => ("pause", self.pause()),
            18..26 => ("enrol", self.enrol().await),
            26..46 => ("challenge", self.challenge().await),
            46..72 => ("prove", self.prove().await),
            72..79 => ("recover", self.recover().await),
            79..84 => ("recovery codes", self.recovery_codes().await),
            84..89 => ("unenrol", self.unenrol().await),
            89..93 => ("change password", self.change_password().await),
            _ => ("refresh", self.refresh().await),
        }
    }

    fn now_s(&self) -> i64 {
        self.server.clock.now_s()
    }

    fn has_verified(&self) -> bool {
        self.factors.iter().any(|factor| factor.is_verified)
    }

    /// A session that is alive: the doors let no other through.
    fn any_session(&mut self) -> Option<usize> {
        let alive: Vec<usize> = (0..self.sessions.len()).filter(|at| self.sessions[*at].is_alive).collect();
        alive.choose(&mut self.rng).copied()
    }

    fn any_factor(&mut self) -> Option<usize> {
        (!self.factors.is_empty()).then(|| self.rng.random_range(0..self.factors.len()))
    }

    fn bearer(&self, at: usize) -> backstay_auth::asker::Bearer {
        let session = &self.sessions[at];
        bearer(self.user, session.id, if session.has_two { "aal2" } else { "aal1" })
    }

    async fn sign_in(&mut self) -> bool {
        let session = self.server.sign_in(&self.email, &self.password).await.unwrap();
        assert_eq!(aal(&session), "aal1", "a password alone is one factor");
        self.keep(&session);
        true
    }

    fn pause(&mut self) -> bool {
        let pause_s = *PAUSES_S.choose(&mut self.rng).unwrap();
        self.server.clock.pass(pause_s);
        true
    }

    async fn enrol(&mut self) -> bool {
        let Some(at) = self.any_session() else { return false };
        self.named += 1;
        let name = Some(format!("phone {}", self.named));
        let allowed = self.factors.len() < 10 && (self.sessions[at].has_two || !self.has_verified());
        let outcome = self.server.auth.enrol(&self.bearer(at), (name, None), &home()).await;
        assert_eq!(outcome.is_ok(), allowed, "{outcome:?}");
        let Ok(enrolled) = outcome else { return false };
        let now_s = self.now_s();
        self.factors.retain(|factor| factor.is_verified || now_s - factor.created_s <= UNPROVEN_LIFE_S);
        let secret = TotpSecret::from_bytes(&base32(&enrolled.secret)).unwrap();
        self.factors.push(Factor { id: enrolled.id, secret, is_verified: false, last_step: -1, created_s: now_s });
        true
    }

    async fn challenge(&mut self) -> bool {
        let (Some(at), Some(factor)) = (self.any_session(), self.any_factor()) else { return false };
        let factor = self.factors[factor].id;
        let (id, _) = self.server.auth.challenge_factor(&self.bearer(at), factor, &home()).await.unwrap();
        let until_s = self.now_s() + CHALLENGE_LIFE_S;
        self.questions.push(Question { id, factor, session: self.sessions[at].id, until_s, is_answered: false });
        true
    }

    /// A code: of this factor or another one, of now, of before or of later, or none.
    fn any_code(&mut self, factor: usize) -> String {
        let other = self.any_factor().unwrap();
        let factor = if self.rng.random_ratio(5, 6) { factor } else { other };
        let off = *[0, 0, 0, -1, 1, -2, 2, -5].choose(&mut self.rng).unwrap();
        if self.rng.random_ratio(1, 10) {
            return "000000".to_owned();
        }
        let at_s = u64::try_from(self.now_s() + off * STEP_S).unwrap();
        self.factors[factor].secret.code_at(at_s)
    }

    async fn prove(&mut self) -> bool {
        let question = self.questions.iter().rposition(|_| self.rng.random_bool(0.6));
        let Some(question) = question else { return false };
        let (asked_by, of) = (self.questions[question].session, self.questions[question].factor);
        let mine = self.sessions.iter().position(|session| session.id == asked_by && session.is_alive);
        let session = if self.rng.random_ratio(5, 6) { mine } else { self.any_session() };
        let named = self.factors.iter().position(|factor| factor.id == of);
        let factor = if self.rng.random_ratio(7, 8) { named } else { self.any_factor() };
        let (Some(at), Some(factor)) = (session, factor) else { return false };
        let code = self.any_code(factor);
        let (now_s, asked, factor_row) = (self.now_s(), &self.questions[question], &self.factors[factor]);
        let alive = asked.factor == factor_row.id
            && asked.session == self.sessions[at].id
            && !asked.is_answered
            && asked.until_s > now_s;
        let step = (-1..=1).map(|off| now_s / STEP_S + off).find(|step| {
            let at_s = u64::try_from(step * STEP_S).unwrap();
            *step > factor_row.last_step && factor_row.secret.code_at(at_s) == code
        });
        let proof = FactorProof::Totp { factor_id: factor_row.id, challenge_id: asked.id, code };
        let outcome = self.server.auth.prove_factor(&self.bearer(at), &proof, &home()).await;
        let proven = step.filter(|_| alive);
        assert_eq!(outcome.is_ok(), proven.is_some(), "{proof:?} {:?}", outcome.as_ref().err());
        let (Ok(session), Some(step)) = (outcome, proven) else { return false };
        self.questions[question].is_answered = true;
        self.factors[factor].last_step = step;
        self.factors[factor].is_verified = true;
        self.stepped_up(at, Some(of), &session);
        true
    }

    async fn recover(&mut self) -> bool {
        let Some(at) = self.any_session() else { return false };
        let used = self.used.choose(&mut self.rng).cloned();
        let fresh = self.recovery.choose(&mut self.rng).cloned();
        let code = if self.rng.random_bool(0.6) { fresh.or(used) } else { used };
        let code = code.unwrap_or_else(|| "aaaa-bbbb-cccc-dddd".to_owned());
        let right = self.recovery.contains(&code);
        let outcome =
            self.server.auth.prove_factor(&self.bearer(at), &FactorProof::Recovery(code.clone()), &home()).await;
        assert_eq!(outcome.is_ok(), right, "{code} {:?}", outcome.as_ref().err());
        let Ok(session) = outcome else { return false };
        self.recovery.retain(|each| *each != code);
        self.used.push(code);
        self.stepped_up(at, None, &session);
        true
    }

    /// The model after a step-up: sessions of one factor end, older refresh tokens are worth nothing.
    fn stepped_up(&mut self, at: usize, factor: Option<Uuid>, session: &Session) {
        assert_eq!((session.id, aal(session)), (self.sessions[at].id, "aal2".to_owned()));
        for (other, each) in self.sessions.iter_mut().enumerate() {
            each.is_alive &= other == at || each.has_two;
        }
        let own = &mut self.sessions[at];
        (own.has_two, own.factor) = (true, factor);
        own.outdated.push(std::mem::replace(&mut own.refresh, session.refresh_token.clone()));
    }

    async fn recovery_codes(&mut self) -> bool {
        let Some(at) = self.any_session() else { return false };
        let allowed = self.sessions[at].has_two && self.has_verified();
        let outcome = self.server.auth.new_recovery_codes(&self.bearer(at), &home()).await;
        assert_eq!(outcome.is_ok(), allowed, "{:?}", outcome.as_ref().err());
        let Ok(codes) = outcome else { return false };
        let before = std::mem::replace(&mut self.recovery, codes);
        self.used.extend(before);
        true
    }

    async fn unenrol(&mut self) -> bool {
        let (Some(at), Some(factor)) = (self.any_session(), self.any_factor()) else { return false };
        let (id, is_verified) = (self.factors[factor].id, self.factors[factor].is_verified);
        let allowed = self.sessions[at].has_two || !is_verified;
        let outcome = self.server.auth.unenrol(&self.bearer(at), id, &home()).await;
        assert_eq!(outcome.is_ok(), allowed, "{outcome:?}");
        if !allowed {
            return false;
        }
        self.factors.remove(factor);
        for session in self.sessions.iter_mut().filter(|session| session.factor == Some(id)) {
            (session.has_two, session.factor) = (false, None);
        }
        if !self.has_verified() {
            let before = std::mem::take(&mut self.recovery);
            self.used.extend(before);
        }
        true
    }

    async fn change_password(&mut self) -> bool {
        let Some(at) = self.any_session() else { return false };
        self.named += 1;
        let password = new_password(self.named);
        let change = Change {
            password: Some(password.clone()),
            current_password: Some(self.password.clone()),
            ..Change::default()
        };
        let allowed = self.sessions[at].has_two || !self.has_verified();
        let outcome = self.server.auth.change_own(&self.bearer(at), change, &home()).await;
        assert_eq!(outcome.is_ok(), allowed, "{:?}", outcome.as_ref().err());
        if !allowed {
            return false;
        }
        self.password = password;
        for (other, session) in self.sessions.iter_mut().enumerate() {
            session.is_alive &= other == at;
        }
        true
    }

    /// A refresh gives no more than the session has, and nothing for a token of before the step-up.
    async fn refresh(&mut self) -> bool {
        let Some(at) = self.any_session() else { return false };
        let outdated = self.sessions[at].outdated.choose(&mut self.rng).filter(|_| self.rng.random_bool(0.2)).cloned();
        let Some(token) = outdated else {
            let session = self.server.auth.refresh(&self.sessions[at].refresh, &home()).await.unwrap();
            let expected = if self.sessions[at].has_two { "aal2" } else { "aal1" };
            assert_eq!(aal(&session), expected);
            self.sessions[at].refresh = session.refresh_token;
            return true;
        };
        match self.server.auth.refresh(&token, &home()).await {
            Ok(_) => panic!("a refresh token of before the step-up was taken"),
            // A tab that was overtaken a moment ago; nothing ends.
            Err(AuthError::Busy) => {}
            // A thief, perhaps.
            Err(AuthError::Refused(_)) => self.sessions[at].is_alive = false,
            Err(error) => panic!("{error}"),
        }
        false
    }

    /// The server's sessions are those of the model, with as many factors.
    async fn check(&self, after: &str) {
        for session in &self.sessions {
            let recheck = Recheck { session_id: session.id, user_id: self.user, counter: 0 };
            let facts = self.server.auth.facts(recheck).await.unwrap();
            let assurance = if session.has_two { Assurance::Two } else { Assurance::One };
            let expected = (session.is_alive, if session.is_alive { assurance } else { facts.assurance });
            assert_eq!((facts.session_alive, facts.assurance), expected, "{after}: session {}", session.id);
        }
    }
}

/// The claim of a session's access token.
fn aal(session: &Session) -> String {
    let claims = URL_SAFE_NO_PAD.decode(session.access_token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["aal"].as_str().unwrap().to_owned()
}

/// Bytes of a text in base 32 (RFC 4648), without padding.
fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for symbol in text.bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'2'..=b'7' => symbol - b'2' + 26,
            other => panic!("{other} is no symbol of base 32"),
        };
        bits = (bits << 5) | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).unwrap());
        }
    }
    bytes
}

on_each_store!(only_a_proof_gives_a_session_its_second_factor,);
