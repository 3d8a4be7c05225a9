//! Taking a code or following a link. In: what came by mail. Out: a session, a code for the client that waits, or half of a change.
//! Wrong, used, expired and unknown are one answer.

use crate::asker::Asker;
use crate::audit::{About, Actor, Entry};
use crate::code::{Purpose, Slots};
use crate::email::Email;
use crate::limits::{Caller, Route};
use crate::one_time::{self, consume, expired};
use crate::refusal::{AuthError, Code};
use crate::row::OneTimeRow;
use crate::service::{self, Auth};
use crate::session::{self, Beginning, Ending, Session, refuse_banned};
use crate::user::User;
use crate::users::{email_identity, is_taken};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use backstay_infra::template::Kind;
use serde_json::{Value, json};
use uuid::Uuid;

/// What came by mail.
#[derive(Debug, Clone)]
pub enum Proven {
    /// A code that a person typed, with their address.
    Code {
        /// Address.
        email: String,
        /// Code.
        token: String,
    },
    /// What a link carried.
    Link {
        /// Token.
        token: String,
    },
}

/// What comes of it.
#[derive(Debug, Clone)]
pub enum Verified {
    /// Signed in.
    Session(Box<Session>),
    /// A client waits for this code.
    Code(Uuid),
    /// The other address must agree too.
    Half,
}

/// How a link is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With a session, whatever flow it belongs to: the client itself sent it.
    Session,
    /// With a code where a client waits for one.
    Flow,
}

/// What a proof opens, before it is committed.
enum Opening {
    Session(Box<Beginning>),
    Code(Uuid),
}

/// Text of the first half of a change of address; applications look for it.
pub const HALF: &str = "Confirmation link accepted. Please proceed to confirm link sent to the other email";

impl Auth {
    /// Takes a code or a link of the given type.
    ///
    /// # Errors
    /// `otp_expired`, `user_banned`, `validation_failed`.
    pub async fn verify(
        &self,
        kind: &str,
        proven: &Proven,
        answer: Answer,
        asker: &Asker,
    ) -> Result<Verified, AuthError> {
        let slots = if self.is_strict() { Slots::PerPurpose } else { Slots::Shared };
        let purposes = Purpose::of_verify_type(kind, slots)
            .ok_or_else(|| AuthError::refused(Code::ValidationFailed, "Verify requires a verification type"))?;
        let (user, row) = match proven {
            Proven::Code { email, token } => self.proven_by_code(purposes, email, token, asker).await?,
            Proven::Link { token } => {
                let route = if answer == Answer::Flow { Route::VerifyLink } else { Route::VerifyCode };
                self.admit(route, &Caller { ip: asker.ip, ..Caller::default() }).await?;
                let row = self.check_link(purposes, token).await?;
                if one_time::is_exchanged(&row) {
                    return Err(expired());
                }
                (self.user_by_id(row.user_id).await?.ok_or_else(expired)?, row)
            }
        };
        refuse_banned(&user.account, self.now(), Code::UserBannedBearer)?;
        match Purpose::parse(&row.purpose) {
            Some(purpose @ (Purpose::EmailChangeCurrent | Purpose::EmailChangeNew)) => {
                self.change_address(user, purpose, (&row, answer), asker).await
            }
            Some(Purpose::Signup | Purpose::Invite | Purpose::Magiclink | Purpose::Recovery) => {
                self.sign_in_by_proof(user, &row, answer, asker).await
            }
            Some(Purpose::Reauthentication | Purpose::Sms | Purpose::PhoneChange) | None => Err(expired()),
        }
    }

    /// The account and the row that a code belongs to.
    async fn proven_by_code(
        &self,
        purposes: &'static [Purpose],
        address: &str,
        token: &str,
        asker: &Asker,
    ) -> Result<(User, OneTimeRow), AuthError> {
        let email = service::email(address)?;
        self.admit(Route::VerifyCode, &Caller { ip: asker.ip, address: Some(&email), ..Caller::default() }).await?;
        let is_change = purposes.contains(&Purpose::EmailChangeNew);
        let mut found = self.user_by_email(&email).await?;
        if is_change && found.as_ref().is_none_or(|user| user.account.new_email.is_none()) {
            found = self.user_by_new_email(&email).await?.or(found);
        }
        let user_id = found.as_ref().map_or(Uuid::nil(), |user| user.account.id);
        // A code says which address reads it: the one of the other half does not count.
        let purposes = if is_change { half_of(found.as_ref(), email.as_str()) } else { purposes };
        match (self.check_code(user_id, purposes, token).await, found) {
            (Ok(row), Some(user)) => Ok((user, row)),
            (Err(error), found) => {
                if matches!(&error, AuthError::Refused(_)) {
                    let target = found.map(|user| user.account.id);
                    let entry = Entry::of_user("otp_failed", About::User, Uuid::nil(), asker).failed();
                    self.note(Entry { actor: Actor::System, target, ..entry }).await;
                }
                Err(error)
            }
            (Ok(_), None) => Err(expired()),
        }
    }

    async fn sign_in_by_proof(
        &self,
        user: User,
        row: &OneTimeRow,
        answer: Answer,
        asker: &Asker,
    ) -> Result<Verified, AuthError> {
        let id = user.account.id;
        let mut steps = vec![consume(row)];
        if user.account.email_confirmed_at.is_none() {
            steps.extend(confirm_steps(&user));
            let action = if user.account.invited_at.is_some() { "invite_accepted" } else { "user_signedup" };
            steps.push(Entry::of_user(action, About::Team, id, asker).step());
        }
        if row.drops_prior_credentials {
            steps.extend(drop_prior_credentials(&user));
        }
        steps.push(one_time::clear(id));
        let opening = self.opening(&user, (row, answer), asker, &mut steps)?;
        match self.commit(steps).await {
            Ok(()) => self.opened(&opening, id).await,
            Err(failure) if failure.unmet().is_some() => Err(expired()),
            Err(failure) => Err(AuthError::store(failure)),
        }
    }

    /// Adds the steps of what a proof opens: a session, or the code of the client that waits for its link.
    fn opening(
        &self,
        user: &User,
        (row, answer): (&OneTimeRow, Answer),
        asker: &Asker,
        steps: &mut Vec<Step>,
    ) -> Result<Opening, AuthError> {
        if let Some(flow) = row.flow_state_id.filter(|_| answer == Answer::Flow) {
            let (code, step) = self.answer_flow(flow, user.account.id);
            steps.push(step);
            return Ok(Opening::Code(code));
        }
        let beginning = self.begin_session(user, "otp", asker)?;
        steps.extend(beginning.steps.iter().cloned());
        Ok(Opening::Session(Box::new(beginning)))
    }

    /// What was opened, once it is committed.
    async fn opened(&self, opening: &Opening, id: Uuid) -> Result<Verified, AuthError> {
        match opening {
            Opening::Code(code) => Ok(Verified::Code(*code)),
            Opening::Session(beginning) => {
                let user = self.user_by_id(id).await?.ok_or_else(expired)?;
                Ok(Verified::Session(Box::new(self.begun(beginning, user)?)))
            }
        }
    }

    /// One half of a change of address, or the whole when the other half is there.
    async fn change_address(
        &self,
        user: User,
        purpose: Purpose,
        (row, answer): (&OneTimeRow, Answer),
        asker: &Asker,
    ) -> Result<Verified, AuthError> {
        let id = user.account.id;
        let new = user.account.new_email.clone().ok_or_else(expired)?;
        let (own, other) = if purpose == Purpose::EmailChangeCurrent {
            ("email_change_current_confirmed", "email_change_new_confirmed")
        } else {
            ("email_change_new_confirmed", "email_change_current_confirmed")
        };
        let needs_both = self.settings.secure_email_change && user.account.email.is_some();
        // First as if this were the last half; when it is not, as the first. Both in the same moment: one of them is second.
        for _ in 0..2 {
            let mut whole = vec![consume(row)];
            let mut change = ask::update("auth_users")
                .set("email", new.as_str())
                .set("email_confirmed_at", ask::now())
                .set("new_email", Value::Null)
                .set("email_change_current_confirmed", false)
                .set("email_change_new_confirmed", false)
                .eq("id", json!(id))
                .eq("new_email", new.as_str());
            if needs_both {
                change = change.eq(other, true);
            }
            whole.push(Step::system(change).exactly_one());
            whole.extend(self.changed_address_steps(&user, &new, asker)?);
            let opening = self.opening(&user, (row, answer), asker, &mut whole)?;
            match self.commit_letter(whole).await {
                Ok(()) => return self.opened(&opening, id).await,
                Err(AuthError::Store(failure)) if failure.unmet() == Some(1) && needs_both => {}
                Err(AuthError::Store(failure)) if failure.unmet().is_some() => return Err(expired()),
                Err(AuthError::Store(failure)) if is_taken(&failure) => {
                    return Err(AuthError::refused(
                        Code::EmailExists,
                        "A user with this email address has already been registered",
                    ));
                }
                Err(error) => return Err(error),
            }
            let half = ask::update("auth_users")
                .set(own, true)
                .eq("id", json!(id))
                .eq("new_email", new.as_str())
                .eq(other, false);
            match self.commit(vec![consume(row), Step::system(half).exactly_one()]).await {
                Ok(()) => return Ok(Verified::Half),
                Err(failure) if failure.unmet() == Some(1) => {}
                Err(failure) if failure.unmet() == Some(0) => return Err(expired()),
                Err(failure) => return Err(AuthError::store(failure)),
            }
        }
        Err(expired())
    }

    /// What follows from a changed address.
    pub(crate) fn changed_address_steps(&self, user: &User, new: &str, asker: &Asker) -> Result<Vec<Step>, AuthError> {
        let id = user.account.id;
        let mut steps = Vec::new();
        let identity = user.identities.iter().find(|identity| identity.provider == "email");
        if let Some(identity) = identity {
            let mut data = identity.identity_data.clone();
            data.insert("email".to_owned(), json!(new));
            data.insert("email_verified".to_owned(), json!(true));
            let update = ask::update("auth_identities")
                .set("email", new)
                .set("identity_data", Value::Object(data))
                .eq("id", json!(identity.id));
            steps.push(Step::system(update));
        }
        steps.push(one_time::clear(id));
        steps.push(Entry::of_user("user_modified", About::User, id, asker).with("field", "email").step());
        if let Some(old) = &user.account.email {
            let notice = self.notice(Kind::EmailChanged, user, old, |variables| {
                variables.old_email.clone_from(old);
                new.clone_into(&mut variables.email);
            })?;
            steps.extend(notice);
        }
        Ok(steps)
    }
}

/// The purpose that an address can prove: its own half of a change.
fn half_of(user: Option<&User>, email: &str) -> &'static [Purpose] {
    match user {
        Some(user) if user.account.new_email.as_deref() == Some(email) => &[Purpose::EmailChangeNew],
        Some(_) | None => &[Purpose::EmailChangeCurrent],
    }
}

/// Marks the address as proven.
pub(crate) fn confirm_steps(user: &User) -> Vec<Step> {
    let id = user.account.id;
    let confirm = ask::update("auth_users").set("email_confirmed_at", ask::now()).eq("id", json!(id));
    let mut steps = vec![Step::system(confirm)];
    // Accounts that began as a row of the profile have none yet.
    let email = user.account.email.as_deref().and_then(|email| Email::parse(email).ok());
    if let Some(email) = email.filter(|_| !user.identities.iter().any(|identity| identity.provider == "email")) {
        steps.push(Step::system(email_identity(id, &email, true, &user.account.user_metadata)));
    }
    for identity in user.identities.iter().filter(|identity| identity.provider == "email") {
        let mut data = identity.identity_data.clone();
        data.insert("email_verified".to_owned(), json!(true));
        let update =
            ask::update("auth_identities").set("identity_data", Value::Object(data)).eq("id", json!(identity.id));
        steps.push(Step::system(update));
    }
    steps
}

/// Removes what somebody set before the address was proven by somebody else, perhaps.
pub(crate) fn drop_prior_credentials(user: &User) -> Vec<Step> {
    let id = user.account.id;
    let password = ask::update("auth_users").set("password_hash", Value::Null).eq("id", json!(id));
    let identities = ask::delete("auth_identities").eq("user_id", json!(id)).neq("provider", "email");
    vec![
        Step::system(password),
        Step::system(identities),
        Step::system(ask::delete("auth_factors").eq("user_id", json!(id))),
        session::end(id, Ending::All, "address proven by another way"),
    ]
}
