//! Sign-in with a password. In: an address and a password. Out: a session. A wrong password, an unknown address and an account without a
//! password are one answer after the same work.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::email::Email;
use crate::instant;
use crate::limits::{Caller, Route};
use crate::password::{Password, StoredHash, Verdict};
use crate::refusal::{AuthError, Code};
use crate::row::Account;
use crate::service::{Auth, too_many};
use crate::session::{Session, refuse_banned};
use crate::signup::{hashing, weak_password};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::{Map, json};
use uuid::Uuid;

/// What somebody who signs in says.
#[derive(Debug, Clone, Default)]
pub struct PasswordGrant {
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Password.
    pub password: String,
}

/// A session, and whether the password that began it is one that would be refused today.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Why the password is weak, and what to tell about it.
    pub weak_password: Option<(Vec<&'static str>, String)>,
}

impl Auth {
    /// Signs in with a password.
    ///
    /// # Errors
    /// `invalid_credentials`; after the right password `email_not_confirmed`, `user_banned`.
    pub async fn sign_in_with_password(&self, said: PasswordGrant, asker: &Asker) -> Result<SignedIn, AuthError> {
        if said.phone.is_some() && said.email.is_none() {
            return Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone logins are disabled"));
        }
        let password = Password::new(&said.password);
        let email = said.email.as_deref().and_then(|text| Email::parse(text).ok());
        let caller = Caller { ip: asker.ip, address: email.as_ref(), ..Caller::default() };
        self.admit(Route::Password, &caller).await?;
        // What belongs to the account is read once the password was right: until then known and unknown addresses cost the same.
        let account = match &email {
            Some(email) => self.account_by_email(email).await?,
            None => None,
        };
        let failures = account.as_ref().map_or(0, |account| account.failed_attempts);
        self.backoff.begin(&caller, failures, self.now_ms()).map_err(|refused| too_many(&refused))?;
        let stored = account.as_ref().and_then(|account| account.password_hash.as_deref());
        let stored = stored.and_then(|hash| StoredHash::parse(hash).ok());
        let verdict = self.hashing.verify(password.clone(), stored).await.map_err(|error| hashing(&error))?;
        let now = self.now();
        let account = match account.filter(|_| verdict.is_right()) {
            Some(account) if !temporary_is_over(&account, now) => account,
            Some(_) | None => return Err(self.failed_password(email.as_ref(), asker).await),
        };
        self.backoff.succeeded(&caller);
        refuse_banned(&account, now, Code::UserBannedGrant)?;
        if account.email_confirmed_at.is_none() && self.settings.confirm_email {
            return Err(AuthError::refused(Code::EmailNotConfirmed, "Email not confirmed"));
        }
        // Removed in this moment, perhaps.
        let Some(user) = self.user_by_id(account.id).await? else {
            return Err(self.failed_password(email.as_ref(), asker).await);
        };
        let beginning = self.begin_session(&user, "password", asker)?;
        let mut steps = beginning.steps.clone();
        if verdict == Verdict::RightButOutdated {
            let hash = self.hash(password.clone()).await?;
            steps.push(Step::system(set_hash(user.account.id, hash)));
        }
        self.commit(steps).await.map_err(AuthError::store)?;
        let weak = email.and_then(|email| {
            let name = user.account.user_metadata.get("name").and_then(|name| name.as_str()).unwrap_or_default();
            self.policy.check(&password, &[email.as_str(), name]).err().map(weak_password)
        });
        let id = user.account.id;
        let user = self.user_by_id(id).await?.ok_or(AuthError::Internal("a user who signed in is not there"))?;
        let session = self.begun(&beginning, user)?;
        Ok(SignedIn { session, weak_password: weak.map(|weak| (weak.reasons, weak.message.into_owned())) })
    }

    /// Counts and logs a failed sign-in.
    async fn failed_password(&self, email: Option<&Email>, asker: &Asker) -> AuthError {
        match self.count_wrong_password(email, asker).await {
            Ok(()) => AuthError::refused(Code::InvalidCredentials, "Invalid login credentials"),
            Err(error) => error,
        }
    }

    /// Counts and logs a wrong password, with the same write whether the account is there or not.
    pub(crate) async fn count_wrong_password(&self, email: Option<&Email>, asker: &Asker) -> Result<(), AuthError> {
        let address = email.map(|email| email.as_str().to_owned()).unwrap_or_default();
        let count = ask::update("auth_users")
            .add("failed_attempts", 1)
            .set("last_failed_at", ask::now())
            .eq("email", address)
            .is_null("deleted_at");
        let entry = Entry::of_user("login_failed", About::Account, Uuid::nil(), asker).failed();
        let entry = Entry { actor: Actor::System, target: None, traits: Map::new(), ..entry };
        self.commit(vec![Step::system(count), entry.step()]).await.map_err(AuthError::store)
    }
}

/// Stores a password's hash.
pub(crate) fn set_hash(id: Uuid, hash: String) -> ask::Ask<ask::Updating> {
    ask::update("auth_users").set("password_hash", hash).eq("id", json!(id))
}

/// Whether the temporary password of an account has run out.
fn temporary_is_over(account: &Account, now: i64) -> bool {
    account.must_change_password
        && account.temp_password_expires_at.as_ref().is_some_and(|end| !instant::is_ahead(end, now))
}
