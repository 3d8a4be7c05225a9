//! The ways by which a signed-in person comes into their account: removing one. In: a bearer and an identity. Out: nothing.
//! The last way stays, whatever happens at the same time.

use crate::asker::{Asker, Bearer};
use crate::audit::{About, Entry};
use crate::refusal::{AuthError, Code};
use crate::row::IdentityRow;
use crate::service::Auth;
use crate::user::User;
use crate::users::is_taken;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::Kind;
use serde_json::{Value, json};
use uuid::Uuid;

impl Auth {
    /// Removes an identity of the bearer's.
    ///
    /// # Errors
    /// `manual_linking_disabled`, `identity_not_found`, `single_identity_not_deletable`, `email_conflict_identity_not_deletable`.
    pub async fn unlink_identity(&self, bearer: &Bearer, identity: Uuid, asker: &Asker) -> Result<(), AuthError> {
        let user = self.may_change_identities(bearer).await?;
        let id = user.account.id;
        let row = user.identities.iter().find(|row| row.id == identity);
        let row = row.ok_or_else(|| AuthError::refused(Code::IdentityNotFound, "Identity doesn't exist"))?;
        let kept = user.identities.iter().find(|other| other.id != identity).ok_or_else(single)?;
        let delete = ask::delete("auth_identities").eq("id", json!(identity)).eq("user_id", json!(id));
        // The one that stays is touched: when another request removes it in the same moment, one of the two is refused.
        let touch = ask::update("auth_identities")
            .set("updated_at", ask::now())
            .eq("id", json!(kept.id))
            .eq("user_id", json!(id));
        let mut steps =
            vec![Step::system(delete).exactly_one().concerning(id.to_string()), Step::system(touch).exactly_one()];
        steps.extend(next_address(&user, row));
        if row.provider == "email" {
            let update = ask::update("auth_users").set("password_hash", Value::Null).eq("id", json!(id));
            steps.push(Step::system(update));
        }
        let entry = Entry::of_user("identity_unlinked", About::User, id, asker).in_session(bearer.session_id);
        steps.push(entry.with("provider", row.provider.as_str()).step());
        if let Some(address) = &user.account.email {
            let fill =
                |variables: &mut backstay_infra::template::Variables| variables.provider.clone_from(&row.provider);
            steps.extend(self.notice(Kind::IdentityUnlinked, &user, address, fill)?);
        }
        match self.commit_letter(steps).await {
            Ok(()) => Ok(()),
            Err(AuthError::Store(failure)) if failure.unmet() == Some(0) => {
                Err(AuthError::refused(Code::IdentityNotFound, "Identity doesn't exist"))
            }
            Err(AuthError::Store(failure)) if failure.unmet() == Some(1) => Err(single()),
            Err(AuthError::Store(failure)) if is_taken(&failure) => Err(AuthError::refused(
                Code::EmailConflictIdentityNotDeletable,
                "Unable to unlink identity due to email conflict",
            )),
            Err(error) => Err(error),
        }
    }

    /// The account, when its bearer may change its identities.
    ///
    /// # Errors
    /// `manual_linking_disabled`, `insufficient_aal`, those of [`Self::own`].
    pub(crate) async fn may_change_identities(&self, bearer: &Bearer) -> Result<User, AuthError> {
        if !self.settings.manual_linking {
            return Err(AuthError::refused(Code::ManualLinkingDisabled, "Manual linking is disabled"));
        }
        let user = self.own(bearer).await?;
        if user.has_factor() && bearer.aal != "aal2" {
            let message = "AAL2 session is required to change identities when MFA is enabled.";
            return Err(AuthError::refused(Code::InsufficientAalUser, message));
        }
        Ok(user)
    }
}

/// When no other identity proves the account's address, the next proven one becomes it.
fn next_address(user: &User, removed: &IdentityRow) -> Vec<Step> {
    let address = user.account.email.as_deref();
    let others = || user.identities.iter().filter(|other| other.id != removed.id);
    let is_proven = |row: &&IdentityRow| row.identity_data.get("email_verified") == Some(&Value::Bool(true));
    if removed.email.as_deref() != address || others().any(|row| row.email.as_deref() == address) {
        return Vec::new();
    }
    let Some(next) = others().filter(is_proven).find_map(|row| row.email.as_deref()) else { return Vec::new() };
    vec![Step::system(ask::update("auth_users").set("email", next).eq("id", json!(user.account.id)))]
}

fn single() -> AuthError {
    AuthError::refused(Code::SingleIdentityNotDeletable, "User must have at least 1 identity after unlinking")
}
