//! Administration: who may do it, and to whom. In: a checked credential. Out: an [`Admin`], or why not.
//! Nobody gives or touches a role above their own; that the last holder of the most powerful role stays is the engine's rule.

use crate::asker::{Asker, Bearer};
use crate::audit::{About, Actor, Entry};
use crate::limits::{Caller, Route};
use crate::refusal::{AuthError, Code};
use crate::role_order::{GrantError, Granter};
use crate::service::Auth;
use crate::user::User;
use backstay_engine::Failure;
use backstay_plan::Refusal as PlanRefusal;
use serde_json::Map;
use uuid::Uuid;

/// Who administers.
#[derive(Debug, Clone)]
pub enum Admin {
    /// The holder of the service role.
    Operator {
        /// Its API key, where it is one of the database's.
        key: Option<Uuid>,
    },
    /// A signed-in account whose role administers.
    Account(Bearer),
}

impl Admin {
    fn granter(&self) -> Granter<'_> {
        match self {
            Admin::Operator { .. } => Granter::Operator,
            Admin::Account(bearer) => Granter::Account(&bearer.roles),
        }
    }

    /// The person, where it is one.
    pub(crate) fn person(&self) -> Option<&Bearer> {
        match self {
            Admin::Operator { .. } => None,
            Admin::Account(bearer) => Some(bearer),
        }
    }

    /// An audit entry about what was done to somebody.
    pub(crate) fn entry<'a>(
        &self,
        action: &'static str,
        about: About,
        target: impl Into<Option<Uuid>>,
        asker: &'a Asker,
    ) -> Entry<'a> {
        let (actor, session_id) = match self {
            Admin::Operator { key } => (Actor::Key(*key), None),
            Admin::Account(bearer) => (Actor::User(bearer.user_id), Some(bearer.session_id)),
        };
        Entry { action, about, actor, session_id, target: target.into(), succeeded: true, asker, traits: Map::new() }
    }
}

impl Auth {
    /// Lets a signed-in account administer.
    ///
    /// # Errors
    /// `not_admin`; `insufficient_aal` when its role asks for a second factor that the session has not used.
    pub fn admin(&self, bearer: Bearer) -> Result<Admin, AuthError> {
        let settings = &self.settings;
        let admins =
            if settings.admin_roles.is_empty() { settings.roles.get(..1) } else { Some(&*settings.admin_roles) };
        let holds = |roles: &[String]| bearer.roles.iter().any(|role| roles.contains(role));
        if !admins.is_some_and(holds) {
            return Err(AuthError::refused(Code::NotAdmin, "User not allowed"));
        }
        if holds(&settings.mfa_roles) && bearer.aal != "aal2" {
            let message = "This role administers only in a session with a second factor (AAL2)";
            return Err(AuthError::refused(Code::InsufficientAalEnrol, message));
        }
        Ok(Admin::Account(bearer))
    }

    /// Counts a request of an administrator.
    ///
    /// # Errors
    /// `over_request_rate_limit`.
    pub(crate) async fn admit_admin(&self, admin: &Admin) -> Result<(), AuthError> {
        let caller = match admin {
            Admin::Operator { key } => Caller { api_key: *key, ..Caller::default() },
            Admin::Account(bearer) => Caller { session: Some(bearer.session_id), ..Caller::default() },
        };
        self.admit(Route::Admin, &caller).await
    }

    /// The account that an administrator names, whom they may change.
    ///
    /// # Errors
    /// `user_not_found`, `not_admin` for an account above their own.
    pub(crate) async fn administered(&self, admin: &Admin, id: Uuid) -> Result<User, AuthError> {
        let user = self.user_by_id(id).await?.ok_or_else(not_found)?;
        let roles: Vec<String> = user.role.iter().cloned().collect();
        self.check_grant(admin, &roles, &roles)?;
        Ok(user)
    }

    /// Checks that roles may be given.
    ///
    /// # Errors
    /// `validation_failed` for a role that is none, `not_admin` for one above the administrator's own.
    pub(crate) fn check_grant(&self, admin: &Admin, before: &[String], after: &[String]) -> Result<(), AuthError> {
        self.role_order.check_grant(admin.granter(), before, after).map_err(|error| {
            let code = match &error {
                GrantError::Unknown { .. } => Code::ValidationFailed,
                GrantError::Above { .. } | GrantError::OfHigher { .. } => Code::NotAdmin,
            };
            AuthError::refused(code, error.to_string())
        })
    }
}

/// Why a write of an administrator did not happen; its first step is the one that must find the account.
pub(crate) fn refused_write(failure: Failure) -> AuthError {
    if failure.unmet() == Some(0) {
        return not_found();
    }
    if let Some(PlanRefusal::LastOfRole { role }) = failure.refusal() {
        let message = format!("Nobody else with the role `{role}` could sign in; give it to another account first");
        return AuthError::refused(Code::LastAdmin, message);
    }
    let Some(constraint) = failure.collision() else { return AuthError::store(failure) };
    if constraint.contains("phone") {
        return AuthError::refused(Code::PhoneExists, "A user with this phone number has already been registered");
    }
    if constraint.contains("email") || constraint.starts_with("auth_identities") {
        return email_exists();
    }
    if constraint.starts_with("auth_users") {
        return AuthError::refused(Code::UserAlreadyExists, "A user with this id exists already");
    }
    AuthError::store(failure)
}

pub(crate) fn email_exists() -> AuthError {
    AuthError::refused(Code::EmailExists, "A user with this email address has already been registered")
}

pub(crate) fn not_found() -> AuthError {
    AuthError::refused(Code::UserNotFoundAdmin, "User not found")
}

pub(crate) fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> AuthError {
    AuthError::refused(Code::ValidationFailed, message)
}
