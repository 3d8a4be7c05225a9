//! Who a credential stands for. In: the text after `Bearer` (or an API key) and the time. Out: a shared [`Identity`].
//! A verified token is remembered until it expires: checking a signature costs more than the whole read it is for.

use crate::keys::Secret;
use crate::roles::{DeclaredRoles, role_set};
use crate::token::{TokenError, TokenKey, Validity, check_audience};
use backstay_plan::principal::{Identity, RoleSet, WireRole};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// What a [`Verifier`] accepts.
#[derive(Debug, Clone)]
pub struct VerifierOptions {
    /// Secret of signed tokens; `None` refuses every signed token.
    pub secret: Option<Secret>,
    /// The anonymous key, where it is not a token signed with `secret`.
    pub anon_key: Option<String>,
    /// The service key, where it is not a token signed with `secret`.
    pub service_key: Option<String>,
    /// Audience that a token with `aud` must name.
    pub audience: Option<String>,
    /// Application roles that `role` may name.
    pub roles: DeclaredRoles,
    /// Verified tokens kept until they expire; one of more than a kibibyte counts once for each.
    pub cached_tokens_max: u32,
}

impl Default for VerifierOptions {
    fn default() -> Self {
        Self {
            secret: None,
            anon_key: None,
            service_key: None,
            audience: None,
            roles: DeclaredRoles::default(),
            cached_tokens_max: 10_000,
        }
    }
}

/// Checks credentials.
pub struct Verifier {
    key: Option<TokenKey>,
    opaque: Vec<(KeyHash, Arc<Identity>)>,
    audience: Option<String>,
    roles: RwLock<DeclaredRoles>,
    anonymous: Arc<Identity>,
    cache: Cache<Box<str>, Remembered, TokenWeight>,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("remembered", &self.cache.len()).finish_non_exhaustive()
    }
}

/// SHA-256 of an opaque key: comparing digests says nothing about the key by its timing.
type KeyHash = [u8; 32];

#[derive(Clone)]
struct Remembered {
    identity: Arc<Identity>,
    validity: Validity,
}

#[derive(Clone)]
struct TokenWeight;

impl Weighter<Box<str>, Remembered> for TokenWeight {
    fn weight(&self, token: &Box<str>, _: &Remembered) -> u64 {
        u64::try_from(token.len().div_ceil(1024)).unwrap_or(u64::MAX).max(1)
    }
}

impl Verifier {
    /// Makes the keys ready; nothing is parsed again later.
    #[must_use]
    pub fn new(options: VerifierOptions) -> Self {
        let opaque_key = |key: Option<String>, roles: RoleSet| {
            key.filter(|key| !key.is_empty()).map(|key| (digest(&key), Arc::new(identity_of(roles, Map::new()))))
        };
        // The service key first, so that two equal keys can only be a mistake of configuration that is seen at once.
        let opaque =
            [opaque_key(options.service_key, RoleSet::service()), opaque_key(options.anon_key, RoleSet::anonymous())];
        let cached_max = options.cached_tokens_max;
        Self {
            key: options.secret.as_ref().map(TokenKey::new),
            opaque: opaque.into_iter().flatten().collect(),
            audience: options.audience,
            roles: RwLock::new(options.roles),
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

    /// Checks a credential: a signed token, or an opaque key.
    ///
    /// # Errors
    /// [`TokenError`]; refused tokens are not remembered.
    pub fn verify(&self, token: &str, now_unix_s: i64) -> Result<Arc<Identity>, TokenError> {
        if let Some(known) = self.cache.get(token) {
            known.validity.check(now_unix_s).inspect_err(|_| {
                self.cache.remove(token);
            })?;
            return Ok(known.identity);
        }
        self.verify_unknown(token, now_unix_s)
    }

    /// Takes the roles of a changed schema, and forgets every token.
    pub fn replace_roles(&self, roles: DeclaredRoles) {
        let mut declared = self.roles.write().unwrap_or_else(PoisonError::into_inner);
        *declared = roles;
        self.cache.clear();
    }

    fn verify_unknown(&self, token: &str, now_unix_s: i64) -> Result<Arc<Identity>, TokenError> {
        if let Some(identity) = self.opaque(token) {
            return Ok(identity);
        }
        if token.starts_with("sb_") {
            return Err(TokenError::UnknownKey);
        }
        let key = self.key.as_ref().ok_or(TokenError::NoSecret)?;
        let claims = key.decode(token)?;
        let validity = Validity::of(&claims)?;
        validity.check(now_unix_s)?;
        check_audience(&claims, self.audience.as_deref())?;
        if claims.get("sub").is_some_and(|sub| !sub.is_string() && !sub.is_null()) {
            return Err(TokenError::SubjectNotString);
        }
        // Held until the token is remembered, so that no identity made with replaced roles stays.
        let declared = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        let identity = Arc::new(identity_of(role_set(&claims, &declared)?, claims));
        self.cache.insert(token.into(), Remembered { identity: Arc::clone(&identity), validity });
        Ok(identity)
    }

    fn opaque(&self, token: &str) -> Option<Arc<Identity>> {
        if self.opaque.is_empty() {
            return None;
        }
        let given = digest(token);
        self.opaque.iter().find(|(known, _)| *known == given).map(|(_, identity)| Arc::clone(identity))
    }
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
