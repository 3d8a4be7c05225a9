//! Second factors of an account, as an administrator sees and removes them. In: an account and a factor. Out: factors.
//! Their secrets are never shown.

use crate::admin::Admin;
use crate::asker::Asker;
use crate::audit::About;
use crate::refusal::{AuthError, Code};
use crate::row::FactorRow;
use crate::service::Auth;
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::json;
use uuid::Uuid;

impl Auth {
    /// Factors of an account, oldest first.
    ///
    /// # Errors
    /// `user_not_found`.
    pub async fn factors_of(&self, admin: &Admin, user: Uuid) -> Result<Vec<FactorRow>, AuthError> {
        Ok(self.user(admin, user).await?.factors)
    }

    /// Removes a factor: for a person who has lost it.
    ///
    /// # Errors
    /// `user_not_found`, `mfa_factor_not_found`, `not_admin`.
    pub async fn remove_factor_of(
        &self,
        admin: &Admin,
        (user, factor): (Uuid, Uuid),
        asker: &Asker,
    ) -> Result<FactorRow, AuthError> {
        self.admit_admin(admin).await?;
        let found = factor_of(self.administered(admin, user).await?, factor)?;
        let delete = ask::delete("auth_factors").eq("id", json!(factor)).eq("user_id", json!(user));
        let entry = admin.entry("factor_deleted", About::Factor, user, asker).with("factor_id", json!(factor));
        self.commit_factor(vec![Step::system(delete).exactly_one().concerning(user.to_string()), entry.step()]).await?;
        Ok(found)
    }

    /// Gives a factor another name.
    ///
    /// # Errors
    /// `user_not_found`, `mfa_factor_not_found`, `not_admin`.
    pub async fn rename_factor_of(
        &self,
        admin: &Admin,
        (user, factor): (Uuid, Uuid),
        name: Option<&str>,
        asker: &Asker,
    ) -> Result<FactorRow, AuthError> {
        self.admit_admin(admin).await?;
        let found = factor_of(self.administered(admin, user).await?, factor)?;
        let Some(name) = name else { return Ok(found) };
        let update =
            ask::update("auth_factors").set("friendly_name", name).eq("id", json!(factor)).eq("user_id", json!(user));
        let entry = admin.entry("factor_updated", About::Factor, user, asker).with("factor_id", json!(factor));
        self.commit_factor(vec![Step::system(update).exactly_one(), entry.step()]).await?;
        factor_of(self.administered(admin, user).await?, factor)
    }

    async fn commit_factor(&self, steps: Vec<Step>) -> Result<(), AuthError> {
        match self.commit(steps).await {
            Err(failure) if failure.unmet() == Some(0) => Err(unknown()),
            outcome => outcome.map_err(AuthError::store),
        }
    }
}

fn factor_of(user: User, id: Uuid) -> Result<FactorRow, AuthError> {
    user.factors.into_iter().find(|factor| factor.id == id).ok_or_else(unknown)
}

fn unknown() -> AuthError {
    AuthError::refused(Code::MfaFactorNotFound, "Factor not found")
}
