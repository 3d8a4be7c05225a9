//! An account as clients see it. In: rows. Out: the JSON of the contract: absent members are left out, addresses are always text.

use crate::instant;
use crate::row::{Account, FactorRow, IdentityRow};
use serde_json::{Map, Value, json};

/// The parts of an account that its JSON is made of.
#[derive(Debug, Clone)]
pub struct User {
    /// The account.
    pub account: Account,
    /// Ways to sign in, oldest first.
    pub identities: Vec<IdentityRow>,
    /// Second factors, oldest first.
    pub factors: Vec<FactorRow>,
    /// Application role: the profile's where it has a role field, else the account's.
    pub role: Option<String>,
}

impl User {
    /// `app_metadata` as everybody reads it: what administrators wrote, the providers, and the role from where it lives.
    #[must_use]
    pub fn app_metadata(&self) -> Map<String, Value> {
        let mut metadata = self.account.app_metadata.clone();
        let mut providers: Vec<&str> = Vec::new();
        for identity in &self.identities {
            if !providers.contains(&identity.provider.as_str()) {
                providers.push(&identity.provider);
            }
        }
        if let Some(first) = providers.first() {
            metadata.entry("provider").or_insert_with(|| json!(first));
            metadata.insert("providers".to_owned(), json!(providers));
        }
        match &self.role {
            Some(role) => metadata.insert("role".to_owned(), json!(role)),
            None => metadata.remove("role"),
        };
        if self.account.must_change_password {
            metadata.insert("must_change_password".to_owned(), Value::Bool(true));
        }
        metadata
    }

    /// Whether a second factor is set up.
    #[must_use]
    pub fn has_factor(&self) -> bool {
        self.factors.iter().any(|factor| factor.status == "verified")
    }

    /// The JSON of the account.
    #[must_use]
    pub fn json(&self) -> Value {
        let account = &self.account;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
        put("id", json!(account.id));
        put("aud", json!("authenticated"));
        put("role", json!("authenticated"));
        put("email", json!(text(&account.email)));
        put("phone", json!(text(&account.phone)));
        put("app_metadata", Value::Object(self.app_metadata()));
        put("user_metadata", Value::Object(account.user_metadata.clone()));
        put("identities", self.identities.iter().map(identity).collect());
        if !self.factors.is_empty() {
            put("factors", self.factors.iter().map(factor).collect());
        }
        put("created_at", at(&account.created_at));
        put("updated_at", at(&account.updated_at));
        put("is_anonymous", json!(account.is_anonymous));
        let confirmed = match (&account.email_confirmed_at, &account.phone_confirmed_at) {
            // Times of one form compare as text.
            (Some(email), Some(phone)) => Some(email.min(phone).clone()),
            (one, other) => one.clone().or_else(|| other.clone()),
        };
        let optional = [
            ("email_confirmed_at", &account.email_confirmed_at),
            ("phone_confirmed_at", &account.phone_confirmed_at),
            ("confirmed_at", &confirmed),
            ("invited_at", &account.invited_at),
            ("confirmation_sent_at", &account.confirmation_sent_at),
            ("recovery_sent_at", &account.recovery_sent_at),
            ("email_change_sent_at", &account.email_change_sent_at),
            ("phone_change_sent_at", &account.phone_change_sent_at),
            ("reauthentication_sent_at", &account.reauthentication_sent_at),
            ("last_sign_in_at", &account.last_sign_in_at),
            ("banned_until", &account.banned_until),
            ("deleted_at", &account.deleted_at),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                out.insert(key.to_owned(), at(value));
            }
        }
        for (key, value) in [("new_email", &account.new_email), ("new_phone", &account.new_phone)] {
            if let Some(value) = value {
                out.insert(key.to_owned(), json!(value));
            }
        }
        Value::Object(out)
    }
}

/// A time as clients are told it: always six digits of a second and `Z`, however the store writes it.
fn at(stored: &str) -> Value {
    json!(instant::micros(stored).map_or_else(|| stored.to_owned(), instant::text))
}

/// The JSON of an identity.
#[must_use]
pub fn identity(row: &IdentityRow) -> Value {
    let mut out = json!({
        "identity_id": row.id,
        "id": row.provider_id,
        "user_id": row.user_id,
        "identity_data": row.identity_data,
        "provider": row.provider,
        "created_at": at(&row.created_at),
        "updated_at": at(&row.updated_at),
    });
    if let Some(signed_in) = &row.last_sign_in_at {
        out["last_sign_in_at"] = at(signed_in);
    }
    if let Some(email) = &row.email {
        out["email"] = json!(email);
    }
    out
}

/// The JSON of a second factor; its secret is never in it.
#[must_use]
pub fn factor(row: &FactorRow) -> Value {
    let mut out = json!({
        "id": row.id,
        "factor_type": row.factor_type,
        "status": row.status,
        "phone": row.phone.clone().unwrap_or_default(),
        "created_at": at(&row.created_at),
        "updated_at": at(&row.updated_at),
    });
    if let Some(name) = &row.friendly_name {
        out["friendly_name"] = json!(name);
    }
    if let Some(challenged) = &row.last_challenged_at {
        out["last_challenged_at"] = at(challenged);
    }
    out
}
