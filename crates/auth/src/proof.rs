//! Sending somebody a code and a link. In: an account and a purpose. Out: the steps of one mail.

use crate::asker::Asker;
use crate::code::Purpose;
use crate::limits::{Caller, Route};
use crate::mailing::Proof;
use crate::one_time::Wanted;
use crate::pkce::Challenge;
use crate::refusal::AuthError;
use crate::service::Auth;
use crate::user::User;
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::json;

/// What is sent.
#[derive(Debug, Clone)]
pub(crate) struct Letter<'a> {
    pub(crate) purpose: Purpose,
    /// Where to.
    pub(crate) to: &'a str,
    /// Where the link leads, already allowed.
    pub(crate) redirect_to: &'a str,
    /// The challenge of a client that waits for the link.
    pub(crate) challenge: Option<&'a Challenge>,
    /// Whether proving the address removes what was set before the proof.
    pub(crate) drops_prior_credentials: bool,
}

impl Auth {
    /// Takes a mail out of the server's budget.
    ///
    /// # Errors
    /// `over_email_send_rate_limit` when it is used up.
    pub(crate) async fn admit_mail(&self) -> Result<(), AuthError> {
        self.admit(Route::MailSent, &Caller::default()).await
    }

    /// The steps that store a code and a link and put the mail into the queue.
    ///
    /// # Errors
    /// As [`Auth::admit_mail`].
    pub(crate) async fn letter_steps(
        &self,
        user: &User,
        letter: &Letter<'_>,
        asker: &Asker,
    ) -> Result<Vec<Step>, AuthError> {
        self.admit_mail().await?;
        self.admitted_letter_steps(user, letter, asker)
    }

    /// The same for a mail that is in the budget already.
    ///
    /// # Errors
    /// [`AuthError::Internal`] when the mail cannot be rendered.
    pub(crate) fn admitted_letter_steps(
        &self,
        user: &User,
        letter: &Letter<'_>,
        asker: &Asker,
    ) -> Result<Vec<Step>, AuthError> {
        let user_id = user.account.id;
        let mut steps = Vec::new();
        let flow_state_id = letter.challenge.map(|challenge| {
            let method = method_of(letter.purpose);
            let (id, step) = self.mail_flow(user_id, challenge, method, letter.redirect_to);
            steps.push(step);
            id
        });
        let wanted = Wanted {
            user_id,
            purpose: letter.purpose,
            sent_to: letter.to,
            flow_state_id,
            redirect_to: letter.redirect_to,
            drops_prior_credentials: letter.drops_prior_credentials,
        };
        let issued = self.issue(&wanted, asker);
        let proof =
            Proof { code: &issued.code, link: &issued.link, purpose: letter.purpose, redirect_to: letter.redirect_to };
        steps.push(self.proof_mail(user, letter.to, &proof)?);
        steps.push(issued.step);
        let sent_at = match letter.purpose {
            Purpose::Signup | Purpose::Invite => "confirmation_sent_at",
            Purpose::Magiclink | Purpose::Recovery => "recovery_sent_at",
            Purpose::EmailChangeCurrent | Purpose::EmailChangeNew => "email_change_sent_at",
            Purpose::Reauthentication => "reauthentication_sent_at",
            Purpose::Sms | Purpose::PhoneChange => "phone_change_sent_at",
        };
        steps.push(Step::system(ask::update("auth_users").set(sent_at, ask::now()).eq("id", json!(user_id))));
        Ok(steps)
    }

    /// Commits steps among which is a mail, and wakes the sender.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn commit_letter(&self, steps: Vec<Step>) -> Result<(), AuthError> {
        self.commit(steps).await.map_err(AuthError::store)?;
        self.mail_queued.notify_one();
        Ok(())
    }
}

/// How a session that begins by such a link was proven.
pub(crate) fn method_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Signup => "email/signup",
        Purpose::Invite => "invite",
        Purpose::Magiclink => "magiclink",
        Purpose::Recovery => "recovery",
        Purpose::EmailChangeCurrent | Purpose::EmailChangeNew => "email_change",
        Purpose::Reauthentication | Purpose::Sms | Purpose::PhoneChange => "otp",
    }
}
