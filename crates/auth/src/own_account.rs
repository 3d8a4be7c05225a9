//! What a signed-in person does with their own account: see it, change it, prove their presence, sign out.
//! In: a checked bearer. Out: the account as it is then.

use crate::asker::{Asker, Bearer};
use crate::audit::{About, Entry};
use crate::code::Purpose;
use crate::email::Email;
use crate::flow_state::ChallengePair;
use crate::instant;
use crate::limits::{Caller, Route};
use crate::one_time::{self, consume};
use crate::password::{Password, StoredHash};
use crate::proof::Letter;
use crate::refusal::{AuthError, Code};
use crate::service::{self, Auth};
use crate::session::{self, Ending, refuse_banned};
use crate::signup::hashing;
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::Kind;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A session this young may change a password without a further proof.
const FRESH: Duration = Duration::from_secs(15 * 60);
/// The same where the original wire is followed.
const FRESH_COMPAT: Duration = Duration::from_secs(24 * 3_600);

/// What is to change.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// New address.
    pub email: Option<String>,
    /// New telephone number.
    pub phone: Option<String>,
    /// New password.
    pub password: Option<String>,
    /// The present password, as a proof.
    pub current_password: Option<String>,
    /// A mailed code, as a proof.
    pub nonce: Option<String>,
    /// What the person says about themselves: merged by top-level key, null removes one.
    pub data: Option<Map<String, Value>>,
    /// Whether the body names what only administrators write.
    pub names_app_metadata: bool,
    /// PKCE.
    pub challenge: ChallengePair,
    /// Where the link of a mail is to lead.
    pub redirect_to: Option<String>,
}

/// Which sessions to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of the user's.
    Global,
    /// This one.
    Local,
    /// All but this one.
    Others,
}

impl Auth {
    /// The account of a bearer.
    ///
    /// # Errors
    /// `user_not_found`, `user_banned`.
    pub async fn own(&self, bearer: &Bearer) -> Result<User, AuthError> {
        let user = self.user_by_id(bearer.user_id).await?;
        let user = user
            .ok_or_else(|| AuthError::refused(Code::UserNotFoundBearer, "User from sub claim in JWT does not exist"))?;
        refuse_banned(&user.account, self.now(), Code::UserBannedBearer)?;
        Ok(user)
    }

    /// Changes the account of a bearer.
    ///
    /// # Errors
    /// As the contract's `PUT /user`.
    pub async fn change_own(&self, bearer: &Bearer, change: Change, asker: &Asker) -> Result<User, AuthError> {
        let user = self.own(bearer).await?;
        let id = user.account.id;
        if change.names_app_metadata {
            return Err(AuthError::refused(Code::NotAdmin, "Updating app_metadata requires admin privileges"));
        }
        if change.phone.as_ref().is_some_and(|phone| !phone.is_empty()) {
            return Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone logins are disabled"));
        }
        let guarded = change.email.is_some() || change.password.is_some();
        if guarded && user.has_factor() && bearer.aal != "aal2" {
            return Err(AuthError::refused(
                Code::InsufficientAalUser,
                "AAL2 session is required to update email or password when MFA is enabled.",
            ));
        }
        let challenge = self.challenge(&change.challenge)?;
        let redirect_to = self.redirects.resolve(change.redirect_to.as_deref()).as_str().to_owned();
        let mut steps = Vec::new();
        let mut update = ask::update("auth_users").eq("id", json!(id)).set("updated_at", ask::now());
        if let Some(data) = &change.data {
            let merged = merged(&user.account.user_metadata, data);
            update = update.set("user_metadata", Value::Object(merged));
        }
        if let Some(password) = &change.password {
            let (hash, proof) = self.new_password(&user, bearer, (password, &change), asker).await?;
            update = update
                .set("password_hash", hash)
                .set("password_changed_at", ask::now())
                .set("must_change_password", false)
                .set("temp_password_expires_at", Value::Null);
            steps.extend(proof);
            steps.push(session::end(id, Ending::AllBut(bearer.session_id), "password changed"));
            steps.extend(self.outdate_refresh_tokens(bearer.session_id).await?);
            steps.push(one_time::clear(id));
            steps.push(
                Entry::of_user("user_updated_password", About::User, id, asker).in_session(bearer.session_id).step(),
            );
            if let Some(email) = &user.account.email {
                steps.extend(self.notice(Kind::PasswordChanged, &user, email, |_| ())?);
            }
        }
        let new = self.new_address(&user, change.email.as_deref()).await?;
        if let Some(new) = &new {
            self.admit(Route::MailedCode, &Caller { ip: asker.ip, address: Some(new), ..Caller::default() }).await?;
            update = update
                .set("new_email", new.as_str())
                .set("email_change_current_confirmed", false)
                .set("email_change_new_confirmed", false);
            if self.settings.secure_email_change && user.account.email.is_some() {
                self.admit_mail().await?;
            }
            self.admit_mail().await?;
            let mut changing = user.clone();
            changing.account.new_email = Some(new.as_str().to_owned());
            steps.extend(self.change_letters(&changing, (challenge.as_ref(), &redirect_to), asker)?);
        }
        steps.insert(0, Step::system(update).exactly_one());
        steps.push(Entry::of_user("user_modified", About::User, id, asker).in_session(bearer.session_id).step());
        match self.commit_letter(steps).await {
            Err(AuthError::Store(failure)) if failure.unmet().is_some() => Err(nonce_invalid()),
            Err(error) => Err(error),
            Ok(()) => self.own(bearer).await,
        }
    }

    /// The address that is to become the account's; `None` when it is already.
    async fn new_address(&self, user: &User, asked: Option<&str>) -> Result<Option<Email>, AuthError> {
        let Some(text) = asked.filter(|text| !text.is_empty()) else { return Ok(None) };
        let email = service::email(text)?;
        if user.account.email.as_deref() == Some(email.as_str()) {
            return Ok(None);
        }
        if user.account.is_sso {
            return Err(AuthError::refused(
                Code::UserSsoManaged,
                "A user of a single sign-on cannot change the address",
            ));
        }
        if self.user_by_email(&email).await?.is_some() {
            let message = "A user with this email address has already been registered";
            return Err(AuthError::refused(Code::EmailExists, message));
        }
        Ok(Some(email))
    }

    /// The hash of a new password, and the steps of the proof that it may be set.
    async fn new_password(
        &self,
        user: &User,
        bearer: &Bearer,
        (password, change): (&str, &Change),
        asker: &Asker,
    ) -> Result<(String, Vec<Step>), AuthError> {
        let mut proof = Vec::new();
        let current = change.current_password.as_deref().filter(|text| !text.is_empty());
        let nonce = change.nonce.as_deref().filter(|text| !text.is_empty());
        if let Some(current) = current {
            self.check_current(user, current, asker).await?;
        } else if let Some(nonce) = nonce {
            let row = self.check_code(user.account.id, &[Purpose::Reauthentication], nonce).await;
            let row =
                row.map_err(|error| if matches!(error, AuthError::Refused(_)) { nonce_invalid() } else { error })?;
            proof.push(consume(&row));
        } else if user.account.password_hash.is_some()
            && !user.account.must_change_password
            && !self.is_fresh(bearer).await?
        {
            let message = "Password update requires reauthentication: send `nonce` or `current_password`.";
            return Err(AuthError::refused(Code::ReauthenticationNeeded, message));
        }
        let fresh = Password::new(password);
        let email = user.account.email.as_deref().and_then(|text| Email::parse(text).ok());
        if let Some(email) = &email {
            self.check_policy(&fresh, email, &user.account.user_metadata)?;
        }
        if self.is_password(user, password).await? {
            let message = "New password should be different from the old password.";
            return Err(AuthError::refused(Code::SamePassword, message));
        }
        Ok((self.hash(fresh).await?, proof))
    }

    /// Checks the present password. Guesses count together with those at sign-in, so that a stolen session gives no way around the wait.
    async fn check_current(&self, user: &User, current: &str, asker: &Asker) -> Result<(), AuthError> {
        let email = user.account.email.as_deref().and_then(|text| Email::parse(text).ok());
        let caller = Caller { address: email.as_ref(), ..Caller::default() };
        self.backoff
            .begin(&caller, user.account.failed_attempts, self.now_ms())
            .map_err(|refused| service::too_many(&refused))?;
        if self.is_password(user, current).await? {
            self.backoff.succeeded(&caller);
            return Ok(());
        }
        self.count_wrong_password(email.as_ref(), asker).await?;
        Err(AuthError::refused(Code::CurrentPasswordInvalid, "The current password is wrong."))
    }

    /// Whether this is the password of an account.
    pub(crate) async fn is_password(&self, user: &User, password: &str) -> Result<bool, AuthError> {
        let stored = user.account.password_hash.as_deref().and_then(|hash| StoredHash::parse(hash).ok());
        let verdict = self.hashing.verify(Password::new(password), stored).await;
        verdict.map(|verdict| verdict.is_right()).map_err(|error| hashing(&error))
    }

    /// Whether a session is young, or began with a proof by mail that opens a reset.
    async fn is_fresh(&self, bearer: &Bearer) -> Result<bool, AuthError> {
        let Some(session) = self.live_session(bearer.session_id).await? else { return Ok(false) };
        let limit = if self.is_strict() { FRESH } else { FRESH_COMPAT };
        let begun = instant::micros(&session.created_at).unwrap_or_default();
        Ok(self.now().saturating_sub(begun) < instant::span(limit))
    }

    /// Mails a code that proves presence before a change.
    ///
    /// # Errors
    /// As the contract's `/reauthenticate`.
    pub async fn reauthenticate(&self, bearer: &Bearer, asker: &Asker) -> Result<(), AuthError> {
        let user = self.own(bearer).await?;
        let Some(address) = user.account.email.clone().filter(|_| user.account.email_confirmed_at.is_some()) else {
            return Err(AuthError::refused(Code::EmailNotConfirmed, "Please verify your email first."));
        };
        let email = service::email(&address)?;
        self.admit(Route::MailedCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() }).await?;
        let redirect_to = self.redirects.site().as_str().to_owned();
        let letter = Letter {
            purpose: Purpose::Reauthentication,
            to: &address,
            redirect_to: &redirect_to,
            challenge: None,
            drops_prior_credentials: false,
        };
        let entry = Entry::of_user("user_reauthenticate_requested", About::User, user.account.id, asker);
        let mut steps = vec![entry.in_session(bearer.session_id).step()];
        steps.extend(self.letter_steps(&user, &letter, asker).await?);
        self.commit_letter(steps).await
    }

    /// Ends sessions of a bearer. Their access tokens are refused from the next request on.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, bearer: &Bearer, scope: Scope, asker: &Asker) -> Result<(), AuthError> {
        let ending = match scope {
            Scope::Global => Ending::All,
            Scope::Local => Ending::One(bearer.session_id),
            Scope::Others => Ending::AllBut(bearer.session_id),
        };
        let entry = Entry::of_user("logout", About::Account, bearer.user_id, asker).in_session(bearer.session_id);
        let steps = vec![session::end(bearer.user_id, ending, "signed out"), entry.step()];
        self.commit(steps).await.map_err(AuthError::store)?;
        Ok(())
    }
}

/// What a person says, with changes by top-level key; null removes one.
pub(crate) fn merged(present: &Map<String, Value>, changes: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = present.clone();
    for (key, value) in changes {
        if value.is_null() {
            merged.remove(key);
        } else {
            merged.insert(key.clone(), value.clone());
        }
    }
    merged
}

fn nonce_invalid() -> AuthError {
    AuthError::refused(Code::ReauthenticationNotValid, "Nonce has expired or is invalid")
}
