//! API keys in the database: made, shown, revoked. In: an [`Admin`] and what a key is to be. Out: rows, and a key once.
//! Whoever changes them here changes the ring of the verifier before the answer.

use crate::admin::{Admin, invalid};
use crate::api_key::{self, KeyDigest, KeyKind, StoredKey};
use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::instant;
use crate::key_ring::Known;
use crate::one_time::{hex, unhex};
use crate::refusal::{AuthError, Code};
use crate::service::Auth;
use backstay_engine::steps::Step;
use backstay_engine::{Engine, Failure, ask};
use backstay_plan::scope;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Longest name, characters.
const NAME_MAX: usize = 100;

/// Claims that say who a key is, and so are not chosen.
const FIXED: [&str; 8] = ["role", "app_role", "app_metadata", "api_key", "api_scopes", "session_id", "aal", "exp"];

const COLUMNS: &[&str] = &[
    "id",
    "prefix",
    "hash",
    "name",
    "kind",
    "role",
    "claims",
    "scopes",
    "created_by",
    "created_at",
    "expires_at",
    "last_used_at",
    "revoked_at",
];

/// What a key is to be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WantedKey {
    /// For people.
    pub name: String,
    /// `publishable`, `secret`, `custom`.
    pub kind: String,
    /// Application role of a custom key.
    pub role: Option<String>,
    /// Claims of a custom key that row rules read.
    pub claims: Option<Map<String, Value>>,
    /// What a custom key may be used for, such as `rest:read`; none is everything that its role may do.
    pub scopes: Option<Vec<String>>,
    /// When it ends, RFC 3339.
    pub expires_at: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Row {
    id: Uuid,
    prefix: String,
    hash: String,
    name: String,
    kind: String,
    role: Option<String>,
    claims: Map<String, Value>,
    scopes: Vec<String>,
    created_by: Option<Uuid>,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    revoked_at: Option<String>,
}

impl Row {
    /// What may be shown.
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "prefix": self.prefix,
            "role": self.role,
            "claims": self.claims,
            "scopes": self.scopes,
            "created_by": self.created_by,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "last_used_at": self.last_used_at,
            "revoked_at": self.revoked_at,
        })
    }

    fn known(&self) -> Option<Known> {
        let seconds = |text: &Option<String>| text.as_deref().and_then(instant::micros).map(|at| at / 1_000_000);
        let stored = StoredKey {
            kind: kind(&self.kind)?,
            digest: KeyDigest::from_bytes(unhex(&self.hash)?.try_into().ok()?),
            role: self.role.clone(),
            claims: self.claims.clone(),
            scopes: self.scopes.clone(),
            expires_at_s: seconds(&self.expires_at),
            revoked_at_s: seconds(&self.revoked_at),
        };
        Some(Known::new(self.id, stored, seconds(&self.last_used_at)))
    }
}

impl Auth {
    /// Makes a key. Its text is in the answer and nowhere else.
    ///
    /// # Errors
    /// `validation_failed`; `not_admin` for a key that could do more than the administrator.
    pub async fn create_key(&self, admin: &Admin, wanted: &WantedKey, asker: &Asker) -> Result<Value, AuthError> {
        self.admit_admin(admin).await?;
        let kind = self.checked_key(admin, wanted)?;
        let new = self.with_rng(|rng| api_key::generate(rng, kind));
        let id = self.new_id();
        let mut row = ask::insert("auth_api_keys")
            .set("id", json!(id))
            .set("prefix", new.parsed.prefix.as_str())
            .set("hash", hex(new.parsed.digest.as_bytes()))
            .set("name", wanted.name.trim())
            .set("kind", wanted.kind.as_str())
            .set("role", json!(wanted.role))
            .set("claims", Value::Object(wanted.claims.clone().unwrap_or_default()))
            .set("scopes", json!(wanted.scopes.clone().unwrap_or_default()))
            .set("created_by", json!(admin.person().map(|bearer| bearer.user_id)));
        if let Some(end) = wanted.expires_at.as_deref() {
            row = row.set("expires_at", end);
        }
        let entry = admin.entry("api_key_created", About::Token, id, asker).with("name", wanted.name.trim());
        let steps = vec![Step::system(row), entry.with("kind", wanted.kind.as_str()).step()];
        self.commit(steps).await.map_err(AuthError::store)?;
        self.reload_keys().await?;
        let read = ask::read("auth_api_keys").columns(COLUMNS).eq("id", json!(id));
        let row: Row =
            self.rows(read).await?.into_iter().next().ok_or(AuthError::Internal("a new key is not there"))?;
        let mut out = row.json();
        out["api_key"] = json!(new.text);
        Ok(out)
    }

    fn checked_key(&self, admin: &Admin, wanted: &WantedKey) -> Result<KeyKind, AuthError> {
        let kind = kind(&wanted.kind).ok_or_else(|| invalid("`kind` is publishable, secret or custom"))?;
        let name = wanted.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            return Err(invalid(format!("`name` has 1 to {NAME_MAX} characters: say where the key is used")));
        }
        if let Some(end) = wanted.expires_at.as_deref() {
            let end =
                instant::micros(end).ok_or_else(|| invalid("`expires_at` is a time such as 2027-01-31T00:00:00Z"))?;
            if end <= self.now() {
                return Err(invalid("`expires_at` lies in the past"));
            }
        }
        let claims = wanted.claims.as_ref().filter(|claims| !claims.is_empty());
        let scopes = wanted.scopes.as_deref().unwrap_or_default();
        let above = || {
            AuthError::refused(Code::NotAdmin, "Only the service role makes keys that can do more than your own role")
        };
        match kind {
            KeyKind::Secret if admin.person().is_some() => return Err(above()),
            KeyKind::Publishable | KeyKind::Secret => {
                if wanted.role.is_some() || claims.is_some() || !scopes.is_empty() {
                    return Err(invalid("Role, claims and scopes are for keys of the kind `custom`"));
                }
            }
            KeyKind::Custom => {
                let role = wanted.role.as_deref().filter(|role| !role.is_empty());
                let role = role.ok_or_else(|| invalid("A custom key needs a `role`, such as one of its users has"))?;
                self.check_grant(admin, &[], &[role.to_owned()])?;
                if let Some(name) = claims.and_then(|claims| claims.keys().find(|name| FIXED.contains(&name.as_str())))
                {
                    return Err(invalid(format!("The claim `{name}` is set by the server")));
                }
                if claims.is_some_and(|claims| claims.get("sub").is_some_and(|sub| !sub.is_string())) {
                    return Err(invalid("The claim `sub` is text"));
                }
                // Rules believe claims: with them one could be anybody.
                if claims.is_some() && admin.person().is_some() {
                    return Err(above());
                }
                if let Some(wrong) = scopes.iter().find(|scope| !scope::is_known(scope)) {
                    return Err(invalid(format!("`{wrong}` is no scope; scopes are such as {}", scope::EXAMPLES)));
                }
            }
        }
        Ok(kind)
    }

    /// All keys, the newest first, without what would let anybody use them.
    ///
    /// # Errors
    /// The store's.
    pub async fn keys(&self, admin: &Admin) -> Result<Vec<Value>, AuthError> {
        self.admit_admin(admin).await?;
        self.write_key_uses().await?;
        let rows = all(&self.engine).await.map_err(AuthError::store)?;
        Ok(rows.iter().rev().map(Row::json).collect())
    }

    /// Ends a key: the next request with it is refused.
    ///
    /// # Errors
    /// `validation_failed` with 404 when there is none; `not_admin`.
    pub async fn revoke_key(&self, admin: &Admin, id: Uuid, asker: &Asker) -> Result<Value, AuthError> {
        self.admit_admin(admin).await?;
        let unknown = || AuthError::refused(Code::ValidationFailedPath, "There is no such API key");
        let read = || ask::read("auth_api_keys").columns(COLUMNS).eq("id", json!(id));
        let row: Row = self.rows(read()).await?.into_iter().next().ok_or_else(unknown)?;
        if row.kind == "secret" && admin.person().is_some() {
            return Err(AuthError::refused(Code::NotAdmin, "Only the service role revokes secret keys"));
        }
        let role: Vec<String> = row.role.iter().cloned().collect();
        self.check_grant(admin, &role, &role)?;
        if row.revoked_at.is_none() {
            let update =
                ask::update("auth_api_keys").set("revoked_at", ask::now()).eq("id", json!(id)).is_null("revoked_at");
            let entry = admin.entry("api_key_revoked", About::Token, id, asker).with("name", row.name.as_str());
            self.commit(vec![Step::system(update), entry.step()]).await.map_err(AuthError::store)?;
            self.reload_keys().await?;
        }
        let row: Row = self.rows(read()).await?.into_iter().next().ok_or_else(unknown)?;
        Ok(row.json())
    }

    /// Gives the verifier the keys of the database.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn reload_keys(&self) -> Result<(), AuthError> {
        let keys = known(&self.engine).await.map_err(AuthError::store)?;
        self.verifier.keys().replace(keys);
        Ok(())
    }

    /// Tells the database which keys were used, and when last.
    ///
    /// # Errors
    /// The store's; they are told with the next ones.
    pub async fn write_key_uses(&self) -> Result<(), AuthError> {
        let uses = self.verifier.keys().uses();
        if uses.is_empty() {
            return Ok(());
        }
        let nobody = Asker::new(None, None, "");
        let mut steps = Vec::with_capacity(uses.len());
        for used in &uses {
            let at = instant::text(used.at_s.saturating_mul(1_000_000));
            steps.push(Step::system(ask::update("auth_api_keys").set("last_used_at", at).eq("id", json!(used.id))));
            if used.first {
                let entry = Entry::of_user("api_key_used_first", About::Token, used.id, &nobody);
                steps.push(Entry { actor: Actor::Key(Some(used.id)), ..entry }.step());
            }
        }
        self.commit(steps).await.map_err(AuthError::store)?;
        self.verifier.keys().written(&uses);
        Ok(())
    }

    /// Notes that a secret key came from a browser, where everybody can read it.
    pub async fn secret_key_from_browser(&self, key: &str, asker: &Asker) {
        let Some(id) = self.verifier.keys().sighted(key, self.now() / 1_000_000) else { return };
        tracing::warn!(key.id = %id, "a secret API key came from a browser: revoke it");
        let entry = Entry::of_user("secret_key_from_browser", About::Token, id, asker).failed();
        self.note(Entry { actor: Actor::Key(Some(id)), ..entry }).await;
    }
}

/// Keys that are not revoked.
pub(crate) async fn known(engine: &Engine) -> Result<Vec<Known>, Failure> {
    Ok(all(engine).await?.iter().filter(|row| row.revoked_at.is_none()).filter_map(Row::known).collect())
}

/// Every row, oldest first, however many there are.
async fn all(engine: &Engine) -> Result<Vec<Row>, Failure> {
    let mut rows: Vec<Row> = Vec::new();
    loop {
        let offset = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let read = ask::read("auth_api_keys").columns(COLUMNS).ascending("created_at").ascending("id").offset(offset);
        let some: Vec<Row> = engine.ask(read).await?.rows()?;
        if some.is_empty() {
            return Ok(rows);
        }
        rows.extend(some);
    }
}

fn kind(name: &str) -> Option<KeyKind> {
    match name {
        "publishable" => Some(KeyKind::Publishable),
        "secret" => Some(KeyKind::Secret),
        "custom" => Some(KeyKind::Custom),
        _ => None,
    }
}
