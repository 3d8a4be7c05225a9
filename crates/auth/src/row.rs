//! Rows of the system schema as this crate reads them. In: JSON of the store. Out: structs; their fields are the columns.

use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// `auth_users`. Times are RFC 3339 in UTC, as the store answers them.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is the column of the same name, described in the system schema")]
pub struct Account {
    pub id: Uuid,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub password_hash: Option<String>,
    pub email_confirmed_at: Option<String>,
    pub phone_confirmed_at: Option<String>,
    pub invited_at: Option<String>,
    pub confirmation_sent_at: Option<String>,
    pub recovery_sent_at: Option<String>,
    pub new_email: Option<String>,
    pub new_phone: Option<String>,
    pub email_change_sent_at: Option<String>,
    pub phone_change_sent_at: Option<String>,
    pub email_change_current_confirmed: bool,
    pub email_change_new_confirmed: bool,
    pub reauthentication_sent_at: Option<String>,
    pub last_sign_in_at: Option<String>,
    pub app_metadata: Map<String, Value>,
    pub user_metadata: Map<String, Value>,
    pub role: Option<String>,
    pub is_anonymous: bool,
    pub is_sso: bool,
    pub banned_until: Option<String>,
    pub deleted_at: Option<String>,
    pub must_change_password: bool,
    pub temp_password_expires_at: Option<String>,
    pub password_changed_at: Option<String>,
    pub failed_attempts: u32,
    pub last_failed_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

impl Account {
    /// An account as it is before anything was proven or set.
    #[must_use]
    pub(crate) fn new(id: Uuid, email: Option<String>, user_metadata: Map<String, Value>, now: String) -> Self {
        Self {
            id,
            is_anonymous: email.is_none(),
            email,
            phone: None,
            password_hash: None,
            email_confirmed_at: None,
            phone_confirmed_at: None,
            invited_at: None,
            confirmation_sent_at: None,
            recovery_sent_at: None,
            new_email: None,
            new_phone: None,
            email_change_sent_at: None,
            phone_change_sent_at: None,
            email_change_current_confirmed: false,
            email_change_new_confirmed: false,
            reauthentication_sent_at: None,
            last_sign_in_at: None,
            app_metadata: Map::new(),
            user_metadata,
            role: None,
            is_sso: false,
            banned_until: None,
            deleted_at: None,
            must_change_password: false,
            temp_password_expires_at: None,
            password_changed_at: None,
            failed_attempts: 0,
            last_failed_at: None,
            created_at: now.clone(),
            updated_at: now,
        }
    }
}

/// `auth_identities`.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is the column of the same name, described in the system schema")]
pub struct IdentityRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub provider: String,
    pub provider_id: String,
    pub identity_data: Map<String, Value>,
    pub email: Option<String>,
    pub last_sign_in_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

/// `auth_factors`.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is the column of the same name, described in the system schema")]
pub struct FactorRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub friendly_name: Option<String>,
    pub factor_type: String,
    pub status: String,
    pub secret_enc: Option<String>,
    pub phone: Option<String>,
    pub last_step: Option<i64>,
    pub failures: u32,
    pub locked_until: Option<String>,
    pub last_challenged_at: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

/// `auth_sessions`.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is the column of the same name, described in the system schema")]
pub struct SessionRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub created_at: String,
    pub refreshed_at: Option<String>,
    pub not_after: Option<String>,
    pub aal: String,
    pub factor_id: Option<Uuid>,
    pub user_agent: Option<String>,
    pub ip: Option<String>,
    pub tag: Option<String>,
    pub family_key_enc: String,
    pub counter: u64,
    pub barrier: u64,
    pub last_rotated_at: Option<String>,
    pub current_used: bool,
    pub last_used_at: Option<String>,
    pub last_used_ip: Option<String>,
    pub device_label: Option<String>,
    pub cookie_mode: Option<String>,
    pub revoked_at: Option<String>,
    pub revoke_reason: Option<String>,
}

/// `auth_one_time_tokens`.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is the column of the same name, described in the system schema")]
pub struct OneTimeRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub purpose: String,
    pub code_hmac: Option<String>,
    pub link_sha256: Option<String>,
    pub sent_to: String,
    pub flow_state_id: Option<Uuid>,
    pub attempts: u32,
    pub max_attempts: u32,
    pub drops_prior_credentials: bool,
    pub redirect_to: Option<String>,
    pub created_at: String,
    pub expires_at: String,
    pub link_expires_at: Option<String>,
    pub used_at: Option<String>,
}
