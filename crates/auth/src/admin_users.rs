//! Accounts as an administrator sees, makes, changes and removes them. In: an [`Admin`] and what they say. Out: accounts.

use crate::admin::{Admin, invalid, not_found, refused_write};
use crate::admin_edit::{Edit, Parts, Sent};
use crate::asker::Asker;
use crate::audit::About;
use crate::ban::Ban;
use crate::code::Purpose;
use crate::one_time;
use crate::own_account::merged;
use crate::password::Password;
use crate::proof::Letter;
use crate::refusal::{AuthError, Code};
use crate::service::Auth;
use crate::session::{self, Ending};
use crate::user::User;
use crate::users::{MadeBy, NewAccount};
use crate::verify::confirm_steps;
use backstay_engine::Failure;
use backstay_engine::ask::{self, Ask, Updating};
use backstay_engine::steps::{Expect, Step};
use backstay_infra::template::Kind;
use serde_json::{Map, Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Life of a password that an administrator hands out.
const TEMPORARY: Duration = Duration::from_secs(24 * 3_600);

/// Characters of such a password: no two look alike.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new account.
#[derive(Debug, Clone)]
pub struct Created {
    /// The account.
    pub user: User,
    /// Its password, which is shown once and must be changed within a day.
    pub temporary_password: Option<String>,
}

/// How an account is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// With its profile.
    Whole,
    /// The account's row stays, without anything to sign in with; of its profile, what the model's own deletion leaves.
    Soft,
}

impl Auth {
    /// An account.
    ///
    /// # Errors
    /// `user_not_found`.
    pub async fn user(&self, admin: &Admin, id: Uuid) -> Result<User, AuthError> {
        self.admit_admin(admin).await?;
        self.user_by_id(id).await?.ok_or_else(not_found)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// As the contract's `POST /admin/users`.
    pub async fn create_user(
        &self,
        admin: &Admin,
        edit: &Edit,
        redirect_to: Option<&str>,
        asker: &Asker,
    ) -> Result<Created, AuthError> {
        self.admit_admin(admin).await?;
        let parts = edit.parts()?;
        let Some(email) = parts.email.clone() else {
            return Err(invalid("Cannot create a user without either an email or phone: an email address is needed"));
        };
        let role = parts.role.clone().flatten().or_else(|| self.settings.default_role.clone());
        self.check_grant(admin, &[], role.as_slice())?;
        let sent = edit.send.unwrap_or_else(|| default_sent(admin, edit));
        let temporary_password = (sent == Sent::TempPassword).then(|| self.temporary_password());
        let mut hash = self.edited_hash(edit, (Some(&email), &parts.user_metadata)).await?;
        if let Some(password) = &temporary_password {
            if hash.is_some() {
                return Err(invalid("`send: temp_password` makes a password itself; leave `password` out"));
            }
            hash = Some(self.hash(Password::new(password)).await?);
        }
        let id = edit.chosen_id()?.unwrap_or_else(|| self.new_id());
        let new = NewAccount {
            id,
            email: Some(&email),
            password_hash: hash,
            // Whoever hands a password over answers for whom they hand it to.
            confirmed: edit.email_confirm.unwrap_or(false) || temporary_password.is_some(),
            made_by: if sent == Sent::Invite { MadeBy::Inviter } else { MadeBy::Another },
            user_metadata: parts.user_metadata.clone(),
            app_metadata: parts.app_metadata.clone(),
            role: role.as_deref(),
        };
        let mut steps = self.create_steps(new);
        let update = further(ask::update("auth_users").eq("id", json!(id)), edit, &parts);
        let update = if temporary_password.is_some() {
            update.set("must_change_password", true).set("temp_password_expires_at", ask::after(TEMPORARY))
        } else {
            update.set("must_change_password", parts.must_change_password.unwrap_or(false))
        };
        steps.push(Step::system(update));
        let action = if sent == Sent::Invite { "user_invited" } else { "user_signedup" };
        steps.push(admin.entry(action, About::Team, id, asker).with("role", json!(role)).step());
        if sent == Sent::Invite {
            let redirect_to = self.redirects.resolve(redirect_to).as_str().to_owned();
            let letter = invitation(email.as_str(), &redirect_to);
            steps.extend(self.letter_steps(&self.draft(id, &email, &parts.user_metadata), &letter, asker).await?);
        }
        self.commit(steps).await.map_err(refused_write)?;
        self.mail_queued.notify_one();
        let user = self.user_by_id(id).await?.ok_or(AuthError::Internal("a new account is not there"))?;
        Ok(Created { user, temporary_password })
    }

    /// Changes an account.
    ///
    /// # Errors
    /// As the contract's `PUT /admin/users/{id}`; `last_admin`.
    pub async fn change_user(&self, admin: &Admin, id: Uuid, edit: &Edit, asker: &Asker) -> Result<User, AuthError> {
        self.admit_admin(admin).await?;
        let user = self.administered(admin, id).await?;
        let parts = edit.parts()?;
        let new_role = self.new_role(admin, &user, &parts)?;
        let email = parts.email.clone().or_else(|| user.email());
        let hash = self.edited_hash(edit, (email.as_ref(), &user.account.user_metadata)).await?;
        let mut update = ask::update("auth_users").eq("id", json!(id)).is_null("deleted_at");
        update = further(update.set("updated_at", ask::now()), edit, &parts)
            .set("user_metadata", Value::Object(merged(&user.account.user_metadata, &parts.user_metadata)))
            .set("app_metadata", Value::Object(merged(&user.account.app_metadata, &parts.app_metadata)));
        let has_password = hash.is_some();
        if let Some(hash) = hash {
            update = update.set("password_hash", hash).set("password_changed_at", ask::now());
        }
        if has_password || parts.must_change_password.is_some() {
            update = update
                .set("must_change_password", parts.must_change_password.unwrap_or(false))
                .set("temp_password_expires_at", Value::Null);
        }
        let new_email = parts.email.as_ref().filter(|email| user.account.email.as_deref() != Some(email.as_str()));
        if let Some(email) = new_email {
            update = update.set("email", email.as_str()).set("new_email", Value::Null).set("is_anonymous", false);
        }
        let mut steps = vec![Step::system(update).exactly_one()];
        if edit.email_confirm == Some(true) && user.account.email_confirmed_at.is_none() {
            steps.extend(confirm_steps(&user));
        }
        if let Some(role) = &new_role {
            steps.extend(self.role_steps(&user, role.as_deref())?);
            let entry = admin.entry("role_changed", About::Team, id, asker);
            steps.push(entry.with("from", json!(user.role)).with("to", json!(role)).step());
        }
        if let Some(email) = new_email {
            steps.extend(self.changed_address_steps(&user, email.as_str(), asker)?);
        }
        if has_password {
            steps.push(session::end(id, Ending::All, "password set by an administrator"));
            steps.push(one_time::clear(id));
            steps.push(admin.entry("user_updated_password", About::User, id, asker).step());
            if let Some(email) = &user.account.email {
                steps.extend(self.notice(Kind::PasswordChanged, &user, email, |_| ())?);
            }
        }
        steps.push(admin.entry("user_modified", About::Team, id, asker).with("banned", json!(ban_text(edit))).step());
        self.commit(steps).await.map_err(refused_write)?;
        self.mail_queued.notify_one();
        self.user_by_id(id).await?.ok_or_else(not_found)
    }

    /// The role that an account is to have, when that is another one.
    fn new_role(&self, admin: &Admin, user: &User, parts: &Parts) -> Result<Option<Option<String>>, AuthError> {
        let Some(role) = parts.role.clone() else { return Ok(None) };
        let holds = self.profile().is_some_and(|profile| profile.holds_role());
        let role = match role {
            None if holds => self.settings.default_role.clone(),
            role => role,
        };
        if role == user.role {
            return Ok(None);
        }
        if role.is_none() && holds {
            return Err(invalid("Every account has a role here; name another one in `app_metadata.role`"));
        }
        self.check_grant(admin, user.role.as_slice(), role.as_slice())?;
        Ok(Some(role))
    }

    /// Writes a role where roles are kept.
    fn role_steps(&self, user: &User, role: Option<&str>) -> Result<Vec<Step>, AuthError> {
        let id = user.account.id;
        let of_profile = self.profile().filter(crate::profile::Profile::holds_role);
        let Some(profile) = of_profile else {
            let update = ask::update("auth_users").set("role", json!(role)).eq("id", json!(id));
            return Ok(vec![Step::system(update)]);
        };
        let step = role.and_then(|role| profile.set_role(id, role));
        let step = step.ok_or(AuthError::Internal("a profile that holds roles takes none"))?;
        if user.role.is_none() {
            return Err(invalid("The account has no profile, which would hold its role; make the profile first"));
        }
        Ok(vec![Step { expect: Expect::One, ..step }])
    }

    /// Removes an account.
    ///
    /// # Errors
    /// `user_not_found`, `not_admin`, `last_admin`; `conflict` while rows of the application refer to its profile.
    pub async fn delete_user(&self, admin: &Admin, id: Uuid, removal: Removal, asker: &Asker) -> Result<(), AuthError> {
        self.admit_admin(admin).await?;
        self.administered(admin, id).await?;
        let mut steps = match removal {
            Removal::Whole => vec![Step::system(ask::delete("auth_users").eq("id", json!(id))).exactly_one()],
            Removal::Soft => bury(id),
        };
        let way = if removal == Removal::Soft { "soft" } else { "whole" };
        steps.push(admin.entry("user_deleted", About::Team, id, asker).with("removal", way).step());
        self.commit(steps).await.map_err(|failure| match referring(&failure) {
            Some(relation) => {
                AuthError::refused(Code::Conflict, format!("Rows of `{relation}` still refer to this account"))
            }
            None => refused_write(failure),
        })?;
        Ok(())
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// `user_not_found`, `not_admin`.
    pub async fn sign_out_user(&self, admin: &Admin, id: Uuid, asker: &Asker) -> Result<(), AuthError> {
        self.admit_admin(admin).await?;
        self.administered(admin, id).await?;
        let entry = admin.entry("logout", About::Account, id, asker);
        let steps = vec![session::end(id, Ending::All, "ended by an administrator"), entry.step()];
        self.commit(steps).await.map_err(AuthError::store)?;
        Ok(())
    }

    /// A password that can be read out: 20 characters, 100 bits.
    fn temporary_password(&self) -> String {
        let mut bytes = [0_u8; 20];
        self.with_rng(|rng| rng.fill_bytes(&mut bytes));
        bytes.iter().map(|byte| char::from(READABLE[usize::from(byte % 32)])).collect()
    }
}

impl User {
    /// The address, checked.
    fn email(&self) -> Option<crate::email::Email> {
        self.account.email.as_deref().and_then(|text| crate::email::Email::parse(text).ok())
    }
}

/// A person who makes an account that nobody could sign in to means to invite somebody; the wire's own callers do not.
fn default_sent(admin: &Admin, edit: &Edit) -> Sent {
    let unusable = edit.password.is_none() && edit.password_hash.is_none() && edit.email_confirm.is_none();
    if unusable && admin.person().is_some() { Sent::Invite } else { Sent::None }
}

/// Columns that are set alike on new and on present accounts.
fn further(update: Ask<Updating>, edit: &Edit, parts: &Parts) -> Ask<Updating> {
    let update = match &parts.phone {
        Some(phone) => update.set("phone", phone.as_str()),
        None => update,
    };
    let update = if edit.phone_confirm == Some(true) { update.set("phone_confirmed_at", ask::now()) } else { update };
    match parts.ban {
        None => update,
        Some(Ban::Lift) => update.set("banned_until", Value::Null),
        Some(Ban::For(length)) => update.set("banned_until", ask::after(length)),
    }
}

fn ban_text(edit: &Edit) -> Option<&str> {
    edit.ban_duration.as_deref().filter(|text| !text.is_empty())
}

/// The relation whose rows hold on to what was to go.
fn referring(failure: &Failure) -> Option<&str> {
    if let Failure::InTransaction { failure, .. } = failure {
        return referring(failure);
    }
    let Failure::ForeignKeyReferenced { referencing, .. } = failure else { return None };
    Some(referencing)
}

/// The mail of an invitation.
pub(crate) fn invitation<'a>(to: &'a str, redirect_to: &'a str) -> Letter<'a> {
    Letter { purpose: Purpose::Invite, to, redirect_to, challenge: None, drops_prior_credentials: false }
}

/// What is left of an account that is removed softly: its id, its address, which is free again, and when.
fn bury(id: Uuid) -> Vec<Step> {
    let nothing = || Value::Object(Map::new());
    let id = json!(id);
    let account = ask::update("auth_users")
        .set("deleted_at", ask::now())
        .set("phone", Value::Null)
        .set("new_email", Value::Null)
        .set("new_phone", Value::Null)
        .set("password_hash", Value::Null)
        .set("user_metadata", nothing())
        .set("app_metadata", nothing())
        .eq("id", id.clone())
        .is_null("deleted_at");
    let mut steps = vec![Step::system(account).exactly_one()];
    for table in ["auth_identities", "auth_sessions", "auth_factors", "auth_one_time_tokens", "auth_recovery_codes"] {
        steps.push(Step::system(ask::delete(table).eq("user_id", id.clone())));
    }
    steps
}
