//! What mails open: random messages against a model of which codes and links are alive. A session, a code for the client that waits or a new
//! password comes of exactly those messages that hold their proof. `SEQUENCES` is how many sequences; 2,000 is the long form.

use crate::place::Store;
use crate::server::{LEARNERS, Letter, PASSWORD, Server, bearer, code_of, home, new_password, sequences};
use backstay_auth::account::{AccountFacts as _, Recheck};
use backstay_auth::flow_state::ChallengePair;
use backstay_auth::mailed_code::{AskCode, Resend};
use backstay_auth::own_account::Change;
use backstay_auth::pkce_grant::PkceGrant;
use backstay_auth::plain_reset::ResetProof;
use backstay_auth::refusal::{AuthError, Code};
use backstay_auth::settings::Settings;
use backstay_auth::verify::{Answer, Proven, Verified};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use uuid::Uuid;

const MESSAGES: u32 = 60;
const CODE_LIFE_S: i64 = 600;
const LINK_LIFE_S: i64 = 3_600;
const TRIES: u32 = 5;
/// Neither these nor few of them together are the length of a life.
const PAUSES_S: [i64; 6] = [1, 31, 307, 401, 701, 3_701];
const KINDS: [&str; 6] = ["signup", "invite", "magiclink", "recovery", "email", "email_change"];
const GARBAGE: [&str; 4] = ["", "000000", "12345", "not a code"];

/// A code and a link that were mailed, or the token that such a code was exchanged for.
#[derive(Debug, Clone)]
struct Slot {
    /// None once it was exchanged.
    code: Option<String>,
    link: String,
    code_until_s: i64,
    link_until_s: i64,
    tries: u32,
    drops_prior: bool,
    /// Of the client that waits for the link.
    verifier: Option<String>,
}

#[derive(Debug)]
struct Person {
    id: Uuid,
    email: String,
    is_proven: bool,
    password: Option<String>,
    /// By purpose.
    slots: BTreeMap<&'static str, Slot>,
    pending: Option<String>,
    /// Whether the present address has agreed, and the new one.
    halves: [bool; 2],
}

#[derive(Debug)]
struct Begun {
    id: Uuid,
    person: usize,
    is_alive: bool,
    at_s: i64,
}

/// A code that a link led to, for the client that waits.
#[derive(Debug)]
struct Waiting {
    code: Uuid,
    verifier: String,
    person: usize,
    at_s: i64,
    session: Option<usize>,
}

/// What a proof opens.
#[derive(Debug, PartialEq, Eq)]
enum Opens {
    Session,
    Code,
    Half,
    Nothing,
}

struct World {
    server: Server,
    rng: StdRng,
    people: Vec<Person>,
    /// Everything that was ever mailed.
    letters: Vec<Letter>,
    tokens: Vec<String>,
    verifiers: Vec<String>,
    sessions: Vec<Begun>,
    waiting: Vec<Waiting>,
    named: u32,
}

/// Purposes that a type of verification looks at, in their order.
fn purposes(kind: &str) -> &'static [&'static str] {
    match kind {
        "signup" => &["signup"],
        "invite" => &["invite"],
        "magiclink" => &["magiclink"],
        "recovery" => &["recovery"],
        "email" => &["signup", "invite", "magiclink"],
        _ => &["email_change_new", "email_change_current"],
    }
}

/// The type of verification that a letter is meant for.
fn fitting(letter: &Letter) -> Option<&'static str> {
    match letter.template.as_str() {
        "confirmation" => Some("signup"),
        "magic_link" => Some("magiclink"),
        "recovery" => Some("recovery"),
        "email_change" => Some("email_change"),
        _reauthentication => None,
    }
}

async fn only_a_proof_opens(store: Store) {
    let server = Server::start(store, LEARNERS, Settings::default()).await;
    let rng = StdRng::seed_from_u64(0);
    let (people, letters, tokens, verifiers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (sessions, waiting) = (Vec::new(), Vec::new());
    let mut world = World { server, rng, people, letters, tokens, verifiers, sessions, waiting, named: 0 };
    let mut opened = BTreeMap::<&str, u32>::new();
    for sequence in 0..sequences(store, 40) {
        world.begin(sequence).await;
        for message in 0..MESSAGES {
            let (what, done) = world.message().await;
            *opened.entry(what).or_default() += u32::from(done);
            world.check(&format!("sequence {sequence}, message {message}: {what}")).await;
        }
        world.check_passwords(sequence).await;
    }
    let few = if store == Store::Sqlite { 5 } else { 1 };
    // A model that refuses everything would agree with a server that does.
    for what in ["verify", "exchange", "reset", "code exchange", "change password"] {
        assert!(opened.get(what).is_some_and(|count| *count > few), "{what} hardly ever succeeded: {opened:?}");
    }
}

impl World {
    /// Two people who are not in any sequence before: one is proven, the other is not.
    async fn begin(&mut self, sequence: u32) {
        self.rng = StdRng::seed_from_u64(sequence.into());
        self.people.clear();
        self.letters.clear();
        self.tokens.clear();
        self.sessions.clear();
        self.waiting.clear();
        self.verifiers = (0..2).map(|n| format!("{n}{}", "v".repeat(42))).collect();
        let session = self.server.person(&format!("ana.{sequence}@example.com")).await;
        self.sessions.push(Begun { id: session.id, person: 0, is_alive: true, at_s: self.server.clock.now_s() });
        self.add(session.user.account.id, format!("ana.{sequence}@example.com"), true);
        let email = format!("bo.{sequence}@example.com");
        self.server.sign_up(&email).await.unwrap();
        let id = self.id_of(&email).await;
        self.add(id, email, false);
        self.receive(None, false).await;
    }

    fn add(&mut self, id: Uuid, email: String, is_proven: bool) {
        self.people.push(Person {
            id,
            email,
            is_proven,
            password: Some(PASSWORD.to_owned()),
            slots: BTreeMap::new(),
            pending: None,
            halves: [false; 2],
        });
    }

    async fn id_of(&self, email: &str) -> Uuid {
        #[derive(serde::Deserialize)]
        struct Row {
            id: Uuid,
        }
        let read = backstay_engine::ask::read("auth_users").columns(&["id"]).eq("email", email);
        self.server.rows::<Row>(read).await.remove(0).id
    }

    /// Takes what was mailed into the model. `drops_prior` is whether a confirmation was asked for by a code.
    async fn receive(&mut self, verifier: Option<&str>, drops_prior: bool) {
        let now_s = self.server.clock.now_s();
        for letter in self.server.mails().await {
            if letter.template.ends_with("_notification") {
                continue;
            }
            let mine = |person: &Person| letter.to == person.email || person.pending.as_ref() == Some(&letter.to);
            let person = self.people.iter_mut().find(|person| mine(person)).unwrap();
            let (purpose, drops_prior) = match letter.template.as_str() {
                "confirmation" => ("signup", drops_prior),
                "magic_link" => ("magiclink", false),
                "recovery" => ("recovery", !person.is_proven),
                "reauthentication" => ("reauthentication", false),
                "email_change" if person.pending.as_ref() == Some(&letter.to) => ("email_change_new", false),
                "email_change" => ("email_change_current", false),
                other => panic!("a mail of another kind: {other}"),
            };
            let slot = Slot {
                code: Some(letter.code.clone()),
                link: letter.link.clone(),
                code_until_s: now_s + CODE_LIFE_S,
                link_until_s: now_s + LINK_LIFE_S,
                tries: 0,
                drops_prior,
                verifier: verifier.map(str::to_owned),
            };
            person.slots.insert(purpose, slot);
            self.letters.push(letter);
        }
    }

    /// Sends one message. Out: what it was, and whether it opened something.
    async fn message(&mut self) -> (&'static str, bool) {
        match self.rng.random_range(0..100) {
            0..24 => ("ask", self.ask().await),
            24..30 => {
                let pause_s = *PAUSES_S.choose(&mut self.rng).unwrap();
                self.server.clock.pass(pause_s);
                ("pause", false)
            }
            30..58 => ("verify", self.verify().await),
            58..66 => ("exchange", self.exchange().await),
            66..75 => ("reset", self.reset().await),
            75..85 => ("code exchange", self.exchange_code().await),
            85..89 => ("change address", self.change_address().await),
            _ => ("change password", self.change_password().await),
        }
    }

    fn any_person(&mut self) -> usize {
        self.rng.random_range(0..self.people.len())
    }

    /// An address: mostly the right one.
    fn any_address(&mut self, right: &str) -> String {
        let person = self.any_person();
        match self.rng.random_range(0..8) {
            0 => "nobody@example.com".to_owned(),
            1 => self.people[person].email.clone(),
            _ => right.to_owned(),
        }
    }

    /// A letter, of late more often than of old.
    fn any_letter(&mut self) -> Option<Letter> {
        let behind = self.rng.random_range(0..6_usize).min(self.rng.random_range(0..6));
        self.letters.iter().rev().nth(behind).or(self.letters.last()).cloned()
    }

    /// The last letter of a kind, mostly.
    fn letter_like(&mut self, template: &str) -> Option<Letter> {
        let last = self.letters.iter().rev().find(|letter| letter.template == template).cloned();
        if self.rng.random_bool(0.7) { last } else { self.any_letter() }
    }

    /// A mailed code and the address that it was sent to, or something else.
    fn any_code(&mut self, letter: Option<Letter>) -> (String, String) {
        let garbage = (*GARBAGE.choose(&mut self.rng).unwrap()).to_owned();
        match letter {
            Some(letter) if self.rng.random_ratio(5, 6) => (self.any_address(&letter.to), letter.code),
            letter => (letter.map_or_else(String::new, |letter| letter.to), garbage),
        }
    }

    async fn ask(&mut self) -> bool {
        let person = self.any_person();
        let email = self.people[person].email.clone();
        let verifier = self.rng.random_bool(0.5).then(|| self.verifiers.choose(&mut self.rng).unwrap().clone());
        let challenge = ChallengePair {
            challenge: verifier.as_ref().map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))),
            method: verifier.as_ref().map(|_| "s256".to_owned()),
        };
        let email_said = Some(email.clone());
        let by_code = self.rng.random_range(0..4);
        match by_code {
            0 => self.server.auth.recover(&email, &challenge, None, &home()).await.unwrap(),
            1 => {
                let said = AskCode { email: email_said, challenge, ..AskCode::default() };
                self.server.auth.send_code(said, &home()).await.unwrap();
            }
            2 => {
                let said = Resend { kind: "signup".to_owned(), email: email_said, challenge, ..Resend::default() };
                self.server.auth.resend(said, &home()).await.unwrap();
            }
            _ => {
                let said =
                    Resend { kind: "email_change".to_owned(), email: email_said, challenge, ..Resend::default() };
                self.server.auth.resend(said, &home()).await.unwrap();
            }
        }
        self.receive(verifier.as_deref(), by_code == 1).await;
        true
    }

    /// Which purpose a code opens. Counts a try at every live code that is looked at.
    fn opened_by_code(
        &mut self,
        person: Option<usize>,
        purposes: &[&'static str],
        typed: &str,
    ) -> Option<&'static str> {
        let now_s = self.server.clock.now_s();
        let person = &mut self.people[person?];
        for purpose in purposes {
            let Some(slot) = person.slots.get_mut(purpose) else { continue };
            let Some(code) = slot.code.clone() else { continue };
            if slot.code_until_s <= now_s || slot.tries >= TRIES {
                continue;
            }
            slot.tries += 1;
            if code == typed {
                return Some(*purpose);
            }
        }
        None
    }

    /// Whom and what a link opens.
    fn opened_by_link(&self, purposes: &[&'static str], link: &str) -> Option<(usize, &'static str)> {
        let now_s = self.server.clock.now_s();
        let fits = |slot: &Slot| !link.is_empty() && slot.link == link && slot.link_until_s > now_s;
        self.people.iter().enumerate().find_map(|(at, person)| {
            let purpose = purposes.iter().find(|purpose| person.slots.get(*purpose).is_some_and(fits))?;
            Some((at, *purpose))
        })
    }

    fn person_of(&self, email: &str) -> Option<usize> {
        self.people.iter().position(|person| person.email == email)
    }

    async fn verify(&mut self) -> bool {
        let letter = self.any_letter();
        let kind = *KINDS.choose(&mut self.rng).unwrap();
        let fitting = letter.as_ref().and_then(fitting).filter(|_| self.rng.random_bool(0.7));
        let kind = fitting.unwrap_or(kind);
        let answer = if self.rng.random_bool(0.5) { Answer::Flow } else { Answer::Session };
        let (proven, opened) = if self.rng.random_bool(0.5) {
            let (email, token) = self.any_code(letter);
            let mut person = self.person_of(&email);
            let mut looked_at = purposes(kind);
            if kind == "email_change" {
                let pending = |person: &Person| person.pending.as_deref() == Some(&email);
                if person.is_none_or(|at| self.people[at].pending.is_none()) {
                    person = self.people.iter().position(pending).or(person);
                }
                let is_new = person.is_some_and(|at| pending(&self.people[at]));
                looked_at = if is_new { &["email_change_new"] } else { &["email_change_current"] };
            }
            let opened = self.opened_by_code(person, looked_at, &token);
            (Proven::Code { email, token }, person.zip(opened))
        } else {
            let token = self.any_link(letter);
            let opened = self.opened_by_link(purposes(kind), &token);
            // What a code was exchanged for is no link.
            let opened = opened.filter(|(person, purpose)| self.people[*person].slots[purpose].code.is_some());
            (Proven::Link { token }, opened)
        };
        let expected = opened.map_or(Opens::Nothing, |(person, purpose)| self.open(person, purpose, answer));
        let outcome = self.server.auth.verify(kind, &proven, answer, &home()).await;
        let found = match &outcome {
            Ok(Verified::Session(_)) => Opens::Session,
            Ok(Verified::Code(_)) => Opens::Code,
            Ok(Verified::Half) => Opens::Half,
            // An empty address is told that it is none.
            Err(AuthError::Refused(refusal)) if matches!(refusal.code, Code::OtpExpired | Code::ValidationFailed) => {
                Opens::Nothing
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found, expected, "{kind} by {proven:?}, {answer:?}");
        let at_s = self.server.clock.now_s();
        match outcome {
            Ok(Verified::Session(session)) => {
                let (person, _) = opened.unwrap();
                assert_eq!(session.user.account.id, self.people[person].id);
                self.sessions.push(Begun { id: session.id, person, is_alive: true, at_s });
            }
            Ok(Verified::Code(code)) => self.waiting.last_mut().unwrap().code = code,
            Ok(Verified::Half) | Err(_) => {}
        }
        found != Opens::Nothing
    }

    fn any_link(&mut self, letter: Option<Letter>) -> String {
        match self.rng.random_range(0..8) {
            0 => self.tokens.choose(&mut self.rng).cloned().unwrap_or_default(),
            1 => (*GARBAGE.choose(&mut self.rng).unwrap()).to_owned(),
            _ => letter.map(|letter| letter.link).unwrap_or_default(),
        }
    }

    /// What a right proof does to the model.
    fn open(&mut self, at: usize, purpose: &'static str, answer: Answer) -> Opens {
        let at_s = self.server.clock.now_s();
        let person = &mut self.people[at];
        let slot = person.slots.remove(purpose).unwrap();
        if let Some(half) = ["email_change_current", "email_change_new"].iter().position(|each| *each == purpose) {
            if !person.halves[1 - half] {
                person.halves[half] = true;
                return Opens::Half;
            }
            person.email = person.pending.take().unwrap();
            person.halves = [false; 2];
        }
        person.is_proven = true;
        if slot.drops_prior {
            person.password = None;
            self.sessions
                .iter_mut()
                .filter(|session| session.person == at)
                .for_each(|session| session.is_alive = false);
        }
        person.slots.clear();
        match slot.verifier.filter(|_| answer == Answer::Flow) {
            Some(verifier) => {
                self.waiting.push(Waiting { code: Uuid::nil(), verifier, person: at, at_s, session: None });
                Opens::Code
            }
            None => Opens::Session,
        }
    }

    /// The code of a reset for a token.
    async fn exchange(&mut self) -> bool {
        let letter = self.letter_like("recovery");
        let (email, code) = self.any_code(letter);
        let person = self.person_of(&email);
        let opened = self.opened_by_code(person, &["recovery"], &code).is_some();
        let outcome = self.server.auth.exchange_reset_code(&email, &code, &home()).await;
        assert_eq!(outcome.is_ok(), opened, "{email} {code} {outcome:?}");
        let Ok((token, life_s)) = outcome else { return false };
        let until_s = self.server.clock.now_s() + i64::try_from(life_s).unwrap();
        let slot = self.people[person.unwrap()].slots.get_mut("recovery").unwrap();
        *slot = Slot { code: None, link: token.clone(), link_until_s: until_s, code_until_s: until_s, ..slot.clone() };
        self.tokens.push(token);
        true
    }

    async fn reset(&mut self) -> bool {
        self.named += 1;
        let password = new_password(self.named);
        let (proof, person) = if self.rng.random_bool(0.5) {
            let letter = self.letter_like("recovery");
            let (email, otp) = self.any_code(letter);
            let person = self.person_of(&email);
            let opened = self.opened_by_code(person, &["recovery"], &otp);
            (ResetProof::Code { email, otp }, person.filter(|_| opened.is_some()))
        } else {
            let (last, letter) = (self.tokens.last().cloned(), self.letter_like("recovery"));
            let last = last.filter(|_| self.rng.random_bool(0.7));
            let token = last.unwrap_or_else(|| self.any_link(letter));
            let opened = self.opened_by_link(&["recovery"], &token).map(|(person, _)| person);
            (ResetProof::Token(token), opened.filter(|person| self.people[*person].slots["recovery"].code.is_none()))
        };
        let outcome = self.server.auth.reset_password(proof.clone(), &password, &home()).await;
        assert_eq!(outcome.is_ok(), person.is_some(), "{proof:?} {outcome:?}");
        let Some(at) = person else { return false };
        let person = &mut self.people[at];
        (person.is_proven, person.password) = (true, Some(password));
        person.slots.clear();
        self.sessions.iter_mut().filter(|session| session.person == at).for_each(|session| session.is_alive = false);
        self.receive(None, false).await;
        true
    }

    async fn exchange_code(&mut self) -> bool {
        if self.waiting.is_empty() {
            return false;
        }
        let last = self.waiting.len() - 1;
        let at = if self.rng.random_bool(0.6) { last } else { self.rng.random_range(0..=last) };
        let verifier = self.verifiers.choose(&mut self.rng).unwrap().clone();
        let now_s = self.server.clock.now_s();
        let waiting = &self.waiting[at];
        let (person, used) = (waiting.person, waiting.session);
        let opens = used.is_none() && waiting.verifier == verifier && now_s <= waiting.at_s + 300;
        let grant = PkceGrant { auth_code: waiting.code.to_string(), code_verifier: verifier };
        let outcome = self.server.auth.exchange_code(&grant, &home()).await;
        assert_eq!(outcome.is_ok(), opens, "{waiting:?} at {now_s} {outcome:?}");
        // The second use of a code ends the session of the first.
        if let Some(session) = used {
            self.sessions[session].is_alive = false;
        }
        let Ok(exchanged) = outcome else { return false };
        self.waiting[at].session = Some(self.sessions.len());
        self.sessions.push(Begun { id: exchanged.session.id, person, is_alive: true, at_s: now_s });
        true
    }

    /// A session of somebody that is alive: the doors let no other through.
    fn any_session(&mut self) -> Option<(Uuid, usize, i64)> {
        let alive: Vec<&Begun> = self.sessions.iter().filter(|session| session.is_alive).collect();
        alive.choose(&mut self.rng).map(|session| (session.id, session.person, session.at_s))
    }

    async fn change_address(&mut self) -> bool {
        let Some((session, at, _)) = self.any_session() else { return false };
        self.named += 1;
        let new = format!("new.{}@example.com", self.named);
        let change = Change { email: Some(new.clone()), ..Change::default() };
        let bearer = bearer(self.people[at].id, session, "aal1");
        self.server.auth.change_own(&bearer, change, &home()).await.unwrap();
        (self.people[at].pending, self.people[at].halves) = (Some(new), [false; 2]);
        self.receive(None, false).await;
        true
    }

    async fn change_password(&mut self) -> bool {
        let Some((session, at, begun_s)) = self.any_session() else { return false };
        let bearer = bearer(self.people[at].id, session, "aal1");
        if self.rng.random_bool(0.3) {
            self.server.auth.reauthenticate(&bearer, &home()).await.unwrap();
            self.receive(None, false).await;
            return false;
        }
        let letter = self.letter_like("reauthentication").filter(|_| self.rng.random_bool(0.6));
        let nonce = letter.map(|letter| self.any_code(Some(letter)).1).filter(|code| !code.is_empty());
        let fresh = self.server.clock.now_s() - begun_s < 900;
        let allowed = match &nonce {
            Some(nonce) => self.opened_by_code(Some(at), &["reauthentication"], nonce).is_some(),
            None => fresh || self.people[at].password.is_none(),
        };
        self.named += 1;
        let password = new_password(self.named);
        let change = Change { password: Some(password.clone()), nonce, ..Change::default() };
        let outcome = self.server.auth.change_own(&bearer, change, &home()).await;
        assert_eq!(outcome.is_ok(), allowed, "{:?}", code_of(outcome));
        if !allowed {
            return false;
        }
        self.people[at].password = Some(password);
        self.people[at].slots.clear();
        let others = self.sessions.iter_mut().filter(|each| each.person == at && each.id != session);
        others.for_each(|each| each.is_alive = false);
        self.receive(None, false).await;
        true
    }

    /// The server's sessions are those of the model.
    async fn check(&self, after: &str) {
        for session in &self.sessions {
            let user_id = self.people[session.person].id;
            let recheck = Recheck { session_id: session.id, user_id, counter: 0 };
            let facts = self.server.auth.facts(recheck).await.unwrap();
            assert_eq!(facts.session_alive, session.is_alive, "{after}: {session:?}");
        }
    }

    /// The server's passwords are those of the model.
    async fn check_passwords(&self, sequence: u32) {
        for person in &self.people {
            let password = person.password.clone().unwrap_or_else(|| PASSWORD.to_owned());
            let found = code_of(self.server.sign_in(&person.email, &password).await);
            let expected = match (&person.password, person.is_proven) {
                (None, _) => Some(Code::InvalidCredentials),
                (Some(_), false) => Some(Code::EmailNotConfirmed),
                (Some(_), true) => None,
            };
            assert_eq!(found, expected, "sequence {sequence}: {person:?}");
        }
    }
}

on_each_store!(only_a_proof_opens,);
