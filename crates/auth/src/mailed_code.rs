//! Asking for a code or a link by mail: to sign in, to reset a password, once more. In: an address. Out: nothing; whether the address has
//! an account is told by the mail alone.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::code::Purpose;
use crate::email::Email;
use crate::flow_state::ChallengePair;
use crate::limits::{Caller, Route};
use crate::pkce::Challenge;
use crate::proof::Letter;
use crate::refusal::{AuthError, Code};
use crate::service::{self, Auth};
use crate::user::User;
use crate::users::{NewAccount, is_taken, is_unfit};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A request for a code to sign in with.
#[derive(Debug, Clone, Default)]
pub struct AskCode {
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// `sms` or `whatsapp`, for a telephone number.
    pub channel: Option<String>,
    /// Whether an account may be made.
    pub create_user: bool,
    /// What the person says about themselves, for a new account.
    pub data: Map<String, Value>,
    /// PKCE.
    pub challenge: ChallengePair,
    /// Where the link is to lead.
    pub redirect_to: Option<String>,
}

/// What to send once more.
#[derive(Debug, Clone, Default)]
pub struct Resend {
    /// `signup`, `email_change`, `sms`, `phone_change`.
    pub kind: String,
    /// Address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// PKCE.
    pub challenge: ChallengePair,
    /// Where the link is to lead.
    pub redirect_to: Option<String>,
}

impl Auth {
    /// Sends a code and a link to sign in with.
    ///
    /// # Errors
    /// As the contract's `/otp`.
    pub async fn send_code(&self, said: AskCode, asker: &Asker) -> Result<(), AuthError> {
        let email = match (&said.email, &said.phone, &said.channel) {
            (Some(_), Some(_), _) => {
                return Err(validation("Only an email address or phone number should be provided"));
            }
            (Some(_), None, Some(_)) => return Err(validation("Channel should only be specified with Phone OTP")),
            (None, Some(_), _) => {
                return Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone logins are disabled"));
            }
            (None, None, _) => return Err(validation("One of email or phone must be set")),
            (Some(email), None, None) => service::email(email)?,
        };
        let challenge = self.challenge(&said.challenge)?;
        self.admit(Route::MailedCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() })?;
        let redirect_to = self.redirects.resolve(said.redirect_to.as_deref()).as_str().to_owned();
        let place = (challenge.as_ref(), redirect_to.as_str());
        match self.user_by_email(&email).await? {
            Some(user) => self.send_sign_in(&user, &email, place, asker).await,
            None if said.create_user => {
                self.refuse_closed_signup()?;
                self.send_to_new(&email, &said.data, place, asker).await
            }
            None if self.is_strict() => self.send_to_nobody(&email, Purpose::Magiclink, place, asker).await,
            None => Err(AuthError::refused(Code::OtpDisabled, "Signups not allowed for otp")),
        }
    }

    async fn send_sign_in(
        &self,
        user: &User,
        email: &Email,
        (challenge, redirect_to): (Option<&Challenge>, &str),
        asker: &Asker,
    ) -> Result<(), AuthError> {
        let proven = user.account.email_confirmed_at.is_some();
        let letter = Letter {
            purpose: if proven { Purpose::Magiclink } else { Purpose::Signup },
            to: email.as_str(),
            redirect_to,
            challenge,
            // Whoever set a password before may be somebody else than who reads the mail.
            drops_prior_credentials: !proven,
        };
        let action = if proven { "user_recovery_requested" } else { "user_confirmation_requested" };
        let mut steps = vec![Entry::of_user(action, About::User, user.account.id, asker).step()];
        steps.extend(self.letter_steps(user, &letter, asker)?);
        self.commit_letter(steps).await
    }

    async fn send_to_new(
        &self,
        email: &Email,
        said: &Map<String, Value>,
        (challenge, redirect_to): (Option<&Challenge>, &str),
        asker: &Asker,
    ) -> Result<(), AuthError> {
        let id = self.new_id();
        let new = NewAccount {
            id,
            email: Some(email),
            password_hash: None,
            confirmed: false,
            invited: false,
            user_metadata: said.clone(),
            app_metadata: Map::new(),
            role: None,
        };
        let mut steps = self.create_steps(new);
        steps.push(Entry::of_user("user_confirmation_requested", About::User, id, asker).step());
        let letter = Letter {
            purpose: Purpose::Signup,
            to: email.as_str(),
            redirect_to,
            challenge,
            drops_prior_credentials: false,
        };
        steps.extend(self.letter_steps(&self.draft(id, email, said), &letter, asker)?);
        match self.commit_letter(steps).await {
            // Made in the same moment by somebody else: their mail is on its way.
            Err(AuthError::Store(failure)) if is_taken(&failure) => Ok(()),
            // An account would have been sent a code: a refusal would tell that there is none. The operator is told instead.
            Err(AuthError::Store(failure)) if self.is_strict() && is_unfit(&failure) => {
                tracing::warn!(
                    "a code was asked for a new address, but the profile's model refuses what was said; nothing was sent"
                );
                self.send_to_nobody(email, Purpose::Signup, (challenge, redirect_to), asker).await
            }
            outcome => outcome,
        }
    }

    /// Sends a code and a link that open a password reset.
    ///
    /// # Errors
    /// As the contract's `/recover`.
    pub async fn recover(
        &self,
        email: &str,
        pair: &ChallengePair,
        redirect_to: Option<&str>,
        asker: &Asker,
    ) -> Result<(), AuthError> {
        let email = service::email(email)?;
        let challenge = self.challenge(pair)?;
        self.admit(Route::MailedCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() })?;
        let redirect_to = self.redirects.resolve(redirect_to).as_str().to_owned();
        let place = (challenge.as_ref(), redirect_to.as_str());
        let Some(user) = self.user_by_email(&email).await? else {
            return self.send_to_nobody(&email, Purpose::Recovery, place, asker).await;
        };
        let letter = Letter {
            purpose: Purpose::Recovery,
            to: email.as_str(),
            redirect_to: &redirect_to,
            challenge: challenge.as_ref(),
            drops_prior_credentials: user.account.email_confirmed_at.is_none(),
        };
        let mut steps = vec![Entry::of_user("user_recovery_requested", About::User, user.account.id, asker).step()];
        steps.extend(self.letter_steps(&user, &letter, asker)?);
        self.commit_letter(steps).await
    }

    /// Sends a mail once more, where there is one to send.
    ///
    /// # Errors
    /// As the contract's `/resend`.
    pub async fn resend(&self, said: Resend, asker: &Asker) -> Result<(), AuthError> {
        let purpose = match said.kind.as_str() {
            "signup" => Purpose::Signup,
            "email_change" => Purpose::EmailChangeNew,
            "sms" | "phone_change" => {
                return Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone logins are disabled"));
            }
            _ => return Err(validation("Missing one of these types: signup, email_change, sms, phone_change")),
        };
        if said.phone.is_some() {
            return Err(validation("Only an email address should be provided for this type"));
        }
        let email = service::email(said.email.as_deref().unwrap_or_default())?;
        let challenge = self.challenge(&said.challenge)?;
        self.admit(Route::MailedCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() })?;
        let redirect_to = self.redirects.resolve(said.redirect_to.as_deref()).as_str().to_owned();
        let place = (challenge.as_ref(), redirect_to.as_str());
        let user = self.user_by_email(&email).await?;
        let steps = match (purpose, &user) {
            (Purpose::Signup, Some(user)) if user.account.email_confirmed_at.is_none() => {
                let letter = Letter {
                    purpose,
                    to: email.as_str(),
                    redirect_to: &redirect_to,
                    challenge: challenge.as_ref(),
                    drops_prior_credentials: false,
                };
                self.letter_steps(user, &letter, asker)?
            }
            (Purpose::EmailChangeNew, Some(user)) if user.account.new_email.is_some() => {
                self.change_letters(user, place, asker)?
            }
            _ => return self.send_to_nobody(&email, purpose, place, asker).await,
        };
        self.commit_letter(steps).await
    }

    /// The mails of a change of address that is under way: to the new address, and to the present one where both must agree.
    pub(crate) fn change_letters(
        &self,
        user: &User,
        (challenge, redirect_to): (Option<&Challenge>, &str),
        asker: &Asker,
    ) -> Result<Vec<backstay_engine::steps::Step>, AuthError> {
        let Some(new) = &user.account.new_email else { return Ok(Vec::new()) };
        let letter = |purpose, to| Letter { purpose, to, redirect_to, challenge, drops_prior_credentials: false };
        let mut steps = self.letter_steps(user, &letter(Purpose::EmailChangeNew, new.as_str()), asker)?;
        let present = user.account.email.as_deref().filter(|_| self.settings.secure_email_change);
        if let Some(present) = present {
            steps.extend(self.letter_steps(user, &letter(Purpose::EmailChangeCurrent, present), asker)?);
        }
        Ok(steps)
    }

    /// The work of sending a mail, without anybody to send it to.
    async fn send_to_nobody(
        &self,
        email: &Email,
        purpose: Purpose,
        (challenge, redirect_to): (Option<&Challenge>, &str),
        asker: &Asker,
    ) -> Result<(), AuthError> {
        let nobody = self.draft(Uuid::nil(), email, &Map::new());
        let letter = Letter { purpose, to: email.as_str(), redirect_to, challenge, drops_prior_credentials: false };
        drop(self.letter_steps(&nobody, &letter, asker)?);
        let entry = Entry::of_user("user_recovery_requested", About::User, Uuid::nil(), asker).failed();
        let entry = Entry { actor: Actor::System, target: None, ..entry };
        self.commit(vec![entry.step()]).await.map_err(AuthError::store)
    }
}

fn validation(message: &'static str) -> AuthError {
    AuthError::refused(Code::ValidationFailed, message)
}
