//! Who a credential stands for. In: the text after `Bearer` (or an API key) and the time. Out: a [`Verdict`].
//! A verified token is remembered until it expires: checking a signature costs more than the whole read it is for.
//! The token of a session is asked about once for every change of its account; between changes that costs one load.

use crate::account::{ChangeCounter, Facts, Hold, Recheck, identity_now};
use crate::jwk::{Algorithm, Fingerprint, VerifyKey};
use crate::jws::{Keyring, KeyringError};
use crate::key_ring::{Client, KeyRing};
use crate::keys::Secret;
use crate::roles::{DeclaredRoles, role_set};
use crate::strict_json;
use crate::token::{TokenError, Validity, check_audience, check_issued};
use backstay_plan::principal::{Identity, RoleSet, WireRole};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// Seconds after which a session is asked about again although its account's counter did not move: a node that missed
/// the news of a change learns of it then.
const RECHECK_AFTER_S: i64 = 60;

/// What a [`Verifier`] accepts.
#[derive(Clone)]
pub struct VerifierOptions {
    /// Secret of tokens signed with HS256; `None` refuses them.
    pub secret: Option<Secret>,
    /// Whether tokens signed with `secret` are taken, the two API keys of that form among them.
    pub legacy_hs256: bool,
    /// The anonymous key, where it is not a token signed with `secret`.
    pub anon_key: Option<String>,
    /// The service key, where it is not a token signed with `secret`.
    pub service_key: Option<String>,
    /// Audience that a token with `aud` must name.
    pub audience: Option<String>,
    /// Issuer that tokens signed with ES256 must name.
    pub issuer: Option<String>,
    /// Application roles that `role` may name.
    pub roles: DeclaredRoles,
    /// Counts the changes of accounts; without it every use of a session's token is asked about.
    pub changes: Option<ChangeCounter>,
    /// Verified tokens kept until they expire; one of more than a kibibyte counts once for each.
    pub cached_tokens_max: u32,
}

impl Default for VerifierOptions {
    fn default() -> Self {
        Self {
            secret: None,
            legacy_hs256: true,
            anon_key: None,
            service_key: None,
            audience: None,
            issuer: None,
            roles: DeclaredRoles::default(),
            changes: None,
            cached_tokens_max: 10_000,
        }
    }
}

impl fmt::Debug for VerifierOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierOptions")
            .field("legacy_hs256", &self.legacy_hs256)
            .field("audience", &self.audience)
            .field("issuer", &self.issuer)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// What became of a credential whose signature and claims hold.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It stands for this caller.
    Fresh(Arc<Identity>),
    /// It stands for this caller, who has something to do before anything else.
    Held(Arc<Identity>, Hold),
    /// Nobody knows whether its session still holds: ask, then [`Verifier::confirm`].
    Recheck(Recheck),
}

impl Verdict {
    /// The caller, where nothing has to be asked or changed first.
    ///
    /// # Errors
    /// [`TokenError::NoSessions`] for a question that nobody can answer, [`TokenError::PasswordChangeRequired`],
    /// [`TokenError::SecondFactorRequired`].
    pub fn fresh(self) -> Result<Arc<Identity>, TokenError> {
        match self {
            Verdict::Fresh(identity) => Ok(identity),
            Verdict::Held(_, Hold::PasswordChange) => Err(TokenError::PasswordChangeRequired),
            Verdict::Held(_, Hold::SecondFactor) => Err(TokenError::SecondFactorRequired),
            Verdict::Recheck(_) => Err(TokenError::NoSessions),
        }
    }
}

/// Checks credentials.
pub struct Verifier {
    trust: RwLock<Trust>,
    opaque: Vec<(KeyHash, Arc<Identity>)>,
    keys: KeyRing,
    audience: Option<String>,
    issuer: Option<String>,
    changes: Option<ChangeCounter>,
    anonymous: Arc<Identity>,
    cache: Cache<Box<str>, Arc<Remembered>, TokenWeight>,
}

/// What may change while tokens are checked.
struct Trust {
    keys: Keyring,
    roles: DeclaredRoles,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("remembered", &self.cache.len()).finish_non_exhaustive()
    }
}

/// SHA-256 of an opaque key: comparing digests says nothing about the key by its timing.
type KeyHash = [u8; 32];

/// A token that was verified.
struct Remembered {
    /// As signed.
    signed: Arc<Identity>,
    validity: Validity,
    key: Fingerprint,
    session: Option<SessionOf>,
    confirmed: Option<Confirmed>,
}

/// Whose token it is.
#[derive(Clone, Copy)]
struct SessionOf {
    session_id: Uuid,
    user_id: Uuid,
}

/// What the database said last.
struct Confirmed {
    identity: Arc<Identity>,
    counter: u64,
    at_s: i64,
    hold: Option<Hold>,
}

#[derive(Clone)]
struct TokenWeight;

impl Weighter<Box<str>, Arc<Remembered>> for TokenWeight {
    fn weight(&self, token: &Box<str>, _: &Arc<Remembered>) -> u64 {
        u64::try_from(token.len().div_ceil(1024)).unwrap_or(u64::MAX).max(1)
    }
}

impl Verifier {
    /// Makes the keys ready; nothing is parsed again later.
    #[must_use]
    pub fn new(options: VerifierOptions) -> Self {
        let legacy = options.legacy_hs256;
        let secret =
            options.secret.filter(|_| legacy).and_then(|secret| VerifyKey::hs256(None, secret.as_bytes()).ok());
        let opaque_key = |key: Option<String>, roles: RoleSet| {
            // An API key of three parts is a token, and falls with the secret that signed it.
            key.filter(|key| !key.is_empty() && (legacy || !key.contains('.')))
                .map(|key| (digest(&key), Arc::new(identity_of(roles, Map::new()))))
        };
        // The service key first, so that two equal keys can only be a mistake of configuration that is seen at once.
        let opaque =
            [opaque_key(options.service_key, RoleSet::service()), opaque_key(options.anon_key, RoleSet::anonymous())];
        let cached_max = options.cached_tokens_max;
        let keys = Keyring::new(Vec::new(), secret).unwrap_or_default();
        Self {
            trust: RwLock::new(Trust { keys, roles: options.roles }),
            opaque: opaque.into_iter().flatten().collect(),
            keys: KeyRing::default(),
            audience: options.audience,
            issuer: options.issuer,
            changes: options.changes,
            anonymous: Arc::new(identity_of(RoleSet::anonymous(), Map::new())),
            cache: Cache::with_weighter(cached_max.min(1024) as usize, u64::from(cached_max), TokenWeight),
        }
    }

    /// The identity of a caller without a credential.
    #[must_use]
    pub fn anonymous(&self) -> Arc<Identity> {
        Arc::clone(&self.anonymous)
    }

    /// Number of tokens that are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.cache.len()
    }

    /// The API keys of the database.
    #[must_use]
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Checks a credential of a program: a signed token, or an opaque key.
    ///
    /// # Errors
    /// [`TokenError`]; refused tokens are not remembered.
    pub fn verify(&self, token: &str, now_unix_s: i64) -> Result<Verdict, TokenError> {
        self.verify_from(token, Client::Program, now_unix_s)
    }

    /// Checks a credential: a signed token, or an opaque key, which may be one for programs only.
    ///
    /// # Errors
    /// [`TokenError`]; refused tokens are not remembered.
    pub fn verify_from(&self, token: &str, client: Client, now_unix_s: i64) -> Result<Verdict, TokenError> {
        if let Some(known) = self.recall(token, now_unix_s)? {
            return Ok(self.verdict(&known, now_unix_s));
        }
        if let Some(identity) = self.opaque(token) {
            return Ok(Verdict::Fresh(identity));
        }
        if let Some(outcome) = self.keys.admit(token, client, now_unix_s) {
            return outcome.map(Verdict::Fresh);
        }
        let known = self.admit(token, now_unix_s)?;
        Ok(self.verdict(&known, now_unix_s))
    }

    /// Takes the answer to a [`Verdict::Recheck`] of this token, remembers it, and says who the caller is.
    ///
    /// # Errors
    /// [`TokenError`]: the session has ended, the user is banned, or the token has expired meanwhile.
    pub fn confirm(&self, token: &str, asked: Recheck, facts: &Facts, now_unix_s: i64) -> Result<Verdict, TokenError> {
        let known = match self.recall(token, now_unix_s)? {
            Some(known) => known,
            None => self.admit(token, now_unix_s)?,
        };
        // An answer about another session says nothing about this one.
        let Some(session) = known.session.filter(|of| of.session_id == asked.session_id && of.user_id == asked.user_id)
        else {
            return Err(TokenError::SessionEnded);
        };
        let identity = Arc::new(identity_now(&known.signed, facts)?);
        let hold = facts.hold;
        let confirmed = Confirmed { identity: Arc::clone(&identity), counter: asked.counter, at_s: now_unix_s, hold };
        let remembered = Remembered {
            signed: Arc::clone(&known.signed),
            validity: known.validity,
            key: known.key,
            session: Some(session),
            confirmed: Some(confirmed),
        };
        // Only in place of an entry that is there: a key that was withdrawn meanwhile has taken its tokens along.
        let _ = self.cache.replace(token.into(), Arc::new(remembered), false);
        Ok(caller(identity, hold))
    }

    /// Takes the roles of a changed schema, and forgets every token.
    pub fn replace_roles(&self, roles: DeclaredRoles) {
        let mut trust = self.trust.write().unwrap_or_else(PoisonError::into_inner);
        trust.roles = roles;
        self.cache.clear();
    }

    /// Takes the public keys that tokens may be signed with from now on. Tokens of keys that stay are not checked again;
    /// tokens of keys that are gone are forgotten.
    ///
    /// # Errors
    /// [`KeyringError`]; the keys are as before.
    pub fn replace_keys(&self, keys: Vec<VerifyKey>) -> Result<(), KeyringError> {
        let mut trust = self.trust.write().unwrap_or_else(PoisonError::into_inner);
        trust.keys = trust.keys.with_named(keys)?;
        self.cache.retain(|_, known| trust.keys.iter().any(|key| key.fingerprint() == known.key));
        Ok(())
    }

    fn recall(&self, token: &str, now_unix_s: i64) -> Result<Option<Arc<Remembered>>, TokenError> {
        let Some(known) = self.cache.get(token) else { return Ok(None) };
        known.validity.check(now_unix_s).inspect_err(|_| {
            self.cache.remove(token);
        })?;
        Ok(Some(known))
    }

    /// Checks a token that is not remembered, and remembers it.
    fn admit(&self, token: &str, now_unix_s: i64) -> Result<Arc<Remembered>, TokenError> {
        if token.starts_with("sb_") {
            return Err(TokenError::UnknownKey);
        }
        // Held until the token is remembered, so that nothing stays that rests on replaced roles or keys.
        let trust = self.trust.read().unwrap_or_else(PoisonError::into_inner);
        let opened = trust.keys.open(token)?;
        let claims = match strict_json::parse(&opened.payload).ok_or(TokenError::Undecodable)? {
            Value::Object(claims) => claims,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                return Err(TokenError::ClaimsNotObject);
            }
        };
        let validity = Validity::of(&claims)?;
        validity.check(now_unix_s)?;
        check_audience(&claims, self.audience.as_deref())?;
        let session = match opened.key.algorithm() {
            Algorithm::Hs256 if !claims.contains_key("session_id") => None,
            Algorithm::Hs256 => Some(session_of(&claims)?),
            Algorithm::Es256 => {
                check_issued(&claims, self.issuer.as_deref(), self.audience.as_deref())?;
                Some(session_of(&claims)?)
            }
        };
        if claims.get("sub").is_some_and(|sub| !sub.is_string() && !sub.is_null()) {
            return Err(TokenError::SubjectNotString);
        }
        let roles = role_set(&claims, &trust.roles)?;
        if session.is_some() && roles.wire != WireRole::Authenticated {
            return Err(TokenError::SessionClaim { claim: "role" });
        }
        let signed = Arc::new(identity_of(roles, claims));
        let key = opened.key.fingerprint();
        let known = Arc::new(Remembered { signed, validity, key, session, confirmed: None });
        self.cache.insert(token.into(), Arc::clone(&known));
        Ok(known)
    }

    fn verdict(&self, known: &Remembered, now_unix_s: i64) -> Verdict {
        let Some(SessionOf { session_id, user_id }) = known.session else {
            return Verdict::Fresh(Arc::clone(&known.signed));
        };
        let counter = self.changes.as_ref().map(|count| count(user_id));
        match &known.confirmed {
            Some(confirmed)
                if Some(confirmed.counter) == counter
                    && now_unix_s.abs_diff(confirmed.at_s) < RECHECK_AFTER_S.unsigned_abs() =>
            {
                caller(Arc::clone(&confirmed.identity), confirmed.hold)
            }
            Some(_) | None => Verdict::Recheck(Recheck { session_id, user_id, counter: counter.unwrap_or(0) }),
        }
    }

    fn opaque(&self, token: &str) -> Option<Arc<Identity>> {
        if self.opaque.is_empty() {
            return None;
        }
        let given = digest(token);
        self.opaque.iter().find(|(known, _)| bool::from(known.ct_eq(&given))).map(|(_, identity)| Arc::clone(identity))
    }
}

fn caller(identity: Arc<Identity>, hold: Option<Hold>) -> Verdict {
    match hold {
        Some(hold) => Verdict::Held(identity, hold),
        None => Verdict::Fresh(identity),
    }
}

/// The session and the user of a token that has to have both.
fn session_of(claims: &Map<String, Value>) -> Result<SessionOf, TokenError> {
    let id = |claim: &'static str| {
        let text = claims.get(claim).and_then(Value::as_str);
        // One spelling only, so that an id compares as text everywhere else.
        let id = text.and_then(|text| Uuid::parse_str(text).ok().filter(|id| id.to_string() == text));
        id.ok_or(TokenError::SessionClaim { claim })
    };
    Ok(SessionOf { session_id: id("session_id")?, user_id: id("sub")? })
}

fn digest(text: &str) -> KeyHash {
    Sha256::digest(text.as_bytes()).into()
}

/// `sub` counts for callers that are not anonymous.
fn identity_of(roles: RoleSet, claims: Map<String, Value>) -> Identity {
    let sub = claims.get("sub").and_then(Value::as_str).filter(|sub| !sub.is_empty());
    let uid = match roles.wire {
        WireRole::Anonymous => None,
        WireRole::Authenticated | WireRole::Service => sub.map(str::to_owned),
    };
    Identity { roles, uid, claims }
}
