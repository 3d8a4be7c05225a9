//! Mails of sign-in as rows: written in the transaction of what they tell about, sent later by `mail_queue`.
//! In: a kind of mail and its values. Out: a step.

use crate::code::{Code as Digits, LinkToken, Purpose};
use crate::refusal::AuthError;
use crate::service::Auth;
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::{Kind, Variables};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// A code and link on their way to somebody.
#[derive(Clone, Copy)]
pub(crate) struct Proof<'a> {
    pub(crate) code: &'a Digits,
    pub(crate) link: &'a LinkToken,
    pub(crate) purpose: Purpose,
    /// Where the link leads.
    pub(crate) redirect_to: &'a str,
}

impl Auth {
    /// A mail with a code and a link.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when the template cannot be rendered with these values.
    pub(crate) fn proof_mail(&self, user: &User, to: &str, proof: &Proof<'_>) -> Result<Step, AuthError> {
        let kind = match proof.purpose {
            Purpose::Signup => Kind::Confirmation,
            Purpose::Magiclink => Kind::MagicLink,
            Purpose::Recovery => Kind::Recovery,
            Purpose::Invite => Kind::Invite,
            Purpose::EmailChangeCurrent | Purpose::EmailChangeNew => Kind::EmailChange,
            Purpose::Reauthentication => Kind::Reauthentication,
            Purpose::Sms | Purpose::PhoneChange => return Err(AuthError::Internal("text messages are not sent")),
        };
        let confirmation_url = if proof.purpose == Purpose::Reauthentication {
            String::new()
        } else {
            self.verify_url(proof.link.as_str(), link_type(proof.purpose), proof.redirect_to)
        };
        let variables = Variables {
            confirmation_url,
            token: proof.code.as_str().to_owned(),
            token_hash: proof.link.as_str().to_owned(),
            redirect_to: proof.redirect_to.to_owned(),
            ..self.variables(user, to)
        };
        self.mail(kind, to, &variables)
    }

    /// A mail that tells of a change; `None` when these are switched off.
    ///
    /// # Errors
    /// As [`Auth::proof_mail`].
    pub(crate) fn notice(
        &self,
        kind: Kind,
        user: &User,
        to: &str,
        fill: impl FnOnce(&mut Variables),
    ) -> Result<Option<Step>, AuthError> {
        if !self.settings.notices {
            return Ok(None);
        }
        let mut variables = self.variables(user, to);
        fill(&mut variables);
        self.mail(kind, to, &variables).map(Some)
    }

    /// The address that a link leads to first.
    pub(crate) fn verify_url(&self, token: &str, kind: &str, redirect_to: &str) -> String {
        let redirect_to = utf8_percent_encode(redirect_to, NON_ALPHANUMERIC);
        format!("{}/auth/v1/verify?token={token}&type={kind}&redirect_to={redirect_to}", self.settings.external_url)
    }

    fn variables(&self, user: &User, to: &str) -> Variables {
        let account = &user.account;
        Variables {
            site_url: self.settings.site_url.clone(),
            email: account.email.clone().unwrap_or_default(),
            new_email: account.new_email.clone().unwrap_or_default(),
            phone: account.phone.clone().unwrap_or_default(),
            sending_to: to.to_owned(),
            data: Value::Object(account.user_metadata.clone()),
            ..Variables::default()
        }
    }

    fn mail(&self, kind: Kind, to: &str, variables: &Variables) -> Result<Step, AuthError> {
        let rendered = self.templates.render(kind, variables).map_err(|error| {
            tracing::error!(mail.template = kind.name(), error = %error, "a mail template cannot be rendered");
            AuthError::Internal("a mail template cannot be rendered")
        })?;
        let row = ask::insert("mail_messages")
            .set("template", kind.name())
            .set("to", to)
            .set("subject", rendered.subject.as_str())
            .set("text", rendered.text)
            .set("html", rendered.html)
            .set("next_attempt_at", ask::now());
        Ok(Step::system(row))
    }
}

/// The `type` of a link for a purpose.
pub(crate) fn link_type(purpose: Purpose) -> &'static str {
    if matches!(purpose, Purpose::EmailChangeCurrent | Purpose::EmailChangeNew) {
        "email_change"
    } else {
        purpose.as_str()
    }
}
