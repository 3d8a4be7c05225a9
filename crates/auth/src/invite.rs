//! Inviting somebody by mail. In: an address. Out: an account that waits for its owner, and a mail with a code and a link.

use crate::admin::{Admin, email_exists, refused_write};
use crate::admin_users::invitation;
use crate::asker::Asker;
use crate::audit::About;
use crate::email::Email;
use crate::refusal::AuthError;
use crate::service::{self, Auth};
use crate::user::User;
use crate::users::{MadeBy, NewAccount};
use backstay_engine::ask;
use backstay_engine::steps::Step;
use serde_json::{Map, Value, json};
use uuid::Uuid;

impl Auth {
    /// Invites somebody; once more when they were invited and have not come.
    ///
    /// # Errors
    /// `email_exists` for an address that is proven already.
    pub async fn invite(
        &self,
        admin: &Admin,
        (address, data): (&str, &Map<String, Value>),
        redirect_to: Option<&str>,
        asker: &Asker,
    ) -> Result<User, AuthError> {
        self.admit_admin(admin).await?;
        let email = service::email(address)?;
        let redirect_to = self.redirects.resolve(redirect_to).as_str().to_owned();
        let present = self.user_by_email(&email).await?;
        let (user, mut steps) = self.invited(admin, &email, data, present).await?;
        let id = user.account.id;
        steps.push(admin.entry("user_invited", About::Team, id, asker).step());
        steps.extend(self.letter_steps(&user, &invitation(email.as_str(), &redirect_to), asker).await?);
        self.commit(steps).await.map_err(refused_write)?;
        self.mail_queued.notify_one();
        self.user_by_id(id).await?.ok_or(AuthError::Internal("an invited account is not there"))
    }

    /// An account that may be invited, and the steps that make it one.
    ///
    /// # Errors
    /// `email_exists`, `not_admin`.
    pub(crate) async fn invited(
        &self,
        admin: &Admin,
        email: &Email,
        data: &Map<String, Value>,
        present: Option<User>,
    ) -> Result<(User, Vec<Step>), AuthError> {
        let Some(user) = present else {
            self.check_grant(admin, &[], self.settings.default_role.as_slice())?;
            let id = self.new_id();
            return Ok((
                self.draft(id, email, data),
                self.create_steps(self.unproven(id, email, data, Proof::Invited)),
            ));
        };
        if user.account.email_confirmed_at.is_some() {
            return Err(email_exists());
        }
        self.check_grant(admin, user.role.as_slice(), user.role.as_slice())?;
        let update = ask::update("auth_users").set("invited_at", ask::now()).eq("id", json!(user.account.id));
        Ok((user, vec![Step::system(update)]))
    }

    /// A new account whose address is to be proven.
    pub(crate) fn unproven<'a>(
        &self,
        id: Uuid,
        email: &'a Email,
        data: &Map<String, Value>,
        proof: Proof,
    ) -> NewAccount<'a> {
        let (password_hash, made_by) = match proof {
            Proof::Invited => (None, MadeBy::Inviter),
            Proof::Link { password_hash } => (password_hash, MadeBy::Another),
        };
        NewAccount {
            id,
            email: Some(email),
            password_hash,
            confirmed: false,
            made_by,
            user_metadata: data.clone(),
            app_metadata: Map::new(),
            role: None,
        }
    }
}

/// How the owner of a new account is to come to it.
pub(crate) enum Proof {
    /// By an invitation.
    Invited,
    /// By a link that somebody hands over.
    Link {
        /// What they can sign in with afterwards.
        password_hash: Option<String>,
    },
}
