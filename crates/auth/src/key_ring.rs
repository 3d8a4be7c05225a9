//! The API keys of the database, ready to be checked at every request. In: stored keys, then text from requests.
//! Out: who a key stands for, and which keys were used since it was last asked.

use crate::api_key::{KeyDigest, KeyKind, KeyRefused, StoredKey, parse};
use crate::token::TokenError;
use backstay_plan::principal::{Identity, RoleSet, WireRole};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

/// Claim that names the key; limits that count by key count by it.
pub const KEY_CLAIM: &str = "api_key";

/// Least time between two notes about one secret key that came from a browser, seconds.
const SIGHTING_GAP_S: i64 = 60;

/// What a request comes from, as far as its headers tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// A program.
    Program,
    /// A browser, which everybody who uses it can look into: no place for a secret key.
    Browser,
}

/// A key of the database.
#[derive(Debug)]
pub struct Known {
    /// Its row.
    pub id: Uuid,
    stored: StoredKey,
    identity: Arc<Identity>,
    used_at_s: AtomicI64,
    /// The last use that the database knows of.
    written_at_s: AtomicI64,
    sighted_at_s: AtomicI64,
}

impl Known {
    /// A key, and when the database says that it was used last (unix seconds).
    #[must_use]
    pub fn new(id: Uuid, stored: StoredKey, last_used_at_s: Option<i64>) -> Self {
        let identity = Arc::new(identity(id, &stored));
        let used = last_used_at_s.unwrap_or(0);
        Self {
            id,
            stored,
            identity,
            used_at_s: AtomicI64::new(used),
            written_at_s: AtomicI64::new(used),
            sighted_at_s: AtomicI64::new(i64::MIN),
        }
    }
}

/// A key that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    /// Which.
    pub id: Uuid,
    /// When last, unix seconds.
    pub at_s: i64,
    /// Whether it was never used before.
    pub first: bool,
}

/// All keys that are not revoked, those that have expired among them.
#[derive(Debug, Default)]
pub struct KeyRing(RwLock<HashMap<[u8; 32], Arc<Known>>>);

impl KeyRing {
    /// Takes other keys in place of those that were there. What was used and is not written yet is kept.
    pub fn replace(&self, keys: Vec<Known>) {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *ring);
        for key in keys {
            let digest = *key.stored.digest.as_bytes();
            if let Some(old) = before.get(&digest) {
                key.used_at_s.fetch_max(old.used_at_s.load(Ordering::Relaxed), Ordering::Relaxed);
                key.sighted_at_s.store(old.sighted_at_s.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            ring.insert(digest, Arc::new(key));
        }
    }

    /// Who a key stands for; `None` for text that is no key of the kind that databases hold.
    ///
    /// # Errors
    /// [`TokenError::UnknownKey`] (also when it was revoked), [`TokenError::KeyExpired`], [`TokenError::SecretInBrowser`].
    pub fn admit(&self, text: &str, client: Client, now_s: i64) -> Option<Result<Arc<Identity>, TokenError>> {
        let parsed = match parse(text) {
            Ok(parsed) => parsed,
            Err(KeyRefused::NotAKey) => return None,
            Err(_) => return Some(Err(TokenError::UnknownKey)),
        };
        let Some(key) = self.known(&parsed.digest) else { return Some(Err(TokenError::UnknownKey)) };
        Some(match key.stored.admit(&parsed, now_s) {
            Ok(()) if key.stored.kind == KeyKind::Secret && client == Client::Browser => {
                Err(TokenError::SecretInBrowser)
            }
            Ok(()) => {
                if key.used_at_s.load(Ordering::Relaxed) < now_s {
                    key.used_at_s.fetch_max(now_s, Ordering::Relaxed);
                }
                Ok(Arc::clone(&key.identity))
            }
            Err(KeyRefused::Expired) => Err(TokenError::KeyExpired),
            Err(KeyRefused::NotAKey | KeyRefused::Mistyped | KeyRefused::Unknown | KeyRefused::Revoked) => {
                Err(TokenError::UnknownKey)
            }
        })
    }

    /// The secret key that just came from a browser, when that is to be noted: not more often than once a minute.
    #[must_use]
    pub fn sighted(&self, text: &str, now_s: i64) -> Option<Uuid> {
        let key = self.known(&parse(text).ok()?.digest)?;
        let before = key.sighted_at_s.load(Ordering::Relaxed);
        if before.saturating_add(SIGHTING_GAP_S) > now_s {
            return None;
        }
        let first = key.sighted_at_s.compare_exchange(before, now_s, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        first.then_some(key.id)
    }

    /// Keys that were used since the database was told.
    #[must_use]
    pub fn uses(&self) -> Vec<Use> {
        let ring = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = |key: &Arc<Known>| {
            let (used, written) = (key.used_at_s.load(Ordering::Relaxed), key.written_at_s.load(Ordering::Relaxed));
            (used > written).then_some(Use { id: key.id, at_s: used, first: written == 0 })
        };
        ring.values().filter_map(fresh).collect()
    }

    /// The database was told of these.
    pub fn written(&self, uses: &[Use]) {
        let ring = self.0.read().unwrap_or_else(PoisonError::into_inner);
        for key in ring.values() {
            if let Some(told) = uses.iter().find(|told| told.id == key.id) {
                key.written_at_s.fetch_max(told.at_s, Ordering::Relaxed);
            }
        }
    }

    fn known(&self, digest: &KeyDigest) -> Option<Arc<Known>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(digest.as_bytes()).map(Arc::clone)
    }
}

fn identity(id: Uuid, key: &StoredKey) -> Identity {
    let (roles, wire) = match key.kind {
        KeyKind::Publishable => (RoleSet::anonymous(), "anon"),
        KeyKind::Secret => (RoleSet::service(), "service_role"),
        KeyKind::Custom => {
            let application = key.role.iter().cloned().collect();
            (RoleSet { wire: WireRole::Authenticated, application }, "authenticated")
        }
    };
    let mut claims: Map<String, Value> = key.claims.clone();
    claims.insert("role".to_owned(), json!(wire));
    claims.insert(KEY_CLAIM.to_owned(), json!(id));
    if let Some(role) = key.role.as_ref().filter(|_| key.kind == KeyKind::Custom) {
        claims.insert("app_metadata".to_owned(), json!({ "role": role }));
        claims.insert("app_role".to_owned(), json!(role));
    }
    if !key.scopes.is_empty() {
        claims.insert(backstay_plan::scope::CLAIM.to_owned(), json!(key.scopes));
    }
    let uid = match key.kind {
        KeyKind::Publishable => None,
        KeyKind::Secret | KeyKind::Custom => claims.get("sub").and_then(Value::as_str).map(str::to_owned),
    };
    Identity { roles, uid, claims }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_key::{NewKey, generate};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    fn new(kind: KeyKind) -> NewKey {
        generate(&mut StdRng::seed_from_u64(kind.lead().len() as u64), kind)
    }

    fn stored(key: &NewKey) -> StoredKey {
        StoredKey {
            kind: key.parsed.kind,
            digest: key.parsed.digest,
            role: None,
            claims: Map::new(),
            scopes: Vec::new(),
            expires_at_s: None,
            revoked_at_s: None,
        }
    }

    fn ring(keys: &[(&NewKey, StoredKey)]) -> KeyRing {
        let ring = KeyRing::default();
        ring.replace(keys.iter().map(|(_, stored)| Known::new(Uuid::from_u128(7), stored.clone(), None)).collect());
        ring
    }

    #[test]
    fn who_a_key_stands_for() {
        let (publishable, secret, custom) = (new(KeyKind::Publishable), new(KeyKind::Secret), new(KeyKind::Custom));
        let machine =
            StoredKey { role: Some("teacher".to_owned()), scopes: vec!["rest:read".to_owned()], ..stored(&custom) };
        let ring = ring(&[(&publishable, stored(&publishable)), (&secret, stored(&secret)), (&custom, machine)]);
        let of = |text: &str| ring.admit(text, Client::Program, 10).unwrap().unwrap();
        assert_eq!(of(&publishable.text).roles, RoleSet::anonymous());
        assert_eq!(of(&secret.text).roles, RoleSet::service());
        let machine = of(&custom.text);
        assert_eq!(
            (machine.roles.wire, &*machine.roles.application),
            (WireRole::Authenticated, &["teacher".to_owned()][..])
        );
        assert_eq!(machine.claims["api_scopes"], json!(["rest:read"]));
        assert_eq!(machine.uid, None);
    }

    #[test]
    fn refused() {
        let (secret, gone) = (new(KeyKind::Secret), new(KeyKind::Custom));
        let ring = ring(&[(&secret, StoredKey { expires_at_s: Some(100), ..stored(&secret) })]);
        let outcome = |text: &str, client, now| ring.admit(text, client, now).map(|found| found.map(|_| ()));
        assert_eq!(outcome(&secret.text, Client::Program, 99), Some(Ok(())));
        assert_eq!(outcome(&secret.text, Client::Program, 100), Some(Err(TokenError::KeyExpired)));
        assert_eq!(outcome(&secret.text, Client::Browser, 99), Some(Err(TokenError::SecretInBrowser)));
        assert_eq!(outcome(&gone.text, Client::Program, 99), Some(Err(TokenError::UnknownKey)));
        assert_eq!(outcome("sb_secret_x", Client::Program, 99), Some(Err(TokenError::UnknownKey)));
        assert_eq!(outcome("a.b.c", Client::Program, 99), None);
        ring.replace(Vec::new());
        assert_eq!(outcome(&secret.text, Client::Program, 99), Some(Err(TokenError::UnknownKey)), "revoked");
    }

    #[test]
    fn uses_are_told_once() {
        let secret = new(KeyKind::Secret);
        let ring = ring(&[(&secret, stored(&secret))]);
        assert_eq!(ring.uses(), []);
        drop(ring.admit(&secret.text, Client::Program, 50));
        let uses = ring.uses();
        assert_eq!(uses, [Use { id: Uuid::from_u128(7), at_s: 50, first: true }]);
        ring.written(&uses);
        assert_eq!(ring.uses(), []);
        drop(ring.admit(&secret.text, Client::Program, 60));
        assert_eq!(ring.uses(), [Use { id: Uuid::from_u128(7), at_s: 60, first: false }]);
        // A browser is noted once a minute.
        assert!(ring.sighted(&secret.text, 60).is_some());
        assert!(ring.sighted(&secret.text, 119).is_none());
        assert!(ring.sighted(&secret.text, 120).is_some());
    }
}
