//! Mails that were asked for by an address. In: a request. Out: a row, and later the code, the link and the mail, where there is
//! somebody to send them to. Known and unknown addresses cost the asker the same statements: one row, one commit.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::code::Purpose;
use crate::email::Email;
use crate::pkce::Challenge;
use crate::proof::Letter;
use crate::refusal::AuthError;
use crate::service::Auth;
use crate::user::User;
use crate::users::{MadeBy, NewAccount, is_taken, is_unfit};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const TABLE: &str = "auth_mail_requests";
/// Requests looked at together.
const BATCH: u32 = 50;
const COLUMNS: &[&str] = &[
    "id",
    "wanted",
    "email",
    "create_user",
    "user_metadata",
    "redirect_to",
    "code_challenge",
    "code_challenge_method",
    "ip",
    "user_agent",
    "request_id",
];

/// What somebody wants by mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A code and a link to sign in with.
    Code {
        /// Whether an account may be made.
        create_user: bool,
    },
    /// What opens a password reset.
    Recovery,
    /// The confirmation of a sign-up, once more.
    Confirmation,
    /// What a change of address waits for, once more.
    AddressChange,
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Self::Code { .. } => "code",
            Self::Recovery => "recovery",
            Self::Confirmation => "confirmation",
            Self::AddressChange => "address_change",
        }
    }

    fn parse(name: &str, create_user: bool) -> Option<Self> {
        [Self::Code { create_user }, Self::Recovery, Self::Confirmation, Self::AddressChange]
            .into_iter()
            .find(|wanted| wanted.name() == name)
    }
}

/// A mail that somebody asked for.
#[derive(Debug, Clone)]
pub(crate) struct MailRequest {
    pub(crate) wanted: Wanted,
    pub(crate) email: Email,
    /// What the person says about themselves, for a new account.
    pub(crate) user_metadata: Map<String, Value>,
    /// The challenge of a client that waits for the link.
    pub(crate) challenge: Option<Challenge>,
    /// Where the link leads, already allowed.
    pub(crate) redirect_to: String,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: Uuid,
    wanted: String,
    email: String,
    create_user: bool,
    user_metadata: Map<String, Value>,
    redirect_to: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    request_id: String,
}

impl MailRequest {
    fn step(&self, asker: &Asker) -> Step {
        let row = ask::insert(TABLE)
            .set("wanted", self.wanted.name())
            .set("email", self.email.as_str())
            .set("create_user", self.wanted == Wanted::Code { create_user: true })
            .set("user_metadata", Value::Object(self.user_metadata.clone()))
            .set("redirect_to", self.redirect_to.as_str())
            .set("code_challenge", json!(self.challenge.as_ref().map(Challenge::as_str)))
            .set("code_challenge_method", json!(self.challenge.as_ref().map(Challenge::method)))
            .set("ip", json!(asker.ip))
            .set("user_agent", json!(asker.user_agent))
            .set("request_id", asker.request_id.as_str());
        Step::system(row)
    }
}

impl Row {
    /// The request and who made it; `None` for a row that this program did not write.
    fn request(self) -> Option<(MailRequest, Asker)> {
        let challenge = match (self.code_challenge, self.code_challenge_method) {
            (Some(text), Some(method)) => Some(Challenge::stored(&text, &method)?),
            (Some(_) | None, _) => None,
        };
        let request = MailRequest {
            wanted: Wanted::parse(&self.wanted, self.create_user)?,
            email: Email::parse(&self.email).ok()?,
            user_metadata: self.user_metadata,
            challenge,
            redirect_to: self.redirect_to,
        };
        let ip = self.ip.and_then(|text| text.parse().ok());
        Some((request, Asker::new(ip, self.user_agent.as_deref(), self.request_id)))
    }
}

impl Auth {
    /// Takes a request for a mail. The answer waits for nothing that depends on the address, except where the original wire is
    /// followed, which tells what became of it.
    ///
    /// # Errors
    /// `over_email_send_rate_limit` when the server's budget of mails is used up.
    pub(crate) async fn ask_for_mail(&self, request: MailRequest, asker: &Asker) -> Result<(), AuthError> {
        self.admit_mail().await?;
        if self.is_strict() {
            return self.commit_letter(vec![request.step(asker)]).await;
        }
        let steps = self.requested_steps(&request, asker).await?;
        match self.commit_letter(steps).await {
            // Made in the same moment by somebody else: their mail is on its way.
            Err(AuthError::Store(failure)) if is_taken(&failure) => Ok(()),
            outcome => outcome,
        }
    }

    /// Turns requests for mails into mails, oldest first. Out: how many there were.
    ///
    /// # Errors
    /// The store's; requests that met them are still there.
    pub async fn answer_mail_requests(&self) -> Result<usize, AuthError> {
        let read = ask::read(TABLE).columns(COLUMNS).ascending("created_at").ascending("id").limit(BATCH);
        let rows: Vec<Row> = self.rows(read).await?;
        let (count, mut outcome) = (rows.len(), Ok(()));
        for row in rows {
            if let Err(error) = self.answer_mail_request(row).await {
                outcome = Err(error);
            }
        }
        outcome.map(|()| count)
    }

    async fn answer_mail_request(&self, row: Row) -> Result<(), AuthError> {
        let taken = Step::system(ask::delete(TABLE).eq("id", json!(row.id))).exactly_one();
        let Some((request, asker)) = row.request() else {
            tracing::error!("a request for a mail cannot be read, and is dropped");
            return self.commit(vec![taken]).await.map_err(AuthError::store);
        };
        // An account of the address that is made in the same moment is found by the second look.
        for _ in 0..2 {
            let steps = match self.requested_steps(&request, &asker).await {
                Err(AuthError::Store(failure)) => return Err(AuthError::Store(failure)),
                Err(error) => {
                    tracing::error!(error = %error, "a mail that was asked for cannot be made, and is dropped");
                    return self.commit(vec![taken]).await.map_err(AuthError::store);
                }
                Ok(steps) => std::iter::once(taken.clone()).chain(steps).collect(),
            };
            match self.commit(steps).await {
                Ok(()) => return Ok(()),
                // Another sender was faster.
                Err(failure) if failure.unmet() == Some(0) => return Ok(()),
                Err(failure) if is_taken(&failure) => {}
                Err(failure) if is_unfit(&failure) => break,
                Err(failure) => return Err(AuthError::store(failure)),
            }
        }
        // Whoever asked was told nothing, since an account would have been sent a code. The operator is told instead.
        tracing::warn!(
            "a code was asked for a new address, but the profile's model refuses what was said; nothing was sent"
        );
        self.commit(vec![taken, nobody(&asker)]).await.map_err(AuthError::store)
    }

    /// The steps of what is wanted: a mail, or a line of the log where there is nobody to send one to.
    async fn requested_steps(&self, request: &MailRequest, asker: &Asker) -> Result<Vec<Step>, AuthError> {
        let user = self.user_by_email(&request.email).await?;
        let is_proven = user.as_ref().is_some_and(|user| user.account.email_confirmed_at.is_some());
        let letter = |purpose, drops_prior_credentials| Letter {
            purpose,
            to: request.email.as_str(),
            redirect_to: &request.redirect_to,
            challenge: request.challenge.as_ref(),
            drops_prior_credentials,
        };
        match (request.wanted, &user) {
            (Wanted::Code { .. }, Some(user)) if is_proven => {
                self.noted_letter(user, &letter(Purpose::Magiclink, false), "user_recovery_requested", asker)
            }
            // Whoever set a password before may be somebody else than who reads the mail.
            (Wanted::Code { .. }, Some(user)) => {
                self.noted_letter(user, &letter(Purpose::Signup, true), "user_confirmation_requested", asker)
            }
            (Wanted::Code { create_user: true }, None) => {
                let (user, mut steps) = self.new_by_code(request);
                let letter = letter(Purpose::Signup, false);
                steps.extend(self.noted_letter(&user, &letter, "user_confirmation_requested", asker)?);
                Ok(steps)
            }
            (Wanted::Recovery, Some(user)) => {
                self.noted_letter(user, &letter(Purpose::Recovery, !is_proven), "user_recovery_requested", asker)
            }
            (Wanted::Confirmation, Some(user)) if !is_proven => {
                self.admitted_letter_steps(user, &letter(Purpose::Signup, false), asker)
            }
            (Wanted::AddressChange, Some(user)) if user.account.new_email.is_some() => {
                self.change_letters(user, (request.challenge.as_ref(), &request.redirect_to), asker)
            }
            (Wanted::Code { .. } | Wanted::Recovery | Wanted::Confirmation | Wanted::AddressChange, _) => {
                Ok(vec![nobody(asker)])
            }
        }
    }

    /// A letter with its line of the log.
    fn noted_letter(
        &self,
        user: &User,
        letter: &Letter<'_>,
        action: &'static str,
        asker: &Asker,
    ) -> Result<Vec<Step>, AuthError> {
        let mut steps = vec![Entry::of_user(action, About::User, user.account.id, asker).step()];
        steps.extend(self.admitted_letter_steps(user, letter, asker)?);
        Ok(steps)
    }

    /// An account for an address that has none, and the steps that make it.
    fn new_by_code(&self, request: &MailRequest) -> (User, Vec<Step>) {
        let id = self.new_id();
        let new = NewAccount {
            id,
            email: Some(&request.email),
            password_hash: None,
            confirmed: false,
            made_by: MadeBy::Owner,
            user_metadata: request.user_metadata.clone(),
            app_metadata: Map::new(),
            role: None,
        };
        (self.draft(id, &request.email, &request.user_metadata), self.create_steps(new))
    }

    /// The mails of a change of address that is under way, which are in the budget already: to the new address, and to the present one
    /// where both must agree.
    pub(crate) fn change_letters(
        &self,
        user: &User,
        (challenge, redirect_to): (Option<&Challenge>, &str),
        asker: &Asker,
    ) -> Result<Vec<Step>, AuthError> {
        let Some(new) = &user.account.new_email else { return Ok(Vec::new()) };
        let letter = |purpose, to| Letter { purpose, to, redirect_to, challenge, drops_prior_credentials: false };
        let mut steps = self.admitted_letter_steps(user, &letter(Purpose::EmailChangeNew, new.as_str()), asker)?;
        let present = user.account.email.as_deref().filter(|_| self.settings.secure_email_change);
        if let Some(present) = present {
            steps.extend(self.admitted_letter_steps(user, &letter(Purpose::EmailChangeCurrent, present), asker)?);
        }
        Ok(steps)
    }
}

/// The line of the log for a mail that was asked for and has nobody to go to.
fn nobody(asker: &Asker) -> Step {
    let entry = Entry::of_user("user_recovery_requested", About::User, Uuid::nil(), asker).failed();
    Entry { actor: Actor::System, target: None, ..entry }.step()
}
