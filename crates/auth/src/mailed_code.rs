//! Asking for a code or a link by mail: to sign in, to reset a password, once more. In: an address. Out: nothing; whether the address has
//! an account is told by the mail alone, and looked up in `mail_request` when the answer has been given.

use crate::asker::Asker;
use crate::email::Email;
use crate::flow_state::ChallengePair;
use crate::limits::{Caller, Route};
use crate::mail_request::{MailRequest, Wanted};
use crate::refusal::{AuthError, Code};
use crate::service::{self, Auth};
use serde_json::{Map, Value};

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
        let asked = (&said.challenge, said.redirect_to.as_deref());
        let request = self.mail_request(Wanted::Code { create_user: said.create_user }, email, asked, asker).await?;
        if let Some(refused) = self.tells_of_unknown(said.create_user)
            && self.user_by_email(&request.email).await?.is_none()
        {
            return Err(refused);
        }
        self.ask_for_mail(MailRequest { user_metadata: said.data, ..request }, asker).await
    }

    /// What an address without an account is told where the contract tells it.
    fn tells_of_unknown(&self, create_user: bool) -> Option<AuthError> {
        if create_user {
            self.refuse_closed_signup().err()
        } else {
            let refused = || AuthError::refused(Code::OtpDisabled, "Signups not allowed for otp");
            (!self.is_strict()).then(refused)
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
        let request = self.mail_request(Wanted::Recovery, email, (pair, redirect_to), asker).await?;
        self.ask_for_mail(request, asker).await
    }

    /// Sends a mail once more, where there is one to send.
    ///
    /// # Errors
    /// As the contract's `/resend`.
    pub async fn resend(&self, said: Resend, asker: &Asker) -> Result<(), AuthError> {
        let wanted = match said.kind.as_str() {
            "signup" => Wanted::Confirmation,
            "email_change" => Wanted::AddressChange,
            "sms" | "phone_change" => {
                return Err(AuthError::refused(Code::PhoneProviderDisabled, "Phone logins are disabled"));
            }
            _ => return Err(validation("Missing one of these types: signup, email_change, sms, phone_change")),
        };
        if said.phone.is_some() {
            return Err(validation("Only an email address should be provided for this type"));
        }
        let email = service::email(said.email.as_deref().unwrap_or_default())?;
        let request = self.mail_request(wanted, email, (&said.challenge, said.redirect_to.as_deref()), asker).await?;
        self.ask_for_mail(request, asker).await
    }

    /// A request for a mail, once it is counted.
    ///
    /// # Errors
    /// `validation_failed`, `over_email_send_rate_limit`.
    async fn mail_request(
        &self,
        wanted: Wanted,
        email: Email,
        (pair, redirect_to): (&ChallengePair, Option<&str>),
        asker: &Asker,
    ) -> Result<MailRequest, AuthError> {
        let challenge = self.challenge(pair)?;
        self.admit(Route::MailedCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() }).await?;
        let redirect_to = self.redirects.resolve(redirect_to).as_str().to_owned();
        Ok(MailRequest { wanted, email, user_metadata: Map::new(), challenge, redirect_to })
    }
}

fn validation(message: &'static str) -> AuthError {
    AuthError::refused(Code::ValidationFailed, message)
}
