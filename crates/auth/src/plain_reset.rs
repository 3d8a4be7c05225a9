//! Forgot and reset as plain routes, for clients without the official library. In: an address, a mailed code, a new password.
//! Out: nothing but a sentence; a reset signs nobody in.

use crate::asker::Asker;
use crate::audit::{About, Entry};
use crate::code::{LinkFlow, LinkToken, Purpose};
use crate::email::Email;
use crate::limits::{Caller, Route};
use crate::one_time::{self, consume, expired, hex};
use crate::password::Password;
use crate::refusal::{AuthError, Code};
use crate::row::OneTimeRow;
use crate::service::{self, Auth};
use crate::session::{self, Ending};
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::Kind;
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Life of what a verified code is exchanged for.
const RESET_LIFE: Duration = Duration::from_secs(600);

/// What opens a reset.
#[derive(Debug, Clone)]
pub enum ResetProof {
    /// The code of the mail, with the address.
    Code {
        /// Address.
        email: String,
        /// Code.
        otp: String,
    },
    /// What [`Auth::exchange_reset_code`] gave.
    Token(String),
}

impl Auth {
    /// Exchanges the code of a reset mail for a token that sets one password. It is no session.
    ///
    /// Out: the token and its life in seconds.
    ///
    /// # Errors
    /// `otp_expired`.
    pub async fn exchange_reset_code(&self, email: &str, otp: &str, asker: &Asker) -> Result<(String, u64), AuthError> {
        let (user, row) = self.reset_by_code(email, otp, asker).await?;
        let token = self.with_rng(|rng| LinkToken::generate(rng, LinkFlow::Implicit));
        // The row goes on as the token's: the code and the link of the mail are dead.
        let exchange = ask::update("auth_one_time_tokens")
            .set("code_hmac", Value::Null)
            .set("link_sha256", hex(&token.hash()))
            .set("created_at", ask::now())
            .set("expires_at", ask::after(RESET_LIFE))
            .set("link_expires_at", ask::after(RESET_LIFE))
            .eq("id", json!(row.id))
            .eq("created_at", row.created_at.as_str())
            .is_null("used_at");
        let entry = Entry::of_user("verification_attempted", About::User, user.account.id, asker);
        match self.commit(vec![Step::system(exchange).exactly_one(), entry.step()]).await {
            Ok(()) => Ok((token.as_str().to_owned(), RESET_LIFE.as_secs())),
            Err(failure) if failure.unmet().is_some() => Err(expired()),
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    /// Sets a new password and ends every session.
    ///
    /// # Errors
    /// `otp_expired`, `weak_password`, `same_password`; a refused password leaves the proof as it is.
    pub async fn reset_password(&self, proof: ResetProof, password: &str, asker: &Asker) -> Result<(), AuthError> {
        let (user, row) = match proof {
            ResetProof::Code { email, otp } => self.reset_by_code(&email, &otp, asker).await?,
            ResetProof::Token(token) => {
                self.admit(Route::VerifyCode, &Caller { ip: asker.ip, ..Caller::default() }).await?;
                let row = self.check_link(&[Purpose::Recovery], &token).await?;
                if !one_time::is_exchanged(&row) {
                    return Err(expired());
                }
                (self.user_by_id(row.user_id).await?.ok_or_else(expired)?, row)
            }
        };
        let id = user.account.id;
        let address = user.account.email.clone().unwrap_or_default();
        let email = service::email(&address)?;
        let fresh = Password::new(password);
        self.check_policy(&fresh, &email, &user.account.user_metadata)?;
        if self.is_password(&user, password).await? {
            let message = "New password should be different from the old password.";
            return Err(AuthError::refused(Code::SamePassword, message));
        }
        let hash = self.hash(fresh).await?;
        let mut steps = vec![consume(&row)];
        if user.account.email_confirmed_at.is_none() {
            steps.extend(crate::verify::confirm_steps(&user));
        }
        if row.drops_prior_credentials {
            steps.extend(crate::verify::drop_prior_credentials(&user));
        }
        let update = ask::update("auth_users")
            .set("password_hash", hash)
            .set("password_changed_at", ask::now())
            .set("must_change_password", false)
            .set("temp_password_expires_at", Value::Null)
            .set("failed_attempts", 0)
            .eq("id", json!(id));
        steps.push(Step::system(update).exactly_one());
        steps.push(session::end(id, Ending::All, "password reset"));
        steps.push(one_time::clear(id));
        steps.push(Entry::of_user("user_updated_password", About::User, id, asker).step());
        steps.extend(self.notice(Kind::PasswordChanged, &user, &address, |_| ())?);
        match self.commit_letter(steps).await {
            Ok(()) => {
                self.backoff.succeeded(&Caller { address: Some(&email), ..Caller::default() });
                Ok(())
            }
            Err(AuthError::Store(failure)) if failure.unmet() == Some(0) => Err(expired()),
            Err(error) => Err(error),
        }
    }

    async fn reset_by_code(&self, email: &str, otp: &str, asker: &Asker) -> Result<(User, OneTimeRow), AuthError> {
        let email: Email = service::email(email)?;
        self.admit(Route::VerifyCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() }).await?;
        let user = self.user_by_email(&email).await?;
        let id = user.as_ref().map_or(Uuid::nil(), |user| user.account.id);
        match (self.check_code(id, &[Purpose::Recovery], otp).await, user) {
            (Ok(row), Some(user)) => Ok((user, row)),
            (Ok(_), None) => Err(expired()),
            (Err(error), _) => {
                if matches!(&error, AuthError::Refused(_)) {
                    self.note(Entry::of_user("otp_failed", About::User, id, asker).failed()).await;
                }
                Err(error)
            }
        }
    }
}
